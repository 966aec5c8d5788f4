/* Numbers for tunnel ports: see tunnel-numbers.h.
 *
 * Each number has a count of its users: a port that has the number and asks
 * for it, too, counts twice, and one on another bridge also counts. */

#include <config.h>

#include "agent/node/tunnel-numbers.h"

#include <stdlib.h>

#include "flow.h"
#include "util.h"

enum { N_NUMBERS = TUNNEL_NUMBERS_END - TUNNEL_NUMBERS_FIRST };

struct tunnel_numbers {
    unsigned int users[N_NUMBERS];
    unsigned int next;              /* To be looked at first: an index. */
};
BUILD_ASSERT_DECL(OFP_PORT_C(TUNNEL_NUMBERS_END) == OFPP_MAX);

struct tunnel_numbers *
tunnel_numbers_create(void)
{
    return xzalloc(sizeof(struct tunnel_numbers));
}

void
tunnel_numbers_destroy(struct tunnel_numbers *numbers)
{
    free(numbers);
}

/* The count of 'number', or NULL. */
static unsigned int *
get_users(struct tunnel_numbers *numbers, ofp_port_t number)
{
    int i = ofp_to_u16(number) - TUNNEL_NUMBERS_FIRST;

    return i >= 0 && i < N_NUMBERS ? &numbers->users[i] : NULL;
}

void
tunnel_numbers_use(struct tunnel_numbers *numbers, ofp_port_t number)
{
    unsigned int *users = get_users(numbers, number);

    if (users) {
        ++*users;
    }
}

void
tunnel_numbers_release(struct tunnel_numbers *numbers, ofp_port_t number)
{
    unsigned int *users = get_users(numbers, number);

    if (users) {
        ovs_assert(*users);
        --*users;
    }
}

ofp_port_t
tunnel_numbers_take(struct tunnel_numbers *numbers)
{
    for (unsigned int n = 0; n < N_NUMBERS; n++) {
        unsigned int i = numbers->next;

        numbers->next = (i + 1) % N_NUMBERS;
        if (!numbers->users[i]) {
            numbers->users[i] = 1;
            return u16_to_ofp(TUNNEL_NUMBERS_FIRST + i);
        }
    }
    return 0;
}
