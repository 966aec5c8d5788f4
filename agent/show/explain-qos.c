/* Outer DSCPs in `agentctl explain': see explain-qos.h, docs/qos.md. */

#include <config.h>

#include "agent/show/explain-qos.h"

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/class-ports.h"
#include "lib/value.h"
#include "util.h"

/* Whether the remote of 'encap' restores the inner DSCP. */
static bool
restores_dscp(const struct m_encap *encap)
{
    for (size_t i = 0; i < encap->profile->n_options; i++) {
        const struct resolved_option *o = &encap->profile->options[i];

        for (size_t j = 0; j < encap->final.n_options; j++) {
            if (o->value.from == VALUE_PACKET_DSCP
                && opt_key_equals(o->sender.key, encap->wire[j])) {
                return true;
            }
        }
    }
    return false;
}

char *
explain_qos_describe(const struct agent *agent, const struct m_encap *encap,
                     const char **rule)
{
    const char *nve = encap->nve->up.name;

    if (!(agent->class_ports->dscps & ~UINT64_C(1))
        || encap->final.status == NEG_BLOCKED) {
        return NULL;
    } else if (encap->nve->plan) {
        *rule = "qos-plan";
        return xasprintf("Packets to NVE %s leave with DSCP 0, whatever their "
                         "class: plan %u serves it, whose bridge has no ports "
                         "for DSCPs.", nve, encap->nve->plan->k);
    } else if (restores_dscp(encap)) {
        *rule = "qos-uniform";
        return xasprintf("Packets of a QoSClass with a DSCP have it in the "
                         "outer header; by the model uniform in the inner "
                         "one, too, which NVE %s restores.", nve);
    }
    *rule = "qos-pipe";
    return xasprintf("Packets of a QoSClass with a DSCP have it in the outer "
                     "header; the inner one is left alone, by the model "
                     "uniform, too, as NVE %s is sent no option to restore it "
                     "from.", nve);
}
