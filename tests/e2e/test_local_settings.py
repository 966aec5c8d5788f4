"""The agent's view of its node: settings, the bridge that they name, and the
underlay.
"""
# Fixtures are found by name.
from local_node import has_bridge, node, start       # noqa: F401
from stopping import stopped
from waiting import wait_until


def test_settings_live(node, start):
    driver = start(system_id=None)
    state = driver.wait(lambda s: s["ready"])
    assert set(state["problems"]) == {"setting system-id"}
    assert state["settings"]["systemId"] == ""

    node.set_ids(system_id="HV_1", nve_encap_ip="192.0.2.1",
                 nve_tunnel_mode="both")
    state = driver.wait(lambda s: s["settings"]["encapIPs"])
    assert set(state["problems"]) == {"setting system-id",
                                      "setting nve-tunnel-mode"}
    assert "HV_1" in state["problems"]["setting system-id"]
    assert state["settings"]["tunnelMode"] == "per-remote"

    # Without a name nothing is done to the node.
    driver.settle()
    assert node.vsctl("list-br") == ""

    node.set_ids(system_id="hv-1", nve_tunnel_mode="shared",
                 nve_encap_ip="192.0.2.1, 2001:db8::1",
                 nve_controller="http://192.0.2.254:8080",
                 nve_receive="/etc/receive.json")
    state = driver.wait(lambda s: s["settings"]["systemId"] == "hv-1"
                        and not s["problems"])
    assert state["settings"] == {
        "systemId": "hv-1", "bridge": "br-int", "tunnelMode": "shared",
        "controller": "http://192.0.2.254:8080", "errors": {},
        "receivePath": "/etc/receive.json",
        "encapIPs": ["192.0.2.1", "2001:db8::1"]}

    # What becomes wrong stays as it was; what goes, goes.
    driver.do("forget")
    node.set_ids(nve_encap_ip="192.0.2.1x", nve_receive=None)
    state = driver.wait(lambda s: s["problems"])
    assert state["settings"]["encapIPs"] == ["192.0.2.1", "2001:db8::1"]
    assert ("stays in force"
            in state["problems"]["setting nve-encap-ip"])
    assert state["settings"]["receivePath"] == ""
    assert state["seen"]["settings"] and state["seen"]["problems"]

    # What goes stays in force for a while, in case it comes back.
    driver.watch("settings")
    node.set_ids(nve_encap_ip=None, system_id=None)
    state = driver.wait(lambda s: set(s["problems"]) == {
        "setting nve-encap-ip", "setting system-id"})
    assert "gone" in state["problems"]["setting nve-encap-ip"]
    node.set_ids(nve_encap_ip="192.0.2.1, 2001:db8::1", system_id="hv-1")
    driver.wait(lambda s: not s["problems"])
    assert all(s["encapIPs"] == ["192.0.2.1", "2001:db8::1"]
               and s["systemId"] == "hv-1" for s in driver.watched())

    # Other people's keys are no change.
    driver.do("forget")
    node.set_ids(hostname="x")
    driver.settle()
    assert not driver.state["seen"]["settings"]


def test_bridge_is_created(node, start):
    driver = start()
    driver.wait(has_bridge)
    row = node.rows("bridge", "fail_mode", "datapath_type")["br-int"]
    assert row == {"fail_mode": "secure", "datapath_type": "netdev"}
    node.vsctl("wait-until", "interface", "br-int", "ofport>0")

    # ... again, as it was, if somebody deletes it,
    node.vsctl("set", "bridge", "br-int", "datapath_type=dummy")
    uuid = node.rows("bridge", "_uuid")["br-int"]
    driver.wait(has_bridge)
    node.vsctl("del-br", "br-int")
    wait_until(lambda: node.rows("bridge", "_uuid").get("br-int")
             not in (None, uuid), "br-int is back")
    assert (node.rows("bridge", "datapath_type")["br-int"]
            == {"datapath_type": "dummy"})

    # ... and under another name, if it gets one.  The old one stays.
    node.set_ids(nve_bridge="br-nvo")
    driver.wait(lambda s: s["status"]["bridge"] == "br-nvo")
    assert set(node.rows("bridge", "fail_mode")) == {"br-int", "br-nvo"}


def test_fail_mode(node, start):
    node.vsctl("add-br", "br-int")
    driver = start()
    driver.wait(has_bridge)
    node.vsctl("wait-until", "bridge", "br-int", "fail_mode=secure")
    assert not driver.state["problems"]

    # What somebody wants is reported and left alone.
    node.vsctl("set-fail-mode", "br-int", "standalone")
    state = driver.wait(lambda s: s["problems"])
    assert "fail_mode" in state["problems"]["bridge br-int"]
    driver.settle()
    assert (node.rows("bridge", "fail_mode")["br-int"]
            == {"fail_mode": "standalone"})
    node.vsctl("set-fail-mode", "br-int", "secure")
    driver.wait(lambda s: not s["problems"])


def test_fail_mode_comes_before_flows(node, start):
    """ovs-vswitchd deletes all flows when it takes up a fail_mode, so the
    bridge is not ready before it has."""
    driver = start()
    driver.wait(lambda s: s["bridgeReady"])
    with stopped(node.dir / "vswitchd.pid"):
        node.vsctl("--no-wait", "del-br", "br-int", "--", "add-br", "br-int",
                   "--", "set", "bridge", "br-int", "datapath_type=netdev")
        driver.wait(lambda s: not s["bridgeReady"])
        wait_until(lambda: node.rows("bridge", "fail_mode")["br-int"]
                   == {"fail_mode": "secure"}, "the agent sets fail_mode")
        driver.settle()
        assert not driver.state["bridgeReady"]
    driver.wait(lambda s: s["bridgeReady"])

    # Once it is, what others write does not count.
    driver.watch("bridgeReady")
    node.add_vif("vif1", "web-1")
    node.vsctl("del-fail-mode", "br-int")
    node.vsctl("wait-until", "bridge", "br-int", "fail_mode=secure")
    driver.wait(lambda s: "web-1" in s["ifaces"])
    driver.settle()
    assert all(driver.watched())


def test_underlay(node, start):
    driver = start()
    driver.do("mtu 192.0.2.1", "mtu 2001:db8::1")
    assert driver.state["mtus"] == {"192.0.2.1": [0, ""],
                                    "2001:db8::1": [0, ""]}
    node.ip("link", "add", "u0", "mtu", "1600", "type", "bridge")
    node.ip("addr", "add", "192.0.2.1/24", "dev", "u0", "label", "u0:x")
    driver.wait(lambda s: s["mtus"]["192.0.2.1"] == [1600, "u0"])
    node.ip("addr", "add", "2001:db8::1/64", "dev", "u0", "nodad")
    driver.wait(lambda s: s["mtus"]["2001:db8::1"] == [1600, "u0"])
    node.ip("link", "set", "u0", "mtu", "9000")
    driver.wait(lambda s: s["mtus"]["192.0.2.1"] == [9000, "u0"]
                and s["mtus"]["2001:db8::1"] == [9000, "u0"])
    node.ip("addr", "del", "192.0.2.1/24", "dev", "u0")
    driver.wait(lambda s: s["mtus"]["192.0.2.1"] == [0, ""])
    node.ip("link", "del", "u0")
    driver.wait(lambda s: s["mtus"]["2001:db8::1"] == [0, ""])
