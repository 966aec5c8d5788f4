/* `ovs/route/lookup', as ovs-appctl has it:
 *
 *     src 192.0.2.1
 *     gateway ::
 *     dev br-phy
 *
 * and `ovs/route/show'. */

#include <config.h>

#include "agent/switch/route-query.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "agent/switch/vswitchd-ctl.h"
#include "packets.h"
#include "util.h"

#define MAX_ANSWER_BYTES 4096

/* Room for 10,000 routes and more. */
#define MAX_TABLE_BYTES (1024 * 1024)

/* ovs-vswitchd answers up to 10 questions of a connection in one turn. */
#define MAX_QUESTIONS 20

struct question {
    struct in6_addr to;             /* That it is about. */
    char *name;                     /* That it is asked for; NULL: it is about
                                     * the table. */
};

struct route_query {
    struct vswitchd_ctl *ctl;
    struct question questions[MAX_QUESTIONS + 1];   /* Under way: a ring. */
    size_t first, n;
};

struct route_query *
route_query_create(const char *rundir)
{
    struct route_query *rq = xzalloc(sizeof *rq);

    rq->ctl = vswitchd_ctl_create(rundir);
    return rq;
}

/* The place of the question that comes after 'n' others. */
static struct question *
get_question(struct route_query *rq, size_t n)
{
    return &rq->questions[(rq->first + n) % ARRAY_SIZE(rq->questions)];
}

void
route_query_destroy(struct route_query *rq)
{
    if (rq) {
        vswitchd_ctl_destroy(rq->ctl);
        for (size_t i = 0; i < rq->n; i++) {
            free(get_question(rq, i)->name);
        }
        free(rq);
    }
}

bool
route_query_ask(struct route_query *rq, const struct in6_addr *to,
                const char *name)
{
    char address[INET6_ADDRSTRLEN];
    const char *args[] = { ipv6_string_mapped(address, to), NULL };

    ovs_assert(!route_query_is_busy(rq));
    if (!vswitchd_ctl_request(rq->ctl, "ovs/route/lookup", args,
                              MAX_ANSWER_BYTES)) {
        return false;
    }
    *get_question(rq, rq->n++) = (struct question) {
        .to = *to, .name = xstrdup(name),
    };
    return true;
}

bool
route_query_ask_table(struct route_query *rq)
{
    ovs_assert(rq->n < ARRAY_SIZE(rq->questions));
    if (!vswitchd_ctl_request(rq->ctl, "ovs/route/show", NULL,
                              MAX_TABLE_BYTES)) {
        return false;
    }
    *get_question(rq, rq->n++) = (struct question) { .name = NULL };
    return true;
}

bool
route_query_is_busy(const struct route_query *rq)
{
    return rq->n >= MAX_QUESTIONS;
}

/* Reads an address of either family.  Returns false if it is none, or the one
 * that is all zero. */
static bool
parse_address(const char *s, struct in6_addr *ip)
{
    ovs_be32 ipv4;

    if (inet_pton(AF_INET, s, &ipv4) == 1) {
        in6_addr_set_mapped_ipv4(ip, ipv4);
        return ipv4 != 0;
    }
    return inet_pton(AF_INET6, s, ip) == 1 && ipv6_addr_is_set(ip);
}

static enum route_answer
parse_answer(const struct in6_addr *to, const char *text,
             struct route_found *found)
{
    char gateway[INET6_ADDRSTRLEN + 1];

    /* 15: IFNAMSIZ - 1. */
    if (!ovs_scan(text, "src %*s gateway %46s dev %15s", gateway,
                  found->device)) {
        return ROUTE_LOST;
    }
    if (!parse_address(gateway, &found->hop)) {
        found->hop = *to;
    }
    return ROUTE_FOUND;
}

enum route_answer
route_query_run(struct route_query *rq, struct route_found *found)
{
    const struct question *oldest = get_question(rq, 0);
    enum route_answer result = ROUTE_LOST;
    enum vswitchd_ctl_answer answer;
    char *text;

    answer = vswitchd_ctl_run(rq->ctl, &text);
    if (answer == VSWITCHD_CTL_NONE) {
        return ROUTE_NO_ANSWER;
    }
    found->table = NULL;
    if (!oldest->name) {
        if (answer == VSWITCHD_CTL_RESULT && text) {
            result = ROUTE_TABLE;
            found->table = text;
            text = NULL;
        }
    } else if (answer == VSWITCHD_CTL_RESULT && text) {
        result = parse_answer(&oldest->to, text, found);
    } else if (answer == VSWITCHD_CTL_ERROR && text
               && !strncmp(text, "Not found", 9)) {
        result = ROUTE_NOT_FOUND;
    }
    free(text);
    found->to = oldest->to;
    found->name = oldest->name;
    rq->first = (rq->first + 1) % ARRAY_SIZE(rq->questions);
    rq->n--;
    return result;
}

void
route_query_wait(struct route_query *rq)
{
    vswitchd_ctl_wait(rq->ctl);
}
