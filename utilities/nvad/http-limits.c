/* Fair shares of the server.
 *
 * An address has an entry as long as it has a connection, and for a while
 * after that.  It has chances: each connection takes one, and gives it back if
 * it is authorized.  Time gives them back, too.  So TLS handshakes, which cost
 * much, and guesses of tokens are limited, and authorized clients are not.
 *
 * Strangers are in a list, oldest first, so whose time is over is at its
 * front.  Such a connection is shut down rather than closed: libmicrohttpd,
 * which owns the socket, finds that its peer is gone. */

#include <config.h>

#include "utilities/nvad/http-limits.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(http_limits);

#define ONE_CHANCE 1000             /* Chances are in thousandths. */

enum counter {
    REFUSED_CONNECTIONS,
    REFUSED_STRANGERS,
    REFUSED_CHANCES,
    CLOSED_STRANGERS,
    UNAUTHORIZED,
    REFUSED_BODIES,
    REFUSED_WRITES,
    ALL_TAKEN,
    N_COUNTERS
};

static const struct {
    const char *name;               /* In the status. */
    const char *log;                /* About an address. */
} counters[N_COUNTERS] = {
    [REFUSED_CONNECTIONS] = {
        "connections refused, too many of one address",
        "has too many connections: more are refused" },
    [REFUSED_STRANGERS] = {
        "connections refused, too many of one address without authorization",
        "has too many connections that have not been authorized: more are "
        "refused" },
    [REFUSED_CHANCES] = {
        "connections refused, too often not authorized",
        "makes connections again and again that are not authorized: more are "
        "refused for a while" },
    [CLOSED_STRANGERS] = {
        "connections closed, not authorized in time",
        "did not send an authorized request in time: the connection is "
        "closed" },
    [UNAUTHORIZED] = {
        "requests refused, not authorized",
        "sent a request without a valid token or certificate" },
    [REFUSED_BODIES] = {
        "requests refused, too many bytes under way",
        "sends too much at once: a request is refused" },
    [ALL_TAKEN] = {
        "times that all connections were taken",
        "has the last connection: more have to wait (--max-connections)" },
    [REFUSED_WRITES] = {
        "writes refused, too many of one address",
        "has too many writes waiting: more are refused" },
};

struct http_limits {
    struct http_shares shares;
    struct hmap addresses;          /* Contains "struct address"es. */
    struct ovs_list strangers;      /* Contains "struct http_peer"s. */
    struct ovs_list idle;           /* Contains "struct address"es without
                                     * connections, longest first. */
    unsigned int n_connections;
    size_t n_strangers;
    uint64_t counters[N_COUNTERS];
};

struct address {
    struct hmap_node node;          /* In 'addresses'. */
    struct http_limits *limits;
    struct in6_addr ip;
    unsigned int n_connections, n_strangers, n_writes;
    size_t body_bytes;

    long long int chances;          /* In thousandths. */
    long long int refilled;         /* When, in ms. */
    struct ovs_list idle_node;      /* In 'idle', without connections. */
    long long int forget_at;        /* In ms, without connections. */
};

struct http_peer {
    struct address *address;
    int fd;

    bool is_stranger;
    struct ovs_list node;           /* In 'strangers', if it is one. */
    long long int deadline;         /* In ms; to be known until then. */
};

/* Addresses. */

static struct in6_addr
get_ip(const struct sockaddr *sa)
{
    struct sockaddr_storage ss = { .ss_family = sa->sa_family };

    memcpy(&ss, sa, (sa->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                     : sizeof(struct sockaddr_in)));
    return ss_get_address(&ss);
}

static struct address *
find_address(const struct http_limits *limits, const struct in6_addr *ip)
{
    struct address *a;

    HMAP_FOR_EACH_WITH_HASH (a, node, hash_bytes(ip, sizeof *ip, 0),
                             &limits->addresses) {
        if (ipv6_addr_equals(&a->ip, ip)) {
            return a;
        }
    }
    return NULL;
}

static long long int
max_chances(const struct http_limits *limits)
{
    return (long long int) ONE_CHANCE * limits->shares.chances;
}

static void
give_chances(struct address *a, long long int n)
{
    a->chances = MIN(a->chances + n, max_chances(a->limits));
}

/* Gives the chances that time brings: one thousandth per ms for each in a
 * second. */
static void
refill_chances(struct address *a)
{
    long long int now = time_msec();

    give_chances(a, (now - a->refilled) * a->limits->shares.chances_per_s);
    a->refilled = now;
}

static void
address_destroy(struct address *a)
{
    hmap_remove(&a->limits->addresses, &a->node);
    free(a);
}

/* Forgets addresses without connections, by the time when their chances are
 * there again. */
static void
forget_addresses(struct http_limits *limits)
{
    struct address *a;

    LIST_FOR_EACH_SAFE (a, idle_node, &limits->idle) {
        if (time_msec() < a->forget_at) {
            break;
        }
        ovs_list_remove(&a->idle_node);
        address_destroy(a);
    }
}

/* The last connection is gone. */
static void
address_set_idle(struct address *a)
{
    const struct http_shares *shares = &a->limits->shares;

    a->forget_at = time_msec() + (max_chances(a->limits)
                                  / MAX(shares->chances_per_s, 1));
    ovs_list_push_back(&a->limits->idle, &a->idle_node);
}

