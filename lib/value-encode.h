/* The bytes that an option has in the packets of an endpoint. */
#ifndef GA_VALUE_ENCODE_H
#define GA_VALUE_ENCODE_H 1

#include <stdint.h>

struct endpoint;
struct nve;
struct value_source;
struct vpc;

enum value_result {
    VALUE_OK,
    VALUE_PER_PACKET,               /* It fits, but differs by packet. */
    VALUE_ABSENT,                   /* The object has no such value. */
    VALUE_BAD,                      /* It does not fit, '*error' says why. */
};

/* Puts into 'data' the option's 'length' bytes for packets of 'ep', an
 * endpoint of the VPC.  'self' is the NVE that sends.  All three may be NULL,
 * which is the same as lacking the value.  VALUE_NONE is VALUE_ABSENT; so is
 * what only packets for services have: no endpoint sends any.  With VALUE_BAD,
 * sets '*error' to a message that names the object's field, for the caller to
 * free; else to NULL. */
enum value_result value_encode(const struct value_source *,
                               unsigned int length,
                               const struct endpoint *ep,
                               const struct vpc *, const struct nve *self,
                               uint8_t *data, char **error);

#endif /* lib/value-encode.h */
