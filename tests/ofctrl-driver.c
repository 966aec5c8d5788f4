/* A program around ofctrl, for tests of it against a real switch.
 *
 * It keeps the flows of named owners on a bridge and is told what they are by
 * unixctl commands, with flows and TLV maps written as ovs-ofctl writes them:
 *
 *     bridge NAME                another bridge
 *     complete BOOL              whether the gate is open from now on
 *     tlv-map MAP                as for ovs-ofctl add-tlv-map
 *     meter ID RATE OWNER
 *     group OWNER COOKIE GROUP   as for ovs-ofctl add-group
 *     ungroup OWNER ID
 *     replace OWNER COOKIE FILE  a flow a line
 *     patient OWNER              nobody waits for its changes
 *     clear OWNER
 *     wait                       answers once all is settled: the status
 *     status
 *     errors                     a line each: name, tab, error
 *     interference               what others did
 *     confirmed OWNER            true or false
 *     counters COOKIE TABLE      packets and bytes
 *     time/warp MS               from now on, it is so much later
 *     exit
 *
 * With --bench=N it makes N flows as the agent would, pushes them, prints what
 * it took as JSON, and ends; with --print=N it prints the same flows for
 * ovs-ofctl. */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/switch/desired-group.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "lib/index-map.h"
#include "byte-order.h"
#include "dummy.h"
#include "fatal-signal.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-match.h"
#include "openvswitch/ofp-parse.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

struct driver {
    struct ofctrl *ofctrl;
    struct shash owners;            /* Contains "struct flow_owner"s. */
    struct unixctl_conn **waiters;
    size_t n_waiters, allocated_waiters;
    struct write_gate *gate;
    bool exiting;
};

static void
reply_json(struct unixctl_conn *conn, struct json *json)
{
    char *s = json_to_string(json, JSSF_SORT);

    unixctl_command_reply(conn, s);
    free(s);
    json_destroy(json);
}

static void
cmd_bridge(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[], void *driver_)
{
    struct driver *driver = driver_;

    ofctrl_set_bridge(driver->ofctrl, argv[1]);
    unixctl_command_reply(conn, NULL);
}

static void
cmd_complete(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[], void *driver_)
{
    struct driver *driver = driver_;

    write_gate_set(driver->gate, WRITE_FACT_PLANS, !strcmp(argv[1], "true"));
    unixctl_command_reply(conn, NULL);
}

static void
cmd_tlv_map(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *driver_)
{
    struct driver *driver = driver_;
    enum ofputil_protocol protocols;
    struct ofputil_tlv_table_mod ttm;
    struct ofputil_tlv_map *entry;
    struct index_map map;
    char *error;

    memset(&map, 0, sizeof map);
    error = parse_ofp_tlv_table_mod_str(&ttm, NXTTMC_ADD, argv[1],
                                        &protocols);
    if (error) {
        unixctl_command_reply_error(conn, error);
        free(error);
        return;
    }
    LIST_FOR_EACH (entry, list_node, &ttm.mappings) {
        struct index_slot *slot = &map.slots[entry->index];

        slot->used = true;
        slot->key.class = entry->option_class;
        slot->key.type = entry->option_type;
        slot->length = entry->option_len;
    }
    ofputil_uninit_tlv_table(&ttm.mappings);
    ofctrl_set_tlv_map(driver->ofctrl, &map);
    unixctl_command_reply(conn, NULL);
}

static void
cmd_meter(struct unixctl_conn *conn, int argc OVS_UNUSED, const char *argv[],
          void *driver_)
{
    struct driver *driver = driver_;

    ofctrl_set_meter(driver->ofctrl, strtoul(argv[1], NULL, 0),
                     meter_band_packets(strtoul(argv[2], NULL, 0)), argv[3]);
    unixctl_command_reply(conn, NULL);
}

static struct flow_owner *
get_owner(struct driver *driver, const char *name, uint32_t cookie)
{
    struct flow_owner *owner = shash_find_data(&driver->owners, name);

    if (!owner) {
        owner = xmalloc(sizeof *owner);
        flow_owner_init(owner, cookie, "%s", name);
        shash_add(&driver->owners, name, owner);
    }
    return owner;
}

