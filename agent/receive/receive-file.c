/* The file of nve-receive: see receive-file.h. */

#include <config.h>

#include "agent/receive/receive-file.h"

#include <errno.h>
#include <stdio.h>

#include "lib/json-util.h"
#include "lib/negotiation.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"

/* A table of 1,024 entries has well under 256 kB. */
#define RECEIVE_MAX_FILE (256 * 1024)

/* Reads all of 'path'.  Returns NULL and sets '*error' if that fails. */
static char *
read_file(const char *path, size_t *n, char **error)
{
    FILE *stream = fopen(path, "r");
    char *buffer;

    if (!stream) {
        *error = xasprintf("%s: %s", path, ovs_strerror(errno));
        return NULL;
    }
    buffer = xmalloc(RECEIVE_MAX_FILE + 1);
    *n = fread(buffer, 1, RECEIVE_MAX_FILE + 1, stream);
    if (ferror(stream) || *n > RECEIVE_MAX_FILE) {
        *error = xasprintf("%s: %s", path, ferror(stream)
                           ? ovs_strerror(errno) : "over 256 kB");
        free(buffer);
        buffer = NULL;
    }
    fclose(stream);
    return buffer;
}

bool
receive_file_load(const char *path, struct recv_table *table, char **error)
{
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    char *parse_error = NULL;
    struct json *json = NULL;
    bool good = false;
    char *buffer;
    size_t n;

    *error = NULL;
    if (path[0] != '/') {
        *error = xasprintf("\"%s\" is no absolute path", path);
        return false;
    }
    buffer = read_file(path, &n, error);
    if (!buffer) {
        return false;
    }
    json = json_util_parse(buffer, n, &parse_error);
    free(buffer);
    if (!json) {
        *error = xasprintf("%s: %s", path, parse_error);
        free(parse_error);
        return false;
    }

    good = recv_table_from_json(json, table, &alarms);
    if (alarms.n) {
        char *list = svec_join(&alarms, ", ", "");
        *error = xasprintf("%s: %s", path, list);
        free(list);
    }
    svec_destroy(&alarms);
    json_destroy(json);
    return good;
}
