"""VPCRoutes, with real packets: through an appliance, which is what has the
outside behind it here, and nobody else."""
import contextlib

import pytest

import wire
import world
from lab import resource
from waiting import wait_until

SUBNET = {"cidr": "10.7.0.0/24", "gateway": "10.7.0.1"}
SITE, OTHER = "203.0.113.5", "198.18.0.5"
PLACES = {"a": ("hv-1", 11, "vm"), "b": ("hv-2", 12, "vm"),
          "fw": ("hv-3", 19, "gateway"), "lazy": ("hv-2", 18, "gateway")}


def route(name="site", destination="203.0.113.0/24", via="grey-fw", **spec):
    return resource("VPCRoute", name, dict(
        {"vpc": "grey", "destination": destination,
         "via": [{"endpoint": via}] if isinstance(via, str) else via},
        **spec))


def put_behind(lab, endpoint, *ips):
    """As with a router that has these behind it, not on itself."""
    lab.vm(endpoint, "sysctl", "-qw", "net.ipv4.conf.all.arp_announce=2")
    for ip in ips:
        lab.vm(endpoint, "ip", "address", "add", ip + "/32", "dev", "lo")


@pytest.fixture(scope="module")
def lab(three_nodes):
    """VPC grey.  Both appliances have the outside's addresses behind them."""
    lab = three_nodes
    objects = [resource("VPC", "grey", {
        "vni": 6007, "subnets": [SUBNET], "optionProfile": "web",
        "tenantId": world.TENANT})]
    objects += [resource("Endpoint", "grey-" + name, {
        "vpc": "grey", "mac": "02:00:00:07:00:%02x" % n, "type": kind,
        "ips": ["10.7.0.%d" % n], "policyLabel": n, "qosClass": n})
        for name, (_, n, kind) in PLACES.items()]
    with lab.temporary(*objects), contextlib.ExitStack() as stack:
        for name, (node, _, _) in PLACES.items():
            lab.plug(node, "grey-" + name, wait=False)
            stack.callback(lab.unplug, "grey-" + name)
        for name, (node, _, kind) in PLACES.items():
            lab.wait_running("grey-" + name, node)
            if kind == "gateway":
                put_behind(lab, "grey-" + name, SITE, OTHER)
        lab.wait_ping("grey-a", "10.7.0.19")
        yield lab


def ready(lab, name, status, message=""):
    def look():
        conditions = (lab.get("VPCRoute", name).get("status") or {}).get(
            "conditions", [])
        return any(c["status"] == status and message in c["message"]
                   for c in conditions) or None
    return wait_until(look, "VPCRoute %s is Ready: %s" % (name, status))


def ping_from(lab, endpoint, source, address):
    output = lab.vm(endpoint, "ping", "-n", "-c", 3, "-i", 0.02, "-W", 0.5,
                    "-I", source, address, check=False)
    return output.count("bytes from")


def wait_ping_from(lab, endpoint, source, address):
    wait_until(lambda: ping_from(lab, endpoint, source, address) or None,
               "%s passes on %s to %s" % (endpoint, source, address))


def test_through_an_appliance(lab):
    """Both ways, from near and far, with the appliance's type in what it
    sends; and only while there is a route."""
    assert not lab.ping("grey-a", SITE, count=1, wait=0.3)
    with lab.temporary(route()):
        ready(lab, "site", "True")
        lab.wait_ping("grey-a", SITE)
        lab.wait_ping("grey-b", SITE)
        with lab.capture("hv-3") as capture:
            assert lab.ping("grey-a", SITE) == 3
            wait_until(lambda: capture.packets("192.0.2.3", "192.0.2.1",
                                               vni=6007),
                       "packets are captured")
            packet = capture.packets("192.0.2.3", "192.0.2.1", vni=6007)[0]
        assert dict(zip(packet.options, packet.data))["0xff01/0x02"] == (
            b"\x00\x00\x00\x03")
        wait_ping_from(lab, "grey-fw", SITE, "10.7.0.11")
        wait_ping_from(lab, "grey-fw", SITE, "10.7.0.12")
        assert not lab.ping("grey-a", OTHER, count=1, wait=0.3)
        assert {line["rule"] for remote in ("hv-2", "hv-3")
                for line in lab.agentctl("hv-1", "explain", remote)["lines"]
                if line.get("vpc") == "grey"} == {
                    "outside-dropped", "outside-by-appliance",
                    "type-not-believed", "type-believed"}
        shown, = lab.agentctl("hv-1", "route", "list")
        assert (shown["state"], shown["here"], shown["via"]) == (
            "Routed", 1, [{"type": "endpoint", "name": "grey-fw", "weight": 1,
                           "usable": True, "nve": "hv-3"}])
        table = lab.on("hv-1", "agentctl", "route", "list").stdout
        assert "grey-fw" in table and "203.0.113.0/24" in table
    wait_until(lambda: not lab.ping("grey-a", SITE, count=1, wait=0.3)
               or None, "the route is gone")


