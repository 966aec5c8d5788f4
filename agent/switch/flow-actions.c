/* Actions and matches, without text in between.
 *
 * The values of tunnel options are right-aligned in the 124 bytes that a
 * tun_metadata field has when no TLV map is at hand.  The OpenFlow encoding
 * leaves leading zeros out, and the switch puts back as many as its map says.
 * A value longer than the map says would silently be cut to its high bytes, so
 * callers must give the mapped length.
 *
 * There is no action for the outer UDP checksum: flows see only the O bit of
 * the tunnel's flags.  The checksum is an option of the port, options:csum. */

#include <config.h>

#include "agent/switch/flow-actions.h"

#include <string.h>

#include "lib/ip-prefix.h"
#include "openflow/nicira-ext.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

static const struct mf_field *
option_field(unsigned int index)
{
    ovs_assert(index < TUN_METADATA_NUM_OPTS);
    return mf_from_id(MFF_TUN_METADATA0 + index);
}

/* Fills in 'value' with 'data', right-aligned in the field, which is shorter
 * than the array in 'value'. */
static void
option_value(const struct mf_field *mf, union mf_value *value,
             const uint8_t *data, size_t len)
{
    ovs_assert(len <= mf->n_bytes);
    memset(value, 0, sizeof *value);
    if (len) {
        memcpy(&value->tun_metadata[mf->n_bytes - len], data, len);
    }
}

void
put_load_bits(struct ofpbuf *ofpacts, enum mf_field_id id, uint64_t value,
              unsigned int ofs, unsigned int n_bits)
{
    const struct mf_field *mf = mf_from_id(id);
    struct ofpact_set_field *sf = ofpact_put_set_field(ofpacts, mf, NULL,
                                                       NULL);
    ovs_be64 n_value = htonll(value);

    bitwise_copy(&n_value, sizeof n_value, 0, sf->value, mf->n_bytes, ofs,
                 n_bits);
    bitwise_one(ofpact_set_field_mask(sf), mf->n_bytes, ofs, n_bits);
}

void
put_load_imm(struct ofpbuf *ofpacts, enum mf_field_id id, uint64_t value,
             unsigned int n_bits)
{
    put_load_bits(ofpacts, id, value, 0,
                  n_bits ? n_bits : mf_from_id(id)->n_bits);
}

void
put_move(struct ofpbuf *ofpacts, enum mf_field_id src, unsigned int src_ofs,
         enum mf_field_id dst, unsigned int dst_ofs, unsigned int n_bits)
{
    struct ofpact_reg_move *move = ofpact_put_REG_MOVE(ofpacts);

    move->src.field = mf_from_id(src);
    move->src.ofs = src_ofs;
    move->src.n_bits = n_bits;
    move->dst.field = mf_from_id(dst);
    move->dst.ofs = dst_ofs;
    move->dst.n_bits = n_bits;
}

void
put_multipath_addresses(struct ofpbuf *ofpacts, uint16_t n_links,
                        enum mf_field_id dst)
{
    struct ofpact_multipath *mp = ofpact_put_MULTIPATH(ofpacts);

    mp->fields = NX_HASH_FIELDS_SYMMETRIC_L3;
    mp->basis = 0;
    mp->algorithm = NX_MP_ALG_HRW;
    mp->max_link = n_links - 1;
    mp->arg = 0;
    mp->dst.field = mf_from_id(dst);
    mp->dst.ofs = 0;
    mp->dst.n_bits = 32;
}

void
put_multipath_hash(struct ofpbuf *ofpacts, uint16_t basis,
                   enum mf_field_id dst, unsigned int dst_ofs)
{
    struct ofpact_multipath *mp = ofpact_put_MULTIPATH(ofpacts);

    mp->fields = NX_HASH_FIELDS_SYMMETRIC_L3L4_UDP;
    mp->basis = basis;
    mp->algorithm = NX_MP_ALG_MODULO_N;
    mp->max_link = UINT16_MAX;
    mp->arg = 0;
    mp->dst.field = mf_from_id(dst);
    mp->dst.ofs = dst_ofs;
    mp->dst.n_bits = 16;
}

void
put_set_option(struct ofpbuf *ofpacts, unsigned int index,
               const uint8_t *data, size_t len)
{
    const struct mf_field *mf = option_field(index);
    union mf_value value;

    option_value(mf, &value, data, len);
    ofpact_put_set_field(ofpacts, mf, &value, NULL);
}

