"""QoS: limits of endpoints, outer DSCP by class, the class in its option and
what the receiver's node makes of it.

The phone is web-1 on hv-1; frames are made by hand, so that every field of
them is known.  Limits are compared as ratios, with bounds that a busy machine
keeps."""
import contextlib
import json
import re
import socket
import sys
import textwrap

import pytest

import wire
import world
from lab import KERNEL, ApiError, resource
from traffic import Traffic
from waiting import wait_until

CLASS, DSCP = "0xff01/0x03", "0xff01/0x0e"
VOICE, BULK = 7, 5
EF, CS1 = 46, 8
TOS = 0x29                          # AF11 and ECT(1).


def qos_class(name, number, **spec):
    return resource("QoSClass", name, {"number": number, **spec})


def qos_policy(name="voice", app="phone", **spec):
    return resource("QoSPolicy", name, {
        "vpc": "blue", "endpointSelector": {"matchLabels": {"app": app}},
        **spec})


def endpoint(k, **spec):
    obj = world.endpoint("web-%d" % k, "blue", k, **spec)
    del obj["spec"]["qosClass"]
    obj["metadata"]["labels"] = {"app": "phone" if k == 1 else "other"}
    return obj


@pytest.fixture(scope="module")
def two(own_lab):
    lab = own_lab(2)
    lab.apply(
        world.geneve_option("qos-class", CLASS, 4, "endpoint.qosClass"),
        world.geneve_option("inner-dscp", DSCP, 4, "packet.dscp"),
        world.profile("web", "qos-class", "inner-dscp"),
        world.vpc("blue", world.VNI, optionProfile="web"),
        *(endpoint(k) for k in (1, 2, 3)),
        qos_class("voice", VOICE, dscp=EF, queue=2),
        qos_class("bulk", BULK, dscp=CS1))
    for k, node in ((1, "hv-1"), (2, "hv-2"), (3, "hv-2")):
        lab.plug(node, "web-%d" % k)
    for a, b in lab.pairs:
        lab.wait_transmit(a, b, "web", "ok", [CLASS, DSCP])
    lab.wait_ping("web-1", "10.0.0.2")
    lab.wait_ping("web-1", "10.0.0.3")
    return lab


def frame(a, b, tos, payload=b"qos"):
    return wire.inner(world.mac(world.WEB[a]), world.mac(world.WEB[b]),
                      "10.0.0.%d" % a, "10.0.0.%d" % b, payload, tos=tos)


def is_ours(data):
    """Whether it is one of frame()'s, and not an ICMP error that quotes it."""
    return b"qos" in data and data[23] == socket.IPPROTO_UDP


def on_the_way(lab, a, b, tos, wanted, order=None):
    """Sends frames until one is on the wire as 'wanted': (outer traffic class,
    inner one, {option: number}), and with the options in that order if there
    is any.  Returns the frames that the receiver got
    since the last one that was not."""
    def look():
        with lab.capture(node_of(a)) as capture, lab.sending(
                "web-%d" % a) as out, lab.listening("web-%d" % b) as heard:
            out.send(frame(a, b, tos))
            packets = wait_until(
                lambda: [p for p in capture.packets() if is_ours(p.inner)],
                "the packet leaves")
            frames = wait_until(lambda: [f for f in heard() if is_ours(f)],
                                "the packet comes")
        p = packets[-1]
        seen = (p.tos, p.inner[15],
                {o: int.from_bytes(d, "big")
                 for o, d in zip(p.options, p.data)})
        assert seen == wanted, seen
        assert order in (None, p.options), p.options
        return frames
    return wait_until(look, "packets as %s" % (wanted,))


def node_of(k):
    return "hv-1" if k == 1 else "hv-2"


def test_pipe(two):
    """The outer DSCP is the class's, ECN is that of the inner header, and that
    one is left alone.  The other way there is no class."""
    with two.temporary(qos_policy(**{"class": "voice"})):
        got = on_the_way(two, 1, 2, TOS, (EF << 2 | 1, TOS, {
            CLASS: VOICE, DSCP: TOS >> 2}))
        assert [f[15] for f in got] == [TOS]
        on_the_way(two, 2, 1, TOS, (1, TOS, {DSCP: TOS >> 2}))
    on_the_way(two, 1, 2, TOS, (1, TOS, {DSCP: TOS >> 2}))


