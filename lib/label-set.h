/* The labels of an object that users set, as one thing: its label set.
 *
 * Labels nvo3.io/... are the product's own (nvo3.io/vpc is the same for all
 * endpoints of a VPC anyway) and belong to no label set. */
#ifndef GA_LABEL_SET_H
#define GA_LABEL_SET_H 1

#include <stdbool.h>

struct smap;

/* "KEY=VALUE,KEY=VALUE", sorted, "" for the empty set; for the caller to
 * free.  Two sets have the same string exactly if they are the same, whatever
 * is in keys and values: '%', '=', ',' and control characters are written
 * "%XX". */
char *label_set_to_string(const struct smap *labels);

/* The reverse: adds to 'labels', which is empty, the set that 's' was made of.
 * Returns false if no set makes that string; then 'labels' is meaningless. */
bool label_set_from_string(const char *s, struct smap *labels);

#endif /* lib/label-set.h */
