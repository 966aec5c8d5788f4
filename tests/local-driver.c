/* A program around the agent's view of its node (agent/node/local.h and
 * agent/node/underlay.h), for tests of it against a real Open vSwitch.
 *
 * Usage: local-driver OVSDB-REMOTE.  Reads commands from standard input:
 *
 *     set NVE REMOTE LOCAL PORT      a tunnel; NVE may be -, REMOTE flow,
 *     unset REMOTE LOCAL PORT        LOCAL -, PORT 0
 *     leave NVE REMOTE LOCAL PORT    the same, said by NVE
 *     note REMOTE LOCAL PORT OPTIONS STATUS       - for none
 *     many N                         N tunnels at once, to 10.0.0.1 and up
 *     plan K LOCAL PORT[,PORT]...    a plan's bridge; PORTs - for none
 *     unplan K
 *     keepplan K                     leaves its bridge as it is
 *     plannote K ORDER REMOTES WHY   - for none
 *     neighbors PHYSNET NOTE         an attachment's note; - for none
 *     complete                       opens the gate: all tunnels are known
 *     mtu IP
 *     forget                         empties "seen", see below
 *     quit
 *
 * and prints all it knows, as a line of JSON, whenever that has changed and
 * after each command (which it counts in "commands"):
 *
 *     {"settings", "ifaces": {iface-id: [name, ofport]},
 *      "tunnels": {"REMOTE LOCAL PORT": ofport},
 *      "numbers": the same, of local_tunnel_get_number(),
 *      "plans": {K: null if it is not ready, or {"bridge", "patch", "peer",
 *                   "tunnels": {UDP port: ofport}}}, those that were set,
 *      "existing": [K],
 *      "attachments": {PHYSNET: [bridge, ofport, "unknown", "up" or "down",
 *                      note]},
 *      "problems": {object: message}, "mtus": {ip: [mtu, device]},
 *      "bridgeReady", "status": as local_status_json(),
 *      "seen": {"settings", "problems", "plans", "attachments", "ifaces",
 *               "tunnels", "made"}: what
 *      local_run() said had changed since "forget", "cpu": ms} */

#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/node/kernel-events.h"
#include "agent/node/local.h"
#include "agent/node/underlay.h"
#include "agent/write-gate.h"
#include "fatal-signal.h"
#include "flow.h"
#include "lib/ip-address.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "tests/unit/cpu-time.h"
#include "util.h"

/* A tunnel that was set. */
struct wanted {
    struct tunnel_key key;
    char nve[32];
};

struct driver {
    struct local *local;
    struct kernel_events *events;
    struct underlay *underlay;
    struct shash tunnels;           /* "REMOTE LOCAL PORT" -> "struct
                                     * wanted". */
    bool plans[PLAN_BRIDGES_MAX + 1]; /* That were set, by K. */
    struct sset mtus;               /* Addresses. */
    struct local_changes seen;
    int fd;                         /* Standard input; the poll loop does not
                                     * take a descriptor that is 0. */
    struct ds input;
    char *printed;                  /* What was printed last. */
    struct write_gate *gate;
    bool quit;
    int n_commands;
};

static struct json *
sset_to_json(const struct sset *set)
{
    const char **names = sset_sort(set);
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < sset_count(set); i++) {
        json_array_add(array, json_string_create(names[i]));
    }
    free(names);
    return array;
}

static struct json *
settings_to_json(const struct settings *settings)
{
    struct json *json = json_object_create();
    struct json *errors = json_object_create();
    struct json *ips = json_array_create_empty();
    const struct shash_node *node;

#define PUT(NAME, VALUE) \
    json_object_put_string(json, NAME, VALUE ? VALUE : "")
    PUT("systemId", settings->system_id);
    PUT("controller", settings->controller);
    PUT("bridge", settings->bridge);
    PUT("receivePath", settings->receive_path);
#undef PUT
    json_object_put_string(
        json, "tunnelMode",
        settings_tunnel_mode_to_string(settings->tunnel_mode));
    for (size_t i = 0; i < settings->n_encap_ips; i++) {
        char s[INET6_ADDRSTRLEN];

        json_array_add(ips, json_string_create(
                           ipv6_string_mapped(s, &settings->encap_ips[i])));
    }
    json_object_put(json, "encapIPs", ips);
    SHASH_FOR_EACH (node, &settings->errors) {
        json_object_put_string(errors, node->name, node->data);
    }
    json_object_put(json, "errors", errors);
    return json;
}

