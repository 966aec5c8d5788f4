"""LoadBalancers inside of a VPC, with real packets.

VPC shop has a client on each of two nodes, cli-1 and cli-2, and three
backends: web-1 at hv-1, web-2 and web-3 at hv-2.  The backends serve port
8080, TCP and UDP, over both families (servers.py), and say who they are and
whom they see.  So every service has backends on the client's node and on the
other one.
"""
import collections
import contextlib
import socket
import time

import pytest

import wire
import world
from lab import resource
from servers import Client, Servers
from waiting import PATIENCE, pause, wait_until

VNI = 6200
PLACES = {"cli-1": "hv-1", "web-1": "hv-1", "cli-2": "hv-2", "web-2": "hv-2",
          "web-3": "hv-2"}
WEBS = {"web-1", "web-2", "web-3"}
V4 = {name: "10.3.0.%d" % n for n, name in enumerate(PLACES, 1)}
V6 = {name: "fd00:3::%d" % n for n, name in enumerate(PLACES, 1)}
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
PORT = 8080

# One outside of the subnets, one inside, which has to be answered for.
WEB, WEB6, NEAR, NONE, NONE6 = ("10.99.0.1", "fd00:99::1", "10.3.0.200",
                                "10.99.0.2", "fd00:99::2")
SELF, SELF6, STICKY = "10.99.0.3", "fd00:99::3", "10.99.0.4"


def endpoint(name, number):
    obj = world.endpoint(name, "shop", number, net="10.3.0")
    obj["spec"]["ips"].append(V6[name])
    obj["metadata"]["labels"] = {"app": name.split("-")[0], "name": name}
    return obj


ENDPOINTS = {name: endpoint(name, n) for n, name in enumerate(PLACES, 1)}


def service(name, address, labels=None, protocol="TCP", **spec):
    """Both TCP and UDP from port 80 to the backends' 8080."""
    return resource("LoadBalancer", name, {
        "vpc": "shop", "address": address,
        "ports": [{"name": p.lower(), "protocol": p, "port": 80,
                   "targetPort": PORT} for p in ("TCP", "UDP")],
        "backends": {"endpointSelector": {
            "matchLabels": labels or {"app": "web"}}}, **spec})


SERVICES = [
    service("web", WEB), service("web6", WEB6), service("near", NEAR),
    service("none", NONE, {"app": "nobody"}),
    service("none6", NONE6, {"app": "nobody"}),
    service("self", SELF, {"name": "web-1"}),
    service("self6", SELF6, {"name": "web-1"}),
    service("sticky", STICKY, affinity="clientIP")]


# VPC flat has no gateway.
FLAT = {"flat-1": "hv-1", "flat-2": "hv-2"}
FLAT_SERVICE = "10.4.0.100"


def flat(name, number):
    obj = world.endpoint(name, "flat", number, net="10.4.0")
    obj["metadata"]["labels"] = {"app": "web"}
    return obj


def load_flat(lab):
    lab.apply(resource("VPC", "flat", {
        "vni": VNI + 1, "optionProfile": "plain",
        "subnets": [{"cidr": "10.4.0.0/24"}]}),
        *(flat(name, n) for n, name in enumerate(FLAT, 1)),
        dict(service("flat", FLAT_SERVICE), spec=dict(
            service("flat", FLAT_SERVICE)["spec"], vpc="flat")))
    for name, node in FLAT.items():
        lab.plug(node, name, wait=False)


