/* Small helpers around Open vSwitch's JSON.
 *
 * Open vSwitch's parser trusts its input in a few places.  A null byte cuts a
 * number short.  Some numbers beyond 2^64 wrap around to small ones.  An
 * unpaired surrogate escape and broken UTF-8 pass, and OVSDB refuses them much
 * later.  It nests 1,000 levels, each of which costs stack when the value is
 * walked.  json_util_parse() therefore scans the text once before it passes it
 * on, which costs about a nanosecond a byte.
 *
 * It counts lines and columns from 1, as editors do; Open vSwitch counts from
 * 0. */

#include <config.h>

#include "lib/json-util.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

const struct json *
json_util_get(const struct json *json, const char *name)
{
    const struct json *member;

    if (!json || json->type != JSON_OBJECT) {
        return NULL;
    }
    member = shash_find_data(json->object, name);
    return member && member->type != JSON_NULL ? member : NULL;
}

const struct json *
json_util_path(const struct json *json, ...)
{
    const char *name;
    va_list args;

    va_start(args, json);
    while (json && (name = va_arg(args, const char *)) != NULL) {
        json = json_util_get(json, name);
    }
    va_end(args);
    return json;
}

struct json *
json_util_without(const struct json *object, ...)
{
    struct json *copy = json_object_create();
    const struct shash_node *node;
    const char *name;
    va_list args;

    SHASH_FOR_EACH (node, json_object(object)) {
        json_object_put(copy, node->name, json_clone(node->data));
    }
    va_start(args, object);
    while ((name = va_arg(args, const char *)) != NULL) {
        json_destroy(shash_find_and_delete(json_object(copy), name));
    }
    va_end(args);
    return copy;
}

const char *
json_util_string(const struct json *json, const char *name, const char *dflt)
{
    const struct json *member = json_util_get(json, name);

    return member && member->type == JSON_STRING ? member->string : dflt;
}

bool
json_util_integer(const struct json *json, const char *name, int64_t *value)
{
    const struct json *member = json_util_get(json, name);

    if (!member || member->type != JSON_INTEGER) {
        return false;
    }
    *value = member->integer;
    return true;
}

bool
json_util_as_integer(const struct json *json, int64_t *value)
{
    /* OVS's parser keeps a number in JSON_INTEGER as long as it fits 64 bits,
     * so a JSON_REAL of this magnitude can only be a larger one. */
    if (json->type == JSON_INTEGER) {
        *value = json->integer;
        return true;
    } else if (json->type == JSON_REAL && json->real >= 0x1p63) {
        *value = INT64_MAX;
        return true;
    } else if (json->type == JSON_REAL && json->real <= -0x1p63) {
        *value = INT64_MIN;
        return true;
    }
    return false;
}

bool
json_util_boolean(const struct json *json, const char *name, bool dflt)
{
    const struct json *member = json_util_get(json, name);

    if (!member) {
        return dflt;
    }
    return (member->type == JSON_TRUE ? true
            : member->type == JSON_FALSE ? false
            : dflt);
}

struct json *
json_util_merge_patch(const struct json *target, const struct json *patch)
{
    const struct shash_node *node;
    struct json *result;

    if (patch->type != JSON_OBJECT) {
        return json_deep_clone(patch);
    }

    result = json_object_create();
    if (target && target->type == JSON_OBJECT) {
        SHASH_FOR_EACH (node, target->object) {
            if (!shash_find(patch->object, node->name)) {
                json_object_put(result, node->name,
                                json_deep_clone(node->data));
            }
        }
    }
    SHASH_FOR_EACH (node, patch->object) {
        const struct json *member = node->data;

        if (member->type != JSON_NULL) {
            const struct json *old = json_util_get(target, node->name);

            json_object_put(result, node->name,
                            json_util_merge_patch(old, member));
        }
    }
    return result;
}

/* The value of the four hex digits of a \u escape at 's', or -1 if they are
 * not there, which OVS's parser then reports. */
static int
escape_value(const char *s, const char *end)
{
    bool ok = false;
    uintmax_t value = 0;

    if (end - s >= 4) {
        value = hexits_value(s, 4, &ok);
    }
    return ok ? (int) value : -1;
}

/* Returns the length of the backslash escape at 's'.  Sets '*fault' if it is a
 * low surrogate without its high one, which OVS's parser would turn into
 * invalid UTF-8. */
static size_t
scan_escape(const char *s, const char *end, const char **fault)
{
    int value;

    if (end - s < 2 || s[1] != 'u') {
        return 2;
    }
    value = escape_value(s + 2, end);
    if (value >= 0xdc00 && value <= 0xdfff) {
        *fault = "escaped surrogate without its first half";
    }
    if (value >= 0xd800 && value <= 0xdbff) {
        return 12;              /* OVS checks that the second half follows. */
    }
    return 6;
}

