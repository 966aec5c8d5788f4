/* Readers of single fields, for the parsers of resources.
 *
 * Each reads member 'name' of an object (which may be NULL: then all members
 * are absent) and adds an error for what is wrong with it; null is the same as
 * absent.  Full names of fields are put together only when there is a fault,
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
    const char *path;               /* Its name in messages, such as
                                     * "spec.subnets[1]"; "" for the top. */
    struct field_errors *errors;
};

/* Adds an error about member 'name'. */
void field_error(const struct field_parent *, enum field_error_type,
                 const char *name, const char *format, ...)
    OVS_PRINTF_FORMAT(4, 5);

/* NULL if the member is absent, with an error if it is 'required', or if it is
 * of another type.  A string lives as long as the JSON. */
const struct json *field_object(const struct field_parent *,
                                const char *name, bool required);
const struct json *field_array(const struct field_parent *,
                               const char *name, bool required);
const char *field_string(const struct field_parent *, const char *name,
                         bool required);

/* Calls 'parse' for each element of 'array', which is the member 'name' of the
 * parent, or NULL.  An element that is no object gets an error instead. */
typedef void field_object_cb(const struct field_parent *element, size_t index,
                             void *aux);
void field_for_each_object(const struct field_parent *, const char *name,
                           const struct json *array, field_object_cb *parse,
                           void *aux);

/* 'dflt' if the member is absent or no boolean. */
bool field_boolean(const struct field_parent *, const char *name, bool dflt);

/* Sets '*value' and returns true if the member is an integer in min..max. */
bool field_integer(const struct field_parent *, const char *name,
                   bool required, int64_t min, int64_t max, int64_t *value);

/* As field_integer(), for an optional number of 32 bits. */
bool field_u32(const struct field_parent *, const char *name,
               uint32_t *value);

/* As field_string(), for the name of an object: also NULL if the string cannot
 * be one. */
const char *field_name(const struct field_parent *, const char *name,
                       bool required);

/* Reads a unicast address, an IPv4 one as a mapped address.  Returns true with
 * '*fault' NULL; or false with what is wrong, as the rest of a sentence that
 * starts with the address.  Static data. */
bool field_parse_ip(const char *, struct in6_addr *, const char **fault);

/* Reads a unicast address, an IPv4 one as a mapped address.  Returns true if
 * there is a valid one; what is wrong otherwise is added to the errors, also
 * that it is absent if it is 'required'. */
bool field_ip(const struct field_parent *, const char *name, bool required,
              struct in6_addr *ip);

/* Returns which of the 'n' names in 'choices' an optional string is; 'dflt' if
 * it is absent, or, with an error, none of them. */
size_t field_choice(const struct field_parent *, const char *name,
                    const char *const choices[], size_t n, size_t dflt);

/* Reads an optional array of distinct unicast addresses, IPv4 ones as mapped
 * addresses.  '*ips' (for the caller to free) has the valid ones, in order. */
void field_ips(const struct field_parent *, const char *name,
               struct in6_addr **ips, size_t *n);

/* The same for a member of a status, which may be NULL: what is not valid is
 * left out. */
void field_status_ips(const struct json *status, const char *name,
                      struct in6_addr **ips, size_t *n);

/* Sets '*ip' to the address that is a member of a status, which may be NULL;
 * all-zero if there is none that is valid. */
void field_status_ip(const struct json *status, const char *name,
                     struct in6_addr *ip);

#endif /* lib/field.h */