void
put_delete_option(struct ofpbuf *ofpacts, unsigned int index)
{
    ofpact_put_DELETE_FIELD(ofpacts)->field = option_field(index);
}

static void
put_set_addr(struct ofpbuf *ofpacts, const struct in6_addr *addr,
             enum mf_field_id v4, enum mf_field_id v6)
{
    if (IN6_IS_ADDR_V4MAPPED(addr)) {
        ovs_be32 ip = in6_addr_get_mapped_ipv4(addr);

        ofpact_put_set_field(ofpacts, mf_from_id(v4), &ip, NULL);
    } else {
        ofpact_put_set_field(ofpacts, mf_from_id(v6), addr, NULL);
    }
}

void
put_set_tun_dst(struct ofpbuf *ofpacts, const struct in6_addr *addr)
{
    put_set_addr(ofpacts, addr, MFF_TUN_DST, MFF_TUN_IPV6_DST);
}

void
put_set_tun_src(struct ofpbuf *ofpacts, const struct in6_addr *addr)
{
    put_set_addr(ofpacts, addr, MFF_TUN_SRC, MFF_TUN_IPV6_SRC);
}

void
put_set_tun_id(struct ofpbuf *ofpacts, uint32_t vni)
{
    put_load_imm(ofpacts, MFF_TUN_ID, vni, 0);
}

void
put_set_eth_src(struct ofpbuf *ofpacts, struct eth_addr mac)
{
    ofpact_put_set_field(ofpacts, mf_from_id(MFF_ETH_SRC), &mac, NULL);
}

void
put_set_ipv6(struct ofpbuf *ofpacts, enum mf_field_id id,
             const struct in6_addr *addr)
{
    ofpact_put_set_field(ofpacts, mf_from_id(id), addr, NULL);
}

void
put_set_eth_dst(struct ofpbuf *ofpacts, struct eth_addr mac)
{
    ofpact_put_set_field(ofpacts, mf_from_id(MFF_ETH_DST), &mac, NULL);
}

void
put_set_ip_src(struct ofpbuf *ofpacts, const struct in6_addr *ip)
{
    put_set_addr(ofpacts, ip, MFF_IPV4_SRC, MFF_IPV6_SRC);
}

void
put_dec_ttl(struct ofpbuf *ofpacts)
{
    uint16_t controller_id = 0;
    struct ofpact_cnt_ids *ids = ofpact_put_DEC_TTL(ofpacts);

    ids->n_controllers = 1;
    ofpbuf_put(ofpacts, &controller_id, sizeof controller_id);
    ids = ofpacts->header;
    ofpact_finish_DEC_TTL(ofpacts, &ids);
}

void
put_meter(struct ofpbuf *ofpacts, uint32_t id)
{
    struct ofpact_meter *meter = ofpact_put_METER(ofpacts);

    meter->meter_id = id;
    meter->provider_meter_id = UINT32_MAX;      /* The switch's business. */
}

void
put_goto(struct ofpbuf *ofpacts, uint8_t table)
{
    ofpact_put_GOTO_TABLE(ofpacts)->table_id = table;
}

void
put_resubmit(struct ofpbuf *ofpacts, uint8_t table)
{
    struct ofpact_resubmit *resubmit = ofpact_put_RESUBMIT(ofpacts);

    resubmit->in_port = OFPP_IN_PORT;
    resubmit->table_id = table;
}

void
put_output(struct ofpbuf *ofpacts, ofp_port_t port)
{
    ofpact_put_OUTPUT(ofpacts)->port = port;
}

void
put_output_copy(struct ofpbuf *ofpacts, ofp_port_t port)
{
    struct ofpact_output_trunc *output = ofpact_put_OUTPUT_TRUNC(ofpacts);

    output->port = port;
    output->max_len = UINT16_MAX;   /* All of it. */
}

void
put_set_queue(struct ofpbuf *ofpacts, uint32_t queue)
{
    ofpact_put_SET_QUEUE(ofpacts)->queue_id = queue;
}

void
put_output_in_port(struct ofpbuf *ofpacts)
{
    put_output(ofpacts, OFPP_IN_PORT);
}

void
put_output_reg(struct ofpbuf *ofpacts, enum mf_field_id id,
               unsigned int n_bits)
{
    struct ofpact_output_reg *output = ofpact_put_OUTPUT_REG(ofpacts);

    output->src.field = mf_from_id(id);
    output->src.ofs = 0;
    output->src.n_bits = n_bits;
    output->max_len = UINT16_MAX;
}

