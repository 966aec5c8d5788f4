/* Open vSwitch forwards nothing to such a port, or takes nothing from it, and
 * counts it nowhere; the flows are as they should be. */

#include <config.h>

#include "agent/switch/port-faults.h"

#include <stdlib.h>

#include "flow.h"
#include "hash.h"
#include "openvswitch/ofp-port.h"
#include "util.h"

struct faulty_port {
    struct hmap_node node;          /* In struct port_faults's 'ports'. */
    ofp_port_t port;
    char name[OFP_MAX_PORT_NAME_LEN];
    enum port_fault fault;
};

void
port_faults_init(struct port_faults *pf)
{
    hmap_init(&pf->ports);
    pf->seqno = 0;
}

void
port_faults_clear(struct port_faults *pf)
{
    struct faulty_port *p;

    HMAP_FOR_EACH_POP (p, node, &pf->ports) {
        free(p);
    }
    pf->seqno++;
}

void
port_faults_destroy(struct port_faults *pf)
{
    port_faults_clear(pf);
    hmap_destroy(&pf->ports);
}

static uint32_t
hash_port(ofp_port_t port)
{
    return hash_int(ofp_to_u16(port), 0);
}

static struct faulty_port *
find(const struct port_faults *pf, ofp_port_t port)
{
    struct faulty_port *p;

    HMAP_FOR_EACH_WITH_HASH (p, node, hash_port(port), &pf->ports) {
        if (p->port == port) {
            return p;
        }
    }
    return NULL;
}

static enum port_fault
get_fault(const struct ofputil_phy_port *port)
{
    return (port->config & OFPUTIL_PC_NO_FWD ? PORT_FAULT_NO_FORWARD
            : port->config & OFPUTIL_PC_NO_RECV ? PORT_FAULT_NO_RECEIVE
            : port->config & OFPUTIL_PC_PORT_DOWN ? PORT_FAULT_DOWN
            : PORT_FAULT_NONE);
}

void
port_faults_update(struct port_faults *pf,
                   const struct ofputil_phy_port *port, bool is_gone)
{
    enum port_fault fault = is_gone ? PORT_FAULT_NONE : get_fault(port);
    struct faulty_port *p = find(pf, port->port_no);

    if (fault == PORT_FAULT_NONE) {
        if (p) {
            hmap_remove(&pf->ports, &p->node);
            free(p);
            pf->seqno++;
        }
        return;
    }
    if (!p) {
        p = xzalloc(sizeof *p);
        p->port = port->port_no;
        hmap_insert(&pf->ports, &p->node, hash_port(p->port));
    }
    ovs_strlcpy(p->name, port->name, sizeof p->name);
    p->fault = fault;
    pf->seqno++;
}

void
port_faults_for_each(const struct port_faults *pf, port_faults_cb *cb,
                     void *aux)
{
    const struct faulty_port *p;

    HMAP_FOR_EACH (p, node, &pf->ports) {
        cb(p->port, p->name, p->fault, aux);
    }
}
