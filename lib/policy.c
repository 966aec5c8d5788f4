/* Policies to clauses.
 *
 * Each rule of each policy is a set of peers (or all) times a set of ports (or
 * all); the result is the union over the rules.  A rule is simplified first:
 * its port ranges are merged, its selectors become a sorted list of numbers,
 * and its blocks become prefixes (policy-block.h).  In the end clauses are
 * sorted and made unique, so that what several rules say alike is said once,
 * and the order of labels, policies and rules does not matter.
 *
 * Fragments: Open vSwitch reassembles a packet to track it and then passes the
 * fragments on one by one.  All but the first have no ports, so for them a
 * rule with ports is treated as one without.  That is safe: without the first
 * fragment the receiver can do nothing with them. */

#include <config.h>

#include "lib/policy.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/label-selector.h"
#include "lib/policy-block.h"
#include "util.h"

size_t
policy_port_masks(uint16_t first, uint16_t last,
                  struct policy_port_mask masks[POLICY_MAX_MASKS])
{
    uint32_t at = first;
    size_t n = 0;

    /* The widest aligned block that starts at 'at' and does not go past
     * 'last', again and again. */
    while (at <= last) {
        uint32_t size = 1;

        while (!(at & size) && at + 2 * size - 1 <= last && size < 0x10000) {
            size *= 2;
        }
        ovs_assert(n < POLICY_MAX_MASKS);
        masks[n].port = at;
        masks[n++].mask = ~(size - 1);
        at += size;
    }
    return n;
}

