"""Each NVE gets what it advertised, in its order, within its limits; both ends
say so, and it is what the packets carry."""
import contextlib
import json

import pytest

import world
from waiting import SLOWNESS, wait_until
from world import ct, table

# hv-1 takes everything in any order.
TABLES = {
    "hv-2": table("qos-class", "policy-label", "endpoint-type",
                  order="strict"),
    "hv-3": table("policy-label", maxOptions=1, maxOptionBytes=8),
}
EXPECTED = {"hv-2": ct("qos-class", "policy-label", "endpoint-type"),
            "hv-3": ct("policy-label")}


def address(node):
    return "192.0.2." + node[3:]


def traffic(lab, pairs, pings=3):
    """Pings between the nodes' endpoints; returns {(a, b): packets that a sent
    to b}, from a capture on a's wire."""
    with contextlib.ExitStack() as stack:
        captures = {node: stack.enter_context(lab.capture(node))
                    for node in {a for a, _ in pairs}}
        for a, b in pairs:
            assert lab.ping("web-" + a[3:], "10.0.0." + b[3:],
                            count=pings) == pings, (a, b)
        return {(a, b): wait_until(
            lambda a=a, b=b: captures[a].packets(address(a), address(b)),
            "packets from %s to %s" % (a, b)) for a, b in pairs}


@pytest.mark.parametrize("mode", ["per-remote", "shared"])
def test_both_ends_and_the_wire_agree(lab, mode):
    for node in lab.names:
        lab.set(node, nve_tunnel_mode=mode)
    for node, receive in TABLES.items():
        lab.set_receive(node, receive)
    said = world.settle(lab, EXPECTED)
    for a, b in lab.pairs:
        lab.wait_ping("web-" + a[3:], "10.0.0." + b[3:])
    for pair, packets in traffic(lab, lab.pairs).items():
        sender, receiver = pair
        assert len(packets) >= 3
        for packet in packets:
            assert packet.options == said[pair]["options"], pair
        if receiver == "hv-2":
            assert said[pair]["options"] == EXPECTED["hv-2"]
        assert said[pair]["status"] == (
            "ok" if receiver == "hv-1" else "degraded")


def test_tunnel_ports_tell_the_story(lab):
    """`ovs-vsctl list interface' shows the same as agentctl."""
    lab.set_receive("hv-2", TABLES["hv-2"])
    world.settle(lab, {"hv-2": EXPECTED["hv-2"]})

    def told():
        rows = json.loads(lab.exec(
            "hv-1", "ovs-vsctl", "-f", "json",
            "--columns=options,external_ids", "find", "interface",
            "type=geneve"))["data"]
        # Those of plans' bridges serve many remotes.
        ports = {dict(ids[1])["nve-remote"]: (dict(options[1]), dict(ids[1]))
                 for options, ids in rows if "nve-plan" not in dict(ids[1])}
        assert sorted(ports) == ["hv-2", "hv-3"]
        options, ids = ports["hv-2"]
        assert options["csum"] == "true"
        assert options["remote_ip"] == "192.0.2.2"
        assert ids["nve-options"] == "web=" + ",".join(EXPECTED["hv-2"])
        assert ids["nve-status"] == "degraded"
        return True
    wait_until(told, "the port to hv-2 shows what is sent")


def test_new_port_comes_with_its_note(lab):
    """Nothing is written to it in a second transaction."""
    def written():
        """All that was, to the new port's Interface."""
        records = (json.loads(line) for line in
                   (lab.dir / "hv-1/conf.db").read_text().splitlines()
                   if line.startswith("{"))
        return [row for record in records
                for row in record.get("Interface", {}).values()
                if row and row.get("name") == "gnv-c0000246"]

    lab.apply(world.nve("stranger", "192.0.2.70", "policy-label",
                        order="any"),
              world.endpoint("far", "blue", 70, nve="stranger"))
    try:
        row = wait_until(written, "a port for the stranger")[0]
        ids = dict(row["external_ids"][1])
        assert ids["nve-remote"] == "stranger"
        assert ids["nve-options"] == "web=" + ",".join(ct("policy-label"))
        assert ids["nve-status"] == "degraded"
    finally:
        lab.delete("Endpoint", "far")
        lab.delete("NVE", "stranger")


def test_ipv6_endpoints_talk(lab):
    six = world.vpc("six", 5006, "fd00:6::/64", optionProfile="web")
    ends = []
    for k in 1, 2:
        end = world.endpoint("six-%d" % k, "six", k, "10.6.0")
        end["spec"]["ips"] = ["fd00:6::%d" % k]
        ends.append(end)
    with lab.temporary(six, *ends):
        lab.plug("hv-1", "six-1")
        lab.plug("hv-2", "six-2")
        try:
            lab.wait_ping("six-1", "fd00:6::2")
            with lab.capture("hv-1") as capture:
                assert lab.ping("six-1", "fd00:6::2") == 3
                packets = wait_until(lambda: capture.packets("192.0.2.1"),
                                     "packets")
            options = lab.transmit("hv-1", "hv-2", "web")["options"]
            assert all(p.options == options for p in packets)
        finally:
            lab.unplug("six-1")
            lab.unplug("six-2")


