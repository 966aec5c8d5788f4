/* Neighbours on provider networks: see ext-neighbors.h, and lib/ext-neighbor.h
 * for the states of one.
 *
 * - The routers of a network are asked for as soon as the node is attached to
 *   it, and as long as it is: when a gateway comes here, nobody waits for
 *   them.  One that stops answering keeps its flow, and there is an alarm.
 * - A host on the link is asked for when somebody sends to it.  Its first
 *   packets wait here.  It is forgotten when it does not answer, or when there
 *   are more than MAX_HOSTS and it has waited longest for anybody to send.
 *
 * What is known is noted on the patch port's row in the database ("nve-
 * neighbors"), and read from there when the agent starts: its first flows are
 * those that the switch has.  What was noted is asked for again at once. */

#include <config.h>

#include "agent/answers/ext-neighbors.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/answers/ext-neighbors-private.h"
#include "agent/answers/packet-in.h"
#include "agent/flows/ext-flows.h"
#include "agent/flows/ext-neighbor-flows.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "dp-packet.h"
#include "lib/ext-neighbor.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

#define ALARM_GROUP "external neighbors"

/* Notes what is known of all networks by 'physnet'. */
static void
write_note(struct agent *agent, const char *physnet)
{
    const struct shash *nets = &agent->ext_neighbors->nets;
    const struct shash_node **nodes = shash_sort(nets);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < shash_count(nets); i++) {
        const struct ext_net *net = nodes[i]->data;

        if (!strcmp(net->physnet, physnet)) {
            ext_net_put_note(net, nodes[i]->name, &s);
        }
    }
    local_attachment_set_note(agent->local, physnet,
                              s.length ? ds_cstr(&s) : NULL);
    ds_destroy(&s);
    free(nodes);
}

/* Which networks there are. */

/* Makes those neighbours routers that 'def' says are, and forgets those that
 * are in none of its subnets. */
static void
follow_def(struct ext_neighbors *en, struct ext_net *net,
           const struct external_network *def)
{
    struct neighbor *nb;

    HMAP_FOR_EACH_SAFE (nb, node, &net->neighbors) {
        nb->is_router = false;
        if (!external_network_find_subnet(def, &nb->ip)) {
            ext_net_remove(net, nb);
        }
    }
    for (size_t i = 0; i < def->n_subnets; i++) {
        const struct in6_addr *ip = &def->subnets[i].gateway;

        if (ipv6_addr_is_set(ip)) {
            nb = ext_net_find(net, ip);
            if (!nb) {
                nb = ext_net_add(en, net, ip);
            }
            nb->is_router = true;
        }
    }
    en->alarms_changed = true;
}

static void
forget_net(struct agent *agent, const char *name)
{
    struct ext_neighbors *en = agent->ext_neighbors;
    struct ext_net *net = shash_find_and_delete(&en->nets, name);

    if (net) {
        write_note(agent, net->physnet);
        ext_net_destroy(net);
        en->alarms_changed = true;
    }
}

/* 'extnet' changed, or our attachment to it did. */
static void
follow_extnet(struct agent *agent, struct m_extnet *extnet)
{
    const struct attachment *a = ext_flows_get_attachment(agent, extnet);
    struct ext_neighbors *en = agent->ext_neighbors;
    struct ext_net *net = shash_find_data(&en->nets, extnet->up.name);

    if (net && (!a || strcmp(net->physnet, a->physnet))) {
        forget_net(agent, extnet->up.name);
        net = NULL;
    }
    if (!a) {
        ext_neighbor_flows_make(agent, extnet, NULL, 0);
        return;
    }
    if (!net) {
        net = ext_net_create(a->physnet);
        shash_add(&en->nets, extnet->up.name, net);
        ext_net_adopt_note(en, net, extnet->up.name, a->note);
    }
    follow_def(en, net, m_extnet_get_def(extnet));
}

/* Asking. */

static void
compose_question(const struct neighbor *nb, struct eth_addr own,
                 enum ext_neighbor_question question, struct dp_packet *frame)
{
    if (IN6_IS_ADDR_V4MAPPED(&nb->ip)) {
        compose_arp(frame, ARP_OP_REQUEST, own, eth_addr_zero, true, 0,
                    in6_addr_get_mapped_ipv4(&nb->ip));
    } else {
        struct in6_addr src, dst;

        in6_generate_lla(own, &src);
        in6_addr_solicited_node(&dst, &nb->ip);
        compose_nd_ns(frame, own, &src, &nb->ip);
    }
    if (question == EXT_NEIGHBOR_ASK_IT) {
        struct eth_header *eth = dp_packet_data(frame);

        eth->eth_dst = nb->n.mac;
    }
}