@pytest.fixture(scope="module")
def sb(own_lab):
    lab = own_lab(2)
    lab.apply(
        world.profile("plain"),
        resource("VPC", "shop", {
            "vni": VNI, "optionProfile": "plain",
            "subnets": [{"cidr": "10.3.0.0/24", "gateway": "10.3.0.254"},
                        {"cidr": "fd00:3::/64", "gateway": "fd00:3::fe"}]}),
        *ENDPOINTS.values(), *SERVICES)
    load_flat(lab)
    for name, node in PLACES.items():
        lab.plug(node, name, wait=False)
    for name, node in PLACES.items():
        lab.wait_running(name, node)
    for name, node in FLAT.items():
        lab.wait_running(name, node)
    servers = Servers(lab)
    servers.add("flat-2", "10.4.0.2", PORT)
    for name in sorted(WEBS):
        servers.add(name, V4[name], PORT)
        servers.add(name, V6[name], PORT)
    for client in "cli-1", "cli-2":
        wait_until(lambda client=client: answering(lab, client, WEB) == WEBS,
                   "all answer %s" % client)
    return lab


def ask(lab, client, address, kind=TCP, port=80, size=2, **kwargs):
    try:
        with Client(lab, client, address, port, kind, **kwargs) as c:
            return c.ask(size)
    except OSError as error:
        return type(error).__name__,


def answering(lab, client, address, kind=TCP, n=24):
    """Who answers 'n' connections."""
    return {ask(lab, client, address, kind)[0] for _ in range(n)}


@contextlib.contextmanager
def connections(lab, client, address, kind=TCP, n=16):
    """Open connections, by the name of who answers."""
    with contextlib.ExitStack() as stack:
        result = collections.defaultdict(list)
        for _ in range(n):
            c = stack.enter_context(Client(lab, client, address, 80, kind))
            result[c.who()].append(c)
        yield result


def label(lab, which, **labels):
    lab.patch("Endpoint", which, {"metadata": {"labels": labels}})


@contextlib.contextmanager
def gone(lab, name):
    """The endpoint is no backend."""
    label(lab, name, app="other")
    try:
        yield
    finally:
        label(lab, name, app="web")


def status(lab, node):
    return lab.agentctl(node, "status")["openflow"]


# Who answers.

@pytest.mark.parametrize("address", [WEB, WEB6, NEAR])
@pytest.mark.parametrize("kind", [TCP, UDP])
def test_all_backends_answer(sb, address, kind):
    for client in "cli-1", "cli-2":
        assert answering(sb, client, address, kind, n=30) == WEBS


def test_the_backend_sees_the_client(sb):
    for address, ips in (WEB, V4), (WEB6, V6):
        for kind in TCP, UDP:
            for client in "cli-1", "cli-2":
                assert ask(sb, client, address, kind)[1] == ips[client]


def test_the_same_client_the_same_backend(sb):
    for client in "cli-1", "cli-2":
        for kind in TCP, UDP:
            assert len(answering(sb, client, STICKY, kind, n=12)) == 1


def test_a_backend_that_calls_itself(sb):
    for address, seen in (SELF, "169.254.64.1"), (SELF6, "fd69:a9fe:4001::1"):
        for kind in TCP, UDP:
            for _ in range(3):
                name, ip, _, got = ask(sb, "web-1", address, kind, size=1000)
                assert (name, ip, got) == ("web-1", seen, 1000)
            # Others see nothing of that.
            assert ask(sb, "cli-1", address, kind)[0] == "web-1"
    assert answering(sb, "web-1", WEB, n=30) == WEBS


@pytest.mark.parametrize("first", ["service", "direct"])
def test_a_service_and_a_direct_connection_from_one_port(sb, first):
    for address, ips in (WEB, V4), (WEB6, V6):
        for n, web in enumerate(sorted(WEBS) * 2):
            ways = [(address, 80), (ips[web], PORT)]
            if first == "direct":
                ways.reverse()
            port = 42000 + n
            with Client(sb, "cli-1", *ways[0], own_port=port) as a, \
                    Client(sb, "cli-1", *ways[1], own_port=port) as b:
                service_, direct = (a, b) if first == "service" else (b, a)
                for _ in range(2):
                    assert direct.ask()[:3] == (web, ips["cli-1"], port)
                    assert service_.who() in WEBS


