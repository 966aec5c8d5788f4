/* All streams of objects: see object-streams.h.
 *
 * There is an object stream for each kind that is always mirrored, and for
 * each thing that is watched on demand.
 *
 * An endpoint or a policy belongs to the VPC that its spec.vpc names.  Labels
 * say nothing, since whoever sets them may do it wrong, late or never, and a
 * policy that is not seen is not enforced.  A server that cannot select by
 * spec.vpc answers "bad request" (400), as a Kubernetes API server does whose
 * CRDs have no selectableFields.  It is asked for all endpoints and policies
 * instead, once for all VPCs, and for a selection again when it can select
 * (selection-probe.h), or when its address changes.
 *
 * When the address changes, or the way of selecting, the old streams end at
 * once, but the scopes with their objects are kept as 'retired': the objects
 * stay in use until everything that is wanted has been listed anew.  So the
 * data path does not see that another server is used.
 *
 * There may be thousands of streams, so they are not looked at in each turn.
 * What a look at all of them has found holds until something comes from the
 * server, the time comes at which a stream tries again, or a function here
 * changes a stream. */

#include <config.h>

#include "agent/controller/object-streams.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/controller/object-stream.h"
#include "agent/controller/objects.h"
#include "agent/controller/saved-state.h"
#include "agent/controller/selection-probe.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(object_streams);

static const enum resource_kind static_kinds[] = {
    RES_GENEVE_OPTION, RES_OPTION_PROFILE, RES_VPC, RES_NVE,
    RES_EXTERNAL_NETWORK, RES_VPC_GATEWAY, RES_FLOATING_IP, RES_VPC_ROUTE,
    RES_LOAD_BALANCER, RES_QOS_POLICY, RES_QOS_CLASS
};

/* Kinds whose objects belong to a VPC. */
static const enum resource_kind vpc_kinds[] = {
    RES_ENDPOINT, RES_VPC_POLICY
};

/* The streams with a VPC's objects, which it may share with other VPCs. */
struct vpc_streams {
    struct object_stream *of[ARRAY_SIZE(vpc_kinds)];
};

struct object_streams {
    struct objects *objects;
    struct rest *rest;
    char *base_url;                 /* NULL: no server. */

    /* Contains "struct object_stream"s: "vpcs" and the like, "endpoint=NAME",
     * "acks=NAME"; and "endpoints vpc=NAME", "vpcpolicies vpc=NAME", or, if
     * 'all_vpcs', "endpoints" and "vpcpolicies". */
    struct shash streams;
    struct shash vpcs;              /* Name of a VPC whose objects are wanted
                                     * -> "struct vpc_streams". */
    bool all_vpcs;                  /* The server does not know the field
                                     * selector spec.vpc. */
    struct selection_probe *probe;  /* Exists if 'all_vpcs' is set. */
    bool failing;                   /* A stream had an error. */

    long long int look_at;          /* When to look at all streams: msec; 0: at
                                     * once, and until then unknown are... */
    bool synced;                    /* ...object_streams_are_synced(), */
    bool any_error;                 /* ...and whether a stream has an error. */

    /* What former streams had. */
    struct objects_scope **retired;
    size_t n_retired, allocated_retired;
};

/* One stream. */

static void
add_stream(struct object_streams *ss, const char *key,
           enum resource_kind kind, const char *label_selector,
           const char *field_selector)
{
    struct object_stream *s = object_stream_create(
        ss->objects, ss->rest, kind, label_selector, field_selector);

    shash_add(&ss->streams, key, s);
    object_stream_connect(s, ss->base_url);
    ss->look_at = 0;
}

/* What the stream has stays until object_streams_drop_retired(). */
static void
retire_objects(struct object_streams *ss, struct object_stream *s)
{
    struct objects_scope *scope = object_stream_retire(s);

    if (!objects_scope_count(scope)) {
        objects_scope_destroy(scope);
        return;
    }
    if (ss->n_retired >= ss->allocated_retired) {
        ss->retired = x2nrealloc(ss->retired, &ss->allocated_retired,
                                 sizeof *ss->retired);
    }
    ss->retired[ss->n_retired++] = scope;
}

static void
end_stream(struct object_streams *ss, const char *key, bool retire)
{
    struct object_stream *s = shash_find_and_delete(&ss->streams, key);

    if (s) {
        if (retire) {
            retire_objects(ss, s);
        }
        object_stream_destroy(s);
        ss->look_at = 0;
    }
}

/* Starts or ends the stream with the key "WHAT=NAME", of what the selector
 * "SELECTOR=NAME" selects. */
