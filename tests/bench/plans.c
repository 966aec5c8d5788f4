/* What planning costs the agent: CPU time with a fleet of remotes.
 *
 *     plans [--remotes=N] [--fleet=NAME] [--json]
 *
 * No toy: this is the agent's own model, negotiation, planning and flow
 * tables, fed with the objects that a controller would send.  Only the switch
 * and the database are not there, so nothing is sent.  Fleets:
 *
 *   kinds     12 kinds of receiver, each with an order of its own
 *   partial   200 orders of 2 to 6 options, many of which agree
 *   orders    200 orders of 20 to 24 options, which all conflict
 *   each      every remote has an order of its own
 *
 * Measured for each of them:
 *
 *   full      everything is planned from nothing: negotiation with all remotes
 *             (negotiate), then their distribution over plans (plan)
 *   change    one remote advertises something else, and all that the agent
 *             does about it: model, negotiation, plans, flows.  50 times, each
 *             with another remote; the worst and the mean.  Half of the new
 *             orders are ones that others have, half are new. */

#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/agent.h"
#include "agent/flows/flows.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/controller/objects.h"
#include "agent/switch/ofctrl.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/remotes.h"
#include "agent/turn/turn.h"
#include "agent/controller/rest-auth.h"
#include "agent/write-gate.h"
#include "flow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "util.h"

#define N_OPTIONS 24
#define N_CHANGES 50

struct fleet {
    const char *name;
    size_t n_orders;                /* 0: as many as remotes. */
    size_t min, max;                /* Options in an order. */
};

static const struct fleet fleets[] = {
    { "kinds", 12, 20, 24 },
    { "partial", 200, 2, 6 },
    { "orders", 200, 20, 24 },
    { "each", 0, 20, 24 },
};

struct bench {
    const struct fleet *fleet;
    size_t n_remotes;
    size_t n_orders;
    uint32_t seed;
    struct objects_scope *scopes[RES_N_KINDS];
    struct agent *agent;
};

struct cost {
    double model, negotiate, plan, flows;  /* CPU ms. */
};

static double
cost_sum(const struct cost *cost)
{
    return cost->model + cost->negotiate + cost->plan + cost->flows;
}

static double
cpu_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static uint32_t
next_random(uint32_t *seed, uint32_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % below;
}

/* Objects. */

static void
put(struct bench *b, enum resource_kind kind, const char *name,
    const char *members)
{
    char *s = xasprintf("{\"metadata\": {\"name\": \"%s\"}, %s}", name,
                        members);
    struct json *json = json_from_string(s);

    ovs_assert(json->type == JSON_OBJECT);
    objects_scope_upsert(b->scopes[kind], json);
    json_destroy(json);
    free(s);
}

/* An advertisement of order number 'order': the same number is always the
 * same order. */
static char *
make_advertisement(const struct bench *b, size_t order)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    uint32_t seed = 77777 + 7919 * order;
    unsigned int types[N_OPTIONS];
    size_t n;

    for (size_t i = 0; i < N_OPTIONS; i++) {
        size_t j = next_random(&seed, i + 1);

        types[i] = types[j];
        types[j] = i + 1;
    }
    n = b->fleet->min + next_random(&seed, b->fleet->max - b->fleet->min + 1);
    ds_put_cstr(&ds, "{\"order\": \"strict\", \"options\": [");
    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ds, "%s{\"class\": \"0xff01\", \"type\": \"0x%02x\", "
                      "\"length\": 4}", i ? ", " : "", types[i]);
    }
    ds_put_cstr(&ds, "]}");
    return ds_steal_cstr(&ds);
}

static void
put_nve(struct bench *b, size_t i, size_t order)
{
    char *advertisement = make_advertisement(b, order);
    char *name = xasprintf("nve-%"PRIuSIZE, i);
    char *members = xasprintf(
        "\"spec\": {\"underlay\": {\"ips\": [\"10.%"PRIuSIZE".%"PRIuSIZE
        ".%"PRIuSIZE"\"]}}, \"status\": {\"receive\": %s}",
        i >> 16, (i >> 8) & 255, i & 255, advertisement);

    put(b, RES_NVE, name, members);
    free(advertisement);
    free(members);
    free(name);
}

