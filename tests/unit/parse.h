/* JSON in tests, readable inside C strings. */
#ifndef GA_TESTS_PARSE_H
#define GA_TESTS_PARSE_H 1

#include "openvswitch/json.h"
#include "util.h"

/* Parses JSON in which ' stands for "; NULL for NULL.  (OVS parses objects
 * and arrays only, hence the brackets.) */
static inline struct json *
parse(const char *s)
{
    struct json *json, *value;
    char *copy;

    if (!s) {
        return NULL;
    }
    copy = xasprintf("[%s]", s);
    for (char *p = copy; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    json = json_from_string(copy);
    free(copy);
    if (json->type != JSON_ARRAY) {
        fail_msg("bad JSON in the test: %s: %s", s, json->string);
    }
    value = json_clone(json_array(json)->elems[0]);
    json_destroy(json);
    return value;
}

#endif /* tests/unit/parse.h */