static int
compare_numbers(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int
policy_match_compare(const struct policy_match *a,
                     const struct policy_match *b)
{
    int cmp = compare_numbers(a->peer, b->peer);

    cmp = cmp ? cmp : compare_numbers(a->label, b->label);
    cmp = cmp ? cmp : ip_prefix_compare(&a->prefix, &b->prefix);
    cmp = cmp ? cmp : compare_numbers(a->protocol, b->protocol);
    cmp = cmp ? cmp : compare_numbers(a->fragment, b->fragment);
    cmp = cmp ? cmp : compare_numbers(a->port, b->port);
    return cmp ? cmp : compare_numbers(a->mask, b->mask);
}

bool
policy_match_equals(const struct policy_match *a, const struct policy_match *b)
{
    return !policy_match_compare(a, b);
}

static int
policy_clause_compare(const void *a_, const void *b_)
{
    const struct policy_clause *a = a_;
    const struct policy_clause *b = b_;
    int cmp = compare_numbers(a->id != 0, b->id != 0);

    cmp = cmp ? cmp : policy_match_compare(&a->match, &b->match);
    return cmp ? cmp : compare_numbers(a->id, b->id);
}

/* The peers of a rule, as matches without ports. */
struct peers {
    bool any;
    struct policy_match *matches;   /* If not 'any'. */
    size_t n, allocated;
};

static struct policy_match *
peers_add(struct peers *peers, enum policy_match_peer peer)
{
    struct policy_match *match;

    if (peers->n >= peers->allocated) {
        peers->matches = x2nrealloc(peers->matches, &peers->allocated,
                                    sizeof *peers->matches);
    }
    match = &peers->matches[peers->n++];
    memset(match, 0, sizeof *match);
    match->peer = peer;
    return match;
}

static bool
rule_takes_labels(const struct policy_rule *rule, const struct smap *labels)
{
    for (size_t i = 0; i < rule->n_peers; i++) {
        if (rule->peers[i].type == POLICY_PEER_ENDPOINTS
            && label_selector_matches(&rule->peers[i].selector, labels)) {
            return true;
        }
    }
    return false;
}

uint32_t *
policy_rule_get_numbers(const struct policy_rule *rule,
                        const struct policy_source *sources, size_t n_sources,
                        size_t *n)
{
    uint32_t *numbers;
    size_t end;

    *n = 0;
    if (!rule->n_peers) {
        return NULL;
    }
    numbers = xcalloc(n_sources + 1, sizeof *numbers);
    for (size_t i = 0; i < n_sources; i = end) {
        bool all = true;

        for (end = i; end < n_sources
             && sources[end].number == sources[i].number; end++) {
            all = all && rule_takes_labels(rule, sources[end].labels);
        }
        if (all) {
            numbers[(*n)++] = sources[i].number;
        }
    }
    return numbers;
}

static bool
peer_has_address(const struct policy_peer *peer,
                 const struct policy_packet *p)
{
    if (peer->type == POLICY_PEER_EXTERNAL) {
        return p->external && !p->number;
    } else if (peer->type != POLICY_PEER_BLOCK
               || !ip_prefix_contains(&peer->block, &p->ip)) {
        return false;
    }
    for (size_t i = 0; i < peer->n_except; i++) {
        if (ip_prefix_contains(&peer->except[i], &p->ip)) {
            return false;
        }
    }
    return true;
}

static bool
rule_allows_peer(const struct policy_rule *rule,
                 const struct policy_source *sources, size_t n_sources,
                 const struct policy_packet *p)
{
    uint32_t *numbers;
    bool found;
    size_t n;

    numbers = policy_rule_get_numbers(rule, sources, n_sources, &n);
    found = !rule->n_peers;
    for (size_t i = 0; i < n && !found; i++) {
        found = numbers[i] == p->number;
    }
    free(numbers);
    for (size_t i = 0; i < rule->n_peers && !found; i++) {
        found = peer_has_address(&rule->peers[i], p);
    }
    return found;
}

bool
policy_rule_allows(const struct policy_rule *rule,
                   const struct policy_source *sources, size_t n_sources,
                   const struct policy_packet *p)
{
    bool found = !rule->n_ports;

    for (size_t i = 0; i < rule->n_ports && !found; i++) {
        const struct policy_port *port = &rule->ports[i];

        found = (port->protocol == p->protocol
                 && (!port->port || (p->port >= port->port
                                     && p->port <= port->end_port)));
    }
    return found && rule_allows_peer(rule, sources, n_sources, p);
}

static void
peers_add_blocks(struct peers *peers, const struct policy_rule *rule)
{
    struct policy_prefixes ps = { .n = 0 };

    for (size_t i = 0; i < rule->n_peers; i++) {
        if (rule->peers[i].type == POLICY_PEER_BLOCK) {
            policy_block_add(&ps, &rule->peers[i]);
        }
    }
    for (size_t i = 0; i < ps.n; i++) {
        peers_add(peers, POLICY_MATCH_PREFIX)->prefix = ps.prefixes[i];
    }
    free(ps.prefixes);
}

static void
peers_init(struct peers *peers, const struct policy_rule *rule,
           const struct policy_source *sources, size_t n_sources)
{
    uint32_t *numbers;
    size_t n;

    memset(peers, 0, sizeof *peers);
    peers->any = !rule->n_peers;
    numbers = policy_rule_get_numbers(rule, sources, n_sources, &n);
    for (size_t i = 0; i < n; i++) {
        peers_add(peers, POLICY_MATCH_LABEL)->label = numbers[i];
    }
    free(numbers);
    peers_add_blocks(peers, rule);
    for (size_t i = 0; i < rule->n_peers; i++) {
        if (rule->peers[i].type == POLICY_PEER_EXTERNAL) {
            peers_add(peers, POLICY_MATCH_EXTERNAL);
            break;
        }
    }
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct policy_port *a = a_;
    const struct policy_port *b = b_;
    int cmp = compare_numbers(a->protocol, b->protocol);

    cmp = cmp ? cmp : compare_numbers(a->port, b->port);
    return cmp ? cmp : compare_numbers(a->end_port, b->end_port);
}

/* What a rule says of destinations, as matches without a sender. */
struct destinations {
    struct policy_match *matches;
    size_t n, allocated;
};

static void
destinations_add(struct destinations *d, uint8_t protocol, bool fragment,
                 struct policy_port_mask pm)
{
    if (d->n >= d->allocated) {
        d->matches = x2nrealloc(d->matches, &d->allocated,
                                sizeof *d->matches);
    }
    d->matches[d->n++] = (struct policy_match) {
        .protocol = protocol, .fragment = fragment,
        .port = pm.port, .mask = pm.mask,
    };
}

/* Adds the 'n' ports of one protocol, which are sorted. */
static void
destinations_add_protocol(struct destinations *d,
                          const struct policy_port *ports, size_t n)
{
    static const struct policy_port_mask none;
    uint8_t protocol = ports->protocol;
    struct policy_port_mask masks[POLICY_MAX_MASKS];

    if (!ports->port) {
        destinations_add(d, protocol, false, none);
        return;
    }
    for (size_t i = 0; i < n; ) {
        uint32_t first = ports[i].port;
        uint32_t last = ports[i].end_port;

        for (i++; i < n && ports[i].port <= last + 1; i++) {
            last = MAX(last, ports[i].end_port);
        }

        size_t n_masks = policy_port_masks(first, last, masks);
        for (size_t j = 0; j < n_masks; j++) {
            destinations_add(d, protocol, false, masks[j]);
        }
    }
    destinations_add(d, protocol, true, none);
}

static void
destinations_init(struct destinations *d, const struct policy_rule *rule)
{
    struct policy_port *ports;
    size_t n = rule->n_ports;
    size_t end;

    memset(d, 0, sizeof *d);
    if (!n) {
        return;
    }
    ports = xmemdup(rule->ports, n * sizeof *ports);
    qsort(ports, n, sizeof *ports, compare_ports);
    for (size_t i = 0; i < n; i = end) {
        for (end = i; end < n && ports[end].protocol == ports[i].protocol;
             end++) {
            continue;
        }
        destinations_add_protocol(d, &ports[i], end - i);
    }
    free(ports);
}

struct builder {
    struct policy_program *program;
    size_t allocated;
};

/* Adds a clause of 'peer' and of the ports in 'd', either of which may be
 * NULL. */
static void
builder_add(struct builder *b, const struct policy_match *peer,
            const struct policy_match *d, uint32_t id)
{
    struct policy_program *program = b->program;
    struct policy_clause *clause;

    if (program->n >= b->allocated) {
        program->clauses = x2nrealloc(program->clauses, &b->allocated,
                                      sizeof *program->clauses);
    }
    clause = &program->clauses[program->n++];
    memset(clause, 0, sizeof *clause);
    if (d) {
        clause->match = *d;
    }
    if (peer) {
        clause->match.peer = peer->peer;
        clause->match.label = peer->label;
        clause->match.prefix = peer->prefix;
    }
    clause->id = id;
}

/* Whether packets of the protocol of 'd' can have an address in the prefix of
 * 'peer'. */
static bool
families_agree(const struct policy_match *peer, const struct policy_match *d)
{
    return (peer->peer != POLICY_MATCH_PREFIX
            || d->protocol != (peer->prefix.is_ipv6 ? IPPROTO_ICMP
                               : IPPROTO_ICMPV6));
}

static void
builder_add_rule(struct builder *b, const struct peers *peers,
                 const struct destinations *d)
{
    size_t n_peers = peers->any ? 1 : peers->n;
    size_t n_destinations = MAX(d->n, 1);

    if (n_peers > 1 && n_destinations > 1) {
        uint32_t id = ++b->program->n_conjunctions;

        for (size_t i = 0; i < peers->n; i++) {
            builder_add(b, &peers->matches[i], NULL, id);
        }
        for (size_t i = 0; i < d->n; i++) {
            builder_add(b, NULL, &d->matches[i], id);
        }
        return;
    }
    for (size_t i = 0; i < n_peers; i++) {
        const struct policy_match *peer = peers->any ? NULL
                                          : &peers->matches[i];

        for (size_t j = 0; j < n_destinations; j++) {
            const struct policy_match *dst = d->n ? &d->matches[j] : NULL;

            if (!peer || !dst || families_agree(peer, dst)) {
                builder_add(b, peer, dst, 0);
            }
        }
    }
}

static void
policy_program_sort(struct policy_program *program)
{
    size_t n = 0;

    if (!program->n) {
        return;
    }
    qsort(program->clauses, program->n, sizeof *program->clauses,
          policy_clause_compare);
    for (size_t i = 1; i < program->n; i++) {
        if (policy_clause_compare(&program->clauses[n],
                                  &program->clauses[i])) {
            program->clauses[++n] = program->clauses[i];
        }
    }
    program->n = n + 1;
}

void
policy_compile(const struct vpc_policy *const *policies, size_t n_policies,
               enum policy_direction direction,
               const struct policy_source *sources, size_t n_sources,
               struct policy_program *program)
{
    struct builder b = { program, 0 };

    memset(program, 0, sizeof *program);
    for (size_t i = 0; i < n_policies; i++) {
        const struct policy_rules *rules
            = &policies[i]->directions[direction];

        for (size_t j = 0; j < rules->n; j++) {
            struct destinations d;
            struct peers peers;

            peers_init(&peers, &rules->rules[j], sources, n_sources);
            destinations_init(&d, &rules->rules[j]);
            builder_add_rule(&b, &peers, &d);
            free(peers.matches);
            free(d.matches);
        }
    }
    policy_program_sort(program);
}

void
policy_program_destroy(struct policy_program *program)
{
    free(program->clauses);
    memset(program, 0, sizeof *program);
}

bool
policy_program_equals(const struct policy_program *a,
                      const struct policy_program *b)
{
    if (a->n != b->n || a->n_conjunctions != b->n_conjunctions) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (policy_clause_compare(&a->clauses[i], &b->clauses[i])) {
            return false;
        }
    }
    return true;
}
