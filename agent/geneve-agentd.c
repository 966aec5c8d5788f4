/* geneve-agentd: keeps Open vSwitch on this node in the state that the
 * controller and the negotiation with the other nodes ask for.
 *
 * This is its command line; turn/turn.c does the work. */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/controller/rest-auth.h"
#include "agent/node/path-down.h"
#include "agent/turn/turn.h"
#include "dirs.h"
#include "lib/daemon-main.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(geneve_agentd);

struct agentd {
    struct rest_auth auth;
    const char *state_dir;          /* Or NULL. */
    bool path_down;                 /* Only path_down_write(). */
    char *ovsdb;                    /* The local database. */
    struct agent *agent;
};

enum {
    OPT_STATE_DIR = DAEMON_MAIN_FIRST_OPTION + 100,
    OPT_PATH_DOWN,
};

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
and nve-bridge, nve-tunnel-mode, nve-receive; see geneve-agentd(8).\n",
           program_name, program_name, ovs_rundir());
    rest_auth_usage();
    printf("\
  --state-dir=DIR           keep the last known state in DIR, for a start\n\
                            while the controller is away\n\
  --path-down               tell other nodes by BFD that nothing goes on\n\
                            from here until an agent runs, and exit: for\n\
                            before ovs-vswitchd starts\n");
}

static void
set_option(int val, char *value, void *d_)
{
    struct agentd *d = d_;

    if (val == OPT_STATE_DIR) {
        d->state_dir = value;
    } else if (val == OPT_PATH_DOWN) {
        d->path_down = true;
    } else {
        rest_auth_set_option(&d->auth, val, value);
    }
}

static void
set_arguments(int n, char *arguments[], void *d_)
{
    struct agentd *d = d_;

    if (n > 1) {
        ovs_fatal(0, "at most one argument may be given; use --help for "
                  "usage");
    }
    d->ovsdb = (n ? xstrdup(arguments[0])
                : xasprintf("unix:%s/db.sock", ovs_rundir()));
    if (d->path_down) {
        char *problem = path_down_write(d->ovsdb);

        if (problem) {
            ovs_fatal(0, "%s", problem);
        }
        exit(EXIT_SUCCESS);
    }
}

static void
start(void *d_)
{
    struct agentd *d = d_;

    d->agent = turn_create(d->ovsdb, &d->auth);
    if (d->state_dir) {
        turn_keep_state(d->agent, d->state_dir);
    }
    VLOG_INFO("the local database is %s", d->ovsdb);
}

static void
run(void *d_)
{
    struct agentd *d = d_;

    turn_run(d->agent);
}

static void
wait(void *d_)
{
    struct agentd *d = d_;

    turn_wait(d->agent);
}

static bool
is_busy(const void *d_)
{
    const struct agentd *d = d_;

    return turn_was_busy(d->agent);
}

static void
stop(void *d_)
{
    struct agentd *d = d_;

    turn_destroy(d->agent);
    free(d->ovsdb);
}

/* Fills 'options' with our options, and those for the controller. */
static void
make_options(struct option options[], size_t max)
{
    static const struct option ours[] = {
        { "state-dir", required_argument, NULL, OPT_STATE_DIR },
        { "path-down", no_argument, NULL, OPT_PATH_DOWN },
    };
    size_t n = ARRAY_SIZE(ours);

    memcpy(options, ours, sizeof ours);
    for (const struct option *o = rest_auth_options; o->name; o++) {
        ovs_assert(n < max - 1);
        options[n++] = *o;
    }
    options[n] = (struct option) { NULL, 0, NULL, 0 };
}

int
main(int argc, char *argv[])
{
    struct option options[16];
    const struct daemon_program program = {
        .name = "geneve-agentd",
        .usage = usage,
        .options = options,
        .set_option = set_option,
        .set_arguments = set_arguments,
        .start = start,
        .run = run,
        .wait = wait,
        .is_busy = is_busy,
        .stop = stop,
    };
    struct agentd d = { .agent = NULL };

    make_options(options, ARRAY_SIZE(options));
    return daemon_main(argc, argv, &program, &d);
}
