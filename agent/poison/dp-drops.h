/* Parses ovs-vswitchd's answers about its datapaths, to find out who sent
 * packets that it cannot take. */
#ifndef GA_DP_DROPS_H
#define GA_DP_DROPS_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct svec;

/* Parses the answer to "coverage/read-counter".  Returns false if it is no
 * number. */
bool dp_drops_parse_counter(const char *text, unsigned long long *value);

/* Parses the answer to "upcall/show": appends the names of datapaths, as dpctl
 * takes them, to 'names'.  Returns how many flows they have altogether. */
size_t dp_drops_parse_upcalls(const char *text, struct svec *names);

/* A datapath flow that drops what comes from a tunnel. */
struct dp_drop {
    struct in6_addr src;            /* Underlay; IPv4 is mapped. */
    uint32_t vni;
};

/* Parses the answer to "dpctl/dump-flows": fills 'drops' with up to 'max' of
 * the flows that bad packets leave behind, none twice.  Returns their number.
 *
 * The translation of a bad packet ends before any OpenFlow table.  So its flow
 * matches nothing of the inner Ethernet header, and of the tunnel's flags not
 * O, which our first table looks at.  Should no drop flow be like that (Open
 * vSwitch may change), those count that only lack the Ethernet header; then
 * '*sure' is set to false. */
size_t dp_drops_parse_flows(const char *text, struct dp_drop *drops,
                            size_t max, bool *sure);

#endif /* agent/poison/dp-drops.h */
