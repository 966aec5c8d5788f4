/* Negotiation scenarios: worked cases in JSON, run by `agentctl scenario run'
 * and by the tests.  The format is in docs/negotiation.md. */
#ifndef GA_SCENARIO_H
#define GA_SCENARIO_H 1

#include <stdbool.h>

struct json;

/* Runs one scenario.  Returns its result, for the caller to destroy: the
 * members that "expect" has, or all if there is none; for a fleet always
 * "assignments" too.  If the scenario cannot be run, returns NULL with a
 * message in '*error' that names the member at fault and that the caller must
 * free. */
struct json *scenario_run(const struct json *scenario, char **error);

/* Whether 'result' is what the scenario's "expect" says; without "expect",
 * anything is.  Members that "expect" does not have are ignored.  If not,
 * '*difference' says where they differ first; the caller must free it. */
bool scenario_check(const struct json *scenario, const struct json *result,
                    char **difference);

#endif /* lib/scenario.h */
