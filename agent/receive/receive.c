/* Receive table: see receive.h.
 *
 * There are two inputs: the options of the active VPCs' profiles, which we
 * have a use for, and the operator's table, which says what the hardware can
 * do.  The result has those entries of the operator's table, in its order,
 * that some profile uses.  An entry that the operator requires stays even if
 * no profile has it: senders then find out that they cannot send to us.
 *
 * A file that is missing, half written or malformed changes nothing: the last
 * good table stays in force; after a restart, that is the one that we
 * published.  If there was none, nothing is advertised: the agent does not
 * guess. */

#include <config.h>

#include "agent/receive/receive.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/file-watch.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/receive/receive-file.h"
#include "lib/encapsulation.h"
#include "lib/tlv-plan.h"
#include "openvswitch/json.h"
#include "util.h"

struct receive {
    char *path;                     /* NULL: the operator has no table. */
    struct file_watch *watch;       /* Of 'path'; NULL if that is no absolute
                                     * path. */
    bool path_changed;
    bool made;                      /* 'table' has been made once. */
    struct recv_table wanted;       /* From the file. */
    bool have_wanted;               /* 'wanted' has been loaded once. */
    struct recv_table table;        /* In force. */
};

struct receive *
receive_create(void)
{
    struct receive *r = xzalloc(sizeof *r);

    r->wanted = (struct recv_table) RECV_TABLE_INITIALIZER;
    r->table = (struct recv_table) RECV_TABLE_INITIALIZER;
    return r;
}

void
receive_destroy(struct receive *r)
{
    if (r) {
        file_watch_destroy(r->watch);
        recv_table_destroy(&r->wanted);
        recv_table_destroy(&r->table);
        free(r->path);
        free(r);
    }
}

void
receive_set_path(struct receive *r, const char *path)
{
    if (nullable_string_is_equal(r->path, path)) {
        return;
    }
    file_watch_destroy(r->watch);
    free(r->path);
    r->path = nullable_xstrdup(path);
    r->watch = path && path[0] == '/' ? file_watch_create(path) : NULL;
    r->path_changed = true;
    recv_table_destroy(&r->wanted);
    r->wanted = (struct recv_table) RECV_TABLE_INITIALIZER;
    r->have_wanted = false;
}

const struct recv_table *
receive_get_table(const struct receive *r)
{
    return &r->table;
}

/* Recalls the table that we published last, for when an agent starts with a
 * file that is not good.  Returns false if there is none. */
static bool
receive_recall(const struct agent *agent, struct recv_table *table)
{
    const struct m_nve *self = model_get_self(agent->model);
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    bool good;

    if (!self || !self->advertisement) {
        return false;
    }
    good = recv_table_from_json(self->advertisement, table, &alarms);
    svec_destroy(&alarms);
    return good;
}

static void
receive_reload(struct agent *agent)
{
    struct receive *r = agent->receive;
    struct recv_table wanted = RECV_TABLE_INITIALIZER;
    char *error = NULL;

    bool good = receive_file_load(r->path, &wanted, &error);
    const char *consequence = (error && strstr(error, "entry:")
                               ? "faulty entries are left out" : "");

    if (!good) {
        recv_table_destroy(&wanted);
        wanted = (struct recv_table) RECV_TABLE_INITIALIZER;
        consequence = "the last good table stays in force";
        if (!r->have_wanted && !receive_recall(agent, &wanted)) {
            consequence = "no option is advertised";
        }
    }
    if (good || !r->have_wanted) {
        recv_table_destroy(&r->wanted);
        r->wanted = wanted;
        r->have_wanted = true;
    }

    alarms_begin(agent->alarms, "nve-receive");
    if (error) {
        alarms_raise(agent->alarms, "nve-receive", "setting nve-receive",
                     good ? "table" : "malformed", "%s%s%s", error,
                     *consequence ? "; " : "", consequence);
    }
    alarms_end(agent->alarms, "nve-receive");
    free(error);
}

/* The definition of 'key' in the profiles of our VPCs, or NULL. */
static const struct sender_option *
receive_find_use(const struct agent *agent, struct opt_key key)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->active_vpcs) {
        const struct m_vpc *vpc = node->data;

        for (size_t i = 0; i < vpc->profile->n_options; i++) {
            const struct sender_option *o = &vpc->profile->options[i].sender;
            if (opt_key_equals(o->key, key)) {
                return o;
            }
        }
    }
    return NULL;
}

bool
receive_is_used(const struct agent *agent, struct opt_key key,
                unsigned int length)
{
    const struct sender_option *o = receive_find_use(agent, key);

    return o && o->length == length;
}

static void
recv_table_add(struct recv_table *table, struct opt_key key,
               unsigned int length, bool required)
{
    struct recv_entry *e;

    table->entries = xrealloc(table->entries, (table->n_entries + 1)
                              * sizeof *table->entries);
    e = &table->entries[table->n_entries++];
    e->key = key;
    e->min_len = e->max_len = length;
    e->required = required;
}

