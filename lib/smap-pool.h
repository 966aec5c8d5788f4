/* Maps of strings that never change, each kept once.
 *
 * Thousands of endpoints have the same labels. */
#ifndef GA_SMAP_POOL_H
#define GA_SMAP_POOL_H 1

struct smap;

/* Returns the map that is equal to 'smap', which this destroys.  It stays
 * until smap_pool_release() was called as often as this. */
const struct smap *smap_pool_take(struct smap *smap);

/* NULL is fine. */
void smap_pool_release(const struct smap *);

#endif /* lib/smap-pool.h */
