/* Events of watches: see watch-event.h. */

#include <config.h>

#include "agent/controller/watch-event.h"

#include <stdlib.h>
#include <string.h>

#include "lib/endpoint-decode.h"
#include "lib/json-scan.h"
#include "lib/json-util.h"
#include "lib/nve-decode.h"
#include "openvswitch/json.h"
#include "util.h"

static const char *
metadata_string(const struct json *json, const char *name)
{
    return json_util_string(json_util_get(json, "metadata"), name, NULL);
}

/* Returns false if 's' is no type of event. */
static bool
event_type_from_string(const char *s, enum watch_event_type *type)
{
    static const struct {
        const char *name;
        enum watch_event_type type;
    } types[] = {
        { "ADDED", WATCH_EVENT_UPSERT },
        { "MODIFIED", WATCH_EVENT_UPSERT },
        { "DELETED", WATCH_EVENT_DELETE },
        { "BOOKMARK", WATCH_EVENT_BOOKMARK },
        { "ERROR", WATCH_EVENT_ERROR },
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (!strcmp(s, types[i].name)) {
            *type = types[i].type;
            return true;
        }
    }
    return false;
}

/* Fills in what 'event->json' says.  Returns false if that is not an event of
 * objects of 'kind'. */
static bool
take_event(struct watch_event *event, enum resource_kind kind)
{
    int64_t code = 0;

    if (!event_type_from_string(json_util_string(event->json, "type", ""),
                                &event->type)) {
        return false;
    }
    event->object = json_util_get(event->json, "object");
    if (event->type != WATCH_EVENT_ERROR
        && !resource_meta_is_kind(event->object,
                                  resource_get_class(kind)->kind, false)) {
        return false;
    }
    event->name = metadata_string(event->object, "name");
    event->version = metadata_string(event->object, "resourceVersion");
    switch (event->type) {
    case WATCH_EVENT_UPSERT:
    case WATCH_EVENT_DELETE:
        return event->name != NULL;
    case WATCH_EVENT_BOOKMARK:
        return true;
    case WATCH_EVENT_ERROR:
        event->message = json_util_string(event->object, "message",
                                          "no message");
        json_util_integer(event->object, "code", &code);
        event->code = code >= 100 && code < 600 ? code : 0;
        return true;
    }
    OVS_NOT_REACHED();
}

/* Reads the members of an event; 'read' those of its object.  Returns the
 * type, which is NULL if 'line' is something else. */
static struct json_slice
scan_event(const char *line, size_t n,
           bool (*read)(struct json_scan *, void *aux), void *aux)
{
    struct json_slice member = { NULL, 0 }, type = { NULL, 0 };
    struct json_scan s = json_scan_start(line, n);
    bool has_object = false;

    if (json_scan_open(&s, '{')) {
        while (json_scan_member(&s, &member)) {
            if (!type.s && json_slice_is(&member, "type")) {
                json_scan_string(&s, &type);
            } else if (!has_object && json_slice_is(&member, "object")) {
                has_object = read(&s, aux);
            } else {
                json_scan_give_up(&s);
            }
        }
    }
    return (json_scan_at_end(&s) && has_object ? type
            : (struct json_slice) { NULL, 0 });
}

static bool
read_endpoint(struct json_scan *s, void *event_)
{
    struct watch_event *event = event_;

    event->endpoint = endpoint_decode(s);
    return event->endpoint != NULL;
}

static bool
read_nve(struct json_scan *s, void *event_)
{
    struct watch_event *event = event_;

    event->nve = nve_decode(s, &event->text);
    return event->nve != NULL;
}

/* Reads an event with a new version of a plain endpoint or NVE.  Returns false
 * if 'line' is something else. */
static bool
scan_upsert(const char *line, size_t n, enum resource_kind kind,
            struct watch_event *event)
{
    const struct resource_meta *meta;
    struct json_slice type;

    if (kind != RES_ENDPOINT && kind != RES_NVE) {
        return false;
    }
    type = scan_event(line, n, kind == RES_NVE ? read_nve : read_endpoint,
                      event);
    if (!json_slice_is(&type, "ADDED") && !json_slice_is(&type, "MODIFIED")) {
        watch_event_destroy(event);
        return false;
    }
    meta = event->nve ? &event->nve->meta : &event->endpoint->meta;
    event->type = WATCH_EVENT_UPSERT;
    event->name = meta->name;
    event->version = meta->resource_version;
    return true;
}

