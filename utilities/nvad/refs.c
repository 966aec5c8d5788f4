/* The index of claims and references.
 *
 * A claim is a string that names something that only one object may have; two
 * objects with the same string collide.  A claim may have several claimants
 * all the same (underlay addresses; a database that was edited by hand).
 * References to one object are in a list of their own, because thousands of
 * endpoints refer to one VPC, and with all of them in one hash bucket each
 * change would have to go through it.
 *
 * An object in the database that cannot be parsed has no facts. */

#include <config.h>

#include "utilities/nvad/refs.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/field-error.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "utilities/nvad/store.h"

VLOG_DEFINE_THIS_MODULE(refs);

struct refs_claim_node {
    struct hmap_node node;          /* In struct refs's "claims". */
    const char *key;
    const struct refs_object *object;
};

struct refs_link_node {
    struct ovs_list node;           /* In a target's "referrers". */
    const struct refs_object *object;
    struct target *target;
    const char *field;
};

/* An object that is referred to, whether it exists or not. */
struct target {
    struct hmap_node node;          /* In struct refs's "targets". */
    enum resource_kind kind;
    char *name;
    struct ovs_list referrers;      /* Contains "struct refs_link_node"s. */
    size_t n;
};

struct refs {
    struct hmap objects, claims, targets;
};

/* Facts. */

/* Takes 'key' and 'field'. */
static void
add_claim(struct refs_facts *f, char *key, char *field, bool shared)
{
    if (f->n_claims >= f->allocated_claims) {
        f->claims = x2nrealloc(f->claims, &f->allocated_claims,
                               sizeof *f->claims);
    }
    f->claims[f->n_claims++] = (struct refs_claim) {
        .key = key, .field = field, .shared = shared
    };
}

/* Takes 'field'. */
static void
add_link(struct refs_facts *f, enum resource_kind kind, const char *name,
         char *field)
{
    if (f->n_links >= f->allocated_links) {
        f->links = x2nrealloc(f->links, &f->allocated_links,
                              sizeof *f->links);
    }
    f->links[f->n_links++] = (struct refs_link) { kind, xstrdup(name),
                                                  field };
}

static void
option_facts(struct refs_facts *f, const void *o_)
{
    const struct geneve_option *o = o_;

    add_claim(f, xasprintf("option "OPT_KEY_FMT, OPT_KEY_ARGS(o->key)),
              xstrdup("spec.type"), false);
}

static void
profile_facts(struct refs_facts *f, const void *p_)
{
    const struct option_profile *p = p_;

    for (size_t i = 0; i < p->n_entries; i++) {
        add_link(f, RES_GENEVE_OPTION, p->entries[i].option,
                 xasprintf("spec.options[%"PRIuSIZE"].name", i));
    }
}

static void
vpc_facts(struct refs_facts *f, const void *vpc_)
{
    const struct vpc *vpc = vpc_;

    add_claim(f, xasprintf("VNI %"PRIu32, vpc->vni), xstrdup("spec.vni"),
              false);
    if (vpc->profile) {
        add_link(f, RES_OPTION_PROFILE, vpc->profile,
                 xstrdup("spec.optionProfile"));
    }
}

static void
endpoint_facts(struct refs_facts *f, const void *ep_)
{
    const struct endpoint *ep = ep_;
    char ip[INET6_ADDRSTRLEN];

    add_link(f, RES_VPC, ep->vpc, xstrdup("spec.vpc"));
    add_claim(f, xasprintf("MAC "ETH_ADDR_FMT" in VPC \"%s\"",
                           ETH_ADDR_ARGS(ep->mac), ep->vpc),
              xstrdup("spec.mac"), false);
    for (size_t i = 0; i < ep->n_ips; i++) {
        ipv6_string_mapped(ip, &ep->ips[i]);
        add_claim(f, xasprintf("IP %s in VPC \"%s\"", ip, ep->vpc),
                  xasprintf("spec.ips[%"PRIuSIZE"]", i), false);
        f->claims[f->n_claims - 1].ip = ep->ips[i];
    }
}

static void
policy_facts(struct refs_facts *f, const void *policy_)
{
    const struct vpc_policy *policy = policy_;

    add_link(f, RES_VPC, policy->vpc, xstrdup("spec.vpc"));
}

