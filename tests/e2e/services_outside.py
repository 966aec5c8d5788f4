"""VPC red with LoadBalancers for the outside, and what tests of them do.

hv-1 and hv-2 are attached to the provider network and are the candidates of
the gateway.  Each of hv-2, hv-3 and hv-4 has a backend: hv-2 and hv-3 take the
option `service', hv-4 does not.  So answers of web-2 go out there (direct),
those of web-3 by the gateway (via), and web-4 sees the gateway as its client
(masquerade).
"""
import socket
import struct

import pytest

from lab import resource
from servers import Client, Servers
from waiting import SLOWNESS, wait_until

TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
VNI = 5001
VIP, VIP6, PORT = "198.51.100.80", "2001:db8:ffff::80", 8080
CLIENT = "198.51.100.1"
OPTION = {"class": "0xff01", "type": "0x8d", "length": 4}
DSR_OPTION = {"class": "0x014b", "type": "0x81", "length": 8}
WEBS = {"web-2", "web-3", "web-4"}


def endpoint(i):
    obj = resource("Endpoint", "web-%d" % i, {
        "vpc": "red", "nve": "hv-%d" % i, "type": "vm",
        "mac": "02:00:00:00:10:%02x" % i,
        "ips": ["10.0.0.%d" % i, "fd00::%d" % i]})
    obj["metadata"]["labels"] = {"app": "web", "name": "web-%d" % i}
    return obj


def service(name="web", address="10.0.0.100", external=VIP, labels=None,
            **spec):
    return resource("LoadBalancer", name, {
        "vpc": "red", "address": address, "externalAddress": external,
        "ports": [{"name": p.lower(), "protocol": p, "port": 80,
                   "targetPort": PORT} for p in ("TCP", "UDP")],
        "backends": {"endpointSelector": {
            "matchLabels": labels or {"app": "web"}}},
        "return": "auto", "sourceRanges": [], **spec})


def alone(name):
    """The address of a service with that backend alone."""
    return "198.51.100.9" + name[-1]


@pytest.fixture(scope="module")
def lab(own_lab):
    lab = own_lab(4, "4", outside=True)
    lab.set_receive("hv-4", {"options": []})
    lab.apply(
        resource("ExternalNetwork", "out", {
            "physicalNetwork": "physnet1",
            "subnets": [{"cidr": "198.51.100.0/24", "gateway": CLIENT},
                        {"cidr": "2001:db8:ffff::/64",
                         "gateway": "2001:db8:ffff::1"}]}),
        resource("GeneveOption", "service", dict(
            OPTION, value={"from": "service.vip"})),
        resource("GeneveOption", "cilium", dict(
            DSR_OPTION, value={"from": "service.dsr"})),
        resource("OptionProfile", "served", {
            "options": [{"name": "service"}, {"name": "cilium"}]}),
        resource("VPC", "red", {
            "vni": VNI, "optionProfile": "served",
            "subnets": [{"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"},
                        {"cidr": "fd00::/64", "gateway": "fd00::fe"}]}),
        *(endpoint(i) for i in (2, 3, 4)),
        resource("VPCGateway", "gw", {
            "vpc": "red", "externalNetwork": "out",
            "nodes": [{"nve": "hv-1", "priority": 200}, {"nve": "hv-2"}],
            "snat": [{"cidr": "10.0.0.0/24", "address": "198.51.100.10"}]}),
        service(), service("web6", "fd00::100", VIP6),
        *(service("one-" + name, "10.0.0.10" + name[-1], alone(name),
                  {"name": name}) for name in sorted(WEBS)))
    for i in (2, 3, 4):
        lab.plug("hv-%d" % i, "web-%d" % i)
    servers = Servers(lab)
    for i in (2, 3, 4):
        servers.add("web-%d" % i, "10.0.0.%d" % i, PORT)
        servers.add("web-%d" % i, "fd00::%d" % i, PORT)
    wait_until(lambda: answering(lab) == WEBS, "all answer")
    return lab


def ask(lab, address=VIP, kind=TCP, port=80, size=2, **kwargs):
    try:
        with Client(lab, "outside", address, port, kind, wait=2,
                    **kwargs) as c:
            return c.ask(size)
    except OSError as error:
        return type(error).__name__,


def answering(lab, address=VIP, kind=TCP, n=24):
    """Who answers 'n' connections."""
    return {ask(lab, address, kind)[0] for _ in range(n)}


def connect(lab, name, address=VIP, kind=TCP):
    """A connection that comes to backend 'name'."""
    for _ in range(100):
        c = Client(lab, "outside", address, 80, kind, wait=5 * SLOWNESS)
        if c.who() == name:
            return c
        c.close()
    raise AssertionError("nothing comes to %s" % name)


def inside_of(capture, src, dst, port=None):
    """The packets of the VPC between two nodes that carry TCP or UDP over
    IPv4, or those from or to 'port': [(their options' data, inner source,
    inner destination)]."""
    result = []
    for p in capture.packets(src="192.0.2.%d" % src, dst="192.0.2.%d" % dst,
                             vni=VNI):
        if (p.inner[12:14] == b"\x08\x00" and p.inner[23] in (6, 17)
                and port in (None, *struct.unpack("!HH", p.inner[34:38]))):
            result.append((dict(zip(p.options, p.data)),
                           socket.inet_ntoa(p.inner[26:30]),
                           socket.inet_ntoa(p.inner[30:34])))
    return result


def returned(lab):
    status = lab.get("LoadBalancer", "web")["status"]
    return {b["endpoint"]: b.get("return") for b in status["backends"]}
