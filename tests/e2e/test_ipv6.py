"""An underlay of IPv6, and one of both families (RFC 8926, sections 3.3 and
4.3.1; RFC 6935, section 5).

hv-1 and hv-4 have both families, hv-2 IPv6 alone and hv-3 IPv4 alone.  Each
endpoint has addresses of both families.
"""
import pytest

import wire
import world
from waiting import wait_until

V4 = "192.0.2.%d"
V6 = "2001:db8::%d"
INNER4 = "10.0.0.%d"
INNER6 = "fd00::%d"


def is_ipv6(address):
    return ":" in address


def endpoint(k):
    obj = world.endpoint("web-%d" % k, "blue", k)
    obj["spec"]["ips"].append(INNER6 % k)
    return obj


@pytest.fixture(scope="module")
def mixed(own_lab):
    lab = own_lab(4, "46,6,4,64")
    lab.apply(*world.objects(0))
    lab.patch("VPC", "blue", {"spec": {"subnets": [
        {"cidr": "10.0.0.0/24"}, {"cidr": "fd00::/64"}]}})
    lab.apply(*(endpoint(k) for k in range(1, 5)))
    for k, node in enumerate(lab.names, 1):
        lab.plug(node, "web-%d" % k, wait=False)
    for k, node in enumerate(lab.names, 1):
        lab.wait_running("web-%d" % k, node)
    return lab


def ping_and_capture(lab, a, b, inner):
    """Pings from web-a to web-b by the address 'inner' until that is
    answered, then captures on hv-a's wire while it pings some more; returns
    the packets of both directions."""
    lab.wait_ping("web-%d" % a, inner % b)
    with lab.capture("hv-%d" % a) as capture:
        def both():
            lab.ping("web-%d" % a, inner % b)
            member, echo = (("icmp6_type", (128, 129)) if is_ipv6(inner)
                            else ("icmp_type", (8, 0)))
            packets = capture.packets()
            result = [[p for p in packets if getattr(p, member) == kind]
                      for kind in echo]
            assert all(result), packets
            return result
        return wait_until(both, "a ping and its answer are seen")


def check_pair(lab, a, b, outer, inner):
    """Pings; both directions have outer addresses of the family 'outer', the
    options negotiated, and a UDP checksum, which is right."""
    for x, y in (a, b), (b, a):
        entry = lab.wait_transmit("hv-%d" % x, "hv-%d" % y, "web", "ok")
        assert sorted(entry["options"]) == world.ALL
    requests, answers = ping_and_capture(lab, a, b, inner)
    for packets, x, y in (requests, a, b), (answers, b, a):
        options = lab.transmit("hv-%d" % x, "hv-%d" % y, "web")["options"]
        for packet in packets:
            assert (packet.src, packet.dst) == (outer % x, outer % y), packet
            assert packet.vni == world.VNI
            assert packet.options == options
            assert packet.checksum != 0 and packet.checksum_good, packet
            assert (packet.tos, packet.ttl) == (0, 64), packet


@pytest.mark.parametrize("a, b, outer, inner", [
    (1, 2, V6, INNER4), (1, 2, V6, INNER6), (1, 3, V4, INNER4),
    (3, 4, V4, INNER6), (2, 4, V6, INNER6), (1, 4, V6, INNER4)])
def test_ping(mixed, a, b, outer, inner):
    """Two nodes speak a family that both have, the same in both directions
    although hv-1 prefers IPv4 and hv-4 IPv6, whatever the tenants speak."""
    check_pair(mixed, a, b, outer, inner)


def test_trace(mixed):
    """`agentctl trace' at both ends says what the ping has on the wire."""
    requests, _ = ping_and_capture(mixed, 1, 2, INNER4)
    packet = requests[-1]
    sent = mixed.agentctl("hv-1", "trace", "web-1", "web-2")
    came = mixed.agentctl("hv-2", "trace", "web-1", "web-2")
    assert (sent["outcome"], came["outcome"], came["receiver"]) == (
        "sent", "delivered", "web-2"), (sent, came)
    for tunnel in sent["tunnels"][0], came["arrival"]:
        assert (tunnel["source"], tunnel["destination"], tunnel["vni"]) == (
            packet.src, packet.dst, packet.vni), tunnel
        assert [o["option"] for o in tunnel["options"]] == packet.options
        assert [o["value"] for o in tunnel["options"]] == [
            "0x" + data.hex() for data in packet.data]
        assert tunnel["headerBytes"] == 8 + packet.option_bytes
    assert sent["tunnels"][0]["nve"] == "hv-2"
    assert (sent["tunnels"][0]["ttl"], sent["tunnels"][0]["tos"]) == (64, 0)
    blocked = mixed.agentctl("hv-2", "trace", "web-2", "web-3")
    assert (blocked["outcome"], blocked["reason"]) == ("dropped", "blocked")


