/* The daemon's main loop body: see agent.h for the steps of a turn.
 *
 * Nothing is written to the switch or to the database before the desired
 * state is known as a whole for the first time, so that a restart of the
 * agent, even while the controller is away, leaves alone what forwards. */

#include <config.h>

#include "agent/agent.h"

#include "agent/publish/acks.h"
#include "agent/alarms.h"
#include "agent/controller/controller.h"
#include "agent/remotes/enforce.h"
#include "agent/flows/flows.h"
#include "agent/answers/icmp-answers.h"
#include "agent/publish/interest.h"
#include "agent/switch/ofctrl.h"
#include "agent/switch/old-flows.h"
#include "agent/answers/packet-in.h"
#include "agent/poison/poison.h"
#include "agent/remotes/profile-switch.h"
#include "agent/publish/publish.h"
#include "agent/controller/object-writer.h"
#include "agent/receive/receive.h"
#include "agent/remotes/remotes.h"
#include "agent/plans/send-plan.h"
#include "agent/show/show.h"
#include "agent/flows/source-stage.h"
#include "agent/show/trace.h"
#include "agent/node/underlay.h"
#include "agent/remotes/vpc-mtu.h"
#include "agent/receive/withdrawing.h"
#include "dirs.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(agent);

struct agent *
agent_create(const char *ovsdb_remote, const struct rest_auth *auth)
{
    struct agent *agent = xzalloc(sizeof *agent);

    agent->ovsdb_remote = xstrdup(ovsdb_remote);
    agent->local = local_create(ovsdb_remote);
    agent->underlay = underlay_create();
    agent->objects = objects_create();
    agent->controller = controller_create(agent->objects, auth);
    agent->alarms = alarms_create();
    agent->ofctrl = ofctrl_create();
    agent->packet_ins = packet_ins_create();
    agent->model = model_create(agent->alarms, agent->ofctrl);
    tlv_plan_init(&agent->plan);
    plans_init(&agent->plans);
    agent->base_silent = true;
    agent->receive = receive_create();
    agent->withdrawing = withdrawing_create();
    agent->acks = acks_create();
    agent->publish = publish_create();
    agent->poison = poison_create(ovs_rundir(), ovs_logdir());
    agent->old_flows = old_flows_create(ovs_rundir(), OLD_FLOWS_FOLLOWED);
    agent->purger = old_flows_create(ovs_rundir(), OLD_FLOWS_PURGED);
    ofctrl_set_purger(agent->ofctrl, agent->purger);
    agent->enforce = enforce_create(ovs_rundir());
    agent->tracer = tracer_create(ovs_rundir());
    agent->interest = interest_create();
    hmapx_init(&agent->changed_encaps);
    local_changes_init(&agent->changes);
    flow_owner_init(&agent->static_flows, 1, "all VPCs");
    agent->udp_port = GENEVE_UDP_PORT;
    agent->started = time_msec();
    show_init(agent);
    return agent;
}

void
agent_destroy(struct agent *agent)
{
    if (!agent) {
        return;
    }
    remotes_destroy_all(agent);
    plans_destroy(agent);
    ofctrl_destroy_owner(agent->ofctrl, &agent->static_flows);
    model_destroy(agent->model);
    ofctrl_destroy(agent->ofctrl);
    packet_ins_destroy(agent->packet_ins);
    controller_destroy(agent->controller);
    objects_destroy(agent->objects);
    alarms_destroy(agent->alarms);
    tlv_plan_destroy(&agent->plan);
    receive_destroy(agent->receive);
    withdrawing_destroy(agent->withdrawing);
    acks_destroy(agent->acks);
    publish_destroy(agent->publish);
    poison_destroy(agent->poison);
    old_flows_destroy(agent->old_flows);
    old_flows_destroy(agent->purger);
    enforce_destroy(agent->enforce);
    tracer_destroy(agent->tracer);
    interest_destroy(agent->interest);
    hmapx_destroy(&agent->changed_encaps);
    local_changes_destroy(&agent->changes);
    underlay_destroy(agent->underlay);
    local_destroy(agent->local);
    free(agent->encap_ips);
    free(agent->universe);
    free(agent->ovsdb_remote);
    free(agent);
}

/* Settings. */

static bool
agent_set_encap_ips(struct agent *agent, const struct settings *s)
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

/* Our underlay's MTU: the smallest of the devices with our addresses; an
 * operator may say less in our NVE's spec.underlay.mtu. */
