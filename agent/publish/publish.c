/* Publishing: see publish.h.
 *
 * What we say about ourselves comes after it is true: our receive table when
 * the switch has confirmed the map and the flows that receive it ("add = map,
 * program the receiving side, then advertise"), an endpoint's phase Running
 * when its flows are there.  The writer below does the writing, as often
 * as it takes; here is only decided what.
 *
 * Sets of names rather than pointers are kept over turns, because entities
 * may go. */

#include <config.h>

#include "agent/publish/publish.h"

#include <inttypes.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/controller.h"
#include "agent/controller/object-writer.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/node/local.h"
#include "agent/receive/receive.h"
#include "agent/remotes/encap-revision.h"
#include "agent/remotes/remotes.h"
#include "agent/switch/ofctrl.h"
#include "lib/tlv-plan.h"
#include "lib/option-json.h"
#include "agent/receive/retained.h"
#include "lib/ga-version.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

struct publish {
    struct json *receive;           /* As they should be published. */
    struct json *transmit;
    struct json *withdrawing;
    uint64_t revision;              /* ofctrl's, that it depends on. */
    bool current;                   /* It is published. */
    char *nve;                      /* The NVE that we published as. */
    char *ready_since;              /* RFC 3339. */
    struct sset endpoints;          /* To be looked at. */
    struct sset notes;              /* NVEs whose tunnels' notes are. */
};

struct publish *
publish_create(void)
{
    struct publish *p = xzalloc(sizeof *p);

    p->ready_since = xastrftime_msec("%Y-%m-%dT%H:%M:%SZ", time_wall_msec(),
                                     true);
    sset_init(&p->endpoints);
    sset_init(&p->notes);
    return p;
}

void
publish_destroy(struct publish *p)
{
    if (p) {
        json_destroy(p->receive);
        json_destroy(p->transmit);
        json_destroy(p->withdrawing);
        free(p->nve);
        free(p->ready_since);
        sset_destroy(&p->endpoints);
        sset_destroy(&p->notes);
        free(p);
    }
}

bool
publish_receive_is_current(const struct agent *agent)
{
    return agent->publish->current;
}

/* Our NVE. */

/* The object that we create if there is none, as a kubelet does its Node. */
static struct json *
publish_make_nve(const struct agent *agent)
{
    struct json *ips = json_array_create_empty();
    struct json *underlay = json_object_create();
    struct json *spec = json_object_create();
    struct json *metadata = json_object_create();
    struct json *nve = json_object_create();

    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ipv6_format_mapped(&agent->encap_ips[i], &s);
        json_array_add(ips, json_string_create_nocopy(ds_steal_cstr(&s)));
    }
    json_object_put(underlay, "ips", ips);
    if (agent->underlay_mtu) {
        json_object_put(underlay, "mtu",
                        json_integer_create(agent->underlay_mtu));
    }
    json_object_put(spec, "underlay", underlay);
    json_object_put_string(metadata, "name", agent->model->self);
    json_object_put_string(nve, "apiVersion", RESOURCE_API_VERSION);
    json_object_put_string(nve, "kind",
                           resource_get_class(RES_NVE)->kind);
    json_object_put(nve, "metadata", metadata);
    json_object_put(nve, "spec", spec);
    return nve;
}

static struct json *
publish_make_conditions(const struct publish *p)
{
    struct json *ready = json_object_create();

    json_object_put_string(ready, "type", "Ready");
    json_object_put_string(ready, "status", "True");
    json_object_put_string(ready, "reason", "AgentReady");
    json_object_put_string(ready, "message", "geneve-agentd is running");
    json_object_put_string(ready, "lastTransitionTime", p->ready_since);
    return json_array_create_1(ready);
}

/* status.transmit: our limits as a sender, and the order of our base plan,
 * which is how those who have no wish get their options.  That is one list,
 * whatever the number of remotes: with it they can tell what we send them. */
static struct json *
publish_make_transmit(const struct agent *agent)
{
    struct json *transmit = json_object_create();

    json_object_put(transmit, "maxOptions",
                    json_integer_create(GENEVE_MAX_OPTIONS));
    json_object_put(transmit, "maxOptionBytes",
                    json_integer_create(GENEVE_MAX_OPT_BYTES));
    json_object_put(transmit, "order",
                    option_json_from_keys(agent->base_plan->order,
                                          agent->base_plan->n_order));
    return transmit;
}

static struct json *
publish_make_status(const struct publish *p)
{
    struct json *status = json_object_create();

    json_object_put(status, "receive", json_clone(p->receive));
    json_object_put(status, "transmit", json_clone(p->transmit));
    json_object_put(status, "withdrawing", json_clone(p->withdrawing));
    json_object_put(status, "conditions", publish_make_conditions(p));
    json_object_put_string(status, "agentVersion", GA_VERSION);
    return status;
}

