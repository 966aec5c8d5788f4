/* What is new in another program's log file.
 *
 * Follows rotation.  What was in the file at the first look is not new. */
#ifndef GA_LOG_TAIL_H
#define GA_LOG_TAIL_H 1

#include <stdbool.h>

struct log_tail;

/* The file need not exist. */
struct log_tail *log_tail_create(const char *path);
void log_tail_destroy(struct log_tail *);

/* Returns the lines that are new since the last call, for the caller to free,
 * or NULL if there are none.  If there are more than LOG_TAIL_MAX bytes, the
 * first ones are left out. */
#define LOG_TAIL_MAX 65536
char *log_tail_read(struct log_tail *);

const char *log_tail_get_path(const struct log_tail *);

/* Whether there is a file, and it can be read. */
bool log_tail_is_open(const struct log_tail *);

#endif /* agent/poison/log-tail.h */
