/* Following a log file.
 *
 * A look costs two system calls if there is nothing new: fstat() for what was
 * appended, stat() for another file of that name.  What was appended to the
 * old file is read before the new one is opened.  Half a line is left for the
 * next look. */

#include <config.h>

#include "agent/poison/log-tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

struct log_tail {
    char *path;
    int fd;                         /* -1: none is open. */
    off_t offset;                   /* Of what is not read yet. */
    bool looked;                    /* There was a first look: all of a file
                                     * that appears now is new. */
};

struct log_tail *
log_tail_create(const char *path)
{
    struct log_tail *tail = xzalloc(sizeof *tail);

    tail->path = xstrdup(path);
    tail->fd = -1;
    return tail;
}

static void
log_tail_close(struct log_tail *tail)
{
    if (tail->fd >= 0) {
        close(tail->fd);
        tail->fd = -1;
    }
    tail->offset = 0;
}

void
log_tail_destroy(struct log_tail *tail)
{
    if (tail) {
        log_tail_close(tail);
        free(tail->path);
        free(tail);
    }
}

/* Returns the whole lines after 'offset', or NULL. */
static char *
log_tail_read_more(struct log_tail *tail)
{
    char *text, *end;
    struct stat s;
    ssize_t n;

    if (tail->fd < 0 || fstat(tail->fd, &s)) {
        return NULL;
    }
    if (s.st_size < tail->offset) {
        tail->offset = 0;           /* Somebody emptied the file. */
    }
    if (s.st_size == tail->offset) {
        return NULL;
    }
    tail->offset = MAX(tail->offset, s.st_size - LOG_TAIL_MAX);
    text = xmalloc(LOG_TAIL_MAX + 1);
    n = pread(tail->fd, text, LOG_TAIL_MAX, tail->offset);
    end = n > 0 ? memrchr(text, '\n', n) : NULL;
    if (!end) {
        free(text);
        return NULL;
    }
    end[1] = '\0';
    tail->offset += end + 1 - text;
    return text;
}

/* Opens the file of that name if it is not the one that is open.  Returns true
 * if so. */
static bool
log_tail_reopen(struct log_tail *tail)
{
    bool first = !tail->looked;
    struct stat now, open_one;

    tail->looked = true;
    if (stat(tail->path, &now) || !S_ISREG(now.st_mode)) {
        return false;               /* Renamed, and the writer has not made a
                                     * new one yet. */
    }
    if (tail->fd >= 0 && !fstat(tail->fd, &open_one)
        && open_one.st_dev == now.st_dev && open_one.st_ino == now.st_ino) {
        return false;
    }
    log_tail_close(tail);
    tail->fd = open(tail->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (tail->fd >= 0 && first) {
        tail->offset = lseek(tail->fd, 0, SEEK_END);
    }
    return tail->fd >= 0;
}

char *
log_tail_read(struct log_tail *tail)
{
    char *text = log_tail_read_more(tail);

    if (!text && log_tail_reopen(tail)) {
        text = log_tail_read_more(tail);
    }
    return text;
}

const char *
log_tail_get_path(const struct log_tail *tail)
{
    return tail->path;
}

bool
log_tail_is_open(const struct log_tail *tail)
{
    return tail->fd >= 0;
}
