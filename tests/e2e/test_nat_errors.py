"""ICMP errors, fragments and hops through a gateway with NAT.

hv-1 is the gateway.  in-3 is on another node, in-1 on the gateway itself.
in-2 and in-4 have floating IPs, in-2 on its own node and in-4 at the gateway.
The host outside also plays routers on the way.  Packets are made and decoded
byte by byte, with all their checksums.
"""
import contextlib
import itertools
import re
import socket
import struct

import pytest

import wire
from lab import resource
from waiting import wait_until

MTU = 1400                          # Of the external network.
OBJECTS = [
    resource("ExternalNetwork", "out", {
        "physicalNetwork": "physnet1", "mtu": MTU,
        "subnets": [{"cidr": "198.51.100.0/24", "gateway": "198.51.100.1"},
                    {"cidr": "2001:db8:ffff::/64",
                     "gateway": "2001:db8:ffff::1"}]}),
    resource("VPC", "red", {
        "vni": 5001,
        "subnets": [{"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"},
                    {"cidr": "fd00::/64", "gateway": "fd00::fe"}]}),
] + [
    resource("Endpoint", "in-%d" % i, {
        "vpc": "red", "nve": "hv-%d" % i, "mac": "02:00:00:00:10:%02x" % i,
        "ips": ["10.0.0.%d" % i, "fd00::%d" % i]})
    for i in (1, 2, 3)
] + [
    resource("Endpoint", "in-4", {
        "vpc": "red", "nve": "hv-3", "mac": "02:00:00:00:10:04",
        "ips": ["10.0.0.4", "fd00::4"]}),
] + [
    resource("FloatingIP", "fip-%d-%d" % (i, family), {
        "externalNetwork": "out", "address": address % i,
        "endpoint": "in-%d" % i})
    for i in (2, 4)
    for family, address in ((4, "198.51.100.2%d"), (6, "2001:db8:ffff::2%d"))
] + [
    resource("VPCGateway", "gw", {
        "vpc": "red", "externalNetwork": "out",
        "nodes": [{"nve": "hv-1"}],
        "snat": [{"cidr": "10.0.0.0/24", "address": "198.51.100.10"},
                 {"cidr": "fd00::/64", "address": "2001:db8:ffff::10"}]}),
]
GATEWAY_MAC = "02:67:65:6e:65:01"
UDP, TCP = 17, 6


class Family:
    """What differs between IPv4 and IPv6."""

    def __init__(self, v6):
        self.v6 = v6
        self.ethertype = 0x86dd if v6 else 0x0800
        self.icmp = 58 if v6 else 1
        self.outside = "2001:db8:ffff::1" if v6 else "198.51.100.1"
        self.router = "2001:db8:ffff::77" if v6 else "198.51.100.77"
        self.gateway = "fd00::fe" if v6 else "10.0.0.254"
        self.beyond = "2001:db8:eeee::9" if v6 else "203.0.113.9"
        self.time_exceeded = (3, 0) if v6 else (11, 0)
        self.no_port = (1, 4) if v6 else (3, 3)
        self.too_big = (2, 0) if v6 else (3, 4)

    def external(self, n):
        return ("2001:db8:ffff::%d" if self.v6 else "198.51.100.%d") % (
            {1: 10, 3: 10, 2: 22, 4: 24}[n])

    def endpoint(self, n):
        return ("fd00::%d" if self.v6 else "10.0.0.%d") % n

    def pseudo(self, src, dst, protocol, length):
        return wire.ip(src) + wire.ip(dst) + (
            struct.pack("!II", length, protocol) if self.v6
            else struct.pack("!BBH", 0, protocol, length))

    def packet(self, src, dst, protocol, payload, ttl=64, df=True):
        """An IP packet; the checksum in 'payload' is made right."""
        at = {UDP: 6, TCP: 16, 1: 2, 58: 2}[protocol]
        pseudo = (b"" if protocol == 1
                  else self.pseudo(src, dst, protocol, len(payload)))
        payload = payload[:at] + b"\0\0" + payload[at + 2:]
        total = checksum(pseudo + payload) or 0xffff
        payload = payload[:at] + struct.pack("!H", total) + payload[at + 2:]
        if self.v6:
            return struct.pack("!IHBB", 6 << 28, len(payload), protocol,
                               ttl) + wire.ip(src) + wire.ip(dst) + payload
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7,
                             0x4000 if df else 0, ttl, protocol, 0,
                             wire.ip(src), wire.ip(dst))
        return header[:10] + struct.pack(
            "!H", checksum(header)) + header[12:] + payload

    def transport(self, protocol, sport, dport, payload=b""):
        return (struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
                if protocol == UDP else
                struct.pack("!HHIIBBHHH", sport, dport, 1, 0, 0x50, 2, 1000,
                            0, 0)) + payload

    def error(self, src, kind, about, mtu=0):
        """An ICMP error for the sender of 'about', an IP packet."""
        body = struct.pack("!BBH", *kind, 0) + (
            struct.pack("!I" if self.v6 else "!xxH", mtu)) + about
        return self.packet(src, Packet(about).src, self.icmp, body)


