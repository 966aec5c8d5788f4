/* Our own receive table: what this NVE advertises that it can receive.
 *
 * By default every option that the profiles of our active VPCs use, in any
 * order, as far as the TLV map holds them.  The file of the setting
 * nve-receive narrows and orders that: RFC 9638, section 6.7. */
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

/* Reads the file if it changed and brings the table up to date.  Returns true
 * if the table changed. */
bool receive_run(struct agent *);
void receive_wait(struct receive *);

/* The table in force.  What of it the TLV map has no room for is still in
 * it, but not in receive_to_json(). */
const struct recv_table *receive_get_table(const struct receive *);

/* status.receive of our NVE. */
struct json *receive_to_json(const struct agent *);

#endif /* agent/receive.h */