def test_sandbox_says_so(mixed):
    lines = [line.split() for line in
             mixed.sandbox("status").stdout.splitlines()]
    assert {line[0]: line[1] for line in lines
            if line[0][:3] == "hv-" and line[1] != "-"} == {
        "hv-1": "192.0.2.1,2001:db8::1", "hv-2": "2001:db8::2",
        "hv-3": "192.0.2.3", "hv-4": "2001:db8::4,192.0.2.4"}
    for wrong in "5", "4,", "446":
        result = mixed.sandbox("start", "-u", wrong, check=False)
        assert (result.returncode, "-u needs" in result.stderr) == (2, True)


def test_out_of_reach(mixed):
    """Who has no family in common with us is blocked, and it is said why."""
    for a, b, theirs, ours in (2, 3, "IPv4", "IPv6"), (3, 2, "IPv6", "IPv4"):
        node, other = "hv-%d" % a, "hv-%d" % b
        why = ("its underlay is %s (spec.underlay.ips) and this node's is %s "
               "(nve-encap-ip)" % (theirs, ours))
        entry = mixed.wait_transmit(node, other, "web", "blocked")
        assert mixed.remote(node, other)["alarms"] == ["underlay"]
        shown, = (r for r in mixed.agentctl(node, "remote", "list")
                  if r["name"] == other)
        assert (shown["status"], shown["sendTo"], shown["outOfReach"]) == (
            "blocked", None, why)
        assert ("%s cannot be reached: %s" % (other, why)) in " ".join(
            mixed.exec(node, "agentctl", "remote", "list").split())
        sentences = [line["sentence"] for line in
                     mixed.agentctl(node, "explain", other)["lines"]]
        assert ("No packet of profile web is sent to NVE %s: %s." % (
            other, why)) in sentences
        alarm, = (x for x in mixed.agentctl(node, "status")["alarms"]
                  if (x["object"], x["reason"]) == ("remote " + other,
                                                    "underlay"))
        assert alarm["message"] == "it cannot be reached: " + why

        # What is sent all the same is dropped, and that is counted.
        def dropped(before=entry["packets"], a=a, b=b):
            assert not mixed.ping("web-%d" % a, "10.0.0.%d" % b, count=1,
                                  wait=0.1)
            return mixed.transmit("hv-%d" % a, "hv-%d" % b,
                                  "web")["packets"] > before
        wait_until(dropped, "drops are counted")


def test_mtu(mixed):
    """20 bytes more of header make the MTU of a VPC with IPv6 20 less."""
    over_v6 = mixed.transmit("hv-1", "hv-2", "web")["mtu"]
    over_v4 = mixed.transmit("hv-1", "hv-3", "web")["mtu"]
    assert over_v4 - over_v6 == 20
    assert over_v6 == 1500 - 40 - 8 - 8 - 14 - (3 * 8 + 20)


@pytest.mark.parametrize("inner", [INNER4, INNER6])
def test_largest_packet(mixed, inner):
    """It fills a packet of the underlay, and one byte more gets an error, in
    the name of whom it was for, as there is no gateway."""
    mtu = mixed.transmit("hv-1", "hv-2", "web")["mtu"]
    mixed.wait_ping("web-1", inner % 2)
    mixed.vm("web-1", "ip", "link", "set", "eth0", "mtu", mtu + 1)

    def packet(size, marker):
        header, make = (48, wire.udp6) if is_ipv6(inner) else (28, wire.inner)
        return make(world.mac(world.WEB[1]), world.mac(world.WEB[2]),
                    inner % 1, inner % 2, marker.ljust(size - header, b"."))
    with mixed.capture("hv-1") as capture, \
            mixed.listening("web-1") as heard, \
            mixed.sending("web-1") as sock:
        sock.send(packet(mtu, b"it fits"))
        sock.send(packet(mtu + 1, b"too large"))
        wait_until(lambda: capture.outer_sizes(V6 % 1, b"it fits"),
                   "the largest goes out")
        wait_until(lambda: wire.too_big_errors(heard()), "an error comes")
        (source, limit, quoted), = wire.too_big_errors(heard())
        assert (source, limit) == (wire.ip(inner % 2), mtu)
        assert b"too large" in quoted
        assert capture.outer_sizes(V6 % 1, b"it fits") == [1500]
        assert capture.outer_sizes(V6 % 1, b"too large") == []


def arrives(lab, number, src=V6 % 2, **header):
    """Puts a packet to web-1 on hv-1's wire as from web-2, then one that is
    known to arrive; returns whether the first one does."""
    entry = lab.transmit("hv-2", "hv-1", "web")
    options = b"".join(wire.option(key, bytes(
        {"0xff01/0x06": 16}.get(key, 4))) for key in entry["options"])

    def payload(text):
        return wire.geneve(world.VNI, wire.inner(
            world.mac(world.WEB[2]), world.mac(world.WEB[1]), "10.0.0.2",
            "10.0.0.1", text), options)
    with lab.listening("web-1") as heard:
        lab.inject("hv-1", payload(b"first %04d" % number), src, **header)
        lab.inject("hv-1", payload(b"after %04d" % number), V6 % 2)
        wait_until(lambda: any(b"after %04d" % number in f for f in heard()),
                   "the packet that follows")
        return any(b"first %04d" % number in f for f in heard())


