"""The agent's view of its node: endpoints' interfaces."""
# Fixtures are found by name.
from local_node import has_bridge, node, start       # noqa: F401


def test_interfaces(node, start):
    driver = start()
    driver.wait(has_bridge)
    node.add_vif("vif1", "web-1")
    state = driver.wait(lambda s: s["ifaces"].get("web-1", ["", 0])[1])
    assert state["ifaces"]["web-1"][0] == "vif1"
    assert state["seen"]["ifaces"] == ["web-1"]

    # Other bridges' interfaces and those without an iface-id do not count.
    node.vsctl("add-br", "br-other", "--", "set", "bridge", "br-other",
               "datapath_type=netdev")
    node.add_vif("vif2", "web-2", bridge="br-other")
    node.add_vif("vif3")
    driver.do("forget")
    node.vsctl("set", "interface", "vif3", "external_ids:iface-id=web-3")
    state = driver.wait(lambda s: "web-3" in s["ifaces"])
    assert set(state["ifaces"]) == {"web-1", "web-3"}
    assert state["seen"]["ifaces"] == ["web-3"]

    # Another name, and none.
    node.vsctl("set", "interface", "vif3", "external_ids:iface-id=web-4")
    state = driver.wait(lambda s: "web-4" in s["ifaces"])
    assert set(state["ifaces"]) == {"web-1", "web-4"}
    node.vsctl("remove", "interface", "vif3", "external_ids", "iface-id")
    driver.wait(lambda s: set(s["ifaces"]) == {"web-1"})

    # To another bridge, and back.
    node.vsctl("del-port", "vif2", "--", "add-port", "br-int", "vif2", "--",
               "set", "interface", "vif2", "type=internal",
               "external_ids:iface-id=web-2")
    driver.wait(lambda s: s["ifaces"].get("web-2", ["", 0])[1])

    # Another port number.
    old = driver.state["ifaces"]["web-1"][1]
    driver.do("forget")
    node.vsctl("set", "interface", "vif1", "ofport_request=77")
    state = driver.wait(lambda s: s["ifaces"]["web-1"][1] not in (0, old))
    assert state["ifaces"]["web-1"] == ["vif1", 77]
    assert state["seen"]["ifaces"] == ["web-1"]

    # It goes.
    node.vsctl("del-port", "vif1")
    driver.wait(lambda s: "web-1" not in s["ifaces"])


def test_ports_change_places(node, start):
    """Rows of ports and interfaces that stay, in other places."""
    def has(*iface_ids):
        return lambda s: {iface_id for iface_id, (_, ofport)
                          in s["ifaces"].items() if ofport} == set(iface_ids)

    def uuid(table, name):
        return node.vsctl("get", table, name, "_uuid").strip()

    driver = start()
    driver.wait(has_bridge)
    node.vsctl("add-br", "br-other", "--", "set", "bridge", "br-other",
               "datapath_type=netdev")
    node.add_vif("vif1", "web-1")
    node.add_vif("vif2", "web-2", bridge="br-other")
    driver.wait(has("web-1"))

    # Each bridge has as many as before.
    vif1, vif2 = uuid("port", "vif1"), uuid("port", "vif2")
    for here, there, iface_id in [(vif1, vif2, "web-2"),
                                  (vif2, vif1, "web-1")]:
        node.vsctl("--", "remove", "bridge", "br-int", "ports", here,
                   "--", "add", "bridge", "br-other", "ports", here,
                   "--", "remove", "bridge", "br-other", "ports", there,
                   "--", "add", "bridge", "br-int", "ports", there)
        driver.wait(has(iface_id))

    # One comes while another moves.
    node.vsctl("--", "remove", "bridge", "br-other", "ports", vif2,
               "--", "add", "bridge", "br-int", "ports", vif2,
               "--", "add-port", "br-int", "vif3", "--", "set", "interface",
               "vif3", "type=internal", "external_ids:iface-id=web-3")
    driver.wait(has("web-1", "web-2", "web-3"))

    # An interface goes to a port that was there, and to a new one.
    node.vsctl("--", "add", "port", "vif1", "interfaces",
               uuid("interface", "vif3"), "--", "del-port", "vif3")
    driver.wait(has("web-1", "web-2", "web-3"))
    node.vsctl("--", "--id=@p", "create", "port", "name=port3",
               "interfaces=" + uuid("interface", "vif3"),
               "--", "add", "bridge", "br-other", "ports", "@p",
               "--", "remove", "port", "vif1", "interfaces",
               uuid("interface", "vif3"))
    driver.wait(has("web-1", "web-2"))

    # A bridge goes, and another one takes its port.
    node.vsctl("--", "add", "bridge", "br-int", "ports",
               uuid("port", "port3"), "--", "del-br", "br-other")
    driver.wait(has("web-1", "web-2", "web-3"))
    node.vsctl("del-port", "port3")
    driver.wait(has("web-1", "web-2"))


