/* The REST API: from HTTP requests to lists, watches and writes. */
#ifndef GA_API_H
#define GA_API_H 1

struct auth;
struct db;
struct http_request;
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

/* An http_handler: answers the request, or starts what will answer it. */
void api_handle(void *api, struct http_request *);

#endif /* utilities/nvad/api.h */
