/* VNIs rest when they pass from one VPC to another.
 *
 * Agents do not see changes at the same moment.  As long as one of them still
 * takes a VNI for the former VPC's, packets that another one sends in the new
 * VPC reach the former one's endpoints there.  So a VNI belongs to nobody for
 * longer than changes take to get about.  A VNI is in one of these states:
 *
 *   free      No VPC has had it lately.  To HELD when one takes it.
 *   held      A VPC has it.  To RESTING when the VPC gives it up, or when
 *             another one is to have it.
 *   resting   Nobody has it.  To HELD when the time is over and a VPC takes
 *             it, or before that when the one that had it takes it again.  To
 *             FREE when the time is over and nobody wants it. */
#ifndef GA_VNI_REST_H
#define GA_VNI_REST_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct json;

/* How long VNIs rest, in ms. */
#define VNI_REST_TIME (10 * 1000)

struct vni_rests {
    struct hmap by_vni;             /* "struct vni_rest"s: not free. */
    struct ovs_list resting;        /* Of them those; the first ends first. */
    bool passed;                    /* For vni_rests_have_passed(). */
};

struct vni_rest {
    struct hmap_node node;          /* In 'by_vni'. */
    struct ovs_list list_node;      /* In 'resting', or empty: held. */
    uint32_t vni;
    char *vpc;                      /* That has it, or had it. */
    long long int until;            /* If resting: till when. */
};

void vni_rests_init(struct vni_rests *);
void vni_rests_destroy(struct vni_rests *);

/* VPC 'vpc' is to have 'vni'.  Returns NULL if it has it from 'now' on, or
 * else what it waits for: until then the VNI is nobody's.  'rest' is how long
 * a VNI that another one has rests, in the unit of 'now'. */
const struct vni_rest *vni_rests_take(struct vni_rests *, uint32_t vni,
                                      const char *vpc, long long int now,
                                      long long int rest);

/* VPC 'vpc', which took 'vni', has it no longer. */
void vni_rests_give(struct vni_rests *, uint32_t vni, const char *vpc,
                    long long int now, long long int rest);

/* Whether a VNI has been taken by a VPC that did not have it before, since the
 * last call: what vni_rests_to_json() returns is another one. */
bool vni_rests_have_passed(struct vni_rests *);

/* For the next run of the agent: {"VNI": "VPC that has it, or had it"}, for
 * the caller to destroy. */
struct json *vni_rests_to_json(const struct vni_rests *);

/* VPC 'vpc' had 'vni' in the last run.  If it is another one's, or nobody's,
 * it rests from now on: this node may be the first to know.  Returns true if
 * it is another one's, which has to take it again. */
bool vni_rests_restore(struct vni_rests *, uint32_t vni, const char *vpc,
                       long long int now, long long int rest);

#endif /* agent/model/vni-rest.h */