def test_interfaces_with_problems(node, start):
    driver = start()
    driver.wait(has_bridge)
    node.add_vif("vif1", "no_name")
    node.add_vif("vif2", "web-1")
    state = driver.wait(lambda s: s["ifaces"].get("web-1", ["", 0])[1]
                        and s["problems"])
    assert set(state["ifaces"]) == {"web-1"}
    assert set(state["problems"]) == {"interface vif1"}
    assert "no_name" in state["problems"]["interface vif1"]

    # A second claim: the newest that works counts.
    node.add_vif("vif0", "web-1")
    state = driver.wait(lambda s: s["ifaces"]["web-1"][0] == "vif0")
    assert {"interface vif2", "endpoint web-1"} < set(state["problems"])
    assert "vif0" in state["problems"]["interface vif2"]
    node.vsctl("set", "interface", "vif1", "external_ids:iface-id=web-1")
    state = driver.wait(lambda s: "vif0" in s["problems"]["interface vif1"])
    assert "(vif0, vif1, vif2)" in state["problems"]["endpoint web-1"]
    node.vsctl("del-port", "vif0", "--", "del-port", "vif1")
    state = driver.wait(lambda s: s["ifaces"]["web-1"][0] == "vif2")
    assert not state["problems"]

    # One that Open vSwitch cannot add says why, and plugs nothing in.
    node.vsctl("--no-wait", "add-port", "br-int", "vif5", "--", "set",
               "interface", "vif5", "external_ids:iface-id=web-5")
    state = driver.wait(lambda s: s["problems"])
    assert "web-5" not in state["ifaces"]
    assert "vif5" in state["problems"]["interface vif5"]
    node.vsctl("set", "interface", "vif5", "type=internal")
    state = driver.wait(lambda s: "web-5" in s["ifaces"])
    assert state["ifaces"]["web-5"][1]
    assert not state["problems"]


def test_broken_interface_takes_nothing(node, start):
    """Of several with one iface-id, what does not work does not count; a port
    that is made anew in one transaction never leaves its endpoint without."""
    driver = start()
    driver.wait(has_bridge)
    node.add_vif("vif5", "web-1")
    driver.wait(lambda s: "web-1" in s["ifaces"])
    driver.do("forget")
    node.vsctl("--no-wait", "add-port", "br-int", "a-broken", "--", "set",
               "interface", "a-broken", "external_ids:iface-id=web-1")
    state = driver.wait(lambda s: "interface a-broken" in s["problems"])
    assert state["ifaces"]["web-1"][0] == "vif5"
    assert "a-broken, vif5" in state["problems"]["endpoint web-1"]
    assert not state["seen"]["ifaces"]
    node.vsctl("del-port", "a-broken")
    driver.wait(lambda s: not s["problems"])

    driver.watch("ifaces")
    node.vsctl("--if-exists", "del-port", "vif5", "--", "add-port", "br-int",
               "vif5", "--", "set", "interface", "vif5", "type=internal",
               "external_ids:iface-id=web-1")
    driver.wait(lambda s: s["seen"]["ifaces"] == ["web-1"])
    assert all("web-1" in ifaces for ifaces in driver.watched())


def test_iface_id_on_a_port_of_the_agents_own(node, start):
    """What comes by a tunnel or from a bridge is no endpoint's."""
    node.vsctl("add-br", "br-ex", "--", "set", "bridge", "br-ex",
               "datapath_type=netdev")
    node.set_ids(nve_bridge_mappings="physnet1:br-ex")
    driver = start()
    driver.do("set hv-2 192.0.2.2 - 0", "plan 1 - 6081")
    driver.wait(lambda s: s["status"]["tunnels"]["ready"] == 1
                and s["plans"]["1"]
                and s["attachments"].get("physnet1", [0, 0])[1])
    ports = {"gnv-c0000202", "int-tx1", "ext-physnet1"}
    for port in ports:
        node.vsctl("set", "interface", port, "external_ids:iface-id=web-1")
    state = driver.wait(lambda s: len(s["problems"]) == 3)
    assert not state["ifaces"]
    assert set(state["problems"]) == {"interface " + port for port in ports}
    assert state["status"]["tunnels"]["ready"] == 1

    # One that is an endpoint's has it,
    node.add_vif("vif1", "web-1")
    state = driver.wait(lambda s: s["ifaces"].get("web-1", ["", 0])[1])
    assert state["ifaces"]["web-1"][0] == "vif1"

    # ... and is not taken away if somebody marks it as the agent's.
    node.vsctl("set", "interface", "vif1", "external_ids:geneve-agent=hv-1")
    driver.wait(lambda s: not s["ifaces"])
    driver.settle()
    node.vsctl("remove", "interface", "vif1", "external_ids", "geneve-agent")
    driver.wait(lambda s: s["ifaces"].get("web-1", ["", 0])[1])
    for port in ports:
        node.vsctl("remove", "interface", port, "external_ids", "iface-id")
    driver.wait(lambda s: not s["problems"])
