/* Withdrawals in the agent: withdrawal.h tied to the tables, the TLV map, the
 * controller and the clock.
 *
 *     receive      the table that we want
 *     withdrawing  what has to stay mapped though it is not in it   (here)
 *     plan, flows  the map has that, too; "required" is not enforced yet
 *     publish      the table, its id, and that we are withdrawing
 *
 * status.receive.id of our NVE identifies the table: a number that grows with
 * each change, made of the wall clock's milliseconds.  (A resourceVersion
 * would change with anything in the object, and is not comparable.)
 * status.withdrawing says that senders are asked to acknowledge it, in
 * AdvertisementAcks; see acks.h for that end.  Those addressed to us are
 * watched as long as something is withdrawn, and removed afterwards. */
#ifndef GA_WITHDRAWING_H
#define GA_WITHDRAWING_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/option.h"

struct agent;
struct json;
struct m_nve;
struct object;
struct plan_option;
struct withdrawing;

struct withdrawing *withdrawing_create(void);
void withdrawing_destroy(struct withdrawing *);

/* An AdvertisementAck came, changed or went. */
void withdrawing_ack_changed(struct agent *, const struct object *);

/* To be called after receive_run() and remotes_run(), before the plan is made.
 * Sets agent->options_changed, and marks VPCs, if the map or the flows have
 * to change. */
void withdrawing_run(struct agent *);
void withdrawing_wait(const struct agent *);

/* Adds to 'options' (allocated for '*n', reallocated as needed) what has to
 * stay mapped: a withdrawn option keeps its place, and its length.  'required'
 * of an option then says no more than that it is to be mapped before
 * others. */
struct plan_option *withdrawing_keep_options(const struct agent *,
                                             struct plan_option *options,
                                             size_t *n);

/* Whether a critical option is received that our table does not have. */
bool withdrawing_keeps_critical(const struct agent *);

/* Whether packets without 'key', which our table requires, are to be dropped
 * already. */
bool withdrawing_enforces(const struct agent *, struct opt_key key);

/* Whether it is known what was published before we started: until then nothing
 * else may be published. */
bool withdrawing_is_started(const struct agent *);

/* The id of the table that is to be published now. */
long long int withdrawing_announce(struct agent *);

/* status.withdrawing of our NVE: {"id", "options": [C/T], "required": [C/T],
 * "until": RFC 3339}, or null.  "until" is about when the grace time ends. */
struct json *withdrawing_to_json(const struct agent *);

/* For ga/status: [{"options", "required", "since", "until", "waitingFor":
 * [names]}], one for each advertisement; until is null as long as that is not
 * published. */
struct json *withdrawing_show(const struct agent *);

/* Whether 'nve' goes by what we advertise now, as far as somebody asked. */
bool withdrawing_is_applied(const struct agent *, const struct m_nve *);

#endif /* agent/receive/withdrawing.h */
