/* labelSelector and fieldSelector of lists and watches. */
#ifndef GA_SELECTOR_H
#define GA_SELECTOR_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/label-selector.h"
#include "lib/resource.h"

struct object;
struct object_part;

/* What of an object a term is about. */
enum selector_subject {
    SELECTOR_LABEL,                 /* The label with the term's key. */
    SELECTOR_NAME,                  /* metadata.name */
    SELECTOR_VPC,                   /* spec.vpc */
};

struct selector_term {
    enum selector_subject what;
    struct label_requirement req;   /* 'key' is NULL but for a label. */
};

/* All terms must hold. */
struct selector {
    struct selector_term *terms;
    size_t n, allocated;
};
#define SELECTOR_INITIALIZER { NULL, 0, 0 }

/* Add what a labelSelector or a fieldSelector asks for.  Return NULL if
 * successful, otherwise a message for the caller to free.  Which fields there
 * are depends on the kind; many terms or values are refused, so that matching
 * takes little time whoever made the selector. */
char *selector_add_labels(struct selector *, const char *);
char *selector_add_fields(struct selector *, enum resource_kind,
                          const char *);

/* Initializes 'dst' with the content of 'src', which is empty afterwards. */
void selector_move(struct selector *dst, struct selector *src);

/* Frees what the selector holds, not the structure itself. */
void selector_destroy(struct selector *);

bool selector_matches(const struct selector *, const struct object *);
bool selector_is_empty(const struct selector *);

/* If the selector can only match one object, the name of that one, else
 * NULL. */
const char *selector_get_name(const struct selector *);

/* If the selector can only match objects that have one value of an object_key,
 * sets '*part' to these and returns true. */
bool selector_get_part(const struct selector *, struct object_part *);

#endif /* utilities/nvad/selector.h */
