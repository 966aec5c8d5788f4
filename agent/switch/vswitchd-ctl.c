/* The connection to ovs-vswitchd's control socket.
 *
 * The socket's name contains the daemon's process id, which is in its pidfile,
 * so connecting begins with reading that.  The connection is kept as long as
 * the daemon lives; then the daemon's end closes, and the next request finds
 * the new daemon.
 *
 * Open vSwitch's own client, unixctl_client_transact(), blocks, and a daemon
 * that hangs must not make the agent hang.  So only JSON-RPC on a stream is
 * used of Open vSwitch's library, which does not block. */

#include <config.h>

#include "agent/switch/vswitchd-ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsonrpc.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "socket-util.h"
#include "stream.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(vswitchd_ctl);

struct vswitchd_ctl {
    char *rundir;
    struct jsonrpc *rpc;            /* NULL: not connected. */
    int pid;                        /* Of the daemon; 0: never connected. */
    bool busy;                      /* A request is under way. */
    struct json *request_id;        /* Its id, if 'busy'. */
    unsigned int start;             /* Bytes received before its answer. */
    size_t max_bytes;               /* Of its answer. */
};

struct vswitchd_ctl *
vswitchd_ctl_create(const char *rundir)
{
    struct vswitchd_ctl *ctl = xzalloc(sizeof *ctl);

    ctl->rundir = xstrdup(rundir);
    return ctl;
}

static void
vswitchd_ctl_end_request(struct vswitchd_ctl *ctl)
{
    json_destroy(ctl->request_id);
    ctl->request_id = NULL;
    ctl->busy = false;
}

static void
vswitchd_ctl_disconnect(struct vswitchd_ctl *ctl)
{
    jsonrpc_close(ctl->rpc);
    ctl->rpc = NULL;
    vswitchd_ctl_end_request(ctl);
}

void
vswitchd_ctl_destroy(struct vswitchd_ctl *ctl)
{
    if (ctl) {
        vswitchd_ctl_disconnect(ctl);
        free(ctl->rundir);
        free(ctl);
    }
}

/* Returns the process id in the daemon's pidfile, 0 if there is none.
 * read_pidfile() would log this each time. */
static int
read_pid(const char *rundir)
{
    char *path = xasprintf("%s/ovs-vswitchd.pid", rundir);
    FILE *file = fopen(path, "re");
    int pid = 0;

    if (file) {
        if (fscanf(file, "%d", &pid) != 1 || pid < 0) {
            pid = 0;
        }
        fclose(file);
    }
    free(path);
    return pid;
}

static bool
vswitchd_ctl_connect(struct vswitchd_ctl *ctl)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 3);
    int pid = read_pid(ctl->rundir);
    struct stream *stream;
    char *name;
    int error;

    if (!pid) {
        return false;
    }
    name = xasprintf("unix:%s/ovs-vswitchd.%d.ctl", ctl->rundir, pid);
    error = stream_open(name, &stream, DSCP_DEFAULT);
    if (error) {
        VLOG_INFO_RL(&rl, "%s: %s", name, ovs_strerror(error));
    } else {
        ctl->rpc = jsonrpc_open(stream);
        ctl->pid = pid;
    }
    free(name);
    return !error;
}

bool
vswitchd_ctl_request(struct vswitchd_ctl *ctl, const char *command,
                     const char *const *args, size_t max_bytes)
{
    struct json *params;

    ovs_assert(!ctl->busy);
    if (ctl->rpc) {
        /* An idle connection says that it has ended only when asked. */
        struct jsonrpc_msg *msg;
        int error = jsonrpc_recv(ctl->rpc, &msg);

        jsonrpc_msg_destroy(msg);
        if (error != EAGAIN) {
            vswitchd_ctl_disconnect(ctl);
        }
    }
    if (!ctl->rpc && !vswitchd_ctl_connect(ctl)) {
        return false;
    }

    params = json_array_create_empty();
    for (; args && *args; args++) {
        json_array_add(params, json_string_create(*args));
    }
    ctl->busy = true;
    ctl->start = jsonrpc_get_received_bytes(ctl->rpc);
    ctl->max_bytes = max_bytes;
    jsonrpc_send(ctl->rpc, jsonrpc_create_request(command, params,
                                                  &ctl->request_id));
    return true;
}

/* Takes the answer from 'msg' if it is the one to the request. */
static enum vswitchd_ctl_answer
vswitchd_ctl_take(struct vswitchd_ctl *ctl, const struct jsonrpc_msg *msg,
                  char **text)
{
    const struct json *json;

    if (msg->type != JSONRPC_REPLY && msg->type != JSONRPC_ERROR) {
        return VSWITCHD_CTL_NONE;
    }
    if (!json_equal(msg->id, ctl->request_id)) {
        return VSWITCHD_CTL_NONE;
    }
    json = msg->type == JSONRPC_REPLY ? msg->result : msg->error;
    if (json->type == JSON_STRING) {
        *text = xstrdup(json_string(json));
    }
    vswitchd_ctl_end_request(ctl);
    return (msg->type == JSONRPC_REPLY ? VSWITCHD_CTL_RESULT
            : VSWITCHD_CTL_ERROR);
}

enum vswitchd_ctl_answer
vswitchd_ctl_run(struct vswitchd_ctl *ctl, char **text)
{
    enum vswitchd_ctl_answer answer = VSWITCHD_CTL_NONE;

    *text = NULL;
    if (!ctl->busy) {
        return VSWITCHD_CTL_NONE;
    }
    jsonrpc_run(ctl->rpc);
    while (answer == VSWITCHD_CTL_NONE) {
        struct jsonrpc_msg *msg;
        int error = jsonrpc_recv(ctl->rpc, &msg);

        if (!error) {
            answer = vswitchd_ctl_take(ctl, msg, text);
            jsonrpc_msg_destroy(msg);
        } else if (error != EAGAIN
                   || (jsonrpc_get_received_bytes(ctl->rpc) - ctl->start
                       > ctl->max_bytes)) {
            vswitchd_ctl_disconnect(ctl);
            answer = VSWITCHD_CTL_LOST;
        } else {
            break;
        }
    }
    return answer;
}

void
vswitchd_ctl_wait(struct vswitchd_ctl *ctl)
{
    if (ctl->busy) {
        jsonrpc_wait(ctl->rpc);
        jsonrpc_recv_wait(ctl->rpc);
    }
}

int
vswitchd_ctl_get_pid(const struct vswitchd_ctl *ctl)
{
    return ctl->pid;
}
