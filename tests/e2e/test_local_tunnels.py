"""Tunnel ports: the agent makes them and gives them numbers, puts right what
others change of them, and takes over what it finds.
"""
import pytest

# Fixtures are found by name.
from local_node import has_bridge, node, ready, start        # noqa: F401
from stopping import stopped
from waiting import wait_until


def test_tunnels(node, start):
    driver = start()
    state = driver.do("set hv-2 192.0.2.2 192.0.2.1 0",
                      "set hv-3 192.0.2.3 - 6081",
                      "set hv-4 2001:db8::4 - 0",
                      "set hv-5 192.0.2.2 - 7000",
                      "note 192.0.2.2 192.0.2.1 0 p=0xff01/0x01 ok")
    state = driver.wait(ready(4))
    assert not state["problems"]
    # Their numbers were known when they were set.
    assert set(state["seen"]["made"]) == {"hv-2", "hv-3", "hv-4", "hv-5"}
    assert state["seen"]["tunnels"] == []
    ports = node.tunnel_ports()
    assert {row[1]["nve-remote"]: row[0] for row in ports.values()} == {
        "hv-2": {"remote_ip": "192.0.2.2", "local_ip": "192.0.2.1",
                 "key": "flow", "csum": "true"},
        "hv-3": {"remote_ip": "192.0.2.3", "key": "flow", "csum": "true"},
        "hv-4": {"remote_ip": "2001:db8::4", "key": "flow", "csum": "true"},
        "hv-5": {"remote_ip": "192.0.2.2", "key": "flow", "csum": "true",
                 "dst_port": "7000"}}
    assert ports["gnv-c0000202"][1] == {
        "geneve-agent": "hv-1", "nve-remote": "hv-2",
        "nve-options": "p=0xff01/0x01", "nve-status": "ok"}
    assert ports["gnv-c0000203"][1]["nve-remote"] == "hv-3"
    assert all(len(name) <= 15 for name in ports)
    assert all(row["external_ids"] == {"geneve-agent": "hv-1"}
               for name, row in node.rows("port", "external_ids").items()
               if name in ports)
    real = node.rows("interface", "ofport")
    assert (state["tunnels"]["192.0.2.2 192.0.2.1 0"]
            == real["gnv-c0000202"]["ofport"])

    # The ports were one transaction, after that for the bridge.  What changes
    # nothing writes nothing.
    assert driver.settle() == 2
    driver.do("set hv-2 192.0.2.2 192.0.2.1 0",
              "note 192.0.2.2 192.0.2.1 0 p=0xff01/0x01 ok", "complete")
    assert driver.settle() == 2

    # A note changes one row and nothing of the port's configuration.
    before = node.versions()
    driver.do("note 192.0.2.2 192.0.2.1 0 - blocked")
    assert driver.settle() == 3
    after = node.versions()
    assert {key for key in before if before[key] != after[key]} == {
        ("Interface", "gnv-c0000202")}
    assert node.tunnel_ports()["gnv-c0000202"][1] == {
        "geneve-agent": "hv-1", "nve-remote": "hv-2", "nve-status": "blocked"}

    # Unwanted ones go, which is no change to whoever does not want them.
    driver.do("forget", "unset 192.0.2.3 - 6081")
    driver.wait(ready(3))
    driver.settle()
    assert driver.state["seen"]["tunnels"] == []
    assert "gnv-c0000203" not in node.tunnel_ports()

    # One that another remote has taken over stays.
    driver.do("set hv-6 192.0.2.2 192.0.2.1 0",
              "leave hv-2 192.0.2.2 192.0.2.1 0")
    driver.settle()
    assert node.tunnel_ports()["gnv-c0000202"][1]["nve-remote"] == "hv-6"


