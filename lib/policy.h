/* What the policies that select an endpoint allow, in a form that a switch can
 * match: pure functions, from resources to clauses.
 *
 *     policies of one receiver, label sets of the VPC --> policy_program
 *
 * A switch knows a sender by the number that its packets carry, the policy
 * label, and not by its labels.  So the selectors of rules are evaluated here,
 * once for each label set, and what is left is numbers.
 *
 * A rule with S senders and P ports costs S + P clauses, not S x P: it becomes
 * a conjunction of two parts where that is fewer. */
#ifndef GA_POLICY_H
#define GA_POLICY_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct policy_rule;
struct smap;
struct vpc_policy;

/* A number and a label set that it stands for.  A number that stands for
 * several (spec.policyLabel is free to do that) is in several of these. */
struct policy_source {
    uint32_t number;                /* Never 0. */
    const struct smap *labels;
};

/* Which packets a clause is about; what is 0 or false does not matter. */
struct policy_match {
    bool has_label;
    bool fragment;                  /* Only those without a TCP, UDP or SCTP
                                     * header: fragments but for the first. */
    uint8_t protocol;               /* IPPROTO_*. */
    uint32_t label;                 /* The sender's, if 'has_label'. */
    uint16_t port, mask;            /* Destination port, bits to compare. */
};

/* If 'id' is 0, the packets are allowed.  Else they fulfil one of the two
 * parts of conjunction 'id': that of the sender if 'has_label', else that of
 * the ports.  Packets that fulfil both are allowed. */
struct policy_clause {
    struct policy_match match;
    uint32_t id;
};

struct policy_program {
    struct policy_clause *clauses;  /* By 'id' 0 or not, then by 'match'. */
    size_t n;
    uint32_t n_conjunctions;        /* Their ids are 1 to this. */
};

/* Finds what 'policies', all of those that select a receiver, allow it to
 * receive from the label sets in 'sources', which are sorted by number.  The
 * caller must destroy the program.
 *
 * A number that stands for several label sets is allowed what is allowed for
 * all of them: where it is not clear who sends, nothing is opened. */
void policy_compile(const struct vpc_policy *const *policies,
                    size_t n_policies, const struct policy_source *sources,
                    size_t n_sources, struct policy_program *);
void policy_program_destroy(struct policy_program *);
bool policy_program_equals(const struct policy_program *,
                           const struct policy_program *);
bool policy_match_equals(const struct policy_match *,
                         const struct policy_match *);

/* The numbers among 'sources' that the rule admits, '*n' of them, for the
 * caller to free; NULL if it admits everybody. */
uint32_t *policy_rule_get_numbers(const struct policy_rule *,
                                  const struct policy_source *sources,
                                  size_t n_sources, size_t *n);

/* Covers ports first..last with as few (port, mask) pairs as possible, at most
 * POLICY_MAX_MASKS.  Returns how many. */
#define POLICY_MAX_MASKS 30
struct policy_port_mask {
    uint16_t port, mask;
};
size_t policy_port_masks(uint16_t first, uint16_t last,
                         struct policy_port_mask[POLICY_MAX_MASKS]);

#endif /* lib/policy.h */
