/* List and watch, as Kubernetes' clients do it: see reflector.h.
 *
 * A list comes in pages.  Each page is read once, and its objects go to the
 * scope at once.  The scope's mark and sweep deletes what the whole list did
 * not have.  A watch starts at the version of the first page, so changes that
 * came while later pages were fetched are seen again, in order, which does no
 * harm.  The version seen last lets a broken watch go on without a list.
 *
 * States, and what leads out of them:
 *
 * LISTING: a page is being fetched.  Another page follows: LISTING.  That was
 * the last page: WATCHING, or DOUBTING if the list is empty for the first time
 * although there are objects.  Anything else: BACKOFF, then a new list.  If
 * the page was too large, or too slow, the new list has smaller ones.
 *
 * WATCHING: the watch is open, or being opened.  Events change the scope.  The
 * server ends the watch, as it does after some minutes, or the watch falls
 * silent: if it was good, WATCHING at once, from 'version'.  What happened is
 * lost, because of "Gone" (410, as status or as ERROR event) or an event that
 * cannot be understood: BACKOFF, then a new list.  Other errors: BACKOFF, then
 * WATCHING, or a new list after some failures in a row.
 *
 * From LISTING and WATCHING, a server that was found dead leads to BACKOFF,
 * too.  A watch may be silent for long: see server-probe.h.
 *
 * BACKOFF: waits until 'retry_at'.  Then: WATCHING if 'version' is still good,
 * otherwise LISTING.
 *
 * DOUBTING: an empty list was not believed: a server that has lost its
 * database, or starts with another one, looks like that.  Waits until
 * 'retry_at'.  Then: LISTING.  The next list is believed, whatever it has.
 *
 * The waits start at 0.1 s and double until a watch was good.  A list makes
 * them short again, but less so with each further list without a good watch in
 * between.  Otherwise a server that answers every watch with 410 would be
 * asked for lists as fast as it can send them. */

#include <config.h>

#include "agent/controller/reflector.h"

#include <stdlib.h>
#include <string.h>

#include "agent/controller/list-page.h"
#include "agent/controller/objects.h"
#include "agent/controller/rest-result.h"
#include "agent/controller/rest-url.h"
#include "agent/controller/rest.h"
#include "agent/controller/retry.h"
#include "agent/controller/watch-event.h"
#include "lib/printable.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(reflector);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 20);

/* Servers are asked to end a watch after a random time in this range, so that
 * in time many agents spread over several servers. */
#define WATCH_MIN_S 300
#define WATCH_MAX_S 600

const struct reflector_tuning reflector_default_tuning = {
    .idle_ms = (WATCH_MAX_S + 60) * 1000, /* The server's end of it comes
                                           * first. */
    .list_idle_ms = 30 * 1000,
    .whole_ms = 60 * 1000,
    .doubt_ms = 5000,
    .page_limit = 500,
    .max_page = 64 * 1024 * 1024,
    .max_event = 8 * 1024 * 1024,
};

/* A watch that lasted this long was good, even if it brought nothing. */
#define WATCH_GOOD_MS 5000

/* After this many failed watches in a row, 'version' may be the reason. */
#define MAX_WATCH_FAILURES 3

struct reflector {
    struct rest *rest;
    struct objects_scope *scope;
    enum resource_kind kind;
    char *url;                      /* With the selectors, ends in '?' or
                                     * '&'. */
    char *what;                     /* For messages: "endpoints (SELECTOR)". */
    struct reflector_tuning tuning;

    enum reflector_state state;
    struct rest_request *request;   /* In LISTING and WATCHING. */
    bool synced;
    bool unknown;                   /* The last list was answered by 404. */
    bool has_field_selector;
    bool selector_refused;          /* The last list was answered by 400. */
    char *error;                    /* The last one since things went well, or
                                     * NULL. */

    int page_limit;                 /* May become smaller than the tuning's. */
    char *continue_;                /* Of the next page, or NULL. */
    char *list_version;             /* Of the list under way, or NULL. */
    size_t n_listed;                /* Objects of the list under way. */
    bool expects_objects;           /* Until there has been a list. */
    bool doubted;                   /* The last whole list was not believed. */

