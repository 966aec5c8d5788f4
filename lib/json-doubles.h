/* Members of JSON objects that are there twice.
 *
 * Of two members with one name the parser keeps the last, and another one may
 * keep the first: who reads such a text, and who checks it, may see different
 * things.  The parsed JSON shows nothing of it, so this looks at the text. */
#ifndef GA_JSON_DOUBLES_H
#define GA_JSON_DOUBLES_H 1

#include <stddef.h>

struct svec;

/* Adds to 'paths' where a member comes a second time, as in
 * "spec.ingress[0].from", in the order of the text, at most 'max' of them,
 * each cut to a length that can be shown.  The 'n' bytes of text must be
 * something that json_util_parse() has parsed.  Takes time proportional to
 * 'n'. */
void json_doubles_find(const char *text, size_t n, size_t max,
                       struct svec *paths);

#endif /* lib/json-doubles.h */
