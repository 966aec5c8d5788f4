/* Policies to clauses.
 *
 * Each rule of each policy is a set of senders (or all) times a set of
 * destinations (or all); the result is the union over the rules.  A rule is
 * simplified first: its port ranges are merged, and its selectors become a
 * sorted list of numbers.  In the end clauses are sorted and made unique, so
 * that what several rules say alike is said once, and the order of labels,
 * policies and rules does not matter.
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
#include "lib/resource.h"
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
    int cmp = compare_numbers(a->has_label, b->has_label);

    cmp = cmp ? cmp : compare_numbers(a->label, b->label);
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

/* The senders of a rule. */
struct senders {
    bool any;
    uint32_t *numbers;              /* Sorted, if not 'any'. */
    size_t n;
};

static bool
rule_takes_labels(const struct policy_rule *rule, const struct smap *labels)
{
    for (size_t i = 0; i < rule->n_from; i++) {
        if (label_selector_matches(&rule->from[i], labels)) {
            return true;
        }
    }
    return false;
}

static void
senders_init(struct senders *senders, const struct policy_rule *rule,
             const struct policy_source *sources, size_t n_sources)
{
    size_t end;

    senders->any = !rule->n_from;
    senders->numbers = xcalloc(n_sources + 1, sizeof *senders->numbers);
    senders->n = 0;
    for (size_t i = 0; !senders->any && i < n_sources; i = end) {
        bool all = true;

        for (end = i; end < n_sources
             && sources[end].number == sources[i].number; end++) {
            all = all && rule_takes_labels(rule, sources[end].labels);
        }
        if (all) {
            senders->numbers[senders->n++] = sources[i].number;
        }
    }
}

uint32_t *
policy_rule_get_numbers(const struct policy_rule *rule,
                        const struct policy_source *sources, size_t n_sources,
                        size_t *n)
{
    struct senders senders;

    senders_init(&senders, rule, sources, n_sources);
    *n = senders.n;
    if (senders.any) {
        free(senders.numbers);
        return NULL;
    }
    return senders.numbers;
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

static void
builder_add(struct builder *b, const struct policy_match *match,
            const uint32_t *label, uint32_t id)
{
    struct policy_program *program = b->program;
    struct policy_clause *clause;

    if (program->n >= b->allocated) {
        program->clauses = x2nrealloc(program->clauses, &b->allocated,
                                      sizeof *program->clauses);
    }
    clause = &program->clauses[program->n++];
    memset(clause, 0, sizeof *clause);
    if (match) {
        clause->match = *match;
    }
    if (label) {
        clause->match.has_label = true;
        clause->match.label = *label;
    }
    clause->id = id;
}

static void
builder_add_rule(struct builder *b, const struct senders *senders,
                 const struct destinations *d)
{
    size_t n_senders = senders->any ? 1 : senders->n;
    size_t n_destinations = MAX(d->n, 1);

    if (n_senders > 1 && n_destinations > 1) {
        uint32_t id = ++b->program->n_conjunctions;

        for (size_t i = 0; i < senders->n; i++) {
            builder_add(b, NULL, &senders->numbers[i], id);
        }
        for (size_t i = 0; i < d->n; i++) {
            builder_add(b, &d->matches[i], NULL, id);
        }
        return;
    }
    for (size_t i = 0; i < n_senders; i++) {
        for (size_t j = 0; j < n_destinations; j++) {
            builder_add(b, d->n ? &d->matches[j] : NULL,
                        senders->any ? NULL : &senders->numbers[i], 0);
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
               const struct policy_source *sources, size_t n_sources,
               struct policy_program *program)
{
    struct builder b = { program, 0 };

    memset(program, 0, sizeof *program);
    for (size_t i = 0; i < n_policies; i++) {
        for (size_t j = 0; j < policies[i]->n_rules; j++) {
            const struct policy_rule *rule = &policies[i]->rules[j];
            struct destinations d;
            struct senders senders;

            senders_init(&senders, rule, sources, n_sources);
            destinations_init(&d, rule);
            builder_add_rule(&b, &senders, &d);
            free(senders.numbers);
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
