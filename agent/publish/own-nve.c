/* Our NVE: see own-nve.h.
 *
 * The status comes after what it says is true: our receive table is published
 * when the switch has confirmed the map and the flows that receive it ("add =
 * map, program the receiving side, then advertise").  What is decided here is
 * written by the object writer, as often as it takes.
 *
 * It is made again when our object changed, what we are attached to, or
 * anything else that sets agent->own_nve_changed. */

#include <config.h>

#include "agent/publish/own-nve.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/controller.h"
#include "agent/controller/object-writer.h"
#include "agent/controller/objects.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/publish/own-name.h"
#include "agent/receive/receive.h"
#include "agent/receive/retained.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "lib/ga-version.h"
#include "lib/json-util.h"
#include "lib/option-json.h"
#include "lib/rfc3339.h"
#include "lib/tlv-plan.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

struct own_nve {
    char *name;                     /* Whose status 'status' is, or NULL. */
    struct json *status;            /* As it should be published, or NULL. */
    uint64_t revision;              /* Of the integration bridge's flows, that
                                     * has to be confirmed before. */
    bool current;                   /* 'status' is published. */
    char *ready_since;              /* RFC 3339. */
};

struct own_nve *
own_nve_create(void)
{
    struct own_nve *own = xzalloc(sizeof *own);

    own->ready_since = rfc3339_from_msec(time_wall_msec());
    return own;
}

void
own_nve_destroy(struct own_nve *own)
{
    if (own) {
        json_destroy(own->status);
        free(own->name);
        free(own->ready_since);
        free(own);
    }
}

bool
own_nve_is_current(const struct agent *agent)
{
    return agent->own_nve->current;
}

/* The object. */

/* The object that we create if there is none, as a kubelet does its Node. */
static struct json *
make_object(const struct agent *agent)
{
    struct json *underlay = json_object_create();
    struct json *spec = json_object_create();
    struct json *metadata = json_object_create();
    struct json *nve = json_object_create();

    json_object_put(underlay, "ips",
                    option_json_ips(agent->encap_ips, agent->n_encap_ips));
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

static bool
def_has_ip(const struct nve *def, const struct in6_addr *ip)
{
    for (size_t i = 0; i < def->n_underlay_ips; i++) {
        if (ipv6_addr_equals(&def->underlay_ips[i], ip)) {
            return true;
        }
    }
    return false;
}

/* Appends those of our addresses that 'def' does not have.  Returns how many
 * it has. */
static size_t
put_unpublished(const struct agent *agent, const struct nve *def,
                struct ds *s)
{
    size_t n = 0;

    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        const struct in6_addr *ip = &agent->encap_ips[i];

        if (def_has_ip(def, ip)) {
            n++;
        } else {
            ds_put_cstr(s, s->length ? ", " : "");
            ipv6_format_mapped(ip, s);
        }
    }
    return n;
}

/* An NVE object that does not have all of our addresses.  If it has none, that
 * is an outage (remote_address_check_own()). */
static void
check_underlay(struct agent *agent, const struct nve *def)
{
    struct ds missing = DS_EMPTY_INITIALIZER;
    size_t n = def ? put_unpublished(agent, def, &missing) : 0;
    char *object = xasprintf("NVE %s", agent->model->self);

    alarms_begin(agent->alarms, "own NVE");
    if (n && missing.length) {
        alarms_raise(agent->alarms, "own NVE", object, "underlay",
                     "spec.underlay.ips lacks %s of this node's "
                     "nve-encap-ip, so it is not used: add it there, or take "
                     "it out here", ds_cstr(&missing));
    }
    alarms_end(agent->alarms, "own NVE");
    ds_destroy(&missing);
    free(object);
}

/* The status. */

static struct json *
make_conditions(const struct own_nve *own)
{
    struct json *ready = json_object_create();

    json_object_put_string(ready, "type", "Ready");
    json_object_put_string(ready, "status", "True");
    json_object_put_string(ready, "reason", "AgentReady");
    json_object_put_string(ready, "message", "geneve-agentd is running");
    json_object_put_string(ready, "lastTransitionTime", own->ready_since);
    return json_array_create_1(ready);
}

/* status.receive: the table that is published, with its id. */
static struct json *
make_receive(struct agent *agent)
{
    struct json *receive = receive_to_json(agent);
    long long int id = retained_announce(agent, receive);

    json_object_put(receive, "id", json_integer_create(id));
    return receive;
}

