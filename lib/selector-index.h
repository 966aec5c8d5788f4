/* Which selectors select which label sets, kept up to date from both sides.
 *
 * There are label sets ("selectables") and selectors ("selections"), thousands
 * of each, and nearly all selectors ask for one value of a label: they are
 * found by that.  So a label set that comes meets only the selectors that ask
 * for one of its labels, and the other way round, and not all there are. */
#ifndef GA_SELECTOR_INDEX_H
#define GA_SELECTOR_INDEX_H 1

#include "hmapx.h"
#include "lib/label-selector.h"
#include "openvswitch/hmap.h"

struct smap;

struct selector_index {
    struct hmap selections;         /* By the label that they ask for. */
    struct hmap labels;             /* "struct selectable_label"s. */
    struct hmapx selectables;       /* All. */
};

/* A label set, embedded in what has it. */
struct selectable {
    const struct smap *labels;      /* Must not change. */
    struct hmapx selections;        /* That select it. */
    struct selectable_label *index;
};

/* A selector, embedded in what has it. */
struct selection {
    void *owner;                    /* For the user. */
    struct selector_index *index;   /* NULL: it selects nothing. */
    struct label_selector selector; /* A copy, if there is an index. */
    struct hmap_node node;          /* In 'selections' of the index. */
    struct hmapx selectables;       /* That it selects. */
};

void selector_index_init(struct selector_index *);

/* The index must be empty. */
void selector_index_destroy(struct selector_index *);

/* Puts 's' into the index, with a set of labels that lives until
 * selectable_remove(). */
void selectable_insert(struct selector_index *, struct selectable *s,
                       const struct smap *labels);
void selectable_remove(struct selector_index *, struct selectable *);

void selection_init(struct selection *, void *owner);

/* Takes the selection out of its index. */
void selection_destroy(struct selection *);

/* Makes the selection select by 'selector' in 'index'; nothing if they are
 * NULL.  Returns false if that is what it does already. */
bool selection_set(struct selection *, struct selector_index *,
                   const struct label_selector *selector);

/* Whether it selects 's'. */
bool selection_has(const struct selection *, const struct selectable *s);

#endif /* lib/selector-index.h */