def test_endpoint_says_its_class(two):
    """spec.qosClass counts more than a policy's class."""
    with two.temporary(qos_policy(**{"class": "voice"})):
        two.patch("Endpoint", "web-1", {"spec": {"qosClass": BULK}})
        try:
            on_the_way(two, 1, 2, TOS, (CS1 << 2 | 1, TOS, {
                CLASS: BULK, DSCP: TOS >> 2}))
        finally:
            two.patch("Endpoint", "web-1", {"spec": {"qosClass": None}})
        on_the_way(two, 1, 2, TOS, (EF << 2 | 1, TOS, {
            CLASS: VOICE, DSCP: TOS >> 2}))


def test_uniform(two):
    """Both headers have the class's DSCP on the way, and the receiver's node
    restores the inner one; ECN is nobody's to change.  For a remote that does
    not restore it, it stays."""
    policy = qos_policy(**{"class": "voice", "model": "uniform"})
    with two.temporary(policy):
        got = on_the_way(two, 1, 2, TOS, (EF << 2 | 1, EF << 2 | 1, {
            CLASS: VOICE, DSCP: TOS >> 2}))
        assert [f[15] for f in got] == [TOS]
        two.set_receive("hv-2", {"options": [
            {"class": "0xff01", "type": "0x03", "length": 4}]})
        try:
            got = on_the_way(two, 1, 2, TOS, (EF << 2 | 1, TOS,
                                              {CLASS: VOICE}))
            assert [f[15] for f in got] == [TOS]
        finally:
            two.restore()
        on_the_way(two, 1, 2, TOS, (EF << 2 | 1, EF << 2 | 1, {
            CLASS: VOICE, DSCP: TOS >> 2}))


@contextlib.contextmanager
def further_plan(lab):
    """While in the block, hv-1 serves hv-2 by the bridge of a further plan:
    a remote without an agent insists on the base plan's order, and hv-2 on the
    other one, which the block gets."""
    def table(keys):
        return {"order": "strict", "options": [
            {"class": key[:6], "type": key[7:], "length": 4} for key in keys]}

    def plan_of(node, order):
        return lab.wait_transmit("hv-1", node, "web", "ok", order)["plan"]
    base = lab.wait_transmit("hv-1", "hv-2", "web", "ok")["options"]
    assert len(base) == 2
    with lab.temporary(
            resource("NVE", "box", {"underlay": {"ips": ["192.0.2.99"]},
                                    "static": {"mode": "replace",
                                               **table(base)}}),
            endpoint(9, nve="box")):
        assert plan_of("box", base) == 0
        lab.set_receive("hv-2", table(base[::-1]))
        try:
            assert plan_of("hv-2", base[::-1]) > 0
            yield base[::-1]
            assert plan_of("hv-2", base[::-1]) > 0
        finally:
            lab.restore()
    wait_until(lambda: len(lab.agentctl("hv-1", "plan", "list")) == 1,
               "the further plan ends")
    lab.wait_transmit("hv-1", "hv-2", "web", "ok")


def test_by_a_further_plan(two):
    """A remote that has a plan of its own is sent the same DSCPs."""
    both = {CLASS: VOICE, DSCP: TOS >> 2}
    with further_plan(two) as order:
        with two.temporary(qos_policy(**{"class": "voice"})):
            on_the_way(two, 1, 2, TOS, (EF << 2 | 1, TOS, both), order)
            two.patch("QoSPolicy", "voice", {"spec": {"model": "uniform"}})
            got = on_the_way(two, 1, 2, TOS, (EF << 2 | 1, EF << 2 | 1, both),
                             order)
            assert [f[15] for f in got] == [TOS]
            traced = two.agentctl("hv-1", "trace", "web-1", "web-2")
            assert traced["outcome"] == "sent", traced
            assert [(t["nve"], t["plan"] > 0) for t in traced["tunnels"]] == [
                ("hv-2", True)]
            two.patch("QoSPolicy", "voice", {"spec": {"class": "bulk"}})
            on_the_way(two, 1, 2, TOS, (CS1 << 2 | 1, CS1 << 2 | 1, {
                **both, CLASS: BULK}), order)
        on_the_way(two, 1, 2, TOS, (1, TOS, {DSCP: TOS >> 2}))


