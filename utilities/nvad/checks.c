/* Checks that need other objects: uniqueness, references, sums.
 *
 * Agents check again what they use, because a Kubernetes API server does none
 * of this. */

#include <config.h>

#include "utilities/nvad/checks.h"

#include <stdlib.h>
#include <string.h>

#include "lib/encapsulation.h"
#include "lib/field-error.h"
#include "lib/json-util.h"
#include "lib/negotiation.h"
#include "lib/value-encode.h"
#include "lib/value.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "sset.h"
#include "svec.h"
#include "utilities/nvad/external-checks.h"
#include "utilities/nvad/refs.h"
#include "utilities/nvad/service-checks.h"

/* What is being checked. */
struct check {
    const struct refs *refs;
    enum resource_kind kind;
    const char *name;
    struct refs_facts facts;
    struct field_errors *errors;
    struct svec *warnings;
};

static void
check_claims(struct check *c)
{
    for (size_t i = 0; i < c->facts.n_claims; i++) {
        const struct refs_claim *claim = &c->facts.claims[i];
        const struct refs_object *other;

        other = refs_find_claimant(c->refs, claim->key, c->kind, c->name);
        if (claim->silent) {
            continue;
        } else if (other && claim->shared) {
            svec_add_nocopy(c->warnings, xasprintf(
                "%s: %s is already used by %s \"%s\": agents ignore the "
                "second claimant", claim->field, claim->key,
                resource_get_class(other->kind)->kind, other->name));
        } else if (other) {
            field_errors_add(c->errors, FE_DUPLICATE, claim->field,
                             "%s is already used by %s \"%s\"", claim->key,
                             resource_get_class(other->kind)->kind,
                             other->name);
        }
    }
}

static void
check_links(struct check *c)
{
    for (size_t i = 0; i < c->facts.n_links; i++) {
        const struct refs_link *link = &c->facts.links[i];

        if (!refs_find(c->refs, link->kind, link->name)) {
            field_errors_add(c->errors, FE_NOT_FOUND, link->field,
                             "there is no %s \"%s\"",
                             resource_get_class(link->kind)->kind,
                             link->name);
        }
    }
}

/* The option bytes of the required options of 'profile', if 'replacement' (or
 * NULL) took the place of the option of its name. */
static unsigned int
required_bytes(const struct refs *refs, const struct option_profile *profile,
               const struct geneve_option *replacement)
{
    unsigned int bytes = 0;

    for (size_t i = 0; i < profile->n_entries; i++) {
        const struct profile_entry *e = &profile->entries[i];
        const struct geneve_option *option;

        option = (replacement && !strcmp(replacement->meta.name, e->option)
                  ? replacement
                  : refs_find_parsed(refs, RES_GENEVE_OPTION, e->option));
        if (option && e->required) {
            bytes += opt_wire_bytes(option->length);
        }
    }
    return bytes;
}

/* RFC 8926, section 3.4: Opt Len has room for 252 bytes.  If more is required,
 * or what packets cannot have, nothing could ever be sent. */
static void
check_profile(struct check *c)
{
    const struct option_profile *profile = c->facts.parsed;
    unsigned int bytes = required_bytes(c->refs, profile, NULL);

    for (size_t i = 0; i < profile->n_entries; i++) {
        const struct profile_entry *e = &profile->entries[i];
        const struct geneve_option *option
            = refs_find_parsed(c->refs, RES_GENEVE_OPTION, e->option);

        if (e->required && option
            && value_is_of_service(option->value.from)) {
            char *field = xasprintf("spec.options[%"PRIuSIZE"].required", i);

            field_errors_add(c->errors, FE_FORBIDDEN, field,
                             "GeneveOption \"%s\" cannot be required: only "
                             "packets for services have a %s", e->option,
                             option->value.from == VALUE_SERVICE_VIP
                             ? "service.vip" : "service.dsr");
            free(field);
        }
    }

    if (bytes > GENEVE_MAX_OPT_BYTES) {
        field_errors_add(c->errors, FE_INVALID, "spec.options",
                         "the required options take %u bytes on the wire, "
                         "but a packet has room for %d", bytes,
                         GENEVE_MAX_OPT_BYTES);
    }
}