def checksum(data):
    return wire.checksum(data + b"\0" * (len(data) % 2))


class Packet:
    """An IP packet, its end perhaps cut off, and what it says.  'good': all
    its checksums are right, as far as they can be seen."""

    def __init__(self, data):
        self.family = f = V6 if data[0] >> 4 == 6 else V4
        size = 40 if f.v6 else 20
        length = (40 + int.from_bytes(data[4:6], "big") if f.v6
                  else int.from_bytes(data[2:4], "big"))
        self.data = data = data[:length]
        self.whole = len(data) == length
        self.protocol = data[6 if f.v6 else 9]
        self.ttl = data[7 if f.v6 else 8]
        at = 8 if f.v6 else 12
        half = 16 if f.v6 else 4
        self.src, self.dst = (
            socket.inet_ntop(socket.AF_INET6 if f.v6 else socket.AF_INET,
                             data[at + n:at + n + half]) for n in (0, half))
        self.l4 = l4 = data[size:]
        self.good = f.v6 or checksum(data[:20]) == 0
        if self.whole and l4 and (self.protocol != UDP or any(l4[6:8])):
            pseudo = (b"" if self.protocol == 1 else f.pseudo(
                self.src, self.dst, self.protocol, len(l4)))
            self.good = self.good and checksum(pseudo + l4) == 0
        self.ports = struct.unpack("!HH", l4[:4]) if len(l4) >= 4 else None

    @property
    def kind(self):
        """Type and code, if it is an ICMP error."""
        if self.protocol != self.family.icmp or len(self.l4) < 8:
            return None
        error = (self.l4[0] < 128 if self.family.v6
                 else self.l4[0] in (3, 11, 12))
        return tuple(self.l4[:2]) if error else None

    @property
    def mtu(self):
        return int.from_bytes(self.l4[4 if self.family.v6 else 6:8], "big")

    @property
    def quoted(self):
        return Packet(self.l4[8:])


V4, V6 = Family(False), Family(True)


