/* Tunnel ports that send with a DSCP of their own in the outer header, one for
 * each DSCP that a QoSClass has. */
#ifndef GA_CLASS_PORTS_H
#define GA_CLASS_PORTS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/node/tunnel-key.h"
#include "agent/switch/flow-owner.h"
#include "openvswitch/types.h"

struct agent;
struct m_nve;

/* DSCP of BFD in the outer header: CS6, network control (RFC 4594, section
 * 3.1). */
#define CLASS_PORTS_BFD_DSCP 48

/* How long a port stays after the last flow that leads to it: ms. */
#define CLASS_PORTS_LINGER 1000

struct class_port {
    struct tunnel_key key;
    uint32_t way;                   /* See class_ports_get_way(). */
    ofp_port_t ofport;              /* 0: none yet. */

    /* If it is not wanted any more, when it goes. */
    bool retired;                   /* No flow that is wanted leads there. */
    uint64_t until;                 /* Revision of the flows from which on that
                                     * is so, see ofctrl.h. */
    long long int expires;          /* time_msec(); 0: not yet known. */
};

struct class_ports {
    uint64_t dscps;                 /* Bit I: DSCP I is wanted. */
    bool marks;                     /* There is a QoSClass. */
    struct class_port *ports;       /* DSCPs times ways, and retired ones. */
    size_t n;
    bool touched;                   /* For class_ports_run(). */
    bool flows_dirty;               /* For class_flows_run(). */
    struct flow_owner flows;
};

struct class_ports *class_ports_create(void);
/* Before the ofctrl is destroyed. */
void class_ports_destroy(struct agent *);

/* OpenFlow ports of them, or what they are wanted for, may have changed. */
void class_ports_touch(struct class_ports *);

/* Follows QoSClasses, and the addresses and UDP ports of remotes.  To be
 * called after remotes_run(), and before flows are made. */
void class_ports_run(struct agent *);
void class_ports_wait(const struct agent *);

/* The flows are as the ports that are not retired want them, from this
 * revision on. */
void class_ports_note_flows(struct class_ports *, uint64_t revision);

/* Whether packets may have to leave by one of them. */
bool class_ports_are_used(const struct agent *);

/* Whether there are ports for 'dscp', and all of them have a number. */
bool class_ports_are_ready(const struct agent *, uint8_t dscp);

/* A number for the encapsulation, our address and the UDP port by which 'nve',
 * which has tunnels, is reached: remotes with the same share their ports. */
uint32_t class_ports_get_way(const struct agent *, const struct m_nve *nve);

#endif /* agent/remotes/class-ports.h */