def test_numbers(node, start):
    """A port's number is known before Open vSwitch has made the port."""
    driver = start()
    driver.wait(has_bridge)
    node.vsctl("add-port", "br-int", "their", "--", "set", "interface",
               "their", "type=internal", "ofport_request=49153")
    with stopped(node.dir / "vswitchd.pid"):
        driver.do("set hv-2 192.0.2.2 - 0")
        # One that is not there yet, too, has asked for its number.
        node.vsctl("--no-wait", "add-port", "br-int", "their-2", "--", "set",
                   "interface", "their-2", "type=internal",
                   "ofport_request=49154")
        driver.settle()
        state = driver.do("set hv-3 192.0.2.3 - 0")
        assert state["numbers"] == {"192.0.2.2 - 0": 49152,
                                    "192.0.2.3 - 0": 49155}
        assert not any(state["tunnels"].values())
    state = driver.wait(ready(2))
    assert state["tunnels"] == state["numbers"] == {"192.0.2.2 - 0": 49152,
                                                    "192.0.2.3 - 0": 49155}

    # What was in use is not used at once for something else.
    driver.do("unset 192.0.2.2 - 0", "set hv-2 192.0.2.4 - 0")
    assert driver.wait(ready(2))["tunnels"]["192.0.2.4 - 0"] == 49156
    driver.quit()
    second = start(complete=False)
    second.do("set hv-2 192.0.2.4 - 0", "set hv-3 192.0.2.3 - 0", "complete")
    assert second.wait(ready(2))["tunnels"] == {"192.0.2.4 - 0": 49156,
                                                "192.0.2.3 - 0": 49155}


def test_number_that_somebody_else_takes(node, start):
    driver = start()
    driver.wait(has_bridge)
    with stopped(node.dir / "vswitchd.pid"):
        state = driver.do("forget", "set hv-2 192.0.2.2 - 0")
        assert state["numbers"] == {"192.0.2.2 - 0": 49152}
        wait_until(lambda: "gnv-c0000202" in node.tunnel_ports(),
                   "the port is asked for")
        # Open vSwitch adds ports in no certain order: with so many, ours is
        # not the first of them.
        theirs = ["their-%d" % i for i in range(8)]
        node.vsctl("--no-wait", *[
            word for name in theirs for word in (
                "--", "add-port", "br-int", name, "--", "set", "interface",
                name, "type=internal", "ofport_request=49152")])
    state = driver.wait(ready(1))
    real = node.rows("interface", "ofport")
    assert state["tunnels"] == state["numbers"]
    assert (state["tunnels"]["192.0.2.2 - 0"]
            == real["gnv-c0000202"]["ofport"])
    assert state["seen"]["tunnels"] == ["hv-2"]


def test_promise_that_is_not_kept(node, start):
    """No flow may go on sending to a port that will not come."""
    driver = start()
    driver.wait(has_bridge)
    with stopped(node.dir / "vswitchd.pid"):
        driver.do("set hv-2 192.0.2.2 - 0", "set hv-3 192.0.2.3 - 0")
        wait_until(lambda: len(node.tunnel_ports()) == 2,
                   "the ports are asked for")
        assert all(driver.state["numbers"].values())
        driver.do("forget")
        node.vsctl("--no-wait", "add-port", "br-int", "their-2", "--", "set",
                   "interface", "their-2", "type=geneve",
                   "options:remote_ip=192.0.2.2", "options:key=flow")
        state = driver.wait(lambda s: "tunnel hv-2" in s["problems"])
        assert state["numbers"]["192.0.2.2 - 0"] == 0
        assert state["numbers"]["192.0.2.3 - 0"]
        assert state["seen"]["tunnels"] == ["hv-2"]
    node.vsctl("--no-wait", "del-port", "their-2")
    state = driver.wait(ready(2))
    assert state["tunnels"] == state["numbers"]


