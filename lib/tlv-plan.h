/* A TLV plan: the order of options on one bridge.
 *
 * Which options are mapped, at which tun_metadata index, so that as many
 * remotes as possible get the order they want from that bridge.  The base
 * plan is that of the integration bridge; each further plan has one, too. */
#ifndef GA_TLV_PLAN_H
#define GA_TLV_PLAN_H 1

#include "lib/index-map.h"
#include "lib/planner.h"

/* An option that packets of ours may carry, or that we must receive. */
struct plan_option {
    struct opt_key key;
    unsigned int length;
    bool required;
    int priority;
};

struct tlv_plan {
    struct index_map map;
    struct opt_key order[INDEX_MAP_SLOTS]; /* Of the map, by index. */
    size_t n_order;

    struct index_map past;          /* Which option had which index last. */

    struct plan_option *options;    /* Of the last update. */
    size_t n_options;

    /* What the map has no room for: 64 indices, 256 bytes of data. */
    struct opt_key *left_out;
    size_t n_left_out;

    char *conflict;                 /* A sentence about it, or NULL. */
    bool exclusive;                 /* Some remote's constraint is not met. */
};

void tlv_plan_init(struct tlv_plan *);
void tlv_plan_destroy(struct tlv_plan *);

/* Takes over the indices that the switch has, so that a restart changes
 * nothing on the wire. */
void tlv_plan_adopt(struct tlv_plan *, const struct index_map *);

/* Plans again.  'options' are in the sender's order, each key once.  With
 * remotes, their constraints decide the order, and indices change as that
 * needs it.  Without, the order is in use, and an option that has an index
 * keeps it if there is any room.  Returns true if the index of any option
 * changed. */
bool tlv_plan_update(struct tlv_plan *, const struct plan_option *options,
                     size_t n_options, const struct plan_remote *,
                     size_t n_remotes);

/* Whether the last update was for the same options. */
bool tlv_plan_covers(const struct tlv_plan *, const struct plan_option *,
                     size_t n_options);

/* Whether the order already satisfies the constraint. */
bool tlv_plan_fits(const struct tlv_plan *, const struct order_constraint *);

/* The index that carries the option, or -1 if it is not mapped, or with
 * another length. */
int tlv_plan_get_index(const struct tlv_plan *, struct opt_key,
                       unsigned int length);

/* Marks in 'admitted' (of 'n') the options that a TLV map has room for: the
 * required ones first, then by priority. */
void tlv_plan_admit_options(const struct plan_option *, size_t n,
                            bool *admitted);

#endif /* lib/tlv-plan.h */
