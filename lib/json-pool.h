/* JSON that never changes, each value kept once.
 *
 * Thousands of NVEs receive by the same table, and as a tree it takes more
 * than a kilobyte. */
#ifndef GA_JSON_POOL_H
#define GA_JSON_POOL_H 1

#include <stddef.h>

struct json;

/* Returns the value that is equal to 'json'; who needs it beyond the release
 * takes a reference of its own, with json_clone().  It stays in the pool until
 * json_pool_release() was called as often as this.  NULL is fine. */
const struct json *json_pool_take(const struct json *json);

/* The same for a value as text, the 'n' bytes at 's', which have to be JSON.
 * One that is in the pool is not parsed if it was written the same way. */
const struct json *json_pool_take_text(const char *s, size_t n);

/* NULL is fine. */
void json_pool_release(const struct json *);

#endif /* lib/json-pool.h */
