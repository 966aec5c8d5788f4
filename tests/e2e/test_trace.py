"""`agentctl trace': what it says of a packet is compared with what becomes of
that packet.

hv-1 sends hv-2 and hv-3 the same options in opposite orders, the latter by a
further plan.  Two of the options differ from packet to packet.  Frames are
made by hand, so a trace of the same fields has to name the very bytes of the
wire."""
import contextlib
import itertools
import json

import pytest

import wire
import world
from lab import resource
from waiting import wait_until

VNI = 5300
GATEWAY = "02:67:65:6e:65:01"
OPTIONS = {"trace-label": ("0xff01/0xa1", 4, "endpoint.policyLabel"),
           "trace-dscp": ("0xff01/0x21", 4, "packet.dscp"),
           "trace-hash": ("0xff01/0x22", 8, "packet.flowHash"),
           "trace-tenant": ("0xff01/0x26", 16, "vpc.tenantId")}
NAMES = {key: name for name, (key, _, _) in OPTIONS.items()}
ORDER = {"hv-2": list(NAMES), "hv-3": list(reversed(NAMES))}
# Endpoint: its node, the last byte of its MAC, its addresses.
PLACES = {"t-1": ("hv-1", 1, ["10.0.0.1", "2001:db8:6::1"]),
          "t-2": ("hv-2", 2, ["10.0.0.2", "2001:db8:6::2"]),
          "t-3": ("hv-3", 3, ["10.0.0.3", "2001:db8:6::3"]),
          "t-4": ("hv-1", 4, ["10.0.0.4"]),
          "t-5": ("hv-2", 5, ["10.0.1.5"])}
MAC = {name: "02:00:0a:00:00:%02x" % number
       for name, (_, number, _) in PLACES.items()}
IP = {name: ips[0] for name, (_, _, ips) in PLACES.items()}


def objects():
    return [
        *(world.geneve_option(name, key, length, value)
          for name, (key, length, value) in OPTIONS.items()),
        world.profile("traced", ("trace-label", True), "trace-dscp",
                      "trace-hash", "trace-tenant"),
        world.vpc("traced", VNI, optionProfile="traced", subnets=[
            {"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"},
            {"cidr": "10.0.1.0/24", "gateway": "10.0.1.254"},
            {"cidr": "2001:db8:6::/64"}]),
        *(world.endpoint(name, "traced", number, mac=MAC[name], ips=ips)
          for name, (_, number, ips) in PLACES.items())]


def receive(*order):
    """A table of what a node takes: of these options, just in this order."""
    entries = []
    for key in order:
        klass, kind = key.split("/")
        entries.append({"class": klass, "type": kind,
                        "length": OPTIONS[NAMES[key]][1]})
    return {"options": entries, "order": "strict"}


@pytest.fixture(scope="module")
def net(three_nodes):
    lab = three_nodes
    with lab.temporary(*objects()), contextlib.ExitStack() as stack:
        stack.callback(world.settle, lab)
        stack.callback(lab.restore)
        for node, order in ORDER.items():
            lab.set_receive(node, receive(*order))
        for name, (node, _, _) in PLACES.items():
            lab.plug(node, name, wait=False)
            stack.callback(lab.unplug, name)
        for name, (node, _, _) in PLACES.items():
            lab.wait_running(name, node)
        settle(lab)
        yield lab


def settle(lab):
    for node, order in ORDER.items():
        lab.wait_transmit("hv-1", node, "traced", "ok", order)
        lab.wait_ping("t-1", IP["t-" + node[3:]])


@pytest.fixture(params=["per-remote", "shared"])
def mode(net, request):
    net.set("hv-1", nve_tunnel_mode=request.param)
    settle(net)
    yield request.param
    net.set("hv-1", nve_tunnel_mode="per-remote")
    settle(net)


def trace(lab, src, dst, *flow, node="hv-1"):
    return lab.agentctl(node, "trace", src, dst, *flow)


def refusal(lab, *args, node="hv-1"):
    """What is said of a trace that cannot be."""
    result = lab.on(node, "agentctl", "trace", *args, check=False)
    assert result.returncode == 1 and not result.stdout, result
    return result.stderr.strip()


