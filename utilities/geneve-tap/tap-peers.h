/* The NVEs at the controller that are this host's remotes: what each says that
 * it takes, and what follows from that.  Without I/O: who owns a "struct
 * tap_peers" carries the results on. */
#ifndef GA_TAP_PEERS_H
#define GA_TAP_PEERS_H 1

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utilities/geneve-tap/tap-choice.h"

struct tap;

/* An NVE.  Only those are kept that have the address of a remote. */
struct tap_peer {
    char *name;
    json_t *object;
    json_t *last_good;              /* An advertisement of before, or NULL. */
    int64_t gone_since;             /* Seconds; 0: it is there. */
    bool listed;                    /* By the list that is being read. */
    int64_t acked;                  /* Id of the table that we said we have
                                     * applied; 0: none. */
};

struct tap_peers {
    const struct tap *tap;
    struct tap_peer *peers;
    size_t n;
    char **texts;                   /* Of the last choice, for each remote;
                                     * NULL: none yet. */
};

void tap_peers_init(struct tap_peers *, const struct tap *);
void tap_peers_destroy(struct tap_peers *);

/* An NVE object as it is now.  'now', below, is in seconds and not 0. */
void tap_peers_update(struct tap_peers *, json_t *object);

/* An NVE object was deleted.  What it said counts for some time: an agent
 * makes its object anew at once. */
void tap_peers_remove(struct tap_peers *, const char *name, int64_t now);

/* A list of all objects: each goes to tap_peers_update() between these two,
 * and who was not among them is removed. */
void tap_peers_start_list(struct tap_peers *);
void tap_peers_end_list(struct tap_peers *, int64_t now);

/* Forgets those that have been gone for too long. */
void tap_peers_expire(struct tap_peers *, int64_t now);

/* Negotiates with a remote.  Returns NULL if the result is the last one that
 * was returned, else why it is as it is, as JSON, which stays ours. */
const char *tap_peers_choose(struct tap_peers *, size_t remote,
                             struct tap_choice *);

/* Returns the id of the table of a peer that it waits to be told we have
 * applied, 0 if it waits for nothing. */
int64_t tap_peers_get_awaited(const struct tap_peer *);

#endif /* utilities/geneve-tap/tap-peers.h */
