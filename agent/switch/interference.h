/* What somebody else did to our flows, meters, groups and mappings in a
 * switch: how often, and how fast it is put back.
 *
 * Pure bookkeeping, without I/O. */
#ifndef GA_INTERFERENCE_H
#define GA_INTERFERENCE_H 1

#include <stdbool.h>
#include <stdint.h>

struct json;

enum interference_kind {
    INTERFERENCE_FLOW_DELETED,
    INTERFERENCE_FLOW_CHANGED,      /* By another flow, too. */
    INTERFERENCE_FLOW_ADDED,        /* With our cookie. */
    INTERFERENCE_METER,             /* Deleted, changed or added. */
    INTERFERENCE_GROUP,             /* Likewise. */
    INTERFERENCE_TLV,               /* A mapping: likewise. */
    INTERFERENCE_N_KINDS
};

/* What is known of it. */
struct interference_record {
    uint64_t n[INTERFERENCE_N_KINDS];   /* Since the beginning. */

    /* The last occasion: what happens within two seconds is one. */
    unsigned int recent[INTERFERENCE_N_KINDS];
    long long int began;            /* msec; 0: there was none. */
    unsigned int n_occasions;       /* That one and those before it, no two of
                                     * them ten minutes apart. */
};

struct interference {
    struct interference_record record;
    bool dirty;                     /* Something is to be put back. */
    struct interference_record clean;   /* Dirty: what was known before. */

    /* How often something was put back. */
    unsigned int n_rounds;          /* Since 'rounds_since' (msec). */
    long long int rounds_since;
    long long int hold_until;       /* msec, see interference_get_hold(). */
};

/* Somebody did this to 'n' flows, meters or mappings; 'now' is time_msec(), as
 * below. */
void interference_note(struct interference *, enum interference_kind,
                       unsigned int n, long long int now);

/* All is as it should be. */
void interference_note_restored(struct interference *, long long int now);

/* The connection was lost.  What was noted and has not been put back was the
 * switch's own doing: it deletes all flows when it ends, or when a bridge
 * does, and tells us. */
void interference_note_lost(struct interference *);

/* Returns the time (msec) before which nothing should be put back: if somebody
 * undoes all that we do, we do it once a second, not as fast as we can. */
long long int interference_get_hold(const struct interference *);

/* Returns what was done on the last occasion, for people ("83 flows were
 * deleted"), if there was one before it and it is not ten minutes ago, else
 * NULL; the caller frees it. */
char *interference_describe(const struct interference *, long long int now);

/* Returns when interference_describe() will return NULL because of the time,
 * or LLONG_MAX. */
long long int interference_get_expiry(const struct interference *);

/* {"flowsDeleted", "flowsChanged", "flowsAdded", "meters", "mappings"}, since
 * the beginning. */
struct json *interference_to_json(const struct interference *);

#endif /* agent/switch/interference.h */
