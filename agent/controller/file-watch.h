/* Events on a file or directory that may not exist yet, by inotify.
 *
 * Renames over the file, editors that write a new one, and swaps of a symbolic
 * link on the way (as Kubernetes does for a ConfigMap) all count. */
#ifndef GA_FILE_WATCH_H
#define GA_FILE_WATCH_H 1

#include <stdbool.h>

struct file_watch;

struct file_watch *file_watch_create(const char *path);

/* NULL is fine. */
void file_watch_destroy(struct file_watch *);

/* Returns true if what is at 'path' may have changed since the last call, and
 * on the first one.  The caller has to read it to find out. */
bool file_watch_run(struct file_watch *);
void file_watch_wait(struct file_watch *);

#endif /* agent/controller/file-watch.h */
