/* The numbers of label sets: see numbers.h.  lib/policy-label.h allocates
 * the numbers of one VPC.
 *
 * What a successor has to know is written with the numbers:
 *
 *   - An endpoint's status.policyLabelSet is the set for which it got its
 *     status.policyLabel.  The endpoint's labels may have changed since, so
 *     they do not tell which set has that number.
 *   - A VPC's status.policyLabelLimit is at least as large as every number
 *     that was ever given in the VPC.  It is written, and seen to be written,
 *     before a number is.  A number up to the limit that no endpoint shows may
 *     have been given up a moment ago, so for an hour no set gets it.  The
 *     limit grows in steps of LIMIT_STEP, because every agent watches its VPC.
 *
 * A VPC is *started* once it exists and all endpoints are known.  Until then
 * its endpoints are only collected, because a number that is given before all
 * endpoints are known might be another set's.
 *
 * Invariants of a started VPC:
 *
 *   - the sets with n_auto > 0 have a number, or could not get one;
 *   - every endpoint with a spec.policyLabel has reserved it;
 *   - 'waiting' has the sets whose number is above 'limit'.
 *
 * A change of an endpoint does not cost more if there are more endpoints.
 * Only if a spec.policyLabel takes a set's number away, all endpoints of that
 * set have to be written. */

#include <config.h>

#include "utilities/labeller/numbers.h"

#include <stdlib.h>
#include <string.h>

#include "hmapx.h"
#include "lib/json-util.h"
#include "lib/label-set.h"
#include "lib/policy-label.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(numbers);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 20);

#define LIMIT_STEP 16

struct n_vpc {
    char *name;
    bool exists;
    bool started;
    uint32_t limit;                 /* status.policyLabelLimit as it is. */
    uint32_t top_limit;             /* The highest that the limit was, or
                                     * should become. */
    struct policy_labels *labels;
    struct shash sets;              /* String -> struct n_set. */
    struct hmapx waiting;           /* Sets that need a higher limit. */
    size_t n_endpoints;
};

/* A label set that endpoints of a VPC have. */
struct n_set {
    struct n_vpc *vpc;
    char *string;
    struct ovs_list endpoints;      /* Contains "struct n_endpoint"s. */
    size_t n_auto;                  /* Endpoints without spec.policyLabel. */
    uint32_t number;                /* 0: none. */
};

struct n_endpoint {
    char *name;
    struct n_set *set;
    struct ovs_list set_node;       /* In set->endpoints. */
    bool has_spec, has_shown;
    uint32_t spec;                  /* spec.policyLabel. */
    uint32_t shown;                 /* status.policyLabel, whatever it is. */
    char *shown_set;                /* status.policyLabelSet, or NULL. */
};

struct numbers {
    const struct numbers_ops *ops;
    void *aux;
    struct shash vpcs;              /* Name -> struct n_vpc. */
    struct shash endpoints;         /* Name -> struct n_endpoint. */
    bool started;
};

struct numbers *
numbers_create(const struct numbers_ops *ops, void *aux)
{
    struct numbers *n = xzalloc(sizeof *n);

    n->ops = ops;
    n->aux = aux;
    shash_init(&n->vpcs);
    shash_init(&n->endpoints);
    return n;
}

/* VPCs and sets. */

static struct n_vpc *
vpc_get(struct numbers *n, const char *name)
{
    struct n_vpc *vpc = shash_find_data(&n->vpcs, name);

    if (!vpc) {
        vpc = xzalloc(sizeof *vpc);
        vpc->name = xstrdup(name);
        vpc->labels = policy_labels_create();
        shash_init(&vpc->sets);
        hmapx_init(&vpc->waiting);
        shash_add(&n->vpcs, name, vpc);
    }
    return vpc;
}

/* 'vpc' must have no sets any more, and be in no index. */
static void
n_vpc_destroy(struct n_vpc *vpc)
{
    policy_labels_destroy(vpc->labels);
    shash_destroy(&vpc->sets);
    hmapx_destroy(&vpc->waiting);
    free(vpc->name);
    free(vpc);
}

static void
vpc_destroy_if_unused(struct numbers *n, struct n_vpc *vpc)
{
    if (!vpc->exists && !vpc->n_endpoints) {
        n->ops->forget(RES_VPC, vpc->name, n->aux);
        shash_find_and_delete_assert(&n->vpcs, vpc->name);
        n_vpc_destroy(vpc);
    }
}

