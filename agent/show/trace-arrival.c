/* What a remote sends is computed from the same objects and by the same rules
 * as there (peer-view.h).  What only the packet itself decides, such as a hash
 * of its flow, is not known: such an option has the value 0. */

#include <config.h>

#include "agent/show/trace-arrival.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-qos.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/remotes/peer-view.h"
#include "flow.h"
#include "lib/tlv-plan.h"
#include "lib/value-encode.h"
#include "lib/value.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

static char *
ip_to_string(const struct in6_addr *ip)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ipv6_format_mapped(ip, &s);
    return ds_steal_cstr(&s);
}

/* Our address of the same family as 'ip', or NULL. */
static const struct in6_addr *
find_own_ip(const struct agent *agent, const struct in6_addr *ip)
{
    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        if (!IN6_IS_ADDR_V4MAPPED(ip)
            == !IN6_IS_ADDR_V4MAPPED(&agent->encap_ips[i])) {
            return &agent->encap_ips[i];
        }
    }
    return NULL;
}

/* Finds from where to where the packet is sent, and to which of our ports. */
static char *
arrival_set_tunnel(const struct agent *agent, const struct m_endpoint *src,
                   struct trace_arrival *arrival)
{
    const struct in6_addr *theirs = &src->nve->tx_ip;
    const struct in6_addr *ours = (ipv6_addr_is_set(theirs)
                                   ? find_own_ip(agent, theirs) : NULL);
    struct trace_tunnel *t = &arrival->tunnel;

    if (src->nve->n_tunnels) {
        arrival->ofport = local_tunnel_get_ofport(agent->local,
                                                  &src->nve->tunnels[0]);
    }
    if (!ours || !arrival->ofport) {
        return xasprintf("there is no tunnel to %s, where %s is; `agentctl "
                         "remote show %s' says more", src->nve->up.name,
                         src->up.name, src->nve->up.name);
    }
    t->encapsulation = src->nve->encapsulation;
    t->src = ip_to_string(theirs);
    t->dst = ip_to_string(ours);
    t->ttl = 64;
    t->vni = src->vpc->vni;
    return NULL;
}

static const struct resolved_option *
find_resolved(const struct m_profile *profile, struct opt_key key)
{
    for (size_t i = 0; i < profile->n_options; i++) {
        if (opt_key_equals(profile->options[i].sender.key, key)) {
            return &profile->options[i];
        }
    }
    return NULL;
}

/* Adds option 'key' of the packets of 'src', if 'src' has a value for it. */
static char *
arrival_add_option(const struct agent *agent, const struct m_endpoint *src,
                   struct opt_key key, struct trace_arrival *arrival)
{
    const struct resolved_option *option = find_resolved(src->vpc->profile,
                                                         key);
    struct trace_tunnel *t = &arrival->tunnel;
    struct trace_option *o = &t->options[t->n_options];
    struct endpoint sender;
    char *error = NULL;

    if (!option) {
        return NULL;
    }
    o->key = key;
    o->length = option->sender.length;
    memset(o->data, 0, sizeof o->data);
    m_qos_get_sender(src, &sender);
    switch (value_encode(&option->value, o->length, &sender,
                         src->vpc->up.object->vpc, m_nve_get_def(src->nve),
                         o->data, &error)) {
    case VALUE_PER_PACKET:
        arrival->per_packet[t->n_options] = true;
        break;
    case VALUE_OK:
        break;
    case VALUE_ABSENT:
        return (option->sender.required
                ? xasprintf("%s sends nothing: it has no value for option "
                            "%s, which its profile requires", src->up.name,
                            option->name)
                : NULL);
    case VALUE_BAD:
        return error;
    }
    arrival->indices[t->n_options++]
        = tlv_plan_get_index(agent->base_plan, key, o->length);
    return NULL;
}

static char *
arrival_set_options(const struct agent *agent, const struct m_endpoint *src,
                    struct trace_arrival *arrival)
{
    struct opt_key wire[GENEVE_MAX_OPTIONS];
    const char *nve = src->nve->up.name;
    struct negotiation n;
    char *error = NULL;

    if (!peer_view_get(agent, src->nve, src->vpc->profile, &n, wire)) {
        return xasprintf("it is not known what %s sends: its NVE object or "
                         "this node's is missing", nve);
    }
    if (n.status == NEG_BLOCKED) {
        error = xasprintf("%s blocks this node for VPC %s and sends nothing; "
                          "`agentctl remote show %s' says why", nve,
                          src->vpc->up.name, nve);
    }
    for (size_t i = 0; i < n.n_options && !error; i++) {
        error = arrival_add_option(agent, src, wire[i], arrival);
    }
    negotiation_destroy(&n);
    return error;
}

char *
trace_arrival_create(const struct agent *agent, const struct m_endpoint *src,
                     struct trace_arrival **arrivalp)
{
    struct trace_arrival *arrival = xzalloc(sizeof *arrival);
    char *error = arrival_set_tunnel(agent, src, arrival);

    if (!error) {
        error = arrival_set_options(agent, src, arrival);
    }
    arrival->nve = xstrdup(src->nve->up.name);
    if (error) {
        trace_arrival_destroy(arrival);
    } else {
        *arrivalp = arrival;
    }
    return error;
}

void
trace_arrival_destroy(struct trace_arrival *arrival)
{
    if (arrival) {
        free(arrival->nve);
        free(arrival->tunnel.src);
        free(arrival->tunnel.dst);
        free(arrival);
    }
}

void
trace_arrival_put_flow(const struct trace_arrival *arrival, struct ds *s)
{
    const struct trace_tunnel *t = &arrival->tunnel;
    const char *family = strchr(t->src, ':') ? "tun_ipv6" : "tun";

    ds_put_format(s, "in_port=%u,%s_src=%s,%s_dst=%s,tun_id=%u",
                  ofp_to_u16(arrival->ofport), family, t->src, family, t->dst,
                  t->vni);
    for (size_t i = 0; i < t->n_options; i++) {
        const struct trace_option *o = &t->options[i];

        if (arrival->indices[i] >= 0) {
            ds_put_format(s, ",tun_metadata%d=0x", arrival->indices[i]);
            for (size_t j = 0; j < o->length; j++) {
                ds_put_format(s, "%02x", o->data[j]);
            }
            if (!o->length) {
                ds_put_char(s, '0');
            }
        }
    }
}
