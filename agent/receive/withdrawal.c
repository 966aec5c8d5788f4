/* Withdrawals: see withdrawal.h.
 *
 * Each change that is not in force yet has an item: an option that leaves the
 * table, or one that the table newly requires.  In every state the change may
 * be undone, as the option is in the table again or no longer required: then
 * the item is removed.  Its states:
 *
 * ANNOUNCING: the advertisement with the change is not made yet ('id' is 0),
 * or is not known to be published.  Everything is received as before, however
 * long that takes: without a controller no sender can know of the change.
 * When the advertisement is published: WAITING.
 *
 * WAITING: senders can read the advertisement.  Everything is received as
 * before.  When every peer has acknowledged it, or a later one: SETTLING.
 * When the grace time is over: the item is removed and the change is in force,
 * even if peers are missing.
 *
 * SETTLING: no peer sends the old form any more, but such packets may be under
 * way.  After WITHDRAWAL_SETTLE_MS, or when the grace time is over: the item
 * is removed and the change is in force.  When a peer turns up that has not
 * applied it, because it shared no VPC with us and was not asked: WAITING.
 *
 * Each item counts the peers that are missing, so an acknowledgement costs
 * time in proportion to the items, not to the peers. */

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

/* The entry of 'table' that takes the option with that length, or NULL. */
static const struct recv_entry *
find_entry(const struct recv_table *table, struct opt_key key,
           unsigned int length)
{
    const struct recv_entry *e = recv_table_find(table, key);

    return e && e->min_len <= length && e->max_len >= length ? e : NULL;
}

void
withdrawal_recall(struct withdrawal *w, const struct recv_table *table,
                  long long int id)
{
    recv_table_destroy(&w->announced);
    recv_table_clone(&w->announced, table);
    w->id = id;
}

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

bool
withdrawal_is_announced(const struct withdrawal *w)
{
    const struct withdrawal_item *item;

    LIST_FOR_EACH (item, node, &w->items) {
        if (!item->id) {
            return false;
        }
    }
    return true;
}

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

/* Changes a peer, and the counts of the items that it is missing for. */
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

void
withdrawal_set_peer(struct withdrawal *w, const char *name, bool counts)
{
    const struct withdrawal_peer *peer = peer_find(w, name);

    if (peer ? peer->counts != counts : counts) {
        peer_set(w, name, counts, peer ? peer->applied : 0);
    }
}

void
withdrawal_set_applied(struct withdrawal *w, const char *name,
                       long long int id)
{
    const struct withdrawal_peer *peer = peer_find(w, name);

    if (id > (peer ? peer->applied : 0)) {
        peer_set(w, name, peer && peer->counts, id);
    }
}

void
withdrawal_forget_peers(struct withdrawal *w)
{
    struct withdrawal_peer *peer;

    HMAP_FOR_EACH_POP (peer, node, &w->peers) {
        free(peer->name);
        free(peer);
    }
}

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

bool
withdrawal_enforces(const struct withdrawal *w, struct opt_key key)
{
    const struct recv_entry *e = recv_table_find(&w->announced, key);

    return e && e->required && !item_find(w, WITHDRAW_LENIENCY, key);
}
