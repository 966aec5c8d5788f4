"""Gateways: out of a VPC and back, and what happens when one dies.

hv-1 and hv-2 are attached to the provider network and are the candidates, and
hv-3 only has an endpoint of the VPC.
"""
import contextlib
import os
import socket
import subprocess
import threading
import time

import pytest

import of_relay
import wire
from lab import resource
from stopping import stopped
from waiting import SLOWNESS, pause, wait_until

pytestmark = pytest.mark.alone
TYPE = "0xff01/0x02"
TENANT = "0xff01/0x06"
FAILOVERS = int(os.environ.get("GA_FAILOVERS", "0"))
SNAT = "198.51.100.10"
OUT = resource("ExternalNetwork", "out", {
    "physicalNetwork": "physnet1",
    "subnets": [{"cidr": "198.51.100.0/24", "gateway": "198.51.100.1"},
                {"cidr": "2001:db8:ffff::/64",
                 "gateway": "2001:db8:ffff::1"}]})
OBJECTS = [
    OUT,
    resource("GeneveOption", "endpoint-type", {
        "class": "0xff01", "type": "0x02", "length": 4,
        "value": {"from": "endpoint.type"}}),
    resource("GeneveOption", "tenant-id", {
        "class": "0xff01", "type": "0x06", "length": 16,
        "value": {"from": "vpc.tenantId"}}),
    resource("OptionProfile", "typed", {
        "options": [{"name": "endpoint-type"}, {"name": "tenant-id"}]}),
    resource("VPC", "red", {
        "vni": 5001, "optionProfile": "typed",
        "tenantId": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "subnets": [{"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"},
                    {"cidr": "fd00::/64", "gateway": "fd00::fe"}]}),
] + [
    resource("Endpoint", "in-%d" % i, {
        "vpc": "red", "nve": "hv-%d" % i, "type": "vm",
        "mac": "02:00:00:00:10:%02x" % i,
        "ips": ["10.0.0.%d" % i, "fd00::%d" % i]})
    for i in (1, 2, 3)
]
NODES = [{"nve": "hv-1", "priority": 200}, {"nve": "hv-2"}]


def gateway(**spec):
    return resource("VPCGateway", "gw", dict({
        "vpc": "red", "externalNetwork": "out", "nodes": NODES,
        "maxConnections": 100000,
        "snat": [{"cidr": "10.0.0.0/24", "address": SNAT},
                 {"cidr": "fd00::/64", "address": "2001:db8:ffff::10"}]},
        **spec))


@pytest.fixture(scope="module")
def lab(own_lab):
    lab = own_lab(3, "4", outside=True)
    lab.apply(*OBJECTS)
    lab.apply(gateway())
    for i in (1, 2, 3):
        lab.plug("hv-%d" % i, "in-%d" % i)
    wait_gets(lab, "in-3")
    return lab


def get(lab, endpoint, url="http://198.51.100.1/", timeout=2):
    return lab.vm(endpoint, "curl", "-s", "-m", timeout, url,
                  check=False).split()


def wait_gets(lab, endpoint):
    """Waits until the outside answers; returns what address it sees."""
    return wait_until(lambda: get(lab, endpoint), "%s is answered" % endpoint)


