/* Which bridges are wanted, and what the database has of them.
 *
 * Everything that is known of a plan is found anew, by its fixed names, when
 * something of it might have changed: there are few plans, with a handful of
 * ports each.  Only changes of bridges and of interfaces with such names count
 * as that, so endpoints that come and go cost nothing here.
 *
 * A plan's bridge is in one of these states:
 *   - neither wanted nor in the database;
 *   - kept: in the database and not wanted, but not to be removed yet;
 *   - stale: in the database and neither wanted nor kept.  It is removed,
 *     unless it is wanted before that: then it is adopted as it is;
 *   - obstructed: wanted, and somebody else has a bridge, a port or an
 *     interface of a name that it needs.  Nothing is written for it until that
 *     is gone;
 *   - incomplete: wanted, and something of it is missing or wrong.  That is
 *     written;
 *   - ready: all of its ports have OpenFlow ports.  Those for DSCPs need not:
 *     packets can leave without one. */

#include <config.h>

#include "agent/node/plan-bridges.h"

#include <stdio.h>
#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/plan-bridges-private.h"
#include "agent/node/rows.h"
#include "lib/nullable-string.h"
#include "lib/option.h"
#include "packets.h"
#include "schemas/vswitch-idl.h"
#include "util.h"

struct plan_bridges *
plan_bridges_create(void)
{
    struct plan_bridges *plans = xzalloc(sizeof *plans);

    for (unsigned int i = 0; i < PLAN_BRIDGES_MAX; i++) {
        plans->bridges[i].k = i + 1;
    }
    return plans;
}

static void
plan_bridge_clear_notes(struct plan_bridge *bridge)
{
    free(bridge->order);
    free(bridge->remotes);
    free(bridge->why);
    bridge->order = bridge->remotes = bridge->why = NULL;
    bridge->noted = false;
}

void
plan_bridges_destroy(struct plan_bridges *plans)
{
    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        plan_bridge_clear_notes(&plans->bridges[i]);
        free(plans->bridges[i].problem);
    }
    free(plans);
}

static struct plan_bridge *
plan_bridges_at(const struct plan_bridges *plans, unsigned int k)
{
    ovs_assert(k >= 1 && k <= PLAN_BRIDGES_MAX);
    return CONST_CAST(struct plan_bridge *, &plans->bridges[k - 1]);
}

size_t
plan_bridge_get_ports(const struct plan_bridge *bridge,
                      struct plan_port ports[PLAN_PORTS_MAX])
{
    return plan_ports_init(ports, bridge->k, &bridge->local_ip,
                           bridge->udp_ports, bridge->n_udp_ports,
                           bridge->dscps);
}

/* What the database has. */

const struct vswrec_bridge *
plan_bridge_get_place(const struct plan_bridge *bridge,
                      const struct rows *rows, size_t i)
{
    return i == PLAN_PORTS_PATCH ? rows->bridge : bridge->row;
}

/* Whether 'iface', which has the name of a port of 'bridge', is ours.  The
 * port of a physical network can have such a name, too. */
static bool
plan_bridge_owns(const struct plan_bridge *bridge, const struct iface *iface)
{
    return (iface->bridge && iface->is_alone
            && !iface_get_mark(iface, ROWS_PHYSNET_KEY)
            && (iface->bridge == bridge->row
                || iface_get_mark(iface, ROWS_OURS_KEY)));
}

struct iface *
plan_bridge_find_patch(const struct plan_bridge *bridge,
                       const struct rows *rows)
{
    char name[PLAN_PORTS_NAME_SIZE];
    struct iface *iface;

    plan_ports_get_patch_name(bridge->k, name);
    iface = rows_find_iface(rows, name);
    return iface && plan_bridge_owns(bridge, iface) ? iface : NULL;
}

bool
plan_bridge_is_stale(const struct plan_bridge *bridge)
{
    return (!bridge->wanted && !bridge->kept
            && (bridge->row || bridge->has_patch));
}

/* Somebody else may have a name that 'bridge' needs.  Returns a description of
 * the first such obstacle, for the caller to free, or NULL. */
static char *
plan_bridge_find_obstacle(const struct plan_bridge *bridge,
                          const struct rows *rows,
                          const struct plan_port *ports, size_t n)
{
    if (bridge->named && bridge->named == rows->bridge) {
        return xasprintf("it is the integration bridge");
    } else if (bridge->named && !bridge->row) {
        return xasprintf("there is a bridge of this name that is not the "
                         "agent's (it has no external_ids:%s)",
                         ROWS_OURS_KEY);
    }
    for (size_t i = 0; i < n; i++) {
        const struct iface *iface = rows_find_iface(rows, ports[i].name);

        if (iface && !plan_bridge_owns(bridge, iface)) {
            return xasprintf("there is an interface %s on bridge %s that is "
                             "not the agent's", iface->name,
                             iface->bridge ? iface->bridge->name : "(none)");
        } else if (!iface && rows_find_port(rows, ports[i].name)) {
            return xasprintf("there is a port %s that is not the agent's",
                             ports[i].name);
        }
    }
    return NULL;
}

