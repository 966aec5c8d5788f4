/* External addresses of services: see vips.h.
 *
 * Two services may have backends with the same ports, and so need the same
 * flows for answers.  These have an owner of their own, which is named by all
 * that they depend on and lives as long as somebody wants it.  So do conntrack
 * zones.  In each turn of a vip what it wants is noted anew, and what it has
 * no longer is given back after that: nothing that stays goes for a moment. */

#include <config.h>

#include "agent/flows/vips.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/flows/vip-past.h"
#include "agent/model/model-lb.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/nat-zones.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* Group ids: see gateway-flows.c.  Bit 0 is set in ours. */
#define GROUP_VIP_BITS ((UINT32_C(1) << 23) | 1)
#define GROUP_ID_MASK ((UINT32_C(1) << 23) - 2)

struct vip_shared {
    unsigned int n_users;
    struct flow_owner flows;
};

struct vips *
vips_create(void)
{
    struct vips *vips = xzalloc(sizeof *vips);

    shash_init(&vips->all);
    shash_init(&vips->shared);
    shash_init(&vips->zones);
    hmap_init(&vips->group_ids);
    return vips;
}

bool
vips_are_due(const struct agent *agent)
{
    const struct vips *vips = agent->vips;

    return ((vips->expires && time_msec() >= vips->expires)
            || vips->n_destroyed != agent->model->n_destroyed);
}

void
vips_wait(const struct agent *agent)
{
    if (agent->vips->expires) {
        poll_timer_wait_until(agent->vips->expires);
    }
}

void
vip_expires(struct vips *vips, struct vip *vip, long long int when)
{
    vip->expires = vip->expires ? MIN(vip->expires, when) : when;
    vips->expires = vips->expires ? MIN(vips->expires, when) : when;
}

void
vips_take_expired(struct vips *vips, struct svec *names)
{
    const struct shash_node *node;
    long long int first = 0;

    if (!vips->expires || time_msec() < vips->expires) {
        return;
    }
    SHASH_FOR_EACH (node, &vips->all) {
        const struct vip *vip = node->data;

        if (vip->expires && vip->expires <= time_msec()) {
            svec_add(names, node->name);
        } else if (vip->expires) {
            first = first ? MIN(first, vip->expires) : vip->expires;
        }
    }
    vips->expires = first;
}

/* Zones. */

static unsigned int
add_zone_user(struct vips *vips, const char *name, int n)
{
    struct shash_node *node = shash_find(&vips->zones, name);
    uintptr_t users = node ? (uintptr_t) node->data : 0;

    users += n;
    if (node && !users) {
        shash_delete(&vips->zones, node);
    } else if (node) {
        node->data = (void *) users;
    } else {
        shash_add(&vips->zones, name, (void *) users);
    }
    return users;
}

uint16_t
vip_get_zone(struct agent *agent, struct vip *vip, char *name)
{
    uint16_t zone = nat_zones_take(agent->nat_zones, name);

    if (!svec_contains_unsorted(&vip->new_zones, name)) {
        add_zone_user(agent->vips, name, 1);
        svec_add(&vip->new_zones, name);
    }
    free(name);
    return zone;
}

static void
drop_zones(struct agent *agent, const struct svec *names)
{
    const char *name;
    size_t i;

    SVEC_FOR_EACH (i, name, names) {
        if (!add_zone_user(agent->vips, name, -1)) {
            nat_zones_release(agent->nat_zones, name);
        }
    }
}

/* Shared flows. */

struct flow_owner *
vip_share(struct agent *agent, struct vip *vip, char *key)
{
    struct vip_shared *shared = shash_find_data(&agent->vips->shared, key);
    struct flow_owner *owner = NULL;

    if (!shared) {
        shared = xzalloc(sizeof *shared);
        flow_owner_init(&shared->flows, hash_string(key, 0), "%s", key);
        shash_add(&agent->vips->shared, key, shared);
        owner = &shared->flows;
    }
    if (!svec_contains_unsorted(&vip->new_shared, key)) {
        svec_add(&vip->new_shared, key);
        shared->n_users++;
    }
    free(key);
    return owner;
}

static void
drop_shared(struct agent *agent, const struct svec *keys)
{
    const char *key;
    size_t i;

    SVEC_FOR_EACH (i, key, keys) {
        struct shash_node *node = shash_find(&agent->vips->shared, key);
        struct vip_shared *shared = node->data;

        if (!--shared->n_users) {
            ofctrl_destroy_owner(agent->ofctrl, &shared->flows);
            shash_delete(&agent->vips->shared, node);
            free(shared);
        }
    }
}

/* Groups. */

