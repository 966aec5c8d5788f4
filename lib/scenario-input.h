/* Reading a scenario, where null is not the same as absent. */
#ifndef GA_SCENARIO_INPUT_H
#define GA_SCENARIO_INPUT_H 1

#include <stdbool.h>

struct json;

/* The member, null included, or NULL. */
const struct json *scenario_input_member(const struct json *object,
                                         const char *name);

/* Whether there is something other than null. */
bool scenario_input_is_present(const struct json *);

/* A limit that the scenario's author set, or NEG_NO_LIMIT.  Any number is
 * taken. */
int scenario_input_limit(const struct json *object, const char *name);

#endif /* lib/scenario-input.h */
