"""Broadcast, unknown unicast and multicast: copies by ingress replication (RFC
8926, section 4.4.3), each with what its receiver negotiated, at a bounded
rate, to a bounded number of remotes.
"""
import time

import pytest

import wire
import world
from lab import resource
from waiting import pause, wait_until
from world import mac

ETHERTYPE = 0x88b5                      # For experiments (IEEE 802).
BOX = "192.0.2.250"
RATE = 50


@pytest.fixture(scope="module")
def nodes(own_lab):
    """web-1 and red-1 are on hv-1, web-2 on hv-2, and red-3 alone on hv-3.
    "box" is an NVE without an agent, which takes one option of web's."""
    lab = own_lab(3)
    lab.apply(*world.objects(2), world.vpc("red", 6000, optionProfile="web"),
              world.endpoint("red-1", "red", 1),
              world.endpoint("red-3", "red", 3),
              world.nve("box", BOX, "policy-label"),
              world.endpoint("web-9", "blue", 9, nve="box"))
    places = {"web-1": 1, "web-2": 2, "red-1": 1, "red-3": 3}
    for name, k in places.items():
        lab.plug("hv-%d" % k, name, wait=False)
    for name, k in places.items():
        lab.wait_running(name, "hv-%d" % k)
    lab.wait_transmit("hv-1", "hv-2", "web", "ok")
    lab.wait_transmit("hv-1", "hv-3", "web", "ok")
    lab.wait_transmit("hv-1", "box", "web", options=world.ct("policy-label"))
    lab.wait_ping("web-1", "10.0.0.2")
    lab.wait_ping("red-1", "10.0.0.3")
    know_mac(lab, "hv-1", BOX)
    return lab


def know_mac(lab, node, address):
    """Tells a node the MAC of an underlay address, where nobody answers."""
    lab.exec(node, "ovs-appctl", "tnl/neigh/set", "br-phy", address,
             "02:00:c0:00:02:%02x" % int(address.split(".")[-1]))


def copies(lab, dst):
    """Sends frames from web-1; returns the packets with them on the wire of
    its node, one for each outer address."""
    with lab.capture("hv-1") as capture:
        def seen():
            for _ in range(2):
                with lab.sending("web-1") as sock:
                    sock.send(wire.frame(mac(world.WEB[1]), dst, ETHERTYPE,
                                         b"." * 50))
                # When that is there, so is what was sent before.
                assert lab.ping("web-1", "10.0.0.2", count=1)
            packets = capture.packets(src="192.0.2.1")
            assert any(p.icmp_type == 8 for p in packets)
            return True
        wait_until(seen, "a ping follows")
        return {p.dst: p for p in capture.packets(src="192.0.2.1")
                if p.inner_dst == dst}


def test_copies(nodes):
    """One copy for each NVE with endpoints of that VPC, none for others, each
    with its receiver's options; tests/golden/replication-*.json has other
    cases."""
    packets = copies(nodes, wire.BROADCAST)
    assert sorted(packets) == ["192.0.2.2", BOX]
    assert all(packet.vni == world.VNI for packet in packets.values())
    assert (packets["192.0.2.2"].options
            == nodes.transmit("hv-1", "hv-2", "web")["options"])
    assert sorted(packets["192.0.2.2"].options) == world.ALL
    assert packets[BOX].options == world.ct("policy-label")


def drops(lab, endpoint="web-1", node="hv-1"):
    shown, = (e for e in lab.agentctl(node, "endpoint", "list")
              if e["name"] == endpoint)
    return shown["bumDropped"]


def meters(lab, node="hv-1"):
    """{id: line} of the meters of a node's integration bridge, but for those
    of what is handed to the agent."""
    text = lab.exec(node, "ovs-ofctl", "-O", "OpenFlow15", "dump-meters",
                    "br-int").replace("\ntype=", " type=")
    return {int(line.split()[0][6:]): line for line in text.splitlines()
            if line.startswith("meter=")
            and int(line.split()[0][6:]) < 131072}