static int
compare_entries(const void *a_, const void *b_)
{
    const struct recv_entry *a = a_;
    const struct recv_entry *b = b_;

    return opt_key_compare(a->key, b->key);
}

/* Adds all options of the active VPCs' profiles. */
static void
receive_make_default(const struct agent *agent, struct recv_table *table)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->active_vpcs) {
        const struct m_vpc *vpc = node->data;

        for (size_t i = 0; i < vpc->profile->n_options; i++) {
            const struct sender_option *o = &vpc->profile->options[i].sender;
            if (!recv_table_find(table, o->key)) {
                recv_table_add(table, o->key, o->length, false);
            }
        }
    }
    /* The result must not depend on which VPC came first. */
    if (table->n_entries) {
        qsort(table->entries, table->n_entries, sizeof *table->entries,
              compare_entries);
    }
}

static void
receive_make_narrowed(const struct agent *agent, struct recv_table *table)
{
    const struct recv_table *wanted = &agent->receive->wanted;

    table->order = wanted->order;
    table->limits = wanted->limits;
    for (size_t i = 0; i < wanted->n_entries; i++) {
        const struct recv_entry *e = &wanted->entries[i];
        const struct sender_option *o = receive_find_use(agent, e->key);

        if (!o && e->required) {
            recv_table_add(table, e->key, e->max_len, true);
        } else if (o && ((o->length >= e->min_len && o->length <= e->max_len)
                         || e->required)) {
            recv_table_add(table, e->key,
                           e->required && (o->length < e->min_len
                                           || o->length > e->max_len)
                           ? e->max_len : o->length, e->required);
        }
    }
}

void
receive_touch_mapped(struct agent *agent)
{
    agent->options_changed = agent->own_nve_changed = true;
    model_touch_active_vpcs(agent->model);
}

/* Follows the operator's table.  Returns whether it may be another one. */
static bool
receive_follow_file(struct agent *agent)
{
    struct receive *r = agent->receive;
    bool event = r->watch && file_watch_run(r->watch);

    if (!event && !r->path_changed) {
        return false;
    } else if (r->path) {
        receive_reload(agent);
    } else {
        alarms_clear_group(agent->alarms, "nve-receive");
    }
    r->path_changed = false;
    return true;
}

/* A VPC that comes to be active, or no longer is, or gets another profile, is
 * among those that changed. */
void
receive_run(struct agent *agent)
{
    struct receive *r = agent->receive;
    struct recv_table table = RECV_TABLE_INITIALIZER;

    if (!receive_follow_file(agent) && r->made
        && hmapx_is_empty(&agent->model->changed_vpcs)) {
        return;
    }
    r->made = true;
    if (r->path) {
        receive_make_narrowed(agent, &table);
    } else {
        receive_make_default(agent, &table);
    }
    if (recv_table_equals(&table, &r->table)) {
        recv_table_destroy(&table);
        return;
    }
    recv_table_destroy(&r->table);
    r->table = table;
    receive_touch_mapped(agent);
}

void
receive_wait(const struct agent *agent)
{
    const struct receive *r = agent->receive;

    if (r->watch) {
        file_watch_wait(r->watch);
    }
}

void
receive_get_mapped(const struct agent *agent, struct recv_table *mapped)
{
    const struct recv_table *all = &agent->receive->table;

    *mapped = (struct recv_table) RECV_TABLE_INITIALIZER;
    mapped->order = all->order;
    mapped->limits = all->limits;
    for (size_t i = 0; i < all->n_entries; i++) {
        const struct recv_entry *e = &all->entries[i];

        if (tlv_plan_get_index(agent->base_plan, e->key, e->max_len) >= 0) {
            recv_table_add(mapped, e->key, e->max_len, e->required);
        }
    }
}

/* The encapsulation is named because there is one table "for each of the
 * encapsulations supported" (RFC 9638, section 6.7).  This is the best one's;
 * the others have no options. */
struct json *
receive_to_json(const struct agent *agent)
{
    const struct encapsulation *e
        = encapsulation_best(agent->model->encapsulations);
    struct recv_table mapped;
    struct json *json;

    receive_get_mapped(agent, &mapped);
    if (!e->has_options) {
        mapped.n_entries = 0;
    }
    json = recv_table_to_json(&mapped);
    json_object_put_string(json, "encapsulation", e->name);
    recv_table_destroy(&mapped);
    return json;
}

struct json *
receive_others_to_json(const struct agent *agent)
{
    encapsulation_set set = agent->model->encapsulations;
    struct json *array = json_array_create_empty();
    const struct encapsulation *e;

    set &= ~encapsulation_set_one(encapsulation_best(set));
    for (size_t i = 0; (e = encapsulation_get(i)) != NULL; i++) {
        if (set & encapsulation_set_one(e)) {
            struct json *table = json_object_create();

            json_object_put_string(table, "encapsulation", e->name);
            json_array_add(array, table);
        }
    }
    return array;
}
