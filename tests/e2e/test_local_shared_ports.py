"""Ports that two bridges have in their column "ports", and interfaces that two
ports have: Open vSwitch's schema allows it, and Open vSwitch puts the port on
both, by another number on each, of which it writes one into the database.
"""
import pytest

# Fixtures are found by name.
from local_node import has_bridge, node, ready, start       # noqa: F401
from waiting import wait_until

# Sorted in different ways, so that no order of theirs is right by chance.
OTHERS = ["br-a", "br-other", "br-z"]


def add_bridge(node, name):
    node.vsctl("add-br", name, "--", "set", "bridge", name,
               "datapath_type=netdev")


def uuid(node, table, name):
    """Or "": it is being made anew."""
    return node.vsctl("--if-exists", "get", table, name, "_uuid").strip()


def share(node, port, *bridges):
    """Not with ovs-vsctl's own functions: those stop at the second place."""
    port = uuid(node, "port", port)
    for bridge in bridges:
        node.vsctl("--no-wait", "add", "bridge", bridge, "ports", port)


def unshare(node, port, *bridges):
    port = uuid(node, "port", port)
    for bridge in bridges:
        node.vsctl("--no-wait", "remove", "bridge", bridge, "ports", port)


def bridges_of(node, port):
    port = uuid(node, "port", port)
    return {name for name, row in node.rows("bridge", "ports").items()
            if port and port in str(row["ports"])}


def plugged(*iface_ids):
    return lambda s: {iface_id for iface_id, (_, ofport)
                      in s["ifaces"].items() if ofport} == set(iface_ids)


def openflow_number(node, bridge, port):
    for line in node.ofctl("show", bridge).splitlines():
        number, _, rest = line.strip().partition("(")
        if rest.startswith(port + ")"):
            return int(number)
    return 0


@pytest.mark.parametrize("other", OTHERS)
def test_endpoint_is_on_two_bridges(node, start, other):
    """Its number in the database may be that of the other bridge, and so of
    another endpoint's port on ours."""
    driver = start()
    driver.wait(has_bridge)
    add_bridge(node, other)
    for i in 1, 2:
        node.add_vif("vif%d" % i, "web-%d" % i)
    driver.wait(plugged("web-1", "web-2"))
    share(node, "vif2", other)
    state = driver.wait(lambda s: plugged("web-1")(s) and s["problems"])
    assert set(state["problems"]) == {"interface vif2"}
    assert other in state["problems"]["interface vif2"]

    # The same for one who starts now.
    driver.quit()
    driver = start()
    state = driver.wait(lambda s: plugged("web-1")(s) and s["problems"])
    assert set(state["problems"]) == {"interface vif2"}

    # It comes back, and Open vSwitch has it, which lost it when it took it
    # from the other bridge.
    unshare(node, "vif2", other)
    state = driver.wait(lambda s: plugged("web-1", "web-2")(s)
                        and not s["problems"])
    wait_until(lambda: openflow_number(node, "br-int", "vif2")
               == driver.do("forget")["ifaces"]["web-2"][1],
               "Open vSwitch has the port")


@pytest.mark.parametrize("other", OTHERS)
def test_port_of_a_device_comes_back(node, start, other):
    """Open vSwitch, which takes it from the other bridge, loses it on ours,
    too, for a moment."""
    driver = start()
    driver.wait(has_bridge)
    add_bridge(node, other)
    node.ip("link", "add", "dev1", "type", "veth", "peer", "name", "far1")
    node.vsctl("add-port", "br-int", "dev1", "--", "set", "interface", "dev1",
               "external_ids:iface-id=web-1")
    driver.wait(plugged("web-1"))
    share(node, "dev1", other)
    driver.wait(lambda s: plugged()(s) and s["problems"])
    wait_until(lambda: openflow_number(node, other, "dev1"), "it is there")
    unshare(node, "dev1", other)
    driver.wait(lambda s: plugged("web-1")(s) and not s["problems"])
    wait_until(lambda: openflow_number(node, "br-int", "dev1")
               == driver.do("forget")["ifaces"]["web-1"][1],
               "Open vSwitch has the port")


def test_endpoint_comes_to_two_bridges_at_once(node, start):
    driver = start()
    driver.wait(has_bridge)
    for other in OTHERS:
        add_bridge(node, other)
    command = []
    for i, other in enumerate(OTHERS):
        name = "vif%d" % i
        command += ["--", "--id=@i%d" % i, "create", "interface",
                    "name=" + name, "type=internal",
                    "external_ids:iface-id=web-%d" % i,
                    "--", "--id=@p%d" % i, "create", "port", "name=" + name,
                    "interfaces=@i%d" % i,
                    "--", "add", "bridge", "br-int", "ports", "@p%d" % i,
                    "--", "add", "bridge", other, "ports", "@p%d" % i]
    node.vsctl("--no-wait", *command)
    driver.wait(lambda s: plugged()(s) and set(s["problems"])
                == {"interface vif0", "interface vif1", "interface vif2"})
    unshare(node, "vif0", "br-int")
    unshare(node, "vif1", "br-other")
    driver.wait(lambda s: plugged("web-1")(s)
                and set(s["problems"]) == {"interface vif2"})
    node.vsctl("--no-wait", "del-br", "br-z")
    driver.wait(lambda s: plugged("web-1", "web-2")(s) and not s["problems"])


