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

/* For tests, before the URL is set. */
void controller_tune_probe(struct controller *,
                           const struct server_probe_tuning *);

/* Drops all objects.  NULL is fine. */
void controller_destroy(struct controller *);

/* Does what can be done without waiting.  It changes the objects, so
 * objects_run() should follow. */
void controller_run(struct controller *);
void controller_wait(struct controller *);

/* Sets the source: "http://HOST:PORT[/PATH]", "https://...", "file:///PATH",
 * or NULL for none.  The objects of the old source stay until the new one has
 * listed all of its own, and for good if there is no new one. */
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

/* Whether all that is wanted, or a part of it, has been listed at least once.
 * What is not among the objects then does not exist.  The policies of a VPC
 * are apart from its endpoints; a server that does not know such a resource
 * has no policies. */
bool controller_is_synced(const struct controller *);
bool controller_vpc_is_synced(const struct controller *, const char *vpc);
bool controller_policies_are_synced(const struct controller *,
                                    const char *vpc);
bool controller_endpoint_is_resolved(const struct controller *,
                                     const char *endpoint);

/* Whether 'endpoint' is among the endpoints of 'vpc' that have been listed, so
 * that it stays known when it is no longer watched by its name. */
bool controller_vpc_has(const struct controller *, const char *vpc,
                        const char *endpoint);

/* Why the policies of a VPC that is wanted cannot be listed or watched, or
 * NULL. */
const char *controller_policies_get_error(const struct controller *,
                                          const char *vpc);

/* The writer is never NULL.  With files, or without a source, it writes
 * nothing.  The caller of objects_run() must pass on every change to
 * object_writer_object_changed(). */
struct object_writer *controller_get_writer(struct controller *);

/* Returns {"url", "state": "connected" | "connecting" | "backoff" | "file" |
 * "invalid" | "none", "since": RFC 3339, "lastError", "synced",
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
