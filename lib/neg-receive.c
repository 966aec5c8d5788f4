/* Step 1 of the negotiation, from JSON.  How the tables compete is in
 * neg-source.c.
 *
 * A remote's advertisement, the last good one and the operator's static table
 * compete; RFC 9638, section 7, asks for the last of them ("configurable for
 * each remote NVE").  Whichever wins, the alarms of all tables that were read
 * are reported, so that a fault shows even while another table is in force. */

#include <config.h>

#include "lib/neg-receive.h"

#include <stdlib.h>
#include <string.h>

#include "lib/encapsulation.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "util.h"

static const struct json *
null_to_absent(const struct json *json)
{
    return json && json->type != JSON_NULL ? json : NULL;
}

bool
neg_receive_is_good(const struct json *advertisement)
{
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table table;
    bool good;

    if (!null_to_absent(advertisement)) {
        return false;
    }
    good = recv_table_from_json(advertisement, &table, &alarms);
    recv_table_destroy(&table);
    svec_destroy(&alarms);
    return good;
}

static void
receive_from_advertisement(struct neg_receive *receive,
                           const struct json *advertisement,
                           const struct json *last_good)
{
    if (!null_to_absent(advertisement)) {
        receive->source = NEG_SRC_NONE;
    } else if (recv_table_from_json(advertisement, &receive->table,
                                    &receive->alarms)) {
        receive->source = NEG_SRC_ADVERTISED;
    } else {
        /* The last good table's alarms were reported when it came. */
        struct svec ignored = SVEC_EMPTY_INITIALIZER;

        recv_table_destroy(&receive->table);
        receive->source = (null_to_absent(last_good)
                           && recv_table_from_json(last_good, &receive->table,
                                                   &ignored)
                           ? NEG_SRC_LAST_GOOD : NEG_SRC_MALFORMED);
        svec_destroy(&ignored);
    }
}

static void
receive_apply_static(struct neg_receive *receive, const struct json *static_)
{
    const char *mode = json_util_string(static_, "mode", "");
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table table;
    const char *alarm;
    size_t i;

    bool good = (!strcmp(mode, "restrict")
                 ? recv_table_from_restrict_json(static_, &table, &alarms)
                 : recv_table_from_json(static_, &table, &alarms));
    SVEC_FOR_EACH (i, alarm, &alarms) {
        svec_add_nocopy(&receive->alarms, xasprintf("static:%s", alarm));
    }
    if (good && !neg_receive_apply_table(receive, mode, &table)) {
        svec_add(&receive->alarms, "static:mode");
    }
    recv_table_destroy(&table);
    svec_destroy(&alarms);
}

/* The encapsulation of the table in force. */
static const struct encapsulation *
find_encapsulation(const struct neg_receive *receive,
                   const struct json *advertisement,
                   const struct json *static_)
{
    const struct encapsulation *e = recv_table_get_encapsulation(
        receive->source == NEG_SRC_STATIC ? static_
        : null_to_absent(advertisement));

    return e ? e : encapsulation_default();
}

void
neg_receive_init(struct neg_receive *receive, bool multicast,
                 const struct json *advertisement,
                 const struct json *last_good, const struct json *static_)
{
    *receive = (struct neg_receive) {
        .encapsulation = encapsulation_default(),
        .source = NEG_SRC_MULTICAST,
        .table = RECV_TABLE_INITIALIZER,
        .alarms = SVEC_EMPTY_INITIALIZER,
    };
    if (multicast) {
        return;
    }
    receive_from_advertisement(receive, advertisement, last_good);
    if (null_to_absent(static_)) {
        receive_apply_static(receive, static_);
    }
    receive->encapsulation = find_encapsulation(receive, advertisement,
                                                static_);
    svec_sort(&receive->alarms);
}

void
neg_receive_destroy(struct neg_receive *receive)
{
    recv_table_destroy(&receive->table);
    svec_destroy(&receive->alarms);
    free(receive->lost_required);
    receive->lost_required = NULL;
    receive->n_lost_required = 0;
}
