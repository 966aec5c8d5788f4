/* See flow-show.h. */

#include <config.h>

#include "tests/unit/flow-show.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/node/local.h"
#include "agent/switch/desired-flow.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-table.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "svec.h"
#include "tests/unit/case-objects.h"
#include "tests/unit/fake-local.h"
#include "tests/unit/fake-ofctrl.h"
#include "tests/unit/flow-eval.h"
#include "tests/unit/flow-text.h"
#include "util.h"

/* Flows. */

static bool
has_number(const struct json *array, int number)
{
    for (size_t i = 0; i < json_array(array)->n; i++) {
        if (json_integer(json_array(array)->elems[i]) == number) {
            return true;
        }
    }
    return false;
}

static bool
is_of_interest(const struct flow_show *show, const struct desired_flow *flow)
{
    const struct json *tables = json_util_get(show->selection, "tables");
    const struct json *owners = json_util_get(show->selection, "owners");

    char *owner = flow_owner_get_name(flow->owner);
    bool found = ((!tables || has_number(tables, flow->table))
                  && (!owners || case_objects_has_string(owners, owner)));

    free(owner);
    return found;
}

static void
format_error(const char *name, const char *error, void *s)
{
    ds_put_format(s, "refused: %s: %s\n", name, error);
}

static void
format_meter(uint32_t id, const struct meter_band *band, const char *owner,
             void *s)
{
    ds_put_format(s, "meter=%"PRIu32" %s=%"PRIu32, id,
                  band->kbits ? "kbps" : "rate", band->rate);
    if (band->burst != band->rate) {
        ds_put_format(s, " burst=%"PRIu32, band->burst);
    }
    ds_put_format(s, " for %s\n", owner);
}

/* Hides the numbers of zones: those that have been first in use are the
 * lowest. */
static void
hide_zones(char *s)
{
    while (*s) {
        size_t n = strspn(s, "0123456789");

        if (n == 5 && strncmp(s, "32768", n) >= 0
            && strncmp(s, "49151", n) <= 0) {
            memset(s, '#', n);
        }
        s += n;
        /* The digits in a name or a hexadecimal number are none. */
        s += strcspn(s, "=:,(") + strspn(s, "=:,(");
    }
}

/* What 'format_group()' is for. */
struct format_groups {
    const struct flow_show *show;
    struct ds *s;
};

static void
format_group(const struct desired_group *group, const char *owner, void *fg_)
{
    const struct format_groups *fg = fg_;
    const struct json *owners = json_util_get(fg->show->selection,
                                              "owners");
    struct ds s = DS_EMPTY_INITIALIZER;

    if (owners && !case_objects_has_string(owners, owner)) {
        return;
    }
    desired_group_format(group, &s);
    flow_text_put_names(fg->show->agent, &s);
    if (fg->show->hides_zones) {
        hide_zones(ds_cstr(&s));
    }
    ds_put_format(fg->s, "%s for %s\n", ds_cstr(&s), owner);
    ds_destroy(&s);
}

/* Returns the flows that are wanted, '*n' of them, in an array for the caller
 * to free. */
static const struct desired_flow **
get_flows(const struct ofctrl *ofctrl, size_t *n)
{
    const struct flow_slots *fs = &fake_ofctrl_get_flows(ofctrl)->slots;
    size_t max = hmap_count(&fs->alone) + hmap_count(&fs->by_key);
    const struct desired_flow **flows = xcalloc(max + 1, sizeof *flows);
    const struct desired_flow *flow;
    const struct flow_slot *slot;

    *n = 0;
    HMAP_FOR_EACH (flow, node, &fs->alone) {
        flows[(*n)++] = flow;
    }
    HMAP_FOR_EACH (slot, node, &fs->by_key) {
        flows[(*n)++] = flow_slot_get_claim(slot);
    }
    return flows;
}

static void
format_bridge(const struct flow_show *show, const char *name,
              const struct ofctrl *ofctrl, struct ds *s)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct desired_flow **flows;
    const char *line;
    size_t i, n;

    ds_put_format(s, "bridge %s\n", name);
    flow_table_for_each_error(fake_ofctrl_get_flows(ofctrl), format_error, s);
    if (json_util_boolean(show->selection, "meters", false)) {
        fake_ofctrl_for_each_meter(ofctrl, format_meter, s);
    }
    fake_ofctrl_for_each_group(ofctrl, format_group,
                               &(struct format_groups) { show, s });
    flows = get_flows(ofctrl, &n);
    for (i = 0; i < n; i++) {
        if (is_of_interest(show, flows[i])) {
            char *text = flow_text_format(show->agent, flows[i]);

            if (show->hides_zones) {
                hide_zones(text);
            }
            svec_add_nocopy(&lines, text);
        }
    }
    free(flows);
    svec_sort(&lines);
    SVEC_FOR_EACH (i, line, &lines) {
        ds_put_format(s, "%s\n", line + strlen("000 00000 "));
    }
    svec_destroy(&lines);
}

