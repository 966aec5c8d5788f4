"""Floating IPs on the node of their endpoint and at a gateway, with packets
captured on the wires of the provider network."""
import contextlib
import re
import socket

import pytest

import wire
from lab import resource
from waiting import SLOWNESS, pause, wait_until

ROUTER, ROUTER6 = "198.51.100.1", "2001:db8:ffff::1"
FIPS = {"web-1": "198.51.100.11", "web-2": "198.51.100.12",
        "blue-1": "198.51.100.13"}
FIP6 = "2001:db8:ffff::11"


def network(**spec):
    return resource("ExternalNetwork", "out", {
        "physicalNetwork": "physnet1",
        "subnets": [{"cidr": "198.51.100.0/24", "gateway": ROUTER},
                    {"cidr": "2001:db8:ffff::/64", "gateway": ROUTER6}],
        **spec})


def vpc(name, vni):
    return resource("VPC", name, {"vni": vni, "subnets": [
        {"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"},
        {"cidr": "fd00::/64", "gateway": "fd00::254"}]})


def endpoint(name, in_vpc, k):
    return resource("Endpoint", name, {
        "vpc": in_vpc, "mac": "02:00:00:00:%02x:%02x" % (len(in_vpc), k),
        "ips": ["10.0.0.%d" % k, "fd00::%d" % k]}, )


def fip(name, address, of):
    return resource("FloatingIP", name, {
        "externalNetwork": "out", "address": address, "endpoint": of})


@pytest.fixture(scope="module")
def outside(own_lab):
    lab = own_lab(3, "4", outside=True)
    lab.apply(network(), vpc("red", 5000), vpc("blue", 5001),
              endpoint("web-1", "red", 1), endpoint("web-2", "red", 2),
              endpoint("web-3", "red", 3), endpoint("blue-1", "blue", 1))
    for name, node in (("web-1", "hv-1"), ("web-2", "hv-2"),
                       ("web-3", "hv-3"), ("blue-1", "hv-1")):
        lab.plug(node, name)
    lab.apply(*(fip("fip-" + name, address, name)
                for name, address in FIPS.items()),
              fip("fip6", FIP6, "web-1"))
    for name in "web-1", "web-2", "blue-1":
        wait_until(lambda: reaches(lab, name, ROUTER), name + " gets out")
    wait_until(lambda: reaches(lab, "web-1", ROUTER6), "by IPv6, too")
    return lab


def reaches(lab, source, address):
    return lab.ping(source, address, count=1, wait=0.3) == 1


def seen_from_outside(lab, source, host=ROUTER):
    """Whom an HTTP server outside sees when 'source' asks it."""
    host = "[%s]" % host if ":" in host else host
    return lab.vm(source, "curl", "-s", "--max-time", 5, "--noproxy", "*",
                  "http://%s/" % host).split()[0]


def sources(frames):
    """The source addresses of IP packets, without neighbour discovery and
    link-local ones."""
    result = set()
    for frame in frames:
        if frame[12:14] == b"\x08\x00":
            result.add(".".join(map(str, frame[26:30])))
        elif frame[12:14] == b"\x86\xdd" and frame[22:24] != b"\xfe\x80":
            result.add(frame[22:38].hex())
    return result


@contextlib.contextmanager
def web_server(lab, endpoint):
    with lab.running("vm", endpoint, "python3", "-m", "http.server", "--bind",
                     "::", "8000"):
        wait_until(lambda: ":8000" in lab.vm(endpoint, "ss", "-ltn"),
                   "the server listens")
        yield


def fetch(lab, host, port=8000):
    host = "[%s]" % host if ":" in host else host
    return lab.on("outside", "curl", "-s", "-o", "/dev/null", "--max-time", 3,
                  "http://%s:%d/" % (host, port), check=False).returncode


def waits(lab, node):
    """How many things the agent has waited for: a dozen or two a turn."""
    return lab.ask_socket(node, "coverage/read-counter", "poll_create_node")


def test_out(outside):
    with outside.capture("ext-hv-1", "ip or ip6") as capture:
        assert seen_from_outside(outside, "web-1") == FIPS["web-1"]
        assert seen_from_outside(outside, "web-1", ROUTER6) == FIP6
        assert seen_from_outside(outside, "blue-1") == FIPS["blue-1"]
        wait_until(lambda: len(capture.frames()) > 30, "all is captured")
    assert sources(capture.frames()) == {
        ROUTER, FIPS["web-1"], FIPS["blue-1"], wire.ip(ROUTER6).hex(),
        wire.ip(FIP6).hex()}


