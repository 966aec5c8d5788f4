/* Alarms about remotes: see remote-alarms.h. */

#include <config.h>

#include "agent/remotes/remote-alarms.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/plans/plan-assign.h"
#include "agent/remotes/remote-address.h"
#include "agent/remotes/remote-paths.h"
#include "openvswitch/dynamic-string.h"
#include "sset.h"
#include "util.h"

/* How many options one alarm names. */
#define MAX_OPTIONS_NAMED 3

/* What alarms say does not depend on what came first: so of several profiles
 * they name the first one by name, and options in order. */

static void
raise_blocked_alarm(struct alarms *alarms, const char *group,
                    const struct m_nve *nve)
{
    const char *first = NULL;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &nve->encaps) {
        const struct m_encap *encap = node->data;
        const char *name = encap->profile->up.name;

        if (encap->final.status == NEG_BLOCKED
            && (!first || strcmp(name, first) < 0)) {
            first = name;
        }
    }
    if (first) {
        alarms_raise(alarms, group, group, "blocked",
                     "packets of profile %s to it are dropped; `agentctl "
                     "explain %s' says why", first, nve->up.name);
    }
}

/* Adds the options that the plan has no place for. */
static void
get_unplanned_options(const struct m_nve *nve, struct sset *options)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &nve->encaps) {
        const struct negotiation *final
            = &((const struct m_encap *) node->data)->final;

        for (size_t i = 0; i < final->n_omitted; i++) {
            if (final->omitted[i].reason == NEG_PLAN) {
                sset_add_and_free(options, xasprintf(
                    OPT_KEY_FMT, OPT_KEY_ARGS(final->omitted[i].key)));
            }
        }
    }
}

/* One alarm for all options that the plan has no place for. */
static void
raise_plan_alarm(struct alarms *alarms, const char *group,
                 const struct m_nve *nve)
{
    struct sset options = SSET_INITIALIZER(&options);
    struct ds s = DS_EMPTY_INITIALIZER;
    const char **names;
    size_t n;

    get_unplanned_options(nve, &options);
    names = sset_sort(&options);
    n = sset_count(&options);
    for (size_t i = 0; i < MIN(n, MAX_OPTIONS_NAMED); i++) {
        ds_put_format(&s, "%s%s", i ? ", " : "", names[i]);
    }
    if (n > MAX_OPTIONS_NAMED) {
        ds_put_format(&s, " and %"PRIuSIZE" more", n - MAX_OPTIONS_NAMED);
    }
    if (n) {
        alarms_raise(alarms, group, group, "plan", "option%s %s %s not sent "
                     "to it: the TLV map is full, or its order would need "
                     "one plan too many", n > 1 ? "s" : "", ds_cstr(&s),
                     n > 1 ? "are" : "is");
    }
    free(names);
    ds_destroy(&s);
    sset_destroy(&options);
}

/* Says what an alarm of the negotiation (docs/negotiation.md) means. */
static const char *
describe_receive_alarm(const char *alarm)
{
    const char *colon = strchr(alarm, ':');
    const char *fault = (!strncmp(alarm, "static:", 7) ? colon + 1 : alarm);

    if (!strcmp(fault, "below-64-byte-header")) {
        return "it takes fewer than 56 option bytes; RFC 9638, section 6.4, "
               "recommends room for a header of 64 bytes";
    } else if (!strncmp(fault, "entry:", 6)) {
        return "a faulty entry of its receive table is left out";
    } else if (!strcmp(fault, "mode")) {
        return "spec.static has an unknown mode and is ignored";
    } else if (fault != alarm) {
        return "spec.static is malformed and is ignored";
    } else {
        return "what it advertises is malformed; its last good table, if it "
               "has one, stays in force";
    }
}

static void
raise_path_alarm(const struct agent *agent, const char *group,
                 const struct m_nve *nve)
{
    const char *reason;
    const char *problem = remote_paths_get_problem(agent, nve, &reason);

    if (problem) {
        alarms_raise(agent->alarms, group, group, reason,
                     "it cannot be reached: %s", problem);
    }
}

void
remote_alarms_update(struct agent *agent, const struct m_nve *nve)
{
    char *group = xasprintf("remote %s", nve->up.name);

    alarms_begin(agent->alarms, group);
    if (m_nve_is_remote(nve)) {
        for (size_t i = 0; i < nve->receive.alarms.n; i++) {
            const char *alarm = nve->receive.alarms.names[i];
            alarms_raise(agent->alarms, group, group, alarm, "%s",
                         describe_receive_alarm(alarm));
        }
        if (m_nve_is_foreign(nve)) {
            char *why = m_nve_explain_foreign(agent->model, nve);

            alarms_raise(agent->alarms, group, group, "encapsulation",
                         "it %s", why);
            free(why);
        }
        if (nve->out_of_reach) {
            char *reason = remote_address_explain(agent, nve);

            alarms_raise(agent->alarms, group, group, "underlay",
                         "it cannot be reached: %s", reason);
            free(reason);
        }
        raise_path_alarm(agent, group, nve);
    }
    raise_blocked_alarm(agent->alarms, group, nve);
    raise_plan_alarm(agent->alarms, group, nve);
    if (plan_assign_suppresses(nve)) {
        alarms_raise(agent->alarms, group, group, "flapping",
                     "it changes what it receives so often that no plan is "
                     "made for it any more, until it has not changed for "
                     "%d s", DAMPING_REUSE_AFTER / 1000);
    }
    alarms_end(agent->alarms, group);
    free(group);
}

void
remote_alarms_run(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        remote_alarms_update(agent, node->data);
    }
}
