/* geneve-agentd: keeps Open vSwitch on this node in the state that the
 * controller and the negotiation with the other nodes ask for.
 *
 * Here is only how it presents itself on the command line; all else is in
 * agent.c and what that calls. */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "agent/controller/daemon-main.h"
#include "agent/controller/rest.h"
#include "dirs.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(geneve_agentd);

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
}

static void *
create(const char *argument, const struct rest_auth *auth)
{
    char *remote = (argument ? xstrdup(argument)
                    : xasprintf("unix:%s/db.sock", ovs_rundir()));
    struct agent *agent = agent_create(remote, auth);

    VLOG_INFO("the local database is %s", remote);
    free(remote);
    return agent;
}

static void
run(void *agent)
{
    agent_run(agent);
}

static void
wait(void *agent)
{
    agent_wait(agent);
}

static void
destroy(void *agent)
{
    agent_destroy(agent);
}

int
main(int argc, char *argv[])
{
    static const struct daemon_program program = {
        "geneve-agentd", usage, NULL, create, run, wait, destroy
    };

    return daemon_main(argc, argv, &program);
}
