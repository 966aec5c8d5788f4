/* Negotiation: the reading of tables is tap-table.c's, the rules are lib/'s,
 * which the agent goes by, too. */

#include <config.h>

#include "utilities/geneve-tap/tap-negotiate.h"

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-table.h"

struct sender_table
tap_negotiate_sender(const struct tap_options *options)
{
    struct sender_table sender = {
        .options = tap_alloc(options->n, sizeof *sender.options),
        .n_options = options->n,
        .limits = NEG_LIMITS_NONE,
    };

    for (size_t i = 0; i < options->n; i++) {
        sender.options[i] = (struct sender_option) {
            .key = options->options[i].key,
            .length = options->options[i].length,
            .required = options->options[i].required,
            .priority = options->options[i].priority,
        };
    }
    return sender;
}

bool
tap_negotiate_is_good(const json_t *advertisement)
{
    struct recv_table table;
    bool good = tap_table_from_json(advertisement, false, &table);

    free(table.entries);
    return good;
}

static void
use_advertisement(const struct tap_tables *tables,
                  struct neg_receive *receive)
{
    if (!tables->advertisement || json_is_null(tables->advertisement)) {
        receive->source = NEG_SRC_NONE;
    } else if (tap_table_from_json(tables->advertisement, false,
                                   &receive->table)) {
        receive->source = NEG_SRC_ADVERTISED;
    } else {
        receive->source = (tap_table_from_json(tables->last_good, false,
                                               &receive->table)
                           ? NEG_SRC_LAST_GOOD : NEG_SRC_MALFORMED);
    }
}

static void
use_static(const json_t *json, struct neg_receive *receive)
{
    const char *mode = json_string_value(json_object_get(json, "mode"));
    struct recv_table table;

    if (mode && tap_table_from_json(json, !strcmp(mode, "restrict"),
                                    &table)) {
        neg_receive_apply_table(receive, mode, &table);
        free(table.entries);
    }
}

void
tap_negotiate(const struct sender_table *sender,
              const struct tap_tables *tables, struct negotiation *n)
{
    struct neg_receive receive = { .table = RECV_TABLE_INITIALIZER };

    use_advertisement(tables, &receive);
    use_static(tables->static_, &receive);
    receive.encapsulation = tap_table_get_encapsulation(
        receive.source == NEG_SRC_STATIC ? tables->static_
        : tables->advertisement);
    negotiation_select(sender, &receive, tables->transit, n);
    free(receive.table.entries);
    free(receive.lost_required);
}

static json_t *
key_to_json(struct opt_key key)
{
    return json_sprintf(OPT_KEY_FMT, OPT_KEY_ARGS(key));
}

json_t *
tap_negotiate_to_json(const struct negotiation *n)
{
    json_t *options = json_array(), *omitted = json_array();
    json_t *missing = json_array();

    for (size_t i = 0; i < n->n_options; i++) {
        json_array_append_new(options, key_to_json(n->options[i].key));
    }
    for (size_t i = 0; i < n->n_omitted; i++) {
        json_array_append_new(omitted, json_pack(
            "[os]", key_to_json(n->omitted[i].key),
            neg_reason_to_string(n->omitted[i].reason)));
    }
    for (size_t i = 0; i < n->n_missing_required; i++) {
        json_array_append_new(missing, key_to_json(n->missing_required[i]));
    }
    return json_pack("{ss ss so so so}",
                     "status", neg_status_to_string(n->status),
                     "source", neg_source_to_string(n->source, n->restricted),
                     "options", options, "omitted", omitted,
                     "missingRequired", missing);
}
