/* See flow-lookup.h. */

#include <config.h>

#include "tests/unit/flow-lookup.h"

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "tun-metadata.h"
#include "util.h"

struct lookup_flow {
    int priority;
    struct match match;             /* Without options. */
    struct match options;           /* With them. */
    struct ofpbuf ofpacts;
};

void
flow_lookup_init(struct flow_lookup *lookup)
{
    memset(lookup, 0, sizeof *lookup);
}

void
flow_lookup_destroy(struct flow_lookup *lookup)
{
    for (size_t i = 0; i < ARRAY_SIZE(lookup->tables); i++) {
        struct lookup_table *table = &lookup->tables[i];

        for (size_t j = 0; j < table->n; j++) {
            ofpbuf_uninit(&table->flows[j]->ofpacts);
            free(table->flows[j]);
        }
        free(table->flows);
    }
}

static void
insert_flow(struct lookup_table *table, struct lookup_flow *flow)
{
    size_t i = table->n++;

    if (table->n > table->allocated) {
        table->flows = x2nrealloc(table->flows, &table->allocated,
                                  sizeof *table->flows);
    }
    for (; i && table->flows[i - 1]->priority < flow->priority; i--) {
        table->flows[i] = table->flows[i - 1];
    }
    table->flows[i] = flow;
}

/* Options are kept apart, so that everything else can be compared bit by
 * bit. */
void
flow_lookup_add(struct flow_lookup *lookup, uint8_t table_id,
                uint16_t priority, const struct match *match,
                const struct ofpbuf *ofpacts)
{
    struct lookup_flow *flow = xmalloc(sizeof *flow);

    flow->priority = priority;
    flow->match = *match;
    flow->options = *match;
    memset(&flow->match.wc.masks.tunnel.metadata, 0,
           sizeof flow->match.wc.masks.tunnel.metadata);
    ofpbuf_init(&flow->ofpacts, ofpacts->size);
    ofpbuf_put(&flow->ofpacts, ofpacts->data, ofpacts->size);
    insert_flow(&lookup->tables[table_id], flow);
}

/* Whether the packet has option 'i', and what is matched of its data.  The
 * match has the field at its full length, right-aligned. */
static bool
option_matches(const struct match *match, int i, const struct flow *flow)
{
    const struct tun_metadata_loc *loc = &match->tun_md.entry[i].loc;
    const struct mf_field *mf = mf_from_id(MFF_TUN_METADATA0 + i);
    const uint8_t *value, *mask, *packet;
    union mf_value data;

    if (!(flow->tunnel.metadata.present.map >> i & 1)) {
        return false;
    }
    ovs_assert(!loc->c.next);
    tun_metadata_read(&flow->tunnel, mf, &data);
    value = match->flow.tunnel.metadata.opts.u8 + loc->c.offset;
    mask = match->wc.masks.tunnel.metadata.opts.u8 + loc->c.offset;
    packet = data.tun_metadata + mf->n_bytes - loc->len;
    for (int j = 0; j < loc->len; j++) {
        if ((value[j] ^ packet[j]) & mask[j]) {
            return false;
        }
    }
    return true;
}

static bool
matches(const struct lookup_flow *f, const struct flow *flow)
{
    const uint64_t *value = (const uint64_t *) &f->match.flow;
    const uint64_t *mask = (const uint64_t *) &f->match.wc.masks;
    const uint64_t *packet = (const uint64_t *) flow;

    for (size_t i = 0; i < FLOW_U64S; i++) {
        if ((value[i] ^ packet[i]) & mask[i]) {
            return false;
        }
    }

    int i;

    ULLONG_FOR_EACH_1 (i, f->options.wc.masks.tunnel.metadata.present.map) {
        if (!option_matches(&f->options, i, flow)) {
            return false;
        }
    }
    return true;
}

static bool
is_conjunctive(const struct lookup_flow *f)
{
    const struct ofpact *a = f->ofpacts.data;

    return f->ofpacts.size && a->type == OFPACT_CONJUNCTION;
}

/* Returns, as bits, of which clauses of conjunction 'id' the flow is a part,
 * and stores in '*n_clauses' how many clauses the conjunction has. */
static uint64_t
get_clauses(const struct lookup_flow *f, uint32_t id, uint8_t *n_clauses)
{
    const struct ofpact_conjunction *conj;
    const struct ofpact *a;
    uint64_t clauses = 0;

    OFPACT_FOR_EACH (a, f->ofpacts.data, f->ofpacts.size) {
        conj = ofpact_get_CONJUNCTION(a);
        if (conj->id == id) {
            clauses |= UINT64_C(1) << conj->clause;
            *n_clauses = conj->n_clauses;
        }
    }
    return clauses;
}

/* Whether each clause of conjunction 'id' has a flow that matches, among those
 * with the priority of 'first'. */
static bool
is_complete(const struct lookup_table *table, const struct lookup_flow *first,
            const struct flow *flow, uint32_t id)
{
    uint64_t clauses = 0;
    uint8_t n_clauses = 0;

    for (size_t i = 0; i < table->n; i++) {
        const struct lookup_flow *f = table->flows[i];

        if (f->priority == first->priority && is_conjunctive(f)
            && matches(f, flow)) {
            clauses |= get_clauses(f, id, &n_clauses);
        }
    }
    return clauses == (UINT64_C(1) << n_clauses) - 1;
}

static const struct lookup_flow *
find_flow(const struct lookup_table *table, const struct flow *flow,
          bool conjunctive)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct lookup_flow *f = table->flows[i];
        const struct ofpact *a;

        if (!matches(f, flow)) {
            continue;
        } else if (!is_conjunctive(f)) {
            return f;
        } else if (!conjunctive) {
            continue;
        }
        OFPACT_FOR_EACH (a, f->ofpacts.data, f->ofpacts.size) {
            uint32_t id = ofpact_get_CONJUNCTION(a)->id;

            if (is_complete(table, f, flow, id)) {
                struct flow with_id = *flow;

                with_id.conj_id = id;
                return find_flow(table, &with_id, false);
            }
        }
    }
    return NULL;
}

const struct ofpbuf *
flow_lookup_find(const struct flow_lookup *lookup, uint8_t table,
                 const struct flow *flow)
{
    const struct lookup_flow *f = find_flow(&lookup->tables[table], flow,
                                            true);

    return f ? &f->ofpacts : NULL;
}