def test_in(outside):
    with web_server(outside, "web-1"):
        with outside.capture("ext-hv-1", "ip or ip6") as capture:
            assert fetch(outside, FIPS["web-1"]) == 0
            assert fetch(outside, FIP6) == 0
            wait_until(lambda: len(capture.frames()) > 16, "all is captured")
        assert sources(capture.frames()) == {
            ROUTER, FIPS["web-1"], wire.ip(ROUTER6).hex(),
            wire.ip(FIP6).hex()}


def test_between(outside):
    """To that of another VPC on the same node, and to another node's."""
    assert reaches(outside, "web-1", FIPS["blue-1"])
    assert reaches(outside, "blue-1", FIPS["web-1"])
    assert reaches(outside, "web-2", FIPS["blue-1"])
    assert reaches(outside, "web-1", FIPS["web-2"])     # Of its own VPC.
    assert reaches(outside, "web-1", FIPS["web-1"])     # Its own one.
    assert reaches(outside, "web-1", FIP6)
    with web_server(outside, "web-1"):
        for client in "blue-1", "web-1":
            assert outside.vm(client, "curl", "-s", "-o", "/dev/null", "-w",
                              "%{http_code}", "--max-time", 5,
                              "http://%s:8000/" % FIPS["web-1"]) == "200"


def test_too_big(outside):
    """Errors about packets that do not fit, in either direction."""
    outside.patch("ExternalNetwork", "out", {"spec": {"mtu": 1380}})
    try:
        wait_until(lambda: "mtu 1380" in outside.vm(
            "web-1", "sh", "-c", "ping -c 1 -W 1 -M do -s 1372 %s; "
            "ip route get %s" % (ROUTER, ROUTER), check=False).replace(
                "mtu = 1380", "mtu 1380"), "the error has the MTU")
    finally:
        outside.vm("web-1", "ip", "route", "flush", "cache")
        outside.apply(network(mtu=1500))
    mtu = outside.vm_mtu("web-1")
    assert mtu < 1500
    for address, overhead in (FIPS["web-1"], 28), (FIP6, 48):
        wait_until(lambda: "mtu" in outside.exec(
            "outside", "ping", "-n", "-c", 1, "-W", 1, "-M", "do", "-s",
            1500 - overhead, address, check=False)
            and "mtu %d" % mtu in outside.exec("outside", "ip", "route",
                                               "get", address),
                   "the outside is told")
    outside.exec("outside", "ip", "route", "flush", "cache")
    outside.exec("outside", "ip", "-6", "route", "flush", "cache")


def test_ttl(outside):
    """Routers in between show."""
    output = outside.exec("outside", "ping", "-n", "-c", 1, "-W", 1, "-t", 1,
                          FIPS["web-1"], check=False)
    assert "From %s" % FIPS["web-1"] in output and "exceeded" in output


def policy(*ingress):
    return resource("VPCPolicy", "web", {
        "vpc": "red", "endpointSelector": {"matchLabels": {"app": "web"}},
        "ingress": list(ingress)})


def test_policies_see_the_outside(outside):
    outside.patch("Endpoint", "web-1", {"metadata": {"labels": {
        "app": "web"}}})
    with web_server(outside, "web-1"):
        with outside.temporary(policy()):
            wait_until(lambda: fetch(outside, FIPS["web-1"]) == 28,
                       "nothing is let in")
            assert seen_from_outside(outside, "web-1") == FIPS["web-1"]
            outside.apply(policy({"from": [{"ipBlock": {
                "cidr": "198.51.100.0/30"}}]}))
            wait_until(lambda: fetch(outside, FIPS["web-1"]) == 0,
                       "the outside is let in by its address")
        wait_until(lambda: fetch(outside, FIPS["web-1"]) == 0, "all are")


