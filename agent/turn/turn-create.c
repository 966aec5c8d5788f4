/* The parts of the agent: made, each for all that turns take, and destroyed
 * in the reverse of the order in which they need each other. */

#include <config.h>

#include "agent/turn/turn.h"

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/answers/announcements.h"
#include "agent/answers/dhcp-declines.h"
#include "agent/answers/endpoint-limits.h"
#include "agent/answers/ext-announcements.h"
#include "agent/answers/ext-neighbors.h"
#include "agent/answers/health-probes.h"
#include "agent/answers/packet-in.h"
#include "agent/answers/router-adverts.h"
#include "agent/controller/controller.h"
#include "agent/controller/objects.h"
#include "agent/flows/endpoint-stencils.h"
#include "agent/flows/flows.h"
#include "agent/flows/service-flows.h"
#include "agent/flows/vips.h"
#include "agent/model/base-use.h"
#include "agent/model/model.h"
#include "agent/node/disks.h"
#include "agent/node/kernel-events.h"
#include "agent/node/local.h"
#include "agent/node/underlay.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/poison/poison.h"
#include "agent/publish/acks.h"
#include "agent/publish/endpoint-status.h"
#include "agent/publish/external-status.h"
#include "agent/publish/interest.h"
#include "agent/publish/own-name.h"
#include "agent/publish/own-nve.h"
#include "agent/publish/service-status.h"
#include "agent/publish/tunnel-notes.h"
#include "agent/publish/vpc-status.h"
#include "agent/receive/mapped-options.h"
#include "agent/receive/receive.h"
#include "agent/receive/retained.h"
#include "agent/remotes/class-ports.h"
#include "agent/remotes/enforce.h"
#include "agent/remotes/gateways.h"
#include "agent/remotes/node-health.h"
#include "agent/remotes/remote-paths.h"
#include "agent/remotes/remote-states.h"
#include "agent/remotes/remotes.h"
#include "agent/remotes/vpc-mtu.h"
#include "agent/show/show.h"
#include "agent/show/trace.h"
#include "agent/switch/effect.h"
#include "agent/switch/nat-zones.h"
#include "agent/switch/neigh-cache.h"
#include "agent/switch/ofctrl.h"
#include "agent/switch/old-flows.h"
#include "agent/write-gate.h"
#include "dirs.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

struct agent *
turn_create(const char *ovsdb_remote, const struct rest_auth *auth)
{
    struct agent *agent = xzalloc(sizeof *agent);

    agent->alarms = alarms_create();
    agent->disks = disks_create();
    disks_add_logs(agent->disks);
    agent->gate = write_gate_create();
    agent->objects = objects_create();
    agent->controller = controller_create(agent->objects, auth,
                                          agent->gate);
    agent->local = local_create(ovsdb_remote, agent->gate);
    agent->local_changes = xmalloc(sizeof *agent->local_changes);
    local_changes_init(agent->local_changes);
    agent->kernel_events = kernel_events_create();
    agent->underlay = underlay_create(agent->kernel_events);
    agent->ofctrl = ofctrl_create(agent->gate, WRITE_SWITCH);
    agent->purger = old_flows_create(ovs_rundir(), OLD_FLOWS_PURGED);
    ofctrl_set_purger(agent->ofctrl, agent->purger);
    agent->old_flows = old_flows_create(ovs_rundir(), OLD_FLOWS_FOLLOWED);
    agent->effect = xzalloc(sizeof *agent->effect);
    agent->nat_zones = nat_zones_create(ovs_rundir());
    agent->model = model_create(agent->alarms, agent->ofctrl);
    agent->base_use = base_use_create();
    agent->receive = receive_create();
    agent->retained = retained_create();
    agent->mapped_options = mapped_options_create();
    agent->base_plan = xmalloc(sizeof *agent->base_plan);
    tlv_plan_init(agent->base_plan);
    agent->plans = plans_create();
    agent->vpc_mtu = vpc_mtu_create();
    agent->remote_paths = remote_paths_create(ovs_rundir(),
                                              agent->kernel_events);
    agent->remote_states = remote_states_create();
    agent->node_health = node_health_create();
    agent->enforce = enforce_create(ovs_rundir());
    agent->gateways = gateways_create(ovs_rundir());
    agent->class_ports = class_ports_create();
    agent->flows = flows_create();
    agent->stencils = endpoint_stencils_create();
    agent->services = services_create();
    agent->vips = vips_create();
    agent->packet_ins = packet_ins_create();
    agent->endpoint_limits = endpoint_limits_create();
    agent->announcements = announcements_create();
    agent->ext_announcements = ext_announcements_create();
    agent->ext_neighbors = ext_neighbors_create();
    agent->dhcp_declines = dhcp_declines_create();
    agent->router_adverts = router_adverts_create();
    agent->health_probes = health_probes_create();
    agent->interest = interest_create();
    agent->own_name = own_name_create();
    agent->own_nve = own_nve_create();
    agent->endpoint_status = endpoint_status_create();
    agent->vpc_status = vpc_status_create();
    agent->external_status = external_status_create();
    agent->service_status = service_status_create();
    agent->tunnel_notes = tunnel_notes_create();
    agent->acks = acks_create();
    agent->neigh_cache = neigh_cache_create(ovs_rundir());
    agent->poison = poison_create(ovs_rundir(), ovs_logdir());
    agent->tracer = tracer_create(ovs_rundir());
    agent->started = time_msec();
    show_init(agent);
    return agent;
}

