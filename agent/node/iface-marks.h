/* external_ids:nve-settled of endpoints' interfaces.
 *
 * An agent that starts finds interfaces of which it does not know when they
 * were plugged in.  One whose mark is its iface-id was there before, and it
 * was settled who has the endpoint; one without was plugged in while no agent
 * ran here, or just before. */
#ifndef GA_IFACE_MARKS_H
#define GA_IFACE_MARKS_H 1

#include <stdbool.h>

struct iface;
struct iface_marks;
struct ifaces;
struct ovsrec_interface;

struct iface_marks *iface_marks_create(void);
void iface_marks_destroy(struct iface_marks *);

/* As local_iface_set_settled() says.  Returns true if there may be something
 * to write. */
bool iface_marks_set(struct iface_marks *, const struct ifaces *,
                     const char *iface_id, bool settled);

/* 'iface' is new or its row, its place or its claim changed; or it is about to
 * be freed. */
void iface_marks_iface_refresh(struct iface_marks *, struct iface *);
void iface_marks_iface_gone(struct iface_marks *, struct iface *);

/* Whether iface_marks_write() would look at anything. */
bool iface_marks_are_dirty(const struct iface_marks *);

/* Adds to the IDL's transaction what makes the rows as they should be.
 * Returns whether that is anything.  What was written is looked at once more
 * by the next call, which must come after the transaction has ended and the
 * IDL has run. */
bool iface_marks_write(struct iface_marks *);

/* Whether the row has its mark. */
bool iface_marks_is_settled(const struct ovsrec_interface *);

#endif /* agent/node/iface-marks.h */
