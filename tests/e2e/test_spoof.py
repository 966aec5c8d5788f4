"""An endpoint sends from its own addresses only, and says nothing unasked."""
import json
import struct

import pytest

import wire
import world
from waiting import wait_until
from wire import BROADCAST, REPLY, REQUEST

MAC = {k: world.mac(world.endpoint("x", "spoof", k)) for k in range(1, 4)}
EVIL = "02:66:66:66:66:66"
SIX = {k: "2001:db8:5::%d" % k for k in range(1, 4)}
ALL_NODES = ("ff02::1", "33:33:00:00:00:01")


@pytest.fixture(scope="module")
def net(three_nodes):
    """s-1 and s-2 on hv-1, s-3 on hv-2, with addresses of both families."""
    lab = three_nodes
    with lab.temporary(
            world.vpc("spoof", 5200, subnets=[{"cidr": "10.0.0.0/24"},
                                              {"cidr": "2001:db8:5::/64"}]),
            *(world.endpoint("s-%d" % k, "spoof", k,
                             ips=["10.0.0.%d" % k, SIX[k]])
              for k in (1, 2, 3))):
        for k, node in (1, "hv-1"), (2, "hv-1"), (3, "hv-2"):
            lab.plug(node, "s-%d" % k)
        lab.wait_ping("s-1", "10.0.0.3")
        yield lab
        for k in 1, 2, 3:
            lab.unplug("s-%d" % k)


def spoofed(lab, endpoint="s-1", node="hv-1"):
    return next(e["spoofed"] for e in lab.agentctl(node, "endpoint", "list")
                if e["name"] == endpoint)


def udp(payload, src=None, ip="10.0.0.1", port=9, dst=None):
    return wire.inner(src or MAC[1], dst or MAC[2], ip, "10.0.0.2", payload,
                      port)


def udp6(payload, src=None, ip=SIX[1], port=9):
    return wire.udp6(src or MAC[1], MAC[2], ip, SIX[2], payload,
                     source_port=port)


def nd(kind, *args, **kwargs):
    """From s-1, to all."""
    args = list(args)
    return wire.nd(kind, kwargs.pop("src", MAC[1]),
                   kwargs.pop("dst", ALL_NODES[1]), args[0],
                   kwargs.pop("to", ALL_NODES[0]), *args[1:], **kwargs)


def tagged(frame, *tags):
    """With VLAN tags, outermost first, as (ethertype, VID)."""
    return frame[:12] + b"".join(struct.pack("!HH", t, v)
                                 for t, v in tags) + frame[12:]


# What must not get out.  Each has something in it by which it is known.
# Every case of the flows is in tests/golden/spoof-*.json.
BAD = {
    "another MAC": udp(b"bad-mac", src=EVIL),
    "another's IPv4 address": udp(b"bad-ip-2", ip="10.0.0.3"),
    "another IPv6 address": udp6(b"bad-6", ip="2001:db8:5::77"),
    "two tags": tagged(udp(b"bad-tag-4", ip="10.0.0.77"),
                       (0x88a8, 7), (0x8100, 7)),
    "three tags": tagged(udp(b"bad-tag-5", ip="10.0.0.77"),
                         (0x88a8, 7), (0x8100, 7), (0x8100, 8)),
    "gratuitous ARP": wire.arp(REQUEST, MAC[1], "10.0.0.1", "10.0.0.1"),
    "an unsolicited advertisement": nd(136, SIX[1], SIX[1], lladdr=MAC[1],
                                       flags=1),
}

# ...and what must, next to it.
GOOD = {
    "IPv4": udp(b"good"),
    "IPv6": udp6(b"good-6"),
    "an ARP probe": wire.arp(REQUEST, MAC[1], "0.0.0.0", "10.0.0.98"),
    "an ARP answer": wire.arp(REPLY, MAC[1], "10.0.0.1", "10.0.0.2", MAC[2],
                              dst=MAC[2]),
    "a trial": nd(135, "::", "2001:db8:5::98"),
    "another protocol": wire.frame(MAC[1], MAC[2], 0x88b5, b"good-other"),
}


