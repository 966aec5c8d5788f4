/* The options of a command line that say how to be sure of the controller,
 * and it of us. */
#ifndef GA_REST_CMDLINE_H
#define GA_REST_CMDLINE_H 1

#include <getopt.h>

struct rest_auth;

/* For struct daemon_program. */
extern const struct option rest_cmdline_options[];

/* Prints what --help says of them. */
void rest_cmdline_usage(void);

/* Takes one of them.  'value' is borrowed by 'auth'. */
void rest_cmdline_set(struct rest_auth *, int val, char *value);

#endif /* agent/controller/rest-cmdline.h */
