/* See flow-fixture.h.  What the tests of flows know of the agent's inside
 * stands here and in the two fakes, and nowhere else. */

#include <config.h>

#include "tests/unit/flow-fixture.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "agent/controller/rest.h"
#include "agent/model/model-policy.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/switch/flow-table.h"
#include "agent/turn.h"
#include "lib/json-util.h"
#include "nx-match.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "svec.h"
#include "tests/unit/fake-local.h"
#include "tests/unit/fake-ofctrl.h"
#include "util.h"

/* Turns of the agent's loop, after which everything is at rest. */
#define N_TURNS 6

struct flow_fixture {
    struct agent *agent;
    struct json *test_case;
};

/* Cases. */

/* 'object' in full: "name" and "labels" are of its metadata. */
static struct json *
complete_object(const struct json *object)
{
    static const char *const moved[] = { "name", "labels" };
    struct json *metadata = json_object_create();
    struct json *full = json_deep_clone(object);

    for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
        struct json *value = shash_find_and_delete(json_object(full),
                                                   moved[i]);
        if (value) {
            json_object_put(metadata, moved[i], value);
        }
    }
    json_object_put_string(full, "apiVersion", "nvo3.io/v1alpha1");
    json_object_put(full, "metadata", metadata);
    return full;
}

/* Writes the objects to a file as the agent trusts it; returns its name. */
static char *
write_objects(const struct json *objects, const char *dir)
{
    char *path = xasprintf("%s/objects.json", dir);
    struct json *items = json_array_create_empty();
    struct json *list = json_object_create();
    FILE *file;
    char *s;

    for (size_t i = 0; objects && i < json_array(objects)->n; i++) {
        json_array_add(items, complete_object(json_array(objects)->elems[i]));
    }
    json_object_put_string(list, "apiVersion", "v1");
    json_object_put_string(list, "kind", "List");
    json_object_put(list, "items", items);
    s = json_to_string(list, 0);
    umask(022);
    file = fopen(path, "w");
    ovs_assert(file && fputs(s, file) >= 0 && !fclose(file));
    json_destroy(list);
    free(s);
    return path;
}

static struct json *
make_settings(const struct json *given, const char *path)
{
    struct json *settings = json_object_create();
    struct json *merged;

    json_object_put_string(settings, "system-id", "hv-1");
    json_object_put_string(settings, "nve-encap-ip", "192.0.2.1");
    json_object_put_format(settings, "nve-controller", "file://%s", path);
    merged = json_util_merge_patch(settings, given);
    json_destroy(settings);
    return merged;
}

struct flow_fixture *
flow_fixture_create(const struct json *test_case, const char *dir)
{
    static const struct rest_auth auth;
    struct flow_fixture *f = xzalloc(sizeof *f);
    const struct json *given = json_util_get(test_case, "settings");
    struct json *no_settings = json_object_create();
    char *path = write_objects(json_util_get(test_case, "objects"), dir);
    struct json *settings = make_settings(given ? given : no_settings, path);

    f->test_case = json_deep_clone(test_case);
    f->agent = turn_create("", &auth);
    fake_local_set(f->agent->local, settings,
                   json_util_get(test_case, "interfaces"));
    for (int i = 0; i < N_TURNS; i++) {
        turn_run(f->agent);
    }
    json_destroy(settings);
    json_destroy(no_settings);
    free(path);
    return f;
}

void
flow_fixture_destroy(struct flow_fixture *f)
{
    turn_destroy(f->agent);
    json_destroy(f->test_case);
    free(f);
}

/* Names in place of numbers. */

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

static void
put_names(const struct agent *agent, struct ds *s)
{
    const struct m_policy_group *group;
    const struct entity *entity;

    HMAP_FOR_EACH (entity, id_node, &agent->model->ids) {
        replace_number(s, entity->id,
                       entity->name[0] ? entity->name : "(none)");
    }
    HMAP_FOR_EACH (group, node, &agent->model->policy_groups) {
        char *name = xstrdup(group->key);

        for (char *p = name; *p; p++) {
            *p = *p == '\n' ? '+' : *p;
        }
        replace_number(s, group->id, name);
        free(name);
    }
}

