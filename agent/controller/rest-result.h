/* How a request to a REST server ended. */
#ifndef GA_REST_RESULT_H
#define GA_REST_RESULT_H 1

#include <stdbool.h>
#include <stddef.h>

struct rest_result {
    int status;                     /* Of HTTP, or 0 if there was no answer. */
    const char *body;               /* Null-terminated; "" for a stream. */
    size_t n;                       /* Bytes in 'body'. */

    /* Why there is no complete answer, or NULL if there is one.  A complete
     * answer may still say that the server did not do what it was asked. */
    const char *error;
    bool too_large;                 /* 'error' is about max_body. */
    bool idle;                      /* 'error' is about idle_ms. */
    bool slow;                      /* 'error' is about whole_ms. */
    bool renewed;                   /* 'error' is about certificates that were
                                     * replaced, not about the server. */
    int retry_after;                /* Seconds that the server asks for; 0. */
};

/* Whether the server did what it was asked. */
bool rest_result_is_ok(const struct rest_result *);

/* What happened, in one line, for the caller to free: "HTTP status 403:
 * endpoints.nvo3.io is forbidden". */
char *rest_result_to_string(const struct rest_result *);

#endif /* agent/controller/rest-result.h */
