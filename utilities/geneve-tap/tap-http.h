/* Requests to a controller. */
#ifndef GA_TAP_HTTP_H
#define GA_TAP_HTTP_H 1

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct tap_controller_config;

/* All return the status of the answer; 0 for none.  Faults are logged, but for
 * 404, 409 and 410, which are for the caller to judge.  'path' begins behind
 * the API's version: "/nves". */

long int tap_http_get(const struct tap_controller_config *, const char *path,
                      json_t **answer);
long int tap_http_write(const struct tap_controller_config *,
                        const char *method, const char *path,
                        const json_t *body);

/* What becomes of a watch. */
struct tap_http_watcher {
    /* Handles an event.  Returns false if the watch shall end. */
    bool (*handle)(json_t *event, void *aux);
    void (*tick)(void *aux);        /* About once a second. */
    void *aux;
};

/* Watches until either end ends it, at most 'seconds'. */
long int tap_http_watch(const struct tap_controller_config *,
                        const char *path, unsigned int seconds,
                        const struct tap_http_watcher *);

#endif /* utilities/geneve-tap/tap-http.h */
