/* Probes and their results.
 *
 *     IDLE         'next': a probe is due.        start: CONNECTING or ECHO
 *     CONNECTING   SYN-ACK: passed, and reset; with HTTP the request: READING
 *                  RST: failed
 *     READING      the status has come: passed or failed, and reset
 *                  RST, FIN, no HTTP: failed
 *     ECHO         echo reply: passed
 *
 * In all but IDLE, 'next' is when the time is over: failed.  Passed and failed
 * lead to IDLE.
 *
 * Of an answer only the first 12 bytes matter, so data that come out of order
 * are left to be sent again.  A connection is reset as soon as there is a
 * result: it must not stay half open at the host, and nobody wants to read the
 * rest of a large answer.
 *
 * Answers come from tenants.  A number that nobody can guess has to be right
 * in each, so a host can only be taken for healthy by what it sends itself,
 * and it gets at most one packet for each that it sends. */

#include <config.h>

#include "lib/health-check.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/probe-frame.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

static const char line_format[] = "HTTP/0.0 000";
BUILD_ASSERT_DECL(sizeof line_format - 1
                  == sizeof ((struct health_check *) NULL)->line);

#define STATUS_OFS 9                /* In a line. */

static unsigned int
get_timeout(const struct health_check *hc)
{
    return MIN(hc->check.interval, HEALTH_CHECK_MAX_TIMEOUT);
}

/* Probes of many hosts spread by themselves if no two have the very same
 * interval: each is up to a tenth shorter or longer than it should. */
static unsigned int
vary_interval(const struct health_check *hc, uint32_t random)
{
    unsigned int tenth = hc->check.interval / 10;

    return hc->check.interval - tenth + random % (2 * tenth + 1);
}

static void
set_first(struct health_check *hc, long long int now, uint32_t random)
{
    unsigned int range = (hc->healthy ? hc->check.interval
                          : MIN(hc->check.interval, HEALTH_CHECK_FIRST));

    hc->phase = HEALTH_IDLE;
    hc->next = now + random % range;
    hc->n_passed = hc->n_failed = 0;
}

static void
set_check(struct health_check *hc, const struct lb_check *check)
{
    hc->check = *check;
    hc->check.path = nullable_xstrdup(check->path);
}

void
health_check_init(struct health_check *hc, const struct lb_check *check,
                  bool healthy, long long int now, uint32_t random)
{
    memset(hc, 0, sizeof *hc);
    set_check(hc, check);
    hc->healthy = healthy;
    set_first(hc, now, random);
}

void
health_check_destroy(struct health_check *hc)
{
    free(hc->check.path);
}

static bool
check_equals(const struct lb_check *a, const struct lb_check *b)
{
    return (a->protocol == b->protocol && a->port == b->port
            && a->interval == b->interval && a->failures == b->failures
            && nullable_string_is_equal(a->path, b->path));
}

bool
health_check_change(struct health_check *hc, const struct lb_check *check,
                    long long int now, uint32_t random)
{
    if (check_equals(&hc->check, check)) {
        return false;
    }
    free(hc->check.path);
    set_check(hc, check);
    set_first(hc, now, random);
    return true;
}

/* Results. */

static void
finish(struct health_check *hc, long long int now, uint32_t random)
{
    long long int start = hc->phase == HEALTH_IDLE ? now : hc->started;

    hc->phase = HEALTH_IDLE;
    hc->has_result = true;
    hc->next = MAX(start + vary_interval(hc, random), now + 1);
}

static void
pass(struct health_check *hc, const char *how, long long int now,
     uint32_t random)
{
    ovs_strlcpy(hc->result, how, sizeof hc->result);
    hc->n_failed = 0;
    hc->n_passed = MIN(hc->n_passed + 1, HEALTH_CHECK_RISE);
    if (hc->n_passed >= (hc->fallen ? HEALTH_CHECK_RISE : 1)) {
        hc->healthy = true;
    }
    finish(hc, now, random);
}

void
health_check_fail(struct health_check *hc, const char *reason,
                  long long int now, uint32_t random)
{
    ovs_strlcpy(hc->result, reason, sizeof hc->result);
    hc->n_passed = 0;
    hc->n_failed = MIN(hc->n_failed + 1, hc->check.failures);
    if (hc->n_failed >= hc->check.failures) {
        hc->healthy = false;
        hc->fallen = true;
    }
    finish(hc, now, random);
}

