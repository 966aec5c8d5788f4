/* Lists.
 *
 * A list is an array of references to objects, whose texts exist anyway.  A
 * long list is sent as a stream, as fast as the client takes it, without a
 * copy of the whole.  A page's "continue" token is the list's resourceVersion
 * and the last name sent, so nothing is kept for a client between pages: the
 * next page shows the same version, reconstructed from the history, or is
 * refused (410) if the history does not go back that far. */

#include <config.h>

#include "utilities/nvad/list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/nvad/api-reply.h"
#include "utilities/nvad/api-status.h"
#include "utilities/nvad/http-request.h"
#include "utilities/nvad/selector.h"
#include "utilities/nvad/store.h"

#define LONG_LIST (64 * 1024)

/* A list being sent. */
struct listing {
    struct object **objects;        /* With references. */
    size_t n, allocated;
    struct ds head;                 /* Up to the first object. */

    /* The stream's position: piece 0 is the head, then each object with what
     * comes before it, then the tail. */
    size_t piece;
    size_t ofs;                     /* Bytes of it that were sent. */
};

static const char tail[] = "]}\n";

static void
listing_destroy(void *l_)
{
    struct listing *l = l_;

    for (size_t i = 0; i < l->n; i++) {
        object_unref(l->objects[i]);
    }
    free(l->objects);
    ds_destroy(&l->head);
    free(l);
}

/* Sets '*p' and '*n' to piece 'i'.  Returns false after the last. */
static bool
get_piece(const struct listing *l, size_t i, const char **p, size_t *n)
{
    static const char comma[] = ",";
    size_t k = i / 2;

    if (!i) {
        *p = l->head.string;
        *n = l->head.length;
    } else if (i % 2 && k < l->n) {
        *p = l->objects[k]->text;
        *n = l->objects[k]->len;
    } else if (k < l->n) {
        *p = comma;
        *n = 1;
    } else if (i == 2 * l->n + (l->n == 0)) {
        *p = tail;
        *n = sizeof tail - 1;
    } else {
        return false;
    }
    return true;
}

static size_t
listing_bytes(const struct listing *l)
{
    const char *p;
    size_t n, total = 0;

    for (size_t i = 0; get_piece(l, i, &p, &n); i++) {
        total += n;
    }
    return total;
}

static ssize_t
listing_read(void *l_, char *buf, size_t max)
{
    struct listing *l = l_;
    size_t done = 0;
    const char *p;
    size_t n;

    while (done < max && get_piece(l, l->piece, &p, &n)) {
        size_t chunk = MIN(n - l->ofs, max - done);

        memcpy(buf + done, p + l->ofs, chunk);
        done += chunk;
        l->ofs += chunk;
        if (l->ofs == n) {
            l->piece++;
            l->ofs = 0;
        }
    }
    return done ? (ssize_t) done : -1;
}

static const struct http_stream_class listing_class = {
    .read = listing_read,
    .close = listing_destroy,
};

static void
send_listing(struct http_request *http, struct listing *l)
{
    size_t n = listing_bytes(l);

    if (n > LONG_LIST) {
        http_request_reply_stream(http, 200, "application/json", n,
                                  &listing_class, l);
    } else {
        char *body = xmalloc(n);

        listing_read(l, body, n);
        http_request_reply(http, 200, "application/json", body, n);
        listing_destroy(l);
    }
}

static void
add_object(struct listing *l, const struct object *o)
{
    if (l->n >= l->allocated) {
        l->objects = x2nrealloc(l->objects, &l->allocated,
                                sizeof *l->objects);
    }
    l->objects[l->n++] = object_ref(o);
}

/* Adds the objects of a page.  Returns how many objects are left for other
 * pages.  With a selector they are not counted: then it returns 1 if there are
 * any. */