def test_nobody_else(lab):
    """What no route through it says, an appliance neither sends nor gets."""
    with lab.temporary(route()):
        lab.wait_ping("grey-a", SITE)
        assert ping_from(lab, "grey-fw", OTHER, "10.7.0.11") == 0
        with lab.listening("grey-b") as heard:
            for source in "grey-fw", "grey-lazy":
                ping_from(lab, source, OTHER, "10.7.0.12")
            ping_from(lab, "grey-lazy", SITE, "10.7.0.12")
            assert not [f for f in heard() if f[12:14] == b"\x08\x00"
                        and f[26] != 10]


TYPE, ROUTING_TYPE = "0xff01/0x02", "0xff01/0x82"


def test_types_that_are_not_believed(lab):
    """A packet that says it is passed on, from a node that passes nothing on,
    goes nowhere, whatever its source; and agentctl counts it."""
    def send(marker, kind, source, node=2):
        lab.inject("hv-1", wire.geneve(
            6007, wire.inner("02:00:00:07:00:0c", "02:00:00:07:00:0b",
                             source, "10.7.0.11", marker),
            wire.option(TYPE, kind.to_bytes(4, "big"))),
            "192.0.2.%d" % node)

    def count():
        return lab.agentctl("hv-1", "explain", "hv-2")["disbelieved"]

    with lab.temporary(route()), lab.listening("grey-a") as heard:
        lab.wait_ping("grey-a", SITE)
        before = count()
        cases = [(b"inside!!", 3, "10.7.0.12"), (b"outside!", 3, SITE),
                 (b"nobody!!", 3, "10.7.0.99")]
        for case in cases:
            send(*case)
        # From the node of the appliance, too, if it is from inside.
        send(b"spoofed!", 3, "10.7.0.12", node=3)
        for marker, kind, source, node in (
                (b"as ever!", 1, "10.7.0.12", 2),
                (b"its own!", 3, "10.7.0.18", 2),
                (b"passed!!", 3, SITE, 3)):
            send(marker, kind, source, node)
            wait_until(lambda: any(marker in frame for frame in heard()),
                       "%r arrives" % marker)
        assert not [frame for frame in heard() for case in (
            *cases, (b"spoofed!",)) if case[0] in frame]
        wait_until(lambda: count() == before + len(cases), "all are counted")
        assert "%d packets" % count() in lab.on(
            "hv-1", "agentctl", "explain", "hv-2").stdout


