/* Which way ovs-vswitchd itself sends tunnel packets (userspace datapath): it
 * has a routing table of its own. */
#ifndef GA_ROUTE_QUERY_H
#define GA_ROUTE_QUERY_H 1

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

struct route_query;

enum route_answer {
    ROUTE_NO_ANSWER,                /* Nothing yet. */
    ROUTE_FOUND,
    ROUTE_NOT_FOUND,
    ROUTE_TABLE,
    ROUTE_LOST,                     /* It could not be asked, or does not
                                     * know such questions. */
};

/* What ovs-vswitchd says of the way to one address, or of all. */
struct route_found {
    struct in6_addr to;             /* That the question was about... */
    char *name;                     /* ...and whom it was asked for; NULL: it
                                     * was about the table. */
    char device[IFNAMSIZ];          /* ROUTE_FOUND: what packets leave by... */
    struct in6_addr hop;            /* ...and who gets them next. */
    char *table;                    /* ROUTE_TABLE: as `ovs/route/show' writes
                                     * it; else NULL. */
};

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct route_query *route_query_create(const char *rundir);
void route_query_destroy(struct route_query *);

/* Asks for the way to 'to' (IPv4 as a mapped address), for 'name'.  Returns
 * false if ovs-vswitchd cannot be reached. */
bool route_query_ask(struct route_query *, const struct in6_addr *to,
                     const char *name);

/* Asks for the whole table.  Returns false if ovs-vswitchd cannot be reached.
 * An answer that is far too large is lost.  May be called while busy, but not
 * before the last such question has been answered. */
bool route_query_ask_table(struct route_query *);

/* Whether as many questions are under way as there should be at once: more
 * would not be answered sooner, and hold up others who ask ovs-vswitchd. */
bool route_query_is_busy(const struct route_query *);

/* Returns what became of the oldest question, and stores it in '*found', whose
 * name and table the caller frees.  ROUTE_NO_ANSWER: stores nothing. */
enum route_answer route_query_run(struct route_query *, struct route_found *);
void route_query_wait(struct route_query *);

#endif /* agent/switch/route-query.h */
