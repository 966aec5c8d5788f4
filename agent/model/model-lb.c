/* Services of VPCs: see model-lb.h.
 *
 * The backends follow from two sides: a service that changes looks at all
 * endpoints that it selects, an endpoint that changes at the services that
 * select it or did so.  So a backend that comes or goes costs the same with
 * ten others and with a thousand.
 *
 * A backend that is not selected any more is drained: it takes nothing new,
 * and goes after spec.drainSeconds.  If its endpoint has left its node or lost
 * its address, nothing can be drained, and it goes at once.
 *
 * Of health, what its own node found counts: here as the prober says, of
 * others as their endpoint's status says.  What nobody has found healthy is
 * not.  The own status counts until the prober knows better, so an agent that
 * restarts does not take a service down. */

#include <config.h>

#include "agent/model/model-lb.h"

#include <stdlib.h>
#include <string.h>

#include "agent/model/claim-key.h"
#include "agent/model/model-endpoint.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-label.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

static struct entity *
m_lb_create(const char *name)
{
    struct m_lb *lb = entity_alloc(sizeof *lb, name);

    selection_init(&lb->selection, lb);
    hmap_init(&lb->backends);
    flow_owner_init(&lb->flows, hash_string(name, MODEL_LB),
                    "load balancer %s", name);
    return &lb->up;
}

/* Backends. */

struct m_lb_backend *
m_lb_find_backend(const struct m_lb *lb, const struct m_endpoint *ep)
{
    struct m_lb_backend *b;

    HMAP_FOR_EACH_WITH_HASH (b, node, hash_pointer(ep, 0), &lb->backends) {
        if (b->ep == ep) {
            return b;
        }
    }
    return NULL;
}

static void
touch(struct model *model, struct m_lb *lb, struct m_endpoint *ep)
{
    model_touch_lb(model, lb);
    if (m_endpoint_is_local(ep)) {
        model_touch_endpoint(model, ep);
    }
}

static void
remove_backend(struct model *model, struct m_lb *lb, struct m_lb_backend *b)
{
    lb->n_taking -= m_lb_backend_takes(b);
    hmap_remove(&lb->backends, &b->node);
    hmapx_find_and_delete(&b->ep->users->lbs, lb);
    touch(model, lb, b->ep);
    free(b);
}

static bool
find_ip(const struct load_balancer *def, const struct endpoint *ep,
        struct in6_addr *ip)
{
    for (size_t i = 0; i < ep->n_ips; i++) {
        if (IN6_IS_ADDR_V4MAPPED(&ep->ips[i])
            != load_balancer_is_ipv6(def)) {
            *ip = ep->ips[i];
            return true;
        }
    }
    return false;
}

/* Sets '*new' to what 'ep' is as a backend of 'lb' if it is selected.  Returns
 * false if it cannot be one. */
static bool
make_backend(const struct m_lb *lb, const struct load_balancer *def,
             struct m_endpoint *ep, struct m_lb_backend *new)
{
    const struct endpoint *ep_def = ep->up.object ? ep->up.object->endpoint
                                                  : NULL;

    if (!def || !ep_def || !lb->vpc || ep->vpc != lb->vpc) {
        return false;
    }
    new->ep = ep;
    new->local = m_endpoint_is_local(ep);
    new->nve = new->local ? NULL : ep->nve;
    new->weight = load_balancer_get_weight(def, ep_def->meta.labels);
    new->healthy = (!def->has_check
                    || endpoint_is_healthy_for(ep_def,
                                     lb->up.name));
    return (new->local || new->nve) && find_ip(def, ep_def, &new->ip);
}

static bool
is_selected(const struct m_lb *lb, const struct m_endpoint *ep)
{
    return ep->labels && selection_has(&lb->selection,
                                       &ep->labels->selectable);
}

static bool
backend_differs(const struct m_lb_backend *a, const struct m_lb_backend *b)
{
    return (!ipv6_addr_equals(&a->ip, &b->ip) || a->nve != b->nve
            || a->local != b->local || a->weight != b->weight
            || a->healthy != b->healthy
            || a->drain_until != b->drain_until);
}

/* Starts to drain 'b', or goes on with it.  Returns false if its time is
 * over. */
static bool
drain(struct model *model, struct m_lb *lb, const struct load_balancer *def,
      const struct m_lb_backend *b, struct m_lb_backend *new)
{
    long long int at = entity_get_time(model, &lb->up);
    long long int now = time_msec();

    new->weight = 0;
    new->drain_until = (b->drain_until ? b->drain_until
                        : now + def->drain * 1000LL);
    if (now >= new->drain_until) {
        return false;
    }
    if (!at || new->drain_until < at) {
        entity_set_dirty_at(model, &lb->up, new->drain_until);
    }
    return true;
}

