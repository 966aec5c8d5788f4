/* Tunnel ports: which are wanted, and which of the database's those are.
 *
 * A struct tunnel is a port that is wanted.  It is linked to at most one
 * iface of ours on the integration bridge, and that to it; the link lasts
 * until one of them goes, so that a port whose options somebody changed is
 * put right again and not made a second time.  Links are made by the
 * configuration (remote and local address, UDP port), and when a port is
 * about to be made whose name one of ours already has, by name.
 *
 * Invariants:
 *   - ifaces that could be in each other's or our way are in 'by_key'.
 *   - an iface of ours is in 'stale' exactly if it is not linked.
 *   - a tunnel is in 'dirty' if its rows might not be what they should.
 *
 * Open vSwitch allows a configuration once in a datapath: where somebody else
 * has a port with ours, we make none, since the next restart of
 * ovs-vswitchd might give it to us and break theirs. */

#include <config.h>

#include "agent/node/tunnels.h"

#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/rows.h"
#include "agent/node/tunnels-private.h"
#include "lib/vswitch-idl.h"
#include "smap.h"
#include "util.h"

struct tunnels *
tunnels_create(void)
{
    struct tunnels *tunnels = xzalloc(sizeof *tunnels);

    hmap_init(&tunnels->wanted);
    hmap_init(&tunnels->by_key);
    ovs_list_init(&tunnels->dirty);
    ovs_list_init(&tunnels->failed);
    ovs_list_init(&tunnels->stale);
    sset_init(&tunnels->changed);
    return tunnels;
}

static struct tunnel *
tunnel_find(const struct tunnels *tunnels, const struct tunnel_key *key)
{
    struct tunnel *tunnel;

    HMAP_FOR_EACH_WITH_HASH (tunnel, node, tunnel_key_hash(key),
                             &tunnels->wanted) {
        if (tunnel_key_equals(&tunnel->key, key)) {
            return tunnel;
        }
    }
    return NULL;
}

static void
tunnel_mark_dirty(struct tunnels *tunnels, struct tunnel *tunnel)
{
    if (ovs_list_is_empty(&tunnel->dirty_node)) {
        ovs_list_push_back(&tunnels->dirty, &tunnel->dirty_node);
    }
}

void
tunnel_mark_clean(struct tunnel *tunnel)
{
    ovs_list_remove(&tunnel->dirty_node);
    ovs_list_init(&tunnel->dirty_node);
}

const struct iface *
tunnels_find_foreign(const struct tunnels *tunnels,
                     const struct tunnel_key *key,
                     const struct ovsrec_bridge *bridge)
{
    const struct iface *iface;

    HMAP_FOR_EACH_WITH_HASH (iface, key_node, tunnel_key_hash(key),
                             &tunnels->by_key) {
        if (!iface->is_ours && iface->bridge
            && tunnel_key_equals(&iface->key, key)
            && (!bridge || !strcmp(iface->bridge->datapath_type,
                                   bridge->datapath_type))) {
            return iface;
        }
    }
    return NULL;
}

/* Brings 'tunnel''s ofport and problem up to date. */
static void
tunnel_refresh(struct tunnels *tunnels, struct tunnel *tunnel)
{
    const struct iface *iface = tunnel->iface;
    const struct iface *foreign = tunnels_find_foreign(tunnels, &tunnel->key,
                                               iface ? iface->bridge : NULL);
    ofp_port_t ofport = iface ? iface->ofport : 0;
    char *problem = NULL;

    ovs_list_remove(&tunnel->failed_node);
    ovs_list_init(&tunnel->failed_node);
    if (tunnel->ofport != ofport) {
        tunnel->ofport = ofport;
        sset_add(&tunnels->changed, tunnel->nve);
    }
    if (foreign) {
        problem = xasprintf("port %s on bridge %s, which is not ours, has the "
                            "same tunnel configuration: remove one of them",
                            foreign->name, foreign->bridge->name);
    } else if (iface && iface->error) {
        problem = xasprintf("interface %s: %s", iface->name, iface->error);
        ovs_list_push_back(&tunnels->failed, &tunnel->failed_node);
    }
    if (!nullable_string_is_equal(problem, tunnel->problem)) {
        tunnels->problems_changed = true;
    }
    free(tunnel->problem);
    tunnel->problem = problem;
}

static void
set_stale(struct tunnels *tunnels, struct iface *iface)
{
    bool stale = iface->is_ours && !iface->tunnel;

    if (stale && ovs_list_is_empty(&iface->stale_node)) {
        ovs_list_push_back(&tunnels->stale, &iface->stale_node);
    } else if (!stale) {
        ovs_list_remove(&iface->stale_node);
        ovs_list_init(&iface->stale_node);
    }
}

