/* Patterns of flows' bytes: see flow-pattern.h.
 *
 * Packed bytes are a sequence of runs: a number of bytes that are as in the
 * pattern, a number of bytes that are not, and those.  What follows the last
 * run is as in the pattern.  A run ends only where at least GAP bytes are
 * equal, as a new one costs two.
 *
 * Only short encodings have patterns, at most one for each table and length,
 * and lengths are multiples of 8.
 *
 * Flows of all bridges share the patterns, which are no state that anybody
 * could notice: whatever they are, what is unpacked is what was packed.  They
 * have no owner, as each flow would have to know it, at eight bytes a
 * flow. */

#include <config.h>

#include "agent/switch/flow-pattern.h"

#include <string.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "util.h"

#define GAP 3
#define MAX_RUN UINT8_MAX

struct flow_pattern {
    struct hmap_node node;          /* In 'patterns'. */
    uint32_t kind;
    uint16_t number;
    uint16_t len;
    uint8_t data[];
};

static struct hmap patterns = HMAP_INITIALIZER(&patterns);
static struct flow_pattern **by_number; /* [0] is unused. */
static size_t n_numbers = 1;
static size_t allocated_numbers;

/* Returns the pattern, made of 'data' if there is none yet, or NULL if there
 * are too many. */
static const struct flow_pattern *
get_pattern(uint32_t kind, const uint8_t *data, size_t len)
{
    uint32_t hash = hash_2words(kind, len);
    struct flow_pattern *p;

    HMAP_FOR_EACH_WITH_HASH (p, node, hash, &patterns) {
        if (p->kind == kind && p->len == len) {
            return p;
        }
    }
    if (n_numbers > UINT16_MAX) {
        return NULL;
    }
    while (n_numbers >= allocated_numbers) {
        by_number = x2nrealloc(by_number, &allocated_numbers,
                               sizeof *by_number);
        by_number[0] = NULL;
    }
    p = xmalloc(sizeof *p + len);
    p->kind = kind;
    p->number = n_numbers;
    p->len = len;
    memcpy(p->data, data, len);
    by_number[n_numbers++] = p;
    hmap_insert(&patterns, &p->node, hash);
    return p;
}

static uint64_t
get_word(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

/* Returns how many bytes from 'i' on are equal. */
static size_t
count_equal(const uint8_t *a, const uint8_t *b, size_t i, size_t len)
{
    size_t start = i;

    while (i + 8 <= len && get_word(a + i) == get_word(b + i)) {
        i += 8;
    }
    while (i < len && a[i] == b[i]) {
        i++;
    }
    return i - start;
}

/* Returns the end of the run of bytes that differ, which begins at 'i'. */
static size_t
find_run_end(const uint8_t *a, const uint8_t *b, size_t i, size_t len)
{
    size_t end = i + 1;

    for (size_t j = end; j < len && j < end + GAP && j < i + MAX_RUN; j++) {
        if (a[j] != b[j]) {
            end = j + 1;
        }
    }
    return end;
}

size_t
flow_pattern_pack(uint32_t kind, const uint8_t *data, size_t len,
                  uint8_t *packed, uint16_t *number)
{
    const struct flow_pattern *p = (len && len <= FLOW_PATTERN_MAX
                                    ? get_pattern(kind, data, len) : NULL);
    size_t n = 0;
    size_t i = 0;

    while (p) {
        size_t skip = count_equal(data, p->data, i, len);
        size_t end;

        if (i + skip >= len) {
            *number = p->number;
            return n;
        }
        skip = MIN(skip, MAX_RUN);
        i += skip;
        end = (data[i] == p->data[i] ? i
               : find_run_end(data, p->data, i, len));
        if (n + 2 + (end - i) >= len) {
            break;
        }
        packed[n++] = skip;
        packed[n++] = end - i;
        memcpy(packed + n, data + i, end - i);
        n += end - i;
        i = end;
    }
    *number = FLOW_PATTERN_NONE;
    memcpy(packed, data, len);
    return len;
}

void
flow_pattern_unpack(uint16_t number, const uint8_t *packed, size_t packed_len,
                    uint8_t *data, size_t len)
{
    size_t n = 0;
    size_t i = 0;

    if (number == FLOW_PATTERN_NONE) {
        ovs_assert(packed_len == len);
        memcpy(data, packed, len);
        return;
    }
    ovs_assert(by_number[number]->len == len);
    memcpy(data, by_number[number]->data, len);
    while (n < packed_len) {
        size_t run = packed[n + 1];

        i += packed[n];
        memcpy(data + i, packed + n + 2, run);
        n += 2 + run;
        i += run;
    }
}
