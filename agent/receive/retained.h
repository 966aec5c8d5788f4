/* Options that we receive longer than we advertise them.
 *
 * When an option leaves our receive table, senders go on sending it until they
 * have heard of that.  It stays mapped until every sender has acknowledged the
 * new table, or until a grace time is over.  withdrawal.h is the pure state
 * machine; this module ties it to the tables, the TLV map, the controller and
 * the clock:
 *
 *     receive      the table that we want
 *     retained     what stays mapped although that table lacks it
 *     plans, flows the map has both; "required" is not enforced yet
 *     publish      the table, its id, and that we are withdrawing
 *
 * status.receive.id of our NVE identifies the table.  It is a number that
 * grows with each change, taken from the wall clock in ms.  (A resourceVersion
 * would change with anything in the object, and cannot be compared.)
 * status.withdrawing asks senders to acknowledge that id in AdvertisementAcks;
 * publish/acks.h is the sender's end.  Acks addressed to us are watched as
 * long as something is being withdrawn, and deleted afterwards. */
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

/* Follows an AdvertisementAck that came, changed or went. */
void retained_ack_changed(struct agent *, const struct object *);

/* If the map or flows have to change, sets agent->options_changed and touches
 * our active VPCs.  To be called after receive_run() and remotes_run(), before
 * plan_assign_run(). */
void retained_run(struct agent *);
void retained_wait(const struct agent *);

/* Adds to the '*n' 'options', and returns, the options that have to stay
 * mapped: a withdrawn option keeps its place and its length.  Takes 'options';
 * the caller must free the result.  In it, 'required' says only that an option
 * is mapped before others. */
struct plan_option *retained_keep_options(const struct agent *,
                                          struct plan_option *options,
                                          size_t *n);

/* Whether we still receive a critical option that has left our table. */
bool retained_keeps_critical(const struct agent *);

/* Whether packets that lack 'key', which our table requires, are to be dropped
 * now. */
bool retained_enforces(const struct agent *, struct opt_key key);

/* Whether we know what was published before we started.  Until then nothing
 * may be published. */
bool retained_is_started(const struct agent *);

/* Returns the id of 'table', which comes from receive_to_json() and is about
 * to be published.  It gets a new id if it differs from the one before, or an
 * option has been withdrawn since. */
long long int retained_announce(struct agent *, const struct json *table);

/* status.withdrawing of our NVE: {"id", "options": [C/T], "required": [C/T],
 * "until": RFC 3339}, or null.  "until" is about when the grace time ends.
 * Owned by the caller, as below. */
struct json *retained_to_json(const struct agent *);

/* For ga/status: [{"options", "required", "since", "until", "waitingFor":
 * [names]}], one for each advertisement.  "until" is null until the
 * advertisement is published. */
struct json *retained_show(const struct agent *);

/* Whether a remote goes by what we advertise now, or has not been asked. */
bool retained_is_applied(const struct agent *, const struct m_nve *);

#endif /* agent/receive/retained.h */
