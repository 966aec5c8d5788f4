/* Objects as they come from a source: which of them are taken. */
#ifndef GA_OBJECT_PARSE_H
#define GA_OBJECT_PARSE_H 1

#include "lib/resource.h"

struct json;
struct svec;

/* As resource_parse(), of an object in which its source has found 'faults',
 * which may be NULL.  A policy with members that mean nothing here is not
 * taken, either. */
void *object_parse(enum resource_kind, const struct json *,
                   const struct field_errors *faults,
                   struct field_errors *errors, struct svec *warnings);

/* Why an object with these faults is refused, for the caller to free;
 * 'is_substitute' says whether something is used in its place. */
char *object_parse_explain(const struct field_errors *errors,
                           bool is_substitute);

/* Adds an error for each member of 'json' that means nothing here. */
void object_parse_refuse_unknown(enum resource_kind, const struct json *,
                                 struct field_errors *errors);

/* The members of 'json' that mean nothing here, for people and for the caller
 * to free; or NULL if there is none. */
char *object_parse_find_unknown(enum resource_kind, const struct json *);

#endif /* agent/controller/object-parse.h */
