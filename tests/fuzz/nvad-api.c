/* Requests to nvad, without HTTP and without a database.
 *
 * The input has requests, each "METHOD PATH?ARGUMENTS", headers, an empty line
 * and a body; a line "---" ends it.  This file stands in place of nvad's
 * http-request.c, and of db.c: what is written is in the store at once. */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"
#include "utilities/nvad/admit.h"
#include "utilities/nvad/api.h"
#include "utilities/nvad/auth.h"
#include "utilities/nvad/db.h"
#include "utilities/nvad/http-request.h"
#include "utilities/nvad/refs.h"
#include "utilities/nvad/store.h"
#include "utilities/nvad/watch.h"
#include "utilities/nvad/write-queue.h"

/* The database. */

struct db {
    struct store *store;
    uint64_t rv;
    bool done;                      /* There is a result to be fetched. */
};

const char *
db_get_problem(const struct db *db OVS_UNUSED)
{
    return NULL;
}

bool
db_can_write(struct db *db)
{
    return !db->done;
}

static void
put_draft(struct db *db, enum resource_kind kind, const struct admission *a)
{
    const struct draft *d = &a->draft;
    char *error = NULL;
    struct json *spec = json_util_parse(d->spec, strlen(d->spec), &error);
    struct object_fields f = {
        .kind = kind, .name = d->name, .rv = db->rv,
        .generation = d->generation, .created = d->created,
        .labels = &d->labels, .annotations = &d->annotations,
        .spec = d->spec, .status = d->status,
        .vpc = json_util_string(spec, "vpc", NULL),
    };

    ovs_assert(!spec == (error != NULL));
    f.uuid = a->old ? a->old->uuid : (struct uuid) { { db->rv, 1, 2, 3 } };
    store_put(db->store, object_create(&f));
    json_destroy(spec);
    free(error);
}

void
db_write(struct db *db, enum resource_kind kind, const struct admission *a)
{
    db->rv++;
    if (a->result == ADMIT_DELETE) {
        store_remove(db->store, a->old, db->rv);
    } else {
        put_draft(db, kind, a);
    }
    store_set_rv(db->store, db->rv);
    db->done = true;
}

enum db_result
db_get_result(struct db *db, char **error)
{
    *error = NULL;
    if (!db->done) {
        return DB_PENDING;
    }
    db->done = false;
    return DB_DONE;
}

/* HTTP. */

struct http_request {
    char *method, *path, *query, *headers, *body;
    struct svec values;             /* They live as long as the request. */
    int n_replies;
};

enum http_problem
http_request_problem(const struct http_request *http OVS_UNUSED)
{
    return HTTP_NO_PROBLEM;
}

const char *
http_request_method(const struct http_request *http)
{
    return http->method;
}

const char *
http_request_path(const struct http_request *http)
{
    return http->path;
}

/* Decodes "%XX", but for "%00". */
static char *
unescape(char *s)
{
    char *out = s;

    for (const char *p = s; *p; p++) {
        bool ok = false;
        int c = p[0] == '%' && p[1] ? hexits_value(p + 1, 2, &ok) : 0;

        if (ok && c) {
            *out++ = c;
            p += 2;
        } else {
            *out++ = *p;
        }
    }
    *out = '\0';
    return s;
}

/* Looks for 'name' among the pairs of 's'. */
static const char *
find_value(const struct http_request *http_, const char *s, const char *name,
           const char *pair_end, char equal)
{
    struct http_request *http = CONST_CAST(struct http_request *, http_);
    size_t len = strlen(name);

    for (; s && *s; s += strspn(s, pair_end)) {
        size_t n = strcspn(s, pair_end);

        if (!strncasecmp(s, name, len)
            && (n == len || (n > len && s[len] == equal))) {
            size_t skip = MIN(n, len + 1);
            char *value = unescape(xmemdup0(s + skip, n - skip));

            svec_add_nocopy(&http->values, value);
            return value + strspn(value, " ");
        }
        s += n;
    }
    return NULL;
}

const char *
http_request_header(const struct http_request *http, const char *name)
{
    return find_value(http, http->headers, name, "\n", ':');
}

const char *
http_request_arg(const struct http_request *http, const char *name)
{
    return find_value(http, http->query, name, "&", '=');
}

const char *
http_request_body(const struct http_request *http, size_t *n)
{
    *n = strlen(http->body);
    return http->body;
}

void
http_request_add_header(struct http_request *http OVS_UNUSED,
                        const char *name, const char *value)
{
    ovs_assert(name[0] && !strpbrk(value, "\r\n"));
}

/* Answers are JSON if they say so. */
void
http_request_reply(struct http_request *http, int code,
                   const char *content_type, char *body, size_t n)
{
    ovs_assert(code >= 200 && code < 600 && !http->n_replies++);
    if (!strcmp(content_type, "application/json")) {
        char *error;
        struct json *json = json_util_parse(body, n, &error);

        ovs_assert(json);
        json_destroy(json);
    }
    free(body);
}

void
http_request_reply_stream(struct http_request *http, int code,
                          const char *content_type OVS_UNUSED,
                          ssize_t total OVS_UNUSED,
                          const struct http_stream_class *class, void *aux)
{
    char buf[256];

    ovs_assert(code == 200 && !http->n_replies++);
    while (class->read(aux, buf, sizeof buf) > 0) {
        /* More. */
    }
    class->close(aux);
}

void
http_request_wake(struct http_request *http OVS_UNUSED)
{
    OVS_NOT_REACHED();              /* Streams are read at once. */
}

/* The target. */

/* Cuts 's' after its first 'separator', and returns what follows, or "". */
static char *
cut(char *s, const char *separator)
{
    char *p = strstr(s, separator);

    if (!p) {
        return s + strlen(s);
    }
    *p = '\0';
    return p + strlen(separator);
}

static void
handle(struct api *api, char *text)
{
    struct http_request http = { .method = text };
    char *line_end;

    svec_init(&http.values);
    http.body = cut(text, "\n\n");
    line_end = cut(text, "\n");
    http.headers = line_end;
    http.path = cut(text, " ");
    http.query = cut(http.path, "?");
    unescape(http.path);
    api_handle(api, &http);
    write_queue_run(api->writes);
    write_queue_run(api->writes);
    ovs_assert(http.n_replies == 1);
    svec_destroy(&http.values);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct store_limits limits = { 8, 1 << 20 };
    struct write_limits write_limits = { 8, 1 << 20, 1000 };
    struct db db = { .store = store_create(&limits), .rv = 1 };
    struct refs *refs = refs_create(db.store);
    struct api api = {
        .store = db.store,
        .db = &db,
        .watchers = watchers_create(db.store, 60000),
        .writes = write_queue_create(db.store, refs, &db, &write_limits),
        .auth = auth_create(NULL),
    };
    char *text = fuzz_to_string(data, n);

    store_set_loaded(db.store, db.rv);
    for (char *rest, *rq = text; *rq; rq = rest) {
        rest = cut(rq, "\n---\n");
        handle(&api, rq);
    }
    free(text);
    auth_destroy(api.auth);
    write_queue_destroy(api.writes);
    watchers_destroy(api.watchers);
    refs_destroy(refs);
    store_destroy(db.store);
}