    char *version;                  /* Where to watch from; NULL: list. */
    long long int watch_start;      /* time_msec(). */
    bool watch_good;                /* The watch has brought something. */
    unsigned int n_watch_failures;  /* Since the last good watch or list. */
    unsigned int n_vain_lists;      /* Since the last good watch. */

    struct retry retry;
    long long int retry_at;         /* In BACKOFF and DOUBTING. */
};

static void start_page(struct reflector *);
static void start_watch(struct reflector *);

/* Errors and waiting. */

/* Takes 'error', NULL for none. */
static void
set_error(struct reflector *r, char *error)
{
    error = printable_make_nocopy(error);
    if (error && (!r->error || strcmp(r->error, error))) {
        VLOG_WARN_RL(&rl, "%s: %s", r->what, error);
    }
    free(r->error);
    r->error = error;
}

/* Waits, at least for 'min_s' seconds, then goes on with a watch if there is
 * a version to start from, otherwise with a list.  Takes 'error'. */
static void
back_off(struct reflector *r, char *error, int min_s)
{
    set_error(r, error);
    rest_cancel(r->request);
    r->request = NULL;
    r->state = REFLECTOR_BACKOFF;
    r->retry_at = time_msec() + retry_failed(&r->retry, min_s);
}

/* As back_off(), but always goes on with a list. */
static void
back_off_and_list(struct reflector *r, char *error, int min_s)
{
    free(r->version);
    r->version = NULL;
    back_off(r, error, min_s);
}

static void
set_version(struct reflector *r, const char *version)
{
    if (version && version[0]) {
        free(r->version);
        r->version = xstrdup(version);
    }
}

/* Listing. */

/* Whether the list that has just come would delete everything, and nothing
 * has confirmed it. */
static bool
is_doubtful(const struct reflector *r)
{
    return (!r->n_listed && !r->doubted
            && (r->expects_objects || objects_scope_count(r->scope)));
}

static void
doubt_list(struct reflector *r)
{
    set_error(r, xasprintf("%s: the server says that there are none any "
                           "more; they stay until it has said so again",
                           r->what));
    r->doubted = true;
    r->state = REFLECTOR_DOUBTING;
    r->retry_at = time_msec() + r->tuning.doubt_ms;
}

static void
list_done(struct reflector *r)
{
    if (is_doubtful(r)) {
        doubt_list(r);
        return;
    }
    objects_scope_end_list(r->scope);
    r->doubted = r->expects_objects = false;
    if (!r->synced) {
        VLOG_INFO("%s: listed", r->what);
    }
    r->synced = true;
    r->n_watch_failures = 0;
    r->retry.n_failures = MIN(r->retry.n_failures, r->n_vain_lists);
    r->n_vain_lists++;
    free(r->version);
    r->version = r->list_version;
    r->list_version = NULL;
    set_error(r, NULL);
    start_watch(r);
}

/* Feeds the objects of a page that came whole to the scope. */
static void
take_page(struct reflector *r, struct list_page *page)
{
    if (!r->list_version) {
        r->list_version = xstrdup(page->version);
        objects_scope_begin_list(r->scope);
    }
    for (size_t i = 0; i < page->n_items; i++) {
        struct list_item *item = &page->items[i];

        if (item->endpoint) {
            objects_scope_upsert_endpoint(r->scope, item->endpoint);
            item->endpoint = NULL;
        } else {
            objects_scope_upsert(r->scope, item->json);
        }
    }
    r->n_listed += page->n_items;
    if (page->n_nameless) {
        VLOG_WARN_RL(&rl, "%s: skipped %"PRIuSIZE" items of a list that have "
                     "no name", r->what, page->n_nameless);
    }

    free(r->continue_);
    r->continue_ = nullable_xstrdup(page->next);
    if (r->continue_) {
        start_page(r);
    } else {
        list_done(r);
    }
}

static void
page_done_cb(const struct rest_result *result, void *r_)
{
    struct reflector *r = r_;
    struct list_page page;
    char *error;

    r->request = NULL;
    r->unknown = result->status == 404;
    r->selector_refused = (result->status == 400 && r->has_field_selector
                           && !r->continue_);
    if ((result->too_large || result->slow) && r->page_limit > 1) {
        r->page_limit = MAX(1, r->page_limit / 8);
    }
    if (!rest_result_is_ok(result)) {
        back_off_and_list(r, rest_result_to_string(result),
                          result->retry_after);
        return;
    }
    error = list_page_parse(result->body, result->n, r->kind, &page);
    if (error) {
        back_off_and_list(r, error, 0);
        return;
    }
    take_page(r, &page);
    list_page_destroy(&page);
}

