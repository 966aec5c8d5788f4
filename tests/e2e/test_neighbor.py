"""ARP and neighbour discovery: answered where they are asked, and nothing of
them on the underlay."""
import pytest

import wire
import world
from waiting import wait_until
from wire import BROADCAST, REPLY, REQUEST, arp

GATEWAY_MAC = "02:67:65:6e:65:01"
ALL_NODES = ("ff02::1", "33:33:00:00:00:01")
SIX = {k: "2001:db8:51::%d" % k for k in (1, 2, 3)}


def arps(frames):
    """Those of the frames that are ARP, without padding."""
    return [frame[:42] for frame in frames if frame[12:14] == b"\x08\x06"]


@pytest.fixture(scope="module")
def net(three_nodes):
    """A VPC with a gateway; n-1 and n-2 on hv-1, n-3 on hv-2."""
    lab = three_nodes
    objects = [
        world.vpc("arp", 5100, subnets=[
            {"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"},
            {"cidr": "2001:db8:51::/64", "gateway": "2001:db8:51::fe"}]),
        *(world.endpoint("n-%d" % k, "arp", k,
                         ips=["10.0.0.%d" % k, SIX[k]]) for k in (1, 2, 3))]
    with lab.temporary(*objects):
        for k, node in (1, "hv-1"), (2, "hv-1"), (3, "hv-2"):
            lab.plug(node, "n-%d" % k)
        lab.wait_ping("n-1", "10.0.0.3")
        lab.vm("n-1", "ip", "neigh", "flush", "all")
        yield lab
        for k in 1, 2, 3:
            lab.unplug("n-%d" % k)


MAC = {k: world.mac(world.endpoint("x", "arp", k)) for k in (1, 2, 3)}
LLA = {k: wire.link_local(MAC[k]) for k in MAC}


def test_a_request_is_answered_at_home(net):
    """For a neighbour here, one elsewhere, and the gateway; whether it was
    broadcast or asks whether the neighbour is still there.  What is not
    answered is in tests/golden/neighbor-*.json."""
    requests, answers = [], []
    for target, owner in (("10.0.0.2", MAC[2]), ("10.0.0.3", MAC[3]),
                          ("10.0.0.254", GATEWAY_MAC)):
        requests += [arp(REQUEST, MAC[1], "10.0.0.1", target, dst=dst)
                     for dst in (BROADCAST, owner)]
        answers += 2 * [arp(REPLY, owner, target, "10.0.0.1", MAC[1],
                            dst=MAC[1])]
    # What the host itself asks for comes before.
    assert net.ping("n-1", "10.0.0.3", count=1) == 1
    with net.sending("n-1") as sock, net.listening("n-1") as heard, \
            net.listening("n-2") as at_2, net.listening("n-3") as at_3, \
            net.capture("hv-1") as capture:
        for request in requests:
            sock.send(request)
        wait_until(lambda: len(arps(heard())) >= len(answers), "answers come")
        # An echo takes the same way: what would have come is there.
        assert net.ping("n-1", "10.0.0.3", count=1) == 1
        assert sorted(arps(heard())) == sorted(answers)
        assert not [a for a in arps(at_2()) + arps(at_3()) if a in requests]
        wait_until(lambda: [p for p in capture.packets() if p.icmp_type == 0],
                   "the echo is captured")
        assert not [p for p in capture.packets() if p.is_arp]


@pytest.fixture(scope="module", params=["flows", "agent"])
def nd(net, request):
    """Neighbour discovery is answered by flows, or, as with the kernel's
    datapath, by the agent.  The value says whether by the agent."""
    net.set("hv-1", nve_nd_answers=request.param)

    def switched():
        flows = net.exec("hv-1", "ovs-ofctl", "dump-flows", "br-int",
                         "table=8")
        return ("cookie" in flows) == (request.param == "flows")
    wait_until(switched, "hv-1 has it answered by " + request.param)
    yield request.param == "agent"
    net.set("hv-1", nve_nd_answers=None)


