/* HTTP requests on the poll loop.
 *
 * http and https only, no redirects, no proxy from the environment, answers
 * of bounded size, certificates always verified.  All callbacks come from
 * rest_run().  They may start and cancel requests, but not destroy the client.
 */
#ifndef GA_REST_H
#define GA_REST_H 1

#include <stdbool.h>
#include <stddef.h>

struct rest_auth;
struct rest_result;

typedef void rest_line_cb(const char *line, size_t n, void *aux);
typedef void rest_done_cb(const struct rest_result *, void *aux);

struct rest_params {
    const char *method;             /* "GET". */
    const char *url;
    const char *content_type;       /* Of 'body', or NULL. */
    const char *body;               /* What is sent, or NULL. */
    size_t max_body;                /* Most bytes of an answer; of one line
                                     * of it if 'line' is set. */
    long long int idle_ms;          /* Fails after this long with no byte. */
    long long int whole_ms;         /* Fails if the answer is not whole after
                                     * this long; if 'line' is set, if a line
                                     * of it that has begun is not. */

    /* If set, called for each line (without '\n', null-terminated) of an
     * answer with status 200.  The last line needs its '\n', too, or it is
     * taken for cut off.  An answer with another status becomes the body. */
    rest_line_cb *line;
    rest_done_cb *done;             /* Exactly once, unless cancelled. */
    void *aux;
};

struct rest;
struct rest_request;

/* The parameter is copied, and may be NULL. */
struct rest *rest_create(const struct rest_auth *);

/* Cancels all requests.  NULL is fine. */
void rest_destroy(struct rest *);

/* Does what can be done without waiting, and calls the requests' callbacks.
 * Returns whether anything came, or any request ended. */
bool rest_run(struct rest *);
void rest_wait(struct rest *);

/* Starts a request.  The parameters and their strings are copied.  The request
 * exists until its 'done' callback returns, or until rest_cancel(). */
struct rest_request *rest_start(struct rest *, const struct rest_params *);

/* Ends a request without its 'done' callback.  NULL is fine. */
void rest_cancel(struct rest_request *);

/* The time_msec() when the last byte of an answer came, or 0. */
long long int rest_last_byte(const struct rest *);

/* Whether an answer with status 200 is being received line by line. */
bool rest_is_streaming(const struct rest_request *);

#endif /* agent/controller/rest.h */
