/* Reading `tnl/neigh/show' each second, and what a change of a MAC means.
 *
 * States of a neighbour, and what leads out of them:
 *
 *     trusted     Its MAC has not changed.  Another one: doubted, after a
 *                 flush.
 *     doubted     The MAC that it had first: somebody forged packets, which
 *                 is told; trusted.  The new one again, though the cache was
 *                 flushed: it was flushed MAX_FLUSHES times: trusted, with the
 *                 new one, because that is what ARP says.  Else it is flushed
 *                 once more: who sends forged packets for a second has not
 *                 won.
 *
 * After a flush ovs-vswitchd asks for the address when a packet to there has
 * no datapath flow, and learns from an answer that has none.  Packets that
 * come all the time keep their flows, which drop them now, alive: so the
 * datapath's flows are purged, too.  That loses no packet.
 *
 * An address that is legitimately moved to another card is flushed MAX_FLUSHES
 * times and then trusted.
 *
 * The first MAC that is seen of an address is trusted.  If it was forged, the
 * true one comes with the next packet from there that ovs-vswitchd sees, and
 * traffic goes on while it is doubted.
 *
 * The kernel's datapath leaves neighbours to the kernel; the cache is
 * empty. */

#include <config.h>

#include "agent/switch/neigh-cache.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/switch/vswitchd-ctl.h"
#include "lib/tick.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/types.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(neigh_cache);

/* Between two readings, and if ovs-vswitchd does not answer: msec. */
#define INTERVAL 1000
#define AWAY_INTERVAL 5000

/* With many neighbours readings are rarer: msec for each. */
#define NEIGHBOR_INTERVAL 2

#define MAX_FLUSHES 3
#define REMEMBERED (10 * 60 * 1000)     /* msec */

#define MAX_ANSWER_BYTES (4 * 1024 * 1024)

struct neighbor {
    struct eth_addr mac;            /* Trusted. */
    struct eth_addr doubted;        /* If 'n_flushes'. */
    unsigned int n_flushes;         /* Because of 'doubted'; 0: trusted. */
    struct eth_addr wrong;          /* The last that was wrong. */
    long long int wrong_at;         /* When: msec, or 0. */
    long long int seen_at;          /* msec */
};

struct neigh_cache {
    struct vswitchd_ctl *ctl;
    struct shash neighbors;         /* Address -> "struct neighbor". */
    enum {
        NEIGH_IDLE,
        NEIGH_READING,
        NEIGH_FLUSHING,
        NEIGH_PURGING,
    } state;
    bool must_flush;
    bool must_purge;                /* After a flush. */
    uint64_t n_flushes;
    size_t n_read;                  /* Neighbours of the last reading. */
    long long int read_at;          /* msec */
    long long int asked_at;         /* READING: msec. */
};

struct neigh_cache *
neigh_cache_create(const char *rundir)
{
    struct neigh_cache *nc = xzalloc(sizeof *nc);

    nc->ctl = vswitchd_ctl_create(rundir);
    shash_init(&nc->neighbors);
    return nc;
}

void
neigh_cache_destroy(struct neigh_cache *nc)
{
    if (nc) {
        shash_destroy_free_data(&nc->neighbors);
        vswitchd_ctl_destroy(nc->ctl);
        free(nc);
    }
}

/* The neighbour 'n' has turned out to have 'n->mac', not 'wrong'. */
static void
note_forged(struct neighbor *n, const char *address, struct eth_addr wrong)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(2, 5);

    n->wrong = wrong;
    n->wrong_at = time_msec();
    VLOG_WARN_RL(&rl, "%s was taken for "ETH_ADDR_FMT", and is "ETH_ADDR_FMT,
                 address, ETH_ADDR_ARGS(wrong), ETH_ADDR_ARGS(n->mac));
}

/* The cache says that 'address' has 'mac'. */
static void
take_neighbor(struct neigh_cache *nc, const char *address, struct eth_addr mac)
{
    struct neighbor *n = shash_find_data(&nc->neighbors, address);

    if (!n) {
        n = xzalloc(sizeof *n);
        n->mac = mac;
        shash_add(&nc->neighbors, address, n);
    }
    n->seen_at = time_msec();
    if (eth_addr_equals(mac, n->mac)) {
        if (n->n_flushes) {
            note_forged(n, address, n->doubted);
            n->n_flushes = 0;
        }
    } else if (n->n_flushes >= MAX_FLUSHES
               && eth_addr_equals(mac, n->doubted)) {
        VLOG_INFO("%s has moved to "ETH_ADDR_FMT, address,
                  ETH_ADDR_ARGS(mac));
        n->mac = mac;
        n->n_flushes = 0;
    } else {
        n->n_flushes = (n->n_flushes && eth_addr_equals(mac, n->doubted)
                        ? n->n_flushes + 1 : 1);
        n->doubted = mac;
        nc->must_flush = true;
    }
}