def test_received(mixed):
    """From known addresses only; a wrong UDP checksum is dropped.  One of zero
    is not, see docs/operations.md."""
    mixed.wait_transmit("hv-2", "hv-1", "web", "ok")
    wait_until(lambda: arrives(mixed, 1), "a good packet arrives")
    assert not arrives(mixed, 2, total=0x1234)
    assert not arrives(mixed, 3, src=V6 % 77)
    assert arrives(mixed, 4, total=0)
    assert arrives(mixed, 5)


def test_shared(mixed):
    """One tunnel port for all remotes, of both families."""
    for node in mixed.names:
        mixed.set(node, nve_tunnel_mode="shared")
    try:
        for node in mixed.names:
            wait_until(lambda node=node: mixed.exec(
                node, "ovs-vsctl", "--bare", "--columns=name", "find",
                "interface", "type=geneve").split() == ["gnv-flow"],
                "%s has but one tunnel port" % node)
        for a, b, outer in (1, 3, V4), (2, 4, V6), (1, 4, V6):
            check_pair(mixed, a, b, outer, INNER4)
    finally:
        mixed.restore()
    for node in mixed.names:
        wait_until(lambda node=node: "gnv-flow" not in mixed.exec(
            node, "ovs-vsctl", "list-ports", "br-int"),
            "%s has no shared port any more" % node)
    check_pair(mixed, 1, 2, V6, INNER6)


def test_further_plan(mixed):
    """Remotes that want conflicting orders are sent to over IPv6, too, each in
    its own."""
    orders = {"hv-2": world.ct("policy-label", "endpoint-type", "qos-class"),
              "hv-4": world.ct("policy-label", "qos-class", "endpoint-type")}
    names = {value: key for key, value in world.CT.items()}
    for node, order in orders.items():
        mixed.set_receive(node, world.table(*(names[o] for o in order),
                                            order="strict"))
    try:
        for node, order in orders.items():
            mixed.wait_transmit("hv-1", node, "web", options=order)
        for b in 2, 4:
            requests, _ = ping_and_capture(mixed, 1, b, INNER4)
            for packet in requests:
                assert (packet.dst, packet.options) == (
                    V6 % b, orders["hv-%d" % b])
                assert packet.checksum != 0 and packet.checksum_good, packet
        assert {mixed.transmit("hv-1", n, "web")["plan"] != 0
                for n in orders} == {True, False}
    finally:
        for node in orders:
            mixed.set_receive(node, None)
    for node in orders:
        mixed.wait_transmit("hv-1", node, "web", "ok")


def own_alarm(lab):
    """What hv-4 has to say about its own NVE."""
    return "".join(a["message"] for a in
                   lab.agentctl("hv-4", "status")["alarms"]
                   if a["object"] == "NVE hv-4")


def test_change_of_family(mixed):
    """A node whose IPv6 address leaves its NVE object is sent to over IPv4,
    and sends so: others know it by no other."""
    mixed.wait_ping("web-1", "10.0.0.4")
    old = mixed.get("NVE", "hv-4")["spec"]["underlay"]["ips"]
    assert old == [V6 % 4, V4 % 4]
    mixed.patch("NVE", "hv-4", {"spec": {"underlay": {"ips": [V4 % 4]}}})
    try:
        wait_until(lambda: mixed.remote("hv-1", "hv-4")["sendTo"] == V4 % 4,
                   "hv-1 knows")
        wait_until(lambda: mixed.remote("hv-2", "hv-4")["sendTo"] is None,
                   "hv-2 knows")
        wait_until(lambda: "lacks %s of" % (V6 % 4) in own_alarm(mixed),
                   "hv-4 complains")
        requests, answers = ping_and_capture(mixed, 1, 4, INNER4)
        for packet in requests + answers:
            assert {packet.src, packet.dst} == {V4 % 1, V4 % 4}
    finally:
        mixed.patch("NVE", "hv-4", {"spec": {"underlay": {"ips": old}}})
    wait_until(lambda: mixed.remote("hv-1", "hv-4")["sendTo"] == V6 % 4,
               "hv-1 knows")
    mixed.wait_ping("web-2", "10.0.0.4")
    wait_until(lambda: not own_alarm(mixed), "all is well")


def test_checksum_stays(mixed):
    """A tunnel port whose checksum is turned off is put right; a zero one is
    not for IPv6 (RFC 8926, section 4.3.1)."""
    port = mixed.exec("hv-1", "ovs-vsctl", "--bare", "--columns=name", "find",
                      "interface", 'options:remote_ip="%s"' % (V6 % 2)).strip()
    mixed.exec("hv-1", "ovs-vsctl", "set", "interface", port,
               "options:csum=false")
    wait_until(lambda: mixed.exec("hv-1", "ovs-vsctl", "get", "interface",
                                  port, "options:csum").strip() == '"true"',
               "the agent puts it right")
    check_pair(mixed, 1, 2, V6, INNER4)


def test_restart_of_the_switch(mixed):
    """Routes and neighbours of the underlay are found again."""
    mixed.kill("hv-2", "ovs-vswitchd")
    mixed.start_daemon("hv-2", "ovs-vswitchd")
    check_pair(mixed, 2, 1, V6, INNER4)
