/* Where the objects come from, and where status goes: a REST controller, or
 * files.
 *
 * VPCs, OptionProfiles, GeneveOptions and NVEs are always mirrored.  Mirrored
 * on demand are the endpoints and policies of a VPC, single endpoints, and the
 * AdvertisementAcks addressed to an NVE.  With files everything is there,
 * demanded or not. */
#ifndef GA_CONTROLLER_H
#define GA_CONTROLLER_H 1

#include <stdbool.h>
#include <stdint.h>

#include "agent/controller/saved-state.h"
#include "lib/resource.h"

struct json;
struct objects;
struct object_writer;
struct rest_auth;
struct server_probe_tuning;
struct write_gate;

/* The objects and the gate, which may be NULL (see object-writer.h), are
 * borrowed; the other parameter, which may be NULL, too, is copied. */
struct controller *controller_create(struct objects *,
                                     const struct rest_auth *,
                                     const struct write_gate *);

/* For tests, before the URL is set: see also CONTROLLER_URLS_PATIENCE_MS. */
void controller_tune_probe(struct controller *,
                           const struct server_probe_tuning *,
                           long long int url_patience_ms);

/* Keeps the last known state in a directory, for a start without the
 * controller: it is put into force 'patience_ms' (0: some seconds) after the
 * URL is set.  Not for files, which are on disk anyway. */
void controller_keep_state(struct controller *, const char *dir,
                           long long int patience_ms);

/* What to save in place of an object, and what besides them: see
 * saved_state_set_amend(). */
void controller_amend_state(struct controller *, saved_state_amend_cb *,
                            saved_state_notes_cb *, void *aux);

/* The notes of an earlier run, between controller_set_url() and
 * controller_run(), or NULL. */
const struct json *controller_get_notes(const struct controller *);

/* The notes have changed. */
void controller_touch_notes(struct controller *);

/* Saves at once what the last save does not have, and waits for the disk: for
 * the end. */
void controller_save_state(struct controller *);

/* Drops all objects.  NULL is fine. */
void controller_destroy(struct controller *);

/* Does what can be done without waiting.  It changes the objects, so
 * objects_run() should follow. */
void controller_run(struct controller *);
void controller_wait(struct controller *);

/* This node's name, or NULL: the state that is kept is that of one node. */
void controller_set_system_id(struct controller *, const char *);

/* Sets the source: "http://HOST:PORT[/PATH]", "https://...", several of these
 * with commas between them (controller-urls.h), "file:///PATH", or NULL for
 * none.  The objects of the old source stay until the new one has listed all
 * of its own, and for good if there is no new one. */
void controller_set_url(struct controller *, const char *url);

/* Wants, or no longer wants, the endpoints and policies of a VPC (by their
 * spec.vpc), or the endpoint of that name, to whichever VPC it belongs.  More
 * than that may come. */
void controller_watch_vpc(struct controller *, const char *vpc, bool wanted);
void controller_watch_endpoint(struct controller *, const char *endpoint,
                               bool wanted);

/* Wants, or no longer wants, the AdvertisementAcks addressed to an NVE.  They
 * do not count for controller_is_synced(), because a server that does not know
 * them must not hold up anything. */
void controller_watch_acks(struct controller *, const char *nve, bool wanted);

/* Whether the present source itself has listed all that is wanted. */
bool controller_is_current(const struct controller *);

/* Whether all that is wanted, or a part of it, has been listed at least once.
 * What is not among the objects then does not exist.  The last known state
 * counts as listed while it is in force.  The policies of a VPC
 * are apart from its endpoints; a server that does not know such a resource
 * has no policies. */
bool controller_is_synced(const struct controller *);
bool controller_vpc_is_synced(const struct controller *, const char *vpc);
bool controller_policies_are_synced(const struct controller *,
                                    const char *vpc);
bool controller_endpoint_is_resolved(const struct controller *,
                                     const char *endpoint);

/* Changes when the answer to a question about what has been listed may. */
uint64_t controller_get_seqno(const struct controller *);

/* Whether 'endpoint' is among the endpoints of 'vpc' that have been listed, so
 * that it stays known when it is no longer watched by its name. */
bool controller_vpc_has(const struct controller *, const char *vpc,
                        const char *endpoint);

/* Why the policies of a VPC that is wanted cannot be listed or watched, or
 * NULL. */
const char *controller_policies_get_error(const struct controller *,
                                          const char *vpc);

/* The caller of objects_run() must pass on every change. */
void controller_object_changed(struct controller *, enum resource_kind,
                               const char *name);

/* The writer is never NULL.  With files, or without a source, it writes
 * nothing. */
struct object_writer *controller_get_writer(struct controller *);

/* Returns {"url": the one in use, "state": "connected" | "connecting" |
 * "backoff" | "file" | "invalid" | "none", "since": RFC 3339, "lastError",
 * "synced", "source": "controller" | "file" | "saved" | null,
 * "savedAt": RFC 3339, if the last known state is in force, else null,
 * "notes": [what people should know of how the server works]}, for the caller
 * to free. */
struct json *controller_status_json(const struct controller *);

/* Calls 'cb' with what is wrong: 'object' is "controller", "file PATH", or
 * "endpoint NAME" if its status could not be written. */
void controller_for_each_problem(const struct controller *,
                                 void (*cb)(const char *object,
                                            const char *message, void *aux),
                                 void *aux);

#endif /* agent/controller/controller.h */
