/* Ports for outer DSCPs: see class-ports.h.
 *
 * Open vSwitch takes the outer DSCP from the tunnel port: it is a constant, or
 * the inner one.  No action sets it (tun_tos cannot be written), and setting
 * the inner one for the outer one's sake would change what the receiver sees.
 * So each DSCP has a port.  It only sends, to any remote, and so its number
 * does not depend on how many remotes there are: DSCPs times the pairs of our
 * address and the remotes' UDP port, of which there is mostly one.
 *
 * They exist for all classes and not only for those of endpoints here: an
 * endpoint that gets another class finds its port there.  As long as a port
 * has no number yet, packets leave by the remote's own port, with DSCP 0.
 *
 * A port that is not wanted any more stays for a while after the last flow
 * that leads to it has gone: ovs-vswitchd may hear of both at once, and a
 * thread of it may still go by the old flows.
 *
 * What a remote's own port sends by itself, BFD, can have a DSCP, too; but
 * then all that it sends has it, and packets of no class need a port for DSCP
 * 0.
 *
 * Without a QoSClass with a DSCP, and without BFD, there are none. */

#include <config.h>

#include "agent/remotes/class-ports.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/model/model-qos.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/remotes/gateway-bfd.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/ofctrl.h"
#include "lib/encapsulation.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

struct class_ports *
class_ports_create(void)
{
    struct class_ports *cp = xzalloc(sizeof *cp);

    flow_owner_init(&cp->flows, 2, "QoS classes");
    return cp;
}

void
class_ports_destroy(struct agent *agent)
{
    struct class_ports *cp = agent->class_ports;

    if (cp) {
        ofctrl_destroy_owner(agent->ofctrl, &cp->flows);
        free(cp->ports);
        free(cp);
    }
}

void
class_ports_touch(struct class_ports *cp)
{
    cp->touched = true;
}

bool
class_ports_are_used(const struct agent *agent)
{
    return agent->class_ports->dscps != 0;
}

bool
class_ports_are_ready(const struct agent *agent, uint8_t dscp)
{
    const struct class_ports *cp = agent->class_ports;
    bool any = false;

    for (size_t i = 0; i < cp->n; i++) {
        if (cp->ports[i].key.dscp == dscp && !cp->ports[i].retired) {
            if (!cp->ports[i].ofport) {
                return false;
            }
            any = true;
        }
    }
    return any;
}

uint32_t
class_ports_get_way(const struct agent *agent, const struct m_nve *nve)
{
    const struct tunnel_key *key = &nve->tunnels[0];
    const struct encapsulation *e = tunnel_key_get_encapsulation(key);
    uint32_t local = 0;

    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        if (ipv6_addr_equals(&agent->encap_ips[i], &key->local)) {
            local = i + 1;
        }
    }
    return (encapsulation_get_index(e) << 28 | local << 16
            | tunnel_key_get_udp_port(key));
}

/* Whether packets of no class go to 'nve' by a port of their own.  Whether
 * that port is there does not matter: while it is not, they have BFD's
 * DSCP. */
static bool
compute_split(const struct agent *agent, const struct m_nve *nve)
{
    return (nve->n_tunnels && gateway_bfd_is_peer(agent, nve)
            && local_tunnel_may_mark(agent->local, &nve->tunnels[0]));
}

/* Computes which DSCPs are wanted. */
static void
update_dscps(struct agent *agent)
{
    struct class_ports *cp = agent->class_ports;
    const struct model *model = agent->model;
    bool used = cp->dscps != 0, marks = cp->marks;
    struct entity *entity;

    cp->dscps = 0;
    cp->marks = false;
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_QOS_CLASS]) {
        const struct qos_class *class = m_qos_class_get_def(
            M_CAST(m_qos_class, entity));

        if (class) {
            cp->marks = true;
            if (class->dscp > 0) {
                cp->dscps |= UINT64_C(1) << class->dscp;
            }
        }
    }
    if (!sset_is_empty(&agent->gateways->peers)) {
        cp->dscps |= 1;
    }
    if (used != (cp->dscps != 0)) {
        model_touch_all_encaps(agent->model);
    }
    if (marks != cp->marks) {
        model_touch_active_vpcs(agent->model);
    }
}

static struct class_port *
append(struct class_ports *cp, size_t *allocated)
{
    if (cp->n >= *allocated) {
        cp->ports = x2nrealloc(cp->ports, allocated, sizeof *cp->ports);
    }
    return memset(&cp->ports[cp->n++], 0, sizeof *cp->ports);
}

