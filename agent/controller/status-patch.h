/* The merge patch that brings an object's status to what is wanted.
 *
 * Pure functions on JSON: RFC 7396. */
#ifndef GA_STATUS_PATCH_H
#define GA_STATUS_PATCH_H 1

struct json;

/* 'wanted' as status_patch() takes it: its members without the nulls within
 * them.  A new value, for the caller to own. */
struct json *status_normalize(const struct json *wanted);

/* The patch that gives 'status' (NULL if absent) the members of 'wanted', or
 * NULL if it has them.  A null in 'wanted' wants that member gone; members of
 * 'status' that 'wanted' does not name are left alone.  For the caller to
 * own. */
struct json *status_patch(const struct json *status,
                          const struct json *wanted);

#endif /* agent/controller/status-patch.h */
