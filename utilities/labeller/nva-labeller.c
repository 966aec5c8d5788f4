/* nva-labeller: gives label sets their numbers, beside nvad or a Kubernetes
 * API server.
 *
 * This is its command line; labeller.c does the work. */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/controller/rest-auth.h"
#include "agent/controller/rest-url.h"
#include "lib/daemon-main.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "unixctl.h"
#include "util.h"
#include "utilities/labeller/labeller.h"

VLOG_DEFINE_THIS_MODULE(nva_labeller);

#define DEFAULT_URL "http://127.0.0.1:8080"

struct program {
    struct rest_auth auth;
    char *url;                      /* Without a '/' at its end. */
    struct labeller *labeller;
};

static void
show_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
        const char *argv[] OVS_UNUSED, void *labeller)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    labeller_show(labeller, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
usage(void)
{
    printf("\
%s: gives the label sets of endpoints their policy labels\n\
usage: %s [OPTIONS] [URL]\n\
URL is that of the controller, nvad or a Kubernetes API server\n\
(default: %s).  Run one nva-labeller for it.\n",
           program_name, program_name, DEFAULT_URL);
    rest_auth_usage();
}

static void
set_option(int val, char *value, void *p_)
{
    struct program *p = p_;

    rest_auth_set_option(&p->auth, val, value);
}

static void
set_arguments(int n, char *arguments[], void *p_)
{
    const char *url = n ? arguments[0] : DEFAULT_URL;
    struct program *p = p_;
    char *error;

    if (n > 1) {
        ovs_fatal(0, "at most one argument may be given; use --help for "
                  "usage");
    }
    if (!rest_url_check(url, &error)) {
        ovs_fatal(0, "%s", error);
    }
    p->url = rest_url_strip(url);
}

static void
start(void *p_)
{
    struct program *p = p_;

    p->labeller = labeller_create(p->url, &p->auth);
    unixctl_command_register("labeller/show", "", 0, 0, show_cb, p->labeller);
    VLOG_INFO("the controller is %s", p->url);
}

static void
run(void *p_)
{
    struct program *p = p_;

    labeller_run(p->labeller);
}

static void
wait(void *p_)
{
    struct program *p = p_;

    labeller_wait(p->labeller);
}

static void
stop(void *p_)
{
    struct program *p = p_;

    labeller_destroy(p->labeller);
    free(p->url);
}

int
main(int argc, char *argv[])
{
    static const struct daemon_program program = {
        .name = "nva-labeller",
        .usage = usage,
        .options = rest_auth_options,
        .set_option = set_option,
        .set_arguments = set_arguments,
        .start = start,
        .run = run,
        .wait = wait,
        .stop = stop,
    };
    struct program p = { .labeller = NULL };

    return daemon_main(argc, argv, &program, &p);
}
