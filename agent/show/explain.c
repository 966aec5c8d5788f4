/* For each profile there is a sentence about all its packets to the remote,
 * then one about each option: whether it is sent, by which rule, and who said
 * so.  docs/negotiation.md has the rules. */

#include <config.h>

#include "agent/show/explain.h"

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/remote-address.h"
#include "agent/remotes/remotes.h"
#include "agent/show/explain-policy.h"
#include "agent/show/explain-qos.h"
#include "agent/show/explain-reason.h"
#include "agent/show/explain-source.h"
#include "agent/show/show-query.h"
#include "agent/show/show-remote.h"
#include "agent/show/show-reply.h"
#include "agent/switch/ofctrl.h"
#include "lib/option-json.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

/* Adds a line about 'option', or about 'encap' as a whole if that is NULL.
 * Takes 'said_by' and 'sentence'. */
static void
add_line(struct json *lines, const struct m_encap *encap,
         const struct resolved_option *option, bool sent, const char *rule,
         char *said_by, char *sentence)
{
    struct json *line = json_object_create();

    json_object_put_string(line, "profile",
                           option_json_profile_name(encap->profile->up.name));
    json_object_put(line, "option",
                    option ? option_json_from_key(option->sender.key)
                           : json_null_create());
    json_object_put(line, "name",
                    option_json_string(option ? option->name : NULL));
    json_object_put(line, "sent", option ? json_boolean_create(sent)
                                         : json_null_create());
    json_object_put_string(line, "rule", rule);
    json_object_put(line, "saidBy", json_string_create_nocopy(said_by));
    json_object_put(line, "sentence", json_string_create_nocopy(sentence));
    json_array_add(lines, line);
}

static const struct neg_omitted *
find_omitted(const struct negotiation *n, struct opt_key key)
{
    for (size_t i = 0; i < n->n_omitted; i++) {
        if (opt_key_equals(n->omitted[i].key, key)) {
            return &n->omitted[i];
        }
    }
    return NULL;
}

/* Returns why no packet of this node has a value for 'option', whichever
 * endpoint sends it, as a constant; or NULL. */
static const char *
describe_no_value(const struct agent *agent,
                  const struct resolved_option *option)
{
    const struct m_nve *self = model_get_self(agent->model);

    if (option->value.from == VALUE_NONE) {
        return "its GeneveOption has no spec.value";
    } else if (option->value.from == VALUE_NVE_ID
               && !(self && self->up.object && self->up.object->nve->has_id)) {
        return "this node's NVE object has no spec.id";
    }
    return NULL;
}

/* Explains why 'option' is omitted for 'reason'. */
static void
explain_omitted(struct json *lines, const struct m_encap *encap,
                const struct resolved_option *option, enum neg_reason reason)
{
    char *why = explain_reason_describe(encap, option, reason);
    char *said_by;

    if (reason == NEG_PLAN) {
        said_by = xstrdup("the plans");
    } else if (reason == NEG_DUPLICATE || reason == NEG_INVALID_LENGTH) {
        said_by = xasprintf("OptionProfile %s", encap->profile->up.name);
    } else {
        said_by = explain_reason_get_table_owner(encap->nve);
    }
    add_line(lines, encap, option, false, neg_reason_to_string(reason),
             said_by, xasprintf(
                 "%s is not sent to NVE %s: %s.%s", option->name,
                 encap->nve->up.name, why, option->sender.required
                 ? "  The profile requires it, so packets of this profile "
                 "are not sent at all." : ""));
    free(why);
}

/* Explains that 'option' is sent. */
static void
explain_sent(struct json *lines, const struct m_encap *encap,
             const struct resolved_option *option)
{
    const struct negotiation *n = &encap->final;
    size_t position = 0;

    while (position < n->n_options
           && !opt_key_equals(encap->wire[position], option->sender.key)) {
        position++;
    }
    add_line(lines, encap, option, true, "negotiated",
             explain_reason_get_table_owner(encap->nve), xasprintf(
                 "%s is sent to NVE %s as option %"PRIuSIZE" of %"PRIuSIZE", "
                 "with %u bytes of data.", option->name, encap->nve->up.name,
                 position + 1, n->n_options, option->sender.length));
}

