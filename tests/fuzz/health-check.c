/* Frames that a host sends in answer to probes.
 *
 * The input: which protocol, and then frames, each after two bytes with its
 * length.  Those that can be parsed are answers with the right ports. */

#include <config.h>

#include "lib/health-check.h"

#include <string.h>

#include "lib/probe-frame.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

#define PORT 600

static char path[] = "/";

/* What is sent in answer can be composed and parsed again. */
static void
check_sent(const struct probe_frame *in, struct probe_frame *out)
{
    struct probe_frame again;
    struct ofpbuf frame;

    ovs_assert(!out->is_echo && out->payload_len <= PROBE_FRAME_MSS);
    probe_frame_turn(in, out);
    ofpbuf_init(&frame, 0);
    probe_frame_compose(out, &frame);
    ovs_assert(!probe_frame_parse(frame.data, frame.size, &again));
    ovs_assert(again.flags == out->flags && again.seq == out->seq
               && again.payload_len == out->payload_len);
    ofpbuf_uninit(&frame);
}

static void
check_frame(struct health_check *hc, const uint8_t *data, size_t n)
{
    enum health_phase phase = hc->phase;
    struct probe_frame in, out;
    struct ofpbuf payload;

    if (probe_frame_parse(data, n, &in)) {
        return;
    }
    ovs_assert(in.payload >= data && in.payload + in.payload_len <= data + n);
    in.sport = hc->check.port;
    in.dport = in.id = PORT;
    ofpbuf_init(&payload, 0);
    if (health_check_receive(hc, &in, 10, 0, &out, &payload)) {
        ovs_assert(phase != HEALTH_IDLE);
        check_sent(&in, &out);
    }
    ofpbuf_uninit(&payload);
    if (probe_frame_reset(&in, &out)) {
        check_sent(&in, &out);
    }
    ovs_assert(hc->line_len <= sizeof hc->line);
    ovs_assert(!hc->healthy || hc->has_result);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct lb_check check = { .port = 80, .path = path, .interval = 1000,
                              .failures = 1 };
    struct probe_frame syn;
    struct health_check hc;
    struct ofpbuf payload;

    if (!n) {
        return;
    }
    check.protocol = data[0] % 3;
    data++;
    n--;
    ofpbuf_init(&payload, 0);
    health_check_init(&hc, &check, false, 0, 0);
    /* A number that the input can guess. */
    health_check_start(&hc, PORT, 5, 0, &syn, &payload);
    while (n >= 2) {
        size_t len = MIN((size_t) data[0] << 8 | data[1], n - 2);

        check_frame(&hc, data + 2, len);
        data += 2 + len;
        n -= 2 + len;
    }
    health_check_destroy(&hc);
    ofpbuf_uninit(&payload);
}
