/* External addresses and what they stand for: see show-nat.h.
 *
 * Floating IPs and the addresses of gateways' `snat' share one name space, so
 * they are one list, in pages of either. */

#include <config.h>

#include "agent/show/show-nat.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/fip-flows.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "agent/remotes/refusals.h"
#include "agent/show/show-reply.h"
#include "lib/json-util.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"

/* What cursors among gateways begin with. */
#define GATEWAYS "gateways."

static void
put_ip(struct json *json, const char *name, const struct in6_addr *ip)
{
    char s[INET6_ADDRSTRLEN];

    ipv6_string_mapped(s, ip);
    json_object_put_string(json, name, s);
}

static void
put_entity(struct json *json, const char *name, const struct entity *entity)
{
    json_object_put(json, name, option_json_string(entity ? entity->name
                                                          : NULL));
}

/* The part of this node in what 'gw' translates. */
static const char *
get_part(const struct agent *agent, const struct m_gateway *gw)
{
    const struct gateway *g = gw ? gateways_find(agent, gw->up.name) : NULL;

    return (!g || !g->gw->self || g->problem ? "-"
            : !agent->gateways->place_known ? "unknown"
            : g->active ? "active" : "standby");
}

/* The node that is active for 'gw', as the object says, or as we know. */
static const char *
get_active(const struct agent *agent, const struct m_gateway *gw)
{
    const struct vpc_gateway *def = m_gateway_get_def(gw);

    return (gw && gw->active ? agent->model->self
            : def ? def->status_active : NULL);
}

static struct json *
show_fip(const struct agent *agent, const struct m_fip *fip)
{
    const struct floating_ip *def = fip->up.object->fip;
    bool at_gateway = fip->valid && fip->mode == FLOATING_IP_GATEWAY;
    char *refused = refusals_describe_fip(agent, fip);
    struct json *json = json_object_create();

    put_ip(json, "address", &def->address);
    put_entity(json, "externalNetwork", fip->extnet ? &fip->extnet->up : NULL);
    json_object_put_string(json, "kind", "fip");
    json_object_put_string(json, "name", fip->up.name);
    if (fip->valid) {
        put_ip(json, "inside", &fip->ip);
    } else {
        json_object_put(json, "inside", json_null_create());
    }
    json_object_put_string(json, "endpoint", def->endpoint);
    put_entity(json, "vpc", fip->valid && fip->ep->vpc ? &fip->ep->vpc->up
                                                       : NULL);
    json_object_put(json, "mode", option_json_string(
                        fip->valid ? floating_ip_mode_to_string(fip->mode)
                        : NULL));
    json_object_put(json, "nve", option_json_string(
                        at_gateway ? get_active(agent, fip->gateway)
                        : fip->valid && fip->nve ? fip->nve->up.name
                        : def->status_nve));
    json_object_put_string(json, "here",
                           at_gateway ? get_part(agent, fip->gateway)
                           : fip->zone ? "active" : "-");
    json_object_put(json, "zone", json_integer_create(fip->zone));
    json_object_put(json, "message", option_json_string(
                        fip->up.problem ? fip->up.problem : refused));
    free(refused);
    return json;
}

static struct json *
show_snat(const struct agent *agent, const struct m_gateway *gw,
          const struct vpc_gateway_snat *snat)
{
    const struct gateway *g = gateways_find(agent, gw->up.name);
    struct json *json = json_object_create();

    put_ip(json, "address", &snat->address);
    put_entity(json, "externalNetwork", gw->extnet ? &gw->extnet->up : NULL);
    json_object_put_string(json, "kind", "snat");
    json_object_put_string(json, "name", gw->up.name);
    json_object_put(json, "inside", json_string_create_nocopy(
                        ip_prefix_to_string(&snat->sources)));
    json_object_put(json, "endpoint", json_null_create());
    put_entity(json, "vpc", gw->vpc ? &gw->vpc->up : NULL);
    json_object_put_string(json, "mode", "gateway");
    json_object_put(json, "nve",
                    option_json_string(get_active(agent, gw)));
    json_object_put_string(json, "here", get_part(agent, gw));
    json_object_put(json, "zone", json_integer_create(g ? g->zone : 0));
    json_object_put(json, "message", option_json_string(
                        gw->up.problem ? gw->up.problem
                        : g ? g->problem : NULL));
    return json;
}

static struct json *
show_fip_row(const struct entity *entity, void *agent)
{
    return entity->object ? show_fip(agent, M_CAST(m_fip, entity)) : NULL;
}

static struct json *
show_snat_rows(const struct entity *entity, void *agent)
{
    const struct m_gateway *gw = M_CAST(m_gateway, entity);
    const struct vpc_gateway *def = (entity->object ? entity->object->gateway
                                     : NULL);
    struct json *rows = json_array_create_empty();

    for (size_t i = 0; def && i < def->n_snat; i++) {
        json_array_add(rows, show_snat(agent, gw, &def->snat[i]));
    }
    return rows;
}

/* Floating IPs come first, then gateways. */
void
show_nat_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[], void *agent_)
{
    bool fips = strncmp(argv[1], GATEWAYS, strlen(GATEWAYS)) != 0;
    const struct agent *agent = agent_;
    struct json *answer = json_object_create();
    const char *next;

    if (fips) {
        show_reply_page(agent->model, MODEL_FIP, argv[1], show_fip_row,
                        agent_, answer);
    } else {
        show_reply_page(agent->model, MODEL_GATEWAY,
                        argv[1] + strlen(GATEWAYS), show_snat_rows, agent_,
                        answer);
    }
    next = json_util_string(answer, "next", NULL);
    if (fips ? !next : next != NULL) {
        json_object_put(answer, "next", json_string_create_nocopy(
                            xasprintf(GATEWAYS"%s", next ? next : "0")));
    }
    show_reply_json(conn, answer);
}