static void
watch(struct object_streams *ss, enum resource_kind kind, const char *what,
      const char *name, bool wanted, const char *selector, bool by_label)
{
    char *key = xasprintf("%s=%s", what, name);

    if (!wanted) {
        end_stream(ss, key, false);
    } else if (!shash_find(&ss->streams, key)) {
        char *s = xasprintf("%s=%s", selector, name);

        add_stream(ss, key, kind, by_label ? s : NULL, by_label ? NULL : s);
        free(s);
    }
    free(key);
}

void
object_streams_watch_acks(struct object_streams *ss, const char *nve,
                          bool wanted)
{
    watch(ss, RES_ADVERTISEMENT_ACK, "acks", nve, wanted, RESOURCE_LABEL_NVE,
          true);
}

void
object_streams_watch_endpoint(struct object_streams *ss, const char *endpoint,
                              bool wanted)
{
    watch(ss, RES_ENDPOINT, "endpoint", endpoint, wanted, "metadata.name",
          false);
}

/* The objects of VPCs. */

/* The key of the stream with the objects of 'vpc', for the caller to free. */
static char *
make_vpc_key(const struct object_streams *ss, enum resource_kind kind,
             const char *vpc)
{
    const char *plural = resource_get_class(kind)->plural;

    return (ss->all_vpcs ? xstrdup(plural)
            : xasprintf("%s vpc=%s", plural, vpc));
}

/* The stream with the objects of 'vpc', or NULL if they are not wanted. */
static struct object_stream *
find_vpc_stream(const struct object_streams *ss, enum resource_kind kind,
                const char *vpc)
{
    const struct vpc_streams *streams = shash_find_data(&ss->vpcs, vpc);

    for (size_t i = 0; streams && i < ARRAY_SIZE(vpc_kinds); i++) {
        if (vpc_kinds[i] == kind) {
            return streams->of[i];
        }
    }
    return NULL;
}

/* Starts the streams with the objects of 'vpc', unless they are there. */
static void
add_vpc_streams(struct object_streams *ss, const char *vpc,
                struct vpc_streams *streams)
{
    char *selector = xasprintf("spec.vpc=%s", vpc);

    for (size_t i = 0; i < ARRAY_SIZE(vpc_kinds); i++) {
        char *key = make_vpc_key(ss, vpc_kinds[i], vpc);

        if (!shash_find(&ss->streams, key)) {
            add_stream(ss, key, vpc_kinds[i], NULL,
                       ss->all_vpcs ? NULL : selector);
        }
        streams->of[i] = shash_find_data(&ss->streams, key);
        free(key);
    }
    free(selector);
}

static void
end_vpc_streams(struct object_streams *ss, const char *vpc, bool retire)
{
    for (size_t i = 0; i < ARRAY_SIZE(vpc_kinds); i++) {
        char *key = make_vpc_key(ss, vpc_kinds[i], vpc);

        end_stream(ss, key, retire);
        free(key);
    }
}

void
object_streams_watch_vpc(struct object_streams *ss, const char *vpc,
                         bool wanted)
{
    struct vpc_streams *streams = shash_find_data(&ss->vpcs, vpc);

    if (wanted && !streams) {
        streams = xzalloc(sizeof *streams);
        shash_add(&ss->vpcs, vpc, streams);
        add_vpc_streams(ss, vpc, streams);
    } else if (!wanted && streams) {
        free(shash_find_and_delete(&ss->vpcs, vpc));
        if (!ss->all_vpcs || shash_is_empty(&ss->vpcs)) {
            end_vpc_streams(ss, vpc, false);
        }
    }
}

static void
set_all_vpcs(struct object_streams *ss, bool all_vpcs)
{
    const struct shash_node *vpc;

    if (ss->all_vpcs == all_vpcs) {
        return;
    }
    SHASH_FOR_EACH (vpc, &ss->vpcs) {
        end_vpc_streams(ss, vpc->name, true);
    }
    ss->all_vpcs = all_vpcs;
    SHASH_FOR_EACH (vpc, &ss->vpcs) {
        add_vpc_streams(ss, vpc->name, vpc->data);
    }
    selection_probe_destroy(ss->probe);
    ss->probe = NULL;
}

/* Whether the server has refused to select by spec.vpc; then '*kind' is what
 * it was asked for. */
static bool
is_selection_refused(const struct object_streams *ss,
                     enum resource_kind *kind)
{
    const struct shash_node *vpc;