def find_header(pcap, inner, outer_dst):
    """The bytes between the UDP header and the frame 'inner', in a packet to
    the underlay address, or None if there is no such."""
    end = pcap.find(inner)
    while end >= 0:
        for size in range(8, 8 + 252 + 4, 4):
            udp = pcap[end - size - 8:end - size]
            dst = pcap[end - size - 12:end - size - 8]
            if (udp[2:4] == (6081).to_bytes(2, "big")
                    and dst == wire.ip(outer_dst)
                    and int.from_bytes(udp[4:6], "big")
                    == 8 + size + len(inner)):
                return pcap[end - size:end]
        end = pcap.find(inner, end + 1)
    return None


def sent_header(lab, frame, inner, outer_dst):
    """Sends a frame from t-1; returns the Geneve header that it got."""
    def once():
        with lab.capture("hv-1") as capture, lab.sending("t-1") as sock:
            sock.send(frame)
            return wait_until(lambda: find_header(capture.read_bytes(), inner,
                                                  outer_dst),
                              "the frame is captured", 3)
    # The first packet of a flow may be lost on a busy machine.
    return wait_until(once, "the frame is sent")


def check_tunnel(result, node, header):
    """The trace named the header that was captured, and each option in it."""
    assert result["outcome"] == "sent" and len(result["tunnels"]) == 1, result
    tunnel = result["tunnels"][0]
    assert bytes.fromhex(tunnel["header"]) == header
    assert tunnel["headerBytes"] == len(header)
    assert tunnel["nve"] == node
    assert tunnel["source"] == "192.0.2.1"
    assert tunnel["destination"] == "192.0.2." + node[3:]
    assert tunnel["vni"] == VNI
    assert [o["option"] for o in tunnel["options"]] == ORDER[node]
    assert [o["value"] for o in tunnel["options"]] == [
        "0x" + data.hex() for data in wire.data_of(header[8:])]
    for option in tunnel["options"]:
        name = NAMES[option["option"]]
        assert (option["name"], option["from"]) == (name, OPTIONS[name][2])
        assert option["critical"] == (name == "trace-label")


@pytest.mark.parametrize("dst", ["t-2", "t-3"])
def test_the_header_of_the_wire(net, mode, dst):
    """By the base plan and by a further one."""
    node = PLACES[dst][0]
    frame = wire.frame(MAC["t-1"], MAC[dst], 0x0800, wire.ip4_udp(
        IP["t-1"], IP[dst], b"for " + dst.encode(), 4242, 53, tos=10 << 2))
    result = trace(net, "t-1", dst,
                   "udp,udp_src=4242,udp_dst=53,nw_tos=%d" % (10 << 2))
    check_tunnel(result, node, sent_header(net, frame, frame,
                                           "192.0.2." + node[3:]))
    assert result["forwarding"] == "bridged"
    assert result["mtu"] == net.transmit("hv-1", node, "traced")["mtu"]
    assert (result["vpc"], result["vni"]) == ("traced", VNI)
    assert result["destination"] == {"name": dst, "endpoint": True,
                                     "nve": node,
                                     "policyLabel": 100 + PLACES[dst][1]}

    def same_plan():
        plan = next(p for p in net.agentctl("hv-1", "plan", "list")
                    if node in p["remotes"])
        again = trace(net, "t-1", dst)
        assert again["tunnels"][0]["plan"] == plan["plan"], (again, plan)
        return plan["bridge"] in [step["bridge"] for step in again["steps"]]
    # A remote may be on its way from one plan to another.
    wait_until(same_plan, "its plan is the one of `plan list'")


def test_ipv6(net):
    frame = wire.udp6(MAC["t-1"], MAC["t-3"], "2001:db8:6::1",
                      "2001:db8:6::3", b"six", source_port=4243, port=53)
    result = trace(net, "t-1", "2001:db8:6::3", "udp6,udp_src=4243,udp_dst=53")
    check_tunnel(result, "hv-3", sent_header(net, frame, frame, "192.0.2.3"))


