/* The groups of a bridge: those that are wanted and those that are there.
 *
 * Pure bookkeeping, without I/O: ofctrl sends what differs and reports the
 * answers. */
#ifndef GA_GROUP_SYNC_H
#define GA_GROUP_SYNC_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/ofp-errors.h"

struct desired_group;
struct flow_owner;

/* A group that is wanted, that the switch has, or both. */
struct group_slot {
    struct hmap_node node;          /* In struct group_sync's 'groups'; its
                                     * hash is the id. */
    struct ovs_list list_node;      /* In 'wrong' or 'surplus', or in none. */
    uint32_t id;
    struct flow_owner *owner;       /* Who wants it; NULL: nobody. */
    struct desired_group *wanted;   /* NULL: none. */
    struct desired_group *installed;    /* What the switch has, or NULL. */
    bool seen;                      /* By the reading that is under way. */
    bool is_sent;                   /* Part of changes that are under way. */
    bool sent_refused;              /* ...and the switch refused it. */
    bool retried;                   /* Refused, and tried again. */
    enum ofperr error;              /* Why it was refused, or 0. */
};

struct group_sync {
    struct hmap groups;             /* Contains "struct group_slot"s. */
    struct ovs_list wrong;          /* Those to be made what is wanted. */
    struct ovs_list surplus;        /* Those to be deleted. */
    size_t n_refused;
    uint64_t refusal_seq;           /* Changes with what is refused. */
};

void group_sync_init(struct group_sync *);
void group_sync_destroy(struct group_sync *);

/* 'owner' wants 'group', which is taken over, in place of whoever wanted one
 * of that id before.  While the switch refuses it the owner has one refusal
 * more ('n_refused').  Returns whether that is a change. */
bool group_sync_set(struct group_sync *, struct desired_group *group,
                    struct flow_owner *owner);

/* 'owner' does not want group 'id' any more.  Returns false, and does nothing,
 * if it did not. */
bool group_sync_unset(struct group_sync *, uint32_t id,
                      const struct flow_owner *owner);

/* The same, for all groups of 'owner'.  Proportional to all groups if it has
 * any. */
bool group_sync_unset_all(struct group_sync *, const struct flow_owner *owner);

/* Returns the group 'id' that is wanted, or NULL. */
const struct desired_group *group_sync_get(const struct group_sync *,
                                           uint32_t id);

/* The connection was lost: nothing is known of the switch.  No changes may be
 * under way here and in the next three. */
void group_sync_forget_installed(struct group_sync *);

/* The switch will say which groups it has. */
void group_sync_begin_reading(struct group_sync *);

/* The switch said that it has 'group', which is taken over and must be one of
 * ours.  Returns whether we knew something else. */
bool group_sync_add_installed(struct group_sync *, struct desired_group *);

/* The switch has no other groups of ours.  Returns how many it has lost. */
unsigned int group_sync_end_reading(struct group_sync *);

/* Changes. */

struct group_change {
    struct group_slot *slot;
    struct desired_group *group;    /* NULL: delete it. */
};

/* Whether there is anything to send. */
bool group_sync_may_take(const struct group_sync *);

/* Returns what has to be sent, '*n' changes, of which the first '*n_sets' must
 * take effect before the flows that are wanted and the others after those that
 * are not wanted are gone.  The caller sends all of them and passes them to
 * group_sync_finish_changes(); until then no others may be taken. */
struct group_change *group_sync_take_changes(struct group_sync *,
                                             size_t *n_sets, size_t *n);

/* The switch refused a change: it is not applied, be the others committed.
 * What the switch has of that group stays as it is. */
void group_sync_refuse(struct group_sync *, struct group_change *,
                       enum ofperr);

/* The 'n' changes, but for those that were refused, were applied if
 * 'committed', else none of them.  Frees them.  Returns how many that had been
 * refused before were accepted. */
size_t group_sync_finish_changes(struct group_sync *, struct group_change *,
                                 size_t n, bool committed);

/* Tries again what was refused. */
void group_sync_retry(struct group_sync *);

/* Calls 'cb' for each group that is not as wanted because of an error, with
 * its owner's name. */
void group_sync_for_each_error(const struct group_sync *,
                               void (*cb)(const char *name,
                                          const char *error, void *aux),
                               void *aux);

#endif /* agent/switch/group-sync.h */
