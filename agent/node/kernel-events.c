/* One socket has all events, since reading it is a system call in each turn,
 * and there is next to never anything to read.  When it overflows everybody is
 * told. */

#include <config.h>

#include "agent/node/kernel-events.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "netlink-protocol.h"
#include "netlink-socket.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(kernel_events);

static const unsigned int groups[] = {
    RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
    RTNLGRP_IPV6_RULE, RTNLGRP_NEIGH,
};

struct kernel_events {
    struct nl_sock *sock;           /* NULL: there is none. */
    struct ovs_list listeners;
    bool has_run;                   /* Since the last wait. */
};

struct kernel_events *
kernel_events_create(void)
{
    struct kernel_events *ke = xzalloc(sizeof *ke);
    int error = nl_sock_create(NETLINK_ROUTE, &ke->sock);

    if (error) {
        VLOG_WARN("changes of devices and routes will not be seen: netlink: "
                  "%s", ovs_strerror(error));
        ke->sock = NULL;
    }
    for (size_t i = 0; ke->sock && i < ARRAY_SIZE(groups); i++) {
        error = nl_sock_join_mcgroup(ke->sock, groups[i]);
        if (error) {
            VLOG_WARN("netlink group %u: %s", groups[i], ovs_strerror(error));
        }
    }
    ovs_list_init(&ke->listeners);
    return ke;
}

void
kernel_events_destroy(struct kernel_events *ke)
{
    if (ke) {
        ovs_assert(ovs_list_is_empty(&ke->listeners));
        nl_sock_destroy(ke->sock);
        free(ke);
    }
}

void
kernel_events_listen(struct kernel_events *ke,
                     struct kernel_listener *listener)
{
    ovs_list_push_back(&ke->listeners, &listener->node);
}

void
kernel_events_forget(struct kernel_listener *listener)
{
    ovs_list_remove(&listener->node);
}

/* Whether a message of that type is about 'topic'. */
static bool
concerns(uint16_t nlmsg_type, enum kernel_topic topic)
{
    switch (nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
    case RTM_NEWADDR:
    case RTM_DELADDR:
        return topic == KERNEL_DEVICES;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
    case RTM_NEWRULE:
    case RTM_DELRULE:
        return topic == KERNEL_ROUTES;
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
        return topic == KERNEL_NEIGHBORS;
    default:
        return false;
    }
}

static void
tell(struct kernel_events *ke, struct ofpbuf *msg)
{
    const struct nlmsghdr *nlmsg = msg ? msg->data : NULL;
    struct kernel_listener *listener;

    LIST_FOR_EACH (listener, node, &ke->listeners) {
        if (!nlmsg || concerns(nlmsg->nlmsg_type, listener->topic)) {
            listener->cb(msg, listener->aux);
        }
    }
}

/* Reads one message, and tells of it.  Returns false if there was none. */
static bool
receive(struct kernel_events *ke)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    uint64_t stub[4096 / 8];
    struct ofpbuf msg;
    int error;

    ofpbuf_use_stub(&msg, stub, sizeof stub);
    error = nl_sock_recv(ke->sock, &msg, NULL, false);
    if (!error) {
        tell(ke, &msg);
    } else if (error != EAGAIN) {
        VLOG_WARN_RL(&rl, "netlink: %s", ovs_strerror(error));
        if (error == ENOBUFS) {
            tell(ke, NULL);
        }
    }
    ofpbuf_uninit(&msg);
    return !error;
}

void
kernel_events_run(struct kernel_events *ke)
{
    if (ke->sock && !ke->has_run) {
        ke->has_run = true;
        while (receive(ke)) {
            continue;
        }
    }
}

void
kernel_events_wait(struct kernel_events *ke)
{
    ke->has_run = false;
    if (ke->sock) {
        nl_sock_wait(ke->sock, POLLIN);
    }
}
