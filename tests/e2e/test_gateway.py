"""Gateways: out of a VPC and back, what is on the wires, what is said of it,
and what there is not enough of.

test_gateway_failover.py has what happens when one dies.
"""
import contextlib
import os
import socket

import pytest

import wire
from gateways import (SNAT, changed, get, listed, tunnel, vsctl, wait_gets,
                      wait_settled)
from gateways import lab                                 # noqa: F401
from waiting import SLOWNESS, wait_until

pytestmark = pytest.mark.alone
TYPE = "0xff01/0x02"
TENANT = "0xff01/0x06"


def test_bfd_has_a_class_of_its_own(lab):
    """CS6 in the outer header, as in its own; what endpoints send to the same
    nodes has 0."""
    def seen(capture):
        packets = capture.packets("192.0.2.3")
        return ({p.tos for p in packets if "bfd" in p.protocols},
                {p.tos for p in packets if ":tcp" in p.protocols})
    with lab.capture("hv-3") as capture:
        wait_until(lambda: get(lab, "in-3") and all(seen(capture)),
                   "BFD and TCP")
        assert seen(capture) == ({0xc0}, {0})


def test_snat(lab):
    for endpoint in "in-1", "in-2", "in-3":
        assert wait_gets(lab, endpoint)[0] == SNAT
    lab.vm("in-3", "ping", "-c", 1, "-W", 2, "198.51.100.1")
    lab.vm("in-3", "ping", "-c", 1, "-W", 2, "2001:db8:ffff::1")


def test_status_and_bfd(lab):
    wait_settled(lab)
    status = wait_until(
        lambda: lab.get("VPCGateway", "gw")["status"].get("active")
        and lab.get("VPCGateway", "gw")["status"], "there is a status")
    assert status["active"] == "hv-1" and status["exhausted"] is False
    assert status["nodes"] == [{"nve": "hv-1", "state": "Active"},
                               {"nve": "hv-2", "state": "Standby"}]
    assert status["addresses"] == [SNAT, "2001:db8:ffff::10"]
    assert status["conditions"][0]["status"] == "True"
    entry = listed(lab, "hv-1")
    assert entry["sendsAs"] == "gateway" and entry["zone"] >= 0x8000
    wanted = vsctl(lab, "hv-3", "get", "interface",
                   tunnel(lab, "hv-3", "hv-1"), "bfd")
    assert 'min_tx="%d"' % (100 * SLOWNESS) in wanted and 'mult="3"' in wanted
    assert "cpath_down" not in wanted


def test_explained(lab):
    wait_settled(lab)
    rules = [line["rule"]
             for line in lab.agentctl("hv-1", "explain", "hv-3")["lines"]]
    assert "gateway-sends-as" in rules
    here = lab.agentctl("hv-1", "trace", "in-1", "198.51.100.1")
    assert here["outcome"] == "left" and SNAT in here["sentence"]
    there = lab.agentctl("hv-3", "trace", "in-3", "198.51.100.1")
    assert there["outcome"] == "sent" and "hv-1" in there["sentence"]


def test_on_the_wires(lab):
    """The port stays; what comes in has the options of a gateway, for those
    who take them."""
    lab.set_receive("hv-3", {"options": [
        {"class": "0xff01", "type": "0x02", "length": 4}]})
    lab.wait_transmit("hv-1", "hv-3", "typed", options=[TYPE])
    with lab.capture("ext-hv-1", "tcp port 80") as outside, lab.capture(
            "hv-3") as tunnels:
        seen = lab.vm("in-3", "curl", "-s", "-m", 5, "--local-port", "40123",
                      "http://198.51.100.1/").split()
        assert seen == [SNAT, "40123"]
        frames = wait_until(lambda: len(outside.frames()) >= 8
                            and outside.frames(), "all is captured")
        back = wait_until(
            lambda: tunnels.packets(src="192.0.2.1", vni=5001), "answers")
    mac = wire.mac(listed(lab, "hv-1")["mac"])
    for frame in frames:
        out = frame[26:30] == wire.ip(SNAT)
        assert out or frame[30:34] == wire.ip(SNAT)
        assert (frame[6:12] if out else frame[0:6]) == mac
    assert all((p.options, p.data) == ([TYPE], [b"\0\0\0\3"])
               for p in back), back


@contextlib.contextmanager
def routes_inside(lab):
    """The outside knows the way to the endpoints' own addresses while in the
    block."""
    route = "10.0.0.0/24", "dev", "eth0"
    lab.exec("outside", "ip", "route", "add", *route)
    try:
        yield
    finally:
        lab.exec("outside", "ip", "route", "del", *route)


