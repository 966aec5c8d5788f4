/* The TLV map of a bridge: step by step, from the map that the switch has to
 * the one that is wanted.
 *
 * Pure state, without I/O: ofctrl sends the steps and reports the answers. */
#ifndef GA_TLV_SYNC_H
#define GA_TLV_SYNC_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/index-map.h"
#include "openvswitch/ofp-errors.h"

struct tlv_sync {
    bool have_wanted;               /* 'wanted' was set at least once. */
    bool have_installed;            /* 'installed' was read at least once. */
    struct index_map wanted;
    struct index_map installed;
    bool differ;                    /* 'installed' and 'wanted'. */

    struct tlv_attempt {
        enum ofperr error;          /* Of the last attempt, or 0. */
        long long int retry_at;     /* Of a deletion: msec, or 0. */
        int backoff;                /* msec, or 0. */
        bool purged;                /* The datapath was, for this index. */
    } attempts[INDEX_MAP_SLOTS];
};

/* Requests to make now, as sets of indices.  Each index needs a request of its
 * own. */
struct tlv_step {
    uint64_t del;
    uint64_t add;
    uint64_t purge;                 /* To be deleted after all datapath flows
                                     * were purged: tlv_sync_set_purged(). */
};

void tlv_sync_init(struct tlv_sync *);

/* Sets the map that is wanted.  Returns false if it was already. */
bool tlv_sync_set_wanted(struct tlv_sync *, const struct index_map *);

/* Sets the map that the switch has just told. */
void tlv_sync_set_installed(struct tlv_sync *, const struct index_map *);

/* There is a new connection: forgets errors. */
void tlv_sync_restart(struct tlv_sync *);

/* Returns what to request now, no bits if nothing.  'n_using' counts our flows
 * in the switch by the indices that they use; 'now' is time_msec(). */
struct tlv_step tlv_sync_get_step(const struct tlv_sync *,
                                  const unsigned int n_using[],
                                  long long int now);

/* Whether the map is not as wanted, and will be as soon as the switch lets go
 * of an index that no flow of ours uses any more. */
bool tlv_sync_is_waiting(const struct tlv_sync *,
                         const unsigned int n_using[]);

/* All datapath flows were purged since tlv_sync_get_step() asked for it for
 * 'indices'. */
void tlv_sync_set_purged(struct tlv_sync *, uint64_t indices);

/* The switch refused the step that was requested for 'index'. */
void tlv_sync_report_error(struct tlv_sync *, unsigned int index, enum ofperr,
                           long long int now);

/* Returns the indices that the switch maps as wanted. */
uint64_t tlv_sync_get_ready(const struct tlv_sync *);

/* Returns the indices that are ready or soon will be. */
uint64_t tlv_sync_get_usable(const struct tlv_sync *);

/* Whether there is nothing to wait for: the map is as wanted, but for
 * errors. */
bool tlv_sync_is_settled(const struct tlv_sync *);

/* Returns the time (msec) when tlv_sync_get_step() may return something else,
 * LLONG_MAX if time alone changes nothing. */
long long int tlv_sync_get_retry_time(const struct tlv_sync *);

/* Calls 'cb' for each index that is not, and will not soon be, as wanted, with
 * the name "TLV map". */
void tlv_sync_for_each_error(const struct tlv_sync *,
                             void (*cb)(const char *name, const char *error,
                                        void *aux), void *aux);

#endif /* agent/switch/tlv-sync.h */
