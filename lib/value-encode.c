/* The bytes of an option: what its source says of an endpoint, its VPC and the
 * sending NVE, as a number of the option's length. */

#include <config.h>

#include "lib/value-encode.h"

#include <string.h>

#include "lib/resource-endpoint.h"
#include "lib/resource-nve.h"
#include "lib/resource-vpc.h"
#include "lib/value.h"
#include "util.h"

static enum value_result
encode_u32(bool present, uint32_t value, unsigned int length,
           const char *field, uint8_t *data, char **error)
{
    ovs_be32 number = htonl(value);

    if (!present) {
        return VALUE_ABSENT;
    }
    if (!value_put_number((const uint8_t *) &number, sizeof number, data,
                          length)) {
        *error = xasprintf("%s: %"PRIu32" does not fit %u bytes", field,
                           value, length);
        return VALUE_BAD;
    }
    return VALUE_OK;
}

/* What the endpoint's spec says, else what the labeller has given it. */
static enum value_result
encode_policy_label(const struct endpoint *ep, unsigned int length,
                    uint8_t *data, char **error)
{
    uint32_t label;

    if (!ep || !endpoint_policy_label(ep, &label)) {
        return VALUE_ABSENT;
    }
    return encode_u32(true, label, length,
                      ep->has_policy_label ? "spec.policyLabel"
                      : "status.policyLabel", data, error);
}

static enum value_result
encode_ep_value(const char *name, unsigned int length,
                const struct endpoint *ep, uint8_t *data, char **error)
{
    const char *s = ep && ep->values ? smap_get(ep->values, name) : NULL;

    if (!s) {
        return VALUE_ABSENT;
    }
    if (!value_bytes_from_string(s, data, length)) {
        *error = xasprintf("spec.values.%s: %s does not fit %u bytes", name,
                           s, length);
        return VALUE_BAD;
    }
    return VALUE_OK;
}

static enum value_result
encode_tenant_id(const struct vpc *vpc, unsigned int length, uint8_t *data,
                 char **error)
{
    if (!vpc || !vpc->has_tenant_id) {
        return VALUE_ABSENT;
    }
    if (!value_put_number(vpc->tenant_id, sizeof vpc->tenant_id, data,
                          length)) {
        *error = xasprintf("spec.tenantId of the VPC: 16 bytes do not fit "
                           "%u bytes", length);
        return VALUE_BAD;
    }
    return VALUE_OK;
}

enum value_result
value_encode(const struct value_source *source, unsigned int length,
             const struct endpoint *ep, const struct vpc *vpc,
             const struct nve *self, uint8_t *data, char **error)
{
    *error = NULL;
    switch (source->from) {
    case VALUE_CONSTANT:
        ovs_assert(source->length == length);
        memcpy(data, source->constant, length);
        return VALUE_OK;
    case VALUE_EP_POLICY_LABEL:
        return encode_policy_label(ep, length, data, error);
    case VALUE_EP_TYPE:
        return encode_u32(ep && ep->has_type, ep ? ep->type : 0, length,
                          "spec.type", data, error);
    case VALUE_EP_QOS_CLASS:
        return encode_u32(ep && ep->has_qos_class, ep ? ep->qos_class : 0,
                          length, "spec.qosClass", data, error);
    case VALUE_EP_VALUES:
        return encode_ep_value(source->name, length, ep, data, error);
    case VALUE_VPC_TENANT_ID:
        return encode_tenant_id(vpc, length, data, error);
    case VALUE_NVE_ID:
        return encode_u32(self && self->has_id, self ? self->id : 0, length,
                          "spec.id of the NVE", data, error);
    case VALUE_PACKET_DSCP:
    case VALUE_PACKET_FLOW_HASH:
        return VALUE_PER_PACKET;
    case VALUE_SERVICE_VIP:
    case VALUE_SERVICE_DSR:
    case VALUE_NONE:
        return VALUE_ABSENT;
    }
    OVS_NOT_REACHED();
}