def solicit(src, target, dst=None, lladdr=MAC[1]):
    """Asks for an address: its group, or the neighbour with MAC 'dst'."""
    group, group_mac = wire.solicited_node(target)
    return wire.nd(135, MAC[1], dst or group_mac, src,
                   target if dst else group, target, lladdr)


def nd_frames(frames, kind):
    return [frame for frame in frames if frame[12:14] == b"\x86\xdd"
            and frame[20] == 58 and frame[54] == kind]


NEIGHBORS = [(SIX[2], MAC[2], 3), (SIX[3], MAC[3], 3), (LLA[3], MAC[3], 3),
             ("2001:db8:51::fe", GATEWAY_MAC, 7),
             (wire.link_local(GATEWAY_MAC), GATEWAY_MAC, 7)]


def test_a_solicitation_is_answered_at_home(net, nd):
    """The same for IPv6; gateways say that they are routers (RFC 4861,
    section 4.4)."""
    asked, answers = [], []
    for target, owner, flags in NEIGHBORS:
        asked += [solicit(SIX[1], target), solicit(SIX[1], target, owner),
                  solicit(LLA[1], target)]
        answers += [wire.nd(136, owner, MAC[1], target, src, target, owner,
                            flags) for src in (SIX[1], LLA[1])]
    with net.sending("n-1") as sock, net.listening("n-1") as heard, \
            net.listening("n-2") as at_2, net.listening("n-3") as at_3, \
            net.capture("hv-1") as capture:
        for frame in asked:
            sock.send(frame)
        wait_until(lambda: [nd_frames(heard(), 136).count(a)
                            for a in answers] == [2, 1] * len(NEIGHBORS),
                   "answers come")
        assert net.ping("n-1", SIX[3], count=1) == 1
        assert not [f for f in asked if f in at_2() + at_3()]
        wait_until(lambda: "2001:db8:51::3" in str(capture.read_bytes()) or
                   [p for p in capture.packets() if p.inner_dst == MAC[1]],
                   "the echo is captured")
        assert not [p for p in capture.packets() if p.is_nd]


def test_a_host_finds_its_neighbours(net, nd):
    """The VM's own stack, from an empty table."""
    with net.capture("hv-1") as capture:
        for vm in "n-1", "n-3":
            net.vm(vm, "ip", "neigh", "flush", "all")
        assert net.ping("n-1", SIX[3]) == 3
        assert net.ping("n-1", "10.0.0.3") == 3
        table = net.vm("n-1", "ip", "neigh", "show")
        assert "10.0.0.3 dev eth0 lladdr %s" % MAC[3] in table
        assert "%s dev eth0 lladdr %s" % (SIX[3], MAC[3]) in table
        wait_until(lambda: [p for p in capture.packets() if p.icmp_type == 0],
                   "the echo is captured")
        assert not [p for p in capture.packets() if p.is_arp or p.is_nd]


def test_nobody_has_my_ipv6_address(net, nd):
    """The same (RFC 4862, section 5.4): who tries another's address hears of
    it as all do, who has it does not.  Flows can add no option."""
    own, others = (solicit("::", SIX[k], lladdr=None) for k in (1, 3))
    with net.sending("n-1") as sock, net.listening("n-1") as heard, \
            net.listening("n-3") as at_3:
        sock.send(own)
        sock.send(others)
        wait_until(lambda: nd_frames(heard(), 136), "an answer comes")
        assert nd_frames(heard(), 136) == [
            wire.nd(136, MAC[3], ALL_NODES[1], SIX[3], ALL_NODES[0], SIX[3],
                    MAC[3] if nd else None, flags=1)]
        assert net.ping("n-1", "10.0.0.3", count=1) == 1
        assert not [f for f in at_3() if f in (own, others)]


def test_the_stack_finds_a_duplicate(net, nd):
    """Linux, when it is given the address of another."""
    try:
        net.vm("n-1", "sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=1")
        net.vm("n-1", "ip", "address", "add", SIX[3] + "/64", "dev", "eth0")
        wait_until(lambda: "dadfailed" in net.vm(
            "n-1", "ip", "-6", "address", "show", "dev", "eth0"),
            "it is found out")
    finally:
        net.vm("n-1", "ip", "address", "del", SIX[3] + "/64", "dev", "eth0")
