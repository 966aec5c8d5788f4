/* Stored objects.
 *
 * The text is assembled from the database's columns without parsing: spec and
 * status are JSON texts there already.  Members are in alphabetical order, so
 * equal objects have equal texts. */

#include <config.h>

#include "utilities/nvad/object.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

/* Appends '"name":{"key":"value",...},' unless 'map' is empty. */
static void
format_map(const char *name, const struct smap *map, struct ds *s)
{
    if (!map || smap_is_empty(map)) {
        return;
    }

    const struct smap_node **nodes = smap_sort(map);
    size_t n = smap_count(map);

    ds_put_format(s, "\"%s\":{", name);
    for (size_t i = 0; i < n; i++) {
        if (i) {
            ds_put_char(s, ',');
        }
        json_string_escape(nodes[i]->key, s);
        ds_put_char(s, ':');
        json_string_escape(nodes[i]->value, s);
    }
    ds_put_cstr(s, "},");
    free(nodes);
}

struct object *
object_create(const struct object_fields *f)
{
    const struct resource_class *class = resource_get_class(f->kind);
    struct object *o = xzalloc(sizeof *o);
    struct ds s = DS_EMPTY_INITIALIZER;

    o->ref_cnt = 1;
    o->kind = f->kind;
    o->name = xstrdup(f->name);
    o->uuid = f->uuid;
    o->rv = f->rv;
    smap_init(&o->labels);
    o->vpc = nullable_xstrdup(f->vpc);
    if (f->labels) {
        smap_clone(&o->labels, f->labels);
    }

    ds_reserve(&s, 384 + strlen(f->spec) + strlen(f->status));
    ds_put_format(&s, "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{",
                  RESOURCE_API_VERSION, class->kind);
    format_map("annotations", f->annotations, &s);
    ds_put_cstr(&s, "\"creationTimestamp\":");
    json_string_escape(f->created, &s);
    ds_put_format(&s, ",\"generation\":%lld,", f->generation);
    format_map("labels", f->labels, &s);
    ds_put_cstr(&s, "\"name\":");
    json_string_escape(f->name, &s);
    if (f->rv) {
        ds_put_cstr(&s, ",\"resourceVersion\":\"");
        o->rv_ofs = s.length;
        ds_put_format(&s, "%"PRIu64, f->rv);
        o->rv_len = s.length - o->rv_ofs;
        ds_put_char(&s, '"');
    }
    ds_put_format(&s, ",\"uid\":\""UUID_FMT"\"}", UUID_ARGS(&f->uuid));
    if (f->spec[0]) {
        ds_put_format(&s, ",\"spec\":%s", f->spec);
    }
    if (f->status[0]) {
        ds_put_format(&s, ",\"status\":%s", f->status);
    }
    ds_put_char(&s, '}');

    o->len = s.length;
    o->text = xmemdup0(ds_cstr(&s), s.length);
    ds_destroy(&s);
    return o;
}

struct object *
object_ref(const struct object *o_)
{
    struct object *o = CONST_CAST(struct object *, o_);

    if (o) {
        o->ref_cnt++;
    }
    return o;
}

void
object_unref(struct object *o)
{
    if (o && !--o->ref_cnt) {
        free(o->name);
        smap_destroy(&o->labels);
        free(o->vpc);
        free(o->text);
        free(o);
    }
}

const char *
object_get_key(const struct object *o, enum object_key key)
{
    return (key == OBJECT_VPC ? o->vpc
            : smap_get(&o->labels, key == OBJECT_VPC_LABEL
                       ? RESOURCE_LABEL_VPC : RESOURCE_LABEL_NVE));
}

struct json *
object_to_json(const struct object *o)
{
    return json_from_string(o->text);
}

void
object_format(const struct object *o, uint64_t rv, struct ds *s)
{
    if (rv == o->rv || !o->rv_len) {
        ds_put_buffer(s, o->text, o->len);
    } else {
        size_t rest = o->rv_ofs + o->rv_len;

        ds_put_buffer(s, o->text, o->rv_ofs);
        ds_put_format(s, "%"PRIu64, rv);
        ds_put_buffer(s, o->text + rest, o->len - rest);
    }
}
