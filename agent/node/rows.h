/* Rows of the local Open vSwitch database: finding them by name, and writing
 * into them only what differs. */
#ifndef GA_ROWS_H
#define GA_ROWS_H 1

#include <stdbool.h>

struct ovsdb_idl_index;
struct ovsrec_bridge;
struct ovsrec_interface;
struct ovsrec_port;
struct smap;

/* The key in external_ids of a row that is ours: the Port and the Interface of
 * a tunnel port, and all rows of a plan's bridge.  Its value is the system-id,
 * for people. */
#define ROWS_OURS_KEY "geneve-agent"

/* The key in external_ids of the Bridge, Ports and Interfaces that belong to a
 * further plan.  Its value is the plan's number K. */
#define ROWS_PLAN_KEY "nve-plan"

/* By an index on the column "name"; NULL if there is none. */
const struct ovsrec_interface *rows_find_interface(struct ovsdb_idl_index *,
                                                   const char *name);
const struct ovsrec_port *rows_find_port(struct ovsdb_idl_index *,
                                         const char *name);

/* These write in the transaction that is open and return whether there was
 * anything to write.  They change single keys of a map, so that what somebody
 * else does to others at the same time is not undone. */

/* Wants 'value' (NULL: nothing) for external_ids:'key'. */
bool rows_put_external_id(const struct ovsrec_interface *,
                          const char *key, const char *value);
bool rows_put_port_external_id(const struct ovsrec_port *,
                               const char *key, const char *value);
bool rows_put_bridge_external_id(const struct ovsrec_bridge *,
                                 const char *key, const char *value);

/* Wants 'options' for a port of ours, as far as its options are ours to
 * decide: of a tunnel port where from and to, by which keys, and whether UDP
 * checksums are sent; of a patch port its peer.  Everything else, as "tos" or
 * what IPsec needs, is somebody else's. */
bool rows_put_options(const struct ovsrec_interface *,
                      const struct smap *options);

#endif /* agent/node/rows.h */
