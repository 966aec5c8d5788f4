"""The bridges of plans, by tests/local-driver against a real Open vSwitch.

test_plan_bridges_wire.py has the packets.
"""
import json

# Fixtures are found by name.
from local_node import (has_bridge, node, ready, start)      # noqa: F401
from stopping import stopped
from waiting import wait_until

MARKS = {"geneve-agent": "hv-1", "nve-plan": "1"}


def plans_ready(*ks):
    """These plans, and no others, are set and can be used."""
    def predicate(state):
        return (sorted(state["plans"]) == sorted(str(k) for k in ks)
                and all(state["plans"].values())
                and state["status"]["planBridges"] == {"wanted": len(ks),
                                                       "ready": len(ks)})
    return predicate


def layout(node, column="options"):
    """Returns {bridge: {port: value of that column of its Interface}}."""
    interfaces = node.rows("interface", column)
    result = {}
    for bridge in node.vsctl("list-br").split():
        ports = node.vsctl("list-ports", bridge).split()
        result[bridge] = {port: interfaces[port][column] for port in ports}
    return result


def content(node):
    """What a write of ours changes, of all that is a plan's."""
    result = {}
    for table in "bridge", "port", "interface":
        columns = {"bridge": ["ports", "fail_mode", "datapath_type"],
                   "port": ["interfaces"],
                   "interface": ["type", "options"]}[table]
        rows = node.rows(table, "_uuid", "external_ids", *columns)
        result.update({(table, name): row for name, row in rows.items()
                       if "tx" in name})
    return result


def agrees(node, state):
    """Whether the numbers of all ports are the switch's."""
    ports = {name: row["ofport"]
             for name, row in node.rows("interface", "ofport").items()}
    for k, plan in state["plans"].items():
        assert plan["bridge"] == "br-tx" + k
        assert plan["patch"] == ports["int-tx" + k]
        assert plan["peer"] == ports["tx%s-int" % k]
        for udp_port, ofport in plan["tunnels"].items():
            suffix = "" if udp_port == "6081" else "-" + udp_port
            assert ofport == ports["gnv-tx%s%s" % (k, suffix)]
    return True


def test_plan_bridge(node, start):
    driver = start()
    driver.wait(has_bridge)
    n = driver.settle()
    state = driver.do("forget", "plan 1 192.0.2.1 6081")
    assert state["plans"] == {"1": None}
    state = driver.wait(plans_ready(1))
    assert not state["problems"]
    assert state["seen"]["plans"] and state["existing"] == [1]
    assert agrees(node, state)
    assert layout(node)["br-int"] == {"int-tx1": {"peer": "tx1-int"}}
    assert layout(node)["br-tx1"] == {
        "tx1-int": {"peer": "int-tx1"},
        "gnv-tx1": {"remote_ip": "flow", "local_ip": "192.0.2.1",
                    "in_key": "0x1000001", "out_key": "flow",
                    "csum": "true"}}
    assert layout(node, "external_ids") == {
        "br-int": {"int-tx1": MARKS},
        "br-tx1": {"tx1-int": MARKS, "gnv-tx1": MARKS}}
    row = node.rows("bridge", "fail_mode", "datapath_type", "external_ids")
    assert row["br-tx1"] == {"fail_mode": "secure", "datapath_type": "netdev",
                             "external_ids": MARKS}

    # It was one transaction.  What changes nothing writes nothing.
    assert driver.settle() == n + 1
    driver.do("forget", "complete", "plan 1 192.0.2.1 0,6081")
    assert driver.settle() == n + 1
    assert not driver.state["seen"]["plans"]

    # It goes as a whole, and nothing of it stays.
    driver.do("unplan 1")
    driver.wait(lambda s: s["seen"]["plans"] and not s["existing"])
    assert driver.settle() == n + 2
    assert layout(node) == {"br-int": {}}
    assert not any("tx1" in name for name in node.rows("interface", "type"))

    # ... and comes again.
    driver.do("plan 1 192.0.2.1 6081")
    driver.wait(plans_ready(1))
    assert driver.settle() == n + 3


