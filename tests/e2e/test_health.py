"""Health checks of services, with real servers that come, go and misbehave.

VPC shop has two backends and a client at hv-1, and a client at hv-2, which
knows of the backends' health what hv-1 says in their status.  Each service
checks in another way.  VPC lone has no gateway from which its only endpoint
could be probed.
"""
import contextlib
import socket
import threading
import time

import pytest

import world
from lab import resource
from waiting import PATIENCE, pause, wait_until

PLACES = {"web-1": "hv-1", "web-2": "hv-1", "cli-1": "hv-1", "cli-2": "hv-2"}
V4 = {name: "10.4.0.%d" % n for n, name in enumerate(PLACES, 1)}
V6 = {name: "fd00:4::%d" % n for n, name in enumerate(PLACES, 1)}
LONE, V4["lone-1"] = ("lone", "10.5.0.100", 8007), "10.5.0.1"
GATEWAY, GATEWAY6 = "10.4.0.254", "fd00:4::fe"
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
INTERVAL = 0.2


def endpoint(name, number):
    obj = world.endpoint(name, "shop", number, net="10.4.0")
    obj["spec"]["ips"].append(V6[name])
    obj["metadata"]["labels"] = {"app": name.split("-")[0], "name": name}
    return obj


def service(name, address, port, protocol, vpc="shop", **check):
    return resource("LoadBalancer", name, {
        "vpc": vpc, "address": address,
        "ports": [{"protocol": "TCP", "port": 80, "targetPort": port}],
        "backends": {"endpointSelector": {"matchLabels": {"app": "web"}}},
        "healthCheck": {"protocol": protocol, "failures": 2,
                        "intervalMs": int(INTERVAL * 1000), **check}})


TCP, TCP6, HTTP, HTTP6, PING, PING6 = (
    ("tcp", "10.98.0.1", 8001), ("tcp6", "fd00:98::1", 8002),
    ("http", "10.98.0.3", 8003), ("http6", "fd00:98::3", 8004),
    ("ping", "10.98.0.5", 8005), ("ping6", "fd00:98::5", 8006))


@pytest.fixture(scope="module")
def sb(own_lab):
    lab = own_lab(2)
    lab.apply(
        world.profile("plain"),
        resource("VPC", "shop", {
            "vni": 6300, "optionProfile": "plain",
            "subnets": [{"cidr": "10.4.0.0/24", "gateway": GATEWAY},
                        {"cidr": "fd00:4::/64", "gateway": GATEWAY6}]}),
        *(endpoint(name, n) for n, name in enumerate(PLACES, 1)),
        service(*TCP, "TCP"), service(*TCP6, "TCP"),
        service(*HTTP, "HTTP", path="/healthz?a=b"),
        service(*HTTP6, "HTTP", path="/"),
        service(*PING, "ICMP"), service(*PING6, "ICMP"))
    lone = world.endpoint("lone-1", "lone", 1, net="10.5.0")
    lone["metadata"]["labels"] = {"app": "web"}
    lab.apply(resource("VPC", "lone", {
        "vni": 6301, "optionProfile": "plain",
        "subnets": [{"cidr": "10.5.0.0/24"}]}),
        lone, service(*LONE, "HTTP", vpc="lone"))
    places = {**PLACES, "lone-1": "hv-1"}
    for name, node in places.items():
        lab.plug(node, name, wait=False)
    for name, node in places.items():
        lab.wait_running(name, node)
    return lab


class Server:
    """An endpoint's HTTP server, as long as the block lasts.  'pieces' is what
    it answers, one after the other; 'wait' is for how long it thinks first."""

    def __init__(self, lab, name, port, v6=False):
        self.name = name
        self.pieces = [OK, name.encode()]
        self.wait = 0
        self.requests = []
        self.peers = []
        with lab.inside("vm", name):
            self.socket = socket.socket(socket.AF_INET6 if v6
                                        else socket.AF_INET)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(((V6 if v6 else V4)[name], port))
        self.socket.listen(100)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()

    def run(self):
        while True:
            try:
                connection, peer = self.socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(2)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY,
                                      1)
                self.serve(connection, peer)

    def serve(self, connection, peer):
        request = connection.recv(65536)
        self.peers.append(peer)
        self.requests.append(request)
        pause(self.wait)
        for piece in self.pieces:
            connection.sendall(piece)

    def wait_probes(self, n=3):
        """Waits for so many more requests."""
        goal = len(self.requests) + n
        wait_until(lambda: len(self.requests) >= goal, "it is probed")


