/* Who may come in.
 *
 * Asked as soon as the headers are there, so that nothing is kept for those
 * who may not. */

#include <config.h>

#include "utilities/nvad/api-access.h"

#include <string.h>

#include "openvswitch/json.h"
#include "util.h"
#include "utilities/nvad/api-status.h"
#include "utilities/nvad/auth.h"

bool
api_access_is_public(const char *path)
{
    return (!strcmp(path, "/healthz") || !strcmp(path, "/livez")
            || !strcmp(path, "/readyz"));
}

enum http_problem
api_access_check(struct auth *auth, const struct http_request *http)
{
    return (auth_is_allowed(auth, http_request_header(http, "Authorization"))
            ? HTTP_NO_PROBLEM
            : api_access_is_public(http_request_path(http)) ? HTTP_PUBLIC
            : HTTP_UNAUTHORIZED);
}

/* Only JSON is served. */
static bool
is_acceptable(const char *accept)
{
    return (!accept || strstr(accept, "application/json")
            || strstr(accept, "*/*") || strstr(accept, "application/*"));
}

/* Takes 'status'. */
static struct json *
try_again(struct json *status)
{
    api_status_set_retry_after(status, 1);
    return status;
}

/* Without authorization, a connection is for one request. */
static struct json *
unauthorized(struct http_request *http, const char *what)
{
    http_request_add_header(http, "Connection", "close");
    return api_status_create(401, "Unauthorized", "a %s is needed", what);
}

struct json *
api_access_refusal(struct http_request *http)
{
    switch (http_request_problem(http)) {
    case HTTP_BAD_URL:
        return api_status_create(400, "BadRequest",
                                 "the URL has a null character");
    case HTTP_UNTRUSTED:
        return unauthorized(http, "client certificate");
    case HTTP_UNAUTHORIZED:
        http_request_add_header(http, "WWW-Authenticate", "Bearer");
        return unauthorized(http, "bearer token");
    case HTTP_TOO_BIG:
        return api_status_create(413, "RequestEntityTooLarge",
                                 "the body is too large");
    case HTTP_OVERLOAD:
        return try_again(api_status_create(
            503, "ServiceUnavailable", "too much is being sent at once"));
    case HTTP_TOO_MANY:
        return try_again(api_status_create(
            429, "TooManyRequests", "too many writes of this address are "
            "waiting"));
    case HTTP_PUBLIC:
    case HTTP_NO_PROBLEM:
    default:
        break;
    }
    if (!is_acceptable(http_request_header(http, "Accept"))) {
        return api_status_create(406, "NotAcceptable",
                                 "only application/json is available");
    }
    return NULL;
}
