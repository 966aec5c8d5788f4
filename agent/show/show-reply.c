/* Answers are sorted, members and lists, so that two of them can be
 * compared. */

#include <config.h>

#include "agent/show/show-reply.h"

#include <stdlib.h>

#include "openvswitch/json.h"
#include "unixctl.h"

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

const struct shash_node **
show_reply_sort(const struct model *model, enum model_kind kind,
                struct shash *entities)
{
    struct entity *entity;

    shash_init(entities);
    HMAP_FOR_EACH (entity, node, &model->entities[kind]) {
        shash_add(entities, entity->name, entity);
    }
    return shash_sort(entities);
}
