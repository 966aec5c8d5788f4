/* Where the data of an option comes from (an option's spec.value).
 *
 * Numbers are big-endian and right-aligned in the option.  A value that does
 * not fit is an error; none is ever truncated.  What Open vSwitch cannot write
 * into each packet (sequence numbers, timestamps, authentication codes) is
 * refused with that reason. */
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
    VALUE_SERVICE_VIP,              /* service.vip */
    VALUE_SERVICE_DSR,              /* service.dsr */
};

struct value_source {
    enum value_from from;
    char *name;                     /* For VALUE_EP_VALUES, else NULL. */
    uint8_t constant[GENEVE_OPT_MAX_DATA]; /* For VALUE_CONSTANT. */
    uint8_t length;                 /* Of 'constant': the option's length. */
};

/* Sizes of the values that come from the packet, or from a service that it is
 * for (lib/service-option.h).  A definition that is too short for one is
 * invalid. */
#define VALUE_DSCP_BITS 6
#define VALUE_FLOW_HASH_BITS 32
#define VALUE_SERVICE_VIP_BITS 32
#define VALUE_SERVICE_DSR_BITS 64

/* Whether only packets for services have such a value. */
static inline bool
value_is_of_service(enum value_from from)
{
    return from == VALUE_SERVICE_VIP || from == VALUE_SERVICE_DSR;
}

/* Parses spec.value for an option of 'length' bytes, a valid length; 'field'
 * is its name in messages.  The JSON may be NULL: that is VALUE_NONE.  Returns
 * false, with at least one error added, if it is wrong; then there is nothing
 * to destroy. */
bool value_source_from_json(const struct json *, unsigned int length,
                            const char *field, struct value_source *,
                            struct field_errors *);

/* Frees what the source holds, not the source itself. */
void value_source_destroy(struct value_source *);

/* The name of a source that has one name: neither VALUE_NONE, VALUE_CONSTANT
 * nor VALUE_EP_VALUES. */
const char *value_from_to_string(enum value_from);

/* "endpoint.policyLabel", "constant 0x..", "none"; for the caller to free. */
char *value_source_to_string(const struct value_source *);

/* Puts the 'n' bytes of a number right-aligned into the 'length' bytes of
 * 'data'.  Returns false if it does not fit: one of the bytes that would have
 * to be cut off is not zero. */
bool value_put_number(const uint8_t *number, size_t n, uint8_t *data,
                      size_t length);

/* Converts "0x" and any number of hex digits, or a decimal number of up to 64
 * bits, to right-aligned bytes.  Returns false if it is neither or does not
 * fit.  "0x" alone has no bytes, so fits everywhere. */
bool value_bytes_from_string(const char *, uint8_t *data, size_t length);

#endif /* lib/value.h */
