/* A mirror of a server's objects of one kind, by Kubernetes' list and watch.
 *
 * It feeds a scope of the objects' cache, and goes on for as long as it
 * exists, whatever the server does. */
#ifndef GA_REFLECTOR_H
#define GA_REFLECTOR_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct objects_scope;
struct rest;

enum reflector_state {
    REFLECTOR_LISTING,
    REFLECTOR_WATCHING,
    REFLECTOR_BACKOFF,              /* It waits after a failure. */
    REFLECTOR_DOUBTING,             /* It waits after a list that would delete
                                     * everything. */
};

/* Times and sizes, for tests to change. */
struct reflector_tuning {
    long long int idle_ms;          /* A watch with no byte for this long is
                                     * opened again. */
    long long int list_idle_ms;     /* A list with none is taken for dead. */
    long long int whole_ms;         /* A page, or an event that has begun, has
                                     * to come within this. */
    long long int doubt_ms;         /* Between an empty list that is not
                                     * believed and the next one. */
    int page_limit;                 /* Objects per page. */
    size_t max_page;                /* Bytes. */
    size_t max_event;               /* Bytes. */
};
extern const struct reflector_tuning reflector_default_tuning;

/* 'base_url' is that of the server ("https://nva:8443"), without a '/' at the
 * end.  A selector may be NULL.  The scope is borrowed: it must be of the same
 * kind, and outlive the reflector.  'tuning' may be NULL. */
struct reflector *reflector_create(struct rest *, struct objects_scope *,
                                   enum resource_kind, const char *base_url,
                                   const char *label_selector,
                                   const char *field_selector,
                                   const struct reflector_tuning *tuning);

/* An empty list would be a surprise even though the scope is empty, because
 * another scope has had objects that this one should have. */
void reflector_expect_objects(struct reflector *);

/* The server was found dead: what is under way is given up, and tried again
 * after a wait. */
void reflector_server_died(struct reflector *, const char *error);

/* Leaves the scope as it is.  NULL is fine. */
void reflector_destroy(struct reflector *);

/* Ends a wait; everything else happens in rest_run(). */
void reflector_run(struct reflector *);
void reflector_wait(struct reflector *);

/* When reflector_run() has something to do: time_msec(), or LLONG_MAX. */
long long int reflector_get_retry_time(const struct reflector *);

/* Whether the scope has held a whole list at least once. */
bool reflector_is_synced(const struct reflector *);

/* Whether the server's answer to the last request for a list was that it has
 * no such resource (404).  Then there are no objects of that kind, yet. */
bool reflector_is_unknown(const struct reflector *);
enum reflector_state reflector_get_state(const struct reflector *);

/* Whether the server answered the last request for a list with "bad request"
 * (400), as one does that does not know the fields of the field selector. */
bool reflector_is_selector_refused(const struct reflector *);

/* What went wrong last, or NULL if nothing has since things went well. */
const char *reflector_get_error(const struct reflector *);

#endif /* agent/controller/reflector.h */
