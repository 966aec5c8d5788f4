/* See flow-fixture.h.  Only this file, flow-text.c, flow-eval.c and the two
 * fakes know the inside of the agent; the cases do not. */

#include <config.h>

#include "tests/unit/flow-fixture.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/controller/rest-auth.h"
#include "agent/flows/controller-stage.h"
#include "agent/node/local.h"
#include "agent/switch/desired-flow.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-table.h"
#include "agent/switch/ofctrl.h"
#include "agent/turn/turn.h"
#include "flow.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "svec.h"
#include "tests/unit/case-objects.h"
#include "tests/unit/fake-clock.h"
#include "tests/unit/fake-local.h"
#include "tests/unit/fake-ofctrl.h"
#include "tests/unit/flow-eval.h"
#include "tests/unit/flow-text.h"
#include "util.h"

/* How many turns of the agent's loop are run after a change, and the time from
 * one to the next.  Then everything is at rest, and every grace time is
 * over. */
#define N_TURNS 12
#define TURN_MS 5000

struct flow_fixture {
    struct agent *agent;
    const struct json *test_case;
    char *path;                     /* Of the file with the objects. */
    char *receive_path;             /* ...and that with the receive table. */
    struct json *settings;
    struct json *objects;           /* "KIND NAME" -> object, in full. */

    /* Of the case or the last change that has such; or NULL. */
    const struct json *interfaces, *neighbors, *receive;

    bool hides_zones;               /* In the text of flows. */
};

/* Cases. */

static void
change_settings(struct flow_fixture *f, const struct json *patch)
{
    struct json *settings = json_util_merge_patch(f->settings, patch);

    json_destroy(f->settings);
    f->settings = settings;
    fake_local_set(f->agent->local, settings, NULL);
}

/* "null" is no table. */
static void
change_receive(struct flow_fixture *f, const struct json *table)
{
    struct json *patch = json_object_create();

    if (table->type == JSON_NULL) {
        json_object_put(patch, "nve-receive", json_null_create());
    } else {
        case_objects_write_file(f->receive_path, table);
        json_object_put_string(patch, "nve-receive", f->receive_path);
    }
    change_settings(f, patch);
    json_destroy(patch);
}

static bool
has_string(const struct json *array, const char *s)
{
    for (size_t i = 0; i < json_array(array)->n; i++) {
        if (!strcmp(json_string(json_array(array)->elems[i]), s)) {
            return true;
        }
    }
    return false;
}

/* Makes the bridges of 'names', and no others, busy. */
static void
change_busy(const struct json *names)
{
    fake_ofctrl_set_busy("br-int", has_string(names, "br-int"));
    for (int k = 1; k <= PLAN_BRIDGES_MAX; k++) {
        char *name = xasprintf("br-tx%d", k);

        fake_ofctrl_set_busy(name, has_string(names, name));
        free(name);
    }
}

