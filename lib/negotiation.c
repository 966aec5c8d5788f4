/* Step 2 of the negotiation: what is sent to a remote.
 *
 * negotiation_select() applies the receive table in force (lib/neg-receive.c)
 * to a sender table.  It is called for every remote and profile of a large
 * network, so it does no more than a few short sorts.
 *
 * Invariants of a result, on which all packets rely: every option is in the
 * receiver's table and has a fitting length; none is there twice; no limit is
 * exceeded, nor GENEVE_MAX_OPT_BYTES and GENEVE_MAX_OPTIONS.  If that leaves
 * out what either side requires, nothing at all is sent. */

#include <config.h>

#include "lib/negotiation.h"

#include <stdlib.h>
#include <string.h>

#include "lib/encapsulation.h"
#include "util.h"

const char *
neg_status_to_string(enum neg_status status)
{
    switch (status) {
    case NEG_OK: return "ok";
    case NEG_OPTIONLESS: return "optionless";
    case NEG_DEGRADED: return "degraded";
    case NEG_BLOCKED: return "blocked";
    default: OVS_NOT_REACHED();
    }
}

const char *
neg_reason_to_string(enum neg_reason reason)
{
    switch (reason) {
    case NEG_DUPLICATE: return "duplicate";
    case NEG_INVALID_LENGTH: return "invalid-length";
    case NEG_MULTICAST: return "multicast";
    case NEG_ENCAPSULATION: return "encapsulation";
    case NEG_TYPE_MISMATCH: return "type-mismatch";
    case NEG_UNSUPPORTED: return "unsupported";
    case NEG_LENGTH: return "length";
    case NEG_MAX_OPTIONS: return "max-options";
    case NEG_MAX_BYTES: return "max-bytes";
    case NEG_PLAN: return "plan";
    default: OVS_NOT_REACHED();
    }
}

/* A sender's option on its way through the selection. */
struct pick {
    const struct sender_option *option; /* Points into the sender's table. */
    const struct recv_entry *entry;     /* Points into the receiver's. */
    bool omitted;
    enum neg_reason reason;
};

/* For qsort() of pointers: what is admitted first. */
static int
compare_admission(const void *a_, const void *b_)
{
    const struct pick *const *a = a_;
    const struct pick *const *b = b_;
    const struct sender_option *x = (*a)->option;
    const struct sender_option *y = (*b)->option;

    if (x->required != y->required) {
        return x->required ? -1 : 1;
    } else if (x->priority != y->priority) {
        return x->priority < y->priority ? -1 : 1;
    }
    return x < y ? -1 : x > y;
}

/* For qsort() of pointers: the receiver's order. */
static int
compare_entry(const void *a_, const void *b_)
{
    const struct pick *const *a = a_;
    const struct pick *const *b = b_;

    return (*a)->entry < (*b)->entry ? -1 : (*a)->entry > (*b)->entry;
}

/* Ascending by the written form, which padding makes the numeric order. */
static int
compare_omitted(const void *a_, const void *b_)
{
    const struct neg_omitted *a = a_;
    const struct neg_omitted *b = b_;
    int cmp = opt_key_compare(a->key, b->key);

    return cmp ? cmp : strcmp(neg_reason_to_string(a->reason),
                              neg_reason_to_string(b->reason));
}

static int
compare_keys(const void *a, const void *b)
{
    return opt_key_compare(*(const struct opt_key *) a,
                           *(const struct opt_key *) b);
}

static bool
sender_names_before(const struct sender_table *sender, size_t position)
{
    for (size_t i = 0; i < position; i++) {
        if (opt_key_equals(sender->options[i].key,
                           sender->options[position].key)) {
            return true;
        }
    }
    return false;
}

/* Whether the receiver knows the same option with the critical bit flipped.
 * That is another option (RFC 8926, section 3.5), but probably a mistake, so
 * it has a reason of its own. */
static bool
flipped_type_is_known(const struct recv_table *table, struct opt_key key)
{
    key.type ^= 0x80;
    return recv_table_find(table, key) != NULL;
}