def test_explain_says_what_becomes_of_the_dscp(two):
    def rules(remote):
        return [line["rule"] for line in two.agentctl(
            "hv-1", "explain", remote)["lines"]]
    assert "qos-uniform" in rules("hv-2")
    classes = {c["name"]: c["state"]
               for c in two.agentctl("hv-1", "qos", "list")["classes"]}
    assert classes == {"voice": "InForce", "bulk": "InForce"}


def test_trace_follows_packets_of_a_class(two):
    limits = {"egress": {"kbps": 100000}, "ingress": {"pps": 50000}}
    with two.temporary(qos_policy(**{"class": "voice", **limits})):
        on_the_way(two, 1, 2, TOS, (EF << 2 | 1, TOS, {
            CLASS: VOICE, DSCP: TOS >> 2}))
        for node, ends in (("hv-1", ("web-1", "web-2")),
                           ("hv-1", ("web-1", "web-3"))):
            traced = two.agentctl(node, "trace", *ends)
            assert traced["outcome"] == "sent", traced
            assert [t["nve"] for t in traced["tunnels"]] == ["hv-2"]
        with two.temporary(qos_policy("all", app="other", **limits)):
            wait_meter(two, "hv-2", "rate=50000 burst_size=50000")
            traced = two.agentctl("hv-2", "trace", "web-3", "web-2")
            assert traced["outcome"] == "delivered", traced


def test_receiver_acts_on_the_option(two):
    """The receiver's node knows no more of the sender's class than the option
    says: it sets the class's queue, and the class as the packet's mark."""
    def delivered(queue, mark):
        flows = two.exec("hv-2", "ovs-appctl", "dpctl/dump-flows")
        return [line for line in flows.splitlines()
                if "10.0.0.1" in line or "tun_id=0x1388" in line
                if ("set(skb_priority(%#x))" % priority(queue) in line)
                == bool(queue)
                and ("set(skb_mark(%#x))" % mark in line) == bool(mark)]

    def look(queue, mark):
        def looked():
            on_the_way_once(two)
            return delivered(queue, mark)
        wait_until(looked, "a datapath flow with queue %d, mark %d" % (
            queue, mark))
    with two.temporary(qos_policy(**{"class": "voice"})):
        look(2, VOICE)
        two.patch("QoSClass", "voice", {"spec": {"queue": 3}})
        try:
            look(3, VOICE)
        finally:
            two.patch("QoSClass", "voice", {"spec": {"queue": 2}})
    with two.temporary(qos_policy(**{"class": "bulk"})):
        look(0, BULK)


def priority(queue):
    """What a queue is in the datapath: in the kernel's, a class of tc's."""
    return 0x10001 + queue if KERNEL else queue


@pytest.mark.skipif(not KERNEL,
                    reason="only the kernel's datapath has queues")
def test_queues(two):
    """The class's packets wait in its queue of what is there on the uplink of
    the sender's node, and on the receiver's device; others do not."""
    devices = ("hv-1", "eth0"), ("hv-2", "vm-web-2")
    for node, device in devices:
        for what in ("qdisc add dev %s root handle 1: htb default 1",
                     "class add dev %s parent 1: classid 1:1 htb rate 8gbit",
                     "class add dev %s parent 1: classid 1:3 htb rate 2gbit"):
            two.exec(node, "tc", *(what % device).split())
    try:
        before = [sent(two, *place) for place in devices]
        with two.temporary(qos_policy(**{"class": "voice"})):
            on_the_way(two, 1, 2, TOS, (EF << 2 | TOS & 3, TOS, {
                CLASS: VOICE, DSCP: TOS >> 2}))
            wait_until(lambda: all(sent(two, *place) > n for place, n in
                                   zip(devices, before)),
                       "both have sent some of queue 2")
        on_the_way(two, 1, 2, TOS, (TOS & 3, TOS, {DSCP: TOS >> 2}))
        before = [sent(two, *place) for place in devices]
        for _ in range(10):
            on_the_way_once(two)
        on_the_way(two, 1, 2, TOS, (TOS & 3, TOS, {DSCP: TOS >> 2}))
        assert [sent(two, *place) for place in devices] == before
    finally:
        for node, device in devices:
            two.exec(node, "tc", "qdisc", "del", "dev", device, "root")


