"""LoadBalancers from outside of a VPC, with real packets: the ways there and
back, what is on the wires, what is said of them, and what is refused."""
import contextlib
import socket
import struct

import pytest

import wire
from lab import ApiError, resource
from servers import Client
from services_outside import (CLIENT, DSR_OPTION, OPTION, TCP, UDP, VIP, VIP6,
                              WEBS, alone, answering, ask, connect, inside_of,
                              returned, service)
from services_outside import lab                         # noqa: F401
from waiting import wait_until

pytestmark = pytest.mark.alone
SERVICE, CILIUM = "0xff01/0x8d", "0x014b/0x81"
DIRECT, VIA = 1, 2

# Whom a backend sees.
SEEN = {"web-2": CLIENT, "web-3": CLIENT, "web-4": "10.0.0.254"}


def test_ways_back(lab):
    """All three at once: who sees whom, and what is on the wires."""
    for name, seen in SEEN.items():
        with connect(lab, name) as c:
            assert c.ask()[:2] == (name, seen)


def seen_on_wires(lab, name):
    """What a connection to 'name' alone looks like: packets to its node,
    packets back, and frames that leave at the gateway's node and at hv-2."""
    node, address = int(name[-1]), alone(name)
    with lab.capture("hv-1") as tunnels, lab.capture(
            "ext-hv-1", "tcp") as one, lab.capture(
            "ext-hv-2", "tcp") as two, connect(lab, name, address) as c:
        port = c.socket.getsockname()[1]

        def back_outside(capture):
            return [f for f in capture.frames() if f[26:30] == wire.ip(address)
                    and struct.unpack("!H", f[36:38]) == (port,)]

        assert c.ask()[0] == name
        there = wait_until(lambda: inside_of(tunnels, 1, node, port),
                           "it goes there")
        wait_until(lambda: back_outside(one) + back_outside(two),
                   "it comes back")
        # tcpdump may be late with what is not waited for.
        back = (inside_of(tunnels, node, 1, port) if name == "web-2"
                else wait_until(lambda: inside_of(tunnels, node, 1, port),
                                "it comes back by a tunnel"))
        left = [{f[6:12] for f in back_outside(c)} for c in (one, two)]
    return there, back, left


def option_of(flags):
    return {SERVICE: struct.pack("!BBH", flags, 0, 80)}


def gateway_mac(lab):
    for line in lab.agentctl("hv-1", "gateway", "list"):
        return wire.mac(line["mac"])


def test_direct(lab):
    there, back, left = seen_on_wires(lab, "web-2")
    assert {(str(o), s, d) for o, s, d in there} == {
        (str(option_of(DIRECT)), CLIENT, alone("web-2"))}
    assert not back
    # By hv-2's own MAC: the gateway's is where the gateway is.
    assert left[1] and gateway_mac(lab) not in left[1]


def test_via(lab):
    there, back, left = seen_on_wires(lab, "web-3")
    assert {(str(o), s, d) for o, s, d in there} == {
        (str(option_of(VIA)), CLIENT, alone("web-3"))}
    assert {(str(o), s, d) for o, s, d in back} == {
        ("{}", alone("web-3"), CLIENT)}
    assert left[0] == {gateway_mac(lab)}


def test_masquerade(lab):
    there, back, left = seen_on_wires(lab, "web-4")
    assert {(str(o), s, d) for o, s, d in there} == {
        ("{}", "10.0.0.254", "10.0.0.4")}
    assert {(str(o), s, d) for o, s, d in back} == {
        ("{}", "10.0.0.4", "10.0.0.254")}
    assert left[0] == {gateway_mac(lab)}


def trace_in(lab, *args, node="hv-1"):
    return lab.agentctl(node, "trace", "outside:out", *args)


TCP_FLOW = "tcp,tcp_src=1000,tcp_dst=80"