/* Decides whether the option may be sent at all, regardless of limits. */
static void
pick_init(struct pick *pick, const struct sender_table *sender,
          size_t position, const struct neg_receive *receive)
{
    const struct sender_option *option = &sender->options[position];

    pick->option = option;
    pick->entry = recv_table_find(&receive->table, option->key);
    pick->omitted = true;
    if (sender_names_before(sender, position)) {
        pick->reason = NEG_DUPLICATE;
    } else if (option->length > GENEVE_OPT_MAX_DATA || option->length % 4) {
        pick->reason = NEG_INVALID_LENGTH;
    } else if (receive->source == NEG_SRC_MULTICAST) {
        pick->reason = NEG_MULTICAST;
    } else if (receive->encapsulation
               && !receive->encapsulation->has_options) {
        pick->reason = NEG_ENCAPSULATION;
    } else if (!pick->entry) {
        pick->reason = (flipped_type_is_known(&receive->table, option->key)
                        ? NEG_TYPE_MISMATCH : NEG_UNSUPPORTED);
    } else if (option->length < pick->entry->min_len
               || option->length > pick->entry->max_len) {
        pick->reason = NEG_LENGTH;
    } else {
        pick->omitted = false;
    }
}

static void
mark_omitted(struct pick *pick, enum neg_reason reason)
{
    pick->omitted = true;
    pick->reason = reason;
}

/* Omits what does not fit 'limits' (RFC 8926, section 4.5.1), in order of
 * importance.  An option that does not fit does not keep a smaller one
 * out. */
static void
admit(struct pick **candidates, size_t n, struct neg_limits limits)
{
    int n_options = 0, n_bytes = 0;

    qsort(candidates, n, sizeof *candidates, compare_admission);
    for (size_t i = 0; i < n; i++) {
        int bytes = opt_wire_bytes(candidates[i]->option->length);

        if (n_options >= limits.max_options) {
            mark_omitted(candidates[i], NEG_MAX_OPTIONS);
        } else if (n_bytes + bytes > limits.max_option_bytes) {
            mark_omitted(candidates[i], NEG_MAX_BYTES);
        } else {
            n_options++;
            n_bytes += bytes;
        }
    }
}

static struct neg_limits
effective_limits(const struct sender_table *sender,
                 const struct neg_receive *receive,
                 struct neg_limits transit)
{
    struct neg_limits limits = { GENEVE_MAX_OPTIONS, GENEVE_MAX_OPT_BYTES };

    limits = neg_limits_min(limits, receive->table.limits);
    limits = neg_limits_min(limits, transit);
    return neg_limits_min(limits, sender->limits);
}

/* Puts the picks that are left into 'left' in the sender's order, and returns
 * their number. */
static size_t
collect_left(struct pick *picks, size_t n, struct pick **left)
{
    size_t n_left = 0;

    for (size_t i = 0; i < n; i++) {
        if (!picks[i].omitted) {
            left[n_left++] = &picks[i];
        }
    }
    return n_left;
}

/* Orders what is sent: RFC 9638, section 6.7, "desired order".  Returns true
 * if the first one has to be in front. */
static bool
order_picks(struct pick **left, size_t n, const struct recv_table *table)
{
    if (table->order == RECV_STRICT) {
        qsort(left, n, sizeof *left, compare_entry);
    } else if (table->order == RECV_FIRST) {
        for (size_t i = 0; i < n; i++) {
            if (left[i]->entry == table->entries) {
                struct pick *front = left[i];

                memmove(left + 1, left, i * sizeof *left);
                left[0] = front;
                return true;
            }
        }
    }
    return false;
}

static void
negotiation_add_missing(struct negotiation *n, struct opt_key key)
{
    n->missing_required = xrealloc(n->missing_required,
                                   (n->n_missing_required + 1)
                                   * sizeof *n->missing_required);
    n->missing_required[n->n_missing_required++] = key;
}

static bool
negotiation_sends(const struct negotiation *n, struct opt_key key)
{
    for (size_t i = 0; i < n->n_options; i++) {
        if (opt_key_equals(n->options[i].key, key)) {
            return true;
        }
    }
    return false;
}

static void
negotiation_find_missing(struct negotiation *n,
                         const struct neg_receive *receive)
{
    for (size_t i = 0; i < receive->table.n_entries; i++) {
        const struct recv_entry *entry = &receive->table.entries[i];

        if (entry->required && !negotiation_sends(n, entry->key)) {
            negotiation_add_missing(n, entry->key);
        }
    }
    for (size_t i = 0; i < receive->n_lost_required; i++) {
        negotiation_add_missing(n, receive->lost_required[i]);
    }
}

