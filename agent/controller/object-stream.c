/* Streams of objects: see object-stream.h. */

#include <config.h>

#include "agent/controller/object-stream.h"

#include <limits.h>
#include <stdlib.h>

#include "agent/controller/objects.h"
#include "agent/controller/reflector.h"
#include "util.h"

struct object_stream {
    struct objects *objects;
    struct rest *rest;
    enum resource_kind kind;
    char *label_selector, *field_selector; /* Or NULL. */
    struct objects_scope *scope;
    struct reflector *reflector;    /* NULL: not connected. */
    bool had_objects;               /* When it left the server before. */
};

struct object_stream *
object_stream_create(struct objects *objects, struct rest *rest,
                     enum resource_kind kind, const char *label_selector,
                     const char *field_selector)
{
    struct object_stream *s = xzalloc(sizeof *s);

    s->objects = objects;
    s->rest = rest;
    s->kind = kind;
    s->label_selector = nullable_xstrdup(label_selector);
    s->field_selector = nullable_xstrdup(field_selector);
    s->scope = objects_scope_create(objects, kind);
    return s;
}

void
object_stream_expect_objects(struct object_stream *s)
{
    s->had_objects = true;
}

void
object_stream_destroy(struct object_stream *s)
{
    reflector_destroy(s->reflector);
    objects_scope_destroy(s->scope);
    free(s->label_selector);
    free(s->field_selector);
    free(s);
}

void
object_stream_connect(struct object_stream *s, const char *base_url)
{
    reflector_destroy(s->reflector);
    s->reflector = NULL;
    if (base_url) {
        s->reflector = reflector_create(s->rest, s->scope, s->kind, base_url,
                                        s->label_selector, s->field_selector,
                                        NULL);
        if (s->had_objects) {
            reflector_expect_objects(s->reflector);
        }
    }
}

struct objects_scope *
object_stream_retire(struct object_stream *s)
{
    struct objects_scope *scope = s->scope;

    s->had_objects = (objects_scope_count(scope)
                      || (s->had_objects && !object_stream_is_synced(s)));
    object_stream_connect(s, NULL);
    s->scope = objects_scope_create(s->objects, s->kind);
    return scope;
}

void
object_stream_server_died(struct object_stream *s, const char *error)
{
    if (s->reflector) {
        reflector_server_died(s->reflector, error);
    }
}

void
object_stream_run(struct object_stream *s)
{
    if (s->reflector) {
        reflector_run(s->reflector);
    }
}

long long int
object_stream_get_retry_time(const struct object_stream *s)
{
    return s->reflector ? reflector_get_retry_time(s->reflector) : LLONG_MAX;
}

enum resource_kind
object_stream_get_kind(const struct object_stream *s)
{
    return s->kind;
}

bool
object_stream_is_optional(enum resource_kind kind)
{
    return (kind == RES_VPC_POLICY || kind == RES_EXTERNAL_NETWORK
            || kind == RES_VPC_GATEWAY || kind == RES_FLOATING_IP
            || kind == RES_VPC_ROUTE || kind == RES_LOAD_BALANCER
            || kind == RES_QOS_POLICY || kind == RES_QOS_CLASS);
}

bool
object_stream_is_synced(const struct object_stream *s)
{
    return (s->reflector
            && (reflector_is_synced(s->reflector)
                || (object_stream_is_optional(s->kind)
                    && reflector_is_unknown(s->reflector))));
}

bool
object_stream_is_unknown(const struct object_stream *s)
{
    return s->reflector && reflector_is_unknown(s->reflector);
}

bool
object_stream_is_selector_refused(const struct object_stream *s)
{
    return s->reflector && reflector_is_selector_refused(s->reflector);
}

bool
object_stream_has(const struct object_stream *s, const char *name)
{
    return objects_scope_has(s->scope, name);
}

const char *
object_stream_get_error(const struct object_stream *s)
{
    return reflector_get_error(s->reflector);
}
