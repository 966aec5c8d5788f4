/* The store: current objects, and a window of history.
 *
 * Each kind has a hash by name, a sorted list of the same objects, sorted
 * lists of those of each VPC and the like (a part), and a ring of the latest
 * changes.  The ring is bounded by number and by bytes.  'window_start' is the
 * resourceVersion of the last change that fell out of it.  A watch can start
 * from any version at or after it, and the state at any such version can be
 * reconstructed by undoing changes; that is how all pages of a list show the
 * version of the first.
 *
 * Each kind has its own history: a kind that rarely changes must not lose its
 * history to one that changes all the time. */

#include <config.h>

#include "utilities/nvad/store.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/shash.h"
#include "util.h"

struct part {
    struct hmap_node node;          /* In a store_kind's "parts". */
    enum object_key key;
    char *value;
    struct object_list list;        /* Never empty. */
};

struct store_kind {
    struct hmap by_name;            /* Contains "struct object"s. */
    struct object_list sorted;      /* The same. */
    struct hmap parts;              /* Contains "struct part"s. */

    struct store_event *ring;       /* Capacity: a power of two, or 0. */
    size_t capacity;
    uint64_t first, end;            /* Numbers of the events held. */
    size_t bytes;                   /* Of the texts in the ring. */
    uint64_t window_start;
};

struct listener {
    store_listener *cb;
    void *aux;
};

struct store {
    struct store_kind kinds[RES_N_KINDS];
    struct hmap by_uuid;            /* Contains "struct object"s. */
    struct store_limits limits;
    uint64_t rv;
    bool loaded;
    struct listener listeners[4];
    size_t n_listeners;
};

struct store *
store_create(const struct store_limits *limits)
{
    struct store *store = xzalloc(sizeof *store);

    store->limits = *limits;
    hmap_init(&store->by_uuid);
    for (int i = 0; i < RES_N_KINDS; i++) {
        hmap_init(&store->kinds[i].by_name);
        hmap_init(&store->kinds[i].parts);
    }
    return store;
}

static struct store_event *
ring_slot(const struct store_kind *k, uint64_t seq)
{
    return &k->ring[seq & (k->capacity - 1)];
}

static size_t
event_bytes(const struct store_event *e)
{
    return (e->old ? e->old->len : 0) + (e->new ? e->new->len : 0);
}

static void
ring_pop(struct store_kind *k)
{
    struct store_event *e = ring_slot(k, k->first++);

    k->bytes -= event_bytes(e);
    k->window_start = e->rv;
    object_unref(e->old);
    object_unref(e->new);
}

static void
ring_push(struct store_kind *k, const struct store_event *e,
          const struct store_limits *limits)
{
    if (k->end - k->first >= k->capacity) {
        size_t capacity = k->capacity ? k->capacity * 2 : 64;
        struct store_event *ring = xmalloc(capacity * sizeof *ring);

        for (uint64_t i = k->first; i < k->end; i++) {
            ring[i & (capacity - 1)] = *ring_slot(k, i);
        }
        free(k->ring);
        k->ring = ring;
        k->capacity = capacity;
    }

    *ring_slot(k, k->end++) = *e;
    k->bytes += event_bytes(e);
    while (k->end - k->first > limits->max_events
           || (k->bytes > limits->max_bytes && k->end - k->first > 1)) {
        ring_pop(k);
    }
}

/* Parts. */

static size_t
hash_part(enum object_key key, const char *value)
{
    return hash_string(value, key);
}

static struct part *
find_part(const struct store_kind *k, enum object_key key, const char *value)
{
    struct part *part;

    HMAP_FOR_EACH_WITH_HASH (part, node, hash_part(key, value), &k->parts) {
        if (part->key == key && !strcmp(part->value, value)) {
            return part;
        }
    }
    return NULL;
}

static void
destroy_part(struct store_kind *k, struct part *part)
{
    hmap_remove(&k->parts, &part->node);
    object_list_destroy(&part->list);
    free(part->value);
    free(part);
}

static void
change_part(struct store_kind *k, enum object_key key, const char *value,
            const struct object *old, struct object *new)
{
    struct part *part = find_part(k, key, value);

    if (!part) {
        part = xzalloc(sizeof *part);
        part->key = key;
        part->value = xstrdup(value);
        hmap_insert(&k->parts, &part->node, hash_part(key, value));
    }
    object_list_change(&part->list, old, new);
    if (!part->list.n) {
        destroy_part(k, part);
    }
}

/* Follows the change of an object, 'old' or 'new' being NULL if there was or
 * is none. */
static void
change_parts(struct store_kind *k, const struct object *old,
             struct object *new)
{
    for (int key = 0; key < OBJECT_N_KEYS; key++) {
        const char *from = old ? object_get_key(old, key) : NULL;
        const char *to = new ? object_get_key(new, key) : NULL;

        if (from && to && !strcmp(from, to)) {
            change_part(k, key, to, old, new);
            continue;
        }
        if (from) {
            change_part(k, key, from, old, NULL);
        }
        if (to) {
            change_part(k, key, to, NULL, new);
        }
    }
}

