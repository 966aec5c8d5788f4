/* Explanations: see explain.h, and show.h for the format.
 *
 * For each profile a sentence about the remote as a whole, then one for each
 * option: sent or not, by which rule, and who said so.  The rules are those
 * of docs/negotiation.md. */

#include <config.h>

#include "agent/show/explain.h"

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/remote-address.h"
#include "agent/remotes/remotes.h"
#include "lib/option-json.h"
#include "agent/show/show-policy.h"
#include "agent/show/show-remote.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

static void
add_line(struct json *lines, const struct m_encap *encap,
         const struct resolved_option *option, bool sent, const char *rule,
         const char *said_by, char *sentence)
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
    json_object_put_string(line, "saidBy", said_by);
    json_object_put(line, "sentence", json_string_create_nocopy(sentence));
    json_array_add(lines, line);
}

/* Who made the receive table that is in force for 'nve'. */
static char *
describe_table_owner(const struct m_nve *nve)
{
    const char *name = nve->up.name;

    switch (nve->receive.source) {
    case NEG_SRC_ADVERTISED:
        return xasprintf("NVE %s, by its advertisement%s", name,
                         nve->receive.restricted
                         ? ", restricted by its spec.static" : "");
    case NEG_SRC_LAST_GOOD:
        return xasprintf("NVE %s, by its last good advertisement (the "
                         "present one is malformed)%s", name,
                         nve->receive.restricted
                         ? ", restricted by its spec.static" : "");
    case NEG_SRC_STATIC:
        return xasprintf("the operator, by spec.static of NVE %s", name);
    case NEG_SRC_MALFORMED:
        return xasprintf("NVE %s, whose only advertisement is malformed",
                         name);
    case NEG_SRC_NONE:
        return xasprintf("NVE %s, which has advertised nothing (a legacy "
                         "NVE)", name);
    case NEG_SRC_MULTICAST:
    default:
        return xstrdup("the underlay's multicast");
    }
}

/* Whose limit of 'what' (options, or option bytes) it was. */
static char *
describe_limit(const struct m_encap *encap, bool bytes)
{
    const struct neg_limits *limits[] = {
        &encap->nve->receive.table.limits,
        &encap->nve->up.object->nve->transit,
    };
    int best = bytes ? GENEVE_MAX_OPT_BYTES : GENEVE_MAX_OPTIONS;
    const char *name = bytes ? "the Geneve header (RFC 8926, section 3.4)"
                             : "Open vSwitch";
    char *whose = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        int limit = (bytes ? limits[i]->max_option_bytes
                     : limits[i]->max_options);

        if (limit != NEG_NO_LIMIT && limit < best) {
            best = limit;
            free(whose);
            whose = (i == 0
                     ? xasprintf("what NVE %s can receive",
                                 encap->nve->up.name)
                     : xasprintf("spec.transit of NVE %s",
                                 encap->nve->up.name));
        }
    }

    char *s = xasprintf("%s allows %d %s", whose ? whose : name, best,
                        bytes ? "option bytes" : "options");
    free(whose);
    return s;
}

