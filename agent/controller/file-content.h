/* What a file of objects holds: a List, also one of a single kind
 * ("VPCList"), a bare array of objects, or one object. */
#ifndef GA_FILE_CONTENT_H
#define GA_FILE_CONTENT_H 1

#include "lib/resource.h"

struct json;

/* What keeps 'json' from being a file of objects, or NULL.  This has to be
 * known before anything is deleted that the file does not have. */
const char *file_content_check(const struct json *);

/* Calls 'item' for each object, which has a kind and a name that no earlier
 * one had, and 'bad', with a message, for each one that is skipped. */
void file_content_for_each(const struct json *,
                           void (*item)(enum resource_kind,
                                        const struct json *, void *aux),
                           void (*bad)(const char *message, void *aux),
                           void *aux);

#endif /* agent/controller/file-content.h */