def sent(lab, node, device):
    """The packets that have left by class 1:3."""
    text = lab.exec(node, "tc", "-s", "class", "show", "dev", device)
    return int(re.search(r"class htb 1:3 .*\n *Sent \d+ bytes (\d+) pkt",
                         text)[1])


def on_the_way_once(lab):
    with lab.sending("web-1") as out:
        out.send(frame(1, 2, TOS))


@pytest.mark.parametrize("plan", ["base", "further"])
def test_changes_lose_nothing(two, plan):
    """Endpoints change their class, classes their DSCP, under traffic."""
    with further_plan(two) if plan == "further" else contextlib.nullcontext():
        change_under_traffic(two, "gtx" if plan == "further" else "gnv-q")


def change_under_traffic(two, ports):
    """'ports': how the names begin of ports that have a DSCP."""
    two.wait_ping("web-2", "10.0.0.1")
    with contextlib.ExitStack() as stack:
        traffic = stack.enter_context(Traffic(two, rate=200))
        capture = stack.enter_context(two.capture("hv-1"))
        stack.enter_context(two.temporary(qos_policy(**{"class": "voice"})))

        def marked(dscp):
            return any(p.tos >> 2 == dscp
                       for p in capture.packets("192.0.2.1")[-20:])
        for name, dscp in (("voice", EF), ("bulk", CS1), ("voice", EF)):
            two.patch("QoSPolicy", "voice", {"spec": {"class": name}})
            wait_until(lambda dscp=dscp: marked(dscp), "DSCP %d" % dscp)
        two.patch("QoSClass", "voice", {"spec": {"dscp": 34}})
        wait_until(lambda: marked(34), "DSCP 34")
        wait_until(lambda: [name[-3:] for name in sorted(tunnel_ports(two))
                            if name.startswith(ports)] == ["q34", "-q8"],
                   "the port for DSCP 46 goes")
        two.patch("QoSPolicy", "voice", {"spec": {"model": "uniform"}})
        two.patch("QoSClass", "voice", {"spec": {"dscp": EF}})
        wait_until(lambda: marked(EF), "DSCP 46 again")
        tallies, _ = traffic.stop()
    assert {pair: (t.missing, t.again) for pair, t in tallies.items()} == {
        pair: ([], 0) for pair in tallies}


def tunnel_ports(lab):
    """{name: OpenFlow port}"""
    out = lab.exec("hv-1", "ovs-vsctl", "-f", "json", "--columns=name,ofport",
                   "find", "Interface", "type=geneve")
    return dict(json.loads(out)["data"])


def class_ports(lab):
    return sorted(name for name in tunnel_ports(lab)
                  if name.startswith("gnv-q"))


def test_restart_sends_nothing(two):
    """An agent that starts finds its flows, meters and ports as it wants
    them."""
    limits = {"egress": {"kbps": 100000, "pps": 50000},
              "ingress": {"kbps": 100000}}
    with two.temporary(qos_policy(**{"class": "voice", **limits})):
        on_the_way(two, 1, 2, TOS, (EF << 2 | 1, TOS, {
            CLASS: VOICE, DSCP: TOS >> 2}))
        ports = wait_until(lambda: class_ports(two) == ["gnv-q46", "gnv-q8"]
                           and tunnel_ports(two), "those of former tests go")
        order = two.wait_transmit("hv-1", "hv-2", "web", "ok")["options"]
        assert sorted(order) == [CLASS, DSCP]
        two.kill("hv-1", "geneve-agentd")
        two.start_daemon("hv-1", "geneve-agentd")
        two.wait_transmit("hv-1", "hv-2", "web", "ok", order)
        status = two.agentctl("hv-1", "status")["openflow"]
        assert (status["flowMods"], status["meterMods"]) == (0, 0)
        assert ports == tunnel_ports(two)


# Limits.

FLOOD = textwrap.dedent("""
    import socket, sys, time
    address, rate, size, seconds = sys.argv[1], *map(float, sys.argv[2:])
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    start, n = time.monotonic(), 0
    while time.monotonic() - start < seconds:
        while n < rate * (time.monotonic() - start):
            s.sendto(bytes(int(size)), (address, 4242))
            n += 1
        time.sleep(0.001)
    print(n, time.monotonic() - start)
""")


def received(lab, k):
    link, = json.loads(lab.vm("web-%d" % k, "ip", "-j", "-s", "link", "show",
                              "eth0"))
    return link["stats64"]["rx"]["packets"]


