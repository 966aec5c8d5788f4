/* Which attachments are wanted, and what the database has of them.
 *
 * All that is known of an attachment is found anew when something of it might
 * have changed: there are few, and only changes of bridges and of interfaces
 * on provider bridges count as that.
 *
 * An attachment is in one of these states:
 *   - without a bridge: the provider bridge is not there, or is one that no
 *     patch port can lead to.  Ports of ours go until that has changed;
 *   - obstructed: somebody else has an interface of a name that it needs.
 *     Nothing is written for it until that is gone;
 *   - incomplete: one of its ports is missing or wrong.  That is written;
 *   - ready: ext-PHYSNET has an OpenFlow port. */

#include <config.h>

#include "agent/node/attachments.h"

#include <string.h>

#include "agent/node/attachments-private.h"
#include "agent/node/ifaces.h"
#include "agent/node/rows.h"
#include "lib/nullable-string.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

struct attachments *
attachments_create(void)
{
    struct attachments *a = xzalloc(sizeof *a);

    shash_init(&a->pairs);
    a->dirty = true;                /* An earlier run may have left some. */
    return a;
}

static void
patch_pair_destroy(struct patch_pair *pair)
{
    free(pair->up.physnet);
    free(pair->up.bridge);
    free(pair->up.note);
    free(pair->problem);
    free(pair);
}

void
attachments_destroy(struct attachments *a)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &a->pairs) {
        patch_pair_destroy(node->data);
    }
    shash_destroy(&a->pairs);
    free(a);
}

/* What is wanted. */

static void
attachments_note_change(struct attachments *a)
{
    a->dirty = a->changed = a->problems_changed = true;
}

void
attachments_set_mappings(struct attachments *a, const struct smap *mappings)
{
    const struct smap_node *mapping;
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &a->pairs) {
        struct patch_pair *pair = node->data;
        const char *bridge = smap_get(mappings, node->name);

        if (!nullable_string_is_equal(bridge, pair->up.bridge)) {
            shash_delete(&a->pairs, node);
            patch_pair_destroy(pair);
            attachments_note_change(a);
        }
    }
    SMAP_FOR_EACH (mapping, mappings) {
        if (!shash_find(&a->pairs, mapping->key)) {
            struct patch_pair *pair = xzalloc(sizeof *pair);

            pair->up.physnet = xstrdup(mapping->key);
            pair->up.bridge = xstrdup(mapping->value);
            shash_add(&a->pairs, mapping->key, pair);
            attachments_note_change(a);
        }
    }
}

bool
attachments_set_note(struct attachments *a, const char *physnet,
                     const char *note)
{
    struct patch_pair *pair = shash_find_data(&a->pairs, physnet);
    bool changed;

    if (!pair) {
        return false;
    }
    changed = nullable_string_replace(&pair->up.note, nullable_xstrdup(note));
    pair->noted = true;
    a->dirty |= changed;
    return changed;
}

const struct attachment *
attachments_find(const struct attachments *a, const char *physnet)
{
    const struct patch_pair *pair = shash_find_data(&a->pairs, physnet);

    return pair ? &pair->up : NULL;
}

const struct shash *
attachments_get_all(const struct attachments *a)
{
    BUILD_ASSERT_DECL(offsetof(struct patch_pair, up) == 0);

    return &a->pairs;
}

/* What the database has. */

char *
patch_pair_get_name(const struct patch_pair *pair, enum patch_end end)
{
    return xasprintf("%s-%s", end == PATCH_EXT ? "ext" : "int",
                     pair->up.physnet);
}

const struct vswrec_bridge *
patch_pair_get_place(const struct patch_pair *pair, const struct rows *rows,
                     enum patch_end end)
{
    return end == PATCH_EXT ? rows->bridge : pair->row;
}

bool
patch_pair_is_wanted(const struct patch_pair *pair, const struct rows *rows)
{
    return rows->bridge && pair->row && !pair->obstructed;
}

const char *
attachments_get_physnet(const struct iface *iface)
{
    return (iface->bridge && iface->is_alone
            && iface_get_mark(iface, ROWS_OURS_KEY)
            ? iface_get_mark(iface, ROWS_PHYSNET_KEY) : NULL);
}

static const char *
get_datapath_type(const struct vswrec_bridge *bridge)
{
    return bridge->datapath_type[0] ? bridge->datapath_type : "system";
}

/* Finds the provider bridge.  Returns what is wrong with it, for the caller to
 * free, or NULL. */
static char *
patch_pair_read_bridge(struct patch_pair *pair, const struct rows *rows)
{
    const struct vswrec_bridge *row;

    pair->row = NULL;
    VSWREC_BRIDGE_FOR_EACH (row, rows->idl) {
        if (strcmp(row->name, pair->up.bridge)) {
            continue;
        } else if (row == rows->bridge) {
            return xasprintf("%s is the integration bridge: map the physical "
                             "network to another one", row->name);
        } else if (smap_get(&row->external_ids, ROWS_PLAN_KEY)) {
            return xasprintf("%s is a bridge of the agent's own, for packets "
                             "to other nodes: map the physical network to "
                             "another one", row->name);
        } else if (rows->bridge && strcmp(get_datapath_type(row),
                                          get_datapath_type(rows->bridge))) {
            return xasprintf("bridge %s has datapath_type %s and the "
                             "integration bridge %s, so no patch port can "
                             "join them", row->name, get_datapath_type(row),
                             get_datapath_type(rows->bridge));
        }
        pair->row = row;
        return NULL;
    }
    return xasprintf("there is no bridge %s (see nve-bridge-mappings): add "
                     "it, with the port to that network", pair->up.bridge);
}

