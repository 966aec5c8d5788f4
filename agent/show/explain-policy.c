/* Policies know a sender at another NVE by the label in its packets if that
 * NVE sends the label, and by its addresses if not: see remotes/enforce.c. */

#include <config.h>

#include "agent/show/explain-policy.h"

#include <stdlib.h>

#include "agent/model/entity.h"
#include "agent/model/model-vpc.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

/* Returns a sentence about 'share', for the caller to free, and stores a word
 * for it in '*rule'.  'o' is the option that has the policy label, or NULL. */
static char *
describe_share(const struct m_share *share, const struct resolved_option *o,
               const char **rule)
{
    const char *vpc = share->vpc->up.name;
    const char *nve = share->nve->up.name;

    if (share->by_address) {
        *rule = "by-address";
        return xasprintf(
            "Policies know the senders of VPC %s at NVE %s by their "
            "addresses: %s.", vpc, nve,
            !o ? "the VPC's profile has no option with the policy label"
            : share->labels_since
            ? "it has only just begun to send us the policy label"
            : "it does not send us the policy label");
    }
    *rule = o && o->sender.required ? "label-required" : "by-label";
    return xasprintf(
        "Policies know the senders of VPC %s at NVE %s by the label in their "
        "packets%s.", vpc, nve, o && o->sender.required
        ? "; the profile requires it, so no packet without one is let in"
        : "");
}

static void
put_share_line(const struct m_share *share, struct json *lines)
{
    const struct resolved_option *o = m_vpc_get_label_option(share->vpc);
    struct json *line = json_object_create();
    const char *rule;
    char *sentence;

    sentence = describe_share(share, o, &rule);
    json_object_put(line, "profile", json_null_create());
    json_object_put_string(line, "vpc", share->vpc->up.name);
    json_object_put(line, "option", o ? option_json_from_key(o->sender.key)
                                      : json_null_create());
    json_object_put(line, "name", option_json_string(o ? o->name : NULL));
    json_object_put(line, "sent", o ? json_boolean_create(!share->by_address)
                                    : json_null_create());
    json_object_put_string(line, "rule", rule);
    json_object_put(line, "saidBy", json_null_create());
    json_object_put(line, "sentence", json_string_create_nocopy(sentence));
    json_array_add(lines, line);
}

void
explain_policy_put_lines(const struct m_nve *nve, struct json *lines)
{
    struct shash shares = SHASH_INITIALIZER(&shares);
    const struct shash_node **nodes;
    struct m_share *share;

    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        if (share->vpc->n_selected[POLICY_INGRESS]) {
            shash_add(&shares, share->vpc->up.name, share);
        }
    }
    nodes = shash_sort(&shares);
    for (size_t i = 0; i < shash_count(&shares); i++) {
        put_share_line(nodes[i]->data, lines);
    }
    free(nodes);
    shash_destroy(&shares);
}