void
put_group(struct ofpbuf *ofpacts, uint32_t id)
{
    ofpact_put_GROUP(ofpacts)->group_id = id;
}

void
put_ct_find(struct ofpbuf *ofpacts, uint16_t zone, uint8_t table)
{
    struct ofpact_conntrack *ct = ofpact_put_CT(ofpacts);

    ct->zone_src.field = NULL;
    ct->zone_imm = zone;
    ct->recirc_table = table;
    ofpact_finish(ofpacts, &ct->ofpact);
}

void
put_ct_end(struct ofpbuf *ofpacts, size_t begin)
{
    struct ofpact_conntrack *ct = ofpbuf_at_assert(ofpacts, begin,
                                                   sizeof *ct);

    ofpacts->header = ct;
    ofpact_finish(ofpacts, &ct->ofpact);
}

/* Appends ct() with a nat() whose address is 'ip' (NULL: none) and whose ports
 * are 'min'...'max' (0: whichever), of the destination if 'dst', else of the
 * source. */
static void
put_ct(struct ofpbuf *ofpacts, uint16_t zone, const struct in6_addr *ip,
       uint16_t min, uint16_t max, bool dst, enum ct_packets packets,
       uint8_t table)
{
    size_t start = ofpacts->size;
    struct ofpact_conntrack *ct = ofpact_put_CT(ofpacts);
    struct ofpact_nat *nat;

    ct->flags = ip || packets == CT_ERRORS ? NX_CT_F_COMMIT : 0;
    ct->zone_src.field = NULL;
    ct->zone_imm = zone;
    ct->recirc_table = table;

    nat = ofpact_put_NAT(ofpacts);
    if (ip) {
        nat->flags = dst ? NX_NAT_F_DST : NX_NAT_F_SRC;
        nat->range.proto.min = min;
        nat->range.proto.max = max == min ? 0 : max;
        if (IN6_IS_ADDR_V4MAPPED(ip)) {
            nat->range_af = AF_INET;
            nat->range.addr.ipv4.min = in6_addr_get_mapped_ipv4(ip);
        } else {
            nat->range_af = AF_INET6;
            nat->range.addr.ipv6.min = *ip;
        }
    }
    put_ct_end(ofpacts, start);
}

void
put_ct_snat(struct ofpbuf *ofpacts, uint16_t zone, const struct in6_addr *ip,
            uint8_t table)
{
    put_ct(ofpacts, zone, ip, 0, 0, false, CT_ANY, table);
}

void
put_ct_snat_ports(struct ofpbuf *ofpacts, uint16_t zone,
                  const struct in6_addr *ip, uint16_t min, uint16_t max)
{
    put_ct(ofpacts, zone, ip, min, max, false, CT_ANY, NX_CT_RECIRC_NONE);
}

void
put_ct_dnat(struct ofpbuf *ofpacts, uint16_t zone, const struct in6_addr *ip,
            uint8_t table)
{
    put_ct(ofpacts, zone, ip, 0, 0, true, CT_ANY, table);
}

void
put_ct_dnat_port(struct ofpbuf *ofpacts, uint16_t zone,
                 const struct in6_addr *ip, uint16_t port, uint8_t table)
{
    put_ct(ofpacts, zone, ip, port, port, true, CT_ANY, table);
}

size_t
put_ct_dnat_begin(struct ofpbuf *ofpacts, uint16_t zone,
                  const struct in6_addr *ip, uint16_t port, uint8_t table)
{
    size_t begin = ofpacts->size;

    put_ct(ofpacts, zone, ip, port, port, true, CT_ANY, table);
    return begin;
}

void
put_ct_nat(struct ofpbuf *ofpacts, uint16_t zone, enum ct_packets packets,
           uint8_t table)
{
    put_ct(ofpacts, zone, NULL, 0, 0, false, packets, table);
}

void
put_ct_nats(struct ofpbuf *ofpacts, uint16_t first, uint16_t second,
            enum ct_packets packets, uint8_t table)
{
    put_ct_nat(ofpacts, first, packets, NX_CT_RECIRC_NONE);
    put_ct_nat(ofpacts, second, packets, table);
}

