/* Bridges of plans: which are wanted, and what the database has of them.
 *
 * Names are fixed, so what a plan needs is found by name, and everything that
 * is known of it is made anew whenever something of it might have changed:
 * there are few plans with a handful of ports each.  That happens for changes
 * of bridges and of interfaces with such names only; those of endpoints cost
 * nothing here.
 *
 * A plan is in one of these states:
 *   - neither wanted nor there;
 *   - stale: there and not wanted.  It is removed once all plans are known,
 *     unless it is wanted before (adopted);
 *   - in the way: wanted, and somebody else has a bridge, a port or an
 *     interface of a name that it needs.  Nothing is written for it until
 *     they are gone;
 *   - wanted and incomplete: what is missing or wrong is written;
 *   - ready: all of its ports have OpenFlow ports. */

#include <config.h>

#include "agent/node/plan-bridges.h"

#include <stdio.h>
#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/plan-bridges-private.h"
#include "agent/node/rows.h"
#include "lib/option.h"
#include "lib/vswitch-idl.h"
#include "packets.h"
#include "util.h"

#define PLAN_BRIDGE_PREFIX "br-tx"
#define PLAN_IN_KEY 0x1000000       /* Plus K; VNIs have 24 bits. */

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

/* Leaves the database as it is. */
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

/* What a plan's ports are. */

static void
plan_port_init(struct plan_port *port, const char *type)
{
    port->type = type;
    smap_init(&port->options);
}

static void
bridge_name(unsigned int k, char name[PLAN_NAME_SIZE])
{
    snprintf(name, PLAN_NAME_SIZE, PLAN_BRIDGE_PREFIX"%u", k);
}

static void
patch_name(unsigned int k, char name[PLAN_NAME_SIZE])
{
    snprintf(name, PLAN_NAME_SIZE, "int-tx%u", k);
}

static void
peer_name(unsigned int k, char name[PLAN_NAME_SIZE])
{
    snprintf(name, PLAN_NAME_SIZE, "tx%u-int", k);
}

/* The two patch ports. */
static void
plan_patches_init(struct plan_port *patch, struct plan_port *peer,
                  unsigned int k)
{
    plan_port_init(patch, "patch");
    patch_name(k, patch->name);
    plan_port_init(peer, "patch");
    peer_name(k, peer->name);
    smap_add(&patch->options, "peer", peer->name);
    smap_add(&peer->options, "peer", patch->name);
}

static void
plan_tunnel_init(struct plan_port *port, const struct plan_bridge *bridge,
                 uint16_t udp_port)
{
    char ip[INET6_ADDRSTRLEN];

    plan_port_init(port, "geneve");
    smap_add(&port->options, "remote_ip", "flow");
    smap_add_format(&port->options, "in_key", "0x%x",
                    PLAN_IN_KEY + bridge->k);
    smap_add(&port->options, "out_key", "flow");
    smap_add(&port->options, "csum", "true");
    if (ipv6_addr_is_set(&bridge->local_ip)) {
        smap_add(&port->options, "local_ip",
                 ipv6_string_mapped(ip, &bridge->local_ip));
    }
    if (udp_port == GENEVE_UDP_PORT) {
        snprintf(port->name, sizeof port->name, "gnv-tx%u", bridge->k);
    } else {
        snprintf(port->name, sizeof port->name, "gnv-tx%u-%u", bridge->k,
                 udp_port);
        smap_add_format(&port->options, "dst_port", "%u", udp_port);
    }
}

size_t
plan_ports_init(struct plan_port ports[PLAN_MAX_PORTS],
                const struct plan_bridge *bridge)
{
    plan_patches_init(&ports[PLAN_PORT_PATCH], &ports[PLAN_PORT_PEER],
                      bridge->k);
    for (size_t i = 0; i < bridge->n_udp_ports; i++) {
        plan_tunnel_init(&ports[PLAN_PORT_TUNNEL + i], bridge,
                         bridge->udp_ports[i]);
    }
    return PLAN_PORT_TUNNEL + bridge->n_udp_ports;
}

void
plan_ports_destroy(struct plan_port *ports, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        smap_destroy(&ports[i].options);
    }
}

/* What the database has. */

struct iface *
plan_bridges_find_iface(const struct plan_bridges_db *db, const char *name)
{
    const struct ovsrec_interface *row = rows_find_interface(
        db->interface_by_name, name);

    return row ? ifaces_find(db->ifaces, &row->header_.uuid) : NULL;
}

