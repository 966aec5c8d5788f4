/* Setting the limits of conntrack zones, and looking how much is used.
 *
 * ovs-vswitchd tells nobody about limits and counts, so they are read every
 * 5 seconds, all in one request, as long as there are zones.  What was read
 * is compared with what is wanted: an ovs-vswitchd that has been restarted has
 * no limits (userspace datapath), and somebody may have changed one.
 *
 * States of the requests, and what leads out of them:
 *
 *     idle        A zone has not the limit that is wanted: setting.  A zone
 *                 that is not ours any more has one: deleting.  5 seconds are
 *                 over: reading.
 *     reading     The limits and counts, or no answer: idle.
 *     setting     Done, or no answer: idle.
 *     deleting    Likewise.
 *
 * If ovs-vswitchd cannot be reached, or cannot do it (a datapath without
 * limits, or datapaths of both types), it is asked again after 5 seconds. */

#include <config.h>

#include "agent/switch/ct-limits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/switch/vswitchd-ctl.h"
#include "lib/tick.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ct_limits);

#define INTERVAL_MS 5000

/* Zones in one request. */
#define MAX_ZONES 200

#define MAX_ANSWER_BYTES (4 * 1024 * 1024)

/* A zone is full if it has that much of its limit, in percent: connections end
 * all the time, so a number that is read is rarely the limit itself. */
#define FULL_PERCENT 90

/* A zone that is in use, or that has a limit of ours. */
struct ct_limit {
    struct hmap_node node;          /* In struct ct_limits' 'zones'; its hash
                                     * is the zone. */
    uint16_t zone;
    char *name;                     /* The endpoint; NULL: not in use. */
    bool has_own;                   /* 'own' is its limit, not that of all. */
    uint32_t own;
    uint32_t sent;                  /* Under way, if 'asked'. */
    uint32_t limit;                 /* That the switch has; 0: none. */
    uint32_t n_connections;
    bool asked;                     /* In the request under way. */
    bool failed;                    /* Not asked again before the next
                                     * reading. */
};

struct ct_limits {
    struct vswitchd_ctl *ctl;
    struct hmap zones;              /* Contains "struct ct_limit"s. */
    enum ct_limits_state {
        CT_LIMITS_IDLE,
        CT_LIMITS_READING,
        CT_LIMITS_SETTING,
        CT_LIMITS_DELETING,
    } state;
    uint32_t limit;                 /* Wanted; 0: none. */
    bool warned;                    /* The last request went wrong. */
    bool news;                      /* For ct_limits_run(): a zone that was
                                     * full is not in use any more. */
    bool changed;                   /* Some zone may be as it should not. */
    long long int read_at;          /* Next reading: time_msec(). */
};

struct ct_limits *
ct_limits_create(const char *rundir)
{
    struct ct_limits *limits = xzalloc(sizeof *limits);

    limits->ctl = vswitchd_ctl_create(rundir);
    hmap_init(&limits->zones);
    return limits;
}

static void
ct_limit_destroy(struct ct_limits *limits, struct ct_limit *zone)
{
    hmap_remove(&limits->zones, &zone->node);
    free(zone->name);
    free(zone);
}

void
ct_limits_destroy(struct ct_limits *limits)
{
    struct ct_limit *zone;

    if (limits) {
        HMAP_FOR_EACH_SAFE (zone, node, &limits->zones) {
            ct_limit_destroy(limits, zone);
        }
        hmap_destroy(&limits->zones);
        vswitchd_ctl_destroy(limits->ctl);
        free(limits);
    }
}

static struct ct_limit *
find_zone(const struct ct_limits *limits, uint16_t number)
{
    struct hmap_node *node = hmap_first_with_hash(&limits->zones, number);

    return node ? CONTAINER_OF(node, struct ct_limit, node) : NULL;
}

