/* Which tunnel ports are wanted, and which ports of the database serve them.
 *
 * A 'struct tunnel' is a port that is wanted.  It is linked to at most one
 * iface of ours on the integration bridge, and that one to it.  The link lasts
 * until one of them goes, so a port whose options somebody changed is
 * corrected and not made a second time.  Ports are found by their
 * configuration (remote and local address, UDP port), or by name if a port is
 * about to be made whose name one of ours has already.
 *
 * Invariants:
 *   - Every iface whose configuration might be one that we want is in
 *     'by_key', whoever made it.
 *   - An iface of ours is in 'stale' if and only if it is not linked.
 *   - A tunnel is in 'dirty' if its rows might not be as they should be.
 *   - A tunnel has a promised number only if it has no ofport, and nothing is
 *     known that keeps Open vSwitch from making its port.
 *
 * Open vSwitch allows each configuration once in a datapath.  Where somebody
 * else has a port with a configuration that we want, we make none: the next
 * restart of ovs-vswitchd might give it to us and break theirs. */

#include <config.h>

#include "agent/node/tunnels.h"

#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/rows.h"
#include "agent/node/tunnels-private.h"
#include "lib/encapsulation.h"
#include "lib/nullable-string.h"
#include "schemas/vswitch-idl.h"
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
    sset_init(&tunnels->made);
    tunnels->numbers = tunnel_numbers_create();
    return tunnels;
}

struct tunnel *
tunnels_find(const struct tunnels *tunnels, const struct tunnel_key *key)
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
set_dirty(struct tunnels *tunnels, struct tunnel *tunnel)
{
    if (ovs_list_is_empty(&tunnel->dirty_node)) {
        ovs_list_push_back(&tunnels->dirty, &tunnel->dirty_node);
    }
}

void
tunnels_set_clean(struct tunnel *tunnel)
{
    ovs_list_remove(&tunnel->dirty_node);
    ovs_list_init(&tunnel->dirty_node);
}

const struct iface *
tunnels_find_foreign(const struct tunnels *tunnels,
                     const struct tunnel_key *key,
                     const struct vswrec_bridge *bridge)
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

static void
set_coming(struct tunnels *tunnels, struct tunnel *tunnel, bool coming)
{
    tunnels->n_coming += coming - tunnel->coming;
    tunnel->coming = coming;
}

static void
break_promise(struct tunnels *tunnels, struct tunnel *tunnel)
{
    tunnel_numbers_release(tunnels->numbers, tunnel->promised);
    tunnel->promised = 0;
}

/* Takes a number for 'tunnel', unless it has one.  Returns true if it did;
 * whoever wants 'tunnel' does not know of that yet. */
static bool
take_number(struct tunnels *tunnels, struct tunnel *tunnel)
{
    if (tunnel->promised) {
        return false;
    }
    tunnel->promised = tunnel_numbers_take(tunnels->numbers);
    return true;
}

ofp_port_t
tunnels_promise_number(struct tunnels *tunnels, struct tunnel *tunnel)
{
    if (take_number(tunnels, tunnel)) {
        sset_add(&tunnels->changed, tunnel->nve);
    }
    return tunnel->promised;
}

/* Takes 'ofport', of which Open vSwitch has told.  Returns true if that or the
 * promised number is another one than whoever wants 'tunnel' knows. */
static bool
update_number(struct tunnels *tunnels, struct tunnel *tunnel,
              ofp_port_t ofport, bool is_hopeless)
{
    bool changed = tunnel->ofport != ofport;
    bool kept = changed && ofport && ofport == tunnel->promised;

    tunnel->ofport = ofport;
    if (tunnel->promised && (ofport || is_hopeless)) {
        break_promise(tunnels, tunnel);
        changed = true;
    }
    if (kept) {
        sset_add(&tunnels->made, tunnel->nve);
    }
    return changed && !kept;
}

/* Updates what is known of 'tunnel' by what is known of its iface.  Returns
 * true if that changed anything for whoever wants it. */
