/* Asks a server that could not select objects of a kind by spec.vpc whether it
 * can by now: it may have been upgraded, or its CRDs. */
#ifndef GA_SELECTION_PROBE_H
#define GA_SELECTION_PROBE_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct rest;
struct selection_probe;

/* Probes the server at 'base_url', for which 'rest' (borrowed) is used. */
struct selection_probe *selection_probe_create(struct rest *,
                                               const char *base_url,
                                               enum resource_kind);

/* NULL is fine. */
void selection_probe_destroy(struct selection_probe *);

/* The server is there again, perhaps another one: asks it now. */
void selection_probe_hurry(struct selection_probe *);

/* Returns true if the server has just shown that it can select. */
bool selection_probe_run(struct selection_probe *);
void selection_probe_wait(struct selection_probe *);

#endif /* agent/controller/selection-probe.h */
