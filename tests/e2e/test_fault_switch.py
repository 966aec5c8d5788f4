"""What others do to the switch, under traffic between three nodes, with a
further plan on hv-1.

test_ofctrl_interference.py has what is put back, one by one.
"""
import itertools
import socket
import time

import pytest

import traffic
import wire
import world
from lab import resource
from test_plans import ORDERS, served, wait_bridges
from waiting import wait_until
from world import table


RATE = 200      # Packets a second; so many lost are a second without any.


@pytest.fixture
def both(lab):
    """hv-1 sends one order by br-int, another by a bridge of its own."""
    for node, names in ORDERS.items():
        lab.set_receive(node, table(*names, order="strict"))
    served(lab)
    return lab


def alarms(lab, reason, node="hv-1"):
    return {a["object"]: a["message"]
            for a in lab.agentctl(node, "status")["alarms"]
            if a["reason"] == reason}


def lost(tallies, node="hv-1"):
    """The most packets of one direction that a node's switch lost."""
    return max(len(tally.missing) for pair, tally in tallies.items()
               if node in pair)


def delete_all(lab, bridges):
    for bridge in bridges:
        for command in "del-flows", "del-meters":
            lab.exec("hv-1", "ovs-ofctl", "-O", "OpenFlow15", command, bridge)


def test_fault_flows_of_all_bridges_are_deleted(both):
    bridges = ["br-int", *wait_bridges(both, 2)]
    with traffic.Traffic(both, RATE) as running:
        delete_all(both, bridges)
        served(both)
        tallies, _ = running.stop()
    print("lost:", lost(tallies))
    assert lost(tallies) < RATE
    assert not alarms(both, "interference")

    # Again: somebody should know.
    def again():
        delete_all(both, bridges)
        return set(alarms(both, "interference")) == set(bridges)
    wait_until(again, "there are alarms")
    assert "flows were deleted" in alarms(both, "interference")["br-int"]
    served(both)


@pytest.mark.parametrize("setting", ["fail-mode", "controller"])
def test_fault_a_bridge_is_flushed(both, setting):
    """Open vSwitch does that when somebody deletes one of these settings."""
    if setting == "controller":
        both.exec("hv-1", "ovs-vsctl", "set-controller", "br-int",
                  "tcp:127.0.0.1:1")
        served(both)
    with traffic.Traffic(both, RATE) as running:
        both.exec("hv-1", "ovs-vsctl", "del-" + setting, "br-int")
        served(both)
        tallies, _ = running.stop()
    assert lost(tallies) < RATE


def test_fault_the_switch_dies(both):
    """For comparison."""
    with traffic.Traffic(both, RATE) as running:
        both.kill("hv-1", "ovs-vswitchd")
        both.start_daemon("hv-1", "ovs-vswitchd")
        served(both)
        tallies, _ = running.stop()
    print("lost:", lost(tallies))


def forge(lab, src_mac, ports):
    """Packets from the address of hv-2, and a MAC that is not its.  Open
    vSwitch looks closely at the first one from each of the ports."""
    with lab.inside("exec", "fabric"):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with sock:
        with lab.inside("exec", "fabric"):
            sock.bind(("hv-1", 0))
        for port in ports:
            sock.send(wire.outer(
                src_mac, "02:00:c0:00:02:01", "192.0.2.2", "192.0.2.1",
                port, wire.geneve(world.VNI, b"\0" * 60)))


def test_fault_forged_packets_take_a_neighbor(lab):
    """Whose MAC is Open vSwitch's cache to believe?"""
    world.settle(lab)

    def cached():
        text = lab.exec("hv-1", "ovs-appctl", "tnl/neigh/show")
        return {line.split()[0]: line.split()[1]
                for line in text.splitlines() if line.startswith("192.0.2.")}

    lab.wait_ping("web-1", "10.0.0.2")
    good = wait_until(lambda: cached().get("192.0.2.2"), "it is known")
    # What is known is noted once a second.
    start = time.monotonic()
    wait_until(lambda: time.monotonic() > start + 1.5 and
               lab.ping("web-1", "10.0.0.2", count=1), "it is noted")
    # Packets that come all the time keep datapath flows alive, and Open
    # vSwitch from asking anew.  On a busy machine one of them may take the
    # slow way, and mend the cache before the agent has seen it: it looks once
    # a second.
    ports = itertools.count(40000)
    again = 0

    def noticed():
        nonlocal again
        if cached().get("192.0.2.2") == good and time.monotonic() > again:
            forge(lab, "02:66:66:66:66:66", itertools.islice(ports, 20))
            again = time.monotonic() + 5
        return "02:66:66:66:66:66" in alarms(lab, "neighbor").get(
            "192.0.2.2", "")

    with traffic.Traffic(lab, RATE):
        wait_until(noticed, "there is an alarm")
        lab.wait_ping("web-1", "10.0.0.2")
        assert cached()["192.0.2.2"] == good


