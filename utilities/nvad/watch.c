/* Watch streams.
 *
 * Nothing is queued for a watcher: it has a position in the history of its
 * kind, and takes the next event when its connection has room.  So a slow
 * watcher costs no memory.  One that is so slow that its position falls out of
 * the history gets an ERROR event (410) and lists again.  A watcher that waits
 * at the end of the history ("idle") is woken by a change that it would show;
 * at other changes its position just moves on.
 *
 * Bookmarks tell a watcher how far it has come.  Writing them also detects
 * dead connections. */

#include <config.h>

#include "utilities/nvad/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "openvswitch/dynamic-string.h"
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

struct watchers {
    struct store *store;
    struct ovs_list kinds[RES_N_KINDS]; /* Contain "struct watch"es. */
    struct heap timers;             /* Earliest first: see timer_priority(). */
    int bookmark_interval;          /* In ms. */
    size_t n;
};

struct watch {
    struct ovs_list node;           /* In struct watchers's "kinds". */
    struct heap_node timer;         /* In "timers", if 'timed'. */
    bool timed;
    struct watchers *watchers;
    struct http_request *http;
    enum resource_kind kind;
    struct selector selector;

    struct snapshot *initial;       /* What is to be shown first, or NULL. */
    size_t initial_pos;
    uint64_t seq;                   /* Next event of the history. */
    bool idle;                      /* Waits at the end of the history. */

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

    ovs_list_remove(&w->node);
    w->watchers->n--;
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

static void
wake(struct watch *w)
{
    if (w->idle) {
        w->idle = false;
        http_request_wake(w->http);
    }
}

/* Listens to the store. */
static void
store_changed(void *watchers_, enum resource_kind kind,
              const struct store_event *e)
{
    struct watchers *watchers = watchers_;
    uint64_t end = store_end(watchers->store, kind);
    struct watch *w;

    if (!store_is_loaded(watchers->store)) {
        return;
    }
    LIST_FOR_EACH (w, node, &watchers->kinds[kind]) {
        if (!w->idle) {
            /* It will get to this event by itself. */
        } else if (e && w->seq + 1 == end && !matches(w, e->old)
                   && !matches(w, e->new)) {
            w->seq = end;
        } else {
            wake(w);
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
    for (int i = 0; i < RES_N_KINDS; i++) {
        ovs_list_init(&watchers->kinds[i]);
    }
    store_add_listener(store, store_changed, watchers);
    return watchers;
}

void
watchers_destroy(struct watchers *watchers)
{
    if (watchers) {
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
        wake(w);
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
    w->watchers = watchers;
    w->http = http;
    w->kind = q->kind;
    w->seq = seq;
    w->initial = q->initial ? store_snapshot(store, q->kind) : NULL;
    w->bookmark_due = q->bookmarks;
    w->initial_end = q->mark_initial_end;
    selector_move(&w->selector, q->selector);
    ds_init(&w->out);
    start_timer(w, q);
    ovs_list_push_back(&watchers->kinds[q->kind], &w->node);
    watchers->n++;
    http_request_reply_stream(http, 200, "application/json", -1, &watch_class,
                              w);
    return true;
}
