/* Each counter that is asked for holds the answer back, and so does who puts
 * the answer together. */

#include <config.h>

#include "agent/show/show-query.h"

#include <stdlib.h>

#include "agent/show/show-reply.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/json.h"
#include "unixctl.h"
#include "util.h"

struct show_query {
    struct unixctl_conn *conn;
    struct json *answer;
    size_t n_pending;               /* Counters, and show_query_finish(). */
};

struct show_counter {
    struct show_query *query;
    struct json *object;            /* Within query->answer. */
    const char *name;
};

struct show_query *
show_query_create(struct unixctl_conn *conn, struct json *answer)
{
    struct show_query *query = xmalloc(sizeof *query);

    query->conn = conn;
    query->answer = answer;
    query->n_pending = 1;
    return query;
}

void
show_query_finish(struct show_query *query)
{
    if (!--query->n_pending) {
        show_reply_json(query->conn, query->answer);
        free(query);
    }
}

static void
put_counter(struct json *object, const char *name, bool ok, uint64_t value)
{
    json_object_put(object, name, ok ? json_integer_create(value)
                    : json_null_create());
}

static void
show_counter_cb(bool ok, uint64_t n_packets, uint64_t n_bytes OVS_UNUSED,
                void *counter_)
{
    struct show_counter *counter = counter_;

    put_counter(counter->object, counter->name, ok, n_packets);
    show_query_finish(counter->query);
    free(counter);
}

/* The switch received what the endpoint sent. */
static void
show_port_cb(bool ok, uint64_t rx, uint64_t tx, void *counter_)
{
    struct show_counter *counter = counter_;

    put_counter(counter->object, "sent", ok, rx);
    put_counter(counter->object, "received", ok, tx);
    show_query_finish(counter->query);
    free(counter);
}

static struct show_counter *
show_counter_create(struct show_query *query, struct json *object,
                    const char *name)
{
    struct show_counter *counter = xmalloc(sizeof *counter);

    counter->query = query;
    counter->object = object;
    counter->name = name;
    query->n_pending++;
    return counter;
}

void
show_query_add(struct show_query *query, struct ofctrl *ofctrl,
               uint32_t cookie, uint8_t table, struct json *object,
               const char *name)
{
    ofctrl_query_counters(ofctrl, cookie, table, show_counter_cb,
                          show_counter_create(query, object, name));
}

void
show_query_add_port(struct show_query *query, struct ofctrl *ofctrl,
                    ofp_port_t port, struct json *object)
{
    ofctrl_query_port(ofctrl, port, show_port_cb,
                      show_counter_create(query, object, NULL));
}

void
show_query_add_meter(struct show_query *query, struct ofctrl *ofctrl,
                     uint32_t id, struct json *object, const char *name)
{
    ofctrl_query_meter(ofctrl, id, show_counter_cb,
                       show_counter_create(query, object, name));
}
