"""VPC green, and what tests of policies do in it.

db-1 and web-1 are on hv-1, web-2 and app-2 on hv-2.  Names are roles, and each
role is a label set with a number of its own, so that what a test sees comes
from the wire and from the policy and not from an address.  db-1 is what
policies select.  web-1 and app-2 are in another subnet than db-1 and web-2, so
that what is let through was routed, too.

A TCP connection to a port where nobody listens is refused, by an RST: for a
packet filter that is a connection as good as any, and needs no server.
"""
import contextlib
import socket

import wire
import world
from lab import resource
from waiting import wait_until

VNI = 6000
DB, WEB_1, WEB_2, APP = "10.1.0.1", "10.2.0.2", "10.1.0.3", "10.2.0.4"
DB6 = "fd00:1::1"
NUMBERS = {"db": 7, "web": 11, "app": 12}
LABEL = world.CT["policy-label"]


def green(name, role, number, net="10.1.0"):
    obj = world.endpoint(name, "green", number, net=net,
                         policyLabel=NUMBERS[role])
    obj["spec"]["ips"].append("fd00:1::%x" % number)
    obj["metadata"]["labels"] = {"role": role}
    return obj


ENDPOINTS = {"db-1": green("db-1", "db", 1),
             "web-1": green("web-1", "web", 2, "10.2.0"),
             "web-2": green("web-2", "web", 3),
             "app-2": green("app-2", "app", 4, "10.2.0")}
PLACES = {"db-1": "hv-1", "web-1": "hv-1", "web-2": "hv-2", "app-2": "hv-2"}


def selector(**labels):
    return {"endpointSelector": {"matchLabels": labels}}


def policy(name, *rules, select=None):
    """A policy of VPC green for db-1, or for what 'select' says."""
    return resource("VPCPolicy", name, {
        "vpc": "green",
        "endpointSelector": ({"matchLabels": {"role": "db"}} if select is None
                             else select),
        "ingress": list(rules)})


def port(protocol, first=None, last=None):
    result = {"protocol": protocol}
    if first:
        result["port"] = first
    if last:
        result["endPort"] = last
    return result


# What is to come may take its time on a busy machine; what is not to come is
# not waited for longer than that.
LONG, SHORT = 5, 0.4


def tcp(lab, src, address, number, wait=LONG):
    """Whether a TCP connection gets there and an answer comes back."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with lab.inside("vm", src):
        sock = socket.socket(family)
    with sock:
        sock.settimeout(wait)
        try:
            sock.connect((address, number))
        except ConnectionRefusedError:
            return True
        except TimeoutError:
            return False
    return True


def closed(lab, src, address, number):
    return not tcp(lab, src, address, number, SHORT)


class Server:
    """A UDP socket of an endpoint, that answers if asked to."""

    def __init__(self, lab, endpoint, address, number):
        self.lab = lab
        with lab.inside("vm", endpoint):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, number))
        self.address = address, number

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def hears(self, src, size=20, wait=LONG):
        """Whether a datagram from an endpoint arrives, and its answer."""
        with self.lab.inside("vm", src):
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with client:
            # Let the kernel fragment; DF is for path MTU discovery.
            client.setsockopt(socket.IPPROTO_IP, 10, 0)
            client.settimeout(wait)
            self.socket.settimeout(wait)
            client.sendto(b"?" * size, self.address)
            try:
                data, peer = self.socket.recvfrom(65536)
                self.socket.sendto(data, peer)
                return len(client.recv(65536)) == size
            except TimeoutError:
                return False


def acl(lab, node):
    """The flows of policies of a node, without what counts or ages."""
    text = lab.exec(node, "ovs-ofctl", "-O", "OpenFlow15", "--no-stats",
                    "dump-flows", "br-int", "table=41")
    return sorted(line.strip() for line in text.splitlines() if "reg7" in line)


def load(lab):
    """VPC green on two nodes; the label is optional in its profile."""
    lab.apply(
        *(world.geneve_option(name, key, length, value)
          for name, (key, length, value, _) in world.OPTIONS.items()),
        world.profile("plain", "policy-label", "endpoint-type"),
        world.profile("strict", ("policy-label", True)),
        resource("VPC", "green", {
            "vni": VNI, "tenantId": world.TENANT, "optionProfile": "plain",
            "subnets": [{"cidr": "10.1.0.0/24", "gateway": "10.1.0.254"},
                        {"cidr": "10.2.0.0/24", "gateway": "10.2.0.254"},
                        {"cidr": "fd00:1::/64", "gateway": "fd00:1::fe"}]}),
        *ENDPOINTS.values())
    for name, node in PLACES.items():
        lab.plug(node, name, wait=False)
    for name, node in PLACES.items():
        lab.wait_running(name, node)
    world.settle(lab, {n: world.ct("endpoint-type", "policy-label")
                       for n in lab.names}, "plain")
    for src in "web-1", "web-2", "app-2":
        lab.wait_ping(src, DB)


@contextlib.contextmanager
def enforced(lab, *policies):
    """Policies that are in force while in the block, the first of which
    allows app-2 nothing."""
    names = {p["metadata"]["name"] for p in policies}
    with lab.temporary(*policies):
        for node in lab.names:
            wait_until(lambda node=node: names <= {
                p["name"] for p in lab.agentctl(node, "policy", "list")},
                       "%s knows the policies" % node)
        wait_until(lambda: not tcp(lab, "app-2", DB, 9, wait=0.2),
                   "the policy is in force")
        yield
    wait_until(lambda: tcp(lab, "app-2", DB, 9), "db-1 is open again")


def send(lab, options, src_ip, number, marker):
    """Puts a UDP packet for db-1 on the wire of hv-1, from hv-2."""
    lab.inject("hv-1", wire.geneve(VNI, wire.inner(
        world.mac(ENDPOINTS["web-2"]), world.mac(ENDPOINTS["db-1"]), src_ip,
        DB, marker, number), options), "192.0.2.2")


def label(number):
    return wire.option(LABEL, number.to_bytes(4, "big"))


def hears_only(lab, good, bad):
    """Each of 'bad' is sent, then 'good', until that is heard, and no other.
    They are arguments of send() without the marker."""
    with lab.listening("db-1") as heard:
        for args in bad:
            send(lab, *args, b"not let in")
        wait_until(lambda: send(lab, *good, b"let in") or any(
            b" let in" in b" " + frame[-6:] for frame in heard()),
                   "the good one is heard")
        assert not any(b"not let in" in frame for frame in heard())