void
turn_destroy(struct agent *agent)
{
    if (!agent) {
        return;
    }
    controller_save_state(agent->controller);
    remotes_destroy_all(agent);
    send_plan_destroy_all(agent);
    plans_destroy(agent->plans);
    gateways_destroy(agent);
    health_probes_destroy(agent);
    class_ports_destroy(agent);
    vips_destroy(agent);
    flows_destroy(agent->flows, agent->ofctrl);
    endpoint_stencils_destroy(agent->stencils);
    model_destroy(agent->model);
    services_destroy(agent);
    nat_zones_destroy(agent->nat_zones);
    ofctrl_destroy(agent->ofctrl);
    router_adverts_destroy(agent->router_adverts);
    dhcp_declines_destroy(agent->dhcp_declines);
    ext_neighbors_destroy(agent->ext_neighbors);
    ext_announcements_destroy(agent->ext_announcements);
    announcements_destroy(agent->announcements);
    endpoint_limits_destroy(agent->endpoint_limits);
    packet_ins_destroy(agent->packet_ins);
    controller_destroy(agent->controller);
    objects_destroy(agent->objects);
    disks_destroy(agent->disks);
    alarms_destroy(agent->alarms);
    tlv_plan_destroy(agent->base_plan);
    free(agent->base_plan);
    mapped_options_destroy(agent->mapped_options);
    retained_destroy(agent->retained);
    receive_destroy(agent->receive);
    base_use_destroy(agent->base_use);
    acks_destroy(agent->acks);
    own_nve_destroy(agent->own_nve);
    own_name_destroy(agent->own_name);
    service_status_destroy(agent->service_status);
    external_status_destroy(agent->external_status);
    endpoint_status_destroy(agent->endpoint_status);
    vpc_status_destroy(agent->vpc_status);
    tunnel_notes_destroy(agent->tunnel_notes);
    poison_destroy(agent->poison);
    neigh_cache_destroy(agent->neigh_cache);
    free(agent->effect);
    old_flows_destroy(agent->old_flows);
    old_flows_destroy(agent->purger);
    enforce_destroy(agent->enforce);
    node_health_destroy(agent->node_health);
    remote_states_destroy(agent->remote_states);
    remote_paths_destroy(agent->remote_paths);
    vpc_mtu_destroy(agent->vpc_mtu);
    tracer_destroy(agent->tracer);
    interest_destroy(agent->interest);
    local_changes_destroy(agent->local_changes);
    free(agent->local_changes);
    underlay_destroy(agent->underlay);
    kernel_events_destroy(agent->kernel_events);
    local_destroy(agent->local);
    write_gate_destroy(agent->gate);
    free(agent->encap_ips);
    free(agent);
}
