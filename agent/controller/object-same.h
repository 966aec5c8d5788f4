/* Whether two versions of an object say the same. */
#ifndef GA_OBJECT_SAME_H
#define GA_OBJECT_SAME_H 1

#include <stdbool.h>

struct json;

/* Whether 'a' and 'b' are the same but for the server's bookkeeping,
 * metadata.resourceVersion and managedFields. */
bool object_same(const struct json *a, const struct json *b);

#endif /* agent/controller/object-same.h */