static void
put_endpoint(struct bench *b, size_t i)
{
    char *name = xasprintf("ep-%"PRIuSIZE, i);
    char *members = xasprintf(
        "\"spec\": {\"vpc\": \"big\", \"nve\": \"nve-%"PRIuSIZE"\", "
        "\"mac\": \"02:00:00:%02"PRIxSIZE":%02"PRIxSIZE":%02"PRIxSIZE"\", "
        "\"ips\": [\"10.%"PRIuSIZE".%"PRIuSIZE".%"PRIuSIZE"\"]}",
        i, i >> 16, (i >> 8) & 255, i & 255, i >> 16, (i >> 8) & 255,
        i & 255);

    put(b, RES_ENDPOINT, name, members);
    free(members);
    free(name);
}

static void
put_profile(struct bench *b)
{
    struct ds entries = DS_EMPTY_INITIALIZER;

    for (int i = 1; i <= N_OPTIONS; i++) {
        char *name = xasprintf("option-%d", i);
        char *members = xasprintf(
            "\"spec\": {\"class\": \"0xff01\", \"type\": \"0x%02x\", "
            "\"length\": 4, \"value\": {\"constant\": \"0x%08x\"}}", i, i);

        put(b, RES_GENEVE_OPTION, name, members);
        ds_put_format(&entries, "%s{\"name\": \"%s\"}", i > 1 ? ", " : "",
                      name);
        free(members);
        free(name);
    }
    char *members = xasprintf("\"spec\": {\"options\": [%s]}",
                              ds_cstr(&entries));
    put(b, RES_OPTION_PROFILE, "all", members);
    free(members);
    ds_destroy(&entries);
}

/* The agent. */

/* One turn of the agent's loop, without what reads and writes. */
static struct cost
turn(struct bench *b)
{
    struct agent *agent = b->agent;
    double t[5];

    t[0] = cpu_ms();
    turn_run_part(agent, TURN_MODEL);
    t[1] = cpu_ms();
    turn_run_part(agent, TURN_NEGOTIATION);
    t[2] = cpu_ms();
    turn_run_part(agent, TURN_PLANNING);
    t[3] = cpu_ms();
    turn_run_part(agent, TURN_FLOWS);
    t[4] = cpu_ms();
    agent->options_changed = false;
    model_run_done(agent->model);
    return (struct cost) {
        t[1] - t[0], t[2] - t[1], t[3] - t[2], t[4] - t[3]
    };
}

static void
bench_init(struct bench *b, const struct fleet *fleet, size_t n_remotes)
{
    static const struct rest_auth auth;
    struct agent *agent = turn_create("unix:/nonexistent", &auth);

    *b = (struct bench) {
        .fleet = fleet, .n_remotes = n_remotes, .seed = 4711,
        .n_orders = fleet->n_orders ? fleet->n_orders : n_remotes,
        .agent = agent,
    };
    for (int i = 0; i < RES_N_KINDS; i++) {
        b->scopes[i] = objects_scope_create(agent->objects, i);
    }
    agent->encap_ips = xmalloc(sizeof *agent->encap_ips);
    in6_addr_set_mapped_ipv4(&agent->encap_ips[0], htonl(0xc0000201));
    agent->n_encap_ips = 1;
    agent->underlay_mtu = 1500;
    for (int fact = 0; fact < WRITE_N_FACTS; fact++) {
        write_gate_set(agent->gate, fact, true);
    }
    model_set_self(agent->model, "here");
    put(b, RES_NVE, "here",
        "\"spec\": {\"underlay\": {\"ips\": [\"192.0.2.1\"]}}");
    put_profile(b);
    put(b, RES_VPC, "big", "\"spec\": {\"vni\": 100, \"subnets\": [{\"cidr\": "
        "\"10.0.0.0/8\"}], \"optionProfile\": \"all\"}");
    put(b, RES_ENDPOINT, "web", "\"spec\": {\"vpc\": \"big\", \"nve\": "
        "\"here\", \"mac\": \"02:01:00:00:00:01\", "
        "\"ips\": [\"10.255.255.1\"]}");
}