def meter_mods(lab):
    return lab.agentctl("hv-1", "status")["openflow"]["meterMods"]


def flood(lab, endpoint, n=1500):
    """Sends n broadcasts, at 2000 a second if the machine can; returns how
    long it took."""
    frame = wire.frame(mac(world.WEB[1]), wire.BROADCAST, ETHERTYPE,
                       b"flood" + b"." * 50)
    begin = time.monotonic()
    with lab.sending(endpoint) as sock:
        for _ in range(n):
            sock.send(frame)
            pause(0.0005)
    return time.monotonic() - begin


def test_rate(nodes):
    """What an endpoint can make others receive is bounded; the rest is counted
    and shown; unicast and other endpoints are not concerned."""
    nodes.set("hv-1", nve_bum_rate=RATE)
    try:
        wait_until(lambda: all("rate=%d " % RATE in line
                               for line in meters(nodes).values()),
                   "the meters have the rate")
        assert len(meters(nodes)) == 2                   # web-1, red-1
        before = drops(nodes)
        with nodes.listening("web-2") as heard:
            seconds = flood(nodes, "web-1")
            # What is beyond the rate takes nothing from unicast.
            wait_until(lambda: nodes.ping("web-1", "10.0.0.2", count=20,
                                          interval=0.002) == 20,
                       "no ping is lost")
            arrived = sum(b"flood" in frame for frame in heard())
        # A second's worth at once, and then the rate, with room for clocks.
        assert arrived <= 1.3 * RATE * (1 + seconds) + 5, (arrived, seconds)
        assert arrived >= RATE / 2, arrived
        # Not all that was sent need have come to the switch.
        wait_until(lambda: drops(nodes) - before >= (1500 - arrived) / 2,
                   "drops are counted")
        assert "beyond its rate of broadcasts and multicasts" in " ".join(
            nodes.exec("hv-1", "agentctl", "endpoint", "list").split())
        assert drops(nodes, "red-1") == 0
        assert drops(nodes, "web-2") is None             # Not here.
    finally:
        nodes.set("hv-1", nve_bum_rate=None)
    wait_until(lambda: all("rate=1000 " in line
                           for line in meters(nodes).values()),
               "the meters have the default rate")


def test_no_limit(nodes):
    """A rate of 0: no meters.  A wrong one leaves the one before."""
    nodes.set("hv-1", nve_bum_rate=0)
    try:
        wait_until(lambda: not meters(nodes), "there are no meters")
        assert sorted(copies(nodes, wire.BROADCAST)) == ["192.0.2.2", BOX]
        assert drops(nodes) is None
        nodes.set("hv-1", nve_bum_rate="lots")
        wait_until(lambda: any("nve-bum-rate" in a["object"] + a["message"]
                               for a in nodes.agentctl("hv-1", "status")[
                                   "alarms"]), "the setting is complained of")
        assert not meters(nodes)
    finally:
        nodes.set("hv-1", nve_bum_rate=None)
    wait_until(lambda: len(meters(nodes)) == 2, "the meters are there again")


def test_meters_over_time(nodes):
    """Meters come and go with endpoints, and an agent that restarts finds its
    own and leaves alone those of others."""
    nodes.kill("hv-1", "geneve-agentd")
    for number in 5, 131000:
        nodes.exec("hv-1", "ovs-ofctl", "-O", "OpenFlow15", "add-meter",
                   "br-int",
                   "meter=%d,pktps,stats,bands=type=drop,rate=7" % number)
    old = meters(nodes)
    nodes.start_daemon("hv-1", "geneve-agentd")
    wait_until(lambda: 131000 not in meters(nodes), "a leftover is gone")
    assert {k: v for k, v in old.items() if k != 131000} == meters(nodes)
    assert meter_mods(nodes) == 1

    nodes.apply(world.endpoint("web-5", "blue", 5))
    nodes.plug("hv-1", "web-5")
    assert len(meters(nodes)) == 4
    nodes.unplug("web-5")
    wait_until(lambda: len(meters(nodes)) == 3, "its meter goes with it")
    nodes.delete("Endpoint", "web-5")

    # The switch forgets all.
    nodes.kill("hv-1", "ovs-vswitchd")
    nodes.start_daemon("hv-1", "ovs-vswitchd")
    wait_until(lambda: len(meters(nodes)) == 2, "the meters are there again")
    nodes.wait_ping("web-1", "10.0.0.2")
    know_mac(nodes, "hv-1", BOX)
    assert sorted(copies(nodes, wire.BROADCAST)) == ["192.0.2.2", BOX]


