"""Daemons are killed (-9) and started again, while endpoints talk."""
import shutil

import pytest

import world
from waiting import wait_until
from world import ct, table


def flowing(seconds, capture):
    """Waits until packets were captured for some more seconds."""
    start = capture.packets("192.0.2.1")[-1].time
    wait_until(lambda: capture.packets("192.0.2.1")[-1].time
               > start + seconds, "packets go on")


def unusual_order(lab):
    """Brings the plans of all nodes to an order that none would start with."""
    odd = table("tenant-id", "qos-class", "policy-label", "endpoint-type",
                order="strict")
    for node in lab.names:
        lab.set_receive(node, odd)
    wanted = tuple(ct("tenant-id", "qos-class", "policy-label",
                      "endpoint-type"))
    wait_until(lambda: {tuple(e["options"])
                        for e in world.settle(lab).values()} == {wanted},
               "all send in that order")
    lab.restore()
    wait_until(lambda: {e["order"] for e in world.settle(lab).values()}
               == {"any"}, "any order will do")


def still_works(lab):
    """A change of an advertisement and one of a value go all the way."""
    lab.set_receive("hv-2", table("qos-class", "policy-label",
                                  order="strict"))
    world.settle(lab, {"hv-2": ct("qos-class", "policy-label")})
    lab.patch("Endpoint", "web-1", {"spec": {"policyLabel": 4712}})
    try:
        with lab.capture("hv-1") as capture:
            def sent():
                lab.ping("web-1", "10.0.0.2", count=1)
                packets = capture.packets("192.0.2.1", "192.0.2.2")
                return packets and packets[-1].data[1] == (
                    4712).to_bytes(4, "big")
            wait_until(sent, "the new label is on the wire")
    finally:
        lab.patch("Endpoint", "web-1", {"spec": {"policyLabel": 101}})


@pytest.mark.parametrize("node, daemon", [
    ("hv-1", "geneve-agentd"), ("hv-2", "geneve-agentd"),
    ("nva", "nvad"), ("nva", "ovsdb-server")])
def test_traffic_does_not_notice(lab, node, daemon):
    """The control plane dies and comes back: no packet is lost or changed, and
    afterwards it works as before."""
    unusual_order(lab)
    said = world.settle(lab)["hv-1", "hv-2"]
    lab.wait_ping("web-1", "10.0.0.2")
    with lab.capture("hv-1") as capture, lab.pinging("web-1", "10.0.0.2"):
        wait_until(lambda: capture.packets("192.0.2.1"), "packets")
        lab.kill(node, daemon)
        flowing(0.5, capture)
        lab.start_daemon(node, daemon)
        flowing(1, capture)
        world.settle(lab)
        packets = capture.packets("192.0.2.1", "192.0.2.2")
    assert {tuple(p.options) for p in packets} == {tuple(said["options"])}
    still_works(lab)


def test_database_of_a_node_dies(lab):
    """Without its database ovs-vswitchd's userspace datapath stands still
    (it waits for the database's lock); when that is back all goes on,
    unchanged."""
    said = world.settle(lab)["hv-1", "hv-2"]
    with lab.capture("hv-1") as capture:
        lab.kill("hv-1", "ovsdb-server")
        lab.start_daemon("hv-1", "ovsdb-server")
        lab.wait_ping("web-1", "10.0.0.2")
        world.settle(lab)
        assert lab.ping("web-1", "10.0.0.2") == 3
        packets = capture.packets("192.0.2.1", "192.0.2.2")
    assert {tuple(p.options) for p in packets} == {tuple(said["options"])}
    still_works(lab)


def test_switch_dies(lab):
    """ovs-vswitchd forgets everything, and is given everything again."""
    said = world.settle(lab)["hv-1", "hv-2"]
    lab.kill("hv-1", "ovs-vswitchd")
    wait_until(lambda: lab.agentctl("hv-1", "status")["remotes"]["ok"] == 0,
               "no remote is served")
    lab.start_daemon("hv-1", "ovs-vswitchd")
    lab.wait_ping("web-1", "10.0.0.2")
    world.settle(lab)
    wait_until(lambda: lab.agentctl("hv-1", "status")["remotes"]["ok"]
               == len(lab.names) - 1, "all are again")
    with lab.capture("hv-1") as capture:
        assert lab.ping("web-1", "10.0.0.2") == 3
        packets = wait_until(lambda: capture.packets("192.0.2.1"), "packets")
    assert {tuple(p.options) for p in packets} == {tuple(said["options"])}


