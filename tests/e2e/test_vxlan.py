"""NVEs that are reached by VXLAN, among others that are reached by Geneve.

"rack" is a host on the underlay with Linux' vxlan device, as a hardware VTEP
would be: it has no agent and knows nothing of options.
"""
import json
import os
import struct
import subprocess

import pytest

import wire
import world
from lab import resource
from waiting import wait_until

VNI = 5001
RACK = "192.0.2.90"
OPTIONAL = ("policy-label", "qos-class")
GUEST = world.endpoint("guest", "green", 90, "10.1.0", nve="rack")
GREEN = {k: world.endpoint("green-%d" % k, "green", k, "10.1.0")
         for k in (1, 2)}
BROADCAST = "ff:ff:ff:ff:ff:ff"


class Rack:
    """The host, in a network namespace of its own."""

    def __init__(self, lab):
        self.ns = "vx-%d" % os.getpid()
        subprocess.run(["ip", "netns", "add", self.ns], check=True)
        lab.exec("fabric", "ip", "link", "add", "rack", "type", "veth",
                 "peer", "name", "eth0", "netns", self.ns)
        lab.exec("fabric", "ip", "link", "set", "rack", "master", "underlay",
                 "up")
        # Open vSwitch in user space would see checksums that are still to be
        # made, by a card that is not there.
        self.run("ethtool", "-K", "eth0", "tx", "off")
        self.ip("addr", "add", RACK + "/24", "dev", "eth0")
        self.ip("link", "set", "eth0", "up")
        self.ip("link", "add", "vx0", "type", "vxlan", "id", str(VNI),
                "dstport", "4789", "local", RACK)
        self.ip("link", "set", "vx0", "address", world.mac(GUEST), "mtu",
                "1450", "up")
        self.ip("addr", "add", "10.1.0.90/24", "dev", "vx0")
        for k in 1, 2:
            self.run("bridge", "fdb", "append", "00:00:00:00:00:00", "dev",
                     "vx0", "dst", "192.0.2.%d" % k)

    def run(self, *command, check=True):
        return subprocess.run(["ip", "netns", "exec", self.ns, *command],
                              check=check, capture_output=True, text=True)

    def ip(self, *args):
        self.run("ip", *args)

    def ping(self, address):
        wait_until(lambda: self.run("ping", "-c1", "-W1", address,
                                    check=False).returncode == 0,
                   "rack reaches " + address)

    def end(self):
        subprocess.run(["ip", "netns", "del", self.ns], check=False)


def nve(**spec):
    return resource("NVE", "rack", {
        "underlay": {"ips": [RACK]},
        "static": {"mode": "replace", "encapsulation": "vxlan"}, **spec})


@pytest.fixture(scope="module")
def both(own_lab):
    lab = own_lab(2)
    world.load(lab)
    host = Rack(lab)
    try:
        lab.apply(world.profile("open", *OPTIONAL),
                  world.vpc("green", VNI, "10.1.0.0/24", optionProfile="open"),
                  nve(), GUEST, *GREEN.values())
        for k in GREEN:
            lab.plug("hv-%d" % k, "green-%d" % k)
        yield lab, host
    finally:
        host.end()


def vxlan(frame):
    """(outer source, outer destination, UDP checksum, first word, VNI, inner
    frame) of a VXLAN packet over IPv4, else None."""
    if frame[12:14] != b"\x08\x00" or frame[36:38] != b"\x12\xb5":
        return None
    return (frame[26:30], frame[30:34], frame[40:42], frame[42:46],
            int.from_bytes(frame[46:49], "big"), frame[50:])


def sent(capture, src, dst):
    """The VXLAN packets between two addresses."""
    found = [vxlan(frame) for frame in capture.frames()]
    return [p for p in found
            if p and p[:2] == (wire.ip(src), wire.ip(dst))]


def test_both_ways(both):
    """Packets to rack are VXLAN without options, those to hv-2 Geneve with
    them; both in one VPC."""
    lab, host = both
    wanted = sorted(world.ct(*OPTIONAL))
    there = lab.wait_transmit("hv-1", "rack", "open", "optionless", [])
    assert there["omitted"] == [[key, "encapsulation"] for key in wanted]
    assert there["mtu"] == 1450
    with lab.capture("hv-1", "udp") as capture:
        lab.wait_ping("green-1", "10.1.0.90")
        host.ping("10.1.0.1")
        lab.wait_ping("green-1", "10.1.0.2")
        packets = wait_until(lambda: sent(capture, "192.0.2.1", RACK),
                             "packets to rack")
        back = wait_until(lambda: sent(capture, RACK, "192.0.2.1"),
                          "packets of rack")
        geneve = wait_until(lambda: capture.packets(
            "192.0.2.1", "192.0.2.2", vni=VNI, is_arp=False), "Geneve, too")
    for _, _, checksum, word, vni, _ in packets:
        assert (checksum, word, vni) == (bytes(2), b"\x08\0\0\0", VNI)
    assert {p[4] for p in back} == {VNI}
    assert sorted(geneve[0].options) == wanted
    assert not capture.packets(dst=RACK)
