/* labelSelector and fieldSelector of lists and watches. */
#ifndef NVAD_SELECTOR_H
#define NVAD_SELECTOR_H 1

#include <stdbool.h>
#include <stddef.h>

#include "smap.h"
#include "svec.h"

enum selector_op {
    SEL_IN,                         /* Also "=" and "==". */
    SEL_NOT_IN,                     /* Also "!=".  True without the label. */
    SEL_EXISTS,
    SEL_NOT_EXISTS,
};

struct selector_term {
    bool is_name;                   /* metadata.name, not a label. */
    char *key;                      /* NULL if 'is_name'. */
    enum selector_op op;
    struct svec values;             /* Sorted. */
};

/* All terms must hold. */
struct selector {
    struct selector_term *terms;
    size_t n, allocated;
};
#define SELECTOR_INITIALIZER { NULL, 0, 0 }

char *selector_add_labels(struct selector *, const char *);
char *selector_add_fields(struct selector *, const char *);
void selector_move(struct selector *dst, struct selector *src);
void selector_destroy(struct selector *);

bool selector_matches(const struct selector *, const char *name,
                      const struct smap *labels);
bool selector_is_empty(const struct selector *);
const char *selector_get_name(const struct selector *);

#endif /* utilities/nvad/selector.h */
