/* Which tun_metadata index carries which option: one map for each bridge.
 *
 * The index order is the order on the wire.  Indices are kept where the order
 * allows, and spread with gaps, so that a new option rarely moves another.
 * A bridge maps an option once; it has 64 indices and 256 bytes of data. */
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

/* An empty map. */
void index_map_init(struct index_map *);

/* The index of the option, or -1. */
int index_map_find(const struct index_map *, struct opt_key);

/* The data bytes of all options.  A bridge takes INDEX_MAP_MAX_DATA. */
unsigned int index_map_data_bytes(const struct index_map *);
bool index_map_equals(const struct index_map *, const struct index_map *);

/* Returns how many indices the two map differently. */
unsigned int index_map_count_differences(const struct index_map *,
                                         const struct index_map *);

/* Makes '*map' hold exactly 'options', in that order, keeping as many present
 * indices as possible.  Returns the number of options that were mapped before
 * and have another index or length now (0: nothing in use changes).  'options'
 * must fit: at most INDEX_MAP_SLOTS, none twice, and INDEX_MAP_MAX_DATA. */
size_t index_map_assign(struct index_map *, const struct index_option *,
                        size_t n);

/* Makes '*map' hold exactly 'options', and moves none that it has: for a map
 * that is in use, where stable indices matter more than the order.  A new
 * option goes behind its predecessor in 'options' if there is room there, else
 * where there is most room.  An option that 'past' knows gets the index that
 * it had there, if that is free, so that remotes that were sent it a moment
 * ago can be sent it again at once.  Returns false if no index is left for
 * one; then '*map' is as before. */
bool index_map_insert(struct index_map *map, const struct index_map *past,
                      const struct index_option *options, size_t n);

/* Notes in 'past' which index each option of 'map' has.  An option is in
 * 'past' once. */
void index_map_remember(struct index_map *past, const struct index_map *map);

#endif /* lib/index-map.h */