def test_trace_from_outside(lab):
    """What comes in, to each kind of backend: where it enters, how answers
    go, and the option's bytes, which test_direct() etc. see on the wire."""
    ways = {"web-2": "direct", "web-3": "via", "web-4": "masquerade"}
    for name, how in ways.items():
        trace = trace_in(lab, alone(name), TCP_FLOW)
        entry = trace["entry"]
        assert (entry["port"], entry["kind"], entry["name"], entry["active"],
                entry["return"]) == ("ext-physnet1", "LoadBalancer",
                                     "one-" + name, "hv-1", how), trace
        assert (trace["outcome"], trace["forwarding"]) == ("sent", "routed")
        assert trace["destination"]["name"] == name
        [tunnel] = trace["tunnels"]
        assert tunnel["nve"] == "hv-" + name[-1]
        assert {o["option"]: bytes.fromhex(o["value"][2:])
                for o in tunnel["options"]} == (
            {} if how == "masquerade" else
            option_of(DIRECT if how == "direct" else VIA))
    stages = [step["stage"] for step in trace["steps"]]
    assert ["ext-in", "ext-address", "vip", "vip-masquerade", "vip-in"] == [
        s for s in stages if s and s.startswith(("ext-", "vip"))]
    # IPv6, from what the network's gateway is there, and a standby candidate.
    assert trace_in(lab, VIP6, "tcp6,tcp_dst=80")["outcome"] == "sent"
    trace = trace_in(lab, alone("web-2"), TCP_FLOW, node="hv-2")
    assert trace["outcome"] == "delivered", trace
    assert trace["receiver"] == "web-2" and trace["entry"]["active"] == "hv-1"


def test_trace_from_outside_says_why_not(lab):
    with lab.temporary(service("shut", "10.0.0.120", "198.51.100.70",
                               sourceRanges=["203.0.113.0/24"])):
        wait_until(lambda: trace_in(lab, "198.51.100.70", TCP_FLOW + (
            ",nw_src=203.0.113.1"))["outcome"] == "sent", "it is let in")
        trace = trace_in(lab, "198.51.100.70", TCP_FLOW)
    assert trace["outcome"] == "dropped", trace
    assert "sourceRanges" in trace["sentence"]
    trace = trace_in(lab, "198.51.100.10", TCP_FLOW)
    assert (trace["outcome"], trace["reason"]) == ("dropped", "no-connection")
    trace = trace_in(lab, VIP)
    assert (trace["outcome"], trace["reason"]) == ("dropped", "no-service")
    assert trace_in(lab, VIP, "arp")["outcome"] == "answered"
    text = lab.exec("hv-1", "agentctl", "trace", "outside:out",
                    alone("web-3"), TCP_FLOW)
    assert "by ext-physnet1 from br-ex," in text, text
    assert "leave by this gateway (via)" in " ".join(text.split()), text
    for node, args, error in (
            ("hv-1", ("outside:lost", VIP), "no ExternalNetwork"),
            ("hv-3", ("outside:out", VIP), "hv-3, is not attached"),
            ("hv-1", ("outside:out", "198.51.100.200"), "nobody"),
            ("hv-1", ("outside:out", "web-2"), "not an IP address"),
            ("hv-1", ("outside:out", VIP6, "tcp"), "family")):
        text = lab.exec(node, "sh", "-c", "agentctl trace %s 2>&1" %
                        " ".join(args), check=False)
        assert error in " ".join(text.split()), text


def test_ipv6(lab):
    wait_until(lambda: answering(lab, VIP6) == WEBS, "all answer")
    for name, seen in SEEN.items():
        with connect(lab, name, VIP6) as c:
            assert c.ask()[1] == (CLIENT if "." not in seen else
                                  "fd00::fe" if name == "web-4"
                                  else "2001:db8:ffff::1")


def big(c, size):
    """Asks until the host outside has learned what fits."""
    with contextlib.suppress(TimeoutError):
        return c.ask(size)[3] == size


@pytest.mark.parametrize("name", sorted(WEBS))
def test_udp_and_fragments(lab, name):
    """UDP goes by the client's address alone, so each gets a service."""
    address = alone(name)
    wait_until(lambda: ask(lab, address, UDP)[0] == name, "it answers")
    with Client(lab, "outside", address, 80, UDP, wait=1) as c:
        assert c.ask()[:2] == (name, SEEN[name])
        wait_until(lambda: big(c, 4000), "fragments are answered")


@pytest.mark.parametrize("name", sorted(WEBS))
def test_too_big(lab, name):
    """The host outside is told what does not fit the tunnel, by the service's
    address."""
    address = "198.51.100.7" + name[-1]
    lab.apply(service("large-" + name, "10.0.0.11" + name[-1], address,
                      {"name": name}))
    wait_until(lambda: ask(lab, address, UDP)[0] == name, "it answers")
    with Client(lab, "outside", address, 80, UDP, wait=2) as c, lab.capture(
            "ext-hv-1", "icmp and dst host " + CLIENT) as errors:
        def refused():
            with contextlib.suppress(OSError):
                c.ask(1472)
            return errors.frames()
        c.socket.setsockopt(socket.IPPROTO_IP, 10, 2)
        error = wait_until(refused, "there is an error")[0]
        mtu = int.from_bytes(error[40:42], "big")
        assert error[26:30] == wire.ip(address)
        assert error[54:62] == wire.ip(CLIENT) + wire.ip(address)
        assert error[62:66] == struct.pack("!HH",
                                           c.socket.getsockname()[1], 80)
        assert c.ask(mtu - 28)[3] == mtu - 28


