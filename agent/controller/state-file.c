/* Files of state: see state-file.h.
 *
 * The checksum is there for disks, not for attackers: those are kept away by
 * the file's owner and mode (trusted-file.h). */

#include <config.h>

#include "agent/controller/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/json-util.h"
#include "lib/trusted-file.h"
#include "openvswitch/json.h"
#include "sha1.h"
#include "util.h"

#define FORMAT 1
#define MAX_FILE_BYTES (1024u * 1024 * 1024)

/* Writing. */

static char *
hash_body(const char *body, size_t n)
{
    uint8_t digest[SHA1_DIGEST_SIZE];

    sha1_bytes(body, n, digest);
    return xasprintf(SHA1_FMT, SHA1_ARGS(digest));
}

/* Returns 0 or an errno. */
static int
write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t retval = write(fd, bytes, n);

        if (retval >= 0) {
            bytes += retval;
            n -= retval;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

/* Makes the new name in the directory of 'path' last.  Returns 0 or an
 * errno. */
static int
sync_directory(const char *path)
{
    char *dir = dir_name(path);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 || fsync(fd) ? errno : 0;

    if (fd >= 0) {
        close(fd);
    }
    free(dir);
    return error;
}

/* Writes the new file.  Returns 0 or an errno. */
static int
write_file(const char *path, const char *header, const char *body, size_t n)
{
    int fd, error;

    unlink(path);                   /* Of a run that was killed. */
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno;
    }
    error = write_all(fd, header, strlen(header));
    if (!error) {
        error = write_all(fd, body, n);
    }
    if (!error && fsync(fd)) {
        error = errno;
    }
    if (close(fd) && !error) {
        error = errno;
    }
    return error;
}

char *
state_file_write(const char *path, struct json *header, const char *body,
                 size_t n)
{
    char *new_path = xasprintf("%s.new", path);
    char *sha1 = hash_body(body, n);
    char *json, *line;
    int error;

    json_object_put(header, "format", json_integer_create(FORMAT));
    json_object_put(header, "bytes", json_integer_create(n));
    json_object_put(header, "sha1", json_string_create_nocopy(sha1));
    json = json_to_string(header, JSSF_SORT);
    line = xasprintf("%s\n", json);
    json_destroy(header);

    error = write_file(new_path, line, body, n);
    if (!error && rename(new_path, path)) {
        error = errno;
    }
    if (error) {
        unlink(new_path);
    } else {
        error = sync_directory(path);
    }
    free(line);
    free(json);
    free(new_path);
    return error ? xstrdup(ovs_strerror(error)) : NULL;
}

/* Reading. */

/* What keeps 'header' from being that of 'body', for the caller to free, or
 * NULL. */
static char *
check_header(const struct json *header, const char *body, size_t n)
{
    int64_t format = 0, bytes = -1;
    char *sha1, *error = NULL;

    json_util_integer(header, "format", &format);
    json_util_integer(header, "bytes", &bytes);
    if (format != FORMAT) {
        return xasprintf("is of format %"PRId64", not %d", format, FORMAT);
    }
    if (bytes < 0 || (uint64_t) bytes != n) {
        return xasprintf("has %"PRIuSIZE" bytes of objects instead of %"
                         PRId64, n, bytes);
    }
    sha1 = hash_body(body, n);
    if (strcmp(sha1, json_util_string(header, "sha1", ""))) {
        error = xstrdup("does not have the checksum that it says");
    }
    free(sha1);
    return error;
}

static char *
parse(const char *text, size_t n, struct json **header, struct json **body)
{
    const char *end = memchr(text, '\n', n);
    size_t header_n = end ? end - text : 0;
    char *error;

    if (!end) {
        return xstrdup("has no header");
    }
    *header = json_util_parse(text, header_n, &error);
    if (!*header) {
        return error;
    }
    error = check_header(*header, end + 1, n - header_n - 1);
    if (!error) {
        *body = json_util_parse(end + 1, n - header_n - 1, &error);
    }
    return *body ? NULL : error;
}

/* Reads the open file. */
static char *
read_file(int fd, const struct stat *st, struct json **header,
          struct json **body)
{
    char *text, *error;
    size_t n;

    error = trusted_file_read(fd, st, MAX_FILE_BYTES, &text, &n);
    if (!error) {
        error = parse(text, n, header, body);
        free(text);
    }
    return error;
}

char *
state_file_read(const char *path, struct json **header, struct json **body)
{
    struct stat st;
    char *error;
    int fd;

    *header = *body = NULL;
    fd = trusted_file_open(path, &st);
    if (fd < 0) {
        return fd == -ENOENT ? NULL : xstrdup(ovs_strerror(-fd));
    }
    error = read_file(fd, &st, header, body);
    close(fd);
    if (error) {
        json_destroy(*header);
        json_destroy(*body);
        *header = *body = NULL;
    }
    return error;
}
