/* Tunnel ports: those that are wanted, and those that the database has.
 *
 * Ours are the Interfaces of type geneve with external_ids:geneve-agent, each
 * alone on its Port, but for those that belong to plans (plan-bridges.h).
 * Nobody else's is ever written. */
#ifndef GA_TUNNELS_H
#define GA_TUNNELS_H 1

#include "agent/node/local.h"

struct iface;
struct ifaces;
struct ovsdb_idl_index;
struct ovsdb_idl_txn;
struct ovsrec_bridge;
struct tunnels;

struct tunnels *tunnels_create(void);
void tunnels_destroy(struct tunnels *);

/* As the functions local_tunnel_*() say.  Those that return bool return true
 * if there is something to write. */
bool tunnels_set(struct tunnels *, const struct tunnel_key *,
                 const char *nve);
bool tunnels_unset(struct tunnels *, const struct tunnel_key *);
ofp_port_t tunnels_get_ofport(const struct tunnels *,
                              const struct tunnel_key *);
bool tunnels_set_note(struct tunnels *, const struct tunnel_key *,
                      const char *options, const char *status);

/* 'iface' is new or its row or place changed; or it is about to be freed. */
void tunnels_refresh_iface(struct tunnels *, struct iface *);
void tunnels_remove_iface(struct tunnels *, struct iface *);

/* What every tunnel port has in common changed: look at all. */
void tunnels_recheck(struct tunnels *);

/* What writing needs to know. */
struct tunnels_target {
    struct ovsdb_idl_txn *txn;
    const struct ovsrec_bridge *bridge;
    const char *system_id;
    const struct ifaces *ifaces;
    struct ovsdb_idl_index *port_by_name, *interface_by_name;
    bool complete;                  /* Remove what nobody wants. */
};

/* Whether tunnels_write() would look at anything. */
bool tunnels_are_dirty(const struct tunnels *, bool complete);

/* Adds to the transaction what makes the database's ports those wanted.
 * Returns the number of ports it adds, changes and removes.  What was written
 * is looked at once more by the next call, which must come after the
 * transaction has ended and the IDL has run. */
size_t tunnels_write(struct tunnels *, const struct tunnels_target *);

/* Whether a port of ours is there that Open vSwitch could not add, for no
 * reason that we know of.  It tries again whenever its configuration changes,
 * and often has to: a port cannot be added in the same turn in which another
 * one with its configuration goes. */
bool tunnels_have_failed(const struct tunnels *);

/* Moves the 'nve's of tunnels whose ofport changed to 'changed'; sets
 * '*problems' to true if a problem came, went or changed. */
void tunnels_take_changes(struct tunnels *, struct sset *changed,
                          bool *problems);
void tunnels_for_each_problem(const struct tunnels *,
                              void (*cb)(const char *object,
                                         const char *message, void *aux),
                              void *aux);

/* Whether none is wanted. */
bool tunnels_are_none(const struct tunnels *);

/* How many are wanted, and how many of them have an ofport. */
void tunnels_count(const struct tunnels *, size_t *wanted, size_t *ready);

#endif /* agent/node/tunnels.h */