static struct json *
ifaces_to_json(const struct local *local)
{
    struct json *json = json_object_create();
    const struct shash_node *node;

    SHASH_FOR_EACH (node, local_get_plugs(local)) {
        const struct plug *iface = node->data;

        ovs_assert(local_get_plug(local, iface->iface_id) == iface);
        json_object_put(json, iface->iface_id,
                        json_array_create_2(
                            json_string_create(iface->name),
                            json_integer_create(ofp_to_u16(iface->ofport))));
    }
    return json;
}

/* What 'get_number' says of each tunnel. */
static struct json *
tunnels_to_json(const struct driver *driver,
                ofp_port_t (*get_number)(const struct local *,
                                         const struct tunnel_key *))
{
    struct json *json = json_object_create();
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &driver->tunnels) {
        const struct wanted *wanted = node->data;
        ofp_port_t number = get_number(driver->local, &wanted->key);

        json_object_put(json, node->name,
                        json_integer_create(ofp_to_u16(number)));
    }
    return json;
}

static struct json *
plan_to_json(const struct plan_bridge_ports *plan)
{
    struct json *tunnels = json_object_create();
    struct json *json = json_object_create();

    for (size_t i = 0; i < plan->n_udp_ports; i++) {
        char *port = xasprintf("%u", plan->udp_ports[i]);

        json_object_put(tunnels, port,
                        json_integer_create(ofp_to_u16(plan->tunnel[i])));
        free(port);
    }
    json_object_put(json, "tunnels", tunnels);
    json_object_put_string(json, "bridge", plan->bridge);
    json_object_put(json, "patch",
                    json_integer_create(ofp_to_u16(plan->patch)));
    json_object_put(json, "peer",
                    json_integer_create(ofp_to_u16(plan->peer)));
    return json;
}

static struct json *
plans_to_json(const struct driver *driver)
{
    struct json *json = json_object_create();

    for (unsigned int k = 1; k <= PLAN_BRIDGES_MAX; k++) {
        const struct plan_bridge_ports *plan = local_plan_get(driver->local,
                                                              k);

        if (driver->plans[k]) {
            char *name = xasprintf("%u", k);

            json_object_put(json, name,
                            plan ? plan_to_json(plan) : json_null_create());
            free(name);
        } else {
            ovs_assert(!plan);
        }
    }
    return json;
}

static struct json *
existing_to_json(const struct local *local)
{
    unsigned int ks[PLAN_BRIDGES_MAX];
    size_t n = local_plan_get_existing(local, ks);
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        json_array_add(array, json_integer_create(ks[i]));
    }
    return array;
}

static struct json *
attachments_to_json(const struct local *local)
{
    static const char *const uplinks[] = {
        [UPLINK_UNKNOWN] = "unknown", [UPLINK_UP] = "up",
        [UPLINK_DOWN] = "down",
    };
    struct json *json = json_object_create();
    const struct shash_node *node;

    SHASH_FOR_EACH (node, local_get_attachments(local)) {
        const struct attachment *a = node->data;
        struct json *array = json_array_create_3(
            json_string_create(a->bridge),
            json_integer_create(ofp_to_u16(a->ofport)),
            json_string_create(uplinks[a->uplink]));

        ovs_assert(local_attachment_find(local, a->physnet) == a);
        json_array_add(array, json_string_create(a->note ? a->note : ""));
        json_object_put(json, node->name, array);
    }
    return json;
}

static void
put_problem(const char *object, const char *message, void *json)
{
    json_object_put_string(json, object, message);
}

static struct json *
mtus_to_json(const struct driver *driver)
{
    struct json *json = json_object_create();
    const char *s;

    SSET_FOR_EACH (s, &driver->mtus) {
        struct in6_addr ip;
        char *device;
        int mtu;

        ovs_assert(ip_address_from_string(s, &ip));
        mtu = underlay_get_mtu(driver->underlay, &ip, &device);
        json_object_put(json, s, json_array_create_2(
                            json_integer_create(mtu),
                            json_string_create(device ? device : "")));
        free(device);
    }
    return json;
}

static struct json *
seen_to_json(const struct local_changes *seen)
{
    struct json *json = json_object_create();

    json_object_put(json, "settings", json_boolean_create(seen->settings));
    json_object_put(json, "problems", json_boolean_create(seen->problems));
    json_object_put(json, "plans", json_boolean_create(seen->plans));
    json_object_put(json, "attachments",
                    json_boolean_create(seen->attachments));
    json_object_put(json, "ifaces", sset_to_json(&seen->ifaces));
    json_object_put(json, "tunnels", sset_to_json(&seen->tunnels));
    json_object_put(json, "made", sset_to_json(&seen->made));
    return json;
}