def test_shared_tunnel(node, start):
    driver = start()
    driver.do("set - flow - 0", "set - flow - 7000", "complete")
    driver.wait(ready(2))
    ports = node.tunnel_ports()
    assert ports.pop("gnv-flow") == (
        {"remote_ip": "flow", "key": "flow", "csum": "true"},
        {"geneve-agent": "hv-1"})
    [(options, _)] = ports.values()
    assert options["dst_port"] == "7000"

    # To per-remote ports and back.
    driver.do("unset flow - 0", "unset flow - 7000", "set hv-2 192.0.2.2 - 0")
    driver.wait(ready(1))
    driver.settle()
    assert set(node.tunnel_ports()) == {"gnv-c0000202"}
    driver.do("unset 192.0.2.2 - 0", "set - flow 192.0.2.1 0")
    driver.wait(ready(1))
    driver.settle()
    assert node.tunnel_ports()["gnv-flow"][0] == {
        "remote_ip": "flow", "local_ip": "192.0.2.1", "key": "flow",
        "csum": "true"}


def test_adoption(node, start):
    first = start()
    first.do("set hv-2 192.0.2.2 - 0", "set hv-3 192.0.2.3 - 0",
             "set hv-4 2001:db8::4 - 0",
             "note 192.0.2.2 - 0 p=0xff01/0x01 ok")
    ofports = first.wait(ready(3))["tunnels"]
    first.quit()
    before = node.versions()

    # What is there is taken over as it is, what it says included.
    second = start(complete=False)
    second.do("set hv-2 192.0.2.2 - 0", "set hv-4 2001:db8::4 - 0")
    state = second.wait(ready(2))
    assert all(ofports[key] == n for key, n in state["tunnels"].items())
    second.do("note 192.0.2.2 - 0 p=0xff01/0x01 ok")
    assert second.settle() == 0
    assert node.versions() == before

    # Nothing is written before all is known, not even what is sure to be
    # wanted,
    second.do("set hv-5 192.0.2.5 - 0")
    assert second.settle() == 0
    assert node.versions() == before
    second.do("unset 192.0.2.5 - 0")

    # ... and then what nobody wants goes, and nothing else.
    second.do("complete")
    second.wait(lambda s: s["status"]["transactions"] == 1)
    second.settle()
    after = node.versions()
    assert after == {key: before[key] for key in before
                     if key[1] != "gnv-c0000203"}


def test_wrong_options_are_put_right(node, start):
    driver = start()
    driver.do("set hv-2 192.0.2.2 - 0", "set hv-3 192.0.2.3 - 0")
    driver.wait(ready(2))
    uuid = node.rows("interface", "_uuid")["gnv-c0000202"]
    want = node.tunnel_ports()

    def is_right():
        return node.tunnel_ports() == want

    for change in (["set", "interface", "gnv-c0000202", "options:csum=false"],
                   ["set", "interface", "gnv-c0000202", "options:in_key=5"],
                   ["set", "interface", "gnv-c0000202", "options:out_key=5"],
                   ["set", "interface", "gnv-c0000202",
                    "options:dst_port=7000"],
                   ["set", "interface", "gnv-c0000202",
                    "options:remote_ip=192.0.2.9"],
                   ["set", "interface", "gnv-c0000202",
                    "external_ids:nve-remote=hv-9"]):
        node.vsctl("--no-wait", *change)
        wait_until(is_right, "%s is undone" % change)
    assert node.rows("interface", "_uuid")["gnv-c0000202"] == uuid

    # Others' external_ids on our ports stay.
    node.vsctl("set", "interface", "gnv-c0000202", "external_ids:x=y")
    driver.settle()
    assert node.tunnel_ports()["gnv-c0000202"][1]["x"] == "y"
    node.vsctl("remove", "interface", "gnv-c0000202", "external_ids", "x")

    # Another local address: the same port, put right, before all is known.
    driver.do("unset 192.0.2.2 - 0", "set hv-2 192.0.2.2 192.0.2.1 0")
    driver.wait(ready(2))
    wait_until(lambda: "local_ip" in node.tunnel_ports()["gnv-c0000202"][0],
             "the local address is set")
    assert node.rows("interface", "_uuid")["gnv-c0000202"] == uuid

    # A deleted port comes back.
    driver.do("forget")
    node.vsctl("del-port", "gnv-c0000202")
    driver.wait(lambda s: s["seen"]["tunnels"] == ["hv-2"] and ready(2)(s))
    assert node.rows("interface", "_uuid")["gnv-c0000202"] != uuid


