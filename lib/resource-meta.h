/* An object's metadata, which all kinds have. */
#ifndef GA_RESOURCE_META_H
#define GA_RESOURCE_META_H 1

#include <stdbool.h>

#include "smap.h"

struct field_errors;
struct json;

struct resource_meta {
    char *name;
    char *uid;                      /* Or "". */
    char *resource_version;         /* Or "". */
    char *creation_timestamp;       /* RFC 3339, or "". */
    long long int generation;
    struct smap labels;
};

/* Reads apiVersion, kind and metadata of an object that should be of 'kind',
 * such as "VPC", and adds an error for each fault.  resource_meta_destroy()
 * must follow, whatever the errors. */
void resource_meta_from_json(const struct json *, const char *kind,
                             struct resource_meta *, struct field_errors *);

/* Whether apiVersion and kind of 'json' say that it is of 'kind'.  If not
 * 'required', either may be absent. */
bool resource_meta_is_kind(const struct json *, const char *kind,
                           bool required);

/* Adds an error for each label and annotation of the object that Kubernetes
 * would not take; values of the product's own labels, which are names of
 * objects, may be longer.  This is for who stores objects:
 * resource_meta_from_json() takes all labels, so that what is stored already
 * stays in use. */
void resource_meta_check_maps(const struct json *, struct field_errors *);

/* Frees what the metadata hold, not the structure itself. */
void resource_meta_destroy(struct resource_meta *);

#endif /* lib/resource-meta.h */
