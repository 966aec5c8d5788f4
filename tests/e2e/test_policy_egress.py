"""VPCPolicy: what its table (test_policy_table.py) cannot say, of egress above
all.

Connections that are open when a policy comes, changes or goes; addresses that
do not belong together; labels that change; what agentctl says is in force.
"""
import contextlib
import socket

import pytest

import wire
import world
from policy_shop import (ADDRESSES, NAMES, OUTSIDE, block, egress, endpoint,
                         enforced, policy, port, run, select)
from policy_shop import gw, sb                           # noqa: F401
from waiting import PATIENCE, wait_until


def rows_of(lab, node):
    return {e["name"]: e for e in lab.agentctl(node, "endpoint", "list")}


def test_a_connection_ends_with_its_egress_rule(sb):
    """At once, in both directions; one that is still allowed does not
    notice."""
    rule = {"to": [select(role="api")]}
    with contextlib.ExitStack() as stack:
        stack.enter_context(enforced(
            sb, policy("web", egress=[dict(rule, ports=[port(80),
                                                        port(90)])])))
        pairs = []
        for number in 80, 90:
            with sb.inside("vm", "api"):
                server = stack.enter_context(socket.create_server(
                    (ADDRESSES["api"][False], number)))
            with sb.inside("vm", "web"):
                client = stack.enter_context(socket.create_connection(
                    (ADDRESSES["api"][False], number), 5))
            peer = stack.enter_context(server.accept()[0])
            client.settimeout(5)
            peer.settimeout(5)
            client.sendall(b"1")
            assert peer.recv(9) == b"1"
            pairs.append((client, peer))
        sb.patch("VPCPolicy", "p0", {"spec": {"egress": [
            dict(rule, ports=[port(90)])]}})
        wait_until(lambda: not run(sb, {"web>api:tcp80"}, set(), wait=0.3),
                   "the rule is gone")
        for client, peer in pairs:
            client.sendall(b"2")
        assert pairs[1][1].recv(9) == b"2"
        pairs[1][1].sendall(b"3")
        assert pairs[1][0].recv(9) == b"3"
        # Ingress of web is closed, too: what comes is let in as an answer to
        # a connection, and no longer to this one.
        pairs[0][1].sendall(b"late")
        for end in pairs[0]:
            end.settimeout(0.4)
            with pytest.raises(TimeoutError):
                end.recv(9)
        # And it goes on when the rule is back.
        sb.patch("VPCPolicy", "p0", {"spec": {"egress": [
            dict(rule, ports=[port(80), port(90)])]}})
        for end, data in zip(pairs[0], (b"late", b"2")):
            end.settimeout(10)
            assert end.recv(9) == data


def test_connections_from_before(sb):
    """Those that a policy for egress allows do not notice it, and those that
    were made to the endpoint go on when the other end sends."""
    with contextlib.ExitStack() as stack:
        def connect(src, dst):
            with sb.inside("vm", dst):
                server = stack.enter_context(socket.create_server(
                    (ADDRESSES[dst][False], 60)))
            with sb.inside("vm", src):
                client = stack.enter_context(socket.create_connection(
                    (ADDRESSES[dst][False], 60), 5))
            pair = client, stack.enter_context(server.accept()[0])
            for end in pair:
                end.settimeout(5)
            return pair

        def says(a, b, data):
            a.sendall(data)
            assert b.recv(9) == data

        to_db, to_job, to_web = (connect(*pair) for pair in (
            ("web", "db"), ("web", "job"), ("api", "web")))
        with enforced(sb, policy("web", policyTypes=["Egress"],
                                 egress=[{"to": [select(role="db")]}])):
            wait_until(lambda: not run(sb, {"web>api:udp53"}, set()),
                       "the policy is in force")
            says(*to_db, b"1")
            says(*to_db[::-1], b"2")
            says(*to_web, b"3")
            says(*to_web[::-1], b"4")
            to_job[0].sendall(b"5")
            to_job[1].settimeout(0.4)
            with pytest.raises(TimeoutError):
                to_job[1].recv(9)


