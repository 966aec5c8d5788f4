/* What tunnels.c, tunnels-write.c and tunnels-report.c share. */
#ifndef GA_TUNNELS_PRIVATE_H
#define GA_TUNNELS_PRIVATE_H 1

#include "agent/node/tunnel-numbers.h"
#include "agent/node/tunnels.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "sset.h"

struct tunnels {
    struct hmap wanted;             /* Contains "struct tunnel"s. */
    struct hmap by_key;             /* "struct iface"s that have a 'key'. */
    struct ovs_list dirty;          /* "struct tunnel"s to look at. */
    struct ovs_list failed;         /* "struct tunnel"s whose port Open vSwitch
                                     * could not add. */
    struct ovs_list stale;          /* "struct iface"s that serve nothing. */
    bool is_awaited;                /* See tunnels_are_awaited(). */
    size_t n_coming;                /* "struct tunnel"s that are 'coming'. */
    struct tunnel_numbers *numbers; /* Used by ports, or promised to them. */

    /* For tunnels_take_changes(). */
    struct sset changed;
    struct sset made;
    bool bfd_changed;
    bool problems_changed;
};

struct tunnel {
    struct hmap_node node;          /* In 'wanted'. */
    struct ovs_list dirty_node;     /* In 'dirty', or not in a list. */
    struct ovs_list failed_node;    /* In 'failed', or not in a list. */
    struct tunnel_key key;
    char *nve;                      /* Name of the remote; "": shared. */
    bool has_bfd;                   /* 'bfd' is wanted. */
    struct tunnel_bfd bfd;
    enum tunnel_bfd_state bfd_state;
    uint8_t dscp;                   /* Of the port itself, outside; 0: left
                                     * alone. */
    bool may_not_mark;              /* Somebody else decides on that. */
    bool noted;                     /* tunnels_set_note() was called. */
    char *options, *status;         /* The notes, or NULL. */
    struct iface *iface;            /* The port that serves it, or NULL. */
    ofp_port_t ofport;              /* 0 if none. */
    ofp_port_t promised;            /* The number that its port, which is not
                                     * there yet, asks for; 0 if there is no
                                     * such port. */
    bool coming;                    /* Its row is there, and Open vSwitch has
                                     * not said what became of it. */
    char *problem;                  /* Or NULL. */
    bool is_down;                   /* 'problem' keeps packets from passing. */
};

/* The tunnel with 'key' that is wanted, or NULL. */
struct tunnel *tunnels_find(const struct tunnels *,
                            const struct tunnel_key *key);

/* Somebody else's port with the configuration 'key' that is on the datapath of
 * 'bridge' (NULL: on any datapath), or NULL. */
const struct iface *tunnels_find_foreign(const struct tunnels *,
                                         const struct tunnel_key *key,
                                         const struct vswrec_bridge *bridge);

/* Lets 'iface' serve 'tunnel'.  Neither may be linked already. */
void tunnels_link(struct tunnels *, struct tunnel *tunnel, struct iface *);

/* Takes a number for the port of 'tunnel', which is about to be made, unless
 * it has one.  Returns the number, 0 if there is none. */
ofp_port_t tunnels_promise_number(struct tunnels *, struct tunnel *tunnel);

/* The rows of 'tunnel' are as they should be, as far as it can be written. */
void tunnels_set_clean(struct tunnel *);

#endif /* agent/node/tunnels-private.h */