/* Makes 'b', or a new one if it is NULL, what 'new' says. */
static void
set_backend(struct model *model, struct m_lb *lb, struct m_lb_backend *b,
            const struct m_lb_backend *new)
{
    if (!b) {
        b = xmemdup(new, sizeof *new);
        hmap_insert(&lb->backends, &b->node, hash_pointer(b->ep, 0));
        hmapx_add(&m_endpoint_make_users(b->ep)->lbs, lb);
    } else if (backend_differs(b, new)) {
        lb->n_taking -= m_lb_backend_takes(b);
        b->ip = new->ip;
        b->nve = new->nve;
        b->local = new->local;
        b->weight = new->weight;
        b->healthy = new->healthy;
        b->checked = new->checked;
        b->passed = new->passed;
        b->drain_until = new->drain_until;
    } else {
        b->checked = new->checked;
        b->passed = new->passed;
        return;
    }
    lb->n_taking += m_lb_backend_takes(b);
    touch(model, lb, b->ep);
}

/* Brings up to date whether, and how, 'ep' is a backend of 'lb'. */
static void
update_backend(struct model *model, struct m_lb *lb, struct m_endpoint *ep)
{
    const struct load_balancer *def = lb->up.object ? lb->up.object->lb
                                                    : NULL;
    struct m_lb_backend *b = m_lb_find_backend(lb, ep);
    struct m_lb_backend new = { .ep = ep };
    bool selected = is_selected(lb, ep);
    bool usable = (selected || b) && make_backend(lb, def, ep, &new);

    if (b && def && def->has_check && b->local && new.local && b->checked) {
        new.healthy = new.passed = b->passed;
        new.checked = true;
    }
    if (usable && !selected) {
        usable = (ipv6_addr_equals(&b->ip, &new.ip) && b->nve == new.nve
                  && drain(model, lb, def, b, &new));
    }
    if (usable) {
        set_backend(model, lb, b, &new);
    } else if (b) {
        remove_backend(model, lb, b);
    }
}

static void
update_backends(struct model *model, struct m_lb *lb)
{
    struct hmapx_node *node;
    struct m_endpoint *ep;
    struct m_lb_backend *b;

    HMAP_FOR_EACH_SAFE (b, node, &lb->backends) {
        update_backend(model, lb, b->ep);
    }
    HMAPX_FOR_EACH (node, &lb->selection.selectables) {
        struct m_label_set *set = CONTAINER_OF(node->data, struct m_label_set,
                                               selectable);

        LIST_FOR_EACH (ep, set_node, &set->endpoints) {
            update_backend(model, lb, ep);
        }
    }
}

static int
compare_backends(const void *a_, const void *b_)
{
    const struct m_lb_backend *const *a = a_, *const *b = b_;

    return strcmp((*a)->ep->up.name, (*b)->ep->up.name);
}

const struct m_lb_backend **
m_lb_sort_backends(const struct m_lb *lb)
{
    size_t n = hmap_count(&lb->backends), i = 0;
    const struct m_lb_backend **sorted = xmalloc((n + 1) * sizeof *sorted);
    const struct m_lb_backend *b;

    HMAP_FOR_EACH (b, node, &lb->backends) {
        sorted[i++] = b;
    }
    qsort(sorted, n, sizeof *sorted, compare_backends);
    return sorted;
}

void
m_lb_set_healthy(struct model *model, struct m_lb *lb, struct m_endpoint *ep,
                 bool healthy)
{
    const struct load_balancer *def = m_lb_get_def(lb);
    struct m_lb_backend *b = m_lb_find_backend(lb, ep);

    if (b && b->local && def && def->has_check) {
        b->checked = true;
        b->passed = healthy;
        if (b->healthy != healthy) {
            entity_set_dirty(model, &ep->up);
        }
    }
}

void
m_lb_endpoint_changed(struct model *model, struct m_endpoint *ep)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &m_endpoint_get_users(ep)->lbs) {
        update_backend(model, node->data, ep);
    }
    if (ep->labels) {
        HMAPX_FOR_EACH (node, &ep->labels->selectable.selections) {
            const struct selection *selection = node->data;
            struct entity *entity = selection->owner;

            if (entity->class == &m_lb_class) {
                update_backend(model, M_CAST(m_lb, entity), ep);
            }
        }
    }
}

void
m_lb_release_endpoint(struct model *model, struct m_endpoint *ep)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &m_endpoint_get_users(ep)->lbs) {
        struct m_lb *lb = node->data;

        remove_backend(model, lb, m_lb_find_backend(lb, ep));
    }
}

/* Faults. */

