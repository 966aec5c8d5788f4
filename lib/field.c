/* Readers of single fields of a resource.  Users see these messages, so they
 * say what was found as well as what was expected. */

#include <config.h>

#include "lib/field.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/resource-name.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

void
field_error(const struct field_parent *parent, enum field_error_type type,
            const char *name, const char *format, ...)
{
    char *field = (parent->path[0]
                   ? xasprintf("%s.%s", parent->path, name)
                   : xstrdup(name));
    va_list args;
    char *message;

    va_start(args, format);
    message = xvasprintf(format, args);
    va_end(args);
    field_errors_add(parent->errors, type, field, "%s", message);
    free(message);
    free(field);
}

/* What 'json' is, for messages: "a string".  OVS's parser tells integers from
 * other numbers; JSON itself does not. */
static const char *
type_name(const struct json *json)
{
    switch (json->type) {
    case JSON_NULL:
        return "null";
    case JSON_FALSE:
    case JSON_TRUE:
        return "a boolean";
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_STRING:
        return "a string";
    case JSON_N_TYPES:
    case JSON_SERIALIZED_OBJECT:
    default:
        return "something else";
    }
}

/* The member if it is of 'type', which messages call 'wanted'; else NULL. */
static const struct json *
field_of_type(const struct field_parent *parent, const char *name,
              bool required, enum json_type type, const char *wanted)
{
    const struct json *json = json_util_get(parent->json, name);

    if (!json) {
        if (required) {
            field_error(parent, FE_REQUIRED, name, "is required");
        }
        return NULL;
    }
    if (json->type != type) {
        field_error(parent, FE_INVALID, name, "must be %s, not %s", wanted,
                    type_name(json));
        return NULL;
    }
    return json;
}

const struct json *
field_object(const struct field_parent *parent, const char *name,
             bool required)
{
    return field_of_type(parent, name, required, JSON_OBJECT, "an object");
}

const struct json *
field_array(const struct field_parent *parent, const char *name,
            bool required)
{
    return field_of_type(parent, name, required, JSON_ARRAY, "an array");
}

const char *
field_string(const struct field_parent *parent, const char *name,
             bool required)
{
    const struct json *json = field_of_type(parent, name, required,
                                            JSON_STRING, "a string");

    return json ? json->string : NULL;
}

void
field_for_each_object(const struct field_parent *parent, const char *name,
                      const struct json *array, field_object_cb *parse,
                      void *aux)
{
    size_t n = array ? array->array.n : 0;

    for (size_t i = 0; i < n; i++) {
        char *path = xasprintf("%s.%s[%"PRIuSIZE"]", parent->path, name, i);
        const struct field_parent element = { array->array.elems[i], path,
                                              parent->errors };

        if (element.json->type == JSON_OBJECT) {
            parse(&element, i, aux);
        } else {
            field_errors_add(parent->errors, FE_INVALID, path,
                             "must be an object");
        }
        free(path);
    }
}

bool
field_boolean(const struct field_parent *parent, const char *name, bool dflt)
{
    const struct json *json = json_util_get(parent->json, name);

    if (json && json->type != JSON_TRUE && json->type != JSON_FALSE) {
        field_error(parent, FE_INVALID, name, "must be a boolean, not %s",
                    type_name(json));
        return dflt;
    }
    return json ? json->type == JSON_TRUE : dflt;
}

bool
field_integer(const struct field_parent *parent, const char *name,
              bool required, int64_t min, int64_t max, int64_t *value)
{
    const struct json *json = json_util_get(parent->json, name);

    if (!json) {
        if (required) {
            field_error(parent, FE_REQUIRED, name, "is required");
        }
        return false;
    }
    if (json->type == JSON_REAL) {
        field_error(parent, FE_INVALID, name,
                    "%.17g is not an integer from %lld to %lld", json->real,
                    (long long int) min, (long long int) max);
        return false;
    }
    if (json->type != JSON_INTEGER) {
        field_error(parent, FE_INVALID, name, "must be an integer, not %s",
                    type_name(json));
        return false;
    }
    if (json->integer < min || json->integer > max) {
        field_error(parent, FE_INVALID, name,
                    "%lld is not in the range from %lld to %lld",
                    json->integer, (long long int) min,
                    (long long int) max);
        return false;
    }
    *value = json->integer;
    return true;
}

bool
field_u32(const struct field_parent *parent, const char *name,
          uint32_t *value)
{
    int64_t x;

    if (!field_integer(parent, name, false, 0, UINT32_MAX, &x)) {
        return false;
    }
    *value = x;
    return true;
}

const char *
field_name(const struct field_parent *parent, const char *name,
           bool required)
{
    const char *s = field_string(parent, name, required);

    if (s && !resource_name_is_valid(s)) {
        field_error(parent, FE_INVALID, name, "\"%.300s\" is not a valid "
                    "object name (at most 253 lower case letters, digits, "
                    "'-' and '.', with a letter or digit at both ends of "
                    "each part)", s);
        return NULL;
    }
    return s;
}

/* 127.0.0.0/8: RFC 1122, section 3.2.1.3. */
static bool
ip_is_loopback(ovs_be32 ip)
{
    return (ip & htonl(0xff000000)) == htonl(0x7f000000);
}

