/* The last known state, as it is on the disk.
 *
 * An input that begins with '!' is a file.  Of another one, the first line is
 * a header and the rest a body, and the target puts in the checksums, without
 * which nothing would be looked at. */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/controller/objects.h"
#include "agent/controller/saved-state.h"
#include "agent/controller/state-file.h"
#include "agent/model/vni-rest.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

static void
check_file(const char *text, size_t n)
{
    struct json *header, *body, *again;
    char *error = state_file_parse(text, n, &header, &body);

    ovs_assert(!error == (header && body));
    free(error);
    if (header) {
        ovs_assert(!state_file_parse(text, n, &again, NULL));
        ovs_assert(json_equal(header, again));
        json_destroy(again);
    }
    json_destroy(header);
    json_destroy(body);
}

/* Loads the state in 'dir', as if it were of this node. */
static void
load(const char *dir, const struct json *header)
{
    struct objects *objects = objects_create();
    struct saved_state *ss = saved_state_create(objects, dir);

    if (saved_state_load(ss, json_util_string(header, "systemId", ""),
                         json_util_string(header, "controller", ""))) {
        for (int i = 0; i < RES_N_KINDS; i++) {
            saved_state_count(ss, i);
        }
        saved_state_has_vpc(ss, RES_ENDPOINT, "a");
        saved_state_get_notes(ss);
        ovs_assert(saved_state_get_time(ss));
        ovs_assert(saved_state_apply(ss) == saved_state_is_loaded(ss));
    }
    saved_state_destroy(ss);
    objects_destroy(objects);
}

static void
empty_directory(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *de;

    while ((de = readdir(dir)) != NULL) {
        char *file = xasprintf("%s/%s", path, de->d_name);

        unlink(file);
        free(file);
    }
    closedir(dir);
}

/* Saves and loads a file with this header and body. */
static void
check_state(struct json *header, const char *body, size_t n)
{
    char dir[] = "/dev/shm/fuzz-state-XXXXXX";
    char *path, *error;

    if (!mkdtemp(dir)) {
        ovs_fatal(errno, "%s", dir);
    }
    path = xasprintf("%s/state.json", dir);
    error = state_file_write(path, json_clone(header), body, n);
    if (error) {
        ovs_fatal(0, "%s: %s", path, error);
    }
    load(dir, header);
    empty_directory(dir);
    rmdir(dir);
    free(path);
}

void
fuzz_one(const uint8_t *data_, size_t n)
{
    const char *data = (const char *) data_;
    const char *end = n ? memchr(data, '\n', n) : NULL;
    struct json *header;
    size_t header_n;

    if (n && data[0] == '!') {
        check_file(data + 1, n - 1);
    } else if (end) {
        header_n = end - data;
        header = fuzz_to_json(data_, header_n);
        if (header && header->type == JSON_OBJECT) {
            check_state(header, end + 1, n - header_n - 1);
        }
        json_destroy(header);
    }
}
