/* Appending OpenFlow actions to a buffer of ofpacts, and setting matches.
 *
 * put_X() appends one action; the name is X, not flow_actions_put_X(), since
 * flows consist of little else.  match_set_X() is for fields that Open
 * vSwitch's functions of that name leave out.
 *
 * None of them needs the switch's TLV map: a tunnel option is written as if
 * its field had the full 124 bytes, and the switch cuts it by its own map. */
#ifndef GA_FLOW_ACTIONS_H
#define GA_FLOW_ACTIONS_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/meta-flow.h"
#include "openvswitch/types.h"

struct eth_addr;
struct ip_prefix;
struct match;
struct ofpbuf;

/* Fields. */

/* set_field of the low 'n_bits' of a field of up to 64 bits; all its bits if
 * 'n_bits' is 0.  'value' is in host byte order and must fit. */
void put_load_imm(struct ofpbuf *ofpacts, enum mf_field_id, uint64_t value,
                  unsigned int n_bits);

/* The same for 'n_bits' bits from bit 'ofs' on. */
void put_load_bits(struct ofpbuf *ofpacts, enum mf_field_id, uint64_t value,
                   unsigned int ofs, unsigned int n_bits);

/* Sets 16 bits of a field, from bit 'dst_ofs' on, to a hash of what makes a
 * flow: addresses, protocol and the ports of TCP, UDP and SCTP, with source
 * and destination interchangeable; of MACs, VLAN and type if it is no IP
 * packet.  Another 'basis' gives another hash. */
void put_multipath_hash(struct ofpbuf *ofpacts, uint16_t basis,
                        enum mf_field_id dst, unsigned int dst_ofs);

/* Sets a field of 32 bits to one of 0...'n_links' - 1, by a hash of the IP
 * addresses, with source and destination interchangeable.  Another 'n_links'
 * changes it for few (RFC 2992 says how few could be). */
void put_multipath_addresses(struct ofpbuf *ofpacts, uint16_t n_links,
                             enum mf_field_id dst);

/* move:src[src_ofs..+n_bits]->dst[dst_ofs..+n_bits]. */
void put_move(struct ofpbuf *ofpacts, enum mf_field_id src,
              unsigned int src_ofs, enum mf_field_id dst,
              unsigned int dst_ofs, unsigned int n_bits);

/* Tunnel options. */

/* set_field of tun_metadata<index>: the option will be sent, with exactly the
 * 'len' bytes of 'data'.  'len' must be the length in the TLV map, and may be
 * 0 (a flag option). */
void put_set_option(struct ofpbuf *ofpacts, unsigned int index,
                    const uint8_t *data, size_t len);

/* delete_field:tun_metadata<index>: the option will not be sent. */
void put_delete_option(struct ofpbuf *ofpacts, unsigned int index);

/* Headers. */

/* Set the address that the packet is tunnelled to or from; an IPv4 address is
 * mapped.  They set tun_dst or tun_ipv6_dst (tun_src or tun_ipv6_src) and
 * leave the other one alone. */
void put_set_tun_dst(struct ofpbuf *ofpacts, const struct in6_addr *);
void put_set_tun_src(struct ofpbuf *ofpacts, const struct in6_addr *);
void put_set_tun_id(struct ofpbuf *ofpacts, uint32_t vni);
void put_set_eth_src(struct ofpbuf *ofpacts, struct eth_addr);
void put_set_eth_dst(struct ofpbuf *ofpacts, struct eth_addr);
void put_set_ipv6(struct ofpbuf *ofpacts, enum mf_field_id,
                  const struct in6_addr *);

/* Sets the source address of an IPv4 or IPv6 packet, whichever 'ip' is: the
 * flow's match must say that it is such a packet. */
void put_set_ip_src(struct ofpbuf *ofpacts, const struct in6_addr *ip);

/* For packets with a TTL or hop limit of at least 2. */
void put_dec_ttl(struct ofpbuf *ofpacts);

/* Where the packet goes. */

/* Has the packet wait in that queue of the port by which it leaves; later
 * outputs, too. */
void put_set_queue(struct ofpbuf *ofpacts, uint32_t queue);

/* Drops the packet if it is beyond the rate of meter 'id'. */
void put_meter(struct ofpbuf *ofpacts, uint32_t id);

void put_goto(struct ofpbuf *ofpacts, uint8_t table);
void put_resubmit(struct ofpbuf *ofpacts, uint8_t table);

/* Not for the port that the packet came from: that needs
 * put_output_in_port(). */
void put_output(struct ofpbuf *ofpacts, ofp_port_t port);
void put_output_in_port(struct ofpbuf *ofpacts);

/* The same, so that a clone() around it is one in the datapath: what happens
 * in a clone() that Open vSwitch thinks it can undo, such as a meter of
 * another flow, happens to all of the packet. */
void put_output_copy(struct ofpbuf *ofpacts, ofp_port_t port);

