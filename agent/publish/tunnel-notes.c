/* Notes on tunnel ports: see tunnel-notes.h.
 *
 * They are for people, and cost ovs-vswitchd a look at all of its ports.  So
 * one remote's note waits a second for others', and for what else changes
 * there.  Most changes of a remote, as when an endpoint comes to it, are none
 * of what its note says.
 *
 * And it waits until the switch does what it says: remote-states.c tells when
 * that is so of any remote.
 *
 * A port that is yet to be made gets its note with it, since nothing is sent
 * through it before.  That is one transaction instead of two. */

#include <config.h>

#include "agent/publish/tunnel-notes.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/remotes/node-health.h"
#include "agent/remotes/remote-states.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

/* How long notes are put off, in ms. */
#define PAUSE 1000

struct tunnel_notes {
    struct sset pending;            /* Names of NVEs to be looked at. */
    bool is_new;                    /* One of them has not been. */
    uint64_t settled;               /* When they were, last:
                                     * remote_states_get_settled(). */
    long long int due;              /* time_msec() from when on; LLONG_MAX if
                                     * none is pending. */
};

struct tunnel_notes *
tunnel_notes_create(void)
{
    struct tunnel_notes *tn = xzalloc(sizeof *tn);

    sset_init(&tn->pending);
    tn->due = LLONG_MAX;
    return tn;
}

void
tunnel_notes_destroy(struct tunnel_notes *tn)
{
    if (tn) {
        sset_destroy(&tn->pending);
        free(tn);
    }
}

/* What a note says. */
struct note {
    struct ds options;              /* "gold=0xff01/0x81,0xff01/0x02 ..." */
    const char *status;             /* The worst one. */
};

/* Made at nearly each change of a remote, so it had better be fast. */
static void
note_make(const struct agent *agent, const struct m_nve *nve,
          struct note *note)
{
    const struct shash_node **nodes = shash_sort(&nve->encaps);
    struct ds *s = &note->options;

    ds_init(s);
    for (size_t i = 0; i < shash_count(&nve->encaps); i++) {
        const struct m_encap *encap = nodes[i]->data;

        ds_put_cstr(s, i ? " " : "");
        ds_put_cstr(s, nodes[i]->name[0] ? nodes[i]->name : "-");
        ds_put_char(s, '=');
        for (size_t j = 0; j < encap->final.n_options; j++) {
            ds_put_cstr(s, j ? "," : "");
            opt_key_format(encap->wire[j], s);
        }
    }
    free(nodes);
    note->status = (!node_health_reaches(agent, nve) ? "unreachable"
                    : neg_status_to_string(m_nve_get_worst_status(nve)));
}

static void
note_destroy(struct note *note)
{
    ds_destroy(&note->options);
}

/* Whether the ports of 'nve' have 'note'. */
static bool
has_note(const struct agent *agent, const struct m_nve *nve,
         const struct note *note)
{
    for (size_t i = 0; i < nve->n_tunnels; i++) {
        if (ipv6_addr_is_set(&nve->tunnels[i].remote)
            && !local_tunnel_has_note(agent->local, &nve->tunnels[i],
                                      ds_cstr_ro(&note->options),
                                      note->status)) {
            return false;
        }
    }
    return true;
}

static void
set_note(struct agent *agent, const struct m_nve *nve,
         const struct note *note)
{
    for (size_t i = 0; i < nve->n_tunnels; i++) {
        if (ipv6_addr_is_set(&nve->tunnels[i].remote)) {
            local_tunnel_set_note(agent->local, &nve->tunnels[i],
                                  ds_cstr_ro(&note->options), note->status);
        }
    }
}

/* Whether no tunnel port of 'nve' has been made. */
static bool
is_new(const struct agent *agent, const struct m_nve *nve)
{
    for (size_t i = 0; i < nve->n_tunnels; i++) {
        if (!local_tunnel_is_missing(agent->local, &nve->tunnels[i])) {
            return false;
        }
    }
    return true;
}

/* Writes those that can be written. */
static void
write_pending(struct agent *agent)
{
    struct sset *pending = &agent->tunnel_notes->pending;
    const char *name;

    SSET_FOR_EACH_SAFE (name, pending) {
        const struct entity *entity = entity_find(agent->model, MODEL_NVE,
                                                  name);
        const struct m_nve *nve = entity ? M_CAST(m_nve, entity) : NULL;

        if (!nve) {
            sset_find_and_delete(pending, name);
        } else if (remote_states_get(agent, nve) != REMOTE_PENDING) {
            struct note note;

            note_make(agent, nve, &note);
            set_note(agent, nve, &note);
            note_destroy(&note);
            sset_find_and_delete(pending, name);
        }
    }
}

/* 'nve' changed: its note may have to. */
static void
check_note(struct agent *agent, const struct m_nve *nve)
{
    struct tunnel_notes *tn = agent->tunnel_notes;
    bool is_missing = is_new(agent, nve);
    struct note note;

    if (!is_missing && sset_contains(&tn->pending, nve->up.name)) {
        tn->is_new = true;
        return;
    }
    note_make(agent, nve, &note);
    if (is_missing) {
        set_note(agent, nve, &note);
    } else if (!has_note(agent, nve, &note)) {
        sset_add(&tn->pending, nve->up.name);
        tn->is_new = true;
        tn->due = MIN(tn->due, time_msec() + PAUSE);
    }
    note_destroy(&note);
}

void
tunnel_notes_run(struct agent *agent)
{
    struct tunnel_notes *tn = agent->tunnel_notes;
    uint64_t settled = remote_states_get_settled(agent);
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        const struct m_nve *nve = node->data;

        if (!agent->shared_tunnels && nve->n_tunnels) {
            check_note(agent, nve);
        }
    }
    if (time_msec() >= tn->due
        && (tn->is_new || tn->settled != settled)) {
        write_pending(agent);
        tn->is_new = false;
        tn->settled = settled;
        if (sset_is_empty(&tn->pending)) {
            tn->due = LLONG_MAX;
            sset_destroy(&tn->pending);     /* With the room it took. */
            sset_init(&tn->pending);
        }
    }
}

void
tunnel_notes_wait(const struct agent *agent)
{
    long long int due = agent->tunnel_notes->due;

    /* After that, what a note waits for wakes up the loop. */
    if (due != LLONG_MAX && time_msec() < due) {
        poll_timer_wait_until(due);
    }
}
