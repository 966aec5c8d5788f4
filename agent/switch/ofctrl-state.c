/* What all parts of ofctrl do to its state. */

#include <config.h>

#include "agent/switch/ofctrl-state.h"

const char *
ofctrl_state_to_string(enum ofctrl_state state)
{
    static const char *const names[] = {
        [S_DISCONNECTED] = "disconnected",
        [S_READ_TLV] = "reading TLV map",
        [S_READ_FLOWS] = "reading flows",
        [S_STEADY] = "steady",
        [S_REREAD] = "reading again",
        [S_PURGE] = "purging the datapath",
        [S_CHANGE_TLV] = "changing TLV map",
        [S_CHANGE_METERS] = "changing meters",
        [S_ADD] = "sending flows",
        [S_CHECK] = "checking flows",
        [S_COMMIT] = "committing flows",
        [S_DISCARD] = "discarding flows",
    };

    return names[state];
}

bool
ofctrl_state_may_write(const struct ofctrl *of)
{
    return of->state == S_STEADY && write_gate_is_open(of->gate, of->target);
}

void
ofctrl_state_update_tlv(struct ofctrl *of)
{
    bool is_read = of->state > S_READ_TLV;

    flow_table_set_tlv(&of->flows, tlv_sync_get_usable(&of->tlv),
                       is_read ? tlv_sync_get_ready(&of->tlv) : 0);
}

size_t
ofctrl_state_end_bundle(struct ofctrl *of, bool committed)
{
    struct ofctrl_bundle *b = &of->bundle;
    size_t n;

    b->early = false;
    flow_slots_finish_changes(&of->flows.slots, b->changes.array,
                              b->changes.n, committed);
    b->changes = (struct flow_changes) { .n = 0 };
    n = group_sync_finish_changes(&of->groups, b->groups, b->n_groups,
                                  committed);
    b->groups = NULL;
    return n;
}

void
ofctrl_state_forget_connection(struct ofctrl *of)
{
    if (of->state >= S_ADD || of->bundle.early) {
        ofctrl_state_end_bundle(of, false);
    }
    of->no_early = false;
    of->state = S_DISCONNECTED;
    of->confirmed = 0;
    of->touch = false;
    of->bundle_retry_at = 0;
    of->bundle_error = 0;
    of->retry_at = 0;
    of->n_foreign = 0;
    of->is_read = false;
    tlv_sync_restart(&of->tlv);
    ofctrl_state_update_tlv(of);
    flow_table_forget_installed(&of->flows);
    meter_sync_forget_installed(&of->meters);
    group_sync_forget_installed(&of->groups);
    port_faults_clear(&of->ports);
    counter_queries_lose(&of->queries);
    interference_note_lost(&of->interference);
}
