/* Small helpers around Open vSwitch's JSON: typed members, paths, merge patch.
 *
 * All JSON in this project is Open vSwitch's.  Six functions of jansson have
 * the names of functions of Open vSwitch, and a program linked with both calls
 * the wrong ones without a warning; jansson also takes twice the time. */
#ifndef GA_JSON_UTIL_H
#define GA_JSON_UTIL_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

/* The member 'name', or NULL if the JSON is NULL or no object, has no such
 * member, or has null there.  Constant time. */
const struct json *json_util_get(const struct json *, const char *name);

/* The same through several objects: "spec", "underlay", "ips", NULL. */
const struct json *json_util_path(const struct json *, ...)
    __attribute__((sentinel));

/* The string or boolean that is member 'name', or 'dflt' if that is absent or
 * of another type.  The string lives as long as the JSON. */
const char *json_util_string(const struct json *, const char *name,
                             const char *dflt);
bool json_util_boolean(const struct json *, const char *name, bool dflt);

/* Sets '*value' to the integer that is member 'name' and returns true, or
 * returns false if that is absent or no integer.  A number with a fraction, or
 * one that does not fit 64 bits, is no integer; 4.0 and 1e3 are. */
bool json_util_integer(const struct json *, const char *name, int64_t *value);

/* The same for the JSON itself, where an integer that does not fit 64 bits is
 * as good as INT64_MAX or INT64_MIN. */
bool json_util_as_integer(const struct json *, int64_t *value);

/* Returns a new object with the members of 'object' but for those whose names
 * follow, up to NULL. */
struct json *json_util_without(const struct json *object, ...)
    __attribute__((sentinel));

/* JSON merge patch, RFC 7396, section 2.  'target' may be NULL.  Returns a new
 * value that shares nothing with 'target' and 'patch', so that the caller may
 * change it with json_util_put(). */
struct json *json_util_merge_patch(const struct json *target,
                                   const struct json *patch);

/* Objects and arrays within each other. */
#define JSON_UTIL_MAX_NESTING 64

/* Parses exactly one JSON object or array in 'n' bytes.  Returns it, or NULL
 * with a message that has the position in '*error', for the caller to free.
 * Deeper nesting and strings with a null character are errors.  Of two members
 * with the same name the last one counts; lib/json-doubles.h finds them. */
struct json *json_util_parse(const char *, size_t n, char **error);

/* One line, members sorted; for the caller to free. */
char *json_util_to_line(const struct json *);

/* Puts 'value', which is taken and may be NULL, in place of what '*json' is,
 * which is freed. */
void json_util_set(struct json **json, struct json *value);

/* Sets member 'name' of an object that nobody shares.  Takes 'value'. */
void json_util_put(struct json *object, const char *name, struct json *value);

/* The same for a copy of string 'value'; NULL and "": there is no member. */
void json_util_put_filled(struct json *object, const char *name,
                          const char *value);

#endif /* lib/json-util.h */
