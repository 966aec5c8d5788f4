/* Services in traces: see trace-service.h.
 *
 * The switch prints the bucket that it chose, with its translation: the new
 * destination is taken from there. */

#include <config.h>

#include "agent/show/trace-service.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/flows/pipeline.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/show/trace-packet.h"
#include "agent/show/trace-path.h"
#include "lib/ip-address.h"
#include "lib/resource-load-balancer.h"
#include "lib/trace-parse.h"
#include "packets.h"
#include "svec.h"
#include "util.h"

#define TRANSLATION "nat(dst="

/* What a bucket translates the destination to, "10.0.0.2:80" or
 * "[2001:db8::2]:80", for the caller to free; NULL: no bucket was chosen. */
static char *
find_translation(const struct trace *trace)
{
    for (size_t i = 0; i < trace->n_steps; i++) {
        const struct trace_step *step = &trace->steps[i];

        if (step->table != FLOW_SERVICE_TO
            && step->table != FLOW_SERVICE_PORT) {
            continue;
        }
        for (size_t j = 0; j < step->lines.n; j++) {
            const char *s = strstr(step->lines.names[j], TRANSLATION);

            if (s) {
                s += strlen(TRANSLATION);
                return xmemdup0(s, strcspn(s, ")"));
            }
        }
    }
    return NULL;
}

const struct m_endpoint *
trace_service_find_backend(const struct m_vpc *vpc,
                           const struct trace *trace)
{
    char *text = find_translation(trace);
    const struct m_endpoint *ep = NULL;
    struct in6_addr ip;
    const char *port;

    if (text && trace_packet_parse_translation(text, &ip, &port)) {
        ep = trace_packet_find_by_ip(vpc, &ip);
    }
    free(text);
    return ep;
}

static bool
visits(const struct trace *trace, int table)
{
    for (size_t i = 0; i < trace->n_steps; i++) {
        if (trace->steps[i].table == table
            && !trace_path_is_too_big(trace, i)) {
            return true;
        }
    }
    return false;
}

/* The name of the service of 'vpc' with the address 'text', or 'text'. */
static const char *
get_service_name(const struct m_vpc *vpc, const char *text)
{
    const struct hmapx_node *node;
    struct in6_addr ip;

    if (!ip_address_from_string(text, &ip)) {
        return text;
    }
    HMAPX_FOR_EACH (node, &vpc->lbs) {
        const struct m_lb *lb = node->data;
        const struct load_balancer *def = m_lb_get_def(lb);

        if (def && ipv6_addr_equals(&def->address, &ip)) {
            return lb->up.name;
        }
    }
    return text;
}

static char *
describe_choice(const struct trace_subject *subject, char *text)
{
    const char *name = get_service_name(subject->vpc, subject->dst_text);
    struct in6_addr ip;
    const char *port;

    if (!trace_packet_parse_translation(text, &ip, &port)) {
        return NULL;
    }
    return xasprintf("%s chooses %s, %s port %s, for a new connection", name,
                     subject->dst ? subject->dst->up.name : "a backend",
                     text + (text[0] == '['), port ? port : "as it is");
}

/* The services that 'ep' is a backend of, "a, b". */
static char *
list_services(const struct m_endpoint *ep)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const struct hmapx_node *node;
    char *list;

    HMAPX_FOR_EACH (node, &m_endpoint_get_users(ep)->lbs) {
        svec_add(&names, ((const struct m_lb *) node->data)->up.name);
    }
    svec_sort(&names);
    list = svec_join(&names, ", ", "");
    svec_destroy(&names);
    return list;
}

char *
trace_service_describe(const struct trace_path *path)
{
    const struct trace_subject *subject = path->subject;
    char *text = find_translation(path->trace), *list, *result = NULL;

    if (subject->outside) {
        free(text);
        return NULL;                /* See trace-outside.h. */
    } else if (text) {
        result = describe_choice(subject, text);
        free(text);
    } else if (visits(path->trace, FLOW_SERVICE)) {
        result = xasprintf("%s has nobody for it",
                           get_service_name(subject->vpc,
                                            subject->dst_text));
    } else if (visits(path->trace, FLOW_SERVICE_BACK)
               && !hmapx_is_empty(&m_endpoint_get_users(
                                  subject->src)->lbs)) {
        list = list_services(subject->src);
        result = xasprintf("an answer to a client of %s comes from the "
                           "service's address", list);
        free(list);
    }
    return result;
}
