/* Rows of the local Open vSwitch database: finding them, and writing into them
 * only what differs.  schemas/vswitch-idl.ann says which columns they have. */
#ifndef GA_ROWS_H
#define GA_ROWS_H 1

#include <stdbool.h>

#include "openvswitch/shash.h"

struct iface;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct vswrec_bridge;
struct vswrec_interface;
struct vswrec_open_vswitch;
struct vswrec_port;
struct smap;

/* The key in external_ids of what is ours: the Port and the Interface of a
 * tunnel port, and all rows of a further plan's bridge.  Its value is the
 * system-id, for people. */
#define ROWS_OURS_KEY "geneve-agent"

/* The key in external_ids of the Bridge, Ports and Interfaces that belong to a
 * further plan.  Its value is the plan's number K. */
#define ROWS_PLAN_KEY "nve-plan"

/* The same for the patch ports to provider bridges: the name of the physical
 * network; and what the outside's neighbours are: see
 * attachments_set_note(). */
#define ROWS_PHYSNET_KEY "nve-physical-network"
#define ROWS_NEIGHBORS_KEY "nve-neighbors"

/* The database, as all modules of this room see it.  Pointers to rows are good
 * until the IDL runs. */
struct rows {
    struct ovsdb_idl *idl;
    struct ifaces *ifaces;          /* Mirror of the Interface rows. */
    struct shash ports;             /* The Port rows, by name. */

    /* To be set by who reads the database. */
    const struct vswrec_open_vswitch *ovs; /* NULL if there is none. */
    const struct vswrec_bridge *bridge; /* The integration bridge, or NULL. */
};

/* 'ovsdb_remote' as in "unix:/run/openvswitch/db.sock". */
void rows_init(struct rows *, const char *ovsdb_remote);
/* Leaves the database as it is. */
void rows_destroy(struct rows *);

/* Takes over which Port rows there are: all of them if 'all', and otherwise
 * those that the IDL says came or went. */
void rows_read_ports(struct rows *, bool all);

/* These return NULL if none had that name when the database was read. */
struct iface *rows_find_iface(const struct rows *, const char *name);
const struct vswrec_port *rows_find_port(const struct rows *,
                                         const char *name);

/* Returns port 'i' of 'bridge', or NULL if the database has it no more. */
const struct vswrec_port *rows_get_port(const struct rows *,
                                        const struct vswrec_bridge *bridge,
                                        size_t i);

/* What modules that write are given. */
struct rows_target {
    const struct rows *rows;
    struct ovsdb_idl_txn *txn;      /* Open, for what they write. */
    const char *system_id;          /* The value for ROWS_OURS_KEY. */
};

/* These write in the transaction that is open and return whether there was
 * anything to write.  They change single keys of a map, so that they do not
 * undo what somebody else does to other keys at the same time. */

/* Wants 'value' (NULL: nothing) for external_ids:'key'. */
bool rows_put_external_id(const struct vswrec_interface *,
                          const char *key, const char *value);
bool rows_put_port_external_id(const struct vswrec_port *,
                               const char *key, const char *value);
bool rows_put_bridge_external_id(const struct vswrec_bridge *,
                                 const char *key, const char *value);

/* Takes the port of 'iface', which has one, from all bridges that have it.  If
 * there are several, ovs-vswitchd does not tell its number on the one that
 * keeps it, so whoever wants the port there has to make it anew. */
void rows_remove_port(const struct rows *, const struct iface *);

/* Wants 'options' for a port of ours, as far as its options are ours to
 * decide: for a tunnel port the addresses, the keys, the UDP port and whether
 * UDP checksums are sent, and "tos" if 'options' has it; for a patch port its
 * peer.  All others, such as another "tos" or what IPsec needs, are somebody
 * else's. */
bool rows_put_options(const struct vswrec_interface *,
                      const struct smap *options);

/* For the modules that list what is wrong with rows.  'object' is such as
 * "interface vif3", and 'message' a sentence about it; both are good during
 * the call. */
typedef void rows_problem_cb(const char *object, const char *message,
                             void *aux);

/* Calls 'cb' about "COLUMN of bridge NAME" unless 'problem', which is taken,
 * is NULL. */
void rows_report_bridge(const struct vswrec_bridge *, const char *column,
                        char *problem, rows_problem_cb *cb, void *aux);

#endif /* agent/node/rows.h */