/* Appends our addresses that 'def' does not have.  Returns how many it has. */
static size_t
put_unpublished(const struct agent *agent, const struct nve *def,
                struct ds *s)
{
    size_t n = 0;

    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        const struct in6_addr *ip = &agent->encap_ips[i];
        bool found = false;

        for (size_t j = 0; j < def->n_underlay_ips && !found; j++) {
            found = ipv6_addr_equals(&def->underlay_ips[j], ip);
        }
        if (!found) {
            ds_put_cstr(s, s->length ? ", " : "");
            ipv6_format_mapped(ip, s);
        }
        n += found;
    }
    return n;
}

/* An NVE that somebody else wrote, or that was made before nve-encap-ip
 * changed, may say that we are elsewhere: nobody would reach us there. */
static void
publish_check_underlay(struct agent *agent, const struct nve *def)
{
    struct ds missing = DS_EMPTY_INITIALIZER;
    size_t n = def ? put_unpublished(agent, def, &missing) : 0;
    char *object = xasprintf("NVE %s", agent->model->self);

    alarms_begin(agent->alarms, "own NVE");
    if (def && !n) {
        alarms_raise(agent->alarms, "own NVE", object, "underlay",
                     "spec.underlay.ips does not have this node's "
                     "nve-encap-ip: others cannot reach it");
    } else if (missing.length) {
        alarms_raise(agent->alarms, "own NVE", object, "underlay",
                     "spec.underlay.ips lacks %s of this node's "
                     "nve-encap-ip, so it is not used", ds_cstr(&missing));
    }
    alarms_end(agent->alarms, "own NVE");
    ds_destroy(&missing);
    free(object);
}

/* Takes 'new' in place of '*old'.  Returns true if they differ. */
static bool
replace_json(struct json **old, struct json *new)
{
    bool differs = !*old || !json_equal(*old, new);

    json_destroy(*old);
    *old = new;
    return differs;
}

/* What changed is to be published once the switch has what it has now. */
static void
publish_update_status(struct agent *agent)
{
    struct publish *p = agent->publish;
    const char *self = agent->model->self;
    struct json *receive = receive_to_json(agent);
    bool changed = !nullable_string_is_equal(p->nve, self);

    json_object_put(receive, "id",
                    json_integer_create(retained_announce(agent)));
    changed |= replace_json(&p->receive, receive);
    changed |= replace_json(&p->transmit, publish_make_transmit(agent));
    changed |= replace_json(&p->withdrawing, retained_to_json(agent));
    if (changed) {
        p->revision = ofctrl_get_revision(agent->ofctrl);
        p->current = false;
        free(p->nve);
        p->nve = xstrdup(self);
    }
}

static void
publish_nve(struct agent *agent)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    struct publish *p = agent->publish;
    const char *self = agent->model->self;

    if (!self || !agent->complete || !agent->n_encap_ips) {
        return;
    }

    const struct object *object = objects_get(agent->objects, RES_NVE, self);
    if (!object || !object->json) {
        object_writer_ensure_object(writer, RES_NVE, self,
                                    publish_make_nve(agent));
    }
    publish_check_underlay(agent, object && object->json && object->parsed
                           ? object->nve : NULL);

    if (retained_is_started(agent)) {
        publish_update_status(agent);
    }
    if (p->receive && !p->current
        && ofctrl_get_confirmed(agent->ofctrl) >= p->revision) {
        object_writer_set_status(writer, RES_NVE, self,
                                 publish_make_status(p));
        p->current = true;
    }
}

/* Endpoints. */

static struct json *
nullable_json_string(const char *s)
{
    return s ? json_string_create(s) : json_null_create();
}

/* Makes the status of an endpoint: 'nve' and 'message' may be NULL, 'mtu'
 * 0. */
static struct json *
make_endpoint_status(const char *nve, const char *phase, const char *message,
                     int mtu)
{
    struct json *status = json_object_create();

    json_object_put(status, "nve", nullable_json_string(nve));
    json_object_put_string(status, "phase", phase);
    json_object_put(status, "message", nullable_json_string(message));
    json_object_put(status, "mtu", mtu ? json_integer_create(mtu)
                                       : json_null_create());
    return status;
}

