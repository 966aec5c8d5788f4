/* Changing a TLV map under flows that use it.
 *
 * A mapping cannot be changed, only deleted and added, and it cannot be
 * deleted while a flow refers to it, nor for some milliseconds after that flow
 * is gone.  So each index goes through these steps by itself:
 *
 *   - Wrong or superfluous, and flows of ours use it: wait.  The flow table
 *     deletes them, because the index is not "ready".
 *   - Wrong or superfluous, and no flow of ours uses it: delete.  If the
 *     switch says INVALID_TLV_DEL, try again, first after 2 ms, then after
 *     twice the time before, up to a minute: somebody else's flow may use it
 *     for ever.
 *   - Free, and its option is mapped nowhere else, and there is room: add.
 *     If the switch refuses, that is an error, and the next attempt is made
 *     when the map has changed or another one is wanted.
 *
 * Before some mappings may be deleted, all datapath flows have to be purged.
 * A datapath flow keeps the options of the packet that it was made for, and
 * lets others pass without looking at them.  If one of those that it keeps is
 * critical and not mapped any more (or mapped with another length), the next
 * revalidation finds it malformed and makes it drop everything that it
 * matches, though no packet has had that option for long.  A flow made after
 * the purge keeps what is sent now, without that option.
 *
 * Each request is about one index, since one bad entry makes the switch refuse
 * a request as a whole.  After each step the map is read back, so nothing here
 * depends on a guess of what a failed request has left. */

#include <config.h>

#include "agent/switch/tlv-sync.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* Between two attempts to delete a mapping: msec. */
#define MIN_BACKOFF 2
#define MAX_BACKOFF 60000

/* From this backoff on (after 1 s in all) a mapping that cannot be deleted is
 * an error, and nobody waits for it any more. */
#define STUCK_BACKOFF 1024

static bool
slot_equals(const struct index_slot *a, const struct index_slot *b)
{
    return (a->used == b->used
            && (!a->used || (opt_key_equals(a->key, b->key)
                             && a->length == b->length)));
}

void
tlv_sync_init(struct tlv_sync *tlv)
{
    memset(tlv, 0, sizeof *tlv);
}

bool
tlv_sync_set_wanted(struct tlv_sync *tlv, const struct index_map *map)
{
    if (tlv->have_wanted && index_map_equals(&tlv->wanted, map)) {
        return false;
    }
    tlv->wanted = *map;
    tlv->have_wanted = true;
    tlv->differ = !index_map_equals(&tlv->installed, &tlv->wanted);
    tlv_sync_restart(tlv);
    return true;
}

void
tlv_sync_set_installed(struct tlv_sync *tlv, const struct index_map *map)
{
    if (tlv->have_installed && !index_map_equals(&tlv->installed, map)) {
        /* A mapping that found no room or a duplicate may fit now. */
        for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
            struct tlv_attempt *a = &tlv->attempts[i];

            if (a->error != OFPERR_NXTTMFC_INVALID_TLV_DEL
                || !slot_equals(&tlv->installed.slots[i], &map->slots[i])) {
                *a = (struct tlv_attempt) { .error = 0 };
            }
        }
    }
    tlv->installed = *map;
    tlv->have_installed = true;
    tlv->differ = !index_map_equals(&tlv->installed, &tlv->wanted);
}

void
tlv_sync_restart(struct tlv_sync *tlv)
{
    memset(tlv->attempts, 0, sizeof tlv->attempts);
}

uint64_t
tlv_sync_get_ready(const struct tlv_sync *tlv)
{
    uint64_t mask = 0;

    if (tlv->have_wanted && tlv->have_installed) {
        for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
            if (tlv->wanted.slots[i].used
                && slot_equals(&tlv->wanted.slots[i],
                               &tlv->installed.slots[i])) {
                mask |= UINT64_C(1) << i;
            }
        }
    }
    return mask;
}

/* Whether the last attempt to change index 'i' failed, and none will succeed
 * soon. */
static bool
is_stuck(const struct tlv_sync *tlv, size_t i)
{
    const struct tlv_attempt *a = &tlv->attempts[i];

    return (a->error && (a->error != OFPERR_NXTTMFC_INVALID_TLV_DEL
                         || a->backoff >= STUCK_BACKOFF));
}

/* Whether the option of 'slot' is mapped at an index that is stuck, so that it
 * cannot be mapped where it is wanted. */
static bool
is_blocked(const struct tlv_sync *tlv, const struct index_slot *slot)
{
    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *other = &tlv->installed.slots[i];

        if (other->used && opt_key_equals(other->key, slot->key)
            && is_stuck(tlv, i)) {
            return true;
        }
    }
    return false;
}

uint64_t
tlv_sync_get_usable(const struct tlv_sync *tlv)
{
    uint64_t mask = 0;

    if (!tlv->have_wanted) {
        return UINT64_MAX;
    }
    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *slot = &tlv->wanted.slots[i];

        if (slot->used && !is_stuck(tlv, i) && !is_blocked(tlv, slot)) {
            mask |= UINT64_C(1) << i;
        }
    }
    return mask | tlv_sync_get_ready(tlv);
}

/* Whether the map is just as wanted, which it nearly always is. */
static bool
is_done(const struct tlv_sync *tlv)
{
    return tlv->have_wanted && tlv->have_installed && !tlv->differ;
}

bool
tlv_sync_is_settled(const struct tlv_sync *tlv)
{
    return (!tlv->have_wanted || is_done(tlv)
            || tlv_sync_get_ready(tlv) == tlv_sync_get_usable(tlv));
}

