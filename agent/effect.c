/* When changes take effect: see effect.h.
 *
 * `revalidator/wait' answers when the revalidators have finished the round
 * that they are at, or, if they are at rest, the next one (they begin one
 * every half second, and at once when a flow table has changed).  A round that
 * is under way may have passed the flow in question before the table changed.
 * So a ticket is good after two more answers: the first one says that such a
 * round is over, the second one that another has passed.  It takes up to a
 * second.
 *
 * There is one question at a time, and none while nobody waits.  When
 * ovs-vswitchd ends, its datapath flows do, too: what was asked is true. */

#include <config.h>

#include "agent/effect.h"

#include <stdlib.h>

#include "agent/ofctrl.h"
#include "agent/vswitchd-ctl.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(effect);

#define MAX_ANSWER_BYTES 4096

struct old_flows {
    struct vswitchd_ctl *ctl;
    bool asking;                    /* A question is under way. */
    bool warned;
    uint64_t n_asked, n_answered;   /* Questions; no answer counts, too. */
    uint64_t wanted;                /* Of the last ticket. */
};

struct old_flows *
old_flows_create(const char *rundir)
{
    struct old_flows *of = xzalloc(sizeof *of);

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
        VLOG_WARN("ovs-vswitchd does not say when its datapath has followed "
                  "a change of flows (%s): changes count as in effect when "
                  "its flow tables have them, some milliseconds too early",
                  why);
    }
}

/* Asks the next question, if anybody waits for it. */
static void
old_flows_next(struct old_flows *of)
{
    while (!of->asking && of->n_asked < of->wanted) {
        of->n_asked++;
        of->asking = vswitchd_ctl_request(of->ctl, "revalidator/wait", NULL,
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
    of->wanted = of->n_answered + 2;
    old_flows_next(of);
    return of->wanted;
}

bool
old_flows_are_gone(const struct old_flows *of, uint64_t ticket)
{
    return of->n_answered >= ticket;
}

void
effect_run(struct effect *effect, const struct ofctrl *ofctrl,
           struct old_flows *old_flows)
{
    uint64_t confirmed = ofctrl_get_confirmed(ofctrl);

    if (effect->asked > effect->effective
        && old_flows_are_gone(old_flows, effect->ticket)) {
        effect->effective = effect->asked;
    }
    if (confirmed < effect->effective) {
        effect->effective = effect->asked = confirmed;  /* Connection lost. */
    } else if (confirmed > effect->effective
               && effect->asked <= effect->effective) {
        effect->asked = confirmed;
        effect->ticket = old_flows_ask(old_flows);
        if (old_flows_are_gone(old_flows, effect->ticket)) {
            effect->effective = effect->asked;
        }
    }
}
