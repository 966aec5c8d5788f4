/* JSON read in place: a cursor over the text, and no tree.
 *
 * For texts that come by the thousand and look alike.  It takes less than JSON
 * allows: a string that is asked for has no escapes and is ASCII, a number is
 * an integer of at most 18 digits.  What it does not take makes the cursor
 * *odd*, and then nothing more can be read by it.  What it reads without
 * becoming odd is what json_util_parse() would have read; of anything odd that
 * function has to say whether it is JSON, and what is wrong with it. */
#ifndef GA_JSON_SCAN_H
#define GA_JSON_SCAN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct json_scan {
    const char *p;                  /* What comes next. */
    const char *end;
    bool odd;
    bool canonical;                 /* What is not as json_to_string() writes
                                     * it with JSSF_SORT is odd: white space,
                                     * names that do not ascend, and whatever
                                     * else could be written in two ways. */
};

/* A string, in the text. */
struct json_slice {
    const char *s;                  /* NULL: there is none. */
    size_t n;
};

static inline bool
json_slice_is(const struct json_slice *slice, const char *s)
{
    return (slice->s && slice->n == strlen(s)
            && !memcmp(slice->s, s, slice->n));
}

/* A cursor at the start of the 'n' bytes of 'text'. */
struct json_scan json_scan_start(const char *text, size_t n);

/* Makes the cursor odd.  Returns false. */
bool json_scan_give_up(struct json_scan *);

/* Goes past white space.  Returns true if that was all, and the cursor is not
 * odd. */
bool json_scan_at_end(struct json_scan *);

/* For each member of the object that comes next:
 *
 *     if (json_scan_open(s, '{')) {
 *         while (json_scan_member(s, &name)) {
 *             ...reads the value...
 *         }
 *     }
 *
 * An array is the same with '[' and json_scan_element().  '*name' has to be
 * all-zero at first.  Whoever leaves the loop by another way has to give the
 * cursor up. */
bool json_scan_open(struct json_scan *, char bracket);
bool json_scan_member(struct json_scan *, struct json_slice *name);
bool json_scan_element(struct json_scan *, bool *first);

/* Whether the value that comes next is null, true or false, a string or
 * whatever else begins with that character.  Does not move the cursor but past
 * white space. */
bool json_scan_is(struct json_scan *, char first);

/* Each reads a value of its type, and returns false if the cursor is odd
 * then. */
bool json_scan_string(struct json_scan *, struct json_slice *);
bool json_scan_integer(struct json_scan *, int64_t *);
bool json_scan_null(struct json_scan *);

/* Goes past a value of any kind.  Escapes and UTF-8 in its strings are
 * fine. */
bool json_scan_skip(struct json_scan *);

#endif /* lib/json-scan.h */
