"""geneve-tap: on both ends of a link, and as an NVE among nodes with agents.
Packets are decoded by tshark."""
import hashlib
import os
import pathlib
import socket
import subprocess
import tempfile
import threading

import pytest

import wire
import world
from lab import resource
from tap_host import PROGRAM, Host
from waiting import wait_until

LABEL = {"class": "0xff01", "type": "0x81", "data": "0000002a"}
KIND = {"class": "0xff01", "type": "0x02", "data": "0000000100000002"}
TAKES = {"options": [{"class": "0xff01", "type": "0x81", "length": 4,
                      "required": True},
                     {"class": "0xff01", "type": "0x03", "length": 4}],
         "maxOptionBytes": 24}


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="ga-tap-") as name:
        os.chmod(name, 0o755)
        yield pathlib.Path(name)


@pytest.fixture(scope="module")
def hosts(folder):
    """Three hosts on one link: 192.0.2.K and 2001:db8::K."""
    result = [Host(folder, name) for name in ("a", "b", "c")]
    try:
        a = result[0]
        a.ip("link", "add", "eth0", "type", "bridge", "forward_delay", "0",
             "mcast_snooping", "0")
        for k, host in enumerate(result, 1):
            if host is not a:
                port = "port-" + host.name
                a.ip("link", "add", port, "type", "veth", "peer", "name",
                     "eth0", "netns", host.ns)
                a.ip("link", "set", port, "master", "eth0", "up")
            host.ip("addr", "add", "192.0.2.%d/24" % k, "dev", "eth0")
            host.ip("addr", "add", "2001:db8::%d/64" % k, "dev", "eth0",
                    "nodad")
            host.ip("link", "set", "eth0", "up")
        yield result
    finally:
        for host in result:
            host.end()


def address(hosts, device, net4, net6=None):
    for k, host in enumerate(hosts, 1):
        host.ip("addr", "add", "%s.%d/24" % (net4, k), "dev", device)
        if net6:
            host.ip("addr", "add", "%s::%d/64" % (net6, k), "dev", device,
                    "nodad")


def both(hosts, underlay="192.0.2.%d", **more):
    """Tunnels between the first two: tap0 and tun0."""
    tunnels = [{"device": "tap0", "vni": 5001},
               {"device": "tun0", "vni": 5002, "mode": "ip"}]
    a, b = hosts[:2]
    a.start(config={"tunnels": tunnels, "options": [LABEL, KIND],
                    "remotes": [{"address": underlay % 2}], **more})
    b.start(config={"tunnels": tunnels, "receive": TAKES, **more,
                    "remotes": [{"address": underlay % 1}]})
    address((a, b), "tap0", "10.0.0", "fd00")
    address((a, b), "tun0", "10.1.0", "fd01")
    return a, b


def all_kinds(packets):
    """Returns them if Ethernet, IPv4 and IPv6 are among them."""
    inner = {(p.vni, p.protocols.split(":geneve:")[1].split(":")[0])
             for p in packets}
    assert inner == {(5001, "eth"), (5002, "ip"), (5002, "ipv6")}
    return packets


@pytest.mark.parametrize("underlay", ["192.0.2.%d", "2001:db8::%d"])
def test_ethernet_and_ip(hosts, underlay):
    """Frames and IP packets, with options one way and without the other, and
    a source port for each flow."""
    a, b = both(hosts, underlay)
    with a.capture() as capture:
        for to in "10.0.0.2", "fd00::2", "10.1.0.2", "fd01::2":
            a.ping(to)
        there = wait_until(lambda: all_kinds(
            capture.packets(src=underlay % 1)), "all are captured")
        back = capture.packets(src=underlay % 2)
    for p in there:
        assert p.options == ["0xff01/0x81", "0xff01/0x02"], p
        assert p.data == [bytes.fromhex(o["data"]) for o in (LABEL, KIND)]
        assert p.critical and not p.oam and p.version == 0
        assert p.checksum
        assert p.source_port >= 49152
        assert p.vni in (5001, 5002)
    assert len({p.source_port for p in there}) > 1
    assert 0 not in {p.checksum for p in there}
    assert back and not any(p.options or p.critical for p in back)
    assert b.drops() == {}


