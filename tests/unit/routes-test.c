/* The kernel's routes and neighbours, in a network namespace of the test's
 * own: that needs root and iproute2. */

#include <config.h>

#include "agent/node/routes.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/node/kernel-events.h"
#include "agent/node/next-hops.h"
#include "lib/ip-address.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

#define DEADLINE 10000              /* ms */

/* Runs `ip' with words that are parted by spaces. */
static bool
try_ip(const char *words)
{
    char *copy = xstrdup(words);
    char *argv[32] = { CONST_CAST(char *, "ip") };
    size_t n = 1;
    int status;
    pid_t pid;

    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        argv[n++] = word;
    }
    pid = fork();
    if (!pid) {
        execvp("ip", argv);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    free(copy);
    return !status;
}

static void
ip(const char *words)
{
    assert_true(try_ip(words));
}

static void
write_sysctl(const char *path, const char *value)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(value, file);
    assert_int_equal(fclose(file), 0);
}

static struct in6_addr
addr(const char *s)
{
    struct in6_addr ip;

    assert_true(ip_address_from_string(s, &ip));
    return ip;
}

/* A cable with nobody at its other end. */
static bool
make_cable(void)
{
    if (unshare(CLONE_NEWNET)
        || !try_ip("link add e0 type veth peer name e1")) {
        return false;
    }
    ip("link set lo up");
    ip("link set e1 up");
    ip("link set e0 up");
    ip("addr add 192.0.2.1/24 dev e0");
    ip("addr add 2001:db8::1/64 dev e0 nodad");
    write_sysctl("/proc/sys/net/ipv4/neigh/e0/retrans_time_ms", "50");
    write_sysctl("/proc/sys/net/ipv6/neigh/e0/retrans_time_ms", "50");
    return true;
}

static void
expect_route(const char *to, const char *from, int error, const char *device,
             const char *hop)
{
    struct in6_addr to_ip = addr(to), from_ip = addr(from);
    struct route route;

    assert_int_equal(routes_lookup(&to_ip, &from_ip, &route), error);
    if (!error) {
        char s[INET6_ADDRSTRLEN];

        assert_int_equal(route.if_index, if_nametoindex(device));
        assert_string_equal(ipv6_string_mapped(s, &route.hop), hop);
    }
}

static void
test_routes(void **state OVS_UNUSED)
{
    struct kernel_events *events = kernel_events_create();
    struct routes *routes = routes_create(events);

    routes_run(routes);
    poll_immediate_wake();
    routes_wait(routes);
    poll_block();
    expect_route("192.0.2.9", "192.0.2.1", 0, "e0", "192.0.2.9");
    expect_route("2001:db8::9", "2001:db8::1", 0, "e0", "2001:db8::9");
    expect_route("198.51.100.1", "192.0.2.1", ENETUNREACH, NULL, NULL);
    expect_route("2001:db8:1::1", "2001:db8::1", ENETUNREACH, NULL, NULL);

    ip("route add 198.51.100.0/24 via 192.0.2.254");
    routes_wait(routes);
    poll_block();
    assert_true(routes_run(routes));
    expect_route("198.51.100.1", "192.0.2.1", 0, "e0", "192.0.2.254");
    ip("route add 203.0.113.0/24 via inet6 2001:db8::fe dev e0");
    expect_route("203.0.113.1", "192.0.2.1", 0, "e0", "2001:db8::fe");
    ip("route add 2001:db8:1::/64 via 2001:db8::fe");
    expect_route("2001:db8:1::1", "2001:db8::1", 0, "e0", "2001:db8::fe");
    ip("route add unreachable 192.0.2.7/32");
    expect_route("192.0.2.7", "192.0.2.1", EHOSTUNREACH, NULL, NULL);
    routes_destroy(routes);
    kernel_events_destroy(events);
}

/* Waits until 'hop' is dead, or alive. */
static void
wait_hop(struct next_hops *nh, const struct next_hop *hop, bool dead)
{
    long long int end = time_msec() + DEADLINE;

    for (;;) {
        next_hops_run(nh);
        if (next_hop_is_dead(hop) == dead) {
            return;
        }
        assert_true(time_msec() < end);
        next_hops_wait(nh);
        poll_timer_wait_until(end);
        poll_block();
    }
}

static void
check_description(struct next_hops *nh, const struct next_hop *hop,
                  const char *address)
{
    char *expected = xasprintf("%s on e0", address);
    char *described = next_hops_describe(nh, hop);

    assert_string_equal(described, expected);
    free(described);
    free(expected);
}

static void
check_hop(const char *address, const char *appears)
{
    struct kernel_events *events = kernel_events_create();
    struct next_hops *nh = next_hops_create(events);
    struct in6_addr ip_ = addr(address);
    int e0 = next_hops_find_device(nh, "e0");
    struct next_hop *hop = next_hops_obtain(nh, &ip_, e0);

    assert_non_null(hop);
    assert_ptr_equal(next_hops_obtain(nh, &ip_, e0), hop);
    next_hops_release(nh, hop);
    assert_int_equal(next_hops_find_device(nh, "e9"), 0);
    assert_null(next_hops_obtain(nh, &ip_, 0));
    check_description(nh, hop, address);
    wait_hop(nh, hop, true);
    ip(appears);
    wait_hop(nh, hop, false);
    next_hops_release(nh, hop);
    next_hops_destroy(nh);
    kernel_events_destroy(events);
}

/* Whoever says nothing is dead until it has a MAC. */
static void
test_next_hops(void **state OVS_UNUSED)
{
    check_hop("192.0.2.8",
              "neigh replace 192.0.2.8 lladdr 02:00:00:00:00:08 dev e0");
    check_hop("2001:db8::8",
              "neigh replace 2001:db8::8 lladdr 02:00:00:00:00:08 dev e0");
}

/* Devices come, go and get other names. */
static void
test_devices(void **state OVS_UNUSED)
{
    struct kernel_events *events = kernel_events_create();
    struct next_hops *nh = next_hops_create(events);
    struct in6_addr to = addr("192.0.2.8");
    struct next_hop *hop;
    char *s;
    int index;

    assert_int_equal(next_hops_find_device(nh, "d0"), 0);
    ip("link add d0 type bridge");
    next_hops_wait(nh);
    index = next_hops_find_device(nh, "d0");
    assert_int_equal(index, if_nametoindex("d0"));
    assert_int_equal(next_hops_find_device(nh, "e0"), if_nametoindex("e0"));

    hop = next_hops_obtain(nh, &to, index);
    ip("link set d0 name d1");
    s = next_hops_describe(nh, hop);
    assert_string_equal(s, "192.0.2.8 on d1");
    free(s);
    assert_int_equal(next_hops_find_device(nh, "d1"), index);
    ip("link del d1");
    next_hops_wait(nh);
    s = next_hops_describe(nh, hop);
    assert_string_equal(s, "192.0.2.8 on a device that has gone");
    free(s);
    assert_int_equal(next_hops_find_device(nh, "d1"), 0);

    next_hops_release(nh, hop);
    poll_immediate_wake();
    poll_block();
    next_hops_destroy(nh);
    kernel_events_destroy(events);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_next_hops),
    };

    if (!make_cable()) {
        printf("1..0 # SKIP cannot make a network namespace\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