def ask(lab, client, which):
    """Returns the name of who answers, or why nobody does."""
    _, address, _ = which
    with lab.inside("vm", client):
        sock = socket.socket(socket.AF_INET6 if ":" in address
                             else socket.AF_INET)
    with sock:
        sock.settimeout(3)
        try:
            sock.connect((address, 80))
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b""
            while True:
                data = sock.recv(65536)
                if not data:
                    return answer.split(b"\r\n\r\n")[-1].decode()
                answer += data
        except OSError as error:
            return type(error).__name__


def healthy(lab, which):
    """The backends that their node says are healthy: all nodes go by that."""
    return {name for name in ("web-1", "web-2", "lone-1") if which[0] in
            lab.endpoint_status(name).get("healthyFor", [])}


def wait_healthy(lab, which, *names):
    wait_until(lambda: healthy(lab, which) == set(names),
               "%s has %s as healthy backends" % (which[0], names))


def complaints(lab, which):
    """What hv-1's alarms say of the backends of the service."""
    return [a["message"] for a in lab.agentctl("hv-1", "status")["alarms"]
            if a["object"] == "LoadBalancer " + which[0]
            and a["reason"] == "backend"]


def wait_complaint(lab, which, text):
    wait_until(lambda: any(text in c for c in complaints(lab, which)),
               "an alarm says " + text)


def can_reach(lab, name, address):
    return lab.run_in("vm", name, "ping", "-c1", "-W1", address,
                      check=False).returncode == 0


def wait_answer(lab, client, which, wanted):
    wait_until(lambda: ask(lab, client, which) == wanted,
               "%s gets %s" % (client, wanted))


# Closed before anybody has found a backend healthy.

def test_never_healthy(sb):
    for which in TCP, TCP6, HTTP, HTTP6:
        wait_complaint(sb, which, "backend web-1 does not pass its health "
                       "check: it refuses connections")
        assert healthy(sb, which) == set()
        for client in "cli-1", "cli-2":
            assert ask(sb, client, which) == "ConnectionRefusedError"


# Up and down.

@pytest.mark.parametrize("which", [TCP, TCP6, HTTP, HTTP6],
                         ids=lambda which: which[0])
def test_comes_and_goes(sb, which):
    v6 = which in (TCP6, HTTP6)
    with Server(sb, "web-1", which[2], v6):
        wait_healthy(sb, which, "web-1")
        for client in "cli-1", "cli-2":
            wait_answer(sb, client, which, "web-1")
        with Server(sb, "web-2", which[2], v6):
            wait_healthy(sb, which, "web-1", "web-2")
            for client in "cli-1", "cli-2":
                wait_answer(sb, client, which, "web-2")
        wait_healthy(sb, which, "web-1")
        for client in "cli-1", "cli-2":
            wait_until(lambda client=client: all(
                ask(sb, client, which) == "web-1" for _ in range(8)),
                "%s gets web-1 only" % client)
    wait_healthy(sb, which)
    for client in "cli-1", "cli-2":
        wait_answer(sb, client, which, "ConnectionRefusedError")
    wait_complaint(sb, which, "web-1 does not pass its health check: it "
                   "refuses connections")