@pytest.mark.parametrize("underlay, to", [
    ("192.0.2.%d", "10.0.0.2"), ("2001:db8::%d", "10.1.0.2")])
def test_congestion(hosts, underlay, to):
    """ECN is copied to the outer header, and back if a router changed it."""
    a, b = both(hosts, underlay)
    with a.capture() as capture:
        for tos in 0, 1, 2, 3, 0xb9:
            a.ping(to, "-Q%d" % tos)
        wait_until(lambda: {p.tos for p in capture.packets(
            src=underlay % 1)} == {0, 1, 2, 3}, "each ECN is there")
    a.stop()
    family = socket.AF_INET6 if ":" in underlay else socket.AF_INET
    level, kind = ((socket.IPPROTO_IPV6, socket.IPV6_TCLASS)
                   if ":" in underlay else (socket.IPPROTO_IP,
                                            socket.IP_TOS))
    with a.inside():
        sock = socket.socket(family, socket.SOCK_DGRAM)
    with b.inside():
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    label = wire.option("0xff01/0x81", bytes(4))
    with sock, listener:
        listener.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        listener.settimeout(5)
        listener.bind(("10.1.0.2", 4242))
        sock.setsockopt(level, kind, 3)
        sock.bind((underlay % 1, 0))
        for tos in 0, 2:
            sock.sendto(wire.geneve(5002, wire.ip4_udp(
                "10.1.0.1", "10.1.0.2", b"x", 4242, 4242, tos), label,
                protocol=0x0800), (underlay % 2, 6081))
        _, notes, _, _ = listener.recvmsg(10, 100)
        assert notes[0][2][0] == 3
    assert b.drops() == {"congestion": 1}


def transfer(a, b, to, kind, size):
    """Sends bytes from a to b; returns whether they came as they were."""
    data = os.urandom(1 << 20) * size
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    with b.inside():
        listener = socket.socket(family, kind)
    listener.bind((to, 0))
    listener.listen()
    listener.settimeout(20)
    got = []

    def receive():
        peer, _ = listener.accept()
        digest = hashlib.sha256()
        with peer:
            peer.settimeout(20)
            while True:
                piece = peer.recv(1 << 20)
                if not piece:
                    break
                digest.update(piece)
        got.append(digest.digest())
    with listener:
        thread = threading.Thread(target=receive, daemon=True)
        thread.start()
        with a.inside():
            sender = socket.socket(family, kind)
        with sender:
            sender.settimeout(20)
            sender.connect(listener.getsockname()[:2])
            sender.sendall(data)
        thread.join(20)
    return got == [hashlib.sha256(data).digest()]


@pytest.mark.parametrize("options", [[], ["--no-offload"]],
                         ids=["offload", "plain"])
def test_streams(hosts, options):
    """Segmentation and merging change no byte."""
    a, b = both(hosts)
    if options:
        for host in a, b:
            host.start(*options, "-c", str(host.dir / (host.name + ".json")))
        address((a, b), "tap0", "10.0.0", "fd00")
        address((a, b), "tun0", "10.1.0", "fd01")
    for to in "10.0.0.2", "fd00::2", "10.1.0.2", "fd01::2":
        assert transfer(a, b, to, socket.SOCK_STREAM, 4), to
    assert b.drops() == {}
    calls, sent = a.stats()["calls"], a.stats()["remotes"][0]["sent"]
    if not options:
        # Far less than a call for each packet.
        assert calls["send"] < sent["packets"] / 4, (calls, sent)
        assert (b.stats()["calls"]["write"]
                < b.stats()["remotes"][0]["received"]["packets"] / 2)


@pytest.mark.parametrize("underlay", ["192.0.2.%d", "2001:db8::%d"])
def test_without_checksums(hosts, underlay):
    """No UDP checksums in the underlay, and few source ports, if the file says
    so."""
    a, b = both(hosts, underlay, checksums=False, sourcePorts=2)
    with a.capture() as capture:
        for to in "10.0.0.2", "fd00::2", "10.1.0.2", "fd01::2":
            a.ping(to)
        packets = wait_until(lambda: all_kinds(
            capture.packets(src=underlay % 1)), "all are captured")
    assert {p.checksum for p in packets} == {0}
    assert 1 <= len({p.source_port for p in packets}) <= 2
    assert transfer(a, b, "10.0.0.2", socket.SOCK_STREAM, 1)
    assert b.drops() == {}


