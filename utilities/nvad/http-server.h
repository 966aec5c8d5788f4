/* An HTTP server in the poll loop: requests come in whole, answers go out when
 * they are ready, or as streams. */
#ifndef GA_HTTP_SERVER_H
#define GA_HTTP_SERVER_H 1

#include <stdbool.h>
#include <stddef.h>

#include "utilities/nvad/http-limits.h"
#include "utilities/nvad/http-request.h"

struct http_server;

/* Who answers requests. */
struct http_service {
    http_gate *gate;                /* Lets them in; */
    http_handler *handler;          /* answers them. */
    void *aux;                      /* For both. */
};

struct http_options {
    const char *listen;             /* "ADDR:PORT", "[ADDR6]:PORT". */
    bool insecure;                  /* No TLS on other than loopback. */
    const char *private_key, *certificate, *ca_cert; /* Files, or NULL. */
    size_t max_body;                /* Bytes of one request's body. */
    size_t max_bodies;              /* Bytes of all bodies at a time. */
    unsigned int max_connections;
    struct http_shares shares;
};

/* Starts to listen for requests to the service.  Returns NULL and sets
 * '*serverp' if successful, otherwise a message for the caller to free. */
char *http_server_create(const struct http_options *,
                         const struct http_service *,
                         struct http_server **serverp);
void http_server_destroy(struct http_server *);
void http_server_run(struct http_server *);
void http_server_wait(struct http_server *);

/* "127.0.0.1:8080", with the port that the kernel chose if it was 0. */
const char *http_server_get_address(const struct http_server *);
unsigned int http_server_count_connections(const struct http_server *);

/* Appends the counters of what was refused, a line each. */
void http_server_format_limits(const struct http_server *, struct ds *);

#endif /* utilities/nvad/http-server.h */
