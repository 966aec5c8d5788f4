/* HTTP requests and their answers.
 *
 * A request is handed to the handler once its body is there.  It must be
 * answered by one of http_request_reply*(), at once or later.  It lives until
 * the answer is sent or its connection breaks; a request that waits for its
 * answer does not notice the latter. */
#ifndef GA_HTTP_REQUEST_H
#define GA_HTTP_REQUEST_H 1

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "openvswitch/list.h"

struct MHD_Connection;
struct http_peer;
struct http_request;

typedef void http_handler(void *aux, struct http_request *);

/* What was asked. */

/* Why a request can only be refused.  Its body is not there then. */
enum http_problem {
    HTTP_NO_PROBLEM,
    HTTP_PUBLIC,                    /* Not refused: it needs no body. */
    HTTP_BAD_URL,                   /* "%00" in it. */
    HTTP_TOO_BIG,                   /* Body over max_body. */
    HTTP_OVERLOAD,                  /* Bodies over max_bodies, or over the
                                     * share of the address. */
    HTTP_UNTRUSTED,                 /* No valid client certificate. */
    HTTP_UNAUTHORIZED,              /* No valid token. */
    HTTP_TOO_MANY,                  /* Writes of its address are waiting. */
};
/* Is asked about a request when its headers have arrived, and before anything
 * is kept of its body: returns why it can only be refused, or
 * HTTP_NO_PROBLEM if it is authorized. */
typedef enum http_problem http_gate(void *aux, const struct http_request *);

enum http_problem http_request_problem(const struct http_request *);

const char *http_request_method(const struct http_request *);

/* The path, decoded, without the query. */
const char *http_request_path(const struct http_request *);

/* The header's value, or NULL if it is absent. */
const char *http_request_header(const struct http_request *,
                                const char *name);

/* The query's argument 'name', decoded; "" if it has no value, NULL if it is
 * absent. */
const char *http_request_arg(const struct http_request *, const char *name);

/* The body and its length.  It is gone once the request is answered. */
const char *http_request_body(const struct http_request *, size_t *n);

/* Answers. */

/* Adds a header to the answer that is yet to be given. */
void http_request_add_header(struct http_request *, const char *name,
                             const char *value);

/* Answers with the 'n' bytes of 'body', which is taken over. */
void http_request_reply(struct http_request *, int code,
                        const char *content_type, char *body, size_t n);

/* A stream produces bytes when the connection has room for them. */
struct http_stream_class {
    /* Puts up to 'n' bytes into 'buf' and returns their number.  0: there are
     * none until http_request_wake().  Negative: the end. */
    ssize_t (*read)(void *aux, char *buf, size_t n);

    /* The stream ended, or its connection broke. */
    void (*close)(void *aux);
};

/* Answers with a stream of 'total' bytes, or, if that is negative, of as many
 * as it produces. */
void http_request_reply_stream(struct http_request *, int code,
                               const char *content_type, ssize_t total,
                               const struct http_stream_class *, void *aux);

/* To be called when the stream, whose read() returned 0, has more to send. */
void http_request_wake(struct http_request *);

/* For the server. */

/* All requests, and what they share. */
struct http_requests {
    http_handler *handler;
    void *aux;                      /* For it. */
    size_t max_body;                /* Bytes of one request's body. */
    size_t max_bodies;              /* Bytes of all bodies at a time. */
    size_t body_bytes;              /* Of all requests that exist. */
    int hangup_fd;                  /* Epoll set of streams. */
    bool progress;                  /* Since http_requests_run(), a request
                                     * came or went, or got or sent data. */
    bool stopping;
    struct ovs_list requests;       /* Contains "struct http_request"s. */
};

void http_requests_init(struct http_requests *, http_handler *, void *aux,
                        size_t max_body, size_t max_bodies);

/* Ends all requests.  MHD_run() and MHD_stop_daemon() must follow, then
 * http_requests_destroy(). */
void http_requests_stop(struct http_requests *);
void http_requests_destroy(struct http_requests *);

/* Notices streams whose peers closed.  MHD_run() must follow. */
void http_requests_run(struct http_requests *);
void http_requests_wait(struct http_requests *);

/* A request whose headers have arrived, on a connection of the peer.  Whenever
 * it is resumed, sets '*run_again': the connection's daemon must run. */
struct http_request *http_request_create(struct http_requests *,
                                         struct MHD_Connection *,
                                         struct http_peer *,
                                         const char *method,
                                         const char *path, bool *run_again);
void http_request_destroy(struct http_request *);

/* Notes a problem if there is no room for the body that is announced. */
void http_request_check_room(struct http_request *);

/* Whether to refuse the request before its body is read.  That closes the
 * connection, and a client that is in the middle of sending may not see the
 * answer.  So a body that is not too long is read and discarded instead. */
bool http_request_should_refuse_early(struct http_request *);

/* Adds the next part of the body.  Returns false if the connection should be
 * closed: its client keeps sending although it could know that this is too
 * much. */
bool http_request_add_to_body(struct http_request *, const char *data,
                              size_t n);

void http_request_set_problem(struct http_request *, enum http_problem);

/* Hands the request to the handler, which must happen once. */
void http_request_dispatch(struct http_request *);
bool http_request_is_dispatched(const struct http_request *);

/* Sends the answer, or waits for it.  Must be called from libmicrohttpd's
 * access handler, which returns MHD_NO if this returns false. */
bool http_request_send_or_suspend(struct http_request *);

#endif /* utilities/nvad/http-request.h */
