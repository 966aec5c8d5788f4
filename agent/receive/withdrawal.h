/* What we take back of what we advertised, and who still goes by the old.
 *
 * "A change of capability loses no packet": an option that we no longer want
 * to receive is first missing in what we advertise, then every NVE that may
 * send to us applies that, then the option is unmapped.  The same goes for
 * "required": it is advertised, every sender applies it, and then what lacks
 * the option is dropped.  Who has applied it says so in an AdvertisementAck;
 * whoever does not is waited for until a grace time is over.
 *
 * A pure state machine: time, the tables, what is published and who has
 * acknowledged what are passed in.  Each state is described in withdrawal.c.
 */
#ifndef GA_WITHDRAWAL_H
#define GA_WITHDRAWAL_H 1

#include "lib/negotiation.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

/* After the last acknowledgement: a barrier says that the sender's flow
 * tables are changed, but its datapath follows a little later, and packets
 * are under way. */
#define WITHDRAWAL_SETTLE_MS 1000

enum withdrawal_kind {
    WITHDRAW_OPTION,                /* No longer received. */
    WITHDRAW_LENIENCY,              /* Packets without it: it is required. */
};

enum withdrawal_state {
    WITHDRAWAL_ANNOUNCING,
    WITHDRAWAL_WAITING,
    WITHDRAWAL_SETTLING,
};

struct withdrawal_item {
    struct ovs_list node;           /* In struct withdrawal's 'items'. */
    enum withdrawal_kind kind;
    struct opt_key key;
    unsigned int length;            /* Data bytes, as it is mapped. */

    enum withdrawal_state state;
    long long int id;               /* Of the first advertisement without it;
                                     * 0: not made yet. */
    size_t n_missing;               /* Peers that have not applied 'id'. */
    long long int published;        /* WAITING, SETTLING: since then. */
    long long int settled;          /* SETTLING: since then. */
    long long int since;            /* Wall clock, ms. */
};

/* An NVE that sends to us, or that acknowledged something. */
struct withdrawal_peer {
    struct hmap_node node;          /* In struct withdrawal's 'peers'. */
    char *name;
    long long int applied;          /* Id; 0: none that we know of. */
    bool counts;                    /* It shares a VPC with us. */
};

struct withdrawal {
    struct ovs_list items;          /* Oldest first. */
    struct hmap peers;
    struct recv_table announced;    /* By which senders go, or will. */
    long long int id;               /* Its, 0: none. */
};

void withdrawal_init(struct withdrawal *);
void withdrawal_destroy(struct withdrawal *);

static inline bool
withdrawal_is_active(const struct withdrawal *w)
{
    return !ovs_list_is_empty(&w->items);
}

/* What senders went by when we start: the table that is published, and its
 * id (0 if it has none).  Options that are still mapped though it lacks them,
 * and options whose "required" was not enforced yet, are then resumed, with
 * the whole grace time.  'wall' is the wall clock in ms. */
void withdrawal_recall(struct withdrawal *, const struct recv_table *,
                       long long int id);
void withdrawal_resume(struct withdrawal *, enum withdrawal_kind,
                       struct opt_key, unsigned int length,
                       long long int wall);

/* The table that is to be advertised.  What the announced one has, and this
 * does not, is withdrawn from now on; what was withdrawn and is in it again no
 * longer is.  Returns true if items came or went. */
bool withdrawal_set_table(struct withdrawal *, const struct recv_table *,
                          long long int wall);

/* 'table' (what of the former has a place in the TLV map) will be published
 * with 'id', which is larger than all before. */
void withdrawal_announce(struct withdrawal *, const struct recv_table *table,
                         long long int id, long long int wall);

/* What has this id, and all before, can be read by everybody; LLONG_MAX where
 * nothing is published at all. */
void withdrawal_published(struct withdrawal *, long long int id,
                          long long int now);

/* Peers: 'counts' while they share a VPC with us.  An id never decreases. */
void withdrawal_set_peer(struct withdrawal *, const char *name, bool counts);
void withdrawal_set_applied(struct withdrawal *, const char *name,
                            long long int id);
void withdrawal_forget_peers(struct withdrawal *);

/* Lets time pass; 'grace' in ms, from the publication on.  Returns true if
 * items ended, which is logged.  withdrawal_next() says when to call it again,
 * LLONG_MAX: not because of the time. */
bool withdrawal_run(struct withdrawal *, long long int now,
                    long long int grace);
long long int withdrawal_next(const struct withdrawal *, long long int grace);

/* Whether packets without 'key', which the table requires, are to be
 * dropped. */
bool withdrawal_enforces(const struct withdrawal *, struct opt_key key);

/* Whether we wait for this peer. */
bool withdrawal_is_missing(const struct withdrawal *, const char *peer);
bool withdrawal_item_misses(const struct withdrawal_item *,
                            const struct withdrawal_peer *);

#endif /* agent/receive/withdrawal.h */
