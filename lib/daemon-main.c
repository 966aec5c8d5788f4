/* What all daemons have in common: Open vSwitch's options for daemons and
 * logging, its control socket, and its poll loop. */

#include <config.h>

#include "lib/daemon-main.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "daemon.h"
#include "fatal-signal.h"
#include "lib/ga-version.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(daemon_main);

/* Busy runs in a row for which questions wait. */
#define MAX_PUT_OFF 3

enum {
    OPT_UNIXCTL = UCHAR_MAX + 1,
    VLOG_OPTION_ENUMS,
    DAEMON_OPTION_ENUMS,
    N_COMMON_OPTIONS,
};
BUILD_ASSERT_DECL(N_COMMON_OPTIONS < DAEMON_MAIN_FIRST_OPTION);

static const struct option common_options[] = {
    { "unixctl", required_argument, NULL, OPT_UNIXCTL },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    VLOG_LONG_OPTIONS,
    DAEMON_LONG_OPTIONS,
    { NULL, 0, NULL, 0 },
};

static void OVS_NO_RETURN
usage(const struct daemon_program *program)
{
    program->usage();
    daemon_usage();
    vlog_usage();
    printf("\n\
Other options:\n\
  --unixctl=SOCKET          override default control socket name\n\
  -h, --help                display this help message\n\
  -V, --version             display version information\n");
    exit(EXIT_SUCCESS);
}

/* The program's own options and the common ones, for the caller to free. */
static struct option *
join_options(const struct daemon_program *program)
{
    struct option *options;
    size_t n = 0;

    while (program->options[n].name) {
        n++;
    }
    options = xmalloc(n * sizeof *options + sizeof common_options);
    memcpy(options, program->options, n * sizeof *options);
    memcpy(options + n, common_options, sizeof common_options);
    return options;
}

/* Returns the path that --unixctl gives, or NULL. */
static const char *
parse_options(int argc, char *argv[], const struct daemon_program *program,
              void *aux)
{
    struct option *options = join_options(program);
    char *short_options = ovs_cmdl_long_options_to_short_options(options);
    const char *unixctl_path = NULL;
    int c;

    while ((c = getopt_long(argc, argv, short_options, options, NULL)) != -1) {
        if (c >= DAEMON_MAIN_FIRST_OPTION) {
            program->set_option(c, optarg, aux);
            continue;
        }
        switch (c) {
        case OPT_UNIXCTL:
            unixctl_path = optarg;
            break;
        case 'h':
            usage(program);
        case 'V':
            printf("%s %s\n", program->name, GA_VERSION);
            exit(EXIT_SUCCESS);
        VLOG_OPTION_HANDLERS
        DAEMON_OPTION_HANDLERS
        case '?':
            exit(2);
        default:
            abort();
        }
    }
    free(short_options);
    free(options);
    return unixctl_path;
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
loop(const struct daemon_program *program, struct unixctl_server *unixctl,
     const bool *exiting, void *aux)
{
    bool ready = false;
    int n_busy = 0;

    while (!*exiting && !should_service_stop()) {
        program->run(aux);
        n_busy = (program->is_busy && program->is_busy(aux)
                  ? n_busy + 1 : 0);
        if (n_busy % (MAX_PUT_OFF + 1) == 0) {
            unixctl_server_run(unixctl);
        }
        if (!ready && program->is_ready && program->is_ready(aux)) {
            ready = true;
            daemonize_complete();
        }

        program->wait(aux);
        unixctl_server_wait(unixctl);
        if (*exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }
}

int
daemon_main(int argc, char *argv[], const struct daemon_program *program,
            void *aux)
{
    struct unixctl_server *unixctl;
    const char *unixctl_path;
    bool exiting = false;

    ovs_cmdl_proctitle_init(argc, argv);
    ovs_set_program_name(argv[0], GA_VERSION);
    service_start(&argc, &argv);
    unixctl_path = parse_options(argc, argv, program, aux);
    fatal_ignore_sigpipe();
    program->set_arguments(argc - optind, argv + optind, aux);

    daemonize_start(false);
    if (unixctl_server_create(unixctl_path, &unixctl)) {
        exit(EXIT_FAILURE);
    }
    unixctl_command_register("exit", "", 0, 0, exit_cb, &exiting);
    program->start(aux);
    if (!program->is_ready) {
        daemonize_complete();
    }
    VLOG_INFO("%s %s", program->name, GA_VERSION);
    loop(program, unixctl, &exiting, aux);
    program->stop(aux);
    unixctl_server_destroy(unixctl);
    service_stop();
    return 0;
}