static bool
check_profile_of_option(const struct refs_object *o,
                        const char *field OVS_UNUSED, void *c_)
{
    const struct check *c = c_;
    unsigned int bytes;

    if (o->kind == RES_OPTION_PROFILE && o->facts.parsed) {
        bytes = required_bytes(c->refs, o->facts.parsed, c->facts.parsed);
        if (bytes > GENEVE_MAX_OPT_BYTES) {
            field_errors_add(c->errors, FE_INVALID, "spec.length",
                             "the required options of OptionProfile \"%s\" "
                             "would take %u bytes on the wire, but a packet "
                             "has room for %d", o->name, bytes,
                             GENEVE_MAX_OPT_BYTES);
        }
    }
    return true;
}

/* A VPC without subnets takes every address. */
static bool
vpc_contains(const struct vpc *vpc, const struct in6_addr *ip)
{
    return !vpc->n_subnets || vpc_find_subnet(vpc, ip);
}

/* Checks that the new subnets of a VPC contain the addresses of 'o', one of
 * its endpoints. */
static bool
check_endpoint_of_vpc(const struct refs_object *o,
                      const char *field OVS_UNUSED, void *c_)
{
    const struct check *c = c_;

    for (size_t i = 0; o->kind == RES_ENDPOINT && i < o->facts.n_claims;
         i++) {
        const struct refs_claim *claim = &o->facts.claims[i];

        if (ipv6_addr_is_set(&claim->ip)
            && !vpc_contains(c->facts.parsed, &claim->ip)) {
            field_errors_add(c->errors, FE_INVALID, "spec.subnets",
                             "none contains %s of Endpoint \"%s\"",
                             claim->key, o->name);
            return false;           /* One is enough to report. */
        }
    }
    return true;
}

static bool
subnets_equal(const struct vpc *a, const struct vpc *b)
{
    if (a->n_subnets != b->n_subnets) {
        return false;
    }
    for (size_t i = 0; i < a->n_subnets; i++) {
        if (ip_prefix_compare(&a->subnets[i].prefix,
                              &b->subnets[i].prefix)) {
            return false;
        }
    }
    return true;
}

/* Looks at all of the VPC's endpoints, but only if its subnets changed. */
static void
check_vpc(struct check *c)
{
    const struct vpc *old = refs_find_parsed(c->refs, RES_VPC, c->name);

    if (!old || !subnets_equal(old, c->facts.parsed)) {
        refs_for_each_referrer(c->refs, RES_VPC, c->name,
                               check_endpoint_of_vpc, c);
    }
}

/* A value that does not fit its option refuses the endpoint; one that is
 * absent does not, even if the option is required. */
static void
check_values(struct check *c, const struct endpoint *ep,
             const struct vpc *vpc)
{
    const struct option_profile *profile;

    profile = refs_find_parsed(c->refs, RES_OPTION_PROFILE, vpc->profile);
    for (size_t i = 0; profile && i < profile->n_entries; i++) {
        const struct geneve_option *option;
        uint8_t data[GENEVE_OPT_MAX_DATA];
        char *error;

        option = refs_find_parsed(c->refs, RES_GENEVE_OPTION,
                                  profile->entries[i].option);
        if (!option || option->value.from < VALUE_EP_POLICY_LABEL
            || option->value.from > VALUE_EP_VALUES) {
            continue;
        }
        if (value_encode(&option->value, option->length, ep, vpc, NULL, data,
                         &error) == VALUE_BAD) {
            char *source = value_source_to_string(&option->value);
            char *dot = strchr(source, '.');
            char *field = xasprintf("spec%s", dot ? dot : "");

            field_errors_add(c->errors, FE_INVALID, field,
                             "GeneveOption \"%s\": %s", option->meta.name,
                             error);
            free(field);
            free(source);
            free(error);
        }
    }
}

