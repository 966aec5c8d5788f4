/* NVEs: see model-resolve.h.
 *
 * An NVE claims its underlay addresses.  What it advertises is remembered
 * beside the object, for the last table that was not malformed outlives
 * one that is. */

#include <config.h>

#include "agent/model/model-resolve.h"

#include "openvswitch/json.h"
#include "packets.h"
#include "svec.h"
#include "util.h"

/* Takes over what 'nve' advertises, and remembers the last table that was not
 * malformed.  A withdrawal forgets both. */
static void
m_nve_set_advertisement(struct m_nve *nve, const struct json *new)
{
    if (nve->advertisement && new && json_equal(nve->advertisement, new)) {
        return;
    }
    nve->n_advertisements += nve->advertisement || new;
    if (!new) {
        json_destroy(nve->last_good);
        nve->last_good = NULL;
        json_destroy(nve->advertisement);
        nve->advertisement = NULL;
        nve->advertisement_good = false;
        return;
    }
    if (nve->advertisement && nve->advertisement_good) {
        json_destroy(nve->last_good);
        nve->last_good = nve->advertisement;
    } else {
        json_destroy(nve->advertisement);
    }
    nve->advertisement = json_clone(new);
    nve->advertisement_good = neg_advertisement_is_good(new);
}

static void
m_nve_clear_receive(struct m_nve *nve)
{
    if (nve->receive_valid) {
        neg_receive_destroy(&nve->receive);
        nve->receive_valid = false;
    }
}

static char *
m_nve_ip_key(const struct in6_addr *ip)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "spec.underlay.ips: ");
    ipv6_format_mapped(ip, &s);
    return ds_steal_cstr(&s);
}

/* Whether underlay address 'ip', which 'nve' says it has, is not another
 * NVE's. */
bool
m_nve_owns_ip(const struct model *model, const struct m_nve *nve,
              const struct in6_addr *ip)
{
    char *key = m_nve_ip_key(ip);
    bool owns = !claims_get_rival(&model->claims, &nve->up.claimant, key);

    free(key);
    return owns;
}

struct m_nve *
model_find_nve_by_ip(const struct model *model, const struct in6_addr *ip)
{
    char *key = m_nve_ip_key(ip);
    struct entity *entity = claims_get_owner(&model->claims, key);

    free(key);
    return entity ? M_CAST(m_nve, entity) : NULL;
}

void
model_resolve_nve(struct model *model, struct m_nve *nve)
{
    const struct object *object = nve->up.object;
    const struct nve *def = object ? object->nve : NULL;
    struct svec keys = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; def && i < def->n_underlay_ips; i++) {
        svec_add_nocopy(&keys, m_nve_ip_key(&def->underlay_ips[i]));
    }
    entity_set_problem(model, &nve->up,
                       entity_claim(model, &nve->up, def ? &def->meta : NULL,
                                    &keys));

    m_nve_set_advertisement(nve, def ? def->receive : NULL);
    m_nve_clear_receive(nve);
    if (def) {
        neg_receive_init(&nve->receive, false, nve->advertisement,
                         nve->last_good, def->static_table);
        nve->receive_valid = true;
    }
    hmapx_add(&model->changed_nves, nve);
}

void
model_release_nve(struct model *model, struct m_nve *nve)
{
    m_nve_clear_receive(nve);
    m_nve_set_advertisement(nve, NULL);
    hmapx_find_and_delete(&model->changed_nves, nve);
}
