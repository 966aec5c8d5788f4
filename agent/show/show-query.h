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

/* Takes 'answer', parts of which may still be changed until
 * show_query_finish(). */
struct show_query *show_query_create(struct unixctl_conn *,
                                     struct json *answer);

/* These put a member into 'object', which is within the answer.  It is null if
 * the switch cannot be asked.  'name' must be static. */

/* How many packets the flows of 'cookie' (low half) in 'table' have seen. */
void show_query_add(struct show_query *, struct ofctrl *, uint32_t cookie,
                    uint8_t table, struct json *object, const char *name);

/* Members "sent" and "received": packets, as the endpoint at 'port' sees
 * it. */
void show_query_add_port(struct show_query *, struct ofctrl *, ofp_port_t port,
                         struct json *object);

/* How many packets meter 'id' has dropped. */
void show_query_add_meter(struct show_query *, struct ofctrl *, uint32_t id,
                          struct json *object, const char *name);

/* To be called once.  Replies as soon as all counters are there. */
void show_query_finish(struct show_query *);

#endif /* agent/show/show-query.h */