static struct n_set *
set_get(struct n_vpc *vpc, const char *string)
{
    struct n_set *set = shash_find_data(&vpc->sets, string);

    if (!set) {
        set = xzalloc(sizeof *set);
        set->vpc = vpc;
        set->string = xstrdup(string);
        ovs_list_init(&set->endpoints);
        shash_add(&vpc->sets, string, set);
    }
    return set;
}

/* Gives 'set' a number if it has none, and asks for a higher limit if the
 * number needs one. */
static void
set_ensure_number(struct numbers *n, struct n_set *set, long long int now)
{
    struct n_vpc *vpc = set->vpc;

    if (!set->number) {
        set->number = policy_labels_get(vpc->labels, set->string, now);
        if (!set->number) {
            VLOG_WARN_RL(&rl, "vpc %s: no policy label is left", vpc->name);
            return;
        }
    }
    if (set->number > vpc->limit) {
        uint32_t limit = MIN(ROUND_UP((uint64_t) set->number, LIMIT_STEP),
                             UINT32_MAX);
        struct json *status = json_object_create();

        hmapx_add(&vpc->waiting, set);
        vpc->top_limit = MAX(vpc->top_limit, limit);
        json_object_put(status, "policyLabelLimit",
                        json_integer_create(vpc->top_limit));
        n->ops->set_status(RES_VPC, vpc->name, status, n->aux);
    }
}

/* Says what the status of 'ep' should have, if that is known yet. */
static void
endpoint_publish(struct numbers *n, const struct n_endpoint *ep)
{
    const struct n_set *set = ep->set;
    uint32_t number = ep->has_spec ? ep->spec : set->number;
    struct json *status;

    if (!set->vpc->started
        || (!ep->has_spec && (!number || number > set->vpc->limit))) {
        return;
    }
    status = json_object_create();
    json_object_put(status, "policyLabel", json_integer_create(number));
    json_object_put_string(status, "policyLabelSet", set->string);
    n->ops->set_status(RES_ENDPOINT, ep->name, status, n->aux);
}

static void
set_publish(struct numbers *n, const struct n_set *set)
{
    const struct n_endpoint *ep;

    LIST_FOR_EACH (ep, set_node, &set->endpoints) {
        if (!ep->has_spec) {
            endpoint_publish(n, ep);
        }
    }
}

/* Claims: what an endpoint's place in its set means for numbers.  The VPC has
 * started. */

static void
endpoint_reserve(struct numbers *n, const struct n_endpoint *ep,
                 long long int now)
{
    struct n_vpc *vpc = ep->set->vpc;
    char *loser = policy_labels_reserve(vpc->labels, ep->spec, now);
    struct n_set *set = loser ? shash_find_data(&vpc->sets, loser) : NULL;

    if (set) {
        VLOG_INFO("vpc %s: spec.policyLabel of endpoint %s takes %"PRIu32
                  " away from label set \"%s\"", vpc->name, ep->name,
                  ep->spec, loser);
        set->number = 0;
        hmapx_find_and_delete(&vpc->waiting, set);
        set_ensure_number(n, set, now);
        set_publish(n, set);
    }
    free(loser);
}

static void
endpoint_claim(struct numbers *n, struct n_endpoint *ep, long long int now)
{
    if (ep->has_spec) {
        endpoint_reserve(n, ep, now);
    } else {
        ep->set->n_auto++;
        set_ensure_number(n, ep->set, now);
    }
}

/* Gives up an endpoint's place in 'set', with what its spec said. */
static void
place_release(struct n_set *set, bool has_spec, uint32_t spec,
              long long int now)
{
    struct n_vpc *vpc = set->vpc;

    if (!vpc->started) {
        return;
    }
    if (has_spec) {
        policy_labels_unreserve(vpc->labels, spec, now);
    } else if (!--set->n_auto) {
        policy_labels_release(vpc->labels, set->string, now);
        set->number = 0;
        hmapx_find_and_delete(&vpc->waiting, set);
    }
}

static void
set_destroy_if_unused(struct n_set *set)
{
    if (ovs_list_is_empty(&set->endpoints)) {
        shash_find_and_delete_assert(&set->vpc->sets, set->string);
        free(set->string);
        free(set);
    }
}

/* Endpoints. */