class Echo:
    """Packets from an endpoint to a host outside and back, one every 10 ms:
    over one TCP connection, or UDP."""

    def __init__(self, lab, kind, endpoint="in-3"):
        self.times, self.sent, self.ending = [], 0, False
        with lab.inside("exec", "outside"):
            self.server = socket.socket(type=kind)
        self.server.bind(("198.51.100.1", 0))
        with lab.inside("vm", endpoint):
            self.client = socket.socket(type=kind)
        self.client.settimeout(10)
        if kind == socket.SOCK_STREAM:
            self.server.listen()
            self.client.connect(self.server.getsockname())
            self.server = self.server.accept()[0]
            for end in self.client, self.server:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            self.client.connect(self.server.getsockname())
        self.threads = [threading.Thread(target=f, daemon=True)
                        for f in (self.answer, self.receive)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.sender = threading.Thread(target=self.send, daemon=True)
        self.sender.start()
        return self

    def __exit__(self, *args):
        self.ending = True
        self.sender.join()
        for end in self.client, self.server:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def send(self):
        while not self.ending:
            with contextlib.suppress(OSError):
                self.client.send(b"x" * 8)
                self.sent += 1
            pause(0.01)

    def answer(self):
        with contextlib.suppress(OSError):
            while True:
                data, sender = self.server.recvfrom(2048)
                if not data:
                    return
                if sender:
                    self.server.sendto(data, sender)
                else:
                    self.server.sendall(data)

    def receive(self):
        """Waits on if nothing comes for a long time: it may come yet."""
        with contextlib.suppress(OSError):
            while True:
                with contextlib.suppress(TimeoutError):
                    data = self.client.recv(2048)
                    if not data:
                        return
                    self.times.append(time.monotonic())

    def lost(self):
        """Ceases to send; returns how many packets were not answered."""
        self.ending = True
        self.sender.join()
        with contextlib.suppress(AssertionError):
            wait_until(lambda: self.sent == len(self.times), "all answers",
                       0.5 * SLOWNESS)
        return self.sent - len(self.times)

    def lasts(self, seconds):
        """Goes on for a while; answers must come to the end of it."""
        pause(seconds * SLOWNESS)
        assert (self.times
                and time.monotonic() - self.times[-1] < 0.5 * SLOWNESS), (
            "no answers any more")

    def gap(self):
        """The longest time without an answer, in seconds."""
        return max(after - before for before, after
                   in zip(self.times, self.times[1:]))


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


def vsctl(lab, node, *args):
    return lab.exec(node, "ovs-vsctl", *args).strip()


def tunnel(lab, node, remote):
    """The name of the tunnel port of 'node' to 'remote'."""
    return vsctl(lab, node, "--bare", "--columns=name", "find", "interface",
                 "external_ids:nve-remote=" + remote)


def bfd(lab, node, remote):
    """(state, forwarding) of BFD to 'remote'."""
    port = tunnel(lab, node, remote)
    return tuple(
        vsctl(lab, node, "--if-exists", "get", "interface", port,
              "bfd_status:" + key).strip('"')
        for key in ("state", "forwarding"))


def listed(lab, node):
    return lab.agentctl(node, "gateway", "list")[0]


def wait_here(lab, *parts):
    """Waits until hv-1, hv-2 ... have the parts that are said."""
    for i, part in enumerate(parts, 1):
        wait_until(lambda: listed(lab, "hv-%d" % i)["here"] == part,
                   "hv-%d is %s" % (i, part))


def wait_settled(lab):
    """Waits until hv-1 is the gateway, and everybody knows it."""
    wait_here(lab, "active", "standby", "source")
    for node in "hv-1", "hv-2", "hv-3":
        for remote in sorted({"hv-1", "hv-2"} - {node}):
            wait_until(lambda: bfd(lab, node, remote) == ("up", "true"),
                       "BFD is up from %s to %s" % (node, remote))


@contextlib.contextmanager
def changed(lab, **members):
    """The gateway is another one while in the block."""
    lab.apply(gateway(**members))
    try:
        yield
    finally:
        lab.apply(gateway())


def words_of(captures):
    """When who said on its provider port that it has SNAT, in ARP: [(time,
    node, whether it was asked)].  What goes to all is seen on each port, and
    first on that of who says it."""
    words, seen = [], []
    for when, frame, node in sorted(
            (when, frame, node) for node, capture in captures.items()
            for when, frame in capture.timed_frames()
            if frame[12:14] == b"\x08\x06"
            and frame[28:32] == wire.ip(SNAT)):
        asked = frame[20:22] == b"\0\2"
        if asked or not seen or when - seen[-1] > 0.3:
            words.append((when, node, asked))
            if not asked:
                seen.append(when)
    return words


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


def test_a_dead_gateway_without_agents(lab):
    """hv-1's switch dies, when no agent and no controller runs: hv-3 goes on
    by hv-2, and TCP with it."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_STREAM) as tcp, Echo(
            lab, socket.SOCK_DGRAM) as udp:
        for node in "hv-1", "hv-2", "hv-3":
            lab.kill(node, "geneve-agentd")
        lab.kill("nva", "nvad")
        try:
            tcp.times.clear()
            udp.times.clear()
            tcp.lasts(0.5)
            lab.kill("hv-1", "ovs-vswitchd")
            tcp.lasts(2)
            print("without agents: UDP %.3f s, TCP %.3f s"
                  % (udp.gap(), tcp.gap()))
            assert udp.gap() < 0.6 * SLOWNESS and tcp.gap() < 1 * SLOWNESS
            assert get(lab, "in-3", timeout=2 * SLOWNESS)[0] == SNAT
        finally:
            lab.revive()
        wait_settled(lab)
        tcp.lasts(0.5)


def test_a_candidate_that_has_no_flows_yet(lab):
    """hv-1 starts again while there is no controller, so its agent takes 5 s
    to know what the switch should do.  BFD runs much earlier."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_DGRAM) as udp:
        udp.lasts(0.3)
        try:
            for node, daemon in (("nva", "nvad"), ("hv-1", "geneve-agentd"),
                                 ("hv-1", "ovs-vswitchd")):
                lab.kill(node, daemon)
            udp.lasts(1.5)
            udp.times.clear()
            for daemon in "ovs-vswitchd", "geneve-agentd":
                lab.start_daemon("hv-1", daemon)
            wait_here(lab, "active")
            udp.lasts(0.3)
            print("no flows yet: UDP %.3f s" % udp.gap())
            assert udp.gap() < 1 * SLOWNESS
        finally:
            lab.revive()
        wait_settled(lab)


def test_a_candidate_that_starts_without_its_agent(lab):
    """What geneve-path-down.service does before ovs-vswitchd starts keeps
    everybody away until there is an agent."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_DGRAM) as udp:
        udp.lasts(0.3)
        try:
            for daemon in "geneve-agentd", "ovs-vswitchd":
                lab.kill("hv-1", daemon)
            lab.on("hv-1", "geneve-agentd", "--path-down")
            udp.lasts(1.5)
            udp.times.clear()
            lab.start_daemon("hv-1", "ovs-vswitchd")
            wait_until(lambda: bfd(lab, "hv-3", "hv-1")[0] == "up",
                       "hv-3 hears hv-1 again")
            udp.lasts(1)
            print("no agent: UDP %.3f s" % udp.gap())
            assert udp.gap() < 1 * SLOWNESS
            assert bfd(lab, "hv-3", "hv-1") == ("up", "false")
        finally:
            lab.revive()
        wait_settled(lab)


@contextlib.contextmanager
def unread(lab, node):
    """ovs-vswitchd starts, and while in the block the agent has a connection
    to it, but no answer about what flows there are."""
    path = lab.dir / node / "br-int.mgmt"
    real = path.with_name("br-int.real")
    ending = threading.Event()

    def look(kind, _message):
        if kind == of_relay.MULTIPART_REQUEST:
            ending.wait()
    relay = of_relay.Relay(path, look)
    relay.target = real
    try:
        with stopped(lab.dir / node / "geneve-agentd.pid"):
            lab.start_daemon(node, "ovs-vswitchd")
            wait_until(path.is_socket, "the socket is there")
            path.rename(real)
            (relay.dir / path.name).rename(path)
        yield
    finally:
        ending.set()
        real.rename(path)
        relay.close()


def test_no_word_before_the_flows_are_known(lab):
    """BFD comes up and hv-1 is the best, but it may have no flows: it does not
    draw the addresses to it."""
    wait_settled(lab)
    with lab.capture("ext-hv-1", "arp") as one, lab.capture(
            "ext-hv-2", "arp") as two:
        def words():
            return words_of({"hv-1": one, "hv-2": two})

        with contextlib.ExitStack() as stack:
            lab.kill("hv-1", "ovs-vswitchd")
            # One that saw only BFD go down would take itself for cut off.
            wait_until(lambda: not lab.agentctl("hv-1", "status")["openflow"][
                "connected"], "the agent knows")
            with cut_off(lab):
                stack.enter_context(unread(lab, "hv-1"))
                wait_until(lambda: words()[-1][1] == "hv-2",
                           "hv-2 takes over")
                wait_here(lab, "standby")
            begin = time.time()
            wait_here(lab, "active")
            pause(1)
            end = time.time()
        wait_until(lambda: words()[-1][1] == "hv-1"
                   and words()[-1][0] > end, "hv-1 announces itself")
    assert not [word for word in words()
                if word[1] == "hv-1" and begin < word[0] < end], words()
    wait_settled(lab)


@contextlib.contextmanager
def downloading(lab, endpoint="in-3"):
    """A line comes from the outside every 20 ms; yields the times."""
    times = []
    process = lab.popen("vm", endpoint, "curl", "-sN",
                        "http://198.51.100.1/slow", stdout=subprocess.PIPE)

    def read():
        for _ in process.stdout:
            times.append(time.monotonic())
    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield times
    finally:
        process.kill()
        thread.join()
        process.stdout.close()
        process.wait()


def longest(times):
    return max(after - before for before, after in zip(times, times[1:]))


@pytest.mark.parametrize("endpoint, how", [
    ("in-3", "dead_switch"), ("in-2", "dead_uplink"), ("in-1", "no_mapping")])
def test_a_download_goes_on(lab, endpoint, how):
    """The endpoint has nothing to send when hv-1 goes, and yet hv-2 learns
    whose connection it is, also if it has seen half of it (in-2 is there)."""
    wait_settled(lab)
    with downloading(lab, endpoint) as times:
        wait_until(lambda: len(times) > 20, "it has begun")
        with globals()[how](lab):
            begin = time.monotonic()
            wait_until(lambda: times[-1] > begin + 1, "it goes on",
                       deadline=4 * SLOWNESS)
            print("%s, download: %.3f s" % (how, longest(times)))
            assert longest(times) < 2 * SLOWNESS
        wait_settled(lab)
        begin = time.monotonic()
        wait_until(lambda: times[-1] > begin, "it still does",
                   deadline=4 * SLOWNESS)
        print("...and back: %.3f s" % longest(times))
        assert longest(times) < 2 * SLOWNESS


def fail_over(lab, how):
    """hv-1 dies in some way, and comes back."""
    with how(lab):
        wait_until(lambda: listed(lab, "hv-2")["here"] == "active",
                   "hv-2 takes over")
    wait_settled(lab)


@contextlib.contextmanager
def dead_switch(lab):
    with lab.without("hv-1", "ovs-vswitchd"):
        yield


@contextlib.contextmanager
def cut_off(lab):
    """From the underlay; its uplink is all right."""
    lab.exec("fabric", "ip", "link", "set", "hv-1", "down")
    try:
        yield
    finally:
        lab.exec("fabric", "ip", "link", "set", "hv-1", "up")


@contextlib.contextmanager
def dead_uplink(lab):
    lab.exec("fabric", "ip", "link", "set", "ext-hv-1", "down")
    try:
        yield
    finally:
        lab.exec("fabric", "ip", "link", "set", "ext-hv-1", "up")


@contextlib.contextmanager
def no_mapping(lab):
    """Without a drain."""
    key = "external_ids"
    mapping = "nve-bridge-mappings"
    value = vsctl(lab, "hv-1", "get", "open_vswitch", ".", key + ":" + mapping)
    vsctl(lab, "hv-1", "remove", "open_vswitch", ".", key, mapping)
    try:
        yield
    finally:
        vsctl(lab, "hv-1", "set", "open_vswitch", ".",
              "%s:%s=%s" % (key, mapping, value))


WAYS = [dead_switch, cut_off, dead_uplink]


@contextlib.contextmanager
def asking(lab):
    """Somebody outside asks for the address all the time."""
    with lab.inside("exec", "outside"):
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        raw.bind(("eth0", 0))
    mac = ":".join("%02x" % b for b in raw.getsockname()[4])
    request = wire.arp(1, mac, "198.51.100.1", SNAT)
    ending = threading.Event()

    def ask():
        while not ending.wait(0.005):
            with contextlib.suppress(OSError):
                raw.send(request)
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        raw.close()


def check_owners(captures):
    """Between the first and the last word of one owner in a row there is none
    of another, and each new owner announces itself."""
    words = words_of(captures)
    turns = [(words[0][1], [])]
    for _, node, asked in words:
        if node != turns[-1][0]:
            turns.append((node, []))
        turns[-1][1].append(asked)
    return [(node, len(asked), asked.count(False)) for node, asked in turns]


def owners_over(lab, ways):
    wait_settled(lab)
    with lab.capture("ext-hv-1", "arp") as one, lab.capture(
            "ext-hv-2", "arp") as two, asking(lab):
        for how in ways:
            fail_over(lab, how)
        turns = check_owners({"hv-1": one, "hv-2": two})
    # Two that speak at once take turns with every word or two.  (The last
    # turn may have been cut, and BFD may flap.)
    short = [i for i in range(1, len(turns) - 1) if turns[i][1] < 3]
    if short:
        raise AssertionError("of %d turns, %s are short; around the first: %s"
                             % (len(turns), short,
                                turns[max(0, short[0] - 8):short[0] + 8]))
    # A few are over before anybody has asked the other one.
    assert turns[0][0] == "hv-1" and len(turns) >= 1.9 * len(ways), turns
    return turns


def test_one_owner(lab):
    """Whichever way hv-1 goes and comes back, nobody answers ARP while another
    one does, and those who come say so."""
    turns = owners_over(lab, WAYS)
    assert sum(gratuitous for _, _, gratuitous in turns) > len(WAYS)


@pytest.mark.skipif(not FAILOVERS, reason="GA_FAILOVERS is not set")
def test_one_owner_often(lab):
    owners_over(lab, [WAYS[i % len(WAYS)] for i in range(FAILOVERS)])


def test_a_dead_uplink(lab):
    wait_settled(lab)
    with Echo(lab, socket.SOCK_DGRAM) as udp:
        udp.lasts(0.3)
        with dead_uplink(lab):
            udp.lasts(1.5)
            gap = udp.gap()
            wait_here(lab, "out", "active")
            wait_until(lambda: lab.get("VPCGateway", "gw")["status"]["active"]
                       == "hv-2", "the status says so")
            assert any(a["object"] == "gateway gw" and a["reason"] == "out"
                       for a in lab.agentctl("hv-1", "status")["alarms"])
        print("dead uplink: UDP %.3f s" % gap)
        assert gap < 1 * SLOWNESS
        wait_settled(lab)
        udp.lasts(0.3)


def test_drain(lab):
    """Nothing is lost when hv-1 is drained, and when it is taken back."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_DGRAM) as udp, Echo(
            lab, socket.SOCK_STREAM) as tcp:
        udp.lasts(0.3)
        with changed(lab, nodes=[{"nve": "hv-1", "priority": 0},
                                 {"nve": "hv-2"}]):
            wait_here(lab, "drained", "active")
            udp.lasts(0.3)
        wait_settled(lab)
        udp.lasts(0.3)
        tcp.lasts(0.1)
        lost = udp.lost()
        print("drain: %d of %d lost, gap %.3f s" % (lost, udp.sent, udp.gap()))
        # A gap in which nothing is lost is the machine's.
        assert lost <= 5
        assert tcp.gap() < 0.6 * SLOWNESS


def test_a_restart_of_the_agent(lab):
    """It sends nothing to the switch, and connections go on."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_STREAM) as tcp:
        tcp.lasts(0.2)
        with lab.without("hv-1", "geneve-agentd"):
            tcp.lasts(0.2)
        wait_here(lab, "active")
        status = wait_until(
            lambda: lab.agentctl("hv-1", "status")["openflow"]["state"]
            == "steady" and lab.agentctl("hv-1", "status")["openflow"],
            "it is settled")
        assert (status["flowMods"], status["groupMods"]) == (0, 0)
        tcp.lasts(0.2)
        assert tcp.gap() < 0.3 * SLOWNESS


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
