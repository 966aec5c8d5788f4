/* What the cache keeps of the versions of an object, for objects.c, and which
 * version an object is. */
#ifndef GA_OBJECT_VERSION_H
#define GA_OBJECT_VERSION_H 1

#include <stdbool.h>

struct json;
struct object;

/* "vpc blue", for people, and for the caller to free.  A name that is refused
 * can be any text. */
char *object_version_describe(const struct object *);

/* metadata.resourceVersion, or "". */
const char *object_version_find(const struct json *);

/* object->extra, which is made if it is not there. */
struct object_extra *object_version_make_extra(struct object *);

/* Frees it, if it is there. */
void object_version_destroy_extra(struct object *);

/* Sets the resourceVersion of the present version, which is refused or
 * not. */
void object_version_set(struct object *, const char *version);

/* Takes 'text', NULL for none, as that of the present version, and if it is
 * 'valid', also as that of the version in use. */
void object_version_set_text(struct object *, char *text, bool valid);

/* Whether the present version is the same as one with that 'text'. */
bool object_version_is(const struct object *, const char *text);

#endif /* agent/controller/object-version.h */
