/* The inputs of a turn: see turn-inputs.h. */

#include <config.h>

#include "agent/turn/turn-inputs.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/answers/packet-in.h"
#include "agent/controller/controller.h"
#include "agent/controller/objects.h"
#include "agent/flows/flows.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/model/vpc-label.h"
#include "agent/node/local.h"
#include "agent/node/underlay.h"
#include "agent/plans/send-plan.h"
#include "agent/publish/own-name.h"
#include "agent/receive/receive.h"
#include "agent/receive/retained.h"
#include "agent/remotes/class-ports.h"
#include "agent/remotes/gateways.h"
#include "agent/remotes/remote-states.h"
#include "agent/switch/nat-zones.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "hmapx.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(turn_inputs);

static bool
set_encap_ips(struct agent *agent, const struct settings *s)
{
    size_t bytes = s->n_encap_ips * sizeof *s->encap_ips;

    if (agent->n_encap_ips == s->n_encap_ips
        && (!bytes || !memcmp(agent->encap_ips, s->encap_ips, bytes))) {
        return false;
    }
    free(agent->encap_ips);
    agent->encap_ips = bytes ? xmemdup(s->encap_ips, bytes) : NULL;
    agent->n_encap_ips = s->n_encap_ips;
    return true;
}

/* Sets our underlay's MTU to the smallest of the devices with our addresses,
 * or to our NVE's spec.underlay.mtu if that is less.  Returns whether that
 * changed it. */
static bool
set_underlay_mtu(struct agent *agent)
{
    const struct m_nve *self = model_get_self(agent->model);
    int old = agent->underlay_mtu;
    int mtu = 0;

    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        int limit = underlay_get_mtu(agent->underlay, &agent->encap_ips[i],
                                     NULL);
        mtu = mtu && limit ? MIN(mtu, limit) : MAX(mtu, limit);
    }
    if (self && self->up.object && self->up.object->nve->underlay_mtu) {
        int limit = self->up.object->nve->underlay_mtu;
        mtu = mtu ? MIN(mtu, limit) : limit;
    }
    agent->underlay_mtu = mtu;
    return mtu != old;
}

static void
apply_settings(struct agent *agent)
{
    const struct settings *s = local_get_settings(agent->local);
    bool shared_tunnels = s->tunnel_mode == TUNNEL_SHARED;
    bool changed = (agent->shared_tunnels != shared_tunnels
                    || agent->bum_rate != s->bum_rate);

    agent->own_nve_changed = true;
    model_set_self(agent->model, s->system_id);
    model_set_encapsulations(agent->model, s->encapsulations);
    controller_set_system_id(agent->controller, s->system_id);
    controller_set_url(agent->controller, s->controller);
    if (!agent->complete_since) {
        model_take_notes(agent->model,
                         controller_get_notes(agent->controller));
    }
    model_set_writable(agent->model, (s->controller
                                      && strncmp(s->controller, "file:", 5)));
    packet_ins_set_bridge(agent->packet_ins, s->bridge);
    receive_set_path(agent->receive, s->receive_path);
    agent->shared_tunnels = shared_tunnels;
    agent->bum_rate = s->bum_rate;
    if (set_encap_ips(agent, s)) {
        send_plan_addresses_changed(agent);
        changed = true;
    }
    if (changed) {
        set_underlay_mtu(agent);
        model_touch_all_remotes(agent->model);
        model_touch_active_vpcs(agent->model);
    }
}

static void
object_changed(struct object *object, void *agent_)
{
    struct agent *agent = agent_;

    if (object->kind == RES_ADVERTISEMENT_ACK) {
        retained_ack_changed(agent, object);
    }
    if (object->kind == RES_NVE) {
        own_name_touch(agent->own_name);
    }
    vpc_label_check(agent->alarms, object);
    model_object_changed(object, agent->model);
    controller_object_changed(agent->controller, object->kind,
                              object->name);
}

/* What this node is attached to.  While the switch is away that stays as it
 * was: ports that have no number then get it back. */
static void
take_attachments(struct agent *agent)
{
    struct sset names = SSET_INITIALIZER(&names);
    const struct shash_node *node;

    SHASH_FOR_EACH (node, local_get_attachments(agent->local)) {
        const struct attachment *a = node->data;

        if (a->ofport) {
            sset_add(&names, a->physnet);
        }
    }
    model_set_physical_networks(agent->model, &names);
    sset_destroy(&names);
}

/* The integration bridge, and what it is attached to. */
static void
take_bridge(struct agent *agent)
{
    if (local_bridge_is_ready(agent->local)) {
        take_attachments(agent);
        ofctrl_set_bridge(agent->ofctrl,
                          local_get_settings(agent->local)->bridge);
    } else {
        ofctrl_set_bridge(agent->ofctrl, NULL);
    }
}

/* Another ofport or number of a tunnel of 'owner', or it went down or came
 * up. */
