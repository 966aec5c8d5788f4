/* external_ids:nve-settled of endpoints' interfaces.
 *
 * "Settled" means that it was known who has the endpoint after its interface
 * was plugged in here.  That is noted in the interface's row, for an agent
 * that starts later: it does not know when the interfaces that it finds were
 * plugged in.  An interface whose note is its iface-id has been there before.
 * One without was plugged in while no agent ran here, or just before that, so
 * the endpoint may have come here since. */
#ifndef GA_IFACE_SETTLED_H
#define GA_IFACE_SETTLED_H 1

#include <stdbool.h>

struct iface;
struct iface_settled;
struct plugs;

struct iface_settled *iface_settled_create(void);
void iface_settled_destroy(struct iface_settled *);

/* As local_plug_set_settled() says.  Returns true if there may be something to
 * write. */
bool iface_settled_set(struct iface_settled *, const struct plugs *,
                       const char *iface_id, bool settled);

/* Takes note of 'iface', which is new, or whose row or plug changed; or which
 * is about to be freed. */
void iface_settled_refresh_iface(struct iface_settled *, struct iface *);
void iface_settled_remove_iface(struct iface_settled *, struct iface *);

/* Whether iface_settled_write() would look at anything. */
bool iface_settled_is_dirty(const struct iface_settled *);

/* Writes the notes that are missing, in the transaction that is open.  Returns
 * whether there was anything to write.  The next call looks at what was
 * written once more, and so must come after the transaction has ended and the
 * IDL has run. */
bool iface_settled_write(struct iface_settled *);

#endif /* agent/node/iface-settled.h */
