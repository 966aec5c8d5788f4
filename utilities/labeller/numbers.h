/* The numbers of the label sets of all VPCs: which policy label each endpoint
 * should show.  It is told of objects, and says what their status should have.
 * No I/O. */
#ifndef GA_NUMBERS_H
#define GA_NUMBERS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/resource.h"

struct ds;
struct json;

/* What is wanted; 'aux' is that of numbers_create(). */
struct numbers_ops {
    /* The status of the object should have these members (taken). */
    void (*set_status)(enum resource_kind, const char *name,
                       struct json *status, void *aux);

    /* Nothing is wanted of the object any more. */
    void (*forget)(enum resource_kind, const char *name, void *aux);
};

struct numbers *numbers_create(const struct numbers_ops *, void *aux);

/* Calls none of the functions of numbers_ops.  NULL is fine. */
void numbers_destroy(struct numbers *);

/* An object came, changed, or went.  'endpoint' is NULL if it went.  'status',
 * which may be NULL, is the object's present status.  'now' is in ms and never
 * goes backward.  Before numbers_start() nothing is decided. */
void numbers_endpoint_changed(struct numbers *, const char *name,
                              const struct endpoint *endpoint,
                              const struct json *status, long long int now);
void numbers_vpc_changed(struct numbers *, const char *name, bool exists,
                         const struct json *status, long long int now);

/* All objects that exist have been told of.  To be called once. */
void numbers_start(struct numbers *, long long int now);

/* Appends a line for each VPC and set. */
void numbers_show(const struct numbers *, struct ds *);

#endif /* utilities/labeller/numbers.h */
