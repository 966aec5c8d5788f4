/* Messages of DHCPv6 clients. */

#include <config.h>

#include "lib/dhcp6-answer.h"

#include <string.h>

#include "openvswitch/ofpbuf.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

void
fuzz_one(const uint8_t *data, size_t n)
{
    static const uint8_t duid[] = { 0, 3, 0, 1, 2, 0, 0, 0, 0, 1 };
    static uint8_t text[] = "text";
    struct dhcp_option option = { 59, text, 4 };
    struct in6_addr ip = { .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 10 } };
    struct dhcp6_address address = { ip, 3600 };
    struct subnet_dhcp dhcp = {
        .lease = 3600, .ntp = &ip, .n_ntp = 1,
        .options = &option, .n_options = 1,
    };
    struct dhcp6_config cfg = {
        .server_id = duid, .server_id_len = sizeof duid,
        .addresses = &address, .n_addresses = 1, .dns = &ip, .n_dns = 1,
        .domain = "example.internal", .dhcp = &dhcp,
    };
    struct dhcp6_request r;
    struct ofpbuf reply;

    if (dhcp6_parse(data, n, &r)) {
        return;
    }
    ofpbuf_init(&reply, 0);
    if (dhcp6_answer(&r, &cfg, &reply) == DHCP6_IGNORED) {
        ovs_assert(!reply.size);
    } else {
        struct dhcp6_request again;

        ovs_assert(!memcmp((uint8_t *) reply.data + 1, r.xid, sizeof r.xid));
        ovs_assert(!dhcp6_parse(reply.data, reply.size, &again));
        ovs_assert(again.server_id && again.n_ias <= r.n_ias);
    }
    ofpbuf_uninit(&reply);
}
