/* Results of requests: see rest-result.h. */

#include <config.h>

#include "agent/controller/rest-result.h"

#include <stdlib.h>

#include "lib/json-util.h"
#include "lib/printable.h"
#include "openvswitch/json.h"
#include "util.h"

bool
rest_result_is_ok(const struct rest_result *result)
{
    return !result->error && result->status >= 200 && result->status < 300;
}

/* Kubernetes' servers, and ours, explain themselves in the "message" of a
 * Status object. */
char *
rest_result_to_string(const struct rest_result *result)
{
    struct json *json;
    const char *message;
    char *error, *s;

    if (result->error) {
        return printable_make(result->error);
    }
    if (result->status >= 300 && result->status < 400) {
        return xasprintf("HTTP status %d: redirects are not followed",
                         result->status);
    }
    json = json_util_parse(result->body, result->n, &error);
    free(error);
    message = json_util_string(json, "message", NULL);
    s = (message
         ? xasprintf("HTTP status %d: %.500s", result->status, message)
         : xasprintf("HTTP status %d", result->status));
    json_destroy(json);
    return printable_make_nocopy(s);
}