@pytest.mark.parametrize("which", ["again", "vif2"])
@pytest.mark.parametrize("bridge", ["br-a", "br-int"])
def test_interface_has_two_ports(node, start, bridge, which):
    """On one bridge that is no harm: Open vSwitch has it once.  Then 'which'
    port goes."""
    driver = start()
    driver.wait(has_bridge)
    add_bridge(node, "br-a")
    node.add_vif("vif1", "web-1")
    node.add_vif("vif2", "web-2")
    driver.wait(plugged("web-1", "web-2"))
    node.vsctl("--no-wait", "--", "--id=@p", "create", "port", "name=again",
               "interfaces=" + uuid(node, "interface", "vif2"),
               "--", "add", "bridge", bridge, "ports", "@p")
    if bridge == "br-int":
        driver.settle()
        assert plugged("web-1", "web-2")(driver.state)
        assert not driver.state["problems"]
    else:
        driver.wait(lambda s: plugged("web-1")(s)
                    and set(s["problems"]) == {"interface vif2"})
    if which == "again":
        node.vsctl("--no-wait", "--", "remove", "bridge", bridge, "ports",
                   uuid(node, "port", "again"))
    else:
        node.vsctl("--no-wait", "--", "remove", "bridge", "br-int", "ports",
                   uuid(node, "port", "vif2"))
    expected = plugged("web-1", *["web-2"] * (
        which == "again" or bridge == "br-int"))
    driver.wait(lambda s: expected(s) and not s["problems"])

    # It is known there.
    node.vsctl("--no-wait", "set", "interface", "vif2",
               "external_ids:iface-id=web-3")
    driver.settle()
    assert ("web-3" in driver.state["ifaces"]) == expected(
        {"ifaces": {"web-1": ["", 1], "web-2": ["", 1]}})


@pytest.mark.parametrize("while_it_runs", [True, False])
def test_tunnel_port_is_on_other_bridges(node, start, while_it_runs):
    """Ours is taken away from where it does not belong."""
    driver = start()
    driver.do("set hv-2 192.0.2.2 - 0")
    driver.wait(ready(1))
    before = node.uuids()
    for other in OTHERS:
        add_bridge(node, other)
    if not while_it_runs:
        driver.quit()
    share(node, "gnv-c0000202", *OTHERS)
    if not while_it_runs:
        node.kill_vswitchd()
        node.start_vswitchd()
        driver = start(complete=False)
        driver.do("set hv-2 192.0.2.2 - 0", "complete")
    wait_until(lambda: bridges_of(node, "gnv-c0000202") == {"br-int"},
               "it is on the integration bridge only")
    driver.wait(lambda s: ready(1)(s) and not s["problems"])
    assert node.uuids() == before
    wait_until(lambda: openflow_number(node, "br-int", "gnv-c0000202")
               == driver.do("forget")["tunnels"]["192.0.2.2 - 0"],
               "Open vSwitch has the port")
    assert driver.settle() < 20


@pytest.mark.parametrize("port", ["gnv-tx1", "tx1-int", "int-tx1"])
@pytest.mark.parametrize("other", ["br-a", "br-int", "br-z"])
def test_port_of_a_plan_is_on_another_bridge(node, start, port, other):
    def is_ready(state):
        return (state["plans"].get("1") and not state["problems"]
                and state["status"]["planBridges"]["ready"] == 1)

    def is_right():
        numbers = driver.do("forget")["plans"]["1"]
        assert bridges_of(node, port) == {home}
        return numbers and (
            openflow_number(node, "br-tx1", "gnv-tx1")
            == numbers["tunnels"]["6081"]
            and openflow_number(node, "br-tx1", "tx1-int") == numbers["peer"]
            and openflow_number(node, "br-int", "int-tx1")
            == numbers["patch"])

    home = "br-int" if port == "int-tx1" else "br-tx1"
    other = "br-tx1" if other == home else other
    driver = start()
    driver.do("plan 1 - 6081")
    driver.wait(is_ready)
    if other not in ("br-int", "br-tx1"):
        add_bridge(node, other)
    share(node, port, other)
    wait_until(is_right, "it is on its bridge only")
    driver.wait(is_ready)
    assert driver.settle() < 20


@pytest.mark.parametrize("port", ["ext-physnet1", "int-physnet1"])
@pytest.mark.parametrize("other", ["br-a", "br-int", "br-z"])
def test_patch_port_is_on_another_bridge(node, start, port, other):
    def is_attached(state):
        attachment = state["attachments"].get("physnet1")
        return attachment and attachment[1] > 0 and not state["problems"]

    def is_right():
        assert bridges_of(node, port) == {home}
        number = driver.do("forget")["attachments"]["physnet1"][1]
        return number == openflow_number(node, "br-int", "ext-physnet1") > 0

    home = "br-int" if port == "ext-physnet1" else "br-ex"
    other = "br-ex" if other == home else other
    driver = start()
    add_bridge(node, "br-ex")
    node.set_ids(nve_bridge_mappings="physnet1:br-ex")
    driver.wait(is_attached)
    if other not in ("br-int", "br-ex"):
        add_bridge(node, other)
    share(node, port, other)
    wait_until(is_right, "it is on its bridge only")
    driver.wait(is_attached)
    assert driver.settle() < 20
