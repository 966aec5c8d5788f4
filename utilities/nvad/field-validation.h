/* fieldValidation: what a write does about members that mean nothing. */
#ifndef GA_FIELD_VALIDATION_H
#define GA_FIELD_VALIDATION_H 1

#include <stdbool.h>
#include <stddef.h>

struct json;
struct svec;
struct write_request;

enum field_validation {
    FIELD_VALIDATION_STRICT,        /* The write is refused. */
    FIELD_VALIDATION_WARN,
    FIELD_VALIDATION_IGNORE,
};

/* Reads the parameter of a request; NULL and "" are the default, Strict.
 * Returns false if there is no such value. */
bool field_validation_from_string(const char *, enum field_validation *);

/* Looks for members of the request's body that its kind does not have, and for
 * those that are there twice, which only shows in the text that the body was
 * parsed from.  Of a patch, it is the patch that is looked at: it answers for
 * what it adds, not for what is stored.  Returns a Status object if the
 * request is to be refused, else NULL, with a warning for each such member
 * added to 'warnings' if warnings are wanted. */
struct json *field_validation_check(enum field_validation,
                                    const struct write_request *,
                                    const char *text, size_t n,
                                    struct svec *warnings);

#endif /* utilities/nvad/field-validation.h */