    SHASH_FOR_EACH (vpc, &ss->vpcs) {
        const struct vpc_streams *streams = vpc->data;

        for (size_t i = 0; i < ARRAY_SIZE(vpc_kinds); i++) {
            if (object_stream_is_selector_refused(streams->of[i])) {
                *kind = vpc_kinds[i];
                return true;
            }
        }
    }
    return false;
}

/* Asks for selections if the server can select, and for all if it cannot. */
static void
run_selection(struct object_streams *ss)
{
    bool failing = ss->base_url && object_streams_get_error(ss);
    enum resource_kind kind;

    if (ss->probe) {
        if (ss->failing && !failing) {
            selection_probe_hurry(ss->probe);
        }
        if (selection_probe_run(ss->probe)) {
            VLOG_INFO("%s can select by spec.vpc now", ss->base_url);
            set_all_vpcs(ss, false);
        }
    } else if (is_selection_refused(ss, &kind)) {
        VLOG_WARN("%s cannot select by spec.vpc: all endpoints and policies "
                  "are watched", ss->base_url);
        set_all_vpcs(ss, true);
        ss->probe = selection_probe_create(ss->rest, ss->base_url, kind);
        failing = false;            /* That it refuses is no failure. */
    }
    ss->failing = failing;
}

bool
object_streams_have_vpc(const struct object_streams *ss,
                        enum resource_kind kind, const char *vpc)
{
    const struct object_stream *s = find_vpc_stream(ss, kind, vpc);

    return s && object_stream_is_synced(s);
}

bool
object_streams_vpc_has(const struct object_streams *ss, const char *vpc,
                       const char *endpoint)
{
    const struct object_stream *s = find_vpc_stream(ss, RES_ENDPOINT, vpc);

    return s && object_stream_has(s, endpoint);
}

const char *
object_streams_get_vpc_error(const struct object_streams *ss,
                             enum resource_kind kind, const char *vpc)
{
    const struct object_stream *s = find_vpc_stream(ss, kind, vpc);

    return s && ss->base_url ? object_stream_get_error(s) : NULL;
}

/* All streams. */

struct object_streams *
object_streams_create(struct objects *objects, struct rest *rest)
{
    struct object_streams *ss = xzalloc(sizeof *ss);

    ss->objects = objects;
    ss->rest = rest;
    shash_init(&ss->streams);
    shash_init(&ss->vpcs);
    for (size_t i = 0; i < ARRAY_SIZE(static_kinds); i++) {
        add_stream(ss, resource_get_class(static_kinds[i])->plural,
                   static_kinds[i], NULL, NULL);
    }
    return ss;
}

void
object_streams_destroy(struct object_streams *ss)
{
    struct shash_node *node;

    if (!ss) {
        return;
    }
    object_streams_drop_retired(ss);
    selection_probe_destroy(ss->probe);
    SHASH_FOR_EACH (node, &ss->streams) {
        object_stream_destroy(node->data);
    }
    shash_destroy(&ss->streams);
    shash_destroy_free_data(&ss->vpcs);
    free(ss->retired);
    free(ss->base_url);
    free(ss);
}

void
object_streams_connect(struct object_streams *ss, const char *base_url)
{
    struct shash_node *node;

    if (ss->base_url) {
        SHASH_FOR_EACH (node, &ss->streams) {
            retire_objects(ss, node->data);
        }
    }
    free(ss->base_url);
    ss->base_url = NULL;
    set_all_vpcs(ss, false);
    ss->base_url = nullable_xstrdup(base_url);
    ss->look_at = 0;
    SHASH_FOR_EACH (node, &ss->streams) {
        object_stream_connect(node->data, base_url);
    }
}

void
object_streams_expect(struct object_streams *ss,
                      const struct saved_state *saved)
{
    for (size_t i = 0; i < ARRAY_SIZE(static_kinds); i++) {
        if (saved_state_count(saved, static_kinds[i])) {
            object_stream_expect_objects(shash_find_data(
                &ss->streams, resource_get_class(static_kinds[i])->plural));
        }
    }
}

struct json *
object_streams_get_keys(const struct object_streams *ss)
{
    struct json *keys = json_array_create_empty();
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &ss->vpcs) {
        for (size_t i = 0; i < ARRAY_SIZE(vpc_kinds); i++) {
            if (object_streams_have_vpc(ss, vpc_kinds[i], node->name)) {
                char *key = saved_state_vpc_key(vpc_kinds[i], node->name);

                json_array_add(keys, json_string_create_nocopy(key));
            }
        }
    }
    SHASH_FOR_EACH (node, &ss->streams) {
        if (!strncmp(node->name, "endpoint=", 9)
            && object_stream_is_synced(node->data)) {
            json_array_add(keys, json_string_create(node->name));
        }
    }
    return keys;
}