static bool
has_way(const struct class_ports *cp, uint32_t way)
{
    for (size_t i = 0; i < cp->n; i++) {
        if (cp->ports[i].way == way && !cp->ports[i].retired) {
            return true;
        }
    }
    return false;
}

/* Adds the ports of all DSCPs by which 'nve' is reached. */
static void
add_ports(struct agent *agent, const struct m_nve *nve,
          struct class_ports *cp, size_t *allocated)
{
    uint32_t way = class_ports_get_way(agent, nve);

    if (has_way(cp, way)) {
        return;
    }
    for (uint8_t dscp = 0; dscp < 64; dscp++) {
        struct class_port *port;

        if (!(cp->dscps & (UINT64_C(1) << dscp))) {
            continue;
        }
        port = append(cp, allocated);
        port->way = way;
        port->key.encapsulation = nve->tunnels[0].encapsulation;
        port->key.local = nve->tunnels[0].local;
        port->key.udp_port = nve->tunnels[0].udp_port;
        port->key.send_only = true;
        port->key.dscp = dscp;
        local_tunnel_set(agent->local, &port->key, LOCAL_SENDERS);
        port->ofport = local_tunnel_get_ofport(agent->local, &port->key);
    }
}

static bool
has_key(const struct class_ports *cp, const struct tunnel_key *key)
{
    for (size_t i = 0; i < cp->n; i++) {
        if (tunnel_key_equals(&cp->ports[i].key, key)) {
            return true;
        }
    }
    return false;
}

static void
update_ports(struct agent *agent)
{
    struct class_ports *cp = agent->class_ports;
    struct class_port *old = cp->ports;
    size_t n_old = cp->n, allocated = 0;
    struct entity *entity;

    cp->ports = NULL;
    cp->n = 0;
    if (cp->dscps) {
        HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
            const struct m_nve *nve = M_CAST(m_nve, entity);

            if (nve->n_tunnels) {
                add_ports(agent, nve, cp, &allocated);
            }
        }
    }
    for (size_t i = 0; i < n_old; i++) {
        if (!has_key(cp, &old[i].key)) {
            struct class_port *port = append(cp, &allocated);

            *port = old[i];
            if (!port->retired) {
                port->retired = true;
                port->until = UINT64_MAX;
                port->expires = 0;
            }
        }
    }
    free(old);
}

/* Removes the ports that no packet can leave by any more. */
static void
drop_retired(struct agent *agent)
{
    struct class_ports *cp = agent->class_ports;

    for (size_t i = 0; i < cp->n; ) {
        struct class_port *port = &cp->ports[i];

        if (port->retired && !port->expires
            && ofctrl_get_confirmed(agent->ofctrl) >= port->until) {
            port->expires = time_msec() + CLASS_PORTS_LINGER;
        }
        if (port->expires && time_msec() >= port->expires) {
            local_tunnel_unset(agent->local, &port->key, LOCAL_SENDERS);
            *port = cp->ports[--cp->n];
        } else {
            i++;
        }
    }
}

void
class_ports_note_flows(struct class_ports *cp, uint64_t revision)
{
    for (size_t i = 0; i < cp->n; i++) {
        if (cp->ports[i].until == UINT64_MAX) {
            cp->ports[i].until = revision;
        }
    }
}

/* Packets of no class start or cease to use a port of their own: their flows
 * change, and what DSCP BFD may have. */
static void
update_split(struct agent *agent)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        struct m_nve *nve = M_CAST(m_nve, entity);
        bool split = compute_split(agent, nve);

        if (nve->split != split) {
            nve->split = split;
            model_touch_encaps_of(agent->model, nve);
        }
        if (nve->n_tunnels) {
            local_tunnel_set_dscp(agent->local, &nve->tunnels[0],
                                  split ? CLASS_PORTS_BFD_DSCP : 0);
        }
    }
}

void
class_ports_run(struct agent *agent)
{
    struct class_ports *cp = agent->class_ports;
    const struct model *model = agent->model;

    drop_retired(agent);
    if (!cp->touched && hmapx_is_empty(&model->changed_qos_classes)
        && (!cp->dscps || hmapx_is_empty(&model->changed_nves))) {
        return;
    }
    cp->touched = false;
    cp->flows_dirty = true;
    update_dscps(agent);
    update_ports(agent);
    update_split(agent);
}

/* A confirmation wakes the loop by itself. */
void
class_ports_wait(const struct agent *agent)
{
    const struct class_ports *cp = agent->class_ports;

    for (size_t i = 0; i < cp->n; i++) {
        if (cp->ports[i].expires) {
            poll_timer_wait_until(cp->ports[i].expires);
        }
    }
}
