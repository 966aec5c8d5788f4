/* NVE.
 *
 * status.receive is kept as it is: negotiation has its own rules for a
 * malformed table.  It is for one encapsulation, Geneve if it does not say
 * which; status.alsoReceives has tables for others, because there is one "for
 * each of the encapsulations supported" (RFC 9638, section 6.7). */

#include <config.h>

#include "lib/resource-nve.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-pool.h"
#include "lib/json-util.h"
#include "lib/resource-name.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

static void
parse_underlay(const struct field_parent *spec, struct nve *nve)
{
    struct field_parent underlay = {
        field_object(spec, "underlay", false), "spec.underlay", spec->errors
    };
    int64_t value;

    field_ips(&underlay, "ips", &nve->underlay_ips, &nve->n_underlay_ips);
    if (field_integer(&underlay, "udpPort", false, 1, UINT16_MAX, &value)) {
        nve->udp_port = value;
    }
    if (field_integer(&underlay, "mtu", false, NVE_MIN_UNDERLAY_MTU,
                      NVE_MAX_UNDERLAY_MTU, &value)) {
        nve->underlay_mtu = value;
    }
}

static void
parse_transit(const struct field_parent *spec, struct neg_limits *limits)
{
    struct field_parent transit = {
        field_object(spec, "transit", false), "spec.transit", spec->errors
    };
    int64_t value;

    if (field_integer(&transit, "maxOptions", false, 0, INT_MAX, &value)) {
        limits->max_options = value;
    }
    if (field_integer(&transit, "maxOptionBytes", false, 0,
                      GENEVE_MAX_OPT_BYTES, &value)) {
        if (value % 4) {
            field_error(&transit, FE_INVALID, "maxOptionBytes",
                        "%lld is not a multiple of 4",
                        (long long int) value);
        } else {
            limits->max_option_bytes = value;
        }
    }
}

static void
init(void *nve_)
{
    struct nve *nve = nve_;

    nve->transit = NEG_LIMITS_NONE;
    sset_init(&nve->external_networks);
}

static void
parse_spec(void *nve_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct nve *nve = nve_;

    nve->has_id = field_u32(spec, "id", &nve->id);
    parse_underlay(spec, nve);
    nve->static_table = json_pool_take(field_object(spec, "static", false));
    parse_transit(spec, &nve->transit);
}

/* A limit in the status, or none if it is absent or not plausible. */
static int
status_limit(const struct json *limits, const char *name, int max)
{
    int64_t value;

    return (json_util_integer(limits, name, &value)
            && value >= 0 && value <= max
            ? (int) value : NEG_NO_LIMIT);
}

/* The order in which the NVE sends options to remotes that do not care. */
static void
parse_transmit_order(const struct json *transmit, struct nve *nve)
{
    const struct json *order = json_util_get(transmit, "order");
    size_t n = order && order->type == JSON_ARRAY ? order->array.n : 0;

    nve->transmit_order = xmalloc(n * sizeof *nve->transmit_order);
    for (size_t i = 0; i < n && i < GENEVE_MAX_OPTIONS; i++) {
        const struct json *elem = order->array.elems[i];

        if (elem->type == JSON_STRING
            && opt_key_from_string(json_string(elem),
                                   &nve->transmit_order[i])) {
            nve->n_transmit_order++;
        } else {
            nve->n_transmit_order = 0;
            break;
        }
    }
}

static void
parse_external_networks(const struct json *status, struct nve *nve)
{
    const struct json *array = json_util_get(status, "externalNetworks");

    for (size_t i = 0; array && array->type == JSON_ARRAY
                       && i < array->array.n; i++) {
        const struct json *name = array->array.elems[i];

        if (name->type == JSON_STRING
            && resource_name_is_valid(json_string(name))) {
            sset_add(&nve->external_networks, json_string(name));
        }
    }
}

/* The id is kept apart, as each NVE's is another one: without it many tables
 * are equal. */
static void
parse_receive(const struct json *receive, struct nve *nve)
{
    int64_t id;

    if (json_util_integer(receive, "id", &id) && id > 0) {
        struct json *table = json_util_without(receive, "id", NULL);

        nve->receive_id = id;
        nve->receive = json_pool_take(table);
        json_destroy(table);
    } else {
        nve->receive = json_pool_take(receive);
    }
}

static void
parse_status(void *nve_, const struct json *status)
{
    struct nve *nve = nve_;
    const struct json *transmit = json_util_get(status, "transmit");
    const struct json *withdrawing = json_util_get(status, "withdrawing");

    nve->instance = nullable_xstrdup(json_util_string(status, "instance",
                                                      NULL));
    nve->contender = nullable_xstrdup(json_util_string(status, "contender",
                                                       NULL));
    nve->contender_seen = nullable_xstrdup(
        json_util_string(status, "contenderSeen", NULL));
    field_status_ips(json_util_get(status, "underlay"), "ips",
                     &nve->used_ips, &nve->n_used_ips);
    parse_receive(json_util_get(status, "receive"), nve);
    nve->last_good = json_nullable_clone(json_util_get(status, "lastGood"));
    nve->also_receives = json_pool_take(json_util_get(status,
                                                      "alsoReceives"));
    if (withdrawing && withdrawing->type == JSON_OBJECT) {
        nve->withdrawing = json_clone(withdrawing);
    }
    nve->transmit.max_options = status_limit(transmit, "maxOptions",
                                             INT_MAX);
    nve->transmit.max_option_bytes = status_limit(transmit, "maxOptionBytes",
                                                  GENEVE_MAX_OPT_BYTES);
    parse_transmit_order(transmit, nve);
    parse_external_networks(status, nve);
    nve->agent_version = xstrdup(json_util_string(status, "agentVersion",
                                                  ""));
}

