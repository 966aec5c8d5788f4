/* Groups in their encoded form, as desired-flow.c has flows.
 *
 * The command is OVS's "add or modify": whatever somebody else did to a group,
 * the message makes it what it should be.  A modified group keeps the flows
 * that name it.
 *
 * Before OpenFlow 1.5 buckets have no ids, and the switch numbers them.  On
 * such a connection, groups with ids of our own are written again after each
 * reading. */

#include <config.h>

#include "agent/switch/desired-group.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

void
group_spec_init(struct group_spec *spec, enum ofp11_group_type type)
{
    *spec = (struct group_spec) {
        .mod = {
            .command = OFPGC11_ADD_OR_MOD,
            .type = type,
            .command_bucket_id = OFPG15_BUCKET_ALL,
        },
    };
    ovs_list_init(&spec->mod.buckets);
}

void
group_spec_destroy(struct group_spec *spec)
{
    ofputil_uninit_group_mod(&spec->mod);
}

void
group_spec_add(struct group_spec *spec, uint32_t id, uint16_t weight,
               ofp_port_t watch_port, const struct ofpbuf *ofpacts)
{
    struct ofputil_bucket *bucket = xzalloc(sizeof *bucket);

    bucket->bucket_id = id;
    bucket->weight = weight;
    bucket->watch_port = watch_port;
    bucket->watch_group = OFPG_ANY;
    bucket->ofpacts = xmemdup(ofpacts->data, ofpacts->size);
    bucket->ofpacts_len = ofpacts->size;
    ovs_list_push_back(&spec->mod.buckets, &bucket->list_node);
}

void
group_spec_set_hash(struct group_spec *spec, const enum mf_field_id *fields,
                    size_t n)
{
    struct ofputil_group_props *props = &spec->mod.props;

    ovs_strlcpy(props->selection_method, "hash",
                sizeof props->selection_method);
    for (size_t i = 0; i < n; i++) {
        union mf_value mask;

        memset(&mask, 0xff, sizeof mask);
        field_array_set(fields[i], &mask, &props->fields);
    }
}

/* Encodes 'mod', which stays as it is. */
static struct desired_group *
encode(const struct ofputil_group_mod *mod)
{
    struct ofpbuf *b = ofputil_encode_group_mod(DESIRED_GROUP_VERSION, mod,
                                                NULL, -1);
    struct ofp_header *oh = b->data;
    struct desired_group *group = xmalloc(sizeof *group + b->size);

    ofpmsg_update_length(b);
    oh->xid = 0;
    group->id = mod->group_id;
    group->len = b->size;
    memcpy(group->data, b->data, b->size);
    ofpbuf_delete(b);
    return group;
}

struct desired_group *
desired_group_create(uint32_t id, struct group_spec *spec)
{
    spec->mod.group_id = id;
    return encode(&spec->mod);
}

struct desired_group *
desired_group_from_desc(struct ofputil_group_desc *desc)
{
    struct ofputil_group_mod mod = {
        .command = OFPGC11_ADD_OR_MOD,
        .type = desc->type,
        .group_id = desc->group_id,
        .command_bucket_id = OFPG15_BUCKET_ALL,
        .props = desc->props,
    };
    struct desired_group *group;

    ovs_list_move(&mod.buckets, &desc->buckets);
    group = encode(&mod);
    ovs_list_move(&desc->buckets, &mod.buckets);
    return group;
}

bool
desired_group_equals(const struct desired_group *a,
                     const struct desired_group *b)
{
    return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static void
decode(const struct desired_group *group, struct ofputil_group_mod *mod)
{
    const struct ofp_header *oh
        = ALIGNED_CAST(const struct ofp_header *, group->data);

    if (ofputil_decode_group_mod(oh, mod)) {
        OVS_NOT_REACHED();      /* We have encoded it ourselves. */
    }
}

void
desired_group_put_mod(const struct desired_group *group, struct ofpbuf *b,
                      enum ofp_version version, ovs_be32 xid)
{
    size_t start = b->size;
    struct ofp_header *oh;

    if (version == DESIRED_GROUP_VERSION) {
        ofpbuf_put(b, group->data, group->len);
    } else {
        struct ofputil_group_mod mod;
        struct ofpbuf *msg;

        decode(group, &mod);
        msg = ofputil_encode_group_mod(version, &mod, NULL, -1);
        ofpmsg_update_length(msg);
        ofpbuf_put(b, msg->data, msg->size);
        ofpbuf_delete(msg);
        ofputil_uninit_group_mod(&mod);
    }
    oh = ofpbuf_at_assert(b, start, sizeof *oh);
    oh->xid = xid;
}

void
desired_group_format(const struct desired_group *group, struct ds *s)
{
    struct ofputil_group_mod mod;
    struct ds text = DS_EMPTY_INITIALIZER;

    decode(group, &mod);
    ofputil_group_mod_format__(&text, DESIRED_GROUP_VERSION, &mod, NULL,
                               NULL);
    ds_put_cstr(s, strstr(ds_cstr(&text), "group_id="));
    ds_destroy(&text);
    ofputil_uninit_group_mod(&mod);
}
