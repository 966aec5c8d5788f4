/* Watch streams.
 *
 * Nothing is queued for a watcher: it has a position in the history of its
 * kind, and takes the next event when its connection has room.  So a slow
 * watcher costs no memory.  One that is so slow that its position falls out of
 * the history gets an ERROR event (410) and lists again.
 *
 * A watcher that waits at the end of the history ("idle") is woken by a change
 * that it would show, and only then: it has missed nothing when it has no
 * position meanwhile.  So that a change costs nothing for those that it does
 * not concern, watchers stand in audiences: all that watch one object, all
 * that watch the objects of one VPC, and so on.
 *
 * Bookmarks tell a watcher how far it has come.  Writing them also detects
 * dead connections. */

#include <config.h>

#include "utilities/nvad/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "heap.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"
#include "utilities/nvad/api-status.h"
#include "utilities/nvad/http-request.h"
#include "utilities/nvad/selector.h"
#include "utilities/nvad/store.h"

#define KEEP_BUFFER 4096

/* What watchers have in common: an object_key, or one of these. */
enum {
    AUDIENCE_NAME = OBJECT_N_KEYS,  /* metadata.name */
    AUDIENCE_ALL,                   /* Anything may concern them. */
};

struct audience {
    struct hmap_node node;          /* In struct watchers's "audiences". */
    enum resource_kind kind;
    int key;
    char *value;                    /* "" for AUDIENCE_ALL. */
    struct ovs_list watches;        /* Contains "struct watch"es. */
};

struct watchers {
    struct store *store;
    struct hmap audiences;          /* Contains "struct audience"s. */
    struct heap timers;             /* Earliest first: see timer_priority(). */
    int bookmark_interval;          /* In ms. */
    size_t n;
};

struct watch {
    struct ovs_list node;           /* In 'audience->watches'. */
    struct audience *audience;
    struct heap_node timer;         /* In "timers", if 'timed'. */
    bool timed;
    struct watchers *watchers;
    struct http_request *http;
    enum resource_kind kind;
    struct selector selector;

    struct snapshot *initial;       /* What is to be shown first, or NULL. */
    size_t initial_pos;
    bool idle;                      /* Waits at the end of the history. */
    uint64_t seq;                   /* Next event of the history, unless
                                     * idle. */

    bool bookmark_due;
    bool initial_end;               /* The next one ends the initial part. */
    long long int next_bookmark;    /* In ms; LLONG_MAX for never. */
    long long int end;              /* In ms; LLONG_MAX for never. */
    bool ending;                    /* Nothing comes after 'out'. */

    struct ds out;                  /* What is being sent. */
    size_t ofs;                     /* Bytes of it that were. */
};

/* OVS's heap has the largest on top. */
static uint64_t
timer_priority(const struct watch *w)
{
    return UINT64_MAX - MIN(w->next_bookmark, w->end);
}

/* Audiences. */

static size_t
hash_audience(enum resource_kind kind, int key, const char *value)
{
    return hash_string(value, hash_2words(kind, key));
}

static struct audience *
find_audience(const struct watchers *watchers, enum resource_kind kind,
              int key, const char *value)
{
    struct audience *a;

    HMAP_FOR_EACH_WITH_HASH (a, node, hash_audience(kind, key, value),
                             &watchers->audiences) {
        if (a->kind == kind && a->key == key && !strcmp(a->value, value)) {
            return a;
        }
    }
    return NULL;
}

static void
join(struct watch *w)
{
    const char *name = selector_get_name(&w->selector);
    struct object_part part;
    const char *value = "";
    int key = AUDIENCE_ALL;

    if (name) {
        key = AUDIENCE_NAME;
        value = name;
    } else if (selector_get_part(&w->selector, &part)) {
        key = part.key;
        value = part.value;
    }
    w->audience = find_audience(w->watchers, w->kind, key, value);
    if (!w->audience) {
        struct audience *a = w->audience = xmalloc(sizeof *a);

        a->kind = w->kind;
        a->key = key;
        a->value = xstrdup(value);
        ovs_list_init(&a->watches);
        hmap_insert(&w->watchers->audiences, &a->node,
                    hash_audience(a->kind, key, value));
    }
    ovs_list_push_back(&w->audience->watches, &w->node);
    w->watchers->n++;
}

static void
leave(struct watch *w)
{
    struct audience *a = w->audience;

    ovs_list_remove(&w->node);
    w->watchers->n--;
    if (ovs_list_is_empty(&a->watches)) {
        hmap_remove(&w->watchers->audiences, &a->node);
        free(a->value);
        free(a);
    }
}

/* Events. */

