/* Objects from a file, or from the *.json files of a directory, instead of a
 * controller.
 *
 * RFC 9638, section 7: what remote NVEs support can be "configurable for each
 * remote NVE in the absence of a protocol control plane". */
#ifndef GA_FILE_SOURCE_H
#define GA_FILE_SOURCE_H 1

#include <stdbool.h>

struct file_source;
struct objects;

/* The path of "file:///PATH" or "file://localhost/PATH" (RFC 8089).  NULL if
 * 'url' is not of that form. */
const char *file_source_path_of_url(const char *url);

/* 'path' is absolute, of a file or a directory; it need not exist yet. */
struct file_source *file_source_create(struct objects *, const char *path);

/* Drops the objects that only the files have.  NULL is fine. */
void file_source_destroy(struct file_source *);

/* Reads what has changed. */
void file_source_run(struct file_source *);
void file_source_wait(struct file_source *);

/* Whether everything that is there has been read at least once.  A file that
 * never was good holds this up: what it should have had is not known. */
bool file_source_is_synced(const struct file_source *);

/* What is wrong with the files: 'object' is "file PATH". */
void file_source_for_each_problem(const struct file_source *,
                                  void (*cb)(const char *object,
                                             const char *message, void *aux),
                                  void *aux);

#endif /* agent/controller/file-source.h */
