/* Interfaces of endpoints.
 *
 * An interface of the integration bridge with external_ids:iface-id claims
 * the endpoint of that name.  All interfaces that claim a name are in one
 * struct claim; the first by name counts, which depends neither on the order
 * in which they came nor on the database's.  The others have a problem, as do
 * those whose iface-id cannot be the name of an endpoint and those that Open
 * vSwitch could not add.
 *
 * ifaces_refresh() looks at one interface and those that claim the same name,
 * nothing else. */

#include <config.h>

#include "agent/node/ifaces.h"

#include <string.h>

#include "agent/node/iface-settled.h"
#include "flow.h"
#include "lib/resource.h"
#include "lib/vswitch-idl.h"
#include "smap.h"
#include "util.h"

struct ifaces {
    struct hmap by_uuid;            /* Contains "struct iface"s. */
    struct shash claims;            /* Contains "struct claim"s. */
    struct ovs_list problems;       /* Of "struct iface"s. */
};

/* Interfaces that have the same iface-id, at least one. */
struct claim {
    struct plug up;          /* The one that counts.  Must be first. */
    struct iface *first;            /* Whose it is. */
    struct iface **members;
    size_t n, allocated;
};

struct ifaces *
ifaces_create(void)
{
    struct ifaces *ifaces = xzalloc(sizeof *ifaces);

    BUILD_ASSERT_DECL(offsetof(struct claim, up) == 0);
    hmap_init(&ifaces->by_uuid);
    shash_init(&ifaces->claims);
    ovs_list_init(&ifaces->problems);
    return ifaces;
}

static void
claim_destroy(struct ifaces *ifaces, struct claim *claim)
{
    shash_find_and_delete_assert(&ifaces->claims, claim->up.iface_id);
    free(claim->up.iface_id);
    free(claim->up.name);
    free(claim->members);
    free(claim);
}

static void
iface_destroy(struct ifaces *ifaces, struct iface *iface)
{
    hmap_remove(&ifaces->by_uuid, &iface->uuid_node);
    if (iface->problem) {
        ovs_list_remove(&iface->problem_node);
    }
    free(iface->problem);
    free(iface->error);
    free(iface->name);
    free(iface);
}

/* Frees everything.  Tunnels must be gone before. */
void
ifaces_destroy(struct ifaces *ifaces)
{
    struct shash_node *node;
    struct iface *iface;

    SHASH_FOR_EACH_SAFE (node, &ifaces->claims) {
        claim_destroy(ifaces, node->data);
    }
    shash_destroy(&ifaces->claims);
    HMAP_FOR_EACH_SAFE (iface, uuid_node, &ifaces->by_uuid) {
        iface_destroy(ifaces, iface);
    }
    hmap_destroy(&ifaces->by_uuid);
    free(ifaces);
}

struct iface *
ifaces_find(const struct ifaces *ifaces, const struct uuid *uuid)
{
    struct iface *iface;

    HMAP_FOR_EACH_WITH_HASH (iface, uuid_node, uuid_hash(uuid),
                             &ifaces->by_uuid) {
        if (uuid_equals(&iface->uuid, uuid)) {
            return iface;
        }
    }
    return NULL;
}

struct iface *
ifaces_obtain(struct ifaces *ifaces, const struct ovsrec_interface *row)
{
    const struct uuid *uuid = &row->header_.uuid;
    struct iface *iface = ifaces_find(ifaces, uuid);

    if (!iface) {
        iface = xzalloc(sizeof *iface);
        iface->uuid = *uuid;
        iface->name = xstrdup(row->name);
        ovs_list_init(&iface->stale_node);
        hmap_insert(&ifaces->by_uuid, &iface->uuid_node, uuid_hash(uuid));
    }
    iface->row = row;
    return iface;
}

const struct hmap *
ifaces_get_all(const struct ifaces *ifaces)
{
    return &ifaces->by_uuid;
}

/* Sets the problem of 'iface', taking 'problem' (NULL: none).  Returns true if
 * that is another than before. */
static bool
iface_set_problem(struct ifaces *ifaces, struct iface *iface, char *problem)
{
    if (nullable_string_is_equal(iface->problem, problem)) {
        free(problem);
        return false;
    }
    if (!iface->problem) {
        ovs_list_push_back(&ifaces->problems, &iface->problem_node);
    } else if (!problem) {
        ovs_list_remove(&iface->problem_node);
    }
    free(iface->problem);
    iface->problem = problem;
    return true;
}

/* Finds out anew which member of 'claim' counts and what is wrong with the
 * others.  Frees it if it has no members. */
static bool
claim_refresh(struct ifaces *ifaces, struct claim *claim,
              struct sset *changed)
{
    struct iface *first;
    bool problems = false;

    if (!claim->n) {
        sset_add(changed, claim->up.iface_id);
        claim_destroy(ifaces, claim);
        return false;
    }

