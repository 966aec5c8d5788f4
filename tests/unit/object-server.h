/* A server with one kind of objects, for tests of what is written there. */
#ifndef GA_TESTS_OBJECT_SERVER_H
#define GA_TESTS_OBJECT_SERVER_H 1

#include <stdbool.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"

struct http_server;
struct json;

struct object_server {
    struct http_server *http;
    struct shash stored;            /* name -> struct json. */
    int version;
    struct ds log;                  /* "PATCH NAME BODY\n"; "CHANGE" is a PATCH
                                     * of more than the status. */
    const char *answer;             /* To everything, with 200; or NULL. */
    int fail_with;                  /* Status for everything, or 0. */
    bool silent;                    /* Never answers. */
    unsigned int n_waiting;         /* Requests that got no answer. */
};

void object_server_start(struct object_server *);
void object_server_stop(struct object_server *);

/* Stores an object, which is taken, as its next version. */
void object_server_store(struct object_server *, const char *name,
                         struct json *object);

#endif /* tests/unit/object-server.h */
