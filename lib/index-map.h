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

#endif /* lib/index-map.h */