    first = claim->members[0];
    for (size_t i = 1; i < claim->n; i++) {
        if (strcmp(claim->members[i]->name, first->name) < 0) {
            first = claim->members[i];
        }
    }
    claim->first = first;
    claim->up.settled = first->settled;
    if (!claim->up.name || strcmp(claim->up.name, first->name)
        || claim->up.ofport != first->ofport) {
        free(claim->up.name);
        claim->up.name = xstrdup(first->name);
        claim->up.ofport = first->ofport;
        sset_add(changed, claim->up.iface_id);
    }

    for (size_t i = 0; i < claim->n; i++) {
        struct iface *iface = claim->members[i];
        char *problem;

        if (iface != first) {
            problem = xasprintf("external_ids:iface-id=%s is also that of "
                                "interface %s, which counts",
                                claim->up.iface_id, first->name);
        } else {
            problem = nullable_xstrdup(iface->error);
        }
        problems |= iface_set_problem(ifaces, iface, problem);
    }
    return problems;
}

/* Makes 'iface' leave its claim, if it has one. */
static bool
iface_leave(struct ifaces *ifaces, struct iface *iface, struct sset *changed)
{
    struct claim *claim = iface->claim;

    if (!claim) {
        return false;
    }
    for (size_t i = 0; i < claim->n; i++) {
        if (claim->members[i] == iface) {
            claim->members[i] = claim->members[--claim->n];
            break;
        }
    }
    iface->claim = NULL;
    return claim_refresh(ifaces, claim, changed);
}

static void
iface_join(struct ifaces *ifaces, struct iface *iface, const char *iface_id)
{
    struct claim *claim = shash_find_data(&ifaces->claims, iface_id);

    if (!claim) {
        claim = xzalloc(sizeof *claim);
        claim->up.iface_id = xstrdup(iface_id);
        shash_add(&ifaces->claims, iface_id, claim);
    }
    if (claim->n >= claim->allocated) {
        claim->members = x2nrealloc(claim->members, &claim->allocated,
                                    sizeof *claim->members);
    }
    claim->members[claim->n++] = iface;
    iface->claim = claim;
}

/* Takes over ofport and error. */
static void
iface_read_row(struct iface *iface)
{
    const struct ovsrec_interface *row = iface->row;
    int64_t ofport = row->n_ofport ? row->ofport[0] : 0;

    iface->ofport = ofport > 0 && ofport <= UINT16_MAX ? u16_to_ofp(ofport)
                                                       : 0;
    iface->settled = iface_settled_is_noted(row);
    free(iface->error);
    iface->error = (ofport >= 0 ? NULL
                    : xstrdup(row->error && *row->error ? row->error
                              : "Open vSwitch could not add it"));
}

bool
ifaces_refresh(struct ifaces *ifaces, struct iface *iface,
               struct sset *changed)
{
    const char *id = (iface->on_bridge
                      ? smap_get(&iface->row->external_ids, "iface-id")
                      : NULL);
    bool valid = id && resource_name_is_valid(id);
    bool problems = false;

    iface_read_row(iface);
    if (iface->claim && (!valid || strcmp(iface->claim->up.iface_id, id))) {
        problems |= iface_leave(ifaces, iface, changed);
    }
    if (!valid) {
        char *problem = id ? xasprintf("external_ids:iface-id=\"%s\" is no "
                                       "valid object name", id) : NULL;

        return iface_set_problem(ifaces, iface, problem) || problems;
    }
    if (!iface->claim) {
        iface_join(ifaces, iface, id);
    }
    return claim_refresh(ifaces, iface->claim, changed) || problems;
}

/* Forgets 'iface', whose row is gone, and frees it. */
bool
ifaces_remove(struct ifaces *ifaces, struct iface *iface,
              struct sset *changed)
{
    bool problems = iface_leave(ifaces, iface, changed);

    problems |= iface->problem != NULL;
    iface_destroy(ifaces, iface);
    return problems;
}

struct iface *
ifaces_find_claimant(const struct ifaces *ifaces, const char *iface_id)
{
    const struct claim *claim = shash_find_data(&ifaces->claims, iface_id);

    return claim ? claim->first : NULL;
}

bool
iface_counts(const struct iface *iface)
{
    return iface->claim->first == iface;
}

const char *
iface_get_id(const struct iface *iface)
{
    return iface->claim->up.iface_id;
}

const struct shash *
ifaces_get_claims(const struct ifaces *ifaces)
{
    return &ifaces->claims;
}

void
ifaces_for_each_problem(const struct ifaces *ifaces,
                        void (*cb)(const char *object, const char *message,
                                   void *aux),
                        void *aux)
{
    const struct iface *iface;

    LIST_FOR_EACH (iface, problem_node, &ifaces->problems) {
        char *object = xasprintf("interface %s", iface->name);

        cb(object, iface->problem, aux);
        free(object);
    }
}
