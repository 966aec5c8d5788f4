/* Trusted files.
 *
 * All checks are made on the open file, not on the path, so that nobody can
 * exchange the file between check and use. */

#include <config.h>

#include "lib/trusted-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

int
trusted_file_open(const char *path, struct stat *st)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, st)) {
        int error = errno;

        close(fd);
        return -error;
    }
    return fd;
}

/* Returns NULL if the file may be trusted, otherwise a message. */
static char *
check(const struct stat *st, size_t max)
{
    if (!S_ISREG(st->st_mode)) {
        return xstrdup("is not a regular file");
    }
    if (st->st_uid && st->st_uid != geteuid()) {
        return xasprintf("refused: it belongs to user %ld, who is neither "
                         "root nor the agent's user", (long) st->st_uid);
    }
    if (st->st_mode & (S_IWGRP | S_IWOTH)) {
        return xasprintf("refused: others than its owner can write it "
                         "(mode %04o); chmod go-w it",
                         (unsigned int) st->st_mode & 07777);
    }
    if ((uint64_t) st->st_size > max) {
        return xasprintf("is larger than %"PRIuSIZE" bytes", max);
    }
    return NULL;
}

/* Reads to the end, which may be beyond 'size_hint' bytes.  Returns 0 or an
 * errno. */
static int
read_all(int fd, size_t size_hint, size_t max, char **text, size_t *n)
{
    size_t allocated = size_hint + 1;

    *text = xmalloc(allocated);
    *n = 0;
    for (;;) {
        ssize_t retval;

        if (*n == allocated) {
            if (allocated > max) {
                return EFBIG;
            }
            allocated *= 2;
            *text = xrealloc(*text, allocated);
        }
        retval = read(fd, *text + *n, allocated - *n);
        if (retval < 0 && errno != EINTR) {
            return errno;
        } else if (!retval) {
            (*text)[*n] = '\0';
            return 0;
        } else if (retval > 0) {
            *n += retval;
        }
    }
}

char *
trusted_file_read(int fd, const struct stat *st, size_t max, char **text,
                  size_t *n)
{
    char *message = check(st, max);
    int error;

    *text = NULL;
    *n = 0;
    if (message) {
        return message;
    }
    error = read_all(fd, st->st_size, max, text, n);
    if (error) {
        free(*text);
        *text = NULL;
        return xstrdup(ovs_strerror(error));
    }
    return NULL;
}

/* Reads up to the first '\n', which is left out, and perhaps beyond it.
 * Returns 0 or an errno. */
static int
read_line(int fd, size_t max, char **text, size_t *n)
{
    size_t allocated = 4096;

    *text = xmalloc(allocated);
    *n = 0;
    for (;;) {
        ssize_t retval = read(fd, *text + *n, allocated - *n - 1);
        char *end;

        if (retval < 0 && errno == EINTR) {
            continue;
        } else if (retval <= 0) {
            return retval ? errno : ENODATA;
        }
        end = memchr(*text + *n, '\n', retval);
        *n = end ? (size_t) (end - *text) : *n + retval;
        if (*n > max) {
            return EFBIG;
        } else if (end) {
            *end = '\0';
            return 0;
        }
        if (*n == allocated - 1) {
            allocated *= 2;
            *text = xrealloc(*text, allocated);
        }
    }
}

char *
trusted_file_read_line(int fd, const struct stat *st, size_t max,
                       char **text, size_t *n)
{
    char *message = check(st, SIZE_MAX);
    int error;

    *text = NULL;
    *n = 0;
    if (message) {
        return message;
    }
    error = read_line(fd, max, text, n);
    if (error) {
        free(*text);
        *text = NULL;
        *n = 0;
        return (error == ENODATA ? xstrdup("has no line that is complete")
                : xstrdup(ovs_strerror(error)));
    }
    return NULL;
}
