/* Flows as text: see flow-text.h.
 *
 * Numbers of objects depend on the order in which they came, so a number in a
 * golden file would say nothing. */

#include <config.h>

#include "tests/unit/flow-text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/model/model-label.h"
#include "agent/model/model-policy.h"
#include "agent/model/model.h"
#include "agent/switch/desired-flow.h"
#include "nx-match.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* Replaces every occurrence of the hexadecimal number 'id' in 's'. */
static void
replace_number(struct ds *s, uint32_t id, const char *name)
{
    char *number = xasprintf("0x%"PRIx32, id);
    struct ds result = DS_EMPTY_INITIALIZER;
    const char *p = ds_cstr(s);
    const char *found;

    while ((found = strstr(p, number))) {
        const char *end = found + strlen(number);

        ds_put_buffer(&result, p, found - p);
        ds_put_cstr(&result,
                    isxdigit((unsigned char) *end) ? number : name);
        p = end;
    }
    ds_put_cstr(&result, p);
    ds_swap(s, &result);
    ds_destroy(&result);
    free(number);
}

void
flow_text_put_names(const struct agent *agent, struct ds *s)
{
    const struct m_policy_group *group;
    const struct m_label_set *set;
    const struct entity *entity;

    for (enum model_kind kind = 0; kind < MODEL_N_KINDS; kind++) {
        HMAP_FOR_EACH (entity, node, &agent->model->entities[kind]) {
            if (entity->id) {
                replace_number(s, entity->id,
                               entity->name[0] ? entity->name : "(none)");
            }
        }
    }
    HMAP_FOR_EACH (group, node, &agent->model->policy_groups) {
        char *name = xstrdup(group->key);

        for (char *p = name; *p; p++) {
            if (*p == '\n') {
                *p = p[1] ? '+' : '\0';
            }
        }
        replace_number(s, group->id, name);
        free(name);
    }
    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_VPC]) {
        HMAP_FOR_EACH (set, id_node, &M_CAST(m_vpc, entity)->label_set_ids) {
            char *name = xasprintf("{%s}", set->text);

            replace_number(s, set->id, name);
            free(name);
        }
    }
}

/* Flows. */

void
flow_text_decode(const struct desired_flow *flow, struct match *match,
                 struct ofpbuf *ofpacts)
{
    struct ofpbuf b;

    ofpbuf_init(&b, 256);
    desired_flow_put_match(flow, &b, DESIRED_FLOW_VERSION);
    ovs_assert(!oxm_pull_match_loose(&b, false, NULL, match));
    ofpbuf_uninit(&b);

    ofpbuf_init(&b, 256);
    ofpbuf_init(ofpacts, 256);
    desired_flow_put_instructions(flow, &b, DESIRED_FLOW_VERSION);
    ovs_assert(!ofpacts_pull_openflow_instructions(
                   &b, b.size, DESIRED_FLOW_VERSION, NULL, NULL, ofpacts));
    ofpbuf_uninit(&b);
}

/* A connection that is translated to itself is in Open vSwitch's table twice,
 * under one hash.  When it has expired, and until it is removed, its next
 * packet finds the second one alone, and ovs-vswitchd 3.1 aborts. */
static bool
translates_to_itself(const struct ofpact *ofpacts, size_t len)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH_FLATTENED (a, ofpacts, len) {
        if (a->type == OFPACT_NAT && ofpact_get_NAT(a)->flags
            && !ofpact_get_NAT(a)->range_af) {
            return true;
        }
    }
    return false;
}

/* The switch refuses an action on a field that the match does not imply. */
static void
check_flow(const struct desired_flow *flow, struct match *match,
           struct ofpbuf *ofpacts)
{
    struct ofpact_check_params check = {
        .match = match,
        .max_ports = OFPP_MAX,
        .table_id = flow->table,
        .n_tables = UINT8_MAX,
    };
    enum ofperr error = ofpacts_check_consistency(
        ofpacts->data, ofpacts->size, OFPUTIL_P_OF15_OXM, &check);

    if (error) {
        ovs_fatal(0, "a flow of table %d, priority %d, would be refused: %s",
                  flow->table, flow->priority, ofperr_get_name(error));
    }
    if (translates_to_itself(ofpacts->data, ofpacts->size)) {
        ovs_fatal(0, "a flow of table %d, priority %d, has nat() without an "
                  "address", flow->table, flow->priority);
    }
}

char *
flow_text_format(const struct agent *agent, const struct desired_flow *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct ofpact_format_params params = { .s = &s };
    struct ofpbuf ofpacts;
    struct match match;

    flow_text_decode(flow, &match, &ofpacts);
    check_flow(flow, &match, &ofpacts);
    match_format(&match, NULL, &s, flow->priority);
    ds_put_cstr(&s, " actions=");
    ofpacts_format(ofpacts.data, ofpacts.size, &params);
    flow_text_put_names(agent, &s);
    ofpbuf_uninit(&ofpacts);

    char *line = xasprintf("%03d %05d table=%d, %s", flow->table,
                           UINT16_MAX - flow->priority, flow->table,
                           ds_cstr(&s));
    ds_destroy(&s);
    return line;
}