def test_in_one_turn(node, start):
    """A bridge that goes and comes while ovs-vswitchd does not look."""
    driver = start()
    driver.do("complete", "plan 1 - 6081")
    driver.wait(plans_ready(1))
    with stopped(node.dir / "vswitchd.pid"):
        driver.do("unplan 1")
        wait_until(lambda: "br-tx1" not in node.rows("bridge", "name"),
                 "it is gone")
        driver.do("plan 1 192.0.2.1 6081")
        wait_until(lambda: "br-tx1" in node.rows("bridge", "name"),
                 "it is back")
    driver.wait(plans_ready(1))
    driver.settle()
    assert agrees(node, driver.state)
    assert not driver.state["problems"]


def test_notes(node, start):
    driver = start()
    driver.do("plannote 1 x y z")               # Not wanted: nothing.
    driver.do("plan 1 - 6081", "plannote 1 0xff01/0x01,0xff01/0x02 hv-2,hv-3 "
              "hv-1-and-hv-2-conflict")
    driver.wait(plans_ready(1))
    n = driver.settle()
    notes = {"nve-plan-order": "0xff01/0x01,0xff01/0x02",
             "nve-plan-remotes": "hv-2,hv-3",
             "nve-plan-why": "hv-1-and-hv-2-conflict"}
    ids = node.rows("bridge", "external_ids")["br-tx1"]["external_ids"]
    assert ids == {**MARKS, **notes}

    driver.do("plannote 1 0xff01/0x01,0xff01/0x02 hv-2 -")
    assert driver.settle() == n + 1
    ids = node.rows("bridge", "external_ids")["br-tx1"]["external_ids"]
    assert ids == {**MARKS, "nve-plan-order": notes["nve-plan-order"],
                   "nve-plan-remotes": "hv-2"}
    driver.do("plannote 1 0xff01/0x01,0xff01/0x02 hv-2 -")
    assert driver.settle() == n + 1
    assert not driver.state["problems"]


def test_udp_ports(node, start):
    driver = start()
    driver.do("plan 31 - 7000,0,65535")
    state = driver.wait(plans_ready(31))
    assert agrees(node, state)
    assert set(state["plans"]["31"]["tunnels"]) == {"7000", "6081", "65535"}
    options = layout(node)["br-tx31"]
    assert options["gnv-tx31-65535"] == {
        "remote_ip": "flow", "in_key": "0x100001f", "out_key": "flow",
        "csum": "true", "dst_port": "65535"}
    assert "dst_port" not in options["gnv-tx31"]

    # Another set of them, and another address: what stays is not made anew.
    uuid = node.rows("interface", "_uuid")["gnv-tx31-7000"]
    ofport = state["plans"]["31"]["tunnels"]["7000"]
    state = driver.do("plan 31 192.0.2.1 7001,7000")
    state = driver.wait(plans_ready(31))
    driver.settle()
    assert set(layout(node)["br-tx31"]) == {"tx31-int", "gnv-tx31-7000",
                                            "gnv-tx31-7001"}
    assert layout(node)["br-tx31"]["gnv-tx31-7000"]["local_ip"] == "192.0.2.1"
    assert node.rows("interface", "_uuid")["gnv-tx31-7000"] == uuid
    assert state["plans"]["31"]["tunnels"]["7000"] == ofport

    # There is room for four; none at all is fine.
    state = driver.do("plan 31 - 1,2,2,3,4,5")
    assert set(driver.wait(plans_ready(31))["plans"]["31"]["tunnels"]) == {
        "1", "2", "3", "4"}
    driver.do("plan 31 - -")
    driver.wait(plans_ready(31))
    driver.settle()
    assert set(layout(node)["br-tx31"]) == {"tx31-int"}


def test_names(node, start):
    """All names are short enough for a network device's; no bridge has one
    (see plan-bridges.h)."""
    driver = start()
    driver.do("plan 31 - 65535")
    driver.wait(plans_ready(31))
    names = [name for _, name in content(node)]
    assert max(map(len, names)) <= 15
    assert "br-tx31" not in node.rows("interface", "type")
    assert "br-tx31" not in node.run("ip", "link", "show")