static void
tunnel_changed(struct agent *agent, const char *owner)
{
    struct entity *entity = entity_find(agent->model, MODEL_NVE, owner);

    if (!owner[0]) {
        model_touch_all_remotes(agent->model);
    } else if (!strcmp(owner, LOCAL_SENDERS)) {
        class_ports_touch(agent->class_ports);
    } else if (entity) {
        model_touch_nve(agent->model, M_CAST(m_nve, entity));
    }
}

/* Whether anything depends on whether the port of 'owner', an NVE or all of
 * them, is there, and not only on its number: flows or groups that lead to
 * gateways or services do. */
static bool
is_watched(const struct model *model, const char *owner)
{
    const struct entity *entity = entity_find(model, MODEL_NVE, owner);
    const struct m_share *share;

    if (!owner[0]) {
        return (!hmap_is_empty(&model->entities[MODEL_GATEWAY])
                || !hmap_is_empty(&model->entities[MODEL_LB]));
    } else if (!entity) {
        return true;
    }
    HMAP_FOR_EACH (share, nve_node, &M_CAST(m_nve, entity)->shares) {
        if (!hmapx_is_empty(&share->vpc->gateways)
            || !hmapx_is_empty(&share->vpc->lbs)) {
            return true;
        }
    }
    return false;
}

/* The port of a tunnel of 'owner' is there, with the number that flows have
 * had all along. */
static void
tunnel_made(struct agent *agent, const char *owner)
{
    if (is_watched(agent->model, owner)) {
        tunnel_changed(agent, owner);
    } else {
        remote_states_look(agent->remote_states);
    }
}

void
turn_inputs_take_local(struct agent *agent)
{
    struct local_changes *changes = agent->local_changes;
    const char *name;

    if (!local_is_ready(agent->local)) {
        return;
    }
    if (changes->settings || !agent->local_seen) {
        apply_settings(agent);
    }
    SSET_FOR_EACH (name, &changes->ifaces) {
        model_set_iface(agent->model, name,
                        local_get_plug(agent->local, name),
                        !agent->local_seen);
    }
    if (agent->local_seqno != local_get_seqno(agent->local)) {
        agent->local_seqno = local_get_seqno(agent->local);
        take_bridge(agent);
    }
    if (!agent->local_seen && local_get_nat_zones(agent->local)) {
        nat_zones_load(agent->nat_zones, local_get_nat_zones(agent->local));
    }
    agent->local_seen = true;
    if (changes->bfd || changes->attachments) {
        gateways_touch(agent->gateways);
    }
    SSET_FOR_EACH (name, &changes->tunnels) {
        tunnel_changed(agent, name);
    }
    SSET_FOR_EACH (name, &changes->made) {
        tunnel_made(agent, name);
    }
    if (changes->attachments) {
        model_touch_all_extnets(agent->model);
    }
    local_changes_destroy(changes);
    local_changes_init(changes);
}

/* This changes when the bridge is found, and hardly ever later, so all flows
 * are simply made again. */
void
turn_inputs_update_nd(struct agent *agent)
{
    enum nd_answers wanted = local_get_settings(agent->local)->nd_answers;
    bool by_agent = (wanted == ND_ANSWERS_AGENT
                     || (wanted == ND_ANSWERS_AUTO
                         && local_uses_kernel(agent->local)));

    if (by_agent == agent->nd_by_agent) {
        return;
    }
    agent->nd_by_agent = by_agent;
    flows_touch_static(agent->flows);
    model_touch_all_endpoints(agent->model);
    model_touch_all_vpcs(agent->model);
}

void
turn_inputs_update_gate(struct agent *agent)
{
    struct write_gate *gate = agent->gate;

    write_gate_set(gate, WRITE_FACT_NAME, agent->model->self != NULL);
    if (controller_is_current(agent->controller)) {
        write_gate_set(gate, WRITE_FACT_CONTROLLER, true);
    }
    if (agent->complete_since || !local_is_ready(agent->local)) {
        return;
    }
    write_gate_set(gate, WRITE_FACT_NODE, true);
    write_gate_set(gate, WRITE_FACT_UNDERLAY, agent->n_encap_ips > 0);
    write_gate_set(gate, WRITE_FACT_OBJECTS,
                   controller_is_synced(agent->controller));
    if (write_gate_is_open(gate, WRITE_DATABASE)) {
        VLOG_INFO("the desired state is known: %"PRIuSIZE" NVEs, %"PRIuSIZE
                  " VPCs, %"PRIuSIZE" endpoints",
                  hmap_count(&agent->model->entities[MODEL_NVE]),
                  hmap_count(&agent->model->entities[MODEL_VPC]),
                  hmap_count(&agent->model->entities[MODEL_ENDPOINT]));
        agent->complete_since = time_msec();
        model_set_complete(agent->model);
    }
}

void
turn_inputs_run_underlay(struct agent *agent)
{
    struct model *model = agent->model;

    if ((underlay_run(agent->underlay)
         || hmapx_contains(&model->changed_nves, model_get_self(model)))
        && set_underlay_mtu(agent)) {
        model_touch_all_remotes(agent->model);
        model_touch_active_vpcs(agent->model);
    }
}

void
turn_inputs_run_objects(struct agent *agent)
{
    objects_run(agent->objects, object_changed, agent);
}
