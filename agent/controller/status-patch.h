/* The merge patch that brings an object's status to what is wanted.
 *
 * Pure functions on JSON: RFC 7396. */
#ifndef GA_STATUS_PATCH_H
#define GA_STATUS_PATCH_H 1

struct json;

/* What status_patch_make() takes for 'wanted': its members, without the nulls
 * within them.  A new value, for the caller to own. */
struct json *status_patch_normalize(const struct json *wanted);

/* Returns the patch that gives 'status' (NULL if absent) the members of
 * 'wanted', for the caller to own, or NULL if it has them.  A null in 'wanted'
 * means that the member should be gone; members of 'status' that 'wanted' does
 * not name are left alone. */
struct json *status_patch_make(const struct json *status,
                               const struct json *wanted);

#endif /* agent/controller/status-patch.h */
