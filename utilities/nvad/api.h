/* The REST API: from HTTP requests to lists, watches and writes. */
#ifndef GA_API_H
#define GA_API_H 1

#include "utilities/nvad/http-request.h"

struct auth;
struct db;
struct store;
struct watchers;
struct write_queue;

struct api {
    struct store *store;
    struct db *db;
    struct watchers *watchers;
    struct write_queue *writes;
    struct auth *auth;
};

/* An http_gate: whether the request is authorized. */
enum http_problem api_check(void *api, const struct http_request *);

/* An http_handler: answers the request, or starts what will answer it. */
void api_handle(void *api, struct http_request *);

#endif /* utilities/nvad/api.h */