class Station:
    """A host, by the frames that it sends and hears."""

    def __init__(self, lab, verb, where, dst_mac):
        with lab.inside(verb, where):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                      socket.htons(3))
            self.sock.bind(("eth0", 0))
        self.mac = self.sock.getsockname()[4].hex(":")
        self.dst_mac = dst_mac
        self.sock.setblocking(False)
        self.packets = []

    def send(self, family, packet):
        self.sock.send(wire.frame(self.mac, self.dst_mac, family.ethertype,
                                  packet))

    def heard(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, address = self.sock.recvfrom(65535)
                if (address[2] != socket.PACKET_OUTGOING
                        and frame[12:14] in (b"\x08\0", b"\x86\xdd")):
                    self.packets.append(Packet(frame[14:]))
        return self.packets

    def wait(self, what, wanted):
        """Waits for the first packet that 'wanted' is true of."""
        return wait_until(lambda: next(filter(wanted, self.heard()), None),
                          what)


class World:
    def __init__(self, lab):
        self.lab = lab
        self.inside = {n: Station(lab, "vm", "in-%d" % n, GATEWAY_MAC)
                       for n in (1, 2, 3, 4)}
        self.outside = Station(lab, "exec", "outside", "00:00:00:00:00:00")
        self.next_port = itertools.count(20000)

    def connect(self, n, family, protocol=UDP, size=0, ttl=64):
        """Sends the first packet of a connection from in-'n'; returns its
        port, and the packet as it comes to the host outside."""
        port = next(self.next_port)
        self.inside[n].send(family, family.packet(
            family.endpoint(n), family.outside, protocol,
            family.transport(protocol, port, 40000, bytes(size)), ttl))
        seen = self.outside.wait("it leaves", lambda p: (
            p.ports == (port, 40000) and p.dst == family.outside
            and p.protocol == protocol))
        assert seen.src == family.external(n) and seen.good
        return port, seen

    def answer(self, n, family, packet):
        """Sends a packet to the external address of in-'n'."""
        neighbors = self.lab.exec("outside", "ip", "neigh", "show",
                                  family.external(n))
        self.outside.dst_mac = re.search("lladdr (.{17})", neighbors).group(1)
        self.outside.send(family, packet)

    def wait_inside(self, n, kind, port):
        """The ICMP error about what in-'n' sent from 'port'."""
        return self.inside[n].wait("in-%d gets %s" % (n, kind), lambda p: (
            p.kind == kind and p.quoted.ports[0] == port))

    def wait_outside(self, kind, port):
        """The ICMP error about what was sent to 'port' from outside."""
        return self.outside.wait("the outside gets %s" % (kind,), lambda p: (
            p.kind == kind and p.quoted.ports[1] == port))


# If a connection's only answer is a RST, Linux' conntrack forgets it at once,
# and with it whom an error is for.
LISTEN = """
import socket, threading
server = socket.create_server(("", 40000), family=socket.AF_INET6,
                              dualstack_ipv6=True)
print("ready", flush=True)
threading.Event().wait()
"""


@pytest.fixture(scope="module")
def world(own_lab):
    lab = own_lab(3, "4", outside=True)
    lab.apply(*OBJECTS)
    for i in (1, 2, 3, 4):
        lab.plug("hv-%d" % min(i, 3), "in-%d" % i)
    w = World(lab)
    for i, address in itertools.product((1, 2, 3, 4),
                                        (V4.outside, V6.outside)):
        wait_until(lambda: lab.ping("in-%d" % i, address, count=1, wait=0.3),
                   "in-%d reaches %s" % (i, address))
    # The host outside is a router, too.
    lab.exec("outside", "sysctl", "-qw", "net.ipv4.ip_forward=1",
             "net.ipv6.conf.all.forwarding=1", "net.ipv4.icmp_ratelimit=0",
             "net.ipv6.icmp.ratelimit=0")
    for address in "203.0.113.9/32", "2001:db8:eeee::9/128":
        lab.exec("outside", "ip", "route", "add", address, "dev", "eth0")
    with lab.running("exec", "outside", "python3", "-c", LISTEN) as listener:
        assert listener.stdout.readline() == "ready\n"
        yield w


def check_inside(error, family, n, port):
    """The error is right in all that NAT has to do with.  What the userspace
    datapath does not mend is the TCP checksum in an ICMPv6 error that it
    translates itself."""
    assert error.good
    assert error.quoted.good or (error.quoted.protocol == TCP and family.v6
                                 and error.kind != family.too_big)
    assert error.dst == family.endpoint(n)
    assert error.quoted.src == family.endpoint(n)
    assert error.quoted.ports[0] == port


def check_outside(error, family, n, port):
    assert error.good and error.quoted.good
    assert error.src == family.external(n) and error.dst == family.outside
    assert error.quoted.dst == family.external(n)
    assert error.quoted.ports == (40000, port)


FAMILIES = pytest.mark.parametrize("family", [V4, V6], ids=["ipv4", "ipv6"])
PROTOCOLS = pytest.mark.parametrize("protocol", [UDP, TCP], ids=["udp", "tcp"])
WAYS = pytest.mark.parametrize("n", [1, 2, 3, 4], ids=[
    "snat-here", "fip-here", "snat-tunnel", "fip-gateway"])
TUNNELS = pytest.mark.parametrize("n", [3, 4], ids=["snat", "fip"])


@FAMILIES
@WAYS
def test_the_outside_refuses(world, family, n):
    """...a port that nothing listens on."""
    port, _ = world.connect(n, family)
    error = world.wait_inside(n, family.no_port, port)
    check_inside(error, family, n, port)
    assert error.src == family.outside


@FAMILIES
@PROTOCOLS
@WAYS
def test_a_router_outside(world, family, protocol, n):
    """...says that a packet is too big, and that its time is over."""
    for kind, mtu in (family.too_big, 1300), (family.time_exceeded, 0):
        port, seen = world.connect(n, family, protocol, size=100)
        world.answer(n, family, family.error(family.router, kind,
                                                seen.data, mtu))
        error = world.wait_inside(n, kind, port)
        assert error.src == family.router and error.mtu == mtu
        check_inside(error, family, n, port)


@FAMILIES
@WAYS
def test_an_endpoint_refuses(world, family, n):
    """...an answer that it no longer waits for."""
    port, _ = world.connect(n, family)
    world.answer(n, family, family.packet(
        family.outside, family.external(n), UDP,
        family.transport(UDP, 40000, port, b"late")))
    error = world.wait_outside(family.no_port, port)
    check_outside(error, family, n, port)


@FAMILIES
@PROTOCOLS
@WAYS
def test_an_endpoint_wants_less(world, family, protocol, n):
    """An endpoint that forwards packets says that one is too big."""
    port, _ = world.connect(n, family, protocol)
    about = family.packet(family.outside, family.endpoint(n), protocol,
                          family.transport(protocol, 40000, port, bytes(50)))
    world.inside[n].send(family, family.packet(
        family.endpoint(n), family.outside, family.icmp,
        family.error(family.endpoint(n), family.too_big, about,
                     1300)[-len(about) - 8:]))
    error = world.wait_outside(family.too_big, port)
    check_outside(error, family, n, port)
    assert error.mtu == 1300


@FAMILIES
@TUNNELS
def test_too_big_for_the_tunnel(world, family, n):
    """What the outside sends has to fit the tunnel to the endpoint."""
    port, _ = world.connect(n, family)
    size = 1500 - (48 if family.v6 else 28)
    world.answer(n, family, family.packet(
        family.outside, family.external(n), UDP,
        family.transport(UDP, 40000, port, bytes(size))))
    error = world.wait_outside(family.too_big, port)
    check_outside(error, family, n, port)
    assert 1280 <= error.mtu < 1500


@FAMILIES
@WAYS
@PROTOCOLS
def test_too_big_for_the_outside(world, family, n, protocol):
    port = next(world.next_port)
    world.inside[n].send(family, family.packet(
        family.endpoint(n), family.outside, protocol,
        family.transport(protocol, port, 40000, bytes(MTU - 20))))
    error = world.wait_inside(n, family.too_big, port)
    check_inside(error, family, n, port)
    assert error.mtu == MTU and error.src == family.gateway


@FAMILIES
@WAYS
def test_hops(world, family, n):
    """What traceroute does."""
    hops = []
    for ttl in 1, 2:
        port = next(world.next_port)
        world.inside[n].send(family, family.packet(
            family.endpoint(n), family.beyond, UDP,
            family.transport(UDP, port, 33434), ttl))
        error = world.wait_inside(n, family.time_exceeded, port)
        check_inside(error, family, n, port)
        hops.append(error.src)
    assert hops == [family.gateway, family.outside]


ECHO = """
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET,
                  socket.SOCK_DGRAM)
s.bind((sys.argv[1], 40001))
print("ready", flush=True)
while True:
    data, who = s.recvfrom(65535)
    s.sendto(data, who)
"""
ASK = """
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET,
                  socket.SOCK_DGRAM)
s.settimeout(0.5)
s.connect((sys.argv[1], 40001))
for attempt in range(10):
    try:
        s.send(bytes(range(250)) * 12)
        assert s.recv(65535) == bytes(range(250)) * 12
        print(attempt)
        break
    except OSError:     # No answer; or the error that a packet is too big.
        pass
"""


def ask(world, family, n):
    """Which attempt at an exchange of 3,000 bytes succeeds."""
    with world.lab.running("exec", "outside", "python3", "-c", ECHO,
                           family.outside) as echo:
        assert echo.stdout.readline() == "ready\n"
        return int(world.lab.vm("in-%d" % n, "python3", "-c", ASK,
                                family.outside))


@FAMILIES
@WAYS
def test_fragments(world, family, n):
    """3,000 bytes are a connection's first packet, and come back, in
    fragments that fit."""
    lab = world.lab
    before = lab.vm_mtu("in-%d" % n)
    lab.vm("in-%d" % n, "ip", "link", "set", "eth0", "mtu", MTU)
    lab.exec("outside", "ip", "link", "set", "eth0", "mtu", MTU)
    # Once more if a busy machine lost one of the six.
    assert ask(world, family, n) <= 1
    lab.vm("in-%d" % n, "ip", "link", "set", "eth0", "mtu", before)
    lab.exec("outside", "ip", "link", "set", "eth0", "mtu", 1500)


@FAMILIES
@TUNNELS
def test_fragments_too_big(world, family, n):
    """Both sides send fragments that are too big, and are told so: neither
    error is quoted from a whole packet."""
    lab = world.lab
    for flush in ("ip", "-4"), ("ip", "-6"):    # What errors have told them.
        lab.exec("outside", *flush, "route", "flush", "cache")
        lab.vm("in-%d" % n, *flush, "route", "flush", "cache")
    with lab.capture("ext-hv-1", "icmp or icmp6") as capture:
        ask(world, family, n)
        wait_until(lambda: any(Packet(f[14:]).kind == family.too_big
                               for f in capture.frames()),
                   "the outside is told")
