/* geneve-tap's command line. */
#ifndef GA_TAP_OPTIONS_H
#define GA_TAP_OPTIONS_H 1

#include "utilities/geneve-tap/tap-config.h"

/* What the command line asks for. */
enum tap_command { TAP_COMMAND_RUN, TAP_COMMAND_STATS };

/* Reads the command line, and the file that it names.  Does not return if it
 * is wrong, or asks for help. */
enum tap_command tap_options_parse(int argc, char *argv[],
                                   struct tap_config *);

#endif /* utilities/geneve-tap/tap-options.h */
