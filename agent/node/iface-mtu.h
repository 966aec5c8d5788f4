/* mtu_request of endpoints' interfaces.
 *
 * Who asks says which MTU an endpoint is to have; which interface that is, and
 * what has been written to it, is found here.  lib/mtu-request.h says what
 * happens to what others write. */
#ifndef GA_IFACE_MTU_H
#define GA_IFACE_MTU_H 1

#include <stdbool.h>

struct iface;
struct iface_mtus;
struct ifaces;

struct iface_mtus *iface_mtus_create(void);
void iface_mtus_destroy(struct iface_mtus *);

/* As local_plug_set_mtu() and local_plug_forget_mtu() say.  Return true if
 * there may be something to write. */
bool iface_mtus_set(struct iface_mtus *, const struct ifaces *,
                    const char *iface_id, int mtu);
void iface_mtus_forget(struct iface_mtus *, const char *iface_id);

/* 'iface' is new or its row, its place or its claim changed; or it is about to
 * be freed. */
void iface_mtus_refresh_iface(struct iface_mtus *, struct iface *);
void iface_mtus_remove_iface(struct iface_mtus *, struct iface *);

/* Whether mtu_request is written at all; if not, what was is given back. */
void iface_mtus_enable(struct iface_mtus *, const struct ifaces *,
                       bool enable);

/* Whether iface_mtus_write() would look at anything. */
bool iface_mtus_are_dirty(const struct iface_mtus *);

/* Adds to the IDL's transaction what makes the rows as they should be.
 * Returns whether that is anything.  What was written is looked at once more
 * by the next call, which must come after the transaction has ended and the
 * IDL has run.  Sets '*problems' to true if a problem came, went or
 * changed. */
bool iface_mtus_write(struct iface_mtus *, bool *problems);

void iface_mtus_for_each_problem(const struct iface_mtus *,
                                 void (*cb)(const char *object,
                                            const char *message, void *aux),
                                 void *aux);

#endif /* agent/node/iface-mtu.h */
