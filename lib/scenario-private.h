/* What the files of the scenarios share. */
#ifndef GA_SCENARIO_PRIVATE_H
#define GA_SCENARIO_PRIVATE_H 1

#include <stdbool.h>

struct json;

const struct json *scenario_member(const struct json *object,
                                   const char *name);
bool scenario_is_present(const struct json *);
int scenario_limit(const struct json *object, const char *name);

struct json *scenario_run_negotiate(const struct json *, char **error);
struct json *scenario_run_sequence(const struct json *, char **error);
struct json *scenario_run_fleet(const struct json *, char **error);

#endif /* lib/scenario-private.h */