static bool
tunnel_update(struct tunnels *tunnels, struct tunnel *tunnel)
{
    const struct iface *iface = tunnel->iface;
    const struct iface *foreign = tunnels_find_foreign(tunnels, &tunnel->key,
                                               iface ? iface->bridge : NULL);
    ofp_port_t ofport = iface ? iface->ofport : 0;
    enum tunnel_bfd_state bfd_state = (iface ? tunnel_bfd_read(iface->row)
                                       : TUNNEL_BFD_OFF);
    bool may_not_mark = iface && !tunnel_bfd_may_mark(iface->row);
    char *problem = NULL;
    bool changed, is_down;

    ovs_list_remove(&tunnel->failed_node);
    ovs_list_init(&tunnel->failed_node);
    set_coming(tunnels, tunnel, iface && !ofport && !iface->error);
    changed = update_number(tunnels, tunnel, ofport,
                            foreign || (iface && iface->error));
    changed |= tunnel->may_not_mark != may_not_mark;
    tunnel->may_not_mark = may_not_mark;
    tunnels->bfd_changed |= tunnel->bfd_state != bfd_state;
    tunnel->bfd_state = bfd_state;
    if (foreign) {
        problem = xasprintf("port %s on bridge %s, which is not the agent's, "
                            "has the same tunnel configuration: remove one "
                            "of them",
                            foreign->name, foreign->bridge->name);
    } else if (iface && iface->error) {
        problem = xasprintf("interface %s: %s", iface->name, iface->error);
        ovs_list_push_back(&tunnels->failed, &tunnel->failed_node);
    } else if (iface && iface->bfd_down) {
        problem = xasprintf("BFD on interface %s says that no packets come "
                            "from the other end: see whether its node runs, "
                            "the way to it, and whether it has bfd:enable, "
                            "too", iface->name);
    }
    is_down = problem && (!ofport || iface->bfd_down);
    changed |= tunnel->is_down != is_down;
    tunnel->is_down = is_down;
    tunnels->problems_changed |= nullable_string_replace(&tunnel->problem,
                                                         problem);
    return changed;
}

static void
tunnel_refresh(struct tunnels *tunnels, struct tunnel *tunnel)
{
    if (tunnel_update(tunnels, tunnel)) {
        sset_add(&tunnels->changed, tunnel->nve);
    }
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

static void
attach(struct tunnels *tunnels, struct tunnel *tunnel, struct iface *iface)
{
    ovs_assert(!tunnel->iface && !iface->tunnel);
    tunnel->iface = iface;
    iface->tunnel = tunnel;
    set_stale(tunnels, iface);
    set_dirty(tunnels, tunnel);
}

void
tunnels_link(struct tunnels *tunnels, struct tunnel *tunnel,
             struct iface *iface)
{
    attach(tunnels, tunnel, iface);
    tunnel_refresh(tunnels, tunnel);
}

static void
detach(struct tunnels *tunnels, struct tunnel *tunnel)
{
    struct iface *iface = tunnel->iface;

    tunnel->iface = NULL;
    iface->tunnel = NULL;
    set_stale(tunnels, iface);
}

static void
unlink_iface(struct tunnels *tunnels, struct iface *iface)
{
    struct tunnel *tunnel = iface->tunnel;

    if (tunnel) {
        detach(tunnels, tunnel);
        set_dirty(tunnels, tunnel);
        tunnel_refresh(tunnels, tunnel);
    }
}

/* Links 'tunnel' to a port of ours with its configuration, if there is one,
 * preferably one that has an ofport.  Leaves it to be updated. */
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
        attach(tunnels, tunnel, best);
    }
}

bool
tunnels_set(struct tunnels *tunnels, const struct tunnel_key *key,
            const char *nve)
{
    struct tunnel *tunnel = tunnels_find(tunnels, key);

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
    set_dirty(tunnels, tunnel);
    tunnel_adopt(tunnels, tunnel);
    if (!tunnel->iface) {
        take_number(tunnels, tunnel);
    }
    /* The caller asks at once: it does not have to be told. */
    tunnel_update(tunnels, tunnel);
    return true;
}

/* Whoever wants it no longer knows that: it is no change to the remote. */
static void
tunnel_destroy(struct tunnels *tunnels, struct tunnel *tunnel)
{
    set_coming(tunnels, tunnel, false);
    tunnels->bfd_changed |= tunnel->bfd_state != TUNNEL_BFD_OFF;
    if (tunnel->iface) {
        detach(tunnels, tunnel);
    }
    if (tunnel->problem) {
        tunnels->problems_changed = true;
    }
    break_promise(tunnels, tunnel);
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
tunnels_unset(struct tunnels *tunnels, const struct tunnel_key *key,
              const char *nve)
{
    struct tunnel *tunnel = tunnels_find(tunnels, key);

    if (!tunnel || strcmp(tunnel->nve, nve)) {
        return false;
    }
    tunnel_destroy(tunnels, tunnel);
    return true;
}

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
    sset_destroy(&tunnels->made);
    tunnel_numbers_destroy(tunnels->numbers);
    free(tunnels);
}

