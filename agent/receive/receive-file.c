/* The file of nve-receive: see receive-file.h. */

#include <config.h>

#include "agent/receive/receive-file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/json-util.h"
#include "lib/negotiation.h"
#include "lib/trusted-file.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"

/* A table of 1,024 entries has well under 256 kB. */
#define RECEIVE_MAX_FILE (256 * 1024)

/* Reads all of 'path'.  Returns NULL and sets '*error' if that fails. */
static char *
read_file(const char *path, size_t *n, char **error)
{
    char *buffer = NULL;
    char *message;
    struct stat st;
    int fd;

    fd = trusted_file_open(path, &st);
    if (fd < 0) {
        *error = xasprintf("%s: %s", path, ovs_strerror(-fd));
        return NULL;
    }
    message = trusted_file_read(fd, &st, RECEIVE_MAX_FILE, &buffer, n);
    close(fd);
    if (message) {
        *error = xasprintf("%s: %s", path, message);
        free(message);
    }
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