static void
put_event(struct watch *w, const char *type, const struct object *o,
          uint64_t rv)
{
    ds_put_format(&w->out, "{\"type\":\"%s\",\"object\":", type);
    object_format(o, rv, &w->out);
    ds_put_cstr(&w->out, "}\n");
}

static void
put_bookmark(struct watch *w)
{
    ds_put_format(&w->out, "{\"type\":\"BOOKMARK\",\"object\":{"
                  "\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{",
                  RESOURCE_API_VERSION, resource_get_class(w->kind)->kind);
    if (w->initial_end) {
        ds_put_cstr(&w->out, "\"annotations\":{"
                    "\"k8s.io/initial-events-end\":\"true\"},");
        w->initial_end = false;
    }
    ds_put_format(&w->out, "\"resourceVersion\":\"%"PRIu64"\"}}}\n",
                  store_get_rv(w->watchers->store));
}

static void
put_error(struct watch *w)
{
    struct json *status = api_status_expired();

    ds_put_cstr(&w->out, "{\"type\":\"ERROR\",\"object\":");
    json_to_ds(status, JSSF_SORT, &w->out);
    ds_put_cstr(&w->out, "}\n");
    json_destroy(status);
}

static bool
matches(const struct watch *w, const struct object *o)
{
    return o && selector_matches(&w->selector, o);
}

/* To the client, an object that begins to match is added, and one that ceases
 * to match is deleted. */
static void
put_change(struct watch *w, const struct store_event *e)
{
    bool before = matches(w, e->old);
    bool after = matches(w, e->new);

    if (after) {
        put_event(w, before ? "MODIFIED" : "ADDED", e->new, e->rv);
    } else if (before) {
        put_event(w, "DELETED", e->old, e->rv);
    }
}

static void
put_next_initial(struct watch *w)
{
    while (w->initial_pos < w->initial->n) {
        const struct object *o = w->initial->objects[w->initial_pos++];

        if (matches(w, o)) {
            put_event(w, "ADDED", o, o->rv);
            return;
        }
    }
    snapshot_unref(w->initial);
    w->initial = NULL;
}

/* Puts the next event into 'w->out', which is empty.  Leaves it empty if there
 * is none. */
static void
produce(struct watch *w)
{
    struct store *store = w->watchers->store;
    struct store_event e;

    while (w->initial && !w->out.length) {
        put_next_initial(w);
    }
    while (!w->out.length && w->seq < store_end(store, w->kind)) {
        if (!store_get_event(store, w->kind, w->seq, &e)) {
            put_error(w);
            w->ending = true;
            return;
        }
        put_change(w, &e);
        w->seq++;
    }
    if (!w->out.length && w->bookmark_due) {
        put_bookmark(w);
        w->bookmark_due = false;
    }
    if (!w->out.length && time_msec() >= w->end) {
        w->ending = true;
    }
}

static ssize_t
watch_read(void *w_, char *buf, size_t max)
{
    struct watch *w = w_;
    size_t done = 0;

    while (done < max) {
        if (w->ofs >= w->out.length) {
            ds_clear(&w->out);
            w->ofs = 0;
            if (w->ending) {
                break;
            }
            produce(w);
            if (!w->out.length) {
                break;
            }
        }

        size_t n = MIN(w->out.length - w->ofs, max - done);
        memcpy(buf + done, w->out.string + w->ofs, n);
        w->ofs += n;
        done += n;
    }
    if (!w->out.length && w->out.allocated > KEEP_BUFFER) {
        ds_destroy(&w->out);
        ds_init(&w->out);
    }
    w->idle = !done && !w->ending;
    return done || !w->ending ? (ssize_t) done : -1;
}

static void
watch_close(void *w_)
{
    struct watch *w = w_;

    leave(w);
    if (w->timed) {
        heap_remove(&w->watchers->timers, &w->timer);
    }
    snapshot_unref(w->initial);
    selector_destroy(&w->selector);
    ds_destroy(&w->out);
    free(w);
}

static const struct http_stream_class watch_class = {
    .read = watch_read,
    .close = watch_close,
};

/* Wakes the watcher, to go on with event 'seq', if it is idle. */
static void
wake(struct watch *w, uint64_t seq)
{
    if (w->idle) {
        w->idle = false;
        w->seq = seq;
        http_request_wake(w->http);
    }
}

/* Wakes those whom the last event may concern.  The others, that are not idle,
 * will get to it by themselves. */
static void
tell_audience(const struct audience *a, const struct store_event *e,
              uint64_t end)
{
    struct watch *w;

    LIST_FOR_EACH (w, node, &a->watches) {
        if (w->idle && (!e || matches(w, e->old) || matches(w, e->new))) {
            wake(w, end - 1);
        }
    }
}