static void
release(void *nve_)
{
    struct nve *nve = nve_;

    free(nve->underlay_ips);
    free(nve->instance);
    free(nve->contender);
    free(nve->contender_seen);
    free(nve->used_ips);
    json_pool_release(nve->static_table);
    json_pool_release(nve->receive);
    json_destroy(nve->last_good);
    json_pool_release(nve->also_receives);
    json_destroy(nve->withdrawing);
    free(nve->transmit_order);
    sset_destroy(&nve->external_networks);
    free(nve->agent_version);
}

/* Encapsulations. */

static bool
is_table(const struct json *json)
{
    return json && json->type != JSON_NULL;
}

/* Appends the encapsulation of 'table' to 's' if we do not know it. */
static void
put_unknown(const struct json *table, struct ds *s)
{
    if (!recv_table_get_encapsulation(table)) {
        ds_put_cstr(s, s->length ? ", " : "");
        json_to_ds(json_util_get(table, "encapsulation"), JSSF_SORT, s);
    }
}

/* Returns the 'i'th table that the NVE advertises, from 0 on, or NULL beyond
 * the last one. */
static const struct json *
get_table(const struct nve *nve, size_t i)
{
    const struct json *also = nve->also_receives;

    if (is_table(nve->receive) && !i--) {
        return nve->receive;
    }
    return (also && also->type == JSON_ARRAY && i < also->array.n
            ? also->array.elems[i] : NULL);
}

/* What spec.static says of encapsulations; Geneve, if nothing. */
static encapsulation_set
get_static_set(const struct nve *nve)
{
    const struct encapsulation *e
        = recv_table_get_encapsulation(nve->static_table);

    return e ? encapsulation_set_one(e) : 0;
}

/* What spec.static makes of 'set', which is what the NVE has; 'advertises':
 * it says so. */
static encapsulation_set
apply_static(const struct nve *nve, encapsulation_set set, bool advertises)
{
    const char *mode = json_util_string(nve->static_table, "mode", "");

    if (!strcmp(mode, "replace")
        || (!strcmp(mode, "fallback") && !advertises)) {
        return get_static_set(nve);
    }
    return (!strcmp(mode, "restrict") && advertises
            && json_util_get(nve->static_table, "encapsulation")
            ? set & get_static_set(nve) : set);
}

encapsulation_set
nve_get_own_encapsulations(const struct nve *self, encapsulation_set set)
{
    return set & apply_static(self, set, true);
}

encapsulation_set
nve_get_encapsulations(const struct nve *nve)
{
    encapsulation_set set = 0;
    const struct json *table;
    size_t i;

    for (i = 0; (table = get_table(nve, i)) != NULL; i++) {
        const struct encapsulation *e = recv_table_get_encapsulation(table);

        set |= e ? encapsulation_set_one(e) : 0;
    }
    if (!i) {
        set = encapsulation_set_one(encapsulation_default());
    }
    return apply_static(nve, set, i > 0);
}

char *
nve_get_unknown_encapsulations(const struct nve *nve)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct json *table;

    for (size_t i = 0; (table = get_table(nve, i)) != NULL; i++) {
        put_unknown(table, &s);
    }
    put_unknown(nve->static_table, &s);
    return s.length ? ds_steal_cstr(&s) : NULL;
}

const struct json *
nve_get_receive(const struct nve *nve, const struct encapsulation *e,
                int64_t *id)
{
    const struct json *table;

    *id = 0;
    for (size_t i = 0; (table = get_table(nve, i)) != NULL; i++) {
        if (recv_table_get_encapsulation(table) == e) {
            if (table == nve->receive && nve->receive_id) {
                *id = nve->receive_id;
            } else {
                json_util_integer(table, "id", id);
            }
            return table;
        }
    }
    return NULL;
}

uint16_t
nve_get_udp_port(const struct nve *nve, encapsulation_set all,
                 const struct encapsulation *e)
{
    return (nve->udp_port && e == encapsulation_best(all) ? nve->udp_port
            : e->udp_port);
}

struct nve *
nve_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&nve_class, json, errors, NULL);
}

void
nve_destroy(struct nve *nve)
{
    resource_class_destroy(&nve_class, nve);
}

const struct resource_class nve_class = {
    .kind = "NVE",
    .plural = "nves",
    .singular = "nve",
    .short_name = "nvo",
    .has_status = true,
    .size = sizeof(struct nve),
    .init = init,
    .parse_spec = parse_spec,
    .parse_status = parse_status,
    .release = release,
};
