/* The TLV map of a bridge: from what it is to what is wanted, step by step.
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

    struct tlv_attempt {
        enum ofperr error;          /* Of the last attempt, or 0. */
        long long int retry_at;     /* Of a deletion: msec, or 0. */
        int backoff;                /* msec, or 0. */
        bool purged;                /* See struct tlv_step. */
    } attempts[INDEX_MAP_SLOTS];
};

/* Requests to make now, each for one index. */
struct tlv_step {
    uint64_t del;
    uint64_t add;
    uint64_t purge;                 /* To be deleted once all datapath flows
                                     * were purged: tlv_sync_set_purged(). */
};

void tlv_sync_init(struct tlv_sync *);
bool tlv_sync_set_wanted(struct tlv_sync *, const struct index_map *);
void tlv_sync_set_installed(struct tlv_sync *, const struct index_map *);
void tlv_sync_restart(struct tlv_sync *);

struct tlv_step tlv_sync_get_step(const struct tlv_sync *,
                                  const unsigned int n_using[],
                                  long long int now);
bool tlv_sync_is_waiting(const struct tlv_sync *,
                         const unsigned int n_using[]);
void tlv_sync_set_purged(struct tlv_sync *, uint64_t indices);
void tlv_sync_report_error(struct tlv_sync *, unsigned int index, enum ofperr,
                           long long int now);

uint64_t tlv_sync_get_ready(const struct tlv_sync *);
uint64_t tlv_sync_get_usable(const struct tlv_sync *);
bool tlv_sync_is_settled(const struct tlv_sync *);
long long int tlv_sync_get_retry_time(const struct tlv_sync *);

void tlv_sync_for_each_error(const struct tlv_sync *,
                             void (*cb)(const char *name, const char *error,
                                        void *aux), void *aux);

#endif /* agent/switch/tlv-sync.h */