void
tunnels_link(struct tunnels *tunnels, struct tunnel *tunnel,
             struct iface *iface)
{
    ovs_assert(!tunnel->iface && !iface->tunnel);
    tunnel->iface = iface;
    iface->tunnel = tunnel;
    set_stale(tunnels, iface);
    tunnel_mark_dirty(tunnels, tunnel);
    tunnel_refresh(tunnels, tunnel);
}

static void
unlink_iface(struct tunnels *tunnels, struct iface *iface)
{
    struct tunnel *tunnel = iface->tunnel;

    if (tunnel) {
        tunnel->iface = NULL;
        iface->tunnel = NULL;
        set_stale(tunnels, iface);
        tunnel_mark_dirty(tunnels, tunnel);
        tunnel_refresh(tunnels, tunnel);
    }
}

/* Links 'tunnel' to a port of ours with its configuration, if there is one.
 * One that has an ofport is better than one that has none. */
static void
tunnel_adopt(struct tunnels *tunnels, struct tunnel *tunnel)
{
    struct iface *best = NULL;
    struct iface *iface;

    if (tunnel->iface) {
        return;
    }
    HMAP_FOR_EACH_WITH_HASH (iface, key_node, tunnel->node.hash,
                             &tunnels->by_key) {
        if (iface->is_ours && iface->on_bridge && !iface->tunnel
            && tunnel_key_equals(&iface->key, &tunnel->key)
            && (!best || (!best->ofport && iface->ofport))) {
            best = iface;
        }
    }
    if (best) {
        tunnels_link(tunnels, tunnel, best);
    }
}

bool
tunnels_set(struct tunnels *tunnels, const struct tunnel_key *key,
            const char *nve)
{
    struct tunnel *tunnel = tunnel_find(tunnels, key);

    if (tunnel && !strcmp(tunnel->nve, nve)) {
        return false;
    }
    if (!tunnel) {
        tunnel = xzalloc(sizeof *tunnel);
        ovs_list_init(&tunnel->dirty_node);
        ovs_list_init(&tunnel->failed_node);
        tunnel->key = *key;
        hmap_insert(&tunnels->wanted, &tunnel->node, tunnel_key_hash(key));
    }
    free(tunnel->nve);
    tunnel->nve = xstrdup(nve);
    tunnel_mark_dirty(tunnels, tunnel);
    tunnel_adopt(tunnels, tunnel);
    tunnel_refresh(tunnels, tunnel);
    return true;
}

static void
tunnel_destroy(struct tunnels *tunnels, struct tunnel *tunnel)
{
    if (tunnel->iface) {
        unlink_iface(tunnels, tunnel->iface);
    }
    if (tunnel->problem) {
        tunnels->problems_changed = true;
    }
    ovs_list_remove(&tunnel->dirty_node);
    ovs_list_remove(&tunnel->failed_node);
    hmap_remove(&tunnels->wanted, &tunnel->node);
    free(tunnel->nve);
    free(tunnel->options);
    free(tunnel->status);
    free(tunnel->problem);
    free(tunnel);
}

bool
tunnels_unset(struct tunnels *tunnels, const struct tunnel_key *key)
{
    struct tunnel *tunnel = tunnel_find(tunnels, key);

    if (!tunnel) {
        return false;
    }
    tunnel_destroy(tunnels, tunnel);
    return true;
}

/* Frees everything and leaves the database as it is.  The ifaces that it was
 * told of must still be there. */
void
tunnels_destroy(struct tunnels *tunnels)
{
    struct tunnel *tunnel;
    struct iface *iface;

    HMAP_FOR_EACH_SAFE (tunnel, node, &tunnels->wanted) {
        tunnel_destroy(tunnels, tunnel);
    }
    hmap_destroy(&tunnels->wanted);
    HMAP_FOR_EACH_SAFE (iface, key_node, &tunnels->by_key) {
        hmap_remove(&tunnels->by_key, &iface->key_node);
    }
    hmap_destroy(&tunnels->by_key);
    sset_destroy(&tunnels->changed);
    free(tunnels);
}

ofp_port_t
tunnels_get_ofport(const struct tunnels *tunnels,
                   const struct tunnel_key *key)
{
    const struct tunnel *tunnel = tunnel_find(tunnels, key);

    return tunnel ? tunnel->ofport : 0;
}

/* Replaces '*s'.  Returns true if that is a change. */
static bool
replace_string(char **s, const char *new)
{
    if (nullable_string_is_equal(*s, new)) {
        return false;
    }
    free(*s);
    *s = nullable_xstrdup(new);
    return true;
}

