/* The product's resources, from JSON to C.
 *
 * JSON follows the conventions of the Kubernetes API: apiVersion, kind,
 * metadata, spec (what is desired), status (what is observed).  A parse
 * function checks an object by itself, as far as that goes without looking at
 * others, and reports every fault with its field.  What depends on other
 * objects (unique VNIs, references) is checked by who knows them: nvad when
 * an object is written, the agent again when it uses it. */
#ifndef GA_RESOURCE_H
#define GA_RESOURCE_H 1

#include <netinet/in.h>

#include "lib/field-error.h"
#include "lib/label-selector.h"
#include "lib/negotiation.h"
#include "lib/option.h"
#include "lib/value.h"
#include "openvswitch/types.h"
#include "packets.h"
#include "smap.h"
#include "sset.h"

struct json;

#define RESOURCE_GROUP "nvo3.io"
#define RESOURCE_VERSION "v1alpha1"
#define RESOURCE_API_VERSION RESOURCE_GROUP "/" RESOURCE_VERSION
#define RESOURCE_API_PATH "/apis/" RESOURCE_API_VERSION
#define RESOURCE_LABEL_VPC RESOURCE_GROUP "/vpc"
#define RESOURCE_LABEL_NVE RESOURCE_GROUP "/nve"
#define RESOURCE_LABEL_PREFIX RESOURCE_GROUP "/"

enum resource_kind {
    RES_GENEVE_OPTION,
    RES_OPTION_PROFILE,
    RES_VPC,
    RES_NVE,
    RES_ENDPOINT,
    RES_ADVERTISEMENT_ACK,
    RES_VPC_POLICY,
    RES_N_KINDS
};

struct resource_type {
    const char *kind;               /* "GeneveOption" */
    const char *plural;             /* "geneveoptions" */
    const char *singular;           /* "geneveoption" */
    const char *short_name;         /* "gopt" */
    bool has_status;                /* Has the /status subresource. */
};
const struct resource_type *resource_type_get(enum resource_kind);
bool resource_kind_from_kind(const char *kind, enum resource_kind *);
bool resource_kind_from_plural(const char *plural, enum resource_kind *);

/* A DNS subdomain name, as Kubernetes wants object names: at most 253
 * characters, lower case letters, digits, '-' and '.'. */
bool resource_name_is_valid(const char *);

/* metadata. */
struct resource_meta {
    char *name;
    char *uid;                      /* Or "". */
    char *resource_version;         /* Or "". */
    char *creation_timestamp;       /* RFC 3339, or "". */
    long long int generation;
    struct smap labels;
};

/* GeneveOption. */
struct geneve_option {
    struct resource_meta meta;
    struct opt_key key;
    uint8_t length;                 /* Data bytes. */
    char *description;              /* Or "". */
    struct value_source value;
};

/* OptionProfile. */
struct profile_entry {
    char *option;                   /* Name of a GeneveOption. */
    bool required;
    int priority;
};
struct option_profile {
    struct resource_meta meta;
    struct profile_entry *entries;
    size_t n_entries;
};

/* VPC. */
struct subnet {
    struct in6_addr prefix;         /* IPv4 as a mapped address. */
    unsigned int plen;              /* In the terms of the family: 24, 64. */
    bool is_ipv6;
    struct in6_addr gateway;        /* All-zero if none. */
};
struct vpc {
    struct resource_meta meta;
    uint32_t vni;
    struct subnet *subnets;
    size_t n_subnets;
    char *profile;                  /* Name of an OptionProfile, or NULL. */
    bool has_tenant_id;
    uint8_t tenant_id[16];
    int mtu;                        /* 0 if not given. */
};

/* NVE. */
struct nve {
    struct resource_meta meta;
    bool has_id;
    uint32_t id;
    struct in6_addr *underlay_ips;  /* IPv4 as mapped addresses. */
    size_t n_underlay_ips;
    uint16_t udp_port;              /* GENEVE_UDP_PORT if not given. */
    int underlay_mtu;               /* 0 if not given. */
    struct json *static_table;      /* spec.static, or NULL.  Not checked. */
    struct neg_limits transit;      /* spec.transit. */
    struct json *receive;           /* status.receive, or NULL.  Not checked:
                                     * negotiation reports its faults. */
    char *encapsulation;            /* status.receive.encapsulation, if it is
                                     * another than Geneve; or NULL. */
    long long int receive_id;       /* status.receive.id: which table that
                                     * is, 0 if it does not say. */
    struct json *withdrawing;       /* status.withdrawing: it waits for
                                     * AdvertisementAcks; or NULL. */
    struct neg_limits transmit;     /* status.transmit. */
    struct opt_key *transmit_order; /* status.transmit.order: its base plan's,
                                     * empty if it says nothing. */
    size_t n_transmit_order;
    char *agent_version;            /* Or "". */
};

