/* The desired state: what the controller's objects, together with what is on
 * this node, amount to.
 *
 *     objects (from the controller) --------\
 *     interfaces, settings (from OVSDB) -----+--> model --> negotiation,
 *                                                           flows, tunnels
 *
 * The model resolves references between objects and decides which of two
 * objects gets what both claim.  It knows which endpoints are here, and which
 * remote NVEs share a VPC with us.  It does no I/O.
 *
 * Work is in proportion to what changed: an input makes entities dirty,
 * model_run() brings those up to date and puts them into sets of changes, and
 * the stages that build on the model look at those sets (model-touch.h). */
#ifndef GA_MODEL_H
#define GA_MODEL_H 1

#include "agent/model/entity.h"

struct json;
struct plug;
struct sset;

struct model *model_create(struct alarms *, struct ofctrl *);

/* Frees the model at the end of the process.  Flows stay in the switch. */
void model_destroy(struct model *);

/* Inputs. */

/* Sets the name of our own NVE, or NULL. */
void model_set_self(struct model *, const char *name);

/* Sets which encapsulations this node has; before, it has all. */
void model_set_encapsulations(struct model *, encapsulation_set);

/* 'object' came, changed or went.  A callback of objects_run(). */
void model_object_changed(struct object *, void *model);

/* The interface of endpoint 'iface_id' is 'plug', or gone if that is NULL.
 * 'initial': it was there when the agent started.  Then it counts as newly
 * plugged in only if it was not settled before who has the endpoint. */
void model_set_iface(struct model *, const char *iface_id,
                     const struct plug *, bool initial);

/* Our node is attached to the physical networks in 'names', and to no
 * others. */
void model_set_physical_networks(struct model *, const struct sset *names);

/* Whether others can learn of our claims.  They cannot if the objects come
 * from a file. */
void model_set_writable(struct model *, bool writable);

/* What model_to_notes() returned in the last run of the agent on this node, or
 * NULL.  Borrowed.  To be called before model_set_complete(). */
void model_take_notes(struct model *, const struct json *notes);

/* Every object has been listed once: what is missing does not exist.  Until
 * then a missing VPC of an endpoint that is not here is no problem. */
void model_set_complete(struct model *);

/* The turn. */

/* Brings everything up to date and fills the sets of changes. */
void model_run(struct model *);

/* Empties the sets of changes when all stages have seen them, and frees what
 * is gone. */
void model_run_done(struct model *);

/* Wakes up the poll loop if model_run() has something to do. */
void model_wait(const struct model *);

/* What the next run of the agent should know, besides the objects, for the
 * caller to destroy; and whether that has changed since the last call. */
struct json *model_to_notes(const struct model *);
bool model_notes_changed(struct model *);

/* Returns our own NVE, which need not have an object; NULL if we have no
 * name. */
struct m_nve *model_get_self(const struct model *);

#endif /* agent/model/model.h */
