/* mtu_request of endpoints' interfaces.
 *
 * Callers say which MTU an endpoint is to have.  This module finds its
 * interface, and knows what it has written there.  lib/mtu-request.h decides
 * what happens to an mtu_request that somebody else has written. */
#ifndef GA_IFACE_MTU_H
#define GA_IFACE_MTU_H 1

#include <stdbool.h>

#include "agent/node/rows.h"

struct iface;
struct iface_mtus;
struct ifaces;
struct plugs;

struct iface_mtus *iface_mtus_create(void);
void iface_mtus_destroy(struct iface_mtus *);

/* As local_plug_set_mtu() and local_plug_forget_mtu() say.  The first returns
 * true if there may be something to write. */
bool iface_mtus_set(struct iface_mtus *, const struct plugs *,
                    const char *iface_id, int mtu);
void iface_mtus_forget(struct iface_mtus *, const char *iface_id);

/* Takes note of 'iface', which is new, or whose row or plug changed; or which
 * is about to be freed. */
void iface_mtus_refresh_iface(struct iface_mtus *, struct iface *);
void iface_mtus_remove_iface(struct iface_mtus *, struct iface *);

/* Sets whether mtu_request is written at all.  If not, interfaces get back
 * what they had before. */
void iface_mtus_enable(struct iface_mtus *, const struct ifaces *,
                       bool enable);

/* Whether iface_mtus_write() would look at anything. */
bool iface_mtus_are_dirty(const struct iface_mtus *);

/* Writes what rows differ in, in the transaction that is open.  Returns
 * whether there was anything to write.  The next call looks at what was
 * written once more, and so must come after the transaction has ended and the
 * IDL has run.  Sets '*problems' to true if a problem came, went or
 * changed. */
bool iface_mtus_write(struct iface_mtus *, bool *problems);

void iface_mtus_for_each_problem(const struct iface_mtus *, rows_problem_cb *,
                                 void *aux);

#endif /* agent/node/iface-mtu.h */
