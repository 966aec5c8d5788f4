/* Tunnel ports: those that are wanted, and those that the database has.
 *
 * A tunnel port is ours if it is an Interface of the type of an encapsulation
 * (lib/encapsulation.h) with external_ids:geneve-agent that is alone on its
 * Port, and does not belong to a plan's bridge (see plan-bridges.h).  Nobody
 * else's port is ever written. */
#ifndef GA_TUNNELS_H
#define GA_TUNNELS_H 1

#include <stdbool.h>
#include <stddef.h>

#include "agent/node/rows.h"
#include "agent/node/tunnel-bfd.h"
#include "agent/node/tunnel-key.h"
#include "openvswitch/types.h"

struct iface;
struct sset;
struct tunnels;

struct tunnels *tunnels_create(void);
/* Leaves the database as it is.  The ifaces must be there still. */
void tunnels_destroy(struct tunnels *);

/* As local_tunnel_set() and the functions after it say.  Those that return
 * bool return true if there is something to write. */
bool tunnels_set(struct tunnels *, const struct tunnel_key *,
                 const char *nve);
bool tunnels_unset(struct tunnels *, const struct tunnel_key *,
                   const char *nve);
ofp_port_t tunnels_get_ofport(const struct tunnels *,
                              const struct tunnel_key *);
ofp_port_t tunnels_get_number(const struct tunnels *,
                              const struct tunnel_key *);
bool tunnels_are_down(const struct tunnels *, const struct tunnel_key *);
bool tunnels_set_bfd(struct tunnels *, const struct tunnel_key *,
                     const struct tunnel_bfd *);
bool tunnels_set_dscp(struct tunnels *, const struct tunnel_key *,
                      uint8_t dscp);
bool tunnels_may_mark(const struct tunnels *, const struct tunnel_key *);
enum tunnel_bfd_state tunnels_get_bfd(const struct tunnels *,
                                      const struct tunnel_key *);
bool tunnels_are_missing(const struct tunnels *, const struct tunnel_key *);
bool tunnels_has_note(const struct tunnels *, const struct tunnel_key *,
                      const char *options, const char *status);
bool tunnels_set_note(struct tunnels *, const struct tunnel_key *,
                      const char *options, const char *status);

/* Takes note of 'iface', which is new, or whose row or place changed; or which
 * is about to be freed. */
void tunnels_refresh_iface(struct tunnels *, struct iface *);
void tunnels_remove_iface(struct tunnels *, struct iface *);

/* Something changed that all tunnel ports have in common: looks at all. */
void tunnels_recheck(struct tunnels *);

/* Whether tunnels_write() would look at anything. */
bool tunnels_are_dirty(const struct tunnels *);

/* Writes what makes the database's ports those that are wanted.  Returns the
 * number of ports that it adds, changes and removes.  The next call looks at
 * what was written once more, and so must come after the transaction has ended
 * and the IDL has run. */
size_t tunnels_write(struct tunnels *, const struct rows_target *);

/* Has BFD on all ports of ours say that nothing goes on from here.  Returns
 * whether there was anything to write. */
bool tunnels_write_path_down(const struct tunnels *);

/* Whether somebody waits for what the last tunnels_write() has written: for
 * the numbers of ports that may have any, or for more to be written. */
bool tunnels_are_awaited(const struct tunnels *);

/* Whether there is a port of ours that Open vSwitch could not add, for a
 * reason that we do not know.  Open vSwitch tries again when its configuration
 * changes, and often has to: it cannot add a port in the same turn in which
 * another one with the same tunnel configuration goes. */
bool tunnels_have_failed(const struct tunnels *);

/* Moves the names of remotes with a tunnel whose ofport or number changed,
 * that went down or came up, or whose tunnels_may_mark() changed, to
 * 'changed', but to 'made' if all that happened is that the port is there and
 * has the number that was promised.  Sets '*bfd' to true if tunnels_get_bfd()
 * of one changed, and '*problems' if a problem came, went or changed. */
void tunnels_take_changes(struct tunnels *, struct sset *changed,
                          struct sset *made, bool *bfd, bool *problems);
void tunnels_for_each_problem(const struct tunnels *, rows_problem_cb *,
                              void *aux);

/* Whether no tunnel is wanted. */
bool tunnels_are_none(const struct tunnels *);

/* How many are wanted, and how many of them have an ofport. */
void tunnels_count(const struct tunnels *, size_t *wanted, size_t *ready);

#endif /* agent/node/tunnels.h */
