"""NVEs without an agent: Linux' own geneve device, with and without options,
at the other end of a node with an agent, and of geneve-tap.

These are the commands of docs/other-nves.md.  They need the device, tc's
flower and tunnel_key: `make check-kernel' has them.
"""
import contextlib
import os
import pathlib
import re
import tempfile

import pytest

import world
from lab import KERNEL, resource
from tap_host import Host
from waiting import wait_until

pytestmark = pytest.mark.skipif(
    not KERNEL, reason="GA_TEST_KERNEL is not set: no geneve device")

NODE = {4: "192.0.2.1", 6: "2001:db8::1"}
BOX = {4: "192.0.2.70", 6: "2001:db8::70"}
OPEN_VNI = 5001
GUEST = world.endpoint("guest", "blue", 70, nve="rack7")
OPEN_GUEST = world.endpoint("open-guest", "open", 70, net="10.1.0",
                            nve="rack7")


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="ga-nve-") as name:
        os.chmod(name, 0o755)
        yield pathlib.Path(name)


@pytest.fixture(scope="module")
def rack(own_lab, folder):
    """A node with an agent, and a box on its underlay.  The VPC "blue" has a
    required option, "open" none."""
    lab = own_lab(1, families="46")
    world.load(lab)
    lab.apply(world.profile("lax", "qos-class", "endpoint-type"),
              world.vpc("open", OPEN_VNI, "10.1.0.0/24", optionProfile="lax"),
              world.endpoint("open-1", "open", 1, net="10.1.0"))
    lab.plug("hv-1", "open-1")
    box = Host(folder, "rack7")
    try:
        box.attach(lab, BOX[4], BOX[6])
        yield lab, box
    finally:
        box.end()


@contextlib.contextmanager
def declared(lab, family, *endpoints, static=None):
    """The box as an NVE with endpoints behind it; no trace of it
    afterwards."""
    spec = {"underlay": {"ips": [BOX[family]]}}
    if static is not None:
        spec["static"] = {"mode": "replace", "order": "strict", **static}
    lab.apply(resource("NVE", "rack7", spec), *endpoints)
    try:
        yield
    finally:
        for endpoint in endpoints:
            lab.delete("Endpoint", endpoint["metadata"]["name"])
        lab.delete("NVE", "rack7")


@contextlib.contextmanager
def devices(box, *names):
    """Removes them afterwards."""
    try:
        yield
    finally:
        for name in names:
            box.ip("link", "del", name)


def add_plain_device(box, vni, remote, *more):
    box.ip("link", "add", "gnv0", "type", "geneve", "id", str(vni), "remote",
           remote, *more)


def rx_errors(box, device):
    path = "/sys/class/net/%s/statistics/rx_errors" % device
    return int(box.run("cat", path).stdout)


@pytest.mark.parametrize("family", [4, 6])
def test_plain_device(rack, family):
    """It gets no options, and sends none."""
    lab, box = rack
    with declared(lab, family, OPEN_GUEST), devices(box, "gnv0"):
        add_plain_device(box, OPEN_VNI, NODE[family])
        box.ip("link", "set", "gnv0", "address", world.mac(OPEN_GUEST), "mtu",
               "1430", "up")
        box.ip("addr", "add", "10.1.0.70/24", "dev", "gnv0")
        lab.wait_transmit("hv-1", "rack7", "lax", "optionless", [])
        with lab.capture("hv-1") as capture:
            box.ping("10.1.0.1")
            lab.wait_ping("open-1", "10.1.0.70")
            for ends in ((NODE[family], BOX[family]),
                         (BOX[family], NODE[family])):
                packets = wait_until(lambda ends=ends: capture.packets(*ends),
                                     "packets from %s" % ends[0])
                assert all(p.option_bytes == 0 for p in packets), packets
        assert rx_errors(box, "gnv0") == 0


