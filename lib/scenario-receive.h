/* Scenarios of one received packet. */
#ifndef GA_SCENARIO_RECEIVE_H
#define GA_SCENARIO_RECEIVE_H 1

struct json;

/* Runs a scenario of kind "receive".  Returns the full result, or NULL with a
 * message in '*error', for the caller to free. */
struct json *scenario_receive(const struct json *, char **error);

#endif /* lib/scenario-receive.h */
