/* The health of this node: whether anything here keeps all of its endpoints
 * from being reached.
 *
 * Flows do not depend on it.  It is there to be shown: alarms say what to do,
 * and neither endpoints nor remotes pass for well meanwhile. */
#ifndef GA_NODE_HEALTH_H
#define GA_NODE_HEALTH_H 1

#include <stdbool.h>

struct agent;
struct m_endpoint;
struct m_nve;
struct node_health;

struct node_health *node_health_create(void);

/* NULL is fine. */
void node_health_destroy(struct node_health *);

/* Looks at all that it can be, raises the alarms, and touches the remotes and
 * the endpoints of this node when node_health_get_problem() changes.  To be
 * called when the settings and the underlay of this turn are known. */
void node_health_run(struct agent *);
void node_health_wait(const struct agent *);

/* What is wrong, and what to do, in one sentence for people; NULL: nothing. */
const char *node_health_get_problem(const struct agent *);

/* The same about an endpoint of this node: also what is wrong with its own
 * port. */
const char *node_health_get_endpoint_problem(const struct agent *,
                                             const struct m_endpoint *);

/* Whether packets can get to a remote, as far as this node knows: nothing is
 * wrong with the node, nor with its tunnel and the way to there. */
bool node_health_reaches(const struct agent *, const struct m_nve *);

#endif /* agent/remotes/node-health.h */