static size_t
fill(struct listing *l, struct store_cursor *c, const struct list_query *q)
{
    const struct object *o;

    while ((o = store_cursor_next(c)) != NULL) {
        if (!selector_matches(q->selector, o)) {
            continue;
        }
        if (q->limit && l->n >= q->limit) {
            return (selector_is_empty(q->selector)
                    ? store_cursor_count(c) + 1 : 1);
        }
        add_object(l, o);
    }
    return 0;
}

static void
format_head(struct listing *l, const struct list_query *q, uint64_t rv,
            size_t left)
{
    ds_put_format(&l->head, "{\"apiVersion\":\"%s\",\"kind\":\"%sList\","
                  "\"metadata\":{", RESOURCE_API_VERSION,
                  resource_get_class(q->kind)->kind);
    if (left) {
        ds_put_format(&l->head, "\"continue\":\"%"PRIx64".%s\",", rv,
                      l->objects[l->n - 1]->name);
        if (selector_is_empty(q->selector)) {
            ds_put_format(&l->head, "\"remainingItemCount\":%"PRIuSIZE",",
                          left);
        }
    }
    ds_put_format(&l->head, "\"resourceVersion\":\"%"PRIu64"\"},\"items\":[",
                  rv);
}

/* Parses a token that format_head() made. */
static bool
parse_token(const char *token, uint64_t *rv, const char **after)
{
    char *end;

    *rv = strtoull(token, &end, 16);
    *after = end + 1;
    return (end > token && end - token <= 16 && *end == '.'
            && resource_name_is_valid(*after));
}

static struct json *
too_large(void)
{
    struct json *error;

    error = api_status_create(504, "Timeout", "Too large resource version: "
                              "it has not been reached here");
    api_status_add_cause(error, "ResourceVersionTooLarge", "resourceVersion",
                         "Too large resource version");
    api_status_set_retry_after(error, 1);
    return error;
}

/* Finds what the page shows: its version, and after which name it begins, or
 * NULL if it is the first.  Returns NULL if successful, else a Status
 * object. */
static struct json *
find_page(const struct store *store, const struct list_query *q, uint64_t *rv,
          const char **after)
{
    *rv = store_get_rv(store);
    *after = NULL;
    if (q->token[0]) {
        if (!parse_token(q->token, rv, after)) {
            return api_status_create(400, "BadRequest",
                                     "continue: not a token of this server");
        }
    } else if (q->rv > *rv) {
        return too_large();
    } else if (q->exact) {
        *rv = q->rv;
    }
    return NULL;
}

/* Fills the page, as fill() does. */
static struct json *
fill_page(struct listing *l, const struct store *store,
          const struct list_query *q, uint64_t rv, const char *after,
          size_t *left)
{
    struct object_part part;
    bool one_part = selector_get_part(q->selector, &part);
    struct store_cursor cursor;
    struct json *error = NULL;

    if (store_cursor_init(&cursor, store, q->kind, one_part ? &part : NULL,
                          rv, after)) {
        *left = fill(l, &cursor, q);
    } else {
        error = api_status_expired();
    }
    store_cursor_destroy(&cursor);
    return error;
}

void
list_reply(const struct store *store, struct http_request *http,
           const struct list_query *q)
{
    const char *name = selector_get_name(q->selector);
    struct listing *l = xzalloc(sizeof *l);
    struct json *error;
    const char *after;
    size_t left = 0;
    uint64_t rv;

    ds_init(&l->head);
    error = find_page(store, q, &rv, &after);
    if (!error && name && rv == store_get_rv(store)) {
        const struct object *o = store_find(store, q->kind, name);

        if (o && selector_matches(q->selector, o)
            && (!after || strcmp(name, after) > 0)) {
            add_object(l, o);
        }
    } else if (!error) {
        error = fill_page(l, store, q, rv, after, &left);
    }
    if (error) {
        listing_destroy(l);
        api_reply_status(http, error);
        return;
    }
    format_head(l, q, rv, left);
    send_listing(http, l);
}