static void
check_endpoint(struct check *c, const struct json *json)
{
    struct field_errors ignored = FIELD_ERRORS_INITIALIZER;
    struct endpoint *ep = endpoint_from_json(json, &ignored);
    const struct vpc *vpc = refs_find_parsed(c->refs, RES_VPC,
                                             ep ? ep->vpc : NULL);

    for (size_t i = 0; vpc && i < ep->n_ips; i++) {
        if (!vpc_contains(vpc, &ep->ips[i])) {
            char *field = xasprintf("spec.ips[%"PRIuSIZE"]", i);
            char ip[INET6_ADDRSTRLEN];

            ipv6_string_mapped(ip, &ep->ips[i]);
            field_errors_add(c->errors, FE_INVALID, field,
                             "%s is in none of the subnets of VPC \"%s\"",
                             ip, ep->vpc);
            free(field);
        }
    }
    if (vpc) {
        check_values(c, ep, vpc);
    }
    endpoint_destroy(ep);
    field_errors_destroy(&ignored);
}

/* Peers cope with malformed tables, but whoever writes one here should know.
 * A table that offers little is not malformed.  'parse' is one of
 * recv_table_from*_json(). */
static void
check_table(const struct json *table, const char *field,
            bool (*parse)(const struct json *, struct recv_table *,
                          struct svec *alarms),
            struct field_errors *errors)
{
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table parsed = RECV_TABLE_INITIALIZER;
    const char *alarm;
    size_t i;

    if (!table) {
        return;
    }
    if (parse(table, &parsed, &alarms)) {
        recv_table_destroy(&parsed);
    }
    SVEC_FOR_EACH (i, alarm, &alarms) {
        if (strcmp(alarm, "below-64-byte-header")) {
            field_errors_add(errors, FE_INVALID, field,
                             "malformed table: %s", alarm);
        }
    }
    svec_destroy(&alarms);
}

static void
check_static_table(const struct json *table, struct field_errors *errors)
{
    const char *mode = json_util_string(table, "mode", NULL);

    if (table && (!mode || (strcmp(mode, "replace")
                            && strcmp(mode, "fallback")
                            && strcmp(mode, "restrict")))) {
        field_errors_add(errors, FE_NOT_SUPPORTED, "spec.static.mode",
                         "must be replace, fallback or restrict");
    }
    if (table && !recv_table_get_encapsulation(table)) {
        char *names = encapsulation_list_names();

        field_errors_add(errors, FE_NOT_SUPPORTED,
                         "spec.static.encapsulation", "must be %s", names);
        free(names);
    }
    /* An entry that restricts may leave out its length. */
    check_table(table, "spec.static",
                mode && !strcmp(mode, "restrict")
                ? recv_table_from_restrict_json : recv_table_from_json,
                errors);
}

void
checks_run(const struct refs *refs, enum resource_kind kind, const char *name,
           const struct json *json, struct field_errors *errors,
           struct svec *warnings)
{
    struct check c = { .refs = refs, .kind = kind, .name = name,
                       .errors = errors, .warnings = warnings };

    if (refs_facts_init(&c.facts, kind, json)) {
        check_claims(&c);
        check_links(&c);
        if (kind == RES_GENEVE_OPTION) {
            refs_for_each_referrer(refs, kind, name, check_profile_of_option,
                                   &c);
        } else if (kind == RES_OPTION_PROFILE) {
            check_profile(&c);
        } else if (kind == RES_VPC) {
            check_vpc(&c);
        } else if (kind == RES_ENDPOINT) {
            check_endpoint(&c, json);
        } else if (kind == RES_NVE) {
            check_static_table(json_util_path(json, "spec", "static", NULL),
                               errors);
        }
        external_checks_run(refs, name, &c.facts, errors, warnings);
        service_checks_run(refs, name, &c.facts, errors, warnings);
    }
    refs_facts_destroy(&c.facts);
}

