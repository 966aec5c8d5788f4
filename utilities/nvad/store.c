/* The store: current objects, and a window of history.
 *
 * Each kind has a hash by name, an array of the same objects sorted by name
 * (lists are copies of it), and a ring of the latest changes.  The ring is
 * bounded by number and by bytes.  'window_start' is the resourceVersion of
 * the last change that fell out of it.  A watch can start from any version at
 * or after it, and the state at any such version can be reconstructed by
 * undoing changes; that is how all pages of a list show the version of the
 * first.
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

struct store_kind {
    struct hmap by_name;            /* Contains "struct object"s. */
    struct object **sorted;         /* The same; no references of its own. */
    size_t n, allocated;
    struct snapshot *latest;        /* Of 'sorted', or NULL. */

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

void
store_destroy(struct store *store)
{
    if (!store) {
        return;
    }
    for (int i = 0; i < RES_N_KINDS; i++) {
        struct store_kind *k = &store->kinds[i];

        while (k->first < k->end) {
            ring_pop(k);
        }
        snapshot_unref(k->latest);
        for (size_t j = 0; j < k->n; j++) {
            object_unref(k->sorted[j]);
        }
        hmap_destroy(&k->by_name);
        free(k->sorted);
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

/* The index of the first of 'n' sorted objects whose name is not less than
 * 'name'. */
static size_t
lower_bound(struct object *const *objects, size_t n, const char *name)
{
    size_t low = 0, high = n;

    /* Names that come in order, as at start, need no search. */
    if (n && strcmp(objects[n - 1]->name, name) < 0) {
        return n;
    }
    while (low < high) {
        size_t mid = (low + high) / 2;

        if (strcmp(objects[mid]->name, name) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Takes 'o' out of all containers; its reference becomes the caller's. */
static void
unlink_object(struct store *store, struct object *o)
{
    struct store_kind *k = &store->kinds[o->kind];
    size_t i = lower_bound(k->sorted, k->n, o->name);

    ovs_assert(i < k->n && k->sorted[i] == o);
    memmove(&k->sorted[i], &k->sorted[i + 1],
            (k->n - i - 1) * sizeof *k->sorted);
    k->n--;
    hmap_remove(&k->by_name, &o->name_node);
    hmap_remove(&store->by_uuid, &o->uuid_node);
}

static void
link_object(struct store *store, struct object *o)
{
    struct store_kind *k = &store->kinds[o->kind];
    size_t i = lower_bound(k->sorted, k->n, o->name);

    if (k->n >= k->allocated) {
        k->sorted = x2nrealloc(k->sorted, &k->allocated, sizeof *k->sorted);
    }
    memmove(&k->sorted[i + 1], &k->sorted[i], (k->n - i) * sizeof *k->sorted);
    k->sorted[i] = o;
    k->n++;
    hmap_insert(&k->by_name, &o->name_node, hash_string(o->name, 0));
    hmap_insert(&store->by_uuid, &o->uuid_node, uuid_hash(&o->uuid));
}

/* Replaces 'old' by 'new', either of which may be NULL, and tells the
 * listeners.  Takes both references. */
static void
change(struct store *store, enum resource_kind kind, struct object *old,
       struct object *new, uint64_t rv)
{
    struct store_kind *k = &store->kinds[kind];
    struct store_event event = { rv, old, object_ref(new) };

    snapshot_unref(k->latest);
    k->latest = NULL;
    if (old) {
        unlink_object(store, old);
    }
    if (new) {
        link_object(store, new);
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
    return store->kinds[kind].n;
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

struct snapshot *
store_snapshot(struct store *store, enum resource_kind kind)
{
    struct store_kind *k = &store->kinds[kind];

    if (!k->latest) {
        struct snapshot *s = xmalloc(sizeof *s);

        s->ref_cnt = 1;
        s->n = k->n;
        s->objects = xmalloc((k->n + 1) * sizeof *s->objects);
        for (size_t i = 0; i < k->n; i++) {
            s->objects[i] = object_ref(k->sorted[i]);
        }
        k->latest = s;
    }
    k->latest->ref_cnt++;
    return k->latest;
}

void
snapshot_unref(struct snapshot *s)
{
    if (s && !--s->ref_cnt) {
        for (size_t i = 0; i < s->n; i++) {
            object_unref(s->objects[i]);
        }
        free(s->objects);
        free(s);
    }
}

size_t
snapshot_find_after(const struct snapshot *s, const char *name)
{
    size_t i = lower_bound(s->objects, s->n, name);

    return i < s->n && !strcmp(s->objects[i]->name, name) ? i + 1 : i;
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

struct snapshot *
store_snapshot_at(struct store *store, enum resource_kind kind, uint64_t rv)
{
    const struct store_kind *k = &store->kinds[kind];
    struct shash past = SHASH_INITIALIZER(&past);

    if (rv < k->window_start || rv > store->rv) {
        return NULL;
    }
    undo_events(k, rv, &past);
    if (shash_is_empty(&past)) {
        return store_snapshot(store, kind);
    }

    struct snapshot *s = xmalloc(sizeof *s);
    const struct shash_node **nodes = shash_sort(&past);
    size_t n_past = shash_count(&past);
    size_t i = 0, j = 0;

    s->ref_cnt = 1;
    s->n = 0;
    s->objects = xmalloc((k->n + n_past + 1) * sizeof *s->objects);
    while (i < k->n || j < n_past) {
        int cmp = (i >= k->n ? 1 : j >= n_past ? -1
                   : strcmp(k->sorted[i]->name, nodes[j]->name));
        const struct object *o;

        if (cmp < 0) {
            o = k->sorted[i++];
        } else {
            o = nodes[j++]->data;
            i += !cmp;              /* The present object is newer. */
        }
        if (o) {
            s->objects[s->n++] = object_ref(o);
        }
    }
    free(nodes);
    shash_destroy(&past);
    return s;
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