/* The subnet that has 'ip' (IPv4 as a mapped address), or NULL. */
const struct subnet *vpc_find_subnet(const struct vpc *,
                                     const struct in6_addr *ip);

/* The gateways' Ethernet address, for "(struct eth_addr) GATEWAY_MAC".  The
 * same on all nodes and in all VPCs, so that an endpoint that moves keeps it
 * in its neighbour cache; locally administered, so that no network card has
 * it.  No endpoint may have it. */
#define GATEWAY_MAC ETH_ADDR_C(02,67,65,6e,65,01)

/* Endpoint. */
enum endpoint_type {
    EP_NONE, EP_VM, EP_CONTAINER, EP_GATEWAY, EP_BAREMETAL, EP_SERVICE,
    EP_HOST
};
struct endpoint {
    struct resource_meta meta;
    char *vpc;
    char *nve;                      /* spec.nve, or NULL. */
    struct eth_addr mac;
    struct in6_addr *ips;           /* IPv4 as mapped addresses. */
    size_t n_ips;
    bool has_type, has_policy_label, has_qos_class;
    uint32_t type, policy_label, qos_class;
    struct smap values;             /* NAME -> "0x..." or decimal number. */

    char *status_nve;               /* Or NULL. */
    char *status_phase;             /* Or "". */
    char *status_message;           /* Or "". */
    bool has_status_policy_label;
    uint32_t status_policy_label;
    char *status_policy_label_set;  /* For which label set (label-set.h) it
                                     * was given; NULL if it is not said. */
    int status_mtu;                 /* 0 if none. */
};

/* The node an endpoint is on: status.nve, else spec.nve, else NULL. */
const char *endpoint_location(const struct endpoint *);

/* The endpoint's policy label, what packets of it carry: spec.policyLabel,
 * else status.policyLabel; false if it has neither (yet). */
bool endpoint_policy_label(const struct endpoint *, uint32_t *);

/* AdvertisementAck. */
struct advertisement_ack {
    struct resource_meta meta;
    char *sender, *receiver;        /* From the name, SENDER.RECEIVER. */
    char *applied;                  /* spec.applied: the receiver's
                                     * status.receive.id, in decimal. */
};

/* VPCPolicy.  An endpoint of the VPC that no policy selects takes everything;
 * one that some select takes what a rule of one of these allows. */
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

/* "TCP" for IPPROTO_TCP, etc.  Static data. */
const char *policy_protocol_to_string(uint8_t protocol);

/* Parsing.  Each takes a whole object ("apiVersion" and "kind" may be absent,
 * but must be right if present) and returns a new structure, or NULL with at
 * least one error added to 'errors' (never NULL).  'warnings', if nonnull,
 * takes what draws a warning but no refusal.  Members that we do not know are
 * ignored; null is the same as absent. */
struct geneve_option *geneve_option_from_json(const struct json *,
                                              struct field_errors *,
                                              struct svec *warnings);
void geneve_option_destroy(struct geneve_option *);

struct option_profile *option_profile_from_json(const struct json *,
                                                struct field_errors *);
void option_profile_destroy(struct option_profile *);

struct vpc *vpc_from_json(const struct json *, struct field_errors *,
                          struct svec *warnings);
void vpc_destroy(struct vpc *);

struct nve *nve_from_json(const struct json *, struct field_errors *);
void nve_destroy(struct nve *);

struct endpoint *endpoint_from_json(const struct json *,
                                    struct field_errors *);
void endpoint_destroy(struct endpoint *);

struct advertisement_ack *advertisement_ack_from_json(const struct json *,
                                                      struct field_errors *);
void advertisement_ack_destroy(struct advertisement_ack *);

struct vpc_policy *vpc_policy_from_json(const struct json *,
                                        struct field_errors *);
void vpc_policy_destroy(struct vpc_policy *);

/* For code that does not care for the kind: checks only. */
bool resource_validate(enum resource_kind, const struct json *,
                       struct field_errors *, struct svec *warnings);

/* For changes: what of 'new' may not differ from 'old' (an option's class,
 * type and length: RFC 8926, section 3.5.1; an endpoint's vpc). */
bool resource_validate_update(enum resource_kind, const struct json *old,
                              const struct json *new, struct field_errors *);

#endif /* lib/resource.h */
