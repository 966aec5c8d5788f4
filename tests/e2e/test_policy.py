"""Policy by label: what a VPCPolicy lets through, and by what a sender is
known, with real packets; see policies.py for the VPC, and
tests/golden/policy-*.json for all that is decided packet by packet."""
import contextlib
import re
import socket
import struct

import pytest

import policies
import wire
import world
from lab import KERNEL
from policies import (APP, DB, DB6, ENDPOINTS, LABEL, LONG, NUMBERS, SHORT,
                      VNI, WEB_1, WEB_2, Server, acl, closed, enforced,
                      hears_only, label, policy, port, selector, send, tcp)
from waiting import wait_until


@pytest.fixture(scope="module")
def sb(own_lab):
    lab = own_lab(2)
    policies.load(lab)
    return lab


def test_a_selected_endpoint_takes_only_answers(sb):
    assert tcp(sb, "web-2", DB, 80)
    with enforced(sb, policy("closed")):
        for src in "web-1", "web-2":
            assert closed(sb, src, DB, 80)
        # What it asks itself is answered: TCP, UDP, ICMP, and the error to a
        # datagram for which there is no socket.
        assert sb.ping("db-1", WEB_2, count=1, wait=LONG)
        assert tcp(sb, "db-1", APP, 80)
        with Server(sb, "web-2", WEB_2, 5000) as server:
            assert server.hears("db-1")
        with sb.inside("vm", "db-1"):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock, pytest.raises(ConnectionRefusedError):
            sock.settimeout(LONG)
            sock.connect((WEB_2, 5001))
            sock.send(b"?")
            sock.recv(10)
        # Who is not selected takes everything.
        assert tcp(sb, "app-2", WEB_1, 80)


def test_labels_ports_and_protocols(sb):
    web = policy("web", {"from": [selector(role="web")],
                         "ports": [port("TCP", 80), port("TCP", 443),
                                   port("UDP", 5000, 5999)]},
                 {"from": [selector(role="app")], "ports": [port("ICMP")]})
    with enforced(sb, web), sb.capture("hv-1") as capture:
        for src in "web-1", "web-2":            # From here, and over the wire.
            assert tcp(sb, src, DB, 80)
            assert closed(sb, src, DB, 81)
        assert sb.ping("app-2", DB, count=1, wait=LONG)
        with Server(sb, "db-1", DB, 5123) as server:
            assert server.hears("web-2")
        # Datagrams in many pieces, to a port that is open and to one that is
        # not.
        for size in 3000, 20000:
            with Server(sb, "db-1", DB, 5001) as server:
                assert server.hears("web-2", size=size)
            with Server(sb, "db-1", DB, 4998) as server:
                assert not server.hears("web-2", size=size, wait=SHORT)
        packets = capture.packets("192.0.2.2", "192.0.2.1")
        labels = {int.from_bytes(p.data[p.options.index(LABEL)], "big")
                  for p in packets if LABEL in p.options}
        assert labels == {NUMBERS["web"], NUMBERS["app"]}


def rules_of_senders(lab):
    """By what hv-1 knows senders of green at hv-2."""
    return [line["rule"] for line in lab.agentctl("hv-1", "explain", "hv-2")[
        "lines"] if line.get("vpc") == "green"]


def test_agentctl_says_what_is_in_force(sb):
    rule = {"from": [selector(role="web"), {"endpointSelector": {
        "matchExpressions": [{"key": "role", "operator": "NotIn",
                              "values": ["app", "web"]}]}}],
            "ports": [port("TCP", 80), port("UDP", 5000, 5999),
                      port("ICMP")]}
    with enforced(sb, policy("p", rule, {"ports": [port("TCP", 443)]}),
                  policy("nothing")):
        listed = {p["name"]: p for p in sb.agentctl("hv-1", "policy", "list")}
        assert listed["p"] == {
            "name": "p", "vpc": "green", "selector": "role=db",
            "endpoints": ["db-1"], "message": None, "egress": None, "rules": [
                {"from": ["role=web", "role notin (app,web)"],
                 "labels": [NUMBERS["db"], NUMBERS["web"]],
                 "ports": ["TCP 80", "UDP 5000-5999", "ICMP"]},
                {"from": None, "labels": None, "ports": ["TCP 443"]}]}
        assert listed["nothing"]["rules"] == []
        assert sb.agentctl("hv-2", "policy", "list")[0]["endpoints"] == []
        text = sb.exec("hv-1", "agentctl", "policy", "list")
        for words in (r"^p +green +1 +in +role=web; .* 7, 11 +TCP 80",
                      "^nothing .* in +nobody", r"any +any +TCP 443"):
            assert re.search(words, text, re.M), text
        assert max(map(len, text.splitlines())) <= 80

        def db():
            return next(e for e in sb.agentctl("hv-1", "endpoint", "list")
                        if e["name"] == "db-1")

        before = db()
        assert before["policies"] == ["nothing", "p"]
        assert closed(sb, "web-2", DB, 81)
        wait_until(lambda: db()["denied"] > before["denied"], "it counts")
        text = sb.exec("hv-1", "agentctl", "endpoint", "list")
        assert re.search(r"db-1 +selected by nothing, p; \d+ packets? not let "
                         "in", text), text
        wait_until(lambda: rules_of_senders(sb) == ["by-label"],
                   "hv-2 is known by the label")
    assert sb.agentctl("hv-1", "policy", "list") == []
    assert "No policies" in sb.exec("hv-1", "agentctl", "policy", "list")