@pytest.mark.parametrize("type_", ["gre", "internal", "patch", '""'])
@pytest.mark.parametrize("while_it_runs", [True, False])
def test_wrong_type_is_put_right(node, start, type_, while_it_runs):
    """The same port, and no second one."""
    driver = start()
    driver.do("set hv-2 192.0.2.2 - 0")
    driver.wait(ready(1))
    uuid = node.rows("interface", "_uuid")["gnv-c0000202"]
    want = node.tunnel_ports()
    if not while_it_runs:
        driver.quit()
    node.vsctl("--no-wait", "set", "interface", "gnv-c0000202",
               "type=" + type_)
    if not while_it_runs:
        driver = start(complete=False)
        driver.do("set hv-2 192.0.2.2 - 0", "complete")
    wait_until(lambda: node.tunnel_ports() == want, "the type is back")
    state = driver.wait(lambda s: ready(1)(s) and not s["problems"])
    assert node.rows("interface", "_uuid")["gnv-c0000202"] == uuid
    assert node.vsctl("list-ports", "br-int").split() == ["gnv-c0000202"]
    wait_until(lambda: node.rows("interface", "ofport")["gnv-c0000202"]
               == {"ofport": state["tunnels"]["192.0.2.2 - 0"]},
               "its number is known")


@pytest.mark.parametrize("table", ["interface", "port"])
@pytest.mark.parametrize("while_it_runs", [True, False])
def test_marks_are_put_right(node, start, table, while_it_runs):
    """One that is left of the two says whose the port is."""
    driver = start()
    driver.do("set hv-2 192.0.2.2 - 0",
              "note 192.0.2.2 - 0 p=0xff01/0x01 ok")
    driver.wait(ready(1))
    want = node.rows(table, "_uuid", "external_ids")["gnv-c0000202"]
    assert want["external_ids"]["geneve-agent"]
    if not while_it_runs:
        driver.quit()
    node.vsctl("--no-wait", "clear", table, "gnv-c0000202", "external_ids")
    if not while_it_runs:
        driver = start(complete=False)
        driver.do("set hv-2 192.0.2.2 - 0",
                  "note 192.0.2.2 - 0 p=0xff01/0x01 ok", "complete")
    wait_until(lambda: node.rows(table, "_uuid", "external_ids")[
        "gnv-c0000202"] == want, "they are back")
    driver.wait(lambda s: ready(1)(s) and not s["problems"])
    assert node.vsctl("list-ports", "br-int").split() == ["gnv-c0000202"]


def test_others_options_stay(node, start):
    """What an operator, or Open vSwitch's IPsec daemon, sets on our ports and
    is not ours to decide stays: over changes of ours, and a restart."""
    theirs = {"psk": "swordfish", "remote_cert": "/etc/keys/hv-2.pem",
              "remote_name": "hv-2", "ipsec_encapsulation": "yes",
              "df_default": "false", "tos": "inherit", "ttl": "7",
              "egress_pkt_mark": "5"}
    driver = start()
    driver.do("set hv-2 192.0.2.2 - 0", "set hv-3 192.0.2.3 - 0")
    driver.wait(ready(2))
    ours = {"remote_ip": "192.0.2.2", "key": "flow", "csum": "true"}
    node.vsctl("set", "interface", "gnv-c0000202",
               *('options:%s="%s"' % item for item in theirs.items()))
    driver.settle()
    assert node.tunnel_ports()["gnv-c0000202"][0] == {**ours, **theirs}

    # Ours are put right next to them,
    node.vsctl("--no-wait", "set", "interface", "gnv-c0000202",
               "options:csum=false", "options:dst_port=7000")
    wait_until(lambda: node.tunnel_ports()["gnv-c0000202"][0]
             == {**ours, **theirs}, "ours are put right")

    # ... change, come and go,
    driver.do("unset 192.0.2.2 - 0", "set hv-2 192.0.2.2 192.0.2.1 0")
    ours["local_ip"] = "192.0.2.1"
    wait_until(lambda: node.tunnel_ports()["gnv-c0000202"][0]
             == {**ours, **theirs}, "the local address is set")

    # ... and are adopted with them.
    driver.quit()
    second = start(complete=False)
    second.do("set hv-2 192.0.2.2 192.0.2.1 0", "set hv-3 192.0.2.3 - 0",
              "complete")
    second.wait(ready(2))
    assert second.settle() == 0
    assert node.tunnel_ports()["gnv-c0000202"][0] == {**ours, **theirs}

    # They can go, too.
    node.vsctl("remove", "interface", "gnv-c0000202", "options",
               *sorted(theirs))
    second.settle()
    assert node.tunnel_ports()["gnv-c0000202"][0] == ours
    assert not second.state["problems"]