def test_a_restart_drops_nothing(outside):
    def status():
        return outside.agentctl("hv-1", "status")["openflow"]
    with outside.running("vm", "web-1", "curl", "-sN", "--max-time", "30",
                         "http://%s/slow" % ROUTER) as curl:
        with outside.without("hv-1", "geneve-agentd"):
            assert reaches(outside, "web-1", ROUTER)
            assert outside.exec("outside", "ping", "-c", 1, "-W", 1,
                                FIPS["web-1"])
        wait_until(lambda: status()["state"] == "steady"
                   and status()["flows"] == status()["installed"] > 100,
                   "it is settled")
        assert status()["flowMods"] == 0
        assert curl.poll() is None
    assert gap(curl.output) < 0.5 * SLOWNESS


def gap(output):
    """The longest time between two lines of /slow."""
    times = [float(line) for line in output.splitlines()
             if re.fullmatch(r"\d+\.\d{3}", line)]
    return max(b - a for a, b in zip(times, times[1:]))


def announcements(frames):
    """Gratuitous ARP and unsolicited advertisements, by address."""
    result = {}
    for frame in frames:
        if frame[12:14] == b"\x08\x06" and frame[28:32] == frame[38:42]:
            address = ".".join(map(str, frame[28:32]))
        elif (frame[12:14] == b"\x86\xdd" and frame[54] == 136
              and frame[:2] == b"\x33\x33"):
            address = frame[62:78].hex()
        else:
            continue
        result.setdefault(address, []).append(frame[6:12])
    return result


def test_a_move(outside):
    """It goes with the endpoint, within a second, and says so."""
    lab = outside
    address6 = wire.ip(FIP6).hex()
    with lab.capture("ext-hv-2", "arp or icmp6") as capture:
        with lab.running("exec", "outside", "ping", "-n", "-i", "0.02",
                         FIPS["web-1"]) as ping:
            pause(0.3)
            lab.sandbox("plug", "hv-2", "web-1")
            lab.wait_running("web-1", "hv-2")
            lab.unplug("hv-1", "web-1")
            said = wait_until(
                lambda: {k: v for k, v in
                         announcements(capture.frames()).items()
                         if len(v) >= 3 and k in (FIPS["web-1"], address6)},
                "it is announced three times")
            wait_until(lambda: len(said) == 2 or said.update(
                announcements(capture.frames())), "both are")
    # By the MAC that it had on hv-1.
    assert len({mac for macs in said.values() for mac in macs}) == 2
    answered = {int(n) for n in re.findall(r"bytes from .* icmp_seq=(\d+)",
                                           ping.output)}
    lost = set(range(1, max(answered))) - answered
    assert len(lost) * 0.02 < 1 * SLOWNESS, sorted(lost)
    assert seen_from_outside(lab, "web-1") == FIPS["web-1"]
    assert seen_from_outside(lab, "web-1", ROUTER6) == FIP6


def test_trace(outside):
    for node, name in ("hv-1", "blue-1"), ("hv-2", "web-2"):
        trace = outside.agentctl(node, "trace", name, "8.8.8.8")
        assert "translated to " + FIPS[name] in str(trace), trace


def test_trace_from_outside(outside):
    """To a floating IP: on its endpoint's node, and why not elsewhere."""
    for address, node, name in ((FIPS["blue-1"], "hv-1", "blue-1"),
                                (FIP6, "hv-2", "web-1")):
        trace = outside.agentctl(node, "trace", "outside:out", address)
        assert trace["entry"]["kind"] == "FloatingIP", trace
        assert trace["entry"]["active"] == node
        assert trace["entry"]["port"] == "ext-physnet1"
        assert (trace["outcome"], trace["receiver"]) == ("delivered", name)
        assert "ext-back" in [step["stage"] for step in trace["steps"]]
    text = outside.exec("hv-1", "sh", "-c", "agentctl trace outside:out "
                        "%s 2>&1" % FIPS["web-2"], check=False)
    assert "trace at hv-2" in " ".join(text.split()), text
    outside.patch("Endpoint", "web-1", {"metadata": {"labels": {
        "app": "web"}}})
    with outside.temporary(policy({"from": [{"ipBlock": {
            "cidr": "198.51.100.0/30"}}]})):
        def traced(*flow):
            return outside.agentctl("hv-2", "trace", "outside:out",
                                    FIPS["web-1"], *flow)
        wait_until(lambda: traced()["policy"] == "allowed", "it is let in")
        assert traced()["rule"] == "spec.ingress[0] of web"
        trace = traced("icmp,icmp_type=8,nw_src=198.51.100.77")
        assert (trace["outcome"], trace["policy"]) == ("dropped", "denied")


