"""Routing between the subnets of a VPC: with real packets, through the
gateway that every node has for its own endpoints."""
import contextlib
import json
import socket
import struct
import time

import pytest

import wire
import world
from lab import ApiError, resource
from waiting import wait_until

GATEWAY = "02:67:65:6e:65:01"
SUBNETS = [
    {"cidr": "10.1.0.0/24", "gateway": "10.1.0.1"},
    {"cidr": "10.1.1.0/24", "gateway": "10.1.1.1"},
    {"cidr": "fd00:1::/64", "gateway": "fd00:1::1"},
    {"cidr": "fd00:2::/64", "gateway": "fd00:2::1"},
]
# Endpoint: its node, the last byte of its MAC, its addresses.
PLACES = {
    "a": ("hv-1", 10, ["10.1.0.10", "fd00:1::10"]),
    "b": ("hv-2", 20, ["10.1.1.20", "fd00:2::20"]),
    "c": ("hv-1", 30, ["10.1.1.30", "fd00:2::30"]),
}


def endpoint(name):
    _, number, ips = PLACES[name]
    return resource("Endpoint", "red-" + name, {
        "vpc": "red", "mac": "02:00:00:01:00:%02x" % number, "ips": ips,
        "type": "vm", "policyLabel": number, "qosClass": number})


@pytest.fixture(scope="module")
def routed(three_nodes):
    """VPC red.  (What is dropped, and what changes, is in
    tests/golden/router-*.json.)"""
    lab = three_nodes
    objects = [resource("VPC", "red", {
        "vni": 6001, "subnets": SUBNETS, "optionProfile": "web",
        "tenantId": world.TENANT}), *map(endpoint, PLACES)]
    with lab.temporary(*objects), contextlib.ExitStack() as stack:
        for name, (node, _, _) in PLACES.items():
            lab.plug(node, "red-" + name, wait=False)
            stack.callback(lab.unplug, "red-" + name)
        for name, (node, _, _) in PLACES.items():
            lab.wait_running("red-" + name, node)
            know_gateways(lab, "red-" + name)
        for name in PLACES:
            for ip in PLACES["b"][2]:
                lab.wait_ping("red-" + name, ip)
        yield lab


def know_gateways(lab, name):
    """The MAC of an IPv6 gateway."""
    for subnet in SUBNETS:
        if ":" in subnet.get("gateway", ""):
            lab.vm(name, "ip", "neigh", "replace", subnet["gateway"],
                   "lladdr", GATEWAY, "dev", "eth0")


def frame(source, dst_ip, payload=b"", ttl=64, proto=17, dst_mac=GATEWAY,
          src_ip=None):
    """A frame with UDP (IPv4) from endpoint 'source'."""
    _, number, ips = PLACES[source]
    body = struct.pack("!HHHH", 999, 9, 8 + len(payload), 0) + payload
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 7, 0, ttl,
                         proto, 0, wire.ip(src_ip or ips[0]),
                         wire.ip(dst_ip))
    header = header[:10] + struct.pack("!H", wire.checksum(header)) \
        + header[12:]
    return (wire.mac(dst_mac) + wire.mac("02:00:00:01:00:%02x" % number)
            + b"\x08\x00" + header + body)


def icmp_of(heard):
    """(type, code, source) of the ICMPv4 errors among frames."""
    return [(f[34], f[35], ".".join(map(str, f[26:30]))) for f in heard
            if f[12:14] == b"\x08\x00" and f[23] == 1 and f[34] in (3, 11)]


@pytest.mark.parametrize("peer", ["b", "c"], ids=["remote", "local"])
def test_from_one_subnet_to_another(routed, peer):
    """The MACs are the gateway's and the receiver's; the TTL is one less."""
    v4, v6 = PLACES[peer][2]
    with routed.listening("red-" + peer) as heard:
        assert routed.ping("red-a", v4) == 3
        assert routed.ping("red-a", v6) == 3
        frames = heard()
    mac = wire.mac(endpoint(peer)["spec"]["mac"])
    requests4 = [f for f in frames if f[12:14] == b"\x08\x00"
                 and f[26:30] == wire.ip("10.1.0.10")]
    requests6 = [f for f in frames if f[12:14] == b"\x86\xdd"
                 and f[20] == 58 and f[54] == 128]
    assert len(requests4) >= 3 and len(requests6) >= 3
    for f in requests4 + requests6:
        assert f[:6] == mac and f[6:12] == wire.mac(GATEWAY)
    assert {f[22] for f in requests4} == {63}
    assert {f[21] for f in requests6} == {63}
    assert all(wire.checksum(f[14:34]) == 0 for f in requests4)


def test_a_routed_packet_carries_its_options(routed):
    with routed.capture("hv-1") as capture:
        assert routed.ping("red-a", "10.1.1.20") == 3
        wait_until(lambda: capture.packets("192.0.2.1", "192.0.2.2",
                                           vni=6001), "packets are captured")
        packet = capture.packets("192.0.2.1", "192.0.2.2", vni=6001)[0]
    assert packet.options == routed.transmit("hv-1", "hv-2", "web")["options"]
    assert (packet.inner_src, packet.inner_dst) == (
        GATEWAY, endpoint("b")["spec"]["mac"])


@pytest.mark.parametrize("address", ["10.1.1.1", "fd00:1::1"])
def test_the_gateway_answers_ping(routed, address):
    """Any gateway of the VPC, and with a TTL that would not get further."""
    output = routed.vm("red-a", "ping", "-n", "-c", 3, "-i", 0.02, "-W", 1,
                       "-t", 1, "-s", 100, address)
    assert output.count("108 bytes from %s" % address) == 3, output


