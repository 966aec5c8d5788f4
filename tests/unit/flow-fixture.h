/* The agent without a switch, a database or a network: a case in, flows out.
 *
 * All of the agent's stages run as they do in the daemon, from the objects of
 * a file to the flows that each owner wants.  Only the ends are fakes:
 * fake-local.h in place of the database, fake-ofctrl.h in place of the switch.
 * A case is a JSON object:
 *
 *     comment      what it shows, for people
 *     settings     Open_vSwitch:external_ids; those that are left out are
 *                  system-id=hv-1 and nve-encap-ip=192.0.2.1
 *     interfaces   endpoint -> OpenFlow port, of those plugged in here
 *     objects      the controller's; "name" and "labels" may stand for their
 *                  metadata
 *     tables       the tables that are of interest; all, if it is left out
 *     owners       the same for owners ("endpoint web-1")
 *
 * The flows are formatted as `ovs-ofctl dump-flows --no-stats` does, except
 * that the numbers which stand for NVEs, profiles and groups of policies are
 * shown as names: they are hashes. */
#ifndef GA_TESTS_FLOW_FIXTURE_H
#define GA_TESTS_FLOW_FIXTURE_H 1

struct flow_fixture;
struct json;

/* Runs the agent with 'test_case' until it is at rest.  'dir' is a directory
 * for files of its own. */
struct flow_fixture *flow_fixture_create(const struct json *test_case,
                                         const char *dir);
void flow_fixture_destroy(struct flow_fixture *);

/* The flows and meters of all bridges, sorted, and what the switch would
 * refuse; for the caller to free. */
char *flow_fixture_to_string(const struct flow_fixture *);

#endif /* tests/unit/flow-fixture.h */