/* Whether 'iface', which has a name of 'bridge''s, belongs to it. */
static bool
plan_bridge_owns(const struct plan_bridge *bridge, const struct iface *iface)
{
    return (iface->bridge && iface->port->n_interfaces == 1
            && (iface->bridge == bridge->row
                || smap_get(&iface->row->external_ids, ROWS_OURS_KEY)));
}

struct iface *
plan_bridge_find_patch(const struct plan_bridge *bridge,
                       const struct plan_bridges_db *db)
{
    char name[PLAN_NAME_SIZE];
    struct iface *iface;

    patch_name(bridge->k, name);
    iface = plan_bridges_find_iface(db, name);
    return iface && plan_bridge_owns(bridge, iface) ? iface : NULL;
}

bool
plan_bridge_is_stale(const struct plan_bridge *bridge)
{
    return !bridge->wanted && (bridge->row || bridge->has_patch);
}

/* Returns a description of what somebody else has of the names that 'bridge'
 * needs, for the caller to free, or NULL. */
static char *
plan_bridge_find_obstacle(const struct plan_bridge *bridge,
                          const struct plan_bridges_db *db,
                          const struct plan_port *ports, size_t n)
{
    if (bridge->named && bridge->named == db->bridge) {
        return xasprintf("it is the integration bridge");
    } else if (bridge->named && !bridge->row) {
        return xasprintf("there is a bridge of this name that is not ours (it "
                         "has no external_ids:%s)", ROWS_OURS_KEY);
    }
    for (size_t i = 0; i < n; i++) {
        const struct iface *iface = plan_bridges_find_iface(db, ports[i].name);

        if (iface && !plan_bridge_owns(bridge, iface)) {
            return xasprintf("there is an interface %s on bridge %s that is "
                             "not ours", iface->name,
                             iface->bridge ? iface->bridge->name : "(none)");
        } else if (!iface && rows_find_port(db->port_by_name,
                                            ports[i].name)) {
            return xasprintf("there is a port %s that is not ours",
                             ports[i].name);
        }
    }
    return NULL;
}

/* Reads the state of 'ports' into '*info'.  Returns true if all are where they
 * should be and have an OpenFlow port.  An error of one is stored in
 * '*error', for the caller to free. */
static bool
plan_ports_read(const struct plan_bridge *bridge,
                const struct plan_bridges_db *db,
                const struct plan_port *ports, size_t n,
                struct plan_bridge_ports *info, char **error)
{
    bool ready = true;

    for (size_t i = 0; i < n; i++) {
        const struct iface *iface = plan_bridges_find_iface(db, ports[i].name);
        ofp_port_t ofport;

        if (!iface || !iface->bridge
            || iface->bridge != (i == PLAN_PORT_PATCH ? db->bridge
                                 : bridge->row)) {
            ready = false;
            continue;
        }
        ofport = iface->ofport;
        ready &= ofport != 0;
        if (iface->error && !*error) {
            *error = xasprintf("interface %s: %s", iface->name, iface->error);
        }
        if (i == PLAN_PORT_PATCH) {
            info->patch = ofport;
        } else if (i == PLAN_PORT_PEER) {
            info->peer = ofport;
        } else {
            info->tunnel[i - PLAN_PORT_TUNNEL] = ofport;
        }
    }
    return ready;
}

/* Brings what readers see of 'bridge' up to date. */
static void
plan_bridge_refresh(struct plan_bridges *plans, struct plan_bridge *bridge,
                    const struct plan_bridges_db *db)
{
    struct plan_bridge_ports info;
    char *problem = NULL;
    bool ready = false;

    memset(&info, 0, sizeof info);
    bridge->has_patch = plan_bridge_find_patch(bridge, db) != NULL;
    bridge->in_the_way = false;
    bridge->failed = false;
    if (bridge->wanted) {
        struct plan_port ports[PLAN_MAX_PORTS];
        size_t n = plan_ports_init(ports, bridge);
        char *obstacle = plan_bridge_find_obstacle(bridge, db, ports, n);

        bridge_name(bridge->k, info.bridge);
        memcpy(info.udp_ports, bridge->udp_ports, sizeof info.udp_ports);
        info.n_udp_ports = bridge->n_udp_ports;
        if (obstacle) {
            bridge->in_the_way = true;
            problem = xasprintf("%s, so plan %u cannot have its bridge: "
                                "remove or rename it", obstacle, bridge->k);
            free(obstacle);
        } else {
            ready = plan_ports_read(bridge, db, ports, n, &info, &problem);
            bridge->failed = problem != NULL;
        }
        plan_ports_destroy(ports, n);
    }

    if (bridge->ready != ready
        || (ready && memcmp(&bridge->info, &info, sizeof info))) {
        plans->plans_changed = true;
    }
    bridge->ready = ready;
    bridge->info = info;
    plans->problems_changed |= !nullable_string_is_equal(bridge->problem,
                                                         problem);
    free(bridge->problem);
    bridge->problem = problem;
    plans->dirty |= bridge->wanted;
}

