/* There is one ticket at a time: a revision that is confirmed while the
 * datapath is asked about an earlier one is asked about afterwards.  Nobody
 * waits for most changes, as when an endpoint moves: the datapath is not asked
 * about them. */

#include <config.h>

#include "agent/switch/effect.h"

#include "agent/switch/ofctrl.h"
#include "agent/switch/old-flows.h"
#include "util.h"

void
effect_want(struct effect *effect, uint64_t revision)
{
    effect->wanted = MAX(effect->wanted, revision);
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
               && effect->wanted > effect->effective
               && effect->asked <= effect->effective) {
        effect->asked = confirmed;
        effect->ticket = old_flows_ask(old_flows);
        if (old_flows_are_gone(old_flows, effect->ticket)) {
            effect->effective = effect->asked;
        }
    }
}