static void
tell(const struct watchers *watchers, enum resource_kind kind, int key,
     const char *value, const struct store_event *e, uint64_t end)
{
    const struct audience *a = find_audience(watchers, kind, key, value);

    if (a) {
        tell_audience(a, e, end);
    }
}

static void
tell_all(const struct watchers *watchers, enum resource_kind kind,
         uint64_t end)
{
    const struct audience *a;

    HMAP_FOR_EACH (a, node, &watchers->audiences) {
        if (a->kind == kind) {
            tell_audience(a, NULL, end);
        }
    }
}

/* Listens to the store. */
static void
store_changed(void *watchers_, enum resource_kind kind,
              const struct store_event *e)
{
    const struct watchers *watchers = watchers_;
    uint64_t end = store_end(watchers->store, kind);

    if (!store_is_loaded(watchers->store)) {
        return;
    }
    if (!e) {
        tell_all(watchers, kind, end);
        return;
    }
    tell(watchers, kind, AUDIENCE_ALL, "", e, end);
    tell(watchers, kind, AUDIENCE_NAME, (e->new ? e->new : e->old)->name, e,
         end);
    for (int key = 0; key < OBJECT_N_KEYS; key++) {
        const char *from = e->old ? object_get_key(e->old, key) : NULL;
        const char *to = e->new ? object_get_key(e->new, key) : NULL;

        if (from) {
            tell(watchers, kind, key, from, e, end);
        }
        if (to && (!from || strcmp(from, to))) {
            tell(watchers, kind, key, to, e, end);
        }
    }
}

struct watchers *
watchers_create(struct store *store, int bookmark_interval_ms)
{
    struct watchers *watchers = xzalloc(sizeof *watchers);

    watchers->store = store;
    watchers->bookmark_interval = bookmark_interval_ms;
    heap_init(&watchers->timers);
    hmap_init(&watchers->audiences);
    store_add_listener(store, store_changed, watchers);
    return watchers;
}

void
watchers_destroy(struct watchers *watchers)
{
    if (watchers) {
        hmap_destroy(&watchers->audiences);
        heap_destroy(&watchers->timers);
        free(watchers);
    }
}

void
watchers_run(struct watchers *watchers)
{
    long long int now = time_msec();

    while (!heap_is_empty(&watchers->timers)) {
        struct watch *w = CONTAINER_OF(heap_max(&watchers->timers),
                                       struct watch, timer);

        if (MIN(w->next_bookmark, w->end) > now) {
            break;
        }
        if (w->next_bookmark <= now) {
            w->bookmark_due = true;
            w->next_bookmark = now + watchers->bookmark_interval;
        }
        wake(w, store_end(watchers->store, w->kind));
        if (w->end <= now) {
            heap_remove(&watchers->timers, &w->timer);
            w->timed = false;
        } else {
            heap_change(&watchers->timers, &w->timer, timer_priority(w));
        }
    }
}

void
watchers_wait(struct watchers *watchers)
{
    if (!heap_is_empty(&watchers->timers)) {
        const struct watch *w = CONTAINER_OF(heap_max(&watchers->timers),
                                             struct watch, timer);

        poll_timer_wait_until(MIN(w->next_bookmark, w->end));
    }
}

size_t
watchers_count(const struct watchers *watchers)
{
    return watchers->n;
}

static void
start_timer(struct watch *w, const struct watch_query *q)
{
    struct watchers *watchers = w->watchers;
    long long int now = time_msec();

    w->end = q->timeout_s ? now + q->timeout_s * 1000 : LLONG_MAX;
    w->next_bookmark = (q->bookmarks ? now + watchers->bookmark_interval
                        : LLONG_MAX);
    if (MIN(w->end, w->next_bookmark) != LLONG_MAX) {
        heap_insert(&watchers->timers, &w->timer, timer_priority(w));
        w->timed = true;
    }
}

bool
watch_reply(struct watchers *watchers, struct http_request *http,
            const struct watch_query *q)
{
    struct store *store = watchers->store;
    uint64_t seq = store_end(store, q->kind);

    if (!q->initial && !store_position_after(store, q->kind, q->rv, &seq)) {
        return false;
    }

    struct watch *w = xzalloc(sizeof *w);
    struct object_part part;

    w->watchers = watchers;
    w->http = http;
    w->kind = q->kind;
    w->seq = seq;
    selector_move(&w->selector, q->selector);
    if (q->initial) {
        bool one_part = selector_get_part(&w->selector, &part);

        w->initial = store_snapshot(store, q->kind, one_part ? &part : NULL);
    }
    w->bookmark_due = q->bookmarks;
    w->initial_end = q->mark_initial_end;
    ds_init(&w->out);
    start_timer(w, q);
    join(w);
    http_request_reply_stream(http, 200, "application/json", -1, &watch_class,
                              w);
    return true;
}