def test_where_it_shows(sb):
    """In the status of the service, and in agentctl's words."""
    def status():
        backends = sb.get("LoadBalancer", "http")["status"]["backends"]
        return {b["endpoint"]: b["healthy"] for b in backends}

    def shown(node):
        backends = sb.agentctl(node, "service", "show", "http")["backends"]
        return {b["endpoint"]: (b["state"], b["check"]) for b in backends}

    with Server(sb, "web-1", HTTP[2]):
        wait_healthy(sb, HTTP, "web-1")
        wait_until(lambda: status() == {"web-1": True, "web-2": False},
                   "the status has one of two")
        assert shown("hv-1") == {
            "web-1": ("taking", "HTTP status 200"),
            "web-2": ("unhealthy", "it refuses connections")}
        assert shown("hv-2") == {"web-1": ("taking", None),
                                 "web-2": ("unhealthy", None)}
        service, = [s for s in sb.agentctl("hv-2", "service", "list")
                    if s["name"] == "http"]
        assert (service["taking"], service["nBackends"]) == (1, 2)
        assert "HTTP status 200" in sb.exec("hv-1", "agentctl", "service",
                                            "show", "http")
        # The service is ready since then, whatever else becomes of it.
        ready, since = condition(sb)
        assert ready == "True"
        pause(1)
        with Server(sb, "web-2", HTTP[2]):
            wait_until(lambda: all(status().values()), "the status has two")
            assert condition(sb) == ("True", since)
    wait_until(lambda: not any(status().values()), "the status has none")
    assert condition(sb)[0] == "False"
    assert condition(sb)[1] > since


def condition(lab):
    """Whether the service is ready, and since when that has been so."""
    ready, = lab.get("LoadBalancer", "http")["status"]["conditions"]
    return ready["status"], ready["lastTransitionTime"]


def test_what_a_probe_is(sb):
    """It comes from the gateway, and from no port that others use."""
    with Server(sb, "web-1", HTTP[2]) as server, \
            Server(sb, "web-1", HTTP6[2], True) as server6:
        server.wait_probes()
        server6.wait_probes()
    assert {peer[0] for peer in server.peers} == {GATEWAY}
    assert {peer[0] for peer in server6.peers} == {GATEWAY6}
    assert all(512 <= peer[1] <= 1023
               for peer in server.peers + server6.peers)
    assert server.requests[0].startswith(
        b"GET /healthz?a=b HTTP/1.1\r\nHost: 10.4.0.1:8003\r\n")
    assert server6.requests[0].startswith(
        b"GET / HTTP/1.1\r\nHost: [fd00:4::1]:8004\r\n")


def test_no_gateway(sb):
    """Then it comes from the service's own address."""
    with Server(sb, "lone-1", LONE[2]) as server:
        wait_healthy(sb, LONE, "lone-1")
        assert {peer[0] for peer in server.peers} == {LONE[1]}
    wait_healthy(sb, LONE)


def test_http_status(sb):
    with Server(sb, "web-1", HTTP[2]) as server:
        wait_healthy(sb, HTTP, "web-1")
        server.pieces = [b"HTTP/1.1 503 Later\r\n\r\n"]
        wait_healthy(sb, HTTP)
        wait_complaint(sb, HTTP, "web-1 does not pass its health check: "
                       "HTTP status 503")
        server.pieces = [b"HTTP/1.1 301 Elsewhere\r\n\r\n"]
        wait_healthy(sb, HTTP, "web-1")
        assert not [c for c in complaints(sb, HTTP) if "web-1" in c]
        server.pieces = [b"220 mail ESMTP\r\n"]
        wait_healthy(sb, HTTP)
        wait_complaint(sb, HTTP, "its answer is not HTTP")


def test_http_in_pieces(sb):
    """The status comes byte by byte, and much follows."""
    with Server(sb, "web-1", HTTP6[2], True) as server:
        server.pieces = ([OK[i:i + 1] for i in range(len(OK))]
                         + [b"x" * 200000])
        wait_healthy(sb, HTTP6, "web-1")


def test_http_too_late(sb):
    with Server(sb, "web-1", HTTP[2]) as server:
        wait_healthy(sb, HTTP, "web-1")
        server.wait = 3 * INTERVAL
        wait_healthy(sb, HTTP)
        wait_complaint(sb, HTTP, "no answer within 200 ms")
        server.wait = 0
        wait_healthy(sb, HTTP, "web-1")


@pytest.mark.parametrize("which, setting", [
    (PING, "net.ipv4.icmp_echo_ignore_all"),
    (PING6, "net.ipv6.icmp.echo_ignore_all")], ids=["4", "6"])
