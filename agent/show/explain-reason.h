/* Why an option is not sent, and who said so, in words. */
#ifndef GA_EXPLAIN_REASON_H
#define GA_EXPLAIN_REASON_H 1

#include "lib/negotiation.h"

struct m_encap;
struct m_nve;
struct resolved_option;

/* Who made the receive table that is in force for 'nve', for the caller to
 * free. */
char *explain_reason_get_table_owner(const struct m_nve *nve);

/* Why 'reason' omits 'option' from 'encap': half a sentence, for the caller to
 * free. */
char *explain_reason_describe(const struct m_encap *encap,
                              const struct resolved_option *option,
                              enum neg_reason reason);

#endif /* agent/show/explain-reason.h */
