/* The meters of a bridge: those that are wanted and those that are there.
 *
 * Pure bookkeeping, without I/O: ofctrl sends what differs and reports the
 * answers. */
#ifndef GA_METER_SYNC_H
#define GA_METER_SYNC_H 1

#include <stdbool.h>
#include <stdint.h>

#include "agent/switch/meter-band.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/types.h"

/* A meter that is wanted, that the switch has, or both. */
struct meter {
    struct hmap_node node;          /* In struct meter_sync's 'meters'; its
                                     * hash is the id. */
    struct ovs_list list_node;      /* In 'wrong', 'surplus' or 'sent'. */
    uint32_t id;
    char *owner;                    /* Who wants it; NULL: nobody. */
    struct meter_band wanted;
    struct meter_band installed;    /* What the switch has; its rate may be
                                     * METER_OTHER. */
    bool seen;                      /* By the reading that is under way. */
    struct meter_band sent;         /* While in 'sent': what is under way. */
    ovs_be32 xid;                   /* ...and the message's transaction id. */
    enum ofperr error;              /* Of the last attempt, or 0. */
    bool retried;                   /* There is an error; tried again. */
};

struct meter_sync {
    struct hmap meters;             /* Contains "struct meter"s. */
    struct ovs_list wrong;          /* Those to be added or modified. */
    struct ovs_list surplus;        /* Those to be deleted. */
    struct ovs_list sent;           /* Those that are under way. */
};

void meter_sync_init(struct meter_sync *);
void meter_sync_destroy(struct meter_sync *);

/* 'owner' (a name, also for messages) wants meter 'id' to be so, with a rate,
 * in place of whoever wanted it before.  Returns whether that is a change. */
bool meter_sync_set(struct meter_sync *, uint32_t id, struct meter_band,
                    const char *owner);

/* 'owner' does not want meter 'id' any more.  Returns false, and does nothing,
 * if it did not: somebody else may have taken the meter over. */
bool meter_sync_unset(struct meter_sync *, uint32_t id, const char *owner);

/* The connection was lost: nothing is known of the switch. */
void meter_sync_forget_installed(struct meter_sync *);

/* The switch will say which meters it has.  No changes may be under way until
 * meter_sync_end_reading(). */
void meter_sync_begin_reading(struct meter_sync *);

/* The switch said that it has meter 'id', which must be one of ours.  The rate
 * may be METER_OTHER.  Returns whether we knew something else. */
bool meter_sync_add_installed(struct meter_sync *, uint32_t id,
                              struct meter_band);

/* The switch has no other meters of ours.  Returns how many it has lost. */
unsigned int meter_sync_end_reading(struct meter_sync *);

/* Whether the switch has any meter of ours. */
bool meter_sync_has_installed(const struct meter_sync *);

/* Takes the next meter that is to be deleted or, unless 'delete', that is to
 * be made what is wanted: added if the switch has none ('installed' has no
 * rate), else modified.  The caller sends that and sets the meter's 'xid' to
 * the message's transaction id.  Returns NULL if there is no more. */
struct meter *meter_sync_take(struct meter_sync *, bool delete);

/* Whether meter_sync_take() would return a meter. */
bool meter_sync_may_take(const struct meter_sync *, bool delete);

/* The switch refused the message 'xid'.  Returns false if that was not about a
 * meter that is under way. */
bool meter_sync_report_error(struct meter_sync *, ovs_be32 xid, enum ofperr);

/* Tries again what has failed. */
void meter_sync_retry(struct meter_sync *);

/* All that was taken has been answered. */
void meter_sync_finish(struct meter_sync *);

/* Calls 'cb' for each meter that is not as wanted because of an error, with
 * the name "meter ID of OWNER". */
void meter_sync_for_each_error(const struct meter_sync *,
                               void (*cb)(const char *name,
                                          const char *error, void *aux),
                               void *aux);

#endif /* agent/switch/meter-sync.h */