def test_options_carry_their_values(lab):
    said = world.settle(lab)["hv-1", "hv-2"]
    packet = traffic(lab, [("hv-1", "hv-2")])["hv-1", "hv-2"][0]
    values = dict(zip(packet.options, packet.data))
    assert packet.vni == world.VNI
    assert packet.critical and not packet.oam and packet.version == 0
    assert values == {
        "0xff01/0x81": (101).to_bytes(4, "big"),
        "0xff01/0x02": (1).to_bytes(4, "big"),
        "0xff01/0x03": (1).to_bytes(4, "big"),
        "0xff01/0x06": bytes.fromhex(world.TENANT.replace("-", "")),
    }
    assert packet.options == said["options"]


def test_a_changed_value_is_sent(lab):
    lab.patch("Endpoint", "web-1", {"spec": {"policyLabel": 4711}})
    try:
        def sent():
            packets = traffic(lab, [("hv-1", "hv-2")], 1)["hv-1", "hv-2"]
            values = dict(zip(packets[-1].options, packets[-1].data))
            return values["0xff01/0x81"] == (4711).to_bytes(4, "big")
        wait_until(sent, "the new label is on the wire")
    finally:
        lab.patch("Endpoint", "web-1", {"spec": {"policyLabel": 101}})


def test_first_is_in_front(lab):
    lab.set_receive("hv-2", table("tenant-id", "qos-class", "policy-label",
                                  order="first"))
    names = ["tenant-id", "qos-class", "policy-label"]
    world.settle(lab, {"hv-2": ct(*names)})
    for packet in traffic(lab, [("hv-1", "hv-2")])["hv-1", "hv-2"]:
        assert packet.options[0] == world.CT["tenant-id"]
        assert sorted(packet.options) == sorted(ct(*names))


def test_no_critical_option_no_c_bit(lab):
    open_profile = world.profile("open", "qos-class")
    green = world.vpc("green", 5001, "10.1.0.0/24", optionProfile="open")
    ends = [world.endpoint("green-%d" % k, "green", k, "10.1.0")
            for k in (1, 2)]
    with lab.temporary(open_profile, green, *ends):
        lab.plug("hv-1", "green-1")
        lab.plug("hv-2", "green-2")
        try:
            lab.wait_transmit("hv-1", "hv-2", "open", "ok", ct("qos-class"))
            lab.wait_ping("green-1", "10.1.0.2")
            with lab.capture("hv-1") as capture:
                assert lab.ping("green-1", "10.1.0.2") == 3
                packets = wait_until(lambda: capture.packets("192.0.2.1"),
                                     "packets")
            assert {p.vni for p in packets} == {5001}
            assert all(p.options == ct("qos-class") and not p.critical
                       for p in packets)
        finally:
            lab.unplug("green-1")
            lab.unplug("green-2")


@pytest.mark.parametrize("in_place", [False, True])
def test_a_live_change_is_on_the_wire_within_a_second(lab, in_place):
    """The file is replaced by another, or written again where it is."""
    before = ct("qos-class", "policy-label")
    after = ct("tenant-id", "policy-label", "endpoint-type")
    lab.set_receive("hv-2", table("qos-class", "policy-label",
                                  order="strict"))
    world.settle(lab, {"hv-2": before})
    with lab.capture("hv-1") as capture, lab.pinging("web-1", "10.0.0.2"):
        # What is broadcast goes to hv-3, too, in another form.
        old = wait_until(lambda: capture.packets("192.0.2.1", "192.0.2.2"),
                         "packets")
        assert {tuple(p.options) for p in old} == {tuple(before)}
        lab.write(lab.files / "receive-hv-2.json",
                  table("tenant-id", "policy-label", "endpoint-type",
                        order="strict"), in_place)
        changed = lab.time_of_last_write
        wait_until(lambda: capture.packets("192.0.2.1")[-1].time
                   > changed + 1.5 * SLOWNESS,
                   "a second and a half of packets")
        packets = capture.packets("192.0.2.1", "192.0.2.2")
    # The old form or the new one, never a third, and only the new one after
    # a second.
    assert {tuple(p.options) for p in packets} == {tuple(before),
                                                   tuple(after)}
    assert {tuple(p.options) for p in packets
            if p.time > changed + SLOWNESS} == {tuple(after)}
    switched = [p.options == after for p in packets]
    assert switched == sorted(switched), "it went back and forth"
