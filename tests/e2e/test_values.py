"""Options whose value comes from the packet: packet.dscp, packet.flowHash.

hv-1 sends hv-2 the options by one plan and hv-3, which wants the opposite
order, by another.  Frames are made by hand, so that every field is known."""
import re
import socket
import struct
import time

import pytest

import wire
import world
from lab import ApiError
from waiting import PATIENCE, wait_until
from world import mac

DSCP, HASH, LABEL = "0xff01/0x21", "0xff01/0x22", "0xff01/0x81"
ORDER = {"hv-2": [LABEL, DSCP, HASH], "hv-3": [HASH, DSCP, LABEL]}


def entry(key):
    klass, kind = key.split("/")
    return {"class": klass, "type": kind, "length": 8 if key == HASH else 4}


def endpoint(k):
    obj = world.endpoint("web-%d" % k, "blue", k)
    obj["spec"]["ips"].append("fd00::%d" % k)
    return obj


@pytest.fixture(scope="module")
def three(own_lab):
    lab = own_lab(3)
    vpc = world.vpc("blue", world.VNI, optionProfile="web")
    vpc["spec"]["subnets"].append({"cidr": "fd00::/64"})
    lab.apply(
        world.geneve_option("dscp", DSCP, 4, "packet.dscp"),
        world.geneve_option("flow-hash", HASH, 8, "packet.flowHash"),
        world.geneve_option("label", LABEL, 4, "endpoint.policyLabel"),
        world.profile("web", ("dscp", True), ("flow-hash", True), "label"),
        vpc, *(endpoint(k) for k in (1, 2, 3)))
    for node, order in ORDER.items():
        lab.set_receive(node, {"options": [entry(key) for key in order],
                               "order": "strict"})
    for k, node in enumerate(lab.names, 1):
        lab.plug(node, "web-%d" % k)
    for node, order in ORDER.items():
        lab.wait_transmit("hv-1", node, "web", "ok", order)
        lab.wait_ping("web-1", "10.0.0." + node[3:])
    assert len(lab.agentctl("hv-1", "plan", "list")) == 2
    return lab


def ipv4(tos, proto, payload, source=1, receiver=2, fragment=0):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(payload), 7,
                         fragment, 64, proto, 0,
                         wire.ip("10.0.0.%d" % source),
                         wire.ip("10.0.0.%d" % receiver))
    header = header[:10] + struct.pack("!H", wire.checksum(header)) + (
        header[12:])
    return b"\x08\x00" + header + payload


def ipv6(tos, proto, payload, receiver=2):
    def address(k):
        return b"\xfd\x00" + bytes(13) + bytes([k])
    return b"\x86\xdd" + struct.pack(
        "!IHBB", 6 << 28 | tos << 20, len(payload), proto, 64) + (
            address(1) + address(receiver) + payload)


def udp(source, destination, length=8):
    return struct.pack("!HHHH", source, destination, length, 0)


def tcp(source, destination):
    return struct.pack("!HHIIBBHHH", source, destination, 1, 1, 5 << 4, 16,
                       8192, 0, 0)


def arp_answer(receiver=2):
    return b"\x08\x06" + struct.pack(
        "!HHBBH6s4s6s4s", 1, 0x800, 6, 4, 2, wire.mac(mac(world.WEB[1])),
        wire.ip("10.0.0.1"), wire.mac(mac(world.WEB[receiver])),
        wire.ip("10.0.0.%d" % receiver))


def send(lab, frames, receiver, source):
    """Sends frames, and returns what left the node when all did, in the order
    of 'frames'.  The kernel's datapath need not keep that: it asks
    ovs-vswitchd about the first packet of a flow, which a later packet of a
    flow that it knows overtakes."""
    with lab.capture("hv-%d" % source) as capture:
        with lab.inside("vm", "web-%d" % source):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            sock.bind(("eth0", 0))
        with sock:
            for frame in frames:
                sock.send(frame)

        def sent():
            packets = [p for p in capture.packets("192.0.2.%d" % source,
                                                  "192.0.2.%d" % receiver)
                       if "icmp" not in p.protocols]
            assert (sorted(p.inner for p in packets)
                    == sorted(frames)), len(packets)
            return sorted(packets, key=lambda p: frames.index(p.inner))
        return wait_until(sent, "%d packets to hv-%d" % (
            len(frames), receiver), PATIENCE * 0.15)


