/* The labels of an object that users set, as one thing: its label set.
 *
 * Labels nvo3.io/... are the product's own (nvo3.io/vpc is the same for all
 * endpoints of a VPC anyway) and belong to no label set. */
#ifndef GA_LABEL_SET_H
#define GA_LABEL_SET_H 1

#include <stdbool.h>

struct smap;

/* Whether a label with this key is one of the product's own. */
bool label_is_own(const char *key);

/* Kubernetes' rules for keys ("app", "example.com/app") and values of
 * labels. */
bool label_key_is_valid(const char *key);
bool label_value_is_valid(const char *value);

/* "KEY=VALUE,KEY=VALUE", sorted, "" for the empty set; for the caller to
 * free.  Two sets have the same string exactly if they are the same, whatever
 * is in keys and values: '%', '=', ',' and control characters are written
 * "%XX". */
char *label_set_to_string(const struct smap *labels);

/* The reverse: fills 'labels', which is empty, with the set that 's' was made
 * of.  False if no set makes that string; what 'labels' has then means
 * nothing. */
bool label_set_from_string(const char *s, struct smap *labels);

#endif /* lib/label-set.h */
