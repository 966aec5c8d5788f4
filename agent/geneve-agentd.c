/* geneve-agentd: keeps Open vSwitch on this node in the state that the
 * controller and the negotiation with the other nodes ask for.
 *
 * main() parses the command line and runs the loop; all else is in agent.c
 * and what that calls. */

#include <config.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "agent/rest.h"
#include "command-line.h"
#include "daemon.h"
#include "dirs.h"
#include "fatal-signal.h"
#include "lib/ga-version.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "stream.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(geneve_agentd);

static void parse_options(int argc, char *argv[], struct rest_auth *,
                          char **unixctl_path);
static unixctl_cb_func exit_cb;

int
main(int argc, char *argv[])
{
    struct rest_auth auth = { .ca_file = NULL };
    struct unixctl_server *unixctl;
    char *unixctl_path = NULL;
    bool exiting = false;

    ovs_cmdl_proctitle_init(argc, argv);
    ovs_set_program_name(argv[0], GA_VERSION);
    service_start(&argc, &argv);
    parse_options(argc, argv, &auth, &unixctl_path);
    argc -= optind;
    argv += optind;
    if (argc > 1) {
        ovs_fatal(0, "at most one argument may be given; use --help for "
                  "usage");
    }
    char *remote = (argc ? xstrdup(argv[0])
                    : xasprintf("unix:%s/db.sock", ovs_rundir()));

    fatal_ignore_sigpipe();
    daemonize_start(false);
    int error = unixctl_server_create(unixctl_path, &unixctl);
    if (error) {
        exit(EXIT_FAILURE);
    }
    unixctl_command_register("exit", "", 0, 0, exit_cb, &exiting);

    struct agent *agent = agent_create(remote, &auth);
    daemonize_complete();
    VLOG_INFO("geneve-agentd %s on %s", GA_VERSION, remote);
    while (!exiting) {
        agent_run(agent);
        unixctl_server_run(unixctl);

        agent_wait(agent);
        unixctl_server_wait(unixctl);
        if (exiting) {
            poll_immediate_wake();
        }
        poll_block();
        if (should_service_stop()) {
            exiting = true;
        }
    }
    agent_destroy(agent);
    unixctl_server_destroy(unixctl);
    free(remote);
    free(unixctl_path);
    service_stop();
    return 0;
}

static void
usage(void)
{
    printf("\
%s: programs Open vSwitch for Geneve with negotiated options\n\
usage: %s [OPTIONS] [OVSDB]\n\
OVSDB is how to reach the local Open vSwitch database\n\
(default: unix:%s/db.sock).\n\
\n\
The node's settings are external_ids of its Open_vSwitch record:\n\
  ovs-vsctl set open_vswitch . external_ids:system-id=NAME \\\n\
      external_ids:nve-controller=URL external_ids:nve-encap-ip=ADDRESS\n\
and nve-bridge, nve-tunnel-mode, nve-receive; see geneve-agentd(8).\n\
\n\
Controller options:\n\
  --ca-cert=FILE          verify the controller by the CAs in FILE\n\
  --certificate=FILE      our certificate for the controller\n\
  --private-key=FILE      its private key\n\
  --token-file=FILE       bearer token; sent over verified TLS only\n",
           program_name, program_name, ovs_rundir());
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
parse_options(int argc, char *argv[], struct rest_auth *auth,
              char **unixctl_path)
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
            usage();
            break;
        case 'V':
            printf("geneve-agentd %s\n", GA_VERSION);
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