void
health_check_postpone(struct health_check *hc, long long int when)
{
    hc->phase = HEALTH_IDLE;
    hc->next = when;
}

/* Sending. */

static void
init_segment(const struct health_check *hc, uint16_t flags,
             struct probe_frame *out)
{
    memset(out, 0, sizeof *out);
    out->sport = hc->port;
    out->dport = hc->check.port;
    out->flags = flags;
    out->seq = hc->seq;
    out->ack = flags & TCP_ACK ? hc->peer : 0;
}

static void
set_payload(struct probe_frame *out, const struct ofpbuf *payload)
{
    out->payload = payload->data;
    out->payload_len = payload->size;
}

void
health_check_start(struct health_check *hc, uint16_t port, long long int now,
                   uint32_t random, struct probe_frame *out,
                   struct ofpbuf *payload)
{
    bool is_echo = hc->check.protocol == LB_CHECK_ICMP;

    hc->phase = is_echo ? HEALTH_ECHO : HEALTH_CONNECTING;
    hc->started = now;
    hc->next = now + get_timeout(hc);
    hc->port = port;
    hc->start = hc->seq = random;
    hc->peer = 0;
    hc->line_len = 0;
    init_segment(hc, TCP_SYN, out);
    if (is_echo) {
        out->is_echo = true;
        out->id = port;
        out->seq &= 0xffff;
        ofpbuf_put(payload, &hc->start, sizeof hc->start);
        set_payload(out, payload);
    }
    hc->seq++;
}

/* The request to the host that sent 'in'. */
static void
put_request(const struct health_check *hc, const struct probe_frame *in,
            struct ofpbuf *payload)
{
    bool is_ipv6 = !IN6_IS_ADDR_V4MAPPED(&in->src);
    char ip[INET6_ADDRSTRLEN];
    char *text;

    ipv6_string_mapped(ip, &in->src);
    text = xasprintf("GET %s HTTP/1.1\r\n"
                     "Host: %s%s%s:%"PRIu16"\r\n"
                     "User-Agent: geneve-agent\r\n"
                     "Connection: close\r\n\r\n",
                     hc->check.path, is_ipv6 ? "[" : "", ip,
                     is_ipv6 ? "]" : "", hc->check.port);
    ofpbuf_put(payload, text, strlen(text));
    free(text);
}

static void
send_request(struct health_check *hc, const struct probe_frame *in,
             struct probe_frame *out, struct ofpbuf *payload)
{
    hc->phase = HEALTH_READING;
    hc->seq = hc->start + 1;
    put_request(hc, in, payload);
    init_segment(hc, TCP_ACK | TCP_PSH, out);
    set_payload(out, payload);
    hc->seq += payload->size;
}

/* Answers. */

static bool
receive_echo(struct health_check *hc, const struct probe_frame *in,
             long long int now, uint32_t random)
{
    if (in->is_echo && in->id == hc->port && in->seq == (hc->start & 0xffff)
        && in->payload_len == sizeof hc->start
        && !memcmp(in->payload, &hc->start, sizeof hc->start)) {
        pass(hc, "it answers", now, random);
    }
    return false;
}

static bool
is_accepting(const struct health_check *hc, const struct probe_frame *in)
{
    return ((in->flags & (TCP_SYN | TCP_ACK | TCP_RST))
            == (TCP_SYN | TCP_ACK) && in->ack == hc->start + 1);
}

static bool
receive_connecting(struct health_check *hc, const struct probe_frame *in,
                   long long int now, uint32_t random,
                   struct probe_frame *out, struct ofpbuf *payload)
{
    if (in->flags & TCP_ACK && in->ack != hc->start + 1) {
        return probe_frame_reset(in, out);
    } else if (in->flags & TCP_RST) {
        if (in->flags & TCP_ACK) {
            health_check_fail(hc, "it refuses connections", now, random);
        }
        return false;
    } else if (!is_accepting(hc, in)) {
        return false;
    }
    hc->peer = in->seq + 1;
    if (hc->check.protocol == LB_CHECK_HTTP) {
        send_request(hc, in, out, payload);
    } else {
        init_segment(hc, TCP_RST, out);
        pass(hc, "it accepts connections", now, random);
    }
    return true;
}