/* Flows. */

static void
format_match(const struct desired_flow *flow, struct ds *s)
{
    struct ofpbuf b;
    struct match match;

    ofpbuf_init(&b, 256);
    desired_flow_put_match(flow, &b, DESIRED_FLOW_VERSION);
    ovs_assert(!oxm_pull_match_loose(&b, false, NULL, &match));
    match_format(&match, NULL, s, flow->priority);
    ofpbuf_uninit(&b);
}

static void
format_actions(const struct desired_flow *flow, struct ds *s)
{
    struct ofpact_format_params params = { .s = s };
    struct ofpbuf b, ofpacts;

    ofpbuf_init(&b, 256);
    ofpbuf_init(&ofpacts, 256);
    desired_flow_put_instructions(flow, &b, DESIRED_FLOW_VERSION);
    ovs_assert(!ofpacts_pull_openflow_instructions(
                   &b, b.size, DESIRED_FLOW_VERSION, NULL, NULL, &ofpacts));
    ofpacts_format(ofpacts.data, ofpacts.size, &params);
    ofpbuf_uninit(&ofpacts);
    ofpbuf_uninit(&b);
}

/* A line that begins with what it is to be sorted by: table, priority (the
 * highest first), match. */
static char *
format_flow(const struct flow_fixture *f, const struct desired_flow *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    format_match(flow, &s);
    ds_put_cstr(&s, " actions=");
    format_actions(flow, &s);
    put_names(f->agent, &s);

    char *line = xasprintf("%03d %05d table=%d, %s", flow->table,
                           UINT16_MAX - flow->priority, flow->table,
                           ds_cstr(&s));
    ds_destroy(&s);
    return line;
}

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
has_string(const struct json *array, const char *s)
{
    for (size_t i = 0; i < json_array(array)->n; i++) {
        if (!strcmp(json_string(json_array(array)->elems[i]), s)) {
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

    return ((!tables || has_number(tables, flow->table))
            && (!owners || has_string(owners, flow->owner->name)));
}

static void
format_error(const char *name, const char *error, void *s)
{
    ds_put_format(s, "refused: %s: %s\n", name, error);
}

static void
format_meter(uint32_t id, uint32_t rate, const char *owner, void *s)
{
    ds_put_format(s, "meter=%"PRIu32" rate=%"PRIu32" for %s\n", id, rate,
                  owner);
}

static void
format_bridge(const struct flow_fixture *f, const char *name,
              const struct ofctrl *ofctrl, struct ds *s)
{
    const struct flow_table *table = fake_ofctrl_get_flows(ofctrl);
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct flow_slot *slot;
    const char *line;
    size_t i;

    ds_put_format(s, "bridge %s\n", name);
    flow_table_for_each_error(table, format_error, s);
    if (!json_util_get(f->test_case, "tables")) {
        fake_ofctrl_for_each_meter(ofctrl, format_meter, s);
    }
    HMAP_FOR_EACH (slot, node, &table->slots) {
        const struct desired_flow *flow
            = CONTAINER_OF(ovs_list_front(&slot->claims),
                           struct desired_flow, list_node);

        if (is_of_interest(f, flow)) {
            svec_add_nocopy(&lines, format_flow(f, flow));
        }
    }
    svec_sort(&lines);
    SVEC_FOR_EACH (i, line, &lines) {
        ds_put_format(s, "%s\n", line + strlen("000 00000 "));
    }
    svec_destroy(&lines);
}

char *
flow_fixture_to_string(const struct flow_fixture *f)
{
    const char *bridge = local_get_settings(f->agent->local)->bridge;
    struct ds s = DS_EMPTY_INITIALIZER;

    format_bridge(f, bridge, fake_ofctrl_find(bridge), &s);
    for (int k = 1; k <= PLAN_BRIDGES_MAX; k++) {
        char *name = xasprintf("br-tx%d", k);
        const struct ofctrl *ofctrl = fake_ofctrl_find(name);

        if (ofctrl) {
            format_bridge(f, name, ofctrl, &s);
        }
        free(name);
    }
    return ds_steal_cstr(&s);
}
