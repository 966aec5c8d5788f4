/* Which of several interfaces wins depends on their names alone, so neither on
 * the order in which they came nor on that of the database.
 *
 * A change of one interface costs a look at its rivals, and at nothing
 * else. */

#include <config.h>

#include "agent/node/plugs.h"

#include <stdlib.h>
#include <string.h>

#include "agent/node/ifaces.h"
#include "lib/nullable-string.h"
#include "lib/resource.h"
#include "lib/vswitch-idl.h"
#include "openvswitch/shash.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

struct plugs {
    struct shash by_id;             /* Contains "struct rivals"s. */
    struct ovs_list problems;       /* Of "struct iface"s. */
};

/* The interfaces that have the same iface-id, at least one. */
struct rivals {
    struct plug plug;               /* Of the winner.  Must be first. */
    struct iface *winner;
    struct iface **members;
    size_t n, allocated;
};

struct plugs *
plugs_create(void)
{
    struct plugs *plugs = xmalloc(sizeof *plugs);

    BUILD_ASSERT_DECL(offsetof(struct rivals, plug) == 0);
    shash_init(&plugs->by_id);
    ovs_list_init(&plugs->problems);
    return plugs;
}

static void
rivals_destroy(struct plugs *plugs, struct rivals *rivals)
{
    shash_find_and_delete_assert(&plugs->by_id, rivals->plug.iface_id);
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
    free(plugs);
}

static struct iface *
rivals_choose_winner(const struct rivals *rivals)
{
    struct iface *winner = rivals->members[0];

    for (size_t i = 1; i < rivals->n; i++) {
        if (strcmp(rivals->members[i]->name, winner->name) < 0) {
            winner = rivals->members[i];
        }
    }
    return winner;
}

/* Makes 'rivals->winner' the endpoint's plug. */
static void
rivals_refresh_plug(struct rivals *rivals, struct sset *changed)
{
    const struct iface *winner = rivals->winner;
    struct plug *plug = &rivals->plug;

    plug->settled = winner->settled;
    if (nullable_string_replace(&plug->name, xstrdup(winner->name))
        || plug->ofport != winner->ofport) {
        plug->ofport = winner->ofport;
        sset_add(changed, plug->iface_id);
    }
}

/* Decides anew which of 'rivals' wins and what is wrong with each.  Frees
 * 'rivals' if none is left.  Returns true if problems changed. */
static bool
rivals_refresh(struct plugs *plugs, struct rivals *rivals,
               struct sset *changed)
{
    bool problems = false;

    if (!rivals->n) {
        sset_add(changed, rivals->plug.iface_id);
        rivals_destroy(plugs, rivals);
        return false;
    }

    rivals->winner = rivals_choose_winner(rivals);
    rivals_refresh_plug(rivals, changed);
    for (size_t i = 0; i < rivals->n; i++) {
        struct iface *iface = rivals->members[i];
        char *problem;

        if (iface != rivals->winner) {
            problem = xasprintf("external_ids:iface-id=%s is also that of "
                                "interface %s, which counts instead",
                                rivals->plug.iface_id, rivals->winner->name);
        } else {
            problem = nullable_xstrdup(iface->error);
        }
        problems |= set_problem(plugs, iface, problem);
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
        shash_add(&plugs->by_id, iface_id, rivals);
    }
    if (rivals->n >= rivals->allocated) {
        rivals->members = x2nrealloc(rivals->members, &rivals->allocated,
                                     sizeof *rivals->members);
    }
    rivals->members[rivals->n++] = iface;
    iface->rivals = rivals;
}

bool
plugs_refresh_iface(struct plugs *plugs, struct iface *iface,
                    struct sset *changed)
{
    const char *id = (iface->on_bridge
                      ? smap_get(&iface->row->external_ids, "iface-id")
                      : NULL);
    bool valid = id && resource_name_is_valid(id);
    bool problems = false;

    if (iface->rivals
        && (!valid || strcmp(iface->rivals->plug.iface_id, id))) {
        problems |= leave(plugs, iface, changed);
    }
    if (!valid) {
        char *problem = id ? xasprintf("external_ids:iface-id=\"%s\" is not "
                                       "a valid object name", id) : NULL;

        return set_problem(plugs, iface, problem) || problems;
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
    return &plugs->by_id;
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

void
plugs_for_each_problem(const struct plugs *plugs, rows_problem_cb *cb,
                       void *aux)
{
    const struct iface *iface;

    LIST_FOR_EACH (iface, problem_node, &plugs->problems) {
        char *object = xasprintf("interface %s", iface->name);

        cb(object, iface->problem, aux);
        free(object);
    }
}
