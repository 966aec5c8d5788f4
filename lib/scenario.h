/* Negotiation scenarios: worked cases in JSON, run by `agentctl scenario run'
 * and by the tests.  The format is in docs/negotiation.md. */
#ifndef GA_SCENARIO_H
#define GA_SCENARIO_H 1

#include <stdbool.h>

struct json;

/* Runs one scenario.  Returns its result, as its "expect" has it (for a fleet
 * also "assignments"), owned by the caller; or NULL and sets '*error' to a
 * message that names the member at fault, which the caller must free. */
struct json *scenario_run(const struct json *scenario, char **error);

/* Whether 'result' is what the scenario's "expect" says; a fleet's
 * "assignments" are not looked at unless "expect" has them.  If not,
 * '*difference' is a description that the caller must free. */
bool scenario_check(const struct json *scenario, const struct json *result,
                    char **difference);

#endif /* lib/scenario.h */