def test_icmp(sb, which, setting):
    wait_healthy(sb, which, "web-1", "web-2")
    sb.vm("web-2", "sysctl", "-qw", setting + "=1")
    try:
        wait_healthy(sb, which, "web-1")
    finally:
        sb.vm("web-2", "sysctl", "-qw", setting + "=0")
    wait_healthy(sb, which, "web-1", "web-2")


def test_policies_do_not_matter(sb):
    """A backend that nobody may reach is probed all the same."""
    closed = resource("VPCPolicy", "closed", {
        "vpc": "shop", "endpointSelector": {"matchLabels": {"app": "web"}},
        "policyTypes": ["Ingress"], "ingress": []})
    with Server(sb, "web-1", HTTP[2]) as server:
        wait_healthy(sb, HTTP, "web-1")
        with sb.temporary(closed):
            wait_answer(sb, "cli-1", HTTP, "TimeoutError")
            server.wait_probes(6)
            sb.patch("VPCPolicy", "closed", {"spec": {
                "policyTypes": ["Ingress", "Egress"], "egress": []}})
            wait_until(lambda: not can_reach(sb, "web-1", V4["cli-1"]),
                       "web-1 may send nothing")
            server.wait_probes(6)
            assert healthy(sb, HTTP) == {"web-1"}
            assert healthy(sb, PING) == {"web-1", "web-2"}
        wait_answer(sb, "cli-1", HTTP, "web-1")


def test_another_check(sb):
    """What is known stays until the new check says otherwise."""
    with Server(sb, "web-1", HTTP[2]) as server:
        wait_healthy(sb, HTTP, "web-1")
        sb.patch("LoadBalancer", "http",
                 {"spec": {"healthCheck": {"port": 8999}}})
        try:
            wait_healthy(sb, HTTP)
            n = len(server.requests)
        finally:
            sb.patch("LoadBalancer", "http",
                     {"spec": {"healthCheck": {"port": None}}})
        wait_healthy(sb, HTTP, "web-1")
        assert len(server.requests) > n


# The agent.

def test_agent_restarts(sb):
    """What it knew stays: no connection is refused."""
    with Server(sb, "web-1", HTTP[2]) as server:
        wait_healthy(sb, HTTP, "web-1")
        wait_answer(sb, "cli-2", HTTP, "web-1")
        sb.kill("hv-1", "geneve-agentd")
        assert ask(sb, "cli-2", HTTP) == "web-1"
        sb.start_daemon("hv-1", "geneve-agentd")
        n = len(server.requests)
        end = time.monotonic() + 2 * PATIENCE
        while sum(b"geneve-agent" in r for r in server.requests[n:]) < 3:
            assert time.monotonic() < end, "it is not probed"
            for client in "cli-1", "cli-2":
                assert ask(sb, client, HTTP) == "web-1"
        assert healthy(sb, HTTP) == {"web-1"}


def test_server_goes_while_the_agent_is_away(sb):
    with Server(sb, "web-1", HTTP[2]):
        wait_healthy(sb, HTTP, "web-1")
        sb.kill("hv-1", "geneve-agentd")
    assert healthy(sb, HTTP) == {"web-1"}
    sb.start_daemon("hv-1", "geneve-agentd")
    wait_healthy(sb, HTTP)
    for client in "cli-1", "cli-2":
        wait_answer(sb, client, HTTP, "ConnectionRefusedError")


def test_switch_restarts(sb):
    """Probes that could not be made say nothing."""
    with Server(sb, "web-1", TCP[2]):
        wait_healthy(sb, TCP, "web-1")
        sb.kill("hv-1", "ovs-vswitchd")
        pause(5 * INTERVAL)         # More than its failures would take.
        assert healthy(sb, TCP) == {"web-1"}
        sb.start_daemon("hv-1", "ovs-vswitchd")
        wait_answer(sb, "cli-2", TCP, "web-1")
        assert healthy(sb, TCP) == {"web-1"}
        assert not [c for c in complaints(sb, TCP) if "web-1" in c]
