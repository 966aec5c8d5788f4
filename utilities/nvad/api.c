/* The REST API: routes and arguments.
 *
 *     /apis/nvo3.io/v1alpha1/PLURAL               GET (list, watch), POST
 *     /apis/nvo3.io/v1alpha1/PLURAL/NAME          GET, PUT, PATCH, DELETE
 *     /apis/nvo3.io/v1alpha1/PLURAL/NAME/status   GET, PUT, PATCH
 *
 * and discovery, health and version.  All faults of a request that do not
 * depend on stored objects are found here. */

#include <config.h>

#include "utilities/nvad/api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/json-util.h"
#include "lib/resource.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"
#include "utilities/nvad/admit.h"
#include "utilities/nvad/api-access.h"
#include "utilities/nvad/api-reply.h"
#include "utilities/nvad/api-status.h"
#include "utilities/nvad/db.h"
#include "utilities/nvad/discovery.h"
#include "utilities/nvad/field-validation.h"
#include "utilities/nvad/http-request.h"
#include "utilities/nvad/list.h"
#include "utilities/nvad/selector.h"
#include "utilities/nvad/store.h"
#include "utilities/nvad/watch.h"
#include "utilities/nvad/write-queue.h"

#define MERGE_PATCH "application/merge-patch+json"

/* A path below RESOURCE_API_PATH. */
struct route {
    enum resource_kind kind;
    char *name;                     /* NULL: the collection. */
    bool status;
};

static void
reply_bad_request(struct http_request *http, const char *what,
                  const char *value)
{
    api_reply_status(http, api_status_create(400, "BadRequest",
                                             "%s: \"%.200s\" is not valid",
                                             what, value));
}

static void
reply_no_such_path(struct http_request *http)
{
    api_reply_status(http, api_status_create(
        404, "NotFound", "the server could not find the requested resource"));
}

static void
reply_method_not_allowed(struct http_request *http, const char *allowed)
{
    http_request_add_header(http, "Allow", allowed);
    api_reply_status(http, api_status_create(
        405, "MethodNotAllowed", "%s is not allowed here; allowed: %s",
        http_request_method(http), allowed));
}

/* Splits "PLURAL[/NAME[/status]]".  The caller must free 'route->name'. */
static bool
parse_route(const char *path, struct route *route)
{
    char *copy = xstrdup(path);
    char *save = NULL;
    const char *plural = strtok_r(copy, "/", &save);
    const char *name = strtok_r(NULL, "/", &save);
    const char *sub = strtok_r(NULL, "/", &save);
    bool ok = (plural && resource_kind_from_plural(plural, &route->kind)
               && (!sub || (!strcmp(sub, "status")
                            && resource_get_class(route->kind)->has_status))
               && !strtok_r(NULL, "/", &save));

    route->name = ok ? nullable_xstrdup(name) : NULL;
    route->status = sub != NULL;
    free(copy);
    return ok;
}

/* Arguments. */

static bool
arg_is_true(const struct http_request *http, const char *name)
{
    const char *s = http_request_arg(http, name);

    return s && strcmp(s, "0") && strcasecmp(s, "false");
}

/* Reads a number; 0 if it is absent.  Returns false, with the request
 * answered, if it is not valid. */
static bool
parse_number(struct http_request *http, const char *name, uint64_t *value)
{
    const char *s = http_request_arg(http, name);
    unsigned long long int n = 0;

    if (s && s[0] && (s[strspn(s, "0123456789")]
                      || !str_to_ullong(s, 10, &n) || n > INT64_MAX)) {
        reply_bad_request(http, name, s);
        return false;
    }
    *value = n;
    return true;
}

static bool
parse_selector(struct http_request *http, enum resource_kind kind,
               struct selector *selector)
{
    const char *labels = http_request_arg(http, "labelSelector");
    const char *fields = http_request_arg(http, "fieldSelector");
    const char *where = "labelSelector";
    char *error = labels ? selector_add_labels(selector, labels) : NULL;

    if (!error && fields) {
        where = "fieldSelector";
        error = selector_add_fields(selector, kind, fields);
    }
    if (error) {
        api_reply_status(http, api_status_create(400, "BadRequest", "%s: %s",
                                                 where, error));
        free(error);
        return false;
    }
    return true;
}

/* Reading. */