/* The entry of an address that is about to have a connection. */
static struct address *
get_address(struct http_limits *limits, const struct in6_addr *ip)
{
    struct address *a = find_address(limits, ip);

    if (!a) {
        a = xzalloc(sizeof *a);
        a->limits = limits;
        a->ip = *ip;
        a->chances = max_chances(limits);
        a->refilled = time_msec();
        hmap_insert(&limits->addresses, &a->node,
                    hash_bytes(ip, sizeof *ip, 0));
    } else if (!a->n_connections) {
        ovs_list_remove(&a->idle_node);
    }
    return a;
}

static void
count(struct address *a, enum counter counter)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

    a->limits->counters[counter]++;
    if (!VLOG_DROP_WARN(&rl)) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ipv6_format_mapped(&a->ip, &s);
        VLOG_WARN("%s %s", ds_cstr(&s), counters[counter].log);
        ds_destroy(&s);
    }
}

/* The limits. */

struct http_limits *
http_limits_create(const struct http_shares *shares)
{
    struct http_limits *limits = xzalloc(sizeof *limits);

    limits->shares = *shares;
    hmap_init(&limits->addresses);
    ovs_list_init(&limits->strangers);
    ovs_list_init(&limits->idle);
    return limits;
}

void
http_limits_destroy(struct http_limits *limits)
{
    struct address *a;

    if (limits) {
        LIST_FOR_EACH_SAFE (a, idle_node, &limits->idle) {
            address_destroy(a);
        }
        hmap_destroy(&limits->addresses);
        free(limits);
    }
}

static void
stop_being_stranger(struct http_peer *peer)
{
    if (peer->is_stranger) {
        peer->is_stranger = false;
        ovs_list_remove(&peer->node);
        peer->address->n_strangers--;
        peer->address->limits->n_strangers--;
    }
}

static struct http_peer *
first_stranger(const struct http_limits *limits)
{
    return (ovs_list_is_empty(&limits->strangers) ? NULL
            : CONTAINER_OF(ovs_list_front(&limits->strangers),
                           struct http_peer, node));
}

void
http_limits_run(struct http_limits *limits)
{
    struct http_peer *peer;

    while ((peer = first_stranger(limits)) != NULL
           && time_msec() >= peer->deadline) {
        count(peer->address, CLOSED_STRANGERS);
        shutdown(peer->fd, SHUT_RDWR);
        stop_being_stranger(peer);
    }
    forget_addresses(limits);
}

void
http_limits_wait(const struct http_limits *limits)
{
    const struct http_peer *peer = first_stranger(limits);

    if (peer) {
        poll_timer_wait_until(peer->deadline);
    }
}

bool
http_limits_accept(struct http_limits *limits, const struct sockaddr *sa)
{
    struct in6_addr ip = get_ip(sa);
    struct address *a = find_address(limits, &ip);

    if (a && a->n_connections >= limits->shares.connections) {
        count(a, REFUSED_CONNECTIONS);
        return false;
    }
    if (a && a->n_strangers >= limits->shares.strangers) {
        count(a, REFUSED_STRANGERS);
        return false;
    }
    if (a) {
        refill_chances(a);
        if (a->chances < ONE_CHANCE) {
            count(a, REFUSED_CHANCES);
            return false;
        }
    }
    return true;
}

size_t
http_limits_count_strangers(const struct http_limits *limits)
{
    return limits->n_strangers;
}

void
http_limits_format(const struct http_limits *limits, struct ds *s)
{
    for (size_t i = 0; i < N_COUNTERS; i++) {
        ds_put_format(s, "%s: %"PRIu64"\n", counters[i].name,
                      limits->counters[i]);
    }
}

/* Connections. */

struct http_peer *
http_limits_add_peer(struct http_limits *limits, const struct sockaddr *sa,
                     int fd)
{
    struct http_peer *peer = xzalloc(sizeof *peer);
    struct in6_addr ip = get_ip(sa);

    peer->address = get_address(limits, &ip);
    peer->address->n_connections++;
    if (++limits->n_connections == limits->shares.all_connections) {
        count(peer->address, ALL_TAKEN);
    }
    peer->address->chances -= ONE_CHANCE;
    peer->fd = fd;
    peer->is_stranger = true;
    peer->address->n_strangers++;
    limits->n_strangers++;
    peer->deadline = time_msec() + limits->shares.stranger_ms;
    ovs_list_push_back(&limits->strangers, &peer->node);
    return peer;
}

void
http_limits_remove_peer(struct http_peer *peer)
{
    struct address *a = peer->address;

    stop_being_stranger(peer);
    a->limits->n_connections--;
    if (!--a->n_connections) {
        address_set_idle(a);
    }
    free(peer);
}

void
http_peer_set_known(struct http_peer *peer)
{
    if (peer->is_stranger) {
        give_chances(peer->address, ONE_CHANCE);
    }
    stop_being_stranger(peer);
}

void
http_peer_note_unauthorized(struct http_peer *peer)
{
    count(peer->address, UNAUTHORIZED);
}

bool
http_peer_take_body(struct http_peer *peer, size_t n)
{
    struct address *a = peer->address;

    if (a->body_bytes + n > a->limits->shares.body_bytes) {
        count(a, REFUSED_BODIES);
        return false;
    }
    a->body_bytes += n;
    return true;
}

void
http_peer_give_body(struct http_peer *peer, size_t n)
{
    peer->address->body_bytes -= n;
}

bool
http_peer_take_write(struct http_peer *peer)
{
    struct address *a = peer->address;

    if (a->n_writes >= a->limits->shares.writes) {
        count(a, REFUSED_WRITES);
        return false;
    }
    a->n_writes++;
    return true;
}

void
http_peer_give_write(struct http_peer *peer)
{
    peer->address->n_writes--;
}

void
http_peer_note_overload(struct http_peer *peer)
{
    count(peer->address, REFUSED_BODIES);
}
