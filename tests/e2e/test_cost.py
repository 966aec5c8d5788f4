"""Work is in proportion to what changes, not to what there is."""
import pathlib
import re
import time

import pytest

import world
from stopping import stopped
from waiting import pause, wait_until
from world import ct, table


@pytest.fixture(scope="module")
def big(own_lab):
    """hv-1 with one endpoint; hv-2 gets many more, that are only on paper."""
    lab = own_lab(2)
    lab.apply(*[o for o in world.objects(0) if o["kind"] != "VPC"],
              world.vpc("big", 5002, "10.2.0.0/16", optionProfile="web"),
              world.endpoint("here", "big", 1, "10.2.0"),
              world.endpoint("there", "big", 2, "10.2.0"))
    lab.plug("hv-1", "here")
    lab.plug("hv-2", "there")
    return lab


def populate(lab, count):
    lab.apply(*(world.endpoint("far-%03d" % n, "big", 1 + n % 250,
                               "10.2.%d" % (1 + n // 250), nve="hv-2")
                for n in range(count)))

    def installed():
        status = lab.agentctl("hv-1", "status")
        openflow = status["openflow"]
        assert status["endpoints"]["remote"] == count + 1, status["endpoints"]
        assert openflow["flows"] == openflow["installed"] > count, openflow
        return True
    wait_until(installed, "%d endpoints have their flows" % count)


def cost_of_change(lab):
    """Flow mods that hv-1 sends when hv-2 changes its advertisement."""
    costs = []
    for names in (("policy-label",), ("qos-class", "policy-label"),
                  ("policy-label", "tenant-id", "endpoint-type"),
                  ("policy-label",)):
        before = lab.agentctl("hv-1", "status")["openflow"]["flowMods"]
        lab.set_receive("hv-2", table(*names, order="strict"))
        lab.wait_transmit("hv-1", "hv-2", "web", options=ct(*names))
        costs.append(lab.agentctl("hv-1", "status")["openflow"]["flowMods"]
                     - before)
    # The first depends on what was before.
    return costs[1:]


def test_flow_mods_do_not_depend_on_endpoints(big):
    populate(big, 10)
    # The first time an order is asked for, the plan may have to change.
    cost_of_change(big)
    few = cost_of_change(big)
    populate(big, 200)
    many = cost_of_change(big)
    assert few == many
    assert all(0 < cost <= 20 for cost in few), few


def test_flow_mods_of_an_endpoint_are_a_handful(big):
    before = big.agentctl("hv-1", "status")
    big.apply(world.endpoint("one", "big", 1, "10.2.200", nve="hv-2"))

    def cost():
        now = big.agentctl("hv-1", "status")
        openflow = now["openflow"]
        assert (now["endpoints"]["remote"]
                == before["endpoints"]["remote"] + 1), now["endpoints"]
        assert openflow["flows"] == openflow["installed"], openflow
        return openflow["flowMods"] - before["openflow"]["flowMods"]
    assert wait_until(cost, "the endpoint has its flows") <= 5


def agent_pid(lab):
    return int((lab.dir / "hv-1" / "geneve-agentd.pid").read_text())


def test_what_was_overtaken_is_not_sent(big):
    """An agent that was away for a while sends what holds then."""
    def has_flow(address):
        return ("=%s " % address in big.on(
            "hv-1", "ovs-ofctl", "-O", "OpenFlow15", "dump-flows",
            "br-int").stdout.replace(",", " "))

    def mods():
        return big.agentctl("hv-1", "status")["openflow"]["flowMods"]

    def endpoint(n):
        return world.endpoint("busy", "big", n, "10.2.210", nve="hv-2")

    big.apply(endpoint(1))
    wait_until(lambda: has_flow("10.2.210.1"), "it has its flows")
    before = mods()
    with stopped(agent_pid(big)):
        for n in range(2, 60):
            big.apply(endpoint(n))
    wait_until(lambda: has_flow("10.2.210.59"), "the last change is there")
    assert mods() - before < 20


def wakeups(pid):
    """How often the process has slept."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                             path.read_text(), re.M).group(1))
               for path in pathlib.Path("/proc/%d/task" % pid).glob(
                   "*/status"))


def endpoint_that_moves(n):
    # The controller would tell of another label once more.
    return world.endpoint("mobile", "big", n, "10.2.220", nve="paper",
                          policyLabel=100)


def nve_that_moves(n):
    return world.nve("paper", "192.0.2.%d" % (100 + n))


def turns(lab, change, seconds, count, tries):
    """How many turns a change takes, with a pause after each."""
    pid = agent_pid(lab)

    def some():
        before = wakeups(pid)
        for n in range(1, 1 + count):
            lab.apply(change(n))
            pause(seconds)
        return (wakeups(pid) - before) / count

    # A machine that is slow in between gives the agent time for more.
    with lab.temporary(nve_that_moves(0), endpoint_that_moves(0)):
        return min(some() for _ in range(tries))


@pytest.mark.alone
@pytest.mark.parametrize("change", [endpoint_that_moves, nve_that_moves])
def test_a_change_takes_one_turn(big, change):
    """What the switch and the database say of it is heard with the next."""
    assert turns(big, change, 0.005, 20, 10) < 1.6


@pytest.mark.alone
@pytest.mark.parametrize("change", [endpoint_that_moves, nve_that_moves])
def test_a_change_alone_takes_two_turns(big, change):
    """The second hears what both have to say of it."""
    assert turns(big, change, 0.06, 8, 4) < 2.6


IDLE_SECONDS = 14               # A silent switch is given up after 12.


def test_nothing_is_done_when_nothing_happens(big):
    """But to ask the switch and the database whether they are there."""
    node = big.dir / "hv-1"
    pid = agent_pid(big)
    log = node / "geneve-agentd.log"
    before = wakeups(pid)
    mods = big.agentctl("hv-1", "status")["openflow"]["flowMods"]
    said = len(log.read_text())
    time.sleep(IDLE_SECONDS)
    woken = (wakeups(pid) - before) / IDLE_SECONDS
    assert big.agentctl("hv-1", "status")["openflow"]["flowMods"] == mods
    assert not re.findall(r".*\|(?:bridge_link|rconn)\|.*",
                          log.read_text()[said:])
    assert woken < 5, woken