/* Forgets what has not been seen for long. */
static void
forget_old(struct neigh_cache *nc)
{
    long long int oldest = time_msec() - 6 * REMEMBERED;
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &nc->neighbors) {
        struct neighbor *n = node->data;

        if (n->seen_at < oldest) {
            free(n);
            shash_delete(&nc->neighbors, node);
        }
    }
}

static void
take_reading(struct neigh_cache *nc, const char *text)
{
    const char *line;

    nc->n_read = 0;
    for (line = strchr(text, '\n'); line; line = strchr(line + 1, '\n')) {
        char address[INET6_ADDRSTRLEN + 1];
        struct eth_addr mac;

        if (ovs_scan(line, "\n%46s "ETH_ADDR_SCAN_FMT, address,
                     ETH_ADDR_SCAN_ARGS(mac))) {
            take_neighbor(nc, address, mac);
            nc->n_read++;
        }
    }
    forget_old(nc);
}

static void
take_answer(struct neigh_cache *nc)
{
    enum vswitchd_ctl_answer answer;
    char *text;

    answer = vswitchd_ctl_run(nc->ctl, &text);
    if (answer != VSWITCHD_CTL_NONE) {
        if (nc->state == NEIGH_READING) {
            if (answer == VSWITCHD_CTL_RESULT && text) {
                take_reading(nc, text);
            }
            nc->read_at = tick_next(time_msec()
                                    + NEIGHBOR_INTERVAL * nc->n_read,
                                    INTERVAL);
        }
        nc->must_purge = nc->state == NEIGH_FLUSHING;
        nc->state = NEIGH_IDLE;
    }
    free(text);
}

/* Asks for what is due. */
static void
ask(struct neigh_cache *nc)
{
    const char *command;

    if (nc->must_purge) {
        command = "revalidator/purge";
        nc->state = NEIGH_PURGING;
    } else if (nc->must_flush) {
        command = "tnl/neigh/flush";
        nc->state = NEIGH_FLUSHING;
    } else {
        command = "tnl/neigh/show";
        nc->state = NEIGH_READING;
        nc->asked_at = time_msec();
    }
    nc->must_purge = nc->must_flush = false;
    if (vswitchd_ctl_request(nc->ctl, command, NULL, MAX_ANSWER_BYTES)) {
        nc->n_flushes += nc->state == NEIGH_FLUSHING;
    } else {
        /* If ovs-vswitchd is away, so are its cache and its flows. */
        nc->state = NEIGH_IDLE;
        nc->read_at = time_msec() + AWAY_INTERVAL;
    }
}

static bool
may_ask(const struct neigh_cache *nc)
{
    return (nc->state == NEIGH_IDLE
            && (nc->must_purge || nc->must_flush
                || time_msec() >= nc->read_at));
}

void
neigh_cache_run(struct neigh_cache *nc, bool enabled)
{
    if (nc->state != NEIGH_IDLE) {
        take_answer(nc);
    }
    if (!enabled) {
        nc->read_at = LLONG_MAX;
    } else if (nc->read_at == LLONG_MAX) {
        nc->read_at = time_msec();
    }
    if (may_ask(nc)) {
        ask(nc);
    }
}

void
neigh_cache_wait(struct neigh_cache *nc)
{
    bool is_awaited = (nc->state != NEIGH_READING || nc->must_flush
                       || nc->must_purge);

    vswitchd_ctl_wait_until(nc->ctl, (is_awaited ? 0
                                      : nc->asked_at + TICK_PATIENCE));
    if (may_ask(nc)) {
        poll_immediate_wake();
    } else if (nc->state == NEIGH_IDLE) {
        poll_timer_wait_until(nc->read_at);
    }
}

void
neigh_cache_for_each_problem(const struct neigh_cache *nc,
                             void (*cb)(const char *address,
                                        const char *problem, void *aux),
                             void *aux)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &nc->neighbors) {
        const struct neighbor *n = node->data;

        if (n->wrong_at && time_msec() - n->wrong_at < REMEMBERED) {
            char *s = xasprintf("Open vSwitch took "ETH_ADDR_FMT" for the "
                                "MAC of this underlay address, which is "
                                ETH_ADDR_FMT"; that was mended: look for who "
                                "sends packets with that MAC, or for two "
                                "hosts with this address",
                                ETH_ADDR_ARGS(n->wrong),
                                ETH_ADDR_ARGS(n->mac));

            cb(node->name, s, aux);
            free(s);
        }
    }
}

uint64_t
neigh_cache_get_n_flushes(const struct neigh_cache *nc)
{
    return nc->n_flushes;
}