/* Whether what has come is the beginning of "HTTP/1.1 200". */
static bool
line_is_good(const struct health_check *hc)
{
    for (size_t i = 0; i < hc->line_len; i++) {
        bool is_digit = hc->line[i] >= '0' && hc->line[i] <= '9';

        if (line_format[i] == '0' ? !is_digit
            : hc->line[i] != line_format[i]) {
            return false;
        }
    }
    return true;
}

/* Takes as much of what has come as is new and in order. */
static void
take_data(struct health_check *hc, const struct probe_frame *in)
{
    uint32_t known = hc->peer - in->seq;
    size_t n;

    if (known > in->payload_len) {
        return;                     /* It is old, or something is missing. */
    }
    n = MIN(in->payload_len - known, sizeof hc->line - hc->line_len);
    memcpy(hc->line + hc->line_len, in->payload + known, n);
    hc->line_len += n;
    hc->peer += in->payload_len - known;
}

static void
judge_status(struct health_check *hc, long long int now, uint32_t random)
{
    const char *status = hc->line + STATUS_OFS;
    char text[32];

    snprintf(text, sizeof text, "HTTP status %.3s", status);
    if (status[0] == '2' || status[0] == '3') {
        pass(hc, text, now, random);
    } else {
        health_check_fail(hc, text, now, random);
    }
}

/* Takes data.  Returns whether there is a result. */
static bool
judge_data(struct health_check *hc, const struct probe_frame *in,
           long long int now, uint32_t random)
{
    take_data(hc, in);
    if (!line_is_good(hc)) {
        health_check_fail(hc, "its answer is not HTTP", now, random);
    } else if (hc->line_len == sizeof hc->line) {
        judge_status(hc, now, random);
    } else if (in->flags & TCP_FIN && !in->cut
               && hc->peer == in->seq + in->payload_len) {
        health_check_fail(hc, "it closes the connection without an answer",
                          now, random);
    }
    return hc->phase == HEALTH_IDLE;
}

/* Whether 'in' acknowledges nothing that has not been sent. */
static bool
is_acceptable(const struct health_check *hc, const struct probe_frame *in)
{
    uint32_t first = hc->start + 1;

    return in->flags & TCP_ACK && in->ack - first <= hc->seq - first;
}

static bool
receive_reading(struct health_check *hc, const struct probe_frame *in,
                long long int now, uint32_t random, struct probe_frame *out,
                struct ofpbuf *payload)
{
    if (in->flags & TCP_RST) {
        if (in->seq == hc->peer) {
            health_check_fail(hc, "it resets the connection", now, random);
        }
        return false;
    } else if (in->flags & TCP_SYN) {
        if (is_accepting(hc, in) && in->seq + 1 == hc->peer) {
            send_request(hc, in, out, payload);     /* It was lost. */
            return true;
        }
        return false;
    } else if (!is_acceptable(hc, in)) {
        return false;
    }
    if (judge_data(hc, in, now, random)) {
        init_segment(hc, TCP_RST, out);
        return true;
    }
    init_segment(hc, TCP_ACK, out);
    return in->payload_len > 0;
}

bool
health_check_receive(struct health_check *hc, const struct probe_frame *in,
                     long long int now, uint32_t random,
                     struct probe_frame *out, struct ofpbuf *payload)
{
    if (hc->phase == HEALTH_ECHO) {
        return receive_echo(hc, in, now, random);
    } else if (in->is_echo || in->dport != hc->port
               || in->sport != hc->check.port) {
        return false;
    } else if (hc->phase == HEALTH_CONNECTING) {
        return receive_connecting(hc, in, now, random, out, payload);
    } else if (hc->phase == HEALTH_READING) {
        return receive_reading(hc, in, now, random, out, payload);
    }
    return false;
}

bool
health_check_expire(struct health_check *hc, long long int now,
                    uint32_t random, struct probe_frame *out)
{
    bool is_open = hc->phase == HEALTH_READING;
    char reason[sizeof hc->result];

    init_segment(hc, TCP_RST, out);
    snprintf(reason, sizeof reason, "no answer within %u ms",
             get_timeout(hc));
    health_check_fail(hc, reason, now, random);
    return is_open;
}