/* Carries out 'change', and runs the agent until it is at rest. */
static void
apply(struct flow_fixture *f, const struct json *change)
{
    const struct json *objects = json_util_get(change, "objects");
    const struct json *deleted = json_util_get(change, "deleted");
    const struct json *settings = json_util_get(change, "settings");
    const struct json *busy = json_util_get(change, "busy");
    const struct json *neighbors = json_util_get(change, "neighbors");
    const struct json *interfaces = json_util_get(change, "interfaces");
    const struct json *receive = shash_find_data(json_object(change),
                                                 "receive");
    int64_t seconds;

    if (json_util_integer(change, "seconds", &seconds)) {
        fake_clock_warp(seconds * 1000);
    }
    if (objects || deleted) {
        case_objects_change(f->objects, objects, deleted);
        case_objects_write(f->objects, f->path);
    }
    if (settings) {
        change_settings(f, settings);
    }
    if (receive) {
        f->receive = receive;
        change_receive(f, receive);
    }
    if (busy) {
        change_busy(busy);
    }
    if (neighbors) {
        f->neighbors = neighbors;
        fake_local_set_neighbors(f->agent->local, neighbors);
    }
    if (interfaces) {
        f->interfaces = interfaces;
        fake_local_set(f->agent->local, NULL, interfaces);
    }
    for (int i = 0; i < N_TURNS; i++) {
        turn_run(f->agent);
        fake_clock_warp(TURN_MS);
    }
}

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
is_of_interest(const struct flow_fixture *f, const struct desired_flow *flow)
{
    const struct json *tables = json_util_get(f->test_case, "tables");
    const struct json *owners = json_util_get(f->test_case, "owners");

    char *owner = flow_owner_get_name(flow->owner);
    bool found = ((!tables || has_number(tables, flow->table))
                  && (!owners || has_string(owners, owner)));

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

/* What 'format_group()' is for. */
struct format_groups {
    const struct flow_fixture *fixture;
    struct ds *s;
};

static void
format_group(const struct desired_group *group, const char *owner, void *fg_)
{
    const struct format_groups *fg = fg_;
    const struct json *owners = json_util_get(fg->fixture->test_case,
                                              "owners");
    struct ds s = DS_EMPTY_INITIALIZER;

    if (owners && !has_string(owners, owner)) {
        return;
    }
    desired_group_format(group, &s);
    flow_text_put_names(fg->fixture->agent, &s);
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

static void
format_bridge(const struct flow_fixture *f, const char *name,
              const struct ofctrl *ofctrl, struct ds *s)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct desired_flow **flows;
    const char *line;
    size_t i, n;

    ds_put_format(s, "bridge %s\n", name);
    flow_table_for_each_error(fake_ofctrl_get_flows(ofctrl), format_error, s);
    if (json_util_boolean(f->test_case, "meters", false)) {
        fake_ofctrl_for_each_meter(ofctrl, format_meter, s);
    }
    fake_ofctrl_for_each_group(ofctrl, format_group,
                               &(struct format_groups) { f, s });
    flows = get_flows(ofctrl, &n);
    for (i = 0; i < n; i++) {
        if (is_of_interest(f, flows[i])) {
            char *text = flow_text_format(f->agent, flows[i]);

            if (f->hides_zones) {
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
get_bridge(const struct flow_fixture *f, int k, char **name)
{
    const char *integration = local_get_settings(f->agent->local)->bridge;

    *name = k ? xasprintf("br-tx%d", k) : xstrdup(integration);
    return fake_ofctrl_find(*name);
}

/* Prints the tunnel ports of the bridge of plan 'k'. */
static void
format_plan_ports(const struct flow_fixture *f, int k, struct ds *s)
{
    const struct plan_bridge_ports *ports;
    struct in6_addr ip;

    ports = fake_local_get_plan(f->agent->local, k, &ip);
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

static void
format_flows(const struct flow_fixture *f, struct ds *s)
{
    bool with_ports = json_util_boolean(f->test_case, "ports", false);

    for (int k = 0; k <= PLAN_BRIDGES_MAX; k++) {
        char *name;
        const struct ofctrl *ofctrl = get_bridge(f, k, &name);

        if (ofctrl) {
            format_bridge(f, name, ofctrl, s);
            if (k && with_ports) {
                format_plan_ports(f, k, s);
            }
        }
        free(name);
    }
}

static void
format_packets(const struct flow_fixture *f, const struct json *packets,
               struct ds *s)
{
    struct flow_eval *evals[PLAN_BRIDGES_MAX + 1] = { NULL };

    for (int k = 0; k <= PLAN_BRIDGES_MAX; k++) {
        char *name;
        const struct ofctrl *ofctrl = get_bridge(f, k, &name);

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

/* Prints how a change has changed the flows 'before' it. */
static void
format_changed_flows(const struct flow_fixture *f, const char *before,
                     struct ds *s)
{
    struct ds flows = DS_EMPTY_INITIALIZER;

    format_flows(f, &flows);
    ds_put_cstr(s, strcmp(ds_cstr(&flows), before)
                   ? ds_cstr(&flows) : "the same flows\n");
    ds_destroy(&flows);
}

static void
format_change(struct flow_fixture *f, const struct json *change,
              const struct json *packets, struct ds *s)
{
    const struct json *others = json_util_get(change, "packets");
    struct ds before = DS_EMPTY_INITIALIZER;

    ds_put_format(s, "\nafter: %s\n", json_util_string(change, "name", ""));
    format_flows(f, &before);
    apply(f, change);
    if (json_util_boolean(change, "flows", false)) {
        format_changed_flows(f, ds_cstr(&before), s);
    }
    if (others || packets) {
        format_packets(f, others ? others : packets, s);
    }
    ds_destroy(&before);
}

static struct json *
make_settings(const char *path)
{
    struct json *settings = json_object_create();

    json_object_put_string(settings, "system-id", "hv-1");
    json_object_put_string(settings, "nve-encap-ip", "192.0.2.1");
    json_object_put_format(settings, "nve-controller", "file://%s", path);
    return settings;
}

/* Makes an agent without objects, whose files are in 'dir'. */
static void
flow_fixture_init(struct flow_fixture *f, const struct json *test_case,
                  const char *dir)
{
    static const struct rest_auth auth;

    *f = (struct flow_fixture) {
        .agent = turn_create("", &auth),
        .test_case = test_case,
        .path = xasprintf("%s/objects.json", dir),
        .receive_path = xasprintf("%s/receive.json", dir),
        .objects = json_object_create(),
    };
    f->settings = make_settings(f->path);
    fake_local_set(f->agent->local, f->settings, NULL);
}

static void
flow_fixture_destroy(struct flow_fixture *f)
{
    turn_destroy(f->agent);
    json_destroy(f->settings);
    json_destroy(f->objects);
    free(f->receive_path);
    free(f->path);
}

char *
flow_fixture_run(const struct json *test_case, const char *dir)
{
    const struct json *packets = json_util_get(test_case, "packets");
    const struct json *changes = json_util_get(test_case, "changes");
    struct ds s = DS_EMPTY_INITIALIZER;
    struct flow_fixture f;

    flow_fixture_init(&f, test_case, dir);
    apply(&f, test_case);
    format_flows(&f, &s);
    if (packets) {
        format_packets(&f, packets, &s);
    }
    for (size_t i = 0; changes && i < json_array(changes)->n; i++) {
        format_change(&f, json_array(changes)->elems[i], packets, &s);
    }
    flow_fixture_destroy(&f);
    return ds_steal_cstr(&s);
}

/* Starts anew. */

/* After so many changes, the last ones, an agent is started.  With sanitizers
 * each takes twenty times as long. */
#ifdef __SANITIZE_ADDRESS__
#define N_ANEW 1
#else
#define N_ANEW 100
#endif

/* What there was at some time, and the flows that came of it. */
struct snapshot {
    struct json *settings, *objects;
    const struct json *interfaces, *neighbors, *receive;
    char *flows;
};

/* All flows, whatever the case shows. */
static char *
format_all(const struct flow_fixture *f)
{
    struct json *all = json_object_create();
    struct flow_fixture copy = *f;
    struct ds s = DS_EMPTY_INITIALIZER;

    json_object_put(all, "meters", json_boolean_create(true));
    json_object_put(all, "ports", json_boolean_create(true));
    copy.test_case = all;
    copy.hides_zones = true;
    format_flows(&copy, &s);
    hide_zones(ds_cstr(&s));        /* In groups. */
    json_destroy(all);
    return ds_steal_cstr(&s);
}

static struct snapshot
take_snapshot(const struct flow_fixture *f)
{
    struct json *nothing = json_object_create();
    struct snapshot snapshot = {
        .settings = json_util_merge_patch(f->settings, nothing),
        .objects = json_util_merge_patch(f->objects, nothing),
        .interfaces = f->interfaces,
        .neighbors = f->neighbors,
        .receive = f->receive,
        .flows = format_all(f),
    };

    json_destroy(nothing);
    return snapshot;
}

/* Returns the flows of an agent that starts with what 'snapshot' has. */
static char *
start_anew(const struct snapshot *snapshot, const struct json *test_case,
           const char *dir)
{
    struct json *nothing = json_object_create();
    struct flow_fixture f;
    char *flows;

    flow_fixture_init(&f, test_case, dir);
    json_destroy(f.objects);
    f.objects = json_util_merge_patch(snapshot->objects, nothing);
    case_objects_write(f.objects, f.path);
    change_settings(&f, snapshot->settings);
    if (snapshot->receive) {
        change_receive(&f, snapshot->receive);
    }
    if (snapshot->neighbors) {
        fake_local_set_neighbors(f.agent->local, snapshot->neighbors);
    }
    fake_local_set(f.agent->local, NULL, snapshot->interfaces);
    apply(&f, nothing);
    flows = format_all(&f);
    flow_fixture_destroy(&f);
    json_destroy(nothing);
    return flows;
}

bool
flow_fixture_start_anew(const struct json *test_case, const char *dir,
                        char **followed, char **started)
{
    const struct json *changes = json_util_get(test_case, "changes");
    size_t n = changes ? json_array(changes)->n : 0;
    struct snapshot *snapshots = xcalloc(n + 1, sizeof *snapshots);
    struct flow_fixture f;

    *followed = *started = NULL;
    flow_fixture_init(&f, test_case, dir);
    apply(&f, test_case);
    for (size_t i = 0; i < n; i++) {
        apply(&f, json_array(changes)->elems[i]);
        snapshots[i] = take_snapshot(&f);
    }
    flow_fixture_destroy(&f);
    for (size_t i = 0; i < n; i++) {
        struct snapshot *s = &snapshots[i];

        if (!*started && i + N_ANEW >= n) {
            *started = start_anew(s, test_case, dir);
            if (strcmp(s->flows, *started)) {
                *followed = xstrdup(s->flows);
            } else {
                free(*started);
                *started = NULL;
            }
        }
        free(s->flows);
        json_destroy(s->settings);
        json_destroy(s->objects);
    }
    free(snapshots);
    return !*started;
}
