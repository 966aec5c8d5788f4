/* agentctl: what its parts share. */
#ifndef GA_AGENTCTL_H
#define GA_AGENTCTL_H 1

#include <stdbool.h>

#include "compiler.h"
#include "utilities/agentctl/text-table.h"

struct ds;
struct json;

/* Exit codes. */
enum {
    AGENTCTL_DONE = 0,
    AGENTCTL_FAILED = 1,
    AGENTCTL_USAGE = 2,
};

/* The command line's options. */
struct agentctl {
    const char *target;             /* Socket or program name. */
    unsigned int timeout;           /* Seconds. */
    bool json;                      /* -f json. */
    bool check;                     /* --check. */
    struct text_format format;
};

/* Commands that need no daemon; 'argv' has the arguments after the command's
 * words.  Each returns an exit code. */
int agentctl_decode(const struct agentctl *, int argc, char *argv[]);
int agentctl_scenario_run(const struct agentctl *, int argc, char *argv[]);

/* "agentctl: MESSAGE" on standard error. */
void agentctl_error(const char *format, ...) OVS_PRINTF_FORMAT(1, 2);

/* Writes to standard output: text, or JSON over several lines with members
 * sorted. */
void agentctl_put_ds(const struct ds *);
void agentctl_put_json(const struct json *);

/* Reads all of a file, "-" being standard input, into '*ds', which the caller
 * must have initialized.  Returns 0 or an errno value. */
int agentctl_read_file(const char *name, struct ds *ds);

#endif /* utilities/agentctl/agentctl.h */