def test_nat_list(outside):
    nats = {nat["address"]: nat
            for nat in outside.agentctl("hv-1", "nat", "list")}
    assert nats[FIPS["blue-1"]] == {
        "address": FIPS["blue-1"], "externalNetwork": "out", "kind": "fip",
        "name": "fip-blue-1", "inside": "10.0.0.1", "endpoint": "blue-1",
        "vpc": "blue", "mode": "distributed", "nve": "hv-1",
        "here": "active", "zone": nats[FIPS["blue-1"]]["zone"],
        "message": None}
    assert nats[FIPS["blue-1"]]["zone"] >= 0x8000
    assert nats[FIPS["web-2"]]["nve"] == "hv-2"
    assert nats[FIPS["web-2"]]["here"] == "-"
    table = outside.exec("hv-1", "agentctl", "nat", "list")
    assert re.search(r"198\.51\.100\.13 +fip +fip-blue-1 +blue-1 10\.0\.0\.1 "
                     r"+blue +hv-1 +active", table), table
    assert all(len(line) <= 80 for line in table.splitlines())


def test_it_goes(outside):
    """Nobody answers for an address that is nobody's any more."""
    lab = outside
    lab.delete("FloatingIP", "fip-blue-1")
    wait_until(lambda: not reaches(lab, "blue-1", ROUTER), "no way out")
    lab.exec("outside", "ip", "neigh", "flush", "all")
    with lab.capture("ext-outside", "arp") as capture:
        assert lab.on("outside", "ping", "-c", 1, "-W", 1, FIPS["blue-1"],
                      check=False).returncode
        frames = capture.frames()
    # Who looks for the router gets an answer.
    address = socket.inet_aton(FIPS["blue-1"])
    assert any(frame[38:42] == address for frame in frames), frames
    assert not any(frame[28:32] == address for frame in frames), frames


def test_at_a_gateway(outside):
    """For an endpoint whose node is not attached."""
    lab = outside
    lab.apply(resource("VPCGateway", "way-out", {
        "vpc": "red", "externalNetwork": "out",
        "nodes": [{"nve": "hv-1", "priority": 200},
                  {"nve": "hv-2", "priority": 100}],
        "snat": [{"cidr": "10.0.0.0/24", "address": "198.51.100.20"}]}))
    wait_until(lambda: reaches(lab, "web-3", ROUTER), "it gets out")
    assert seen_from_outside(lab, "web-3") == "198.51.100.20"
    # An address that the gateway's own node has, too.
    with lab.temporary(fip("fip-blue-1", FIPS["blue-1"], "blue-1")):
        wait_until(lambda: reaches(lab, "web-3", FIPS["blue-1"]),
                   "it is reached by way of its own node")
    lab.apply(fip("fip-web-3", "198.51.100.14", "web-3"),
              fip("fip6-web-3", "2001:db8:ffff::14", "web-3"))
    wait_until(lambda: seen_from_outside(lab, "web-3") == "198.51.100.14",
               "by its own address")
    # From everywhere: the active node, others, and itself.
    for source in "blue-1", "web-1", "web-2", "web-3":
        if source == "blue-1":
            lab.apply(fip("fip-blue-1", FIPS["blue-1"], "blue-1"))
        wait_until(lambda: reaches(lab, source, "198.51.100.14"),
                   source + " reaches it")
    lab.delete("FloatingIP", "fip-blue-1")
    # Those that have one where they are do not go by the gateway.
    assert seen_from_outside(lab, "web-1") == FIPS["web-1"]
    with web_server(lab, "web-3"):
        with lab.capture("ext-outside", "arp or ip") as capture:
            lab.exec("outside", "ip", "neigh", "flush", "all")
            assert fetch(lab, "198.51.100.14") == 0
            frames = wait_until(lambda: [
                frame for frame in capture.frames()
                if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2"
                and frame[28:32] == wire.ip("198.51.100.14")], "an answer")
        assert len(frames) == 1                 # hv-2 does not answer.
        wait_until(lambda: fetch(lab, "2001:db8:ffff::14") == 0, "IPv6, too")
        nat = next(nat for nat in lab.agentctl("hv-2", "nat", "list")
                   if nat["address"] == "198.51.100.14")
        assert nat["mode"] == "gateway" and nat["here"] == "standby"
        status = wait_until(
            lambda: lab.get("FloatingIP", "fip-web-3")["status"], "a status")
        assert status["nve"] == "hv-1", status

        # hv-1 dies; the address is where it was, by hv-2.
        lab.apply(fip("fip-blue-1", FIPS["blue-1"], "blue-1"))
        wait_until(lambda: reaches(lab, "blue-1", ROUTER), "hv-1 has it")
        lab.kill("hv-1", "ovs-vswitchd")
        wait_until(lambda: fetch(lab, "198.51.100.14") == 0, "by hv-2")
        # hv-1's agent, which was still announcing an address, waits for the
        # switch, and not in a circle.
        n = waits(lab, "hv-1")
        pause(1)
        assert waits(lab, "hv-1") - n < 10000
        lab.start_daemon("hv-1", "ovs-vswitchd")
        lab.delete("FloatingIP", "fip-blue-1")


