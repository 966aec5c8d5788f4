/* The kernel resolves neighbours (ARP, neighbour discovery) and says over
 * netlink what comes of it.  It does so for packets that it has to send.  With
 * the userspace datapath it has none, and with the kernel's datapath it has
 * none while nobody speaks; so it is given one now and then: an empty UDP
 * datagram to the discard port with a TTL of 1, which needs no privilege.  A
 * neighbour that is known to be there gets none.
 *
 * States of a hop, and what leads out of them:
 *
 *     unknown     Nothing has been heard of it.  It is probed.
 *     confirmed   The kernel has its MAC and trusts it.  No probe is needed;
 *                 when the kernel begins to doubt it, it says so: unknown.
 *     dead        It does not answer (NUD_FAILED).  It is probed more often.
 *                 It has a MAC again: confirmed or unknown.
 *
 * The kernel drops entries when it wants to; that says nothing. */

#include <config.h>

#include "agent/node/next-hops.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/node/kernel-events.h"
#include "hash.h"
#include "netlink-protocol.h"
#include "netlink.h"
#include "openvswitch/hmap.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(next_hops);

#define PROBE_INTERVAL 15000        /* ms */
#define DEAD_PROBE_INTERVAL 3000
#define MIN_INTERVAL 500            /* Between two rounds. */

#define DISCARD_PORT 9

/* The kernel's own table has room for 1024 neighbours by default. */
#define MAX_HOPS 512

enum hop_state { HOP_UNKNOWN, HOP_CONFIRMED, HOP_DEAD };

struct next_hop {
    struct hmap_node node;          /* In struct next_hops's 'hops'. */
    struct in6_addr ip;
    int if_index;
    unsigned int n_users;
    enum hop_state state;
    long long int probe_at;         /* time_msec(). */
};

/* What the kernel says of a neighbour. */
struct neighbor_change {
    struct in6_addr ip;
    int if_index;
    uint16_t nud;                   /* NUD_*. */
};

/* What the kernel has said of a device in this turn: thousands of remotes have
 * their ways by the same one. */
struct device {
    char name[IFNAMSIZ];            /* "": nothing yet. */
    int if_index;                   /* 0: there is none of that name. */
};

struct next_hops {
    struct kernel_events *events;
    struct kernel_listener listener;
    struct hmap hops;
    struct device device;
    bool changed;
    bool turned_away;               /* A hop, for lack of room. */
    unsigned int seqno;             /* next_hops_get_seqno(). */
    long long int next_round;       /* time_msec() of the next probes. */
    int socks[2];                   /* IPv4, IPv6; -1: none yet. */
};

static uint32_t
hash_hop(const struct in6_addr *ip, int if_index)
{
    return hash_bytes(ip, sizeof *ip, if_index);
}

static struct next_hop *
find(const struct next_hops *nh, const struct in6_addr *ip, int if_index)
{
    struct next_hop *hop;

    HMAP_FOR_EACH_WITH_HASH (hop, node, hash_hop(ip, if_index), &nh->hops) {
        if (hop->if_index == if_index && ipv6_addr_equals(&hop->ip, ip)) {
            return hop;
        }
    }
    return NULL;
}

/* Events. */

/* Returns false if 'msg' says nothing that matters. */
static bool
parse_event(struct ofpbuf *msg, struct neighbor_change *change)
{
    static const struct nl_policy policy[] = {
        [NDA_DST] = { .type = NL_A_UNSPEC, .optional = true },
    };
    struct nlattr *attrs[ARRAY_SIZE(policy)];
    const struct nlmsghdr *nlmsg = msg->data;
    const struct ndmsg *ndm;

    ndm = ofpbuf_at(msg, NLMSG_HDRLEN, sizeof *ndm);
    if (!ndm || nlmsg->nlmsg_type != RTM_NEWNEIGH
        || (ndm->ndm_family != AF_INET && ndm->ndm_family != AF_INET6)
        || !nl_policy_parse(msg, NLMSG_HDRLEN + sizeof *ndm, policy, attrs,
                            ARRAY_SIZE(policy))
        || !attrs[NDA_DST]) {
        return false;
    }
    if (nl_attr_get_size(attrs[NDA_DST]) == sizeof(ovs_be32)) {
        in6_addr_set_mapped_ipv4(&change->ip,
                                 nl_attr_get_be32(attrs[NDA_DST]));
    } else if (nl_attr_get_size(attrs[NDA_DST]) == sizeof change->ip) {
        change->ip = nl_attr_get_in6_addr(attrs[NDA_DST]);
    } else {
        return false;
    }
    change->if_index = ndm->ndm_ifindex;
    change->nud = ndm->ndm_state;
    return true;
}

