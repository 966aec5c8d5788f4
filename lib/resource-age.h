/* When an object was made, and which of those of that time it is. */
#ifndef GA_RESOURCE_AGE_H
#define GA_RESOURCE_AGE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* metadata.creationTimestamp and metadata.uid, which an object has for its
 * life.  Each endpoint has one, so what has the usual forms (RFC 3339 in UTC
 * and seconds, RFC 4122) is kept in binary.  All-zero: there is neither. */
struct resource_age {
    uint64_t time;                  /* As a decimal number, YYYYMMDDhhmmss;
                                     * 0: see 'text'. */
    union {
        uint8_t uid[16];
        char *text;                 /* NULL, or both as text, one after the
                                     * other, each with its null at the end,
                                     * for what does not have these forms. */
    };
};

/* The lengths are those of the strings; 0 if there is none. */
void resource_age_init(struct resource_age *, const char *timestamp,
                       size_t timestamp_len, const char *uid, size_t uid_len);

void resource_age_uninit(struct resource_age *);

/* The two texts, each for the caller to free. */
void resource_age_to_text(const struct resource_age *, char **timestamp,
                          char **uid);

bool resource_age_equals(const struct resource_age *,
                         const struct resource_age *);

/* Returns less than 0 if 'a' comes before 'b': the one with the earlier
 * timestamp or, as that is in seconds, with the lesser uid.  What either lacks
 * comes last. */
int resource_age_compare(const struct resource_age *a,
                         const struct resource_age *b);

#endif /* lib/resource-age.h */
