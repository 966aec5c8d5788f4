/* Scenarios that negotiate: with one remote, with one that changes, and with
 * a fleet. */
#ifndef GA_SCENARIO_NEGOTIATE_H
#define GA_SCENARIO_NEGOTIATE_H 1

struct json;

/* Run a scenario of kind "negotiate", "sequence" or "fleet".  Each returns the
 * full result, or NULL with a message in '*error', for the caller to free. */
struct json *scenario_negotiate(const struct json *, char **error);
struct json *scenario_negotiate_sequence(const struct json *, char **error);
struct json *scenario_negotiate_fleet(const struct json *, char **error);

#endif /* lib/scenario-negotiate.h */