/* Status. */

static void
check_string(const struct json *status, const char *name,
             struct field_errors *errors)
{
    const struct json *value = json_util_get(status, name);

    if (value && value->type != JSON_STRING) {
        char *field = xasprintf("status.%s", name);

        field_errors_add(errors, FE_INVALID, field, "must be a string");
        free(field);
    }
}

/* Only the node in spec.nve, if there is one, may bind an endpoint. */
static void
check_endpoint_status(const struct json *json, const struct json *status,
                      struct field_errors *errors)
{
    const char *wanted = json_util_string(json_util_get(json, "spec"), "nve",
                                          NULL);
    const char *claimed = json_util_string(status, "nve", NULL);
    const struct json *label = json_util_get(status, "policyLabel");

    check_string(status, "nve", errors);
    check_string(status, "phase", errors);
    check_string(status, "message", errors);
    check_string(status, "policyLabelSet", errors);
    if (label && (label->type != JSON_INTEGER || label->integer < 0
                  || label->integer > UINT32_MAX)) {
        field_errors_add(errors, FE_INVALID, "status.policyLabel",
                         "must be an integer from 0 to %"PRIu32, UINT32_MAX);
    }
    if (claimed && !resource_name_is_valid(claimed)) {
        field_errors_add(errors, FE_INVALID, "status.nve",
                         "\"%.80s\" is not a valid name", claimed);
    } else if (wanted && claimed && strcmp(wanted, claimed)) {
        field_errors_add(errors, FE_FORBIDDEN, "status.nve",
                         "\"%s\" may not bind it: spec.nve is \"%s\"",
                         claimed, wanted);
    }
}

/* Other agents may have encapsulations that we do not know, but each table
 * must say which it is for, and only one may be for it. */
static void
check_also_receives(const struct json *status, struct field_errors *errors)
{
    const struct json *also = json_util_get(status, "alsoReceives");
    const struct json *receive = json_util_get(status, "receive");
    struct sset seen = SSET_INITIALIZER(&seen);

    if (also && also->type != JSON_ARRAY) {
        field_errors_add(errors, FE_INVALID, "status.alsoReceives",
                         "must be an array");
        return;
    }
    if (receive) {
        sset_add(&seen, json_util_string(receive, "encapsulation",
                                         encapsulation_default()->name));
    }
    for (size_t i = 0; also && i < also->array.n; i++) {
        const struct json *table = also->array.elems[i];
        const char *name = json_util_string(table, "encapsulation", NULL);
        char *field = xasprintf("status.alsoReceives[%"PRIuSIZE"]", i);

        if (!name) {
            field_errors_add(errors, FE_INVALID, field,
                             "has no encapsulation, as a string");
        } else if (!sset_add(&seen, name)) {
            field_errors_add(errors, FE_INVALID, field,
                             "is a second table for %.80s", name);
        } else {
            check_table(table, field, recv_table_from_json, errors);
        }
        free(field);
    }
    sset_destroy(&seen);
}

void
checks_run_status(enum resource_kind kind, const struct json *json,
                  struct field_errors *errors)
{
    const struct json *status = json_util_get(json, "status");

    if (status && status->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, "status", "must be an object");
    } else if (kind == RES_NVE) {
        check_string(status, "agentVersion", errors);
        check_table(json_util_get(status, "receive"), "status.receive",
                    recv_table_from_json, errors);
        check_also_receives(status, errors);
    } else if (kind == RES_ENDPOINT) {
        check_endpoint_status(json, status, errors);
    } else if (kind == RES_VPC_GATEWAY) {
        check_string(status, "active", errors);
    } else if (kind == RES_FLOATING_IP) {
        check_string(status, "nve", errors);
        check_string(status, "address", errors);
    } else if (kind == RES_LOAD_BALANCER) {
        check_string(status, "address", errors);
        check_string(status, "externalAddress", errors);
    }
}
