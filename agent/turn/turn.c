/* One turn of the daemon: see turn.h, and stages[] below for what it does.
 *
 * Data flows one way: each stage takes what the ones above it changed, and
 * none looks back.  Nothing is written to the switch, to the database or to
 * the controller before the gate is open (write-gate.h).  So an agent that
 * restarts, even while the controller is away, leaves alone what forwards. */

#include <config.h>

#include "agent/turn/turn.h"

#include "agent/agent.h"
#include "agent/answers/announcements.h"
#include "agent/answers/answers.h"
#include "agent/answers/dhcp-declines.h"
#include "agent/answers/endpoint-limits.h"
#include "agent/answers/ext-announcements.h"
#include "agent/answers/ext-neighbors.h"
#include "agent/answers/gateway-announcements.h"
#include "agent/answers/health-probes.h"
#include "agent/answers/packet-in.h"
#include "agent/answers/router-adverts.h"
#include "agent/controller/controller.h"
#include "agent/controller/objects.h"
#include "agent/flows/flows.h"
#include "agent/flows/plan-flows.h"
#include "agent/flows/vips.h"
#include "agent/model/base-use.h"
#include "agent/model/endpoint-phase.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/node/disks.h"
#include "agent/node/local.h"
#include "agent/node/underlay.h"
#include "agent/plans/effects.h"
#include "agent/plans/plan-assign.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-leg.h"
#include "agent/plans/send-plan.h"
#include "agent/poison/poison.h"
#include "agent/publish/acks.h"
#include "agent/publish/endpoint-status.h"
#include "agent/publish/external-status.h"
#include "agent/publish/interest.h"
#include "agent/publish/nat-zone-note.h"
#include "agent/publish/own-name.h"
#include "agent/publish/own-nve.h"
#include "agent/publish/service-status.h"
#include "agent/publish/tunnel-notes.h"
#include "agent/publish/vpc-status.h"
#include "agent/receive/mapped-options.h"
#include "agent/receive/receive.h"
#include "agent/receive/retained.h"
#include "agent/remotes/class-ports.h"
#include "agent/remotes/encap-revision.h"
#include "agent/remotes/enforce.h"
#include "agent/remotes/gateways.h"
#include "agent/remotes/node-health.h"
#include "agent/remotes/profile-options.h"
#include "agent/remotes/profile-switch.h"
#include "agent/remotes/remote-alarms.h"
#include "agent/remotes/remote-paths.h"
#include "agent/remotes/remote-states.h"
#include "agent/remotes/remotes.h"
#include "agent/remotes/vpc-mtu.h"
#include "agent/show/trace.h"
#include "agent/switch/effect.h"
#include "agent/switch/nat-zones.h"
#include "agent/switch/neigh-cache.h"
#include "agent/switch/ofctrl.h"
#include "agent/switch/old-flows.h"
#include "agent/turn/turn-alarms.h"
#include "agent/turn/turn-inputs.h"
#include "agent/write-gate.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* Takes over the map that the switch has when the agent starts, so that a
 * restart does not change what is on the wire.  This waits for the desired
 * state: a plan for a part of it would forget the order of the options that it
 * does not know yet. */
static void
run_adopt_map(struct agent *agent)
{
    const struct index_map *map;

    map = ofctrl_get_installed_tlv_map(agent->ofctrl);
    if (map && write_gate_is_open(agent->gate, WRITE_DATABASE)
        && !write_gate_knows(agent->gate, WRITE_FACT_TLV_MAP)) {
        write_gate_set(agent->gate, WRITE_FACT_TLV_MAP, true);
        plan_assign_adopt_base(agent, map);
    }
}

/* Whether it is settled who has an endpoint that is plugged in here: yes, once
 * the controller has brought our claim, or a newer one. */
static void
note_settled(struct agent *agent)
{
    struct model *model = agent->model;
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;

        local_plug_set_settled(agent->local, ep->up.name,
                                model->writable && model->self && ep->plugged
                                && ep->up.object && !ep->fresh_plug);
    }
}

/* Opens the integration bridge for writing when plans are ready.  Until then
 * flows of an earlier run may set options on it. */