bool
tunnels_set_bfd(struct tunnels *tunnels, const struct tunnel_key *key,
                const struct tunnel_bfd *bfd)
{
    struct tunnel *tunnel = tunnels_find(tunnels, key);

    if (!tunnel
        || (bfd && tunnel->has_bfd
            ? bfd->interval == tunnel->bfd.interval
              && bfd->multiplier == tunnel->bfd.multiplier
              && bfd->path_down == tunnel->bfd.path_down
            : !bfd && !tunnel->has_bfd)) {
        return false;
    }
    tunnel->has_bfd = bfd != NULL;
    if (bfd) {
        tunnel->bfd = *bfd;
    }
    set_dirty(tunnels, tunnel);
    return true;
}

bool
tunnels_set_dscp(struct tunnels *tunnels, const struct tunnel_key *key,
                 uint8_t dscp)
{
    struct tunnel *tunnel = tunnels_find(tunnels, key);

    if (!tunnel || tunnel->dscp == dscp) {
        return false;
    }
    tunnel->dscp = dscp;
    set_dirty(tunnels, tunnel);
    return true;
}

bool
tunnels_set_note(struct tunnels *tunnels, const struct tunnel_key *key,
                 const char *options, const char *status)
{
    struct tunnel *tunnel = tunnels_find(tunnels, key);
    bool changed;

    if (!tunnel) {
        return false;
    }
    changed = !tunnel->noted;
    changed |= nullable_string_replace(&tunnel->options,
                                       nullable_xstrdup(options));
    changed |= nullable_string_replace(&tunnel->status,
                                       nullable_xstrdup(status));
    tunnel->noted = true;
    if (changed) {
        set_dirty(tunnels, tunnel);
    }
    return changed;
}

/* Interfaces. */

/* 'iface' came, went or changed: looks again at the tunnel, if there is one,
 * that has its configuration. */
static void
recheck_key(struct tunnels *tunnels, const struct iface *iface)
{
    struct tunnel *tunnel = (iface->has_key
                             ? tunnels_find(tunnels, &iface->key) : NULL);

    if (tunnel) {
        tunnel_adopt(tunnels, tunnel);
        set_dirty(tunnels, tunnel);
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

/* Notes which numbers 'iface' has and asks for: none, once it is gone. */
static void
count_numbers(struct tunnels *tunnels, struct iface *iface, bool gone)
{
    const ofp_port_t numbers[] = { iface->ofport, iface->ofport_request };

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        tunnel_numbers_release(tunnels->numbers, iface->counted[i]);
        iface->counted[i] = gone ? 0 : numbers[i];
        tunnel_numbers_use(tunnels->numbers, iface->counted[i]);
    }
}

/* Whether both rows of 'iface', which has a port, bear our mark. */
static bool
is_marked_twice(const struct iface *iface)
{
    return (smap_get(&iface->row->external_ids, ROWS_OURS_KEY)
            && smap_get(&iface->port->external_ids, ROWS_OURS_KEY));
}

/* Somebody may have changed the type of a port of ours, or have marked one
 * that is not: so one of another type must be marked in both rows. */
static bool
is_ours(const struct iface *iface)
{
    return (iface_get_mark(iface, ROWS_OURS_KEY)
            && !iface_get_mark(iface, ROWS_PLAN_KEY)
            && !iface_get_mark(iface, ROWS_PHYSNET_KEY)
            && iface->bridge
            && iface->is_alone
            && (encapsulation_find(iface->row->type)
                || is_marked_twice(iface)));
}

/* Reads what 'iface' is, of what is configured. */
static void
read_config(struct tunnels *tunnels, struct iface *iface)
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
}

void
tunnels_refresh_iface(struct tunnels *tunnels, struct iface *iface)
{
    count_numbers(tunnels, iface, false);
    if (iface->changed) {
        read_config(tunnels, iface);
    }
    if (!iface->tunnel || !iface->has_key
        || !tunnel_key_equals(&iface->tunnel->key, &iface->key)) {
        recheck_key(tunnels, iface);
    }
    if (iface->tunnel) {
        /* What Open vSwitch reports makes no row wrong. */
        if (iface->changed) {
            set_dirty(tunnels, iface->tunnel);
        }
        tunnel_refresh(tunnels, iface->tunnel);
    }
}

void
tunnels_remove_iface(struct tunnels *tunnels, struct iface *iface)
{
    count_numbers(tunnels, iface, true);
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
        set_dirty(tunnels, tunnel);
    }
}

bool
tunnels_are_dirty(const struct tunnels *tunnels)
{
    return (!ovs_list_is_empty(&tunnels->dirty)
            || !ovs_list_is_empty(&tunnels->stale));
}

bool
tunnels_have_failed(const struct tunnels *tunnels)
{
    return !ovs_list_is_empty(&tunnels->failed);
}
