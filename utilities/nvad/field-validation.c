/* fieldValidation, as Kubernetes has it, with its words, which clients show as
 * they are.  Other than there, the default is Strict: nobody has to ask for
 * mistakes to be found. */

#include <config.h>

#include "utilities/nvad/field-validation.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-doubles.h"
#include "lib/resource-members.h"
#include "svec.h"
#include "util.h"
#include "utilities/nvad/admit.h"
#include "utilities/nvad/api-status.h"

#define MAX_DOUBLES 16              /* As many as a message can bear. */

static const char *const names[] = {
    [FIELD_VALIDATION_STRICT] = "Strict",
    [FIELD_VALIDATION_WARN] = "Warn",
    [FIELD_VALIDATION_IGNORE] = "Ignore",
};

bool
field_validation_from_string(const char *s, enum field_validation *mode)
{
    *mode = FIELD_VALIDATION_STRICT;
    if (!s || !s[0]) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(s, names[i])) {
            *mode = i;
            return true;
        }
    }
    return false;
}

/* Adds "WHAT field "PATH"" for each path. */
static void
describe(const char *what, const struct svec *paths, struct svec *out)
{
    const char *path;
    size_t i;

    SVEC_FOR_EACH (i, path, paths) {
        svec_add_nocopy(out, xasprintf("%s field \"%s\"", what, path));
    }
}

static struct json *
make_error(const struct write_request *rq, const struct svec *faults)
{
    const char *kind = resource_get_class(rq->kind)->kind;
    char *list = svec_join(faults, ", ", "");
    struct json *error;

    error = api_status_create(400, "BadRequest", "%s in version \""
                              RESOURCE_VERSION "\" cannot be handled as a "
                              "%s: strict decoding error: %s", kind, kind,
                              list);
    free(list);
    return error;
}

struct json *
field_validation_check(enum field_validation mode,
                       const struct write_request *rq, const char *text,
                       size_t n, struct svec *warnings)
{
    struct svec unknown = SVEC_EMPTY_INITIALIZER;
    struct svec doubled = SVEC_EMPTY_INITIALIZER;
    struct svec faults = SVEC_EMPTY_INITIALIZER;
    struct json *error = NULL;

    if (mode == FIELD_VALIDATION_IGNORE || rq->verb == WRITE_DELETE) {
        return NULL;
    }
    resource_members_find_unknown(rq->kind, rq->body, rq->verb == WRITE_PATCH,
                                  &unknown);
    json_doubles_find(text, n, MAX_DOUBLES, &doubled);
    describe("unknown", &unknown, &faults);
    describe("duplicate", &doubled, &faults);
    if (faults.n && mode == FIELD_VALIDATION_STRICT) {
        error = make_error(rq, &faults);
    } else {
        svec_append(warnings, &faults);
    }
    svec_destroy(&unknown);
    svec_destroy(&doubled);
    svec_destroy(&faults);
    return error;
}
