/* Answers are sorted, members and lists, so that two of them can be
 * compared.
 *
 * But for pages: to sort what each of them is a part of would cost as much as
 * all of it.  Their cursor is a position in the hash map of all entities of
 * the kind, and its mask; if that is another one now, everything starts
 * over. */

#include <config.h>

#include "agent/show/show-reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* A page ends with so many entities, or after so many milliseconds, but with
 * one at least: what selects endpoints looks at all that are here. */
#define PAGE 100
#define PAGE_MS 2

void
show_reply_json(struct unixctl_conn *conn, struct json *json)
{
    char *s = json_to_string(json, JSSF_SORT);

    unixctl_command_reply(conn, s);
    free(s);
    json_destroy(json);
}

void
show_reply_error(struct unixctl_conn *conn, char *error)
{
    unixctl_command_reply_error(conn, error);
    free(error);
}

static void
add_entity(struct json *list, const struct entity *entity,
           show_reply_func *show, void *aux)
{
    struct json *json = show(entity, aux);

    if (json && json->type == JSON_ARRAY) {
        for (size_t i = 0; i < json->array.n; i++) {
            json_array_add(list, json_clone(json->array.elems[i]));
        }
        json_destroy(json);
    } else if (json) {
        json_array_add(list, json);
    }
}

struct json *
show_reply_all(const struct model *model, enum model_kind kind,
               show_reply_func *show, void *aux)
{
    struct json *list = json_array_create_empty();
    struct shash entities = SHASH_INITIALIZER(&entities);
    const struct shash_node **nodes;
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[kind]) {
        shash_add(&entities, entity->name, entity);
    }
    nodes = shash_sort(&entities);
    for (size_t i = 0; i < shash_count(&entities); i++) {
        add_entity(list, nodes[i]->data, show, aux);
    }
    free(nodes);
    shash_destroy(&entities);
    return list;
}

void
show_reply_page(const struct model *model, enum model_kind kind,
                const char *cursor, show_reply_func *show, void *aux,
                struct json *answer)
{
    const struct hmap *all = &model->entities[kind];
    long long int deadline = time_msec() + PAGE_MS;
    struct hmap_position pos = { 0, 0 };
    struct json *items = json_array_create_empty();
    struct hmap_node *node = NULL;
    unsigned long int mask = 0;

    if (sscanf(cursor, "%u.%u.%lu", &pos.bucket, &pos.offset, &mask) != 3
        || mask != all->mask) {
        pos = (struct hmap_position) { 0, 0 };
    }
    for (int i = 0; i < PAGE && (!i || time_msec() < deadline)
                    && (node = hmap_at_position(all, &pos)); i++) {
        add_entity(items, CONTAINER_OF(node, struct entity, node), show, aux);
    }
    json_object_put(answer, "items", items);
    json_object_put(answer, "next", node ? json_string_create_nocopy(
                        xasprintf("%u.%u.%"PRIuSIZE, pos.bucket, pos.offset,
                                  all->mask))
                    : json_null_create());
}

void
show_reply_list(struct unixctl_conn *conn, const struct model *model,
                enum model_kind kind, const char *cursor,
                show_reply_func *show, void *aux)
{
    struct json *answer = json_object_create();

    show_reply_page(model, kind, cursor, show, aux, answer);
    show_reply_json(conn, answer);
}