/* status.transmit: our limits as a sender, and the order of our base plan, in
 * which remotes get their options unless they ask for an order.  That is one
 * list, whatever the number of remotes: from it they can tell what we send
 * them. */
static struct json *
make_transmit(const struct agent *agent)
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

/* status.underlay: those of our addresses that others reach us at.  Nobody
 * takes them away who claims them later (claims.h). */
static struct json *
make_underlay(const struct agent *agent)
{
    const struct m_nve *self = model_get_self(agent->model);
    const struct nve *def = m_nve_get_def(self);
    struct in6_addr *ips = xcalloc(agent->n_encap_ips, sizeof *ips);
    struct json *underlay = json_object_create();
    size_t n = 0;

    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        const struct in6_addr *ip = &agent->encap_ips[i];

        if (!def || (def_has_ip(def, ip)
                     && m_nve_owns_ip(agent->model, self, ip))) {
            ips[n++] = *ip;
        }
    }
    json_object_put(underlay, "ips", option_json_ips(ips, n));
    free(ips);
    return underlay;
}

/* status.externalNetworks: what we are attached to. */
static struct json *
make_external_networks(const struct agent *agent)
{
    const struct model *model = agent->model;
    const struct m_nve *self = model_get_self(model);
    struct json *array = json_array_create_empty();
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const struct entity *entity;
    const char *name;
    size_t i;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_EXTNET]) {
        const struct m_extnet *extnet = M_CAST(m_extnet, entity);

        if (self && m_extnet_is_attached(model, extnet, self)) {
            svec_add(&names, entity->name);
        }
    }
    svec_sort(&names);
    SVEC_FOR_EACH (i, name, &names) {
        json_array_add(array, json_string_create(name));
    }
    svec_destroy(&names);
    return array;
}

static struct json *
make_status(struct agent *agent)
{
    struct json *status = json_object_create();

    own_name_put_status(agent, status);
    json_object_put(status, "underlay", make_underlay(agent));
    json_object_put(status, "receive", make_receive(agent));
    json_object_put(status, "alsoReceives", receive_others_to_json(agent));
    json_object_put(status, "transmit", make_transmit(agent));
    json_object_put(status, "externalNetworks",
                    make_external_networks(agent));
    json_object_put(status, "withdrawing", retained_to_json(agent));
    json_object_put(status, "conditions", make_conditions(agent->own_nve));
    json_object_put_string(status, "agentVersion", GA_VERSION);
    return status;
}

/* What changed is to be published once the switch has what it has now. */
static void
update_status(struct agent *agent)
{
    struct own_nve *own = agent->own_nve;
    const char *self = agent->model->self;
    struct json *status = make_status(agent);

    if (own->status && json_equal(own->status, status)
        && nullable_string_is_equal(own->name, self)) {
        json_destroy(status);
        return;
    }
    json_util_set(&own->status, status);
    own->revision = ofctrl_get_revision(agent->ofctrl);
    own->current = false;
    free(own->name);
    own->name = xstrdup(self);
}

static bool
is_changed(const struct agent *agent)
{
    const struct model *model = agent->model;
    const struct m_nve *self = model_get_self(model);

    return (!agent->own_nve->status || agent->own_nve_changed
            || !self || hmapx_contains(&model->changed_nves, self)
            || !hmapx_is_empty(&model->changed_extnets));
}

void
own_nve_run(struct agent *agent)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    struct own_nve *own = agent->own_nve;
    const char *self = agent->model->self;
    const struct object *object;
    bool changed;

    if (!write_gate_is_open(agent->gate, WRITE_OBJECTS)
        || !agent->n_encap_ips) {
        own->current = false;
        json_util_set(&own->status, NULL);
        return;
    }
    changed = is_changed(agent);
    if (own->current && !changed) {
        return;
    }

    object = objects_get(agent->objects, RES_NVE, self);
    if (!object) {
        object_writer_ensure_object(writer, RES_NVE, self,
                                    make_object(agent));
    }
    if (changed) {
        check_underlay(agent, object && object->parsed ? object->nve : NULL);
        if (retained_is_started(agent)) {
            update_status(agent);
        }
    }
    if (own->status && !own->current
        && ofctrl_get_confirmed(agent->ofctrl) >= own->revision) {
        object_writer_set_status(writer, RES_NVE, self,
                                 json_clone(own->status));
        own->current = true;
    }
}
