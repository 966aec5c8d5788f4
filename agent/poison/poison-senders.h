/* Who sent bad packets of late, for alarms and status. */
#ifndef GA_POISON_SENDERS_H
#define GA_POISON_SENDERS_H 1

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

struct alarms;
struct dp_drop;
struct json;
struct model;

/* Senders that are remembered. */
#define POISON_SENDERS_MAX 16

struct poison_sender {
    struct in6_addr ip;
    char *nve;                      /* The NVE with that address, or NULL. */
    uint32_t vni;                   /* Of its last bad packets. */
    long long int seen_at;          /* time_msec(). */
    long long int wall;             /* The same, wall clock. */
    unsigned int n_purges;          /* Purges because of its packets. */
};

/* All zeros to begin with. */
struct poison_senders {
    struct poison_sender senders[POISON_SENDERS_MAX];   /* The last one
                                                         * first. */
    size_t n;
};

void poison_senders_destroy(struct poison_senders *);

/* A datapath flow says that there were bad packets, at 'seen_at', which are a
 * reason to purge.  The oldest sender is forgotten if there are too many. */
void poison_senders_add(struct poison_senders *, const struct model *,
                        const struct dp_drop *, long long int seen_at);

/* Forgets the senders that were not seen for POISON_QUIET_MS. */
void poison_senders_expire(struct poison_senders *, long long int now);

/* Raises an alarm of 'group' for each sender. */
void poison_senders_raise(const struct poison_senders *, struct alarms *,
                          const char *group);

/* [{"address", "nve": name or null, "vni", "lastSeen": RFC 3339, "purges"}],
 * the last one first. */
struct json *poison_senders_to_json(const struct poison_senders *);

#endif /* agent/poison/poison-senders.h */
