"""VPC red with a gateway, and what tests of gateways do with it.

hv-1 and hv-2 are attached to the provider network and are the candidates, and
hv-3 only has an endpoint of the VPC.
"""
import contextlib
import socket
import threading
import time

import pytest

from lab import resource
from waiting import SLOWNESS, pause, wait_until

SNAT = "198.51.100.10"
OUT = resource("ExternalNetwork", "out", {
    "physicalNetwork": "physnet1",
    "subnets": [{"cidr": "198.51.100.0/24", "gateway": "198.51.100.1"},
                {"cidr": "2001:db8:ffff::/64",
                 "gateway": "2001:db8:ffff::1"}]})
OBJECTS = [
    OUT,
    resource("GeneveOption", "endpoint-type", {
        "class": "0xff01", "type": "0x02", "length": 4,
        "value": {"from": "endpoint.type"}}),
    resource("GeneveOption", "tenant-id", {
        "class": "0xff01", "type": "0x06", "length": 16,
        "value": {"from": "vpc.tenantId"}}),
    resource("OptionProfile", "typed", {
        "options": [{"name": "endpoint-type"}, {"name": "tenant-id"}]}),
    resource("VPC", "red", {
        "vni": 5001, "optionProfile": "typed",
        "tenantId": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "subnets": [{"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"},
                    {"cidr": "fd00::/64", "gateway": "fd00::fe"}]}),
] + [
    resource("Endpoint", "in-%d" % i, {
        "vpc": "red", "nve": "hv-%d" % i, "type": "vm",
        "mac": "02:00:00:00:10:%02x" % i,
        "ips": ["10.0.0.%d" % i, "fd00::%d" % i]})
    for i in (1, 2, 3)
]
NODES = [{"nve": "hv-1", "priority": 200}, {"nve": "hv-2"}]


def gateway(**spec):
    return resource("VPCGateway", "gw", dict({
        "vpc": "red", "externalNetwork": "out", "nodes": NODES,
        "maxConnections": 100000,
        "snat": [{"cidr": "10.0.0.0/24", "address": SNAT},
                 {"cidr": "fd00::/64", "address": "2001:db8:ffff::10"}]},
        **spec))


@pytest.fixture(scope="module")
def lab(own_lab):
    lab = own_lab(3, "4", outside=True)
    lab.apply(*OBJECTS)
    lab.apply(gateway())
    for i in (1, 2, 3):
        lab.plug("hv-%d" % i, "in-%d" % i)
    wait_gets(lab, "in-3")
    return lab


def get(lab, endpoint, url="http://198.51.100.1/", timeout=2):
    return lab.vm(endpoint, "curl", "-s", "-m", timeout, url,
                  check=False).split()


def wait_gets(lab, endpoint):
    """Waits until the outside answers; returns what address it sees."""
    return wait_until(lambda: get(lab, endpoint), "%s is answered" % endpoint)


def vsctl(lab, node, *args):
    return lab.exec(node, "ovs-vsctl", *args).strip()


def tunnel(lab, node, remote):
    """The name of the tunnel port of 'node' to 'remote'."""
    return vsctl(lab, node, "--bare", "--columns=name", "find", "interface",
                 "external_ids:nve-remote=" + remote)


def bfd(lab, node, remote):
    """(state, forwarding) of BFD to 'remote'."""
    port = tunnel(lab, node, remote)
    return tuple(
        vsctl(lab, node, "--if-exists", "get", "interface", port,
              "bfd_status:" + key).strip('"')
        for key in ("state", "forwarding"))


def listed(lab, node):
    return lab.agentctl(node, "gateway", "list")[0]


def wait_here(lab, *parts):
    """Waits until hv-1, hv-2 ... have the parts that are said."""
    for i, part in enumerate(parts, 1):
        wait_until(lambda: listed(lab, "hv-%d" % i)["here"] == part,
                   "hv-%d is %s" % (i, part))