def test_foreign_ports(node, start):
    driver = start()
    driver.do("complete")
    driver.wait(has_bridge)

    def add(name, *settings, bridge="br-int"):
        node.vsctl("add-port", bridge, name, "--", "set", "interface", name,
                   "type=geneve", *settings)

    # Other configurations are in nobody's way, on whatever bridge.
    node.vsctl("add-br", "br-tun", "--", "set", "bridge", "br-tun",
               "datapath_type=netdev")
    add("their-2", "options:remote_ip=192.0.2.2", "options:key=flow",
        bridge="br-tun")
    add("their-3", "options:remote_ip=192.0.2.3", "options:key=3")
    add("gnv-c0000204", "options:remote_ip=192.0.2.99")
    before = node.rows("interface", "options", "external_ids", "_uuid")
    driver.do("set hv-2 192.0.2.2 - 0", "set hv-3 192.0.2.3 - 0",
              "set hv-4 192.0.2.4 - 0", "set hv-5 192.0.2.2 192.0.2.1 0")
    state = driver.wait(lambda s: s["status"]["tunnels"]["ready"] == 3
                        and s["problems"])
    driver.settle()
    assert set(state["problems"]) == {"tunnel hv-2"}
    assert "port their-2 on bridge br-tun" in state["problems"]["tunnel hv-2"]
    assert state["tunnels"]["192.0.2.2 - 0"] == 0
    after = node.rows("interface", "options", "external_ids", "_uuid")
    assert {name: after[name] for name in before} == before

    # It goes: ours comes.
    node.vsctl("del-port", "their-2")
    state = driver.wait(ready(4))
    assert not state["problems"]

    # One that comes later is in our way, and still not touched.
    node.vsctl("--no-wait", "add-port", "br-int", "their-2", "--", "set",
               "interface", "their-2", "type=geneve",
               "options:remote_ip=192.0.2.2", "options:key=flow")
    state = driver.wait(lambda s: s["problems"])
    assert "port their-2" in state["problems"]["tunnel hv-2"]
    driver.do("unset 192.0.2.2 - 0")
    driver.settle()
    assert "their-2" in node.rows("interface", "type")
    assert not driver.state["problems"]


def test_port_is_a_bond_for_a_while(node, start):
    """A port of ours to which somebody gives another interface is not ours
    until it has lost that."""
    driver = start()
    driver.do("set hv-2 192.0.2.2 - 0")
    ofports = driver.wait(ready(1))["tunnels"]
    before = node.versions()
    node.vsctl("--no-wait", "--id=@i", "create", "interface", "name=their",
               "type=internal", "--", "add", "port", "gnv-c0000202",
               "interfaces", "@i")
    driver.wait(lambda s: "tunnel hv-2" in s["problems"])
    their = node.vsctl("get", "interface", "their", "_uuid").strip()
    node.vsctl("--no-wait", "remove", "port", "gnv-c0000202", "interfaces",
               their)
    state = driver.wait(lambda s: ready(1)(s) and not s["problems"])
    assert state["tunnels"] == ofports
    assert node.uuids() == {key: row[0] for key, row in before.items()}


