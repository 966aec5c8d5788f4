/* Objects in tests of resources: their specs are written with ' for ", so that
 * the cases can be read. */
#ifndef GA_TESTS_RESOURCE_CHECK_H
#define GA_TESTS_RESOURCE_CHECK_H 1

#include <string.h>

#include "lib/json-util.h"
#include "lib/resource.h"
#include "openvswitch/json.h"
#include "tests/unit/parse.h"
#include "util.h"

/* An object named "x" with this spec and these further members. */
static inline struct json *
object(const char *spec, const char *more)
{
    char *text = xasprintf("{'metadata': {'name': 'x'}, 'spec': {%s}%s}",
                           spec, more);
    struct json *json = parse(text);

    free(text);
    return json;
}

/* What such an object is, for the caller to destroy.  It must be good;
 * 'warnings' may be NULL. */
static inline void *
parse_good(enum resource_kind kind, const char *spec, const char *more,
           struct svec *warnings)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(spec, more);
    void *resource = resource_parse(kind, json, &errors, warnings);
    char *faults = field_errors_to_string(&errors);

    if (!resource || errors.n) {
        fail_msg("%s, %s: %s", spec, more, faults);
    }
    free(faults);
    field_errors_destroy(&errors);
    json_destroy(json);
    return resource;
}

/* As the others, of a whole object, which is taken; NULL: accepted. */
static inline void
check_json(enum resource_kind kind, struct json *json, const char *expected)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    bool ok = resource_validate(kind, json, &errors, NULL);
    char *s = field_errors_to_string(&errors);
    char *line = json_util_to_line(json);

    assert_int_equal(ok, errors.n == 0);
    if (expected ? !strstr(s, expected) : !ok) {
        fail_msg("%s\n  gives \"%s\"\n  not   \"%s\"", line, s,
                 expected ? expected : "");
    }
    free(line);
    free(s);
    field_errors_destroy(&errors);
    json_destroy(json);
}

static inline void
check_accepted(enum resource_kind kind, const char *spec)
{
    check_json(kind, object(spec, ""), NULL);
}

/* 'expected' is part of the message, the field included. */
static inline void
refuse(enum resource_kind kind, const char *spec, const char *expected)
{
    check_json(kind, object(spec, ""), expected);
}

#endif /* tests/unit/resource-check.h */
