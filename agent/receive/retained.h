/* Options that we receive longer than we advertise them.
 *
 * When an option leaves our receive table, senders go on sending it until they
 * have heard of the change.  It stays mapped until every sender has
 * acknowledged the new table, or until a grace time is over.  withdrawal.h is
 * the pure state machine; this module ties it to the tables, the TLV map, the
 * controller and the clock:
 *
 *     receive      the table that we want
 *     retained     what stays mapped although that table lacks it
 *     plans, flows the map has both; "required" is not enforced yet
 *     publish      the table, its id, and that we are withdrawing
 *
 * status.receive.id of our NVE identifies the table: a number that grows with
 * each change, made of the wall clock's milliseconds.  (A resourceVersion
 * would change with anything in the object, and is not comparable.)
 * status.withdrawing asks senders to acknowledge that id in AdvertisementAcks;
 * publish/acks.h is the sender's end.  Acks addressed to us are watched as
 * long as something is being withdrawn, and removed afterwards. */
#ifndef GA_RETAINED_H
#define GA_RETAINED_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/option.h"

struct agent;
struct json;
struct m_nve;
struct object;
struct plan_option;
struct retained;

struct retained *retained_create(void);
void retained_destroy(struct retained *);

/* An AdvertisementAck came, changed or went. */
void retained_ack_changed(struct agent *, const struct object *);

/* To be called after receive_run() and remotes_run(), before the plan is made.
 * Sets agent->options_changed, and marks VPCs, if the map or the flows have
 * to change. */
void retained_run(struct agent *);
void retained_wait(const struct agent *);

/* Adds to 'options' (allocated for '*n', reallocated as needed) what has to
 * stay mapped: a withdrawn option keeps its place, and its length.  'required'
 * of an option then says no more than that it is to be mapped before
 * others. */
struct plan_option *retained_keep_options(const struct agent *,
                                             struct plan_option *options,
                                             size_t *n);

/* Whether a critical option is received that our table does not have. */
bool retained_keeps_critical(const struct agent *);

/* Whether packets without 'key', which our table requires, are to be dropped
 * already. */
bool retained_enforces(const struct agent *, struct opt_key key);

/* Whether it is known what was published before we started: until then nothing
 * else may be published. */
bool retained_is_started(const struct agent *);

/* The id of 'table', receive_to_json(), which is to be published now. */
long long int retained_announce(struct agent *, const struct json *table);

/* status.withdrawing of our NVE: {"id", "options": [C/T], "required": [C/T],
 * "until": RFC 3339}, or null.  "until" is about when the grace time ends. */
struct json *retained_to_json(const struct agent *);

/* For ga/status: [{"options", "required", "since", "until", "waitingFor":
 * [names]}], one for each advertisement; until is null as long as that is not
 * published. */
struct json *retained_show(const struct agent *);

/* Whether 'nve' goes by what we advertise now, as far as somebody asked. */
bool retained_is_applied(const struct agent *, const struct m_nve *);

#endif /* agent/receive/retained.h */
