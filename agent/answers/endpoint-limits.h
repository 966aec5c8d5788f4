/* What endpoints of this node do beyond the limits of what they may make it
 * do: how much was dropped, and an alarm while it goes on. */
#ifndef GA_ENDPOINT_LIMITS_H
#define GA_ENDPOINT_LIMITS_H 1

struct agent;
struct endpoint_limits;

struct endpoint_limits *endpoint_limits_create(void);
void endpoint_limits_destroy(struct endpoint_limits *);

/* Reads the counters every few seconds, and raises and clears the alarms. */
void endpoint_limits_run(struct agent *);
void endpoint_limits_wait(const struct agent *);

#endif /* agent/answers/endpoint-limits.h */
