/* What an iface-id has is in one of these states:
 *
 *   none      None of its interfaces works.  There is no plug.  To PLUGGED
 *             when one does.
 *   plugged   The best of those that work has the endpoint.  To NONE when none
 *             works any more, unless Open vSwitch has yet to look at one: to
 *             REPLACED.
 *   replaced  The interface that had the endpoint is gone, and another one has
 *             come that Open vSwitch has yet to look at, as after `del-port X
 *             -- add-port br-int X'.  The plug stays as it was, since to let
 *             go of the endpoint for those milliseconds would give it away.
 *             To PLUGGED when one works, to NONE when Open vSwitch has found
 *             that none does.
 *
 * A change of one interface costs a look at its rivals, and at nothing
 * else. */

#include <config.h>

#include "agent/node/plugs.h"

#include <stdlib.h>
#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/rows.h"
#include "lib/nullable-string.h"
#include "lib/resource.h"
#include "openvswitch/shash.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "sset.h"
#include "svec.h"
#include "util.h"

struct plugs {
    struct shash by_id;             /* Contains "struct rivals"s. */
    struct shash all;               /* Contains those "struct plug"s of them
                                     * that exist. */
    struct ovs_list contested;      /* "struct rivals" with several members. */
    struct ovs_list problems;       /* Of "struct iface"s. */
};

/* The interfaces that have the same iface-id, at least one. */
struct rivals {
    struct plug plug;               /* 'name' is NULL if there is none. */
    struct iface *winner;           /* That has the endpoint, or NULL. */
    struct iface **members;
    size_t n, allocated;
    struct ovs_list contested_node; /* In 'contested', or in no list. */
};

struct plugs *
plugs_create(void)
{
    struct plugs *plugs = xmalloc(sizeof *plugs);

    shash_init(&plugs->by_id);
    shash_init(&plugs->all);
    ovs_list_init(&plugs->contested);
    ovs_list_init(&plugs->problems);
    return plugs;
}

static void
rivals_destroy(struct plugs *plugs, struct rivals *rivals)
{
    shash_find_and_delete_assert(&plugs->by_id, rivals->plug.iface_id);
    shash_find_and_delete(&plugs->all, rivals->plug.iface_id);
    ovs_list_remove(&rivals->contested_node);
    free(rivals->plug.iface_id);
    free(rivals->plug.name);
    free(rivals->members);
    free(rivals);
}

/* Sets the problem of 'iface', taking 'problem' (NULL: none).  Returns true if
 * that is another one than before. */
static bool
set_problem(struct plugs *plugs, struct iface *iface, char *problem)
{
    if (!iface->problem && problem) {
        ovs_list_push_back(&plugs->problems, &iface->problem_node);
    } else if (iface->problem && !problem) {
        ovs_list_remove(&iface->problem_node);
    }
    return nullable_string_replace(&iface->problem, problem);
}

void
plugs_destroy(struct plugs *plugs)
{
    struct shash_node *node;
    struct iface *iface;

    LIST_FOR_EACH_SAFE (iface, problem_node, &plugs->problems) {
        set_problem(plugs, iface, NULL);
    }
    SHASH_FOR_EACH_SAFE (node, &plugs->by_id) {
        rivals_destroy(plugs, node->data);
    }
    shash_destroy(&plugs->by_id);
    shash_destroy(&plugs->all);
    free(plugs);
}

static bool
iface_works(const struct iface *iface)
{
    return iface->ofport && !iface->error;
}

/* Whether 'a' rather than 'b' has the endpoint, if both work.  Of several that
 * were there when the agent started, the one that has been settled is the one
 * that had it before. */
static bool
iface_precedes(const struct iface *a, const struct iface *b)
{
    if (a->hold != b->hold) {
        return b->hold;
    } else if (a->since != b->since) {
        return a->since > b->since;
    } else if (a->settled != b->settled) {
        return a->settled;
    }
    return uuid_compare_3way(&a->uuid, &b->uuid) < 0;
}

/* Returns the interface that should have the endpoint, or NULL. */
static struct iface *
rivals_choose_winner(const struct rivals *rivals)
{
    struct iface *winner = NULL;

    for (size_t i = 0; i < rivals->n; i++) {
        struct iface *iface = rivals->members[i];

        if (iface_works(iface) && (!winner || iface_precedes(iface, winner))) {
            winner = iface;
        }
    }
    return winner;
}

/* Whether Open vSwitch has yet to say if one of 'rivals' works. */
static bool
rivals_are_pending(const struct rivals *rivals)
{
    for (size_t i = 0; i < rivals->n; i++) {
        if (rivals->members[i]->pending) {
            return true;
        }
    }
    return false;
}

