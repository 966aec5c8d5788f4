/* Alarms: what an operator should look at.
 *
 * An alarm is for an object and has a reason: "remote hv-2", "plan".  It
 * belongs to the group that raises it; two groups do not see each other's
 * alarms.  A group with few alarms is cheap, so each object may have its own.
 *
 * A group says what holds, not what changed: alarms_begin(), alarms_raise()
 * for each alarm that holds, and alarms_end() clears the group's others. */
#ifndef GA_ALARMS_H
#define GA_ALARMS_H 1

#include <stddef.h>

#include "compiler.h"

struct alarms;
struct json;

struct alarms *alarms_create(void);

/* Frees everything, and logs nothing. */
void alarms_destroy(struct alarms *);

void alarms_begin(struct alarms *, const char *group);
void alarms_end(struct alarms *, const char *group);

/* Raises an alarm, between the two above.  If it is new, it is logged.  If
 * not, it only gets the message, and keeps its time. */
void alarms_raise(struct alarms *, const char *group, const char *object,
                  const char *reason, const char *format, ...)
    OVS_PRINTF_FORMAT(5, 6);

/* Clears all alarms of a group. */
void alarms_clear_group(struct alarms *, const char *group);

size_t alarms_count(const struct alarms *);

/* [{"object", "reason", "message", "since": RFC 3339}], oldest first; owned by
 * the caller. */
struct json *alarms_to_json(const struct alarms *);

#endif /* agent/alarms.h */
