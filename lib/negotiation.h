/* Option negotiation: what a source NVE may put into packets to one remote.
 *
 * RFC 9638, sections 6.7 and 7, and RFC 8926, sections 3.5 and 4.5.1.  Pure
 * functions; the rules are in docs/negotiation.md.  Two steps, because the
 * first is done once for a remote and the second once for each of its
 * profiles:
 *
 *     advertisement, last good, static  --neg_receive_init-->  neg_receive
 *     sender table, neg_receive, limits --neg_select------->  negotiation
 */
#ifndef GA_NEGOTIATION_H
#define GA_NEGOTIATION_H 1

#include "lib/option.h"
#include "svec.h"

struct json;

#define NEG_NO_LIMIT (-1)
#define NEG_DEFAULT_PRIORITY 100

/* A limit on options, of a receiver, a sender or the way between them. */
struct neg_limits {
    int max_options;                /* Or NEG_NO_LIMIT. */
    int max_option_bytes;           /* Or NEG_NO_LIMIT. */
};
#define NEG_LIMITS_NONE \
    ((struct neg_limits) { NEG_NO_LIMIT, NEG_NO_LIMIT })

/* Receive tables. */

enum recv_order {
    RECV_ANY,                       /* No wish. */
    RECV_STRICT,                    /* What is sent keeps the table's order. */
    RECV_FIRST,                     /* The table's first entry comes first. */
};
const char *recv_order_to_string(enum recv_order);

struct recv_entry {
    struct opt_key key;
    uint8_t min_len, max_len;       /* Data bytes, multiples of 4. */
    bool required;                  /* Receiver drops packets without it. */
};

struct recv_table {
    struct recv_entry *entries;
    size_t n_entries;
    enum recv_order order;
    struct neg_limits limits;
};
#define RECV_TABLE_INITIALIZER \
    { NULL, 0, RECV_ANY, { NEG_NO_LIMIT, NEG_NO_LIMIT } }

bool recv_table_from_json(const struct json *, struct recv_table *,
                          struct svec *alarms);
bool recv_table_from_restrict_json(const struct json *, struct recv_table *,
                                   struct svec *alarms);
struct json *recv_table_to_json(const struct recv_table *);
void recv_table_clone(struct recv_table *dst, const struct recv_table *src);
void recv_table_destroy(struct recv_table *);
bool recv_table_equals(const struct recv_table *, const struct recv_table *);
const struct recv_entry *recv_table_find(const struct recv_table *,
                                         struct opt_key);
bool neg_limits_from_json(const struct json *, struct neg_limits *);
struct neg_limits neg_limits_min(struct neg_limits, struct neg_limits);

/* Sender tables. */

struct sender_option {
    struct opt_key key;
    unsigned int length;            /* Data bytes; may be invalid. */
    bool required;
    int priority;                   /* Lower is kept first. */
};

struct sender_table {
    struct sender_option *options;
    size_t n_options;
    struct neg_limits limits;
};

/* Step 1: the receive table in force for a remote, and its source. */

enum neg_source {
    NEG_SRC_MULTICAST,
    NEG_SRC_ADVERTISED,
    NEG_SRC_LAST_GOOD,
    NEG_SRC_MALFORMED,
    NEG_SRC_NONE,
    NEG_SRC_STATIC,
};

struct neg_receive {
    enum neg_source source;
    bool restricted;                /* A static table narrowed it. */
    struct recv_table table;        /* Empty for MULTICAST, MALFORMED, NONE. */
    struct svec alarms;             /* Sorted; one a fault. */

    /* Required by the remote, but removed by "restrict". */
    struct opt_key *lost_required;
    size_t n_lost_required;
};

void neg_receive_init(struct neg_receive *, bool multicast,
                      const struct json *advertisement,
                      const struct json *last_good,
                      const struct json *static_);
void neg_receive_destroy(struct neg_receive *);
const char *neg_source_to_string(enum neg_source, bool restricted);
bool neg_advertisement_is_good(const struct json *);

/* Step 2: what is sent. */

enum neg_status {                   /* In the order of badness. */
    NEG_OK,
    NEG_OPTIONLESS,
    NEG_DEGRADED,
    NEG_BLOCKED,
};
const char *neg_status_to_string(enum neg_status);

enum neg_reason {
    NEG_DUPLICATE,
    NEG_INVALID_LENGTH,
    NEG_MULTICAST,
    NEG_TYPE_MISMATCH,
    NEG_UNSUPPORTED,
    NEG_LENGTH,
    NEG_MAX_OPTIONS,
    NEG_MAX_BYTES,
    NEG_PLAN,                       /* No plan has room or the right order. */
};
const char *neg_reason_to_string(enum neg_reason);

struct neg_omitted {
    struct opt_key key;
    enum neg_reason reason;
};

struct negotiation {
    enum neg_status status;
    enum neg_source source;
    bool restricted;
    enum recv_order order;          /* Of the table that was used. */

    /* What is sent, in the order of the receiver or, where it has no wish, of
     * the sender.  Empty if NEG_BLOCKED. */
    struct sender_option options[GENEVE_MAX_OPTIONS];
    size_t n_options;
    uint64_t receiver_requires;     /* Bit I: the receiver wants options[I]. */

    /* With RECV_FIRST: options[0] must stay in front. */
    bool front_pinned;

    struct neg_omitted *omitted;    /* Sorted by the written form. */
    size_t n_omitted;
    struct opt_key *missing_required; /* Sorted by the written form. */
    size_t n_missing_required;

    unsigned int header_bytes;      /* GENEVE_BASE_HLEN + option bytes. */
    bool c_bit;
};

void neg_select(const struct sender_table *, const struct neg_receive *,
                struct neg_limits transit, struct negotiation *);
void neg_drop_options(struct negotiation *, const struct sender_table *,
                      uint64_t drop, enum neg_reason);
void neg_drop_option(struct negotiation *, const struct sender_table *,
                     struct opt_key, enum neg_reason);
void neg_block(struct negotiation *);
void negotiation_destroy(struct negotiation *);
void negotiation_clone(struct negotiation *, const struct negotiation *);
bool negotiation_equals(const struct negotiation *,
                        const struct negotiation *);

/* Largest inner IP packet for an underlay of 'underlay_mtu' bytes:
 * RFC 8926, section 4.4.1. */
int neg_inner_mtu(int underlay_mtu, bool ipv6_underlay,
                  unsigned int header_bytes);

/* Stores in 'wire' the options that are sent, as many as the negotiation has,
 * in the order of a plan: 'order' has at least all of them. */
void negotiation_get_wire_order(const struct negotiation *,
                                const struct opt_key *order, size_t n_order,
                                struct opt_key *wire);

#endif /* lib/negotiation.h */