def test_bridge_changes_with_tunnels(node, start):
    driver = start()
    driver.do("set hv-2 192.0.2.2 - 0", "set hv-3 192.0.2.3 - 0")
    driver.wait(ready(2))
    node.vsctl("--no-wait", "del-br", "br-int")
    wait_until(lambda: len(node.tunnel_ports()) == 2, "the ports are back")
    driver.wait(ready(2))

    # To another bridge: a configuration can exist once.
    driver.do("unset 192.0.2.3 - 0")
    node.set_ids(nve_bridge="br-nvo")
    driver.wait(lambda s: s["status"]["bridge"] == "br-nvo" and ready(1)(s))
    assert node.vsctl("list-ports", "br-int") == ""
    assert node.vsctl("list-ports", "br-nvo").split() == ["gnv-c0000202"]
    wait_until(lambda: len(node.tunnel_ports()) == 1, "the other one is gone")


def test_replaced_in_one_turn(node, start):
    """ovs-vswitchd cannot add a port in the turn in which one with the same
    configuration goes, and does not try again by itself."""
    driver = start()
    driver.wait(has_bridge)
    node.vsctl("add-port", "br-int", "their-2", "--", "set", "interface",
               "their-2", "type=geneve", "options:remote_ip=192.0.2.2",
               "options:key=flow")
    driver.do("set hv-2 192.0.2.2 - 0")
    driver.wait(lambda s: s["problems"])
    with stopped(node.dir / "vswitchd.pid"):
        node.vsctl("--no-wait", "del-port", "their-2")
        wait_until(lambda: set(node.tunnel_ports()) == {"gnv-c0000202"},
                 "ours is made")
    driver.wait(lambda s: ready(1)(s) and not s["problems"])
    assert driver.settle() < 10
    assert "same config" in (node.dir / "vswitchd.log").read_text()


def test_system_id_changes(node, start):
    driver = start()
    driver.do("set hv-2 192.0.2.2 - 0")
    driver.wait(ready(1))
    node.set_ids(system_id="hv-9")
    wait_until(lambda: node.tunnel_ports()["gnv-c0000202"][1]["geneve-agent"]
             == "hv-9", "the mark is changed")
    assert (node.rows("port", "external_ids")["gnv-c0000202"]["external_ids"]
            == {"geneve-agent": "hv-9"})


def test_thousand_tunnels(node, start):
    """100 at a time: while ovs-vswitchd adds ports, its userspace datapath
    forwards nothing."""
    driver = start()
    driver.wait(has_bridge)
    n = driver.settle()
    node.kill_vswitchd()
    driver.do("many 1000", "complete")
    assert driver.settle() == n + 1
    assert len(node.tunnel_ports()) == 100
    node.start_vswitchd()
    driver.wait(ready(1000), 60)
    n_all = driver.settle()
    assert n + 10 <= n_all <= n + 30
    ports = node.tunnel_ports()
    assert len(ports) == 1000
    assert {row[1]["nve-remote"] for row in ports.values()} == {
        "hv-%d" % i for i in range(1, 1001)}

    # One more costs one more: a transaction, and next to no work.
    cpu = driver.state["cpu"]
    driver.do("set hv-x 192.0.2.9 - 0")
    driver.wait(ready(1001))
    assert driver.settle() == n_all + 1
    print("CPU for 1,000 ports: %d ms, for one more %d ms"
          % (cpu, driver.state["cpu"] - cpu))

    driver.do(*("unset 10.0.%d.%d - 0" % divmod(i, 256)
                for i in range(1, 1001)))
    wait_until(lambda: len(node.tunnel_ports()) == 1, "they are gone")
    assert driver.settle() <= n_all + 4