/* Takes 'field'. */
static void
add_external_claim(struct refs_facts *f, const char *network,
                   const struct in6_addr *address, char *field)
{
    char ip[INET6_ADDRSTRLEN];

    ipv6_string_mapped(ip, address);
    add_claim(f, xasprintf("address %s in ExternalNetwork \"%s\"", ip,
                           network), field, false);
    f->claims[f->n_claims - 1].ip = *address;
}

static void
gateway_facts(struct refs_facts *f, const void *gw_)
{
    const struct vpc_gateway *gw = gw_;

    add_link(f, RES_VPC, gw->vpc, xstrdup("spec.vpc"));
    add_link(f, RES_EXTERNAL_NETWORK, gw->external_network,
             xstrdup("spec.externalNetwork"));
    for (size_t i = 0; i < gw->n_snat; i++) {
        add_external_claim(f, gw->external_network, &gw->snat[i].address,
                           xasprintf("spec.snat[%"PRIuSIZE"].address", i));
    }
}

/* Who does not say which address of the endpoint means the only one that it
 * has of that family. */
static void
add_translated_claim(struct refs_facts *f, const struct floating_ip *fip)
{
    bool ipv4 = IN6_IS_ADDR_V4MAPPED(&fip->address);
    char ip[INET6_ADDRSTRLEN];

    if (ipv6_addr_is_set(&fip->ip)) {
        ipv6_string_mapped(ip, &fip->ip);
        add_claim(f, xasprintf("address %s of Endpoint \"%s\"", ip,
                               fip->endpoint), xstrdup("spec.ip"), true);
    } else {
        add_claim(f, xasprintf("the IPv%d address of Endpoint \"%s\"",
                               ipv4 ? 4 : 6, fip->endpoint),
                  xstrdup("spec.endpoint"), true);
    }
}

static void
floating_ip_facts(struct refs_facts *f, const void *fip_)
{
    const struct floating_ip *fip = fip_;

    add_link(f, RES_EXTERNAL_NETWORK, fip->external_network,
             xstrdup("spec.externalNetwork"));
    add_external_claim(f, fip->external_network, &fip->address,
                       xstrdup("spec.address"));
    add_translated_claim(f, fip);
}

static void
route_facts(struct refs_facts *f, const void *route_)
{
    const struct vpc_route *route = route_;

    add_link(f, RES_VPC, route->vpc, xstrdup("spec.vpc"));
    for (size_t i = 0; i < route->n_via; i++) {
        if (route->via[i].type == VPC_ROUTE_GATEWAY) {
            add_link(f, RES_VPC_GATEWAY, route->via[i].name,
                     xasprintf("spec.via[%"PRIuSIZE"].gateway", i));
        }
    }
}

static void
load_balancer_facts(struct refs_facts *f, const void *lb_)
{
    const struct load_balancer *lb = lb_;
    char ip[INET6_ADDRSTRLEN];

    add_link(f, RES_VPC, lb->vpc, xstrdup("spec.vpc"));
    ipv6_string_mapped(ip, &lb->address);
    add_claim(f, xasprintf("IP %s in VPC \"%s\"", ip, lb->vpc),
              xstrdup("spec.address"), false);
    if (ipv6_addr_is_set(&lb->external_address)) {
        ipv6_string_mapped(ip, &lb->external_address);
        add_claim(f, xasprintf(REFS_SERVICE_ADDRESS_FMT, ip),
                  xstrdup("spec.externalAddress"), false);
        f->claims[f->n_claims - 1].silent = true;
    }
}

static void
qos_policy_facts(struct refs_facts *f, const void *policy_)
{
    const struct qos_policy *policy = policy_;

    add_link(f, RES_VPC, policy->vpc, xstrdup("spec.vpc"));
    if (policy->class_name) {
        add_link(f, RES_QOS_CLASS, policy->class_name, xstrdup("spec.class"));
    }
}

static void
qos_class_facts(struct refs_facts *f, const void *class_)
{
    const struct qos_class *class = class_;

    add_claim(f, xasprintf("QoS class %"PRIu32, class->number),
              xstrdup("spec.number"), false);
}

static void
no_facts(struct refs_facts *f OVS_UNUSED, const void *object OVS_UNUSED)
{
}

static void
nve_facts(struct refs_facts *f, const void *nve_)
{
    const struct nve *nve = nve_;
    char ip[INET6_ADDRSTRLEN];

    for (size_t i = 0; i < nve->n_underlay_ips; i++) {
        ipv6_string_mapped(ip, &nve->underlay_ips[i]);
        add_claim(f, xasprintf("underlay address %s", ip),
                  xasprintf("spec.underlay.ips[%"PRIuSIZE"]", i), true);
    }
}

