/* Changes of our receive table that senders have to know of first.
 *
 * "A change of capability loses no packet": an option that we no longer want
 * to receive first leaves what we advertise, then every NVE that may send to
 * us applies that, then the option is unmapped.  Likewise an option that we
 * newly require: it is advertised as required, every sender applies that, then
 * packets that lack it are dropped.  A sender says in an AdvertisementAck what
 * it has applied.  We wait for each of them until a grace time is over.
 *
 * This is a pure state machine: time, the tables, what is published and who
 * has acknowledged what are passed in.  withdrawal.c describes each state. */
#ifndef GA_WITHDRAWAL_H
#define GA_WITHDRAWAL_H 1

#include "lib/negotiation.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

/* How long we wait after the last acknowledgement: a sender acknowledges when
 * its flow tables have changed, but its datapath follows a little later, and
 * packets may be under way. */
#define WITHDRAWAL_SETTLE_MS 1000

enum withdrawal_kind {
    WITHDRAW_OPTION,                /* No longer received. */
    WITHDRAW_LENIENCY,              /* Newly required: packets that lack it
                                     * are no longer received. */
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
    long long int id;               /* Of the first advertisement with this
                                     * change; 0: not made yet. */
    size_t n_missing;               /* Peers that have not applied 'id'. */
    long long int published;        /* WAITING, SETTLING: when that began. */
    long long int settled;          /* SETTLING: when that began. */
    long long int since;            /* Wall clock, ms, of the item's start. */
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
    struct recv_table announced;    /* That senders go by, or will. */
    long long int id;               /* Of 'announced'; 0: none. */
};

void withdrawal_init(struct withdrawal *);
void withdrawal_destroy(struct withdrawal *);

static inline bool
withdrawal_is_active(const struct withdrawal *w)
{
    return !ovs_list_is_empty(&w->items);
}

/* Whether each withdrawal is in the advertisement that was announced last. */
bool withdrawal_is_announced(const struct withdrawal *);

/* For the start: the table that is published, by which senders go, and its id
 * (0 if it has none). */
void withdrawal_recall(struct withdrawal *, const struct recv_table *,
                       long long int id);

/* For the start, after withdrawal_recall(): resumes, with the whole grace
 * time, the withdrawal of an option that is still mapped though that table
 * lacks it, or that it requires although that was not enforced yet.  'wall',
 * here and below, is the wall clock in ms. */
void withdrawal_resume(struct withdrawal *, enum withdrawal_kind,
                       struct opt_key, unsigned int length,
                       long long int wall);

/* Sets the table that we want to advertise.  Options of the announced table
 * that it lacks are withdrawn from now on; withdrawn options that it has again
 * are not any more.  Returns true if items came or went. */
bool withdrawal_set_table(struct withdrawal *, const struct recv_table *,
                          long long int wall);

/* Tells that 'table', which is the part of the above that the TLV map has room
 * for, will be published with 'id', which is larger than all ids before. */
void withdrawal_announce(struct withdrawal *, const struct recv_table *table,
                         long long int id, long long int wall);

/* Tells that everybody can read the advertisement with this id and those
 * before.  LLONG_MAX if we publish nothing at all. */
void withdrawal_published(struct withdrawal *, long long int id,
                          long long int now);

/* Tells of a peer.  It 'counts' while it shares a VPC with us. */
void withdrawal_set_peer(struct withdrawal *, const char *name, bool counts);

/* Tells that a peer has applied the advertisement with this id and all before.
 * Lower ids than before are ignored. */
void withdrawal_set_applied(struct withdrawal *, const char *name,
                            long long int id);

/* To be called only while nothing is being withdrawn. */
void withdrawal_forget_peers(struct withdrawal *);

/* Lets time pass.  'grace', in ms, begins with the publication.  Logs the
 * items that end, and returns true if there are any. */
bool withdrawal_run(struct withdrawal *, long long int now,
                    long long int grace);

/* When to call withdrawal_run() again; LLONG_MAX: not because of the time. */
long long int withdrawal_next(const struct withdrawal *, long long int grace);

/* Whether packets that lack 'key', which the table requires, are to be
 * dropped. */
bool withdrawal_enforces(const struct withdrawal *, struct opt_key key);

/* Whether we wait for this peer, with any item or with one. */
bool withdrawal_is_missing(const struct withdrawal *, const char *peer);
bool withdrawal_item_misses(const struct withdrawal_item *,
                            const struct withdrawal_peer *);

#endif /* agent/receive/withdrawal.h */