def test_many(node, start):
    """As many as can be, next to tunnels of the integration bridge."""
    driver = start()
    driver.wait(has_bridge)
    n = driver.settle()
    driver.do("many 20", "set - flow - 0", "complete",
              *("plan %d - 6081,7000" % k for k in range(1, 32)))
    state = driver.wait(lambda s: plans_ready(*range(1, 32))(s)
                        and ready(21)(s))
    assert agrees(node, state)
    assert driver.settle() == n + 1
    assert not driver.state["problems"]
    assert driver.state["existing"] == list(range(1, 32))

    # An endpoint's interface is nothing to them.
    driver.do("forget")
    node.add_vif("vif1", "web-1")
    driver.wait(lambda s: s["ifaces"].get("web-1", ["", 0])[1])
    assert driver.settle() == n + 1
    assert not driver.state["seen"]["plans"]

    driver.do(*("unplan %d" % k for k in range(2, 32)))
    driver.wait(plans_ready(1))
    wait_until(lambda: set(layout(node)) == {"br-int", "br-tx1"},
             "the others are gone")
    assert driver.settle() == n + 2
    assert ready(21)(driver.state)


def test_plan_bridge_is_put_right(node, start):
    driver = start()
    driver.do("plan 1 - 6081", "plannote 1 0xff01/0x01 hv-2 why")
    state = driver.wait(plans_ready(1))
    want = content(node)
    plan = state["plans"]
    for change in (
            ["set-fail-mode", "br-tx1", "standalone"],
            ["clear", "bridge", "br-tx1", "fail_mode"],
            ["set", "bridge", "br-tx1", "external_ids:nve-plan=7"],
            ["remove", "bridge", "br-tx1", "external_ids", "nve-plan-why"],
            ["set", "interface", "gnv-tx1", "options:in_key=flow"],
            ["set", "interface", "gnv-tx1", "options:remote_ip=192.0.2.9"],
            ["set", "interface", "gnv-tx1", "options:csum=false"],
            ["clear", "interface", "gnv-tx1", "external_ids"],
            ["set", "interface", "int-tx1", "options:peer=nobody"],
            ["clear", "interface", "int-tx1", "external_ids"],
            ["clear", "port", "int-tx1", "external_ids"],
            ["set", "interface", "tx1-int", "type=internal"],
            ["clear", "port", "tx1-int", "external_ids"]):
        node.vsctl("--no-wait", *change)
        wait_until(lambda: content(node) == want, "%s is undone" % change)
    driver.settle()
    driver.wait(lambda s: plans_ready(1)(s) and not s["problems"])
    assert agrees(node, driver.state)
    assert driver.state["plans"] == plan

    # What is not ours to decide stays.
    node.vsctl("set", "interface", "gnv-tx1", "options:tos=inherit", "--",
               "set", "bridge", "br-tx1", "external_ids:x=y")
    driver.settle()
    assert layout(node)["br-tx1"]["gnv-tx1"]["tos"] == "inherit"
    assert (node.rows("bridge", "external_ids")["br-tx1"]["external_ids"]["x"]
            == "y")


def test_protocols_are_put_right(node, start):
    """The bridge is the agent's, which could not program it otherwise; others
    of them do no harm."""
    def protocols():
        return node.vsctl("get", "bridge", "br-tx1", "protocols").strip()

    driver = start()
    driver.do("plan 1 - 6081")
    driver.wait(plans_ready(1))
    node.vsctl("--no-wait", "set", "bridge", "br-tx1", "protocols=OpenFlow10")
    wait_until(lambda: protocols() == "[]", "it speaks all of them")
    for harmless in "[OpenFlow10, OpenFlow15]", "[OpenFlow14]":
        node.vsctl("--no-wait", "set", "bridge", "br-tx1",
                   "protocols=" + harmless)
        driver.settle()
        assert protocols() == harmless
    assert plans_ready(1)(driver.state) and not driver.state["problems"]


def test_port_is_elsewhere(node, start):
    """The rows of a plan's port stay, and belong to others for a while."""
    driver = start()
    driver.do("plan 1 - 6081")
    driver.wait(plans_ready(1))
    node.vsctl("--no-wait", "--id=@i", "create", "interface", "name=their",
               "type=internal", "--", "add", "port", "gnv-tx1", "interfaces",
               "@i")
    state = driver.wait(lambda s: "bridge br-tx1" in s["problems"])
    assert state["plans"] == {"1": None}
    their = node.vsctl("get", "interface", "their", "_uuid").strip()
    node.vsctl("--no-wait", "remove", "port", "gnv-tx1", "interfaces", their)
    driver.wait(lambda s: plans_ready(1)(s) and not s["problems"])

    # On a third bridge.
    node.vsctl("add-br", "br-x", "--", "set", "bridge", "br-x",
               "datapath_type=netdev")
    uuid = node.vsctl("get", "port", "gnv-tx1", "_uuid").strip()
    node.vsctl("--no-wait", "remove", "bridge", "br-tx1", "ports", uuid, "--",
               "add", "bridge", "br-x", "ports", uuid)
    wait_until(lambda: "gnv-tx1" in layout(node)["br-tx1"], "it is back")
    driver.wait(plans_ready(1))
    driver.settle()
    assert agrees(node, driver.state)


