/* Objects as they come from a source: see object-parse.h. */

#include <config.h>

#include "agent/controller/object-parse.h"

#include <stdlib.h>

#include "lib/printable.h"
#include "lib/resource-members.h"
#include "svec.h"
#include "util.h"

void
object_parse_refuse_unknown(enum resource_kind kind, const struct json *json,
                            struct field_errors *errors)
{
    struct svec paths = SVEC_EMPTY_INITIALIZER;
    const char *path;
    size_t i;

    resource_members_find_unknown(kind, json, false, &paths);
    SVEC_FOR_EACH (i, path, &paths) {
        field_errors_add(errors, FE_FORBIDDEN, path, "is not known: a %s has "
                         "no such member", resource_get_class(kind)->kind);
    }
    svec_destroy(&paths);
}

void *
object_parse(enum resource_kind kind, const struct json *json,
             const struct field_errors *faults, struct field_errors *errors,
             struct svec *warnings)
{
    void *parsed;

    for (size_t i = 0; faults && i < faults->n; i++) {
        const struct field_error *e = &faults->errors[i];

        field_errors_add(errors, e->type, e->field, "%s", e->message);
    }
    if (!faults && kind == RES_VPC_POLICY) {
        /* A policy that is not understood as a whole may allow too much. */
        object_parse_refuse_unknown(kind, json, errors);
    }
    parsed = resource_parse(kind, json, errors, warnings);
    if (parsed && errors->n) {
        resource_destroy(kind, parsed);
        parsed = NULL;
    }
    return parsed;
}

char *
object_parse_find_unknown(enum resource_kind kind, const struct json *json)
{
    struct svec paths = SVEC_EMPTY_INITIALIZER;
    char *unknown;

    resource_members_find_unknown(kind, json, false, &paths);
    unknown = paths.n ? svec_join(&paths, ", ", "") : NULL;
    unknown = printable_make_nocopy(unknown);
    svec_destroy(&paths);
    return unknown;
}

char *
object_parse_explain(const struct field_errors *errors, bool is_substitute)
{
    char *faults = field_errors_to_string(errors);
    char *description = (is_substitute
                         ? xasprintf("%s; until that is mended, it lets "
                                     "nothing in", faults)
                         : xstrdup(faults));

    free(faults);
    return description;
}