void
store_destroy(struct store *store)
{
    if (!store) {
        return;
    }
    for (int i = 0; i < RES_N_KINDS; i++) {
        struct store_kind *k = &store->kinds[i];
        struct part *part;

        while (k->first < k->end) {
            ring_pop(k);
        }
        for (size_t j = 0; j < k->sorted.n; j++) {
            object_unref(k->sorted.objects[j]);
        }
        HMAP_FOR_EACH_SAFE (part, node, &k->parts) {
            destroy_part(k, part);
        }
        object_list_destroy(&k->sorted);
        hmap_destroy(&k->parts);
        hmap_destroy(&k->by_name);
        free(k->ring);
    }
    hmap_destroy(&store->by_uuid);
    free(store);
}

void
store_add_listener(struct store *store, store_listener *cb, void *aux)
{
    ovs_assert(store->n_listeners < ARRAY_SIZE(store->listeners));
    store->listeners[store->n_listeners++] = (struct listener) { cb, aux };
}

static void
notify(const struct store *store, enum resource_kind kind,
       const struct store_event *e)
{
    for (size_t i = 0; i < store->n_listeners; i++) {
        store->listeners[i].cb(store->listeners[i].aux, kind, e);
    }
}

/* Replaces 'old' by 'new', either of which may be NULL, and tells the
 * listeners.  Takes both references. */
static void
change(struct store *store, enum resource_kind kind, struct object *old,
       struct object *new, uint64_t rv)
{
    struct store_kind *k = &store->kinds[kind];
    struct store_event event = { rv, old, object_ref(new) };

    object_list_change(&k->sorted, old, new);
    change_parts(k, old, new);
    if (old) {
        hmap_remove(&k->by_name, &old->name_node);
        hmap_remove(&store->by_uuid, &old->uuid_node);
    }
    if (new) {
        hmap_insert(&k->by_name, &new->name_node, hash_string(new->name, 0));
        hmap_insert(&store->by_uuid, &new->uuid_node, uuid_hash(&new->uuid));
    }
    store->rv = MAX(store->rv, rv);

    /* The ring may evict even this event, so the listeners' is another. */
    struct store_event copy = { rv, object_ref(old), object_ref(new) };

    if (store->loaded) {
        ring_push(k, &event, &store->limits);
    } else {
        object_unref(event.old);
        object_unref(event.new);
    }
    notify(store, kind, &copy);
    object_unref(copy.old);
    object_unref(copy.new);
}

void
store_put(struct store *store, struct object *new)
{
    struct object *old = CONST_CAST(struct object *,
                                    store_find(store, new->kind, new->name));

    change(store, new->kind, old, new, new->rv);
}

void
store_remove(struct store *store, const struct object *o, uint64_t rv)
{
    change(store, o->kind, CONST_CAST(struct object *, o), NULL, rv);
}

void
store_set_rv(struct store *store, uint64_t rv)
{
    store->rv = MAX(store->rv, rv);
}

void
store_set_loaded(struct store *store, uint64_t rv)
{
    store->rv = MAX(store->rv, rv);
    store->loaded = true;
    for (int i = 0; i < RES_N_KINDS; i++) {
        store->kinds[i].window_start = store->rv;
    }
}

void
store_forget_history(struct store *store, uint64_t rv)
{
    store->rv = MAX(store->rv, rv);
    for (int i = 0; i < RES_N_KINDS; i++) {
        struct store_kind *k = &store->kinds[i];

        while (k->first < k->end) {
            ring_pop(k);
        }
        /* A gap, so that a watcher that waits for the next event sees that it
         * is lost. */
        k->first = ++k->end;
        k->window_start = store->rv;
        notify(store, i, NULL);
    }
}

bool
store_is_loaded(const struct store *store)
{
    return store->loaded;
}

uint64_t
store_get_rv(const struct store *store)
{
    return store->rv;
}

size_t
store_count(const struct store *store, enum resource_kind kind)
{
    return store->kinds[kind].sorted.n;
}

const struct object *
store_find(const struct store *store, enum resource_kind kind,
           const char *name)
{
    const struct object *o;

    HMAP_FOR_EACH_WITH_HASH (o, name_node, hash_string(name, 0),
                             &store->kinds[kind].by_name) {
        if (!strcmp(o->name, name)) {
            return o;
        }
    }
    return NULL;
}

const struct object *
store_find_uuid(const struct store *store, const struct uuid *uuid)
{
    const struct object *o;

    HMAP_FOR_EACH_WITH_HASH (o, uuid_node, uuid_hash(uuid), &store->by_uuid) {
        if (uuid_equals(&o->uuid, uuid)) {
            return o;
        }
    }
    return NULL;
}