def same(heard, frame):
    """Whether a frame is among those heard, padded or not, whatever became of
    a tag on the way to the socket."""
    return any(f[:len(frame)] == frame or frame[16:] and
               frame[12:14] in (b"\x81\x00", b"\x88\xa8")
               and frame[-9:] in f for f in heard)


def test_only_what_is_its_own(net):
    """Of everything forged nothing arrives here or elsewhere, each is counted;
    what is right arrives."""
    before = spoofed(net)
    with net.sending("s-1") as sock, net.listening("s-2") as at_2, \
            net.listening("s-3") as at_3, net.capture("hv-1") as capture:
        for frame in BAD.values():
            sock.send(frame)
        for name, frame in GOOD.items():
            sock.send(frame)
            wait_until(lambda frame=frame: same(at_2(), frame),
                       "%s arrives" % name)
        assert net.ping("s-1", "10.0.0.3", count=1) == 1
        arrived = [name for name, frame in BAD.items()
                   if same(at_2() + at_3(), frame)]
        assert not arrived
        wait_until(lambda: [p for p in capture.packets() if p.icmp_type == 0],
                   "the echo is captured")
        wire_bytes = capture.read_bytes()
        assert GOOD["an ARP probe"] in wire_bytes
        assert not [name for name, frame in BAD.items()
                    if frame in wire_bytes]
    # The switch counts when its datapath's counters are read.
    wait_until(lambda: spoofed(net) >= before + len(BAD),
               "%d packets are counted" % len(BAD))
    assert spoofed(net) == before + len(BAD)
    assert spoofed(net, "s-2") == 0
    text = net.exec("hv-1", "agentctl", "endpoint", "list")
    assert "%d packets dropped" % (before + len(BAD)) in " ".join(text.split())


def test_the_stack_of_a_host_is_not_in_the_way(net):
    """Linux, with both families: nothing that it does by itself counts."""
    before = spoofed(net, "s-3", "hv-2")
    net.vm("s-3", "ip", "neigh", "flush", "all")
    assert net.ping("s-3", "10.0.0.1") == 3
    wait_until(lambda: net.ping("s-3", SIX[1], count=1), "IPv6 gets across")
    assert net.ping("s-3", SIX[1]) == 3
    assert spoofed(net, "s-3", "hv-2") == before


def test_geneve_from_inside_is_payload(net):
    """Packets to UDP port 6081 that a tenant makes reach no tunnel endpoint:
    not of its own node, nor of another, whatever the addresses."""
    stolen = wire.geneve(world.VNI, wire.inner(
        MAC[2], world.mac(world.WEB[2]), "10.0.0.2", "10.0.0.2", b"forged"))
    link = json.loads(net.exec("hv-1", "ip", "-j", "link", "show", "br-phy"))
    macs = [MAC[2], MAC[3], BROADCAST, link[0]["address"],
            "02:67:65:6e:65:01"]
    with net.sending("s-1") as sock, net.listening("web-1") as at_w1, \
            net.listening("web-2") as at_w2, net.listening("s-2") as at_2, \
            net.capture("hv-1", "udp") as capture:
        for dst in macs:
            for ip in "192.0.2.1", "192.0.2.2":
                for source in "10.0.0.1", "192.0.2.2":
                    sock.send(wire.frame(
                        MAC[1], dst, 0x0800,
                        wire.ip4_udp(source, ip, stolen, 50000, 6081)))
        sock.send(udp(b"the end"))
        wait_until(lambda: same(at_2(), udp(b"the end")), "the end")
        assert net.ping("s-1", "10.0.0.3", count=1) == 1
        assert net.ping("web-1", "10.0.0.2", count=1) == 1
        for heard in at_w1(), at_w2():
            assert not [f for f in heard if b"forged" in f]
        # It left the node as the payload of its own VPC, or not at all.
        packets = wait_until(lambda: [p for p in capture.packets(
            ) if p.icmp_type >= 0] and capture.packets(), "packets")
        assert {p.vni for p in packets if p.inner_port == 50000} == {5200}
