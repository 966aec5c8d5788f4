/* One group: what it should be, encoded as the switch gets it.
 *
 * Two groups are the same if their bytes are: those that we want and those
 * that the switch reports both pass through Open vSwitch's encoder. */
#ifndef GA_DESIRED_GROUP_H
#define GA_DESIRED_GROUP_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openflow/openflow.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-group.h"

struct ds;
struct ofpbuf;

/* The version of OpenFlow that 'data' is encoded for. */
#define DESIRED_GROUP_VERSION OFP15_VERSION

struct desired_group {
    uint32_t id;
    size_t len;
    uint8_t data[];                 /* An OFPT_GROUP_MOD, with xid 0. */
};

/* A group being made. */
struct group_spec {
    struct ofputil_group_mod mod;
};

/* Begins a group.  group_spec_destroy() frees it, unless ofctrl_set_group()
 * did. */
void group_spec_init(struct group_spec *, enum ofp11_group_type);
void group_spec_destroy(struct group_spec *);

/* Appends a bucket, tried after those before it in a fast-failover group.
 *
 * 'id' names it: no other bucket of the group may have it.  In a select group
 * that hashes, it says which connections the bucket gets, so it should follow
 * from who the bucket is for, not from its place.  'weight' is that of a
 * select group (at least 1 there, or nothing is sent to it), else 0.
 * 'watch_port' says whether the bucket is live (OFPP_ANY: always; a
 * fast-failover group needs one).  'ofpacts' stay the caller's; they are an
 * action set, so they should end in ct(...,table) or in resubmit alone, and
 * may not name tunnel options. */
void group_spec_add(struct group_spec *, uint32_t id, uint16_t weight,
                    ofp_port_t watch_port, const struct ofpbuf *ofpacts);

/* Lets a select group choose by a hash of 'fields' alone. */
void group_spec_set_hash(struct group_spec *, const enum mf_field_id *fields,
                         size_t n);

/* Makes the group 'id'.  The caller frees it with free(). */
struct desired_group *desired_group_create(uint32_t id, struct group_spec *);

/* The same of a group that the switch reported. */
struct desired_group *desired_group_from_desc(struct ofputil_group_desc *);

/* Of groups with the same id: whether they do the same. */
bool desired_group_equals(const struct desired_group *,
                          const struct desired_group *);

/* Appends an OFPT_GROUP_MOD that makes the group, whether it is there or not,
 * for the given version. */
void desired_group_put_mod(const struct desired_group *, struct ofpbuf *,
                           enum ofp_version, ovs_be32 xid);

/* Appends "group_id=7,type=ff,bucket=..." without a newline. */
void desired_group_format(const struct desired_group *, struct ds *);

#endif /* agent/switch/desired-group.h */