/* Packets. */

static void
add_group(const struct desired_group *group, const char *owner OVS_UNUSED,
          void *eval)
{
    flow_eval_add_group(eval, group);
}

static struct flow_eval *
make_eval(const struct ofctrl *ofctrl, uint16_t first_tunnel)
{
    struct flow_eval *eval;
    size_t n;
    const struct desired_flow **flows = get_flows(ofctrl, &n);

    eval = flow_eval_create(ofctrl_get_installed_tlv_map(ofctrl),
                            first_tunnel, FAKE_FIRST_EXT);
    for (size_t i = 0; i < n; i++) {
        struct ofpbuf ofpacts;
        struct match match;

        flow_text_decode(flows[i], &match, &ofpacts);
        flow_eval_add(eval, flows[i]->table, flows[i]->priority, &match,
                      &ofpacts);
        ofpbuf_uninit(&ofpacts);
    }
    free(flows);
    fake_ofctrl_for_each_group(ofctrl, add_group, eval);
    return eval;
}

/* Replaces the number of a reason by its name. */
static char *
name_reason(char *result)
{
    static const char before[] = "controller reason ";
    char *p = strstr(result, before);
    char *named, *end;
    int reason;

    if (!p) {
        return result;
    }
    reason = strtol(p + strlen(before), &end, 10);
    named = xasprintf("%.*scontroller %s%s", (int) (p - result), result,
                      controller_stage_reason_to_string(reason), end);
    free(result);
    return named;
}

static void
format_packet(const struct json *packet, const struct flow_eval *eval,
              struct ds *s)
{
    char *result = name_reason(flow_eval_packet(
        eval, json_string(json_array(packet)->elems[1])));

    ds_put_format(s, "%s: %s\n", json_string(json_array(packet)->elems[0]),
                  result);
    free(result);
}

/* Returns the integration bridge if 'k' is 0, otherwise the bridge of further
 * plan 'k', or NULL if there is none. */
static const struct ofctrl *
get_bridge(const struct flow_show *show, int k, char **name)
{
    const char *integration = local_get_settings(show->agent->local)->bridge;

    *name = k ? xasprintf("br-tx%d", k) : xstrdup(integration);
    return fake_ofctrl_find(*name);
}

/* Prints the tunnel ports of the bridge of plan 'k'. */
static void
format_plan_ports(const struct flow_show *show, int k, struct ds *s)
{
    const struct plan_bridge_ports *ports;
    struct in6_addr ip;

    ports = fake_local_get_plan(show->agent->local, k, &ip);
    if (ports) {
        ds_put_cstr(s, "tunnel ports: from ");
        ipv6_format_mapped(&ip, s);
        ds_put_cstr(s, ", to UDP port");
        for (size_t i = 0; i < ports->n_udp_ports; i++) {
            ds_put_format(s, " %u", ports->udp_ports[i]);
        }
        ds_put_char(s, '\n');
    }
}

void
flow_show_flows(const struct flow_show *show, struct ds *s)
{
    bool with_ports = json_util_boolean(show->selection, "ports", false);

    for (int k = 0; k <= PLAN_BRIDGES_MAX; k++) {
        char *name;
        const struct ofctrl *ofctrl = get_bridge(show, k, &name);

        if (ofctrl) {
            format_bridge(show, name, ofctrl, s);
            if (k && with_ports) {
                format_plan_ports(show, k, s);
            }
        }
        free(name);
    }
}

void
flow_show_packets(const struct flow_show *show, const struct json *packets,
               struct ds *s)
{
    struct flow_eval *evals[PLAN_BRIDGES_MAX + 1] = { NULL };

    for (int k = 0; k <= PLAN_BRIDGES_MAX; k++) {
        char *name;
        const struct ofctrl *ofctrl = get_bridge(show, k, &name);

        if (ofctrl) {
            evals[k] = make_eval(ofctrl, k ? FAKE_PLAN_FIRST_TUNNEL
                                         : FAKE_OTHER_SHARED_TUNNEL);
            if (k) {
                flow_eval_connect(evals[0], u16_to_ofp(FAKE_FIRST_PATCH + k),
                                  evals[k], u16_to_ofp(FAKE_PLAN_PEER));
            }
        }
        free(name);
    }
    ds_put_cstr(s, "packets\n");
    for (size_t i = 0; i < json_array(packets)->n; i++) {
        format_packet(json_array(packets)->elems[i], evals[0], s);
    }
    for (int k = 0; k <= PLAN_BRIDGES_MAX; k++) {
        flow_eval_destroy(evals[k]);
    }
}
