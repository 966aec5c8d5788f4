/* What the policies that select an endpoint allow in one direction, in a form
 * that a switch can match: pure functions, from resources to clauses.
 *
 *     policies of one endpoint, label sets of the VPC --> policy_program
 *
 * A switch knows the other end, the peer, by a number and not by its labels: a
 * sender by the policy label in its packets, a receiver by a number that the
 * sender's node has given to its label set.  So the selectors of rules are
 * evaluated here, once for each label set, and what is left is numbers and
 * prefixes.
 *
 * A rule with S label sets, B prefixes and P ports costs S + B + P clauses,
 * not (S + B) x P: it becomes a conjunction of two parts where that is
 * fewer. */
#ifndef GA_POLICY_H
#define GA_POLICY_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/resource-vpc-policy.h"

struct smap;

/* A number and a label set that it stands for.  A number that stands for
 * several (spec.policyLabel is free to do that) is in several of these. */
struct policy_source {
    uint32_t number;                /* Never 0. */
    const struct smap *labels;
};

/* By what a clause knows the peer. */
enum policy_match_peer {
    POLICY_MATCH_ANY,               /* It does not matter. */
    POLICY_MATCH_LABEL,             /* The number of its label set. */
    POLICY_MATCH_PREFIX,            /* A prefix of its address. */
    POLICY_MATCH_EXTERNAL,          /* It is outside of the VPC. */
};

/* Which packets a clause is about; what is 0 or false does not matter. */
struct policy_match {
    enum policy_match_peer peer;
    uint32_t label;                 /* If POLICY_MATCH_LABEL. */
    struct ip_prefix prefix;        /* If POLICY_MATCH_PREFIX. */
    uint8_t protocol;               /* IPPROTO_*. */
    bool fragment;                  /* Only those without a TCP, UDP or SCTP
                                     * header: fragments but for the first. */
    uint16_t port, mask;            /* Destination port, bits to compare. */
};

/* If 'id' is 0, the packets are allowed.  Else they fulfil one of the two
 * parts of conjunction 'id': that of the ports if 'match' is of any peer, else
 * that of the peer.  Packets that fulfil both are allowed. */
struct policy_clause {
    struct policy_match match;
    uint32_t id;
};

struct policy_program {
    struct policy_clause *clauses;  /* By 'id' 0 or not, then by 'match'. */
    size_t n;
    uint32_t n_conjunctions;        /* Their ids are 1 to this. */
};

/* Finds what 'policies', all of those that apply to an endpoint in
 * 'direction', allow it there.  'sources' are the label sets of the VPC,
 * sorted by number.  The caller must destroy the program.
 *
 * A number that stands for several label sets is allowed what is allowed for
 * all of them: where it is not clear who sends, nothing is opened. */
void policy_compile(const struct vpc_policy *const *policies,
                    size_t n_policies, enum policy_direction direction,
                    const struct policy_source *sources, size_t n_sources,
                    struct policy_program *);
void policy_program_destroy(struct policy_program *);
bool policy_program_equals(const struct policy_program *,
                           const struct policy_program *);
bool policy_match_equals(const struct policy_match *,
                         const struct policy_match *);

/* The numbers among 'sources' that selectors of the rule admit, '*n' of them,
 * for the caller to free; NULL if it admits everybody. */
uint32_t *policy_rule_get_numbers(const struct policy_rule *,
                                  const struct policy_source *sources,
                                  size_t n_sources, size_t *n);

/* The first packet of a connection, as one end's policies see it. */
struct policy_packet {
    uint32_t number;                /* Of the peer; 0: none. */
    struct in6_addr ip;             /* The peer's; IPv4 as a mapped address. */
    bool external;                  /* The peer is outside of the VPC. */
    uint8_t protocol;               /* IPPROTO_*. */
    uint16_t port;                  /* Destination port, if there is one. */
};

/* Whether the rule allows the packet. */
bool policy_rule_allows(const struct policy_rule *,
                        const struct policy_source *sources, size_t n_sources,
                        const struct policy_packet *);

/* Covers ports first..last with as few (port, mask) pairs as possible, at most
 * POLICY_MAX_MASKS.  Returns how many. */
#define POLICY_MAX_MASKS 30
struct policy_port_mask {
    uint16_t port, mask;
};
size_t policy_port_masks(uint16_t first, uint16_t last,
                         struct policy_port_mask[POLICY_MAX_MASKS]);

#endif /* lib/policy.h */
