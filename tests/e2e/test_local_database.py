"""The database of a node's Open vSwitch goes, comes back, or refuses what the
agent writes; and ovs-vswitchd goes and comes back.
"""
import json

# Fixtures are found by name.
from local_node import has_bridge, node, ready, start        # noqa: F401
from stopping import stopped
from waiting import wait_until


def test_restarts(node, start):
    driver = start()
    driver.wait(has_bridge)
    for i in range(1, 6):
        node.add_vif("vif%d" % i, "web-%d" % i)
    driver.do("many 20", "complete")
    before = driver.wait(lambda s: ready(20)(s) and len(s["ifaces"]) == 5)
    n = driver.settle()
    uuids = node.uuids()

    # The database is killed and comes back as it was: no change at all.
    driver.do("forget")
    node.kill("ovsdb")
    driver.wait(lambda s: s["status"]["state"] == "connecting")
    node.start_ovsdb()
    driver.wait(lambda s: s["status"]["state"] == "connected")
    driver.settle()
    nothing = {"settings": False, "problems": False, "plans": False,
               "attachments": False, "ifaces": [], "tunnels": [],
               "made": []}
    assert driver.state["seen"] == nothing
    assert driver.state["tunnels"] == before["tunnels"]
    assert driver.state["status"]["transactions"] == n
    assert node.uuids() == uuids

    # It changes while we do not see it, and we want something else.
    node.kill("ovsdb")
    driver.wait(lambda s: s["status"]["state"] == "connecting")
    driver.do("set hv-99 192.0.2.99 - 0", "unset 10.0.0.1 - 0")
    db = json.dumps([
        "Open_vSwitch",
        {"op": "update", "table": "Interface",
         "where": [["name", "==", "vif1"]],
         "row": {"external_ids": ["map", [["iface-id", "web-9"]]]}},
        {"op": "update", "table": "Interface",
         "where": [["name", "==", "gnv-0a000002"]],
         "row": {"options": ["map", []]}}])
    node.run("ovsdb-tool", "transact", node.dir / "conf.db", db)
    node.start_ovsdb()
    driver.wait(lambda s: ready(20)(s) and "web-9" in s["ifaces"]
                and "web-1" not in s["ifaces"])
    assert set(driver.state["seen"]["ifaces"]) == {"web-1", "web-9"}
    driver.settle()
    ports = node.tunnel_ports()
    assert len(ports) == 20 and "gnv-0a000001" not in ports
    assert ports["gnv-0a000002"][0]["remote_ip"] == "10.0.0.2"

    # ovs-vswitchd is killed: port numbers may change, rows do not.
    n = driver.settle()
    driver.do("forget")
    uuids = node.uuids()
    node.kill_vswitchd()
    node.start_vswitchd()
    node.vsctl("--timeout=20", "wait-until", "interface", "vif5", "ofport>0")
    driver.settle()
    driver.wait(ready(20))
    assert driver.state["status"]["transactions"] == n
    assert node.uuids() == uuids
    ofports = node.rows("interface", "ofport")
    assert (driver.state["ifaces"]["web-5"]
            == ["vif5", ofports["vif5"]["ofport"]])


def test_fault_database_dies_while_it_is_written(node, start):
    """That is no reason to end."""
    driver = start()
    driver.do("set hv-2 10.0.0.2 - 0")
    driver.wait(ready(1))
    driver.settle()
    note = "x" * 500000                 # More than the socket takes.
    with stopped(node.dir / "ovsdb.pid"):
        driver.do("note 10.0.0.2 - 0 %s -" % note)
        node.kill("ovsdb")
    driver.wait(lambda s: s["status"]["state"] == "connecting")
    node.start_ovsdb()
    wait_until(lambda: note in str(node.tunnel_ports()), "it is written")


def test_database_refuses(node, start):
    """A row that cannot be written is tried again, and not in a loop."""
    node.vsctl("add-br", "br-x", "--", "set", "bridge", "br-x",
               "datapath_type=netdev")
    node.vsctl("--no-wait", "add-port", "br-x", "br-int")
    driver = start()
    state = driver.wait(lambda s: "database" in s["problems"])
    assert state["status"]["transactions"] < 3
    assert "identical values (br-int)" in state["problems"]["database"]
    assert "{" not in state["problems"]["database"]
    node.vsctl("--no-wait", "del-port", "br-x", "br-int")
    state = driver.wait(has_bridge)
    driver.wait(lambda s: not s["problems"])
