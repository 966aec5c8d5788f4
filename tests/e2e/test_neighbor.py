"""ARP: answered where it is asked, and nothing of it on the underlay."""
import contextlib
import socket
import struct

import pytest

import wire
import world
from lab import wait_until

GATEWAY_MAC = "02:67:65:6e:65:01"
BROADCAST = "ff:ff:ff:ff:ff:ff"
REQUEST, REPLY = 1, 2
UNKNOWN = "10.0.0.123"                  # No object has it.


def arp(op, sha, spa, tpa, tha="00:00:00:00:00:00", dst=BROADCAST, src=None):
    """An ARP packet for IPv4 in Ethernet (RFC 826)."""
    return (wire.mac(dst) + wire.mac(src or sha) + b"\x08\x06" +
            struct.pack("!HHBBH", 1, 0x0800, 6, 4, op) + wire.mac(sha) +
            wire.ip(spa) + wire.mac(tha) + wire.ip(tpa))


@contextlib.contextmanager
def raw(lab, endpoint):
    """A socket that sends frames out of an endpoint."""
    with lab.inside("vm", endpoint):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sock.bind(("eth0", 0))
    with sock:
        yield sock


def arps(frames):
    """Those of the frames that are ARP, without padding."""
    return [frame[:42] for frame in frames if frame[12:14] == b"\x08\x06"]


@pytest.fixture(scope="module")
def net(three_nodes):
    """A VPC with a gateway; n-1 and n-2 on hv-1, n-3 on hv-2."""
    lab = three_nodes
    objects = [
        world.vpc("arp", 5100, subnets=[
            {"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"}]),
        *(world.endpoint("n-%d" % k, "arp", k) for k in (1, 2, 3))]
    with lab.temporary(*objects):
        for k, node in (1, "hv-1"), (2, "hv-1"), (3, "hv-2"):
            lab.plug(node, "n-%d" % k)
        lab.wait_ping("n-1", "10.0.0.3")
        lab.vm("n-1", "ip", "neigh", "flush", "all")
        yield lab
        for k in 1, 2, 3:
            lab.unplug("n-%d" % k)


MAC = {k: world.mac(world.endpoint("x", "arp", k)) for k in (1, 2, 3)}


@pytest.mark.parametrize("target, owner", [
    ("10.0.0.2", MAC[2]), ("10.0.0.3", MAC[3]), ("10.0.0.254", GATEWAY_MAC)])
@pytest.mark.parametrize("dst", [BROADCAST, None])
def test_a_request_is_answered_at_home(net, target, owner, dst):
    """For a neighbour here, one elsewhere, and the gateway; whether it was
    broadcast or asks whether the neighbour is still there."""
    with raw(net, "n-1") as sock, net.listening("n-1") as heard, \
            net.listening("n-2") as at_2, net.listening("n-3") as at_3, \
            net.capture("hv-1") as capture:
        sock.send(arp(REQUEST, MAC[1], "10.0.0.1", target, dst=dst or owner))
        answer = arp(REPLY, owner, target, "10.0.0.1", MAC[1], dst=MAC[1])
        wait_until(lambda: arps(heard()), "an answer comes")
        # An echo takes the same way: what would have come is there.
        assert net.ping("n-1", "10.0.0.3", count=1) == 1
        assert arps(heard()).count(answer) == 1
        assert [a for a in arps(heard()) if a[38:42] == wire.ip("10.0.0.1")
                and a[20:22] == b"\0\2"
                and a[28:32] == wire.ip(target)] == [answer]
        request = arp(REQUEST, MAC[1], "10.0.0.1", target, dst=dst or owner)
        assert request not in arps(at_2()) + arps(at_3())
        wait_until(lambda: [p for p in capture.packets() if p.icmp_type == 0],
                   "the echo is captured")
        assert not [p for p in capture.packets() if p.is_arp]


def test_a_host_finds_its_neighbours(net):
    """The VM's own stack, from an empty table."""
    with net.capture("hv-1") as capture:
        net.vm("n-1", "ip", "neigh", "flush", "all")
        net.vm("n-3", "ip", "neigh", "flush", "all")
        assert net.ping("n-1", "10.0.0.3") == 3
        table = net.vm("n-1", "ip", "neigh", "show")
        assert "10.0.0.3 dev eth0 lladdr %s" % MAC[3] in table
        wait_until(lambda: [p for p in capture.packets() if p.icmp_type == 0],
                   "the echo is captured")
        assert not [p for p in capture.packets() if p.is_arp]


def test_nobody_has_my_address(net):
    """Detection of duplicates (RFC 5227): a probe for one's own address is
    not answered, one for another's is."""
    with raw(net, "n-1") as sock, net.listening("n-1") as heard, \
            net.listening("n-2") as at_2:
        sock.send(arp(REQUEST, MAC[1], "0.0.0.0", "10.0.0.1"))
        sock.send(arp(REQUEST, MAC[1], "0.0.0.0", "10.0.0.3"))
        wait_until(lambda: arps(heard()), "an answer comes")
        assert arps(heard()) == [arp(REPLY, MAC[3], "10.0.0.3", "0.0.0.0",
                                     MAC[1], dst=MAC[1])]
        assert not arps(at_2())


def test_what_nobody_is_known_to_have_is_asked_everywhere(net):
    """Behind an NVE without an agent there may be hosts whose address no
    object has."""
    request = arp(REQUEST, MAC[1], "10.0.0.1", UNKNOWN)
    with raw(net, "n-1") as sock, net.listening("n-1") as heard, \
            net.listening("n-2") as at_2, net.listening("n-3") as at_3:
        sock.send(request)
        for at in at_2, at_3:
            wait_until(lambda at=at: request in arps(at()), "it is asked")
        assert not [a for a in arps(heard()) if a[28:32] == wire.ip(UNKNOWN)]


def test_an_endpoint_may_be_the_gateway(net):
    """An Endpoint with the gateway's address has it."""
    router = net.get("Endpoint", "n-2")
    router["spec"]["ips"].append("10.0.0.254")
    request = arp(REQUEST, MAC[1], "10.0.0.1", "10.0.0.254")
    with raw(net, "n-1") as sock, net.listening("n-1") as heard:
        def answered_by(mac):
            del heard()[:]
            sock.send(request)
            wait_until(lambda: arps(heard()), "an answer comes")
            return {a[22:28] for a in arps(heard())} == {wire.mac(mac)}
        assert answered_by(GATEWAY_MAC)
        net.patch("Endpoint", "n-2", {"spec": {"ips": router["spec"]["ips"]}})
        wait_until(lambda: answered_by(MAC[2]), "the endpoint answers")
        net.patch("Endpoint", "n-2", {"spec": {"ips": ["10.0.0.2"]}})
        wait_until(lambda: answered_by(GATEWAY_MAC), "the gateway is back")


def test_other_vpcs_answer_nothing(net):
    """The same addresses, elsewhere."""
    with net.temporary(world.vpc("arp-2", 5101),
                       world.endpoint("m-1", "arp-2", 1)):
        net.plug("hv-1", "m-1")
        try:
            with raw(net, "m-1") as sock, net.listening("m-1") as heard:
                for target in "10.0.0.2", "10.0.0.3", "10.0.0.254":
                    sock.send(arp(REQUEST, MAC[1], "10.0.0.1", target))
                # What is for itself is not sent: wait by way of a neighbour.
                net.vm("m-1", "ping", "-c1", "-W0.3", "10.0.0.77",
                       check=False)
                assert not arps(heard())
        finally:
            net.unplug("m-1")
