/* labelSelector and fieldSelector of lists and watches. */
#ifndef GA_SELECTOR_H
#define GA_SELECTOR_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/label-selector.h"
#include "smap.h"

struct selector_term {
    bool is_name;                   /* metadata.name, not a label. */
    struct label_requirement req;   /* 'key' is NULL if 'is_name'. */
};

/* All terms must hold. */
struct selector {
    struct selector_term *terms;
    size_t n, allocated;
};
#define SELECTOR_INITIALIZER { NULL, 0, 0 }

/* Add what a labelSelector or a fieldSelector asks for.  Return NULL if
 * successful, otherwise a message for the caller to free. */
char *selector_add_labels(struct selector *, const char *);
char *selector_add_fields(struct selector *, const char *);

/* Initializes 'dst' with the content of 'src', which is empty afterwards. */
void selector_move(struct selector *dst, struct selector *src);

/* Frees what the selector holds, not the structure itself. */
void selector_destroy(struct selector *);

bool selector_matches(const struct selector *, const char *name,
                      const struct smap *labels);
bool selector_is_empty(const struct selector *);

/* If the selector can only match one object, the name of that one, else
 * NULL. */
const char *selector_get_name(const struct selector *);

#endif /* utilities/nvad/selector.h */
