/* Which MAC an address had last. */

#include <config.h>

#include "agent/answers/address-book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "packets.h"
#include "util.h"

#define VNI 5

static const struct eth_addr one = ETH_ADDR_C(02,00,00,00,00,01);
static const struct eth_addr two = ETH_ADDR_C(02,00,00,00,00,02);

static bool
note(struct address_book *book, uint32_t vni, uint32_t host,
     struct eth_addr mac)
{
    struct in6_addr ip = in6_addr_mapped_ipv4(htonl(0x0a000000 + host));

    return address_book_note(book, vni, &ip, mac);
}

static void
test_another_mac(void **state OVS_UNUSED)
{
    struct address_book *book = address_book_create();

    assert_false(note(book, VNI, 1, one));
    assert_false(note(book, VNI, 1, one));
    assert_true(note(book, VNI, 1, two));
    assert_false(note(book, VNI, 1, two));
    assert_true(note(book, VNI, 1, one));
    address_book_destroy(book);
}

/* The same address of another VPC is another one. */
static void
test_another_vpc(void **state OVS_UNUSED)
{
    struct address_book *book = address_book_create();

    assert_false(note(book, VNI, 1, one));
    assert_false(note(book, VNI + 1, 1, two));
    assert_false(note(book, VNI, 2, two));
    address_book_destroy(book);
}

static void
test_trim(void **state OVS_UNUSED)
{
    struct address_book *book = address_book_create();

    /* The last two stay, though they were noted more than once. */
    for (uint32_t i = 0; i < 10; i++) {
        assert_false(note(book, VNI, i, one));
        assert_false(note(book, VNI, i, one));
        address_book_trim(book, 2);
    }
    assert_true(note(book, VNI, 8, two));
    assert_true(note(book, VNI, 9, two));

    /* Those before four others do not. */
    assert_false(note(book, VNI, 5, two));
    assert_false(note(book, VNI, 0, two));
    address_book_destroy(book);
}

/* What is noted again is young again. */
static void
test_trim_noted_again(void **state OVS_UNUSED)
{
    struct address_book *book = address_book_create();

    for (uint32_t i = 0; i < 10; i++) {
        assert_false(note(book, VNI, i, one));
        assert_false(note(book, VNI, 100, one));
        address_book_trim(book, 2);
    }
    assert_true(note(book, VNI, 100, two));
    address_book_destroy(book);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_mac),
        cmocka_unit_test(test_another_vpc),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_trim_noted_again),
    };

    return cmocka_run_group_tests_name("address_book", tests, NULL, NULL);
}
