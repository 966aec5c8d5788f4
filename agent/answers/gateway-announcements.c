/* Announcements of gateways: see gateway-announcements.h.
 *
 * Three times, since a frame may get lost, and not later than a candidate is
 * active: if it is not any more, the rest is left out.  Nor before it is known
 * what the switch has: one that was restarted runs BFD, and may have no flows
 * (gateways.c then gives up the place).  Without the agent nothing is
 * announced; then the first packet that goes out teaches the switches the
 * same.
 *
 * A gateway that routes has no address of its own there.  It asks for its
 * router without giving an address, which teaches as much.  So does the best
 * candidate while it comes: sources send to it already, but it may not yet say
 * that it has the addresses.  The provider bridge of this very node has to
 * learn, too.  It has heard the MAC from its uplink, and drops what comes from
 * there for that MAC, until ovs-vswitchd's main thread wakes up and sees that
 * packets from here have moved it; that takes up to half a second, but a frame
 * from the agent wakes it at once. */

#include <config.h>

#include "agent/answers/gateway-announcements.h"

#include "agent/agent.h"
#include "agent/answers/neighbor-advert.h"
#include "agent/answers/packet-in.h"
#include "agent/flows/ext-flows.h"
#include "agent/flows/gateway-flows.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/node/attachments.h"
#include "agent/remotes/gateways.h"
#include "dp-packet.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(gateway_announcements);

#define N_TIMES 3
#define INTERVAL 400                    /* msec. */
#define COMING_INTERVAL 20              /* msec. */

/* Sends 'frame' into the network of 'g'. */
static void
send_frame(struct agent *agent, const struct gateway *g,
           struct dp_packet *frame)
{
    const struct attachment *a = ext_flows_get_attachment(agent,
                                                          g->gw->extnet);

    if (a) {
        int vlan = m_extnet_get_def(g->gw->extnet)->vlan;

        if (vlan) {
            eth_push_vlan(frame, htons(ETH_TYPE_VLAN), htons(vlan));
        }
        packet_ins_send(agent->packet_ins, a->ofport, dp_packet_data(frame),
                        dp_packet_size(frame));
    }
}

/* "'ip' is at the gateway's MAC", to all. */
static void
announce(struct agent *agent, const struct gateway *g,
         const struct in6_addr *ip)
{
    struct eth_addr mac = gateway_flows_get_mac(g);
    struct dp_packet frame;

    dp_packet_init(&frame, 128);
    neighbor_advert_compose_unsolicited(&frame, mac, ip,
                                        ND_RSO_ROUTER | ND_RSO_OVERRIDE);
    send_frame(agent, g, &frame);
    dp_packet_uninit(&frame);
}

/* Asks for a router of the network. */
static void
ask(struct agent *agent, const struct gateway *g)
{
    const struct external_network *net = m_extnet_get_def(g->gw->extnet);

    for (size_t i = 0; net && i < net->n_subnets; i++) {
        const struct in6_addr *router = &net->subnets[i].gateway;

        if (IN6_IS_ADDR_V4MAPPED(router)) {
            struct dp_packet frame;

            dp_packet_init(&frame, 128);
            compose_arp(&frame, ARP_OP_REQUEST, gateway_flows_get_mac(g),
                        eth_addr_zero, true, 0,
                        in6_addr_get_mapped_ipv4(router));
            send_frame(agent, g, &frame);
            dp_packet_uninit(&frame);
            return;
        }
    }
}

static void
announce_all(struct agent *agent, const struct gateway *g)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);
    const struct hmapx_node *node;

    VLOG_DBG("gateway %s: announcing that we are active", g->gw->up.name);
    for (size_t i = 0; i < def->n_snat; i++) {
        size_t j = 0;

        while (!ipv6_addr_equals(&def->snat[j].address,
                                 &def->snat[i].address)) {
            j++;
        }
        if (j == i) {
            announce(agent, g, &def->snat[i].address);
        }
    }
    HMAPX_FOR_EACH (node, &g->gw->vpc->lbs) {
        const struct m_lb *lb = node->data;

        if (m_lb_get_def(lb) && lb->gateway == g->gw) {
            announce(agent, g, &m_lb_get_def(lb)->external_address);
        }
    }
    if (!def->n_snat) {
        ask(agent, g);
    }
}

/* Whether sources send to us, or are about to, and we have not got the
 * addresses yet. */
static bool
is_coming(const struct agent *agent, const struct gateway *g)
{
    return (!g->active && g->has_rank && sset_is_empty(&g->better)
            && (agent->gateways->place.state == GATEWAY_CLAIMING
                || (agent->gateways->place.state == GATEWAY_IN
                    && time_msec() < g->claim_until)));
}

void
gateway_announcements_run(struct agent *agent)
{
    struct shash_node *node;

    if (!agent->gateways->place_known) {
        return;
    }
    SHASH_FOR_EACH (node, &agent->gateways->all) {
        struct gateway *g = node->data;

        if (g->n_announced != g->n_changes) {
            g->n_announced = g->n_changes;
            g->announce_times = N_TIMES;
            g->announce_at = time_msec();
        }
        if (is_coming(agent, g)) {
            if (time_msec() >= g->announce_at) {
                ask(agent, g);
                g->announce_at = time_msec() + COMING_INTERVAL;
            }
        } else if (!g->active) {
            g->announce_times = 0;
        } else if (g->announce_times && time_msec() >= g->announce_at) {
            announce_all(agent, g);
            g->announce_times--;
            g->announce_at = time_msec() + INTERVAL;
        }
    }
}

void
gateway_announcements_wait(const struct agent *agent)
{
    const struct shash_node *node;

    if (!agent->gateways->place_known) {
        return;
    }
    SHASH_FOR_EACH (node, &agent->gateways->all) {
        const struct gateway *g = node->data;

        if (g->announce_times || is_coming(agent, g)) {
            poll_timer_wait_until(g->announce_at);
        }
    }
}
