/* Step 1 of the negotiation: the receive table in force for a remote, and its
 * source.  RFC 9638, sections 6.7 and 7. */
#ifndef GA_NEG_RECEIVE_H
#define GA_NEG_RECEIVE_H 1

#include "lib/recv-table.h"
#include "svec.h"

enum neg_source {
    NEG_SRC_MULTICAST,
    NEG_SRC_ADVERTISED,
    NEG_SRC_LAST_GOOD,
    NEG_SRC_MALFORMED,
    NEG_SRC_NONE,
    NEG_SRC_STATIC,
};

/* "last-good", or "last-good+restrict" if a static table narrowed it. */
const char *neg_source_to_string(enum neg_source, bool restricted);

struct neg_receive {
    const struct encapsulation *encapsulation; /* By which packets go: of the
                                     * table in force.  The caller may choose
                                     * another one. */
    enum neg_source source;
    bool restricted;                /* A static table narrowed it. */
    struct recv_table table;        /* Empty for MULTICAST, MALFORMED, NONE. */
    struct svec alarms;             /* Sorted, one a fault. */

    /* Required by the remote, but removed by "restrict". */
    struct opt_key *lost_required;
    size_t n_lost_required;
};

/* Finds the receive table in force for a remote.  'multicast' is true if
 * packets go out by underlay multicast or to a replication server; then no
 * table is looked at.  The three tables are JSON as they came; NULL or null
 * means that there is none.  The caller must destroy the result. */
void neg_receive_init(struct neg_receive *, bool multicast,
                      const struct json *advertisement,
                      const struct json *last_good,
                      const struct json *static_);
void neg_receive_destroy(struct neg_receive *);

/* Applies a static table that was read: narrows 'receive' by it, replaces its
 * table, or does neither, as 'mode' says.  May take the entries of 'table',
 * which then is empty.  Returns false if there is no such mode. */
bool neg_receive_apply_table(struct neg_receive *, const char *mode,
                             struct recv_table *);

/* Whether an advertisement may become the "last good" one: whether its
 * structure is sound, whatever its single entries are. */
bool neg_receive_is_good(const struct json *advertisement);

#endif /* lib/neg-receive.h */
