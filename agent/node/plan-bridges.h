/* Bridges of plans: those that are wanted, and those that the database has.
 *
 * A bridge that only sends, for a plan that the integration bridge's order of
 * options does not serve; agent/node/local.h says how it is used.  It has
 * three kinds of ports, all of fixed names for plan K:
 *
 *     int-txK        patch port of the integration bridge, to txK-int
 *     txK-int        patch port to int-txK
 *     gnv-txK        tunnel port to UDP port 6081; gnv-txK-P to UDP port P
 *
 * It has no local port.  Nobody needs one, and making or removing a network
 * device makes ovs-vswitchd read the routing table anew: packets for tunnels
 * of the userspace datapath that come at such a moment are lost.
 *
 * Open vSwitch finds a received packet's tunnel port by, among others, the
 * VNI; these have an in_key that is no VNI, so that every packet goes to the
 * ports of the integration bridge.
 *
 * Ours are the bridges of such a name with external_ids:geneve-agent, with all
 * that is on them, and the patch ports of such a name with it.  Nobody else's
 * is ever written. */
#ifndef GA_PLAN_BRIDGES_H
#define GA_PLAN_BRIDGES_H 1

#include "agent/node/local.h"

struct iface;
struct ifaces;
struct ovsdb_idl;
struct ovsdb_idl_index;
struct ovsdb_idl_txn;
struct ovsrec_bridge;
struct ovsrec_open_vswitch;
struct plan_bridges;

/* Where to read and to write.  Good until the IDL runs. */
struct plan_bridges_db {
    struct ovsdb_idl *idl;
    struct ovsdb_idl_index *port_by_name, *interface_by_name;
    const struct ovsrec_open_vswitch *ovs; /* NULL if there is none. */
    const struct ovsrec_bridge *bridge; /* Integration bridge, or NULL. */
    const struct ifaces *ifaces;

    /* For writing. */
    struct ovsdb_idl_txn *txn;
    const char *system_id;
    bool complete;                  /* Remove what nobody wants. */
};

struct plan_bridges *plan_bridges_create(void);
void plan_bridges_destroy(struct plan_bridges *);

/* As the functions local_plan_*() say.  Those that return bool return true if
 * there is something to write. */
bool plan_bridges_set(struct plan_bridges *, const struct plan_bridges_db *,
                      unsigned int k, const struct in6_addr *local_ip,
                      const uint16_t *udp_ports, size_t n);
bool plan_bridges_set_note(struct plan_bridges *, unsigned int k,
                           const char *order, const char *remotes,
                           const char *why);
bool plan_bridges_unset(struct plan_bridges *, const struct plan_bridges_db *,
                        unsigned int k);
const struct plan_bridge_ports *plan_bridges_get(const struct plan_bridges *,
                                          unsigned int k);
size_t plan_bridges_get_existing(const struct plan_bridges *,
                                 unsigned int ks[PLAN_BRIDGES_MAX]);

/* Whether plan_bridges_read() has to be called after 'iface' came, went or
 * changed.  It also has to after any change of a bridge. */
bool plan_bridges_concern(const struct iface *);
void plan_bridges_read(struct plan_bridges *, const struct plan_bridges_db *);

/* What all have in common changed: look at all. */
void plan_bridges_recheck(struct plan_bridges *);

/* Whether plan_bridges_write() would look at anything. */
bool plan_bridges_are_dirty(const struct plan_bridges *, bool complete);

/* Adds to the transaction what makes the database's bridges those wanted.
 * Returns true if that is anything.  What was written is looked at once more
 * by the next call, which must come after the transaction has ended and the
 * IDL has run. */
bool plan_bridges_write(struct plan_bridges *, const struct plan_bridges_db *);

/* Whether a port of ours is there that Open vSwitch could not add: see
 * tunnels_have_failed(). */
bool plan_bridges_have_failed(const struct plan_bridges *);

/* Sets '*plans' and '*problems' to true if such changed since last time. */
void plan_bridges_take_changes(struct plan_bridges *, bool *plans,
                               bool *problems);
void plan_bridges_for_each_problem(const struct plan_bridges *,
                                   void (*cb)(const char *object,
                                              const char *message, void *aux),
                                   void *aux);

/* How many are wanted, and how many of them can be used. */
void plan_bridges_count(const struct plan_bridges *, size_t *wanted,
                        size_t *ready);

#endif /* agent/node/plan-bridges.h */
