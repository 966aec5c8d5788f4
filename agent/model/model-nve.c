/* NVEs: see model-nve.h.
 *
 * An NVE claims its underlay addresses.  What it advertises is remembered
 * apart from the object: a table that is malformed does not replace the last
 * one that was not. */

#include <config.h>

#include "agent/model/model-nve.h"

#include "agent/model/claim-key.h"
#include "agent/model/encap.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* How long an NVE has no object before claims in its name are void, in ms. */
#define NVE_ABSENT_TIME (10 * 1000)

/* Takes over what 'nve' advertises.  While that is malformed, remembers the
 * last table that was not.  A withdrawal forgets both. */
static void
m_nve_set_advertisement(struct m_nve *nve, const struct json *new, int64_t id)
{
    if (nve->advertisement && new && nve->advertisement_id == id
        && json_equal(nve->advertisement, new)) {
        return;
    }
    nve->n_advertisements += nve->advertisement || new;
    if (nve->advertisement_good) {
        json_util_set(&nve->last_good, nve->advertisement);
        nve->last_good_id = nve->advertisement_id;
        nve->advertisement = NULL;
    }
    json_util_set(&nve->advertisement, new ? json_clone(new) : NULL);
    nve->advertisement_id = id;
    nve->advertisement_good = new && neg_receive_is_good(new);
    if (!new || nve->advertisement_good) {
        json_util_set(&nve->last_good, NULL);
        nve->last_good_id = 0;
    }
}

/* An agent that starts knows the last good table from its saved state. */
static void
m_nve_take_saved(struct m_nve *nve, const struct json *saved)
{
    if (saved && nve->advertisement && !nve->advertisement_good
        && !nve->last_good && neg_receive_is_good(saved)) {
        nve->last_good = json_clone(saved);
        json_util_integer(saved, "id", &nve->last_good_id);
    }
}

static void
m_nve_clear_receive(struct m_nve *nve)
{
    if (nve->receive_valid) {
        neg_receive_destroy(&nve->receive);
        nve->receive_valid = false;
    }
}

bool
m_nve_owns_ip(const struct model *model, const struct m_nve *nve,
              const struct in6_addr *ip)
{
    struct claim_key key = claim_key_underlay_ip(ip);

    return !entity_find_rival(model, &nve->up, &key);
}

struct m_nve *
m_nve_find_by_ip(const struct model *model, const struct in6_addr *ip)
{
    struct claim_key key = claim_key_underlay_ip(ip);
    struct entity *entity = entity_find_holder(model, &key);

    return entity ? M_CAST(m_nve, entity) : NULL;
}

bool
m_nve_is_remote(const struct m_nve *nve)
{
    return !shash_is_empty(&nve->encaps);
}

bool
m_nve_has_agent(const struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);

    return def && def->agent_version[0];
}

uint16_t
m_nve_get_udp_port(const struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);

    return nve_get_udp_port(def, nve_get_encapsulations(def),
                            nve->encapsulation ? nve->encapsulation
                            : encapsulation_default());
}

bool
m_nve_is_foreign(const struct m_nve *nve)
{
    return m_nve_get_def(nve) && !nve->encapsulation;
}

char *
m_nve_explain_foreign(const struct model *model, const struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);
    encapsulation_set set = nve_get_encapsulations(def);
    char *ours = encapsulation_set_to_string(model->used_encapsulations);
    char *unknown = set ? NULL : nve_get_unknown_encapsulations(def);
    char *theirs = unknown ? unknown : encapsulation_set_to_string(set);
    char *s = xasprintf("receives %s, and this node %s (nve-encap-type)",
                        theirs, ours);

    free(theirs);
    free(ours);
    return s;
}

enum neg_status
m_nve_get_worst_status(const struct m_nve *nve)
{
    enum neg_status worst = NEG_OK;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &nve->encaps) {
        const struct m_encap *encap = node->data;
        worst = MAX(worst, encap->final.status);
    }
    return worst;
}

static struct entity *
m_nve_create(const char *name)
{
    struct m_nve *nve = entity_alloc(sizeof *nve, name);

    hmap_init(&nve->shares);
    shash_init(&nve->encaps);
    sset_init(&nve->external_networks);
    flow_owner_init(&nve->flows, hash_string(name, MODEL_NVE), "NVE %s", name);
    nve->flows.is_patient = true;
    return &nve->up;
}

static char *
m_nve_claim(struct model *model, struct m_nve *nve, const struct nve *def)
{
    struct claim_keys keys, used;

    claim_keys_init(&keys);
    claim_keys_init(&used);
    for (size_t i = 0; def && i < def->n_underlay_ips; i++) {
        claim_keys_add(&keys, claim_key_underlay_ip(&def->underlay_ips[i]));
    }
    for (size_t i = 0; def && i < def->n_used_ips; i++) {
        claim_keys_add(&used, claim_key_underlay_ip(&def->used_ips[i]));
    }
    return entity_claim(model, &nve->up, &keys,
                        &used);
}

