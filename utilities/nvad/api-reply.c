/* Answers of the API. */

#include <config.h>

#include "utilities/nvad/api-reply.h"

#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"
#include "utilities/nvad/api-status.h"
#include "utilities/nvad/http-request.h"
#include "utilities/nvad/object.h"

#define JSON_TYPE "application/json"

void
api_reply_json(struct http_request *rq, int code, struct json *json)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    json_to_ds(json, JSSF_SORT, &s);
    ds_put_char(&s, '\n');
    json_destroy(json);

    size_t n = s.length;
    http_request_reply(rq, code, JSON_TYPE, ds_steal_cstr(&s), n);
}

void
api_reply_text(struct http_request *rq, int code, const char *text)
{
    http_request_reply(rq, code, "text/plain; charset=utf-8", xstrdup(text),
                       strlen(text));
}

void
api_reply_status(struct http_request *rq, struct json *status)
{
    int retry_after = api_status_get_retry_after(status);

    if (retry_after) {
        char s[16];

        snprintf(s, sizeof s, "%d", retry_after);
        http_request_add_header(rq, "Retry-After", s);
    }
    api_reply_json(rq, api_status_get_code(status), status);
}

void
api_reply_object(struct http_request *rq, int code, const struct object *o)
{
    char *body = xmalloc(o->len + 1);

    memcpy(body, o->text, o->len);
    body[o->len] = '\n';
    http_request_reply(rq, code, JSON_TYPE, body, o->len + 1);
}

void
api_reply_add_warnings(struct http_request *rq, const struct svec *warnings)
{
    const char *warning;
    size_t i;

    SVEC_FOR_EACH (i, warning, warnings) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&s, "299 - \"");
        for (const char *p = warning; *p; p++) {
            if (*p == '"' || *p == '\\') {
                ds_put_char(&s, '\\');
            }
            ds_put_char(&s, (unsigned char) *p < 0x20 ? ' ' : *p);
        }
        ds_put_char(&s, '"');
        http_request_add_header(rq, "Warning", ds_cstr(&s));
        ds_destroy(&s);
    }
}
