/* A limit on how many packets of one endpoint the agent answers. */
#ifndef GA_PACKET_LIMIT_H
#define GA_PACKET_LIMIT_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/token-bucket.h"

struct packet_limit {
    struct token_bucket bucket;
    uint64_t n_dropped;             /* Packets beyond the limit. */
};

/* Initializes the limit with a full bucket.  There is nothing to free. */
void packet_limit_init(struct packet_limit *);

/* Returns whether one more packet may be answered now, and counts it. */
bool packet_limit_admit(struct packet_limit *);

#endif /* agent/model/packet-limit.h */
