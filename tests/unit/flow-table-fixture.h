/* Owners that want flows, in tests of the flow table. */
#ifndef GA_TESTS_FLOW_TABLE_FIXTURE_H
#define GA_TESTS_FLOW_TABLE_FIXTURE_H 1

#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/flow-owner.h"
#include "agent/switch/flow-table.h"
#include "flow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* Adds a flow that matches metadata 'key' and sends to 'port', after it has
 * set tun_metadata<tlv> if 'tlv' >= 0. */
static inline void
add_flow(struct flow_list *list, uint64_t key, uint16_t port, int tlv)
{
    uint64_t stub[256 / 8];
    struct ofpbuf ofpacts;
    struct match match;
    uint8_t data[4] = { 1, 2, 3, 4 };

    ofpbuf_use_stub(&ofpacts, stub, sizeof stub);
    match_init_catchall(&match);
    match_set_metadata(&match, (OVS_FORCE ovs_be64) key);
    if (tlv >= 0) {
        put_set_option(&ofpacts, tlv, data, sizeof data);
    }
    put_output(&ofpacts, u16_to_ofp(port));
    flow_list_add(list, 1, 10, &match, &ofpacts);
    ofpbuf_uninit(&ofpacts);
}

/* Makes 'owner' want one flow. */
static inline bool
want(struct flow_table *ft, struct flow_owner *owner, uint64_t key,
     uint16_t port, int tlv)
{
    struct flow_list list;

    flow_list_init(&list);
    add_flow(&list, key, port, tlv);
    return flow_table_replace(ft, owner, &list);
}

static inline bool
want_nothing(struct flow_table *ft, struct flow_owner *owner)
{
    struct flow_list list;

    flow_list_init(&list);
    return flow_table_replace(ft, owner, &list);
}

static inline void
owner_destroy(struct flow_table *ft, struct flow_owner *owner)
{
    want_nothing(ft, owner);
    assert_int_equal(owner->n_refused, 0);
    flow_owner_uninit(owner);
}

static inline void
count_error(const char *name, const char *error, void *n_)
{
    size_t *n = n_;

    assert_non_null(name);
    assert_non_null(strstr(error, "flow table=1,priority=10,metadata="));
    ++*n;
}

/* Returns how many flows are refused, each with a message that names it. */
static inline size_t
count_errors(const struct flow_table *ft)
{
    size_t n = 0;

    flow_table_for_each_error(ft, count_error, &n);
    return n;
}

/* Sends what is pending and returns how many flow_mods that took.  If 'n_adds'
 * is nonnull, stores in it how many of them were not deletions. */
static inline size_t
commit(struct flow_table *ft, size_t *n_adds)
{
    size_t n;
    struct flow_change *changes = flow_slots_take_changes(&ft->slots, &n);

    if (n_adds) {
        *n_adds = 0;
        for (size_t i = 0; i < n; i++) {
            *n_adds += changes[i].flow != NULL;
        }
    }
    flow_slots_finish_changes(&ft->slots, changes, n, true);
    return n;
}

#endif /* tests/unit/flow-table-fixture.h */
