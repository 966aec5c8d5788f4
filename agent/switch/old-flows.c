/* How many answers it takes until old datapath flows are gone.
 *
 * `revalidator/wait' answers when the revalidators have finished the round
 * that they are at, or, if they are at rest, the next one.  (They begin one
 * every half second, and at once when a flow table has changed.)  A round that
 * is under way may have passed the flow in question before the table changed.
 * So a ticket is good after two more answers: the first one says that such a
 * round is over, the second one that another has followed.  This takes up to a
 * second.
 *
 * `revalidator/purge' answers when everything is deleted.  A purge that is
 * under way may have passed the flow in question, so a ticket is good after
 * the next one.
 *
 * There is one question at a time, and none while nobody waits.  When
 * ovs-vswitchd ends, its datapath flows end, too, so what was asked is
 * true. */

#include <config.h>

#include "agent/switch/old-flows.h"

#include <stdlib.h>

#include "agent/switch/vswitchd-ctl.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(old_flows);

#define MAX_ANSWER_BYTES 4096

static const char *const commands[] = {
    [OLD_FLOWS_FOLLOWED] = "revalidator/wait",
    [OLD_FLOWS_PURGED] = "revalidator/purge",
};

struct old_flows {
    enum old_flows_kind kind;
    struct vswitchd_ctl *ctl;
    bool asking;                    /* A question is under way. */
    bool warned;
    uint64_t n_asked;               /* Questions. */
    uint64_t n_answered;            /* ...of which so many are answered, or
                                     * will not be. */
    uint64_t wanted;                /* The last ticket: good when 'n_answered'
                                     * is as high. */
};

struct old_flows *
old_flows_create(const char *rundir, enum old_flows_kind kind)
{
    struct old_flows *of = xzalloc(sizeof *of);

    of->kind = kind;
    of->ctl = vswitchd_ctl_create(rundir);
    return of;
}

void
old_flows_destroy(struct old_flows *of)
{
    if (of) {
        vswitchd_ctl_destroy(of->ctl);
        free(of);
    }
}

static void
old_flows_warn(struct old_flows *of, const char *why)
{
    if (!of->warned) {
        of->warned = true;
        if (of->kind == OLD_FLOWS_FOLLOWED) {
            VLOG_WARN("ovs-vswitchd does not say when its datapath has "
                      "followed a change of flows (%s): changes count as in "
                      "effect when its flow tables have them, some "
                      "milliseconds too early", why);
        } else {
            VLOG_WARN("ovs-vswitchd does not purge its datapath (%s): when a "
                      "critical option is unmapped, some traffic may stop for "
                      "a second", why);
        }
    }
}

/* Asks the next question, if anybody waits for it. */
static void
old_flows_next(struct old_flows *of)
{
    while (!of->asking && of->n_asked < of->wanted) {
        of->n_asked++;
        of->asking = vswitchd_ctl_request(of->ctl, commands[of->kind], NULL,
                                          MAX_ANSWER_BYTES);
        if (!of->asking) {
            old_flows_warn(of, "its control socket cannot be reached");
            of->n_answered++;
        }
    }
}

void
old_flows_run(struct old_flows *of)
{
    enum vswitchd_ctl_answer answer;
    char *text;

    while ((answer = vswitchd_ctl_run(of->ctl, &text)) != VSWITCHD_CTL_NONE) {
        if (answer == VSWITCHD_CTL_ERROR) {
            old_flows_warn(of, text ? text : "no reason given");
        }
        free(text);
        of->asking = false;
        of->n_answered++;
        old_flows_next(of);
    }
}

void
old_flows_wait(struct old_flows *of)
{
    vswitchd_ctl_wait(of->ctl);
}

uint64_t
old_flows_ask(struct old_flows *of)
{
    of->wanted = (of->kind == OLD_FLOWS_PURGED ? of->n_asked + 1
                  : of->n_answered + 2);
    old_flows_next(of);
    return of->wanted;
}

bool
old_flows_are_gone(const struct old_flows *of, uint64_t ticket)
{
    return of->n_answered >= ticket;
}
