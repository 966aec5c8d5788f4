/* Whether a write is allowed, and what the object becomes.
 *
 * Pure: reads the store and the index and changes nothing. */
#ifndef GA_ADMIT_H
#define GA_ADMIT_H 1

#include <stdbool.h>

#include "lib/resource.h"
#include "smap.h"
#include "svec.h"
#include "utilities/nvad/object.h"

struct json;
struct refs;
struct store;

enum write_verb {
    WRITE_CREATE,                   /* POST */
    WRITE_REPLACE,                  /* PUT */
    WRITE_PATCH,                    /* PATCH with an RFC 7396 merge patch */
    WRITE_DELETE,                   /* DELETE */
};

struct write_request {
    enum write_verb verb;
    enum resource_kind kind;
    char *name;                     /* From the URL; NULL for WRITE_CREATE. */
    bool status;                    /* The /status subresource. */
    bool dry_run;
    struct json *body;              /* Or NULL for WRITE_DELETE. */
};

/* Frees what the request holds, not the structure itself. */
void write_request_destroy(struct write_request *);

/* An object to be written, without uid and resourceVersion. */
struct draft {
    char *name;
    long long int generation;
    char *created;
    struct smap labels, annotations;
    char *spec, *status;            /* JSON texts, or "". */
};

enum admit_result {
    ADMIT_REFUSED,                  /* See 'error'. */
    ADMIT_UNCHANGED,                /* Nothing to do: 'old' is the answer. */
    ADMIT_CREATE,                   /* See 'draft'. */
    ADMIT_UPDATE,                   /* 'old' becomes 'draft'. */
    ADMIT_DELETE,                   /* 'old' is to be deleted. */
};

struct admission {
    enum admit_result result;
    struct json *error;             /* A Status object. */
    const struct object *old;       /* The store's. */
    struct draft draft;
    struct svec warnings;
};

/* Decides on a write.  admission_destroy() must follow.  The old object lives
 * as long as the store is not changed. */
void admit(struct store *, const struct refs *, const struct write_request *,
           struct admission *);
void admission_destroy(struct admission *);

#endif /* utilities/nvad/admit.h */
