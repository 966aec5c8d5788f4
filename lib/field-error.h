/* Errors that name the field: what validation says of an object.
 *
 * A list grows while an object is looked at, so that a user sees all faults
 * at once; an object with any is refused as a whole. */
#ifndef GA_FIELD_ERROR_H
#define GA_FIELD_ERROR_H 1

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"

/* Kubernetes' names for causes, in a Status' details.causes[].reason. */
enum field_error_type {
    FE_REQUIRED,                    /* FieldValueRequired */
    FE_INVALID,                     /* FieldValueInvalid */
    FE_DUPLICATE,                   /* FieldValueDuplicate */
    FE_NOT_SUPPORTED,               /* FieldValueNotSupported */
    FE_FORBIDDEN,                   /* FieldValueForbidden */
    FE_NOT_FOUND,                   /* FieldValueNotFound: a reference */
};

/* Its name in a Status.  Static data. */
const char *field_error_type_to_string(enum field_error_type);

struct field_error {
    enum field_error_type type;
    char *field;                    /* "spec.subnets[1].cidr" */
    char *message;                  /* "10.0.0.0/33 is not a CIDR prefix" */
};

struct field_errors {
    struct field_error *errors;
    size_t n, allocated;
};
#define FIELD_ERRORS_INITIALIZER { NULL, 0, 0 }

/* Appends an error; copies 'field'. */
void field_errors_add(struct field_errors *, enum field_error_type,
                      const char *field, const char *format, ...)
    OVS_PRINTF_FORMAT(4, 5);

/* Frees what the list holds, not the structure itself. */
void field_errors_destroy(struct field_errors *);

/* "spec.vni: 16777216 is over 16777215; spec.mtu: ...", or "" without errors;
 * for the caller to free. */
char *field_errors_to_string(const struct field_errors *);

#endif /* lib/field-error.h */