def test_fault_one_endpoint_fills_the_connection_table(lab):
    """It has a limit of its own; others have room."""
    lab.set("hv-1", nve_ct_limit=50)
    policy = resource("VPCPolicy", "all", {
        "vpc": "blue", "endpointSelector": {}, "ingress": [{}]})
    with lab.temporary(policy):
        wait_until(lambda: ",limit=50," in lab.exec(
            "hv-1", "ovs-appctl", "dpctl/ct-get-limits"), "it is limited")
        with lab.inside("vm", "web-1"):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            def full():
                for number in range(1000, 1400):
                    sock.sendto(b"x", ("10.0.0.2", number))
                return alarms(lab, "connections").get("endpoint web-1")
            wait_until(full, "there is an alarm")
        n = lab.exec("hv-1", "ovs-appctl", "dpctl/ct-get-nconns")
        assert int(n) < 100, n
        lab.set("hv-1", nve_ct_limit=None)
        wait_until(lambda: lab.ping("web-1", "10.0.0.2", count=1),
                   "it can open connections again")


def test_fault_flow_tables_of_two_bridges_are_full(both):
    """Flows of an endpoint that runs are refused, also on the bridge of a
    further plan: it is told, until there is room."""
    def limit(bridge):
        both.exec("hv-1", "ovs-vsctl", "--id=@t", "create", "flow_table",
                  "flow_limit=0", "overflow_policy=refuse", "--", "set",
                  "bridge", bridge, "flow_tables:0=@t")

    further, = wait_bridges(both, 2)
    port = both.exec("hv-1", "ovs-vsctl", "get", "interface", "vm-web-1",
                     "ofport").strip()
    refused = {"endpoint web-1", "endpoint web-1 on " + further}
    try:
        for bridge in "br-int", further:
            limit(bridge)
        both.exec("hv-1", "ovs-ofctl", "del-flows", "br-int",
                  "table=0,in_port=" + port)
        both.exec("hv-1", "ovs-ofctl", "del-flows", further, "table=0")
        wait_until(lambda: set(alarms(both, "openflow")) == refused,
                   "there are alarms")
        status = wait_until(
            lambda: both.endpoint_status("web-1")["phase"] == "Blocked"
            and both.endpoint_status("web-1"), "it is blocked")
        assert "refuses 2 of its flows" in status["message"]
        shown, = (e for e in both.agentctl("hv-1", "endpoint", "list")
                  if e["name"] == "web-1")
        assert (shown["phase"], shown["message"]) == (
            "Blocked", status["message"])
        assert both.ping("web-2", "10.0.0.3") == 3
    finally:
        for bridge in "br-int", further:
            both.exec("hv-1", "ovs-vsctl", "clear", "bridge", bridge,
                      "flow_tables")
    both.wait_running("web-1", "hv-1")
    wait_until(lambda: not alarms(both, "openflow"), "no alarm any more")
    served(both)
    for k in 2, 3:
        both.wait_ping("web-1", "10.0.0.%d" % k)


