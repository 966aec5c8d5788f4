"""What keeps all endpoints of a node from being reached is said: by an alarm,
by its endpoints and by its remotes.  It is over when its cause is.

hv-1 and hv-2 have secondary addresses for their tunnels, as the agent speaks
to the controller from the first ones.
"""
import contextlib

import pytest

import world
from waiting import wait_until

TUNNEL = {"hv-1": "192.0.2.101", "hv-2": "192.0.2.102"}


def vsctl(lab, node, *args):
    lab.exec(node, "ovs-vsctl", "--no-wait", *args)


@pytest.fixture(scope="module")
def lab(own_lab):
    lab = own_lab(2)
    for node, address in TUNNEL.items():
        add_address(lab, node, address)
        lab.set(node, nve_encap_ip=address)
        lab.patch("NVE", node, {"spec": {"underlay": {"ips": [address]}}})
    world.load(lab)
    return lab


def device(lab, node):
    return lab.exec(node, "sh", "-c", "ip -o -4 addr show to 192.0.2.%s | "
                    "awk '{ print $2; exit }'" % node[3:]).strip()


def add_address(lab, node, address):
    lab.exec(node, "ip", "addr", "add", address + "/24", "dev",
             device(lab, node))


def alarms(lab, node):
    return {alarm["object"]: alarm["message"]
            for alarm in lab.agentctl(node, "status")["alarms"]
            if alarm["reason"] == "outage"}


def wait_outage(lab, node, thing):
    """Waits until all say that 'thing' keeps 'node' from working."""
    wait_until(lambda: thing in alarms(lab, node),
               "%s has an alarm about %s" % (node, thing))
    endpoint = "web-" + node[3:]

    def unreachable():
        status = lab.endpoint_status(endpoint)
        return status["phase"] == "Unreachable" and status["message"]
    message = wait_until(unreachable, "%s is unreachable" % endpoint)
    assert any(message == "%s: %s" % alarm
               for alarm in alarms(lab, node).items())
    assert {remote["status"] for remote in
            lab.agentctl(node, "remote", "list")} == {"unreachable"}
    assert lab.agentctl(node, "status")["remotes"]["unreachable"] == 1
    shown, = (e for e in lab.agentctl(node, "endpoint", "list")
              if e["name"] == endpoint)
    assert shown["phase"] == "Unreachable"
    return message


def wait_health(lab, node):
    wait_until(lambda: not alarms(lab, node), "%s has no alarm" % node)
    lab.wait_running("web-" + node[3:], node)
    wait_until(lambda: {remote["status"] for remote in
                        lab.agentctl(node, "remote", "list")} == {"ok"},
               "all remotes of %s are well" % node)


@contextlib.contextmanager
def setting(lab, node, *words):
    """ovs-vsctl set WORDS while in the block; clears them afterwards."""
    *row, assignment = words
    vsctl(lab, node, "set", *row, assignment)
    try:
        yield
    finally:
        column, _, key = assignment.partition("=")[0].partition(":")
        vsctl(lab, node, *(["remove", *row, column, key] if key
                           else ["clear", *row, column]))


def test_lost_address_and_flow_restore_wait(lab):
    address = TUNNEL["hv-2"]
    with setting(lab, "hv-1", "Open_vSwitch", ".",
                 "other_config:flow-restore-wait=true"):
        lab.exec("hv-2", "ip", "addr", "del", address + "/24", "dev",
                 device(lab, "hv-2"))
        try:
            message = wait_outage(lab, "hv-2", "underlay " + address)
            assert "no device" in message
            message = wait_outage(lab, "hv-1",
                                  "other_config:flow-restore-wait")
            assert "ovs-vsctl remove" in message
        finally:
            add_address(lab, "hv-2", address)
    for node in lab.names:
        wait_health(lab, node)
    lab.wait_ping("web-1", "10.0.0.2")


def test_no_address_datapath_and_protocols(lab):
    lab.set("hv-2", nve_encap_ip=None)
    kind = lab.exec("hv-1", "ovs-vsctl", "get", "bridge", "br-int",
                    "datapath_type").strip()
    try:
        with setting(lab, "hv-1", "bridge", "br-int",
                     "protocols=OpenFlow13"):
            wait_outage(lab, "hv-1", "protocols of bridge br-int")
            wait_outage(lab, "hv-1", "OpenFlow of br-int")
            vsctl(lab, "hv-1", "set", "bridge", "br-int",
                  "datapath_type=nonsense")
            wait_outage(lab, "hv-1", "datapath_type of bridge br-int")
            wait_outage(lab, "hv-2", "underlay")
    finally:
        vsctl(lab, "hv-1", "set", "bridge", "br-int", "datapath_type=" + kind)
        lab.set("hv-2", nve_encap_ip=TUNNEL["hv-2"])
    for node in lab.names:
        wait_health(lab, node)
    lab.wait_ping("web-1", "10.0.0.2")


def test_bfd(lab):
    """The other end of the tunnel does not speak BFD first, and then does."""
    names = {}
    for node, other in lab.pairs:
        names[node] = lab.exec(
            node, "ovs-vsctl", "--bare", "--columns=name", "find",
            "interface", "external_ids:nve-remote=" + other).strip()

    def hears(node, other):
        remote, = lab.agentctl(node, "remote", "list")
        tunnels = [alarm for alarm in lab.agentctl(node, "status")["alarms"]
                   if alarm["object"] == "tunnel " + other]
        note = lab.exec(node, "ovs-vsctl", "get", "interface", names[node],
                        "external_ids:nve-status").strip()
        assert (remote["status"] == "ok") == (tunnels == []), (remote, tunnels)
        assert note == remote["status"], (note, remote)
        return remote["status"]
    with setting(lab, "hv-1", "interface", names["hv-1"], "bfd:enable=true"):
        wait_until(lambda: hears("hv-1", "hv-2") == "unreachable",
                   "hv-1 hears nothing of hv-2")
        assert lab.endpoint_status("web-1")["phase"] == "Running"
        with setting(lab, "hv-2", "interface", names["hv-2"],
                     "bfd:enable=true"):
            for node, other in lab.pairs:
                wait_until(lambda node=node, other=other:
                           hears(node, other) == "ok", "%s is there" % other)
    wait_until(lambda: hears("hv-1", "hv-2") == "ok", "it is over")