def test_too_big(hosts):
    """What does not fit gets an ICMP error with the largest size that does,
    and so does what no longer fits because the way became narrower."""
    a, b = both(hosts)
    for device in "tap0", "tun0":
        assert a.run("cat", "/sys/class/net/%s/mtu" % device).stdout == {
            "tap0": "1430\n", "tun0": "1444\n"}[device]
        a.ip("link", "set", device, "mtu", "1500")
    for to, mtu in ("10.0.0.2", 1430), ("10.1.0.2", 1444):
        said = a.run("ping", "-c1", "-W1", "-Mdo", "-s1472", to,
                     check=False).stdout
        assert "mtu = %d" % mtu in said, said
        a.ping(to, "-Mdo", "-s%d" % (mtu - 28))
    for to, mtu in ("fd00::2", 1430), ("fd01::2", 1444):
        a.run("ping", "-c1", "-W1", "-Mdo", "-s1452", to, check=False)
        assert "mtu %d" % mtu in a.run("ip", "route", "get", to).stdout
    assert a.stats()["icmpErrors"] == 4
    # A route says what an ICMP error in the underlay would say.
    a.ip("route", "add", "192.0.2.2/32", "dev", "eth0", "mtu", "1400")
    try:
        wait_until(lambda: "mtu = 1330" in a.run(
            "ping", "-c1", "-W1", "-Mdo", "-s1380", "10.0.0.2",
            check=False).stdout, "the narrower way shows")
        a.ping("10.0.0.2", "-Mdo", "-s1302")
    finally:
        a.ip("route", "del", "192.0.2.2/32")
    assert transfer(a, b, "10.0.0.2", socket.SOCK_STREAM, 1)


def test_received_headers(hosts):
    """Each fault has its counter, and nothing of it goes on."""
    a, b = both(hosts)
    a.stop()
    frame = wire.frame("02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", 0x1234,
                       bytes(50))
    label = wire.option("0xff01/0x81", bytes(4))
    qos = wire.option("0xff01/0x03", bytes(4))
    bad = {
        "version": wire.geneve(5001, frame, label, version=1),
        "control": wire.geneve(5001, frame, label, oam=True),
        "required-missing": wire.geneve(5001, frame, qos),
        "unknown-critical": wire.geneve(
            5001, frame, label + wire.option("0xff01/0x85", bytes(4))),
        "option-length": wire.geneve(
            5001, frame, wire.option("0xff01/0x81", bytes(8))),
        "duplicate": wire.geneve(5001, frame, label + label),
        "exceeds-capability": wire.geneve(
            5001, frame, label + wire.option("0xff01/0x04", bytes(20))),
        "opt-len-mismatch": wire.geneve(
            5001, frame, wire.option("0xff01/0x81", bytes(4), length=2)),
        "truncated": b"\x02\x40\x65\x58\x00\x13\x89",
        "unknown-vni": wire.geneve(6000, frame, label),
        "protocol": wire.geneve(5002, frame, label),
    }
    with a.inside():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    before = b.stats()["tunnels"]
    with sock:
        sock.bind(("192.0.2.1", 0))
        for payload in bad.values():
            sock.sendto(payload, ("192.0.2.2", 6081))
        wait_until(lambda: b.drops() == dict.fromkeys(bad, 1),
                   "all are counted", 5)
        assert [t["received"] for t in b.stats()["tunnels"]] == [
            t["received"] for t in before]
        sock.sendto(wire.geneve(5001, frame, label + qos),
                    ("192.0.2.2", 6081))
        wait_until(lambda: b.stats()["tunnels"][0]["received"]["packets"]
                   == before[0]["received"]["packets"] + 1,
                   "the good one is taken")
    with hosts[2].inside():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        sock.sendto(wire.geneve(5001, frame, label), ("192.0.2.2", 6081))
    wait_until(lambda: b.drops()["unknown-remote"] == 1,
               "a stranger's is counted")


