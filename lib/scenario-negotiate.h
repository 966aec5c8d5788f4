/* Scenarios of one remote. */
#ifndef GA_SCENARIO_NEGOTIATE_H
#define GA_SCENARIO_NEGOTIATE_H 1

struct json;

/* Run a scenario of kind "negotiate" or "sequence".  Return the full result,
 * or NULL with a message in '*error', for the caller to free. */
struct json *scenario_negotiate(const struct json *, char **error);
struct json *scenario_negotiate_sequence(const struct json *, char **error);

#endif /* lib/scenario-negotiate.h */