/* Returns true if there is nothing more to be done about 'ep' for now. */
static bool
publish_endpoint(struct agent *agent, const struct m_endpoint *ep)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    const struct object *object = ep->up.object;
    const char *self = agent->model->self;

    if (!object || !self) {
        object_writer_clear(writer, RES_ENDPOINT, ep->up.name);
    } else if (m_endpoint_is_local(ep)) {
        if (ep->phase == ENDPOINT_RUNNING
            && !ofctrl_owner_is_confirmed(&ep->flows, agent->ofctrl)) {
            return false;
        }
        object_writer_set_status(writer, RES_ENDPOINT, ep->up.name,
                                 make_endpoint_status(self,
                                                      endpoint_phase_to_string(
                                                          ep->phase),
                                                      ep->message,
                                                      ep->vpc->mtu));
    } else if (ep->plugged && ep->binding == BINDING_NONE) {
        object_writer_set_status(writer, RES_ENDPOINT, ep->up.name,
                                 make_endpoint_status(NULL, "Refused",
                                                      ep->up.problem, 0));
    } else if (nullable_string_is_equal(object->endpoint->status_nve, self)) {
        object_writer_release_status(writer, RES_ENDPOINT, ep->up.name,
                                     make_endpoint_status(
                                     NULL, "Pending",
                                     "not plugged in anywhere", 0));
    } else {
        /* Another's, or nobody's and we have said so. */
        object_writer_clear(writer, RES_ENDPOINT, ep->up.name);
    }
    return true;
}

static void
publish_endpoints(struct agent *agent)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    struct publish *p = agent->publish;
    const struct hmapx_node *node;
    const char *name;

    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;
        const struct object *object = ep->up.object;

        /* Most endpoints are remote ones, and not our business; but one that
         * was ours has to be given up. */
        if (ep->plugged || object_writer_has(writer, RES_ENDPOINT, ep->up.name)
            || (object && object->endpoint->status_nve
                            && agent->model->self
                            && !strcmp(object->endpoint->status_nve,
                                       agent->model->self))) {
            sset_add(&p->endpoints, ep->up.name);
        }
    }
    if (!agent->complete) {
        return;
    }
    SSET_FOR_EACH_SAFE (name, &p->endpoints) {
        const struct entity *entity = entity_find(agent->model, MODEL_ENDPOINT,
                                                 name);
        if (!entity || publish_endpoint(agent, M_CAST(m_endpoint, entity))) {
            sset_find_and_delete(&p->endpoints, name);
        }
    }
}

/* Notes on tunnel ports. */

static bool
m_nve_is_confirmed(const struct agent *agent, const struct m_nve *nve)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &nve->encaps) {
        const struct m_encap *encap = node->data;
        if (!encap_revision_is_confirmed(agent, encap)) {
            return false;
        }
    }
    return true;
}

/* external_ids of the Interface: "gold=0xff01/0x81,0xff01/0x02 ...", so that
 * `ovs-vsctl list interface' tells the story too. */
static void
publish_note(struct agent *agent, const struct m_nve *nve)
{
    const struct shash_node **nodes = shash_sort(&nve->encaps);
    struct ds options = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < shash_count(&nve->encaps); i++) {
        const struct m_encap *encap = nodes[i]->data;

        ds_put_format(&options, "%s%s=", i ? " " : "",
                      nodes[i]->name[0] ? nodes[i]->name : "-");
        for (size_t j = 0; j < encap->final.n_options; j++) {
            ds_put_format(&options, "%s"OPT_KEY_FMT, j ? "," : "",
                          OPT_KEY_ARGS(encap->wire[j]));
        }
    }
    for (size_t i = 0; i < nve->n_tunnels; i++) {
        if (ipv6_addr_is_set(&nve->tunnels[i].remote)) {
            local_tunnel_set_note(agent->local, &nve->tunnels[i],
                                  ds_cstr(&options),
                                  neg_status_to_string(
                                      m_nve_get_worst_status(nve)));
        }
    }
    ds_destroy(&options);
    free(nodes);
}

static void
publish_notes(struct agent *agent)
{
    struct publish *p = agent->publish;
    const struct hmapx_node *node;
    const char *name;

    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        const struct m_nve *nve = node->data;
        if (m_nve_is_remote(nve)) {
            sset_add(&p->notes, nve->up.name);
        }
    }
    SSET_FOR_EACH_SAFE (name, &p->notes) {
        const struct entity *entity = entity_find(agent->model, MODEL_NVE,
                                                 name);
        const struct m_nve *nve = entity ? M_CAST(m_nve, entity) : NULL;

        if (!nve || m_nve_is_confirmed(agent, nve)) {
            if (nve) {
                publish_note(agent, nve);
            }
            sset_find_and_delete(&p->notes, name);
        }
    }
}

void
publish_run(struct agent *agent)
{
    publish_nve(agent);
    publish_endpoints(agent);
    publish_notes(agent);
}