static void
run_plans_ready(struct agent *agent)
{
    if (!write_gate_knows(agent->gate, WRITE_FACT_PLANS)
        && write_gate_is_open(agent->gate, WRITE_PLANS)
        && send_legs_are_ready(agent)) {
        write_gate_set(agent->gate, WRITE_FACT_PLANS, true);
        base_use_touch(agent->base_use);
    }
}

/* Adapters: stages whose modules do not know the board. */

static void
run_local(struct agent *agent)
{
    local_run(agent->local, agent->local_changes);
}

static void
run_local_flush(struct agent *agent)
{
    local_flush(agent->local, agent->local_changes);
}

static void
wait_local(const struct agent *agent)
{
    local_wait(agent->local);
}

static void
run_controller(struct agent *agent)
{
    controller_run(agent->controller);
}

static void
wait_controller(const struct agent *agent)
{
    controller_wait(agent->controller);
}

static void
run_model(struct agent *agent)
{
    model_run(agent->model);
    if (model_notes_changed(agent->model)) {
        controller_touch_notes(agent->controller);
    }
    note_settled(agent);
}

static void
wait_model(const struct agent *agent)
{
    model_wait(agent->model);
}

static void
run_own_name(struct agent *agent)
{
    own_name_run(agent);
    write_gate_set(agent->gate, WRITE_FACT_OWN_NAME, own_name_is_ours(agent));
}

static void
wait_underlay(const struct agent *agent)
{
    underlay_wait(agent->underlay);
}

static void
wait_objects(const struct agent *agent)
{
    objects_wait(agent->objects);
}

static void
run_purger(struct agent *agent)
{
    old_flows_run(agent->purger);
}

static void
wait_purger(const struct agent *agent)
{
    old_flows_wait(agent->purger);
}

static void
run_ofctrl(struct agent *agent)
{
    ofctrl_run(agent->ofctrl);
}

/* ovs-vswitchd runs BFD from its start on, so other nodes send to gateways and
 * services here, for which a switch that was restarted has no flows before the
 * desired state is known.  That may take a while. */
static void
run_path_down(struct agent *agent)
{
    bool no_flows = (!agent->complete_since && ofctrl_is_read(agent->ofctrl)
                     && !ofctrl_had_flows(agent->ofctrl));

    if (write_gate_knows(agent->gate, WRITE_FACT_NO_FLOWS) != no_flows) {
        write_gate_set(agent->gate, WRITE_FACT_NO_FLOWS, no_flows);
        if (no_flows) {
            local_say_path_down(agent->local);
        }
    }
}

static void
wait_ofctrl(const struct agent *agent)
{
    ofctrl_wait(agent->ofctrl);
}

static void
wait_packet_ins(const struct agent *agent)
{
    packet_ins_wait(agent->packet_ins);
}

static void
run_neigh_cache(struct agent *agent)
{
    neigh_cache_run(agent->neigh_cache, local_has_tunnels(agent->local));
}

static void
wait_neigh_cache(const struct agent *agent)
{
    neigh_cache_wait(agent->neigh_cache);
}

static void
run_disks(struct agent *agent)
{
    disks_run(agent->disks, time_msec());
}

static void
wait_disks(const struct agent *agent)
{
    disks_wait(agent->disks);
}

static void
wait_poison(const struct agent *agent)
{
    poison_wait(agent->poison);
}

static void
wait_tracer(const struct agent *agent)
{
    tracer_wait(agent->tracer);
}

/* All stages have taken the results of this turn. */
static void
run_done(struct agent *agent)
{
    uint64_t n_heard = ofctrl_get_n_received(agent->ofctrl);

    agent->was_busy = (n_heard != agent->n_heard
                       || !model_touch_is_none(agent->model));
    agent->n_heard = n_heard;
    agent->options_changed = false;
    agent->own_nve_changed = false;
    model_run_done(agent->model);
}

/* The turn. */