static void
explain_option(const struct agent *agent, struct json *lines,
               const struct m_encap *encap,
               const struct resolved_option *option)
{
    const struct negotiation *n = &encap->final;
    const struct neg_omitted *omitted = find_omitted(n, option->sender.key);
    const char *no_value = describe_no_value(agent, option);
    const char *nve = encap->nve->up.name;

    if (omitted) {
        explain_omitted(lines, encap, option, omitted->reason);
    } else if (n->status == NEG_BLOCKED) {
        add_line(lines, encap, option, false, "blocked",
                 explain_reason_get_table_owner(encap->nve), xasprintf(
                     "%s is not sent to NVE %s: it could be, but packets of "
                     "this profile are blocked.", option->name, nve));
    } else if (no_value) {
        add_line(lines, encap, option, false, "no-value",
                 xasprintf("GeneveOption %s", option->name), xasprintf(
                     "%s is not sent to NVE %s: it could be, but %s.",
                     option->name, nve, no_value));
    } else {
        explain_sent(lines, encap, option);
    }
}

/* Appends the options that the remote requires and does not get. */
static void
put_missing(const struct negotiation *n, struct ds *s)
{
    for (size_t i = 0; i < n->n_missing_required; i++) {
        ds_put_format(s, "%s"OPT_KEY_FMT, i ? ", " : "",
                      OPT_KEY_ARGS(n->missing_required[i]));
    }
}

/* Appends the options that the profile requires and that cannot be sent.
 * Returns true if there are any. */
static bool
put_required_omitted(const struct m_encap *encap, struct ds *s)
{
    bool any = false;

    for (size_t i = 0; i < encap->profile->n_options; i++) {
        const struct resolved_option *o = &encap->profile->options[i];

        if (o->sender.required && find_omitted(&encap->final, o->sender.key)) {
            ds_put_format(s, "%s%s ("OPT_KEY_FMT")", any ? ", " : "",
                          o->name, OPT_KEY_ARGS(o->sender.key));
            any = true;
        }
    }
    return any;
}

/* Adds a line that says that all packets of 'encap' are blocked, and 'why'.
 * Takes 'said_by' and 'why'. */
static void
add_blocked(struct json *lines, const struct m_encap *encap, char *said_by,
            char *why)
{
    add_line(lines, encap, NULL, false, "blocked", said_by, xasprintf(
                 "No packet of profile %s is sent to NVE %s: %s.",
                 option_json_profile_name(encap->profile->up.name),
                 encap->nve->up.name, why));
    free(why);
}

static void
explain_blocked(const struct agent *agent, struct json *lines,
                const struct m_encap *encap)
{
    const struct negotiation *n = &encap->final;
    const struct m_nve *nve = encap->nve;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (m_nve_is_foreign(nve)) {
        char *why = m_nve_explain_foreign(agent->model, nve);

        add_blocked(lines, encap, explain_reason_get_table_owner(nve),
                    xasprintf("it %s", why));
        free(why);
    }
    if (nve->out_of_reach) {
        add_blocked(lines, encap,
                    xasprintf("NVE %s, by its spec.underlay", nve->up.name),
                    remote_address_explain(agent, nve));
    }
    if (put_required_omitted(encap, &s)) {
        add_blocked(lines, encap,
                    xasprintf("OptionProfile %s", encap->profile->up.name),
                    xasprintf("the profile requires %s, which cannot be sent "
                              "to it", ds_cstr(&s)));
    }
    ds_clear(&s);
    if (n->n_missing_required) {
        put_missing(n, &s);
        add_blocked(lines, encap, explain_reason_get_table_owner(nve),
                    xasprintf("it drops packets without %s, which the profile "
                              "does not give them", ds_cstr(&s)));
    }
    ds_destroy(&s);
}

