/* The difference between the meters that are wanted and those that are there.
 *
 * A flow that names a meter can be added only once the meter is there, and
 * goes, without a word, with the meter.  So meters are added before flows, and
 * deleted when the flows are as wanted, which then use only wanted ones.  That
 * order is ofctrl's to keep.  Meters do not go into bundles; each is changed
 * by a message of its own.
 *
 * Nothing in a meter says whose it is.  Ours are those with ids from
 * FLOW_OWNER_METER_FIRST to FLOW_OWNER_METER_LAST.  If there is one when we
 * connect that nobody wants, it is deleted; one that has the rate wanted is
 * left alone, with its counters and the tokens in it.
 *
 * Invariants:
 *
 *   - Between meter_sync_take() and meter_sync_finish() a meter is in 'sent',
 *     whatever happens to it meanwhile.
 *   - Else it is in 'wrong' if it is wanted, not as wanted, and has no error
 *     or is tried again.
 *   - Else it is in 'surplus' if it is there, not wanted, and likewise.
 *   - One that is neither wanted nor there is freed.
 *
 * An error is kept until what is tried again succeeds, another rate is wanted
 * or the connection is new. */

#include <config.h>

#include "agent/switch/meter-sync.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void
meter_sync_init(struct meter_sync *ms)
{
    hmap_init(&ms->meters);
    ovs_list_init(&ms->wrong);
    ovs_list_init(&ms->surplus);
    ovs_list_init(&ms->sent);
}

static struct meter *
find(const struct meter_sync *ms, uint32_t id)
{
    struct meter *meter;

    HMAP_FOR_EACH_WITH_HASH (meter, node, id, &ms->meters) {
        return meter;
    }
    return NULL;
}

static struct meter *
find_or_create(struct meter_sync *ms, uint32_t id)
{
    struct meter *meter = find(ms, id);

    if (!meter) {
        meter = xzalloc(sizeof *meter);
        meter->id = id;
        ovs_list_init(&meter->list_node);
        hmap_insert(&ms->meters, &meter->node, id);
    }
    return meter;
}

static void
unlink(struct meter *meter)
{
    ovs_list_remove(&meter->list_node);
    ovs_list_init(&meter->list_node);
}

static void
meter_destroy(struct meter_sync *ms, struct meter *meter)
{
    unlink(meter);
    hmap_remove(&ms->meters, &meter->node);
    free(meter->owner);
    free(meter);
}

void
meter_sync_destroy(struct meter_sync *ms)
{
    struct meter *meter;

    HMAP_FOR_EACH_SAFE (meter, node, &ms->meters) {
        meter_destroy(ms, meter);
    }
    hmap_destroy(&ms->meters);
}

static bool
band_equals(const struct meter_band *a, const struct meter_band *b)
{
    return (a->rate == b->rate
            && (!a->rate || a->rate == METER_OTHER
                || (a->burst == b->burst && a->kbits == b->kbits)));
}

/* Puts 'meter' where it belongs, unless it is under way.  May free it. */
static void
update(struct meter_sync *ms, struct meter *meter)
{
    if (meter->sent.rate) {
        return;
    }
    unlink(meter);
    if (!meter->wanted.rate && !meter->installed.rate) {
        meter_destroy(ms, meter);
    } else if (band_equals(&meter->wanted, &meter->installed)) {
        meter->error = 0;
        meter->retried = false;
    } else if (!meter->error || meter->retried) {
        ovs_list_push_back(meter->wanted.rate ? &ms->wrong : &ms->surplus,
                           &meter->list_node);
    }
}

bool
meter_sync_set(struct meter_sync *ms, uint32_t id, struct meter_band band,
               const char *owner)
{
    struct meter *meter = find_or_create(ms, id);
    bool changed = !band_equals(&meter->wanted, &band);

    if (!nullable_string_is_equal(meter->owner, owner)) {
        free(meter->owner);
        meter->owner = xstrdup(owner);
    }
    if (changed) {
        meter->wanted = band;
        meter->error = 0;
        update(ms, meter);
    }
    return changed;
}

bool
meter_sync_unset(struct meter_sync *ms, uint32_t id, const char *owner)
{
    struct meter *meter = find(ms, id);

    if (!meter || !nullable_string_is_equal(meter->owner, owner)) {
        return false;
    }
    free(meter->owner);
    meter->owner = NULL;
    meter->wanted.rate = 0;
    meter->error = 0;
    update(ms, meter);
    return true;
}

