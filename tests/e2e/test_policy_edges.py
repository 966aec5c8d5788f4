"""Policies: what is easily forgotten, with real packets; see policies.py for
the VPC."""
import contextlib
import os
import re
import select
import socket
import struct
import threading

import pytest

import policies
import wire
import world
from lab import API, NVA, resource
from policies import (APP, DB, DB6, ENDPOINTS, LONG, NUMBERS, SHORT, VNI,
                      WEB_1, WEB_2, closed, enforced, hears_only, label,
                      policy, port, selector, tcp)
from waiting import wait_until

GATEWAY = "10.1.0.254"


@pytest.fixture(scope="module")
def sb(own_lab):
    lab = own_lab(2)
    policies.load(lab)
    return lab


def test_everybody_is_selected(sb):
    """Sender and receiver, on one node and on two, in one subnet and in two:
    each has connections of its own."""
    rule = {"from": [selector(role="web")], "ports": [port("TCP", 80)]}
    with enforced(sb, policy("all", rule, select={})):
        for src, address in (("web-2", DB), ("web-2", DB6), ("web-1", DB),
                             ("web-1", WEB_2), ("web-2", APP)):
            assert tcp(sb, src, address, 80)
        for src, address in (("db-1", WEB_1), ("db-1", APP),
                             ("app-2", WEB_1)):
            assert closed(sb, src, address, 80)


def test_the_gateway_answers_and_neighbours_are_found(sb):
    """Policies are about endpoints: ARP, neighbour discovery and what the
    gateway says belong to the network."""
    with enforced(sb, policy("closed", select={})):
        sb.vm("db-1", "ip", "neigh", "flush", "all")
        assert sb.ping("db-1", GATEWAY, count=1, wait=LONG)
        wait_until(lambda: sb.ping("db-1", "fd00:1::fe", count=1, wait=LONG),
                   "the gateway answers in IPv6")
        text = sb.vm("db-1", "ping", "-c1", "-W5", "-t1", APP,
                     check=False)
        assert "Time to live exceeded" in text
        text = sb.vm("db-1", "ping", "-c1", "-W5", "10.2.0.200",
                     check=False)
        assert "Host Unreachable" in text
        for address in WEB_2, "fd00:1::3":
            sb.vm("db-1", "ping", "-c1", "-W0.2", address, check=False)
            wait_until(lambda: re.search(
                r"lladdr 02:\S+ (REACHABLE|STALE|DELAY)",
                sb.vm("db-1", "ip", "neigh", "show", "to", address)),
                       "web-2's MAC is known")


def tagged(frame, *vlans):
    """'frame' with VLAN tags, the outermost first."""
    tags = b"".join(b"\x81\x00" + vlan.to_bytes(2, "big") for vlan in vlans)
    return frame[:12] + tags + frame[12:]


def test_vlan_tags_do_not_help(sb):
    """What comes from a tunnel with a tag may be taken for something else by
    the receiver than by the switch."""
    web = label(NUMBERS["web"])
    src, dst = (world.mac(ENDPOINTS[name]) for name in ("web-2", "db-1"))

    def inject(frame, options):
        sb.inject("hv-1", wire.geneve(VNI, frame, options), "192.0.2.2")

    with enforced(sb, policy("p", {"from": [selector(role="web")],
                                   "ports": [port("UDP", 53)]})), \
            sb.listening("db-1") as heard:
        for vlans in (0,), (5,), (5, 6), (5, 6, 7):
            for options in web, b"":
                inject(tagged(wire.inner(src, dst, WEB_2, DB, b"tagged!", 53),
                              *vlans), options)
                inject(tagged(wire.udp6(src, dst, "fd00:1::3", DB6,
                                        b"tagged!", port=53), *vlans), options)
            inject(tagged(wire.arp(wire.REQUEST, src, WEB_2, DB), *vlans), web)
        inject(wire.frame(src, dst, 0x88b5, b"tagged! as no IP at all"), web)
        hears_only(sb, (web, WEB_2, 53), [(web, WEB_2, 54)])
        arp_request = b"\x08\x00\x06\x04\x00\x01"
        for what in b"tagged!", arp_request:
            assert [frame for frame in heard() if what in frame] == []


