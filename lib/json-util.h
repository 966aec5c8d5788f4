/* Small helpers around OVS's JSON: typed members, paths, merge-patch.
 *
 * JSON is OVS's everywhere in this project.  (jansson's functions have the
 * same names as six of OVS's, and a program linked with both calls the wrong
 * one without a word; it also takes twice the time.) */
#ifndef GA_JSON_UTIL_H
#define GA_JSON_UTIL_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

/* The member 'name' of 'json', or NULL if that is no object, has no such
 * member, or has null there.  json_util_path() goes through several: "spec",
 * "underlay", "ips", NULL. */
const struct json *json_util_get(const struct json *, const char *name);
const struct json *json_util_path(const struct json *, ...)
    __attribute__((sentinel));

/* The string / integer / boolean there; 'dflt' or false if it is absent or of
 * another type. */
const char *json_util_string(const struct json *, const char *name,
                             const char *dflt);
bool json_util_integer(const struct json *, const char *name, int64_t *);
bool json_util_boolean(const struct json *, const char *name, bool dflt);

/* RFC 7396.  Returns a new value; 'target' (which may be NULL) and 'patch'
 * are unchanged. */
struct json *json_util_merge_patch(const struct json *target,
                                   const struct json *patch);

/* Parses exactly one JSON value in 'n' bytes.  Returns it, or NULL and sets
 * '*error' to a message with the position, for the caller to free.  Nesting
 * deeper than 64 and strings with a null character are errors. */
struct json *json_util_parse(const char *, size_t n, char **error);

/* One line, members sorted; for the caller to free. */
char *json_util_to_line(const struct json *);

/* Puts 'value', which is taken and may be NULL, in place of what '*json' is,
 * which is freed. */
void json_util_set(struct json **json, struct json *value);

/* Replaces member 'name', taking 'value'; for objects that nobody shares. */
void json_util_put(struct json *object, const char *name, struct json *value);

#endif /* lib/json-util.h */