static bool
agent_set_underlay_mtu(struct agent *agent)
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
agent_apply_settings(struct agent *agent)
{
    const struct settings *s = local_get_settings(agent->local);
    bool changed = (agent->tunnel_mode != s->tunnel_mode
                    || agent->bum_rate != s->bum_rate);

    model_set_self(agent->model, s->system_id);
    controller_set_url(agent->controller, s->controller);
    model_set_writable(agent->model, (s->controller
                                      && strncmp(s->controller, "file:", 5)));
    ofctrl_set_bridge(agent->ofctrl, s->bridge);
    packet_ins_set_bridge(agent->packet_ins, s->bridge);
    receive_set_path(agent->receive, s->receive_path);
    agent->tunnel_mode = s->tunnel_mode;
    agent->bum_rate = s->bum_rate;
    if (agent_set_encap_ips(agent, s) || changed) {
        agent_set_underlay_mtu(agent);
        remotes_touch_all(agent);
    }
}

/* Inputs. */

static void
agent_object_changed(struct object *object, void *agent_)
{
    struct agent *agent = agent_;

    if (object->kind == RES_ADVERTISEMENT_ACK) {
        withdrawing_ack_changed(agent, object);
    }
    model_object_changed(object, agent->model);
    object_writer_object_changed(controller_get_writer(agent->controller),
                                 object->kind, object->name);
}

static void
agent_take_local_changes(struct agent *agent)
{
    struct local_changes *changes = &agent->changes;
    const char *name;

    if (!local_is_ready(agent->local)) {
        return;
    }
    if (changes->settings || !agent->settings_seen) {
        agent->settings_seen = true;
        agent_apply_settings(agent);
    }
    SSET_FOR_EACH (name, &changes->ifaces) {
        model_set_iface(agent->model, name,
                        local_get_plug(agent->local, name),
                        !agent->ifaces_seen);
    }
    agent->ifaces_seen = true;
    SSET_FOR_EACH (name, &changes->tunnels) {
        struct entity *entity = model_find(agent->model, MODEL_NVE, name);

        if (!name[0]) {
            remotes_touch_all(agent);
        } else if (entity) {
            hmapx_add(&agent->model->changed_nves, M_CAST(m_nve, entity));
        }
    }
    local_changes_destroy(changes);
    local_changes_init(changes);
}

/* The map that the switch has when we start becomes ours: what is on the wire
 * does not change because an agent restarts.  That is done once the desired
 * state is known: a plan for less than that would forget the order of options
 * that it does not know of yet. */
static void
agent_adopt_map(struct agent *agent)
{
    const struct index_map *map;

    map = ofctrl_get_installed_tlv_map(agent->ofctrl);
    if (agent->complete && !agent->map_adopted && map) {
        agent->map_adopted = true;
        plans_adopt_base(agent, map);
    }
}

/* Who answers neighbour discovery.  It changes when the bridge is found, and
 * hardly ever later, so everything is made anew. */
static void
agent_update_nd(struct agent *agent)
{
    enum nd_answers wanted = local_get_settings(agent->local)->nd_answers;
    bool by_agent = (wanted == ND_ANSWERS_AGENT
                     || (wanted == ND_ANSWERS_AUTO
                         && local_uses_kernel(agent->local)));
    struct model *model = agent->model;
    struct entity *entity;

    if (by_agent == agent->nd_by_agent) {
        return;
    }
    agent->nd_by_agent = by_agent;
    agent->static_made = false;
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_ENDPOINT]) {
        hmapx_add(&model->changed_endpoints, M_CAST(m_endpoint, entity));
    }
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_VPC]) {
        hmapx_add(&model->changed_vpcs, M_CAST(m_vpc, entity));
    }
}

static void
agent_update_complete(struct agent *agent)
{
    if (!agent->complete && local_is_ready(agent->local)
        && agent->model->self && agent->n_encap_ips
        && controller_is_synced(agent->controller)) {
        VLOG_INFO("the desired state is known: %"PRIuSIZE" NVEs, %"PRIuSIZE
                  " VPCs, %"PRIuSIZE" endpoints",
                  hmap_count(&agent->model->entities[MODEL_NVE]),
                  hmap_count(&agent->model->entities[MODEL_VPC]),
                  hmap_count(&agent->model->entities[MODEL_ENDPOINT]));
        agent->complete = true;
        agent->complete_since = time_msec();
        model_set_complete(agent->model);
    }
}

/* Who has the endpoints that are plugged in here is settled when our claim, or
 * a newer one, has been seen. */
static void
agent_note_settled(struct agent *agent)
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

/* Problems of the modules that have no place of their own for them. */

