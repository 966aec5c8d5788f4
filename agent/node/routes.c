/* The kernel's table is not copied: it may be large, and what counts are the
 * routes to a few addresses, for which the kernel can be asked.  It says when
 * something changed. */

#include <config.h>

#include "agent/node/routes.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/node/kernel-events.h"
#include "netlink-protocol.h"
#include "netlink-socket.h"
#include "netlink.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

struct routes {
    struct kernel_events *events;
    struct kernel_listener listener;
    bool changed;
};

static void
event_cb(struct ofpbuf *msg OVS_UNUSED, void *routes_)
{
    struct routes *routes = routes_;

    routes->changed = true;
}

struct routes *
routes_create(struct kernel_events *events)
{
    struct routes *routes = xzalloc(sizeof *routes);

    routes->events = events;
    routes->listener = (struct kernel_listener) {
        .topic = KERNEL_ROUTES, .cb = event_cb, .aux = routes,
    };
    kernel_events_listen(events, &routes->listener);
    return routes;
}

void
routes_destroy(struct routes *routes)
{
    if (routes) {
        kernel_events_forget(&routes->listener);
        free(routes);
    }
}

bool
routes_run(struct routes *routes)
{
    bool changed;

    kernel_events_run(routes->events);
    changed = routes->changed;
    routes->changed = false;
    return changed;
}

void
routes_wait(struct routes *routes)
{
    kernel_events_wait(routes->events);
}

static void
put_address(struct ofpbuf *request, uint16_t type, const struct in6_addr *ip)
{
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        nl_msg_put_be32(request, type, in6_addr_get_mapped_ipv4(ip));
    } else {
        nl_msg_put_in6_addr(request, type, ip);
    }
}

/* Reads an address of any family into '*ip'. */
static void
get_address(const struct nlattr *nla, struct in6_addr *ip)
{
    if (nl_attr_get_size(nla) == sizeof(ovs_be32)) {
        in6_addr_set_mapped_ipv4(ip, nl_attr_get_be32(nla));
    } else if (nl_attr_get_size(nla) == sizeof *ip) {
        *ip = nl_attr_get_in6_addr(nla);
    }
}

/* Reads the kernel's answer.  Returns 0 or an errno value. */
static int
parse_reply(struct ofpbuf *reply, const struct in6_addr *to,
            struct route *route)
{
    static const struct nl_policy policy[] = {
        [RTA_OIF] = { .type = NL_A_U32 },
        [RTA_GATEWAY] = { .type = NL_A_UNSPEC, .optional = true },
        [RTA_VIA] = { .type = NL_A_UNSPEC, .optional = true },
    };
    struct nlattr *attrs[ARRAY_SIZE(policy)];

    if (!nl_policy_parse(reply, NLMSG_HDRLEN + sizeof(struct rtmsg), policy,
                         attrs, ARRAY_SIZE(policy))) {
        return EPROTO;
    }
    route->if_index = nl_attr_get_u32(attrs[RTA_OIF]);
    route->hop = *to;
    if (attrs[RTA_GATEWAY]) {
        get_address(attrs[RTA_GATEWAY], &route->hop);
    } else if (attrs[RTA_VIA]
               && (nl_attr_get_size(attrs[RTA_VIA])
                   == sizeof(struct rtvia) + sizeof route->hop)) {
        const struct rtvia *via = nl_attr_get(attrs[RTA_VIA]);

        memcpy(&route->hop, via->rtvia_addr, sizeof route->hop);
    }
    return 0;
}

int
routes_lookup(const struct in6_addr *to, const struct in6_addr *from,
              struct route *route)
{
    bool ipv4 = IN6_IS_ADDR_V4MAPPED(to);
    struct ofpbuf request, *reply;
    struct rtmsg *rtm;
    int error;

    ofpbuf_init(&request, 128);
    nl_msg_put_nlmsghdr(&request, sizeof *rtm, RTM_GETROUTE, NLM_F_REQUEST);
    rtm = ofpbuf_put_zeros(&request, sizeof *rtm);
    rtm->rtm_family = ipv4 ? AF_INET : AF_INET6;
    rtm->rtm_dst_len = rtm->rtm_src_len = ipv4 ? 32 : 128;
    put_address(&request, RTA_DST, to);
    put_address(&request, RTA_SRC, from);
    error = nl_transact(NETLINK_ROUTE, &request, &reply);
    ofpbuf_uninit(&request);
    if (!error) {
        error = parse_reply(reply, to, route);
        ofpbuf_delete(reply);
    }
    return error;
}