static void
cmd_group(struct unixctl_conn *conn, int argc OVS_UNUSED, const char *argv[],
          void *driver_)
{
    struct driver *driver = driver_;
    struct flow_owner *owner = get_owner(driver, argv[1],
                                         strtoul(argv[2], NULL, 0));
    enum ofputil_protocol protocols;
    struct group_spec spec;
    char *error = parse_ofp_group_mod_str(&spec.mod, OFPGC11_ADD_OR_MOD,
                                          argv[3], NULL, NULL, &protocols);

    if (error) {
        unixctl_command_reply_error(conn, error);
        free(error);
        return;
    }
    ofctrl_set_group(driver->ofctrl, spec.mod.group_id, &spec, owner);
    unixctl_command_reply(conn, NULL);
}

static void
cmd_ungroup(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *driver_)
{
    struct driver *driver = driver_;

    ofctrl_unset_group(driver->ofctrl, strtoul(argv[2], NULL, 0),
                       get_owner(driver, argv[1], 0));
    unixctl_command_reply(conn, NULL);
}

static void
cmd_replace(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *driver_)
{
    struct driver *driver = driver_;
    struct flow_owner *owner = get_owner(driver, argv[1],
                                         strtoul(argv[2], NULL, 0));
    enum ofputil_protocol protocols;
    struct ofputil_flow_mod *fms;
    struct flow_list flows;
    size_t n;
    char *error;

    error = parse_ofp_flow_mod_file(argv[3], NULL, NULL, OFPFC_ADD, &fms, &n,
                                    &protocols);
    if (error) {
        unixctl_command_reply_error(conn, error);
        free(error);
        return;
    }
    flow_list_init(&flows);
    for (size_t i = 0; i < n; i++) {
        struct ofpbuf ofpacts = ofpbuf_const_initializer(fms[i].ofpacts,
                                                         fms[i].ofpacts_len);
        struct match match;

        minimatch_expand(&fms[i].match, &match);
        flow_list_add(&flows, fms[i].table_id == 255 ? 0 : fms[i].table_id,
                      fms[i].priority, &match, &ofpacts);
        free(fms[i].ofpacts);
        minimatch_destroy(&fms[i].match);
    }
    free(fms);
    ofctrl_replace(driver->ofctrl, owner, &flows);
    flow_list_destroy(&flows);
    unixctl_command_reply(conn, NULL);
}

static void
cmd_patient(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *driver_)
{
    struct driver *driver = driver_;

    get_owner(driver, argv[1], 0)->is_patient = true;
    unixctl_command_reply(conn, NULL);
}

static void
cmd_clear(struct unixctl_conn *conn, int argc OVS_UNUSED, const char *argv[],
          void *driver_)
{
    struct driver *driver = driver_;

    ofctrl_clear(driver->ofctrl, get_owner(driver, argv[1], 0));
    unixctl_command_reply(conn, NULL);
}

static void
cmd_wait(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *driver_)
{
    struct driver *driver = driver_;

    if (driver->n_waiters >= driver->allocated_waiters) {
        driver->waiters = x2nrealloc(driver->waiters,
                                     &driver->allocated_waiters,
                                     sizeof *driver->waiters);
    }
    driver->waiters[driver->n_waiters++] = conn;
}

static void
cmd_status(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[] OVS_UNUSED, void *driver_)
{
    struct driver *driver = driver_;

    reply_json(conn, ofctrl_status_json(driver->ofctrl));
}

static void
put_error(const char *name, const char *error, void *s_)
{
    struct ds *s = s_;

    ds_put_format(s, "%s\t%s\n", name, error);
}

