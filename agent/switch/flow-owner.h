/* Who wants flows: one for each endpoint, remote and so on.
 *
 * An owner's flows are replaced as a whole, see ofctrl_replace().  Here is
 * also what tells our flows, meters and groups from those of
 * others. */
#ifndef GA_FLOW_OWNER_H
#define GA_FLOW_OWNER_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/compiler.h"

struct desired_flow;

/* High half of the cookie of every flow of ours; the low half is the owner's,
 * so that `ovs-ofctl dump-flows br-int cookie=0x67656e65.../-1' shows one
 * owner's flows. */
#define FLOW_OWNER_COOKIE_PREFIX (UINT64_C(0x67656e65) << 32)   /* "gene" */
#define FLOW_OWNER_COOKIE_MASK (UINT64_C(0xffffffff) << 32)

/* Ids of meters that are ours. */
#define FLOW_OWNER_METER_FIRST 0x10000
#define FLOW_OWNER_METER_LAST 0x7ffff

/* Ids of groups that are ours. */
#define FLOW_OWNER_GROUP_FIRST 0x67000000
#define FLOW_OWNER_GROUP_LAST 0x67ffffff

struct flow_owner {
    struct desired_flow *flows;     /* Linked by 'owner_next'. */
    union {                         /* For messages, "endpoint web-1": */
        char *name;                 /* if not 'is_described'; */
        char *(*describe)(const struct flow_owner *);   /* else. */
    };
    uint64_t revision;              /* Of its last change, see
                                     * ofctrl_get_revision(). */
    uint32_t cookie;                /* Low half of its flows' cookies. */
    uint32_t n_flows;
    uint32_t n_refused;             /* Of 'flows' and of its groups, see
                                     * ofctrl_for_each_error(). */
    uint32_t n_groups : 30;         /* That it wants: see group-sync.h. */
    bool is_described : 1;
    bool is_patient : 1;            /* Nobody waits for the switch to confirm
                                     * its changes. */
};

/* Initializes the owner as wanting nothing.  'cookie' is the low half of its
 * flows' cookies.  ofctrl_destroy_owner() undoes this. */
void flow_owner_init(struct flow_owner *, uint32_t cookie,
                     const char *name_format, ...) OVS_PRINTF_FORMAT(3, 4);

/* Likewise, for owners of which there are many: 'describe' makes the name when
 * somebody asks. */
void flow_owner_init_described(struct flow_owner *, uint32_t cookie,
                               char *(*describe)(const struct flow_owner *));

/* Frees what the owner has, which must want nothing. */
void flow_owner_uninit(struct flow_owner *);

/* Returns the name, for the caller to free. */
char *flow_owner_get_name(const struct flow_owner *);

#endif /* agent/switch/flow-owner.h */
