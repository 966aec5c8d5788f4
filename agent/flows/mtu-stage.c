/* Packets that are too big: see mtu-stage.h.
 *
 * How large a packet may be depends on the remote and on the options that it
 * gets with the profile.  FLOW_ENCAP has a flow for each such pair, too.  Both
 * flows belong to one owner, so they change together, in one bundle: RFC 8926,
 * section 4.4.1, wants the tunnel's overhead known.
 *
 * The sender gets an ICMP error: without this stage, the userspace datapath
 * would silently drop packets that do not fit.  Copies of broadcasts bypass
 * it, since no error may be sent about a broadcast (RFC 1122, section 3.2.2).
 *
 * The switch measures a frame from its Ethernet header on.  Frames with a VLAN
 * tag do not get this far, see spoof.c.
 *
 * A packet without the DF bit is dropped and answered with the error, too:
 * Open vSwitch cannot fragment it, and RFC 8926, section 4.4.1, advises
 * against fragmenting the outer packet.  Linux honors the error nevertheless.
 *
 * Open vSwitch makes one datapath flow for both packets that fit and packets
 * that do not, and counts each packet in the statistics of both OpenFlow
 * flows. */

#include <config.h>

#include "agent/flows/mtu-stage.h"

#include "agent/flows/controller-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/model/encap.h"
#include "agent/remotes/remotes.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

void
mtu_stage_add_flows(const struct m_encap *encap, int mtu,
                    struct flow_list *flows)
{
    int max_frame = mtu + ETH_HEADER_LEN;
    struct ofpbuf actions;
    struct match match;

    if (mtu <= 0 || max_frame > UINT16_MAX) {
        return;
    }
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_MTU, mtu, 0);
    put_check_larger(&actions, max_frame, FLOW_REG_FLAGS, FLOW_FLAG_TOO_BIG);
    put_goto(&actions, FLOW_TOO_BIG);
    match_init_catchall(&match);
    match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, encap->nve->up.id);
    match_set_reg(&match, FLOW_REG_PROFILE - MFF_REG0, encap->profile->up.id);
    flow_list_add(flows, FLOW_MTU, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* No protocol but IP has an error for packets that are too big. */
void
mtu_stage_add_static_flows(struct flow_list *flows)
{
    static const uint16_t types[] = { ETH_TYPE_IP, ETH_TYPE_IPV6 };
    const uint32_t bit = 1u << FLOW_FLAG_TOO_BIG;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    match_init_catchall(&match);
    match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, bit, bit);
    flow_list_add(flows, FLOW_TOO_BIG, FLOW_PRI_NORMAL, &match, &actions);
    controller_stage_put(&actions, CONTROLLER_STAGE_TOO_BIG);
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        match_init_catchall(&match);
        match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, bit, bit);
        match_set_dl_type(&match, htons(types[i]));
        flow_list_add(flows, FLOW_TOO_BIG, FLOW_PRI_HIGH, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}
