/* What may be sent to a remote, by what a controller says of it: the two steps
 * of lib/negotiation.h, with tables from this JSON library.  Pure. */
#ifndef GA_TAP_NEGOTIATE_H
#define GA_TAP_NEGOTIATE_H 1

#include <jansson.h>

#include "lib/negotiation.h"
#include "utilities/geneve-tap/tap-config.h"

/* What is known of a remote.  JSON as it came; NULL or null: there is none. */
struct tap_tables {
    const json_t *advertisement;
    const json_t *last_good;
    const json_t *static_;
    struct neg_limits transit;      /* On the way to it. */
};

/* The sender's table that stands for options; the caller must free its
 * 'options'. */
struct sender_table tap_negotiate_sender(const struct tap_options *);

/* Negotiates.  The caller must destroy the result. */
void tap_negotiate(const struct sender_table *, const struct tap_tables *,
                   struct negotiation *);

/* What was negotiated, for people: members "status", "source", "options",
 * "omitted" and "missingRequired", as in tests/scenarios/. */
json_t *tap_negotiate_to_json(const struct negotiation *);

/* Whether an advertisement may become the "last good" one. */
bool tap_negotiate_is_good(const json_t *advertisement);

#endif /* utilities/geneve-tap/tap-negotiate.h */