/* What the facts of each kind are.  An AdvertisementAck has none. */
static const struct {
    void (*add)(struct refs_facts *, const void *parsed);
    bool keep;                      /* Whether other objects' checks look into
                                     * the parsed object. */
} kinds[RES_N_KINDS] = {
    [RES_GENEVE_OPTION] = { option_facts, true },
    [RES_OPTION_PROFILE] = { profile_facts, true },
    [RES_VPC] = { vpc_facts, true },
    [RES_NVE] = { nve_facts, false },
    [RES_ENDPOINT] = { endpoint_facts, false },
    [RES_VPC_POLICY] = { policy_facts, false },
    [RES_EXTERNAL_NETWORK] = { no_facts, true },
    [RES_VPC_GATEWAY] = { gateway_facts, true },
    [RES_FLOATING_IP] = { floating_ip_facts, true },
    [RES_VPC_ROUTE] = { route_facts, true },
    [RES_LOAD_BALANCER] = { load_balancer_facts, true },
    [RES_QOS_POLICY] = { qos_policy_facts, false },
    [RES_QOS_CLASS] = { qos_class_facts, false },
};

bool
refs_facts_init(struct refs_facts *f, enum resource_kind kind,
                const struct json *json)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;

    memset(f, 0, sizeof *f);
    f->kind = kind;
    if (!kinds[kind].add) {
        return true;
    }
    f->parsed = resource_parse(kind, json, &errors, NULL);
    if (f->parsed) {
        kinds[kind].add(f, f->parsed);
        if (!kinds[kind].keep) {
            resource_destroy(kind, f->parsed);
            f->parsed = NULL;
        }
    }

    bool ok = !errors.n;
    field_errors_destroy(&errors);
    return ok;
}

void
refs_facts_destroy(struct refs_facts *f)
{
    for (size_t i = 0; i < f->n_claims; i++) {
        free(f->claims[i].key);
        free(f->claims[i].field);
    }
    free(f->claims);
    for (size_t i = 0; i < f->n_links; i++) {
        free(f->links[i].name);
        free(f->links[i].field);
    }
    free(f->links);
    resource_destroy(f->kind, f->parsed);
}

/* The index. */

static uint32_t
hash_ref(enum resource_kind kind, const char *name)
{
    return hash_string(name, kind);
}

static struct target *
find_target(const struct refs *refs, enum resource_kind kind,
            const char *name)
{
    struct target *t;

    HMAP_FOR_EACH_WITH_HASH (t, node, hash_ref(kind, name), &refs->targets) {
        if (t->kind == kind && !strcmp(t->name, name)) {
            return t;
        }
    }
    return NULL;
}

static void
insert_link(struct refs *refs, const struct refs_object *o,
            const struct refs_link *link, struct refs_link_node *node)
{
    struct target *t = find_target(refs, link->kind, link->name);

    if (!t) {
        t = xmalloc(sizeof *t);
        t->kind = link->kind;
        t->name = xstrdup(link->name);
        ovs_list_init(&t->referrers);
        t->n = 0;
        hmap_insert(&refs->targets, &t->node, hash_ref(t->kind, t->name));
    }
    node->object = o;
    node->target = t;
    node->field = link->field;
    ovs_list_push_back(&t->referrers, &node->node);
    t->n++;
}

static void
remove_link(struct refs *refs, struct refs_link_node *node)
{
    struct target *t = node->target;

    ovs_list_remove(&node->node);
    if (!--t->n) {
        hmap_remove(&refs->targets, &t->node);
        free(t->name);
        free(t);
    }
}

static void
remove_object(struct refs *refs, struct refs_object *o)
{
    for (size_t i = 0; i < o->facts.n_claims; i++) {
        hmap_remove(&refs->claims, &o->claims[i].node);
    }
    for (size_t i = 0; i < o->facts.n_links; i++) {
        remove_link(refs, &o->links[i]);
    }
    hmap_remove(&refs->objects, &o->node);
    free(o->claims);
    free(o->links);
    refs_facts_destroy(&o->facts);
    free(o->name);
    free(o);
}