static void
remove_plug(struct plugs *plugs, struct rivals *rivals, struct sset *changed)
{
    if (rivals->plug.name) {
        free(rivals->plug.name);
        rivals->plug.name = NULL;
        shash_find_and_delete_assert(&plugs->all, rivals->plug.iface_id);
        sset_add(changed, rivals->plug.iface_id);
    }
}

/* Makes 'rivals->winner' the endpoint's plug. */
static void
set_plug(struct plugs *plugs, struct rivals *rivals, struct sset *changed)
{
    const struct iface *winner = rivals->winner;
    struct plug *plug = &rivals->plug;

    if (!plug->name) {
        shash_add(&plugs->all, plug->iface_id, plug);
    }
    plug->settled = winner->settled;
    if (nullable_string_replace(&plug->name, xstrdup(winner->name))
        || plug->ofport != winner->ofport
        || !uuid_equals(&plug->uuid, &winner->uuid)
        || plug->hold != winner->hold) {
        plug->ofport = winner->ofport;
        plug->uuid = winner->uuid;
        plug->hold = winner->hold;
        sset_add(changed, plug->iface_id);
    }
}

/* Says what is wrong with 'iface', for the caller to free, or NULL. */
static char *
describe_problem(const struct rivals *rivals, const struct iface *iface)
{
    if (iface->error) {
        return xstrdup(iface->error);
    } else if (rivals->winner && rivals->winner != iface) {
        return xasprintf("external_ids:iface-id=%s is also that of interface "
                         "%s, which counts instead", rivals->plug.iface_id,
                         rivals->winner->name);
    }
    return NULL;
}

/* Keeps 'plugs->contested' right.  Returns true if a problem changed. */
static bool
rivals_refresh_contested(struct plugs *plugs, struct rivals *rivals,
                         const struct iface *old_winner)
{
    bool was_contested = !ovs_list_is_empty(&rivals->contested_node);
    bool is_contested = rivals->n > 1;

    if (is_contested && !was_contested) {
        ovs_list_push_back(&plugs->contested, &rivals->contested_node);
    } else if (!is_contested && was_contested) {
        ovs_list_remove(&rivals->contested_node);
        ovs_list_init(&rivals->contested_node);
    }
    return (is_contested != was_contested
            || (is_contested && rivals->winner != old_winner));
}

/* Decides anew which of 'rivals' wins and what is wrong with each.  Frees
 * 'rivals' if none is left.  Returns true if problems changed. */
static bool
rivals_refresh(struct plugs *plugs, struct rivals *rivals,
               struct sset *changed)
{
    const struct iface *old_winner = rivals->winner;
    bool problems;

    rivals->winner = rivals_choose_winner(rivals);
    if (rivals->winner) {
        set_plug(plugs, rivals, changed);
    } else if (!rivals_are_pending(rivals)) {
        remove_plug(plugs, rivals, changed);
    }
    problems = rivals_refresh_contested(plugs, rivals, old_winner);
    for (size_t i = 0; i < rivals->n; i++) {
        struct iface *iface = rivals->members[i];

        problems |= set_problem(plugs, iface,
                                describe_problem(rivals, iface));
    }
    if (!rivals->n) {
        rivals_destroy(plugs, rivals);
    }
    return problems;
}

/* Takes 'iface' away from its rivals, if it has an iface-id. */
static bool
leave(struct plugs *plugs, struct iface *iface, struct sset *changed)
{
    struct rivals *rivals = iface->rivals;

    if (!rivals) {
        return false;
    }
    for (size_t i = 0; i < rivals->n; i++) {
        if (rivals->members[i] == iface) {
            rivals->members[i] = rivals->members[--rivals->n];
            break;
        }
    }
    iface->rivals = NULL;
    return rivals_refresh(plugs, rivals, changed);
}

static void
join(struct plugs *plugs, struct iface *iface, const char *iface_id)
{
    struct rivals *rivals = shash_find_data(&plugs->by_id, iface_id);

    if (!rivals) {
        rivals = xzalloc(sizeof *rivals);
        rivals->plug.iface_id = xstrdup(iface_id);
        ovs_list_init(&rivals->contested_node);
        shash_add(&plugs->by_id, iface_id, rivals);
    }
    if (rivals->n >= rivals->allocated) {
        rivals->members = x2nrealloc(rivals->members, &rivals->allocated,
                                     sizeof *rivals->members);
    }
    rivals->members[rivals->n++] = iface;
    iface->rivals = rivals;
}