def flood(lab, a, b, rate, size, seconds=2.5):
    """Returns (packets sent, packets received, seconds), give or take a few
    others that are received."""
    before = received(lab, b)
    out = lab.vm("web-%d" % a, sys.executable, "-c", FLOOD, "10.0.0.%d" % b,
                 rate, size, seconds)
    n, took = out.split()
    lab.wait_ping("web-%d" % a, "10.0.0.%d" % b)
    return int(n), received(lab, b) - before, float(took)


def wait_meter(lab, node, text):
    """'text' is of the meter's description, as ovs-ofctl has it."""
    def there():
        meters = lab.exec(node, "ovs-ofctl", "-O", "OpenFlow15",
                          "dump-meters", "br-int")
        return text in re.sub(r"\s+", " ", meters)
    wait_until(there, "a meter with " + text)


SIZE = 1000
FRAME_KBITS = (SIZE + 42) * 8 / 1000


@pytest.mark.parametrize("direction", ["egress", "ingress"])
def test_kilobits(two, direction):
    """What is beyond the rate and one burst is dropped, in that direction
    alone."""
    policy = qos_policy(**{direction: {"kbps": 1600, "burst": 600}})
    ends = (1, 2) if direction == "egress" else (2, 1)
    with two.temporary(policy):
        wait_meter(two, "hv-1", "kbps burst stats bands= type=drop rate=1600 "
                   "burst_size=600")
        sent, got, seconds = flood(two, *ends, rate=800, size=SIZE)
        allowed = (600 + 1600 * seconds) / FRAME_KBITS
        assert sent > 1.5 * allowed, (sent, allowed)
        assert 0.5 * allowed < got < 1.25 * allowed, (got, allowed)
        sent, got, _ = flood(two, *reversed(ends), rate=400, size=SIZE,
                             seconds=1)
        assert got > 0.9 * sent, (got, sent)


def test_packets(two):
    """Packets a second, together with a limit in kilobits that they keep."""
    limits = {"pps": 50, "kbps": 100000}
    with two.temporary(qos_policy(egress=limits)):
        wait_meter(two, "hv-1", "pktps burst stats bands= type=drop rate=50 "
                   "burst_size=50")
        sent, got, seconds = flood(two, 1, 2, rate=400, size=50)
        allowed = 50 + 50 * seconds
        assert 0.5 * allowed < got < 1.25 * allowed, (got, allowed, sent)
        shown, = (e for e in two.agentctl("hv-1", "endpoint", "list")
                  if e["name"] == "web-1")
        assert shown["egressPacketsDropped"] > 0.5 * (sent - got)
        assert shown["egressKilobitsDropped"] == 0
        assert shown["ingressPacketsDropped"] is None


def test_copies_of_a_broadcast(two):
    """An endpoint that may be sent little does not cost its neighbour a
    copy."""
    n = 60
    with two.temporary(qos_policy("few", app="none", ingress={"pps": 2})):
        two.patch("Endpoint", "web-2", {"metadata": {"labels": {
            "app": "none"}}})
        try:
            wait_meter(two, "hv-2", "rate=2 burst_size=2")
            with two.listening("web-2") as limited, two.listening(
                    "web-3") as free, two.sending("web-1") as out:
                for i in range(n):
                    out.send(wire.frame(world.mac(world.WEB[1]),
                                        wire.BROADCAST, 0x88b5,
                                        b"copy%03d" % i + bytes(50)))
                wait_until(lambda: sum(b"copy" in f for f in free()) == n,
                           "web-3 has got all copies")
                assert sum(b"copy" in f for f in limited()) < n / 2
        finally:
            two.patch("Endpoint", "web-2", {"metadata": {"labels": {
                "app": "other"}}})


@pytest.mark.parametrize("obj, field", [
    (qos_class("x", 9, dscp=64), "spec.dscp"),
    (qos_class("x", -1), "spec.number"),
    (qos_policy("x", egress={"burst": 100}), "spec.egress.burst"),
    (qos_policy("x", egress={"kbps": -1}), "spec.egress.kbps"),
    (qos_policy("x", model="tunnel"), "spec.model")])
def test_bad_objects_are_refused(two, obj, field):
    with pytest.raises(ApiError) as refusal:
        two.apply(obj)
    assert refusal.value.status == 422
    assert field in refusal.value.message