def test_addresses_must_belong_together(sb):
    """An address that is allowed is no way to another endpoint: not by its
    MAC, and not by a broadcast."""
    mac = {name: world.mac(endpoint(n, name))
           for n, name in enumerate(NAMES, 1)}

    def send(dst_mac, dst, marker):
        frame = wire.frame(mac["web"], dst_mac, 0x0800, wire.ip4_udp(
            ADDRESSES["web"][False], ADDRESSES[dst][False], marker, 7, 7))
        sock.send(frame)

    with enforced(sb, policy("web", policyTypes=["Egress"],
                             egress=[{"to": [block("10.1.0.3/32")]}])):
        wait_until(lambda: run(sb, {"web>api:tcp80", "web>db:tcp80"},
                               {"web>api:tcp80"}, wait=0.03 * PATIENCE)
                   == {"web>api:tcp80"}, "the policy is in force")
        with sb.listening("db") as at_db, sb.listening("api") as at_api:
            with sb.sending("web") as sock:
                before = rows_of(sb, "hv-1")["web"]["deniedEgress"]
                send(mac["db"], "api", b"forged 1")
                send(wire.BROADCAST, "api", b"forged 2")
                wait_until(lambda: send(mac["api"], "api", b"right") or any(
                    b"right" in frame for frame in at_api()), "api hears it")
            assert not any(b"forged" in frame
                           for frame in at_db() + at_api())
            wait_until(lambda: rows_of(sb, "hv-1")["web"]["deniedEgress"]
                       >= before + 2, "they are counted")


def test_agentctl_says_what_is_in_force(sb):
    rules = [{"to": [select(tier="back"), block("10.0.0.0/8", "10.1.0.0/16"),
                     {"external": True}],
              "ports": [port(80)]}, {"ports": [port(53, protocol="UDP")]}]
    with enforced(sb, policy("web", policyTypes=["Egress"], egress=rules),
                  policy("api", policyTypes=["Egress"])):
        listed = {p["name"]: p for p in sb.agentctl("hv-1", "policy", "list")}
        assert listed["p0"]["rules"] is None
        assert listed["p0"]["endpoints"] == ["web"]
        assert listed["p0"]["egress"] == [
            {"to": ["tier=back", "10.0.0.0/8 except 10.1.0.0/16", "external"],
             "labelSets": ["role=db,tier=back", "role=job,tier=back"],
             "ports": ["TCP 80"]},
            {"to": None, "labelSets": None, "ports": ["UDP 53"]}]
        text = sb.exec("hv-1", "agentctl", "policy", "list")
        assert "2 sets" in text and "nobody" in text, text
        assert max(map(len, text.splitlines())) <= 80, text
        web = rows_of(sb, "hv-1")["web"]
        assert (web["policies"], web["egressPolicies"]) == ([], ["p0"])

        def traced(dst, flow):
            return sb.agentctl("hv-1", "trace", "web", dst, flow)

        with sb.capture("hv-1") as capture:
            assert run(sb, {"web>job:tcp80"}, {"web>job:tcp80"})
            assert {tuple(p.options) for p in capture.packets(
                "192.0.2.1", "192.0.2.2")} == {tuple(world.ct("policy-label"))}
        allowed = traced("job", "tcp,tcp_dst=80")
        assert (allowed["outcome"], allowed["egress"]) == ("sent", "allowed")
        assert allowed["egressPolicies"] == ["p0"]
        assert allowed["egressRule"] == "spec.egress[0] of p0"
        assert traced("api", "udp,udp_dst=53")["egressRule"] == (
            "spec.egress[1] of p0")
        assert [o["option"] for o in allowed["tunnels"][0]["options"]] == (
            world.ct("policy-label"))
        assert traced("db", "tcp,tcp_dst=80")["outcome"] == "delivered"
        denied = traced("api", "tcp,tcp_dst=80")
        assert (denied["outcome"], denied["reason"], denied["egress"],
                denied["policy"]) == ("dropped", "policy", "denied", None)
        assert "no egress rule of policy p0, which is for web" in denied[
            "sentence"]
        text = " ".join(sb.exec("hv-1", "agentctl", "trace", "web", "job",
                                "tcp,tcp_dst=80").split())
        assert "egress allowed by spec.egress[0] of p0" in text, text
        forged = traced("api", "tcp,tcp_dst=80,dl_dst=" + world.mac(
            endpoint(2, "db")))
        assert "has both the MAC and the IP address" in forged["sentence"]


