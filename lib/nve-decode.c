/* NVEs from text: see nve-decode.h.
 *
 * Tables are the largest part, and nearly all NVEs have one of a few, so they
 * are looked up by their text.  The status, which has many members, is parsed
 * as it always was. */

#include <config.h>

#include "lib/nve-decode.h"

#include <limits.h>
#include <stdlib.h>

#include "lib/json-pool.h"
#include "lib/json-util.h"
#include "lib/resource-nve.h"
#include "lib/scan.h"
#include "lib/smap-pool.h"
#include "openvswitch/json.h"
#include "util.h"

/* An NVE as it is in the text. */
struct draft {
    struct json_slice name, uid, version, created;
    struct json_slice labels, table, status;    /* Whole values. */
    struct json_slice managed_value, version_value;
    int64_t generation;
    bool has_spec;
    struct scan_number id;
    int64_t udp_port, mtu;          /* 0: absent. */
    int64_t max_options, max_option_bytes;
    struct scan_ips ips;
    struct json_slice word;         /* Of no further use. */
};

/* The value that comes next. */
static bool
read_value(struct json_scan *s, struct json_slice *value)
{
    const char *start = s->p;

    if (!json_scan_skip(s)) {
        return false;
    }
    *value = (struct json_slice) { start, s->p - start };
    return true;
}

static bool
read_object(struct json_scan *s, void *value)
{
    return json_scan_is(s, '{') && read_value(s, value);
}

static bool
read_range(struct json_scan *s, int64_t min, int64_t max, int64_t *value)
{
    return json_scan_integer(s, value) && *value >= min && *value <= max;
}

/* The members. */

static bool
read_kind(struct json_scan *s, void *slice)
{
    return json_scan_string(s, slice) && json_slice_is(slice, nve_class.kind);
}

/* Also notes where the value begins. */
static bool
read_version(struct json_scan *s, void *d_)
{
    struct draft *d = d_;

    d->version_value.s = s->p;
    return scan_filled(s, &d->version);
}

/* What is left out may be written as it likes. */
static bool
read_managed(struct json_scan *s, void *d_)
{
    struct draft *d = d_;
    bool ok;

    s->canonical = false;
    ok = read_value(s, &d->managed_value);
    s->canonical = true;
    return ok;
}

static bool
read_udp_port(struct json_scan *s, void *port)
{
    return read_range(s, 1, UINT16_MAX, port);
}

static bool
read_mtu(struct json_scan *s, void *mtu)
{
    return read_range(s, NVE_MIN_UNDERLAY_MTU, NVE_MAX_UNDERLAY_MTU, mtu);
}

static bool
read_max_options(struct json_scan *s, void *n)
{
    return read_range(s, 0, INT_MAX, n);
}

static bool
read_max_option_bytes(struct json_scan *s, void *n)
{
    return (read_range(s, 0, GENEVE_MAX_OPT_BYTES, n)
            && *(int64_t *) n % 4 == 0);
}

#define TO(MEMBER) offsetof(struct draft, MEMBER)

static const struct scan_member metadata_members[] = {
    { "annotations", scan_annotations, 0, true },
    { "creationTimestamp", scan_filled, TO(created), true },
    { "generation", scan_generation, TO(generation), true },
    { "labels", read_object, TO(labels), true },
    { "managedFields", read_managed, 0, false },
    { "name", scan_name, TO(name), false },
    { "resourceVersion", read_version, 0, false },
    { "uid", scan_filled, TO(uid), true },
    { NULL, NULL, 0, false },
};

static const struct scan_member underlay_members[] = {
    { "ips", scan_ips, TO(ips), true },
    { "mtu", read_mtu, TO(mtu), true },
    { "udpPort", read_udp_port, TO(udp_port), true },
    { NULL, NULL, 0, false },
};

static const struct scan_member transit_members[] = {
    { "maxOptionBytes", read_max_option_bytes, TO(max_option_bytes), true },
    { "maxOptions", read_max_options, TO(max_options), true },
    { NULL, NULL, 0, false },
};

/* Negotiation looks at the values. */
static const struct scan_member option_members[] = {
    { "class", scan_anything, 0, true },
    { "length", scan_anything, 0, true },
    { "required", scan_anything, 0, true },
    { "type", scan_anything, 0, true },
    { NULL, NULL, 0, false },
};

static bool
read_options(struct json_scan *s, void *d)
{
    bool first = true;

    if (!json_scan_open(s, '[')) {
        return false;
    }
    while (json_scan_element(s, &first)) {
        if (!scan_members(s, option_members, d)) {
            return false;
        }
    }
    return !s->odd;
}

static const struct scan_member table_members[] = {
    { "encapsulation", scan_anything, 0, true },
    { "maxOptionBytes", scan_anything, 0, true },
    { "maxOptions", scan_anything, 0, true },
    { "mode", scan_anything, 0, true },
    { "options", read_options, 0, true },
    { "order", scan_anything, 0, true },
    { NULL, NULL, 0, false },
};

static bool
read_underlay(struct json_scan *s, void *d)
{
    return scan_members(s, underlay_members, d);
}

static bool
read_transit(struct json_scan *s, void *d)
{
    return scan_members(s, transit_members, d);
}

