/* A small HTTP server for tests, on the poll loop of the test itself.
 *
 * It sends what it is told in the pieces it is told, one piece each time it
 * runs, so that a test decides where the client's reads end. */
#ifndef GA_TESTS_HTTP_SERVER_H
#define GA_TESTS_HTTP_SERVER_H 1

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"

struct http_conn;

struct http_request {
    char *method;                   /* "GET". */
    char *target;                   /* "/path?query". */
    char *headers;                  /* The whole head. */
    char *body;                     /* "" if none. */
};

/* Called for each request; queues the answer with the functions below. */
typedef void http_handler(struct http_conn *, const struct http_request *,
                          void *aux);

struct http_server *http_server_create(http_handler *, void *aux);
void http_server_destroy(struct http_server *);
void http_server_run(struct http_server *);
void http_server_wait(struct http_server *);
const char *http_server_url(const struct http_server *);
unsigned int http_server_n_requests(const struct http_server *);

/* Stops listening, and closes all connections; or listens again. */
void http_server_set_up(struct http_server *, bool up);

/* Each of these is one piece. */
void http_send(struct http_conn *, const void *, size_t n);
void http_printf(struct http_conn *, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);
void http_close(struct http_conn *);
void http_reset(struct http_conn *);

/* A whole answer. */
void http_reply(struct http_conn *, int status, const char *body);
/* The head of a stream that goes on until http_close(). */
void http_stream(struct http_conn *);

#define LOOP_TIMEOUT_MS 20000

/* Runs the loop until COND; RUN and WAIT are for what is tested.  Fails if it
 * takes too long. */
#define LOOP_UNTIL(SERVER, COND, RUN, WAIT)                             \
    do {                                                                \
        long long int deadline__ = time_msec() + LOOP_TIMEOUT_MS;       \
                                                                        \
        for (;;) {                                                      \
            http_server_run(SERVER);                                    \
            RUN;                                                        \
            if (COND) {                                                 \
                break;                                                  \
            }                                                           \
            if (time_msec() >= deadline__) {                            \
                fail_msg("timeout waiting for %s", #COND);              \
            }                                                           \
            http_server_wait(SERVER);                                   \
            WAIT;                                                       \
            poll_timer_wait_until(deadline__);                          \
            poll_block();                                               \
        }                                                               \
    } while (0)

#endif /* tests/unit/http-server.h */
