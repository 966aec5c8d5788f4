/* main() of the daemons: see daemon-main.h.
 *
 * The options are the same for all: those of Open vSwitch's daemons, and how
 * to be sure of the controller and it of us. */

#include <config.h>

#include "agent/controller/daemon-main.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/controller/rest.h"
#include "command-line.h"
#include "daemon.h"
#include "fatal-signal.h"
#include "lib/ga-version.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(daemon_main);

static void
usage(const struct daemon_program *program)
{
    program->usage();
    printf("\n\
Controller options:\n\
  --ca-cert=FILE          verify the controller by the CAs in FILE\n\
  --certificate=FILE      our certificate for the controller\n\
  --private-key=FILE      its private key\n\
  --token-file=FILE       bearer token; sent over verified TLS only\n");
    daemon_usage();
    vlog_usage();
    printf("\n\
Other options:\n\
  --unixctl=SOCKET        override default control socket name\n\
  -h, --help              display this help message\n\
  -V, --version           display version information\n");
    exit(EXIT_SUCCESS);
}

static void
parse_options(int argc, char *argv[], const struct daemon_program *program,
              struct rest_auth *auth, char **unixctl_path)
{
    enum {
        OPT_CA_CERT = UCHAR_MAX + 1,
        OPT_CERTIFICATE,
        OPT_PRIVATE_KEY,
        OPT_TOKEN_FILE,
        OPT_UNIXCTL,
        VLOG_OPTION_ENUMS,
        DAEMON_OPTION_ENUMS,
    };
    static const struct option long_options[] = {
        { "ca-cert", required_argument, NULL, OPT_CA_CERT },
        { "certificate", required_argument, NULL, OPT_CERTIFICATE },
        { "private-key", required_argument, NULL, OPT_PRIVATE_KEY },
        { "token-file", required_argument, NULL, OPT_TOKEN_FILE },
        { "unixctl", required_argument, NULL, OPT_UNIXCTL },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        DAEMON_LONG_OPTIONS,
        VLOG_LONG_OPTIONS,
        { NULL, 0, NULL, 0 },
    };
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);

    for (;;) {
        int c = getopt_long(argc, argv, short_options, long_options, NULL);
        if (c == -1) {
            break;
        }
        switch (c) {
        case OPT_CA_CERT:
            auth->ca_file = optarg;
            break;
        case OPT_CERTIFICATE:
            auth->cert_file = optarg;
            break;
        case OPT_PRIVATE_KEY:
            auth->key_file = optarg;
            break;
        case OPT_TOKEN_FILE:
            auth->token_file = optarg;
            break;
        case OPT_UNIXCTL:
            *unixctl_path = xstrdup(optarg);
            break;
        case 'h':
            usage(program);
            break;
        case 'V':
            printf("%s %s\n", program->name, GA_VERSION);
            exit(EXIT_SUCCESS);
        DAEMON_OPTION_HANDLERS
        VLOG_OPTION_HANDLERS
        case '?':
            exit(2);
        default:
            abort();
        }
    }
    free(short_options);
}

static void
exit_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
        const char *argv[] OVS_UNUSED, void *exiting_)
{
    bool *exiting = exiting_;

    *exiting = true;
    unixctl_command_reply(conn, NULL);
}

int
daemon_main(int argc, char *argv[], const struct daemon_program *program)
{
    struct rest_auth auth = { .ca_file = NULL };
    struct unixctl_server *unixctl;
    char *unixctl_path = NULL;
    bool exiting = false;
    void *aux;

    ovs_cmdl_proctitle_init(argc, argv);
    ovs_set_program_name(argv[0], GA_VERSION);
    service_start(&argc, &argv);
    parse_options(argc, argv, program, &auth, &unixctl_path);
    argc -= optind;
    argv += optind;
    if (argc > 1) {
        ovs_fatal(0, "at most one argument may be given; use --help for "
                  "usage");
    }

    if (argc && program->check) {
        program->check(argv[0]);
    }

    fatal_ignore_sigpipe();
    daemonize_start(false);
    if (unixctl_server_create(unixctl_path, &unixctl)) {
        exit(EXIT_FAILURE);
    }
    unixctl_command_register("exit", "", 0, 0, exit_cb, &exiting);
    aux = program->create(argc ? argv[0] : NULL, &auth);
    daemonize_complete();
    VLOG_INFO("%s %s", program->name, GA_VERSION);
    while (!exiting) {
        program->run(aux);
        unixctl_server_run(unixctl);

        program->wait(aux);
        unixctl_server_wait(unixctl);
        if (exiting) {
            poll_immediate_wake();
        }
        poll_block();
        if (should_service_stop()) {
            exiting = true;
        }
    }
    program->destroy(aux);
    unixctl_server_destroy(unixctl);
    free(unixctl_path);
    service_stop();
    return 0;
}