/* Derives the rest from what is sent, omitted and missing.  'blocked' is true
 * if the sender may not send without something that was omitted. */
static void
negotiation_finish(struct negotiation *n, bool sender_has_options,
                   bool blocked)
{
    if (n->n_omitted > 1) {
        qsort(n->omitted, n->n_omitted, sizeof *n->omitted, compare_omitted);
    }
    if (n->n_missing_required > 1) {
        qsort(n->missing_required, n->n_missing_required,
              sizeof *n->missing_required, compare_keys);
    }

    if (blocked || n->n_missing_required) {
        n->status = NEG_BLOCKED;
        n->n_options = 0;
        n->receiver_requires = 0;
        n->front_pinned = false;
    } else if (!sender_has_options) {
        n->status = NEG_OK;
    } else if (!n->n_options) {
        n->status = NEG_OPTIONLESS;
    } else {
        n->status = n->n_omitted ? NEG_DEGRADED : NEG_OK;
    }

    n->header_bytes = n->encapsulation->header_bytes;
    n->c_bit = false;
    for (size_t i = 0; i < n->n_options; i++) {
        n->header_bytes += opt_wire_bytes(n->options[i].length);
        n->c_bit |= opt_key_is_critical(n->options[i].key);
    }
}

static void
negotiation_from_picks(struct negotiation *n, const struct pick *picks,
                       size_t n_picks, struct pick **left, size_t n_left,
                       const struct neg_receive *receive)
{
    bool blocked = false;

    if (n_left) {
        n->options = xmalloc(n_left * sizeof *n->options);
    }
    for (size_t i = 0; i < n_left; i++) {
        n->options[n->n_options++] = *left[i]->option;
        if (left[i]->entry->required) {
            n->receiver_requires |= UINT64_C(1) << i;
        }
    }
    if (n_left < n_picks) {
        n->omitted = xmalloc((n_picks - n_left) * sizeof *n->omitted);
    }
    for (size_t i = 0; i < n_picks; i++) {
        if (picks[i].omitted) {
            n->omitted[n->n_omitted++] = (struct neg_omitted) {
                picks[i].option->key, picks[i].reason
            };
            blocked |= picks[i].option->required;
        }
    }
    negotiation_find_missing(n, receive);
    negotiation_finish(n, n_picks > 0, blocked);
}

void
negotiation_select(const struct sender_table *sender,
                   const struct neg_receive *receive,
                   struct neg_limits transit, struct negotiation *n)
{
    struct pick *picks = xmalloc(sender->n_options * sizeof *picks);
    struct pick **left = xmalloc(sender->n_options * sizeof *left);
    size_t n_left;

    n->encapsulation = (receive->encapsulation ? receive->encapsulation
                        : encapsulation_default());
    n->source = receive->source;
    n->restricted = receive->restricted;
    n->order = receive->table.order;
    n->options = NULL;
    n->n_options = 0;
    n->receiver_requires = 0;
    n->omitted = NULL;
    n->n_omitted = 0;
    n->missing_required = NULL;
    n->n_missing_required = 0;

    for (size_t i = 0; i < sender->n_options; i++) {
        pick_init(&picks[i], sender, i, receive);
    }
    n_left = collect_left(picks, sender->n_options, left);
    admit(left, n_left, effective_limits(sender, receive, transit));
    n_left = collect_left(picks, sender->n_options, left);
    n->front_pinned = order_picks(left, n_left, &receive->table);
    negotiation_from_picks(n, picks, sender->n_options, left, n_left,
                           receive);
    free(picks);
    free(left);
}

static bool
sender_requires(const struct sender_table *sender, struct opt_key key)
{
    for (size_t i = 0; i < sender->n_options; i++) {
        if (opt_key_equals(sender->options[i].key, key)
            && sender->options[i].required) {
            return true;
        }
    }
    return false;
}

/* Removes option 'i' and sets '*requires' to whether the receiver requires
 * it. */
static void
negotiation_remove_option(struct negotiation *n, size_t i, bool *requires)
{
    uint64_t below = (UINT64_C(1) << i) - 1;
    uint64_t bits = n->receiver_requires;

    *requires = (bits >> i) & 1;
    n->receiver_requires = (bits & below) | ((bits >> 1) & ~below);
    n->n_options--;
    memmove(&n->options[i], &n->options[i + 1],
            (n->n_options - i) * sizeof n->options[0]);
    if (!i) {
        n->front_pinned = false;
    }
}

