/* The command line.  Its first part is that of gnveu, OpenBSD's driver. */

#include <config.h>

#include "utilities/geneve-tap/tap-options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/ga-version.h"
#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-json.h"

static const char usage[] =
    "usage: geneve-tap [-46d] [-c FILE] [-t IDLE] [-l ADDRESS] [-p PORT]\n"
    "                  [-e DEVICE@VNI[,MODE]]... [SERVER [PORT]]\n"
    "       geneve-tap --stats [--control=PATH]\n"
    "A Geneve endpoint (RFC 8926) for hosts without Open vSwitch.\n"
    "\n"
    "  -e DEVICE@VNI[,MODE]  a TUN/TAP device, made if it is not there, and\n"
    "                        its VNI; MODE is ethernet (the default), or ip,\n"
    "                        ip4 or ip6: IP packets without Ethernet\n"
    "  SERVER [PORT]         the remote end, and its port (6081)\n"
    "  -4, -6                only IPv4, or IPv6, in the underlay\n"
    "  -l ADDRESS            the local address (any)\n"
    "  -p PORT               receive on, and send from, this port; without,\n"
    "                        receive on the remote's port, and send each\n"
    "                        flow from a port of its own\n"
    "  -t IDLE               end after IDLE seconds with nothing received\n"
    "  -d                    do not daemonize; log to standard error, too\n"
    "  -c FILE               JSON: several remotes, options to send, what is\n"
    "                        received, and more, see geneve-tap(8)\n"
    "  --gnveu               VNI 4096 means IPv4, 8192 IPv6, as in gnveu\n"
    "  --user=USER           run as USER (nobody) when all is open\n"
    "  --controller=URL      publish the receive table there, as an NVE\n"
    "  --name=NAME           of that NVE (the host's name)\n"
    "  --stats               print counters of a running geneve-tap (JSON)\n"
    "  --control=PATH        its socket (" TAP_CONFIG_CONTROL ")\n"
    "  --no-offload          no segmentation offload\n"
    "  --simple-loop         one packet at a time: for measuring\n"
    "  --help, --version\n";

enum {
    OPT_GNVEU = 256, OPT_USER, OPT_CONTROLLER, OPT_NAME, OPT_STATS,
    OPT_CONTROL, OPT_NO_OFFLOAD, OPT_SIMPLE_LOOP, OPT_HELP, OPT_VERSION
};

static const struct option long_options[] = {
    { "gnveu", no_argument, NULL, OPT_GNVEU },
    { "user", required_argument, NULL, OPT_USER },
    { "controller", required_argument, NULL, OPT_CONTROLLER },
    { "name", required_argument, NULL, OPT_NAME },
    { "stats", no_argument, NULL, OPT_STATS },
    { "control", required_argument, NULL, OPT_CONTROL },
    { "no-offload", no_argument, NULL, OPT_NO_OFFLOAD },
    { "simple-loop", no_argument, NULL, OPT_SIMPLE_LOOP },
    { "help", no_argument, NULL, OPT_HELP },
    { "version", no_argument, NULL, OPT_VERSION },
    { NULL, 0, NULL, 0 },
};

static _Noreturn void
refuse(const char *what, const char *why)
{
    fprintf(stderr, "geneve-tap: %s%s%s (--help tells more)\n", what,
            why ? ": " : "", why ? why : "");
    exit(2);
}

static void
set(char **where, const char *value)
{
    free(*where);
    *where = tap_alloc_string(value);
}

static const char *
check_port(const char *s)
{
    char *end;
    long int port = strtol(s, &end, 10);

    if (end == s || *end || port < 1 || port > 65535) {
        refuse(s, "must be a port, 1 to 65535");
    }
    return s;
}

static void
read_file(struct tap_config *c, const char *file)
{
    const char *error = tap_json_read(c, file);

    if (error) {
        refuse(file, error);
    }
}

static void
read_idle(struct tap_config *c, const char *s)
{
    char *end;

    c->idle = strtol(s, &end, 10);
    if (end == s || *end) {
        refuse(s, "must be seconds");
    }
}

/* Whatever the order on the command line, it overrides the file. */
static void
read_files(int argc, char *argv[], struct tap_config *c)
{
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "46dc:t:l:p:e:", long_options,
                                 NULL)) != -1) {
        if (option == 'c') {
            read_file(c, optarg);
        }
    }
    opterr = 1;
    optind = 0;
}

/* Returns false if 'option' is none that only sets something. */
static bool
read_option(int option, struct tap_config *c)
{
    switch (option) {
    case '4': c->family = AF_INET; return true;
    case '6': c->family = AF_INET6; return true;
    case 'd': c->foreground = true; return true;
    case 'c': return true;
    case 't': read_idle(c, optarg); return true;
    case 'l': set(&c->listen, optarg); return true;
    case 'p': set(&c->port, check_port(optarg)); return true;
    case 'e':
        if (!tap_config_add_device(c, optarg)) {
            refuse(optarg, "must be DEVICE@VNI or DEVICE@VNI,MODE, the VNI "
                   "at most 16777215, MODE ethernet, ip, ip4 or ip6");
        }
        return true;
    case OPT_GNVEU: c->gnveu = true; return true;
    case OPT_USER: set(&c->user, optarg); return true;
    case OPT_CONTROLLER: set(&c->controller.url, optarg); return true;
    case OPT_NAME: set(&c->controller.name, optarg); return true;
    case OPT_CONTROL: set(&c->control, optarg); return true;
    case OPT_NO_OFFLOAD: c->offload = false; return true;
    case OPT_SIMPLE_LOOP: c->simple_loop = true; return true;
    default: return false;
    }
}

static void
read_operands(int argc, char *argv[], struct tap_config *c)
{
    if (argc - optind > 2) {
        refuse(argv[optind + 2], "too many arguments");
    }
    if (argc > optind) {
        tap_config_add_remote(c)->address = tap_alloc_string(argv[optind]);
    }
    if (argc > optind + 1) {
        set(&c->remote_port, check_port(argv[optind + 1]));
    }
}

enum tap_command
tap_options_parse(int argc, char *argv[], struct tap_config *c)
{
    enum tap_command command = TAP_COMMAND_RUN;
    int option;

    read_files(argc, argv, c);
    while ((option = getopt_long(argc, argv, "46dc:t:l:p:e:", long_options,
                                 NULL)) != -1) {
        if (option == OPT_HELP) {
            fputs(usage, stdout);
            exit(0);
        } else if (option == OPT_VERSION) {
            puts("geneve-tap " GA_VERSION);
            exit(0);
        } else if (option == OPT_STATS) {
            command = TAP_COMMAND_STATS;
        } else if (!read_option(option, c)) {
            fputs("geneve-tap: --help tells more\n", stderr);
            exit(2);
        }
    }
    read_operands(argc, argv, c);
    if (command == TAP_COMMAND_RUN) {
        const char *error = tap_config_complete(c);

        if (error) {
            refuse(error, NULL);
        }
    }
    if (!c->control) {
        c->control = tap_alloc_string(TAP_CONFIG_CONTROL);
    }
    return command;
}
