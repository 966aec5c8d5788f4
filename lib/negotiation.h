/* Option negotiation: what a source NVE may put into packets to one remote.
 *
 * RFC 9638, sections 6.7 and 7, and RFC 8926, sections 3.5 and 4.5.1.  Pure
 * functions; the rules are in docs/negotiation.md.  There are two steps,
 * because the first is done once for a remote and the second once for each of
 * its profiles:
 *
 *     advertisement, last good, static  --neg_receive_init---->  neg_receive
 *     sender table, neg_receive, limits --negotiation_select-->  negotiation
 *
 * Step 1 is in neg-receive.h, step 2 is here. */
#ifndef GA_NEGOTIATION_H
#define GA_NEGOTIATION_H 1

#include "lib/neg-receive.h"
#include "lib/option.h"
#include "lib/recv-table.h"
#include "svec.h"

#define NEG_DEFAULT_PRIORITY 100

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

enum neg_status {                   /* From best to worst. */
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
    NEG_ENCAPSULATION,              /* It has no options. */
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
    const struct encapsulation *encapsulation;
    enum neg_status status;
    enum neg_source source;
    bool restricted;
    enum recv_order order;          /* Of the table that was used. */

    /* What is sent, in the receiver's order or, if it does not care, in the
     * sender's.  Empty if NEG_BLOCKED. */
    struct sender_option *options;  /* At most GENEVE_MAX_OPTIONS. */
    size_t n_options;
    uint64_t receiver_requires;     /* Bit I: the receiver wants options[I]. */

    /* With RECV_FIRST: options[0] must stay in front. */
    bool front_pinned;

    struct neg_omitted *omitted;    /* Sorted by the written form. */
    size_t n_omitted;
    struct opt_key *missing_required; /* Sorted by the written form. */
    size_t n_missing_required;

    unsigned int header_bytes;      /* Of the encapsulation, with options. */
    bool c_bit;
};

/* Selects what goes to a remote: RFC 9638, section 6.7, and RFC 8926, sections
 * 3.5.1 and 4.5.1.  'transit' limits what may be on the way there.  Nothing in
 * the result points into the arguments; the caller must destroy it. */
void negotiation_select(const struct sender_table *,
                        const struct neg_receive *,
                        struct neg_limits transit, struct negotiation *);
void negotiation_destroy(struct negotiation *);
void negotiation_clone(struct negotiation *dst, const struct negotiation *src);

/* Whether all that follows from the two is the same. */
bool negotiation_equals(const struct negotiation *,
                        const struct negotiation *);

/* Takes back the options in bit set 'drop' (bit I: options[I]) for a reason,
 * with all that follows from it: the status may become NEG_BLOCKED. */
void negotiation_drop_options(struct negotiation *,
                              const struct sender_table *, uint64_t drop,
                              enum neg_reason);

/* As negotiation_drop_options(), for one option.  Does nothing if it is not
 * sent. */
void negotiation_drop_option(struct negotiation *,
                             const struct sender_table *, struct opt_key,
                             enum neg_reason);

/* Notes that nothing at all can be sent, for a reason that is not an
 * option's. */
void negotiation_block(struct negotiation *);

/* The largest inner IP packet, in bytes, that fits an underlay of
 * 'underlay_mtu' bytes: RFC 8926, section 4.4.1.  Not positive if there is no
 * room for any. */
int negotiation_inner_mtu(int underlay_mtu, bool ipv6_underlay,
                          unsigned int header_bytes);

/* Stores in 'wire' the options that are sent, as many as the negotiation has,
 * in the order of a plan: 'order' has at least all of them. */
void negotiation_get_wire_order(const struct negotiation *,
                                const struct opt_key *order, size_t n_order,
                                struct opt_key *wire);

#endif /* lib/negotiation.h */