def test_ipv6(sb):
    with enforced(sb, policy("six", {"from": [selector(role="web")],
                                     "ports": [port("TCP", 80),
                                               port("ICMPv6")]})):
        wait_until(lambda: tcp(sb, "web-2", DB6, 80), "web-2 finds db-1")
        assert sb.ping("web-2", DB6, count=1, wait=LONG)
        wait_until(lambda: sb.ping("db-1", "fd00:1::4", count=1, wait=LONG),
                   "db-1 finds app-2")
        assert closed(sb, "app-2", DB6, 80)


def test_a_rule_that_is_taken_back_ends_connections(sb):
    """And one that is not does not notice."""
    open_to_web = {"from": [selector(role="web")],
                   "ports": [port("TCP", 80), port("TCP", 90)]}
    with enforced(sb, policy("p", open_to_web)), contextlib.ExitStack() as s:
        pairs = []
        for number in 80, 90:
            with sb.inside("vm", "db-1"):
                server = s.enter_context(socket.create_server((DB, number)))
            with sb.inside("vm", "web-2"):
                client = s.enter_context(
                    socket.create_connection((DB, number), LONG))
            pairs.append((s.enter_context(server.accept()[0]), client))
        for peer, client in pairs:
            peer.settimeout(LONG)
            client.sendall(b"1")
            assert peer.recv(9) == b"1"
        sb.patch("VPCPolicy", "p", {"spec": {"ingress": [
            {"from": [selector(role="web")], "ports": [port("TCP", 90)]}]}})
        wait_until(lambda: closed(sb, "web-2", DB, 80),
                   "the rule is gone")
        for peer, client in pairs:
            client.sendall(b"2")
        assert pairs[1][0].recv(9) == b"2"
        pairs[0][0].settimeout(SHORT)
        with pytest.raises(TimeoutError):
            pairs[0][0].recv(9)


def test_a_remote_without_labels_is_known_by_address(sb):
    """hv-1 does not take the label, so hv-2 does not send it."""
    kinds = world.ct("endpoint-type")
    both = world.ct("endpoint-type", "policy-label")
    rule = {"from": [selector(role="web")], "ports": [port("TCP", 80)]}
    with enforced(sb, policy("p", rule)):
        sb.set_receive("hv-1", world.table("endpoint-type"))
        world.settle(sb, {"hv-1": kinds, "hv-2": both}, "plain")
        with sb.capture("hv-1") as capture:
            assert tcp(sb, "web-2", DB, 80)
            assert closed(sb, "app-2", DB, 80)
            seen = wait_until(lambda: capture.packets(
                "192.0.2.2", "192.0.2.1"), "packets")
            assert {tuple(p.options) for p in seen} == {tuple(kinds)}
        assert rules_of_senders(sb) == ["by-address"]
        assert tcp(sb, "web-2", DB6, 80)
        # The address of another node's endpoint proves nothing.
        marker = b"by address"
        with sb.listening("db-1") as heard:
            send(sb, b"", WEB_1, 80, b"forged")
            send(sb, b"", WEB_2, 80, marker)
            assert tcp(sb, "web-2", DB, 80)
            assert not any(b"forged" in frame for frame in heard())
        sb.set_receive("hv-1", None)
        world.settle(sb, {"hv-1": both, "hv-2": both}, "plain")
        assert tcp(sb, "web-2", DB, 80)
        assert closed(sb, "app-2", DB, 80)


@pytest.mark.skipif(KERNEL, reason="a packet without options decides there "
                    "for those with options, too: docs/operations.md")
