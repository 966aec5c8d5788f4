/* Withdrawals: see withdrawal.h.
 *
 * What is in force has no item here.  An option that leaves the table, or
 * that is newly required in it, has one, with these states:
 *
 * ANNOUNCING: the advertisement with the change is not made ('id' is 0), or
 * made but not known to be published.  Everything is received as before,
 * however long that takes: without a controller nobody can know better.
 * Published: WAITING.  Undone (the option is in the table again, or no longer
 * required): the item goes.
 *
 * WAITING: the advertisement can be read.  Everything is received as before.
 * Every peer has acknowledged it, or a later one: SETTLING.  The grace time is
 * over: the item goes, and the change takes effect, whoever is missing.
 * Undone: the item goes.
 *
 * SETTLING: nobody sends the old form any more, but some of it may be under
 * way.  WITHDRAWAL_SETTLE_MS later, or at the end of the grace time: the item
 * goes, and the change takes effect.  A peer turns up that has not applied it
 * (it had no VPC in common with us, so it was not asked): WAITING.  Undone:
 * the item goes.
 *
 * For each item the number of peers that are missing is counted, so that an
 * acknowledgement costs what there are items, and not what there are peers. */

#include <config.h>

#include "agent/receive/withdrawal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(withdrawal);

void
withdrawal_init(struct withdrawal *w)
{
    memset(w, 0, sizeof *w);
    ovs_list_init(&w->items);
    hmap_init(&w->peers);
    w->announced = (struct recv_table) RECV_TABLE_INITIALIZER;
}

static void
item_remove(struct withdrawal_item *item)
{
    ovs_list_remove(&item->node);
    free(item);
}

void
withdrawal_destroy(struct withdrawal *w)
{
    struct withdrawal_item *item;

    LIST_FOR_EACH_SAFE (item, node, &w->items) {
        item_remove(item);
    }
    withdrawal_forget_peers(w);
    hmap_destroy(&w->peers);
    recv_table_destroy(&w->announced);
}

/* Items. */

/* An option that is not announced yet is missing everywhere; one that is, with
 * everybody who has not acknowledged it. */
bool
withdrawal_item_misses(const struct withdrawal_item *item,
                       const struct withdrawal_peer *peer)
{
    return peer->counts && (!item->id || peer->applied < item->id);
}

static void
item_count_missing(const struct withdrawal *w, struct withdrawal_item *item)
{
    const struct withdrawal_peer *peer;

    item->n_missing = 0;
    HMAP_FOR_EACH (peer, node, &w->peers) {
        item->n_missing += withdrawal_item_misses(item, peer);
    }
}

static struct withdrawal_item *
item_find(const struct withdrawal *w, enum withdrawal_kind kind,
          struct opt_key key)
{
    struct withdrawal_item *item;

    LIST_FOR_EACH (item, node, &w->items) {
        if (item->kind == kind && opt_key_equals(item->key, key)) {
            return item;
        }
    }
    return NULL;
}

static void
item_start(struct withdrawal *w, enum withdrawal_kind kind,
           struct opt_key key, unsigned int length, long long int id,
           long long int wall)
{
    struct withdrawal_item *item = xzalloc(sizeof *item);

    item->kind = kind;
    item->key = key;
    item->length = length;
    item->state = WITHDRAWAL_ANNOUNCING;
    item->id = id;
    item->since = wall;
    item_count_missing(w, item);
    ovs_list_push_back(&w->items, &item->node);
}

/* The entry of 'table' for an option with one length, or NULL. */
static const struct recv_entry *
find_entry(const struct recv_table *table, struct opt_key key,
           unsigned int length)
{
    const struct recv_entry *e = recv_table_find(table, key);

    return e && e->min_len <= length && e->max_len >= length ? e : NULL;
}

/* See the header. */
void
withdrawal_recall(struct withdrawal *w, const struct recv_table *table,
                  long long int id)
{
    recv_table_destroy(&w->announced);
    recv_table_clone(&w->announced, table);
    w->id = id;
}

