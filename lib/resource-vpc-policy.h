/* VPCPolicy: who may send what to whom in a VPC.
 *
 * An endpoint of the VPC that no policy selects takes everything; one that
 * some select takes what a rule of one of these allows. */
#ifndef GA_RESOURCE_VPC_POLICY_H
#define GA_RESOURCE_VPC_POLICY_H 1

#include "lib/label-selector.h"
#include "lib/resource-class.h"

extern const struct resource_class vpc_policy_class;

struct policy_port {
    uint8_t protocol;               /* IPPROTO_TCP, ..._UDP, ..._SCTP,
                                     * ..._ICMP or ..._ICMPV6. */
    uint16_t port;                  /* 0: all of the protocol. */
    uint16_t end_port;              /* The last; 'port' if there is one. */
};
struct policy_rule {
    struct label_selector *from;    /* Any of them.  None: all sources. */
    size_t n_from;
    struct policy_port *ports;      /* Any of them.  None: everything. */
    size_t n_ports;
};
struct vpc_policy {
    struct resource_meta meta;
    char *vpc;
    struct label_selector selector; /* Empty: all endpoints of the VPC. */
    struct policy_rule *rules;      /* spec.ingress.  None: nothing is
                                     * allowed. */
    size_t n_rules;
};

struct vpc_policy *vpc_policy_from_json(const struct json *,
                                        struct field_errors *);
void vpc_policy_destroy(struct vpc_policy *);

/* A policy that selects what the faulty one in 'json' does, or all endpoints
 * of its VPC if that cannot be read, and allows nothing.  NULL if it does not
 * say of which VPC it is. */
struct vpc_policy *vpc_policy_from_faulty_json(const struct json *);

/* "TCP" for IPPROTO_TCP, etc.  Static data. */
const char *vpc_policy_protocol_to_string(uint8_t protocol);

#endif /* lib/resource-vpc-policy.h */
