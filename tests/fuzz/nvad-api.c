/* Requests to nvad, without HTTP and without a database.
 *
 * The input has requests, each "METHOD PATH?ARGUMENTS", headers, an empty line
 * and a body; a line "---" ends it.  This file stands in place of nvad's
 * http-request.c; nvad-http.c is about that. */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "tests/fuzz/fuzz-nvad.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"
#include "utilities/nvad/api.h"
#include "utilities/nvad/http-request.h"
#include "utilities/nvad/write-queue.h"

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
    char *text = fuzz_to_string(data, n);
    struct fuzz_nvad nvad;

    fuzz_nvad_init(&nvad);
    for (char *rest, *rq = text; *rq; rq = rest) {
        rest = cut(rq, "\n---\n");
        handle(&nvad.api, rq);
    }
    free(text);
    fuzz_nvad_destroy(&nvad);
}