/* Whether index 'i' is wanted and can be added to the map as it is.
 * 'data_bytes' is the length of all mapped options, 'deleting' says that some
 * mapping is about to go. */
static bool
can_add(const struct tlv_sync *tlv, size_t i, unsigned int data_bytes,
        bool deleting)
{
    const struct index_slot *slot = &tlv->wanted.slots[i];

    if (!slot->used || tlv->installed.slots[i].used
        || tlv->attempts[i].error) {
        return false;
    }
    for (size_t j = 0; j < INDEX_MAP_SLOTS; j++) {
        const struct index_slot *other = &tlv->installed.slots[j];

        if (other->used && opt_key_equals(other->key, slot->key)) {
            return false;
        }
    }
    /* Wait for room if some is coming.  Else try: the switch will refuse, and
     * that is an error to report. */
    return !deleting || data_bytes + slot->length <= INDEX_MAP_MAX_DATA;
}

/* Whether datapath flows that keep the option at index 'i' become malformed
 * when it is unmapped (RFC 8926, section 3.5: the C bit of the type). */
static bool
needs_purge(const struct tlv_sync *tlv, size_t i)
{
    const struct index_slot *slot = &tlv->installed.slots[i];

    if (opt_key_is_critical(slot->key)) {
        return true;
    }
    for (size_t j = 0; j < INDEX_MAP_SLOTS; j++) {
        const struct index_slot *want = &tlv->wanted.slots[j];

        if (want->used && opt_key_equals(want->key, slot->key)) {
            return want->length != slot->length;
        }
    }
    return false;
}

struct tlv_step
tlv_sync_get_step(const struct tlv_sync *tlv, const unsigned int n_using[],
                  long long int now)
{
    struct tlv_step step = { 0, 0, 0 };
    unsigned int data_bytes = 0;
    bool deleting = false;

    if (!tlv->have_wanted || !tlv->have_installed || is_done(tlv)) {
        return step;
    }

    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *slot = &tlv->installed.slots[i];

        if (slot->used && !slot_equals(slot, &tlv->wanted.slots[i])) {
            deleting |= !is_stuck(tlv, i);
            if (!n_using[i] && now >= tlv->attempts[i].retry_at) {
                if (needs_purge(tlv, i) && !tlv->attempts[i].purged) {
                    step.purge |= UINT64_C(1) << i;
                } else {
                    step.del |= UINT64_C(1) << i;
                }
            }
        }
        data_bytes += slot->used ? slot->length : 0;
    }
    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        if (can_add(tlv, i, data_bytes, deleting)) {
            step.add |= UINT64_C(1) << i;
            data_bytes += tlv->wanted.slots[i].length;
        }
    }
    return step;
}

bool
tlv_sync_is_waiting(const struct tlv_sync *tlv, const unsigned int n_using[])
{
    bool waiting = false;

    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *slot = &tlv->installed.slots[i];

        if (slot->used && !slot_equals(slot, &tlv->wanted.slots[i])) {
            if (n_using[i]) {
                return false;       /* Flows have to go first. */
            }
            waiting |= !is_stuck(tlv, i);
        }
    }
    return waiting && tlv->have_wanted && tlv->have_installed;
}

void
tlv_sync_set_purged(struct tlv_sync *tlv, uint64_t indices)
{
    for (; indices; indices = zero_rightmost_1bit(indices)) {
        tlv->attempts[rightmost_1bit_idx(indices)].purged = true;
    }
}

void
tlv_sync_report_error(struct tlv_sync *tlv, unsigned int index,
                      enum ofperr error, long long int now)
{
    struct tlv_attempt *a = &tlv->attempts[index];

    a->error = error;
    a->retry_at = 0;
    if (error == OFPERR_NXTTMFC_INVALID_TLV_DEL) {
        a->backoff = MIN(MAX(a->backoff * 2, MIN_BACKOFF), MAX_BACKOFF);
        a->retry_at = now + a->backoff;
    }
}

long long int
tlv_sync_get_retry_time(const struct tlv_sync *tlv)
{
    long long int retry_at = LLONG_MAX;

    for (size_t i = 0; !is_done(tlv) && i < INDEX_MAP_SLOTS; i++) {
        const struct tlv_attempt *a = &tlv->attempts[i];

        if (a->retry_at) {
            retry_at = MIN(retry_at, a->retry_at);
        }
    }
    return retry_at;
}

void
tlv_sync_for_each_error(const struct tlv_sync *tlv,
                        void (*cb)(const char *name, const char *error,
                                   void *aux), void *aux)
{
    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *have = &tlv->installed.slots[i];
        const struct index_slot *want = &tlv->wanted.slots[i];
        enum ofperr error = tlv->attempts[i].error;
        char *s;

        if (!is_stuck(tlv, i)) {
            continue;
        }
        if (error == OFPERR_NXTTMFC_INVALID_TLV_DEL) {
            s = xasprintf("tun_metadata%"PRIuSIZE": cannot unmap option "
                          OPT_KEY_FMT": a flow that is not ours uses it", i,
                          OPT_KEY_ARGS(have->key));
        } else {
            s = xasprintf("tun_metadata%"PRIuSIZE": cannot map option "
                          OPT_KEY_FMT" with %d bytes: %s", i,
                          OPT_KEY_ARGS(want->key), want->length,
                          ofperr_to_string(error));
        }
        cb("TLV map", s, aux);
        free(s);
    }
}
