/* See flow-fixture.h.  Only this file, flow-show.c, flow-text.c, flow-eval.c
 * and the two fakes know the inside of the agent; the cases do not. */

#include <config.h>

#include "tests/unit/flow-fixture.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/controller/rest-auth.h"
#include "agent/node/local.h"
#include "agent/turn/turn.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "tests/unit/case-objects.h"
#include "tests/unit/fake-clock.h"
#include "tests/unit/fake-local.h"
#include "tests/unit/fake-ofctrl.h"
#include "tests/unit/flow-show.h"
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

    struct json *state;             /* Members of the case and its changes that
                                     * replace each other. */
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

/* Makes the bridges of 'names', and no others, busy. */
static void
change_busy(const struct json *names)
{
    fake_ofctrl_set_busy("br-int", case_objects_has_string(names, "br-int"));
    for (int k = 1; k <= PLAN_BRIDGES_MAX; k++) {
        char *name = xasprintf("br-tx%d", k);

        fake_ofctrl_set_busy(name, case_objects_has_string(names, name));
        free(name);
    }
}

static void
note_state(struct flow_fixture *f, const struct json *change)
{
    static const char *const names[] = { "receive", "neighbors",
                                         "interfaces" };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const struct json *value = shash_find_data(json_object(change),
                                                   names[i]);

        if (value) {
            json_object_put(f->state, names[i], json_clone(value));
        }
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
        change_receive(f, receive);
    }
    if (busy) {
        change_busy(busy);
    }
    if (neighbors) {
        fake_local_set_neighbors(f->agent->local, neighbors);
    }
    if (interfaces) {
        fake_local_set(f->agent->local, NULL, interfaces);
    }
    note_state(f, change);
    for (int i = 0; i < N_TURNS; i++) {
        turn_run(f->agent);
        fake_clock_warp(TURN_MS);
    }
}

/* Cases, as text. */

static struct flow_show
get_show(const struct flow_fixture *f)
{
    return (struct flow_show) {
        .agent = f->agent, .selection = f->test_case,
    };
}

static void
format_flows(const struct flow_fixture *f, struct ds *s)
{
    struct flow_show show = get_show(f);

    flow_show_flows(&show, s);
}

static void
format_packets(const struct flow_fixture *f, const struct json *packets,
               struct ds *s)
{
    struct flow_show show = get_show(f);

    flow_show_packets(&show, packets, s);
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
        .state = json_object_create(),
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
    json_destroy(f->state);
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

/* What there was at some time, and the flows that came of it. */
struct snapshot {
    struct json *objects;           /* As in struct flow_fixture. */
    struct json *change;            /* What an agent is told that starts with
                                     * them. */
    char *flows;
};

/* All that the switch is to have, whatever the case shows. */
static char *
format_all(const struct flow_fixture *f)
{
    struct json *all = json_object_create();
    struct flow_show show = {
        .agent = f->agent, .selection = all, .hides_zones = true,
    };
    struct ds s = DS_EMPTY_INITIALIZER;

    json_object_put(all, "meters", json_boolean_create(true));
    json_object_put(all, "ports", json_boolean_create(true));
    flow_show_flows(&show, &s);
    json_destroy(all);
    return ds_steal_cstr(&s);
}

static struct snapshot
take_snapshot(const struct flow_fixture *f)
{
    struct json *change = json_deep_clone(f->state);

    json_object_put(change, "settings", json_deep_clone(f->settings));
    json_object_put(change, "objects", json_array_create_empty());
    return (struct snapshot) {
        .objects = json_deep_clone(f->objects),
        .change = change,
        .flows = format_all(f),
    };
}

/* Returns the flows of an agent that starts with what 'snapshot' has. */
static char *
start_anew(const struct snapshot *snapshot, const struct json *test_case,
           const char *dir)
{
    struct flow_fixture f;
    char *flows;

    flow_fixture_init(&f, test_case, dir);
    json_destroy(f.objects);
    f.objects = json_clone(snapshot->objects);
    apply(&f, snapshot->change);
    flows = format_all(&f);
    flow_fixture_destroy(&f);
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

        if (!*started) {
            *started = start_anew(s, test_case, dir);
            if (strcmp(s->flows, *started)) {
                *followed = xstrdup(s->flows);
            } else {
                free(*started);
                *started = NULL;
            }
        }
        free(s->flows);
        json_destroy(s->objects);
        json_destroy(s->change);
    }
    free(snapshots);
    return !*started;
}
