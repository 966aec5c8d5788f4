/* What a file of objects holds: a List, also one of a single kind
 * ("VPCList"), a bare array of objects, or one object. */
#ifndef GA_FILE_CONTENT_H
#define GA_FILE_CONTENT_H 1

#include "lib/resource.h"

struct field_errors;
struct json;
struct svec;

/* What keeps 'json' from being a file of objects, to be freed, or NULL.  This
 * has to be known before anything is deleted that the file does not have.
 * 'doubles' are all the members of the file that are there twice, as
 * json_doubles_find() finds them. */
char *file_content_check(const struct json *, const struct svec *doubles);

/* Calls 'item' for each object, which has a kind and a name that no earlier
 * one had, and 'bad', with a message, for each one that is skipped.  'faults'
 * are members that are there twice or that the kind does not have, or NULL: a
 * file is written by people, who misspell. */
void file_content_for_each(const struct json *, const struct svec *doubles,
                           void (*item)(enum resource_kind,
                                        const struct json *,
                                        const struct field_errors *faults,
                                        void *aux),
                           void (*bad)(const char *message, void *aux),
                           void *aux);

#endif /* agent/controller/file-content.h */
