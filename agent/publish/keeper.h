/* Who writes the status of an object that several nodes could write.
 *
 * One agent does, and all know which one without asking: who serves the
 * object, or its keeper, which follows from the objects alone. */
#ifndef GA_KEEPER_H
#define GA_KEEPER_H 1

#include <stdbool.h>

struct agent;
struct json;
struct m_nve;
struct m_vpc;

/* Puts 'nve' in the place of 'keeper' if it has an agent and comes before it
 * by name; both may be NULL. */
void keeper_consider(const struct m_nve *nve, const struct m_nve **keeper);

/* Whether 'keeper', which may be NULL, is this node. */
bool keeper_is_self(const struct agent *, const struct m_nve *keeper);

/* Returns the keeper of what is in 'vpc', which may be NULL: the first one
 * that has to do with it, as others do not know its endpoints.  Returns NULL
 * if that is not known here.  This takes time in proportion to the VPC's
 * NVEs. */
const struct m_nve *keeper_find_for_vpc(const struct agent *,
                                        const struct m_vpc *vpc);
bool keeper_is_self_for_vpc(const struct agent *, const struct m_vpc *vpc);

/* As keeper_put_ready(), and says since when that has been so: 'since', if
 * that is not NULL and 'was_ready' as now; else from now on. */
void keeper_put_ready_since(struct json *status, const char *reason,
                            const char *message, const char *fault,
                            const char *since, bool was_ready);

/* Whether 'nve' can be a keeper at all. */
bool keeper_may_be(const struct m_nve *nve);

/* Sets the member "conditions" of 'status' to Ready, with that reason; or, if
 * there is a 'fault', to not ready, because of it. */
void keeper_put_ready(struct json *status, const char *reason,
                      const char *message, const char *fault);

#endif /* agent/publish/keeper.h */
