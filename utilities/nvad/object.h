/* A stored object at one resourceVersion.
 *
 * It never changes: a write makes a new one.  So lists, watch streams and the
 * history share it by reference counts, and its JSON text is made only once,
 * however often it is sent. */
#ifndef GA_OBJECT_H
#define GA_OBJECT_H 1

#include <stddef.h>
#include <stdint.h>

#include "lib/resource.h"
#include "openvswitch/hmap.h"
#include "smap.h"
#include "uuid.h"

struct ds;
struct json;

struct object {
    struct hmap_node name_node;     /* In a store's "by_name". */
    struct hmap_node uuid_node;     /* In a store's "by_uuid". */
    unsigned int ref_cnt;

    enum resource_kind kind;
    char *name;
    struct uuid uuid;               /* metadata.uid and the database's row. */
    uint64_t rv;                    /* metadata.resourceVersion. */
    struct smap labels;
    char *vpc;                      /* spec.vpc, or NULL. */

    char *text;                     /* The whole object as JSON. */
    size_t len;                     /* strlen(text). */
    size_t rv_ofs, rv_len;          /* Where its resourceVersion is. */
};

/* By what agents select objects: those with one value are found without a
 * look at all others. */
enum object_key {
    OBJECT_VPC,                     /* spec.vpc */
    OBJECT_VPC_LABEL,               /* nvo3.io/vpc */
    OBJECT_NVE_LABEL,               /* nvo3.io/nve */
    OBJECT_N_KEYS
};

/* The objects of a kind whose 'key' is 'value'. */
struct object_part {
    enum object_key key;
    const char *value;
};

/* What an object is made of.  'spec' and 'status' are JSON texts or "". */
struct object_fields {
    enum resource_kind kind;
    const char *name;
    struct uuid uuid;
    uint64_t rv;                    /* 0: none yet. */
    long long int generation;
    const char *created;            /* RFC 3339. */
    const struct smap *labels, *annotations;
    const char *spec, *status;
    const char *vpc;                /* spec.vpc, or NULL. */
};

/* Returns a new object with one reference, the caller's.  Copies the
 * fields. */
struct object *object_create(const struct object_fields *);

/* NULL is fine for both.  The argument may be const because the count is not
 * part of the object's content. */
struct object *object_ref(const struct object *);
void object_unref(struct object *);

/* The object's value of the key, or NULL if it has none. */
const char *object_get_key(const struct object *, enum object_key);

/* Returns the object parsed, for the caller to destroy. */
struct json *object_to_json(const struct object *);

/* Appends the text with 'rv' as its resourceVersion: a deleted object is shown
 * as it was, with the version of its deletion. */
void object_format(const struct object *, uint64_t rv, struct ds *);

#endif /* utilities/nvad/object.h */
