/* An HTTP server in the poll loop: requests come in whole, answers go out
 * when they are ready, or as streams.
 *
 * A request is handed to the handler once its body is there.  It must be
 * answered by one http_reply...(), at once or later; it lives until the
 * answer is sent or its connection breaks, which a request that waits for its
 * answer does not notice. */
#ifndef GA_HTTP_SERVER_H
#define GA_HTTP_SERVER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct http_request;
struct http_server;

struct http_options {
    const char *listen;             /* "ADDR:PORT", "[ADDR6]:PORT". */
    bool insecure;                  /* No TLS on other than loopback. */
    const char *private_key, *certificate, *ca_cert; /* Files, or NULL. */
    size_t max_body;                /* Bytes of one request's body. */
    size_t max_bodies;              /* Bytes of all bodies at a time. */
    unsigned int max_connections;
};

typedef void http_handler(void *aux, struct http_request *);

char *http_server_create(const struct http_options *, http_handler *,
                         void *aux, struct http_server **);
void http_server_destroy(struct http_server *);
void http_server_run(struct http_server *);
void http_server_wait(struct http_server *);
const char *http_server_get_address(const struct http_server *);
unsigned int http_server_count_connections(const struct http_server *);

/* Why a request can only be refused.  Its body is not there then. */
enum http_problem {
    HTTP_NO_PROBLEM,
    HTTP_TOO_BIG,                   /* Body over max_body. */
    HTTP_OVERLOAD,                  /* Bodies over max_bodies. */
    HTTP_UNTRUSTED,                 /* No good client certificate. */
};
enum http_problem http_request_problem(const struct http_request *);

/* What was asked. */
const char *http_request_method(const struct http_request *);
const char *http_request_path(const struct http_request *);
const char *http_request_header(const struct http_request *,
                                const char *name);
const char *http_request_arg(const struct http_request *, const char *name);
const char *http_request_body(const struct http_request *, size_t *n);

/* Answers. */
void http_request_add_header(struct http_request *, const char *name,
                             const char *value);
void http_reply(struct http_request *, int code, const char *content_type,
                char *body, size_t n);

/* A stream produces bytes when the connection has room for them. */
struct http_stream_class {
    /* Puts up to 'n' bytes into 'buf' and returns their number.  0: there are
     * none until http_request_wake().  Negative: the end. */
    ssize_t (*read)(void *aux, char *buf, size_t n);

    /* The stream ended, or its connection broke. */
    void (*close)(void *aux);
};
void http_reply_stream(struct http_request *, int code,
                       const char *content_type, ssize_t total,
                       const struct http_stream_class *, void *aux);
void http_request_wake(struct http_request *);

#endif /* utilities/nvad/http-server.h */