def wait_settled(lab):
    """Waits until hv-1 is the gateway, and everybody knows it."""
    wait_here(lab, "active", "standby", "source")
    for node in "hv-1", "hv-2", "hv-3":
        for remote in sorted({"hv-1", "hv-2"} - {node}):
            wait_until(lambda: bfd(lab, node, remote) == ("up", "true"),
                       "BFD is up from %s to %s" % (node, remote))


@contextlib.contextmanager
def changed(lab, **members):
    """The gateway is another one while in the block."""
    lab.apply(gateway(**members))
    try:
        yield
    finally:
        lab.apply(gateway())


@contextlib.contextmanager
def dead_switch(lab):
    with lab.without("hv-1", "ovs-vswitchd"):
        yield


@contextlib.contextmanager
def cut_off(lab):
    """From the underlay; its uplink is all right."""
    lab.exec("fabric", "ip", "link", "set", "hv-1", "down")
    try:
        yield
    finally:
        lab.exec("fabric", "ip", "link", "set", "hv-1", "up")


@contextlib.contextmanager
def dead_uplink(lab):
    lab.exec("fabric", "ip", "link", "set", "ext-hv-1", "down")
    try:
        yield
    finally:
        lab.exec("fabric", "ip", "link", "set", "ext-hv-1", "up")


@contextlib.contextmanager
def no_mapping(lab):
    """Without a drain."""
    key = "external_ids"
    mapping = "nve-bridge-mappings"
    value = vsctl(lab, "hv-1", "get", "open_vswitch", ".", key + ":" + mapping)
    vsctl(lab, "hv-1", "remove", "open_vswitch", ".", key, mapping)
    try:
        yield
    finally:
        vsctl(lab, "hv-1", "set", "open_vswitch", ".",
              "%s:%s=%s" % (key, mapping, value))


class Echo:
    """Packets from an endpoint to a host outside and back, one every 10 ms:
    over one TCP connection, or UDP."""

    def __init__(self, lab, kind, endpoint="in-3"):
        self.times, self.sent, self.ending = [], 0, False
        with lab.inside("exec", "outside"):
            self.server = socket.socket(type=kind)
        self.server.bind(("198.51.100.1", 0))
        with lab.inside("vm", endpoint):
            self.client = socket.socket(type=kind)
        self.client.settimeout(10)
        if kind == socket.SOCK_STREAM:
            self.server.listen()
            self.client.connect(self.server.getsockname())
            self.server = self.server.accept()[0]
            for end in self.client, self.server:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            self.client.connect(self.server.getsockname())
        self.threads = [threading.Thread(target=f, daemon=True)
                        for f in (self.answer, self.receive)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.sender = threading.Thread(target=self.send, daemon=True)
        self.sender.start()
        return self

    def __exit__(self, *args):
        self.ending = True
        self.sender.join()
        for end in self.client, self.server:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def send(self):
        while not self.ending:
            with contextlib.suppress(OSError):
                self.client.send(b"x" * 8)
                self.sent += 1
            pause(0.01)

    def answer(self):
        with contextlib.suppress(OSError):
            while True:
                data, sender = self.server.recvfrom(2048)
                if not data:
                    return
                if sender:
                    self.server.sendto(data, sender)
                else:
                    self.server.sendall(data)

    def receive(self):
        """Waits on if nothing comes for a long time: it may come yet."""
        with contextlib.suppress(OSError):
            while True:
                with contextlib.suppress(TimeoutError):
                    data = self.client.recv(2048)
                    if not data:
                        return
                    self.times.append(time.monotonic())

    def lost(self):
        """Ceases to send; returns how many packets were not answered."""
        self.ending = True
        self.sender.join()
        with contextlib.suppress(AssertionError):
            wait_until(lambda: self.sent == len(self.times), "all answers",
                       0.5 * SLOWNESS)
        return self.sent - len(self.times)

    def lasts(self, seconds):
        """Goes on for a while; answers must come to the end of it."""
        pause(seconds * SLOWNESS)
        assert (self.times
                and time.monotonic() - self.times[-1] < 0.5 * SLOWNESS), (
            "no answers any more")

    def gap(self):
        """The longest time without an answer, in seconds."""
        return max(after - before for before, after
                   in zip(self.times, self.times[1:]))
