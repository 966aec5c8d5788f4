/* Packets that have to do with neighbours on provider networks: what they say
 * of themselves, and packets for those that nothing is known of. */

#include <config.h>

#include <netinet/icmp6.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/answers/ext-neighbors-private.h"
#include "agent/answers/ext-neighbors.h"
#include "agent/answers/packet-in.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model.h"
#include "dp-packet.h"
#include "flow.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ext_neighbors_take);

/* Reads who says what MAC it has.  Returns false if the packet says no such
 * thing. */
static bool
parse_heard(const struct packet_in *p, struct in6_addr *ip,
            struct eth_addr *mac)
{
    struct dp_packet packet;
    struct flow flow;

    dp_packet_use_const(&packet, p->frame, p->len);
    flow_extract(&packet, &flow);
    if (flow.dl_type == htons(ETH_TYPE_ARP)) {
        in6_addr_set_mapped_ipv4(ip, flow.nw_src);
        *mac = flow.arp_sha;
    } else if (flow.dl_type == htons(ETH_TYPE_IPV6)
               && flow.nw_proto == IPPROTO_ICMPV6
               && flow.tp_src == htons(ND_NEIGHBOR_ADVERT)) {
        *ip = flow.nd_target;
        *mac = (eth_addr_is_zero(flow.arp_tha) ? flow.dl_src
                : flow.arp_tha);
    } else {
        return false;
    }
    return !eth_addr_is_multicast(*mac) && !eth_addr_is_zero(*mac);
}

/* Sends what has waited for 'nb', whose MAC is known now. */
static void
send_queue(struct agent *agent, const struct m_extnet *extnet,
           struct neighbor *nb)
{
    for (size_t i = 0; i < nb->n_queued; i++) {
        struct eth_header *eth = dp_packet_data(nb->queued[i]);

        eth->eth_dst = nb->n.mac;
        packet_ins_send_ext(agent->packet_ins, FLOW_EXT_SEND, extnet->up.id,
                            eth, dp_packet_size(nb->queued[i]));
    }
    neighbor_drop_queue(nb);
}

static bool
take_heard(struct agent *agent, const struct m_extnet *extnet,
           struct ext_net *net, const struct packet_in *p)
{
    struct ext_neighbors *en = agent->ext_neighbors;
    struct neighbor *nb;
    struct in6_addr ip;
    struct eth_addr mac;

    if (!parse_heard(p, &ip, &mac)) {
        return false;
    }
    nb = ext_net_find(net, &ip);
    if (!nb) {
        return false;
    }
    if (ext_neighbor_heard(&nb->n, mac, time_msec())) {
        VLOG_INFO("external network %s: a neighbour is at "ETH_ADDR_FMT
                  " now", extnet->up.name, ETH_ADDR_ARGS(mac));
        net->dirty = true;
    }
    en->next = MIN(en->next, nb->n.next);
    en->alarms_changed = true;
    send_queue(agent, extnet, nb);
    return true;
}

/* The host that nobody has sent to for the longest time makes room. */
static void
make_room(struct ext_net *net)
{
    struct neighbor *oldest = NULL, *nb;
    size_t n = 0;

    HMAP_FOR_EACH (nb, node, &net->neighbors) {
        if (!nb->is_router) {
            n++;
            if (!oldest || nb->wanted_at < oldest->wanted_at) {
                oldest = nb;
            }
        }
    }
    if (n >= MAX_HOSTS) {
        ext_net_remove(net, oldest);
    }
}

static bool
take_unknown(struct agent *agent, const struct m_extnet *extnet,
             struct ext_net *net, const struct packet_in *p)
{
    struct ext_neighbors *en = agent->ext_neighbors;
    struct neighbor *nb = ext_net_find(net, &p->next_hop);

    if (!nb) {
        if (!external_network_find_subnet(m_extnet_get_def(extnet),
                                          &p->next_hop)) {
            return false;
        }
        make_room(net);
        nb = ext_net_add(en, net, &p->next_hop);
    }
    nb->wanted_at = time_msec();
    ext_neighbor_want(&nb->n, nb->wanted_at);
    en->next = MIN(en->next, nb->n.next);
    if (nb->n_queued >= MAX_QUEUED || p->len < ETH_HEADER_LEN) {
        return false;
    }
    nb->queued[nb->n_queued++] = dp_packet_clone_data(p->frame, p->len);
    if (!eth_addr_is_zero(nb->n.mac)) {
        send_queue(agent, extnet, nb);  /* Its flow is on the way. */
    }
    return true;
}

bool
ext_neighbors_take(struct agent *agent, const struct packet_in *p)
{
    const struct m_extnet *extnet = m_extnet_find(agent->model, p->endpoint);
    struct ext_net *net = shash_find_data(&agent->ext_neighbors->nets,
                                          p->endpoint);

    if (!extnet || !net || !m_extnet_get_def(extnet)) {
        return false;
    }
    return (p->reason == CONTROLLER_STAGE_EXT_HEARD
            ? take_heard(agent, extnet, net, p)
            : take_unknown(agent, extnet, net, p));
}
