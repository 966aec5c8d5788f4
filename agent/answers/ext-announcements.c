/* Announcements of floating IPs: see ext-announcements.h.
 *
 * One that is lost would leave a stream where the address was before until
 * something is sent from here, so there are three. */

#include <config.h>

#include "agent/answers/ext-announcements.h"

#include <netinet/icmp6.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "agent/answers/neighbor-advert.h"
#include "agent/answers/packet-in.h"
#include "agent/flows/fip-flows.h"
#include "agent/flows/fip-gateway.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/switch/ofctrl.h"
#include "dp-packet.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* How long after the one before, in ms. */
static const int pauses[] = { 0, 500, 1500 };

struct announcement {
    struct ovs_list node;           /* In struct ext_announcements' 'all'. */
    char *name;                     /* The FloatingIP's. */
    uint64_t revision;              /* That has its flows. */
    size_t n_sent;
    long long int next;             /* When to send; time_msec(). */
};

struct ext_announcements {
    struct ovs_list all;
};

struct ext_announcements *
ext_announcements_create(void)
{
    struct ext_announcements *a = xmalloc(sizeof *a);

    ovs_list_init(&a->all);
    return a;
}

static void
announcement_destroy(struct announcement *n)
{
    ovs_list_remove(&n->node);
    free(n->name);
    free(n);
}

void
ext_announcements_destroy(struct ext_announcements *a)
{
    struct announcement *n;

    if (a) {
        LIST_FOR_EACH_SAFE (n, node, &a->all) {
            announcement_destroy(n);
        }
        free(a);
    }
}

/* Whether this node answers for it. */
static bool
is_ours(const struct m_fip *fip)
{
    return fip->zone && m_fip_is_ours(fip);
}

/* Finds those that have come, and those that have gone. */
static void
note_changes(struct agent *agent)
{
    struct hmapx fips = HMAPX_INITIALIZER(&fips);
    const struct hmapx_node *node;

    fip_flows_get_changed(agent->model, &fips);
    HMAPX_FOR_EACH (node, &fips) {
        struct m_fip *fip = node->data;

        if (is_ours(fip) && !fip->announced) {
            struct announcement *n = xzalloc(sizeof *n);

            n->name = xstrdup(fip->up.name);
            n->revision = ofctrl_get_revision(agent->ofctrl);
            ovs_list_push_back(&agent->ext_announcements->all, &n->node);
        }
        fip->announced = is_ours(fip);
    }
    hmapx_destroy(&fips);
}

static void
send_announcement(struct agent *agent, const struct m_fip *fip)
{
    const struct in6_addr *ip = &m_fip_get_def(fip)->address;
    const struct gateway *g = fip_gateway_find(agent, fip);
    struct eth_addr mac = (g ? gateway_flows_get_mac(g)
                           : fip_flows_get_mac(fip));
    struct dp_packet frame;

    dp_packet_init(&frame, 128);
    neighbor_advert_compose_unsolicited(&frame, mac, ip,
                                        ND_RSO_OVERRIDE);
    packet_ins_send_ext(agent->packet_ins, FLOW_EXT_SEND, fip->extnet->up.id,
                        dp_packet_data(&frame), dp_packet_size(&frame));
    dp_packet_uninit(&frame);
}

/* Whether the switch has the flows of the address.  That it has is an event by
 * itself. */
static bool
is_there(const struct agent *agent, const struct announcement *n)
{
    return n->revision <= ofctrl_get_confirmed(agent->ofctrl);
}

/* Returns false if there is nothing left to do for it. */
static bool
run_announcement(struct agent *agent, struct announcement *n)
{
    struct entity *entity = entity_find(agent->model, MODEL_FIP, n->name);
    const struct m_fip *fip = entity ? M_CAST(m_fip, entity) : NULL;

    if (!fip || !is_ours(fip)) {
        return false;
    }
    if (!is_there(agent, n) || time_msec() < n->next) {
        return true;
    }
    send_announcement(agent, fip);
    if (++n->n_sent >= ARRAY_SIZE(pauses)) {
        return false;
    }
    n->next = time_msec() + pauses[n->n_sent];
    return true;
}

void
ext_announcements_run(struct agent *agent)
{
    struct announcement *n;

    if (!model_touch_is_none(agent->model)) {
        note_changes(agent);
    }
    LIST_FOR_EACH_SAFE (n, node, &agent->ext_announcements->all) {
        if (!run_announcement(agent, n)) {
            announcement_destroy(n);
        }
    }
}

void
ext_announcements_wait(const struct agent *agent)
{
    const struct announcement *n;

    LIST_FOR_EACH (n, node, &agent->ext_announcements->all) {
        if (n->n_sent && is_there(agent, n)) {
            poll_timer_wait_until(n->next);
        }
    }
}