def fragments(packet, size, ident):
    """An IPv4 frame cut in two, the first with 'size' bytes of payload."""
    ethernet, header, payload = packet[:14], packet[14:34], packet[34:]
    for part, offset in (payload[:size], 0x2000), (payload[size:], size // 8):
        head = (header[:2] + struct.pack("!HHH", 20 + len(part), ident,
                                           offset)
                + header[8:10] + b"\0\0" + header[12:])
        yield (ethernet + head[:10] + struct.pack("!H", wire.checksum(head))
               + head[12:] + part)


def test_pieces(sb):
    """Of a datagram in fragments, the port of the first decides, in whatever
    order they come."""
    src, dst = (world.mac(ENDPOINTS[name]) for name in ("web-2", "db-1"))
    idents = iter(range(1, 0xffff))

    def inject(number):
        pieces = list(fragments(wire.inner(
            src, dst, WEB_2, DB, b"first%d" % number + b"." * 1500
            + b"last%d" % number, number), 1280, next(idents)))
        for piece in reversed(pieces):
            sb.inject("hv-1", wire.geneve(VNI, piece, label(
                NUMBERS["web"])), "192.0.2.2")

    with enforced(sb, policy("p", {"from": [selector(role="web")],
                                   "ports": [port("UDP", 53)]})), \
            sb.listening("db-1") as heard:
        def both():
            inject(54)
            inject(53)
            text = b"".join(heard())
            return b"first53" in text and b"last53" in text
        wait_until(both, "both pieces of what is let in")
        assert not any(b"first54" in frame for frame in heard())


def test_sctp(sb):
    def inject(number, marker):
        payload = struct.pack("!HHII", 1000, number, 0, 0) + marker
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0,
                             64, 132, 0, wire.ip(WEB_2), wire.ip(DB))
        header = (header[:10] + struct.pack("!H", wire.checksum(header))
                  + header[12:])
        sb.inject("hv-1", wire.geneve(VNI, wire.frame(
            world.mac(ENDPOINTS["web-2"]), world.mac(ENDPOINTS["db-1"]),
            0x0800, header + payload), label(NUMBERS["web"])), "192.0.2.2")

    with enforced(sb, policy("p", {"from": [selector(role="web")],
                                   "ports": [port("SCTP", 36412)]})), \
            sb.listening("db-1") as heard:
        inject(36413, b"the wrong port")
        wait_until(lambda: inject(36412, b"the right port") or any(
            b"the right port" in frame for frame in heard()), "SCTP")
        assert not any(b"the wrong port" in frame for frame in heard())


def test_a_connection_that_was_there_before(sb):
    """One that db-1 made goes on when db-1 is selected, as soon as db-1 sends
    something; one that was made to it ends, unless a rule allows it."""
    pairs = []

    def connect(src, dst, address, number):
        with sb.inside("vm", dst):
            server = stack.enter_context(
                socket.create_server((address, number)))
        with sb.inside("vm", src):
            client = stack.enter_context(
                socket.create_connection((address, number), LONG))
        pairs.append((client, stack.enter_context(server.accept()[0])))

    with contextlib.ExitStack() as stack:
        connect("db-1", "web-2", WEB_2, 90)
        connect("web-2", "db-1", DB, 90)
        connect("web-2", "db-1", DB, 91)
        for client, peer in pairs:
            peer.settimeout(LONG)
            client.settimeout(LONG)
        with enforced(sb, policy("p", {"from": [selector(role="web")],
                                       "ports": [port("TCP", 91)]})):
            for client, _ in pairs:
                client.sendall(b"1")
            for i in 0, 2:
                assert pairs[i][1].recv(9) == b"1"
                pairs[i][1].sendall(b"2")
                assert pairs[i][0].recv(9) == b"2"
            pairs[1][1].settimeout(SHORT)
            with pytest.raises(TimeoutError):
                pairs[1][1].recv(9)


class FlowMonitor:
    """What happens to the flows of a table, as the switch tells it.  First it
    tells what there is, as if that were added."""

    def __init__(self, lab, node, table):
        self.n = len(re.findall("^ cookie", lab.exec(
            node, "ovs-ofctl", "-O", "OpenFlow15", "dump-flows", "br-int",
            "table=%d" % table), re.M))
        self.running = lab.running("exec", node, "ovs-ofctl", "monitor",
                                   "br-int", "watch:table=%d" % table)

    def __enter__(self):
        self.process = self.running.__enter__()
        self.seen = ""
        wait_until(self.is_ready, "the monitor tells what there is")
        return self

    def is_ready(self):
        if select.select([self.process.stdout], [], [], 0)[0]:
            self.seen += os.read(self.process.stdout.fileno(), 65536).decode()
        return self.n and len(self.get_events()) >= self.n

    def get_events(self):
        return re.findall(r"event=(\w+)", self.seen)

    def __exit__(self, *args):
        self.running.__exit__(*args)
        self.seen += self.process.output
        self.events = self.get_events()[self.n:]