static void
start_request(struct reflector *r, const char *query, size_t max_body,
              rest_line_cb *line, rest_done_cb *done)
{
    char *url = xasprintf("%s%s", r->url, query);
    struct rest_params params = {
        .method = "GET",
        .url = url,
        .max_body = max_body,
        .idle_ms = line ? r->tuning.idle_ms : r->tuning.list_idle_ms,
        .whole_ms = r->tuning.whole_ms,
        .line = line,
        .done = done,
        .aux = r,
    };

    ovs_assert(!r->request);
    r->request = rest_start(r->rest, &params);
    free(url);
}

/* Fetches the next page of the list that is under way. */
static void
start_page(struct reflector *r)
{
    struct ds query = DS_EMPTY_INITIALIZER;

    ds_put_format(&query, "limit=%d", r->page_limit);
    if (r->continue_) {
        char *escaped = rest_url_escape(r->continue_);

        ds_put_format(&query, "&continue=%s", escaped);
        free(escaped);
    }
    r->state = REFLECTOR_LISTING;
    start_request(r, ds_cstr(&query), r->tuning.max_page, NULL,
                  page_done_cb);
    ds_destroy(&query);
}

/* Starts a list from its first page. */
static void
start_list(struct reflector *r)
{
    free(r->continue_);
    r->continue_ = NULL;
    free(r->list_version);
    r->list_version = NULL;
    r->n_listed = 0;
    start_page(r);
}

/* Watching. */

/* The watch brought something, or lasted. */
static void
note_good_watch(struct reflector *r)
{
    r->watch_good = true;
    r->n_watch_failures = 0;
    r->n_vain_lists = 0;
    retry_reset(&r->retry);
    set_error(r, NULL);
}

static void
take_error_event(struct reflector *r, const struct watch_event *event)
{
    char *error = xasprintf("the watch ended with an error: %.500s",
                            event->message);

    if (event->code == 410) {
        back_off_and_list(r, error, 0);
    } else {
        back_off(r, error, 0);
    }
}

static void
upsert_event(struct reflector *r, struct watch_event *event)
{
    if (event->endpoint) {
        objects_scope_upsert_endpoint(r->scope, event->endpoint);
    } else if (event->nve) {
        objects_scope_upsert_nve(r->scope, event->nve, event->text);
    } else {
        objects_scope_upsert(r->scope, event->object);
    }
    watch_event_release_plain(event);
}

static void
take_event(struct reflector *r, struct watch_event *event)
{
    if (event->type != WATCH_EVENT_ERROR) {
        set_version(r, event->version);
    }
    switch (event->type) {
    case WATCH_EVENT_UPSERT:
        upsert_event(r, event);
        break;
    case WATCH_EVENT_DELETE:
        objects_scope_delete(r->scope, event->name);
        break;
    case WATCH_EVENT_BOOKMARK:
        break;
    case WATCH_EVENT_ERROR:
        take_error_event(r, event);
        return;
    }
    note_good_watch(r);
}

static void
watch_line_cb(const char *line, size_t n, void *r_)
{
    struct reflector *r = r_;
    struct watch_event event;
    char *error;

    if (!n) {
        return;                     /* So servers show that they are there. */
    }
    error = watch_event_parse(line, n, r->kind, &event);
    if (error) {
        back_off_and_list(r, error, 0);
    } else {
        take_event(r, &event);
        watch_event_destroy(&event);
    }
}

/* Whether 'version' may be the reason why a watch failed with 'result'. */
static bool
must_list(const struct reflector *r, const struct rest_result *result)
{
    bool refused = (result->status >= 400 && result->status < 500
                    && result->status != 409 && result->status != 429);

    return (result->too_large || refused
            || r->n_watch_failures >= MAX_WATCH_FAILURES);
}

