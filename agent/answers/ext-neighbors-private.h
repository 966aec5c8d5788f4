/* What the files of ext-neighbors.h share: the neighbours themselves. */
#ifndef GA_EXT_NEIGHBORS_PRIVATE_H
#define GA_EXT_NEIGHBORS_PRIVATE_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/answers/ext-neighbors.h"
#include "lib/ext-neighbor.h"
#include "openvswitch/hmap.h"
#include "openvswitch/shash.h"

struct dp_packet;
struct ds;

/* Hosts that a network may have, besides its routers. */
#define MAX_HOSTS 256
/* Packets that wait for one neighbour. */
#define MAX_QUEUED 3

struct neighbor {
    struct hmap_node node;          /* In struct ext_net's 'neighbors'. */
    struct in6_addr ip;             /* IPv4 as a mapped address. */
    bool is_router;
    struct ext_neighbor n;
    long long int wanted_at;        /* When somebody last sent there. */
    struct dp_packet *queued[MAX_QUEUED];
    size_t n_queued;
};

/* An ExternalNetwork that the node is attached to. */
struct ext_net {
    char *physnet;
    struct hmap neighbors;
    bool dirty;                     /* Flows and note are to be made anew. */
};

struct ext_neighbors {
    struct shash nets;              /* "struct ext_net"s, by name. */
    long long int next;             /* When one has to be asked. */
    bool alarms_changed;
};

/* Returns the neighbour of that address, or NULL. */
struct neighbor *ext_net_find(const struct ext_net *,
                              const struct in6_addr *ip);
/* Adds one, which must not be there; it is asked for at once. */
struct neighbor *ext_net_add(struct ext_neighbors *, struct ext_net *,
                             const struct in6_addr *ip);
void ext_net_remove(struct ext_net *, struct neighbor *);
/* All of them, sorted by address; for the caller to free. */
struct neighbor **ext_net_sort(const struct ext_net *);

struct ext_net *ext_net_create(const char *physnet);
void ext_net_destroy(struct ext_net *);

/* Drops the packets that wait for it. */
void neighbor_drop_queue(struct neighbor *);

/* Notes are "NETWORK/IP=MAC", spaces between them, of all networks of one
 * provider bridge. */

/* Adds to 'net', called 'name', what an earlier run of the agent noted of it
 * in 'note', which may be NULL. */
void ext_net_adopt_note(struct ext_neighbors *, struct ext_net *,
                        const char *name, const char *note);

/* Appends the notes of 'net', called 'name'. */
void ext_net_put_note(const struct ext_net *, const char *name, struct ds *);

#endif /* agent/answers/ext-neighbors-private.h */
