/* The body of the daemon's main loop: makes all modules and runs them in
 * order.  turn.c lists the stages of a turn. */
#ifndef GA_TURN_H
#define GA_TURN_H 1

#include <stdbool.h>

struct agent;
struct rest_auth;

/* Stages that belong together, in the order of a turn. */
enum turn_part {
    TURN_INPUT,                     /* What the database and the controller
                                     * say. */
    TURN_MODEL,                     /* What that makes of the model. */
    TURN_FACTS,                     /* What follows for the whole node. */
    TURN_NEGOTIATION,               /* With each remote that changed. */
    TURN_PLANNING,                  /* Which order of options serves whom. */
    TURN_FLOWS,                     /* Of all that changed. */
    TURN_OUTPUT,                    /* What is written and told. */
};

/* 'ovsdb_remote' says how to reach the local Open vSwitch database, 'auth' how
 * to authenticate with the controller.  'auth' must outlive the agent. */
struct agent *turn_create(const char *ovsdb_remote, const struct rest_auth *);

/* Keeps the last known state in 'dir'. */
void turn_keep_state(struct agent *, const char *dir);

void turn_destroy(struct agent *);

/* Runs one turn; and has the poll loop wake up for the next one. */
void turn_run(struct agent *);
void turn_wait(const struct agent *);

/* Whether an object or the switch had anything to say in the last turn. */
bool turn_was_busy(const struct agent *);

/* Runs a part of a turn, for tests and benchmarks without a switch: TURN_MODEL
 * and TURN_NEGOTIATION to TURN_FLOWS need neither sockets nor a database. */
void turn_run_part(struct agent *, enum turn_part);

#endif /* agent/turn/turn.h */