/* See the header. */
void
withdrawal_resume(struct withdrawal *w, enum withdrawal_kind kind,
                  struct opt_key key, unsigned int length,
                  long long int wall)
{
    if (!item_find(w, kind, key)) {
        VLOG_INFO("option "OPT_KEY_FMT": going on with its withdrawal",
                  OPT_KEY_ARGS(key));
        item_start(w, kind, key, length, w->id, wall);
    }
}

/* The tables. */

static bool
item_is_undone(const struct withdrawal_item *item,
               const struct recv_table *table)
{
    const struct recv_entry *e = find_entry(table, item->key, item->length);

    return item->kind == WITHDRAW_OPTION ? e != NULL : !e || !e->required;
}

/* See the header. */
bool
withdrawal_set_table(struct withdrawal *w, const struct recv_table *table,
                     long long int wall)
{
    struct withdrawal_item *item;
    bool changed = false;

    LIST_FOR_EACH_SAFE (item, node, &w->items) {
        if (item_is_undone(item, table)) {
            item_remove(item);
            changed = true;
        }
    }
    for (size_t i = 0; i < w->announced.n_entries; i++) {
        const struct recv_entry *e = &w->announced.entries[i];

        if (!find_entry(table, e->key, e->max_len)
            && !item_find(w, WITHDRAW_OPTION, e->key)) {
            VLOG_INFO("option "OPT_KEY_FMT" is withdrawn; it is still "
                      "received until its senders know", OPT_KEY_ARGS(e->key));
            item_start(w, WITHDRAW_OPTION, e->key, e->max_len, 0, wall);
            changed = true;
        }
    }
    return changed;
}

/* See the header. */
void
withdrawal_announce(struct withdrawal *w, const struct recv_table *table,
                    long long int id, long long int wall)
{
    struct withdrawal_item *item;

    LIST_FOR_EACH (item, node, &w->items) {
        if (!item->id) {
            item->id = id;
            item_count_missing(w, item);
        }
    }
    for (size_t i = 0; i < table->n_entries; i++) {
        const struct recv_entry *e = &table->entries[i];
        const struct recv_entry *old = recv_table_find(&w->announced, e->key);

        if (e->required && !(old && old->required)
            && !item_find(w, WITHDRAW_LENIENCY, e->key)) {
            item_start(w, WITHDRAW_LENIENCY, e->key, e->max_len, id, wall);
        }
    }
    withdrawal_recall(w, table, id);
}

/* See the header. */
void
withdrawal_published(struct withdrawal *w, long long int id,
                     long long int now)
{
    struct withdrawal_item *item;

    LIST_FOR_EACH (item, node, &w->items) {
        if (item->state == WITHDRAWAL_ANNOUNCING
            && (id == LLONG_MAX || (item->id && item->id <= id))) {
            item->state = WITHDRAWAL_WAITING;
            item->published = now;
        }
    }
}

/* Peers. */

static struct withdrawal_peer *
peer_find(const struct withdrawal *w, const char *name)
{
    struct withdrawal_peer *peer;

    HMAP_FOR_EACH_WITH_HASH (peer, node, hash_string(name, 0), &w->peers) {
        if (!strcmp(peer->name, name)) {
            return peer;
        }
    }
    return NULL;
}

/* Gives a peer other values, and counts anew whether it is missing. */
static void
peer_set(struct withdrawal *w, const char *name, bool counts,
         long long int applied)
{
    struct withdrawal_peer *peer = peer_find(w, name);
    struct withdrawal_item *item;

    if (!peer) {
        peer = xzalloc(sizeof *peer);
        peer->name = xstrdup(name);
        hmap_insert(&w->peers, &peer->node, hash_string(name, 0));
    }
    LIST_FOR_EACH (item, node, &w->items) {
        item->n_missing -= withdrawal_item_misses(item, peer);
    }
    peer->counts = counts;
    peer->applied = applied;
    LIST_FOR_EACH (item, node, &w->items) {
        item->n_missing += withdrawal_item_misses(item, peer);
    }
}

