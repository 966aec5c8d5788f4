/* Which tun_metadata index carries which option: one map for each bridge.
 *
 * The index order is the order on the wire.  Indices are kept where the order
 * allows, and spread with gaps, so that a new option rarely moves another.
 * A bridge maps an option once, has 64 indices and 256 bytes of data. */
#ifndef GA_INDEX_MAP_H
#define GA_INDEX_MAP_H 1

#include "lib/option.h"

#define INDEX_MAP_SLOTS 64
#define INDEX_MAP_MAX_DATA 256

struct index_slot {
    bool used;
    struct opt_key key;
    uint8_t length;                 /* Data bytes. */
};

struct index_map {
    struct index_slot slots[INDEX_MAP_SLOTS];
};

struct index_option {
    struct opt_key key;
    uint8_t length;
};

void index_map_init(struct index_map *);
int index_map_find(const struct index_map *, struct opt_key);
unsigned int index_map_data_bytes(const struct index_map *);
bool index_map_equals(const struct index_map *, const struct index_map *);

/* Makes '*map' hold exactly 'options', in that order, keeping as many present
 * indices as possible.  Returns the number of options that were mapped before
 * and had to move (0: nothing in use changes).  'options' must fit. */
size_t index_map_assign(struct index_map *, const struct index_option *,
                        size_t n);

/* Makes '*map' hold exactly 'options', and moves none that it has: for a map
 * that is in use, where an index is worth more than the order.  One that is
 * new goes behind its predecessor in 'options' if there is room, else where
 * there is most.  One that 'past' knows gets the index that it had there, if
 * that is free: who was sent it a moment ago can be sent it at once.  Returns
 * false if there is no index left for one; then '*map' is as before. */
bool index_map_insert(struct index_map *map, const struct index_map *past,
                      const struct index_option *options, size_t n);

/* Adds to 'past' what 'map' has, each option once. */
void index_map_remember(struct index_map *past, const struct index_map *map);

#endif /* lib/index-map.h */