bool
tunnels_set_note(struct tunnels *tunnels, const struct tunnel_key *key,
                 const char *options, const char *status)
{
    struct tunnel *tunnel = tunnel_find(tunnels, key);
    bool changed;

    if (!tunnel) {
        return false;
    }
    changed = !tunnel->noted;
    changed |= replace_string(&tunnel->options, options);
    changed |= replace_string(&tunnel->status, status);
    tunnel->noted = true;
    if (changed) {
        tunnel_mark_dirty(tunnels, tunnel);
    }
    return changed;
}

/* Interfaces. */

/* Looks again at the tunnel, if any, whose configuration 'iface' has, after
 * 'iface' came, went or changed. */
static void
recheck_key(struct tunnels *tunnels, const struct iface *iface)
{
    struct tunnel *tunnel = (iface->has_key
                             ? tunnel_find(tunnels, &iface->key) : NULL);

    if (tunnel) {
        tunnel_adopt(tunnels, tunnel);
        tunnel_mark_dirty(tunnels, tunnel);
        tunnel_refresh(tunnels, tunnel);
    }
}

static void
forget_key(struct tunnels *tunnels, struct iface *iface)
{
    if (iface->has_key) {
        hmap_remove(&tunnels->by_key, &iface->key_node);
        recheck_key(tunnels, iface);
        iface->has_key = false;
    }
}

static bool
is_ours(const struct iface *iface)
{
    return (!strcmp(iface->row->type, "geneve")
            && smap_get(&iface->row->external_ids, ROWS_OURS_KEY)
            && !smap_get(&iface->row->external_ids, ROWS_PLAN_KEY)
            && iface->bridge
            && iface->port->n_interfaces == 1);
}

void
tunnels_refresh_iface(struct tunnels *tunnels, struct iface *iface)
{
    struct tunnel_key key;
    bool has_key = tunnel_key_from_options(iface->row->type,
                                           &iface->row->options, &key);

    iface->is_ours = is_ours(iface);
    if (iface->has_key
        && (!has_key || !tunnel_key_equals(&iface->key, &key))) {
        forget_key(tunnels, iface);
    }
    if (has_key && !iface->has_key) {
        iface->has_key = true;
        iface->key = key;
        hmap_insert(&tunnels->by_key, &iface->key_node, tunnel_key_hash(&key));
    }

    if (iface->tunnel && !(iface->is_ours && iface->on_bridge)) {
        unlink_iface(tunnels, iface);
    }
    set_stale(tunnels, iface);
    recheck_key(tunnels, iface);
    if (iface->tunnel) {
        tunnel_mark_dirty(tunnels, iface->tunnel);
        tunnel_refresh(tunnels, iface->tunnel);
    }
}

void
tunnels_remove_iface(struct tunnels *tunnels, struct iface *iface)
{
    iface->is_ours = false;
    unlink_iface(tunnels, iface);
    set_stale(tunnels, iface);
    forget_key(tunnels, iface);
}

void
tunnels_recheck(struct tunnels *tunnels)
{
    struct tunnel *tunnel;

    HMAP_FOR_EACH (tunnel, node, &tunnels->wanted) {
        tunnel_mark_dirty(tunnels, tunnel);
    }
}

bool
tunnels_are_dirty(const struct tunnels *tunnels, bool complete)
{
    return (!ovs_list_is_empty(&tunnels->dirty)
            || (complete && !ovs_list_is_empty(&tunnels->stale)));
}

/* For readers. */

bool
tunnels_have_failed(const struct tunnels *tunnels)
{
    return !ovs_list_is_empty(&tunnels->failed);
}

void
tunnels_take_changes(struct tunnels *tunnels, struct sset *changed,
                     bool *problems)
{
    const char *nve;

    SSET_FOR_EACH (nve, &tunnels->changed) {
        sset_add(changed, nve);
    }
    sset_clear(&tunnels->changed);
    *problems |= tunnels->problems_changed;
    tunnels->problems_changed = false;
}

void
tunnels_for_each_problem(const struct tunnels *tunnels,
                         void (*cb)(const char *object, const char *message,
                                    void *aux),
                         void *aux)
{
    const struct tunnel *tunnel;

    HMAP_FOR_EACH (tunnel, node, &tunnels->wanted) {
        if (tunnel->problem) {
            char *object = (*tunnel->nve
                            ? xasprintf("tunnel %s", tunnel->nve)
                            : xstrdup("tunnel shared"));

            cb(object, tunnel->problem, aux);
            free(object);
        }
    }
}

bool
tunnels_are_none(const struct tunnels *tunnels)
{
    return hmap_is_empty(&tunnels->wanted);
}

void
tunnels_count(const struct tunnels *tunnels, size_t *wanted, size_t *ready)
{
    const struct tunnel *tunnel;

    *wanted = hmap_count(&tunnels->wanted);
    *ready = 0;
    HMAP_FOR_EACH (tunnel, node, &tunnels->wanted) {
        *ready += tunnel->ofport != 0;
    }
}
