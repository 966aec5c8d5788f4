/* Whether this node may write in the name that external_ids:system-id gives
 * it: not while another node has the same one.
 *
 * The second of two nodes with one name holds still: it writes nothing at the
 * controller, with an alarm.  The first has an alarm, too, and goes on. */
#ifndef GA_OWN_NAME_H
#define GA_OWN_NAME_H 1

#include <stdbool.h>

struct agent;
struct json;
struct own_name;

struct own_name *own_name_create(void);

/* NULL is fine. */
void own_name_destroy(struct own_name *);

/* An NVE's object came, changed or went. */
void own_name_touch(struct own_name *);

/* Looks at our NVE's object, and asks or answers the other node.  Lets go of
 * what was wanted under a former name. */
void own_name_run(struct agent *);
void own_name_wait(const struct agent *);

/* Whether the name is ours, as far as we know; with objects from a file it is
 * what the file says, and so ours. */
bool own_name_is_ours(const struct agent *);

/* Adds to our NVE's status which node we are, and our answer if another one
 * asks. */
void own_name_put_status(const struct agent *, struct json *status);

#endif /* agent/publish/own-name.h */
