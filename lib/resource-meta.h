/* An object's metadata, which all kinds have. */
#ifndef GA_RESOURCE_META_H
#define GA_RESOURCE_META_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/resource-age.h"
#include "smap.h"
#include "util.h"

struct field_errors;
struct json;

struct resource_meta {
    char *name;
    char *resource_version;         /* Or "". */
    struct resource_age age;
    long long int generation;
    const struct smap *labels;      /* Of lib/smap-pool.h. */
    bool in_block;                  /* The strings are part of the block that
                                     * has this structure... */
    uint16_t version_bytes;         /* ...which has so many bytes for
                                     * 'resource_version'; 0: that has been
                                     * allocated. */
};

/* The room in a block for a version of 'n' bytes, and for the next ones. */
#define RESOURCE_META_VERSION_BYTES(N) ROUND_UP((N) + 1, 4)

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

/* Copies 'version' to 'resource_version'. */
void resource_meta_set_version(struct resource_meta *, const char *version);

/* Whether 'a' and 'b' are the same but for 'resource_version'. */
bool resource_meta_equals(const struct resource_meta *a,
                          const struct resource_meta *b);

/* apiVersion, kind and metadata of an object, for the caller to destroy. */
struct json *resource_meta_to_json(const struct resource_meta *,
                                   const char *kind);

/* Frees what the metadata hold, not the structure itself. */
void resource_meta_destroy(struct resource_meta *);

#endif /* lib/resource-meta.h */
