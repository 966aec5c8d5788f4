/* Healing poisoned datapath flows.
 *
 * Healing is a sequence of requests to ovs-vswitchd, whose answers
 * poison_run() takes as they come:
 *
 *     size, dump    Who sent the bad packets?  Only the datapath knows, and
 *                   only until the purge.
 *     purge         The cure.
 *
 * Each step may fail, and ovs-vswitchd may hang or die.  Finding the sender
 * must neither prevent the cure nor cost much: a datapath with many flows is
 * not dumped, and an answer that gets too long is not read to its end.
 */

#include <config.h>

#include "agent/poison/poison.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/node/local.h"
#include "agent/poison/dp-drops.h"
#include "agent/poison/log-tail.h"
#include "agent/poison/poison-policy.h"
#include "agent/poison/poison-senders.h"
#include "agent/switch/ofctrl.h"
#include "agent/switch/vswitchd-ctl.h"
#include "lib/option-json.h"
#include "lib/rfc3339.h"
#include "lib/tick.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(poison);

/* What ovs-vswitchd counts bad packets as, and logs about some of them. */
#define COUNTER "drop_action_invalid_tunnel_metadata"
#define LOG_TEXT "Invalid Geneve tunnel metadata"

/* Datapaths with more flows are not dumped: before a purge, or, since this
 * happens again and again, to find out whether a purge is needed. */
#define MAX_DUMP_FLOWS 20000
#define MAX_LOOK_FLOWS 2000

/* The longest answers that are read. */
#define MAX_DUMP_BYTES (16 * 1024 * 1024)
#define MAX_ANSWER_BYTES (64 * 1024)

enum poison_state {
    POISON_IDLE,        /* Nothing asked for.  The time of the next reading:
                         * READING. */
    POISON_READING,     /* Asked for the counter.  The answer, or none: SIZING
                         * if the policy says to purge or to look, else
                         * IDLE. */
    POISON_SIZING,      /* Asked for the number of flows.  Few: DUMPING.  Many,
                         * or no answer: as after the last dump. */
    POISON_DUMPING,     /* Asked for the flows of a datapath.  The answer, or
                         * none: DUMPING the next datapath; after the last one
                         * PURGING, or IDLE if there is no reason to purge. */
    POISON_PURGING,     /* Asked for a purge.  The answer: IDLE.  None: IDLE,
                         * too, but the policy will say to purge again. */
};

struct poison {
    struct vswitchd_ctl *ctl;
    struct log_tail *log;
    struct poison_policy policy;
    enum poison_state state;
    bool enabled;                   /* There are tunnel ports. */
    bool reachable;                 /* ovs-vswitchd took the last request. */
    long long int read_at;          /* Last reading, or attempt. */
    long long int next_at;          /* The next one. */
    long long int asked_at;         /* The request under way. */
    long long int wall;             /* Of the last bad packet; 0: none. */
    bool looking;                   /* In SIZING and DUMPING: to find out
                                     * whether there is a reason to purge; else
                                     * there is one. */
    struct svec datapaths;          /* Still to be dumped. */
    struct poison_senders senders;

    /* A switch that has just started has no TLV map, and drops packets with
     * critical options whoever sends them. */
    bool restored;                  /* It has our map and flows since it is
                                     * connected. */
    long long int restored_at;      /* time_msec(). */

    bool raised;                    /* Whether our alarms are raised. */
};

struct poison *
poison_create(const char *rundir, const char *logdir)
{
    struct poison *poison = xzalloc(sizeof *poison);
    char *path = xasprintf("%s/ovs-vswitchd.log", logdir);

    poison->ctl = vswitchd_ctl_create(rundir);
    poison->log = log_tail_create(path);
    poison_policy_init(&poison->policy, time_msec());
    svec_init(&poison->datapaths);
    free(path);
    return poison;
}

void
poison_destroy(struct poison *poison)
{
    if (poison) {
        vswitchd_ctl_destroy(poison->ctl);
        log_tail_destroy(poison->log);
        svec_destroy(&poison->datapaths);
        poison_senders_destroy(&poison->senders);
        free(poison);
    }
}

/* Alarms. */

