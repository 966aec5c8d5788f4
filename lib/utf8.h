/* UTF-8: RFC 3629. */
#ifndef GA_UTF8_H
#define GA_UTF8_H 1

#include <stddef.h>
#include <stdint.h>

/* Returns the number of bytes of the well-formed sequence at 's', which has
 * 'n' bytes, at least 1; 0 if there is none (section 4: no overlong forms, no
 * surrogates). */
size_t utf8_sequence(const char *s, size_t n);

/* The number of bytes, at most 'max', after which 's' can be cut without
 * cutting a character in two; all of them if it is not longer. */
size_t utf8_cut(const char *s, size_t max);

/* A copy with each byte that is not part of a well-formed sequence replaced by
 * U+FFFD, for the caller to free. */
char *utf8_clean(const char *s);

/* Takes one character from '*s', which is not at its end, and advances it.
 * Returns the code point, or UINT32_MAX for a byte that is not part of a valid
 * character. */
uint32_t utf8_next(const char **s);

#endif /* lib/utf8.h */
