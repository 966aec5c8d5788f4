/* What an agent of flow-fixture.h has made, as text: the flows, groups and
 * meters of its bridges, and what becomes of packets there.
 *
 * The flows are formatted as `ovs-ofctl dump-flows --no-stats' does, except
 * that the numbers which stand for NVEs, profiles and groups of policies, and
 * which are hashes, are replaced by names. */
#ifndef GA_TESTS_FLOW_SHOW_H
#define GA_TESTS_FLOW_SHOW_H 1

#include <stdbool.h>

struct agent;
struct ds;
struct json;

struct flow_show {
    const struct agent *agent;
    const struct json *selection;   /* "tables", "owners", "meters", "ports":
                                     * see flow-fixture.h. */
    bool hides_zones;               /* Their numbers tell which was first. */
};

/* Adds to 's' what each bridge is to have, sorted, and what the switch would
 * refuse. */
void flow_show_flows(const struct flow_show *, struct ds *s);

/* Adds what becomes of 'packets', a list of [name, packet], for
 * flow-eval.h. */
void flow_show_packets(const struct flow_show *, const struct json *packets,
                       struct ds *s);

#endif /* tests/unit/flow-show.h */
