/* Messages of DHCPv4 clients. */

#include <config.h>

#include "lib/dhcp4-answer.h"

#include "openvswitch/ofpbuf.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

void
fuzz_one(const uint8_t *data, size_t n)
{
    static uint8_t text[] = "text";
    struct dhcp_option option = { 66, text, 4 };
    struct in6_addr ip = in6_addr_mapped_ipv4(htonl(0x0a000001));
    struct dhcp_route route = { { ip, 32, false }, ip };
    struct subnet_dhcp dhcp = {
        .lease = 3600, .ntp = &ip, .n_ntp = 1,
        .options = &option, .n_options = 1,
    };
    struct dhcp4_config cfg = {
        .ip = htonl(0x0a00000a), .plen = 24, .server_id = htonl(0x0a000001),
        .router = htonl(0x0a000001), .mtu = 1400, .dns = &ip, .n_dns = 1,
        .domain = "example.internal", .routes = &route, .n_routes = 1,
        .dhcp = &dhcp,
    };
    struct dhcp4_request r;
    struct ofpbuf reply;

    if (dhcp4_parse(data, n, &r)) {
        return;
    }
    ofpbuf_init(&reply, 0);
    switch (dhcp4_answer(&r, &cfg, &reply)) {
    case DHCP4_IGNORED:
    case DHCP4_DECLINED:
    case DHCP4_RELEASED:
        ovs_assert(!reply.size);
        break;
    case DHCP4_OFFERED:
    case DHCP4_GIVEN:
    case DHCP4_REFUSED:
    case DHCP4_INFORMED:
        ovs_assert(reply.size >= 300
                   && reply.size + 28 <= dhcp4_get_max_size(&r));
        break;
    }
    ofpbuf_uninit(&reply);
}
