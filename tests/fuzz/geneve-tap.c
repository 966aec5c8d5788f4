/* What geneve-tap does with datagrams from anybody who can reach its port, and
 * with packets of tenants. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "util.h"
#include "utilities/geneve-tap/tap-admit.h"
#include "utilities/geneve-tap/tap-merge.h"
#include "utilities/geneve-tap/tap-segment.h"
#include "utilities/geneve-tap/tap-too-big.h"

static struct recv_entry entries[] = {
    { { 0xff01, 0x81 }, 4, 4, true },
    { { 0xff01, 0x02 }, 0, 124, false },
};

static void
check_admit(const uint8_t *data, size_t n)
{
    static const uint32_t vnis[] = { 1, 2 };
    static const enum tap_mode modes[] = { TAP_MODE_ETHERNET, TAP_MODE_IP };
    struct tap_admit admit = {
        .table = { entries, ARRAY_SIZE(entries), RECV_ANY,
                   { NEG_NO_LIMIT, NEG_NO_LIMIT } },
        .policy = { &admit.table, NEG_NO_LIMIT, true },
        .vnis = vnis, .modes = modes, .n_tunnels = 2,
    };
    size_t tunnel, payload, again_tunnel, again_payload;

    enum tap_drop drop = tap_admit(&admit, data, n, &tunnel, &payload);
    ovs_assert(tap_drop_to_string(drop));
    /* What is remembered changes nothing. */
    ovs_assert(drop == tap_admit(&admit, data, n, &again_tunnel,
                                 &again_payload));
    if (drop == TAP_DROP_NONE) {
        ovs_assert(tunnel < 2 && payload <= n && tunnel == again_tunnel
                   && payload == again_payload);
    }
}

/* 'data' is a virtio header and a packet. */
static void
check_segment(const uint8_t *data, size_t n, bool ethernet)
{
    struct virtio_net_hdr vnet;
    struct tap_segment s;
    struct tap_packet p;

    if (n <= sizeof vnet) {
        return;
    }
    memcpy(&vnet, data, sizeof vnet);
    data += sizeof vnet;
    n -= sizeof vnet;
    tap_packet_parse(data, n, ethernet, &p);
    ovs_assert(p.l3 <= n && p.l4 <= n);
    tap_packet_hash(&p);
    if (tap_segment_init(&s, &p, &vnet)) {
        uint8_t header[TAP_SEGMENT_MAX_HEADER];
        const uint8_t *payload;
        size_t len, total = 0;

        while (tap_segment_next(&s, header, &payload, &len)) {
            ovs_assert(payload >= data && payload + len <= data + n);
            total += len;
        }
        ovs_assert(total == n - s.header_len);
    }
    uint8_t *copy = xmemdup(data, n);
    tap_segment_finish_sum(copy, n, &vnet);
    tap_packet_mark_congestion(copy, n, ethernet);
    free(copy);

    uint8_t error[TAP_TOO_BIG_MAX];
    ovs_assert(tap_too_big_compose(&p, 1280, error) <= sizeof error);
}

/* 'data' is packets, each with its length before it. */
static void
check_merge(const uint8_t *data, size_t n, bool ethernet)
{
    struct tap_merge merge = { .ethernet = ethernet, .udp = true };
    size_t bytes = 0, total = 0;

    while (n >= 2) {
        size_t len = tap_packet_get16(data);

        data += 2;
        n -= 2;
        len = MIN(len, n);
        bytes += len;
        for (int i = 0; !tap_merge_add(&merge, data, len); i++) {
            unsigned int n_iov = tap_merge_finish(&merge);

            ovs_assert(!i && n_iov >= 2);
            for (unsigned int j = 1; j < n_iov; j++) {
                total += merge.iov[j].iov_len;
            }
        }
        data += len;
        n -= len;
    }
    unsigned int n_iov = tap_merge_finish(&merge);
    for (unsigned int j = 1; j < n_iov; j++) {
        total += merge.iov[j].iov_len;
    }
    ovs_assert(total <= bytes);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    check_admit(data, n);
    check_segment(data, n, true);
    check_segment(data, n, false);
    check_merge(data, n, true);
    check_merge(data, n, false);
}