static void
set_state(struct next_hops *nh, struct next_hop *hop, enum hop_state state)
{
    nh->changed |= (hop->state == HOP_DEAD) != (state == HOP_DEAD);
    hop->state = state;
    if (state == HOP_DEAD) {
        hop->probe_at = time_msec() + DEAD_PROBE_INTERVAL;
    }
    nh->next_round = MIN(nh->next_round, hop->probe_at);
}

/* NUD_INCOMPLETE and NUD_PROBE say that the kernel is about to find out. */
static void
take_state(struct next_hops *nh, struct next_hop *hop, uint16_t nud)
{
    if (nud & NUD_FAILED) {
        set_state(nh, hop, HOP_DEAD);
    } else if (nud & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP)) {
        set_state(nh, hop, HOP_CONFIRMED);
    } else if (nud & (NUD_STALE | NUD_DELAY)) {
        set_state(nh, hop, HOP_UNKNOWN);
    }
}

static void
event_cb(struct ofpbuf *msg, void *nh_)
{
    struct neighbor_change change;
    struct next_hops *nh = nh_;
    struct next_hop *hop;

    if (msg) {
        hop = (parse_event(msg, &change)
               ? find(nh, &change.ip, change.if_index) : NULL);
        if (hop) {
            take_state(nh, hop, change.nud);
        }
        return;
    }
    /* Events were lost. */
    HMAP_FOR_EACH (hop, node, &nh->hops) {
        if (hop->state == HOP_CONFIRMED) {
            set_state(nh, hop, HOP_UNKNOWN);
        }
    }
}

struct next_hops *
next_hops_create(struct kernel_events *events)
{
    struct next_hops *nh = xzalloc(sizeof *nh);

    nh->events = events;
    nh->listener = (struct kernel_listener) {
        .topic = KERNEL_NEIGHBORS, .cb = event_cb, .aux = nh,
    };
    kernel_events_listen(events, &nh->listener);
    hmap_init(&nh->hops);
    nh->next_round = LLONG_MAX;
    nh->socks[0] = nh->socks[1] = -1;
    return nh;
}

void
next_hops_destroy(struct next_hops *nh)
{
    if (nh) {
        kernel_events_forget(&nh->listener);
        hmap_destroy(&nh->hops);
        for (size_t i = 0; i < ARRAY_SIZE(nh->socks); i++) {
            if (nh->socks[i] >= 0) {
                close(nh->socks[i]);
            }
        }
        free(nh);
    }
}

int
next_hops_find_device(struct next_hops *nh, const char *name)
{
    struct device *device = &nh->device;

    if (strcmp(device->name, name)) {
        ovs_strlcpy(device->name, name, sizeof device->name);
        device->if_index = if_nametoindex(name);
    }
    return device->if_index;
}

char *
next_hops_describe(struct next_hops *nh, const struct next_hop *hop)
{
    struct device *device = &nh->device;
    char s[INET6_ADDRSTRLEN];

    ipv6_string_mapped(s, &hop->ip);
    if (!device->name[0] || device->if_index != hop->if_index) {
        device->if_index = hop->if_index;
        if (!if_indextoname(hop->if_index, device->name)) {
            device->name[0] = '\0';
            return xasprintf("%s on a device that has gone", s);
        }
    }
    return xasprintf("%s on %s", s, device->name);
}