/* Takes 'shown_set'. */
static void
endpoint_set_shown(struct n_endpoint *ep, struct n_vpc *old_vpc,
                   bool has_shown, uint32_t shown, char *shown_set,
                   long long int now)
{
    if (has_shown) {
        policy_labels_show(ep->set->vpc->labels, shown, now);
    }
    if (old_vpc && ep->has_shown) {
        policy_labels_unshow(old_vpc->labels, ep->shown, now);
    }
    ep->has_shown = has_shown;
    ep->shown = shown;
    free(ep->shown_set);
    ep->shown_set = shown_set;
}

static void
endpoint_take_status(struct n_endpoint *ep, struct n_vpc *old_vpc,
                     const struct json *status, long long int now)
{
    const char *set = json_util_string(status, "policyLabelSet", NULL);
    int64_t number = 0;
    bool has = (json_util_integer(status, "policyLabel", &number)
                && number > 0 && number <= UINT32_MAX);

    endpoint_set_shown(ep, old_vpc, has, number, nullable_xstrdup(set), now);
}

/* Puts 'ep' into 'set' with what 'endpoint' says, then takes it out of the set
 * where it was.  In that order, a number that goes from one set to the other
 * is not lost. */
static void
endpoint_move(struct numbers *n, struct n_endpoint *ep, struct n_set *set,
              const struct endpoint *endpoint, long long int now)
{
    struct n_set *old = ep->set;
    bool had_spec = ep->has_spec;
    uint32_t old_spec = ep->spec;

    if (old) {
        ovs_list_remove(&ep->set_node);
        old->vpc->n_endpoints--;
    }
    ep->set = set;
    ep->has_spec = endpoint->has_policy_label;
    ep->spec = endpoint->policy_label;
    ovs_list_push_back(&set->endpoints, &ep->set_node);
    set->vpc->n_endpoints++;
    if (set->vpc->started) {
        endpoint_claim(n, ep, now);
    }
    if (old) {
        place_release(old, had_spec, old_spec, now);
        set_destroy_if_unused(old);
    }
}

static void
endpoint_remove(struct numbers *n, struct n_endpoint *ep, long long int now)
{
    struct n_set *set = ep->set;
    struct n_vpc *vpc = set->vpc;

    endpoint_set_shown(ep, vpc, false, 0, NULL, now);
    ovs_list_remove(&ep->set_node);
    vpc->n_endpoints--;
    place_release(set, ep->has_spec, ep->spec, now);
    set_destroy_if_unused(set);
    vpc_destroy_if_unused(n, vpc);

    n->ops->forget(RES_ENDPOINT, ep->name, n->aux);
    shash_find_and_delete_assert(&n->endpoints, ep->name);
    free(ep->name);
    free(ep);
}

void
numbers_endpoint_changed(struct numbers *n, const char *name,
                         const struct endpoint *endpoint,
                         const struct json *status, long long int now)
{
    struct n_endpoint *ep = shash_find_data(&n->endpoints, name);
    struct n_vpc *old_vpc = ep ? ep->set->vpc : NULL;
    struct n_set *set;
    char *string;

    if (!endpoint) {
        if (ep) {
            endpoint_remove(n, ep, now);
        }
        return;
    }
    if (!ep) {
        ep = xzalloc(sizeof *ep);
        ep->name = xstrdup(name);
        shash_add(&n->endpoints, name, ep);
    }
    string = label_set_to_string(endpoint->meta.labels);
    set = set_get(vpc_get(n, endpoint->vpc), string);
    free(string);
    if (set != ep->set || ep->has_spec != endpoint->has_policy_label
        || ep->spec != endpoint->policy_label) {
        endpoint_move(n, ep, set, endpoint, now);
        endpoint_take_status(ep, old_vpc, status, now);
        endpoint_publish(n, ep);
        if (old_vpc && old_vpc != ep->set->vpc) {
            vpc_destroy_if_unused(n, old_vpc);
        }
    } else {
        endpoint_take_status(ep, old_vpc, status, now);
    }
}

/* Starting. */

/* Learns the numbers that endpoints show: if 'current', of those that still
 * have the label set that they got their number for, otherwise of the
 * others. */
static void
vpc_learn(struct n_vpc *vpc, bool current, long long int now)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &vpc->sets) {
        const struct n_set *set = node->data;
        const struct n_endpoint *ep;

        LIST_FOR_EACH (ep, set_node, &set->endpoints) {
            const char *whose = ep->shown_set ? ep->shown_set : set->string;

            if (ep->has_shown && !(ep->has_spec && ep->spec == ep->shown)
                && !strcmp(whose, set->string) == current
                && !policy_labels_learn(vpc->labels, whose, ep->shown, now)) {
                VLOG_WARN_RL(&rl, "vpc %s: endpoint %s shows policy label "
                             "%"PRIu32", which is not that of label set "
                             "\"%s\"", vpc->name, ep->name, ep->shown, whose);
            }
        }
    }
}