static void
raise_local_problem(const char *object, const char *message, void *agent_)
{
    struct agent *agent = agent_;

    alarms_raise(agent->alarms, "local", object, "local", "%s", message);
}

static void
raise_openflow_error(const char *name, const char *error, void *agent_)
{
    struct agent *agent = agent_;

    alarms_raise(agent->alarms, "openflow", name, "openflow",
                 "the switch refused it: %s", error);
}

static void
raise_controller_problem(const char *object, const char *message,
                         void *agent_)
{
    struct agent *agent = agent_;

    alarms_raise(agent->alarms, "controller", object, "controller", "%s",
                 message);
}

static void
agent_raise_alarms(struct agent *agent)
{
    alarms_begin(agent->alarms, "local");
    local_for_each_problem(agent->local, raise_local_problem, agent);
    alarms_end(agent->alarms, "local");

    alarms_begin(agent->alarms, "openflow");
    ofctrl_for_each_error(agent->ofctrl, raise_openflow_error, agent);
    alarms_end(agent->alarms, "openflow");

    alarms_begin(agent->alarms, "controller");
    controller_for_each_problem(agent->controller, raise_controller_problem,
                                agent);
    alarms_end(agent->alarms, "controller");
}

/* When the flows of endpoints stop setting options on the integration bridge,
 * the revision that has to be confirmed is that of this turn. */
static void
agent_note_silence(struct agent *agent)
{
    if (agent->silent_changed) {
        agent->silent_changed = false;
        agent->silent_revision = ofctrl_get_revision(agent->ofctrl);
    }
}

/* What is confirmed takes effect when the datapath has followed. */
static void
agent_run_effects(struct agent *agent)
{
    struct send_plan *sp;

    old_flows_run(agent->old_flows);
    effect_run(&agent->effect, agent->ofctrl, agent->old_flows);
    LIST_FOR_EACH (sp, node, &agent->plans.plans) {
        if (sp->ofctrl) {
            effect_run(&sp->effect, sp->ofctrl, agent->old_flows);
        }
    }
}

void
agent_run(struct agent *agent)
{
    struct model *model = agent->model;

    local_run(agent->local, agent->complete, &agent->changes);
    plans_take_leftovers(agent);
    agent_take_local_changes(agent);
    controller_run(agent->controller);
    objects_run(agent->objects, agent_object_changed, agent);
    model_run(model);
    agent_note_settled(agent);
    interest_run(agent);
    agent_update_complete(agent);
    if (underlay_run(agent->underlay)
        || hmapx_contains(&model->changed_nves, model_get_self(model))) {
        if (agent_set_underlay_mtu(agent)) {
            remotes_touch_all(agent);
        }
    }

    agent_update_nd(agent);
    agent_adopt_map(agent);
    if (receive_run(agent)) {
        struct hmapx_node *node;

        agent->universe_changed = true;
        HMAPX_FOR_EACH (node, &model->active_vpcs) {
            hmapx_add(&model->changed_vpcs, node->data);
        }
    }
    remotes_run(agent);
    withdrawing_run(agent);
    remotes_plan(agent);
    vpc_mtu_run(agent);
    enforce_run(agent);
    flows_run(agent);
    plans_run(agent);
    if (!agent->synced && agent->complete && agent->map_adopted
        && plans_are_ready(agent)) {
        /* Flows of an earlier run may have set options until now. */
        agent->synced = true;
        agent->silent_changed = true;
    }
    remotes_note_revisions(agent);
    agent_note_silence(agent);
    old_flows_run(agent->purger);
    ofctrl_run(agent->ofctrl, agent->synced);
    icmp_answers_run(agent);
    publish_run(agent);
    poison_run(agent);
    agent_run_effects(agent);
    enforce_flush(agent);
    acks_run(agent);
    tracer_run(agent);
    agent_raise_alarms(agent);

    hmapx_clear(&agent->changed_encaps);
    agent->universe_changed = false;
    model_run_done(model);
}

void
agent_wait(struct agent *agent)
{
    local_wait(agent->local);
    underlay_wait(agent->underlay);
    controller_wait(agent->controller);
    objects_wait(agent->objects);
    model_wait(agent->model);
    receive_wait(agent->receive);
    plans_wait(agent);
    source_stage_wait(agent);
    profile_switch_wait(agent);
    withdrawing_wait(agent);
    vpc_mtu_wait(agent);
    ofctrl_wait(agent->ofctrl);
    packet_ins_wait(agent->packet_ins);
    poison_wait(agent->poison);
    old_flows_wait(agent->old_flows);
    old_flows_wait(agent->purger);
    enforce_wait(agent);
    tracer_wait(agent->tracer);
}