def test_the_label_decides_and_not_the_address(sb):
    """In a VPC whose profile requires the label, nothing without it gets to a
    selected endpoint, not even by a rule for all; an endpoint that is not
    selected takes it."""
    both = world.ct("endpoint-type", "policy-label")
    web, app = label(NUMBERS["web"]), label(NUMBERS["app"])
    with enforced(sb, policy("p", {"from": [selector(role="web")],
                                   "ports": [port("UDP", 53)]})):
        hears_only(sb, (web, APP, 53), [(app, WEB_2, 53), (web, WEB_2, 54),
                                        (label(99), WEB_2, 53),
                                        (label(0), WEB_2, 53)])
        with sb.temporary(policy("all", {"ports": [port("UDP", 7)]})):
            wait_until(lambda: hears_only(sb, (app, APP, 7), []) is None,
                       "a rule for all")
            hears_only(sb, (b"", "10.1.0.200", 7), [])
            sb.patch("VPC", "green", {"spec": {"optionProfile": "strict"}})
            world.settle(sb, {n: world.ct("policy-label") for n in sb.names},
                         "strict")
            hears_only(sb, (app, APP, 7), [(b"", "10.1.0.200", 7),
                                           (b"", WEB_2, 53)])
            sb.patch("VPC", "green", {"spec": {"optionProfile": "plain"}})
            world.settle(sb, {n: both for n in sb.names}, "plain")


def test_errors_of_a_connection_pass_and_no_others(sb):
    """"Fragmentation needed", from whoever is on the way."""
    def error(of, marker):
        """About a packet from db-1 to web-2, port 'of'."""
        icmp = wire.frag_needed(1300, (DB, of), (WEB_2, of), marker)
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), 0, 0, 64,
                           1, 0, wire.ip("10.1.0.254"), wire.ip(DB))
        head = (head[:10] + struct.pack("!H", wire.checksum(head))
                + head[12:])
        frame = (wire.mac(world.mac(ENDPOINTS["db-1"]))
                 + wire.mac(world.mac(ENDPOINTS["web-2"])) + b"\x08\x00"
                 + head + icmp)
        sb.inject("hv-1", wire.geneve(VNI, frame, b""), "192.0.2.2")

    with enforced(sb, policy("closed")), sb.listening("db-1") as heard:
        with sb.inside("vm", "db-1"):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            sock.bind((DB, 5555))
            sock.sendto(b"?", (WEB_2, 5555))
            error(5556, b"unrelated")
            wait_until(lambda: error(5555, b"related!") or any(
                b"related!" in frame for frame in heard()), "the error comes")
            assert not any(b"unrelated" in frame for frame in heard())


def test_connections_outlive_the_agent(sb):
    """And what it would do anew is what it did before."""
    rule = {"from": [selector(role="web")], "ports": [port("TCP", 80)]}
    with enforced(sb, policy("p", rule)), contextlib.ExitStack() as stack:
        flows = acl(sb, "hv-1")
        with sb.inside("vm", "web-2"):
            server = stack.enter_context(socket.create_server((WEB_2, 99)))
        with sb.inside("vm", "db-1"):
            client = stack.enter_context(
                socket.create_connection((WEB_2, 99), LONG))
        peer = stack.enter_context(server.accept()[0])
        peer.settimeout(LONG)
        client.settimeout(LONG)
        sb.kill("hv-1", "geneve-agentd")
        peer.sendall(b"1")
        assert client.recv(9) == b"1"
        assert closed(sb, "app-2", DB, 80)
        sb.start_daemon("hv-1", "geneve-agentd")
        wait_until(lambda: sb.agentctl("hv-1", "status"), "the agent answers")
        sb.wait_running("db-1", "hv-1")
        world.settle(sb, {n: world.ct("endpoint-type", "policy-label")
                          for n in sb.names}, "plain")
        peer.sendall(b"2")
        assert client.recv(9) == b"2"
        assert acl(sb, "hv-1") == flows
        assert tcp(sb, "web-2", DB, 80)


def zones(lab):
    text = lab.exec("hv-1", "ovs-appctl", "dpctl/dump-conntrack")
    return re.findall(r"zone=(\d+)", text)


def test_an_unplugged_endpoint_leaves_no_connections(sb):
    with enforced(sb, policy("p", {"from": [selector(role="web")]})):
        assert tcp(sb, "web-2", DB, 80)
        assert sb.ping("db-1", APP, count=1, wait=LONG)
        assert zones(sb)
        sb.unplug("db-1")
        wait_until(lambda: not zones(sb), "its zone is flushed")
        sb.plug("hv-1", "db-1")
        wait_until(lambda: tcp(sb, "web-2", DB, 80), "db-1 is back")
        assert closed(sb, "app-2", DB, 80)
