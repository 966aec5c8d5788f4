/* The agent without a switch, a database or a network: a case in, flows out.
 *
 * All of the agent's stages run as they do in the daemon, from the objects of
 * a file to the flows that each owner wants.  Only the ends are fakes:
 * fake-local.h in place of the database, fake-ofctrl.h in place of the switch,
 * and a clock by which a minute passes after every change.
 *
 * A case is a JSON object:
 *
 *     comment      what it shows, for people
 *     settings     Open_vSwitch:external_ids; by default system-id=hv-1 and
 *                  nve-encap-ip=192.0.2.1
 *     receive      the content of the file of nve-receive
 *     interfaces   endpoint -> OpenFlow port, of those plugged in here
 *     objects      the controller's; "name" and "labels" may stand for their
 *                  metadata.  An object with "count": N stands for N objects;
 *                  in each, %k is replaced by its number, %x by the number as
 *                  two bytes of a MAC, and %i by the number as two bytes of an
 *                  address
 *     neighbors    what the patch port of each physical network has in its
 *                  external_ids:nve-neighbors
 *     tables       the tables whose flows are shown; all if it is left out
 *     owners       the owners whose flows are shown ("endpoint web-1")
 *     meters       true: meters are shown, too
 *     ports        true: tunnel ports of further plans' bridges are shown, too
 *     packets      a list of [name, packet], for flow-eval.h
 *     busy         bridges that confirm nothing as long as they are named
 *     changes      what happens then, one after the other: "name", "settings",
 *                  "receive", "busy", "interfaces", "seconds" that pass
 *                  before, "objects" that come or are replaced, "deleted"
 *                  ones as "KIND NAME", and "packets".  What is left out stays
 *                  as it is, and null takes away.  With "flows": true, flows
 *                  are shown again if they have changed
 *     history      why one that starts after a change has other flows than one
 *                  that has followed it
 *
 * flow-show.h says how flows look. */
#ifndef GA_TESTS_FLOW_FIXTURE_H
#define GA_TESTS_FLOW_FIXTURE_H 1

#include <stdbool.h>

struct json;

/* Runs the agent with 'test_case'.  Returns the flows and meters of all
 * bridges, sorted, what the switch would refuse, and what becomes of the
 * packets at first and after each change, for the caller to free.  'dir' is a
 * directory for files. */
char *flow_fixture_run(const struct json *test_case, const char *dir);

/* Runs the agent with 'test_case', and then, for each change, one that starts
 * with what there was after it.  Returns true if both have the same flows, but
 * for the numbers of zones.  If not, stores those after the first change after
 * which they differ, for the caller to free: of the agent that followed the
 * changes, and of the one that started. */
bool flow_fixture_start_anew(const struct json *test_case, const char *dir,
                             char **followed, char **started);

#endif /* tests/unit/flow-fixture.h */
