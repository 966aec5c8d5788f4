/* A switch that does what it is told: implements agent/switch/ofctrl.h for
 * programs that link this in place of the real one.
 *
 * There is no connection.  ofctrl_run() installs the TLV map and confirms all
 * flows, unless the bridge is busy. */
#ifndef GA_TESTS_FAKE_OFCTRL_H
#define GA_TESTS_FAKE_OFCTRL_H 1

#include <stdbool.h>
#include <stdint.h>

struct desired_group;
struct flow_table;
struct meter_band;
struct ofctrl;

/* The bridge of that name, or NULL. */
const struct ofctrl *fake_ofctrl_find(const char *bridge);

/* A bridge that is busy installs and confirms nothing.  It need not exist
 * yet. */
void fake_ofctrl_set_busy(const char *bridge, bool busy);

/* What the bridge's owners want, in slots.  If two want the same flow, that is
 * an error of the table. */
const struct flow_table *fake_ofctrl_get_flows(const struct ofctrl *);

/* Calls 'cb' for each meter, in the order of ids. */
void fake_ofctrl_for_each_meter(const struct ofctrl *,
                                void (*cb)(uint32_t id,
                                           const struct meter_band *,
                                           const char *owner, void *aux),
                                void *aux);

/* Calls 'cb' for each group, in the order of ids. */
void fake_ofctrl_for_each_group(const struct ofctrl *,
                                void (*cb)(const struct desired_group *,
                                           const char *owner, void *aux),
                                void *aux);

#endif /* tests/unit/fake-ofctrl.h */