def test_a_vpc_without_gateways(sb):
    """flat-1, which is a backend, too, serves nothing."""
    def ok():
        return {ask(sb, "flat-1", FLAT_SERVICE, wait=0.3)[0]
                for _ in range(12)} >= {"flat-2"}
    wait_until(ok, "flat-2 answers")
    answers = {ask(sb, "flat-1", FLAT_SERVICE, UDP, wait=0.3)[0]
               for _ in range(12)}
    assert "flat-2" in answers


def test_fragments(sb):
    """Also as the first packet of a connection."""
    for address in WEB, WEB6:
        for sizes in (3000, 10, 3000), (10, 3000):
            with Client(sb, "cli-1", address, 80, UDP) as c:
                answers = [c.ask(size) for size in sizes]
            assert [a[3] for a in answers] == list(sizes)
            assert len({a[:3] for a in answers}) == 1


# What nobody answers.

def test_no_backends(sb):
    for address in NONE, NONE6:
        for kind in TCP, UDP:
            begin = time.monotonic()
            assert ask(sb, "cli-1", address, kind) == (
                "ConnectionRefusedError",)
            assert time.monotonic() - begin < PATIENCE / 4


def test_a_port_that_the_service_has_not(sb):
    for address in WEB, WEB6:
        for kind in TCP, UDP:
            assert ask(sb, "cli-1", address, kind, port=81) == (
                "ConnectionRefusedError",)


def test_a_backend_without_a_server(sb):
    """What it says comes back to the client: a reset, an ICMP error."""
    for address in "10.99.0.9", "fd00:99::9":
        obj = service("shut", address)
        for port in obj["spec"]["ports"]:
            port["targetPort"] = 8089
        with sb.temporary(obj):
            for kind in TCP, UDP:
                # Before the service is there nobody refuses.
                wait_until(lambda kind=kind, address=address: ask(
                    sb, "cli-1", address, kind)
                    == ("ConnectionRefusedError",), "it is refused")


def test_an_error_of_the_client(sb):
    """It is about an answer, and gets to the backend."""
    for client in "cli-1", "cli-2":
        with sb.inside("vm", client):
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                socket.IPPROTO_ICMP)
        with raw, Client(sb, client, SELF, 80, UDP) as c:
            assert c.ask()[0] == "web-1"
            raw.sendto(wire.frag_needed(1200, (SELF, 80), (
                V4[client], c.socket.getsockname()[1])), (SELF, 0))
            wait_until(lambda client=client: "mtu 1200" in sb.vm(
                "web-1", "ip", "route", "get", V4[client]), "it is told")
    sb.vm("web-1", "ip", "route", "flush", "cache")


def test_the_service_answers_pings(sb):
    for address in WEB, WEB6, NEAR, NONE:
        sb.vm("cli-1", "ping", "-c", "2", "-i", "0.1", "-W", "2", address)


@contextlib.contextmanager
def large_packets(lab, node, endpoint):
    """The endpoint's interface lets all through that an underlay takes."""
    name = lab.exec(node, "ovs-vsctl", "--bare", "--columns=name", "find",
                    "interface", "external_ids:iface-id=" + endpoint).strip()
    told = lab.vm_mtu(endpoint)
    lab.exec(node, "ovs-vsctl", "set", "interface", name, "mtu_request=1500")
    lab.vm(endpoint, "ip", "link", "set", "eth0", "mtu", "1500")
    try:
        yield told
    finally:
        lab.exec(node, "ovs-vsctl", "clear", "interface", name,
                 "mtu_request")
        lab.vm(endpoint, "ip", "link", "set", "eth0", "mtu", str(told))
        wait_until(lambda: lab.exec(node, "ovs-vsctl", "get", "interface",
                                    name, "mtu").strip() == str(told),
                   "the agent has its MTU back")
        lab.vm(endpoint, "ip", "route", "flush", "cache")