GREEN = [resource("VPC", "green", {"vni": 5002, "subnets": [
             {"cidr": "10.9.0.0/24", "gateway": "10.9.0.254"}]}),
         resource("Endpoint", "green-2", {
             "vpc": "green", "mac": "02:00:00:00:09:02",
             "ips": ["10.9.0.2"]}),
         resource("Endpoint", "green-3", {
             "vpc": "green", "mac": "02:00:00:00:09:03",
             "ips": ["10.9.0.3"]})]
ROUTED = resource("VPCGateway", "routed", {
    "vpc": "green", "externalNetwork": "out",
    "nodes": [{"nve": "hv-1", "priority": 200}, {"nve": "hv-2"}]})
NAT = resource("VPCGateway", "a-nat", {     # The default: first by name.
    "vpc": "green", "externalNetwork": "out", "nodes": [{"nve": "hv-1"}],
    "snat": [{"cidr": "10.9.0.0/24", "address": "198.51.100.60"}]})


def listed(lab, node):
    return next(gateway for gateway in lab.agentctl(node, "gateway", "list")
                if gateway["name"] == "routed")


@pytest.fixture(scope="module")
def green(outside):
    """A VPC with two gateways, one of which routes."""
    lab = outside
    lab.apply(*GREEN, ROUTED, NAT)
    lab.plug("hv-2", "green-2")
    lab.plug("hv-3", "green-3")
    lab.exec("outside", "ip", "route", "add", "10.9.0.0/24", "dev", "eth0")
    wait_until(lambda: seen_from_outside(lab, "green-3") == "198.51.100.60",
               "what begins inside is translated")
    for node, part in ("hv-1", "active"), ("hv-2", "standby"):
        wait_until(lambda: listed(lab, node)["here"] == part,
                   "%s is %s" % (node, part))
    wait_until(lambda: pings_from_outside(lab, "10.9.0.3") == 5,
               "the outside gets in")
    lab.mac = listed(lab, "hv-3")["mac"]
    return lab


@contextlib.contextmanager
def entering_by(lab, node):
    """What the outside sends to the gateway enters by that node, whichever
    one answers for it: as when a network is late to notice."""
    fdb = (lab.mac, "dev", "ext-" + node, "master", "static", "sticky")
    port = lab.exec(node, "ovs-vsctl", "get", "interface", "int-physnet1",
                    "ofport").strip()
    lab.exec("fabric", "bridge", "fdb", "replace", *fdb)
    lab.exec(node, "ovs-ofctl", "add-flow", "br-ex",
             "priority=100,dl_dst=%s,actions=%s" % (lab.mac, port))
    try:
        yield
    finally:
        lab.exec("fabric", "bridge", "fdb", "del", *fdb[:4])
        lab.exec(node, "ovs-ofctl", "del-flows", "br-ex", "dl_dst=" + lab.mac)


def pings_from_outside(lab, address, n=5):
    output = lab.on("outside", "ping", "-n", "-c", n, "-i", 0.02, "-W", 0.5,
                    address, check=False).stdout
    return output.count("bytes from")


def answered_to(lab, capture, address="10.9.0.3"):
    """To which nodes hv-3 sent what 'address' answered."""
    return {packet.dst for packet in capture.packets("192.0.2.3", vni=5002)
            if packet.inner[12:14] == b"\x08\x00"
            and packet.inner[26:30] == wire.ip(address)
            and packet.inner[30:34] == wire.ip(ROUTER)}