/* Explains what all packets of 'encap' have in common. */
static void
explain_whole(const struct agent *agent, struct json *lines,
              const struct m_encap *encap)
{
    static const char *const orders[] = {
        [RECV_ANY] = "the plan's order (the remote did not ask for one)",
        [RECV_STRICT] = "the order of the remote's table",
        [RECV_FIRST] = "an order that begins with the remote's first option",
    };
    const struct negotiation *n = &encap->final;
    const char *profile = option_json_profile_name(encap->profile->up.name);
    const char *name = encap->nve->up.name;
    char *mtu, *sentence;

    if (n->status == NEG_BLOCKED) {
        explain_blocked(agent, lines, encap);
        return;
    }
    mtu = (encap->mtu > 0 ? xasprintf(", which leaves an MTU of %d",
                                      encap->mtu) : xstrdup(""));
    if (!n->n_options) {
        sentence = xasprintf("Packets of profile %s go to NVE %s by %s "
                             "without options%s.", profile, name,
                             n->encapsulation->title, mtu);
    } else {
        sentence = xasprintf("Packets of profile %s go to NVE %s with "
                             "%"PRIuSIZE" of %"PRIuSIZE" options, in %s, by "
                             "plan %u, with a header of %u bytes%s.",
                             profile, name, n->n_options,
                             encap->profile->n_options, orders[n->order],
                             encap->nve->plan ? encap->nve->plan->k : 0,
                             n->header_bytes, mtu);
    }
    add_line(lines, encap, NULL, true, neg_status_to_string(n->status),
             explain_reason_get_table_owner(encap->nve), sentence);
    free(mtu);
}

/* Explains what DSCP packets of 'encap' have in the outer header, if any
 * QoSClass has one. */
static void
explain_dscp(const struct agent *agent, struct json *lines,
             const struct m_encap *encap)
{
    const char *rule;
    char *sentence = explain_qos_describe(agent, encap, &rule);

    if (sentence) {
        add_line(lines, encap, NULL, true, rule, xstrdup("the QoSClasses"),
                 sentence);
    }
}

/* Whether 'wanted' is the name of 'option', or its "C/T". */
static bool
resolved_option_is(const struct resolved_option *option, const char *wanted)
{
    struct opt_key key;

    return (!strcmp(option->name, wanted)
            || (opt_key_from_string(wanted, &key)
                && opt_key_equals(option->sender.key, key)));
}

/* Explains 'encap', or only its option 'wanted'.  Returns false, and explains
 * nothing, if it has no such option. */
static bool
explain_encap(const struct agent *agent, struct json *lines,
              const struct m_encap *encap, const char *wanted)
{
    bool found = !wanted;

    for (size_t i = 0; i < encap->profile->n_options && !found; i++) {
        found = resolved_option_is(&encap->profile->options[i], wanted);
    }
    if (found) {
        explain_whole(agent, lines, encap);
    }
    if (!wanted) {
        explain_dscp(agent, lines, encap);
    }
    for (size_t i = 0; i < encap->profile->n_options && found; i++) {
        const struct resolved_option *o = &encap->profile->options[i];

        if (!wanted || resolved_option_is(o, wanted)) {
            explain_option(agent, lines, encap, o);
        }
    }
    return found;
}

void
explain_cb(struct unixctl_conn *conn, int argc, const char *argv[],
           void *agent_)
{
    const char *wanted = argc > 2 ? argv[2] : NULL;
    struct json *answer, *lines;
    struct agent *agent = agent_;
    struct show_query *query;
    const struct m_nve *nve;
    bool found = !wanted;
    char *error;

    nve = show_remote_find(agent, argv[1], &error);
    if (!nve) {
        show_reply_error(conn, error);
        return;
    }

    lines = json_array_create_empty();
    const struct shash_node **nodes = shash_sort(&nve->encaps);
    for (size_t i = 0; i < shash_count(&nve->encaps); i++) {
        found |= explain_encap(agent, lines, nodes[i]->data, wanted);
    }
    free(nodes);
    if (!found) {
        json_destroy(lines);
        show_reply_error(conn, xasprintf(
            "no profile of the VPCs in common with NVE %s has an option %s; "
            "`agentctl option list' shows them", argv[1], wanted));
        return;
    }
    if (!wanted) {
        explain_policy_put_lines(nve, lines);
        explain_source_put_lines(agent, nve, lines);
    }
    answer = json_object_create();
    json_object_put_string(answer, "remote", nve->up.name);
    json_object_put(answer, "lines", lines);
    query = show_query_create(conn, answer);
    show_query_add(query, agent->ofctrl, nve->flows.cookie, FLOW_DISBELIEVED,
                   answer, "disbelieved");
    show_query_finish(query);
}
