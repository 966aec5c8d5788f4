/* Bytes that are like others, kept as what differs.
 *
 * Most flows of a table are made in one place, and differ in an address and a
 * number or two.  The first of a kind becomes the pattern of all others with
 * the same table and length; of them, only the differences are kept.
 *
 * There is one pattern for each kind, and it stays for good, so equal bytes
 * always come out as equal packed bytes. */
#ifndef GA_FLOW_PATTERN_H
#define GA_FLOW_PATTERN_H 1

#include <stddef.h>
#include <stdint.h>

/* No pattern: the bytes are kept as they are. */
#define FLOW_PATTERN_NONE 0

/* What flow_pattern_pack() makes of longer bytes is just a copy. */
#define FLOW_PATTERN_MAX 512

/* Packs 'len' bytes into 'packed', which has room for as many, and stores the
 * pattern's number in '*pattern'.  'kind' is what the caller likes.  Returns
 * the length of what it has packed. */
size_t flow_pattern_pack(uint32_t kind, const uint8_t *data, size_t len,
                         uint8_t *packed, uint16_t *pattern);

/* Undoes that. */
void flow_pattern_unpack(uint16_t pattern, const uint8_t *packed,
                         size_t packed_len, uint8_t *data, size_t len);

#endif /* agent/switch/flow-pattern.h */