static const struct stage {
    enum turn_part part;
    void (*run)(struct agent *);
    void (*wait)(const struct agent *); /* NULL: it only follows others. */
} stages[] = {
    /* OVSDB: settings, interfaces, tunnel ports. */
    { TURN_INPUT, run_local, wait_local },
    /* Bridges of further plans that an earlier run left. */
    { TURN_INPUT, send_plan_take_leftovers, NULL },
    /* What run_local() found, for the model and others. */
    { TURN_INPUT, turn_inputs_take_local, NULL },
    /* REST or file. */
    { TURN_INPUT, run_controller, wait_controller },

    /* Objects that changed become entities. */
    { TURN_MODEL, turn_inputs_run_objects, wait_objects },
    /* What probes of backends have found. */
    { TURN_MODEL, health_probes_tell, NULL },
    /* What they refer to, and who is where. */
    { TURN_MODEL, run_model, wait_model },

    /* What to watch at the controller. */
    { TURN_FACTS, interest_run, NULL },
    /* Whether the desired state is known as a whole. */
    { TURN_FACTS, turn_inputs_update_gate, NULL },
    /* REST: whether another node has our name. */
    { TURN_FACTS, run_own_name, own_name_wait },
    /* Netlink: the MTU of our devices. */
    { TURN_FACTS, turn_inputs_run_underlay, wait_underlay },
    /* Netlink, control socket: the way to each remote. */
    { TURN_FACTS, remote_paths_run, remote_paths_wait },
    /* Whether anything keeps all endpoints here from being reached. */
    { TURN_FACTS, node_health_run, node_health_wait },
    /* Who answers neighbor solicitations. */
    { TURN_FACTS, turn_inputs_update_nd, NULL },
    /* The TLV map that the switch has. */
    { TURN_FACTS, run_adopt_map, NULL },

    /* What we advertise. */
    { TURN_NEGOTIATION, receive_run, receive_wait },
    /* Our own NVE object. */
    { TURN_NEGOTIATION, remotes_follow_self, NULL },
    /* VPCs that go from one profile to another. */
    { TURN_NEGOTIATION, profile_switch_run, profile_switch_wait },
    /* Which options the packets of endpoints are given. */
    { TURN_NEGOTIATION, profile_options_run, profile_options_wait },
    /* Tunnels, and what each remote takes. */
    { TURN_NEGOTIATION, remotes_run, NULL },
    /* OVSDB: BFD; which candidates of gateways are alive. */
    { TURN_NEGOTIATION, gateways_run, gateways_wait },
    /* OVSDB: ports that send with the DSCP of a class. */
    { TURN_NEGOTIATION, class_ports_run, class_ports_wait },

    /* What we receive longer than we advertise it. */
    { TURN_PLANNING, retained_run, retained_wait },
    /* Which options need an index in TLV maps. */
    { TURN_PLANNING, mapped_options_run, NULL },
    /* Which order of options serves which remote. */
    { TURN_PLANNING, plan_assign_run, plan_assign_wait },
    /* What that leaves to be sent to each. */
    { TURN_PLANNING, remotes_apply_plans, NULL },
    /* Whether the integration bridge itself sends options. */
    { TURN_PLANNING, base_use_run, NULL },
    /* Where the way to each remote goes, and what fits it. */
    { TURN_PLANNING, remote_paths_follow, NULL },
    { TURN_PLANNING, remote_alarms_run, NULL },

    /* OVSDB: how large the packets of endpoints may be. */
    { TURN_FLOWS, vpc_mtu_run, vpc_mtu_wait },
    /* How the endpoints of remotes are known as senders. */
    { TURN_FLOWS, enforce_run, enforce_wait },
    /* Which endpoints may send and be reached. */
    { TURN_FLOWS, endpoint_phase_run, NULL },
    /* Flows of what changed. */
    { TURN_FLOWS, flows_run, vips_wait },
    /* Which backends are probed. */
    { TURN_FLOWS, health_probes_follow, NULL },
    /* OpenFlow, OVSDB: neighbours on provider networks. */
    { TURN_FLOWS, ext_neighbors_run, ext_neighbors_wait },
    /* OVSDB, OpenFlow: the bridges of further plans. */
    { TURN_FLOWS, plan_flows_run, plan_flows_wait },
    /* Which revision has the changes of this turn. */
    { TURN_FLOWS, encap_revision_note, NULL },

    /* Whether the integration bridge may be written. */
    { TURN_OUTPUT, run_plans_ready, NULL },
    { TURN_OUTPUT, base_use_note_revision, NULL },
    /* Control socket: datapath flows that have to go first. */
    { TURN_OUTPUT, run_purger, wait_purger },
    /* OpenFlow: the integration bridge. */
    { TURN_OUTPUT, run_ofctrl, wait_ofctrl },
    /* OVSDB: that the switch has no flows yet. */
    { TURN_OUTPUT, run_path_down, NULL },
    /* How many remotes are served, and how. */
    { TURN_OUTPUT, remote_states_run, NULL },
    /* OpenFlow: packets that the agent answers. */
    { TURN_OUTPUT, answers_run, wait_packet_ins },
    { TURN_OUTPUT, dhcp_declines_run, dhcp_declines_wait },
    /* OpenFlow: router advertisements that nobody asked for. */
    { TURN_OUTPUT, router_adverts_run, router_adverts_wait },
    /* OpenFlow: probes of backends. */
    { TURN_OUTPUT, health_probes_run, health_probes_wait },
    /* OpenFlow: what endpoints do beyond their limits. */
    { TURN_OUTPUT, endpoint_limits_run, endpoint_limits_wait },
    /* OpenFlow: addresses that have another MAC than before. */
    { TURN_OUTPUT, announcements_run, NULL },
    /* OpenFlow: that we are the gateway now. */
    { TURN_OUTPUT, gateway_announcements_run, gateway_announcements_wait },
    /* OpenFlow: floating IPs that have come to this node. */
    { TURN_OUTPUT, ext_announcements_run, ext_announcements_wait },
    /* REST: our own NVE. */
    { TURN_OUTPUT, own_nve_run, NULL },
    /* REST: the status of endpoints here. */
    { TURN_OUTPUT, endpoint_status_run, NULL },
    { TURN_OUTPUT, vpc_status_run, vpc_status_wait },
    { TURN_OUTPUT, external_status_run, NULL },
    { TURN_OUTPUT, service_status_run, service_status_wait },
    /* OVSDB: what remotes get, on their tunnel ports. */
    { TURN_OUTPUT, tunnel_notes_run, tunnel_notes_wait },
    /* Control socket: bad packets, and what they left behind. */
    { TURN_OUTPUT, poison_run, wait_poison },
    /* Control socket: MACs that ovs-vswitchd has of underlay neighbours. */
    { TURN_OUTPUT, run_neigh_cache, wait_neigh_cache },
    /* Control socket: which changes the datapath has caught up with. */
    { TURN_OUTPUT, effects_run, effects_wait },
    /* Control socket: conntrack zones that nobody uses. */
    { TURN_OUTPUT, enforce_flush, NULL },
    /* OVSDB, control socket: the same for those of external addresses. */
    { TURN_OUTPUT, nat_zone_note_run, nat_zone_note_wait },
    /* REST: what we have applied of others' tables. */
    { TURN_OUTPUT, acks_run, NULL },
    /* Control socket: how packets would go, if somebody asked. */
    { TURN_OUTPUT, tracer_run, wait_tracer },
    /* Whether what is written has room on disk. */
    { TURN_OUTPUT, run_disks, wait_disks },
    { TURN_OUTPUT, turn_alarms_run, turn_alarms_wait },
    /* OVSDB: what the stages above have asked of run_local(). */
    { TURN_OUTPUT, run_local_flush, NULL },
    { TURN_OUTPUT, run_done, NULL },
};

void
turn_run_part(struct agent *agent, enum turn_part part)
{
    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        if (stages[i].part == part) {
            stages[i].run(agent);
        }
    }
}

void
turn_run(struct agent *agent)
{
    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        stages[i].run(agent);
    }
}

void
turn_wait(const struct agent *agent)
{
    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        if (stages[i].wait) {
            stages[i].wait(agent);
        }
    }
}

bool
turn_was_busy(const struct agent *agent)
{
    return agent->was_busy;
}
