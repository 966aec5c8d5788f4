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
from lab import ApiError, resource, wait_until

GATEWAY = "02:67:65:6e:65:01"
SUBNETS = [
    {"cidr": "10.1.0.0/24", "gateway": "10.1.0.1"},
    {"cidr": "10.1.1.0/24", "gateway": "10.1.1.1"},
    {"cidr": "10.1.2.0/24"},
    {"cidr": "fd00:1::/64", "gateway": "fd00:1::1"},
    {"cidr": "fd00:2::/64", "gateway": "fd00:2::1"},
]
# Endpoint: its node, the last byte of its MAC, its addresses.
PLACES = {
    "a": ("hv-1", 10, ["10.1.0.10", "fd00:1::10"]),
    "b": ("hv-2", 20, ["10.1.1.20", "fd00:2::20"]),
    "c": ("hv-1", 30, ["10.1.1.30", "fd00:2::30"]),
    "lonely": ("hv-1", 40, ["10.1.2.40"]),
}


def endpoint(vpc, name):
    _, number, ips = PLACES[name]
    return resource("Endpoint", "%s-%s" % (vpc, name), {
        "vpc": vpc, "mac": "02:00:00:01:00:%02x" % number, "ips": ips,
        "type": "vm", "policyLabel": number, "qosClass": number})


def vpc(name, vni):
    return resource("VPC", name, {"vni": vni, "subnets": SUBNETS,
                                  "optionProfile": "web",
                                  "tenantId": world.TENANT})


@pytest.fixture(scope="module")
def routed(three_nodes):
    """Two VPCs, red and rose, alike in every address."""
    lab = three_nodes
    objects = [vpc("red", 6001), vpc("rose", 6002)]
    objects += [endpoint(v, e) for v in ("red", "rose")
                for e in PLACES if v == "red" or e != "lonely"]
    plugged = []
    with lab.temporary(*objects), contextlib.ExitStack() as stack:
        for obj in objects[2:]:
            name = obj["metadata"]["name"]
            node = PLACES[name.split("-")[1]][0]
            lab.plug(node, name, wait=False)
            plugged.append(name)
            stack.callback(lab.unplug, name)
        for name in plugged:
            lab.wait_running(name, PLACES[name.split("-")[1]][0])
        for name in plugged:
            know_gateways(lab, name)
        for name in plugged:
            if not name.endswith("lonely"):
                for ip in PLACES["b"][2]:
                    lab.wait_ping(name, ip)
        yield lab


def know_gateways(lab, name):
    """The MAC of an IPv6 gateway, and of a gateway that does not exist."""
    if name.endswith("lonely"):
        lab.vm(name, "ip", "neigh", "replace", "10.1.2.254", "lladdr",
               GATEWAY, "dev", "eth0")
        lab.vm(name, "ip", "route", "add", "default", "via", "10.1.2.254")
        return
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
    mac = wire.mac(endpoint("red", peer)["spec"]["mac"])
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
        GATEWAY, endpoint("red", "b")["spec"]["mac"])


@pytest.mark.parametrize("address", ["10.1.0.1", "10.1.1.1", "fd00:1::1",
                                     "fd00:2::1"])
def test_the_gateway_answers_ping(routed, address):
    """Any gateway of the VPC, and with a TTL that would not get further."""
    output = routed.vm("red-a", "ping", "-n", "-c", 3, "-i", 0.02, "-W", 1,
                       "-t", 1, "-s", 100, address)
    assert output.count("108 bytes from %s" % address) == 3, output


@pytest.mark.parametrize("target,source", [
    ("10.1.1.20", "10.1.0.1"), ("10.1.1.30", "10.1.0.1"),
    ("192.0.2.200", "10.1.0.1"), ("fd00:2::20", "fd00:1::1"),
    ("2001:db8::1", "fd00:1::1")])
def test_time_exceeded(routed, target, source):
    """As traceroute has it: the first hop is the endpoint's own gateway."""
    output = routed.vm("red-a", "ping", "-n", "-c", 1, "-W", 2, "-t", 1,
                       target, check=False)
    assert "From %s" % source in output, output
    assert ("Time to live exceeded" in output
            or "Time exceeded: Hop limit" in output), output
    # One more is enough for what exists.
    if target in ("10.1.1.20", "fd00:2::20"):
        assert "1 received" in routed.vm("red-a", "ping", "-n", "-c", 1,
                                         "-W", 2, "-t", 2, target)


