/* Several URLs: see controller-urls.h.
 *
 * The patience with servers doubles each time that all of them have failed,
 * and is as at first when one has listed everything. */

#include <config.h>

#include "agent/controller/controller-urls.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/controller/rest-url.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(controller_urls);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(10, 10);

#define MAX_PATIENCE_MS 60000

struct controller_urls {
    struct svec urls;
    size_t current;
    long long int min_patience_ms, patience_ms;
    unsigned int n_failed;          /* Servers, since one was good. */
    long long int failing_since;    /* time_msec(), or LLONG_MAX. */
};

struct controller_urls *
controller_urls_create(const char *text, long long int patience_ms,
                       char **error)
{
    struct controller_urls *u = xzalloc(sizeof *u);
    char *copy = xstrdup(text);
    char *rest = copy;
    char *url;

    svec_init(&u->urls);
    u->min_patience_ms = u->patience_ms = patience_ms;
    u->failing_since = LLONG_MAX;
    *error = NULL;
    while (!*error && (url = strsep(&rest, ",")) != NULL) {
        if (rest_url_check(url, error)) {
            svec_add_nocopy(&u->urls, rest_url_strip(url));
        }
    }
    free(copy);
    if (*error) {
        controller_urls_destroy(u);
        return NULL;
    }
    return u;
}

void
controller_urls_destroy(struct controller_urls *u)
{
    if (u) {
        svec_destroy(&u->urls);
        free(u);
    }
}

const char *
controller_urls_get(const struct controller_urls *u)
{
    return u->urls.names[u->current];
}

/* When the next URL is to be tried. */
static long long int
next_time(const struct controller_urls *u)
{
    return (u->failing_since == LLONG_MAX || u->urls.n < 2 ? LLONG_MAX
            : u->failing_since + u->patience_ms);
}

bool
controller_urls_run(struct controller_urls *u, bool failing, bool current)
{
    if (!failing) {
        u->failing_since = LLONG_MAX;
        if (current) {
            u->n_failed = 0;
            u->patience_ms = u->min_patience_ms;
        }
        return false;
    }
    u->failing_since = MIN(u->failing_since, time_msec());
    if (time_msec() < next_time(u)) {
        return false;
    }
    if (++u->n_failed % u->urls.n == 0) {
        u->patience_ms = MIN(2 * u->patience_ms, MAX_PATIENCE_MS);
    }
    u->failing_since = LLONG_MAX;
    u->current = (u->current + 1) % u->urls.n;
    VLOG_WARN_RL(&rl, "the controller fails; the next one is tried: %s",
                 controller_urls_get(u));
    return true;
}

void
controller_urls_wait(const struct controller_urls *u)
{
    long long int next = next_time(u);

    if (next != LLONG_MAX) {
        poll_timer_wait_until(next);
    }
}
