/* The neighbours on provider networks, as data. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "agent/answers/ext-neighbors-private.h"
#include "agent/answers/ext-neighbors.h"
#include "dp-packet.h"
#include "hash.h"
#include "lib/ip-address.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

struct ext_neighbors *
ext_neighbors_create(void)
{
    struct ext_neighbors *en = xzalloc(sizeof *en);

    shash_init(&en->nets);
    en->next = LLONG_MAX;
    return en;
}

void
neighbor_drop_queue(struct neighbor *nb)
{
    for (size_t i = 0; i < nb->n_queued; i++) {
        dp_packet_delete(nb->queued[i]);
    }
    nb->n_queued = 0;
}

void
ext_net_remove(struct ext_net *net, struct neighbor *nb)
{
    hmap_remove(&net->neighbors, &nb->node);
    neighbor_drop_queue(nb);
    free(nb);
    net->dirty = true;
}

struct ext_net *
ext_net_create(const char *physnet)
{
    struct ext_net *net = xzalloc(sizeof *net);

    net->physnet = xstrdup(physnet);
    hmap_init(&net->neighbors);
    net->dirty = true;
    return net;
}

void
ext_net_destroy(struct ext_net *net)
{
    struct neighbor *nb;

    HMAP_FOR_EACH_SAFE (nb, node, &net->neighbors) {
        ext_net_remove(net, nb);
    }
    hmap_destroy(&net->neighbors);
    free(net->physnet);
    free(net);
}

void
ext_neighbors_destroy(struct ext_neighbors *en)
{
    if (en) {
        struct shash_node *node;

        SHASH_FOR_EACH (node, &en->nets) {
            ext_net_destroy(node->data);
        }
        shash_destroy(&en->nets);
        free(en);
    }
}

struct neighbor *
ext_net_find(const struct ext_net *net, const struct in6_addr *ip)
{
    struct neighbor *nb;

    HMAP_FOR_EACH_WITH_HASH (nb, node, hash_bytes(ip, sizeof *ip, 0),
                             &net->neighbors) {
        if (ipv6_addr_equals(&nb->ip, ip)) {
            return nb;
        }
    }
    return NULL;
}

struct neighbor *
ext_net_add(struct ext_neighbors *en, struct ext_net *net,
            const struct in6_addr *ip)
{
    struct neighbor *nb = xzalloc(sizeof *nb);

    nb->ip = *ip;
    nb->wanted_at = time_msec();
    ext_neighbor_init(&nb->n, nb->wanted_at);
    hmap_insert(&net->neighbors, &nb->node, hash_bytes(ip, sizeof *ip, 0));
    en->next = 0;
    return nb;
}

static int
compare_neighbors(const void *a_, const void *b_)
{
    const struct neighbor *const *a = a_, *const *b = b_;

    return memcmp(&(*a)->ip, &(*b)->ip, sizeof (*a)->ip);
}

struct neighbor **
ext_net_sort(const struct ext_net *net)
{
    struct neighbor **array = xmalloc(hmap_count(&net->neighbors)
                                      * sizeof *array);
    struct neighbor *nb;
    size_t n = 0;

    HMAP_FOR_EACH (nb, node, &net->neighbors) {
        array[n++] = nb;
    }
    qsort(array, n, sizeof *array, compare_neighbors);
    return array;
}

/* Notes. */

static bool
parse_note(const char *token, const char *name, struct in6_addr *ip,
           struct eth_addr *mac)
{
    const char *slash = strchr(token, '/');
    const char *equals = slash ? strchr(slash, '=') : NULL;
    char *address;
    bool ok;

    if (!equals || strncmp(token, name, slash - token)
        || name[slash - token]
        || !eth_addr_from_string(equals + 1, mac)) {
        return false;
    }
    address = xmemdup0(slash + 1, equals - slash - 1);
    ok = ip_address_from_string(address, ip);
    free(address);
    return ok;
}

void
ext_net_adopt_note(struct ext_neighbors *en, struct ext_net *net,
                   const char *name, const char *note)
{
    char *copy = xstrdup(note ? note : "");
    char *save = NULL;

    for (char *s = strtok_r(copy, " ", &save); s;
         s = strtok_r(NULL, " ", &save)) {
        struct in6_addr ip;
        struct eth_addr mac;

        if (parse_note(s, name, &ip, &mac) && !ext_net_find(net, &ip)) {
            struct neighbor *nb = ext_net_add(en, net, &ip);

            ext_neighbor_adopt(&nb->n, mac, time_msec());
            net->dirty = true;
        }
    }
    free(copy);
}

void
ext_net_put_note(const struct ext_net *net, const char *name, struct ds *s)
{
    struct neighbor **array = ext_net_sort(net);

    for (size_t i = 0; i < hmap_count(&net->neighbors); i++) {
        if (!eth_addr_is_zero(array[i]->n.mac)) {
            ds_put_format(s, "%s%s/", s->length ? " " : "", name);
            ipv6_format_mapped(&array[i]->ip, s);
            ds_put_format(s, "="ETH_ADDR_FMT,
                          ETH_ADDR_ARGS(array[i]->n.mac));
        }
    }
    free(array);
}

/* For people. */

static struct json *
neighbor_to_json(const char *network, const struct neighbor *nb)
{
    static const char *const states[] = {
        [EXT_NEIGHBOR_INCOMPLETE] = "incomplete",
        [EXT_NEIGHBOR_REACHABLE] = "reachable",
        [EXT_NEIGHBOR_PROBE] = "probe",
        [EXT_NEIGHBOR_FAILED] = "failed",
    };
    struct json *json = json_object_create();
    char ip[INET6_ADDRSTRLEN];

    ipv6_string_mapped(ip, &nb->ip);
    json_object_put_string(json, "network", network);
    json_object_put_string(json, "ip", ip);
    if (eth_addr_is_zero(nb->n.mac)) {
        json_object_put(json, "mac", json_null_create());
    } else {
        json_object_put_format(json, "mac", ETH_ADDR_FMT,
                               ETH_ADDR_ARGS(nb->n.mac));
    }
    json_object_put_string(json, "state", states[nb->n.state]);
    json_object_put(json, "router", json_boolean_create(nb->is_router));
    return json;
}

struct json *
ext_neighbors_to_json(const struct ext_neighbors *en)
{
    const struct shash_node **nodes = shash_sort(&en->nets);
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < shash_count(&en->nets); i++) {
        const struct ext_net *net = nodes[i]->data;
        struct neighbor **sorted = ext_net_sort(net);

        for (size_t j = 0; j < hmap_count(&net->neighbors); j++) {
            json_array_add(array, neighbor_to_json(nodes[i]->name,
                                                   sorted[j]));
        }
        free(sorted);
    }
    free(nodes);
    return array;
}