size_t
put_ct_commit_begin(struct ofpbuf *ofpacts, uint16_t zone)
{
    size_t begin = ofpacts->size;
    struct ofpact_conntrack *ct = ofpact_put_CT(ofpacts);

    ct->flags = NX_CT_F_COMMIT;
    ct->zone_src.field = NULL;
    ct->zone_imm = zone;
    ct->recirc_table = NX_CT_RECIRC_NONE;
    return begin;
}

void
put_check_larger(struct ofpbuf *ofpacts, uint16_t len, enum mf_field_id id,
                 unsigned int ofs)
{
    struct ofpact_check_pkt_larger *check
        = ofpact_put_CHECK_PKT_LARGER(ofpacts);

    check->pkt_len = len;
    check->dst.field = mf_from_id(id);
    check->dst.ofs = ofs;
    check->dst.n_bits = 1;
}

void
put_controller(struct ofpbuf *ofpacts, uint16_t controller_id,
               uint16_t max_len, const char *userdata)
{
    struct ofpact_controller *oc = ofpact_put_CONTROLLER(ofpacts);

    oc->max_len = max_len;
    oc->controller_id = controller_id;
    oc->reason = OFPR_ACTION;
    oc->meter_id = NX_CTLR_NO_METER;
    oc->userdata_len = strlen(userdata);
    ofpbuf_put(ofpacts, userdata, strlen(userdata));
    oc = ofpacts->header;
    ofpact_finish_CONTROLLER(ofpacts, &oc);
}

size_t
put_clone_begin(struct ofpbuf *ofpacts)
{
    size_t begin = ofpacts->size;

    ofpact_put_CLONE(ofpacts);
    return begin;
}

void
put_clone_end(struct ofpbuf *ofpacts, size_t begin)
{
    struct ofpact_nest *clone = ofpbuf_at_assert(ofpacts, begin,
                                                 sizeof *clone);

    ofpacts->header = clone;
    ofpact_finish_CLONE(ofpacts, &clone);
}

void
match_set_option(struct match *match, unsigned int index,
                 const uint8_t *data, size_t len)
{
    const struct mf_field *mf = option_field(index);
    union mf_value value;
    char *error;

    option_value(mf, &value, data, len);
    mf_set(mf, &value, NULL, match, &error);
    /* The only errors are more than 256 bytes in all and an option that is
     * matched twice. */
    ovs_assert(!error);
}

void
match_set_option_present(struct match *match, unsigned int index)
{
    static const union mf_value any;
    char *error;

    /* Without a mask this would match an option whose data is 0. */
    tun_metadata_set_match(option_field(index), &any, &any, match, &error);
}

void
match_set_ip(struct match *match, const struct in6_addr *ip, bool dst)
{
    bool is_ipv6 = !IN6_IS_ADDR_V4MAPPED(ip);
    struct ip_prefix prefix = { *ip, is_ipv6 ? 128 : 32, is_ipv6 };

    match_set_prefix(match, &prefix, dst);
}

void
match_set_prefix(struct match *match, const struct ip_prefix *prefix,
                 bool dst)
{
    if (prefix->is_ipv6) {
        struct in6_addr mask = ipv6_create_mask(prefix->plen);

        match_set_dl_type(match, htons(ETH_TYPE_IPV6));
        if (dst) {
            match_set_ipv6_dst_masked(match, &prefix->addr, &mask);
        } else {
            match_set_ipv6_src_masked(match, &prefix->addr, &mask);
        }
    } else {
        ovs_be32 ip = in6_addr_get_mapped_ipv4(&prefix->addr);
        ovs_be32 mask = be32_prefix_mask(prefix->plen);

        match_set_dl_type(match, htons(ETH_TYPE_IP));
        if (dst) {
            match_set_nw_dst_masked(match, ip, mask);
        } else {
            match_set_nw_src_masked(match, ip, mask);
        }
    }
}

void
match_set_tun_dst_ip(struct match *match, const struct in6_addr *addr)
{
    if (IN6_IS_ADDR_V4MAPPED(addr)) {
        match_set_tun_dst(match, in6_addr_get_mapped_ipv4(addr));
    } else {
        match_set_tun_ipv6_dst(match, addr);
    }
}

void
match_set_tun_src_ip(struct match *match, const struct in6_addr *addr)
{
    if (IN6_IS_ADDR_V4MAPPED(addr)) {
        match_set_tun_src(match, in6_addr_get_mapped_ipv4(addr));
    } else {
        match_set_tun_ipv6_src(match, addr);
    }
}