def test_plain_device_and_critical_options(rack):
    """Who declares that a plain device takes a critical option finds it in the
    device's errors; what is not critical is skipped."""
    lab, box = rack
    with declared(lab, 4, GUEST, OPEN_GUEST,
                  static=world.table("policy-label", "qos-class")):
        with devices(box, "gnv0"):
            add_plain_device(box, world.VNI, NODE[4])
            box.ip("link", "set", "gnv0", "address", world.mac(GUEST), "up")
            lab.wait_transmit("hv-1", "rack7", "web",
                              options=world.ct("policy-label", "qos-class"))
            wait_until(lambda: lab.ping("web-1", "10.0.0.70", count=1) == 0
                       and rx_errors(box, "gnv0") > 0, "errors are counted")
        with devices(box, "gnv0"):
            add_plain_device(box, OPEN_VNI, NODE[4])
            box.ip("link", "set", "gnv0", "address", world.mac(OPEN_GUEST),
                   "up")
            box.ip("addr", "add", "10.1.0.70/24", "dev", "gnv0")
            lab.wait_transmit("hv-1", "rack7", "lax",
                              options=world.ct("qos-class"))
            lab.wait_ping("open-1", "10.1.0.70")
            assert rx_errors(box, "gnv0") == 0


def tc(box, *words):
    box.run("tc", *" ".join(words).split())


def add_options_device(box, opts_sent, *opts):
    """As the guide says, for IPv4."""
    box.ip("link", "add", "gnv0", "type", "geneve", "external", "dstport",
           "6081")
    box.ip("link", "set", "gnv0", "up")
    box.ip("link", "add", "ep0", "type", "veth", "peer", "name", "ep1")
    box.ip("link", "set", "ep1", "up")
    box.ip("link", "set", "ep0", "address", world.mac(GUEST), "mtu", "1430",
           "up")
    box.ip("addr", "add", "10.0.0.70/24", "dev", "ep0")
    tc(box, "qdisc add dev ep1 clsact")
    tc(box, "qdisc add dev gnv0 clsact")
    tc(box, "filter add dev ep1 ingress protocol all prio 1 flower",
       "action tunnel_key set src_ip 192.0.2.70 dst_ip 192.0.2.1",
       "dst_port 6081 id", str(world.VNI), "csum geneve_opts", opts_sent,
       "action mirred egress redirect dev gnv0")
    # With less than all of them it would not match.
    tc(box, "filter add dev gnv0 ingress protocol all prio 1 flower",
       "enc_key_id", str(world.VNI), "geneve_opts", matched(opts[0]),
       "action drop")
    tc(box, "filter add dev gnv0 ingress protocol all prio 2 flower",
       "enc_src_ip 192.0.2.1 enc_dst_ip 192.0.2.70 enc_key_id",
       str(world.VNI), "geneve_opts", matched(*opts),
       "action tunnel_key unset action mirred egress redirect dev ep1")
    tc(box, "filter add dev gnv0 ingress protocol all prio 9 flower",
       "action drop")


def filter_packets(box):
    """Returns (packets that matched the options, all others)."""
    said = box.run("tc", "-s", "filter", "show", "dev", "gnv0",
                   "ingress").stdout
    counts = {}
    for part in re.split(r"(?m)^(?=filter )", said):
        prio = re.search(r"\bpref (\d+)", part)
        count = re.search(r"Sent \d+ bytes (\d+) pkt", part)
        if prio and count:
            counts[int(prio[1])] = int(count[1])
    return counts.get(2, 0), counts.get(1, 0) + counts.get(9, 0)


# Web-1's label is 101 and its class 1; the class may be anything.
LABEL_OPT = ("0xff01:0x81:00000065", "ffff:ff:ffffffff")
CLASS_OPT = ("0xff01:0x03:00000000", "ffff:ff:00000000")


def matched(*opts):
    return ",".join("/".join(opt) for opt in opts)


