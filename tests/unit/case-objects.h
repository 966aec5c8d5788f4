/* The objects of a case (see flow-fixture.h), and the files that the agent
 * reads them from. */
#ifndef GA_TESTS_CASE_OBJECTS_H
#define GA_TESTS_CASE_OBJECTS_H 1

#include <stdbool.h>

struct json;

/* 'objects' is JSON with one member for each object, by "KIND NAME".  Adds or
 * replaces the objects of the array 'added', and deletes those that the array
 * 'deleted' names.  Each array may be NULL. */
void case_objects_change(struct json *objects, const struct json *added,
                         const struct json *deleted);

/* Writes 'objects' to a file, as a List. */
void case_objects_write(const struct json *objects, const char *path);

/* Writes any JSON to a file that the agent trusts. */
void case_objects_write_file(const char *path, const struct json *);

/* Whether 's' is in 'array', whose elements are all strings. */
bool case_objects_has_string(const struct json *array, const char *s);

#endif /* tests/unit/case-objects.h */