static bool
id_is_used(const struct vips *vips, uint32_t id)
{
    return hmap_first_with_hash(&vips->group_ids, id) != NULL;
}

uint32_t
vip_get_group(struct agent *agent, struct vip *vip, const struct m_lb *lb,
              const char *what)
{
    struct vip_group *group = shash_find_data(&vip->groups, what);
    uint32_t n = hash_string(what, lb->up.id);

    if (!group) {
        group = xzalloc(sizeof *group);
        do {
            group->id = (FLOW_OWNER_GROUP_FIRST | GROUP_VIP_BITS
                         | (n & GROUP_ID_MASK));
            n += 2;
        } while (id_is_used(agent->vips, group->id));
        hmap_insert(&agent->vips->group_ids, &group->node, group->id);
        shash_add(&vip->groups, what, group);
    }
    group->wanted = true;
    return group->id;
}

/* Takes away the groups that are not wanted. */
static void
drop_groups(struct agent *agent, struct vip *vip)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &vip->groups) {
        struct vip_group *group = node->data;

        if (!group->wanted) {
            ofctrl_unset_group(agent->ofctrl, group->id, &vip->flows);
            hmap_remove(&agent->vips->group_ids, &group->node);
            shash_delete(&vip->groups, node);
            free(group);
        } else {
            group->wanted = false;
        }
    }
}

/* Connections. */

void
vip_has_connections(struct vip *vip, uint16_t zone, char *tuple,
                    char *answer)
{
    struct vip_connections *c = shash_find_data(&vip->connections, answer);

    if (!c) {
        c = xzalloc(sizeof *c);
        c->tuple = tuple;
        c->zone = zone;
        shash_add(&vip->connections, answer, c);
    } else {
        free(tuple);
    }
    c->wanted = true;
    free(answer);
}

/* Flushes those that are not wanted, when the switch has the flows without
 * them. */
static void
drop_connections(struct agent *agent, struct vip *vip)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &vip->connections) {
        struct vip_connections *c = node->data;

        if (!c->wanted) {
            nat_zones_flush(agent->nat_zones, c->zone, c->tuple, node->name);
            shash_delete(&vip->connections, node);
            free(c->tuple);
            free(c);
        } else {
            c->wanted = false;
        }
    }
}

/* Vips. */

struct vip *
vips_begin(struct agent *agent, const char *name)
{
    struct vip *vip = shash_find_data(&agent->vips->all, name);

    if (!vip) {
        vip = xzalloc(sizeof *vip);
        flow_owner_init(&vip->flows, hash_string(name, 6),
                        "external address of %s", name);
        shash_init(&vip->groups);
        shash_init(&vip->connections);
        shash_init(&vip->pasts);
        svec_init(&vip->shared);
        svec_init(&vip->zones);
        shash_add(&agent->vips->all, name, vip);
    }
    svec_init(&vip->new_shared);
    svec_init(&vip->new_zones);
    vip->expires = 0;
    return vip;
}

void
vips_end(struct agent *agent, struct vip *vip, struct flow_list *flows)
{
    ofctrl_replace(agent->ofctrl, &vip->flows, flows);
    drop_groups(agent, vip);
    drop_connections(agent, vip);
    drop_shared(agent, &vip->shared);
    drop_zones(agent, &vip->zones);
    svec_destroy(&vip->shared);
    svec_destroy(&vip->zones);
    vip->shared = vip->new_shared;
    vip->zones = vip->new_zones;
}

void
vips_remove(struct agent *agent, const char *name)
{
    struct shash_node *node = shash_find(&agent->vips->all, name);
    struct flow_list flows;
    struct vip *vip;

    if (node) {
        vip = vips_begin(agent, name);
        flow_list_init(&flows);
        vips_end(agent, vip, &flows);
        flow_list_destroy(&flows);
        ofctrl_destroy_owner(agent->ofctrl, &vip->flows);
        svec_destroy(&vip->shared);
        svec_destroy(&vip->zones);
        shash_destroy(&vip->groups);
        shash_destroy(&vip->connections);
        vip_past_clear(vip);
        shash_destroy(&vip->pasts);
        shash_delete(&agent->vips->all, node);
        free(vip);
    }
}

void
vips_destroy(struct agent *agent)
{
    struct vips *vips = agent->vips;
    struct shash_node *node;

    if (vips) {
        SHASH_FOR_EACH_SAFE (node, &vips->all) {
            char *name = xstrdup(node->name);

            vips_remove(agent, name);
            free(name);
        }
        shash_destroy(&vips->all);
        shash_destroy(&vips->shared);
        shash_destroy(&vips->zones);
        hmap_destroy(&vips->group_ids);
        free(vips);
    }
}
