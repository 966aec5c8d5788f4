/* DNS queries. */

#include <config.h>

#include "lib/dns-message.h"

#include <string.h>

#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* An answer repeats the question, fits, and is no query that could be
 * answered again. */
void
fuzz_one(const uint8_t *data, size_t n)
{
    struct in6_addr ip = in6_addr_mapped_ipv4(htonl(0x0a000001));
    struct dns_query q, again;
    struct dns_answer a;
    struct ofpbuf b;

    if (dns_message_parse(data, n, &q)) {
        return;
    }
    ofpbuf_init(&b, 0);
    dns_answer_begin(&a, &q, &b);
    if (q.has_question) {
        ovs_assert(strlen(q.name) <= DNS_NAME_MAX || !q.name_is_plain);
        ovs_assert(q.question >= data
                   && q.question + q.question_len <= data + n);
        for (int i = 0; i < 100; i++) {
            dns_answer_put_address(&a, &ip, 60);
        }
        dns_answer_put_soa(&a, "example.internal", 60, false);
    }
    dns_answer_end(&a, DNS_NO_ERROR, true, false);
    ovs_assert(b.size <= q.max_size);
    ovs_assert(dns_message_parse(b.data, b.size, &again));
    ofpbuf_uninit(&b);
}