def test_several_remotes(hosts):
    """Three hosts, one network: who is where is learned.  Each remote gets the
    options that are meant for it."""
    for k, host in enumerate(hosts, 1):
        remotes = [{"address": "192.0.2.%d" % n,
                    "options": [LABEL] if n == 2 else []}
                   for n in (1, 2, 3) if n != k]
        host.start("-e", "tap0@7", config={
            "remotes": remotes, "receive": {"options": [
                {"class": "0xff01", "type": "0x81", "length": 4}]}})
    address(hosts, "tap0", "10.0.0")
    a, b, c = hosts
    a.ping("10.0.0.2")
    a.ping("10.0.0.3")
    b.ping("10.0.0.3")
    with a.capture() as capture:
        a.ping("10.0.0.3", "-s200")
        wait_until(lambda: {(p.src, p.dst) for p in capture.packets()
                            if len(p.inner) > 200} == {
            ("192.0.2.1", "192.0.2.3"), ("192.0.2.3", "192.0.2.1")},
            "the ping goes to one remote")
    with a.capture() as capture:
        a.run("ping", "-c1", "-W1", "-b", "10.0.0.255", check=False)
        wait_until(lambda: {p.dst: p.options for p in
                            capture.packets(src="192.0.2.1")
                            if not p.is_arp}
                   == {"192.0.2.2": ["0xff01/0x81"], "192.0.2.3": []},
                   "each remote has its copy")


def test_prefixes(hosts):
    """An IP tunnel to several remotes: the longest prefix says to which."""
    a, b, c = hosts
    a.start("-e", "tun0@7,ip4", config={"remotes": [
        {"address": "192.0.2.2", "prefixes": ["10.1.0.0/24"]},
        {"address": "192.0.2.3", "prefixes": ["10.1.0.3/32"]}]})
    for host in b, c:
        host.start("-e", "tun0@7,ip4", "192.0.2.1")
    address(hosts, "tun0", "10.1.0")
    a.ping("10.1.0.2")
    a.ping("10.1.0.3")
    a.ip("route", "add", "10.2.0.0/24", "dev", "tun0")
    a.run("ping", "-c1", "-W1", "10.2.0.1", check=False)
    assert a.drops()["no-remote"] >= 1


def test_as_gnveu(hosts):
    """gnveu's command line: one port, two special VNIs, an idle timeout."""
    a, b = hosts[:2]
    b.start("--gnveu", "-4", "-l", "192.0.2.2", "-e", "/dev/tun4@4096",
            "-e", "/dev/tap1@3301", "192.0.2.1", "6081")
    args = ["--gnveu", "-e", "/dev/tun4@4096", "-e", "/dev/tun6@8192",
            "-e", "/dev/tap1@3301", "192.0.2.2"]
    a.start(*args)
    assert [t["mode"] for t in a.stats()["tunnels"]] == ["ip4", "ip6",
                                                         "ethernet"]
    address((a, b), "tap1", "10.0.0")
    address((a, b), "tun4", "10.1.0")
    with a.capture() as capture:
        a.ping("10.0.0.2")
        a.ping("10.1.0.2")
        wait_until(lambda: {p.vni for p in capture.packets()}
                   == {3301, 4096}, "both are captured")
        assert {(p.source_port, p.option_bytes) for p in
                capture.packets()} == {(6081, 0)}
    a.stop()
    b.stop()
    ended = a.run(PROGRAM, "-d", "--control=" + a.control, "-t", "1", *args)
    assert "nothing received for 1 s" in ended.stderr


def test_privileges(hosts):
    """It runs as nobody, without any capability."""
    both(hosts)
    pid = subprocess.run(
        ["pgrep", "-f", "^%s .*%s" % (PROGRAM, hosts[0].control)],
        capture_output=True, text=True, check=True).stdout.split()[0]
    status = dict(line.split(":", 1) for line in pathlib.Path(
        "/proc/%s/status" % pid).read_text().splitlines())
    assert set(status["Uid"].split()) != {"0"}
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"


