/* Bytes in tests, from hex digits in memory that ends where they end. */
#ifndef GA_TESTS_HEX_BYTES_H
#define GA_TESTS_HEX_BYTES_H 1

#include <stdint.h>

#include "openvswitch/ofpbuf.h"
#include "util.h"

struct hex_bytes {
    uint8_t *data;
    size_t n;
};

static inline struct hex_bytes
hex_bytes_create(const char *hex)
{
    struct hex_bytes bytes;
    struct ofpbuf b;

    ofpbuf_init(&b, 64);
    if (*ofpbuf_put_hex(&b, hex, NULL)) {
        fail_msg("bad hex in the test: %s", hex);
    }
    bytes.n = b.size;
    bytes.data = xmemdup(b.data, MAX(b.size, 1));
    ofpbuf_uninit(&b);
    return bytes;
}

#endif /* tests/unit/hex-bytes.h */