def test_deleted(node, start):
    driver = start()
    driver.do("plan 1 - 6081,7000", "plan 2 - 6081")
    driver.wait(plans_ready(1, 2))
    for command in (["del-br", "br-tx1"], ["del-port", "int-tx1"],
                    ["del-port", "tx1-int"], ["del-port", "gnv-tx1-7000"],
                    ["del-br", "br-tx1", "--", "del-port", "int-tx1"]):
        uuids = {name: row["_uuid"] for name, row in content(node).items()}
        driver.do("forget")
        node.vsctl("--no-wait", *command)
        driver.wait(lambda s: s["seen"]["plans"] and plans_ready(1, 2)(s))
        driver.settle()
        assert agrees(node, driver.state)
        assert not driver.state["problems"]
        after = {name: row["_uuid"] for name, row in content(node).items()}
        assert set(after) == set(uuids) and after != uuids
        assert all(after[name] == uuids[name] for name in after
                   if "tx2" in name[1])


def test_integration_bridge_changes(node, start):
    driver = start()
    driver.do("plan 1 - 6081", "plan 2 - 6081", "set hv-2 192.0.2.2 - 0")
    driver.wait(lambda s: plans_ready(1, 2)(s) and ready(1)(s))
    node.vsctl("--no-wait", "del-br", "br-int")
    wait_until(lambda: len(layout(node).get("br-int", ())) == 3,
             "the patch ports are back")
    driver.wait(plans_ready(1, 2))
    driver.settle()
    assert agrees(node, driver.state)

    # Another one.
    node.set_ids(nve_bridge="br-nvo")
    wait_until(lambda: len(layout(node).get("br-nvo", ())) == 3,
             "the patch ports have moved")
    driver.wait(lambda s: plans_ready(1, 2)(s) and ready(1)(s))
    driver.settle()
    assert agrees(node, driver.state)
    assert set(layout(node)) == {"br-int", "br-nvo", "br-tx1", "br-tx2"}
    assert layout(node)["br-int"] == {}
    assert not driver.state["problems"]

    # Patch ports connect bridges of one datapath only.
    node.vsctl("--no-wait", "set", "bridge", "br-nvo", "datapath_type=dummy")
    wait_until(lambda: {row["datapath_type"] for name, row in node.rows(
        "bridge", "datapath_type").items() if name != "br-int"} == {"dummy"},
        "they follow")
    driver.settle()
    driver.wait(plans_ready(1, 2))
    assert agrees(node, driver.state)

    # One that has the name that a plan needs.
    node.set_ids(nve_bridge="br-tx2")
    driver.wait(lambda s: s["status"]["bridge"] == "br-tx2"
                and s["plans"]["1"] and not s["plans"]["2"]
                and "bridge br-tx2" in s["problems"])
    assert ("integration bridge"
            in driver.state["problems"]["bridge br-tx2"])


