/* The note of NAT zones: see nat-zone-note.h.  Which of an earlier run nobody
 * wants is known once all objects are. */

#include <config.h>

#include "agent/publish/nat-zone-note.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/node/local.h"
#include "agent/switch/nat-zones.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"

void
nat_zone_note_run(struct agent *agent)
{
    bool changed = false;

    if (write_gate_is_open(agent->gate, WRITE_SWITCH)) {
        nat_zones_prune(agent->nat_zones);
    }
    nat_zones_take_changes(agent->nat_zones, &changed);
    if (changed) {
        char *note = nat_zones_to_string(agent->nat_zones);

        local_set_nat_zones(agent->local, note[0] ? note : NULL);
        free(note);
    }
    nat_zones_run(agent->nat_zones, ofctrl_get_revision(agent->ofctrl),
                  ofctrl_get_confirmed(agent->ofctrl));
}

void
nat_zone_note_wait(const struct agent *agent)
{
    nat_zones_wait(agent->nat_zones);
}
