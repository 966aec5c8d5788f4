/* Index maps.
 *
 * Moving an option to another index means taking it out of every flow first,
 * so as few as possible move.  Give option P of a wanted order, whose
 * index is S, the slack S - P.  A choice of options can stay where they are,
 * with room between them for all others, exactly if their slack never falls
 * and lies in 0..64-N; so what stays is a longest such subsequence.  The
 * others are spread evenly over the room between those that stay, which
 * leaves gaps for options to come. */

#include <config.h>

#include "lib/index-map.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void
index_map_init(struct index_map *map)
{
    memset(map, 0, sizeof *map);
}

int
index_map_find(const struct index_map *map, struct opt_key key)
{
    for (int i = 0; i < INDEX_MAP_SLOTS; i++) {
        if (map->slots[i].used && opt_key_equals(map->slots[i].key, key)) {
            return i;
        }
    }
    return -1;
}

unsigned int
index_map_data_bytes(const struct index_map *map)
{
    unsigned int total = 0;

    for (int i = 0; i < INDEX_MAP_SLOTS; i++) {
        if (map->slots[i].used) {
            total += map->slots[i].length;
        }
    }
    return total;
}

static bool
index_slot_equals(const struct index_slot *a, const struct index_slot *b)
{
    return (a->used == b->used
            && (!a->used || (opt_key_equals(a->key, b->key)
                             && a->length == b->length)));
}

unsigned int
index_map_count_differences(const struct index_map *a,
                            const struct index_map *b)
{
    unsigned int n = 0;

    for (int i = 0; i < INDEX_MAP_SLOTS; i++) {
        n += !index_slot_equals(&a->slots[i], &b->slots[i]);
    }
    return n;
}

bool
index_map_equals(const struct index_map *a, const struct index_map *b)
{
    return !index_map_count_differences(a, b);
}

/* Sets indices[P] to -1 for every option that cannot stay at its index. */
static void
choose_staying(int *indices, int n)
{
    int length[INDEX_MAP_SLOTS];    /* Of the best that ends here. */
    int previous[INDEX_MAP_SLOTS];  /* Its last element but one, or -1. */
    bool stays[INDEX_MAP_SLOTS] = { false };
    int best = -1;

    for (int i = 0; i < n; i++) {
        int slack = indices[i] - i;

        length[i] = 0;
        previous[i] = -1;
        if (indices[i] < 0 || slack < 0 || slack > INDEX_MAP_SLOTS - n) {
            continue;
        }
        for (int j = 0; j < i; j++) {
            if (length[j] > length[i] && indices[j] - j <= slack) {
                length[i] = length[j];
                previous[i] = j;
            }
        }
        length[i]++;
        if (best < 0 || length[i] > length[best]) {
            best = i;
        }
    }
    for (int i = best; i >= 0; i = previous[i]) {
        stays[i] = true;
    }
    for (int i = 0; i < n; i++) {
        if (!stays[i]) {
            indices[i] = -1;
        }
    }
}

/* Gives an index to each option that has none, evenly between its neighbours
 * that have one. */
static void
fill_gaps(int *indices, int n)
{
    int low = -1;                   /* Index before the run. */

    for (int start = 0; start < n; ) {
        int end = start;

        while (end < n && indices[end] < 0) {
            end++;
        }
        int high = end < n ? indices[end] : INDEX_MAP_SLOTS;
        int run = end - start;
        for (int i = 0; i < run; i++) {
            indices[start + i] = low + (i + 1) * (high - low) / (run + 1);
        }
        low = high;
        start = end + 1;
    }
}

size_t
index_map_assign(struct index_map *map, const struct index_option *options,
                 size_t n)
{
    int before[INDEX_MAP_SLOTS], after[INDEX_MAP_SLOTS];
    struct index_map old = *map;
    size_t n_moved = 0;

    ovs_assert(n <= INDEX_MAP_SLOTS);
    for (size_t i = 0; i < n; i++) {
        before[i] = after[i] = index_map_find(&old, options[i].key);
    }
    choose_staying(after, n);
    fill_gaps(after, n);

    index_map_init(map);
    for (size_t i = 0; i < n; i++) {
        map->slots[after[i]] = (struct index_slot) {
            .used = true,
            .key = options[i].key,
            .length = options[i].length,
        };
        n_moved += (before[i] >= 0
                    && (before[i] != after[i]
                        || old.slots[before[i]].length != options[i].length));
    }
    return n_moved;
}

/* The first index in use from 'i' on, or INDEX_MAP_SLOTS. */
static int
next_used(const struct index_map *map, int i)
{
    while (i < INDEX_MAP_SLOTS && !map->slots[i].used) {
        i++;
    }
    return i;
}

/* The middle of the widest gap, or -1. */
static int
find_widest_gap(const struct index_map *map)
{
    int best = -1, width = 1;

    for (int low = -1; low < INDEX_MAP_SLOTS; ) {
        int high = next_used(map, low + 1);

        if (high - low > width) {
            width = high - low;
            best = low + width / 2;
        }
        low = high;
    }
    return best;
}

/* A free index for options[i], whose predecessors have theirs; or -1. */
static int
choose_index(const struct index_map *map, const struct index_map *past,
             const struct index_option *options, size_t i)
{
    int low = i ? index_map_find(map, options[i - 1].key) : -1;
    int high = next_used(map, low + 1);
    int before = index_map_find(past, options[i].key);

    if (before >= 0 && !map->slots[before].used) {
        return before;
    }
    return high - low > 1 ? low + (high - low) / 2 : find_widest_gap(map);
}

bool
index_map_insert(struct index_map *map, const struct index_map *past,
                 const struct index_option *options, size_t n)
{
    struct index_map new;

    index_map_init(&new);
    for (size_t i = 0; i < n; i++) {
        int index = index_map_find(map, options[i].key);

        if (index >= 0) {
            new.slots[index] = map->slots[index];
            new.slots[index].length = options[i].length;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (index_map_find(&new, options[i].key) < 0) {
            int index = choose_index(&new, past, options, i);

            if (index < 0) {
                return false;
            }
            new.slots[index] = (struct index_slot) {
                .used = true,
                .key = options[i].key,
                .length = options[i].length,
            };
        }
    }
    *map = new;
    return true;
}

void
index_map_remember(struct index_map *past, const struct index_map *map)
{
    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        if (map->slots[i].used) {
            int index = index_map_find(past, map->slots[i].key);

            if (index >= 0) {
                past->slots[index].used = false;
            }
            past->slots[i] = map->slots[i];
        }
    }
}