def test_adoption(node, start):
    first = start()
    first.do("plan 1 192.0.2.1 6081,7000", "plannote 1 o r w", "plan 2 - 6081",
             "plan 3 - 6081", "set hv-2 192.0.2.2 - 0")
    plans = first.wait(plans_ready(1, 2, 3))["plans"]
    first.wait(ready(1))
    first.quit()
    before = content(node)

    # What is there is reported, and taken over as it is.
    second = start(complete=False)
    state = second.wait(lambda s: s["existing"])
    assert state["existing"] == [1, 2, 3] and state["seen"]["plans"]
    state = second.do("plan 1 192.0.2.1 6081,7000", "set hv-2 192.0.2.2 - 0")
    assert state["plans"] == {"1": plans["1"]}
    assert second.settle() == 0
    assert content(node) == before

    # What differs is not changed before all is known: what is wanted until
    # then may be less than what there is.
    second.do("plannote 1 o r -", "plan 2 192.0.2.1 6081")
    assert second.settle() == 0
    assert content(node) == before
    assert "br-tx3" in layout(node)

    # It is ours: then it is changed, and what nobody wants goes, but not what
    # is kept.
    second.do("keepplan 3", "complete")
    second.wait(plans_ready(1, 2))
    wait_until(lambda: layout(node)["br-tx2"]["gnv-tx2"].get("local_ip")
               == "192.0.2.1", "br-tx2 has the new address")
    second.settle()
    kept = {key: row for key, row in before.items() if "tx3" in key[1]}
    assert kept and kept.items() <= content(node).items()
    second.do("unplan 3")
    second.wait(lambda s: s["existing"] == [1, 2])
    second.settle()
    assert set(layout(node)) == {"br-int", "br-tx1", "br-tx2"}
    assert not any("tx3" in name[1] for name in content(node))
    second.wait(lambda s: plans_ready(1, 2)(s) and ready(1)(s))
    second.quit()

    # Half a bridge that nobody wants goes, too.
    node.vsctl("del-br", "br-tx1")
    third = start(complete=False)
    third.wait(lambda s: s["existing"] == [2])
    third.do("set hv-2 192.0.2.2 - 0", "complete")
    wait_until(lambda: layout(node) == {"br-int": {"gnv-c0000202": {
        "remote_ip": "192.0.2.2", "key": "flow", "csum": "true"}}},
        "only the tunnel is left")


def test_foreign(node, start):
    """What has a name that we need, and is not ours, is not touched."""
    driver = start()
    driver.do("complete")
    driver.wait(has_bridge)
    node.vsctl("add-br", "br-tx1", "--", "set", "bridge", "br-tx1",
               "datapath_type=netdev", "--",
               "add-br", "br-tx4", "--", "set", "bridge", "br-tx4",
               "datapath_type=netdev", "--",
               "add-br", "br-x", "--", "set", "bridge", "br-x",
               "datapath_type=netdev")
    node.add_vif("int-tx2", bridge="br-x")
    node.add_vif("gnv-tx3", "web-1")
    node.vsctl("add-bond", "br-x", "tx5-int", "bond0", "bond1", "--", "set",
               "interface", "bond0", "type=internal", "--", "set",
               "interface", "bond1", "type=internal")
    before = content(node)
    driver.do(*("plan %d - 6081" % k for k in (1, 2, 3, 5, 6)))
    state = driver.wait(lambda s: s["plans"]["6"] and len(s["problems"]) == 4)
    assert [k for k, plan in state["plans"].items() if plan] == ["6"]
    assert state["existing"] == [6]
    for object, name in {"bridge br-tx1": "external_ids:geneve-agent",
                         "bridge br-tx2": "int-tx2 on bridge br-x",
                         "bridge br-tx3": "gnv-tx3 on bridge br-int",
                         "bridge br-tx5": "port tx5-int"}.items():
        assert name in state["problems"][object]
    n = driver.settle()
    after = content(node)
    assert {name: after[name] for name in before} == before
    assert {name[1] for name in after if name not in before} == {
        "br-tx6", "int-tx6", "tx6-int", "gnv-tx6"}

    # They go: ours come.
    node.vsctl("del-br", "br-tx1", "--", "del-port", "int-tx2", "--",
               "del-port", "gnv-tx3", "--", "del-port", "tx5-int")
    state = driver.wait(plans_ready(1, 2, 3, 5, 6))
    driver.wait(lambda s: not s["problems"])
    assert driver.settle() > n

    # A port's name can be in the way without an interface's.
    node.vsctl("--no-wait", "--id=@i", "create", "interface", "name=their",
               "type=internal", "--", "--id=@p", "create", "port",
               "name=tx7-int", "interfaces=@i", "--", "add", "bridge", "br-x",
               "ports", "@p")
    driver.do("plan 7 - 6081")
    driver.wait(lambda s: "bridge br-tx7" in s["problems"])
    node.vsctl("--no-wait", "del-port", "tx7-int")
    driver.wait(plans_ready(1, 2, 3, 5, 6, 7))
    driver.do("unplan 7")

    # One that is not wanted is nobody's problem, and stays.
    driver.do(*("unplan %d" % k for k in (1, 2, 3, 5, 6)))
    wait_until(lambda: set(layout(node)) == {"br-int", "br-tx4", "br-x"},
             "ours are gone")
    driver.settle()
    assert not driver.state["problems"]

    # Ours that loses its mark is no longer ours.
    driver.do("plan 1 - 6081")
    driver.wait(plans_ready(1))
    node.vsctl("remove", "bridge", "br-tx1", "external_ids", "geneve-agent")
    state = driver.wait(lambda s: "bridge br-tx1" in s["problems"])
    assert state["plans"] == {"1": None} and state["existing"] == []
    driver.do("unplan 1")
    driver.wait(lambda s: not s["problems"])
    driver.settle()
    assert "br-tx1" in layout(node)
    assert "int-tx1" not in layout(node)["br-int"]