/* See the header. */
void
withdrawal_set_peer(struct withdrawal *w, const char *name, bool counts)
{
    const struct withdrawal_peer *peer = peer_find(w, name);

    if (peer ? peer->counts != counts : counts) {
        peer_set(w, name, counts, peer ? peer->applied : 0);
    }
}

/* See the header. */
void
withdrawal_set_applied(struct withdrawal *w, const char *name,
                       long long int id)
{
    const struct withdrawal_peer *peer = peer_find(w, name);

    if (id > (peer ? peer->applied : 0)) {
        peer_set(w, name, peer && peer->counts, id);
    }
}

/* For when no withdrawal is under way. */
void
withdrawal_forget_peers(struct withdrawal *w)
{
    struct withdrawal_peer *peer;

    HMAP_FOR_EACH_POP (peer, node, &w->peers) {
        free(peer->name);
        free(peer);
    }
}

/* See the header. */
bool
withdrawal_is_missing(const struct withdrawal *w, const char *name)
{
    const struct withdrawal_peer *peer = peer_find(w, name);
    const struct withdrawal_item *item;

    LIST_FOR_EACH (item, node, &w->items) {
        if (peer && withdrawal_item_misses(item, peer)) {
            return true;
        }
    }
    return false;
}

/* Time. */

static void
item_end(struct withdrawal_item *item)
{
    if (item->n_missing) {
        VLOG_WARN("option "OPT_KEY_FMT": the grace time is over, and "
                  "%"PRIuSIZE" NVEs have not acknowledged that it is %s",
                  OPT_KEY_ARGS(item->key), item->n_missing,
                  item->kind == WITHDRAW_OPTION ? "withdrawn" : "required");
    } else {
        VLOG_INFO("option "OPT_KEY_FMT": every sender knows that it is %s",
                  OPT_KEY_ARGS(item->key),
                  item->kind == WITHDRAW_OPTION ? "withdrawn" : "required");
    }
    item_remove(item);
}

/* See the header. */
bool
withdrawal_run(struct withdrawal *w, long long int now, long long int grace)
{
    struct withdrawal_item *item;
    bool ended = false;

    LIST_FOR_EACH_SAFE (item, node, &w->items) {
        if (item->state == WITHDRAWAL_WAITING && !item->n_missing) {
            item->state = WITHDRAWAL_SETTLING;
            item->settled = now;
        } else if (item->state == WITHDRAWAL_SETTLING && item->n_missing) {
            item->state = WITHDRAWAL_WAITING;
        }
        if (item->state != WITHDRAWAL_ANNOUNCING
            && (now >= item->published + grace
                || (item->state == WITHDRAWAL_SETTLING
                    && now >= item->settled + WITHDRAWAL_SETTLE_MS))) {
            item_end(item);
            ended = true;
        }
    }
    return ended;
}

/* See the header. */
long long int
withdrawal_next(const struct withdrawal *w, long long int grace)
{
    const struct withdrawal_item *item;
    long long int next = LLONG_MAX;

    LIST_FOR_EACH (item, node, &w->items) {
        if (item->state != WITHDRAWAL_ANNOUNCING) {
            next = MIN(next, item->published + grace);
        }
        if (item->state == WITHDRAWAL_SETTLING) {
            next = MIN(next, item->settled + WITHDRAWAL_SETTLE_MS);
        }
    }
    return next;
}

/* See the header. */
bool
withdrawal_enforces(const struct withdrawal *w, struct opt_key key)
{
    const struct recv_entry *e = recv_table_find(&w->announced, key);

    return e && e->required && !item_find(w, WITHDRAW_LENIENCY, key);
}