/* Returns the length of the number at 's'.  OVS's parser lets the digits wrap
 * around if they start with 2^64 to 2^64 + 3 (no other prefix gets past its
 * check), so that 18446744073709551617 reads as 1: sets '*fault' then. */
static size_t
scan_number(const char *s, const char *end, const char **fault)
{
    static const char limit[] = "1844674407370955161"; /* 2^64 / 10. */
    size_t n_digits = 0;        /* Significant ones, equal to 'limit'. */
    const char *p;

    for (p = s; p < end && (isdigit((unsigned char) *p) || *p == '.'); p++) {
        if (*p == '.' || (*p == '0' && !n_digits)) {
            continue;
        }
        if (n_digits == strlen(limit)) {
            if (*p >= '6') {
                *fault = "number outside valid range";
            }
            n_digits = SIZE_MAX;
        } else if (n_digits != SIZE_MAX) {
            n_digits = *p == limit[n_digits] ? n_digits + 1 : SIZE_MAX;
        }
    }
    return p - s;
}

/* Finds what OVS's parser would let pass.  Returns NULL, or a static message
 * with its place in '*pos'.  Does not check the syntax: where that is wrong,
 * this may miss later faults, but the parser reports the wrong syntax. */
static const char *
find_fault(const char *text, size_t n, size_t *pos)
{
    const char *end = text + n;
    const char *fault = NULL;
    bool in_string = false;
    int depth = 0;
    const char *s;

    for (s = text; s < end && !fault; ) {
        unsigned char c = *s;
        size_t step = 1;

        *pos = s - text;
        if (c == '"') {
            in_string = !in_string;
        } else if (!c) {
            fault = "null character";
        } else if (c >= 0x80) {
            step = utf8_sequence(s, end - s);
            if (!step) {
                fault = "invalid UTF-8";
            }
        } else if (in_string) {
            if (c == '\\') {
                step = scan_escape(s, end, &fault);
                if (memchr(s, '\0', MIN(step, (size_t) (end - s)))) {
                    fault = "null character";
                }
            }
        } else if (isdigit(c)) {
            step = scan_number(s, end, &fault);
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_UTIL_MAX_NESTING) {
                fault = "nesting deeper than "
                        OVS_STRINGIZE(JSON_UTIL_MAX_NESTING) " levels";
            }
        } else if (c == '}' || c == ']') {
            depth--;
        }
        s += MIN(step, (size_t) (end - s));
    }
    return fault;
}

/* "line 3, column 9: FAULT", with the place given as a byte offset. */
static char *
describe_fault(const char *text, size_t pos, const char *fault)
{
    int line = 1, column = 1;

    for (size_t i = 0; i < pos; i++) {
        if (text[i] == '\n') {
            line++;
            column = 1;
        } else {
            column++;
        }
    }
    return xasprintf("line %d, column %d: %s", line, column, fault);
}

/* Turns OVS's "line 0, column 8, byte 8: ..." into what an editor says. */
static char *
renumber(const char *message)
{
    int line, column, byte, skip = -1;

    if (ovs_scan(message, "line %d, column %d, byte %d: %n",
                 &line, &column, &byte, &skip) && skip >= 0) {
        return xasprintf("line %d, column %d: %s", line + 1, column + 1,
                         message + skip);
    }
    return xstrdup(message);
}

struct json *
json_util_parse(const char *text, size_t n, char **error)
{
    struct json_parser *parser;
    const char *fault;
    struct json *json;
    size_t pos = 0;

    *error = NULL;
    fault = find_fault(text, n, &pos);
    if (fault) {
        *error = describe_fault(text, pos, fault);
        return NULL;
    }

    parser = json_parser_create(JSPF_TRAILER);
    json_parser_feed(parser, text, n);
    json = json_parser_finish(parser);
    if (json->type == JSON_STRING) {
        *error = renumber(json->string);
        json_destroy(json);
        return NULL;
    }
    return json;
}

char *
json_util_to_line(const struct json *json)
{
    return json_to_string(json, JSSF_SORT);
}

void
json_util_put(struct json *object, const char *name, struct json *value)
{
    ovs_assert(object->type == JSON_OBJECT);
    json_object_put(object, name, value);
}

void
json_util_put_filled(struct json *object, const char *name, const char *value)
{
    if (value && value[0]) {
        json_object_put_string(object, name, value);
    }
}

void
json_util_set(struct json **json, struct json *value)
{
    json_destroy(*json);
    *json = value;
}
