/* nva-labeller: gives label sets their numbers, beside nvad or a Kubernetes
 * API server.
 *
 * Here is only how it presents itself on the command line; all else is in
 * labeller.c and what that calls. */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/controller/daemon-main.h"
#include "agent/controller/rest.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "unixctl.h"
#include "util.h"
#include "utilities/labeller/labeller.h"

VLOG_DEFINE_THIS_MODULE(nva_labeller);

#define DEFAULT_URL "http://127.0.0.1:8080"

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
(default: %s).  One nva-labeller should run for it.\n",
           program_name, program_name, DEFAULT_URL);
}

static void
check(const char *url)
{
    char *error;

    if (!rest_check_url(url, &error)) {
        ovs_fatal(0, "%s", error);
    }
}

/* Returns 'url' without a '/' at its end, for the caller to free. */
static char *
strip_url(const char *url)
{
    size_t n = strlen(url);

    while (n && url[n - 1] == '/') {
        n--;
    }
    return xmemdup0(url, n);
}

static void *
create(const char *argument, const struct rest_auth *auth)
{
    char *url = strip_url(argument ? argument : DEFAULT_URL);
    struct labeller *labeller = labeller_create(url, auth);

    unixctl_command_register("labeller/show", "", 0, 0, show_cb, labeller);
    VLOG_INFO("the controller is %s", url);
    free(url);
    return labeller;
}

static void
run(void *labeller)
{
    labeller_run(labeller);
}

static void
wait(void *labeller)
{
    labeller_wait(labeller);
}

static void
destroy(void *labeller)
{
    labeller_destroy(labeller);
}

int
main(int argc, char *argv[])
{
    static const struct daemon_program program = {
        "nva-labeller", usage, check, create, run, wait, destroy
    };

    return daemon_main(argc, argv, &program);
}