def flows(lab):
    text = lab.exec("hv-1", "ovs-ofctl", "-O", "OpenFlow15", "--no-stats",
                    "dump-flows", "br-int")
    return sorted(line for line in text.splitlines() if any(
        "table=%d," % table in line for table in (16, 17, 18, 19)))


def test_labels_of_the_receiver_and_a_restart(sb):
    """A receiver is known by its labels as they are now; an agent that starts
    finds the flows that it wants, and connections go on."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(enforced(sb, policy(
            "web", egress=[{"to": [select(tier="back")]}])))
        wait_until(lambda: run(sb, {"web>job:udp53", "web>api:udp53"},
                               {"web>job:udp53"}, wait=0.03 * PATIENCE)
                   == {"web>job:udp53"}, "the policy is in force")
        with sb.inside("vm", "job"):
            server = stack.enter_context(socket.create_server(
                (ADDRESSES["job"][False], 70)))
        with sb.inside("vm", "web"):
            client = stack.enter_context(socket.create_connection(
                (ADDRESSES["job"][False], 70), 5))
        peer = stack.enter_context(server.accept()[0])
        before = flows(sb)
        sb.kill("hv-1", "geneve-agentd")
        client.sendall(b"1")
        peer.settimeout(5)
        assert peer.recv(9) == b"1"
        assert not run(sb, {"web>api:tcp80"}, set())
        sb.start_daemon("hv-1", "geneve-agentd")
        wait_until(lambda: sb.agentctl("hv-1", "status"), "the agent answers")
        world.settle(sb, {n: world.ct("policy-label") for n in sb.names},
                     "plain")
        peer.sendall(b"2")
        client.settimeout(5)
        assert client.recv(9) == b"2"
        assert flows(sb) == before
        assert sb.agentctl("hv-1", "status")["openflow"]["flowMods"] == 0
        tiers = {"job": "back", "api": "front"}
        for name in tiers:
            sb.patch("Endpoint", name, {"metadata": {"labels": {
                "tier": "front" if name == "job" else "back"}}})
        wait_until(lambda: run(sb, {"web>job:udp53", "web>api:udp53"},
                               {"web>api:udp53"}, wait=0.03 * PATIENCE)
                   == {"web>api:udp53"}, "the labels count")
        client.sendall(b"3")
        peer.settimeout(0.4)
        with pytest.raises(TimeoutError):
            peer.recv(9)
        for name, tier in tiers.items():
            sb.patch("Endpoint", name, {"metadata": {"labels": {
                "tier": tier}}})


def test_a_stream_to_the_outside_ends_with_its_rule(gw):
    sb = gw
    with enforced(sb, egress({"external": True})):
        def traced(node, *args):
            return sb.agentctl(node, "trace", *args)
        wait_until(lambda: traced("hv-1", "web", OUTSIDE, "tcp")["egressRule"]
                   == "spec.egress[0] of p0", "the trace says the rule")
        with sb.inside("vm", "job"):
            client = socket.create_connection((OUTSIDE, 80), 5)
        with client:
            client.sendall(b"GET /slow HTTP/1.0\r\n\r\n")
            client.settimeout(5)
            assert client.recv(999)
            sb.patch("VPCPolicy", "p0", {"spec": {"egress": [
                {"to": [block("192.0.2.0/24")]}]}})
            client.settimeout(0.4)

            def ended():
                try:
                    return not client.recv(99999)
                except TimeoutError:
                    return True
            wait_until(ended, "nothing comes any more")
        result = traced("hv-2", "job", OUTSIDE, "tcp")
        assert (result["outcome"], result["egress"]) == ("dropped", "denied")
