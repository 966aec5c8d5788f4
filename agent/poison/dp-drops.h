/* Reads what ovs-vswitchd tells about its datapaths, to find out who sent
 * packets that it cannot take. */
#ifndef GA_DP_DROPS_H
#define GA_DP_DROPS_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct svec;

/* The answer to "coverage/read-counter": false if it is no number. */
bool dp_drops_parse_counter(const char *text, unsigned long long *value);

/* The answer to "upcall/show": appends the names of datapaths, as dpctl
 * wants them, to 'names'.  Returns how many flows they have, together. */
size_t dp_drops_parse_upcalls(const char *text, struct svec *names);

/* A datapath flow that drops what comes from a tunnel. */
struct dp_drop {
    struct in6_addr src;            /* Underlay; IPv4 is mapped. */
    uint32_t vni;
};

/* The answer to "dpctl/dump-flows": fills 'drops' with up to 'max' of the
 * flows that bad packets leave behind, none twice.  Returns their number.
 *
 * The translation of a bad packet ends before any OpenFlow table: its flow
 * has nothing of the inner Ethernet header, and of the tunnel flags not O,
 * which the first table of ours looks at.  If no drop flow is like that, for
 * Open vSwitch may change, those that only lack the Ethernet header; then
 * '*sure' is false. */
size_t dp_drops_parse_flows(const char *text, struct dp_drop *drops,
                            size_t max, bool *sure);

#endif /* agent/poison/dp-drops.h */
