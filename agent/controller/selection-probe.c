/* Probes: see selection-probe.h.
 *
 * The question is a list, with a selector that selects nothing.  A server that
 * cannot select answers "bad request" (400).  It is asked again after some
 * minutes, and when it comes back after a failure. */

#include <config.h>

#include "agent/controller/selection-probe.h"

#include <stdlib.h>

#include "agent/controller/list-page.h"
#include "agent/controller/rest-result.h"
#include "agent/controller/rest.h"
#include "openvswitch/poll-loop.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

#define MAX_ANSWER (1024 * 1024)
#define ANSWER_MS 10000

/* Many agents must not ask at the same time. */
#define INTERVAL_MIN_MS (8 * 60 * 1000)
#define INTERVAL_MAX_MS (12 * 60 * 1000)

struct selection_probe {
    struct rest *rest;
    enum resource_kind kind;
    char *url;
    struct rest_request *request;   /* Or NULL. */
    long long int next;             /* When to ask, time_msec(). */
    bool can_select;
};

static void
draw_next(struct selection_probe *p)
{
    p->next = (time_msec() + INTERVAL_MIN_MS
               + random_range(INTERVAL_MAX_MS - INTERVAL_MIN_MS));
}

struct selection_probe *
selection_probe_create(struct rest *rest, const char *base_url,
                       enum resource_kind kind)
{
    struct selection_probe *p = xzalloc(sizeof *p);

    p->rest = rest;
    p->kind = kind;
    p->url = xasprintf("%s%s/%s?fieldSelector=spec.vpc%%3D&limit=1", base_url,
                       RESOURCE_API_PATH,
                       resource_get_class(kind)->plural);
    draw_next(p);
    return p;
}

void
selection_probe_destroy(struct selection_probe *p)
{
    if (p) {
        rest_cancel(p->request);
        free(p->url);
        free(p);
    }
}

void
selection_probe_hurry(struct selection_probe *p)
{
    if (!p->request) {
        p->next = 0;
    }
}

static void
done_cb(const struct rest_result *result, void *p_)
{
    struct selection_probe *p = p_;
    struct list_page page;

    p->request = NULL;
    draw_next(p);
    if (rest_result_is_ok(result)) {
        char *error = list_page_parse(result->body, result->n, p->kind, &page);

        p->can_select = !error;
        if (error) {
            free(error);
        } else {
            list_page_destroy(&page);
        }
    }
}

static void
ask(struct selection_probe *p)
{
    struct rest_params params = {
        .method = "GET",
        .url = p->url,
        .max_body = MAX_ANSWER,
        .idle_ms = ANSWER_MS,
        .whole_ms = ANSWER_MS,
        .done = done_cb,
        .aux = p,
    };

    p->request = rest_start(p->rest, &params);
}

bool
selection_probe_run(struct selection_probe *p)
{
    if (p->can_select) {
        p->can_select = false;
        return true;
    }
    if (!p->request && time_msec() >= p->next) {
        ask(p);
    }
    return false;
}

void
selection_probe_wait(struct selection_probe *p)
{
    if (p->can_select) {
        poll_immediate_wake();
    } else if (!p->request) {
        poll_timer_wait_until(p->next);
    }
}
