/* Addresses and their MACs: see address-book.h.
 *
 * There is an entry for each address of each endpoint of the VPCs that are
 * here, so it is small.  An address is not kept: 64 bits of its hash stand for
 * it, which with a basis that is another one in each run nobody can make equal
 * for two.  When an address was noted is not kept either: what has not been
 * noted since the last two times when 'young' was full is forgotten. */

#include <config.h>

#include "agent/answers/address-book.h"

#include <stdlib.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "packets.h"
#include "random.h"
#include "util.h"

struct address_book {
    struct hmap young;              /* Contains "struct entry"s. */
    struct hmap old;                /* Likewise, not noted since 'young' was
                                     * empty. */
    uint32_t basis;
};

struct entry {
    struct hmap_node node;          /* By what get_id() returns. */
    struct eth_addr mac;
};

struct address_book *
address_book_create(void)
{
    struct address_book *book = xmalloc(sizeof *book);

    hmap_init(&book->young);
    hmap_init(&book->old);
    book->basis = random_uint32();
    return book;
}

static void
clear(struct hmap *entries)
{
    struct entry *e;

    HMAP_FOR_EACH_POP (e, node, entries) {
        free(e);
    }
}

void
address_book_destroy(struct address_book *book)
{
    if (book) {
        clear(&book->young);
        clear(&book->old);
        hmap_destroy(&book->young);
        hmap_destroy(&book->old);
        free(book);
    }
}

static size_t
get_id(const struct address_book *book, uint32_t vni,
       const struct in6_addr *ip)
{
    ovs_u128 hash;

    hash_bytes128(ip, sizeof *ip, hash_int(vni, book->basis), &hash);
    return hash.u64.lo;
}

static struct entry *
find(const struct hmap *entries, size_t id)
{
    struct hmap_node *node = hmap_first_with_hash(entries, id);

    return node ? CONTAINER_OF(node, struct entry, node) : NULL;
}

bool
address_book_note(struct address_book *book, uint32_t vni,
                  const struct in6_addr *ip, struct eth_addr mac)
{
    size_t id = get_id(book, vni, ip);
    struct entry *e = find(&book->young, id);
    bool changed;

    if (!e) {
        e = find(&book->old, id);
        if (e) {
            hmap_remove(&book->old, &e->node);
        } else {
            e = xmalloc(sizeof *e);
            e->mac = mac;
        }
        hmap_insert(&book->young, &e->node, id);
    }
    changed = !eth_addr_equals(e->mac, mac);
    e->mac = mac;
    return changed;
}

void
address_book_trim(struct address_book *book, size_t n)
{
    if (hmap_count(&book->young) > n) {
        clear(&book->old);
        hmap_swap(&book->young, &book->old);
    }
}
