/* Ages of objects: see resource-age.h. */

#include <config.h>

#include "lib/resource-age.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

#define TIME_FORM "dddd-dd-ddTdd:dd:ddZ"
#define UID_FORM "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

/* Reads a time.  Returns 0 if it has another form. */
static uint64_t
parse_time(const char *s, size_t n)
{
    uint64_t time = 0;

    if (n != strlen(TIME_FORM)) {
        return 0;
    }
    for (const char *form = TIME_FORM; *form; s++, form++) {
        if (*form != 'd') {
            if (*s != *form) {
                return 0;
            }
        } else if (*s >= '0' && *s <= '9') {
            time = time * 10 + (*s - '0');
        } else {
            return 0;
        }
    }
    return time;
}

/* Reads a uid in lower case.  Returns false if it has another form. */
static bool
parse_uid(const char *s, size_t n, uint8_t uid[16])
{
    size_t i = 0;

    if (n != strlen(UID_FORM)) {
        return false;
    }
    for (const char *form = UID_FORM; *form; s++, form++) {
        if (*form != 'x') {
            if (*s != *form) {
                return false;
            }
        } else if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f')) {
            uid[i / 2] = uid[i / 2] << 4 | (*s <= '9' ? *s - '0'
                                           : *s - 'a' + 10);
            i++;
        } else {
            return false;
        }
    }
    return true;
}

void
resource_age_init(struct resource_age *age, const char *timestamp,
                  size_t timestamp_len, const char *uid, size_t uid_len)
{
    *age = (struct resource_age) { .time = parse_time(timestamp,
                                                      timestamp_len) };
    if (age->time && parse_uid(uid, uid_len, age->uid)) {
        return;
    }
    *age = (struct resource_age) { .time = 0 };
    if (timestamp_len || uid_len) {
        age->text = xzalloc(timestamp_len + uid_len + 2);
        nullable_memcpy(age->text, timestamp, timestamp_len);
        nullable_memcpy(age->text + timestamp_len + 1, uid, uid_len);
    }
}

void
resource_age_uninit(struct resource_age *age)
{
    if (!age->time) {
        free(age->text);
    }
}

void
resource_age_to_text(const struct resource_age *age, char **timestamp,
                     char **uid)
{
    unsigned long long int t = age->time;
    const uint8_t *u = age->uid;

    if (!age->time) {
        const char *text = age->text ? age->text : "\0";

        *timestamp = xstrdup(text);
        *uid = xstrdup(text + strlen(text) + 1);
        return;
    }
    *timestamp = xasprintf("%04llu-%02llu-%02lluT%02llu:%02llu:%02lluZ",
                           t / 10000000000, t / 100000000 % 100,
                           t / 1000000 % 100, t / 10000 % 100,
                           t / 100 % 100, t % 100);
    *uid = xasprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
                     "%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4],
                     u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13],
                     u[14], u[15]);
}

/* As strcmp(), but an empty string comes last. */
static int
compare_filled(const char *a, const char *b)
{
    if (!a[0] || !b[0]) {
        return !a[0] - !b[0];
    }
    return strcmp(a, b);
}

int
resource_age_compare(const struct resource_age *a,
                     const struct resource_age *b)
{
    char *a_time, *a_uid, *b_time, *b_uid;
    int cmp;

    if (a->time && b->time) {
        return (a->time != b->time ? (a->time < b->time ? -1 : 1)
                : memcmp(a->uid, b->uid, sizeof a->uid));
    }
    resource_age_to_text(a, &a_time, &a_uid);
    resource_age_to_text(b, &b_time, &b_uid);

    /* RFC 3339 times in UTC sort as strings. */
    cmp = compare_filled(a_time, b_time);
    if (!cmp) {
        cmp = compare_filled(a_uid, b_uid);
    }
    free(a_time);
    free(a_uid);
    free(b_time);
    free(b_uid);
    return cmp;
}

bool
resource_age_equals(const struct resource_age *a,
                    const struct resource_age *b)
{
    return !resource_age_compare(a, b);
}
