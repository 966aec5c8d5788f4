/* External addresses of services on this node: what vip-gateway.c and
 * vip-backend.c keep of them. */
#ifndef GA_VIPS_H
#define GA_VIPS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "agent/switch/flow-owner.h"
#include "openvswitch/hmap.h"
#include "openvswitch/shash.h"
#include "svec.h"

struct agent;
struct flow_list;
struct in6_addr;
struct m_lb;

/* What a LoadBalancer with an external address has here. */
struct vip {
    struct flow_owner flows;
    struct svec shared;             /* Keys in struct vips' 'shared'. */
    struct svec zones;              /* Names in struct vips' 'zones'. */
    struct svec new_shared;         /* While its flows are being made. */
    struct svec new_zones;
    struct shash connections;       /* Tuples of answers -> "struct
                                     * vip_connections". */
    struct shash groups;            /* Of what -> "struct vip_group". */
    struct shash pasts;             /* Endpoints -> "struct vip_past"s. */
    bool has_past;                  /* 'pasts' was filled before. */
    long long int expires;          /* time_msec() when one of them does; 0:
                                     * never. */
};

/* Connections of one backend's port in a zone. */
struct vip_connections {
    uint16_t zone;
    char *tuple;                    /* As they were begun. */
    bool wanted;                    /* While flows are being made. */
};

struct vip_group {
    struct hmap_node node;          /* In struct vips' 'group_ids', by 'id'. */
    uint32_t id;
    bool wanted;                    /* While flows are being made. */
};

struct vips {
    struct shash all;               /* Name -> "struct vip". */
    struct shash shared;            /* Key -> "struct vip_shared". */
    struct shash zones;             /* Name -> number of users, as a
                                     * pointer. */
    struct hmap group_ids;
    long long int expires;          /* The first of the vips' own; 0: none. */
    uint64_t n_destroyed;           /* Of the model, when those of services
                                     * that are gone were last looked for. */
};

struct vips *vips_create(void);
/* Before the ofctrl is destroyed. */
void vips_destroy(struct agent *);

/* Whether vip_flows_run() has something to do, whatever the model's sets of
 * changes say. */
bool vips_are_due(const struct agent *);
void vips_wait(const struct agent *);

/* What is remembered of the vip is to be looked at when 'when' has come. */
void vip_expires(struct vips *, struct vip *, long long int when);

/* Adds to 'names' those vips for which that time has come. */
void vips_take_expired(struct vips *, struct svec *names);

/* The flows of a vip are made between these two, which find out what it does
 * not have any more. */
struct vip *vips_begin(struct agent *, const char *name);
void vips_end(struct agent *, struct vip *, struct flow_list *);

/* The vip of that name is not wanted any more; does nothing if there is
 * none. */
void vips_remove(struct agent *, const char *name);

/* The conntrack zone 'name', which is taken over; 0: there is none left. */
uint16_t vip_get_zone(struct agent *, struct vip *, char *name);

/* Flows that several vips want.  'key', which is taken over, names them, and
 * all that they depend on.  Returns the owner if they have to be made now, or
 * NULL. */
struct flow_owner *vip_share(struct agent *, struct vip *, char *key);

/* The id of the vip's group for 'what'. */
uint32_t vip_get_group(struct agent *, struct vip *, const struct m_lb *,
                       const char *what);

/* The vip has connections in 'zone' that match 'tuple' as they were begun and
 * 'answer' the other way (as ct_zones_flush() takes them; both are taken
 * over).  When it is not said any more that it has, they are flushed. */
void vip_has_connections(struct vip *, uint16_t zone, char *tuple,
                         char *answer);

#endif /* agent/flows/vips.h */