static void
bench_destroy(struct bench *b)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        objects_scope_destroy(b->scopes[i]);
    }
    turn_destroy(b->agent);
}

static void
plug(struct bench *b)
{
    struct plug iface = {
        .iface_id = CONST_CAST(char *, "web"),
        .name = CONST_CAST(char *, "vif1"), .ofport = u16_to_ofp(1),
    };

    model_set_iface(b->agent->model, "web", &iface, false);
    model_set_complete(b->agent->model);
    b->agent->options_changed = true;
}

static size_t
count_plans(const struct agent *agent)
{
    const struct send_plan *sp;
    size_t n = 1;

    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        n++;
    }
    return n;
}

/* Remote number 'i' of the changes. */
static struct cost
change(struct bench *b, size_t i)
{
    size_t remote = next_random(&b->seed, b->n_remotes);
    size_t order = (i % 2 ? b->n_orders + i
                    : next_random(&b->seed, b->n_orders));

    put_nve(b, remote, order);
    return turn(b);
}

static void
bench_run(const struct fleet *fleet, size_t n_remotes, struct json *result)
{
    struct json *json = json_object_create();
    double worst = 0, total = 0, worst_plan = 0;
    struct cost full;
    struct bench b;

    bench_init(&b, fleet, n_remotes);
    for (size_t i = 0; i < n_remotes; i++) {
        put_nve(&b, i, i % b.n_orders);
        put_endpoint(&b, i);
    }
    plug(&b);
    full = turn(&b);
    turn(&b);
    printf("%-8s full:   negotiate %7.1f ms, plan %7.1f ms CPU "
           "(%"PRIuSIZE" plans, %"PRIuSIZE" remotes without)\n", fleet->name,
           full.negotiate, full.plan, count_plans(b.agent),
           b.agent->plans->groups.n_members[ORDER_BEYOND]);
    for (size_t i = 0; i < N_CHANGES; i++) {
        struct cost cost = change(&b, i);

        total += cost_sum(&cost);
        worst = MAX(worst, cost_sum(&cost));
        worst_plan = MAX(worst_plan, cost.plan);
    }
    printf("%-8s change: mean %7.2f ms, worst %7.2f ms CPU (of which "
           "planning %.2f ms at worst)\n", "", total / N_CHANGES, worst,
           worst_plan);
    json_object_put(json, "remotes", json_integer_create(n_remotes));
    json_object_put(json, "negotiate", json_real_create(full.negotiate));
    json_object_put(json, "full", json_real_create(full.plan));
    json_object_put(json, "change", json_real_create(worst));
    json_object_put(json, "changeMean", json_real_create(total / N_CHANGES));
    json_object_put(result, fleet->name, json);
    bench_destroy(&b);
}

int
main(int argc, char *argv[])
{
    static const struct option options[] = {
        { "remotes", required_argument, NULL, 'r' },
        { "fleet", required_argument, NULL, 'f' },
        { "json", no_argument, NULL, 'j' },
        { NULL, 0, NULL, 0 },
    };
    struct json *result = json_object_create();
    size_t n_remotes = 10000;
    const char *only = NULL;
    bool json = false;
    int c;

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'r':
            n_remotes = strtoul(optarg, NULL, 10);
            break;
        case 'f':
            only = optarg;
            break;
        case 'j':
            json = true;
            break;
        default:
            fprintf(stderr, "usage: %s [--remotes=N] [--fleet=NAME] "
                    "[--json]\n", argv[0]);
            return 2;
        }
    }
    printf("%"PRIuSIZE" remotes, %d options\n", n_remotes, N_OPTIONS);
    for (size_t i = 0; i < ARRAY_SIZE(fleets); i++) {
        if (!only || !strcmp(only, fleets[i].name)) {
            bench_run(&fleets[i], n_remotes, result);
        }
    }
    if (json) {
        char *s = json_to_string(result, JSSF_SORT);

        printf("%s\n", s);
        free(s);
    }
    json_destroy(result);
    return 0;
}