def test_fault_a_flow_table_is_full(lab):
    """Who needs a flow in it is blocked, others are not, until there is
    room."""
    lab.exec("hv-1", "ovs-vsctl", "--id=@t", "create", "flow_table",
             "flow_limit=1", "overflow_policy=refuse", "--", "set", "bridge",
             "br-int", "flow_tables:0=@t")
    try:
        lab.apply(world.endpoint("late", "blue", 70))
        lab.plug("hv-1", "late", wait=False)
        wait_until(lambda: lab.endpoint_status("late")["phase"] == "Blocked",
                   "it is blocked")
        assert "refuses" in lab.endpoint_status("late")["message"]
        wait_until(lambda: "TABLE_FULL" in alarms(lab, "openflow")[
            "endpoint late"], "the alarm")
        assert lab.ping("web-1", "10.0.0.2")
        lab.exec("hv-1", "ovs-vsctl", "clear", "bridge", "br-int",
                 "flow_tables")
        lab.wait_running("late", "hv-1")
        wait_until(lambda: not alarms(lab, "openflow"), "no alarm any more")
        lab.wait_ping("late", "10.0.0.2")
    finally:
        lab.exec("hv-1", "ovs-vsctl", "clear", "bridge", "br-int",
                 "flow_tables")
        lab.unplug("late")
        lab.delete("Endpoint", "late")


def late_policy(*rules):
    return resource("VPCPolicy", "late", {
        "vpc": "blue", "endpointSelector": {"matchLabels": {"role": "late"}},
        "ingress": list(rules)})


def test_fault_flows_of_a_policy_are_refused(lab):
    """The endpoints that it selects are blocked, and closed; others are
    not."""
    late = world.endpoint("late", "blue", 70)
    late["metadata"]["labels"] = {"role": "late"}
    try:
        lab.apply(late, late_policy())
        lab.plug("hv-1", "late")
        lab.wait_running("late", "hv-1")
        lab.exec("hv-1", "ovs-vsctl", "--id=@t", "create", "flow_table",
                 "flow_limit=1", "overflow_policy=refuse", "--", "set",
                 "bridge", "br-int", "flow_tables:41=@t")
        lab.apply(late_policy({}))
        wait_until(lambda: lab.endpoint_status("late")["phase"] == "Blocked",
                   "it is blocked")
        assert ("of policies of VPC blue"
                in lab.endpoint_status("late")["message"])
        wait_until(lambda: "TABLE_FULL" in alarms(lab, "openflow")[
            "policies of VPC blue"], "the alarm")
        assert not lab.ping("web-1", "10.0.0.70", count=1)
        assert lab.ping("web-1", "10.0.0.2")
        assert lab.endpoint_status("web-1")["phase"] == "Running"
        lab.exec("hv-1", "ovs-vsctl", "clear", "bridge", "br-int",
                 "flow_tables")
        lab.wait_running("late", "hv-1")
        lab.wait_ping("web-1", "10.0.0.70")
        wait_until(lambda: not alarms(lab, "openflow"), "no alarm any more")
    finally:
        lab.exec("hv-1", "ovs-vsctl", "clear", "bridge", "br-int",
                 "flow_tables")
        lab.unplug("late")
        lab.delete("VPCPolicy", "late")
        lab.delete("Endpoint", "late")


def test_fault_a_tunnel_port_is_refused(lab):
    """Somebody else's has the same configuration: that remote is unreachable,
    others are not, until it is gone."""
    world.settle(lab)
    ours, = (name for name in lab.exec(
        "hv-1", "ovs-vsctl", "--bare", "--columns=name", "find", "interface",
        "external_ids:nve-remote=hv-2").split())
    try:
        lab.exec("hv-1", "ovs-vsctl", "--no-wait", "del-port", ours, "--",
                 "add-br", "br-theirs", "--", "set", "bridge", "br-theirs",
                 "datapath_type=netdev", "--", "add-port", "br-theirs",
                 "theirs", "--", "set", "interface", "theirs", "type=geneve",
                 "options:remote_ip=192.0.2.2", "options:local_ip=192.0.2.1",
                 "options:key=flow")
        wait_until(lambda: "port theirs on bridge br-theirs"
                   in alarms(lab, "local")["tunnel hv-2"], "there is an alarm")
        wait_until(lambda: lab.transmit("hv-1", "hv-2", "web")["status"]
                   == "unreachable", "the remote is unreachable")
        assert lab.transmit("hv-1", "hv-3", "web")["status"] == "ok"
        assert lab.ping("web-1", "10.0.0.3") == 3
    finally:
        lab.exec("hv-1", "ovs-vsctl", "--if-exists", "del-br", "br-theirs")
    wait_until(lambda: lab.transmit("hv-1", "hv-2", "web")["status"] == "ok",
               "it is reachable again")
    wait_until(lambda: not alarms(lab, "local"), "no alarm any more")
    lab.wait_ping("web-1", "10.0.0.2")
