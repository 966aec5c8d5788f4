/* libcurl's transfers on the poll loop. */
#ifndef GA_REST_LOOP_H
#define GA_REST_LOOP_H 1

#include <curl/curl.h>

struct rest_loop;

struct rest_loop *rest_loop_create(void);

/* Closes all connections.  All transfers must have been removed. */
void rest_loop_destroy(struct rest_loop *);

/* To add transfers to, and to ask which are done. */
CURLM *rest_loop_get_multi(struct rest_loop *);

/* Does what can be done without waiting. */
void rest_loop_run(struct rest_loop *);
void rest_loop_wait(struct rest_loop *);

#endif /* agent/controller/rest-loop.h */