/* Prints what is known, unless 'driver' has printed just that. */
static void
print_state(struct driver *driver)
{
    struct json *problems = json_object_create();
    struct json *json = json_object_create();
    char *s;

    local_for_each_problem(driver->local, put_problem, problems);
    json_object_put(json, "problems", problems);
    json_object_put(json, "settings",
                    settings_to_json(local_get_settings(driver->local)));
    json_object_put(json, "ifaces", ifaces_to_json(driver->local));
    json_object_put(json, "tunnels",
                    tunnels_to_json(driver, local_tunnel_get_ofport));
    json_object_put(json, "numbers",
                    tunnels_to_json(driver, local_tunnel_get_number));
    json_object_put(json, "plans", plans_to_json(driver));
    json_object_put(json, "existing", existing_to_json(driver->local));
    json_object_put(json, "attachments", attachments_to_json(driver->local));
    json_object_put(json, "mtus", mtus_to_json(driver));
    json_object_put(json, "ready",
                    json_boolean_create(local_is_ready(driver->local)));
    json_object_put(json, "bridgeReady",
                    json_boolean_create(local_bridge_is_ready(driver->local)));
    json_object_put(json, "status", local_status_json(driver->local));
    json_object_put(json, "seen", seen_to_json(&driver->seen));
    json_object_put(json, "commands",
                    json_integer_create(driver->n_commands));
    s = json_to_string(json, JSSF_SORT);
    if (!driver->printed || strcmp(driver->printed, s)) {
        free(driver->printed);
        driver->printed = s;
        json_object_put(json, "cpu", json_integer_create(cpu_time_msec()));
        s = json_to_string(json, JSSF_SORT);
        puts(s);
        fflush(stdout);
    }
    if (s != driver->printed) {
        free(s);
    }
    json_destroy(json);
}

/* Commands. */

static void
parse_key(char **args, struct tunnel_key *key)
{
    memset(key, 0, sizeof *key);
    if ((strcmp(args[0], "flow")
         && !ip_address_from_string(args[0], &key->remote))
        || (strcmp(args[1], "-")
            && !ip_address_from_string(args[1], &key->local))) {
        ovs_fatal(0, "%s %s: no addresses", args[0], args[1]);
    }
    key->udp_port = atoi(args[2]);
}

static void
set_tunnel(struct driver *driver, const char *nve, char **args)
{
    char *name = xasprintf("%s %s %s", args[0], args[1], args[2]);
    struct wanted *wanted = xmalloc(sizeof *wanted);

    parse_key(args, &wanted->key);
    ovs_strlcpy(wanted->nve, strcmp(nve, "-") ? nve : "", sizeof wanted->nve);
    local_tunnel_set(driver->local, &wanted->key, wanted->nve);
    free(shash_replace(&driver->tunnels, name, wanted));
    free(name);
}

static void
unset_tunnel(struct driver *driver, char **args)
{
    char *name = xasprintf("%s %s %s", args[0], args[1], args[2]);
    struct wanted *wanted = shash_find_and_delete_assert(&driver->tunnels,
                                                         name);

    local_tunnel_unset(driver->local, &wanted->key, wanted->nve);
    free(wanted);
    free(name);
}

static const char *
dash_is_null(const char *s)
{
    return strcmp(s, "-") ? s : NULL;
}

static void
set_plan(struct driver *driver, unsigned int k, const char *local, char *ports)
{
    struct in6_addr local_ip = in6addr_any;
    uint16_t udp_ports[16];
    char *save = NULL;
    size_t n = 0;

    if (strcmp(local, "-") && !ip_address_from_string(local, &local_ip)) {
        ovs_fatal(0, "%s: no address", local);
    }
    for (char *s = strtok_r(ports, ",", &save);
         s && strcmp(s, "-") && n < ARRAY_SIZE(udp_ports);
         s = strtok_r(NULL, ",", &save)) {
        udp_ports[n++] = atoi(s);
    }
    local_plan_set(driver->local, k, &local_ip, udp_ports, n, 0);
    driver->plans[k] = true;
}

/* Runs a command for plans.  Returns false if it is none. */
static bool
run_plan_command(struct driver *driver, char **args, int n)
{
    unsigned int k = n > 1 ? atoi(args[1]) : 0;

    if (!k || k > PLAN_BRIDGES_MAX) {
        return false;
    } else if (n == 4 && !strcmp(args[0], "plan")) {
        set_plan(driver, k, args[2], args[3]);
    } else if (n == 2 && !strcmp(args[0], "unplan")) {
        local_plan_unset(driver->local, k);
        driver->plans[k] = false;
    } else if (n == 2 && !strcmp(args[0], "keepplan")) {
        local_plan_keep(driver->local, k);
    } else if (n == 5 && !strcmp(args[0], "plannote")) {
        local_plan_set_note(driver->local, k, dash_is_null(args[2]),
                            dash_is_null(args[3]), dash_is_null(args[4]));
    } else {
        return false;
    }
    return true;
}