size_t
object_streams_count(const struct object_streams *ss)
{
    return shash_count(&ss->streams) + shash_count(&ss->vpcs);
}

void
object_streams_server_died(struct object_streams *ss, const char *error)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &ss->streams) {
        object_stream_server_died(node->data, error);
    }
    ss->look_at = 0;
}

bool
object_streams_run(struct object_streams *ss, bool news)
{
    long long int look_at = LLONG_MAX;
    struct shash_node *node;

    if (!news && !ss->probe && time_msec() < ss->look_at) {
        return false;
    }
    ss->look_at = 0;
    SHASH_FOR_EACH (node, &ss->streams) {
        object_stream_run(node->data);
    }
    run_selection(ss);
    SHASH_FOR_EACH (node, &ss->streams) {
        look_at = MIN(look_at, object_stream_get_retry_time(node->data));
    }
    ss->synced = object_streams_are_synced(ss);
    ss->any_error = ss->base_url && object_streams_get_error(ss);
    ss->look_at = look_at;
    return true;
}

void
object_streams_wait(struct object_streams *ss)
{
    poll_timer_wait_until(ss->look_at);
    if (ss->probe) {
        selection_probe_wait(ss->probe);
    }
}

void
object_streams_drop_retired(struct object_streams *ss)
{
    for (size_t i = 0; i < ss->n_retired; i++) {
        objects_scope_destroy(ss->retired[i]);
    }
    ss->n_retired = 0;
}

bool
object_streams_are_synced(const struct object_streams *ss)
{
    const struct shash_node *node;

    if (ss->look_at) {
        return ss->synced;
    }
    SHASH_FOR_EACH (node, &ss->streams) {
        if (object_stream_get_kind(node->data) != RES_ADVERTISEMENT_ACK
            && !object_stream_is_synced(node->data)) {
            return false;
        }
    }
    return true;
}

bool
object_streams_have_endpoint(const struct object_streams *ss,
                             const char *endpoint)
{
    char *key = xasprintf("endpoint=%s", endpoint);
    const struct object_stream *s = shash_find_data(&ss->streams, key);

    free(key);
    return s && object_stream_is_synced(s);
}

const char *
object_streams_get_error(const struct object_streams *ss)
{
    const struct shash_node *node;

    if (ss->look_at && !ss->any_error) {
        return NULL;
    }
    SHASH_FOR_EACH (node, &ss->streams) {
        const char *error = object_stream_get_error(node->data);

        if (error) {
            return error;
        }
    }
    return NULL;
}

bool
object_streams_fail(const struct object_streams *ss)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &ss->streams) {
        if (!object_stream_get_error(node->data)) {
            return false;
        }
    }
    return true;
}

/* Calls 'cb' for each of the other kinds that the server says it does not
 * know. */
static void
note_unknown_kinds(const struct object_streams *ss,
                   void (*cb)(const char *note, void *aux), void *aux)
{
    for (size_t i = 0; i < ARRAY_SIZE(static_kinds); i++) {
        const struct resource_class *class
            = resource_get_class(static_kinds[i]);

        if (object_stream_is_optional(static_kinds[i])
            && object_stream_is_unknown(shash_find_data(&ss->streams,
                                                        class->plural))) {
            char *note = xasprintf("it does not know %ss: none is in effect",
                                   class->kind);

            cb(note, aux);
            free(note);
        }
    }
}

/* Whether the server answers that it knows no policies. */
static bool
are_policies_unknown(const struct object_streams *ss)
{
    const struct shash_node *vpc;

    SHASH_FOR_EACH (vpc, &ss->vpcs) {
        if (object_stream_is_unknown(find_vpc_stream(ss, RES_VPC_POLICY,
                                                     vpc->name))) {
            return true;
        }
    }
    return false;
}

void
object_streams_for_each_note(const struct object_streams *ss,
                             void (*cb)(const char *note, void *aux),
                             void *aux)
{
    if (ss->all_vpcs) {
        cb("it cannot select by spec.vpc (Kubernetes can from 1.31 on, with "
           "selectableFields in the CRDs): the endpoints and policies of all "
           "VPCs are watched", aux);
    }
    if (are_policies_unknown(ss)) {
        cb("it does not know VPCPolicies: none is enforced", aux);
    }
    note_unknown_kinds(ss, cb, aux);
}
