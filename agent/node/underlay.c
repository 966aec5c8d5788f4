/* A table of all addresses of this host and what their devices are like.
 *
 * getifaddrs() fills the table, again whenever netlink says that an address
 * came or went or that a device with an address changed.  Events of devices
 * without addresses do not count, so plugging in a thousand endpoints does not
 * make it list the addresses once. */

#include <config.h>

#include "agent/node/underlay.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/node/kernel-events.h"
#include "netlink-protocol.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "rtnetlink.h"
#include "socket-util.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(underlay);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

struct address {
    struct in6_addr ip;
    int if_index;
    int mtu;
    bool is_up;                     /* Its device is, and has a carrier. */
    char device[IFNAMSIZ];
};

struct underlay {
    struct kernel_events *events;
    struct kernel_listener listener;
    struct address *addresses;      /* Sorted. */
    size_t n;
    bool stale;                     /* The table may be out of date. */
    unsigned int seqno;             /* Counts changes of the table. */
};

/* Whether the device 'if_index' has an address. */
static bool
has_address(const struct underlay *underlay, int if_index)
{
    for (size_t i = 0; i < underlay->n; i++) {
        if (underlay->addresses[i].if_index == if_index) {
            return true;
        }
    }
    return false;
}

/* 'msg' is NULL if events were lost. */
static void
event_cb(struct ofpbuf *msg, void *underlay_)
{
    struct underlay *underlay = underlay_;
    struct rtnetlink_change change;

    if (!msg || !rtnetlink_parse(msg, &change)
        || rtnetlink_type_is_rtnlgrp_addr(change.nlmsg_type)
        || (!change.irrelevant && has_address(underlay, change.if_index))) {
        underlay->stale = true;
    }
}

struct underlay *
underlay_create(struct kernel_events *events)
{
    struct underlay *underlay = xzalloc(sizeof *underlay);

    underlay->events = events;
    underlay->listener = (struct kernel_listener) {
        .topic = KERNEL_DEVICES, .cb = event_cb, .aux = underlay,
    };
    kernel_events_listen(events, &underlay->listener);
    underlay->stale = true;
    return underlay;
}

void
underlay_destroy(struct underlay *underlay)
{
    if (underlay) {
        kernel_events_forget(&underlay->listener);
        free(underlay->addresses);
        free(underlay);
    }
}

static int
compare_addresses(const void *a_, const void *b_)
{
    const struct address *a = a_;
    const struct address *b = b_;
    int cmp = memcmp(&a->ip, &b->ip, sizeof a->ip);

    return cmp ? cmp : strcmp(a->device, b->device);
}

/* Fills '*address' from 'ifa'.  'sock' is any socket, for ioctl().  Returns
 * false if no NVE can use the address. */
static bool
address_init(struct address *address, const struct ifaddrs *ifa, int sock)
{
    const struct sockaddr *sa = ifa->ifa_addr;
    struct ifreq ifr;

    memset(address, 0, sizeof *address);
    if (!sa || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)) {
        return false;
    } else if (sa->sa_family == AF_INET) {
        in6_addr_set_mapped_ipv4(
            &address->ip,
            ALIGNED_CAST(const struct sockaddr_in *, sa)->sin_addr.s_addr);
    } else {
        address->ip = ALIGNED_CAST(const struct sockaddr_in6 *,
                                   sa)->sin6_addr;
        if (IN6_IS_ADDR_LINKLOCAL(&address->ip)) {
            return false;
        }
    }

    /* A label may be in place of the device's name: "eth0:1". */
    ovs_strlcpy(address->device, ifa->ifa_name, sizeof address->device);
    address->device[strcspn(address->device, ":")] = '\0';

    memset(&ifr, 0, sizeof ifr);
    ovs_strlcpy(ifr.ifr_name, address->device, sizeof ifr.ifr_name);
    if (ioctl(sock, SIOCGIFMTU, &ifr) < 0) {
        return false;               /* The device went: an event comes. */
    }
    address->mtu = ifr.ifr_mtu;
    address->is_up = (ifa->ifa_flags & IFF_UP
                      && ifa->ifa_flags & IFF_RUNNING);
    address->if_index = if_nametoindex(address->device);
    return true;
}

/* Makes the table of addresses, for the caller to free.  Returns 0 or an errno
 * value. */
static int
scan(struct address **addresses, size_t *n)
{
    struct ifaddrs *all, *ifa;
    size_t allocated = 0;
    int error = 0;
    int sock;

    *addresses = NULL;
    *n = 0;
    sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0) {
        return errno;
    }
    if (getifaddrs(&all)) {
        error = errno;
    } else {
        for (ifa = all; ifa; ifa = ifa->ifa_next) {
            if (*n >= allocated) {
                *addresses = x2nrealloc(*addresses, &allocated,
                                        sizeof **addresses);
            }
            *n += address_init(&(*addresses)[*n], ifa, sock);
        }
        freeifaddrs(all);
        if (*n) {
            qsort(*addresses, *n, sizeof **addresses, compare_addresses);
        }
    }
    close(sock);
    return error;
}

bool
underlay_run(struct underlay *underlay)
{
    struct address *addresses;
    bool changed;
    int error;
    size_t n;

    kernel_events_run(underlay->events);
    if (!underlay->stale) {
        return false;
    }
    underlay->stale = false;

    error = scan(&addresses, &n);
    if (error) {
        VLOG_WARN_RL(&rl, "cannot list this host's addresses: %s",
                     ovs_strerror(error));
        free(addresses);
        return false;
    }
    changed = (n != underlay->n
               || (n && memcmp(addresses, underlay->addresses,
                               n * sizeof *addresses)));
    free(underlay->addresses);
    underlay->addresses = addresses;
    underlay->n = n;
    underlay->seqno += changed;
    return changed;
}

unsigned int
underlay_get_seqno(const struct underlay *underlay)
{
    return underlay->seqno;
}

void
underlay_wait(struct underlay *underlay)
{
    kernel_events_wait(underlay->events);
}

int
underlay_get_mtu(const struct underlay *underlay, const struct in6_addr *ip,
                 char **device)
{
    for (size_t i = 0; i < underlay->n; i++) {
        const struct address *address = &underlay->addresses[i];

        if (ipv6_addr_equals(&address->ip, ip)) {
            if (device) {
                *device = xstrdup(address->device);
            }
            return address->mtu;
        }
    }
    if (device) {
        *device = NULL;
    }
    return 0;
}

bool
underlay_is_up(const struct underlay *underlay, const struct in6_addr *ip)
{
    for (size_t i = 0; i < underlay->n; i++) {
        const struct address *address = &underlay->addresses[i];

        if (address->is_up && ipv6_addr_equals(&address->ip, ip)) {
            return true;
        }
    }
    return false;
}
