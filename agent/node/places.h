/* Which port and which bridge each interface is on. */
#ifndef GA_PLACES_H
#define GA_PLACES_H 1

#include <stdbool.h>

struct ovs_list;
struct places;
struct rows;

struct places *places_create(void);
void places_destroy(struct places *);

/* Sets 'port', 'bridge' and what follows from them of each iface, after the
 * IDL ran and the ifaces of rows that came have been made.  Those of rows that
 * went must be 'is_gone', and get no place.
 *
 * Adds to 'dirty', by 'read_node', those that came to another bridge, or began
 * or ceased to share their port, unless they are in that list; and sets their
 * 'changed'.
 *
 * 'all': the IDL does not say all that changed, or the integration bridge is
 * another one.  Returns true if it looked at all interfaces, and so any may
 * have another place than before. */
bool places_read(struct places *, const struct rows *, bool all,
                 struct ovs_list *dirty);

#endif /* agent/node/places.h */
