/* Label selectors, in the form that they have in objects:
 *
 *     {"matchLabels": {KEY: VALUE, ...},
 *      "matchExpressions": [{"key", "operator", "values"}, ...]}
 *
 * All of it must hold; an empty selector selects everything.  No selector can
 * ask for labels nvo3.io/..., which belong to no label set (label-set.h).
 * nvad's selector.h is about the form in URLs. */
#ifndef GA_LABEL_SELECTOR_H
#define GA_LABEL_SELECTOR_H 1

#include <stdbool.h>
#include <stddef.h>

#include "svec.h"

struct field_errors;
struct json;
struct smap;

enum label_op {
    LABEL_IN,                       /* Also a member of matchLabels. */
    LABEL_NOT_IN,                   /* True without the label. */
    LABEL_EXISTS,
    LABEL_NOT_EXISTS,               /* "DoesNotExist". */
};

struct label_requirement {
    char *key;
    enum label_op op;
    struct svec values;             /* Sorted; for LABEL_IN, LABEL_NOT_IN. */
};

/* Whether the requirement holds for a label with 'value', or, if that is NULL,
 * for an object without a label of that key. */
bool label_requirement_matches(const struct label_requirement *,
                               const char *value);

/* Frees what the requirement holds, not the structure itself. */
void label_requirement_destroy(struct label_requirement *);

struct label_selector {
    struct label_requirement *reqs;
    size_t n;
};

/* Reads 'json', which may be NULL for an empty selector and whose name in
 * messages is 'path', and adds an error for each fault.
 * label_selector_destroy() must follow in any case. */
void label_selector_from_json(const struct json *, const char *path,
                              struct label_selector *, struct field_errors *);

/* Frees what the selector holds, not the structure itself. */
void label_selector_destroy(struct label_selector *);

/* Makes '*copy' one that selects the same. */
void label_selector_clone(const struct label_selector *,
                          struct label_selector *copy);

/* Whether both were written in the same way. */
bool label_selector_equals(const struct label_selector *,
                           const struct label_selector *);

/* Takes time proportional to the requirements, times the logarithm of the
 * number of their values. */
bool label_selector_matches(const struct label_selector *,
                            const struct smap *labels);
bool label_selector_is_empty(const struct label_selector *);

/* As kubectl writes it: "app=web, tier in (a,b), !old", or "" for an empty
 * one.  For people, so not escaped.  For the caller to free. */
char *label_selector_to_string(const struct label_selector *);

#endif /* lib/label-selector.h */
