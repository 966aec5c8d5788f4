/* Status objects, in the form that Kubernetes' client libraries expect:
 *
 *     {"apiVersion": "v1", "kind": "Status", "status": "Failure",
 *      "code": 422, "reason": "Invalid", "message": "...",
 *      "details": {"group", "kind", "name", "retryAfterSeconds",
 *                  "causes": [{"reason", "field", "message"}]}} */

#include <config.h>

#include "utilities/nvad/api-status.h"

#include <stdarg.h>
#include <stdlib.h>

#include "lib/field-error.h"
#include "lib/json-util.h"
#include "lib/utf8.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"
#include "uuid.h"

/* Puts a string that may be anything, as it may come from a client: it may be
 * cut, or not be UTF-8. */
static void
put_clean(struct json *json, const char *name, const char *s)
{
    json_object_put(json, name, json_string_create_nocopy(utf8_clean(s)));
}

/* Takes 'message'. */
static struct json *
create(int code, const char *status, const char *reason, char *message)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "apiVersion", "v1");
    json_object_put_string(json, "kind", "Status");
    json_object_put(json, "metadata", json_object_create());
    json_object_put_string(json, "status", status);
    if (reason) {
        json_object_put_string(json, "reason", reason);
    }
    if (message) {
        put_clean(json, "message", message);
        free(message);
    }
    json_object_put(json, "code", json_integer_create(code));
    return json;
}

struct json *
api_status_create(int code, const char *reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *message = xvasprintf(format, args);
    va_end(args);
    return create(code, "Failure", reason, message);
}

static struct json *
get_details(struct json *status)
{
    struct json *details = shash_find_data(json_object(status), "details");

    if (!details) {
        details = json_object_create();
        json_object_put(status, "details", details);
    }
    return details;
}

void
api_status_set_object(struct json *status, enum resource_kind kind,
                      const char *name)
{
    struct json *details = get_details(status);

    json_object_put_string(details, "group", RESOURCE_GROUP);
    json_object_put_string(details, "kind", resource_get_class(kind)->plural);
    if (name && name[0]) {
        put_clean(details, "name", name);
    }
}

void
api_status_add_cause(struct json *status, const char *reason,
                     const char *field, const char *message)
{
    struct json *details = get_details(status);
    struct json *causes = shash_find_data(json_object(details), "causes");
    struct json *cause = json_object_create();

    if (!causes) {
        causes = json_array_create_empty();
        json_object_put(details, "causes", causes);
    }
    json_object_put_string(cause, "reason", reason);
    put_clean(cause, "field", field);
    put_clean(cause, "message", message);
    json_array_add(causes, cause);
}

void
api_status_set_retry_after(struct json *status, int seconds)
{
    json_object_put(get_details(status), "retryAfterSeconds",
                    json_integer_create(seconds));
}

int
api_status_get_code(const struct json *status)
{
    int64_t code;

    return json_util_integer(status, "code", &code) ? (int) code : 500;
}

int
api_status_get_retry_after(const struct json *status)
{
    int64_t seconds;

    return (json_util_integer(json_util_get(status, "details"),
                              "retryAfterSeconds", &seconds)
            ? (int) seconds : 0);
}

struct json *
api_status_not_found(enum resource_kind kind, const char *name)
{
    struct json *status;

    status = api_status_create(404, "NotFound", "%s.%s \"%s\" not found",
                               resource_get_class(kind)->plural,
                               RESOURCE_GROUP, name);
    api_status_set_object(status, kind, name);
    return status;
}

struct json *
api_status_invalid(enum resource_kind kind, const char *name,
                   const struct field_errors *errors)
{
    char *s = field_errors_to_string(errors);
    struct json *status;

    status = api_status_create(422, "Invalid", "%s.%s \"%s\" is invalid: %s",
                               resource_get_class(kind)->kind, RESOURCE_GROUP,
                               name, s);
    free(s);
    api_status_set_object(status, kind, name);
    for (size_t i = 0; i < errors->n; i++) {
        const struct field_error *e = &errors->errors[i];

        api_status_add_cause(status, field_error_type_to_string(e->type),
                             e->field, e->message);
    }
    return status;
}

struct json *
api_status_deleted(enum resource_kind kind, const char *name,
                   const struct uuid *uid)
{
    struct json *status = create(200, "Success", NULL, NULL);

    api_status_set_object(status, kind, name);
    json_object_put_format(get_details(status), "uid", UUID_FMT,
                           UUID_ARGS(uid));
    return status;
}

struct json *
api_status_expired(void)
{
    return api_status_create(410, "Expired", "the resourceVersion is too old "
                             "or not known here: list again");
}