def ovs_ctl_restart(lab, node):
    """What a package's upgrade does: both daemons of Open vSwitch end in an
    orderly way, flows are saved and restored meanwhile."""
    scripts = lab.files / "scripts"
    if not scripts.exists():
        shutil.copytree("/usr/share/openvswitch/scripts", scripts)
        # There is no module here.
        (scripts / "ovs-kmod-ctl").write_text("#!/bin/sh\n")
    lab.exec(node, scripts / "ovs-ctl", "restart", "--no-mlockall",
             "--system-id=" + node, "--db-file=%s/conf.db" % (lab.dir / node),
             "--db-sock=%s/db.sock" % (lab.dir / node),
             "--ovs-vswitchd-options=--disable-system")


def test_open_vswitch_is_restarted_in_an_orderly_way(lab):
    """Twice: what it deletes and restores itself is not somebody's
    interference."""
    said = world.settle(lab)["hv-1", "hv-2"]
    for _ in range(2):
        ovs_ctl_restart(lab, "hv-1")
        lab.wait_ping("web-1", "10.0.0.2")
        world.settle(lab)
    assert world.settle(lab)["hv-1", "hv-2"]["options"] == said["options"]
    status = lab.agentctl("hv-1", "status")
    assert status["openflow"]["installed"] == status["openflow"]["flows"]
    assert not [a for a in status["alarms"] if a["reason"] == "interference"]


def test_all_daemons_of_a_node_die(lab):
    for daemon in "geneve-agentd", "ovs-vswitchd", "ovsdb-server":
        lab.kill("hv-3", daemon)
    for daemon in "ovsdb-server", "ovs-vswitchd", "geneve-agentd":
        lab.start_daemon("hv-3", daemon)
    world.settle(lab)
    for source, target in (("web-3", "10.0.0.1"), ("web-2", "10.0.0.3")):
        lab.wait_ping(source, target)


def test_what_changed_while_the_agent_was_away(lab):
    """Reconciled at its start: old flows go, new ones come."""
    lab.kill("hv-1", "geneve-agentd")
    lab.set_receive("hv-2", table("policy-label"))
    lab.apply(world.endpoint("late", "blue", 70))
    lab.plug("hv-2", "late")
    try:
        lab.start_daemon("hv-1", "geneve-agentd")
        world.settle(lab, {"hv-2": ct("policy-label")})
        lab.wait_ping("web-1", "10.0.0.70")
        lab.kill("hv-1", "geneve-agentd")
    finally:
        lab.unplug("late")
        lab.delete("Endpoint", "late")
        lab.start_daemon("hv-1", "geneve-agentd")

    def gone():
        flows = lab.exec("hv-1", "ovs-ofctl", "dump-flows", "br-int")
        return world.mac(world.endpoint("late", "blue", 70)) not in flows
    wait_until(gone, "no flow for the deleted endpoint")


def test_controller_away_while_the_agent_starts(lab):
    """An agent that has no controller to ask leaves the switch as it is."""
    said = world.settle(lab)["hv-1", "hv-2"]
    lab.kill("nva", "nvad")
    try:
        with lab.capture("hv-1") as capture, lab.pinging(
                "web-1", "10.0.0.2"):
            wait_until(lambda: capture.packets("192.0.2.1"), "packets")
            lab.kill("hv-1", "geneve-agentd")
            lab.start_daemon("hv-1", "geneve-agentd")
            flowing(2, capture)
            packets = capture.packets("192.0.2.1", "192.0.2.2")
            assert {tuple(p.options) for p in packets} == {
            tuple(said["options"])}
    finally:
        lab.start_daemon("nva", "nvad")
    world.settle(lab)


def test_nothing_answered_is_lost(lab):
    """nvad and its database are killed right after an answer."""
    before = int(lab.get("VPC", "blue")["metadata"]["resourceVersion"])
    for daemon, name in (("nvad", "kept-1"), ("ovsdb-server", "kept-2")):
        lab.apply(world.vpc(name, 9000 + int(name[-1])))
        lab.kill("nva", daemon)
        lab.start_daemon("nva", daemon)

        def answers(name=name):
            status, answer = lab.request("GET", "/vpcs/" + name)
            assert status == 200, answer
            return answer
        after = int(wait_until(answers, name + " is there")
                    ["metadata"]["resourceVersion"])
        assert after > before
        before = after
    lab.delete("VPC", "kept-1", "kept-2")
