"""An address that gets another MAC: its neighbours, who have asked for
nothing, are told at once, on every node."""
import contextlib
import datetime
import re

import pytest

import world
from waiting import SLOWNESS, wait_until

V4, V6 = "10.0.0.3", "2001:db8:52::3"
NEW_MAC = "02:00:0a:00:00:f3"


def neighbours(lab, endpoint):
    """What its host knows of the address, without asking."""
    return "".join(lab.vm(endpoint, "ip", "neigh", "show", address)
                   for address in (V4, V6))


@pytest.fixture(scope="module")
def net(three_nodes):
    """a-1 on hv-1, a-2 on hv-2, b-3 on hv-2; the first two know b-3."""
    lab = three_nodes
    names = {"a-1": "hv-1", "a-2": "hv-2", "b-3": "hv-2"}
    objects = [world.vpc("moved", 5195, subnets=[
        {"cidr": "10.0.0.0/24"}, {"cidr": "2001:db8:52::/64"}])]
    objects += [world.endpoint(
        name, "moved", int(name[2:]),
        ips=["10.0.0." + name[2:], "2001:db8:52::" + name[2:]])
        for name in names]
    with lab.temporary(*objects):
        for name, node in names.items():
            lab.plug(node, name)
        for name in "a-1", "a-2":
            lab.wait_ping(name, V4)
            lab.wait_ping(name, V6)
        yield lab
        for name in "a-1", "a-2":
            lab.unplug(name)


@contextlib.contextmanager
def logged(lab, *levels):
    """hv-1's agent logs that, too."""
    set_levels = ["ovs-appctl", "-t", "geneve-agentd", "vlog/set"]
    lab.on("hv-1", *set_levels, *levels)
    try:
        yield
    finally:
        lab.on("hv-1", *set_levels, "file:info")


def get_pauses(log):
    """How long each announcement that the agent has logged waited for the
    flows that its last bundle had: seconds."""
    begun = None
    for word, what in re.findall(r"^(\S+)Z\|.*(changing|announced)", log,
                                 re.M):
        when = datetime.datetime.fromisoformat(word)
        if what == "changing":
            begun = when
        else:
            yield (when - begun).total_seconds()


def test_an_address_elsewhere_is_announced_at_once(net):
    """Nobody else waits for flows of what is on other nodes.  That one has no
    agent, so nothing comes that the switch could be heard along with."""
    macs = ["02:00:0a:00:00:e%d" % i for i in range(8)]
    log = net.dir / "hv-1" / "geneve-agentd.log"
    n_before = len(log.read_text())
    paper = world.nve("paper", "192.0.2.9")

    def elsewhere(mac):
        return world.endpoint("d-4", "moved", 4, mac=mac, nve="paper",
                              policyLabel=104)

    def pauses():
        return list(get_pauses(log.read_text()[n_before:]))

    with net.temporary(paper, elsewhere(macs[0])), logged(
            net, "ofctrl:file:dbg", "announcements:file:dbg"):
        for n, mac in enumerate(macs[1:], 1):
            net.apply(elsewhere(mac))
            wait_until(lambda n=n: len(pauses()) == n, "it is announced")
        assert min(pauses()) < 0.01 * SLOWNESS


def test_address_gets_another_mac(net):
    """Without that, hosts send to the old MAC for 12 to 22 seconds; here they
    send nothing, so what they know could not change at all."""
    old = world.mac(net.get("Endpoint", "b-3"))
    assert neighbours(net, "a-1").count(old) == 2
    net.unplug("b-3")
    net.delete("Endpoint", "b-3")
    successor = world.endpoint("c-3", "moved", 3, mac=NEW_MAC, ips=[V4, V6])
    with net.temporary(successor):
        net.plug("hv-2", "c-3")
        try:
            for name in "a-1", "a-2":
                wait_until(lambda n=name: neighbours(net, n).count(NEW_MAC)
                           == 2, "%s knows of the new MAC" % name)
                assert net.ping(name, V4) == 3
                assert net.ping(name, V6) == 3
        finally:
            net.unplug("c-3")
