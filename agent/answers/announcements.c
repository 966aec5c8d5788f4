/* Announcements: see announcements.h.
 *
 * An announcement waits until the switch has the flows that lead to the new
 * MAC, and then goes straight to the ports of the endpoints, past all flows.
 * What changed while the agent was not running is not announced. */

#include <config.h>

#include "agent/answers/announcements.h"

#include <netinet/icmp6.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "agent/answers/address-book.h"
#include "agent/answers/neighbor-advert.h"
#include "agent/answers/packet-in.h"
#include "agent/model/model.h"
#include "agent/switch/ofctrl.h"
#include "dp-packet.h"
#include "openvswitch/list.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(announcements);

/* Addresses of former endpoints that are remembered, at least. */
#define MIN_REMEMBERED 4096

struct announcements {
    struct address_book *book;
    struct ovs_list pending;        /* Of "struct announcement"s. */
};

struct announcement {
    struct ovs_list node;
    char *vpc;                      /* Its name. */
    struct in6_addr ip;
    struct eth_addr mac;
    ofp_port_t owner;               /* Port of who has the address, or 0. */
    uint64_t revision;              /* That has the flows for it. */
};

struct announcements *
announcements_create(void)
{
    struct announcements *a = xmalloc(sizeof *a);

    a->book = address_book_create();
    ovs_list_init(&a->pending);
    return a;
}

static void
announcement_destroy(struct announcement *n)
{
    ovs_list_remove(&n->node);
    free(n->vpc);
    free(n);
}

void
announcements_destroy(struct announcements *a)
{
    struct announcement *n;

    if (a) {
        LIST_FOR_EACH_SAFE (n, node, &a->pending) {
            announcement_destroy(n);
        }
        address_book_destroy(a->book);
        free(a);
    }
}

/* Whether packets of the VPC get to 'ep', wherever it is. */
static bool
is_reachable(const struct m_endpoint *ep)
{
    return (ep->up.object && ep->vpc && m_vpc_is_active(ep->vpc)
            && (ep->attached || (ep->nve && !m_endpoint_is_local(ep))));
}

static void
note_endpoint(struct agent *agent, const struct m_endpoint *ep)
{
    struct announcements *a = agent->announcements;
    const struct endpoint *def = ep->up.object->endpoint;

    for (size_t i = 0; i < def->n_ips; i++) {
        if (address_book_note(a->book, ep->vpc->vni, &def->ips[i],
                              def->mac)) {
            struct announcement *n = xmalloc(sizeof *n);

            n->vpc = xstrdup(ep->vpc->up.name);
            n->ip = def->ips[i];
            n->mac = def->mac;
            n->owner = ep->attached ? ep->ofport : 0;
            n->revision = ofctrl_await_revision(agent->ofctrl);
            ovs_list_push_back(&a->pending, &n->node);
        }
    }
}

static void
note_changes(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;

        if (is_reachable(ep)) {
            note_endpoint(agent, ep);
        }
    }
    address_book_trim(agent->announcements->book, MIN_REMEMBERED + 2
                      * hmap_count(&agent->model->entities[MODEL_ENDPOINT]));
}

/* Sends it to the endpoints of 'vpc' here, but for who has the address. */
static void
announce(struct agent *agent, const struct m_vpc *vpc,
         const struct announcement *n)
{
    ofp_port_t *ports = xcalloc(hmapx_count(&vpc->local) + 1, sizeof *ports);
    struct hmapx_node *node;
    struct dp_packet frame;
    size_t n_ports = 0;

    HMAPX_FOR_EACH (node, &vpc->local) {
        const struct m_endpoint *ep = node->data;

        if (ep->attached && ep->ofport != n->owner) {
            ports[n_ports++] = ep->ofport;
        }
    }
    VLOG_DBG("VPC %s: an address is at "ETH_ADDR_FMT" now: announced to "
             "%"PRIuSIZE" endpoints", n->vpc, ETH_ADDR_ARGS(n->mac), n_ports);
    dp_packet_init(&frame, 128);
    neighbor_advert_compose_unsolicited(&frame, n->mac, &n->ip,
                                        ND_RSO_OVERRIDE);
    packet_ins_send_copies(agent->packet_ins, ports, n_ports,
                           dp_packet_data(&frame), dp_packet_size(&frame));
    dp_packet_uninit(&frame);
    free(ports);
}

void
announcements_run(struct agent *agent)
{
    uint64_t confirmed = ofctrl_get_confirmed(agent->ofctrl);
    struct announcement *n;

    note_changes(agent);
    LIST_FOR_EACH_SAFE (n, node, &agent->announcements->pending) {
        if (n->revision <= confirmed) {
            struct entity *vpc = entity_find(agent->model, MODEL_VPC, n->vpc);

            if (vpc) {
                announce(agent, M_CAST(m_vpc, vpc), n);
            }
            announcement_destroy(n);
        }
    }
}
