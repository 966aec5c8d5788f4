/* nva-labeller: gives label sets their numbers, beside nvad or a Kubernetes
 * API server.
 *
 * main() parses the command line and runs the loop; all else is in
 * labeller.c and what that calls. */

#include <config.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/rest.h"
#include "command-line.h"
#include "daemon.h"
#include "fatal-signal.h"
#include "lib/ga-version.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "unixctl.h"
#include "util.h"
#include "utilities/labeller/labeller.h"

VLOG_DEFINE_THIS_MODULE(nva_labeller);

#define DEFAULT_URL "http://127.0.0.1:8080"

static void parse_options(int argc, char *argv[], struct rest_auth *,
                          char **unixctl_path);
static unixctl_cb_func exit_cb;
static unixctl_cb_func show_cb;

/* 'url' without a '/' at its end, for the caller to free; exits if it cannot
 * be a controller's. */
static char *
check_url(const char *url)
{
    size_t n = strlen(url);
    char *error;

    if (!rest_check_url(url, &error)) {
        ovs_fatal(0, "%s", error);
    }
    while (n && url[n - 1] == '/') {
        n--;
    }
    return xmemdup0(url, n);
}

int
main(int argc, char *argv[])
{
    struct rest_auth auth = { .ca_file = NULL };
    struct unixctl_server *unixctl;
    struct labeller *labeller;
    char *unixctl_path = NULL;
    bool exiting = false;
    char *url;

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
    url = check_url(argc ? argv[0] : DEFAULT_URL);

    fatal_ignore_sigpipe();
    daemonize_start(false);
    if (unixctl_server_create(unixctl_path, &unixctl)) {
        exit(EXIT_FAILURE);
    }
    labeller = labeller_create(url, &auth);
    unixctl_command_register("exit", "", 0, 0, exit_cb, &exiting);
    unixctl_command_register("labeller/show", "", 0, 0, show_cb, labeller);
    daemonize_complete();
    VLOG_INFO("nva-labeller %s on %s", GA_VERSION, url);
    while (!exiting) {
        labeller_run(labeller);
        unixctl_server_run(unixctl);

        labeller_wait(labeller);
        unixctl_server_wait(unixctl);
        if (exiting) {
            poll_immediate_wake();
        }
        poll_block();
        if (should_service_stop()) {
            exiting = true;
        }
    }
    unixctl_server_destroy(unixctl);
    labeller_destroy(labeller);
    free(url);
    free(unixctl_path);
    service_stop();
    return 0;
}

static void
usage(void)
{
    printf("\
%s: gives the label sets of endpoints their policy labels\n\
usage: %s [OPTIONS] [URL]\n\
URL is that of the controller, nvad or a Kubernetes API server\n\
(default: %s).  One nva-labeller should run for it.\n\
\n\
Controller options:\n\
  --ca-cert=FILE          verify the controller by the CAs in FILE\n\
  --certificate=FILE      our certificate for the controller\n\
  --private-key=FILE      its private key\n\
  --token-file=FILE       bearer token; sent over verified TLS only\n",
           program_name, program_name, DEFAULT_URL);
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
            printf("nva-labeller %s\n", GA_VERSION);
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

static void
show_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
        const char *argv[] OVS_UNUSED, void *labeller)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    labeller_show(labeller, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}
