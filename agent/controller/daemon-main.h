/* main() of a daemon that speaks to the controller: command line, control
 * socket, loop. */
#ifndef GA_DAEMON_MAIN_H
#define GA_DAEMON_MAIN_H 1

struct rest_auth;

struct daemon_program {
    const char *name;

    /* Prints what --help says before the options: what it is, and its one
     * argument. */
    void (*usage)(void);

    /* NULL, or ends the program, with a message, if the argument is no good;
     * called only if there is one. */
    void (*check)(const char *argument);

    /* 'argument' is NULL if there is none.  May register commands. */
    void *(*create)(const char *argument, const struct rest_auth *);
    void (*run)(void *);
    void (*wait)(void *);
    void (*destroy)(void *);
};

/* Runs until somebody says `exit' on the control socket, or a signal ends it.
 * Returns the exit status. */
int daemon_main(int argc, char *argv[], const struct daemon_program *);

#endif /* agent/controller/daemon-main.h */
