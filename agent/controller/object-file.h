/* One file of objects.
 *
 * It has its own scopes in the objects' cache, so a file that is broken keeps
 * what it last had, and other files go on. */
#ifndef GA_OBJECT_FILE_H
#define GA_OBJECT_FILE_H 1

#include <stdbool.h>

struct objects;
struct object_file;

struct object_file *object_file_create(struct objects *, const char *path);

/* Drops the objects that only this file has. */
void object_file_destroy(struct object_file *);

/* Reads the file if it is another one than last time.  Returns the
 * time_msec() when this must be done again even without an event, or
 * LLONG_MAX. */
long long int object_file_check(struct object_file *);

/* The file is not in its directory any more.  Returns the time_msec() from
 * which it counts as gone, if it has not come back.  That is a little later
 * than now, because editors and scripts that replace a file often remove it
 * first. */
long long int object_file_note_missing(struct object_file *);

/* Whether the file has been good once. */
bool object_file_is_loaded(const struct object_file *);

/* All that is wrong with the file, in one message for the caller to free, or
 * NULL. */
char *object_file_describe_problems(const struct object_file *);

#endif /* agent/controller/object-file.h */