/* What matters of an object that is deleted. */
struct gone {
    struct json_slice api_version, kind, name, version;
};

/* Reads an object of which only the members 'names' matter, which are strings
 * and go to 'to'.  'inner' is called for its member "metadata". */
static bool
read_some(struct json_scan *s, const char *const names[2],
          struct json_slice *const to[2],
          bool (*inner)(struct json_scan *, void *), void *aux)
{
    struct json_slice member = { NULL, 0 };

    if (!json_scan_open(s, '{')) {
        return false;
    }
    while (json_scan_member(s, &member)) {
        size_t i = (json_slice_is(&member, names[0]) ? 0
                    : json_slice_is(&member, names[1]) ? 1 : 2);

        if (i < 2 ? to[i]->s || !json_scan_string(s, to[i])
            : inner && json_slice_is(&member, "metadata") ? !inner(s, aux)
            : !json_scan_skip(s)) {
            return json_scan_give_up(s);
        }
    }
    return !s->odd;
}

static bool
read_gone_metadata(struct json_scan *s, void *gone_)
{
    static const char *const names[] = { "name", "resourceVersion" };
    struct gone *gone = gone_;
    struct json_slice *const to[] = { &gone->name, &gone->version };

    return read_some(s, names, to, NULL, NULL);
}

static bool
read_gone(struct json_scan *s, void *gone_)
{
    static const char *const names[] = { "apiVersion", "kind" };
    struct gone *gone = gone_;
    struct json_slice *const to[] = { &gone->api_version, &gone->kind };

    return read_some(s, names, to, read_gone_metadata, gone);
}

/* Whether 'line' begins or ends with the type of such an event, which comes
 * before the object, or after it. */
static bool
is_delete(const char *line, size_t n)
{
    static const char before[] = "{\"type\":\"DELETED\"";
    static const char after[] = "\"type\":\"DELETED\"}";

    return ((n > strlen(before) && !memcmp(line, before, strlen(before)))
            || (n > strlen(after)
                && !memcmp(line + n - strlen(after), after, strlen(after))));
}

/* Reads an event of an object that is deleted, of which next to nothing
 * matters.  Returns false if 'line' is something else. */
static bool
scan_delete(const char *line, size_t n, enum resource_kind kind,
            struct watch_event *event)
{
    struct gone gone = { .name = { NULL, 0 } };
    struct json_slice type;
    char *p;

    if (!is_delete(line, n)) {
        return false;
    }
    type = scan_event(line, n, read_gone, &gone);
    if (!json_slice_is(&type, "DELETED")
        || !gone.name.n || !gone.version.n
        || (gone.api_version.s
            && !json_slice_is(&gone.api_version, RESOURCE_API_VERSION))
        || (gone.kind.s
            && !json_slice_is(&gone.kind, resource_get_class(kind)->kind))) {
        return false;
    }
    event->type = WATCH_EVENT_DELETE;
    event->gone = p = xzalloc(gone.name.n + gone.version.n + 2);
    event->name = memcpy(p, gone.name.s, gone.name.n);
    p += gone.name.n + 1;
    event->version = memcpy(p, gone.version.s, gone.version.n);
    return true;
}

char *
watch_event_parse(const char *line, size_t n, enum resource_kind kind,
                  struct watch_event *event)
{
    char *error;

    *event = (struct watch_event) { .json = NULL };
    if (scan_delete(line, n, kind, event)
        || scan_upsert(line, n, kind, event)) {
        return NULL;
    }
    *event = (struct watch_event) {
        .json = json_util_parse(line, n, &error)
    };
    if (!event->json) {
        char *message = xasprintf("bad event: %s", error);

        free(error);
        return message;
    }
    if (!take_event(event, kind)) {
        watch_event_destroy(event);
        return xasprintf("bad event: %.*s", (int) MIN(n, 100), line);
    }
    return NULL;
}

void
watch_event_destroy(struct watch_event *event)
{
    json_destroy(event->json);
    endpoint_destroy(event->endpoint);
    nve_destroy(event->nve);
    free(event->text);
    free(event->gone);
    *event = (struct watch_event) { .json = NULL };
}

void
watch_event_release_plain(struct watch_event *event)
{
    event->endpoint = NULL;
    event->nve = NULL;
    event->text = NULL;
}