def test_source_ranges(lab):
    lab.apply(service(sourceRanges=["203.0.113.0/24"]))
    wait_until(lambda: ask(lab)[0] not in WEBS, "nobody answers")
    lab.apply(service(sourceRanges=["203.0.113.0/24", "198.51.100.0/24"]))
    wait_until(lambda: ask(lab)[0] in WEBS, "it answers again")
    lab.apply(service())


def test_forced(lab):
    """spec.return: those that cannot are left out."""
    lab.apply(service(**{"return": "via"}))
    wait_until(lambda: answering(lab) == {"web-2", "web-3"}, "two are left")
    lab.apply(service(**{"return": "direct"}))
    wait_until(lambda: answering(lab) == {"web-2"}, "one is left")
    lab.apply(service(**{"return": "masquerade"}))
    wait_until(lambda: ask(lab)[1:2] == ("10.0.0.254",), "it is masqueraded")
    wait_until(lambda: answering(lab) == WEBS, "all answer")
    lab.apply(service())
    wait_until(lambda: answering(lab) == WEBS, "all answer")


def test_status(lab):
    """What was negotiated is in the status."""
    wait_until(lambda: returned(lab) == {"web-2": "direct", "web-3": "via",
                                         "web-4": "masquerade"},
               "the status says so")
    for name, how in returned(lab).items():
        rules = [line["rule"] for line in lab.agentctl(
            "hv-1", "explain", "hv-" + name[-1])["lines"]]
        assert "service-" + how in rules


def test_one_owner(lab):
    """Only the active node answers ARP for the address, with the gateway's
    MAC."""
    with lab.capture("ext-hv-1", "arp") as one, lab.capture(
            "ext-hv-2", "arp") as two:
        lab.exec("outside", "ip", "neigh", "flush", "all")
        assert ask(lab)[0] in WEBS
        wait_until(lambda: answers(one), "it is answered")
    assert answers(one) == {gateway_mac(lab)}
    # What hv-1 says is also seen where hv-2 is, and hv-2 says nothing.
    assert len(answers_of(one)) >= len(answers_of(two))


def answers_of(capture):
    return [f for f in capture.frames()
            if f[20:22] == b"\0\2" and f[28:32] == wire.ip(VIP)]


def answers(capture):
    """The MACs that are said to have the address."""
    return {f[22:28] for f in answers_of(capture)}


def service_of(lab, name):
    return lab.get("LoadBalancer", name)["status"]


@pytest.mark.parametrize(("name", "how"), [("web-2", "direct"),
                                           ("web-3", "via")])
def test_cilium(lab, name, how):
    """A node that takes but Cilium's option gets that, with what is translated
    to the backend already, and answers by the service's address."""
    node, address = "hv-" + name[-1], alone(name)
    lab.set_receive(node, {"options": [DSR_OPTION]})
    try:
        wait_until(lambda: service_of(lab, "one-" + name)["backends"] == [{
            "endpoint": name, "nve": node, "healthy": True, "return": how,
            "option": "service.dsr"}], "it is negotiated")
        wait_until(lambda: ask(lab, address)[0] == name, "it answers")
        with Client(lab, "outside", address, 80, TCP, wait=5) as c:
            assert c.ask()[:2] == (name, CLIENT)
            with lab.capture("hv-1") as tunnels:
                assert c.ask()[:2] == (name, CLIENT)
                there = wait_until(
                    lambda: inside_of(tunnels, 1, int(name[-1])),
                    "it goes there")
            assert {(str(o), s, d) for o, s, d in there} == {
                (str({CILIUM: wire.ip(address) + struct.pack("!HH", 80, 0)}),
                 CLIENT, "10.0.0." + name[-1])}
            # More than a window of TCP.
            assert all(c.ask(1200)[0] == name for _ in range(60))
        with Client(lab, "outside", address, 80, UDP, wait=2) as c:
            assert c.ask()[:2] == (name, CLIENT)
        shown = lab.agentctl("hv-1", "service", "show", "one-" + name)
        assert shown["backends"][0]["option"] == "service.dsr"
    finally:
        lab.set_receive(node, None)
    wait_until(lambda: service_of(lab, "one-" + name)["backends"][0][
        "option"] == "service.vip", "it gets the better one again")
    assert ask(lab, address)[0] == name


