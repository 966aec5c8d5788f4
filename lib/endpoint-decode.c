/* Endpoints from text: see endpoint-decode.h.
 *
 * First all strings are found where they are in the text, then one block gets
 * the structure and a copy of them. */

#include <config.h>

#include "lib/endpoint-decode.h"

#include <limits.h>
#include <stdlib.h>

#include "lib/json-scan.h"
#include "lib/resource-endpoint.h"
#include "lib/scan.h"
#include "lib/smap-pool.h"
#include "util.h"

#define MAX_PAIRS 16                /* Labels, or values. */
#define MAX_NAMES 16                /* In status.healthyFor. */

/* A member that is a label or a value.  A number has no 'value'. */
struct pair {
    struct json_slice name, value;
    int64_t number;
};

struct pairs {
    size_t n;
    struct pair pairs[MAX_PAIRS];
};

/* An endpoint as it is in the text. */
struct draft {
    struct draft_scalars {
        struct json_slice name, uid, version, created, vpc, nve;
        struct json_slice status_nve, phase, message, label_set;
        struct eth_addr mac, status_mac;
        struct scan_number type, policy_label, qos_class, status_policy_label;
        int64_t generation;
        int mtu;
    } s;
    bool has_status;
    struct pairs labels, values;
    struct scan_ips ips, status_ips;
    size_t n_healthy_for;
    struct json_slice healthy_for[MAX_NAMES];
    struct json_slice word;         /* Of no further use. */
};

static bool
read_mac(struct json_scan *s, void *mac)
{
    char text[SCAN_MAX_TEXT + 1];

    return scan_text(s, text) && endpoint_parse_mac(text, mac);
}

static bool
has_pair(const struct pairs *pairs, const struct json_slice *name)
{
    for (size_t i = 0; i < pairs->n; i++) {
        if (pairs->pairs[i].name.n == name->n
            && !memcmp(pairs->pairs[i].name.s, name->s, name->n)) {
            return true;
        }
    }
    return false;
}

static bool
read_pairs(struct json_scan *s, bool numbers, struct pairs *pairs)
{
    struct json_slice name = { NULL, 0 };

    if (!json_scan_open(s, '{')) {
        return false;
    }
    while (json_scan_member(s, &name)) {
        struct pair *pair = &pairs->pairs[pairs->n];

        if (pairs->n >= MAX_PAIRS || has_pair(pairs, &name)) {
            return false;
        }
        *pair = (struct pair) { .name = name };
        if (!numbers || json_scan_is(s, '"')) {
            if (!json_scan_string(s, &pair->value)) {
                return false;
            }
        } else if (!json_scan_integer(s, &pair->number) || pair->number < 0) {
            return false;
        }
        pairs->n++;
    }
    return !s->odd;
}

/* The members. */

static bool
read_kind(struct json_scan *s, void *slice)
{
    return (json_scan_string(s, slice)
            && json_slice_is(slice, endpoint_class.kind));
}

static bool
read_labels(struct json_scan *s, void *labels)
{
    return read_pairs(s, false, labels);
}

static bool
read_type(struct json_scan *s, void *number_)
{
    struct scan_number *number = number_;
    char text[SCAN_MAX_TEXT + 1];

    if (!json_scan_is(s, '"')) {
        return scan_u32(s, number);
    }
    number->has = true;
    return (scan_text(s, text)
            && endpoint_type_from_string(text, &number->value));
}

static bool
read_values(struct json_scan *s, void *values)
{
    return read_pairs(s, true, values);
}

static bool
read_status_ips(struct json_scan *s, void *ips)
{
    return scan_ips(s, ips) && ((struct scan_ips *) ips)->n;
}

static bool
read_mtu(struct json_scan *s, void *mtu)
{
    int64_t x;

    if (!json_scan_integer(s, &x) || x <= 0 || x > INT_MAX) {
        return false;
    }
    *(int *) mtu = x;
    return true;
}

static bool
read_healthy_for(struct json_scan *s, void *d_)
{
    struct draft *d = d_;
    bool first = true;

    if (!json_scan_open(s, '[')) {
        return false;
    }
    while (json_scan_element(s, &first)) {
        if (d->n_healthy_for >= MAX_NAMES
            || !json_scan_string(s, &d->healthy_for[d->n_healthy_for])) {
            return false;
        }
        d->n_healthy_for++;
    }
    return !s->odd && d->n_healthy_for;
}