static void
insert_object(struct refs *refs, const struct object *object)
{
    struct json *json = object_to_json(object);
    struct refs_object *o = xzalloc(sizeof *o);

    o->kind = object->kind;
    o->name = xstrdup(object->name);
    if (!refs_facts_init(&o->facts, o->kind, json)) {
        VLOG_WARN("%s \"%s\" in the database is not valid",
                  resource_get_class(o->kind)->kind, o->name);
    }
    json_destroy(json);

    o->claims = xmalloc((o->facts.n_claims + 1) * sizeof *o->claims);
    for (size_t i = 0; i < o->facts.n_claims; i++) {
        struct refs_claim_node *c = &o->claims[i];

        c->key = o->facts.claims[i].key;
        c->object = o;
        hmap_insert(&refs->claims, &c->node, hash_string(c->key, 0));
    }
    o->links = xmalloc((o->facts.n_links + 1) * sizeof *o->links);
    for (size_t i = 0; i < o->facts.n_links; i++) {
        insert_link(refs, o, &o->facts.links[i], &o->links[i]);
    }
    hmap_insert(&refs->objects, &o->node, hash_ref(o->kind, o->name));
}

/* Listens to the store. */
static void
store_changed(void *refs_, enum resource_kind kind,
              const struct store_event *event)
{
    struct refs *refs = refs_;

    if (!event) {
        return;
    }
    if (event->old) {
        const struct refs_object *o = refs_find(refs, kind,
                                                event->old->name);
        if (o) {
            remove_object(refs, CONST_CAST(struct refs_object *, o));
        }
    }
    if (event->new) {
        insert_object(refs, event->new);
    }
}

struct refs *
refs_create(struct store *store)
{
    struct refs *refs = xmalloc(sizeof *refs);

    hmap_init(&refs->objects);
    hmap_init(&refs->claims);
    hmap_init(&refs->targets);
    store_add_listener(store, store_changed, refs);
    return refs;
}

void
refs_destroy(struct refs *refs)
{
    struct refs_object *o;

    if (!refs) {
        return;
    }
    HMAP_FOR_EACH_SAFE (o, node, &refs->objects) {
        remove_object(refs, o);
    }
    hmap_destroy(&refs->objects);
    hmap_destroy(&refs->claims);
    hmap_destroy(&refs->targets);
    free(refs);
}

const struct refs_object *
refs_find(const struct refs *refs, enum resource_kind kind, const char *name)
{
    const struct refs_object *o;

    HMAP_FOR_EACH_WITH_HASH (o, node, hash_ref(kind, name), &refs->objects) {
        if (o->kind == kind && !strcmp(o->name, name)) {
            return o;
        }
    }
    return NULL;
}

const void *
refs_find_parsed(const struct refs *refs, enum resource_kind kind,
                 const char *name)
{
    const struct refs_object *o = name ? refs_find(refs, kind, name) : NULL;

    return o ? o->facts.parsed : NULL;
}

const struct refs_object *
refs_find_claimant(const struct refs *refs, const char *key,
                   enum resource_kind except_kind, const char *except_name)
{
    const struct refs_claim_node *c;

    HMAP_FOR_EACH_WITH_HASH (c, node, hash_string(key, 0), &refs->claims) {
        if (!strcmp(c->key, key)
            && (c->object->kind != except_kind
                || strcmp(c->object->name, except_name))) {
            return c->object;
        }
    }
    return NULL;
}

void
refs_for_each(const struct refs *refs, enum resource_kind kind,
              bool (*cb)(const struct refs_object *, void *aux), void *aux)
{
    const struct refs_object *o;

    HMAP_FOR_EACH (o, node, &refs->objects) {
        if (o->kind == kind && !cb(o, aux)) {
            break;
        }
    }
}

size_t
refs_count_referrers(const struct refs *refs, enum resource_kind kind,
                     const char *name)
{
    const struct target *t = find_target(refs, kind, name);

    return t ? t->n : 0;
}

void
refs_for_each_referrer(const struct refs *refs, enum resource_kind kind,
                       const char *name,
                       bool (*cb)(const struct refs_object *,
                                  const char *field, void *aux),
                       void *aux)
{
    const struct target *t = find_target(refs, kind, name);
    const struct refs_link_node *node;

    if (t) {
        LIST_FOR_EACH (node, node, &t->referrers) {
            if (!cb(node->object, node->field, aux)) {
                break;
            }
        }
    }
}