void
m_nve_note_absent(struct model *model, struct m_nve *nve)
{
    if (!nve->up.object && model->complete && !nve->absent_since) {
        nve->absent_since = time_msec();
        entity_set_dirty_at(model, &nve->up,
                            nve->absent_since + NVE_ABSENT_TIME);
    }
}

/* A node whose object is deleted makes it anew, and keeps its endpoints. */
static void
m_nve_update_gone(struct model *model, struct m_nve *nve)
{
    struct hmapx_node *node;
    bool gone;

    if (nve->up.object && nve->absent_since) {
        nve->absent_since = 0;
        entity_forget_time(model, &nve->up);
    }
    m_nve_note_absent(model, nve);
    gone = (nve->absent_since
            && time_msec() >= nve->absent_since + NVE_ABSENT_TIME);
    if (gone == nve->gone) {
        return;
    }
    nve->gone = gone;
    HMAPX_FOR_EACH (node, &model->plugged) {
        struct m_endpoint *ep = node->data;

        if (ep->nve == nve) {
            entity_set_dirty(model, &ep->up);
        }
    }
}

static void
m_nve_update_attachments(struct model *model, struct m_nve *nve,
                         const struct nve *def)
{
    static const struct sset none = SSET_INITIALIZER(&none);
    const struct sset *now = def ? &def->external_networks : &none;

    if (!sset_equals(&nve->external_networks, now)) {
        sset_destroy(&nve->external_networks);
        sset_clone(&nve->external_networks, now);
        model->attachments_changed = true;
    }
    if (nve->exists != (def != NULL)) {
        nve->exists = def != NULL;
        model->attachments_changed |= nve->n_gateways > 0;
    }
}

/* Others go by spec.static of our NVE object, too, so we do: both ends have to
 * use the same encapsulation. */
void
m_nve_update_own_encapsulations(struct model *model)
{
    const struct nve *self = m_nve_get_def(model_get_self(model));
    encapsulation_set set = (self ? nve_get_own_encapsulations(
                                 self, model->encapsulations)
                             : model->encapsulations);
    struct entity *entity;

    if (model->used_encapsulations != set) {
        model->used_encapsulations = set;
        HMAP_FOR_EACH (entity, node, &model->entities[MODEL_NVE]) {
            entity_set_dirty(model, entity);
        }
    }
}

static void
m_nve_resolve(struct model *model, struct entity *entity)
{
    struct m_nve *nve = M_CAST(m_nve, entity);
    const struct object *object = nve->up.object;
    const struct nve *def = object ? object->nve : NULL;
    const struct json *advertisement;
    int64_t id = 0;

    entity_set_problem(model, &nve->up, m_nve_claim(model, nve, def));
    m_nve_update_gone(model, nve);
    m_nve_update_own_encapsulations(model);
    nve->encapsulation = (def ? encapsulation_best(
                              nve_get_encapsulations(def)
                              & model->used_encapsulations) : NULL);
    advertisement = (def ? nve_get_receive(def, nve->encapsulation, &id)
                     : NULL);
    m_nve_set_advertisement(nve, advertisement, id);
    m_nve_take_saved(nve, def ? def->last_good : NULL);
    m_nve_update_attachments(model, nve, def);
    m_nve_clear_receive(nve);
    if (def) {
        neg_receive_init(&nve->receive, false, nve->advertisement,
                         nve->last_good, def->static_table);
        if (nve->encapsulation) {
            nve->receive.encapsulation = nve->encapsulation;
        }
        nve->receive_valid = true;
    }
    model_touch_nve(model, nve);
}

/* Our own NVE is there, whether it has an object yet or not: we and our
 * endpoints are somewhere. */
static bool
m_nve_is_referenced(const struct model *model, const struct entity *entity)
{
    const struct m_nve *nve = M_CAST(m_nve, entity);

    return (entity == model->self_nve || !hmap_is_empty(&nve->shares)
            || !shash_is_empty(&nve->encaps) || nve->n_tunnels
            || nve->n_gateways);
}

static void
m_nve_release(struct model *model, struct entity *entity)
{
    struct m_nve *nve = M_CAST(m_nve, entity);

    m_nve_clear_receive(nve);
    m_nve_set_advertisement(nve, NULL, 0);
    model_touch_forget(model, nve);
}

static void
m_nve_destroy(struct model *model, struct entity *entity)
{
    struct m_nve *nve = M_CAST(m_nve, entity);

    hmap_destroy(&nve->shares);
    shash_destroy(&nve->encaps);
    sset_destroy(&nve->external_networks);
    free(nve->tunnels);
    ofctrl_destroy_owner(model->ofctrl, &nve->flows);
    free(nve);
}

const struct entity_class m_nve_class = {
    .kind = MODEL_NVE,
    .name = "NVE",
    .has_id = true,
    .create = m_nve_create,
    .resolve = m_nve_resolve,
    .is_referenced = m_nve_is_referenced,
    .release = m_nve_release,
    .destroy = m_nve_destroy,
};
