/* Packets from remote NVEs: see nve-flows.h. */

#include <config.h>

#include "agent/flows/nve-flows.h"

#include "agent/agent.h"
#include "agent/flows/encap-stage.h"
#include "agent/flows/mtu-stage.h"
#include "agent/flows/outside-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/model/base-use.h"
#include "agent/model/model-nve.h"
#include "agent/model/source-set.h"
#include "agent/node/local.h"
#include "agent/remotes/remote-tunnels.h"
#include "agent/remotes/remotes.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* Only packets from an address of a known NVE, by the encapsulation that it
 * uses, get to FLOW_RECEIVE.  Flows match the remote's tunnel port; in shared
 * mode, where all remotes of an encapsulation have one port, they match the
 * source address, too. */
void
nve_flows_make(struct agent *agent, struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);
    struct flow_list flows;
    struct ofpbuf actions;

    flow_list_init(&flows);
    ofpbuf_init(&actions, 32);
    put_load_imm(&actions, FLOW_REG_NVE, nve->up.id, 0);
    put_goto(&actions, FLOW_RECEIVE);
    for (size_t i = 0; i < nve->n_tunnels; i++) {
        const struct tunnel_key *key = &nve->tunnels[i];
        ofp_port_t ofport = local_tunnel_get_number(agent->local, key);
        struct match match;

        if (!ofport
            || key->udp_port != remote_tunnels_get_own_port(
                agent, key->encapsulation)) {
            continue;
        }
        match_init_catchall(&match);
        match_set_in_port(&match, ofport);
        if (ipv6_addr_is_set(&key->remote)) {
            flow_list_add(&flows, FLOW_INPUT, FLOW_PRI_NORMAL, &match,
                          &actions);
            continue;
        }
        for (size_t j = 0; j < def->n_underlay_ips; j++) {
            const struct in6_addr *ip = &def->underlay_ips[j];

            if (m_nve_owns_ip(agent->model, nve, ip)) {
                match_init_catchall(&match);
                match_set_in_port(&match, ofport);
                match_set_tun_src_ip(&match, ip);
                flow_list_add(&flows, FLOW_INPUT, FLOW_PRI_NORMAL, &match,
                              &actions);
            }
        }
    }
    ofpbuf_uninit(&actions);
    outside_stage_add_nve(nve, &flows);
    ofctrl_replace(agent->ofctrl, &nve->flows, &flows);
    flow_list_destroy(&flows);
}
