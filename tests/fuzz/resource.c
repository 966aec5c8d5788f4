/* Objects of each kind, as any holder of a token can write them. */

#include <config.h>

#include <stdlib.h>

#include "lib/json-util.h"
#include "lib/resource-members.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "tests/fuzz/fuzz-kind.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

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
    if (resource) {
        ovs_assert(resource_validate(kind, json, &errors, &warnings));
        ovs_assert(resource_validate_update(kind, json, json, &errors));
        resource_destroy(kind, resource);
    }
    field_errors_destroy(&errors);
    svec_destroy(&warnings);
    svec_destroy(&unknown);
    json_destroy(json);
}
