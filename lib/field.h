/* Readers of single fields, for the resource-*.c files and what
 * they consist of.
 *
 * Each reads member 'name' of 'parent' (which may be NULL: then nothing is
 * there) and adds an error for what is wrong with it; null is the same as
 * absent.  'path' is the parent's own name in messages, such as
 * "spec.subnets[1]"; full names are put together only when there is a fault,
 * because nearly all objects have none. */
#ifndef GA_FIELD_H
#define GA_FIELD_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/field-error.h"
#include "openvswitch/json.h"

/* Where a field is and where its faults go. */
struct field_parent {
    const struct json *json;        /* An object, or NULL. */
    const char *path;               /* "spec"; "" for the top. */
    struct field_errors *errors;
};

void field_error(const struct field_parent *, enum field_error_type,
                 const char *name, const char *format, ...)
    OVS_PRINTF_FORMAT(4, 5);

const struct json *field_object(const struct field_parent *,
                                const char *name, bool required);
const struct json *field_array(const struct field_parent *,
                               const char *name, bool required);
const char *field_string(const struct field_parent *, const char *name,
                         bool required);
bool field_boolean(const struct field_parent *, const char *name, bool dflt);
bool field_integer(const struct field_parent *, const char *name,
                   bool required, int64_t min, int64_t max, int64_t *value);
bool field_u32(const struct field_parent *, const char *name, uint32_t *);
const char *field_name(const struct field_parent *, const char *name,
                       bool required);

/* IPv4 as mapped addresses. */
bool field_parse_ip(const char *, struct in6_addr *, const char **fault);
void field_ips(const struct field_parent *, const char *name,
               struct in6_addr **ips, size_t *n);

#endif /* lib/field.h */