void
negotiation_drop_options(struct negotiation *n,
                         const struct sender_table *sender, uint64_t drop,
                         enum neg_reason reason)
{
    bool blocked = false;

    for (size_t i = n->n_options; i-- > 0; ) {
        struct opt_key key = n->options[i].key;
        bool receiver_requires;

        if (!((drop >> i) & 1)) {
            continue;
        }
        negotiation_remove_option(n, i, &receiver_requires);
        n->omitted = xrealloc(n->omitted,
                              (n->n_omitted + 1) * sizeof *n->omitted);
        n->omitted[n->n_omitted++] = (struct neg_omitted) { key, reason };
        if (receiver_requires) {
            negotiation_add_missing(n, key);
        }
        blocked |= sender_requires(sender, key);
    }
    negotiation_finish(n, sender->n_options > 0,
                       blocked || n->status == NEG_BLOCKED);
}

void
negotiation_block(struct negotiation *n)
{
    negotiation_finish(n, true, true);
}

void
negotiation_drop_option(struct negotiation *n,
                        const struct sender_table *sender,
                        struct opt_key key, enum neg_reason reason)
{
    for (size_t i = 0; i < n->n_options; i++) {
        if (opt_key_equals(n->options[i].key, key)) {
            negotiation_drop_options(n, sender, UINT64_C(1) << i, reason);
            return;
        }
    }
}

void
negotiation_destroy(struct negotiation *n)
{
    free(n->options);
    free(n->omitted);
    free(n->missing_required);
    n->options = NULL;
    n->omitted = NULL;
    n->missing_required = NULL;
    n->n_options = n->n_omitted = n->n_missing_required = 0;
}

void
negotiation_clone(struct negotiation *dst, const struct negotiation *src)
{
    *dst = *src;
    dst->options = NULL;
    dst->omitted = NULL;
    dst->missing_required = NULL;
    if (src->n_options) {
        dst->options = xmemdup(src->options,
                               src->n_options * sizeof *src->options);
    }
    if (src->n_omitted) {
        dst->omitted = xmemdup(src->omitted,
                               src->n_omitted * sizeof *src->omitted);
    }
    if (src->n_missing_required) {
        dst->missing_required = xmemdup(src->missing_required,
                                        src->n_missing_required
                                        * sizeof *src->missing_required);
    }
}

static bool
sender_option_equals(const struct sender_option *a,
                     const struct sender_option *b)
{
    return (opt_key_equals(a->key, b->key) && a->length == b->length
            && a->required == b->required && a->priority == b->priority);
}

bool
negotiation_equals(const struct negotiation *a, const struct negotiation *b)
{
    if (a->encapsulation != b->encapsulation
        || a->status != b->status || a->source != b->source
        || a->restricted != b->restricted || a->order != b->order
        || a->n_options != b->n_options || a->n_omitted != b->n_omitted
        || a->receiver_requires != b->receiver_requires
        || a->front_pinned != b->front_pinned
        || a->n_missing_required != b->n_missing_required) {
        return false;
    }
    for (size_t i = 0; i < a->n_options; i++) {
        if (!sender_option_equals(&a->options[i], &b->options[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < a->n_omitted; i++) {
        if (compare_omitted(&a->omitted[i], &b->omitted[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < a->n_missing_required; i++) {
        if (!opt_key_equals(a->missing_required[i], b->missing_required[i])) {
            return false;
        }
    }
    return true;
}

int
negotiation_inner_mtu(int underlay_mtu, bool ipv6_underlay,
                      unsigned int header_bytes)
{
    int outer_ip = ipv6_underlay ? 40 : 20;
    int udp = 8, inner_ethernet = 14;

    return underlay_mtu - outer_ip - udp - (int) header_bytes
           - inner_ethernet;
}

void
negotiation_get_wire_order(const struct negotiation *n,
                           const struct opt_key *order, size_t n_order,
                           struct opt_key *wire)
{
    size_t n_wire = 0;

    for (size_t i = 0; i < n_order; i++) {
        for (size_t j = 0; j < n->n_options; j++) {
            if (opt_key_equals(order[i], n->options[j].key)) {
                wire[n_wire++] = order[i];
            }
        }
    }
    ovs_assert(n_wire == n->n_options);
}
