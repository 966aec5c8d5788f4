/* Labels of objects, as Kubernetes has them. */
#ifndef GA_LABEL_H
#define GA_LABEL_H 1

#include <stdbool.h>

/* Whether a label with this key is one of the product's own, nvo3.io/... */
bool label_is_own(const char *key);

/* Whether the string follows Kubernetes' rules for the keys ("app",
 * "example.com/app") or values of labels. */
bool label_key_is_valid(const char *key);
bool label_value_is_valid(const char *value);

#endif /* lib/label.h */