void
ct_limits_take(struct ct_limits *limits, uint16_t number, const char *name)
{
    struct ct_limit *zone = find_zone(limits, number);

    if (!zone) {
        zone = xzalloc(sizeof *zone);
        zone->zone = number;
        hmap_insert(&limits->zones, &zone->node, number);
    }
    free(zone->name);
    zone->name = xstrdup(name);
    zone->n_connections = 0;
    limits->changed = true;
}

void
ct_limits_take_own(struct ct_limits *limits, uint16_t number,
                   const char *name, uint32_t limit)
{
    struct ct_limit *zone = find_zone(limits, number);

    if (!zone || !nullable_string_is_equal(zone->name, name)) {
        ct_limits_take(limits, number, name);
        zone = find_zone(limits, number);
    }
    if (!zone->has_own || zone->own != limit) {
        zone->has_own = true;
        zone->own = limit;
        limits->changed = true;
    }
}

void
ct_limits_release(struct ct_limits *limits, uint16_t number, const char *name)
{
    struct ct_limit *zone = find_zone(limits, number);

    if (zone && nullable_string_is_equal(zone->name, name)) {
        free(zone->name);
        zone->name = NULL;
        zone->has_own = false;
        zone->n_connections = 0;
        limits->changed = limits->news = true;
        if (!zone->limit && !zone->asked) {
            ct_limit_destroy(limits, zone);
        }
    }
}

/* Returns the limit that 'zone' should have. */
static uint32_t
get_wanted(const struct ct_limits *limits, const struct ct_limit *zone)
{
    return !zone->name ? 0 : zone->has_own ? zone->own : limits->limit;
}

/* Takes what the switch has.  Limits of zones that are not in use are not
 * ours. */
static void
take_reading(struct ct_limits *limits, const char *text)
{
    struct ct_limit *zone;
    const char *line;

    HMAP_FOR_EACH (zone, node, &limits->zones) {
        zone->limit = 0;
        zone->n_connections = 0;
        zone->failed = false;
    }
    for (line = strchr(text, '\n'); line; line = strchr(line + 1, '\n')) {
        uint32_t limit, n_connections;
        uint16_t number;

        if (ovs_scan(line, "\nzone=%"SCNu16",limit=%"SCNu32",count=%"SCNu32,
                     &number, &limit, &n_connections)) {
            zone = find_zone(limits, number);
            if (zone) {
                zone->limit = limit;
                zone->n_connections = n_connections;
            }
        }
    }
}

/* The limits under way have been set or deleted, if 'ok'. */
static void
end_change(struct ct_limits *limits, bool ok)
{
    struct ct_limit *zone;

    HMAP_FOR_EACH_SAFE (zone, node, &limits->zones) {
        if (zone->asked) {
            zone->asked = false;
            zone->failed = !ok;
            if (ok) {
                zone->limit = (limits->state == CT_LIMITS_SETTING
                               ? zone->sent : 0);
            }
        }
        if (!zone->name && (!zone->limit || zone->failed)) {
            ct_limit_destroy(limits, zone);
        }
    }
}

/* Returns true if there are new counts. */
static bool
take_answer(struct ct_limits *limits)
{
    enum vswitchd_ctl_answer answer;
    bool news = false;
    char *text;

    answer = vswitchd_ctl_run(limits->ctl, &text);
    if (answer != VSWITCHD_CTL_NONE) {
        bool ok = answer == VSWITCHD_CTL_RESULT;

        if (answer == VSWITCHD_CTL_ERROR && !limits->warned) {
            VLOG_WARN("cannot limit the connections of endpoints: %s",
                      text ? text : "no reason given");
        }
        limits->warned = answer == VSWITCHD_CTL_ERROR;
        if (limits->state != CT_LIMITS_READING) {
            end_change(limits, ok);
        } else if (ok) {
            take_reading(limits, text ? text : "");
            news = true;
        }
        limits->changed = ok;
        limits->state = CT_LIMITS_IDLE;
    }
    free(text);
    return news;
}