#define TO(MEMBER) offsetof(struct draft, MEMBER)

static const struct scan_member metadata_members[] = {
    { "name", scan_name, TO(s.name), false },
    { "uid", scan_filled, TO(s.uid), true },
    { "resourceVersion", scan_filled, TO(s.version), true },
    { "creationTimestamp", scan_filled, TO(s.created), true },
    { "generation", scan_generation, TO(s.generation), true },
    { "labels", read_labels, TO(labels), true },
    { "annotations", scan_annotations, 0, true },
    { "managedFields", scan_anything, 0, true },
    { NULL, NULL, 0, false },
};

static const struct scan_member spec_members[] = {
    { "vpc", scan_name, TO(s.vpc), false },
    { "nve", scan_name, TO(s.nve), true },
    { "mac", read_mac, TO(s.mac), false },
    { "ips", scan_ips, TO(ips), true },
    { "type", read_type, TO(s.type), true },
    { "policyLabel", scan_u32, TO(s.policy_label), true },
    { "qosClass", scan_u32, TO(s.qos_class), true },
    { "values", read_values, TO(values), true },
    { NULL, NULL, 0, false },
};

/* What somebody may want to take back is not absent if it is null. */
static const struct scan_member status_members[] = {
    { "nve", scan_name, TO(s.status_nve), false },
    { "mac", read_mac, TO(s.status_mac), false },
    { "ips", read_status_ips, TO(status_ips), false },
    { "phase", scan_filled, TO(s.phase), false },
    { "message", scan_filled, TO(s.message), false },
    { "policyLabel", scan_u32, TO(s.status_policy_label), false },
    { "policyLabelSet", scan_string, TO(s.label_set), false },
    { "mtu", read_mtu, TO(s.mtu), false },
    { "healthyFor", read_healthy_for, 0, false },
    { NULL, NULL, 0, false },
};

static bool
read_metadata(struct json_scan *s, void *d)
{
    return scan_members(s, metadata_members, d);
}

static bool
read_spec(struct json_scan *s, void *d)
{
    return scan_members(s, spec_members, d);
}

static bool
read_status(struct json_scan *s, void *d)
{
    ((struct draft *) d)->has_status = true;
    return scan_members(s, status_members, d);
}

static const struct scan_member top_members[] = {
    { "apiVersion", scan_api_version, TO(word), true },
    { "kind", read_kind, TO(word), true },
    { "metadata", read_metadata, 0, false },
    { "spec", read_spec, 0, false },
    { "status", read_status, 0, true },
    { NULL, NULL, 0, false },
};

/* The structure. */

/* Copies 'slice' to '*p', and '*p' beyond it.  Returns the copy, or 'dflt' if
 * there is none. */
static char *
put_string(const struct json_slice *slice, char **p, char *dflt)
{
    char *s = *p;

    if (!slice->s) {
        return dflt;
    }
    memcpy(s, slice->s, slice->n);
    s[slice->n] = '\0';
    *p += slice->n + 1;
    return s;
}

static struct in6_addr *
put_ips(const struct scan_ips *ips, char **p)
{
    struct in6_addr *copy = ALIGNED_CAST(struct in6_addr *, *p);
    size_t n = ips->n * sizeof *copy;

    if (!n) {
        return NULL;
    }
    memcpy(copy, ips->ips, n);
    *p += n;
    return copy;
}

static const struct smap *
make_map(const struct pairs *pairs)
{
    struct smap smap = SMAP_INITIALIZER(&smap);

    for (size_t i = 0; i < pairs->n; i++) {
        const struct pair *pair = &pairs->pairs[i];
        char *name = xmemdup0(pair->name.s, pair->name.n);

        smap_add_nocopy(&smap, name, pair->value.s
                        ? xmemdup0(pair->value.s, pair->value.n)
                        : xasprintf("%"PRId64, pair->number));
    }
    return smap_pool_take(&smap);
}

/* What the structure needs behind it. */
static size_t
count_bytes(const struct draft *d)
{
    const struct json_slice *strings[] = {
        &d->s.name, &d->s.vpc, &d->s.nve, &d->s.status_nve, &d->s.phase,
        &d->s.message, &d->s.label_set,
    };
    size_t n = (d->ips.n + d->status_ips.n) * sizeof d->ips.ips[0];

    n += d->has_status ? sizeof(struct endpoint_observed) : 0;
    for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
        n += strings[i]->s ? strings[i]->n + 1 : 0;
    }
    return n + RESOURCE_META_VERSION_BYTES(d->s.version.n);
}