bool
field_parse_ip(const char *s, struct in6_addr *ip, const char **fault)
{
    ovs_be32 ip4;

    *fault = NULL;
    if (ip_parse(s, &ip4)) {
        *ip = in6_addr_mapped_ipv4(ip4);
        *fault = (!ip4 ? "is the unspecified address"
                  : ip_is_multicast(ip4) ? "is a multicast address"
                  : ip4 == OVS_BE32_MAX ? "is the broadcast address"
                  : ip_is_loopback(ip4) ? "is a loopback address"
                  : NULL);
    } else if (!ipv6_parse(s, ip)) {
        *fault = "is not an IP address";
    } else {
        *fault = (IN6_IS_ADDR_V4MAPPED(ip)
                  ? "is an IPv4 address and must be written as one"
                  : IN6_IS_ADDR_UNSPECIFIED(ip)
                  ? "is the unspecified address"
                  : IN6_IS_ADDR_LOOPBACK(ip) ? "is a loopback address"
                  : IN6_IS_ADDR_MULTICAST(ip) ? "is a multicast address"
                  : NULL);
    }
    return !*fault;
}

bool
field_ip(const struct field_parent *parent, const char *name, bool required,
         struct in6_addr *ip)
{
    const char *s = field_string(parent, name, required);
    const char *fault;

    if (s && !field_parse_ip(s, ip, &fault)) {
        field_error(parent, FE_INVALID, name, "\"%.80s\" %s", s, fault);
        return false;
    }
    return s != NULL;
}

size_t
field_choice(const struct field_parent *parent, const char *name,
             const char *const choices[], size_t n, size_t dflt)
{
    const char *s = field_string(parent, name, false);
    struct ds all = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; s && i < n; i++) {
        if (!strcmp(s, choices[i])) {
            ds_destroy(&all);
            return i;
        }
        ds_put_format(&all, "%s%s", i ? ", " : "", choices[i]);
    }
    if (s) {
        field_error(parent, FE_NOT_SUPPORTED, name,
                    "\"%.80s\" is not one of %s", s, ds_cstr(&all));
    }
    ds_destroy(&all);
    return dflt;
}

struct numbered_ip {
    struct in6_addr ip;
    size_t index;                   /* In the array of the object. */
};

static int
compare_numbered_ips(const void *a_, const void *b_)
{
    const struct numbered_ip *a = a_;
    const struct numbered_ip *b = b_;
    int cmp = memcmp(&a->ip, &b->ip, sizeof a->ip);

    return cmp ? cmp : a->index < b->index ? -1 : a->index > b->index;
}

/* Sorts, so that many addresses do not take long: the size of an object is
 * bounded, but not small. */
static void
report_duplicate_ips(const struct field_parent *parent, const char *name,
                     struct numbered_ip *ips, size_t n)
{
    qsort(ips, n, sizeof *ips, compare_numbered_ips);
    for (size_t i = 1; i < n; i++) {
        if (!memcmp(&ips[i - 1].ip, &ips[i].ip, sizeof ips->ip)) {
            char s[INET6_ADDRSTRLEN];
            char *element = xasprintf("%s[%"PRIuSIZE"]", name,
                                      ips[i].index);

            ipv6_string_mapped(s, &ips[i].ip);
            field_error(parent, FE_DUPLICATE, element,
                        "%s is already %s[%"PRIuSIZE"]", s, name,
                        ips[i - 1].index);
            free(element);
        }
    }
}

void
field_ips(const struct field_parent *parent, const char *name,
          struct in6_addr **ips, size_t *n)
{
    const struct json *array = field_array(parent, name, false);
    struct numbered_ip *numbered;

    *ips = NULL;
    *n = 0;
    if (!array || !array->array.n) {
        return;
    }

    *ips = xmalloc(array->array.n * sizeof **ips);
    numbered = xmalloc(array->array.n * sizeof *numbered);
    for (size_t i = 0; i < array->array.n; i++) {
        const struct json *elem = array->array.elems[i];
        const char *fault = NULL;
        char *element;

        if (elem->type == JSON_STRING
            && field_parse_ip(elem->string, &(*ips)[*n], &fault)) {
            numbered[*n].ip = (*ips)[*n];
            numbered[*n].index = i;
            ++*n;
            continue;
        }
        element = xasprintf("%s[%"PRIuSIZE"]", name, i);
        if (fault) {
            field_error(parent, FE_INVALID, element, "\"%.80s\" %s",
                        elem->string, fault);
        } else {
            field_error(parent, FE_INVALID, element,
                        "must be a string, not %s", type_name(elem));
        }
        free(element);
    }
    report_duplicate_ips(parent, name, numbered, *n);
    free(numbered);
}

void
field_status_ips(const struct json *status, const char *name,
                 struct in6_addr **ips, size_t *n)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct field_parent parent = { status, "status", &errors };

    field_ips(&parent, name, ips, n);
    field_errors_destroy(&errors);
}

void
field_status_ip(const struct json *status, const char *name,
                struct in6_addr *ip)
{
    const char *s = json_util_string(status, name, NULL);
    const char *fault;

    if (!s || !field_parse_ip(s, ip, &fault)) {
        *ip = in6addr_any;
    }
}