/* Stores the OpenFlow port of 'port', number 'i' of its bridge. */
static void
plan_bridge_note_port(struct plan_bridge_ports *info,
                      const struct plan_port *port, size_t i,
                      ofp_port_t ofport)
{
    if (i == PLAN_PORTS_PATCH) {
        info->patch = ofport;
    } else if (i == PLAN_PORTS_PEER) {
        info->peer = ofport;
    } else if (port->dscp) {
        info->class_tunnel[port->udp_index][port->dscp] = ofport;
    } else {
        info->tunnel[port->udp_index] = ofport;
    }
}

/* Reads the state of 'ports' into '*info'.  Returns true if all but those for
 * DSCPs are where they should be and have an OpenFlow port.  If one has an
 * error and '*error' is NULL, stores the error there, for the caller to
 * free. */
static bool
plan_bridge_read_ports(const struct plan_bridge *bridge,
                       const struct rows *rows,
                       const struct plan_port *ports, size_t n,
                       struct plan_bridge_ports *info, char **error)
{
    bool ready = true;

    for (size_t i = 0; i < n; i++) {
        const struct iface *iface = rows_find_iface(rows, ports[i].name);
        bool placed = iface && iface_is_on(
            iface, plan_bridge_get_place(bridge, rows, i));

        ready &= ports[i].dscp || (placed && iface->ofport);
        if (!placed) {
            continue;
        }
        if (iface->error && !*error) {
            *error = xasprintf("interface %s: %s", iface->name, iface->error);
        }
        plan_bridge_note_port(info, &ports[i], i, iface->ofport);
    }
    return ready;
}

/* Reads the state of 'bridge', which is wanted, into '*info'.  Returns true if
 * it is ready.  Stores what is wrong in '*problem', for the caller to free. */
static bool
plan_bridge_read_wanted(struct plan_bridge *bridge, const struct rows *rows,
                        struct plan_bridge_ports *info, char **problem)
{
    struct plan_port ports[PLAN_PORTS_MAX];
    size_t n = plan_bridge_get_ports(bridge, ports);
    char *obstacle = plan_bridge_find_obstacle(bridge, rows, ports, n);
    bool ready = false;

    plan_ports_get_bridge_name(bridge->k, info->bridge);
    memcpy(info->udp_ports, bridge->udp_ports, sizeof info->udp_ports);
    info->n_udp_ports = bridge->n_udp_ports;
    if (obstacle) {
        bridge->obstructed = true;
        *problem = xasprintf("%s, so plan %u cannot have its bridge: remove "
                             "or rename it", obstacle, bridge->k);
        free(obstacle);
    } else {
        ready = plan_bridge_read_ports(bridge, rows, ports, n, info, problem);
        bridge->failed = *problem != NULL;
    }
    plan_ports_destroy(ports, n);
    return ready;
}

/* Updates what others see of 'bridge'. */
static void
plan_bridge_refresh(struct plan_bridges *plans, struct plan_bridge *bridge,
                    const struct rows *rows)
{
    struct plan_bridge_ports info;
    char *problem = NULL;
    bool ready = false;

    memset(&info, 0, sizeof info);
    bridge->has_patch = plan_bridge_find_patch(bridge, rows) != NULL;
    bridge->obstructed = false;
    bridge->failed = false;
    if (bridge->wanted) {
        ready = plan_bridge_read_wanted(bridge, rows, &info, &problem);
    }

    if (bridge->ready != ready
        || (ready && memcmp(&bridge->info, &info, sizeof info))) {
        plans->plans_changed = true;
    }
    bridge->ready = ready;
    bridge->info = info;
    plans->problems_changed |= nullable_string_replace(&bridge->problem,
                                                       problem);
    plans->dirty |= bridge->wanted;
}

bool
plan_bridges_concern(const char *name)
{
    return plan_ports_may_have_name(name);
}

void
plan_bridges_read(struct plan_bridges *plans, const struct rows *rows)
{
    const struct vswrec_bridge *row;
    bool had[PLAN_BRIDGES_MAX];

    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        had[i] = plans->bridges[i].row != NULL;
        plans->bridges[i].named = plans->bridges[i].row = NULL;
    }
    VSWREC_BRIDGE_FOR_EACH (row, rows->idl) {
        unsigned int k = plan_ports_find_bridge(row->name);

        if (k) {
            struct plan_bridge *bridge = plan_bridges_at(plans, k);

            bridge->named = row;
            if (row != rows->bridge
                && smap_get(&row->external_ids, ROWS_OURS_KEY)) {
                bridge->row = row;
            }
        }
    }
    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        struct plan_bridge *bridge = &plans->bridges[i];

        plan_bridge_refresh(plans, bridge, rows);
        plans->plans_changed |= had[i] != (bridge->row != NULL);
    }
}

/* What is wanted. */

/* Stores the distinct ones of the 'n' ports of 'in' in 'out', as far as there
 * is room, and returns how many those are. */
