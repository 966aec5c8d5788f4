/* Members that are decoded as they are read: see scan.h. */

#include <config.h>

#include "lib/scan.h"

#include "lib/field.h"
#include "lib/resource-class.h"
#include "lib/resource-name.h"
#include "util.h"

bool
scan_members(struct json_scan *s, const struct scan_member *members,
             void *base)
{
    struct json_slice name = { NULL, 0 };
    uint32_t had = 0;

    if (!json_scan_open(s, '{')) {
        return false;
    }
    while (json_scan_member(s, &name)) {
        size_t i = 0;

        while (members[i].name && !json_slice_is(&name, members[i].name)) {
            i++;
        }
        if (!members[i].name || had & (1u << i)) {
            return json_scan_give_up(s);
        }
        had |= 1u << i;
        if (members[i].null_is_absent && json_scan_is(s, 'n')) {
            json_scan_null(s);
        } else if (!members[i].read(s, (char *) base + members[i].to)) {
            return json_scan_give_up(s);
        }
    }
    return !s->odd;
}

bool
scan_copy_text(const struct json_slice *slice, char text[SCAN_MAX_TEXT + 1])
{
    if (slice->n > SCAN_MAX_TEXT) {
        return false;
    }
    memcpy(text, slice->s, slice->n);
    text[slice->n] = '\0';
    return true;
}

bool
scan_text(struct json_scan *s, char text[SCAN_MAX_TEXT + 1])
{
    struct json_slice slice;

    return json_scan_string(s, &slice) && scan_copy_text(&slice, text);
}

bool
scan_string(struct json_scan *s, void *slice)
{
    return json_scan_string(s, slice);
}

bool
scan_filled(struct json_scan *s, void *slice)
{
    return json_scan_string(s, slice) && ((struct json_slice *) slice)->n;
}

bool
scan_name(struct json_scan *s, void *slice)
{
    struct json_slice *name = slice;

    return json_scan_string(s, name) && resource_name_is_valid_n(name->s,
                                                                 name->n);
}

bool
scan_api_version(struct json_scan *s, void *slice)
{
    return (json_scan_string(s, slice)
            && json_slice_is(slice, RESOURCE_API_VERSION));
}

bool
scan_u32(struct json_scan *s, void *number_)
{
    struct scan_number *number = number_;
    int64_t x;

    if (!json_scan_integer(s, &x) || x < 0 || x > UINT32_MAX) {
        return false;
    }
    *number = (struct scan_number) { true, x };
    return true;
}

bool
scan_generation(struct json_scan *s, void *generation)
{
    return json_scan_integer(s, generation) && *(int64_t *) generation > 0;
}

static bool
has_ip(const struct scan_ips *ips, const struct in6_addr *ip)
{
    for (size_t i = 0; i < ips->n; i++) {
        if (!memcmp(&ips->ips[i], ip, sizeof *ip)) {
            return true;
        }
    }
    return false;
}

bool
scan_ips(struct json_scan *s, void *ips_)
{
    struct scan_ips *ips = ips_;
    bool first = true;

    if (!json_scan_open(s, '[')) {
        return false;
    }
    while (json_scan_element(s, &first)) {
        char text[SCAN_MAX_TEXT + 1];
        const char *fault;

        if (ips->n >= SCAN_MAX_IPS || !scan_text(s, text)
            || !field_parse_ip(text, &ips->ips[ips->n], &fault)
            || has_ip(ips, &ips->ips[ips->n])) {
            return false;
        }
        ips->n++;
    }
    return !s->odd;
}

bool
scan_anything(struct json_scan *s, void *none OVS_UNUSED)
{
    return json_scan_skip(s);
}

bool
scan_annotations(struct json_scan *s, void *none OVS_UNUSED)
{
    struct json_slice name = { NULL, 0 };

    if (!json_scan_open(s, '{')) {
        return false;
    }
    while (json_scan_member(s, &name)) {
        if (!json_scan_is(s, '"') || !json_scan_skip(s)) {
            return false;
        }
    }
    return !s->odd;
}
