/* Ports of a bridge that do not let all packets through, because somebody said
 * so: with `ovs-ofctl mod-port', or by setting a device down. */
#ifndef GA_PORT_FAULTS_H
#define GA_PORT_FAULTS_H 1

#include <stdbool.h>

#include "openvswitch/hmap.h"
#include "openvswitch/types.h"

struct ofputil_phy_port;

enum port_fault {
    PORT_FAULT_NONE,
    PORT_FAULT_NO_FORWARD,          /* Nothing is sent out of it. */
    PORT_FAULT_NO_RECEIVE,          /* What it receives is dropped. */
    PORT_FAULT_DOWN,                /* The device is down.  A tunnel works all
                                     * the same. */
};

/* Only ports with a fault are in it. */
struct port_faults {
    struct hmap ports;
    unsigned int seqno;             /* Counts changes of 'ports'. */
};

void port_faults_init(struct port_faults *);
void port_faults_destroy(struct port_faults *);

/* Nothing is known any more. */
void port_faults_clear(struct port_faults *);

/* The switch says what a port is like, or that it is gone. */
void port_faults_update(struct port_faults *, const struct ofputil_phy_port *,
                        bool is_gone);

typedef void port_faults_cb(ofp_port_t, const char *name, enum port_fault,
                            void *aux);
void port_faults_for_each(const struct port_faults *, port_faults_cb *cb,
                          void *aux);

#endif /* agent/switch/port-faults.h */
