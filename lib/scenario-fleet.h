/* Scenarios of a fleet of remotes. */
#ifndef GA_SCENARIO_FLEET_H
#define GA_SCENARIO_FLEET_H 1

struct json;

/* Runs a scenario of kind "fleet".  Returns the full result, or NULL with a
 * message in '*error', for the caller to free. */
struct json *scenario_fleet(const struct json *, char **error);

#endif /* lib/scenario-fleet.h */
