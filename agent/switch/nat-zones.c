/* NAT zones: see nat-zones.h; ct-zones.c flushes them. */

#include <config.h>

#include "agent/switch/nat-zones.h"

#include <stdlib.h>
#include <string.h>

#include "agent/switch/ct-zones.h"
#include "bitmap.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "util.h"

#define N_ZONES (NAT_ZONES_LAST - NAT_ZONES_FIRST + 1)

struct nat_zone {
    uint16_t zone;
    bool taken;                     /* In this run. */
};

struct nat_zones {
    struct shash by_name;           /* Contains "struct nat_zone"s. */
    unsigned long int *used;        /* Bit I: zone NAT_ZONES_FIRST + I. */
    size_t next;                    /* Where to look for a free bit. */
    struct ct_zones *flushes;
    bool pruned;
    bool changed;
};

struct nat_zones *
nat_zones_create(const char *rundir)
{
    struct nat_zones *zones = xzalloc(sizeof *zones);

    shash_init(&zones->by_name);
    zones->used = bitmap_allocate(N_ZONES);
    zones->flushes = ct_zones_create(rundir);
    return zones;
}

void
nat_zones_destroy(struct nat_zones *zones)
{
    if (zones) {
        ct_zones_destroy(zones->flushes);
        bitmap_free(zones->used);
        shash_destroy_free_data(&zones->by_name);
        free(zones);
    }
}

static struct nat_zone *
add(struct nat_zones *zones, const char *name, uint16_t zone)
{
    struct nat_zone *z = xzalloc(sizeof *z);

    z->zone = zone;
    shash_add(&zones->by_name, name, z);
    bitmap_set1(zones->used, zone - NAT_ZONES_FIRST);
    zones->next = (zone - NAT_ZONES_FIRST + 1) % N_ZONES;
    return z;
}

void
nat_zones_load(struct nat_zones *zones, const char *string)
{
    char *copy = xstrdup(string);
    size_t next = 0;
    char *save = NULL;

    for (char *s = strtok_r(copy, " ", &save); s;
         s = strtok_r(NULL, " ", &save)) {
        char *equals = strrchr(s, '=');
        unsigned int zone;

        if (equals && equals != s && str_to_uint(equals + 1, 10, &zone)
            && zone >= NAT_ZONES_FIRST && zone <= NAT_ZONES_LAST
            && !bitmap_is_set(zones->used, zone - NAT_ZONES_FIRST)) {
            *equals = '\0';
            if (!shash_find(&zones->by_name, s)) {
                add(zones, s, zone);
                next = MAX(next, zones->next);
            }
        }
    }
    zones->next = next;
    free(copy);
}

char *
nat_zones_to_string(const struct nat_zones *zones)
{
    const struct shash_node **nodes = shash_sort(&zones->by_name);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < shash_count(&zones->by_name); i++) {
        const struct nat_zone *z = nodes[i]->data;

        ds_put_format(&s, "%s%s=%u", i ? " " : "", nodes[i]->name, z->zone);
    }
    free(nodes);
    return ds_steal_cstr(&s);
}

void
nat_zones_take_changes(struct nat_zones *zones, bool *changed)
{
    *changed |= zones->changed;
    zones->changed = false;
}

uint16_t
nat_zones_take(struct nat_zones *zones, const char *name)
{
    struct nat_zone *z = shash_find_data(&zones->by_name, name);

    if (!z) {
        size_t i = bitmap_scan(zones->used, false, zones->next, N_ZONES);

        if (i == N_ZONES) {
            i = bitmap_scan(zones->used, false, 0, N_ZONES);
        }
        if (i == N_ZONES) {
            return 0;
        }
        z = add(zones, name, NAT_ZONES_FIRST + i);
        ct_zones_take(zones->flushes, z->zone, name);
        zones->changed = true;
    }
    z->taken = true;
    return z->zone;
}

static void
release(struct nat_zones *zones, struct shash_node *node)
{
    struct nat_zone *z = node->data;

    ct_zones_release(zones->flushes, z->zone, node->name);
    bitmap_set0(zones->used, z->zone - NAT_ZONES_FIRST);
    shash_delete(&zones->by_name, node);
    free(z);
    zones->changed = true;
}

void
nat_zones_release(struct nat_zones *zones, const char *name)
{
    struct shash_node *node = shash_find(&zones->by_name, name);

    if (node && zones->pruned) {
        release(zones, node);
    } else if (node) {
        ((struct nat_zone *) node->data)->taken = false;
    }
}

void
nat_zones_flush(struct nat_zones *zones, uint16_t zone, const char *tuple,
                const char *answer)
{
    ct_zones_flush(zones->flushes, zone, tuple, answer);
}

void
nat_zones_prune(struct nat_zones *zones)
{
    struct shash_node *node;

    if (zones->pruned) {
        return;
    }
    zones->pruned = true;
    SHASH_FOR_EACH_SAFE (node, &zones->by_name) {
        if (!((struct nat_zone *) node->data)->taken) {
            release(zones, node);
        }
    }
}

void
nat_zones_run(struct nat_zones *zones, uint64_t revision, uint64_t confirmed)
{
    ct_zones_run(zones->flushes, revision, confirmed);
}

void
nat_zones_wait(struct nat_zones *zones)
{
    ct_zones_wait(zones->flushes);
}
