/* What nvad lets one address have. */

#include <config.h>

#include "utilities/nvad/http-limits.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

/* 10.0.0.1, the same as an IPv6 socket shows it, and another one. */
static struct sockaddr_storage one, one_mapped, two;

static const struct sockaddr *
sa(const struct sockaddr_storage *ss)
{
    return (const struct sockaddr *) ss;
}

static int
setup(void **state OVS_UNUSED)
{
    struct sockaddr_in *sin = (struct sockaddr_in *) &one;
    struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *) &one_mapped;

    sin->sin_family = AF_INET;
    sin->sin_addr.s_addr = htonl(0x0a000001);
    two = one;
    ((struct sockaddr_in *) &two)->sin_addr.s_addr = htonl(0x0a000002);
    sin6->sin6_family = AF_INET6;
    sin6->sin6_addr.s6_addr[10] = sin6->sin6_addr.s6_addr[11] = 0xff;
    memcpy(&sin6->sin6_addr.s6_addr[12], &sin->sin_addr, 4);
    return 0;
}

static void
expect_counter(const struct http_limits *limits, const char *line)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    http_limits_format(limits, &s);
    if (!strstr(ds_cstr(&s), line)) {
        fail_msg("\"%s\" is not in \"%s\"", line, ds_cstr(&s));
    }
    ds_destroy(&s);
}

static void
test_connections(void **state OVS_UNUSED)
{
    struct http_shares shares = { .all_connections = 3, .connections = 3,
                                  .strangers = 2,
                                  .stranger_ms = 3600 * 1000,
                                  .chances = 9 };
    struct http_limits *limits = http_limits_create(&shares);
    struct http_peer *peers[3];

    for (int i = 0; i < 2; i++) {
        assert_true(http_limits_accept(limits, sa(&one)));
        peers[i] = http_limits_add_peer(limits, sa(i ? &one : &one_mapped),
                                        -1);
    }
    assert_false(http_limits_accept(limits, sa(&one)));
    assert_false(http_limits_accept(limits, sa(&one_mapped)));
    assert_true(http_limits_accept(limits, sa(&two)));
    expect_counter(limits, "of one address without authorization: 2\n");

    /* Being known makes room for a stranger, up to the number of all. */
    http_peer_set_known(peers[0]);
    http_peer_set_known(peers[0]);
    assert_int_equal(http_limits_count_strangers(limits), 1);
    assert_true(http_limits_accept(limits, sa(&one)));
    peers[2] = http_limits_add_peer(limits, sa(&one), -1);
    http_peer_set_known(peers[2]);
    assert_false(http_limits_accept(limits, sa(&one)));
    expect_counter(limits, "connections refused, too many of one address: 1");
    expect_counter(limits, "times that all connections were taken: 1\n");

    http_limits_remove_peer(peers[2]);
    assert_true(http_limits_accept(limits, sa(&one)));
    http_limits_remove_peer(peers[1]);
    http_limits_remove_peer(peers[0]);
    assert_int_equal(http_limits_count_strangers(limits), 0);
    http_limits_destroy(limits);
}

/* All connections of an address draw on the same. */
static void
test_requests(void **state OVS_UNUSED)
{
    struct http_shares shares = { .connections = 9, .strangers = 9,
                                  .writes = 2, .body_bytes = 100,
                                  .stranger_ms = 3600 * 1000,
                                  .chances = 9 };
    struct http_limits *limits = http_limits_create(&shares);
    struct http_peer *a = http_limits_add_peer(limits, sa(&one), -1);
    struct http_peer *b = http_limits_add_peer(limits, sa(&one), -1);
    struct http_peer *other = http_limits_add_peer(limits, sa(&two), -1);

    assert_true(http_peer_take_write(a));
    assert_true(http_peer_take_write(b));
    assert_false(http_peer_take_write(b));
    assert_true(http_peer_take_write(other));
    expect_counter(limits, "writes refused, too many of one address: 1\n");
    http_peer_give_write(a);
    assert_true(http_peer_take_write(b));

    assert_true(http_peer_take_body(a, 60));
    assert_false(http_peer_take_body(b, 41));
    assert_true(http_peer_take_body(b, 40));
    assert_false(http_peer_take_body(a, 1));
    assert_true(http_peer_take_body(other, 100));
    http_peer_give_body(a, 60);
    assert_true(http_peer_take_body(b, 60));
    http_peer_note_overload(b);
    expect_counter(limits, "too many bytes under way: 3\n");

    http_limits_remove_peer(a);
    http_limits_remove_peer(b);
    http_limits_remove_peer(other);
    http_limits_destroy(limits);
}