/* Returns the network where 'ip' is an address and a gateway of 'vpc' leads
 * to; of several gateways, that of the first by name.  A gateway that is
 * refused because we have its address counts as well: if it did not, we would
 * have no network, give the address back, and take it again. */
static struct m_extnet *
find_network(const struct m_vpc *vpc, const struct in6_addr *ip)
{
    struct m_gateway *best = NULL;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->gateways) {
        struct m_gateway *gw = node->data;
        const struct external_network *net = m_extnet_get_def(gw->extnet);

        if (gw->fit && net && external_network_find_subnet(net, ip)
            && (!best || strcmp(gw->up.name, best->up.name) < 0)) {
            best = gw;
        }
    }
    return best ? best->extnet : NULL;
}

/* Returns why clients in the VPC cannot reach 'ip', for the caller to free, or
 * NULL. */
static char *
check_address(const struct m_vpc *vpc, const struct in6_addr *ip)
{
    const struct vpc *def = vpc->up.object->vpc;
    const struct subnet *subnet = vpc_find_subnet(def, ip);
    bool is_ipv6 = !IN6_IS_ADDR_V4MAPPED(ip);
    char text[INET6_ADDRSTRLEN];
    const char *fault;

    ipv6_string_mapped(text, ip);
    for (size_t i = 0; i < def->n_subnets; i++) {
        if (ipv6_addr_equals(&def->subnets[i].gateway, ip)) {
            return xasprintf("%s is a gateway's of VPC %s", text,
                             vpc->up.name);
        }
    }
    if (subnet) {
        fault = ip_prefix_host_fault(&subnet->prefix, ip);
        return fault ? xasprintf("%s %s", text, fault) : NULL;
    }
    for (size_t i = 0; i < def->n_subnets; i++) {
        if (def->subnets[i].prefix.is_ipv6 == is_ipv6
            && ipv6_addr_is_set(&def->subnets[i].gateway)) {
            return NULL;            /* Clients send it to their gateway. */
        }
    }
    return (def->n_subnets
            ? xasprintf("%s is in no subnet of VPC %s, and no IPv%d subnet "
                        "of it has a gateway, by which clients would reach "
                        "it", text, vpc->up.name, is_ipv6 ? 6 : 4)
            : NULL);
}

static char *
check_external_address(const struct m_lb *lb, const struct m_extnet *extnet,
                       const struct in6_addr *ip)
{
    const struct external_network *net = m_extnet_get_def(extnet);
    char text[INET6_ADDRSTRLEN];
    const char *fault;

    ipv6_string_mapped(text, ip);
    if (!net) {
        return xasprintf("%s is in no ExternalNetwork that a VPCGateway of "
                         "VPC %s leads to", text, lb->vpc->up.name);
    }
    fault = external_network_address_fault(net, ip);
    if (fault) {
        return xasprintf("%s %s %s", text, fault, extnet->up.name);
    } else if (!m_gateway_find_default(lb->vpc, extnet)) {
        return xasprintf("no VPCGateway of VPC %s leads to ExternalNetwork "
                         "%s, as those that would are refused",
                         lb->vpc->up.name, extnet->up.name);
    }
    return m_vpc_get_outside_fault(lb->vpc, ip);
}

/* What an object claims, and whether it may. */
struct lb_claim {
    struct m_extnet *network;       /* For spec.externalAddress; or NULL. */
    char *address_problem;
    char *external_problem;
};

static void
m_lb_claim(struct model *model, struct m_lb *lb,
           const struct load_balancer *def, struct lb_claim *claim)
{
    struct claim_key address, external;
    struct claim_keys keys, used;

    claim_keys_init(&keys);
    claim_keys_init(&used);
    if (def) {
        address = claim_key_ip(def->vpc, &def->address);
        claim_keys_add(&keys, address);
        if (ipv6_addr_is_set(&def->status_address)) {
            claim_keys_add(&used, claim_key_ip(def->vpc,
                                               &def->status_address));
        }
        if (ipv6_addr_is_set(&def->external_address)) {
            claim->network = find_network(lb->vpc, &def->external_address);
        }
    }
    if (claim->network) {
        const char *net = claim->network->up.name;

        external = claim_key_external_ip(net, &def->external_address);
        claim_keys_add(&keys, external);
        claim_keys_add(&used, claim_key_external_ip(
            net, &def->status_external_address));
    }
    free(entity_claim(model, &lb->up, &keys, &used));
    claim->address_problem = (
        def ? entity_describe_rival(model, &lb->up, &address, "spec.address")
        : NULL);
    claim->external_problem = (
        claim->network ? entity_describe_rival(model, &lb->up, &external,
                                               "spec.externalAddress")
        : NULL);
}

/* Puts 'field' before 'fault', which may be NULL. */
static char *
add_field(const char *field, char *fault)
{
    char *problem = fault ? xasprintf("%s: %s", field, fault) : NULL;

    free(fault);
    return problem;
}