@pytest.mark.parametrize("names, opts", [
    (("policy-label", "qos-class"), (LABEL_OPT, CLASS_OPT)),
    (("qos-class", "policy-label"), (CLASS_OPT, LABEL_OPT)),
], ids=["label first", "class first"])
def test_options(rack, names, opts):
    """A filter that matches by position gets our options in the order that it
    asks for, and the node takes what tc sends."""
    lab, box = rack
    static = {"options": [world.entry(name, required=True) for name in names]}
    with declared(lab, 4, GUEST, static=static), devices(box, "gnv0", "ep0"):
        add_options_device(
            box, "0xff01:0x81:000000aa,0xff01:0x02:00000001", *opts)
        lab.wait_transmit("hv-1", "rack7", "web", options=world.ct(*names))
        with lab.capture("hv-1") as capture:
            box.ping("10.0.0.1")
            lab.wait_ping("web-1", "10.0.0.70")
            there = wait_until(
                lambda: [p for p in capture.packets(NODE[4], BOX[4])
                         if not p.is_arp], "packets of hv-1")
            back = wait_until(
                lambda: [p for p in capture.packets(BOX[4], NODE[4])
                         if not p.is_arp], "packets of the box")
        assert {tuple(p.options) for p in there} == {
            tuple(world.ct(*names))}, there
        assert {tuple(p.options) for p in back} == {
            tuple(world.ct("policy-label", "endpoint-type"))}, back
        by_options, others = filter_packets(box)
        assert by_options >= len(there) > 0
        assert others == 0


def test_options_in_another_order(rack):
    """What is not at its place does not match."""
    lab, box = rack
    names = ("policy-label", "qos-class")
    with declared(lab, 4, GUEST, static=world.table(*names)), \
            devices(box, "gnv0", "ep0"):
        add_options_device(box, "0xff01:0x81:000000aa", CLASS_OPT, LABEL_OPT)
        lab.wait_transmit("hv-1", "rack7", "web", options=world.ct(*names))
        wait_until(lambda: lab.ping("web-1", "10.0.0.70", count=1) == 0
                   and filter_packets(box)[1] > 0, "the packets do not match")
        assert filter_packets(box)[0] == 0


@pytest.fixture(scope="module")
def pair(folder):
    """A host for geneve-tap and one for the kernel's device."""
    a, b = Host(folder, "tap"), Host(folder, "linux")
    try:
        a.ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth0",
             "netns", b.ns)
        for k, host in (1, a), (2, b):
            host.ip("addr", "add", "192.0.2.%d/24" % k, "dev", "eth0")
            host.ip("addr", "add", "2001:db8::%d/64" % k, "dev", "eth0",
                    "nodad")
            host.ip("link", "set", "eth0", "up")
        yield a, b
    finally:
        a.end()
        b.end()


@pytest.mark.parametrize("underlay", ["192.0.2.%d", "2001:db8::%d"])
@pytest.mark.parametrize("device, more", [
    ("tap0@7", []), ("tun0@7,ip", ["innerprotoinherit"])],
    ids=["ethernet", "ip"])
def test_geneve_tap(pair, underlay, device, more):
    """Ethernet, and IP packets without it, over IPv4 and IPv6.  Options that
    are not critical, which geneve-tap sends besides, are skipped."""
    a, b = pair
    a.start("-e", device, underlay % 2, config={
        "options": [{"class": "0xff01", "type": "0x02", "data": "00000001"}]})
    with devices(b, "gnv0"):
        add_plain_device(b, 7, underlay % 1, *more)
        b.ip("link", "set", "gnv0", "mtu", "1400", "up")
        for host, name, k in (a, device.split("@")[0], 1), (b, "gnv0", 2):
            host.ip("addr", "add", "10.0.0.%d/24" % k, "dev", name)
            host.ip("addr", "add", "fd00::%d/64" % k, "dev", name, "nodad")
        with a.capture() as capture:
            for to in "10.0.0.2", "fd00::2":
                a.ping(to)
                a.ping(to, "-s1300")
            b.ping("10.0.0.1")
            kinds = wait_until(
                lambda: {p.protocols.split(":geneve:")[1].split(":")[0]
                         for p in capture.packets(src=underlay % 2)
                         if p.vni == 7}, "packets of the device")
        assert kinds == ({"ip", "ipv6"} if more else {"eth"})
        assert a.drops() == {}
        assert rx_errors(b, "gnv0") == 0