void
store_for_each(const struct store *store,
               void (*cb)(const struct object *, void *aux), void *aux)
{
    const struct object *o;

    HMAP_FOR_EACH (o, uuid_node, &store->by_uuid) {
        cb(o, aux);
    }
}

/* The list of a part, or of all if 'part' is NULL.  NULL if it is empty. */
static struct object_list *
find_list(struct store_kind *k, const struct object_part *part)
{
    struct part *found;

    if (!part) {
        return &k->sorted;
    }
    found = find_part(k, part->key, part->value);
    return found ? &found->list : NULL;
}

struct snapshot *
store_snapshot(struct store *store, enum resource_kind kind,
               const struct object_part *part)
{
    struct object_list none = OBJECT_LIST_INITIALIZER;
    struct object_list *list = find_list(&store->kinds[kind], part);
    struct snapshot *s = object_list_snapshot(list ? list : &none);

    object_list_destroy(&none);
    return s;
}

/* Undoes the events since 'rv': stores in 'past', for each name that changed,
 * the object that had it at 'rv', or NULL. */
static void
undo_events(const struct store_kind *k, uint64_t rv, struct shash *past)
{
    uint64_t seq = k->end;

    while (seq > k->first) {
        const struct store_event *e = ring_slot(k, --seq);

        if (e->rv <= rv) {
            break;
        }
        shash_replace(past, e->old ? e->old->name : e->new->name, e->old);
    }
}

bool
store_cursor_init(struct store_cursor *c, const struct store *store,
                  enum resource_kind kind, const struct object_part *part,
                  uint64_t rv, const char *after)
{
    static const struct object_list none = OBJECT_LIST_INITIALIZER;
    const struct store_kind *k = &store->kinds[kind];

    *c = (struct store_cursor) { .part = part };
    shash_init(&c->past);
    if (rv < k->window_start || rv > store->rv) {
        return false;
    }

    c->now = find_list(CONST_CAST(struct store_kind *, k), part);
    if (!c->now) {
        c->now = &none;
    }
    undo_events(k, rv, &c->past);
    c->nodes = shash_sort(&c->past);
    if (after) {
        c->i = object_list_find(c->now, after);
        c->i += (c->i < c->now->n
                 && !strcmp(c->now->objects[c->i]->name, after));
        while (c->j < shash_count(&c->past)
               && strcmp(c->nodes[c->j]->name, after) <= 0) {
            c->j++;
        }
    }
    return true;
}

void
store_cursor_destroy(struct store_cursor *c)
{
    free(c->nodes);
    shash_destroy(&c->past);
}

/* The object that the node's name had, if the cursor shows it. */
static const struct object *
get_past(const struct store_cursor *c, const struct shash_node *node)
{
    const struct object *o = node->data;
    const char *value = o && c->part ? object_get_key(o, c->part->key) : NULL;

    return (o && (!c->part || (value && !strcmp(value, c->part->value)))
            ? o : NULL);
}

const struct object *
store_cursor_next(struct store_cursor *c)
{
    while (c->i < c->now->n || c->j < shash_count(&c->past)) {
        int cmp = (c->i >= c->now->n ? 1
                   : c->j >= shash_count(&c->past) ? -1
                   : strcmp(c->now->objects[c->i]->name,
                            c->nodes[c->j]->name));
        const struct object *o;

        if (cmp < 0) {
            return c->now->objects[c->i++];
        }
        c->i += !cmp;               /* The present object is newer. */
        o = get_past(c, c->nodes[c->j++]);
        if (o) {
            return o;
        }
    }
    return NULL;
}

size_t
store_cursor_count(const struct store_cursor *c)
{
    size_t n = c->now->n - c->i;

    for (size_t j = c->j; j < shash_count(&c->past); j++) {
        const char *name = c->nodes[j]->name;
        size_t i = object_list_find(c->now, name);

        n += get_past(c, c->nodes[j]) != NULL;
        n -= i < c->now->n && !strcmp(c->now->objects[i]->name, name);
    }
    return n;
}

bool
store_position_after(const struct store *store, enum resource_kind kind,
                     uint64_t rv, uint64_t *seq)
{
    const struct store_kind *k = &store->kinds[kind];
    uint64_t low = k->first, high = k->end;

    if (rv < k->window_start || rv > store->rv) {
        return false;
    }
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;

        if (ring_slot(k, mid)->rv <= rv) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    *seq = low;
    return true;
}

uint64_t
store_end(const struct store *store, enum resource_kind kind)
{
    return store->kinds[kind].end;
}

bool
store_get_event(const struct store *store, enum resource_kind kind,
                uint64_t seq, struct store_event *event)
{
    const struct store_kind *k = &store->kinds[kind];

    if (seq < k->first || seq >= k->end) {
        return false;
    }
    *event = *ring_slot(k, seq);
    return true;
}
