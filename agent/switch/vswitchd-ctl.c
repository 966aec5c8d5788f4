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
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "socket-util.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(vswitchd_ctl);

struct vswitchd_ctl {
    char *rundir;
    struct jsonrpc *rpc;            /* NULL: not connected. */
    int pid;                        /* Of the daemon; 0: never connected. */
    struct ovs_list requests;       /* "struct request"s under way, the oldest
                                     * first. */
    unsigned int start;             /* Bytes received before the answer to
                                     * the oldest. */
};

struct request {
    struct ovs_list node;           /* In struct vswitchd_ctl's 'requests'. */
    struct json *id;
    size_t max_bytes;               /* Of its answer. */
};

struct vswitchd_ctl *
vswitchd_ctl_create(const char *rundir)
{
    struct vswitchd_ctl *ctl = xzalloc(sizeof *ctl);

    ctl->rundir = xstrdup(rundir);
    ovs_list_init(&ctl->requests);
    return ctl;
}

static struct request *
get_oldest(const struct vswitchd_ctl *ctl)
{
    return CONTAINER_OF(ovs_list_front(&ctl->requests), struct request, node);
}

static void
request_destroy(struct request *request)
{
    ovs_list_remove(&request->node);
    json_destroy(request->id);
    free(request);
}

/* Requests under way stay there: each is lost. */
static void
vswitchd_ctl_disconnect(struct vswitchd_ctl *ctl)
{
    jsonrpc_close(ctl->rpc);
    ctl->rpc = NULL;
}

void
vswitchd_ctl_destroy(struct vswitchd_ctl *ctl)
{
    if (ctl) {
        while (!ovs_list_is_empty(&ctl->requests)) {
            request_destroy(get_oldest(ctl));
        }
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

/* An idle connection says that it has ended only when asked. */
static void
vswitchd_ctl_check_idle(struct vswitchd_ctl *ctl)
{
    struct jsonrpc_msg *msg;

    if (ctl->rpc) {
        int error = jsonrpc_recv(ctl->rpc, &msg);

        jsonrpc_msg_destroy(msg);
        if (error != EAGAIN) {
            vswitchd_ctl_disconnect(ctl);
        }
    }
}

bool
vswitchd_ctl_request(struct vswitchd_ctl *ctl, const char *command,
                     const char *const *args, size_t max_bytes)
{
    struct request *request;
    struct json *params;

    if (ovs_list_is_empty(&ctl->requests)) {
        vswitchd_ctl_check_idle(ctl);
        if (!ctl->rpc && !vswitchd_ctl_connect(ctl)) {
            return false;
        }
        ctl->start = jsonrpc_get_received_bytes(ctl->rpc);
    } else if (!ctl->rpc) {
        return false;
    }

    params = json_array_create_empty();
    for (; args && *args; args++) {
        json_array_add(params, json_string_create(*args));
    }
    request = xmalloc(sizeof *request);
    request->max_bytes = max_bytes;
    ovs_list_push_back(&ctl->requests, &request->node);
    jsonrpc_send(ctl->rpc, jsonrpc_create_request(command, params,
                                                  &request->id));
    return true;
}

/* Takes the answer from 'msg' if it is the one to the oldest request. */
static enum vswitchd_ctl_answer
vswitchd_ctl_take(struct vswitchd_ctl *ctl, const struct jsonrpc_msg *msg,
                  char **text)
{
    struct request *request = get_oldest(ctl);
    const struct json *json;

    if (msg->type != JSONRPC_REPLY && msg->type != JSONRPC_ERROR) {
        return VSWITCHD_CTL_NONE;
    }
    if (!json_equal(msg->id, request->id)) {
        return VSWITCHD_CTL_NONE;
    }
    json = msg->type == JSONRPC_REPLY ? msg->result : msg->error;
    if (json->type == JSON_STRING) {
        *text = xstrdup(json_string(json));
    }
    request_destroy(request);
    ctl->start = jsonrpc_get_received_bytes(ctl->rpc);
    return (msg->type == JSONRPC_REPLY ? VSWITCHD_CTL_RESULT
            : VSWITCHD_CTL_ERROR);
}

enum vswitchd_ctl_answer
vswitchd_ctl_run(struct vswitchd_ctl *ctl, char **text)
{
    enum vswitchd_ctl_answer answer = VSWITCHD_CTL_NONE;

    *text = NULL;
    if (ovs_list_is_empty(&ctl->requests)) {
        return VSWITCHD_CTL_NONE;
    }
    if (ctl->rpc) {
        jsonrpc_run(ctl->rpc);
    }
    while (ctl->rpc && answer == VSWITCHD_CTL_NONE) {
        struct jsonrpc_msg *msg;
        int error = jsonrpc_recv(ctl->rpc, &msg);

        if (!error) {
            answer = vswitchd_ctl_take(ctl, msg, text);
            jsonrpc_msg_destroy(msg);
        } else if (error != EAGAIN
                   || (jsonrpc_get_received_bytes(ctl->rpc) - ctl->start
                       > get_oldest(ctl)->max_bytes)) {
            vswitchd_ctl_disconnect(ctl);
        } else {
            break;
        }
    }
    if (!ctl->rpc) {
        request_destroy(get_oldest(ctl));
        answer = VSWITCHD_CTL_LOST;
    }
    return answer;
}

void
vswitchd_ctl_wait(struct vswitchd_ctl *ctl)
{
    if (ovs_list_is_empty(&ctl->requests)) {
        return;
    } else if (ctl->rpc) {
        jsonrpc_wait(ctl->rpc);
        jsonrpc_recv_wait(ctl->rpc);
    } else {
        poll_immediate_wake();
    }
}

void
vswitchd_ctl_wait_until(struct vswitchd_ctl *ctl, long long int when)
{
    if (ctl->rpc && !ovs_list_is_empty(&ctl->requests)
        && time_msec() < when) {
        jsonrpc_wait(ctl->rpc);
        poll_timer_wait_until(when);
    } else {
        vswitchd_ctl_wait(ctl);
    }
}

int
vswitchd_ctl_get_pid(const struct vswitchd_ctl *ctl)
{
    return ctl->pid;
}
