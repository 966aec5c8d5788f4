/* external_ids:nve-settled of endpoints' interfaces.
 *
 * An agent that starts finds interfaces of which it does not know when they
 * were plugged in.  One whose mark is its iface-id was there before, and it
 * was settled who has the endpoint; one without was plugged in while no agent
 * ran here, or just before. */
#ifndef GA_IFACE_SETTLED_H
#define GA_IFACE_SETTLED_H 1

#include <stdbool.h>

struct iface;
struct iface_settled;
struct ifaces;
struct ovsrec_interface;

struct iface_settled *iface_settled_create(void);
void iface_settled_destroy(struct iface_settled *);

/* As local_plug_set_settled() says.  Returns true if there may be something
 * to write. */
bool iface_settled_set(struct iface_settled *, const struct ifaces *,
                     const char *iface_id, bool settled);

/* 'iface' is new or its row, its place or its claim changed; or it is about to
 * be freed. */
void iface_settled_refresh_iface(struct iface_settled *, struct iface *);
void iface_settled_remove_iface(struct iface_settled *, struct iface *);

/* Whether iface_settled_write() would look at anything. */
bool iface_settled_are_dirty(const struct iface_settled *);

/* Adds to the IDL's transaction what makes the rows as they should be.
 * Returns whether that is anything.  What was written is looked at once more
 * by the next call, which must come after the transaction has ended and the
 * IDL has run. */
bool iface_settled_write(struct iface_settled *);

/* Whether the row has its mark. */
bool iface_settled_is_noted(const struct ovsrec_interface *);

#endif /* agent/node/iface-settled.h */
