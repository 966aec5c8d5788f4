/* There is one ticket at a time: a revision that is confirmed while the
 * datapath is asked about an earlier one is asked about afterwards.  Nobody
 * waits for most changes, as when an endpoint moves: the datapath is not asked
 * about them.  Those that somebody may look at some time are asked about
 * together: while remotes change one after the other, a question for each
 * would cost the agent and ovs-vswitchd more than the change. */

#include <config.h>

#include "agent/switch/effect.h"

#include "agent/switch/old-flows.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* How long a question waits for others, if nobody waits for it: ms. */
#define PAUSE 2000

void
effect_want(struct effect *effect, uint64_t revision)
{
    if (revision > effect->wanted) {
        if (effect->wanted <= MAX(effect->effective, effect->asked)) {
            effect->due = time_msec() + PAUSE;
        }
        effect->wanted = revision;
    }
}

void
effect_need(struct effect *effect, uint64_t revision)
{
    effect->needed = MAX(effect->needed, revision);
}

/* Whether there is something to ask the datapath about, at some time: it is
 * not, or not yet, if a question is under way. */
static bool
has_question(const struct effect *effect)
{
    return (effect->confirmed > effect->effective
            && effect->asked <= effect->effective
            && MAX(effect->wanted, effect->needed) > effect->effective);
}

/* Whether that time is now. */
static bool
is_due(const struct effect *effect)
{
    return (effect->needed > effect->effective
            || time_msec() >= effect->due);
}

static void
ask(struct effect *effect, struct old_flows *old_flows)
{
    effect->asked = effect->confirmed;
    effect->ticket = old_flows_ask(old_flows);
    if (old_flows_are_gone(old_flows, effect->ticket)) {
        effect->effective = effect->asked;
    }
}

void
effect_run(struct effect *effect, uint64_t confirmed,
           struct old_flows *old_flows)
{
    effect->confirmed = confirmed;
    if (effect->asked > effect->effective
        && old_flows_are_gone(old_flows, effect->ticket)) {
        effect->effective = effect->asked;
    }
    if (confirmed < effect->effective) {
        effect->effective = effect->asked = confirmed;  /* Connection lost. */
    } else if (has_question(effect) && is_due(effect)) {
        ask(effect, old_flows);
    }
}

void
effect_wait(const struct effect *effect)
{
    if (!has_question(effect)) {
        return;                     /* An answer wakes up the loop. */
    } else if (is_due(effect)) {
        poll_immediate_wake();
    } else {
        poll_timer_wait_until(effect->due);
    }
}
