/* main() of a daemon: command line, control socket, loop.
 *
 * All daemons have the options of Open vSwitch's, and --unixctl, --help and
 * --version.  A program adds its own. */
#ifndef GA_DAEMON_MAIN_H
#define GA_DAEMON_MAIN_H 1

#include <getopt.h>
#include <stdbool.h>

/* The first 'val' of a program's own options. */
#define DAEMON_MAIN_FIRST_OPTION 10000

/* A program.  'aux' is that of daemon_main(). */
struct daemon_program {
    const char *name;               /* For --version: "NAME VERSION". */

    /* Prints what --help says first: what the program is, its arguments and
     * its own options. */
    void (*usage)(void);

    /* The program's own options, and an element with a NULL name. */
    const struct option *options;

    /* Takes one of 'options'; 'value' is NULL if it has no argument.  Like
     * set_arguments(), it ends the program, with a message, if that is no
     * good. */
    void (*set_option)(int val, char *value, void *aux);

    /* Takes what follows the options.  Where those ask for one thing only, and
     * for no daemon, it does that and ends the program. */
    void (*set_arguments)(int n, char *arguments[], void *aux);

    /* Starts the work.  May register commands. */
    void (*start)(void *aux);
    void (*run)(void *aux);
    void (*wait)(void *aux);

    /* Whether the last run() had work.  What is asked on the control socket
     * then waits until one had none, but for a few runs only: to look whether
     * anybody asks costs as much as five other system calls.  NULL: never. */
    bool (*is_busy)(const void *aux);

    /* Whether --detach may say that all is well; NULL: as soon as start() has
     * returned. */
    bool (*is_ready)(const void *aux);
    void (*stop)(void *aux);
};

/* Runs until somebody says `exit' on the control socket, or a signal ends it.
 * Returns the exit status. */
int daemon_main(int argc, char *argv[], const struct daemon_program *,
                void *aux);

#endif /* lib/daemon-main.h */