/* Makes the claims of the endpoints with a spec.policyLabel, or of those
 * without. */
static void
vpc_claim(struct numbers *n, struct n_vpc *vpc, bool spec, long long int now)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &vpc->sets) {
        const struct n_set *set = node->data;
        struct n_endpoint *ep;

        LIST_FOR_EACH (ep, set_node, &set->endpoints) {
            if (ep->has_spec == spec) {
                endpoint_claim(n, ep, now);
                endpoint_publish(n, ep);
            }
        }
    }
}

/* Numbers that a spec gives go first, then those that sets already have. */
static void
vpc_start(struct numbers *n, struct n_vpc *vpc, long long int now)
{
    vpc->started = true;
    policy_labels_start(vpc->labels, vpc->limit, now);
    vpc_claim(n, vpc, true, now);
    vpc_learn(vpc, true, now);
    vpc_learn(vpc, false, now);
    vpc_claim(n, vpc, false, now);
}

void
numbers_vpc_changed(struct numbers *n, const char *name, bool exists,
                    const struct json *status, long long int now)
{
    struct n_vpc *vpc = vpc_get(n, name);
    struct hmapx_node *node;
    int64_t limit = 0;

    vpc->exists = exists;
    json_util_integer(status, "policyLabelLimit", &limit);
    vpc->limit = MIN(MAX(limit, 0), UINT32_MAX);
    vpc->top_limit = MAX(vpc->top_limit, vpc->limit);
    if (!vpc->started && exists && n->started) {
        vpc_start(n, vpc, now);
    }
    HMAPX_FOR_EACH_SAFE (node, &vpc->waiting) {
        const struct n_set *set = node->data;

        if (set->number <= vpc->limit) {
            hmapx_delete(&vpc->waiting, node);
            set_publish(n, set);
        }
    }
    vpc_destroy_if_unused(n, vpc);
}

void
numbers_start(struct numbers *n, long long int now)
{
    const struct shash_node *node;

    n->started = true;
    SHASH_FOR_EACH (node, &n->vpcs) {
        struct n_vpc *vpc = node->data;

        if (vpc->exists) {
            vpc_start(n, vpc, now);
        }
    }
}

void
numbers_destroy(struct numbers *n)
{
    struct shash_node *node;

    if (!n) {
        return;
    }
    SHASH_FOR_EACH (node, &n->endpoints) {
        struct n_endpoint *ep = node->data;

        free(ep->shown_set);
        free(ep->name);
        free(ep);
    }
    shash_destroy(&n->endpoints);
    SHASH_FOR_EACH (node, &n->vpcs) {
        struct n_vpc *vpc = node->data;
        struct shash_node *set_node;

        SHASH_FOR_EACH (set_node, &vpc->sets) {
            struct n_set *set = set_node->data;

            free(set->string);
            free(set);
        }
        n_vpc_destroy(vpc);
    }
    shash_destroy(&n->vpcs);
    free(n);
}

static void
vpc_show(const struct n_vpc *vpc, struct ds *s)
{
    const struct shash_node **sets = shash_sort(&vpc->sets);

    ds_put_format(s, "vpc %s: %"PRIuSIZE" endpoints, numbers to %"PRIu32"%s"
                  "\n", vpc->name, vpc->n_endpoints, vpc->limit,
                  vpc->exists ? "" : "; it does not exist");
    for (size_t i = 0; i < shash_count(&vpc->sets); i++) {
        const struct n_set *set = sets[i]->data;

        ds_put_format(s, "  %10"PRIu32"  %s  (%"PRIuSIZE" endpoints",
                      set->number, set->string[0] ? set->string : "-",
                      ovs_list_size(&set->endpoints));
        if (set->n_auto < ovs_list_size(&set->endpoints)) {
            ds_put_format(s, ", %"PRIuSIZE" with a spec.policyLabel",
                          ovs_list_size(&set->endpoints) - set->n_auto);
        }
        ds_put_cstr(s, ")\n");
    }
    free(sets);
}

void
numbers_show(const struct numbers *n, struct ds *s)
{
    const struct shash_node **vpcs = shash_sort(&n->vpcs);

    for (size_t i = 0; i < shash_count(&n->vpcs); i++) {
        vpc_show(vpcs[i]->data, s);
    }
    free(vpcs);
}
