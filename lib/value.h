/* Where the data of an option comes from, and its bytes on the wire.
 *
 * Numbers are big-endian and right-aligned in the option.  A value that does
 * not fit is an error, never cut.  What OVS cannot do per packet (sequence
 * numbers, timestamps, MACs) is refused with that reason. */
#ifndef GA_VALUE_H
#define GA_VALUE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/field-error.h"
#include "lib/option.h"

struct json;

enum value_from {
    VALUE_NONE,                     /* Definition without a source. */
    VALUE_CONSTANT,
    VALUE_EP_POLICY_LABEL,          /* endpoint.policyLabel */
    VALUE_EP_TYPE,                  /* endpoint.type */
    VALUE_EP_QOS_CLASS,             /* endpoint.qosClass */
    VALUE_EP_VALUES,                /* endpoint.values.NAME */
    VALUE_VPC_TENANT_ID,            /* vpc.tenantId */
    VALUE_NVE_ID,                   /* nve.id */
    VALUE_PACKET_DSCP,              /* packet.dscp */
    VALUE_PACKET_FLOW_HASH,         /* packet.flowHash */
};

struct value_source {
    enum value_from from;
    char *name;                     /* For VALUE_EP_VALUES, else NULL. */
    uint8_t constant[GENEVE_OPT_MAX_DATA]; /* For VALUE_CONSTANT. */
    uint8_t length;                 /* Of 'constant': the option's length. */
};

/* Of values from the packet, which a definition that is too short for them
 * cannot have. */
#define VALUE_DSCP_BITS 6
#define VALUE_FLOW_HASH_BITS 32

/* Parses spec.value for an option of 'length' bytes; 'field' is its name in
 * messages.  Returns false with at least one error added if it is wrong.
 * 'json' may be NULL: VALUE_NONE. */
bool value_source_from_json(const struct json *, unsigned int length,
                            const char *field, struct value_source *,
                            struct field_errors *);
void value_source_destroy(struct value_source *);

/* "endpoint.policyLabel", "constant 0x..", for the caller to free. */
char *value_source_to_string(const struct value_source *);

struct endpoint;
struct vpc;
struct nve;

enum value_result {
    VALUE_OK,
    VALUE_PER_PACKET,               /* It fits, but differs by packet. */
    VALUE_ABSENT,                   /* The object has no such value. */
    VALUE_BAD,                      /* It does not fit, '*error' says why. */
};

/* The option's 'length' bytes for packets of 'ep', in 'data'.  'self' is the
 * NVE that sends.  With VALUE_BAD sets '*error' to a message that names the
 * object's field; the caller must free it. */
enum value_result value_encode(const struct value_source *,
                               unsigned int length,
                               const struct endpoint *ep,
                               const struct vpc *, const struct nve *self,
                               uint8_t *data, char **error);

/* "0x" and an even number of hex digits, or a decimal or short hex number,
 * to right-aligned bytes; false if it is no such string or does not fit. */
bool value_bytes_from_string(const char *, uint8_t *data, size_t length);

#endif /* lib/value.h */
