/* Answers to the outside: see ext-answers.h.
 *
 * A packet for a floating IP is handed over as it came, before it is
 * translated.  So the error quotes what its sender knows, and comes from the
 * address that it was for. */

#include <config.h>

#include "agent/answers/ext-answers.h"

#include "agent/agent.h"
#include "agent/answers/ext-neighbors.h"
#include "agent/answers/neighbor-advert.h"
#include "agent/answers/packet-in.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model.h"
#include "dp-packet.h"
#include "lib/icmp-error.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

bool
ext_answers_wants(enum controller_stage_reason reason)
{
    return (reason == CONTROLLER_STAGE_EXT_HEARD
            || reason == CONTROLLER_STAGE_EXT_UNKNOWN
            || reason == CONTROLLER_STAGE_EXT_TOO_BIG
            || reason == CONTROLLER_STAGE_EXT_TTL
            || reason == CONTROLLER_STAGE_EXT_SOLICITATION);
}

static void
send_out(struct agent *agent, const struct m_extnet *extnet,
         const void *frame, size_t len)
{
    packet_ins_send_ext(agent->packet_ins, FLOW_EXT_SEND, extnet->up.id, frame,
                        len);
}

static bool
answer_solicitation(struct agent *agent, const struct m_extnet *extnet,
                    const struct packet_in *p)
{
    struct dp_packet advert;
    bool good;

    dp_packet_init(&advert, 128);
    good = neighbor_advert_compose(p, NULL, &advert);
    if (good) {
        send_out(agent, extnet, dp_packet_data(&advert),
                 dp_packet_size(&advert));
    }
    dp_packet_uninit(&advert);
    return good;
}

static bool
answer_error(struct agent *agent, const struct m_extnet *extnet,
             const struct packet_in *p, enum icmp_error error)
{
    const struct eth_header *eth = (const struct eth_header *) p->frame;
    struct icmp_offender o;
    struct ofpbuf frame;

    if (icmp_offender_parse(p->frame, p->len, &o)) {
        return false;
    }
    ofpbuf_init(&frame, 1500);
    icmp_error_compose(&o, error, p->mtu, eth->eth_dst, &o.dst, &frame);
    send_out(agent, extnet, frame.data, frame.size);
    ofpbuf_uninit(&frame);
    return true;
}

bool
ext_answers_take(struct agent *agent, const struct packet_in *p)
{
    const struct m_extnet *extnet = m_extnet_find(agent->model, p->endpoint);

    if (!extnet) {
        return false;
    }
    switch ((int) p->reason) {
    case CONTROLLER_STAGE_EXT_SOLICITATION:
        return answer_solicitation(agent, extnet, p);
    case CONTROLLER_STAGE_EXT_TOO_BIG:
        return answer_error(agent, extnet, p, ICMP_ERR_TOO_BIG);
    case CONTROLLER_STAGE_EXT_TTL:
        return answer_error(agent, extnet, p, ICMP_ERR_TIME_EXCEEDED);
    default:
        return ext_neighbors_take(agent, p);
    }
}