/* Returns why 'def' is not served at all, for the caller to free, or NULL. */
static char *
find_problem(const struct model *model, const struct m_lb *lb,
             const struct load_balancer *def, struct lb_claim *claim)
{
    if (!lb->vpc->up.object) {
        return m_vpc_get_fault(model, lb->vpc);
    }
    if (claim->address_problem) {
        return nullable_xstrdup(claim->address_problem);
    }
    return add_field("spec.address", check_address(lb->vpc, &def->address));
}

/* Returns why spec.externalAddress is not served. */
static char *
find_external_problem(const struct m_lb *lb, const struct load_balancer *def,
                      struct lb_claim *claim)
{
    if (!ipv6_addr_is_set(&def->external_address)) {
        return NULL;
    }
    if (claim->external_problem) {
        return nullable_xstrdup(claim->external_problem);
    }
    return add_field("spec.externalAddress",
                     check_external_address(lb, claim->network,
                                            &def->external_address));
}

/* Resolution. */

static void
m_lb_set_vpc(struct model *model, struct m_lb *lb, struct m_vpc *vpc)
{
    if (lb->vpc && lb->vpc != vpc) {
        hmapx_find_and_delete(&lb->vpc->lbs, lb);
        model_touch_vpc(model, lb->vpc);
        entity_maybe_gone(model, &lb->vpc->up);
    }
    lb->vpc = vpc;
    if (vpc) {
        hmapx_add(&vpc->lbs, lb);
    }
}

/* The first and the last service of a VPC change what its endpoints do. */
static void
m_lb_set_valid(struct model *model, struct m_lb *lb, bool valid)
{
    if (lb->valid != valid) {
        struct m_vpc *vpc = lb->vpc;

        vpc->n_lbs += valid ? 1 : -1;
        lb->valid = valid;
        if (vpc->n_lbs <= 1) {
            model_touch_vpc(model, vpc);
            model_touch_endpoints_of(model, vpc);
        }
    }
}

static void
m_lb_resolve(struct model *model, struct entity *entity)
{
    struct m_lb *lb = M_CAST(m_lb, entity);
    const struct load_balancer *def = lb->up.object ? lb->up.object->lb
                                                    : NULL;
    struct m_vpc *vpc = (def ? M_CAST(m_vpc, entity_get(model, MODEL_VPC,
                                                        def->vpc)) : NULL);
    struct lb_claim claim = { .network = NULL };
    char *problem = NULL;
    bool valid;

    if (vpc != lb->vpc) {
        m_lb_set_valid(model, lb, false);
        m_lb_set_vpc(model, lb, vpc);
    }
    m_lb_claim(model, lb, def, &claim);
    if (def) {
        problem = find_problem(model, lb, def, &claim);
    }
    valid = def && !problem && vpc->up.object;
    if (valid) {
        problem = find_external_problem(lb, def, &claim);
    }
    lb->gateway = (valid && !problem && claim.network
                   ? m_gateway_find_default(vpc, claim.network) : NULL);
    m_lb_set_valid(model, lb, valid);
    entity_set_problem(model, &lb->up, problem);
    free(claim.address_problem);
    free(claim.external_problem);

    selection_set(&lb->selection, vpc ? &vpc->label_index : NULL,
                  def ? &def->backends : NULL);
    update_backends(model, lb);
    model_touch_lb(model, lb);
}

static bool
m_lb_is_referenced(const struct model *model OVS_UNUSED,
                   const struct entity *entity OVS_UNUSED)
{
    return false;
}

static void
m_lb_release(struct model *model, struct entity *entity)
{
    struct m_lb *lb = M_CAST(m_lb, entity);
    struct m_lb_backend *b;

    HMAP_FOR_EACH_SAFE (b, node, &lb->backends) {
        remove_backend(model, lb, b);
    }
    selection_set(&lb->selection, NULL, NULL);
    m_lb_set_valid(model, lb, false);
    m_lb_set_vpc(model, lb, NULL);
    model_touch_forget(model, lb);
}

static void
m_lb_destroy(struct model *model, struct entity *entity)
{
    struct m_lb *lb = M_CAST(m_lb, entity);

    ofctrl_destroy_owner(model->ofctrl, &lb->flows);
    selection_destroy(&lb->selection);
    hmap_destroy(&lb->backends);
    free(lb);
}

const struct entity_class m_lb_class = {
    .kind = MODEL_LB,
    .name = "LoadBalancer",
    .has_id = true,
    .create = m_lb_create,
    .resolve = m_lb_resolve,
    .is_referenced = m_lb_is_referenced,
    .release = m_lb_release,
    .destroy = m_lb_destroy,
};
