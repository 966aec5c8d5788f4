/* Status objects: how the API says that something failed. */
#ifndef GA_API_STATUS_H
#define GA_API_STATUS_H 1

#include "compiler.h"
#include "lib/resource.h"

struct field_errors;
struct json;

/* Returns a new failure, for the caller to destroy: an HTTP status code,
 * Kubernetes' name for the reason, and a sentence. */
struct json *api_status_create(int code, const char *reason,
                               const char *format, ...)
    OVS_PRINTF_FORMAT(3, 4);

/* Sets its details: the object that it is about ('name' may be NULL), one more
 * cause, and when to try again. */
void api_status_set_object(struct json *, enum resource_kind,
                           const char *name);
void api_status_add_cause(struct json *, const char *reason,
                          const char *field, const char *message);
void api_status_set_retry_after(struct json *, int seconds);

int api_status_get_code(const struct json *);

/* In seconds; 0 if it is no use trying again. */
int api_status_get_retry_after(const struct json *);

/* Return new objects for cases that several modules have, for the caller to
 * destroy.  The third answers a DELETE that was carried out.  The fourth makes
 * the client list again. */
struct json *api_status_not_found(enum resource_kind, const char *name);
struct json *api_status_invalid(enum resource_kind, const char *name,
                                const struct field_errors *);
struct json *api_status_deleted(enum resource_kind, const char *name,
                                const struct uuid *);
struct json *api_status_expired(void);

#endif /* utilities/nvad/api-status.h */
