/* Which members the objects of each kind can have.
 *
 * A parser looks at the members that it knows.  One that is misspelled is not
 * seen, which changes what the object means: a rule of a policy with "form"
 * instead of "from" allows everything.  So who takes an object from people
 * asks here for members that mean nothing. */
#ifndef GA_RESOURCE_MEMBERS_H
#define GA_RESOURCE_MEMBERS_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct json;
struct svec;

/* Adds to 'paths' what of 'json', an object of the kind, is unknown, as in
 * "spec.ingress[0].form", sorted, at most RESOURCE_MEMBERS_MAX of them, each
 * cut to a length that can be shown.  In a merge patch ('is_patch'), null is
 * no member, as it only deletes one.  Whatever is in status is known: it comes
 * from agents, also newer ones.  So is the content of labels, annotations and
 * values.  A member of a wrong type is not looked into. */
#define RESOURCE_MEMBERS_MAX 16
void resource_members_find_unknown(enum resource_kind, const struct json *,
                                   bool is_patch, struct svec *paths);

#endif /* lib/resource-members.h */
