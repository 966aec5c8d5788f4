/* Alarms: what an operator should look at, until it is no longer so.
 *
 * An alarm is (object, reason): "nve hv-2", "plan".  Raising it again with
 * another message updates it and keeps its time; a raised alarm is logged
 * once.  Level-triggered use: alarms_begin(group), raise all that hold,
 * alarms_end(group) clears the rest of the group. */
#ifndef GA_ALARMS_H
#define GA_ALARMS_H 1

#include <stddef.h>

#include "compiler.h"

struct alarms;
struct json;

/* An alarm belongs to the group that raised it: two groups do not see each
 * other's.  A group with few alarms is cheap, so one an object is fine. */
struct alarms *alarms_create(void);
void alarms_destroy(struct alarms *);
void alarms_begin(struct alarms *, const char *group);
void alarms_raise(struct alarms *, const char *group, const char *object,
                  const char *reason, const char *format, ...)
    OVS_PRINTF_FORMAT(5, 6);
void alarms_end(struct alarms *, const char *group);
void alarms_clear_group(struct alarms *, const char *group);

/* [{"object", "reason", "message", "since": RFC 3339}], oldest first; owned by
 * the caller.  alarms_count() is its length. */
size_t alarms_count(const struct alarms *);
struct json *alarms_to_json(const struct alarms *);

#endif /* agent/alarms.h */