def test_routed(net):
    payload = b"routed"
    frame, inner = (
        wire.frame(src, dst, 0x0800, wire.ip4_udp(
            IP["t-1"], IP["t-5"], payload, 4244, 53, ttl=ttl))
        for src, dst, ttl in ((MAC["t-1"], GATEWAY, 64),
                              (GATEWAY, MAC["t-5"], 63)))
    result = trace(net, "t-1", "t-5", "udp,udp_src=4244,udp_dst=53")
    check_tunnel(result, "hv-2", sent_header(net, frame, inner, "192.0.2.2"))
    assert result["forwarding"] == "routed"


def test_each_copy_of_a_broadcast(net):
    result = trace(net, "t-1", wire.BROADCAST)
    assert result["outcome"] == "sent", result
    assert {t["nve"]: [o["option"] for o in t["options"]]
            for t in result["tunnels"]} == ORDER


def test_on_the_same_node(net):
    result = trace(net, "t-1", "t-4")
    assert (result["outcome"], result["receiver"]) == ("delivered", "t-4")
    assert result["policy"] == "none" and result["tunnels"] == []


def test_answered_by_the_switch(net):
    for args in ("t-1", "t-2", "arp"), ("t-1", "10.0.0.254"):
        assert trace(net, *args)["outcome"] == "answered", args


def test_answered_by_the_agent(net):
    result = trace(net, "t-1", "t-5", "nw_ttl=1")
    assert (result["outcome"], result["reason"]) == ("agent", "ttl"), result


# Drops.

def check_dropped(net, frame, result, reason, *words):
    """The trace says so, and no frame of it gets out, but what is sent after
    it."""
    assert (result["outcome"], result["reason"]) == ("dropped", reason), result
    assert result["tunnels"] == []
    for word in words:
        assert word in result["sentence"], result["sentence"]
    after = wire.inner(MAC["t-1"], MAC["t-2"], IP["t-1"], IP["t-2"],
                       b"after " + reason.encode())

    def once():
        with net.capture("hv-1") as capture, net.sending("t-1") as sock:
            sock.send(frame)
            sock.send(after)
            wait_until(lambda: after in capture.read_bytes(), "it is sent", 3)
            return capture.read_bytes()
    assert frame not in wait_until(once, "what was sent after it")


def test_spoofed(net):
    frame = wire.inner(MAC["t-1"], MAC["t-2"], "10.0.0.77", IP["t-2"],
                       b"spoofed")
    result = trace(net, "t-1", "t-2", "nw_src=10.0.0.77")
    check_dropped(net, frame, result, "spoofed", "t-1")
    assert result["steps"][-1]["stage"] == "spoofed"


def test_unknown_destination(net):
    mac = "02:00:0a:00:00:99"
    frame = wire.inner(MAC["t-1"], mac, IP["t-1"], IP["t-2"], b"unknown")
    result = trace(net, "t-1", mac)
    check_dropped(net, frame, result, "unknown-destination", "traced")
    assert not result["destination"]["endpoint"]


def test_blocked_remote(net):
    """Its receiver no longer takes what the profile requires."""
    net.set_receive("hv-3", receive(*ORDER["hv-3"][:-1]))
    try:
        net.wait_transmit("hv-1", "hv-3", "traced", "blocked")
        frame = wire.inner(MAC["t-1"], MAC["t-3"], IP["t-1"], IP["t-3"],
                           b"blocked")
        check_dropped(net, frame, trace(net, "t-1", "t-3"), "blocked", "hv-3",
                      "traced", "agentctl explain hv-3")
    finally:
        net.set_receive("hv-3", receive(*ORDER["hv-3"]))
        settle(net)


