/* Flushing conntrack zones that are given back, and connections of a zone.
 *
 * States of a zone, and what leads out of them:
 *
 *     in use      Not known here.  Given back: leaving.
 *     leaving     Its endpoint takes it again: in use.  The flows that used it
 *                 are gone, and no other zone is being flushed: flushing.
 *     flushing    ovs-vswitchd was asked to flush it.  It has, or cannot: not
 *                 known here any more.  No answer: leaving.
 *
 * If the switch cannot be reached it is asked again: in the kernel's datapath,
 * connections outlive ovs-vswitchd.
 *
 * Open vSwitch 3.1 takes a zone or the name of a datapath, not both.  Where
 * one ovs-vswitchd has datapaths of both types it refuses; that is logged, and
 * the connections of the zone stay until they time out. */

#include <config.h>

#include "agent/switch/ct-zones.h"

#include <stdlib.h>
#include <string.h>

#include "agent/switch/vswitchd-ctl.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ct_zones);

/* Until a switch that did not answer is asked again. */
#define RETRY_MS 1000

#define MAX_ANSWER_BYTES 4096

/* A zone that is leaving or flushing, or some connections in one. */
struct ct_flush {
    struct ovs_list node;           /* In struct ct_zones' 'flushes'. */
    uint16_t zone;
    char *name;                     /* The endpoint that had it; NULL if
                                     * 'tuples' are. */
    char *tuples[2];                /* Of the connections, as they were begun
                                     * and as answers have them; NULL: the
                                     * whole zone. */
    uint64_t revision;              /* To be confirmed first; 0: that of the
                                     * next ct_zones_run(). */
};

struct ct_zones {
    struct vswitchd_ctl *ctl;
    struct ovs_list flushes;        /* The oldest first. */
    struct ct_flush *busy;          /* Flushing: not in 'flushes'. */
    long long int retry_at;         /* time_msec(). */
};

struct ct_zones *
ct_zones_create(const char *rundir)
{
    struct ct_zones *zones = xzalloc(sizeof *zones);

    zones->ctl = vswitchd_ctl_create(rundir);
    ovs_list_init(&zones->flushes);
    return zones;
}

static void
ct_flush_free(struct ct_flush *flush)
{
    if (flush) {
        free(flush->name);
        free(flush->tuples[0]);
        free(flush->tuples[1]);
        free(flush);
    }
}

void
ct_zones_destroy(struct ct_zones *zones)
{
    struct ct_flush *flush;

    if (zones) {
        LIST_FOR_EACH_POP (flush, node, &zones->flushes) {
            ct_flush_free(flush);
        }
        ct_flush_free(zones->busy);
        vswitchd_ctl_destroy(zones->ctl);
        free(zones);
    }
}

void
ct_zones_take(struct ct_zones *zones, uint16_t zone, const char *name)
{
    struct ct_flush *flush;

    LIST_FOR_EACH (flush, node, &zones->flushes) {
        if (flush->zone == zone && flush->name
            && !strcmp(flush->name, name)) {
            ovs_list_remove(&flush->node);
            ct_flush_free(flush);
            return;
        }
    }
}

void
ct_zones_release(struct ct_zones *zones, uint16_t zone, const char *name)
{
    struct ct_flush *flush = xzalloc(sizeof *flush);

    flush->zone = zone;
    flush->name = xstrdup(name);
    ovs_list_push_back(&zones->flushes, &flush->node);
}

void
ct_zones_flush(struct ct_zones *zones, uint16_t zone, const char *tuple,
               const char *answer)
{
    struct ct_flush *flush = xzalloc(sizeof *flush);

    flush->zone = zone;
    flush->tuples[0] = xstrdup(tuple);
    flush->tuples[1] = xstrdup(answer);
    ovs_list_push_back(&zones->flushes, &flush->node);
}

static void
ct_zones_take_answer(struct ct_zones *zones)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    char *text;

    switch (vswitchd_ctl_run(zones->ctl, &text)) {
    case VSWITCHD_CTL_NONE:
        break;
    case VSWITCHD_CTL_ERROR:
        VLOG_WARN_RL(&rl, "cannot flush conntrack zone %"PRIu16": %s",
                     zones->busy->zone, text ? text : "no reason given");
        /* Fall through. */
    case VSWITCHD_CTL_RESULT:
        ct_flush_free(zones->busy);
        zones->busy = NULL;
        break;
    case VSWITCHD_CTL_LOST:
        ovs_list_push_front(&zones->flushes, &zones->busy->node);
        zones->busy = NULL;
        zones->retry_at = time_msec() + RETRY_MS;
        break;
    }
    free(text);
}

/* Asks for the flush of the oldest zone, if its flows are gone. */
static void
ct_zones_flush_next(struct ct_zones *zones, uint64_t confirmed)
{
    struct ct_flush *flush = CONTAINER_OF(ovs_list_front(&zones->flushes),
                                          struct ct_flush, node);

    if (flush->revision <= confirmed) {
        char *arg = xasprintf("zone=%"PRIu16, flush->zone);
        const char *args[] = { arg, flush->tuples[0], flush->tuples[1],
                               NULL };

        if (vswitchd_ctl_request(zones->ctl, "dpctl/flush-conntrack", args,
                                 MAX_ANSWER_BYTES)) {
            ovs_list_remove(&flush->node);
            zones->busy = flush;
        } else {
            zones->retry_at = time_msec() + RETRY_MS;
        }
        free(arg);
    }
}

void
ct_zones_run(struct ct_zones *zones, uint64_t revision, uint64_t confirmed)
{
    struct ct_flush *flush;

    LIST_FOR_EACH_REVERSE (flush, node, &zones->flushes) {
        if (flush->revision) {
            break;
        }
        flush->revision = revision;
    }
    if (zones->busy) {
        ct_zones_take_answer(zones);
    }
    if (!zones->busy && !ovs_list_is_empty(&zones->flushes)
        && time_msec() >= zones->retry_at) {
        ct_zones_flush_next(zones, confirmed);
    }
}

void
ct_zones_wait(struct ct_zones *zones)
{
    vswitchd_ctl_wait(zones->ctl);
    if (!zones->busy && !ovs_list_is_empty(&zones->flushes)
        && time_msec() < zones->retry_at) {
        poll_timer_wait_until(zones->retry_at);
    }
}