static void
ask(struct agent *agent, uint32_t extnet, const struct neighbor *nb,
    enum ext_neighbor_question question)
{
    struct dp_packet frame;

    dp_packet_init(&frame, 128);
    compose_question(nb, ext_flows_get_mac(agent), question, &frame);
    packet_ins_send_ext(agent->packet_ins, FLOW_EXT_SEND, extnet,
                        dp_packet_data(&frame), dp_packet_size(&frame));
    dp_packet_uninit(&frame);
}

/* Asks the neighbours of a network that it is time for, and forgets hosts that
 * have not answered. */
static void
run_net(struct agent *agent, const struct m_extnet *extnet,
        struct ext_net *net)
{
    struct ext_neighbors *en = agent->ext_neighbors;
    long long int now = time_msec();
    struct neighbor *nb;

    HMAP_FOR_EACH_SAFE (nb, node, &net->neighbors) {
        enum ext_neighbor_question question = ext_neighbor_run(&nb->n, now);

        if (nb->n.state == EXT_NEIGHBOR_FAILED) {
            if (!nb->is_router) {
                ext_net_remove(net, nb);
                continue;
            }
            neighbor_drop_queue(nb);
        }
        if (question != EXT_NEIGHBOR_NONE) {
            ask(agent, extnet->up.id, nb, question);
            en->alarms_changed = true;
        }
        en->next = MIN(en->next, nb->n.next);
    }
}

static void
make_flows(struct agent *agent, struct m_extnet *extnet,
           const struct ext_net *net)
{
    size_t max = hmap_count(&net->neighbors);
    struct ext_binding *bindings = xmalloc(max * sizeof *bindings);
    struct neighbor *nb;
    size_t n = 0;

    HMAP_FOR_EACH (nb, node, &net->neighbors) {
        if (!eth_addr_is_zero(nb->n.mac)) {
            bindings[n++] = (struct ext_binding) { nb->ip, nb->n.mac };
        }
    }
    ext_neighbor_flows_make(agent, extnet, bindings, n);
    free(bindings);
}

static void
raise_alarms(struct agent *agent)
{
    struct shash_node *node;

    alarms_begin(agent->alarms, ALARM_GROUP);
    SHASH_FOR_EACH (node, &agent->ext_neighbors->nets) {
        const struct ext_net *net = node->data;
        const struct neighbor *nb;

        HMAP_FOR_EACH (nb, node, &net->neighbors) {
            char ip[INET6_ADDRSTRLEN];
            char *object;

            if (!nb->is_router || nb->n.state != EXT_NEIGHBOR_FAILED) {
                continue;
            }
            ipv6_string_mapped(ip, &nb->ip);
            object = xasprintf("external network %s: router %s", node->name,
                               ip);
            alarms_raise(agent->alarms, ALARM_GROUP, object, "router",
                         "it does not answer on physical network %s%s",
                         net->physnet,
                         eth_addr_is_zero(nb->n.mac)
                         ? ": nothing gets out by it"
                         : ": packets go to the MAC that it had last");
            free(object);
        }
    }
    alarms_end(agent->alarms, ALARM_GROUP);
}

void
ext_neighbors_run(struct agent *agent)
{
    struct ext_neighbors *en = agent->ext_neighbors;
    bool due;
    const struct hmapx_node *changed;
    struct shash_node *node;

    HMAPX_FOR_EACH (changed, &agent->model->changed_extnets) {
        follow_extnet(agent, changed->data);
    }
    due = time_msec() >= en->next;
    if (due) {
        en->next = LLONG_MAX;
    }
    SHASH_FOR_EACH (node, &en->nets) {
        struct m_extnet *extnet = m_extnet_find(agent->model, node->name);
        struct ext_net *net = node->data;

        if (due && extnet) {
            run_net(agent, extnet, net);
        }
        if (net->dirty && extnet) {
            net->dirty = false;
            make_flows(agent, extnet, net);
            write_note(agent, net->physnet);
        }
    }
    if (en->alarms_changed) {
        en->alarms_changed = false;
        raise_alarms(agent);
    }
}

void
ext_neighbors_wait(const struct agent *agent)
{
    const struct ext_neighbors *en = agent->ext_neighbors;
    const struct shash_node *node;

    if (en->next != LLONG_MAX) {
        poll_timer_wait_until(en->next);
    }
    SHASH_FOR_EACH (node, &en->nets) {
        if (((const struct ext_net *) node->data)->dirty) {
            poll_immediate_wake();
        }
    }
}