def test_blocked_endpoint(net):
    """One that lacks the value of a required option."""
    with net.temporary(
            world.geneve_option("trace-needed", "0xff01/0x27", 4,
                                "endpoint.values.needed"),
            world.profile("trace-needy", ("trace-needed", True)),
            world.vpc("trace-needy", VNI + 1, optionProfile="trace-needy"),
            world.endpoint("t-6", "trace-needy", 6)):
        net.plug("hv-1", "t-6", wait=False)
        try:
            wait_until(lambda: net.endpoint_status("t-6").get("phase")
                       == "Blocked", "t-6 is blocked")
            result = trace(net, "t-6", wire.BROADCAST)
            assert (result["outcome"], result["reason"]) == (
                "dropped", "endpoint"), result
            assert "needed" in result["sentence"], result["sentence"]
        finally:
            net.unplug("t-6")


# Policies.

@pytest.mark.parametrize("src", ["t-1", "t-2"])
def test_verdict(net, src):
    """Of a sender here and of one elsewhere, the verdict is that of what is
    sent: with a policy for the receiver, and with one that makes a sender here
    tracked, too."""
    def selected(name):
        return resource("VPCPolicy", "trace-" + name, {
            "vpc": "traced",
            "endpointSelector": {"matchLabels": {"who": name}},
            "ingress": [{"ports": [{"protocol": "UDP", "port": 53}]}]})

    def only_53_arrives():
        frames = {port: wire.frame(MAC[src], MAC["t-4"], 0x0800,
                                   wire.ip4_udp(IP[src], IP["t-4"],
                                                b"attempt %d" % next(numbers),
                                                4245, port))
                  for port in (54, 53)}

        def arrived(frame):
            return any(f[:len(frame)] == frame for f in heard())
        for frame in frames.values():
            sock.send(frame)
        wait_until(lambda: arrived(frames[53]), "port 53 is open", 2)
        return not arrived(frames[54])

    def check():
        result = trace(net, src, "t-4", "udp,udp_src=4245,udp_dst=53")
        assert (result["outcome"], result["policy"], result["policies"]) == (
            "delivered", "allowed", ["trace-t-4"]), result
        assert result["receiver"] == "t-4"
        assert result["rule"] == "spec.ingress[0] of trace-t-4"
        result = trace(net, src, "t-4", "udp,udp_src=4245,udp_dst=54")
        assert (result["outcome"], result["policy"], result["reason"]) == (
            "dropped", "denied", "policy"), result
        assert "policy trace-t-4" in result["sentence"]
        return only_53_arrives()

    numbers = itertools.count()
    for name in "t-1", "t-4":
        net.patch("Endpoint", name, {"metadata": {"labels": {"who": name}}})
    with net.listening("t-4") as heard, net.sending(src) as sock:
        with net.temporary(selected("t-4")):
            wait_until(check, "t-4 has a policy")
            with net.temporary(selected("t-1")):
                wait_until(lambda: trace(net, "t-4", "t-1")["policy"]
                           == "denied", "t-1 has one, too")
                wait_until(check, "nothing else changed")
        wait_until(lambda: trace(net, src, "t-4")["policy"] == "none",
                   "there is none any more")


# Counters, in `endpoint list'.

def test_packets_are_counted(net):
    """Those that an endpoint sends and receives, as it does itself."""
    def counted():
        endpoint = next(e for e in net.agentctl("hv-1", "endpoint", "list")
                        if e["name"] == "t-1")
        return endpoint["sent"], endpoint["received"]

    def own():
        stats = json.loads(net.vm("t-1", "ip", "-j", "-s", "link", "show",
                                  "eth0"))[0]["stats64"]
        return stats["tx"]["packets"], stats["rx"]["packets"]
    before = counted()
    assert net.ping("t-1", IP["t-4"], count=5) == 5

    def grown():
        after = counted()
        assert all(a >= b + 5 for a, b in zip(after, before)), after
        assert after == own()
        return True
    wait_until(grown, "the counters are those of the interface")
    others = [e for e in net.agentctl("hv-1", "endpoint", "list")
              if not e["local"]]
    assert others and all(e["sent"] is None and e["received"] is None
                          for e in others)


# From elsewhere.