static void
do_watch(struct api *api, struct http_request *http,
         struct watch_query *query, uint64_t timeout)
{
    query->mark_initial_end = arg_is_true(http, "sendInitialEvents");
    query->initial = !query->rv || query->mark_initial_end;
    query->bookmarks = arg_is_true(http, "allowWatchBookmarks");
    query->timeout_s = MIN(timeout, 24 * 3600);
    if (!watch_reply(api->watchers, http, query)) {
        api_reply_status(http, api_status_expired());
    }
}

static void
get_collection(struct api *api, struct http_request *http,
               enum resource_kind kind)
{
    struct selector selector = SELECTOR_INITIALIZER;
    const char *token = http_request_arg(http, "continue");
    const char *match = http_request_arg(http, "resourceVersionMatch");
    uint64_t rv, limit, timeout;

    if (!parse_selector(http, kind, &selector)
        || !parse_number(http, "resourceVersion", &rv)
        || !parse_number(http, "limit", &limit)
        || !parse_number(http, "timeoutSeconds", &timeout)) {
        /* Answered. */
    } else if (arg_is_true(http, "watch")) {
        struct watch_query query = { .kind = kind, .selector = &selector,
                                     .rv = rv };

        do_watch(api, http, &query, timeout);
    } else {
        struct list_query query = {
            .kind = kind, .selector = &selector, .limit = limit,
            .token = token ? token : "", .rv = rv,
            .exact = match && !strcmp(match, "Exact"),
        };

        list_reply(api->store, http, &query);
    }
    selector_destroy(&selector);
}

static void
get_object(struct api *api, struct http_request *http,
           const struct route *route)
{
    const struct object *o = store_find(api->store, route->kind, route->name);

    if (o) {
        api_reply_object(http, 200, o);
    } else {
        api_reply_status(http, api_status_not_found(route->kind,
                                                    route->name));
    }
}

/* Writing. */

/* Whether the body's media type, without its parameters, is 'type'. */
static bool
content_type_is(const char *value, const char *type)
{
    size_t n = strcspn(value, "; \t");

    return n == strlen(type) && !strncasecmp(value, type, n);
}

static bool
check_content_type(struct http_request *http, enum write_verb verb)
{
    const char *value = http_request_header(http, "Content-Type");
    const char *wanted = (verb == WRITE_PATCH ? MERGE_PATCH
                          : "application/json");

    if (value ? content_type_is(value, wanted) : verb != WRITE_PATCH) {
        return true;
    }
    if (verb == WRITE_PATCH) {
        http_request_add_header(http, "Accept-Patch", MERGE_PATCH);
    }
    api_reply_status(http, api_status_create(
        415, "UnsupportedMediaType", "the Content-Type must be %s, but is "
        "%.80s", wanted, value ? value : "absent"));
    return false;
}

/* Reads the body of 'n' bytes.  Returns false, with the request answered, if
 * that is not possible. */
static bool
parse_body(struct http_request *http, const char *text, size_t n,
           struct write_request *rq)
{
    char *error;

    if (!n && rq->verb == WRITE_DELETE) {
        return true;
    }
    if (!check_content_type(http, rq->verb)) {
        return false;
    }
    rq->body = json_util_parse(text ? text : "", n, &error);
    if (!rq->body) {
        api_reply_status(http, api_status_create(
            400, "BadRequest", "malformed JSON: %s", error));
        free(error);
        return false;
    }
    return true;
}

/* Returns false, with the request answered, if it has members that its client
 * does not want taken. */
static bool
check_members(struct http_request *http, const char *text, size_t n,
              enum field_validation mode, const struct write_request *rq)
{
    struct svec warnings = SVEC_EMPTY_INITIALIZER;
    struct json *error = field_validation_check(mode, rq, text, n, &warnings);

    if (error) {
        api_reply_status(http, error);
    } else {
        api_reply_add_warnings(http, &warnings);
    }
    svec_destroy(&warnings);
    return !error;
}

static bool
body_has_dry_run(const struct json *body)
{
    const struct json *dry_run = json_util_get(body, "dryRun");

    return dry_run && dry_run->type == JSON_ARRAY && dry_run->array.n;
}

/* Starts a write.  Takes 'route->name'. */
static void
do_write(struct api *api, struct http_request *http, enum write_verb verb,
         struct route *route)
{
    const char *dry_run = http_request_arg(http, "dryRun");
    const char *validation = http_request_arg(http, "fieldValidation");
    struct write_request rq = { .verb = verb, .kind = route->kind,
                                .status = route->status };
    enum field_validation mode;
    size_t n;
    const char *text = http_request_body(http, &n);

