/* VPCPolicy: who may send what to whom in a VPC.
 *
 * In each direction, an endpoint of the VPC that no policy applies to takes
 * (or sends) everything; one that some apply to takes (or sends) what a rule
 * of one of these allows. */
#ifndef GA_RESOURCE_VPC_POLICY_H
#define GA_RESOURCE_VPC_POLICY_H 1

#include "lib/ip-prefix.h"
#include "lib/label-selector.h"
#include "lib/resource-class.h"

extern const struct resource_class vpc_policy_class;

enum policy_direction {
    POLICY_INGRESS,
    POLICY_EGRESS,
    POLICY_N_DIRECTIONS
};

enum policy_peer_type {
    POLICY_PEER_ENDPOINTS,          /* endpointSelector. */
    POLICY_PEER_BLOCK,              /* ipBlock. */
    POLICY_PEER_EXTERNAL,           /* external. */
};
struct policy_peer {
    enum policy_peer_type type;
    struct label_selector selector; /* POLICY_PEER_ENDPOINTS. */
    struct ip_prefix block;         /* POLICY_PEER_BLOCK... */
    struct ip_prefix *except;       /* ...but for these, which are in it. */
    size_t n_except;
};
struct policy_port {
    uint8_t protocol;               /* IPPROTO_TCP, ..._UDP, ..._SCTP,
                                     * ..._ICMP or ..._ICMPV6. */
    uint16_t port;                  /* 0: all of the protocol. */
    uint16_t end_port;              /* The last; 'port' if there is one. */
};
struct policy_rule {
    struct policy_peer *peers;      /* 'from' or 'to': any of them.  None:
                                     * everybody. */
    size_t n_peers;
    struct policy_port *ports;      /* Any of them.  None: everything. */
    size_t n_ports;
};
struct policy_rules {
    bool applies;                   /* policyTypes has the direction. */
    struct policy_rule *rules;      /* None: nothing is allowed. */
    size_t n;
};
struct vpc_policy {
    struct resource_meta meta;
    char *vpc;
    struct label_selector selector; /* Empty: all endpoints of the VPC. */
    struct policy_rules directions[POLICY_N_DIRECTIONS];
};

/* 'warnings' may be NULL. */
struct vpc_policy *vpc_policy_from_json(const struct json *,
                                        struct field_errors *,
                                        struct svec *warnings);
void vpc_policy_destroy(struct vpc_policy *);

/* A policy that selects what the faulty one in 'json' does, or all endpoints
 * of its VPC if that cannot be read, and allows nothing.  It applies to the
 * directions that the faulty one names, and to egress also if it might have
 * meant it.  NULL if it does not say of which VPC it is. */
struct vpc_policy *vpc_policy_from_faulty_json(const struct json *);

/* "TCP" for IPPROTO_TCP, etc.  Static data. */
const char *vpc_policy_protocol_to_string(uint8_t protocol);

/* "Ingress", "Egress".  Static data. */
const char *policy_direction_to_string(enum policy_direction);

#endif /* lib/resource-vpc-policy.h */
