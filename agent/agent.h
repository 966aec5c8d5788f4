/* The board: where the daemon's modules find each other, and a few facts about
 * this node that many of them need.
 *
 * It has pointers to incomplete types only.  A module that uses another one
 * has to include that one's header, too, and tests/rooms says which it may.
 * turn/ makes and runs everything on the board. */
#ifndef GA_AGENT_H
#define GA_AGENT_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmapx.h"

struct agent {
    struct alarms *alarms;
    long long int alarms_next;      /* turn-alarms.c: not before this
                                     * time_msec(). */
    bool alarms_due;                /* turn-alarms.c: then. */
    struct disks *disks;            /* Whether they are full. */
    struct write_gate *gate;        /* Whether something may be written. */

    /* Controller. */
    struct objects *objects;
    struct controller *controller;

    /* Node. */
    struct local *local;            /* Its Open vSwitch database. */
    struct local_changes *local_changes; /* What its last turn brought. */
    bool local_seen;                /* Its content has been taken once. */
    unsigned int local_seqno;       /* Of local_get_seqno(), then. */
    struct kernel_events *kernel_events;
    struct underlay *underlay;

    /* Switch. */
    struct ofctrl *ofctrl;          /* Of the integration bridge. */
    struct old_flows *purger;       /* For 'ofctrl'. */
    struct old_flows *old_flows;    /* For 'effect' and those of plans. */
    struct effect *effect;          /* Changes by 'ofctrl' in effect. */

    struct nat_zones *nat_zones;    /* Of external addresses. */

    struct model *model;
    struct base_use *base_use;

    /* Options that we receive or that plans map. */
    struct receive *receive;
    struct retained *retained;
    struct mapped_options *mapped_options;

    /* Sending. */
    struct tlv_plan *base_plan;     /* Of the integration bridge. */
    struct plans *plans;            /* Further ones. */
    struct vpc_mtu *vpc_mtu;
    struct own_underlay *own_underlay;      /* As remotes.c knows it. */
    struct remote_paths *remote_paths;
    struct remote_states *remote_states;
    struct node_health *node_health;
    struct enforce *enforce;
    struct gateways *gateways;
    struct class_ports *class_ports;
    struct flows *flows;
    struct endpoint_stencils *stencils;     /* Of their flows. */
    struct services *services;      /* Of VPCs that are in use here. */
    struct vips *vips;              /* External addresses of services. */

    struct packet_ins *packet_ins;
    struct endpoint_limits *endpoint_limits;
    struct announcements *announcements;
    struct ext_announcements *ext_announcements;
    struct ext_neighbors *ext_neighbors;    /* On provider networks. */
    struct dhcp_declines *dhcp_declines;
    struct health_probes *health_probes;    /* Of services' backends. */
    struct router_adverts *router_adverts;
    struct interest *interest;
    struct own_name *own_name;
    struct own_nve *own_nve;
    struct endpoint_status *endpoint_status;
    struct vpc_status *vpc_status;
    struct external_status *external_status;
    struct service_status *service_status;
    struct tunnel_notes *tunnel_notes;
    struct acks *acks;
    struct neigh_cache *neigh_cache;    /* Of Open vSwitch. */
    struct poison *poison;
    struct tracer *tracer;

    /* From settings and the underlay. */
    struct in6_addr *encap_ips;
    size_t n_encap_ips;
    bool shared_tunnels;            /* One tunnel port for all remotes. */
    bool nd_by_agent;               /* The agent answers neighbor
                                     * solicitations, not flows. */
    int bum_rate;                   /* Broadcasts and multicasts of an endpoint
                                     * a second; 0: no limit. */
    int underlay_mtu;               /* Of the device with the smallest, of
                                     * those that have 'encap_ips'; 0: not
                                     * known. */

    long long int complete_since;   /* time_msec() when the gate learned of the
                                     * whole desired state; 0: not yet. */

    /* Results of this turn, for the stages that follow. */
    bool options_changed;           /* That plans map, or may map. */
    bool own_nve_changed;           /* What our NVE's status says, beyond
                                     * what the model's sets say. */

    /* For turn_was_busy(). */
    bool was_busy;
    uint64_t n_heard;               /* ofctrl_get_n_received() then. */

    long long int started;          /* time_msec(). */
};

#endif /* agent/agent.h */
