/* What tunnels.c and tunnels-write.c share. */
#ifndef GA_TUNNELS_PRIVATE_H
#define GA_TUNNELS_PRIVATE_H 1

#include "agent/node/tunnels.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct tunnels {
    struct hmap wanted;             /* Contains "struct tunnel"s. */
    struct hmap by_key;             /* "struct iface"s with a 'key'. */
    struct ovs_list dirty;          /* Of "struct tunnel"s. */
    struct ovs_list failed;         /* Of "struct tunnel"s: no ofport. */
    struct ovs_list stale;          /* Of "struct iface"s. */
    struct sset changed;            /* For tunnels_take_changes(). */
    bool problems_changed;
};

struct tunnel {
    struct hmap_node node;          /* In 'wanted'. */
    struct ovs_list dirty_node;     /* In 'dirty', or not in a list. */
    struct ovs_list failed_node;    /* In 'failed', or not in a list. */
    struct tunnel_key key;
    char *nve;
    bool noted;                     /* 'options' and 'status' were set. */
    char *options, *status;         /* Or NULL. */
    struct iface *iface;            /* Its link, or NULL. */
    ofp_port_t ofport;              /* 0 if none. */
    char *problem;                  /* Or NULL. */
};

/* Somebody else's port with the configuration 'key' that is on the datapath
 * of 'bridge' (NULL: on any), or NULL. */
const struct iface *tunnels_find_foreign(const struct tunnels *,
                                         const struct tunnel_key *key,
                                         const struct ovsrec_bridge *bridge);

/* Lets 'tunnel', which has none, have 'iface', which is not linked. */
void tunnels_link(struct tunnels *, struct tunnel *tunnel, struct iface *);

/* 'tunnel''s rows are as they should be. */
void tunnel_mark_clean(struct tunnel *);

#endif /* agent/node/tunnels-private.h */
