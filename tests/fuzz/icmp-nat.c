/* ICMPv6 errors that come from outside, and packets that are too big. */

#include <config.h>

#include "lib/icmp-nat.h"

#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>

#include "csum.h"
#include "packets.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* Makes the checksum of the ICMPv6 packet right, which an engine would hardly
 * ever find. */
static void
fix(uint8_t *frame, size_t n)
{
    struct ovs_16aligned_ip6_hdr *ip = (void *) (frame + ETH_HEADER_LEN);
    struct icmp6_header *icmp = (void *) (ip + 1);
    size_t max = n - ETH_HEADER_LEN - sizeof *ip;
    size_t len = MIN(ntohs(ip->ip6_plen), max);

    if (len >= sizeof *icmp) {
        icmp->icmp6_cksum = 0;
        icmp->icmp6_cksum = csum_finish(
            csum_continue(packet_csum_pseudoheader6(ip), icmp, len));
    }
}

/* What was translated can be translated back, and is the same then, but for
 * checksums that have two forms of zero. */
static void
check_twice(uint8_t *frame, size_t n)
{
    static const struct in6_addr ip = { .s6_addr = { 0xfd, [15] = 1 } };

    if (n > 54 && n % 2) {
        fix(frame, n);
    }
    if (n > 54 && !icmp_nat_translate_back(frame, n, &ip, htons(1))) {
        ovs_assert(!memcmp(frame + 38, &ip, sizeof ip));
        ovs_assert(!memcmp(frame + 70, &ip, sizeof ip));
        ovs_assert(!icmp_nat_translate_back(frame, n, &ip, htons(2)));
    }
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    uint8_t *frame = xmemdup(data, MAX(n, 1));
    size_t len = n;

    check_twice(frame, n);
    memcpy(frame, data, n);
    icmp_nat_forget_fragment(frame, &len);
    ovs_assert(len == n || len + 8 == n);
    free(frame);
}
