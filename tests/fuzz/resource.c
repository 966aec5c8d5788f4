/* Objects of each kind, as any holder of a token can write them. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/endpoint-decode.h"
#include "lib/json-scan.h"
#include "lib/json-util.h"
#include "lib/nve-decode.h"
#include "lib/policy.h"
#include "lib/resource-members.h"
#include "openvswitch/json.h"
#include "smap.h"
#include "svec.h"
#include "tests/fuzz/fuzz-kind.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* A policy compiles to the same program again, and one that is faulty to
 * nothing. */
static void
check_policy(const struct vpc_policy *policy, bool faulty)
{
    struct smap labels = SMAP_CONST1(&labels, "role", "web");
    struct policy_source sources[] = { { 1, &labels }, { 2, &labels } };

    for (enum policy_direction d = 0; d < POLICY_N_DIRECTIONS; d++) {
        struct policy_program a, b;

        policy_compile(&policy, 1, d, sources, ARRAY_SIZE(sources), &a);
        policy_compile(&policy, 1, d, sources, ARRAY_SIZE(sources), &b);
        ovs_assert(policy_program_equals(&a, &b));
        ovs_assert(!faulty || !a.n);
        policy_program_destroy(&a);
        policy_program_destroy(&b);
    }
}

static void
check_faulty_policy(const struct json *json)
{
    struct vpc_policy *policy = vpc_policy_from_faulty_json(json);

    if (policy) {
        check_policy(policy, true);
        vpc_policy_destroy(policy);
    }
}

/* Decoding an endpoint without a tree says the same as parsing it, or
 * nothing. */
static void
check_decode(const char *text, size_t n)
{
    struct json_scan s = json_scan_start(text, n);
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct svec unknown = SVEC_EMPTY_INITIALIZER;
    struct endpoint *decoded = endpoint_decode(&s);
    struct endpoint *parsed, *again;
    struct json *json, *back;
    char *error;

    if (!decoded || !json_scan_at_end(&s)) {
        endpoint_destroy(decoded);
        return;
    }
    json = json_util_parse(text, n, &error);
    ovs_assert(json);
    resource_members_find_unknown(RES_ENDPOINT, json, false, &unknown);
    ovs_assert(!unknown.n);
    parsed = endpoint_from_json(json, &errors);
    ovs_assert(parsed && endpoint_equals(decoded, parsed));
    back = endpoint_to_json(decoded);
    again = endpoint_from_json(back, &errors);
    ovs_assert(again && endpoint_equals(decoded, again));
    endpoint_destroy(decoded);
    endpoint_destroy(parsed);
    endpoint_destroy(again);
    svec_destroy(&unknown);
    json_destroy(json);
    json_destroy(back);
}

/* The same for an NVE. */
static void
check_decode_nve(const char *text, size_t n)
{
    struct json_scan s = json_scan_start(text, n);
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct svec unknown = SVEC_EMPTY_INITIALIZER;
    struct json *json, *same;
    struct nve *decoded, *parsed;
    char *canonical, *error;

    decoded = nve_decode(&s, &canonical);
    if (!decoded) {
        return;
    }
    json = json_util_parse(text, s.p - text, &error);
    ovs_assert(json);
    resource_members_find_unknown(RES_NVE, json, false, &unknown);
    ovs_assert(!unknown.n);
    parsed = nve_from_json(json, &errors);
    ovs_assert(parsed && resource_meta_equals(&decoded->meta, &parsed->meta)
               && decoded->static_table == parsed->static_table
               && decoded->receive == parsed->receive
               && decoded->n_underlay_ips == parsed->n_underlay_ips);
    same = json_util_parse(canonical, strlen(canonical), &error);
    ovs_assert(same);
    nve_destroy(decoded);
    nve_destroy(parsed);
    svec_destroy(&unknown);
    json_destroy(same);
    json_destroy(json);
    free(canonical);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct json *json = fuzz_to_json(data, n);
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct svec warnings = SVEC_EMPTY_INITIALIZER;
    struct svec unknown = SVEC_EMPTY_INITIALIZER;
    enum resource_kind kind = fuzz_kind_find(data, n);
    void *resource;
    char *s;

    check_decode((const char *) data, n);
    check_decode_nve((const char *) data, n);
    if (!json) {
        return;
    }
    resource_members_find_unknown(kind, json, false, &unknown);
    ovs_assert(unknown.n <= RESOURCE_MEMBERS_MAX);
    resource = resource_parse(kind, json, &errors, &warnings);
    ovs_assert(!resource == (errors.n != 0));
    s = field_errors_to_string(&errors);
    ovs_assert(!resource == (s[0] != '\0'));
    free(s);
    if (kind == RES_VPC_POLICY) {
        check_faulty_policy(json);
    }
    if (resource) {
        ovs_assert(resource_validate(kind, json, &errors, &warnings));
        ovs_assert(resource_validate_update(kind, json, json, &errors));
        if (kind == RES_VPC_POLICY) {
            check_policy(resource, false);
        }
        resource_destroy(kind, resource);
    }
    field_errors_destroy(&errors);
    svec_destroy(&warnings);
    svec_destroy(&unknown);
    json_destroy(json);
}