struct next_hop *
next_hops_obtain(struct next_hops *nh, const struct in6_addr *ip,
                 int if_index)
{
    struct next_hop *hop = if_index ? find(nh, ip, if_index) : NULL;

    if (!hop) {
        if (!if_index) {
            return NULL;
        } else if (hmap_count(&nh->hops) >= MAX_HOPS) {
            nh->turned_away = true;
            return NULL;
        }
        hop = xzalloc(sizeof *hop);
        hop->ip = *ip;
        hop->if_index = if_index;
        hop->probe_at = nh->next_round = time_msec();
        hmap_insert(&nh->hops, &hop->node, hash_hop(ip, if_index));
    }
    hop->n_users++;
    return hop;
}

void
next_hops_release(struct next_hops *nh, struct next_hop *hop)
{
    if (hop && !--hop->n_users) {
        hmap_remove(&nh->hops, &hop->node);
        free(hop);
        nh->seqno += nh->turned_away;
        nh->turned_away = false;
    }
}

unsigned int
next_hops_get_seqno(const struct next_hops *nh)
{
    return nh->seqno;
}

bool
next_hop_is_dead(const struct next_hop *hop)
{
    return hop->state == HOP_DEAD;
}

/* Probes. */

static int
open_socket(bool ipv6)
{
    int sock = socket(ipv6 ? AF_INET6 : AF_INET,
                      SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;

    if (sock >= 0
        && setsockopt(sock, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP,
                      ipv6 ? IPV6_UNICAST_HOPS : IP_TTL, &one, sizeof one)) {
        close(sock);
        sock = -1;
    }
    return sock;
}

/* Has the kernel find out whether 'hop' is there. */
static void
probe(struct next_hops *nh, const struct next_hop *hop)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    bool ipv6 = !IN6_IS_ADDR_V4MAPPED(&hop->ip);
    int *sock = &nh->socks[ipv6];
    struct sockaddr_storage ss;
    socklen_t length;

    memset(&ss, 0, sizeof ss);
    if (ipv6) {
        struct sockaddr_in6 *sin6 = ALIGNED_CAST(struct sockaddr_in6 *, &ss);

        sin6->sin6_family = AF_INET6;
        sin6->sin6_port = htons(DISCARD_PORT);
        sin6->sin6_addr = hop->ip;
        sin6->sin6_scope_id = hop->if_index;
        length = sizeof *sin6;
    } else {
        struct sockaddr_in *sin = ALIGNED_CAST(struct sockaddr_in *, &ss);

        sin->sin_family = AF_INET;
        sin->sin_port = htons(DISCARD_PORT);
        sin->sin_addr.s_addr = in6_addr_get_mapped_ipv4(&hop->ip);
        length = sizeof *sin;
    }
    if (*sock < 0) {
        *sock = open_socket(ipv6);
    }
    if (*sock < 0 || sendto(*sock, "", 0, 0, (struct sockaddr *) &ss,
                            length) < 0) {
        VLOG_DBG_RL(&rl, "no probe can be sent: %s", ovs_strerror(errno));
    }
}

static void
probe_all(struct next_hops *nh)
{
    long long int now = time_msec();
    struct next_hop *hop;

    nh->next_round = LLONG_MAX;
    HMAP_FOR_EACH (hop, node, &nh->hops) {
        if (hop->state == HOP_CONFIRMED) {
            continue;
        }
        if (now >= hop->probe_at) {
            probe(nh, hop);
            hop->probe_at = now + (hop->state == HOP_DEAD
                                   ? DEAD_PROBE_INTERVAL : PROBE_INTERVAL);
        }
        nh->next_round = MIN(nh->next_round, hop->probe_at);
    }
    nh->next_round = MAX(nh->next_round, now + MIN_INTERVAL);
}

bool
next_hops_run(struct next_hops *nh)
{
    bool changed;

    kernel_events_run(nh->events);
    if (time_msec() >= nh->next_round) {
        probe_all(nh);
    }
    changed = nh->changed;
    nh->changed = false;
    return changed;
}

void
next_hops_wait(struct next_hops *nh)
{
    nh->device.name[0] = '\0';
    kernel_events_wait(nh->events);
    if (nh->next_round != LLONG_MAX) {
        poll_timer_wait_until(nh->next_round);
    }
}