@pytest.mark.parametrize("args, error", [
    (["192.0.2.2"], "no tunnel"),
    (["-e", "tap0@7"], "no remote"),
    (["-e", "tap0@x", "192.0.2.2"], "tap0@x: must be DEVICE@VNI"),
    (["-e", "tap0@7", "192.0.2.2", "70000"], "70000: must be a port"),
    (["-e", "t@7", "-e", "u@7", "192.0.2.2"], "VNI 7 or this device is used"),
    (["-c", "/dev/null"], "line 1"),
    (["-e", "tap0@7", "-6", "192.0.2.2"], "remote 192.0.2.2: "),
])
def test_bad_input(hosts, args, error):
    said = hosts[2].run(PROGRAM, "-d", *args, check=False)
    assert said.returncode in (1, 2)
    assert error in said.stderr


@pytest.fixture(scope="module")
def rack(own_lab, folder):
    """A host on the underlay of a sandbox."""
    lab = own_lab(1)
    world.load(lab)
    host = Host(folder, "rack")
    try:
        host.attach(lab, "192.0.2.77")
        yield lab, host
    finally:
        host.end()


def test_among_agents(rack):
    """It registers itself; an agent sends it what it takes, in its order, and
    takes what it sends.  If its status is lost, it comes back."""
    lab, host = rack
    label, qos = world.entry("policy-label"), world.entry("qos-class")
    host.start(config={
        "listen": "192.0.2.77",
        "tunnels": [{"device": "tap0", "vni": world.VNI}],
        "remotes": [{"address": "192.0.2.1"}],
        "options": [{"class": label["class"], "type": label["type"],
                     "data": "00000063"}],
        "receive": {"options": [qos, label], "order": "strict"},
        "controller": {"url": "http://192.0.2.254:8080", "name": "rack"}})
    guest = world.endpoint("guest", "blue", 77, nve="rack")
    lab.apply(guest)
    host.ip("link", "set", "tap0", "address", world.mac(guest))
    host.ip("addr", "add", "10.0.0.77/24", "dev", "tap0")
    keys = [e["class"] + "/" + e["type"] for e in (qos, label)]
    lab.wait_transmit("hv-1", "rack", "web", options=keys)
    with lab.capture("hv-1") as capture:
        host.ping("10.0.0.1")
        lab.wait_ping("web-1", "10.0.0.77")
        there = wait_until(lambda: capture.packets(
            src="192.0.2.1", dst="192.0.2.77"), "packets of hv-1")
        back = capture.packets(src="192.0.2.77")
    assert all(p.options == keys for p in there if not p.is_arp), there
    assert back and all(p.options == keys[1:] for p in back), back
    assert host.drops() == {}

    lab.patch("NVE", "rack", {"status": {"receive": None}}, "/status")
    wait_until(lambda: lab.get("NVE", "rack")["status"]["receive"]["order"]
               == "strict", "the status is there again")
    lab.delete("NVE", "rack")
    wait_until(lambda: any(o["metadata"]["name"] == "rack"
                           and o.get("status") for o in lab.list("NVE")),
               "the object is there again")


def options_of(host):
    """What geneve-tap sends its first remote."""
    return host.stats()["remotes"][0]["options"]


def start_rack(host, stderr=None, **members):
    """As an NVE, which sends two options of "web" and one that nobody
    knows."""
    host.start(stderr=stderr, config={
        "listen": "192.0.2.77",
        "tunnels": [{"device": "tap0", "vni": world.VNI}],
        "remotes": [{"address": "192.0.2.1"}],
        "options": [{**LABEL, "data": "00000063"},
                    {"class": "0xff01", "type": "0x02", "data": "00000001"},
                    {"class": "0xff01", "type": "0xd5", "data": "",
                     **members}],
        "receive": world.table("policy-label"),
        "controller": {"url": "http://192.0.2.254:8080", "name": "rack"}})
    host.ip("link", "set", "tap0", "address", "02:00:0a:00:00:4d")
    host.ip("addr", "add", "10.0.0.77/24", "dev", "tap0")