def test_answers_go_back(green):
    """To the node that the request came by, which is neither the better one
    of the gateway nor the default gateway's."""
    for node, address in ("hv-2", "192.0.2.2"), ("hv-1", "192.0.2.1"):
        with entering_by(green, node), green.capture("hv-3") as capture:
            assert pings_from_outside(green, "10.9.0.3") == 5
            wait_until(lambda: answered_to(green, capture), "is captured")
            assert answered_to(green, capture) == {address}
    # By TCP, and to an endpoint of the very node, which sends by no tunnel.
    with entering_by(green, "hv-2"):
        for name, address in (("green-3", "10.9.0.3"),
                              ("green-2", "10.9.0.2")):
            with web_server(green, name):
                with green.capture("ext-hv-2", "tcp") as capture:
                    assert fetch(green, address) == 0
                    wait_until(lambda: len(capture.frames()) > 8,
                               "is captured")
                assert sources(capture.frames()) == {ROUTER, address}
    assert seen_from_outside(green, "green-3") == "198.51.100.60"


def test_answers_go_back_over_a_restart(green):
    """The agent finds the zone, the flows and the groups that it wants, and
    connections are answered all the time by where they came in."""
    def status():
        return green.agentctl("hv-3", "status")["openflow"]

    with entering_by(green, "hv-2"), green.capture("hv-3") as capture:
        with green.running("exec", "outside", "ping", "-n", "-i", "0.05",
                           "10.9.0.3") as ping:
            with green.without("hv-3", "geneve-agentd"):
                pause(0.5)
            wait_until(lambda: status()["state"] == "steady"
                       and status()["flows"] == status()["installed"] > 100,
                       "it is settled")
            assert status()["flowMods"] == 0
        wait_until(lambda: answered_to(green, capture), "is captured")
        assert answered_to(green, capture) == {"192.0.2.2"}
    assert ping.output.count("bytes from") > 10


def test_answers_follow_a_failover(green):
    """An endpoint that goes on answering, though nothing comes in, is heard
    by another node when the one that it answered is dead."""
    with green.inside("exec", "outside"):
        server = socket.socket(type=socket.SOCK_DGRAM)
    with green.inside("vm", "green-3"):
        client = socket.socket(type=socket.SOCK_DGRAM)
    client.bind(("10.9.0.3", 0))
    server.settimeout(5)
    client.settimeout(5)
    with server, client, entering_by(green, "hv-2"):
        server.sendto(b"go on", client.getsockname())
        where = client.recvfrom(100)[1]
        client.sendto(b"first", where)
        assert server.recv(100) == b"first"
        green.kill("hv-2", "ovs-vswitchd")
        try:
            server.settimeout(0.1)

            def heard():
                client.sendto(b"later", where)
                with contextlib.suppress(TimeoutError):
                    return server.recv(100) == b"later"
                return None
            wait_until(heard, "it goes on by hv-1", 5 * SLOWNESS)
        finally:
            green.start_daemon("hv-2", "ovs-vswitchd")
    wait_until(lambda: pings_from_outside(green, "10.9.0.3") == 5
               and listed(green, "hv-1")["here"] == "active"
               and listed(green, "hv-2")["here"] == "standby",
               "all is as it was")
    with green.capture("hv-3") as capture:
        wait_until(lambda: pings_from_outside(green, "10.9.0.3") == 5,
                   "hv-1 is asked and answered")
        wait_until(lambda: answered_to(green, capture), "is captured")
        assert answered_to(green, capture) == {"192.0.2.1"}


def test_a_route_takes_no_answers(green):
    """What comes in by a floating IP is answered by it, though a route leads
    another way."""
    detour = resource("VPCRoute", "detour", {
        "vpc": "green", "destination": "198.51.100.1/32",
        "via": [{"gateway": "a-nat"}]})
    with green.temporary(fip("fip-green", "198.51.100.61", "green-2"),
                         detour):
        wait_until(lambda: pings_from_outside(green, "198.51.100.61") == 5,
                   "it is reached by its address")
        wait_until(lambda: seen_from_outside(green, "green-2")
                   == "198.51.100.60", "what begins inside goes by the route")
        with web_server(green, "green-2"):
            assert fetch(green, "198.51.100.61") == 0
