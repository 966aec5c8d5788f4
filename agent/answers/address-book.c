/* Addresses and their MACs: see address-book.h. */

#include <config.h>

#include "agent/answers/address-book.h"

#include <stdlib.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "packets.h"
#include "util.h"

struct address_book {
    struct hmap entries;            /* Contains "struct entry"s. */
    struct ovs_list by_age;         /* Noted longest ago first. */
};

struct entry {
    struct hmap_node node;          /* By 'vni' and 'ip'. */
    struct ovs_list age_node;
    uint32_t vni;
    struct in6_addr ip;
    struct eth_addr mac;
};

struct address_book *
address_book_create(void)
{
    struct address_book *book = xmalloc(sizeof *book);

    hmap_init(&book->entries);
    ovs_list_init(&book->by_age);
    return book;
}

void
address_book_destroy(struct address_book *book)
{
    if (book) {
        address_book_trim(book, 0);
        hmap_destroy(&book->entries);
        free(book);
    }
}

bool
address_book_note(struct address_book *book, uint32_t vni,
                  const struct in6_addr *ip, struct eth_addr mac)
{
    uint32_t hash = hash_bytes(ip, sizeof *ip, vni);
    struct entry *e;

    HMAP_FOR_EACH_WITH_HASH (e, node, hash, &book->entries) {
        if (e->vni == vni && ipv6_addr_equals(&e->ip, ip)) {
            bool changed = !eth_addr_equals(e->mac, mac);

            e->mac = mac;
            ovs_list_remove(&e->age_node);
            ovs_list_push_back(&book->by_age, &e->age_node);
            return changed;
        }
    }
    e = xmalloc(sizeof *e);
    e->vni = vni;
    e->ip = *ip;
    e->mac = mac;
    hmap_insert(&book->entries, &e->node, hash);
    ovs_list_push_back(&book->by_age, &e->age_node);
    return false;
}

void
address_book_trim(struct address_book *book, size_t max)
{
    while (hmap_count(&book->entries) > max) {
        struct entry *e = CONTAINER_OF(ovs_list_pop_front(&book->by_age),
                                       struct entry, age_node);

        hmap_remove(&book->entries, &e->node);
        free(e);
    }
}
