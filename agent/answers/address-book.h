/* Which MAC each address of a VPC had last.
 *
 * It remembers the MAC of an address that nobody has any more, so that it is
 * known that the next one who has that address has another MAC. */
#ifndef GA_ADDRESS_BOOK_H
#define GA_ADDRESS_BOOK_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct address_book;

struct address_book *address_book_create(void);
void address_book_destroy(struct address_book *);

/* Notes that 'ip' has 'mac' in the VPC with that VNI.  Returns whether it had
 * another one before. */
bool address_book_note(struct address_book *, uint32_t vni,
                       const struct in6_addr *ip, struct eth_addr mac);

/* Forgets addresses that were noted longest ago, but none of the last 'n'.
 * Called with the same 'n' after each note, it keeps no more than twice as
 * many. */
void address_book_trim(struct address_book *, size_t n);

#endif /* agent/answers/address-book.h */