static void
run_command(struct driver *driver, char *line)
{
    char *args[8] = { NULL };
    char *save = NULL;
    int n = 0;

    for (char *s = strtok_r(line, " ", &save); s && n < 7;
         s = strtok_r(NULL, " ", &save)) {
        args[n++] = s;
    }
    driver->n_commands++;
    if (n == 5 && !strcmp(args[0], "set")) {
        set_tunnel(driver, args[1], &args[2]);
    } else if (n == 4 && !strcmp(args[0], "unset")) {
        unset_tunnel(driver, &args[1]);
    } else if (n == 5 && !strcmp(args[0], "leave")) {
        struct tunnel_key key;

        parse_key(&args[2], &key);
        local_tunnel_unset(driver->local, &key, args[1]);
    } else if (n == 6 && !strcmp(args[0], "note")) {
        struct tunnel_key key;

        parse_key(&args[1], &key);
        local_tunnel_set_note(driver->local, &key, dash_is_null(args[4]),
                              dash_is_null(args[5]));
    } else if (n == 2 && !strcmp(args[0], "many")) {
        for (int i = 1; i <= atoi(args[1]); i++) {
            char ip[32], nve[32], local[] = "-", port[] = "0";
            char *key_args[] = { ip, local, port };

            snprintf(ip, sizeof ip, "10.0.%d.%d", i / 256, i % 256);
            snprintf(nve, sizeof nve, "hv-%d", i);
            set_tunnel(driver, nve, key_args);
        }
    } else if (n == 3 && !strcmp(args[0], "neighbors")) {
        local_attachment_set_note(driver->local, args[1],
                                  dash_is_null(args[2]));
    } else if (n == 1 && !strcmp(args[0], "complete")) {
        write_gate_set(driver->gate, WRITE_FACT_OBJECTS, true);
    } else if (n == 2 && !strcmp(args[0], "mtu")) {
        sset_add(&driver->mtus, args[1]);
    } else if (n == 1 && !strcmp(args[0], "forget")) {
        local_changes_destroy(&driver->seen);
        local_changes_init(&driver->seen);
    } else if (n == 1 && !strcmp(args[0], "quit")) {
        driver->quit = true;
    } else if (!run_plan_command(driver, args, n)) {
        ovs_fatal(0, "%s: no such command", args[0] ? args[0] : "");
    }
}

/* Runs the commands that have come.  The end of input is "quit". */
static void
read_commands(struct driver *driver)
{
    struct pollfd pollfd = { .fd = driver->fd, .events = POLLIN };

    while (poll(&pollfd, 1, 0) > 0) {
        char c;

        if (read(driver->fd, &c, 1) != 1) {
            driver->quit = true;
            return;
        } else if (c != '\n') {
            ds_put_char(&driver->input, c);
        } else {
            run_command(driver, ds_cstr(&driver->input));
            ds_clear(&driver->input);
        }
    }
}

int
main(int argc, char *argv[])
{
    struct driver driver = { .input = DS_EMPTY_INITIALIZER };

    set_program_name(argv[0]);
    if (argc != 2) {
        ovs_fatal(0, "usage: %s OVSDB-REMOTE", program_name);
    }
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_INFO);
    vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);
    fatal_ignore_sigpipe();
    driver.fd = dup(STDIN_FILENO);
    if (driver.fd < 0) {
        ovs_fatal(errno, "dup");
    }
    driver.gate = write_gate_create();
    write_gate_set(driver.gate, WRITE_FACT_NODE, true);
    write_gate_set(driver.gate, WRITE_FACT_NAME, true);
    write_gate_set(driver.gate, WRITE_FACT_UNDERLAY, true);
    driver.local = local_create(argv[1], driver.gate);
    driver.events = kernel_events_create();
    driver.underlay = underlay_create(driver.events);
    shash_init(&driver.tunnels);
    sset_init(&driver.mtus);
    local_changes_init(&driver.seen);

    while (!driver.quit) {
        read_commands(&driver);
        local_run(driver.local, &driver.seen);
        underlay_run(driver.underlay);
        print_state(&driver);

        local_wait(driver.local);
        underlay_wait(driver.underlay);
        poll_fd_wait(driver.fd, POLLIN);
        if (driver.quit) {
            poll_immediate_wake();
        }
        poll_block();
    }

    local_destroy(driver.local);
    write_gate_destroy(driver.gate);
    underlay_destroy(driver.underlay);
    kernel_events_destroy(driver.events);
    shash_destroy_free_data(&driver.tunnels);
    sset_destroy(&driver.mtus);
    local_changes_destroy(&driver.seen);
    ds_destroy(&driver.input);
    free(driver.printed);
    return 0;
}