/* Whether 'iface' is a port that the agent made. */
static bool
is_agents(const struct iface *iface)
{
    return smap_get(&iface->row->external_ids, ROWS_OURS_KEY) != NULL;
}

/* Returns what is wrong with 'iface', which plugs nothing in, or NULL.  'id'
 * is its iface-id if it is on the integration bridge. */
static char *
describe_outsider(const struct iface *iface, const char *id)
{
    if (id && is_agents(iface)) {
        return xasprintf("external_ids:iface-id=\"%s\" is on a port of the "
                         "agent's own, which can be no endpoint's: remove it",
                         id);
    } else if (id) {
        return xasprintf("external_ids:iface-id=\"%s\" is not a valid object "
                         "name", id);
    } else if (iface->is_shared
               && smap_get(&iface->row->external_ids, "iface-id")) {
        return xasprintf("bridge %s is not the only one that has it, and Open "
                         "vSwitch does not say to which it gives the packets: "
                         "remove it from the \"ports\" of all but one",
                         iface->bridge->name);
    } else if (!iface->on_bridge && iface->bridge && iface->settled
               && smap_get(&iface->row->external_ids, "iface-id")) {
        return xasprintf("its endpoint was plugged in by it, and is not any "
                         "more, as bridge %s is not the integration bridge: "
                         "correct external_ids:nve-bridge, or move it",
                         iface->bridge->name);
    }
    return NULL;
}

bool
plugs_refresh_iface(struct plugs *plugs, struct iface *iface,
                    struct sset *changed)
{
    const char *id = (iface->on_bridge
                      ? smap_get(&iface->row->external_ids, "iface-id")
                      : NULL);
    bool valid = id && resource_name_is_valid(id) && !is_agents(iface);
    bool problems = false;

    if (iface->rivals
        && (!valid || strcmp(iface->rivals->plug.iface_id, id))) {
        problems |= leave(plugs, iface, changed);
    }
    if (!valid) {
        return set_problem(plugs, iface, describe_outsider(iface, id))
               || problems;
    }
    if (!iface->rivals) {
        join(plugs, iface, id);
    }
    return rivals_refresh(plugs, iface->rivals, changed) || problems;
}

bool
plugs_remove_iface(struct plugs *plugs, struct iface *iface,
                   struct sset *changed)
{
    bool problems = leave(plugs, iface, changed);

    return set_problem(plugs, iface, NULL) || problems;
}

const struct shash *
plugs_get_all(const struct plugs *plugs)
{
    return &plugs->all;
}

struct iface *
plugs_find_iface(const struct plugs *plugs, const char *iface_id)
{
    const struct rivals *rivals = shash_find_data(&plugs->by_id, iface_id);

    return rivals ? rivals->winner : NULL;
}

const char *
plugs_get_iface_id(const struct iface *iface)
{
    return iface->rivals ? iface->rivals->plug.iface_id : NULL;
}

bool
plugs_iface_wins(const struct iface *iface)
{
    return iface->rivals && iface->rivals->winner == iface;
}

/* Names all of 'rivals', for people; for the caller to free. */
static char *
rivals_to_string(const struct rivals *rivals)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    char *s;

    for (size_t i = 0; i < rivals->n; i++) {
        svec_add(&names, rivals->members[i]->name);
    }
    svec_sort(&names);
    s = svec_join(&names, ", ", "");
    svec_destroy(&names);
    return s;
}

static void
say_contested(const struct rivals *rivals, rows_problem_cb *cb, void *aux)
{
    const char *iface_id = rivals->plug.iface_id;
    char *object = xasprintf("endpoint %s", iface_id);
    char *names = rivals_to_string(rivals);
    char *message = xasprintf(
        "external_ids:iface-id=%s is set on several interfaces (%s), of which "
        "%s%s: remove it from the others", iface_id, names,
        rivals->winner ? rivals->winner->name : "none",
        rivals->winner ? " has the endpoint" : " works");

    cb(object, message, aux);
    free(message);
    free(names);
    free(object);
}

void
plugs_for_each_problem(const struct plugs *plugs, rows_problem_cb *cb,
                       void *aux)
{
    const struct rivals *rivals;
    const struct iface *iface;

    LIST_FOR_EACH (rivals, contested_node, &plugs->contested) {
        say_contested(rivals, cb, aux);
    }
    LIST_FOR_EACH (iface, problem_node, &plugs->problems) {
        char *object = xasprintf("interface %s", iface->name);

        cb(object, iface->problem, aux);
        free(object);
    }
}
