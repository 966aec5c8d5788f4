/* Members of objects that are decoded as they are read, by a table of those
 * that there can be: for endpoint-decode.c and nve-decode.c.
 *
 * What a reader does not take makes the cursor odd, and the other parser has
 * to say what is wrong with it, if anything is. */
#ifndef GA_SCAN_H
#define GA_SCAN_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/json-scan.h"

#define SCAN_MAX_TEXT 63            /* Of a value or an address. */
#define SCAN_MAX_IPS 16

/* A table of them ends with one without a name. */
struct scan_member {
    const char *name;
    bool (*read)(struct json_scan *, void *to);
    size_t to;                      /* Where that is: an offset. */
    bool null_is_absent;
};

struct scan_number {
    bool has;
    uint32_t value;
};

/* Distinct ones. */
struct scan_ips {
    size_t n;
    struct in6_addr ips[SCAN_MAX_IPS];
};

/* Reads an object whose members are all in the table.  Each is taken once: of
 * two with one name the other parser keeps the last, so this one gives up. */
bool scan_members(struct json_scan *, const struct scan_member *, void *base);

/* Copies 'slice', with a null at its end.  Returns false if it is longer than
 * SCAN_MAX_TEXT. */
bool scan_copy_text(const struct json_slice *,
                    char text[SCAN_MAX_TEXT + 1]);

/* Reads a string of that length at most. */
bool scan_text(struct json_scan *, char text[SCAN_MAX_TEXT + 1]);

/* Readers for a table.  Each says in front what is at 'to'. */

/* A struct json_slice: a string; one that is not empty, as strings that are
 * absent and those that are empty are the same in the structures; the name of
 * an object; the API version. */
bool scan_string(struct json_scan *, void *to);
bool scan_filled(struct json_scan *, void *to);
bool scan_name(struct json_scan *, void *to);
bool scan_api_version(struct json_scan *, void *to);

/* A struct scan_number. */
bool scan_u32(struct json_scan *, void *to);

/* An int64_t: metadata.generation. */
bool scan_generation(struct json_scan *, void *to);

/* A struct scan_ips. */
bool scan_ips(struct json_scan *, void *to);

/* Nothing: whatever it is; annotations, which have to be strings, and mean
 * nothing. */
bool scan_anything(struct json_scan *, void *to);
bool scan_annotations(struct json_scan *, void *to);

#endif /* lib/scan.h */