def values(lab, rests, receiver=2, source=1):
    """Sends frames with all that comes after the MACs, one after the other;
    returns the (DSCP, hash) options of each on the wire.  Once more, if one
    was lost: each is the first of its flow, and a busy switch drops such now
    and then."""
    order = ORDER.get("hv-%d" % receiver)
    head = wire.mac(mac(world.WEB[receiver])) + wire.mac(
        mac(world.WEB[source]))
    packets = wait_until(
        lambda: send(lab, [(head + rest).ljust(60, b"\0") for rest in rests],
                     receiver, source), "all packets are sent",
        PATIENCE * 0.75)
    result = []
    for packet in packets:
        assert order is None or packet.options == order, packet
        data = dict(zip(packet.options, packet.data))
        result.append((int.from_bytes(data[DSCP], "big"),
                       int.from_bytes(data[HASH], "big")))
    return result


@pytest.mark.parametrize("receiver", [2, 3])
def test_dscp(three, receiver):
    """Of IPv4 and of IPv6, whatever the ECN bits; 0 of what has none.  By
    both plans."""
    rests = []
    for dscp in (0, 1, 46, 63):
        rests += [ipv4(dscp << 2 | 2, 17, udp(9, 9), 1, receiver),
                  ipv6(dscp << 2 | 1, 17, udp(9, 9), receiver)]
    rests += [ipv4(10 << 2, 50, bytes(24), 1, receiver), arp_answer(receiver)]
    dscps = [value[0] for value in values(three, rests, receiver)]
    assert dscps == [0, 0, 1, 1, 46, 46, 63, 63, 10, 0]


def test_flow_hash_is_of_the_flow(three):
    """The same for all packets of a flow, and for both directions; different
    between flows."""
    flows = [ipv4(0, 17, udp(port, 9)) for port in range(5000, 5016)]
    flows += [ipv4(0, 6, tcp(port, 80)) for port in range(5000, 5008)]
    flows += [ipv6(0, 6, tcp(port, 80)) for port in range(5000, 5008)]
    first = [value[1] for value in values(three, flows)]
    again = [value[1] for value in values(three, flows[::-1])][::-1]
    assert again == first
    assert len(set(first)) == len(first)
    assert all(value < 1 << 32 for value in first)
    # Both halves of the 32 bits take part.
    assert len({value >> 16 for value in first}) > 16
    assert len({value & 0xffff for value in first}) > 16

    back = [ipv4(0, 17, udp(9, port), 2, 1) for port in range(5000, 5016)]
    assert [value[1] for value in values(three, back, 1, 2)] == first[:16]


def test_flow_hash_does_not_depend_on_the_rest(three):
    """DSCP and the plan do not change it; neither does fragmentation, once a
    packet is in fragments; ARP has a value, too."""
    rests = [ipv4(0, 17, udp(7000, 9)), ipv4(46 << 2, 17, udp(7000, 9)),
             ipv4(0, 17, udp(7000, 9, 40), fragment=0x2000),
             ipv4(0, 17, bytes(range(40)), fragment=3), arp_answer()]
    hashes = [value[1] for value in values(three, rests)]
    assert hashes[0] == hashes[1]
    assert hashes[2] == hashes[3]
    assert hashes[0] != hashes[2]
    # The same IP packets to another MAC go by the other plan.
    assert [value[1] for value in values(three, rests[:4], 3)] == hashes[:4]


def test_agent_finds_its_flows_again(three):
    """After a restart of the agent the flows that set options, and those that
    they rely on, are not written anew."""
    def youngest():
        flows = [line for line in three.exec(
                     "hv-1", "ovs-ofctl", "-O", "OpenFlow15", "dump-flows",
                     "br-int").splitlines()
                 if "multipath" in line or "table=60" in line]
        assert len(flows) == 4, flows
        return min(float(re.search(r"duration=([0-9.]+)s", flow).group(1))
                   for flow in flows)
    three.kill("hv-1", "geneve-agentd")
    start = time.monotonic()
    three.start_daemon("hv-1", "geneve-agentd")
    wait_until(lambda: three.agentctl("hv-1", "status")["complete"],
               "the agent is back")
    for node, order in ORDER.items():
        three.wait_transmit("hv-1", node, "web", "ok", order)
    assert youngest() > time.monotonic() - start


def test_explain(three):
    lines = three.agentctl("hv-1", "explain", "hv-2")["lines"]
    assert {line["option"]: line["sent"] for line in lines
            if line["option"]} == {DSCP: True, HASH: True, LABEL: True}


def test_an_option_without_data_has_no_room(three):
    for source in ("packet.dscp", "packet.flowHash"):
        with pytest.raises(ApiError) as error:
            three.apply(world.geneve_option("none", "0xff01/0x23", 0,
                                            source))
        assert "do not fit the option's 0 bytes" in error.value.message
