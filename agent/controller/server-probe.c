/* Probes: see server-probe.h.
 *
 * With the default times, a server that stops to answer is found dead after
 * 40 s at the latest: 20 s of silence, and twice 10 s for an answer. */

#include <config.h>

#include "agent/controller/server-probe.h"

#include <stdlib.h>

#include "agent/controller/rest-result.h"
#include "agent/controller/rest.h"
#include "lib/resource.h"
#include "openvswitch/poll-loop.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

#define MAX_ANSWER (1024 * 1024)
#define MAX_UNANSWERED 2

const struct server_probe_tuning server_probe_default_tuning = {
    .quiet_ms = 15000,
    .answer_ms = 10000,
};

struct server_probe {
    struct rest *rest;
    char *url;
    struct server_probe_tuning tuning;
    struct rest_request *request;   /* Or NULL. */
    long long int quiet_ms;         /* As tuned, and a random part of it. */
    long long int started;          /* Earlier bytes do not count. */
    unsigned int n_unanswered;      /* In a row. */
};

/* Many agents must not ask at the same time. */
static void
draw_quiet(struct server_probe *p)
{
    p->quiet_ms = (p->tuning.quiet_ms
                   + random_range(MAX(1, p->tuning.quiet_ms / 3)));
}

struct server_probe *
server_probe_create(struct rest *rest, const char *base_url,
                    const struct server_probe_tuning *tuning)
{
    struct server_probe *p = xzalloc(sizeof *p);

    p->rest = rest;
    p->url = xasprintf("%s%s", base_url, RESOURCE_API_PATH);
    p->tuning = tuning ? *tuning : server_probe_default_tuning;
    p->started = time_msec();
    draw_quiet(p);
    return p;
}

void
server_probe_destroy(struct server_probe *p)
{
    if (p) {
        rest_cancel(p->request);
        free(p->url);
        free(p);
    }
}

/* When it has to ask, unless something comes before. */
static long long int
next_question(const struct server_probe *p)
{
    return (p->n_unanswered ? 0
            : MAX(p->started, rest_last_byte(p->rest)) + p->quiet_ms);
}

static void
done_cb(const struct rest_result *result, void *p_)
{
    struct server_probe *p = p_;

    p->request = NULL;
    if (result->status) {
        p->n_unanswered = 0;
    } else {
        p->n_unanswered++;
    }
    /* A server that is not there at all is not asked faster. */
    p->started = time_msec();
    draw_quiet(p);
}

static void
ask(struct server_probe *p)
{
    struct rest_params params = {
        .method = "GET",
        .url = p->url,
        .max_body = MAX_ANSWER,
        .idle_ms = p->tuning.answer_ms,
        .whole_ms = p->tuning.answer_ms,
        .done = done_cb,
        .aux = p,
    };

    p->request = rest_start(p->rest, &params);
}

bool
server_probe_run(struct server_probe *p)
{
    if (p->n_unanswered >= MAX_UNANSWERED) {
        p->n_unanswered = 0;
        return true;
    }
    if (!p->request && time_msec() >= next_question(p)) {
        ask(p);
    }
    return false;
}

void
server_probe_wait(struct server_probe *p)
{
    if (p->n_unanswered >= MAX_UNANSWERED) {
        poll_immediate_wake();
    } else if (!p->request) {
        poll_timer_wait_until(next_question(p));
    }
}
