/* Objects on a server: see object-server.h.  It answers as nvad does, to the
 * methods that a writer uses. */

#include <config.h>

#include "tests/unit/object-server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "tests/unit/http-server.h"
#include "util.h"

void
object_server_store(struct object_server *s, const char *name,
                    struct json *object)
{
    struct json *metadata = json_object_create();

    json_object_put_string(metadata, "name", name);
    json_object_put_format(metadata, "resourceVersion", "%d", ++s->version);
    json_util_put(object, "metadata", metadata);
    json_destroy(shash_replace(&s->stored, name, object));
}

static void
reply_stored(struct object_server *s, struct http_conn *conn, int status,
             const char *name)
{
    char *line = json_util_to_line(shash_find_data(&s->stored, name));

    http_reply(conn, status, line);
    free(line);
}

static void
handle_patch(struct object_server *s, struct http_conn *conn, const char *name,
             struct json *body)
{
    struct json *old = shash_find_data(&s->stored, name);
    const char *version = json_util_string(json_util_get(body, "metadata"),
                                           "resourceVersion", NULL);

    if (!old) {
        http_reply(conn, 404, "{\"message\": \"not found\"}");
        return;
    }
    if (version && strcmp(version, json_util_string(
                              json_util_get(old, "metadata"),
                              "resourceVersion", ""))) {
        http_reply(conn, 409, "{\"message\": \"was changed\"}");
        return;
    }
    object_server_store(s, name, json_util_merge_patch(old, body));
    reply_stored(s, conn, 200, name);
}

static void
handle_post(struct object_server *s, struct http_conn *conn, struct json *body)
{
    char *name = xstrdup(json_util_string(json_util_get(body, "metadata"),
                                          "name", ""));

    if (shash_find(&s->stored, name)) {
        http_reply(conn, 409, "{\"message\": \"already exists\"}");
    } else {
        object_server_store(s, name, json_deep_clone(body));
        reply_stored(s, conn, 201, name);
    }
    free(name);
}

static void
handle_delete(struct object_server *s, struct http_conn *conn,
              const char *name)
{
    struct json *old = shash_find_and_delete(&s->stored, name);

    http_reply(conn, old ? 200 : 404, "{\"kind\": \"Status\"}");
    json_destroy(old);
}

static void
handler(struct http_conn *conn, const struct http_request *req, void *s_)
{
    static const char prefix[] = "/apis/nvo3.io/v1alpha1/nves";
    bool delete = !strcmp(req->method, "DELETE");
    struct object_server *s = s_;
    struct json *body = NULL;
    bool change = false;
    char *name, *error;

    if (!delete) {
        body = json_util_parse(req->body, strlen(req->body), &error);
        assert_non_null(body);
    }
    assert_memory_equal(req->target, prefix, strlen(prefix));
    name = xstrdup(req->target + strlen(prefix));
    if (name[0] && !delete) {
        char *end = strstr(name, "/status");

        if (end) {
            assert_string_equal(end, "/status");
            *end = '\0';
        } else {
            change = true;
        }
        assert_non_null(strstr(req->headers,
                               "application/merge-patch+json"));
    }
    ds_put_format(&s->log, "%s%s%s%s%s\n", change ? "CHANGE" : req->method,
                  name[0] ? " " : "", name[0] ? name + 1 : "",
                  delete ? "" : " ", delete ? "" : req->body);
    if (s->silent) {
        s->n_waiting++;
    } else if (s->answer) {
        http_reply(conn, 200, s->answer);
    } else if (s->fail_with) {
        http_reply(conn, s->fail_with, "{\"message\": \"no\"}");
    } else if (delete) {
        handle_delete(s, conn, name + 1);
    } else if (name[0]) {
        handle_patch(s, conn, name + 1, body);
    } else {
        handle_post(s, conn, body);
    }
    free(name);
    json_destroy(body);
}

void
object_server_start(struct object_server *s)
{
    memset(s, 0, sizeof *s);
    s->http = http_server_create(handler, s);
    shash_init(&s->stored);
    ds_init(&s->log);
}

void
object_server_stop(struct object_server *s)
{
    struct shash_node *node;

    http_server_destroy(s->http);
    SHASH_FOR_EACH (node, &s->stored) {
        json_destroy(node->data);
    }
    shash_destroy(&s->stored);
    ds_destroy(&s->log);
}