/* The plan whose bridge has 'name', or 0. */
static unsigned int
plan_from_bridge_name(const char *name)
{
    for (unsigned int k = 1; k <= PLAN_BRIDGES_MAX; k++) {
        char wanted[PLAN_NAME_SIZE];

        bridge_name(k, wanted);
        if (!strcmp(name, wanted)) {
            return k;
        }
    }
    return 0;
}

bool
plan_bridges_concern(const struct iface *iface)
{
    static const char *const prefixes[] = { "int-tx", "tx", "gnv-tx" };

    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        if (!strncmp(iface->name, prefixes[i], strlen(prefixes[i]))) {
            return true;
        }
    }
    return false;
}

void
plan_bridges_read(struct plan_bridges *plans,
                  const struct plan_bridges_db *db)
{
    const struct ovsrec_bridge *row;
    bool had[PLAN_BRIDGES_MAX];

    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        had[i] = plans->bridges[i].row != NULL;
        plans->bridges[i].named = plans->bridges[i].row = NULL;
    }
    OVSREC_BRIDGE_FOR_EACH (row, db->idl) {
        unsigned int k = (!strncmp(row->name, PLAN_BRIDGE_PREFIX,
                                   strlen(PLAN_BRIDGE_PREFIX))
                          ? plan_from_bridge_name(row->name) : 0);

        if (k) {
            struct plan_bridge *bridge = plan_bridges_at(plans, k);

            bridge->named = row;
            if (row != db->bridge && smap_get(&row->external_ids,
                                              ROWS_OURS_KEY)) {
                bridge->row = row;
            }
        }
    }
    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        struct plan_bridge *bridge = &plans->bridges[i];

        plan_bridge_refresh(plans, bridge, db);
        plans->plans_changed |= had[i] != (bridge->row != NULL);
    }
}

/* What is wanted. */

/* Stores in 'out' the distinct ones of the 'n' ports in 'in', as far as there
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
plan_bridges_set(struct plan_bridges *plans, const struct plan_bridges_db *db,
                 unsigned int k, const struct in6_addr *local_ip,
                 const uint16_t *udp_ports, size_t n)
{
    struct plan_bridge *bridge = plan_bridges_at(plans, k);
    uint16_t normal[PLAN_BRIDGE_MAX_UDP_PORTS];

    n = normalize_udp_ports(udp_ports, n, normal);
    if (bridge->wanted && ipv6_addr_equals(&bridge->local_ip, local_ip)
        && bridge->n_udp_ports == n
        && !memcmp(bridge->udp_ports, normal, sizeof normal)) {
        return false;
    }
    bridge->wanted = true;
    bridge->local_ip = *local_ip;
    memcpy(bridge->udp_ports, normal, sizeof normal);
    bridge->n_udp_ports = n;
    plan_bridge_refresh(plans, bridge, db);
    return true;
}

bool
plan_bridges_unset(struct plan_bridges *plans,
                   const struct plan_bridges_db *db, unsigned int k)
{
    struct plan_bridge *bridge = plan_bridges_at(plans, k);

    if (!bridge->wanted) {
        return false;
    }
    bridge->wanted = false;
    plan_bridge_clear_notes(bridge);
    plan_bridge_refresh(plans, bridge, db);
    return true;
}

/* Replaces '*s'.  Returns true if that is a change. */
static bool
replace_note(char **s, const char *new)
{
    if (nullable_string_is_equal(*s, new)) {
        return false;
    }
    free(*s);
    *s = nullable_xstrdup(new);
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
    changed |= replace_note(&bridge->order, order);
    changed |= replace_note(&bridge->remotes, remotes);
    changed |= replace_note(&bridge->why, why);
    bridge->noted = true;
    plans->dirty |= changed;
    return changed;
}

/* For readers. */

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
plan_bridges_are_dirty(const struct plan_bridges *plans, bool complete)
{
    for (size_t i = 0; complete && i < PLAN_BRIDGES_MAX; i++) {
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
                              void (*cb)(const char *object,
                                         const char *message, void *aux),
                              void *aux)
{
    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        const struct plan_bridge *bridge = &plans->bridges[i];

        if (bridge->problem) {
            char *object = xasprintf("bridge "PLAN_BRIDGE_PREFIX"%u",
                                     bridge->k);

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