def test_packets_that_are_too_big(sb):
    """The error says what fits, and is about the connection as the client
    knows it.  (Not over IPv6: see docs/services.md.)"""
    with large_packets(sb, "hv-1", "cli-1") as told, \
            contextlib.ExitStack() as stack:
        def far():
            c = stack.enter_context(Client(sb, "cli-1", WEB, 80, UDP))
            with contextlib.suppress(OSError):      # The MTU's change.
                return c.who() != "web-1" and c
            return None
        c = wait_until(far, "a backend on the other node")
        c.socket.setsockopt(socket.IPPROTO_IP, 10, 2)       # DF

        def heard():
            with contextlib.suppress(OSError):
                c.socket.send(b"?" * 1472)
            return c.socket.getsockopt(socket.IPPROTO_IP, 14) == told
        wait_until(heard, "the client knows the MTU")


# Backends come and go.

@pytest.mark.parametrize("kind", [TCP, UDP])
def test_backends_come_and_go(sb, kind):
    """No open connection moves, but for those to the backend that goes: within
    a second they end, or have another backend."""
    with connections(sb, "cli-1", WEB, kind) as by_name:
        with gone(sb, "web-3"):
            begin = time.monotonic()
            for c in by_name.pop("web-3"):
                # The answer to a datagram on its way may get lost.
                c.socket.settimeout(0.2)

                def moved(c=c):
                    if kind == UDP:
                        with contextlib.suppress(OSError):
                            return c.who() != "web-3"
                        return False
                    try:
                        return c.who() != "web-3"
                    except OSError:
                        return True
                wait_until(moved, "web-3 is left", deadline=PATIENCE / 4)
            assert time.monotonic() - begin < PATIENCE / 4
            for name, group in by_name.items():
                assert [c.who() for c in group] == [name] * len(group)
            wait_until(lambda: answering(sb, "cli-1", WEB, kind)
                       == WEBS - {"web-3"}, "others answer")
        wait_until(lambda: answering(sb, "cli-1", WEB, kind) == WEBS,
                   "web-3 answers again")
        for name, group in by_name.items():
            assert [c.who() for c in group] == [name] * len(group)


def test_draining(sb):
    """Its connections go on for that time, and no longer."""
    with sb.temporary(service("slow", "10.99.0.10", drainSeconds=3)):
        wait_until(lambda: answering(sb, "cli-1", "10.99.0.10") == WEBS,
                   "the service is there")
        with connections(sb, "cli-1", "10.99.0.10", n=12) as by_name, \
                gone(sb, "web-2"):
            begin = time.monotonic()
            wait_until(lambda: answering(sb, "cli-1", "10.99.0.10")
                       == WEBS - {"web-2"}, "no new ones go there")
            c = by_name["web-2"][0]
            while time.monotonic() < begin + 2:
                assert c.who() == "web-2"
                pause(0.1)

            def ended():
                try:
                    c.who()
                    return False
                except OSError:
                    return True
            wait_until(ended, "it ends", deadline=4)
            for name in "web-1", "web-3":
                assert all(c.who() == name for c in by_name[name])


def test_the_last_backend_goes_and_one_comes(sb):
    obj = service("one", "10.99.0.11", {"name": "web-3"})
    with sb.temporary(obj):
        wait_until(lambda: answering(sb, "cli-2", "10.99.0.11", n=4)
                   == {"web-3"}, "the service is there")
        with Client(sb, "cli-2", "10.99.0.11", 80) as c:
            assert c.who() == "web-3"
            label(sb, "web-3", name="other")
            with pytest.raises(ConnectionError):
                wait_until(lambda: c.who() and False, "it is refused",
                           deadline=3)
        assert ask(sb, "cli-2", "10.99.0.11") == ("ConnectionRefusedError",)
        label(sb, "web-3", name="web-3")
        wait_until(lambda: answering(sb, "cli-2", "10.99.0.11", n=4)
                   == {"web-3"}, "it is back")


# Policies.

def policy(name, select, **spec):
    return resource("VPCPolicy", name, {
        "vpc": "shop", "endpointSelector": {"matchLabels": select}, **spec})