static bool
read_table(struct json_scan *s, void *d_)
{
    struct draft *d = d_;

    d->table.s = s->p;
    if (!scan_members(s, table_members, d)) {
        return false;
    }
    d->table.n = s->p - d->table.s;
    return true;
}

static const struct scan_member spec_members[] = {
    { "id", scan_u32, TO(id), true },
    { "static", read_table, 0, true },
    { "transit", read_transit, 0, true },
    { "underlay", read_underlay, 0, true },
    { NULL, NULL, 0, false },
};

static bool
read_metadata(struct json_scan *s, void *d)
{
    return scan_members(s, metadata_members, d);
}

static bool
read_spec(struct json_scan *s, void *d_)
{
    struct draft *d = d_;

    d->has_spec = true;
    return scan_members(s, spec_members, d);
}

static const struct scan_member top_members[] = {
    { "apiVersion", scan_api_version, TO(word), true },
    { "kind", read_kind, TO(word), true },
    { "metadata", read_metadata, 0, false },
    { "spec", read_spec, 0, false },
    { "status", read_object, TO(status), true },
    { NULL, NULL, 0, false },
};

/* The structure. */

static struct json *
parse_value(const struct json_slice *value)
{
    char *error;

    return value->s ? json_util_parse(value->s, value->n, &error) : NULL;
}

/* Returns false if a value is no string. */
static bool
make_labels(const struct json_slice *value, struct resource_meta *meta)
{
    struct json *json = parse_value(value);
    struct smap labels = SMAP_INITIALIZER(&labels);
    const struct shash_node *node;
    bool ok = true;

    if (json) {
        SHASH_FOR_EACH (node, json_object(json)) {
            const struct json *label = node->data;

            ok &= label->type == JSON_STRING;
            smap_add(&labels, node->name,
                     label->type == JSON_STRING ? json_string(label) : "");
        }
    }
    json_destroy(json);
    meta->labels = smap_pool_take(&labels);
    return ok;
}

static char *
copy(const struct json_slice *slice)
{
    return slice->s ? xmemdup0(slice->s, slice->n) : xstrdup("");
}

static bool
make_metadata(const struct draft *d, struct resource_meta *meta)
{
    meta->name = copy(&d->name);
    meta->resource_version = copy(&d->version);
    resource_age_init(&meta->age, d->created.s, d->created.n, d->uid.s,
                      d->uid.n);
    meta->generation = d->generation;
    return make_labels(&d->labels, meta);
}

static void
make_spec(const struct draft *d, struct nve *nve)
{
    nve->has_id = d->id.has;
    nve->id = d->id.value;
    nve->n_underlay_ips = d->ips.n;
    nve->underlay_ips = (d->ips.n
                         ? xmemdup(d->ips.ips, d->ips.n * sizeof d->ips.ips[0])
                         : NULL);
    nve->udp_port = d->udp_port;
    nve->underlay_mtu = d->mtu;
    if (d->table.s) {
        nve->static_table = json_pool_take_text(d->table.s, d->table.n);
    }
    nve->transit.max_options = d->max_options;
    nve->transit.max_option_bytes = d->max_option_bytes;
}

/* Returns NULL if it is not plain after all. */
static struct nve *
make_nve(const struct draft *d)
{
    struct json *status = parse_value(&d->status);
    struct nve *nve = xzalloc(sizeof *nve);
    bool ok;

    nve_class.init(nve);
    ok = make_metadata(d, &nve->meta);
    make_spec(d, nve);
    nve_class.parse_status(nve, status);
    json_destroy(status);
    if (!ok) {
        nve_destroy(nve);
        return NULL;
    }
    return nve;
}

/* The text. */

static void
put(char **p, const char *start, const char *end)
{
    memcpy(*p, start, end - start);
    *p += end - start;
}

/* Copies the text from 'start' to 'end', without the two members.  "name"
 * comes after "managedFields" and before "resourceVersion", so that there is a
 * comma after the one and before the other. */
static char *
make_text(const struct draft *d, const char *start, const char *end)
{
    char *text = xmalloc(end - start + 1);
    char *p = text;

    if (d->managed_value.s) {
        put(&p, start, d->managed_value.s - strlen("\"managedFields\":"));
        start = d->managed_value.s + d->managed_value.n + strlen(",");
    }
    if (d->version_value.s) {
        put(&p, start, d->version_value.s - strlen(",\"resourceVersion\":"));
        start = d->version.s + d->version.n + strlen("\"");
    }
    put(&p, start, end);
    *p = '\0';
    return text;
}

struct nve *
nve_decode(struct json_scan *s, char **text)
{
    struct draft d = {
        .max_options = NEG_NO_LIMIT, .max_option_bytes = NEG_NO_LIMIT
    };
    bool canonical = s->canonical;
    struct nve *nve = NULL;
    const char *start;

    json_scan_is(s, '{');           /* Goes past white space. */
    start = s->p;
    s->canonical = true;
    if (scan_members(s, top_members, &d) && d.name.s && d.has_spec) {
        nve = make_nve(&d);
    }
    s->canonical = canonical;
    if (!nve) {
        json_scan_give_up(s);
        return NULL;
    }
    *text = make_text(&d, start, s->p);
    return nve;
}
