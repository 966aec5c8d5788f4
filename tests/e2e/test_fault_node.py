"""What happens to a node and its agent, and what that must not take away: the
bridges of further plans, whose rows the agent writes, carry the traffic.

hv-1 takes everything in any order; hv-2 and hv-3 want it in opposite ones, so
hv-1 serves one of them by a further plan.
"""
import json

import pytest

import traffic
import world
from waiting import wait_until
from world import table

NAMES = ["policy-label", "endpoint-type", "qos-class", "tenant-id"]
SECOND = "192.0.2.101"
KILLS = 5


@pytest.fixture(scope="module")
def three(own_lab):
    lab = own_lab(3)
    world.load(lab)
    lab.set_receive("hv-2", table(*NAMES, order="strict"))
    lab.set_receive("hv-3", table(*NAMES[::-1], order="strict"))
    has_plan(lab)
    return lab


def has_plan(lab):
    """Waits until hv-1 serves one by a further plan, and reaches both."""
    wait_until(lambda: len(lab.agentctl("hv-1", "plan", "list")) == 2,
               "hv-1 has two plans")
    world.settle(lab)
    for k in 2, 3:
        lab.wait_ping("web-1", "10.0.0.%d" % k)


def plan_rows(lab):
    """The rows of hv-1's further plans, without what ovs-vswitchd writes."""
    rows = {}
    for table_, columns in {"Bridge": ["_uuid", "ports", "fail_mode"],
                            "Port": ["_uuid", "interfaces"],
                            "Interface": ["_uuid", "type", "options",
                                          "ofport"]}.items():
        found = json.loads(lab.exec(
            "hv-1", "ovs-vsctl", "--format=json",
            "--columns=name," + ",".join(columns), "list", table_))
        rows.update({(table_, row[0]): row for row in found["data"]
                     if "tx" in row[0]})
    assert rows
    return rows


@pytest.fixture(scope="module")
def second(three):
    """hv-1 sends from an address that its routes would not choose."""
    three.exec("hv-1", "ip", "address", "add", SECOND + "/24", "dev", "br-phy")
    three.patch("NVE", "hv-1", {"spec": {"underlay": {"ips": [SECOND]}}})
    three.set("hv-1", nve_encap_ip=SECOND)
    return three


def test_underlay_address_changes(second):
    """The tunnel ports of further plans follow."""
    wait_until(lambda: {o for o in second.exec(
        "hv-1", "ovs-vsctl", "--bare", "--columns=options", "find",
        "interface", "type=geneve").split() if o.startswith("local_ip")}
        == {"local_ip=" + SECOND}, "all tunnels are from the new address")
    has_plan(second)
    with second.capture("hv-1") as capture:
        for k in 2, 3:
            assert second.ping("web-1", "10.0.0.%d" % k) == 3
        wait_until(lambda: len(capture.packets(SECOND)) >= 6, "packets")
        assert not capture.packets("192.0.2.1")


def test_start_without_controller(second):
    """Nothing of what forwards is written while the objects are not known."""
    has_plan(second)
    rows = plan_rows(second)
    second.kill("nva", "nvad")
    second.kill("hv-1", "geneve-agentd")
    second.start_daemon("hv-1", "geneve-agentd")
    try:
        wait_until(lambda: second.agentctl("hv-1", "status")["ovsdb"]["state"]
                   == "connected", "the agent has read the database")
        assert not second.agentctl("hv-1", "status")["complete"]
        assert plan_rows(second) == rows
        for k in 2, 3:
            assert second.ping("web-1", "10.0.0.%d" % k) == 3
        assert plan_rows(second) == rows
        assert second.agentctl("hv-1",
                               "status")["ovsdb"]["transactions"] == 0
    finally:
        second.start_daemon("nva", "nvad")
    has_plan(second)


def plugged_at(lab, endpoint):
    return lab.get("Endpoint", endpoint)["status"].get("nve")


def interface_of(lab, node, endpoint):
    return lab.exec(node, "ovs-vsctl", "--bare", "--columns=name", "find",
                    "interface", "external_ids:iface-id=" + endpoint).strip()


def test_port_made_anew_and_port_that_does_not_work(three):
    """An endpoint goes to hv-2 and, by a port that is made anew in one
    transaction, back to hv-1.  An Interface that does not work takes it from
    nobody."""
    with three.temporary(world.endpoint("roam", "blue", 70)):
        three.plug("hv-1", "roam")
        three.plug("hv-2", "roam")
        try:
            wait_until(lambda: plugged_at(three, "roam") == "hv-2",
                       "hv-2 has it")
            name = interface_of(three, "hv-1", "roam")
            three.exec("hv-1", "ovs-vsctl", "--if-exists", "del-port", name,
                       "--", "add-port", "br-int", name, "--", "set",
                       "interface", name, "external_ids:iface-id=roam")
            wait_until(lambda: plugged_at(three, "roam") == "hv-1",
                       "hv-1 has it again")

            three.exec("hv-3", "ovs-vsctl", "--no-wait", "add-port", "br-int",
                       "a-broken", "--", "set", "interface", "a-broken",
                       "external_ids:iface-id=roam")
            wait_until(lambda: "interface a-broken" in {
                a["object"] for a in three.agentctl("hv-3",
                                                    "status")["alarms"]},
                       "hv-3 says that it does not work")
            world.settle(three)
            assert plugged_at(three, "roam") == "hv-1"
        finally:
            three.exec("hv-3", "ovs-vsctl", "--if-exists", "del-port",
                       "a-broken")
            three.unplug("roam")


@pytest.mark.alone
def test_killed_while_configuration_changes(three):
    """The agent is killed and started while remotes change their minds, so
    that plans and their bridges come and go: no packet is lost."""
    has_plan(three)
    # A busy machine may stand still for long enough that queues overflow.  So
    # there are no more packets than it takes to see a short gap.
    with traffic.Traffic(three, rate=200) as flow:
        for i in range(KILLS):
            names = NAMES[i % 3:] + NAMES[:i % 3]
            three.set_receive("hv-2", table(*names, order="strict"))
            three.kill("hv-1", "geneve-agentd")
            three.set_receive("hv-3", table(*names[::-1], order="strict"))
            three.start_daemon("hv-1", "geneve-agentd")
            world.settle(three)
        tallies, _slips = flow.stop()
    lost = {pair: tally.missing for pair, tally in tallies.items()
            if tally.missing}
    assert not lost