static void
cmd_errors(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[] OVS_UNUSED, void *driver_)
{
    struct driver *driver = driver_;
    struct ds s = DS_EMPTY_INITIALIZER;

    ofctrl_for_each_error(driver->ofctrl, put_error, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
cmd_interference(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[] OVS_UNUSED, void *driver_)
{
    struct driver *driver = driver_;
    struct ds s = DS_EMPTY_INITIALIZER;

    ofctrl_for_each_interference(driver->ofctrl, put_error, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
cmd_confirmed(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[], void *driver_)
{
    struct driver *driver = driver_;
    bool yes = ofctrl_owner_is_confirmed(get_owner(driver, argv[1], 0),
                                         driver->ofctrl);

    unixctl_command_reply(conn, yes ? "true" : "false");
}

static void
answer_counters(bool ok, uint64_t n_packets, uint64_t n_bytes, void *conn)
{
    char *s = xasprintf("%s %"PRIu64" %"PRIu64, ok ? "ok" : "lost",
                        n_packets, n_bytes);

    unixctl_command_reply(conn, s);
    free(s);
}

static void
cmd_counters(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[], void *driver_)
{
    struct driver *driver = driver_;

    ofctrl_query_counters(driver->ofctrl, strtoul(argv[1], NULL, 0),
                          atoi(argv[2]), answer_counters, conn);
}

static void
cmd_exit(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *driver_)
{
    struct driver *driver = driver_;

    driver->exiting = true;
    unixctl_command_reply(conn, NULL);
}

static void
answer_waiters(struct driver *driver)
{
    if (driver->n_waiters && ofctrl_is_settled(driver->ofctrl)) {
        for (size_t i = 0; i < driver->n_waiters; i++) {
            reply_json(driver->waiters[i],
                       ofctrl_status_json(driver->ofctrl));
        }
        driver->n_waiters = 0;
        poll_immediate_wake();
    }
}

static void
serve(struct driver *driver)
{
    struct unixctl_server *server;
    int error = unixctl_server_create(NULL, &server);

    if (error) {
        ovs_fatal(error, "cannot create control socket");
    }
    unixctl_command_register("bridge", "NAME", 1, 1, cmd_bridge, driver);
    unixctl_command_register("complete", "BOOL", 1, 1, cmd_complete, driver);
    unixctl_command_register("tlv-map", "MAP", 1, 1, cmd_tlv_map, driver);
    unixctl_command_register("meter", "ID RATE OWNER", 3, 3, cmd_meter,
                             driver);
    unixctl_command_register("group", "OWNER COOKIE GROUP", 3, 3, cmd_group,
                             driver);
    unixctl_command_register("ungroup", "OWNER ID", 2, 2, cmd_ungroup,
                             driver);
    unixctl_command_register("interference", "", 0, 0, cmd_interference,
                             driver);
    unixctl_command_register("replace", "OWNER COOKIE FILE", 3, 3,
                             cmd_replace, driver);
    unixctl_command_register("patient", "OWNER", 1, 1, cmd_patient, driver);
    unixctl_command_register("clear", "OWNER", 1, 1, cmd_clear, driver);
    unixctl_command_register("wait", "", 0, 0, cmd_wait, driver);
    unixctl_command_register("status", "", 0, 0, cmd_status, driver);
    unixctl_command_register("errors", "", 0, 0, cmd_errors, driver);
    unixctl_command_register("confirmed", "OWNER", 1, 1, cmd_confirmed,
                             driver);
    unixctl_command_register("counters", "COOKIE TABLE", 2, 2, cmd_counters,
                             driver);
    unixctl_command_register("exit", "", 0, 0, cmd_exit, driver);

    while (!driver->exiting) {
        unixctl_server_run(server);
        ofctrl_run(driver->ofctrl);
        answer_waiters(driver);
        if (!driver->exiting) {
            unixctl_server_wait(server);
            ofctrl_wait(driver->ofctrl);
            poll_block();
        }
    }
    unixctl_server_destroy(server);
}

/* The bench's flows: an endpoint's, in a VPC, with two options. */

static void
bench_print(unsigned int n)
{
    for (unsigned int i = 0; i < n; i++) {
        printf("cookie=%#"PRIx64",table=16,priority=100,metadata=%#x,"
               "dl_dst=02:00:%02x:%02x:%02x:01 actions=set_field:%u->reg6,"
               "set_field:%#x->tun_metadata3,"
               "set_field:0x1122334455667788%08x%08x->tun_metadata7,"
               "goto_table:32\n",
               FLOW_OWNER_COOKIE_PREFIX | i, 1 + i % 100,
               (i >> 16) & 0xff, (i >> 8) & 0xff, i & 0xff, i % 100,
               i + 0x10000, i, i);
    }
}

static void
bench_make(struct driver *driver, struct flow_owner *owner, unsigned int i)
{
    uint64_t stub[1024 / 8];
    struct ofpbuf ofpacts;
    struct flow_list flows;
    struct match match;
    struct eth_addr mac = { .ea = { 2, 0, i >> 16, i >> 8, i, 1 } };
    uint8_t label[4], tenant[16];
    ovs_be32 be;

    ofpbuf_use_stub(&ofpacts, stub, sizeof stub);
    match_init_catchall(&match);
    match_set_metadata(&match, htonll(1 + i % 100));
    match_set_dl_dst(&match, mac);
    be = htonl(i + 0x10000);
    memcpy(label, &be, sizeof be);
    memcpy(tenant, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
    be = htonl(i);
    memcpy(&tenant[8], &be, sizeof be);
    memcpy(&tenant[12], &be, sizeof be);
    put_load_imm(&ofpacts, MFF_REG6, i % 100, 0);
    put_set_option(&ofpacts, 3, label, sizeof label);
    put_set_option(&ofpacts, 7, tenant, sizeof tenant);
    put_goto(&ofpacts, 32);

    flow_owner_init(owner, i, "endpoint %u", i);
    flow_list_init(&flows);
    flow_list_add(&flows, 16, 100, &match, &ofpacts);
    ofctrl_replace(driver->ofctrl, owner, &flows);
    ofpbuf_uninit(&ofpacts);
}

static void
bench(struct driver *driver, unsigned int n)
{
    struct flow_owner *owners = xmalloc((n + 1) * sizeof *owners);
    long long int start = time_usec(), made, end;
    struct index_map map;

    memset(&map, 0, sizeof map);
    map.slots[3] = (struct index_slot) { true, { 0xff01, 0x01 }, 4 };
    map.slots[7] = (struct index_slot) { true, { 0xff01, 0x02 }, 16 };
    ofctrl_set_tlv_map(driver->ofctrl, &map);
    for (unsigned int i = 0; i < n; i++) {
        bench_make(driver, &owners[i], i);
    }
    made = time_usec();
    for (;;) {
        ofctrl_run(driver->ofctrl);
        if (ofctrl_is_settled(driver->ofctrl)) {
            break;
        }
        ofctrl_wait(driver->ofctrl);
        poll_block();
    }
    end = time_usec();

    struct json *json = ofctrl_status_json(driver->ofctrl);
    json_object_put(json, "make", json_real_create((made - start) / 1e6));
    json_object_put(json, "push", json_real_create((end - made) / 1e6));

    char *s = json_to_string(json, 0);
    puts(s);
    free(s);
    json_destroy(json);
    for (unsigned int i = 0; i < n; i++) {
        ofctrl_destroy_owner(driver->ofctrl, &owners[i]);
    }
    free(owners);
}

int
main(int argc, char *argv[])
{
    static const struct option options[] = {
        { "bridge", required_argument, NULL, 'b' },
        { "bench", required_argument, NULL, 'B' },
        { "print", required_argument, NULL, 'P' },
        { "log-file", required_argument, NULL, 'l' },
        { NULL, 0, NULL, 0 },
    };
    struct driver driver = { .gate = write_gate_create() };
    struct shash_node *node;
    const char *bridge = NULL;
    int n_bench = -1;
    int c;

    set_program_name(argv[0]);
    timeval_dummy_register();
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_WARN);
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'b':
            bridge = optarg;
            break;
        case 'B':
            n_bench = atoi(optarg);
            break;
        case 'P':
            bench_print(atoi(optarg));
            return 0;
        case 'l':
            vlog_set_levels(NULL, VLF_FILE, VLL_DBG);
            vlog_set_log_file(optarg);
            break;
        default:
            return 2;
        }
    }
    fatal_ignore_sigpipe();
    for (int fact = 0; fact < WRITE_N_FACTS; fact++) {
        write_gate_set(driver.gate, fact, fact != WRITE_FACT_PLANS
                                          || n_bench >= 0);
    }
    driver.ofctrl = ofctrl_create(driver.gate, WRITE_SWITCH);
    shash_init(&driver.owners);
    ofctrl_set_bridge(driver.ofctrl, bridge);
    if (n_bench >= 0) {
        bench(&driver, n_bench);
    } else {
        serve(&driver);
    }
    SHASH_FOR_EACH (node, &driver.owners) {
        ofctrl_destroy_owner(driver.ofctrl, node->data);
        free(node->data);
    }
    shash_destroy(&driver.owners);
    ofctrl_destroy(driver.ofctrl);
    write_gate_destroy(driver.gate);
    free(driver.waiters);
    return 0;
}