def test_negotiates(rack):
    """It sends what the agent takes, in the order that it wants, and follows
    when that changes, without losing a packet; what the agent takes back it
    acknowledges, so that nobody has to wait."""
    lab, host = rack
    lab.apply(world.endpoint("guest", "blue", 77, nve="rack"))
    start_rack(host)
    names = "policy-label", "endpoint-type"
    wait_until(lambda: options_of(host) == world.ct(*names),
               "what hv-1 takes is sent")
    said = host.stats()["remotes"][0]["negotiation"]
    assert said == {"nve": "hv-1", "status": "degraded",
                    "source": "advertised", "options": world.ct(*names),
                    "omitted": [["0xff01/0xd5", "unsupported"]],
                    "missingRequired": []}
    host.ping("10.0.0.1")
    try:
        with lab.capture("hv-1") as capture, host.pinging("10.0.0.1"):
            wait_until(lambda: world.ct(*names) in [
                p.options for p in capture.packets(src="192.0.2.77")],
                "in the sender's order")
            lab.set_receive("hv-1", world.table(*reversed(names),
                                                order="strict"))
            wait_until(lambda: world.ct(*reversed(names)) in [
                p.options for p in capture.packets(src="192.0.2.77")],
                "in hv-1's order")
            wait_until(lambda: not lab.agentctl(
                "hv-1", "status")["withdrawals"] and "withdrawing" not in
                lab.get("NVE", "hv-1")["status"],
                "the others are taken back", deadline=15)
            lab.set_receive("hv-1", world.table("endpoint-type"))
            wait_until(lambda: options_of(host)
                       == world.ct("endpoint-type"), "less is sent")
        sent = {tuple(p.options) for p in capture.packets(src="192.0.2.77")
                if not p.is_arp}
        assert sent <= {tuple(world.ct(*n)) for n in (
            names, names[::-1], ["endpoint-type"])}, sent
        wait_until(lambda: not lab.list("AdvertisementAck"),
                   "no acknowledgement is left", deadline=15)
    finally:
        lab.set_receive("hv-1", None)
    wait_until(lambda: options_of(host) == world.ct(*names),
               "all are sent again")


def test_without_a_controller(rack):
    """What was negotiated stays while the controller is away.  A new process
    sends no options until it has heard of them, though nobody reads its
    complaints."""
    lab, host = rack
    names = "policy-label", "endpoint-type"
    lab.apply(world.endpoint("guest", "blue", 77, nve="rack"))
    start_rack(host)
    wait_until(lambda: options_of(host) == world.ct(*names),
               "what hv-1 takes is sent")
    lab.sandbox("kill", "nva", "nvad")
    try:
        host.ping("10.0.0.1")
        assert options_of(host) == world.ct(*names)
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "w") as unread:
            start_rack(host, stderr=unread)
        host.ping("10.0.0.1")
        assert options_of(host) == []
    finally:
        lab.sandbox("start-daemon", "nva", "nvad")
    wait_until(lambda: options_of(host) == world.ct(*names),
               "what hv-1 takes is sent again")


def test_blocked(rack):
    """Without an option that it must not go without, nothing goes."""
    lab, host = rack
    start_rack(host, required=True)
    wait_until(lambda: "nve" in host.stats()["remotes"][0].get(
        "negotiation", ()), "hv-1 is known")
    said = host.stats()["remotes"][0]["negotiation"]
    assert (said["status"], said["options"]) == ("blocked", [])
    with lab.capture("hv-1") as capture:
        host.run("ping", "-c2", "-i0.1", "-W1", "10.0.0.1", check=False)
        assert host.drops()["blocked"] > 0
        assert not capture.packets(src="192.0.2.77")


def test_declared(rack):
    """Without a controller: spec.static says what it takes."""
    lab, host = rack
    host.start("-e", "tap0@%d" % world.VNI, "-l", "192.0.2.77", "192.0.2.1",
               config={"receive": {"options": [world.entry("policy-label")]}})
    lab.delete("NVE", "rack")
    guest = world.endpoint("guest", "blue", 77, nve="rack")
    lab.apply(guest, resource("NVE", "rack", {
        "underlay": {"ips": ["192.0.2.77"]},
        "static": {"mode": "replace",
                   "options": [world.entry("policy-label")]}}))
    host.ip("link", "set", "tap0", "address", world.mac(guest))
    host.ip("addr", "add", "10.0.0.77/24", "dev", "tap0")
    keys = world.ct("policy-label")
    lab.wait_transmit("hv-1", "rack", "web", options=keys)
    lab.wait_ping("web-1", "10.0.0.77")
    host.ping("10.0.0.1")