/* Level-triggered: raised until there was nothing bad for a while. */
static void
poison_raise_alarms(struct agent *agent)
{
    struct poison *poison = agent->poison;
    bool alarming;

    if (!poison->policy.seen_at) {
        return;                     /* Nothing bad has ever come. */
    }
    alarming = poison_policy_is_alarming(&poison->policy, time_msec());
    poison_senders_expire(&poison->senders, time_msec());
    if (!alarming && !poison->raised) {
        return;
    }
    alarms_begin(agent->alarms, "poisoning");
    poison_senders_raise(&poison->senders, agent->alarms, "poisoning");
    if (alarming && !poison->senders.n) {
        alarms_raise(agent->alarms, "poisoning", "switch", "poisoning",
                     "packets arrive that have an unknown critical option or "
                     "one of a wrong length, and Open vSwitch may drop good "
                     "packets, too; their sender is not known: look for a "
                     "node that sends options which this node does not "
                     "advertise");
    }
    alarms_end(agent->alarms, "poisoning");
    poison->raised = alarming;
}

/* Requests. */

/* Sends a request and goes to 'state'.  Returns false, and goes to IDLE, if
 * ovs-vswitchd cannot be reached. */
static bool
poison_ask(struct poison *poison, enum poison_state state,
           const char *command, const char *argument, size_t max_bytes)
{
    const char *const args[] = { argument, NULL };

    poison->reachable = vswitchd_ctl_request(poison->ctl, command, args,
                                             max_bytes);
    poison->state = poison->reachable ? state : POISON_IDLE;
    poison->asked_at = time_msec();
    return poison->reachable;
}

static void
poison_read(struct poison *poison)
{
    int pid = vswitchd_ctl_get_pid(poison->ctl);

    poison->read_at = time_msec();
    poison->next_at = tick_next(poison->read_at, POISON_READ_MS);
    if (poison_ask(poison, POISON_READING, "coverage/read-counter", COUNTER,
                   MAX_ANSWER_BYTES)
        && pid && pid != vswitchd_ctl_get_pid(poison->ctl)) {
        poison_policy_restarted(&poison->policy);
    }
}

static void
poison_purge(struct poison *poison)
{
    svec_clear(&poison->datapaths);
    poison_ask(poison, POISON_PURGING, "revalidator/purge", NULL,
               MAX_ANSWER_BYTES);
}

/* Dumps the next datapath; after the last one, purges if there is reason
 * to. */
static void
poison_dump(struct poison *poison)
{
    if (poison->datapaths.n) {
        char *name = xstrdup(svec_back(&poison->datapaths));

        svec_pop_back(&poison->datapaths);
        poison_ask(poison, POISON_DUMPING, "dpctl/dump-flows", name,
                   MAX_DUMP_BYTES);
        free(name);
    } else if (!poison->looking
               || poison_policy_must_purge(&poison->policy,
                                           poison->read_at)) {
        poison_purge(poison);
    } else {
        poison->state = POISON_IDLE;
    }
}

/* Takes the drop flows of a datapath. */
static void
poison_take_drops(struct poison *poison, const struct model *model,
                  const char *dump)
{
    struct dp_drop drops[POISON_SENDERS_MAX];
    bool sure;
    size_t n = dp_drops_parse_flows(dump, drops, ARRAY_SIZE(drops), &sure);

    if (poison->looking) {
        if (!n || !sure) {
            return;
        }
        poison_policy_found(&poison->policy, n, poison->read_at);
        poison->wall = time_wall_msec();
    }
    for (size_t i = 0; i < n; i++) {
        poison_senders_add(&poison->senders, model, &drops[i],
                           poison->policy.seen_at);
    }
}

/* Returns how many bad packets the log has told of since the last call. */
static unsigned int
poison_count_logged(struct poison *poison)
{
    char *text = log_tail_read(poison->log);
    unsigned int n = 0;

    for (const char *s = text; s && (s = strstr(s, LOG_TEXT)); n++) {
        s += strlen(LOG_TEXT);
    }
    free(text);
    return n;
}

/* Whether what the switch reports is the senders' doing. */
static bool
poison_is_meaningful(const struct poison *poison)
{
    return (poison->restored
            && poison->read_at >= poison->restored_at + POISON_LAG_MS);
}

/* Decides what a reading calls for.  'counter' is ovs-vswitchd's answer, or
 * NULL. */
static void
poison_decide(struct poison *poison, const char *counter)
{
    struct poison_policy *policy = &poison->policy;
    long long int now = poison->read_at;
    unsigned int n_logged = poison_count_logged(poison);
    unsigned long long value;

    if (!poison_is_meaningful(poison)) {
        if (counter && dp_drops_parse_counter(counter, &value)) {
            poison_policy_skip(policy, value);
        }
        poison->state = POISON_IDLE;
        return;
    }
    poison_policy_logged(policy, n_logged, now);
    if (counter && dp_drops_parse_counter(counter, &value)) {
        poison_policy_counter(policy, value, now);
    }
    if (policy->seen_at == now) {
        poison->wall = time_wall_msec();
    }
    poison->looking = !poison_policy_must_purge(policy, now);
    if (poison->looking && !poison_policy_must_look(policy, now)) {
        poison->state = POISON_IDLE;
    } else {
        poison_ask(poison, POISON_SIZING, "upcall/show", NULL,
                   MAX_ANSWER_BYTES);
    }
}

