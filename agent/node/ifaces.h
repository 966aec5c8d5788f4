/* The Interface rows of the local database, mirrored.
 *
 * One 'struct iface' stands for one Interface row, for as long as the row's
 * UUID exists.  Other modules of this room keep what they know about an
 * interface in it, too, each in its own part. */
#ifndef GA_IFACES_H
#define GA_IFACES_H 1

#include <stdbool.h>

#include "agent/node/tunnel-key.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/types.h"
#include "openvswitch/uuid.h"

struct ifaces;
struct vswrec_bridge;
struct vswrec_interface;
struct vswrec_port;
struct rivals;
struct tunnel;

/* The key in external_ids of an endpoint's Interface that has been settled,
 * see iface-settled.h.  Its value is the iface-id that this was about. */
#define IFACES_SETTLED_KEY "nve-settled"

struct iface {
    struct hmap_node uuid_node;     /* In 'struct ifaces', as... */
    struct hmap_node name_node;     /* ...is this. */
    struct uuid uuid;
    unsigned long long int since;   /* The reading that found it first: grows
                                     * from one reading to the next. */

    /* Rows, good until the IDL runs.  places.c sets 'port', 'bridge' and what
     * follows. */
    const struct vswrec_interface *row;
    const struct vswrec_port *port;     /* That has the interface, or NULL. */
    const struct vswrec_bridge *bridge; /* That has 'port', or NULL. */
    bool is_shared;                 /* Another bridge has it, too. */
    bool on_bridge;                 /* 'bridge' is the integration bridge, and
                                     * no other bridge has it. */
    bool is_alone;                  /* 'port' has no other interface, and no
                                     * other port has it. */
    struct uuid bridge_uuid;        /* Of 'bridge'; zero if that is NULL. */

    /* While the database is read. */
    bool is_gone;                   /* The row does not exist any more. */
    bool changed;                   /* Not only what Open vSwitch reports: what
                                     * is configured, or its place. */
    bool has_bridges, has_ports;    /* Several of them, as places.c found at
                                     * its last walk. */
    struct ovs_list read_node;      /* In a list of what is to be read or
                                     * removed, or in no list. */

    /* Content of the row. */
    char *name;
    ofp_port_t ofport;              /* 0 if it has none. */
    ofp_port_t ofport_request;      /* 0 if it asks for none. */
    char *error;                    /* What Open vSwitch says is wrong with it,
                                     * or NULL. */
    bool pending;                   /* Open vSwitch has not looked at it. */
    bool settled;                   /* It has been, for its iface-id. */
    bool hold;                      /* external_ids:nve-claim=hold. */
    bool bfd_down;                  /* tunnel_bfd_is_broken(). */

    /* Of plugs.c. */
    struct rivals *rivals;          /* All with its iface-id; NULL if it
                                     * belongs to no endpoint. */
    char *problem;                  /* Or NULL. */
    struct ovs_list problem_node;   /* In 'struct plugs', if 'problem'. */

    /* Of iface-mtu.c. */
    int wanted_mtu;                 /* As of the last look at it. */
    int foreign_mtu;                /* Somebody else's mtu_request that is too
                                     * large, or 0. */

    /* Of tunnels.c. */
    bool has_key;                   /* 'key' and 'key_node' are in use. */
    struct tunnel_key key;          /* That its options amount to. */
    struct hmap_node key_node;      /* In 'by_key' of 'struct tunnels'. */
    bool is_ours;
    struct tunnel *tunnel;          /* The tunnel that it serves, or NULL. */
    struct ovs_list stale_node;     /* In 'stale' of 'struct tunnels', or in
                                     * no list. */
    ofp_port_t counted[2];          /* In 'numbers' of 'struct tunnels': what
                                     * it has, and what it asks for. */
};

struct ifaces *ifaces_create(void);
/* Frees everything.  The modules that have a part of 'struct iface' must have
 * been destroyed before. */
void ifaces_destroy(struct ifaces *);

/* The database is about to be read: ifaces that are made from now on are newer
 * than the others. */
void ifaces_begin_reading(struct ifaces *);

/* Returns the iface of 'row', which becomes its row.  Makes it if there is
 * none: with 'uuid', 'since', 'name' and 'row', in no list, and else zero. */
struct iface *ifaces_obtain(struct ifaces *, const struct vswrec_interface *);

struct iface *ifaces_find(const struct ifaces *, const struct uuid *);

/* The one of that name that is not gone, or NULL. */
struct iface *ifaces_find_by_name(const struct ifaces *, const char *name);

/* All of them, by 'uuid_node'. */
const struct hmap *ifaces_get_all(const struct ifaces *);

/* Whether 'bridge', and no other one, has 'iface'. */
bool iface_is_on(const struct iface *, const struct vswrec_bridge *bridge);

/* What external_ids of 'iface' or else of its port, if it has one, say of
 * 'key', or NULL.  Both rows of a port of ours bear our keys, so one is enough
 * if somebody has cleared the other. */
const char *iface_get_mark(const struct iface *, const char *key);

/* Reads 'ofport', 'ofport_request', 'error', 'pending', 'settled', 'hold' and
 * 'bfd_down' from the iface's row. */
void ifaces_refresh(struct iface *);

/* Frees an iface whose row is gone.  No other module may know it any more. */
void ifaces_remove(struct ifaces *, struct iface *);

#endif /* agent/node/ifaces.h */
