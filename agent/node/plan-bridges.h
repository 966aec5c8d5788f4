/* Bridges of further plans: those that are wanted, and those that the database
 * has.
 *
 * Such a bridge only sends, to remotes that the integration bridge's order of
 * options does not serve.  local.h says how it is used, and plan-ports.h which
 * ports it has.  It has no local port.  Nobody needs one, and making or
 * removing a network device makes ovs-vswitchd read the routing table anew: a
 * packet for a tunnel of the userspace datapath that comes at such a moment is
 * lost.
 *
 * A bridge with the name of a plan's is ours if it has
 * external_ids:geneve-agent, and so is everything on it.  So is a patch port
 * of the integration bridge with the name of a plan's and the same key.
 * Nothing of anybody else is ever written. */
#ifndef GA_PLAN_BRIDGES_H
#define GA_PLAN_BRIDGES_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/node/plan-ports.h"
#include "agent/node/rows.h"
#include "openvswitch/types.h"

struct plan_bridges;

/* Plan numbers are in 1..PLAN_BRIDGES_MAX. */
#define PLAN_BRIDGES_MAX PLAN_PORTS_MAX_K
#define PLAN_BRIDGE_MAX_UDP_PORTS PLAN_PORTS_MAX_UDP

/* The OpenFlow ports of a plan's bridge that is ready. */
struct plan_bridge_ports {
    char bridge[PLAN_PORTS_NAME_SIZE];
    ofp_port_t patch;               /* Of the integration bridge, to it. */
    ofp_port_t peer;                /* The other end of 'patch'. */

    /* Its tunnel ports, one for each UDP port: packets go to the address in
     * tun_dst (tun_ipv6_dst), with the VNI in tun_id. */
    ofp_port_t tunnel[PLAN_BRIDGE_MAX_UDP_PORTS];
    uint16_t udp_ports[PLAN_BRIDGE_MAX_UDP_PORTS];
    size_t n_udp_ports;

    /* Those that send with a DSCP of their own, by UDP port and DSCP; 0: not
     * wanted, or not there (yet). */
    ofp_port_t class_tunnel[PLAN_BRIDGE_MAX_UDP_PORTS][PLAN_PORTS_N_DSCPS];
};

struct plan_bridges *plan_bridges_create(void);
/* Leaves the database as it is. */
void plan_bridges_destroy(struct plan_bridges *);

/* As local_plan_set() and the functions after it say.  Those that return bool
 * return true if there is something to write. */
bool plan_bridges_set(struct plan_bridges *, const struct rows *,
                      unsigned int k, const struct in6_addr *local_ip,
                      const uint16_t *udp_ports, size_t n, uint64_t dscps);
bool plan_bridges_set_note(struct plan_bridges *, unsigned int k,
                           const char *order, const char *remotes,
                           const char *why);
void plan_bridges_keep(struct plan_bridges *, unsigned int k);
bool plan_bridges_unset(struct plan_bridges *, const struct rows *,
                        unsigned int k);
const struct plan_bridge_ports *plan_bridges_get(const struct plan_bridges *,
                                                 unsigned int k);
size_t plan_bridges_get_existing(const struct plan_bridges *,
                                 unsigned int ks[PLAN_BRIDGES_MAX]);

/* Whether plan_bridges_read() has to be called after an interface of that name
 * came, went or changed, or a port of that name came or went. */
bool plan_bridges_concern(const char *name);

/* Reads the database's bridges.  To be called after any change of a bridge,
 * too. */
void plan_bridges_read(struct plan_bridges *, const struct rows *);

/* Something changed that all bridges have in common: looks at all. */
void plan_bridges_recheck(struct plan_bridges *);

/* Whether plan_bridges_write() would look at anything. */
bool plan_bridges_are_dirty(const struct plan_bridges *);

/* Writes what makes the database's bridges those that are wanted.  Returns
 * true if there was anything to write.  The next call looks at what was
 * written once more, and so must come after the transaction has ended and the
 * IDL has run. */
bool plan_bridges_write(struct plan_bridges *, const struct rows_target *);

/* Whether there is a port of ours that Open vSwitch could not add: see
 * tunnels_have_failed(). */
bool plan_bridges_have_failed(const struct plan_bridges *);

/* Sets '*plans' to true if plan_bridges_get() or plan_bridges_get_existing()
 * has changed since the last call, and '*problems' if a problem has. */
void plan_bridges_take_changes(struct plan_bridges *, bool *plans,
                               bool *problems);
void plan_bridges_for_each_problem(const struct plan_bridges *,
                                   rows_problem_cb *, void *aux);

/* How many are wanted, and how many of them are ready. */
void plan_bridges_count(const struct plan_bridges *, size_t *wanted,
                        size_t *ready);

#endif /* agent/node/plan-bridges.h */