static void
poison_purged(struct poison *poison)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(10, 10);

    VLOG_WARN_RL(&rl, "bad packets: purged the datapath's flows (%llu purges, "
                 "%llu withheld so far)", poison->policy.n_purges + 1,
                 poison->policy.n_suppressed);
    poison_policy_purged(&poison->policy, poison->read_at);
    poison->state = POISON_IDLE;
}

/* Takes an answer; 'text' is NULL unless it is the output of the command. */
static void
poison_take_answer(struct agent *agent, const char *text)
{
    struct poison *poison = agent->poison;

    switch (poison->state) {
    case POISON_IDLE:
        break;

    case POISON_READING:
        poison_decide(poison, text);
        break;

    case POISON_SIZING:
        svec_clear(&poison->datapaths);
        if (text
            && (dp_drops_parse_upcalls(text, &poison->datapaths)
                > (poison->looking ? MAX_LOOK_FLOWS : MAX_DUMP_FLOWS))) {
            svec_clear(&poison->datapaths);
        }
        poison_dump(poison);
        break;

    case POISON_DUMPING:
        if (text) {
            poison_take_drops(poison, agent->model, text);
        }
        poison_dump(poison);
        break;

    case POISON_PURGING:
        if (text) {
            poison_purged(poison);
        } else {
            poison->state = POISON_IDLE;    /* Still due. */
        }
        break;
    }
}

static void
poison_follow_switch(struct poison *poison, const struct ofctrl *ofctrl)
{
    if (!ofctrl_is_connected(ofctrl)) {
        poison->restored = false;
    } else if (!poison->restored && ofctrl_is_settled(ofctrl)) {
        poison->restored = true;
        poison->restored_at = time_msec();
    }
}

void
poison_run(struct agent *agent)
{
    struct poison *poison = agent->poison;
    enum vswitchd_ctl_answer answer;
    char *text;

    poison_follow_switch(poison, agent->ofctrl);
    poison->enabled = local_has_tunnels(agent->local);
    while ((answer = vswitchd_ctl_run(poison->ctl, &text))
           != VSWITCHD_CTL_NONE) {
        poison->reachable = answer != VSWITCHD_CTL_LOST;
        poison_take_answer(agent,
                           answer == VSWITCHD_CTL_RESULT ? text : NULL);
        free(text);
    }
    if (poison->enabled && poison->state == POISON_IDLE
        && time_msec() >= poison->next_at) {
        poison_read(poison);
    }
    poison_raise_alarms(agent);
}

void
poison_wait(struct poison *poison)
{
    vswitchd_ctl_wait_until(poison->ctl,
                            (poison->state == POISON_READING
                             ? poison->asked_at + TICK_PATIENCE : 0));
    if (poison->enabled && poison->state == POISON_IDLE) {
        poll_timer_wait_until(poison->next_at);
    }
    if (poison->raised) {
        poll_timer_wait_until(poison->policy.seen_at + POISON_QUIET_MS);
    }
}

/* For `agentctl status'. */

static const char *
poison_state_to_string(const struct poison *poison)
{
    if (!poison->enabled) {
        return "idle";
    } else if (!poison->reachable) {
        return "unreachable";
    } else if (poison->state != POISON_IDLE
               && time_msec() - poison->asked_at >= 2 * POISON_READ_MS) {
        return "waiting";
    } else {
        return poison->state > POISON_READING ? "healing" : "watching";
    }
}

struct json *
poison_status_json(const struct poison *poison)
{
    const struct poison_policy *policy = &poison->policy;
    struct json *json = json_object_create();

    json_object_put_string(json, "state", poison_state_to_string(poison));
    json_object_put(json, "log",
                    option_json_string(log_tail_is_open(poison->log)
                                       ? log_tail_get_path(poison->log)
                                       : NULL));
    json_object_put(json, "badPackets", json_integer_create(policy->n_bad));
    json_object_put(json, "purges", json_integer_create(policy->n_purges));
    json_object_put(json, "suppressedPurges",
                    json_integer_create(policy->n_suppressed));
    json_object_put(json, "lastSeen", (
                        poison->wall
                        ? json_string_create_nocopy(
                            rfc3339_from_msec(poison->wall))
                        : json_null_create()));
    json_object_put(json, "senders", poison_senders_to_json(&poison->senders));
    return json;
}