void
meter_sync_forget_installed(struct meter_sync *ms)
{
    struct meter *meter;

    HMAP_FOR_EACH_SAFE (meter, node, &ms->meters) {
        meter->sent.rate = 0;
        meter->installed.rate = 0;
        meter->error = 0;
        update(ms, meter);
    }
}

void
meter_sync_begin_reading(struct meter_sync *ms)
{
    struct meter *meter;

    HMAP_FOR_EACH (meter, node, &ms->meters) {
        meter->seen = false;
    }
}

bool
meter_sync_add_installed(struct meter_sync *ms, uint32_t id,
                         struct meter_band band)
{
    struct meter *meter = find_or_create(ms, id);
    bool changed = !band_equals(&meter->installed, &band);

    meter->seen = true;
    meter->installed = band;
    update(ms, meter);
    return changed;
}

unsigned int
meter_sync_end_reading(struct meter_sync *ms)
{
    unsigned int n_lost = 0;
    struct meter *meter;

    HMAP_FOR_EACH_SAFE (meter, node, &ms->meters) {
        if (meter->installed.rate && !meter->seen) {
            n_lost++;
            meter->installed.rate = 0;
            update(ms, meter);
        }
    }
    return n_lost;
}

bool
meter_sync_has_installed(const struct meter_sync *ms)
{
    const struct meter *meter;

    HMAP_FOR_EACH (meter, node, &ms->meters) {
        if (meter->installed.rate) {
            return true;
        }
    }
    return false;
}

static struct ovs_list *
get_list(const struct meter_sync *ms, bool delete)
{
    return CONST_CAST(struct ovs_list *, delete ? &ms->surplus : &ms->wrong);
}

bool
meter_sync_may_take(const struct meter_sync *ms, bool delete)
{
    return !ovs_list_is_empty(get_list(ms, delete));
}

struct meter *
meter_sync_take(struct meter_sync *ms, bool delete)
{
    struct ovs_list *list = get_list(ms, delete);
    struct meter *meter;

    if (ovs_list_is_empty(list)) {
        return NULL;
    }
    meter = CONTAINER_OF(ovs_list_pop_front(list), struct meter, list_node);
    meter->sent = meter->wanted;
    if (delete) {
        meter->sent.rate = METER_OTHER;
    }
    ovs_list_push_back(&ms->sent, &meter->list_node);
    return meter;
}

bool
meter_sync_report_error(struct meter_sync *ms, ovs_be32 xid,
                        enum ofperr error)
{
    struct meter *meter;

    LIST_FOR_EACH (meter, list_node, &ms->sent) {
        if (meter->xid == xid) {
            meter->error = error;
            meter->retried = false;
            return true;
        }
    }
    return false;
}

void
meter_sync_retry(struct meter_sync *ms)
{
    struct meter *meter;

    HMAP_FOR_EACH_SAFE (meter, node, &ms->meters) {
        if (meter->error && !meter->retried) {
            meter->retried = true;
            update(ms, meter);
        }
    }
}

void
meter_sync_finish(struct meter_sync *ms)
{
    struct meter *meter;

    LIST_FOR_EACH_SAFE (meter, list_node, &ms->sent) {
        struct meter_band sent = meter->sent;

        meter->sent.rate = 0;
        if (meter->error == OFPERR_OFPMMFC_METER_EXISTS) {
            meter->installed.rate = METER_OTHER;    /* Modify it. */
            meter->error = 0;
        } else if (meter->error == OFPERR_OFPMMFC_UNKNOWN_METER) {
            meter->installed.rate = 0;          /* Somebody deleted it. */
            meter->error = 0;
        } else if (!meter->error || meter->retried) {
            meter->error = 0;
            meter->retried = false;
            meter->installed = sent;
            if (sent.rate == METER_OTHER) {
                meter->installed.rate = 0;
            }
        }
        update(ms, meter);
    }
}

void
meter_sync_for_each_error(const struct meter_sync *ms,
                          void (*cb)(const char *name, const char *error,
                                     void *aux), void *aux)
{
    const struct meter *meter;

    HMAP_FOR_EACH (meter, node, &ms->meters) {
        if (meter->error) {
            char *name = xasprintf("meter %"PRIu32" of %s", meter->id,
                                   meter->owner ? meter->owner : "nobody");

            cb(name, ofperr_to_string(meter->error), aux);
            free(name);
        }
    }
}
