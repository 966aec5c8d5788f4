/* What a flow does to turn a question of ARP or neighbour discovery into its
 * answer, whoever asks and wherever the answer goes.
 *
 * Open vSwitch can set the link-layer address of an advertisement only in a
 * flow that matches one.  So that answer is made in two steps: one flow turns
 * the solicitation into an advertisement, and another completes it. */
#ifndef GA_NEIGHBOR_ANSWER_H
#define GA_NEIGHBOR_ANSWER_H 1

#include <stdint.h>

#include "openvswitch/types.h"

struct in6_addr;
struct match;
struct ofpbuf;

/* Flags of an advertisement (RFC 4861, section 4.4): solicited and override,
 * for a router that bit, too. */
#define NEIGHBOR_ANSWER_HOST 0x60000000
#define NEIGHBOR_ANSWER_ROUTER 0xe0000000

/* Makes 'match' match a message of neighbour discovery: ND_NEIGHBOR_*. */
void neighbor_answer_match_nd(struct match *, uint8_t type);

/* Makes an ARP request the answer "'ip' is at 'mac'". */
void neighbor_answer_put_arp(struct ofpbuf *, struct eth_addr mac,
                             ovs_be32 ip);

/* The first step of the same for a solicitation.  The MAC that is to be told
 * is the sender's from then on. */
void neighbor_answer_put_advert(struct ofpbuf *, struct eth_addr mac,
                                const struct in6_addr *ip, uint32_t flags);

/* A part of the second step: whoever asked has no address yet and only tries
 * one, so the answer goes to all nodes (RFC 4861, section 7.2.4).  Makes
 * 'match' match such an advertisement, too. */
void neighbor_answer_put_to_all(struct match *, struct ofpbuf *);

#endif /* agent/flows/neighbor-answer.h */
