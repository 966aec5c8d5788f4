/* Connections of gateways: see gateway-nat.h.
 *
 * A gateway has one zone on each node that is or was a candidate, for all of
 * its addresses: an address must not be in two, or both give out the same
 * port.  The zone stays the same over restarts of the agent (nat-zones.h), and
 * 'maxConnections' is its limit.  Where a gateway has several candidates, its
 * other users have a zone, too, for what they note (flows/gateway-lost.c).
 *
 * A connection that gets no port, or is beyond the limit, is let on by the
 * userspace datapath untranslated.  Flows drop it (gateway-out.c) and count
 * it; the counter is read every few seconds.  The gateway counts as exhausted
 * until it has not moved for a minute.
 *
 * The kernel's datapath drops such a connection itself, and counts it nowhere.
 * So a gateway counts as exhausted, too, while its zone is seen to have as
 * many connections as it may have.  That all ports are in use is not seen
 * there. */

#include <config.h>

#include "agent/remotes/gateway-nat.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/model/source-set.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/ct-limits.h"
#include "agent/switch/nat-zones.h"
#include "agent/switch/ofctrl.h"
#include "lib/value-encode.h"
#include "lib/value.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

#define QUERY_INTERVAL 2000             /* msec. */
#define RETRY_INTERVAL 200              /* msec. */
#define EXHAUSTED_TIME (60 * 1000)      /* msec. */

/* All tables. */
#define ANY_TABLE 255

void
gateway_nat_release(struct agent *agent, struct gateway *g, const char *name)
{
    if (g->zone) {
        char *zone_name = xasprintf("gateway/%s", name);

        ct_limits_release(agent->gateways->limits, g->zone, zone_name);
        nat_zones_release(agent->nat_zones, zone_name);
        free(zone_name);
        g->zone = 0;
    }
}

/* A gateway that only routes translates nothing, but what comes in by it has
 * the zone for a number (flows/gateway-in.h). */
void
gateway_nat_update(struct agent *agent, struct gateway *g)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);
    char *zone_name;

    if (!g->gw->self && (!def->n_snat || g->gw->n_nodes < 2)) {
        gateway_nat_release(agent, g, g->gw->up.name);
        return;
    }
    zone_name = xasprintf("gateway/%s", g->gw->up.name);
    if (!g->zone) {
        g->zone = nat_zones_take(agent->nat_zones, zone_name);
        agent->gateways->query_at = 0;  /* What was dropped before. */
    }
    if (g->zone && def->n_snat) {
        ct_limits_take_own(agent->gateways->limits, g->zone, zone_name,
                           g->gw->self ? def->max_connections : 0);
    } else if (g->zone) {
        ct_limits_release(agent->gateways->limits, g->zone, zone_name);
    }
    free(zone_name);
}

/* Why packets that come back cannot get what the VPC's profile requires. */
static char *
get_option_fault(const struct agent *agent, const struct m_vpc *vpc)
{
    const struct nve *self = m_nve_get_def(model_get_self(agent->model));
    const struct endpoint sender = { .has_type = true,
                                     .type = EP_GATEWAY };
    const struct source_set *set = vpc->sent->source;

    for (size_t i = 0; i < set->n; i++) {
        const struct resolved_option *o = &set->options[i].up;
        uint8_t data[GENEVE_OPT_MAX_DATA];
        enum value_result result;
        char *error;

        if (set->options[i].state == SOURCE_FADING) {
            continue;
        }
        result = value_encode(&o->value, o->sender.length, &sender,
                              vpc->up.object->vpc, self, data, &error);
        if (result == VALUE_BAD) {
            char *fault = xasprintf("option %s: %s", o->name, error);

            free(error);
            return fault;
        }
        if (o->sender.required && result == VALUE_ABSENT) {
            char *source = value_source_to_string(&o->value);
            char *fault = xasprintf("required option %s of VPC %s has no "
                                    "value for packets from outside: a "
                                    "gateway has no %s", o->name,
                                    vpc->up.name, source);

            free(source);
            return fault;
        }
    }
    return NULL;
}

char *
gateway_nat_get_fault(const struct agent *agent, const struct gateway *g)
{
    if (!g->gw->self) {
        return NULL;
    }
    if (m_gateway_get_def(g->gw)->n_snat && !g->zone) {
        return xstrdup("there is no conntrack zone left for it");
    }
    return get_option_fault(agent, g->gw->vpc);
}

/* Counters. */

struct drop_query {
    struct agent *agent;
    char *name;
};

static void
take_drops(bool ok, uint64_t n_packets, uint64_t n_bytes OVS_UNUSED,
           void *query_)
{
    struct drop_query *query = query_;
    struct gateways *gs = query->agent->gateways;
    struct gateway *g = gs ? shash_find_data(&gs->all, query->name) : NULL;

    if (g) {
        g->asking = false;
        if (ok && g->counted && n_packets > g->n_dropped) {
            g->exhausted_until = time_msec() + EXHAUSTED_TIME;
        }
        if (ok) {
            g->n_dropped = n_packets;
            g->counted = true;
        } else {
            gs->query_at = MIN(gs->query_at, time_msec() + RETRY_INTERVAL);
        }
    }
    free(query->name);
    free(query);
}

static void
ask(struct agent *agent, struct gateway *g)
{
    struct drop_query *query = xmalloc(sizeof *query);

    query->agent = agent;
    query->name = xstrdup(g->gw->up.name);
    g->asking = true;
    ofctrl_query_counters(agent->ofctrl, g->drops.cookie, ANY_TABLE,
                          take_drops, query);
}

void
gateway_nat_run(struct agent *agent)
{
    struct gateways *gs = agent->gateways;
    struct shash_node *node;
    bool due = time_msec() >= gs->query_at;
    bool counted = ct_limits_run(gs->limits, 0);

    SHASH_FOR_EACH (node, &gs->all) {
        struct gateway *g = node->data;
        bool exhausted;

        if (counted && g->zone && ct_limits_is_used_up(gs->limits, g->zone)) {
            g->exhausted_until = time_msec() + EXHAUSTED_TIME;
        }
        exhausted = time_msec() < g->exhausted_until;
        if (g->exhausted != exhausted) {
            g->exhausted = exhausted;
            gs->dirty = true;
        }
        if (due && g->zone && g->gw->self && !g->asking) {
            ask(agent, g);
        }
    }
    if (due) {
        gs->query_at = time_msec() + QUERY_INTERVAL;
    }
}

void
gateway_nat_wait(const struct agent *agent)
{
    const struct gateways *gs = agent->gateways;
    const struct shash_node *node;

    ct_limits_wait(gs->limits);
    SHASH_FOR_EACH (node, &gs->all) {
        const struct gateway *g = node->data;

        if (g->zone) {
            poll_timer_wait_until(gs->query_at);
            break;
        }
    }
}
