"""The bridges of plans on packets: which order they send, that they never
receive, and that they come and go without a trace in the traffic of the
integration bridge.

The agent's database side makes ports and bridges; the flows and the maps are
made here, as simple as can be:

    e0 -- vif0 br-int br-phy -- wire        endpoint and underlay are veth
                  |     |                   pairs whose far ends are sockets
                  br-tx1                    of this test
"""
import collections
import contextlib
import ctypes
import json
import os
import select
import socket
import struct
import threading
import time

import pytest

# Fixtures are found by name.
from local_node import node, ready, start                    # noqa: F401
from waiting import wait_until
from test_plan_bridges import plans_ready
import wire

pytestmark = pytest.mark.alone

VNI = 5000
VIF = 100                                       # OpenFlow port.
OPTIONS = ["0xff01/0x01", "0xff01/0x02", "0xff01/0x03"]
BASE, PLANNED = "192.0.2.2", "192.0.2.3"        # Remotes.
MAC = {"e0": "02:00:00:00:00:01", BASE: "02:00:00:00:00:02",
       PLANNED: "02:00:00:00:00:03"}            # Inner ones.
PHY, GATE = "02:aa:00:00:00:01", "02:aa:00:00:00:02"    # Outer ones.

libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(ns):
    """Sockets that are made in the block are made in that namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/" + ns, os.O_RDONLY)
    try:
        if libc.setns(there, 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        libc.setns(home, 0x40000000)
        os.close(there)
        os.close(home)


class End:
    """A raw socket at the far end of a veth pair, and what it hears."""

    def __init__(self, ns, device):
        with inside(ns):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                      socket.htons(3))
            self.sock.bind((device, 0))
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 24) # RCVBUFFORCE
        self.sock.setblocking(False)

    def heard(self):
        """The frames that came since the last call."""
        frames = []
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, address = self.sock.recvfrom(65535)
                if address[2] != socket.PACKET_OUTGOING:
                    frames.append(frame)
        return frames

    def send(self, frame):
        self.sock.send(frame)


Sent = collections.namedtuple("Sent", "dst vni options number")


def parse(frame):
    """A Geneve packet of IPv4, or None.  'number' is the UDP payload of the
    inner packet."""
    if frame[12:14] != b"\x08\x00" or frame[36:38] != b"\x17\xc1":
        return None
    header = frame[42:]
    rest = header[8:8 + 4 * (header[0] & 0x3f)]
    inner = header[8 + len(rest):]
    options = []
    while rest:
        options.append("0x%02x%02x/0x%02x" % tuple(rest[:3]))
        rest = rest[4 + 4 * (rest[3] & 0x1f):]
    return Sent(socket.inet_ntoa(frame[30:34]),
                int.from_bytes(header[4:7], "big"), options,
                struct.unpack("!I", inner[42:46])[0])


def add_map(node, bridge, options):
    node.ofctl("add-tlv-map", bridge, ",".join(
        "{class=%s,type=%s,len=4}->tun_metadata%d" % (*o.split("/"), i)
        for i, o in enumerate(options)))


def set_options(options):
    """Actions that set an option to the number of its type."""
    return ",".join("set_field:0x%02x->tun_metadata%d"
                    % (int(o.split("/")[1], 16), i)
                    for i, o in enumerate(options))


def devices_up(node):
    """Which are.  The kernel tells of that later than it is so."""
    return {link["ifname"] for link in json.loads(
        node.run("ip", "-json", "link", "show"))
        if link["operstate"] == "UP"}


@pytest.fixture
def world(node, start):
    """A node with an underlay and a base plan: (driver, e0, wire).  Nothing
    in it is still about to change: every change of a network device or a route
    can lose a packet, in ovs-vswitchd (see plan-bridges.h)."""
    node.run("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1")
    for near, far in ("vif0", "e0"), ("u0", "wire"):
        node.ip("link", "add", near, "type", "veth", "peer", "name", far)
        node.ip("link", "set", near, "up")
        node.ip("link", "set", far, "up")
    node.vsctl("add-br", "br-phy", "--", "set", "bridge", "br-phy",
               "datapath_type=netdev", "other-config:hwaddr=%s" % PHY, "--",
               "add-port", "br-phy", "u0")
    node.ip("addr", "add", "192.0.2.1/24", "dev", "br-phy")
    node.ip("link", "set", "br-phy", "up")
    wait_until(lambda: {"vif0", "e0", "u0", "wire"} <= devices_up(node),
             "devices are up")
    for ip in BASE, PLANNED, "192.0.2.99":
        node.appctl("tnl/arp/set", "br-phy", ip, GATE)

    driver = start()
    driver.do("set hv-2 %s 192.0.2.1 0" % BASE,
              "set hv-3 %s 192.0.2.1 0" % PLANNED, "complete")
    driver.wait(ready(2))
    node.vsctl("add-port", "br-int", "vif0", "--", "set", "interface", "vif0",
               "ofport_request=%d" % VIF)
    tunnel = driver.state["tunnels"]["%s 192.0.2.1 0" % BASE]
    add_map(node, "br-int", OPTIONS)
    for match, actions in {
            "in_port=%d,dl_dst=%s" % (VIF, MAC[BASE]):
                "set_field:%d->tun_id,%s,output:%d"
                % (VNI, set_options(OPTIONS), tunnel),
            "tun_id=%d" % VNI: "output:%d" % VIF}.items():
        node.ofctl("add-flow", "br-int", "%s actions=%s" % (match, actions))
    yield driver, End(node.ns, "e0"), End(node.ns, "wire")


def start_plan(node, driver, k=1, remote=PLANNED):
    """Makes plan 'k' and sends to 'remote' by it, all options backwards."""
    driver.do("plan %d 192.0.2.1 6081" % k)
    plan = driver.wait(lambda s: s["plans"].get(str(k)))["plans"][str(k)]
    order = OPTIONS[::-1]
    add_map(node, plan["bridge"], order)
    node.ofctl("add-flow", plan["bridge"],
               "in_port=%d,pkt_mark=7 actions=set_field:0->pkt_mark,"
               "set_field:%d->tun_id,set_field:%s->tun_dst,%s,output:%d"
               % (plan["peer"], VNI, remote, set_options(order),
                  plan["tunnels"]["6081"]))
    node.ofctl("add-flow", "br-int",
               "in_port=%d,dl_dst=%s actions=set_field:7->pkt_mark,output:%d"
               % (VIF, MAC[remote], plan["patch"]))
    return plan


def outgoing(dst, number):
    return wire.inner(MAC["e0"], MAC[dst], "10.0.0.1", "10.0.0.2",
                      struct.pack("!I", number) + bytes(16))


def incoming(src, number, vni=VNI):
    """From a remote, with options in an order that no map has."""
    options = b"".join(wire.option(OPTIONS[i], b"\0\0\0\1") for i in (1, 0, 2))
    payload = wire.geneve(vni, wire.inner(
        GATE, MAC["e0"], "10.0.0.2", "10.0.0.1",
        struct.pack("!I", number) + bytes(16)), options)
    return wire.outer(GATE, PHY, src, "192.0.2.1", 50000, payload)


def number_of(frame):
    """Of an inner packet that an endpoint hears; others have 0."""
    if frame[12:14] != b"\x08\0" or len(frame) < 46:
        return 0
    return struct.unpack("!I", frame[42:46])[0]


def exchange(send, frames, end, heard):
    """Sends 'frames' and returns what 'end' hears of them, by 'heard'."""
    end.heard()
    for frame in frames:
        send(frame)
    result = []

    def all_here():
        result.extend(filter(None, map(heard, end.heard())))
        return len(result) >= len(frames)
    wait_until(all_here, "all have come: %s" % result)
    return result


def test_two_orders(node, world):
    driver, e0, underlay = world
    start_plan(node, driver)
    frames = [outgoing(dst, n) for n in range(1, 21)
              for dst in (BASE, PLANNED)]
    sent = exchange(e0.send, frames, underlay, parse)
    assert len(sent) == 40
    assert {p.vni for p in sent} == {VNI}
    assert {(p.dst, *p.options) for p in sent} == {
        (BASE, *OPTIONS), (PLANNED, *OPTIONS[::-1])}

    # What comes from whichever of them comes in by the integration bridge.
    heard = exchange(underlay.send, [incoming(src, n) for n, src in enumerate(
        [BASE, PLANNED] * 10, 1)], e0, number_of)
    assert sorted(heard) == list(range(1, 21))

    # Nothing comes in by the plan's, whatever the VNI and the sender.
    for vni in 0, 1, 0xffffff, 0x1000001 & 0xffffff:
        for src in BASE, PLANNED, "192.0.2.99":
            underlay.send(incoming(src, 99, vni))
    exchange(underlay.send, [incoming(BASE, 100)], e0, number_of)
    counters = node.ofctl("dump-ports", "br-tx1", "gnv-tx1")
    assert "rx pkts=0," in counters


class Traffic:
    """Numbered packets both ways, while in the block."""
    RATE = 500

    def __init__(self, e0, underlay):
        self.e0, self.underlay = e0, underlay
        self.n = 0
        self.sent, self.heard, self.out_of_form = set(), set(), []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.e0.heard()
        self.underlay.heard()
        self.thread.start()
        return self

    def run(self):
        begin = time.monotonic()
        while not self.ending.is_set():
            self.n += 1
            self.e0.send(outgoing(BASE, self.n))
            self.underlay.send(incoming(BASE, self.n))
            self.listen()
            delay = begin + self.n / self.RATE - time.monotonic()
            if delay > 0:
                select.select([], [], [], delay)

    def listen(self):
        for packet in filter(None, map(parse, self.underlay.heard())):
            self.sent.add(packet.number)
            if (packet.dst, packet.options) != (BASE, OPTIONS):
                self.out_of_form.append(packet)
        self.heard.update(map(number_of, self.e0.heard()))

    def wait_until(self, n):
        wait_until(lambda: self.n >= n, "there are %d packets" % n)

    def __exit__(self, *args):
        self.ending.set()
        self.thread.join()
        end = time.monotonic() + 2
        while time.monotonic() < end and self.lost() != (0, 0):
            self.listen()

    def lost(self):
        """Of those to the wire, of those from it."""
        return (self.n - len(self.sent), self.n - len(self.heard - {0}))


def test_comes_and_goes(node, world):
    """Making, using and removing plans' bridges loses no packet of the
    integration bridge, and changes none.  (With a local port, which is a
    network device, it does now and then.)"""
    driver, e0, underlay = world
    exchange(e0.send, [outgoing(BASE, 1)], underlay, parse)
    exchange(underlay.send, [incoming(BASE, 1)], e0, number_of)
    with Traffic(e0, underlay) as traffic:
        for k in [1, 2, 3] * 5:
            start_plan(node, driver, k)
            node.ofctl("del-flows", "br-int", "dl_dst=" + MAC[PLANNED])
            driver.do("unplan %d" % k)
            driver.wait(lambda s: not s["existing"])
        # What follows a change comes within some hundred packets.
        traffic.wait_until(traffic.n + 100)
    print("%d packets each way" % traffic.n)
    assert traffic.lost() == (0, 0)
    assert not traffic.out_of_form