LIMIT = 175 - 1                         # One endpoint here, 252 option bytes.


def crowd(n):
    """NVEs without an agent that take two long options, an endpoint each."""
    table = {"mode": "replace", "options": [
        {"class": "0xff02", "type": "0x01", "length": 124},
        {"class": "0xff02", "type": "0x02", "length": 120}]}
    for k in range(n):
        yield resource("NVE", "box-%03d" % k, {
            "underlay": {"ips": ["192.0.2.%d" % (10 + k)]}, "static": table})
        yield resource("Endpoint", "box-%03d" % k, {
            "vpc": "crowd", "nve": "box-%03d" % k, "type": "vm",
            "mac": "02:00:0b:00:00:%02x" % k, "ips": []})


def alarm(lab):
    return next((a for a in lab.agentctl("hv-3", "status")["alarms"]
                 if a["reason"] == "replication-limit"), None)


def test_limit(nodes):
    """With full options a packet can be copied for so many remotes; those
    beyond are named in an alarm and get none, and the others all get
    theirs."""
    over = 3
    boxes = list(crowd(LIMIT + over))
    # The long options need the room of web's in the map.  Boxes acknowledge no
    # withdrawal, so only the grace time would end it.
    nodes.set("hv-3", nve_tunnel_mode="shared", nve_withdraw_grace=0)
    for n, length in (1, 124), (2, 120):
        nodes.apply(world.geneve_option("long-%d" % n, "0xff02/0x%02x" % n,
                                       length, {"constant": "0x" + "%02x" % n
                                                * length}))
    nodes.apply(world.profile("long", "long-1", "long-2"),
               world.vpc("crowd", 7000, "10.9.0.0/24", optionProfile="long"),
               world.endpoint("crowd-1", "crowd", 1, net="10.9.0"))
    nodes.apply(*boxes)
    nodes.plug("hv-3", "crowd-1")
    wait_until(lambda: alarm(nodes), "there is an alarm", 60)
    wait_until(lambda: "other %d," % over in alarm(nodes)["message"],
               "it has the right number", 60)
    assert alarm(nodes)["object"] == "VPC crowd"
    assert "to %d of them" % LIMIT in alarm(nodes)["message"]
    assert "from box-%03d on" % LIMIT in alarm(nodes)["message"]

    for k in range(LIMIT + over):
        know_mac(nodes, "hv-3", "192.0.2.%d" % (10 + k))

    def traced():
        text = nodes.exec(
            "hv-3", "ovs-appctl", "ofproto/trace", "br-int",
            "in_port=vm-crowd-1,dl_src=02:00:0a:09:00:01,dl_dst=%s,"
            "dl_type=%#x" % (wire.BROADCAST, ETHERTYPE))
        assert "over 64 kB" not in text and "resubmit actions" not in text
        actions = text[text.rindex("Datapath actions:"):]
        assert actions.count("tnl_push") == LIMIT, actions.count("tnl_push")
        assert actions.count("{class=0xff02,type=0x2,len=120") == LIMIT
        return True
    wait_until(traced, "all others get a copy")

    # Fewer remotes, no alarm.
    nodes.delete("Endpoint", *("box-%03d" % k for k in range(over)))
    wait_until(lambda: not alarm(nodes), "the alarm goes")
    wait_until(traced, "those that are left all get a copy")