static char *
describe_reason(const struct m_encap *encap,
                const struct resolved_option *option, enum neg_reason reason)
{
    const struct recv_table *table = &encap->nve->receive.table;
    const char *name = encap->nve->up.name;
    const struct recv_entry *e;
    struct opt_key other = option->sender.key;
    char *limit, *s;

    switch (reason) {
    case NEG_DUPLICATE:
        return xasprintf("the profile names it twice");
    case NEG_INVALID_LENGTH:
        return xasprintf("its length %u is no multiple of 4 up to 124 (RFC "
                         "8926, section 3.5)", option->sender.length);
    case NEG_MULTICAST:
        return xstrdup("no options go by underlay multicast");
    case NEG_TYPE_MISMATCH:
        other.type ^= 0x80;
        return xasprintf("NVE %s takes "OPT_KEY_FMT", which differs in the "
                         "critical bit and so is another option", name,
                         OPT_KEY_ARGS(other));
    case NEG_UNSUPPORTED:
        return (encap->nve->receive.source == NEG_SRC_NONE
                ? xasprintf("NVE %s has advertised nothing, so nothing is "
                            "known about what it takes", name)
                : xasprintf("it is not among the %"PRIuSIZE" option%s that "
                            "NVE %s takes", table->n_entries,
                            table->n_entries == 1 ? "" : "s", name));
    case NEG_LENGTH:
        e = recv_table_find(table, option->sender.key);
        return xasprintf("it has %u bytes of data, and NVE %s takes %d to %d",
                         option->sender.length, name, e ? e->min_len : 0,
                         e ? e->max_len : 0);
    case NEG_MAX_OPTIONS:
    case NEG_MAX_BYTES:
        limit = describe_limit(encap, reason == NEG_MAX_BYTES);
        s = xasprintf("%s, and options with a better priority come first",
                      limit);
        free(limit);
        return s;
    case NEG_PLAN:
        return xstrdup("the TLV map has no room for it, or the order that "
                       "the remote wants would need one plan too many");
    default:
        OVS_NOT_REACHED();
    }
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

/* Why no packet of this node has a value for 'option', whatever endpoint it
 * is from, or NULL.  A constant. */
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

static void
explain_option(const struct agent *agent, struct json *lines,
               const struct m_encap *encap,
               const struct resolved_option *option)
{
    const char *no_value = describe_no_value(agent, option);

    const struct negotiation *n = &encap->final;
    const struct neg_omitted *omitted = find_omitted(n, option->sender.key);
    const char *name = encap->nve->up.name;
    char *owner = describe_table_owner(encap->nve);

    if (omitted) {
        char *reason = describe_reason(encap, option, omitted->reason);
        const char *said_by = owner;
        char *allocated = NULL;

        if (omitted->reason == NEG_PLAN) {
            said_by = "the plans";
        } else if (omitted->reason == NEG_DUPLICATE
                   || omitted->reason == NEG_INVALID_LENGTH) {
            said_by = allocated = xasprintf("OptionProfile %s",
                                            encap->profile->up.name);
        }
        add_line(lines, encap, option, false,
                 neg_reason_to_string(omitted->reason), said_by,
                 xasprintf("%s is not sent to NVE %s: %s.%s", option->name,
                           name, reason, option->sender.required
                           ? "  The profile requires it, so packets of this "
                           "profile are not sent at all." : ""));
        free(allocated);
        free(reason);
    } else if (n->status == NEG_BLOCKED) {
        add_line(lines, encap, option, false, "blocked", owner,
                 xasprintf("%s is not sent to NVE %s: it could be, but "
                           "packets of this profile are blocked.",
                           option->name, name));
    } else if (no_value) {
        char *said_by = xasprintf("GeneveOption %s", option->name);

        add_line(lines, encap, option, false, "no-value", said_by,
                 xasprintf("%s is not sent to NVE %s: it could be, but %s.",
                           option->name, name, no_value));
        free(said_by);
    } else {
        size_t position = 0;

        while (position < n->n_options
               && !opt_key_equals(encap->wire[position], option->sender.key)) {
            position++;
        }
        add_line(lines, encap, option, true, "negotiated", owner,
                 xasprintf("%s is sent to NVE %s as option %"PRIuSIZE" of "
                           "%"PRIuSIZE", with %u bytes of data.",
                           option->name, name, position + 1, n->n_options,
                           option->sender.length));
    }
    free(owner);
}

/* The options that the remote requires and does not get. */
static void
put_missing(const struct negotiation *n, struct ds *s)
{
    for (size_t i = 0; i < n->n_missing_required; i++) {
        ds_put_format(s, "%s"OPT_KEY_FMT, i ? ", " : "",
                      OPT_KEY_ARGS(n->missing_required[i]));
    }
}

/* The options that the profile requires and that cannot be sent. */
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

static void
explain_blocked(const struct agent *agent, struct json *lines,
                const struct m_encap *encap)
{
    const struct negotiation *n = &encap->final;
    const char *name = encap->nve->up.name;
    char *owner = describe_table_owner(encap->nve);
    struct ds s = DS_EMPTY_INITIALIZER;

    if (m_nve_is_foreign(encap->nve)) {
        add_line(lines, encap, NULL, false, "blocked", owner,
                 xasprintf("No packet of profile %s is sent to NVE %s: it "
                           "receives %s, not Geneve.",
                           option_json_profile_name(encap->profile->up.name),
                           name, m_nve_get_def(encap->nve)->encapsulation));
    }
    if (encap->nve->out_of_reach) {
        char *reason = remote_address_explain(agent, encap->nve);
        char *said_by = xasprintf("NVE %s, by its spec.underlay", name);

        add_line(lines, encap, NULL, false, "blocked", said_by,
                 xasprintf("No packet of profile %s is sent to NVE %s: %s.",
                           option_json_profile_name(encap->profile->up.name),
                           name, reason));
        free(said_by);
        free(reason);
    }
    if (put_required_omitted(encap, &s)) {
        char *said_by = xasprintf("OptionProfile %s", encap->profile->up.name);

        add_line(lines, encap, NULL, false, "blocked", said_by,
                 xasprintf("No packet of profile %s is sent to NVE %s: the "
                           "profile requires %s, which it cannot be sent.",
                           option_json_profile_name(encap->profile->up.name),
                           name, ds_cstr(&s)));
        free(said_by);
    }
    ds_clear(&s);
    if (n->n_missing_required) {
        put_missing(n, &s);
        add_line(lines, encap, NULL, false, "blocked", owner,
                 xasprintf("No packet of profile %s is sent to NVE %s: it "
                           "drops packets without %s, which the profile "
                           "does not give them.",
                           option_json_profile_name(encap->profile->up.name),
                           name, ds_cstr(&s)));
    }
    ds_destroy(&s);
    free(owner);
}

static void
explain_whole(const struct agent *agent, struct json *lines,
              const struct m_encap *encap)
{
    const struct negotiation *n = &encap->final;
    const char *profile = option_json_profile_name(encap->profile->up.name);
    const char *name = encap->nve->up.name;
    char *owner, *room;

    if (n->status == NEG_BLOCKED) {
        explain_blocked(agent, lines, encap);
        return;
    }
    owner = describe_table_owner(encap->nve);
    room = (encap->mtu > 0
            ? xasprintf(", which leaves an MTU of %d", encap->mtu)
            : xstrdup(""));
    if (!n->n_options) {
        add_line(lines, encap, NULL, true, neg_status_to_string(n->status),
                 owner, xasprintf("Packets of profile %s go to NVE %s "
                                  "without options%s.", profile, name, room));
    } else {
        static const char *const orders[] = {
            [RECV_ANY] = "the plan's order: the remote did not ask for one",
            [RECV_STRICT] = "the order of the remote's table",
            [RECV_FIRST] = "an order with the remote's first one in front",
        };
        add_line(lines, encap, NULL, true, neg_status_to_string(n->status),
                 owner, xasprintf("Packets of profile %s go to NVE %s with "
                                  "%"PRIuSIZE" of %"PRIuSIZE" options, in "
                                  "%s, by plan %u, %u bytes of header%s.",
                                  profile, name, n->n_options,
                                  encap->profile->n_options, orders[n->order],
                                  encap->nve->plan ? encap->nve->plan->k : 0,
                                  n->header_bytes, room));
    }
    free(room);
    free(owner);
}

/* An option is called by its name or as "C/T". */
static bool
resolved_option_is(const struct resolved_option *option, const char *wanted)
{
    struct opt_key key;

    return (!strcmp(option->name, wanted)
            || (opt_key_from_string(wanted, &key)
                && opt_key_equals(option->sender.key, key)));
}

/* Explains a profile, or only its option 'wanted'; nothing and false if it has
 * no such option. */
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
    struct json *lines = json_array_create_empty();
    struct agent *agent = agent_;
    const struct m_nve *nve;
    bool found = !wanted;
    char *error;

    nve = show_remote_find(agent, argv[1], &error);
    if (!nve) {
        unixctl_command_reply_error(conn, error);
        free(error);
        json_destroy(lines);
        return;
    }

    const struct shash_node **nodes = shash_sort(&nve->encaps);
    for (size_t i = 0; i < shash_count(&nve->encaps); i++) {
        const struct m_encap *encap = nodes[i]->data;

        found |= explain_encap(agent, lines, encap, wanted);
    }
    free(nodes);
    if (!wanted) {
        show_policy_explain(nve, lines);
    }

    if (found) {
        struct json *answer = json_object_create();

        json_object_put_string(answer, "remote", nve->up.name);
        json_object_put(answer, "lines", lines);
        char *s = json_to_string(answer, JSSF_SORT);
        unixctl_command_reply(conn, s);
        free(s);
        json_destroy(answer);
    } else {
        error = xasprintf("no profile of the VPCs in common with NVE %s has "
                          "an option %s; `agentctl option list' shows them",
                          argv[1], wanted);
        unixctl_command_reply_error(conn, error);
        free(error);
        json_destroy(lines);
    }
}
