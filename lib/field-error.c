/* Errors that name the field. */

#include <config.h>

#include "lib/field-error.h"

#include <stdarg.h>
#include <stdlib.h>

#include "lib/printable.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

const char *
field_error_type_to_string(enum field_error_type type)
{
    switch (type) {
    case FE_REQUIRED:
        return "FieldValueRequired";
    case FE_INVALID:
        return "FieldValueInvalid";
    case FE_DUPLICATE:
        return "FieldValueDuplicate";
    case FE_NOT_SUPPORTED:
        return "FieldValueNotSupported";
    case FE_FORBIDDEN:
        return "FieldValueForbidden";
    case FE_NOT_FOUND:
        return "FieldValueNotFound";
    }
    OVS_NOT_REACHED();
}

void
field_errors_add(struct field_errors *errors, enum field_error_type type,
                 const char *field, const char *format, ...)
{
    struct field_error *e;
    va_list args;

    if (errors->n >= errors->allocated) {
        errors->errors = x2nrealloc(errors->errors, &errors->allocated,
                                    sizeof *errors->errors);
    }
    e = &errors->errors[errors->n++];
    e->type = type;
    e->field = printable_make(field);
    va_start(args, format);
    e->message = printable_make_nocopy(xvasprintf(format, args));
    va_end(args);
}

void
field_errors_destroy(struct field_errors *errors)
{
    for (size_t i = 0; i < errors->n; i++) {
        free(errors->errors[i].field);
        free(errors->errors[i].message);
    }
    free(errors->errors);
    *errors = (struct field_errors) FIELD_ERRORS_INITIALIZER;
}

char *
field_errors_to_string(const struct field_errors *errors)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < errors->n; i++) {
        if (i) {
            ds_put_cstr(&s, "; ");
        }
        ds_put_format(&s, "%s: %s", errors->errors[i].field,
                      errors->errors[i].message);
    }
    return ds_steal_cstr(&s);
}
