/* What we know of Interface rows, and which of them are endpoints'.
 *
 * One struct iface mirrors one Interface row of the database.
 * agent/node/local.c keeps it up to date, agent/node/tunnels.c has a part of
 * it. */
#ifndef GA_IFACES_H
#define GA_IFACES_H 1

#include "agent/node/local.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/uuid.h"

struct ifaces;
struct ovsrec_bridge;
struct ovsrec_interface;
struct ovsrec_port;
struct tunnel;

struct iface {
    struct hmap_node uuid_node;     /* In struct ifaces' 'by_uuid'. */
    struct uuid uuid;

    /* Rows.  Good as long as the IDL is not run. */
    const struct ovsrec_interface *row;
    const struct ovsrec_port *port;     /* That has it, or NULL. */
    const struct ovsrec_bridge *bridge; /* That has 'port', or NULL. */
    bool on_bridge;                 /* 'bridge' is the integration bridge. */

    /* Content. */
    char *name;
    ofp_port_t ofport;              /* 0 if it has none. */
    char *error;                    /* Why it never will, or NULL. */
    bool settled;                   /* As iface_settled_is_noted(). */

    /* Of ifaces.c. */
    struct claim *claim;            /* Its iface-id, or NULL. */
    char *problem;                  /* Or NULL: not in a list. */
    struct ovs_list problem_node;   /* In struct ifaces' 'problems'. */

    /* Of iface-mtu.c. */
    int wanted_mtu;                 /* When it was looked at last. */
    int foreign_mtu;                /* Somebody else's mtu_request that is too
                                     * large, or 0. */

    /* Of tunnels.c. */
    bool has_key;                   /* 'key' and 'key_node' are in use. */
    struct tunnel_key key;          /* As its options have it. */
    struct hmap_node key_node;      /* In struct tunnels' 'by_key'. */
    bool is_ours;
    struct tunnel *tunnel;          /* What it serves, or NULL. */
    struct ovs_list stale_node;     /* In struct tunnels' 'stale', or not. */
};

struct ifaces *ifaces_create(void);
void ifaces_destroy(struct ifaces *);

/* The iface of 'row'; made if there is none. */
struct iface *ifaces_obtain(struct ifaces *, const struct ovsrec_interface *);
struct iface *ifaces_find(const struct ifaces *, const struct uuid *);
const struct hmap *ifaces_get_all(const struct ifaces *);

/* Takes over from 'iface''s row and its place what changed.  The names of
 * endpoints whose interface changed are added to 'changed'.  Both return true
 * if a problem came, went or changed. */
bool ifaces_refresh(struct ifaces *, struct iface *, struct sset *changed);
bool ifaces_remove(struct ifaces *, struct iface *, struct sset *changed);

/* The interface that counts of those with that iface-id, or NULL. */
struct iface *ifaces_find_claimant(const struct ifaces *,
                                   const char *iface_id);

/* For one that has a claim: whether it is the one that counts, and the
 * iface-id. */
bool iface_counts(const struct iface *);
const char *iface_get_id(const struct iface *);

/* Contains "struct plug *"s, by iface-id. */
const struct shash *ifaces_get_claims(const struct ifaces *);
void ifaces_for_each_problem(const struct ifaces *,
                             void (*cb)(const char *object,
                                        const char *message, void *aux),
                             void *aux);

#endif /* agent/node/ifaces.h */
