/* What service-flows.c and service-groups.c share. */
#ifndef GA_SERVICE_PRIVATE_H
#define GA_SERVICE_PRIVATE_H 1

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/types.h"

struct agent;
struct hmapx;
struct m_lb;

/* A port of a service. */
struct service_group {
    struct hmap_node node;          /* In struct services' 'group_ids', by
                                     * 'id'. */
    uint32_t id;
    uint8_t protocol;
    uint16_t port;
    uint16_t target_port;
};

/* A LoadBalancer that has flows here. */
struct service {
    struct in6_addr address;
    uint32_t vni;
    uint16_t zone;                  /* Where backends are chosen. */
    struct service_group **groups;  /* One for each port. */
    size_t n_groups;
    struct in6_addr *backends;      /* Whose connections go on, sorted. */
    size_t n_backends;
    size_t n_takers;                /* Of them, those with buckets. */
    uint32_t watched;               /* Hash of the ports that buckets watch. */
};

/* The port of the tunnel to an NVE, as buckets may watch it. */
struct service_tunnel {
    struct hmap_node node;          /* In struct services' 'tunnels'; its hash
                                     * is the NVE's id. */
    ofp_port_t ofport;              /* Not 0. */
};

/* Takes over the ports of the tunnels to the NVEs that changed, and adds to
 * 'vpcs' the VPCs of those that have another one than before. */
void service_note_tunnels(struct agent *, struct hmapx *vpcs);

/* Wants the groups of 'service', which is what 'lb' is now, and sets its
 * 'n_takers'. */
void service_set_groups(struct agent *, struct m_lb *lb, struct service *);

/* Wants those of 'old' no longer that 'new', which may be NULL, has not. */
void service_unset_groups(struct agent *, struct m_lb *lb,
                          const struct service *old,
                          const struct service *new);

/* The hash of the ports that the buckets of 'lb' should watch now. */
uint32_t service_get_watched(const struct agent *, const struct m_lb *lb);

#endif /* agent/flows/service-private.h */
