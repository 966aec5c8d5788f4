/* Events of watches: see watch-event.h. */

#include <config.h>

#include "agent/controller/watch-event.h"

#include <stdlib.h>
#include <string.h>

#include "lib/endpoint-decode.h"
#include "lib/json-scan.h"
#include "lib/json-util.h"
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

/* Reads an event with a plain endpoint.  Returns false if 'line' is something
 * else. */
static bool
scan_event(const char *line, size_t n, struct watch_event *event)
{
    struct json_slice member = { NULL, 0 }, type = { NULL, 0 };
    struct json_scan s = json_scan_start(line, n);
    struct endpoint *ep = NULL;

    if (json_scan_open(&s, '{')) {
        while (json_scan_member(&s, &member)) {
            if (!type.s && json_slice_is(&member, "type")) {
                json_scan_string(&s, &type);
            } else if (!ep && json_slice_is(&member, "object")) {
                ep = endpoint_decode(&s);
            } else {
                json_scan_give_up(&s);
            }
        }
    }
    event->type = json_slice_is(&type, "DELETED") ? WATCH_EVENT_DELETE
                                                  : WATCH_EVENT_UPSERT;
    if (!json_scan_at_end(&s) || !ep
        || (!json_slice_is(&type, "ADDED") && !json_slice_is(&type, "MODIFIED")
            && event->type != WATCH_EVENT_DELETE)) {
        endpoint_destroy(ep);
        return false;
    }
    event->endpoint = ep;
    event->name = ep->meta.name;
    event->version = ep->meta.resource_version;
    return true;
}

char *
watch_event_parse(const char *line, size_t n, enum resource_kind kind,
                  struct watch_event *event)
{
    char *error;

    *event = (struct watch_event) { .json = NULL };
    if (kind == RES_ENDPOINT && scan_event(line, n, event)) {
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
    event->json = NULL;
    endpoint_destroy(event->endpoint);
    event->endpoint = NULL;
}