/* To the port whose number is in the low 'n_bits' of a register. */
void put_output_reg(struct ofpbuf *ofpacts, enum mf_field_id,
                    unsigned int n_bits);

/* Goes on by the buckets of a group. */
void put_group(struct ofpbuf *ofpacts, uint32_t id);

/* Notes the packet's connection in 'zone' and translates its source, or its
 * destination, to 'ip', the port too if it has to.  It goes on in 'table' with
 * the connection's state.  The flow's match must say that it is IPv4 or
 * IPv6. */
void put_ct_snat(struct ofpbuf *ofpacts, uint16_t zone,
                 const struct in6_addr *ip, uint8_t table);
void put_ct_dnat(struct ofpbuf *ofpacts, uint16_t zone,
                 const struct in6_addr *ip, uint8_t table);

/* The packets that a flow's match lets through.  The kernel's datapath
 * translates an ICMP error that goes the way of its connection, as a client's
 * about an answer does, only in a ct() that commits.  No error begins a
 * connection, so nothing is committed. */
enum ct_packets {
    CT_ANY,
    CT_ERRORS,                      /* Only ICMP errors. */
};

/* Translates the packet as its connection is translated, if it belongs to one
 * in 'zone'.  It goes on in 'table' with the connection's state. */
void put_ct_nat(struct ofpbuf *ofpacts, uint16_t zone, enum ct_packets,
                uint8_t table);

/* The same as put_ct_snat() with a port of 'min'...'max' in place of its own,
 * and the packet does not go on elsewhere: actions may follow.  As
 * put_ct_dnat(), with 'port' as the port. */
void put_ct_snat_ports(struct ofpbuf *ofpacts, uint16_t zone,
                       const struct in6_addr *ip, uint16_t min, uint16_t max);
void put_ct_dnat_port(struct ofpbuf *ofpacts, uint16_t zone,
                      const struct in6_addr *ip, uint16_t port,
                      uint8_t table);

/* put_ct_nat() in two zones, one after the other, in one pass: the second one
 * sees what the first one made of the packet, and 'table' sees the state in
 * the second. */
void put_ct_nats(struct ofpbuf *ofpacts, uint16_t first, uint16_t second,
                 enum ct_packets, uint8_t table);

/* As put_ct_dnat_port(); actions that come between this and put_ct_end() set
 * ct_label and ct_mark of the connection.  Returns what put_ct_end() takes. */
size_t put_ct_dnat_begin(struct ofpbuf *ofpacts, uint16_t zone,
                         const struct in6_addr *ip, uint16_t port,
                         uint8_t table);

/* Goes on in 'table' with the state of the packet's connection in 'zone', and
 * changes nothing. */
void put_ct_find(struct ofpbuf *ofpacts, uint16_t zone, uint8_t table);

/* Notes the packet's connection in 'zone', and with it what the actions
 * between this and put_ct_end() say, which set nothing but ct_mark and
 * ct_label.  The packet goes on with the actions that follow, and knows
 * nothing of it.  Returns what put_ct_end() takes. */
size_t put_ct_commit_begin(struct ofpbuf *ofpacts, uint16_t zone);

/* Ends a ct() that began at offset 'begin': the actions that were appended
 * since are nested in it. */
void put_ct_end(struct ofpbuf *ofpacts, size_t begin);

/* Sets bit 'ofs' of a register to 1 if the packet has more than 'len' bytes,
 * its Ethernet header included, else to 0. */
void put_check_larger(struct ofpbuf *ofpacts, uint16_t len, enum mf_field_id,
                      unsigned int ofs);

/* Hands the first 'max_len' bytes of the packet to the controller of that id,
 * in an NXT_PACKET_IN2 with 'userdata'. */
void put_controller(struct ofpbuf *ofpacts, uint16_t controller_id,
                    uint16_t max_len, const char *userdata);

/* Actions between the two work on a copy of the packet.  The value that the
 * first returns is for the second. */
size_t put_clone_begin(struct ofpbuf *ofpacts);
void put_clone_end(struct ofpbuf *ofpacts, size_t begin);

/* Matches. */

/* Matches tun_metadata<index> with exactly the 'len' bytes of 'data'. */
void match_set_option(struct match *, unsigned int index,
                      const uint8_t *data, size_t len);

/* Matches packets that have the option, whatever its data. */
void match_set_option_present(struct match *, unsigned int index);

/* Match packets whose destination (if 'dst', else source) is that address, or
 * in that prefix, and that are of its family. */
void match_set_ip(struct match *, const struct in6_addr *, bool dst);
void match_set_prefix(struct match *, const struct ip_prefix *, bool dst);

/* Match tun_dst or tun_ipv6_dst (tun_src or tun_ipv6_src). */
void match_set_tun_dst_ip(struct match *, const struct in6_addr *);
void match_set_tun_src_ip(struct match *, const struct in6_addr *);

#endif /* agent/switch/flow-actions.h */