def test_what_arrives(net):
    """The header with which a remote's packet comes, byte by byte, and that it
    is delivered."""
    frame = wire.inner(world.mac(world.WEB[2]), world.mac(world.WEB[1]),
                       "10.0.0.2", "10.0.0.1", b"arrives", 4246)

    def once():
        with net.capture("hv-1") as capture, net.sending("web-2") as sock:
            sock.send(frame)
            return wait_until(lambda: find_header(capture.read_bytes(), frame,
                                                  "192.0.2.1"),
                              "the frame is captured", 3)
    header = wait_until(once, "the frame is sent")
    result = trace(net, "web-2", "web-1", "udp,udp_src=4246,udp_dst=4246")
    assert (result["outcome"], result["receiver"]) == ("delivered", "web-1")
    assert (result["policy"], result["tunnels"]) == ("none", [])
    arrival = result["arrival"]
    assert bytes.fromhex(arrival["header"]) == header
    assert (arrival["nve"], arrival["source"]) == ("hv-2", "192.0.2.2")
    assert [step["stage"] for step in result["steps"]][:4] == [
        "input", "receive", "label", "deliver"]


def test_what_arrives_and_is_not_known(net):
    """Values that only the packet decides are not made up; shared mode."""
    result = trace(net, "t-2", "t-1")
    assert result["outcome"] == "delivered", result
    values = {o["name"]: o["value"] for o in result["arrival"]["options"]}
    assert values["trace-hash"] is None and values["trace-dscp"] is None
    assert values["trace-label"] == "0x00000066"
    assert result["arrival"]["header"] is None
    assert trace(net, "t-5", "t-1")["outcome"] == "delivered"


def test_arrives_in_shared_mode(net):
    net.set("hv-1", nve_tunnel_mode="shared")
    try:
        settle(net)
        result = wait_until(lambda: trace(net, "web-2", "web-1"), "an answer")
        assert result["outcome"] == "delivered", result
    finally:
        net.set("hv-1", nve_tunnel_mode="per-remote")
        settle(net)


# The command.

def test_what_cannot_be_traced(net):
    assert "no endpoint nobody" in refusal(net, "nobody", "t-2")
    assert "nobody is neither an address" in refusal(net, "t-1", "nobody")
    assert "neither t-2 nor t-3 is on this node" in refusal(net, "t-2", "t-3")
    assert "VPC blue" in refusal(net, "t-1", "web-1")
    assert "finds no MAC" in refusal(net, "t-1", "10.0.0.98")
    assert "leave it out" in refusal(net, "t-1", "t-2", "in_port=3")
    assert "does not trace" in refusal(net, "t-1", "t-2", "udp,udp_dst=x")


def test_for_people(net):
    def shown():
        plan = trace(net, "t-1", "t-3")["tunnels"][0]["plan"]
        text = net.exec("hv-1", "agentctl", "trace", "t-1", "t-3")
        assert max(map(len, text.splitlines())) <= 80, text
        for words in ("t-1 on hv-1, policy label 101",
                      "VPC traced, VNI 5300", "spoof > spoof-ip > egress",
                      "Remote hv-3, plan %d" % plan, "trace-tenant",
                      "0xff01/0xa1!", "0x00000065", "It is sent to hv-3"):
            assert words in " ".join(text.split()), (words, text)
        return plan > 0
    wait_until(shown, "all of it is shown")
    header = trace(net, "t-1", "t-3")["tunnels"][0]["header"]
    decoded = json.loads(net.exec("hv-1", "agentctl", "-f", "json", "decode",
                                  header))
    assert decoded["vni"] == VNI


def test_the_agent_does_not_wait(net):
    """While the switch takes its time, the agent goes on, and answers in the
    end."""
    def signal(name):
        net.exec("hv-1", "sh", "-c", "kill -%s $(cat $OVS_RUNDIR/"
                 "ovs-vswitchd.pid)" % name)
    signal("STOP")
    try:
        with net.running("exec", "hv-1", "agentctl", "-f", "json", "trace",
                         "t-1", "t-4") as asking:
            assert net.agentctl("hv-1", "plan", "list")
            assert net.agentctl("hv-1", "plan", "list")
            assert asking.poll() is None
            signal("CONT")
            assert asking.wait(20) == 0
    finally:
        signal("CONT")
    assert json.loads(asking.output)["outcome"] == "delivered"