def test_a_move_is_no_flow_mod(sb):
    """Neither is another address, or one endpoint more or less, not even for
    a moment: in the table of rules nothing happens at all."""
    more = policies.green("web-3", "web", 33)
    with enforced(sb, policy("p", {"from": [selector(role="web")],
                                   "ports": [port("TCP", 80)]})):
        with FlowMonitor(sb, "hv-1", 41) as rules:
            sb.unplug("web-2")
            sb.plug("hv-1", "web-2")
            wait_until(lambda: tcp(sb, "web-2", DB, 80), "from hv-1, too")
            sb.unplug("web-2")
            sb.patch("Endpoint", "web-2", {"spec": {"ips": ["10.1.0.77"]}})
            sb.plug("hv-2", "web-2")
            wait_until(lambda: tcp(sb, "web-2", DB, 80), "another address")
            with sb.temporary(more):
                sb.plug("hv-2", "web-3")
                wait_until(lambda: tcp(sb, "web-3", DB, 80), "one more")
                sb.unplug("web-3")
            sb.unplug("web-2")
            sb.patch("Endpoint", "web-2", {
                "spec": {"ips": ENDPOINTS["web-2"]["spec"]["ips"]}})
            sb.plug("hv-2", "web-2")
            wait_until(lambda: tcp(sb, "web-2", DB, 80), "as it was")
        assert rules.events == []
        with FlowMonitor(sb, "hv-1", 41) as rules, sb.temporary(
                policy("q", {"ports": [port("TCP", 81)]})):
            wait_until(lambda: tcp(sb, "app-2", DB, 81), "one more rule")
        assert "ADDED" in rules.events          # So it does see changes.


class Proxy:
    """Between an agent and nvad: requests that contain all of 'words' wait
    until they are released."""

    def __init__(self, lab, node, *words):
        self.lab, self.node, self.words = lab, node, words
        self.held, self.released = threading.Event(), threading.Event()
        with lab.inside("exec", node):
            self.server = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.server.accept()[0]
                threading.Thread(target=self.serve, args=(client,),
                                 daemon=True).start()

    def serve(self, client):
        with self.lab.inside("exec", self.node):
            server = socket.create_connection((NVA, 8080))
        threading.Thread(target=self.copy, args=(server, client, False),
                         daemon=True).start()
        self.copy(client, server, True)

    def copy(self, source, destination, check):
        with contextlib.suppress(OSError), source, destination:
            while data := source.recv(65536):
                if check and all(word in data for word in self.words):
                    self.held.set()
                    self.released.wait()
                destination.sendall(data)
            destination.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.released.set()
        self.server.close()


def test_nothing_is_open_before_its_policies_are_known(sb):
    """The first endpoint of a VPC on a node: its policies come when they
    come."""
    late = world.endpoint("late-1", "late", 1, net="10.9.0")
    other = world.endpoint("late-2", "late", 2, net="10.9.0")
    closed_policy = resource("VPCPolicy", "late", {
        "vpc": "late", "endpointSelector": {}, "ingress": []})
    proxy = Proxy(sb, "hv-1", b"GET " + API.encode() + b"/vpcpolicies",
                  b"late")

    def row():
        return next(e for e in sb.agentctl("hv-1", "endpoint", "list")
                    if e["name"] == "late-1")

    with sb.temporary(resource("VPC", "late", {
            "vni": VNI + 1, "subnets": [{"cidr": "10.9.0.0/24"}]}), late,
                      other, closed_policy):
        try:
            sb.set("hv-1", nve_controller=proxy.url)
            sb.plug("hv-2", "late-2")
            sb.plug("hv-1", "late-1", wait=False)
            assert proxy.held.wait(20)
            wait_until(lambda: "policies" in (row()["message"] or ""),
                       "late-1 waits for its policies")
            assert row()["phase"] == "Pending"
            assert not sb.ping("late-2", "10.9.0.1", count=2, wait=SHORT)
            assert sb.ping("web-2", DB)         # Others do not care.
            proxy.released.set()
            wait_until(lambda: row()["phase"] == "Running", "it is there")
            assert not sb.ping("late-2", "10.9.0.1", count=2, wait=SHORT)
        finally:
            proxy.close()
            sb.set("hv-1", nve_controller="http://%s:8080" % NVA)
            sb.unplug("late-1")
            sb.unplug("late-2")
        wait_until(lambda: sb.agentctl("hv-1", "status")["controller"][
            "state"] == "connected", "nvad is back")