static void
ask(struct ct_limits *limits, enum ct_limits_state state, const char *command,
    const struct svec *args)
{
    if (vswitchd_ctl_request(limits->ctl, command,
                             (const char *const *) args->names,
                             MAX_ANSWER_BYTES)) {
        limits->state = state;
    } else {
        end_change(limits, false);
        limits->changed = false;
        limits->read_at = tick_next(time_msec(), INTERVAL_MS);
    }
}

/* Adds what is to be deleted, or else set, to 'args'. */
static void
choose_zones(struct ct_limits *limits, bool delete, struct svec *args)
{
    struct ds list = DS_EMPTY_INITIALIZER;
    struct ct_limit *zone;
    int n = 0;

    HMAP_FOR_EACH (zone, node, &limits->zones) {
        uint32_t wanted = get_wanted(limits, zone);

        if (zone->limit == wanted || zone->failed || delete != !wanted) {
            continue;
        }
        zone->asked = true;
        zone->sent = wanted;
        if (delete) {
            ds_put_format(&list, "%s%"PRIu16, n ? "," : "zone=", zone->zone);
        } else {
            svec_add_nocopy(args, xasprintf("zone=%"PRIu16",limit=%"PRIu32,
                                            zone->zone, wanted));
        }
        if (++n >= MAX_ZONES) {
            break;
        }
    }
    if (list.length) {
        svec_add(args, ds_cstr(&list));
    }
    ds_destroy(&list);
}

/* Begins the next request to change something, if one is due. */
static void
begin_change(struct ct_limits *limits)
{
    for (int delete = 0; delete < 2; delete++) {
        struct svec args = SVEC_EMPTY_INITIALIZER;

        choose_zones(limits, delete, &args);
        if (args.n) {
            svec_terminate(&args);
            ask(limits, delete ? CT_LIMITS_DELETING : CT_LIMITS_SETTING,
                delete ? "dpctl/ct-del-limits" : "dpctl/ct-set-limits",
                &args);
            svec_destroy(&args);
            return;
        }
        svec_destroy(&args);
    }
    limits->changed = false;
}

static bool
may_read(const struct ct_limits *limits)
{
    return !hmap_is_empty(&limits->zones);
}

bool
ct_limits_run(struct ct_limits *limits, uint32_t limit)
{
    bool news = limits->news;

    limits->news = false;
    if (limits->limit != limit) {
        limits->limit = limit;
        limits->changed = true;
    }
    if (limits->state != CT_LIMITS_IDLE) {
        news |= take_answer(limits);
    }
    if (limits->state == CT_LIMITS_IDLE && limits->changed) {
        begin_change(limits);
    }
    if (limits->state == CT_LIMITS_IDLE && may_read(limits)
        && time_msec() >= limits->read_at) {
        struct svec none = SVEC_EMPTY_INITIALIZER;

        limits->read_at = tick_next(time_msec(), INTERVAL_MS);
        ask(limits, CT_LIMITS_READING, "dpctl/ct-get-limits", &none);
    }
    return news;
}

void
ct_limits_wait(struct ct_limits *limits)
{
    vswitchd_ctl_wait(limits->ctl);
    if (limits->state == CT_LIMITS_IDLE) {
        if (limits->changed) {
            poll_immediate_wake();
        } else if (may_read(limits)) {
            poll_timer_wait_until(limits->read_at);
        }
    }
}

bool
ct_limits_is_used_up(const struct ct_limits *limits, uint16_t number)
{
    const struct ct_limit *zone = find_zone(limits, number);

    return zone && zone->limit && zone->n_connections >= zone->limit;
}

void
ct_limits_for_each_full(const struct ct_limits *limits,
                        void (*cb)(const char *name, uint16_t zone,
                                   uint32_t n_connections, uint32_t limit,
                                   void *aux), void *aux)
{
    const struct ct_limit *zone;

    HMAP_FOR_EACH (zone, node, &limits->zones) {
        if (zone->name && zone->limit
            && zone->n_connections
               >= (uint64_t) zone->limit * FULL_PERCENT / 100) {
            cb(zone->name, zone->zone, zone->n_connections, zone->limit, aux);
        }
    }
}
