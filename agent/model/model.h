/* The desired state: objects put together, with what is local to this node.
 *
 *     objects (as the controller has them) --\
 *     interfaces, settings (from OVSDB)    ---+--> model --> negotiation,
 *                                                            flows, tunnels
 *
 * The model resolves references between objects, decides who has a thing that
 * two objects claim, knows which endpoints are here, and which remote NVEs
 * share a VPC with us.  It does no I/O.  Entities that changed are on a dirty
 * list; who builds on them takes them from there, so that work is in
 * proportion to the change. */
#ifndef GA_MODEL_H
#define GA_MODEL_H 1

#include "agent/model/entity.h"

struct plug;

struct model *model_create(struct alarms *, struct ofctrl *);
void model_destroy(struct model *);
void model_set_self(struct model *, const char *name);

/* Inputs. */
void model_object_changed(struct object *, void *model);
void model_set_iface(struct model *, const char *iface_id,
                     const struct plug *, bool initial);
void model_set_writable(struct model *, bool writable);
void model_set_complete(struct model *);

/* Brings everything up to date and fills the 'changed' sets; after the work
 * on them, model_run_done() empties those and frees what is gone. */
void model_run(struct model *);
void model_run_done(struct model *);

void model_wait(const struct model *);

/* Our own NVE, or NULL. */
struct m_nve *model_get_self(const struct model *);

#endif /* agent/model/model.h */
