/* An answer to agentctl that waits for counters of the switch.
 *
 * The switch is asked when somebody asks, and only then. */
#ifndef GA_SHOW_QUERY_H
#define GA_SHOW_QUERY_H 1

#include <stdint.h>

#include "openvswitch/types.h"

struct json;
struct ofctrl;
struct show_query;
struct unixctl_conn;

/* 'answer' is taken; parts of it may still be changed until
 * show_query_finish(). */
struct show_query *show_query_create(struct unixctl_conn *,
                                     struct json *answer);

/* Puts into 'object', which is within the answer, member 'name' (static): the
 * packets that the flows of 'cookie' (low half) in 'table' have counted; null
 * if the switch cannot be asked. */
void show_query_add(struct show_query *, struct ofctrl *, uint32_t cookie,
                    uint8_t table, struct json *object, const char *name);

/* The same with members "sent" and "received": packets, as the endpoint at
 * 'port' sees it. */
void show_query_add_port(struct show_query *, struct ofctrl *, ofp_port_t port,
                         struct json *object);

/* Likewise the packets that meter 'id' has dropped. */
void show_query_add_meter(struct show_query *, struct ofctrl *, uint32_t id,
                          struct json *object, const char *name);

/* To be called once; replies as soon as all counters are there. */
void show_query_finish(struct show_query *);

#endif /* agent/show/show-query.h */