def test_a_type_that_has_to_be_understood(lab):
    """The critical option goes to those who take it; others know what an
    appliance passes on by its address, and both believe it."""
    option = resource("GeneveOption", "routing-type", {
        "class": "0xff01", "type": "0x82", "length": 4,
        "value": {"from": "endpoint.type"}})
    profile = resource("OptionProfile", "routing", {
        "options": [{"name": "routing-type"}]})
    vpc = resource("VPC", "ochre", {
        "vni": 6008, "optionProfile": "routing", "subnets": [
            {"cidr": "10.8.0.0/24", "gateway": "10.8.0.1"}]})
    policy = resource("VPCPolicy", "ochre", {
        "vpc": "ochre", "endpointSelector": {}, "ingress": [
            {"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}]})
    endpoints = [resource("Endpoint", "ochre-%d" % k, {
        "vpc": "ochre", "mac": "02:00:00:08:00:%02x" % k, "type": kind,
        "ips": ["10.8.0.%d" % k]}) for k, kind in (
            (11, "vm"), (12, "vm"), (13, "gateway"))]
    way = route("ochre", via="ochre-13", vpc="ochre")
    lab.set_receive("hv-2", {"options": [
        {"class": "0xff01", "type": "0x81", "length": 4}]})
    with lab.temporary(option, profile, vpc, *endpoints, way, policy), \
            contextlib.ExitStack() as stack:
        for k in (1, 2, 3):
            lab.plug("hv-%d" % k, "ochre-1%d" % k)
            stack.callback(lab.unplug, "ochre-1%d" % k)
        put_behind(lab, "ochre-13", SITE)
        lab.wait_transmit("hv-3", "hv-1", "routing", options=[ROUTING_TYPE])
        lab.wait_transmit("hv-3", "hv-2", "routing", options=[])
        with lab.capture("hv-3") as capture:
            for address in "10.8.0.11", "10.8.0.12":
                wait_ping_from(lab, "ochre-13", SITE, address)
                # Its own packets are not from the outside.
                assert ping_from(lab, "ochre-13", "10.8.0.13", address) == 0
            wait_until(lambda: capture.packets("192.0.2.3", "192.0.2.2",
                                               vni=6008)
                       and capture.packets("192.0.2.3", "192.0.2.1",
                                           vni=6008), "packets are captured")
        for packet in capture.packets("192.0.2.3", "192.0.2.1", vni=6008):
            assert packet.options == [ROUTING_TYPE] and packet.critical
            assert packet.data == [b"\0\0\0\3"]
        for packet in capture.packets("192.0.2.3", "192.0.2.2", vni=6008):
            assert packet.options == [] and not packet.critical
        rules = {node: {line["rule"] for line in lab.agentctl(
            node, "explain", "hv-3")["lines"] if line.get("vpc") == "ochre"}
                 for node in ("hv-1", "hv-2")}
        ever = {"by-address", "outside-by-appliance"}   # Without labels.
        assert rules == {"hv-1": ever | {"type-believed"},
                         "hv-2": ever | {"type-by-address"}}


def echo_ids(capture, **where):
    """The identifiers of echo requests and replies."""
    return {packet.inner[38:40]
            for packet in capture.packets(vni=6007, **where)
            if packet.inner[12:14] == b"\x08\x00" and packet.inner[23] == 1}


def test_answers_go_back(lab):
    """Through the appliance that the request came through, whichever one a
    hash would choose; from near and far."""
    with lab.temporary(route(via=[{"endpoint": "grey-fw"},
                                  {"endpoint": "grey-lazy"}])):
        for source in "grey-fw", "grey-lazy":
            for address in "10.7.0.11", "10.7.0.12":
                wait_ping_from(lab, source, SITE, address)
        with lab.capture("hv-3") as capture:
            for source in "grey-fw", "grey-lazy":
                for address in "10.7.0.11", "10.7.0.12":
                    wait_ping_from(lab, source, SITE, address)
            wait_until(lambda: len(echo_ids(capture, dst="192.0.2.3")) >= 2,
                       "packets are captured")
        # What came through the one on hv-2 is not answered by way of hv-3.
        assert (echo_ids(capture, dst="192.0.2.3")
                <= echo_ids(capture, src="192.0.2.3"))


def test_blocked(lab):
    """A route that leads nowhere says so, and does not leave its packets to
    another one."""
    with lab.temporary(route("all", "0.0.0.0/0")):
        lab.wait_ping("grey-a", SITE)
        with lab.temporary(route("wrong", via="grey-b")):
            ready(lab, "wrong", "False", "spec.via[0].endpoint: Endpoint "
                  "grey-b is not of type gateway")
            wait_until(lambda: not lab.ping("grey-a", SITE, count=1, wait=0.3)
                       or None, "the route is Blocked")
            assert lab.ping("grey-a", OTHER) == 3
            lab.patch("VPCRoute", "wrong",
                      {"spec": {"via": [{"endpoint": "grey-lazy"}]}})
            ready(lab, "wrong", "True")
            lab.wait_ping("grey-a", SITE)


def test_policies_see_the_outside(lab):
    """What an appliance passes on is from outside: ipBlock, not its
    label."""
    policy = resource("VPCPolicy", "grey", {
        "vpc": "grey", "endpointSelector": {}, "ingress": [
            {"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}]})
    with lab.temporary(route("all", "0.0.0.0/0"), policy):
        wait_until(lambda: not lab.ping("grey-b", "10.7.0.11", count=1,
                                        wait=0.3) or None,
                   "the policy applies")
        wait_ping_from(lab, "grey-fw", SITE, "10.7.0.12")
        assert ping_from(lab, "grey-fw", OTHER, "10.7.0.12") == 0
        assert ping_from(lab, "grey-fw", "10.7.0.19", "10.7.0.12") == 0