@pytest.mark.parametrize("target,source", [
    ("10.1.1.20", "10.1.0.1"), ("fd00:2::20", "fd00:1::1")])
def test_time_exceeded(routed, target, source):
    """As traceroute has it: the first hop is the endpoint's own gateway."""
    output = routed.vm("red-a", "ping", "-n", "-c", 1, "-W", 2, "-t", 1,
                       target, check=False)
    assert "From %s" % source in output, output
    assert ("Time to live exceeded" in output
            or "Time exceeded: Hop limit" in output), output
    # One more is enough.
    assert "1 received" in routed.vm("red-a", "ping", "-n", "-c", 1, "-W", 2,
                                     "-t", 2, target)


@pytest.mark.parametrize("target,source,message", [
    ("10.1.1.99", "10.1.0.1", "Destination Host Unreachable"),
    ("2001:db8::99", "fd00:1::1", "No route")])
def test_unreachable(routed, target, source, message):
    output = routed.vm("red-a", "ping", "-n", "-c", 1, "-W", 2, target,
                       check=False)
    assert "From %s" % source in output and message in output, output


@pytest.mark.parametrize("family,address,kind", [
    (socket.AF_INET, "10.1.1.1", socket.SOCK_STREAM),
    (socket.AF_INET6, "fd00:1::1", socket.SOCK_DGRAM)])
def test_the_gateway_has_no_services(routed, family, address, kind):
    with routed.inside("vm", "red-a"):
        sock = socket.socket(family, kind)
    with sock:
        sock.settimeout(5)
        with pytest.raises(ConnectionRefusedError):
            sock.connect((address, 53))
            sock.send(b"?")
            sock.recv(1)


def test_no_answer_to_what_must_not_be_answered(routed):
    """RFC 1122, section 3.2.2.  What may be answered comes last and shows that
    an answer would have come."""
    silent = [
        frame("a", "10.1.1.99", proto=1, payload=b"\x03" * 8)[:34]
        + b"\x03\x01" + bytes(34),                          # ICMP error
        frame("a", "10.1.1.255"), frame("a", "255.255.255.255"),
        frame("a", "224.0.0.9"), frame("a", "10.1.1.99", src_ip="0.0.0.0"),
        frame("a", "10.1.1.99", src_ip="224.0.0.1"),
    ]
    fragment = bytearray(frame("a", "10.1.1.99"))
    fragment[20:22] = struct.pack("!H", 8)
    fragment[24:26] = b"\0\0"
    fragment[24:26] = struct.pack("!H", wire.checksum(bytes(fragment[14:34])))
    silent.append(bytes(fragment))
    error = bytearray(silent[0])
    error[24:26] = b"\0\0"
    error[24:26] = struct.pack("!H", wire.checksum(bytes(error[14:34])))
    silent[0] = bytes(error)
    with routed.listening("red-a") as heard, routed.sending("red-a") as sock:
        for f in silent:
            sock.send(f)
        sock.send(frame("a", "10.1.1.98", b"last"))
        wait_until(lambda: icmp_of(heard()), "the last one is answered")
        assert icmp_of(heard()) == [(3, 1, "10.1.0.1")]
        assert b"last" in heard()[-1]


def packet_ins(lab, node):
    return json.loads(lab.exec(node, "agentctl", "-f", "json",
                               "status"))["packetIns"]


@pytest.mark.alone
def test_a_flood_is_answered_within_limits(routed):
    """5,000 packets at once: 50 answers, and 50 a second.  An endpoint beside
    it has its own.  (The switch's queue is everybody's, and a packet may be
    lost there.)"""
    before = packet_ins(routed, "hv-1")
    with routed.listening("red-a") as heard, routed.sending("red-a") as sock:
        start = time.monotonic()
        for i in range(5000):
            sock.send(frame("a", "10.1.1.99", b"%d" % i))
            if i == 2500:
                output = routed.vm("red-c", "ping", "-n", "-c", 5, "-i",
                                   0.2, "-W", 2, "-t", 1, "10.1.0.10",
                                   check=False)
        wait_until(lambda: len(icmp_of(heard())) >= 50, "errors come")
        took = time.monotonic() - start
        answers = len(icmp_of(heard()))
    assert answers <= 50 + 50 * took + 10, (answers, took)
    assert "Time to live exceeded" in output, output
    after = packet_ins(routed, "hv-1")
    # Nor does the switch hand over more than 60, and 60 a second.
    took = time.monotonic() - start
    assert after["received"] - before["received"] <= 1.3 * 60 * (1 + took) + 10
    assert after["connected"]
    assert after["handled"] - before["handled"] >= 50
    assert after["reasons"]["noHost"] > before["reasons"]["noHost"]
    # It is over, and all is well again.
    wait_until(lambda: "Unreachable" in routed.vm(
        "red-a", "ping", "-n", "-c", 1, "-W", 1, "10.1.1.99", check=False),
        "the endpoint is answered again")


def test_the_gateways_mac_is_not_an_endpoints(routed):
    mine = endpoint("a")
    mine["metadata"]["name"] = "red-thief"
    mine["spec"]["mac"] = GATEWAY
    with pytest.raises(ApiError) as refusal:
        routed.apply(mine)
    assert "spec.mac" in refusal.value.message
