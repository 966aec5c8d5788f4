/* What agentctl does, a function for each kind of command.
 *
 * Each takes the arguments after the command's words, and returns an exit
 * code. */
#ifndef GA_RUN_H
#define GA_RUN_H 1

#include <stdbool.h>

#include "utilities/agentctl/text.h"

struct ds;
struct json;

/* Exit codes. */
enum {
    RUN_DONE = 0,
    RUN_FAILED = 1,
    RUN_USAGE = 2,
};

/* The options of the command line. */
struct run_options {
    const char *target;             /* Socket or program name. */
    unsigned int timeout;           /* Seconds. */
    bool json;                      /* -f json. */
    bool check;                     /* --check. */
    struct text_format format;
};

/* Asks the daemon one question, and prints the answer by 'print'. */
int run_question(const struct run_options *, const char *method,
                 void (*print)(const struct json *, const struct text_format *,
                               struct ds *),
                 int argc, char *argv[]);

/* Asks for all pages of a list, and prints what they have together, sorted by
 * 'key': "name", or several members with spaces between. */
int run_list(const struct run_options *, const char *method, const char *key,
             void (*print)(const struct json *, const struct text_format *,
                           struct ds *));

/* Commands that ask the daemon more than one question, or none. */
int run_remote_show(const struct run_options *, int argc, char *argv[]);
int run_version(const struct run_options *, int argc, char *argv[]);

/* `decode' and `scenario run', which need no daemon. */
int run_decode(const struct run_options *, int argc, char *argv[]);
int run_scenario(const struct run_options *, int argc, char *argv[]);

#endif /* utilities/agentctl/run.h */