static void
come_to_nothing(struct http_limits *limits, const struct sockaddr *address)
{
    http_limits_remove_peer(http_limits_add_peer(limits, address, -1));
    http_limits_run(limits);
}

/* Connections that come to nothing use up chances; those that are authorized
 * do not. */
static void
test_chances(void **state OVS_UNUSED)
{
    struct http_shares shares = { .connections = 9, .strangers = 9,
                                  .stranger_ms = 3600 * 1000, .chances = 3 };
    struct http_limits *limits = http_limits_create(&shares);

    for (int i = 0; i < 10; i++) {
        struct http_peer *peer = http_limits_add_peer(limits, sa(&one), -1);

        http_peer_set_known(peer);
        http_limits_remove_peer(peer);
    }
    for (int i = 0; i < 3; i++) {
        assert_true(http_limits_accept(limits, sa(&one)));
        come_to_nothing(limits, sa(&one));
    }
    assert_false(http_limits_accept(limits, sa(&one)));
    assert_true(http_limits_accept(limits, sa(&two)));
    expect_counter(limits, "too often not authorized: 1\n");
    http_limits_destroy(limits);
}

/* Time brings chances back, up to what there was at first. */
static void
test_chances_come_back(void **state OVS_UNUSED)
{
    struct http_shares shares = { .connections = 9, .strangers = 9,
                                  .stranger_ms = 3600 * 1000,
                                  .chances = 3, .chances_per_s = 100 };
    struct http_limits *limits = http_limits_create(&shares);
    long long int start = time_msec();
    int n = 0;

    while (n < 10) {
        if (http_limits_accept(limits, sa(&one))) {
            come_to_nothing(limits, sa(&one));
            n++;
        }
    }
    assert_true(time_msec() >= start + (10 - 3) * 10);
    http_limits_destroy(limits);
}

static bool
is_shut_down(int fd)
{
    char c;

    return recv(fd, &c, 1, MSG_DONTWAIT) == 0;
}

static void
test_strangers_end(void **state OVS_UNUSED)
{
    struct http_shares shares = { .connections = 9, .strangers = 9 };
    struct http_limits *limits = http_limits_create(&shares);
    struct http_peer *peers[2];
    int fds[2][2];

    for (int i = 0; i < 2; i++) {
        assert_false(socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]));
        peers[i] = http_limits_add_peer(limits, sa(&one), fds[i][0]);
    }
    http_peer_set_known(peers[0]);
    http_limits_run(limits);
    http_limits_run(limits);
    assert_false(is_shut_down(fds[0][1]));
    assert_true(is_shut_down(fds[1][1]));
    assert_int_equal(http_limits_count_strangers(limits), 0);
    expect_counter(limits, "connections closed, not authorized in time: 1\n");

    for (int i = 0; i < 2; i++) {
        http_limits_remove_peer(peers[i]);
        close(fds[i][0]);
        close(fds[i][1]);
    }
    http_limits_destroy(limits);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_chances),
        cmocka_unit_test(test_chances_come_back),
        cmocka_unit_test(test_strangers_end),
    };
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("nvad-limits", tests, setup, NULL);
}