/* Reads an end of the pair into what others see.  Returns what is wrong with
 * it, for the caller to free, or NULL. */
static char *
patch_pair_read_end(struct patch_pair *pair, const struct rows *rows,
                    enum patch_end end)
{
    char *name = patch_pair_get_name(pair, end);
    const struct iface *iface = rows_find_iface(rows, name);
    const char *physnet = iface ? attachments_get_physnet(iface) : NULL;
    char *problem = NULL;

    if ((iface && !nullable_string_is_equal(physnet, pair->up.physnet))
        || (!iface && rows_find_port(rows, name))) {
        pair->obstructed = true;
        problem = xasprintf("there is a port %s that is not the agent's: "
                            "remove or rename it", name);
    } else if (iface && iface->error) {
        pair->failed = true;
        problem = xasprintf("interface %s: %s", name, iface->error);
    } else if (iface && end == PATCH_EXT
               && iface_is_on(iface,
                              patch_pair_get_place(pair, rows, end))) {
        pair->up.ofport = iface->ofport;
    }
    if (iface && end == PATCH_EXT && !pair->noted) {
        nullable_string_replace(
            &pair->up.note, nullable_xstrdup(smap_get(
                &iface->row->external_ids, ROWS_NEIGHBORS_KEY)));
    }
    free(name);
    return problem;
}

/* Whether 'iface' leads from a provider bridge to the network itself. */
static bool
is_uplink(const struct vswrec_interface *iface)
{
    return (strcmp(iface->type, "patch") && strcmp(iface->type, "internal")
            && !smap_get(&iface->external_ids, "iface-id"));
}

static enum uplink_state
read_uplink(const struct vswrec_bridge *bridge, const struct rows *rows)
{
    enum uplink_state state = UPLINK_UNKNOWN;

    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct vswrec_port *port = rows_get_port(rows, bridge, i);

        for (size_t j = 0; port && j < port->n_interfaces; j++) {
            const struct vswrec_interface *iface = port->interfaces[j];

            if (!is_uplink(iface)) {
                continue;
            } else if (nullable_string_is_equal(iface->link_state, "up")) {
                return UPLINK_UP;
            }
            state = UPLINK_DOWN;
        }
    }
    return state;
}

static char *
patch_pair_read(struct patch_pair *pair, const struct rows *rows)
{
    char *problem = patch_pair_read_bridge(pair, rows);

    for (int end = 0; end < PATCH_N_ENDS && !problem; end++) {
        problem = patch_pair_read_end(pair, rows, end);
    }
    if (!problem) {
        pair->up.uplink = read_uplink(pair->row, rows);
    }
    return problem;
}

void
attachments_read(struct attachments *a, const struct rows *rows)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &a->pairs) {
        struct patch_pair *pair = node->data;
        ofp_port_t ofport = pair->up.ofport;
        enum uplink_state uplink = pair->up.uplink;

        pair->up.ofport = 0;
        pair->up.uplink = UPLINK_UNKNOWN;
        pair->obstructed = pair->failed = false;
        a->problems_changed |= nullable_string_replace(
            &pair->problem, patch_pair_read(pair, rows));
        a->changed |= (ofport != pair->up.ofport
                       || uplink != pair->up.uplink);
    }
    a->dirty = true;
}

bool
attachments_concern_port(const char *name)
{
    return !strncmp(name, "ext-", 4) || !strncmp(name, "int-", 4);
}

bool
attachments_concern(const struct attachments *a, const struct iface *iface)
{
    struct shash_node *node;

    if (attachments_concern_port(iface->name)) {
        return true;
    }
    SHASH_FOR_EACH (node, &a->pairs) {
        const struct patch_pair *pair = node->data;

        if (iface->bridge && iface->bridge == pair->row) {
            return true;
        }
    }
    return false;
}

bool
attachments_are_dirty(const struct attachments *a)
{
    return a->dirty;
}

bool
attachments_have_failed(const struct attachments *a)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &a->pairs) {
        if (((struct patch_pair *) node->data)->failed) {
            return true;
        }
    }
    return false;
}

void
attachments_take_changes(struct attachments *a, bool *changed,
                         bool *problems)
{
    *changed |= a->changed;
    *problems |= a->problems_changed;
    a->changed = a->problems_changed = false;
}

void
attachments_for_each_problem(const struct attachments *a, rows_problem_cb *cb,
                             void *aux)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &a->pairs) {
        const struct patch_pair *pair = node->data;

        if (pair->problem) {
            char *object = xasprintf("physical network %s", pair->up.physnet);

            cb(object, pair->problem, aux);
            free(object);
        }
    }
}
