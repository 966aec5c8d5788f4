/* Our own receive table: what this NVE advertises that it can receive.
 *
 * By default these are all options of the profiles of our active VPCs, in any
 * order, as far as the TLV map has room for them.  The file that the setting
 * nve-receive names may restrict and order them: RFC 9638, section 6.7. */
#ifndef GA_RECEIVE_H
#define GA_RECEIVE_H 1

#include <stdbool.h>

#include "lib/negotiation.h"

struct agent;
struct json;
struct receive;

struct receive *receive_create(void);
void receive_destroy(struct receive *);

/* The file to read, or NULL. */
void receive_set_path(struct receive *, const char *path);

/* Reads the file if it changed, and updates the table.  If that changes, sets
 * agent->options_changed and touches our active VPCs. */
void receive_run(struct agent *);
void receive_wait(const struct agent *);

/* What is received has changed, whether advertised or only retained: has what
 * plans map, and the flows of our active VPCs, follow. */
void receive_touch_mapped(struct agent *);

/* Whether a profile of our VPCs has this option with this length. */
bool receive_is_used(const struct agent *, struct opt_key,
                     unsigned int length);

/* The table in force, including options that the TLV map has no room for. */
const struct recv_table *receive_get_table(const struct receive *);

/* The table in force without the options that the TLV map has no room for.
 * The caller must recv_table_destroy() it. */
void receive_get_mapped(const struct agent *, struct recv_table *);

/* The same as JSON, owned by the caller: status.receive of our NVE without its
 * id. */
struct json *receive_to_json(const struct agent *);

/* The tables for the other encapsulations: status.alsoReceives.  Owned by the
 * caller. */
struct json *receive_others_to_json(const struct agent *);

#endif /* agent/receive/receive.h */