static size_t
normalize_udp_ports(const uint16_t *in, size_t n,
                    uint16_t out[PLAN_BRIDGE_MAX_UDP_PORTS])
{
    size_t n_out = 0;

    memset(out, 0, PLAN_BRIDGE_MAX_UDP_PORTS * sizeof *out);
    for (size_t i = 0; i < n && n_out < PLAN_BRIDGE_MAX_UDP_PORTS; i++) {
        uint16_t udp_port = in[i] ? in[i] : GENEVE_UDP_PORT;
        bool seen = false;

        for (size_t j = 0; j < n_out; j++) {
            seen |= out[j] == udp_port;
        }
        if (!seen) {
            out[n_out++] = udp_port;
        }
    }
    return n_out;
}

bool
plan_bridges_set(struct plan_bridges *plans, const struct rows *rows,
                 unsigned int k, const struct in6_addr *local_ip,
                 const uint16_t *udp_ports, size_t n, uint64_t dscps)
{
    struct plan_bridge *bridge = plan_bridges_at(plans, k);
    uint16_t normal[PLAN_BRIDGE_MAX_UDP_PORTS];

    n = normalize_udp_ports(udp_ports, n, normal);
    if (bridge->wanted && ipv6_addr_equals(&bridge->local_ip, local_ip)
        && bridge->n_udp_ports == n && bridge->dscps == dscps
        && !memcmp(bridge->udp_ports, normal, sizeof normal)) {
        return false;
    }
    bridge->wanted = true;
    bridge->local_ip = *local_ip;
    memcpy(bridge->udp_ports, normal, sizeof normal);
    bridge->n_udp_ports = n;
    bridge->dscps = dscps;
    plan_bridge_refresh(plans, bridge, rows);
    return true;
}

void
plan_bridges_keep(struct plan_bridges *plans, unsigned int k)
{
    plan_bridges_at(plans, k)->kept = true;
}

bool
plan_bridges_unset(struct plan_bridges *plans, const struct rows *rows,
                   unsigned int k)
{
    struct plan_bridge *bridge = plan_bridges_at(plans, k);

    if (!bridge->wanted && !bridge->kept) {
        return false;
    }
    bridge->wanted = bridge->kept = false;
    plan_bridge_clear_notes(bridge);
    plan_bridge_refresh(plans, bridge, rows);
    return true;
}

bool
plan_bridges_set_note(struct plan_bridges *plans, unsigned int k,
                      const char *order, const char *remotes, const char *why)
{
    struct plan_bridge *bridge = plan_bridges_at(plans, k);
    bool changed = !bridge->noted;

    if (!bridge->wanted) {
        return false;
    }
    changed |= nullable_string_replace(&bridge->order,
                                       nullable_xstrdup(order));
    changed |= nullable_string_replace(&bridge->remotes,
                                       nullable_xstrdup(remotes));
    changed |= nullable_string_replace(&bridge->why, nullable_xstrdup(why));
    bridge->noted = true;
    plans->dirty |= changed;
    return changed;
}

const struct plan_bridge_ports *
plan_bridges_get(const struct plan_bridges *plans, unsigned int k)
{
    const struct plan_bridge *bridge = plan_bridges_at(plans, k);

    return bridge->ready ? &bridge->info : NULL;
}

size_t
plan_bridges_get_existing(const struct plan_bridges *plans,
                          unsigned int ks[PLAN_BRIDGES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        if (plans->bridges[i].row) {
            ks[n++] = plans->bridges[i].k;
        }
    }
    return n;
}

void
plan_bridges_recheck(struct plan_bridges *plans)
{
    plans->dirty = true;
}

bool
plan_bridges_are_dirty(const struct plan_bridges *plans)
{
    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        if (plan_bridge_is_stale(&plans->bridges[i])) {
            return true;
        }
    }
    return plans->dirty;
}

bool
plan_bridges_have_failed(const struct plan_bridges *plans)
{
    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        if (plans->bridges[i].failed) {
            return true;
        }
    }
    return false;
}

void
plan_bridges_take_changes(struct plan_bridges *plans, bool *plans_changed,
                          bool *problems)
{
    *plans_changed |= plans->plans_changed;
    *problems |= plans->problems_changed;
    plans->plans_changed = plans->problems_changed = false;
}

void
plan_bridges_for_each_problem(const struct plan_bridges *plans,
                              rows_problem_cb *cb, void *aux)
{
    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        const struct plan_bridge *bridge = &plans->bridges[i];

        if (bridge->problem) {
            char name[PLAN_PORTS_NAME_SIZE];
            char *object;

            plan_ports_get_bridge_name(bridge->k, name);
            object = xasprintf("bridge %s", name);

            cb(object, bridge->problem, aux);
            free(object);
        }
    }
}

void
plan_bridges_count(const struct plan_bridges *plans, size_t *wanted,
                   size_t *ready)
{
    *wanted = *ready = 0;
    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        *wanted += plans->bridges[i].wanted;
        *ready += plans->bridges[i].ready;
    }
}
