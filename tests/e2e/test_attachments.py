"""Patch ports to provider bridges, by tests/local-driver against a real
ovsdb-server and ovs-vswitchd."""
# Fixtures are found by name.
from local_node import node, start              # noqa: F401
from waiting import wait_until


def provider(node, bridge, uplink=None):
    """Makes a provider bridge; 'uplink' is a device for it."""
    node.vsctl("--", "add-br", bridge, "--", "set", "bridge", bridge,
               "datapath_type=netdev",
               *(["--", "add-port", bridge, uplink] if uplink else []))


def patches(node):
    """{name: (peer, physical network)} of all patch ports that there are."""
    rows = node.rows("interface", "type", "options", "external_ids")
    return {name: (row["options"]["peer"],
                   row["external_ids"].get("nve-physical-network"))
            for name, row in rows.items() if row["type"] == "patch"}


def attached(state, physnet="physnet1"):
    return physnet in state["attachments"] and state["attachments"][
        physnet][1] > 0


PAIR = {"ext-physnet1": ("int-physnet1", "physnet1"),
        "int-physnet1": ("ext-physnet1", "physnet1")}


def test_a_pair_comes_and_goes(node, start):
    driver = start()
    node.ip("link", "add", "up1", "type", "veth", "peer", "name", "far1")
    node.set_ids(nve_bridge_mappings="physnet1:br-ex")
    state = driver.wait(lambda s: "physical network physnet1" in s["problems"])
    assert "no bridge br-ex" in state["problems"]["physical network physnet1"]
    assert state["attachments"]["physnet1"] == ["br-ex", 0, "unknown", ""]
    assert patches(node) == {}

    # The bridge comes.  What else is on it stays as it is.
    node.vsctl("--", "add-br", "br-b", "--", "set", "bridge", "br-b",
               "datapath_type=netdev", "--", "add-port", "br-b", "other",
               "--", "set", "interface", "other", "type=patch",
               "options:peer=none")
    provider(node, "br-ex", "up1")
    driver.wait(lambda s: attached(s) and not s["problems"])
    assert {k: v for k, v in patches(node).items() if k != "other"} == PAIR
    assert set(node.vsctl("list-ports", "br-ex").split()) == {
        "up1", "int-physnet1"}

    # Its link shows.
    assert driver.state["attachments"]["physnet1"][2] == "down"
    driver.do("forget")
    node.ip("link", "set", "up1", "up")
    node.ip("link", "set", "far1", "up")
    driver.wait(lambda s: s["attachments"]["physnet1"][2] == "up")
    assert driver.state["seen"]["attachments"]
    node.ip("link", "set", "far1", "down")
    driver.wait(lambda s: s["attachments"]["physnet1"][2] == "down")

    # What somebody took away or changed comes back.
    node.vsctl("del-port", "br-ex", "int-physnet1")
    driver.wait(lambda s: patches(node).get("int-physnet1"))
    node.vsctl("set", "interface", "ext-physnet1", "options:peer=other")
    driver.settle()
    assert {k: v for k, v in patches(node).items() if k != "other"} == PAIR

    for table in "interface", "port":
        for name in PAIR:
            before = node.rows(table, "external_ids")
            node.vsctl("--no-wait", "clear", table, name, "external_ids")
            wait_until(lambda: node.rows(table, "external_ids") == before,
                       "%s %s has its mark again" % (table, name))
    driver.wait(lambda s: attached(s) and not s["problems"])

    # The bridge goes, and with it the other end; it comes again.
    node.vsctl("del-br", "br-ex")
    driver.wait(lambda s: not attached(s))
    driver.settle()
    assert list(patches(node)) == ["other"]
    provider(node, "br-ex")
    driver.wait(attached)
    assert driver.state["attachments"]["physnet1"][2] == "unknown"

    # The mapping goes.
    node.set_ids(nve_bridge_mappings="physnet2:br-b")
    driver.wait(lambda s: attached(s, "physnet2"))
    driver.settle()
    assert set(patches(node)) == {"other", "ext-physnet2", "int-physnet2"}


def test_what_stands_in_the_way(node, start):
    provider(node, "br-ex")
    node.vsctl("--", "add-port", "br-ex", "int-physnet1", "--", "set",
               "interface", "int-physnet1", "type=internal")
    driver = start()
    node.set_ids(nve_bridge_mappings="physnet1:br-ex,physnet2:br-int,x")
    driver.wait(lambda s: "setting nve-bridge-mappings" in s["problems"])
    node.set_ids(nve_bridge_mappings="physnet1:br-ex,physnet2:br-int")
    state = driver.wait(lambda s: "physical network physnet2" in s["problems"]
                        and "physical network physnet1" in s["problems"])
    assert "not the agent's" in state["problems"]["physical network physnet1"]
    assert ("is the integration bridge"
            in state["problems"]["physical network physnet2"])
    assert patches(node) == {}
    node.vsctl("del-port", "br-ex", "int-physnet1")
    driver.wait(attached)


def test_a_restart_writes_nothing(node, start):
    provider(node, "br-ex")
    node.set_ids(nve_bridge_mappings="physnet1:br-ex")
    driver = start()
    driver.wait(attached)
    driver.do("neighbors physnet1 198.51.100.1=02:00:00:00:00:01")
    driver.settle()
    driver.quit()
    driver = start()
    driver.wait(attached)
    assert driver.state["attachments"]["physnet1"][3] == (
        "198.51.100.1=02:00:00:00:00:01")
    assert driver.settle() == 0


def test_a_name_that_a_plan_needs(node, start):
    """Physical network tx1 and plan 1 both want a port int-tx1: who has it
    keeps it, and the other one says so."""
    provider(node, "br-ex")
    node.set_ids(nve_bridge_mappings="tx1:br-ex")
    driver = start()
    driver.wait(lambda s: attached(s, "tx1"))
    driver.settle()
    before = patches(node)
    driver.do("plan 1 - 6081")
    state = driver.wait(lambda s: "bridge br-tx1" in s["problems"])
    assert "int-tx1 on bridge br-ex" in state["problems"]["bridge br-tx1"]
    n = driver.settle()
    driver.do("forget")
    assert driver.settle() == n
    assert attached(driver.state, "tx1") and patches(node) == before

    # Without the network, the plan has it.
    node.set_ids(nve_bridge_mappings=None)
    driver.wait(lambda s: s["plans"]["1"] and not s["problems"], 30)
    driver.settle()
    assert driver.state["plans"]["1"]
    assert set(patches(node)) == {"int-tx1", "tx1-int"}


def test_the_bridge_of_a_plan(node, start):
    """It is for packets to other nodes only."""
    driver = start()
    driver.do("plan 1 - 6081")
    driver.wait(lambda s: s["plans"]["1"])
    before = patches(node)
    node.set_ids(nve_bridge_mappings="physnet1:br-tx1")
    state = driver.wait(lambda s: "physical network physnet1" in s["problems"])
    assert "br-tx1" in state["problems"]["physical network physnet1"]
    driver.settle()
    assert not attached(driver.state) and patches(node) == before
    node.set_ids(nve_bridge_mappings=None)
    driver.wait(lambda s: not s["problems"], 30)