def test_further_plan(lab):
    """A node that wants another order of options than others is served by a
    bridge of its own: it gets the option there, too."""
    kind = {"class": "0xff01", "type": "0x02", "length": 4}
    lab.apply(resource("GeneveOption", "endpoint-type", dict(
        kind, value={"from": "endpoint.type"})))
    lab.apply(resource("OptionProfile", "served", {"options": [
        {"name": "endpoint-type"}, {"name": "service"}, {"name": "cilium"}]}))
    lab.set_receive("hv-2", {"order": "strict", "options": [kind, OPTION]})
    lab.set_receive("hv-3", {"order": "strict", "options": [OPTION, kind]})
    try:
        for name, order in (("web-2", ["0xff01/0x02", SERVICE]),
                            ("web-3", [SERVICE, "0xff01/0x02"])):
            wait_until(lambda name=name, order=order: orders_to(lab, name)
                       == {tuple(order)}, "it gets its order")
            with connect(lab, name) as c:
                assert c.ask()[:2] == (name, CLIENT)
        plans = [p["plan"] for p in lab.agentctl("hv-1", "plan", "list")]
        assert len(plans) == 2
        assert returned(lab) == {"web-2": "direct", "web-3": "via",
                                 "web-4": "masquerade"}
    finally:
        lab.set_receive("hv-2", None)
        lab.set_receive("hv-3", None)
        lab.apply(resource("OptionProfile", "served", {
            "options": [{"name": "service"}, {"name": "cilium"}]}))
    wait_until(lambda: orders_to(lab, "web-3") == {(SERVICE,)},
               "it is as before")


def orders_to(lab, name):
    """The options, in the order of the wire, of packets of a connection to the
    service that has backend 'name' alone."""
    with lab.capture("hv-1") as tunnels:
        ask(lab, alone(name))
        return {tuple(options) for options, _, _ in wait_until(
            lambda: inside_of(tunnels, 1, int(name[-1])), "it goes there")}


def test_error_from_outside(lab):
    """An ICMP error to a service's address gets to the backend that the
    connection is with: all of them are asked.  It is about UDP, as hosts
    believe errors about TCP only with the right sequence number."""
    with lab.inside("exec", "outside"):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                            socket.IPPROTO_ICMP)
    for name in sorted(WEBS):
        address = alone(name)
        with raw.dup() as sock, Client(lab, "outside", address, 80, UDP) as c:
            assert c.ask()[0] == name
            icmp = wire.frag_needed(
                1200, (address, 80), (CLIENT, c.socket.getsockname()[1]))
            sock.sendto(icmp, (address, 0))
            wait_until(lambda name=name: "mtu 1200" in lab.vm(
                name, "ip", "route", "get", SEEN[name]), name + " is told")
    raw.close()


@pytest.mark.parametrize("external", [CLIENT, VIP])
def test_refused_address(lab, external):
    """The router's, and another service's."""
    with pytest.raises(ApiError, match="spec.externalAddress"):
        lab.apply(service("bad", "10.0.0.130", external))


def test_blocked_address(lab):
    """One that no gateway has: the message names the field, the service is
    there inside, and the others are served."""
    def condition():
        return lab.get("LoadBalancer", "bad")["status"]["conditions"][0]
    with lab.temporary(service("bad", "10.0.0.130", "203.0.113.7")):
        found = wait_until(condition, "there is a condition")
        assert found["status"] == "False"
        assert "spec.externalAddress: 203.0.113.7" in found["message"]
        assert ask(lab)[0] in WEBS


def test_blocked_return(lab):
    """No backend can do what spec.return wants."""
    def message():
        return lab.get("LoadBalancer", "bad")["status"]["conditions"][0][
            "message"]
    with lab.temporary(service("bad", "10.0.0.130", "198.51.100.77",
                               {"name": "web-3"}, **{"return": "direct"})):
        wait_until(lambda: message().startswith("spec.return: "),
                   "the message names the field")


def test_refused(lab):
    """A port that the service has not, and a service without backends."""
    for kind in (TCP, UDP):
        assert ask(lab, VIP, kind, 81) == ("ConnectionRefusedError",)
        assert ask(lab, VIP6, kind, 81) == ("ConnectionRefusedError",)
    with lab.temporary(service("none", "10.0.0.130", "198.51.100.78",
                               {"name": "nobody"})):
        wait_until(lambda: ask(lab, "198.51.100.78")
                   == ("ConnectionRefusedError",), "it is refused")