@pytest.mark.parametrize("target,source,message", [
    ("10.1.1.99", "10.1.0.1", "Destination Host Unreachable"),
    ("192.0.2.99", "10.1.0.1", "Destination Net Unreachable"),
    ("fd00:2::99", "fd00:1::1", "Address unreachable"),
    ("2001:db8::99", "fd00:1::1", "No route")])
def test_unreachable(routed, target, source, message):
    output = routed.vm("red-a", "ping", "-n", "-c", 1, "-W", 2, target,
                       check=False)
    assert "From %s" % source in output and message in output, output


@pytest.mark.parametrize("family,address", [
    (socket.AF_INET, "10.1.0.1"), (socket.AF_INET, "10.1.1.1"),
    (socket.AF_INET6, "fd00:1::1")])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM],
                         ids=["tcp", "udp"])
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


def test_a_subnet_without_a_gateway_is_not_routed_from(routed):
    """Not even to a gateway, and without an answer."""
    with routed.listening("red-lonely") as heard, \
            routed.listening("red-c") as at_c, \
            routed.sending("red-lonely") as s:
        s.send(frame("lonely", "10.1.1.30", b"stray"))
        s.send(frame("lonely", "10.1.0.1", b"stray"))
        s.send(frame("lonely", "10.1.1.30", b"stray", ttl=1))
        # In the meantime, others are routed.
        assert routed.ping("red-a", "10.1.1.30") == 3
        assert not any(b"stray" in f for f in at_c())
        assert icmp_of(heard()) == []


def test_vpcs_with_the_same_addresses_never_meet(routed):
    """red and rose have the same subnets, MACs and addresses."""
    peers = ["b", "c"]
    with contextlib.ExitStack() as stack:
        heard = {(v, p): stack.enter_context(
            routed.listening("%s-%s" % (v, p)))
            for v in ("red", "rose") for p in peers}
        senders = {v: stack.enter_context(routed.sending(v + "-a"))
                   for v in ("red", "rose")}
        for v, sock in senders.items():
            for p in peers:
                for _ in range(3):
                    sock.send(frame("a", PLACES[p][2][0],
                                    b"in " + v.encode() + b"."))
        for (v, p), frames in heard.items():
            def count(what, frames=frames):
                return sum(b"in %s." % what.encode() in f for f in frames())
            wait_until(lambda v=v, count=count: count(v) == 3,
                       "%s-%s hears its own" % (v, p))
        for (v, p), frames in heard.items():
            other = "rose" if v == "red" else "red"
            assert not any(b"in %s." % other.encode() in f for f in frames())


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
    mine = endpoint("red", "a")
    mine["metadata"]["name"] = "red-thief"
    mine["spec"]["mac"] = GATEWAY
    with pytest.raises(ApiError) as refusal:
        routed.apply(mine)
    assert "spec.mac" in refusal.value.message


def test_an_endpoint_with_a_gateways_address_is_the_gateway(routed):
    """A router of the tenant's own, reached from the other subnet, too."""
    router = endpoint("red", "a")
    router["metadata"]["name"] = "red-router"
    router["spec"].update(mac="02:00:00:01:00:63", ips=["10.1.1.1"])
    with routed.temporary(router):
        routed.plug("hv-1", "red-router")
        try:
            with routed.listening("red-router") as heard, \
                    routed.sending("red-a") as sock:
                sock.send(frame("a", "10.1.1.1", b"for you"))
                wait_until(lambda: any(b"for you" in f for f in heard()),
                           "the endpoint gets it")
        finally:
            routed.unplug("red-router")
    wait_until(lambda: routed.ping("red-a", "10.1.1.1", count=1, wait=0.2),
               "the gateway is back")


def test_a_gateway_that_goes_and_comes_back(routed):
    without = [dict(s) for s in SUBNETS]
    for subnet in without:
        subnet.pop("gateway", None)
    assert routed.ping("red-a", "10.1.1.20") == 3
    routed.patch("VPC", "red", {"spec": {"subnets": without}})
    try:
        wait_until(lambda: routed.ping("red-a", "10.1.1.20", count=1,
                                       wait=0.2) == 0, "routing ends")
        assert routed.ping("red-c", "10.1.1.20") == 3
    finally:
        routed.patch("VPC", "red", {"spec": {"subnets": SUBNETS}})
    routed.wait_ping("red-a", "10.1.1.20")