static void
put_metadata(const struct draft_scalars *s, char **p,
             struct resource_meta *meta)
{
    meta->in_block = true;
    meta->name = put_string(&s->name, p, NULL);
    resource_age_init(&meta->age, s->created.s, s->created.n, s->uid.s,
                      s->uid.n);
    meta->generation = s->generation;
}

/* The last of all: another version may be put there later. */
static void
put_version(const struct json_slice *version, char *p,
            struct resource_meta *meta)
{
    meta->resource_version = p;
    meta->version_bytes = RESOURCE_META_VERSION_BYTES(version->n);
    memcpy(p, version->s ? version->s : "", version->n);
    p[version->n] = '\0';
}

static void
put_numbers(const struct draft_scalars *s, struct endpoint *ep)
{
    ep->mac = s->mac;
    ep->has_type = s->type.has;
    ep->type = s->type.value;
    ep->has_policy_label = s->policy_label.has;
    ep->policy_label = s->policy_label.value;
    ep->has_qos_class = s->qos_class.has;
    ep->qos_class = s->qos_class.value;
}

static void
put_status(const struct draft *d, char **p, struct endpoint_observed *status)
{
    static char none[] = "";

    status->nve = put_string(&d->s.status_nve, p, NULL);
    status->mac = d->s.status_mac;
    status->phase = put_string(&d->s.phase, p, none);
    status->message = put_string(&d->s.message, p, none);
    status->has_policy_label = d->s.status_policy_label.has;
    status->policy_label = d->s.status_policy_label.value;
    status->policy_label_set = put_string(&d->s.label_set, p, NULL);
    status->mtu = d->s.mtu;
    for (size_t i = 0; i < d->n_healthy_for; i++) {
        endpoint_observed_add_healthy_for(
            status, xmemdup0(d->healthy_for[i].s, d->healthy_for[i].n));
    }
}

static struct endpoint *
make_endpoint(const struct draft *d)
{
    struct endpoint *ep = xzalloc(sizeof *ep + count_bytes(d));
    char *p = (char *) (ep + 1);

    ep->n_ips = d->ips.n;
    ep->ips = put_ips(&d->ips, &p);
    if (d->has_status) {
        ep->status = ALIGNED_CAST(struct endpoint_observed *, p);
        p += sizeof *ep->status;
        ep->status->n_ips = d->status_ips.n;
        ep->status->ips = put_ips(&d->status_ips, &p);
    }
    put_metadata(&d->s, &p, &ep->meta);
    ep->vpc = put_string(&d->s.vpc, &p, NULL);
    ep->nve = put_string(&d->s.nve, &p, NULL);
    if (ep->status) {
        put_status(d, &p, ep->status);
    }
    put_version(&d->s.version, p, &ep->meta);
    put_numbers(&d->s, ep);
    ep->meta.labels = make_map(&d->labels);
    ep->values = make_map(&d->values);
    return ep;
}

/* Whether 'pair', a number or "0x...", can be a value. */
static bool
is_value(const struct pair *pair)
{
    char text[SCAN_MAX_TEXT + 1];

    return !pair->value.s || (scan_copy_text(&pair->value, text)
                              && endpoint_value_is_valid(text));
}

static bool
is_complete(const struct draft *d)
{
    for (size_t i = 0; i < d->values.n; i++) {
        if (!is_value(&d->values.pairs[i])) {
            return false;
        }
    }
    return d->s.name.s && d->s.vpc.s && !eth_addr_is_zero(d->s.mac);
}

struct endpoint *
endpoint_decode(struct json_scan *s)
{
    struct draft d;

    /* The arrays stay as they are: most endpoints use little of them. */
    memset(&d.s, 0, sizeof d.s);
    d.has_status = false;
    d.labels.n = d.values.n = d.ips.n = d.status_ips.n = d.n_healthy_for = 0;

    if (!scan_members(s, top_members, &d)) {
        return NULL;
    }
    if (!is_complete(&d)) {
        json_scan_give_up(s);
        return NULL;
    }
    return make_endpoint(&d);
}
