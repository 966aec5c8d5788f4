/* Acknowledgements: see acks.h.
 *
 * There is an entry for each remote that is withdrawing something:
 *
 * PENDING: the flows of 'revision' send what table 'id' asks for, but packets
 * may still go out by older ones (effect.h).  None does any more: WRITTEN.
 *
 * WRITTEN: the ack has been given to the writer.  The remote has another table
 * in force: PENDING.
 *
 * In both states, the entry goes, and the ack is deleted if there was one,
 * when the withdrawal is over or we share no VPC with the remote any more.
 *
 * The revisions are those of the turn in which the table came.  The flows of
 * this remote are not enough: those of endpoints, which set options, count,
 * too, on the integration bridge and on the bridge of the remote's plan. */

#include <config.h>

#include "agent/publish/acks.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/controller/controller.h"
#include "agent/controller/object-writer.h"
#include "agent/model/model-nve.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/encap-revision.h"
#include "agent/remotes/remotes.h"
#include "agent/switch/effect.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(acks);

struct ack {
    long long int id;               /* Of the table to be acknowledged. */
    uint64_t revision;              /* PENDING: of agent->ofctrl. */
    const struct send_plan *plan;   /* PENDING: the remote's plan, or NULL. */
    uint64_t plan_revision;         /* PENDING: of the plan's ofctrl. */
    enum { ACK_PENDING, ACK_WRITTEN } state;
    bool exists;                    /* One was given to the writer. */
};

struct acks {
    char *sender;                   /* Our name in the acks, or NULL. */
    struct shash acks;              /* Receiver -> "struct ack". */
};

struct acks *
acks_create(void)
{
    struct acks *acks = xzalloc(sizeof *acks);

    shash_init(&acks->acks);
    return acks;
}

void
acks_destroy(struct acks *acks)
{
    if (acks) {
        shash_destroy_free_data(&acks->acks);
        free(acks->sender);
        free(acks);
    }
}

/* The id of the table of 'nve' that is in force, 0 if it has none. */
static long long int
get_table_id(const struct m_nve *nve)
{
    return (nve->advertisement_good ? nve->advertisement_id
            : nve->last_good_id);
}

static char *
make_name(const struct acks *acks, const char *receiver)
{
    return xasprintf("%s.%s", acks->sender, receiver);
}

static struct json *
make_object(const char *name, const char *sender, const char *receiver,
            long long int id)
{
    struct json *metadata = json_object_create();
    struct json *labels = json_object_create();
    struct json *object = json_object_create();
    struct json *spec = json_object_create();

    json_object_put_string(labels, RESOURCE_LABEL_NVE, receiver);
    json_object_put_string(metadata, "name", name);
    json_object_put(metadata, "labels", labels);
    json_object_put_string(spec, "sender", sender);
    json_object_put_string(spec, "receiver", receiver);
    json_object_put_format(spec, "applied", "%lld", id);
    json_object_put_string(object, "apiVersion", RESOURCE_API_VERSION);
    json_object_put_string(object, "kind", resource_get_class(
                               RES_ADVERTISEMENT_ACK)->kind);
    json_object_put(object, "metadata", metadata);
    json_object_put(object, "spec", spec);
    return object;
}

static void
ack_write(struct agent *agent, const char *receiver, struct ack *ack)
{
    const struct acks *acks = agent->acks;
    char *name = make_name(acks, receiver);

    VLOG_DBG("NVE %s: table %lld is applied", receiver, ack->id);
    object_writer_put_object(controller_get_writer(agent->controller),
                             RES_ADVERTISEMENT_ACK, name,
                             make_object(name, acks->sender, receiver,
                                         ack->id));
    ack->state = ACK_WRITTEN;
    ack->exists = true;
    free(name);
}

/* Takes it back. */
static void
ack_end(struct agent *agent, struct shash_node *node)
{
    struct ack *ack = node->data;

    if (ack->exists) {
        char *name = make_name(agent->acks, node->name);

        object_writer_delete_object(controller_get_writer(agent->controller),
                                    RES_ADVERTISEMENT_ACK, name);
        free(name);
    }
    shash_delete(&agent->acks->acks, node);
    free(ack);
}

/* Looks at an NVE that changed. */
static void
acks_update(struct agent *agent, const struct m_nve *nve)
{
    struct shash_node *node = shash_find(&agent->acks->acks, nve->up.name);
    const struct nve *def = m_nve_get_def(nve);
    struct ack *ack = node ? node->data : NULL;
    long long int id;

    if (!agent->model->writable || !def || !def->withdrawing
        || !m_nve_is_remote(nve)) {
        if (node) {
            ack_end(agent, node);
        }
        return;
    }
    id = get_table_id(nve);
    if (!ack) {
        ack = xzalloc(sizeof *ack);
        shash_add(&agent->acks->acks, nve->up.name, ack);
    }
    if (id && ack->id != id) {
        ack->id = id;
        ack->revision = ofctrl_get_revision(agent->ofctrl);
        effect_need(agent->effect, ack->revision);
        ack->plan = NULL;
        ack->state = ACK_PENDING;
    }
}

/* Whether what is sent to 'nve' is what its table in force asks for.  Waits
 * for that. */
static bool
ack_is_due(struct agent *agent, const struct ack *ack,
           const struct m_nve *nve)
{
    bool due = (agent->effect->effective >= ack->revision
                && (!ack->plan || (ack->plan->effect.effective
                                   >= ack->plan_revision)));
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &nve->encaps) {
        if (!encap_revision_is_effective(agent, node->data)) {
            encap_revision_need_effect(agent, node->data);
            due = false;
        }
    }
    return due;
}

/* The remote may be served by another plan than when its table came, and that
 * plan may even be gone. */
static void
ack_follow_plan(struct ack *ack, const struct m_nve *nve)
{
    if (ack->plan != nve->plan) {
        ack->plan = nve->plan;
        ack->plan_revision = 0;
        if (nve->plan) {
            ack->plan_revision = ofctrl_get_revision(nve->plan->ofctrl);
            effect_need(&nve->plan->effect, ack->plan_revision);
        }
    }
}

static void
acks_set_sender(struct agent *agent)
{
    struct acks *acks = agent->acks;
    struct shash_node *node;

    if (!nullable_string_is_equal(acks->sender, agent->model->self)) {
        SHASH_FOR_EACH_SAFE (node, &acks->acks) {
            ack_end(agent, node);
        }
        free(acks->sender);
        acks->sender = nullable_xstrdup(agent->model->self);
    }
}

void
acks_run(struct agent *agent)
{
    struct acks *acks = agent->acks;
    struct hmapx_node *changed;
    struct shash_node *node;

    acks_set_sender(agent);
    if (!acks->sender || !write_gate_is_open(agent->gate, WRITE_OBJECTS)) {
        return;
    }
    HMAPX_FOR_EACH (changed, &agent->model->changed_nves) {
        acks_update(agent, changed->data);
    }
    SHASH_FOR_EACH (node, &acks->acks) {
        const struct entity *entity = entity_find(agent->model, MODEL_NVE,
                                                 node->name);
        struct ack *ack = node->data;

        if (ack->id && ack->state == ACK_PENDING && entity) {
            const struct m_nve *nve = M_CAST(m_nve, entity);

            ack_follow_plan(ack, nve);
            if (ack_is_due(agent, ack, nve)) {
                ack_write(agent, node->name, ack);
            }
        }
    }
}
