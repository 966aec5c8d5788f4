/* The OpenFlow port numbers that tunnel ports of ours ask for.
 *
 * Open vSwitch gives out numbers below 32768 by itself, and leaves the others
 * to controllers.  A port that asks for one of those has a number before it is
 * there, so flows need not wait for it.  lib/port-space.h says which ones
 * tunnel ports may ask for. */
#ifndef GA_TUNNEL_NUMBERS_H
#define GA_TUNNEL_NUMBERS_H 1

#include "lib/port-space.h"
#include "openvswitch/types.h"

struct tunnel_numbers;

#define TUNNEL_NUMBERS_FIRST PORT_SPACE_TUNNELS
#define TUNNEL_NUMBERS_END PORT_SPACE_END   /* The first that is none. */

struct tunnel_numbers *tunnel_numbers_create(void);
void tunnel_numbers_destroy(struct tunnel_numbers *);

/* Somebody has 'number', or asks for it: it is taken until as many calls of
 * tunnel_numbers_release().  Both do nothing for a number that is not among
 * those above, 0 included. */
void tunnel_numbers_use(struct tunnel_numbers *, ofp_port_t number);
void tunnel_numbers_release(struct tunnel_numbers *, ofp_port_t number);

/* Takes a number that nobody uses, as tunnel_numbers_use() does; 0 if there is
 * none.  What was released last comes last: flows that output to it may be
 * there still. */
ofp_port_t tunnel_numbers_take(struct tunnel_numbers *);

#endif /* agent/node/tunnel-numbers.h */
