/* NVE: a network virtualization edge, what is set for it (spec) and what its
 * agent says of itself (status). */
#ifndef GA_RESOURCE_NVE_H
#define GA_RESOURCE_NVE_H 1

#include <netinet/in.h>

#include "lib/encapsulation.h"
#include "lib/negotiation.h"
#include "lib/resource-class.h"
#include "sset.h"

extern const struct resource_class nve_class;

/* Of spec.underlay.mtu. */
#define NVE_MIN_UNDERLAY_MTU 576
#define NVE_MAX_UNDERLAY_MTU 65535

struct nve {
    struct resource_meta meta;
    bool has_id;
    uint32_t id;
    struct in6_addr *underlay_ips;  /* IPv4 as mapped addresses. */
    size_t n_underlay_ips;
    uint16_t udp_port;              /* 0 if not given; ask
                                     * nve_get_udp_port(). */
    int underlay_mtu;               /* 0 if not given. */
    const struct json *static_table;    /* spec.static, or NULL: not
                                     * checked, and of lib/json-pool.h. */
    struct neg_limits transit;      /* spec.transit. */
    char *instance;                 /* status.instance, status.contender and
                                     * status.contenderSeen; NULL if absent.
                                     * See agent/publish/name-dispute.h. */
    char *contender;
    char *contender_seen;
    struct in6_addr *used_ips;      /* status.underlay.ips: in use now. */
    size_t n_used_ips;
    const struct json *receive;     /* status.receive without 'receive_id', or
                                     * NULL.  Not checked: negotiation reports
                                     * its faults.  Of lib/json-pool.h. */
    struct json *last_good;         /* status.lastGood: a good 'receive' that
                                     * was before.  In the agent's saved state
                                     * only; or NULL.  Not checked. */
    const struct json *also_receives;   /* status.alsoReceives: tables for
                                     * further encapsulations; or NULL.  Not
                                     * checked.  Of lib/json-pool.h. */
    long long int receive_id;       /* status.receive.id: which table that
                                     * is, 0 if it does not say. */
    struct json *withdrawing;       /* status.withdrawing: it waits for
                                     * AdvertisementAcks; or NULL. */
    struct neg_limits transmit;     /* status.transmit. */
    struct opt_key *transmit_order; /* status.transmit.order: its base plan's,
                                     * empty if it says nothing. */
    size_t n_transmit_order;
    char *agent_version;            /* Or "". */
    struct sset external_networks;  /* status.externalNetworks: names of those
                                     * that it is attached to. */
};

struct nve *nve_from_json(const struct json *, struct field_errors *);
void nve_destroy(struct nve *);

/* Returns the encapsulations that it receives, of those that we know: what it
 * advertises, or what spec.static says instead.  An NVE that says nothing
 * receives Geneve. */
encapsulation_set nve_get_encapsulations(const struct nve *);

/* Returns those of 'set', which this node has, by which others reach it whose
 * NVE object is 'self': its spec.static counts for them. */
encapsulation_set nve_get_own_encapsulations(const struct nve *self,
                                             encapsulation_set set);

/* Returns the encapsulations that are said of it and we do not know, such as
 * "\"nvgre\"", for the caller to free; NULL if there are none. */
char *nve_get_unknown_encapsulations(const struct nve *);

/* Returns the table that it advertises for 'e', within 'nve', or NULL.  Sets
 * '*id' to which table that is, 0 if it does not say. */
const struct json *nve_get_receive(const struct nve *,
                                   const struct encapsulation *e, int64_t *id);

/* Returns the UDP port on which it receives 'e': spec.underlay.udpPort is that
 * of the best of 'all', its encapsulations. */
uint16_t nve_get_udp_port(const struct nve *, encapsulation_set all,
                          const struct encapsulation *e);

#endif /* lib/resource-nve.h */
