"""The MTU, byte by byte: the largest packet passes, one byte more gets an ICMP
error with the right MTU, and nothing of it goes out.

hv-2 takes all four options (44 bytes of them), hv-3 the required one only (8
bytes).  The underlay's MTU is 1500, of which IPv4, UDP, the Geneve header and
the inner Ethernet header take 20 + 8 + 8 + 14 bytes.
"""
import contextlib
import struct

import pytest

import wire
import world
from lab import resource, wait_until

GATEWAY = "02:67:65:6e:65:01"
ALL_OPTIONS, ONE_OPTION = 44, 8
MTU_B = 1500 - 50 - ALL_OPTIONS
MTU_C = 1500 - 50 - ONE_OPTION
SUBNETS = [
    {"cidr": "10.9.0.0/24", "gateway": "10.9.0.1"},
    {"cidr": "10.9.1.0/24", "gateway": "10.9.1.1"},
    {"cidr": "10.9.2.0/24"},
    {"cidr": "fd00:9::/64", "gateway": "fd00:9::1"},
    {"cidr": "fd00:9:1::/64", "gateway": "fd00:9:1::1"},
    {"cidr": "fd00:9:2::/64"},
]
NODES = {"a": "hv-1", "b": "hv-2", "c": "hv-3"}
# Each endpoint is in all of these: (IPv4, IPv6).
NETS = [("10.9.0.%d", "fd00:9::%d"), ("10.9.1.%d", "fd00:9:1::%d"),
        ("10.9.2.%d", "fd00:9:2::%d")]


def number(name):
    return 1 + 10 * (1 + "abc".index(name))


def mac(name):
    return "02:00:00:09:00:%02x" % number(name)


def address(name, net, ipv6):
    return NETS[net][ipv6] % number(name)


def endpoint(name):
    return resource("Endpoint", "mtu-" + name, {
        "vpc": "mtu", "mac": mac(name),
        "ips": [address(name, net, v6) for net in range(3)
                for v6 in (False, True)],
        "type": "vm", "policyLabel": number(name),
        "qosClass": number(name)})


@pytest.fixture(scope="module")
def mtus(three_nodes):
    lab = three_nodes
    objects = [resource("VPC", "mtu", {
        "vni": 9000, "subnets": SUBNETS, "optionProfile": "web",
        "tenantId": world.TENANT}), *map(endpoint, NODES)]
    with lab.temporary(*objects), contextlib.ExitStack() as stack:
        stack.callback(lab.set_receive, "hv-3", None)
        lab.set_receive("hv-3", world.table("policy-label"))
        for name, node in NODES.items():
            lab.plug(node, "mtu-" + name, wait=False)
            stack.callback(lab.unplug, "mtu-" + name)
        for name, node in NODES.items():
            lab.wait_running("mtu-" + name, node)
        lab.wait_transmit("hv-1", "hv-3", "web",
                          options=world.ct("policy-label"))
        # A guest that does not care for the MTU that it is told.
        for name in "ac":
            lab.vm("mtu-" + name, "ip", "link", "set", "eth0", "mtu", 1500)
        for peer in "bc":
            lab.wait_ping("mtu-a", address(peer, 0, False))
        yield lab
    world.settle(lab)


def packet(peer, size, net=0, source_net=0, ipv6=False, df=True, tag=b"",
           id_=1):
    """A frame from "a" whose IP packet (UDP) has 'size' bytes.  It is for the
    gateway if the subnets differ."""
    src, dst = address("a", source_net, ipv6), address(peer, net, ipv6)
    if ipv6:
        header = (struct.pack("!IHBB", 6 << 28, size - 40, 17, 64)
                  + wire.ip(src) + wire.ip(dst))
        body = udp(size - 40, id_)
        total = wire.checksum(
            wire.ip(src) + wire.ip(dst) + struct.pack("!II", len(body), 17)
            + body + b"\0" * (size % 2))
        body = body[:6] + struct.pack("!H", total or 0xffff) + body[8:]
    else:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size, id_,
                             0x4000 if df else 0, 64, 17, 0, wire.ip(src),
                             wire.ip(dst))
        header = header[:10] + struct.pack("!H", wire.checksum(header)) \
            + header[12:]
        body = udp(size - 20, id_)
    return (wire.mac(mac(peer) if net == source_net else GATEWAY)
            + wire.mac(mac("a")) + tag + (b"\x86\xdd" if ipv6 else b"\x08\0")
            + header + body)


def udp(size, id_):
    payload = b"MTU%05d" % id_
    return struct.pack("!HHHH", 999, 9, size, 0) \
        + payload + bytes(size - 8 - len(payload))


def errors(heard):
    """(source, MTU) of the errors about packets too big among frames."""
    result = []
    for f in heard:
        if f[12:14] == b"\x08\0" and f[23] == 1 and f[34:36] == b"\x03\x04":
            assert wire.checksum(f[14:34]) == 0
            assert wire.checksum(f[34:14 + int.from_bytes(f[16:18], "big")]) == 0
            result.append((f[26:30], int.from_bytes(f[40:42], "big")))
        elif f[12:14] == b"\x86\xdd" and f[20] == 58 and f[54] == 2:
            result.append((f[22:38], int.from_bytes(f[58:62], "big")))
    return result


def has(frames, id_):
    return any(b"MTU%05d" % id_ in f for f in frames)


def wire_sizes(capture, id_):
    """The lengths of the outer IP packets with which hv-1 sent 'id_'."""
    data, result, at = capture.read_bytes(), [], 24
    while at + 16 <= len(data):
        size = int.from_bytes(data[at + 8:at + 12], "little")
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        if b"MTU%05d" % id_ in frame and frame[26:30] == wire.ip("192.0.2.1"):
            result.append(int.from_bytes(frame[16:18], "big"))
    return result


@pytest.mark.parametrize("ipv6", [False, True], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("net,source_net,source", [
    (0, 0, ("10.9.0.1", "fd00:9::1")), (1, 0, ("10.9.0.1", "fd00:9::1")),
    (2, 2, None)], ids=["same subnet", "routed", "no gateway"])
@pytest.mark.parametrize("peer,mtu", [("b", MTU_B), ("c", MTU_C)])
def test_the_largest_passes_and_one_byte_more_is_told(
        mtus, peer, mtu, net, source_net, source, ipv6):
    """The error comes from the sender's gateway; in a subnet without one,
    from whom it was for."""
    teller = wire.ip(source[ipv6] if source
                     else address(peer, net, ipv6))
    with mtus.listening("mtu-a") as heard, mtus.sending("mtu-a") as sock, \
            mtus.listening("mtu-" + peer) as there, \
            mtus.capture("hv-1") as capture:
        sock.send(packet(peer, mtu, net, source_net, ipv6, id_=1))
        sock.send(packet(peer, mtu + 1, net, source_net, ipv6, id_=2))
        sock.send(packet(peer, 1500, net, source_net, ipv6, id_=3))
        sock.send(packet(peer, mtu, net, source_net, ipv6, id_=4))
        wait_until(lambda: has(there(), 1) and has(there(), 4),
                   "the largest packet arrives")
        wait_until(lambda: len(errors(heard())) == 2, "two errors come")
        assert errors(heard()) == [(teller, mtu)] * 2
        assert not has(there(), 2) and not has(there(), 3)
        wait_until(lambda: wire_sizes(capture, 4), "the wire has them")
        assert wire_sizes(capture, 1) == wire_sizes(capture, 4) == [1500]
        assert wire_sizes(capture, 2) == wire_sizes(capture, 3) == []
