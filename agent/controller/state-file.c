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
#include "openvswitch/shash.h"
#include "sha1.h"
#include "util.h"

#define FORMAT 1
#define MAX_FILE_BYTES (1024u * 1024 * 1024)
#define MAX_HEADER_BYTES (64u * 1024 * 1024)

/* Writing. */

static char *
make_hash(const char *bytes, size_t n)
{
    uint8_t digest[SHA1_DIGEST_SIZE];

    sha1_bytes(bytes, n, digest);
    return xasprintf(SHA1_FMT, SHA1_ARGS(digest));
}

static char *
hash_header(const struct json *header)
{
    char *text = json_to_string(header, JSSF_SORT);
    char *sha1 = make_hash(text, strlen(text));

    free(text);
    return sha1;
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
    char *sha1 = make_hash(body, n);
    char *json, *line;
    int error;

    json_object_put(header, "format", json_integer_create(FORMAT));
    json_object_put(header, "bytes", json_integer_create(n));
    json_object_put(header, "sha1", json_string_create_nocopy(sha1));
    json_object_put(header, "headerSha1", json_string_create_nocopy(
                        hash_header(header)));
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

/* What is wrong with the header's own checksum, or NULL.  Files of the first
 * versions have none. */
static const char *
check_header_hash(struct json *header)
{
    struct json *said = shash_find_and_delete(json_object(header),
                                              "headerSha1");
    const char *fault = NULL;

    if (said) {
        char *sha1 = hash_header(header);

        if (said->type != JSON_STRING || strcmp(sha1, json_string(said))) {
            fault = "has a header without the checksum that it says";
        }
        free(sha1);
        json_destroy(said);
    }
    return fault;
}

/* What keeps 'header' from being that of a body of 'n' bytes, for the caller
 * to free, or NULL. */
static char *
check_header(struct json *header, uint64_t n)
{
    int64_t format = 0, bytes = -1;
    const char *fault;

    if (header->type != JSON_OBJECT) {
        return xstrdup("has no header");
    }
    json_util_integer(header, "format", &format);
    json_util_integer(header, "bytes", &bytes);
    if (format != FORMAT) {
        return xasprintf("is of format %"PRId64", not %d", format, FORMAT);
    }
    fault = check_header_hash(header);
    if (fault) {
        return xstrdup(fault);
    }
    if (bytes < 0 || (uint64_t) bytes != n) {
        return xasprintf("has %"PRIu64" bytes of objects instead of %"PRId64,
                         n, bytes);
    }
    return NULL;
}

/* Sets '*header' from the first line, of 'n' bytes, of a file with a body of
 * 'body_n' bytes. */
static char *
parse_header(const char *line, size_t n, uint64_t body_n,
             struct json **header)
{
    char *error;

    *header = json_util_parse(line, n, &error);
    return *header ? check_header(*header, body_n) : error;
}

static char *
parse_body(const char *text, size_t n, const struct json *header,
           struct json **body)
{
    char *sha1 = make_hash(text, n);
    bool good = !strcmp(sha1, json_util_string(header, "sha1", ""));
    char *error = NULL;

    free(sha1);
    if (!good) {
        return xstrdup("does not have the checksum that it says");
    }
    *body = json_util_parse(text, n, &error);
    return error;
}

/* Returns 'error'.  If there is one, there is nothing else. */
static char *
finish(char *error, struct json **header, struct json **body)
{
    if (error) {
        json_destroy(*header);
        *header = NULL;
        if (body) {
            json_destroy(*body);
            *body = NULL;
        }
    }
    return error;
}

char *
state_file_parse(const char *text, size_t n, struct json **header,
                 struct json **body)
{
    const char *end = memchr(text, '\n', n);
    size_t header_n = end ? end - text : 0;
    char *error;

    *header = NULL;
    if (body) {
        *body = NULL;
    }
    if (!end) {
        return xstrdup("has no header");
    }
    error = parse_header(text, header_n, n - header_n - 1, header);
    if (!error && body) {
        error = parse_body(end + 1, n - header_n - 1, *header, body);
    }
    return finish(error, header, body);
}

/* Reads the header only. */
static char *
read_header(int fd, const struct stat *st, struct json **header)
{
    char *line, *error;
    size_t n;

    error = trusted_file_read_line(fd, st, MAX_HEADER_BYTES, &line, &n);
    if (!error) {
        error = parse_header(line, n, (uint64_t) st->st_size - n - 1, header);
        free(line);
    }
    return finish(error, header, NULL);
}

static char *
read_file(int fd, const struct stat *st, struct json **header,
          struct json **body)
{
    char *text, *error;
    size_t n;

    error = trusted_file_read(fd, st, MAX_FILE_BYTES, &text, &n);
    if (!error) {
        error = state_file_parse(text, n, header, body);
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

    *header = NULL;
    if (body) {
        *body = NULL;
    }
    fd = trusted_file_open(path, &st);
    if (fd < 0) {
        return fd == -ENOENT ? NULL : xstrdup(ovs_strerror(-fd));
    }
    error = (body ? read_file(fd, &st, header, body)
             : read_header(fd, &st, header));
    close(fd);
    return error;
}
