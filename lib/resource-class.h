/* What makes a kind of resource: its names in the API, and how its objects are
 * parsed and destroyed.
 *
 * Each lib/resource-KIND.c ends in its class.  lib/resource.c has the list of
 * them. */
#ifndef GA_RESOURCE_CLASS_H
#define GA_RESOURCE_CLASS_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/field.h"
#include "lib/resource-meta.h"

struct svec;

struct resource_class {
    /* Its names: "GeneveOption", "geneveoptions", "geneveoption", "gopt". */
    const char *kind, *plural, *singular, *short_name;

    /* Whether it has the /status subresource. */
    bool has_status;

    /* Bytes of its structure, which begins with a struct resource_meta.  A
     * new one is all-zero but for its metadata, which have been read. */
    size_t size;

    /* Sets what zero is wrong for.  May be NULL. */
    void (*init)(void *resource);

    /* Reads spec, which is an object, and adds an error for each fault.
     * 'warnings', if nonnull, takes what draws a warning but no refusal. */
    void (*parse_spec)(void *resource, const struct field_parent *spec,
                       struct svec *warnings);

    /* Reads status, which may be NULL.  The status comes from another machine
     * and may be anything.  It never makes the object invalid: what does not
     * have the expected form counts as absent.  May be NULL. */
    void (*parse_status)(void *resource, const struct json *status);

    /* Frees what the structure holds, but for its metadata.  Because of a
     * fault, some of it may be missing. */
    void (*release)(void *resource);

    /* Adds an error for what of 'new' may not differ from 'old', an earlier
     * version of the object that has been valid.  NULL: all may differ. */
    void (*check_update)(const struct json *old, const struct json *new,
                         struct field_errors *);

    /* Makes a structure of an object that has faults: what is safe to use in
     * place of it as long as it has never been valid, or NULL.  NULL: nothing
     * is used. */
    void *(*parse_faulty)(const struct json *);
};

/* Returns a new structure of the class, or NULL with at least one error added
 * to 'errors'.  'warnings' may be NULL. */
void *resource_class_parse(const struct resource_class *, const struct json *,
                           struct field_errors *errors,
                           struct svec *warnings);

/* NULL is fine for 'resource'. */
void resource_class_destroy(const struct resource_class *, void *resource);

#endif /* lib/resource-class.h */