def to(**labels):
    return [{"endpointSelector": {"matchLabels": labels}}]


def test_egress_policies_are_about_the_backend(sb):
    tcp = [{"protocol": "TCP", "port": PORT}]
    with sb.temporary(policy(
            "out", {"name": "cli-1"}, policyTypes=["Egress"],
            egress=[{"to": to(name="web-2"), "ports": tcp}])):
        # The backends that are not allowed do not answer.
        wait_until(lambda: {ask(sb, "cli-1", WEB, wait=0.2)[0]
                            for _ in range(12)}
                   == {"web-2", "TimeoutError"}, "the policy is in force")
        assert answering(sb, "cli-2", WEB) == WEBS
    wait_until(lambda: answering(sb, "cli-1", WEB) == WEBS, "all is open")


def test_ingress_policies_are_about_the_client(sb):
    with sb.temporary(policy(
            "in", {"app": "web"}, policyTypes=["Ingress"],
            ingress=[{"from": to(name="cli-1"),
                      "ports": [{"protocol": "TCP", "port": PORT}]}])):
        wait_until(lambda: {ask(sb, "cli-2", WEB, wait=0.2)[0]
                            for _ in range(4)} == {"TimeoutError"},
                   "the policy is in force")
        for address in WEB, WEB6:
            assert answering(sb, "cli-1", address) == WEBS
        # Nobody is kept from himself.
        assert ask(sb, "web-1", SELF)[0] == "web-1"
    wait_until(lambda: answering(sb, "cli-2", WEB) == WEBS, "all is open")


# What agentctl says.

def test_trace(sb):
    """Which backend a new connection comes to, and what becomes of it there;
    and the way back."""
    places = set()
    for port in range(40000, 40030):
        result = sb.agentctl("hv-1", "trace", "cli-1", NEAR,
                             "tcp,tp_dst=80,tp_src=%d" % port)
        backend = result["destination"]["name"]
        assert result["service"].startswith(
            "near chooses %s, %s port %d," % (backend, V4[backend], PORT))
        assert result["outcome"] == ("sent" if result["tunnels"]
                                     else "delivered")
        assert bool(result["tunnels"]) == (PLACES[backend] == "hv-2")
        places.add(backend)
        # It is so: the same port gets the same backend.
        if len(places) == 3:
            assert ask(sb, "cli-1", NEAR, own_port=port)[0] == backend
            break
    assert places == WEBS
    result = sb.agentctl("hv-1", "trace", "cli-1", NONE, "tcp,tp_dst=80")
    assert result["service"] == "none has nobody for it"
    assert result["reason"] == "noService"
    result = sb.agentctl("hv-1", "trace", "web-2", "cli-1",
                         "tcp,tp_src=%d,tp_dst=4000" % PORT)
    assert "near, sticky, web, web6 comes from" in result["service"]
    assert result["outcome"] == "delivered"
    assert sb.agentctl("hv-1", "trace", "cli-1", V4["web-2"],
                       "tcp,tp_dst=9")["service"] is None


# Restart.

def test_the_agent_restarts(sb):
    """Connections go on; it finds all that it wants in the switch."""
    with connections(sb, "cli-1", WEB, n=8) as by_name:
        with sb.without("hv-1", "geneve-agentd"):
            for name, group in by_name.items():
                assert [c.who() for c in group] == [name] * len(group)
            assert answering(sb, "cli-1", WEB) == WEBS

        def done():
            s = status(sb, "hv-1")
            return s["connected"] and s["flows"] == s["installed"] and s
        s = wait_until(done, "the agent is back")
        assert (s["flowMods"], s["groupMods"]) == (0, 0)
        for name, group in by_name.items():
            assert [c.who() for c in group] == [name] * len(group)


def test_the_switch_is_alive(sb):
    """After all of that, it is the same process."""
    for node in sb.names:
        log = (sb.dir / node / "ovs-vswitchd.log").read_text()
        assert "died" not in log and "EMER" not in log