static void
watch_done_cb(const struct rest_result *result, void *r_)
{
    struct reflector *r = r_;
    bool opened = result->status == 200;
    char *error;

    r->request = NULL;
    if (opened && (result->idle || result->renewed
                   || time_msec() - r->watch_start >= WATCH_GOOD_MS)) {
        note_good_watch(r);
    }
    if (opened && r->watch_good
        && (result->idle || result->renewed || !result->error)) {
        start_watch(r);
        return;
    }

    error = (opened && !result->error
             ? xstrdup("the server ends watches at once")
             : rest_result_to_string(result));
    r->n_watch_failures++;
    if (must_list(r, result)) {
        back_off_and_list(r, error, result->retry_after);
    } else {
        back_off(r, error, result->retry_after);
    }
}

/* Opens a watch from 'version'. */
static void
start_watch(struct reflector *r)
{
    char *version = rest_url_escape(r->version);
    char *query = xasprintf(
        "watch=1&allowWatchBookmarks=1&timeoutSeconds=%d&resourceVersion=%s",
        WATCH_MIN_S + random_range(WATCH_MAX_S - WATCH_MIN_S), version);

    r->state = REFLECTOR_WATCHING;
    r->watch_start = time_msec();
    r->watch_good = false;
    start_request(r, query, r->tuning.max_event, watch_line_cb,
                  watch_done_cb);
    free(query);
    free(version);
}

/* The reflector. */

struct reflector *
reflector_create(struct rest *rest, struct objects_scope *scope,
                 enum resource_kind kind, const char *base_url,
                 const char *label_selector, const char *field_selector,
                 const struct reflector_tuning *tuning)
{
    const char *plural = resource_get_class(kind)->plural;
    struct reflector *r = xzalloc(sizeof *r);
    struct ds url = DS_EMPTY_INITIALIZER;

    r->rest = rest;
    r->scope = scope;
    r->kind = kind;
    r->tuning = tuning ? *tuning : reflector_default_tuning;
    r->page_limit = r->tuning.page_limit;
    r->has_field_selector = field_selector != NULL;
    ds_put_format(&url, "%s%s/%s?", base_url, RESOURCE_API_PATH, plural);
    rest_url_put_parameter(&url, "labelSelector", label_selector);
    rest_url_put_parameter(&url, "fieldSelector", field_selector);
    r->url = ds_steal_cstr(&url);
    r->what = (label_selector || field_selector
               ? xasprintf("%s (%s)", plural,
                           label_selector ? label_selector : field_selector)
               : xstrdup(plural));
    start_list(r);
    return r;
}

void
reflector_expect_objects(struct reflector *r)
{
    r->expects_objects = true;
}

void
reflector_server_died(struct reflector *r, const char *error)
{
    if (r->request) {
        back_off(r, xstrdup(error), 0);
    }
}

void
reflector_destroy(struct reflector *r)
{
    if (r) {
        rest_cancel(r->request);
        free(r->url);
        free(r->what);
        free(r->error);
        free(r->continue_);
        free(r->list_version);
        free(r->version);
        free(r);
    }
}

/* Whether it waits for nothing but 'retry_at'. */
static bool
is_pausing(const struct reflector *r)
{
    return r->state == REFLECTOR_BACKOFF || r->state == REFLECTOR_DOUBTING;
}

void
reflector_run(struct reflector *r)
{
    if (is_pausing(r) && time_msec() >= r->retry_at) {
        if (r->version && r->state == REFLECTOR_BACKOFF) {
            start_watch(r);
        } else {
            start_list(r);
        }
    }
}

long long int
reflector_get_retry_time(const struct reflector *r)
{
    return is_pausing(r) ? r->retry_at : LLONG_MAX;
}

void
reflector_wait(struct reflector *r)
{
    if (is_pausing(r)) {
        poll_timer_wait_until(r->retry_at);
    }
}

bool
reflector_is_synced(const struct reflector *r)
{
    return r->synced;
}

bool
reflector_is_unknown(const struct reflector *r)
{
    return r->unknown;
}

bool
reflector_is_selector_refused(const struct reflector *r)
{
    return r->selector_refused;
}

enum reflector_state
reflector_get_state(const struct reflector *r)
{
    return r->state;
}

const char *
reflector_get_error(const struct reflector *r)
{
    if (r->state == REFLECTOR_WATCHING && rest_is_streaming(r->request)) {
        return NULL;
    }
    return r->error;
}
