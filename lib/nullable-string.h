/* Strings that may be absent. */
#ifndef GA_NULLABLE_STRING_H
#define GA_NULLABLE_STRING_H 1

#include <stdbool.h>

/* Frees '*s' and stores 'new' in its place, which is taken; either may be
 * NULL.  Returns true if they differ. */
bool nullable_string_replace(char **s, char *new);

#endif /* lib/nullable-string.h */