    if (dry_run && strcmp(dry_run, "All")) {
        reply_bad_request(http, "dryRun", dry_run);
    } else if (!field_validation_from_string(validation, &mode)) {
        reply_bad_request(http, "fieldValidation", validation);
    } else if (parse_body(http, text, n, &rq)
               && check_members(http, text, n, mode, &rq)) {
        rq.name = route->name;
        route->name = NULL;
        rq.dry_run = (dry_run
                      || (verb == WRITE_DELETE && body_has_dry_run(rq.body)));
        write_queue_submit(api->writes, http, &rq, n);
        return;
    }
    write_request_destroy(&rq);
}

/* Routes. */

static void
handle_collection(struct api *api, struct http_request *http,
                  struct route *route)
{
    const char *method = http_request_method(http);

    if (!strcmp(method, "GET") || !strcmp(method, "HEAD")) {
        get_collection(api, http, route->kind);
    } else if (!strcmp(method, "POST")) {
        do_write(api, http, WRITE_CREATE, route);
    } else {
        reply_method_not_allowed(http, "GET, POST");
    }
}

static void
handle_object(struct api *api, struct http_request *http,
              struct route *route)
{
    const char *method = http_request_method(http);

    if (!strcmp(method, "GET") || !strcmp(method, "HEAD")) {
        get_object(api, http, route);
    } else if (!strcmp(method, "PUT")) {
        do_write(api, http, WRITE_REPLACE, route);
    } else if (!strcmp(method, "PATCH")) {
        do_write(api, http, WRITE_PATCH, route);
    } else if (!strcmp(method, "DELETE") && !route->status) {
        do_write(api, http, WRITE_DELETE, route);
    } else {
        reply_method_not_allowed(http, (route->status ? "GET, PUT, PATCH"
                                        : "GET, PUT, PATCH, DELETE"));
    }
}

static void
handle_resource(struct api *api, struct http_request *http, const char *path)
{
    struct route route;

    if (!parse_route(path, &route)) {
        reply_no_such_path(http);
        return;
    }
    if (!store_is_loaded(api->store)) {
        const char *problem = db_get_problem(api->db);
        struct json *error;

        error = api_status_create(503, "ServiceUnavailable", "%s",
                                  problem ? problem : "starting");
        api_status_set_retry_after(error, 1);
        api_reply_status(http, error);
    } else if (route.name) {
        handle_object(api, http, &route);
    } else {
        handle_collection(api, http, &route);
    }
    free(route.name);
}

/* /healthz and /livez say that nvad runs, /readyz that objects can be read. */
static void
handle_health(struct api *api, struct http_request *http, const char *path)
{
    const char *problem = db_get_problem(api->db);

    if (!strcmp(path, "/readyz") && !store_is_loaded(api->store)) {
        api_reply_text(http, 503, problem ? problem : "starting");
    } else {
        api_reply_text(http, 200, "ok");
    }
}

static void
handle_discovery(struct http_request *http, const char *path)
{
    struct json *json = discovery_get(path);
    const char *text = discovery_get_text(path);
    const char *method = http_request_method(http);

    if (!json && !text) {
        reply_no_such_path(http);
    } else if (strcmp(method, "GET") && strcmp(method, "HEAD")) {
        json_destroy(json);
        reply_method_not_allowed(http, "GET");
    } else if (text) {
        http_request_reply(http, 200, "application/json", xstrdup(text),
                           strlen(text));
    } else {
        api_reply_json(http, 200, json);
    }
}

enum http_problem
api_check(void *api_, const struct http_request *http)
{
    struct api *api = api_;

    return api_access_check(api->auth, http);
}

void
api_handle(void *api_, struct http_request *http)
{
    const char *path = http_request_path(http);
    struct api *api = api_;
    struct json *refusal;

    if (api_access_is_public(path)
        && http_request_problem(http) != HTTP_BAD_URL) {
        handle_health(api, http, path);
        return;
    }
    refusal = api_access_refusal(http);
    if (refusal) {
        api_reply_status(http, refusal);
    } else if (!strncmp(path, RESOURCE_API_PATH "/",
                        strlen(RESOURCE_API_PATH "/"))) {
        handle_resource(api, http, path + strlen(RESOURCE_API_PATH "/"));
    } else {
        handle_discovery(http, path);
    }
}