def test_port_that_cannot_be_added(node, start):
    """Open vSwitch refuses a port: the problem says so, and goes with its
    cause; other plans do not suffer."""
    driver = start()
    driver.wait(has_bridge)
    node.vsctl("add-port", "br-int", "theirs", "--", "set", "interface",
               "theirs", "type=geneve", "options:remote_ip=flow",
               "options:in_key=0x1000001", "options:out_key=flow")
    driver.do("plan 1 - 6081", "plan 2 - 6081")
    state = driver.wait(lambda s: s["problems"] and s["plans"]["2"])
    assert set(state["problems"]) == {"bridge br-tx1"}
    assert "gnv-tx1" in state["problems"]["bridge br-tx1"]
    assert state["plans"]["1"] is None
    node.vsctl("--no-wait", "del-port", "theirs")
    driver.wait(lambda s: plans_ready(1, 2)(s) and not s["problems"])
    assert driver.settle() < 20


def test_system_id_changes(node, start):
    driver = start()
    driver.do("plan 1 - 6081")
    driver.wait(plans_ready(1))
    node.set_ids(system_id="hv-9")
    wait_until(lambda: {row["external_ids"].get("geneve-agent")
                      for row in content(node).values()} == {"hv-9"},
             "the marks are changed")
    driver.settle()
    assert plans_ready(1)(driver.state)


def test_restarts(node, start):
    driver = start()
    driver.do("plan 1 - 6081", "plan 2 192.0.2.1 6081", "complete")
    before = driver.wait(plans_ready(1, 2))["plans"]
    n = driver.settle()
    rows = content(node)

    # The database is killed and comes back as it was: no change at all.
    driver.do("forget")
    node.kill("ovsdb")
    driver.wait(lambda s: s["status"]["state"] == "connecting")
    node.start_ovsdb()
    driver.wait(lambda s: s["status"]["state"] == "connected")
    assert driver.settle() == n
    assert not driver.state["seen"]["plans"]
    assert driver.state["plans"] == before
    assert content(node) == rows

    # It changes while we do not see it, and we want something else.
    node.kill("ovsdb")
    driver.wait(lambda s: s["status"]["state"] == "connecting")
    driver.do("unplan 2", "plan 3 - 6081")
    node.run("ovsdb-tool", "transact", node.dir / "conf.db", json.dumps([
        "Open_vSwitch",
        {"op": "update", "table": "Interface",
         "where": [["name", "==", "gnv-tx1"]],
         "row": {"options": ["map", []]}}]))
    node.start_ovsdb()
    driver.wait(plans_ready(1, 3))
    driver.settle()
    assert set(layout(node)) == {"br-int", "br-tx1", "br-tx3"}
    assert layout(node)["br-tx1"]["gnv-tx1"]["in_key"] == "0x1000001"
    assert agrees(node, driver.state)

    # ovs-vswitchd is killed: port numbers may change, rows do not.
    n = driver.settle()
    rows = content(node)
    node.kill_vswitchd()
    node.vsctl("--no-wait", "set", "interface", "int-tx1",
               "ofport_request=77")
    driver.do("forget")
    node.start_vswitchd()
    driver.wait(lambda s: plans_ready(1, 3)(s)
                and s["plans"]["1"]["patch"] == 77)
    driver.settle()
    assert driver.state["seen"]["plans"]
    assert driver.state["status"]["transactions"] == n
    assert content(node) == rows
    assert agrees(node, driver.state)