def test_answers_by_a_further_plan(lab):
    """hv-2 and hv-3 want opposite orders, so hv-1 sends to one of them by a
    bridge of its own, with NAT and without."""
    options = [{"class": "0xff01", "type": "0x02", "length": 4},
               {"class": "0xff01", "type": "0x06", "length": 16}]
    lab.set_receive("hv-2", {"order": "strict", "options": options})
    lab.set_receive("hv-3", {"order": "strict", "options": options[::-1]})
    try:
        lab.wait_transmit("hv-1", "hv-2", "typed", options=[TYPE, TENANT])
        lab.wait_transmit("hv-1", "hv-3", "typed", options=[TENANT, TYPE])
        assert len(lab.agentctl("hv-1", "plan", "list")) > 1
        for endpoint in "in-2", "in-3":
            assert get(lab, endpoint)[0] == SNAT
        with lab.capture("hv-3") as tunnels:
            assert get(lab, "in-3")
            back = wait_until(
                lambda: tunnels.packets(src="192.0.2.1", vni=5001), "answers")
        assert all(p.options == [TENANT, TYPE] for p in back), back
        with changed(lab, snat=[]), routes_inside(lab):
            for i in 2, 3:
                wait_until(lambda: get(lab, "in-%d" % i)[:1]
                           == ["10.0.0.%d" % i], "in-%d is answered" % i)
    finally:
        for node in "hv-2", "hv-3":
            lab.set_receive(node, {"options": options})
        lab.wait_transmit("hv-1", "hv-3", "typed")


def test_routed(lab):
    """Without NAT, in both directions."""
    wait_settled(lab)
    with changed(lab, snat=[]), routes_inside(lab):
        assert wait_until(
            lambda: get(lab, "in-3") and get(lab, "in-3")[0] == "10.0.0.3",
            "the outside sees the endpoint's own address")
        lab.exec("outside", "ping", "-c", 1, "-W", 2, "10.0.0.2")
    wait_until(lambda: get(lab, "in-3") and get(lab, "in-3")[0] == SNAT,
               "it is translated again")


def test_more_connections_than_there_may_be(lab):
    """They are refused, untranslated packets do not leave, and it is said."""
    wait_settled(lab)
    with changed(lab, maxConnections=5), lab.capture(
            "ext-hv-1", "udp") as capture:
        wait_until(lambda: "limit=5," in lab.exec(
            "hv-1", "ovs-appctl", "dpctl/ct-get-limits"), "there is a limit")
        with lab.inside("vm", "in-3"):
            sockets = [socket.socket(type=socket.SOCK_DGRAM)
                       for _ in range(20)]
        for i in range(20):
            sockets[i].sendto(b"x", ("198.51.100.1", 5000 + i))
        wait_until(lambda: listed(lab, "hv-1")["exhausted"], "it is said")
        wait_until(lambda: lab.get("VPCGateway", "gw")["status"]["exhausted"],
                   "the status says so")
        assert any(a["reason"] == "exhausted"
                   for a in lab.agentctl("hv-1", "status")["alarms"])
        sources = {frame[26:30] for frame in capture.frames()
                   if frame[12:14] == b"\x08\x00"}
        assert sources == {wire.ip(SNAT)}
        for s in sockets:
            s.close()
    assert wait_gets(lab, "in-3")[0] == SNAT


@pytest.mark.skipif("GA_EXHAUST" not in os.environ,
                    reason="GA_EXHAUST is not set")
def test_more_connections_than_ports(lab):
    """All ports of the address are in use for one destination: nothing leaves
    untranslated, and it is said."""
    wait_settled(lab)
    with changed(lab, maxConnections=200000), lab.capture(
            "ext-hv-1", "udp dst port 9") as capture:
        sent = 0
        for endpoint in "in-3", "in-2":
            with lab.inside("vm", endpoint):
                for port in range(1024, 65536):
                    with socket.socket(type=socket.SOCK_DGRAM) as sock:
                        sock.bind(("", port))
                        sock.sendto(b"x", ("198.51.100.1", 9))
                    sent += 1
        wait_until(lambda: listed(lab, "hv-1")["exhausted"], "it is said")
        frames = [frame for frame in capture.frames()
                  if frame[12:14] == b"\x08\x00"]
    print("%d of %d left" % (len(frames), sent))
    assert {frame[26:30] for frame in frames} == {wire.ip(SNAT)}
    assert len({frame[34:36] for frame in frames}) > 60000
    # They expire.
    assert wait_gets(lab, "in-3")[0] == SNAT


def ready(lab):
    status = lab.get("VPCGateway", "gw").get("status") or {}
    return (status.get("conditions") or [{}])[0]


def test_flows_are_refused(lab):
    """It is said, and what there is goes on working."""
    wait_settled(lab)
    wait_gets(lab, "in-3")
    vsctl(lab, "hv-1", "--id=@t", "create", "flow_table", "flow_limit=1",
          "overflow_policy=refuse", "--", "set", "bridge", "br-int",
          "flow_tables:32=@t")
    try:
        with changed(lab, snat=[
                {"cidr": "10.0.0.0/24", "address": SNAT},
                {"cidr": "10.0.9.0/24", "address": "198.51.100.11"}]):
            wait_until(lambda: ready(lab)["reason"] == "Blocked",
                       "the status says so")
            assert "of its flows" in ready(lab)["message"]
            assert lab.get("VPCGateway", "gw")["status"]["active"] == "hv-1"
            # While it tries again, nothing is refused.
            wait_until(lambda: "refuses" in (listed(lab, "hv-1")["message"]
                                             or ""), "the node says so")
            assert get(lab, "in-3")
            vsctl(lab, "hv-1", "clear", "bridge", "br-int", "flow_tables")
            wait_until(lambda: ready(lab)["reason"] == "Active",
                       "it is ready when there is room")
    finally:
        vsctl(lab, "hv-1", "clear", "bridge", "br-int", "flow_tables")
