"""NVEs that are reached by VXLAN, among others that are reached by Geneve.

"rack" is a host on the underlay with Linux' vxlan device, as a hardware VTEP
would be: it has no agent and knows nothing of options.
"""
import contextlib
import os
import re
import subprocess

import pytest

import wire
import world
from lab import ApiError, resource
from waiting import wait_until

VNI = 5001
RACK, RACK6 = "192.0.2.90", "2001:db8::90"
OPTIONAL = ("policy-label", "qos-class")
ROLES = {1: "web", 2: "app", 90: "rack"}
GATEWAY = "10.1.0.254"


def endpoint(name, number, **spec):
    obj = world.endpoint(name, "green", number, "10.1.0", **spec)
    obj["spec"]["ips"].append("fd00:1::%x" % number)
    obj["metadata"]["labels"] = {"role": ROLES.get(number, "none")}
    return obj


GUEST = endpoint("guest", 90, nve="rack")
GREEN = {k: endpoint("green-%d" % k, k) for k in (1, 2)}
AWAY = world.endpoint("away-2", "green", 2, "10.2.0", policyLabel=150)
SUBNETS = [{"cidr": "10.1.0.0/24", "gateway": GATEWAY},
           {"cidr": "10.2.0.0/24", "gateway": "10.2.0.254"},
           {"cidr": "fd00:1::/64", "gateway": "fd00:1::fe"}]


class Rack:
    """The host, in a network namespace of its own."""

    def __init__(self, lab):
        self.ns = "vx-%d" % os.getpid()
        subprocess.run(["ip", "netns", "add", self.ns], check=True)
        lab.exec("fabric", "ip", "link", "add", "rack", "type", "veth",
                 "peer", "name", "eth0", "netns", self.ns)
        lab.exec("fabric", "ip", "link", "set", "rack", "master", "underlay",
                 "up")
        # Open vSwitch in user space would see checksums that are still to be
        # made, by a card that is not there.
        self.run("ethtool", "-K", "eth0", "tx", "off")
        self.ip("addr", "add", RACK + "/24", "dev", "eth0")
        self.ip("addr", "add", RACK6 + "/64", "dev", "eth0", "nodad")
        # Open vSwitch learns it from packets, also from those of inject().
        self.ip("link", "set", "eth0", "address", "02:00:c0:00:02:5a", "up")
        self.connect(RACK, "192.0.2.%d")

    def connect(self, local, remotes):
        """Makes the device, with a copy of what is for all to each node."""
        self.run("ip", "link", "del", "vx0", check=False)
        self.ip("link", "add", "vx0", "type", "vxlan", "id", str(VNI),
                "dstport", "4789", "local", local)
        self.ip("link", "set", "vx0", "address", world.mac(GUEST), "mtu",
                "1450" if "." in local else "1430", "up")
        for ip in "10.1.0.90/24", "fd00:1::5a/64":
            self.ip("addr", "add", ip, "dev", "vx0",
                    *(["nodad"] if ":" in ip else []))
        for k in 1, 2:
            self.run("bridge", "fdb", "append", "00:00:00:00:00:00", "dev",
                     "vx0", "dst", remotes % k)

    def run(self, *command, check=True):
        return subprocess.run(["ip", "netns", "exec", self.ns, *command],
                              check=check, capture_output=True, text=True)

    def ip(self, *args):
        self.run("ip", *args)

    def ping(self, address):
        wait_until(lambda: self.run("ping", "-c1", "-W1", address,
                                    check=False).returncode == 0,
                   "rack reaches " + address)

    def tcp(self, address, wait=5):
        """Whether a TCP connection is answered, if only by a refusal."""
        said = self.run("timeout", str(wait), "bash", "-c",
                        "exec 3<>/dev/tcp/%s/9" % address, check=False)
        return said.returncode == 1 and "refused" in said.stderr

    def end(self):
        subprocess.run(["ip", "netns", "del", self.ns], check=False)


def nve(*ips, **static):
    return resource("NVE", "rack", {
        "underlay": {"ips": ips or [RACK]},
        "static": {"mode": "replace", "encapsulation": "vxlan", **static}})


@pytest.fixture(scope="module")
def both(own_lab):
    lab = own_lab(2, "46")
    world.load(lab)
    host = Rack(lab)
    try:
        lab.apply(world.profile("open", *OPTIONAL), world.vpc(
            "green", VNI, subnets=SUBNETS, optionProfile="open"),
                  nve(), GUEST, *GREEN.values(), AWAY)
        for name in "green-1", "green-2", "away-2":
            lab.plug("hv-" + name[-1], name)
        lab.wait_transmit("hv-1", "hv-2", "open", "ok")
        yield lab, host
    finally:
        host.end()


def vxlan(frame):
    """(outer source, outer destination, UDP checksum, first word, VNI, inner
    frame) of a VXLAN packet, else None."""
    at = {b"\x08\x00": 34, b"\x86\xdd": 54}.get(frame[12:14])
    if not at or frame[at + 2:at + 4] != b"\x12\xb5":
        return None
    size = 4 if at == 34 else 16
    src = at - 2 * size
    return (frame[src:src + size], frame[src + size:at],
            frame[at + 6:at + 8], frame[at + 8:at + 12],
            int.from_bytes(frame[at + 12:at + 15], "big"), frame[at + 16:])


def sent(capture, src, dst):
    """The VXLAN packets between two addresses."""
    found = [vxlan(frame) for frame in capture.frames()]
    return [p for p in found
            if p and p[:2] == (wire.ip(src), wire.ip(dst))]


def sentences(lab, node, remote):
    return " ".join(line["sentence"] for line in lab.agentctl(
        node, "explain", remote)["lines"])


def interfaces(lab, node, kind):
    return set(lab.exec(node, "ovs-vsctl", "--bare", "--columns=name", "find",
                        "interface", "type=" + kind).split())


def test_both_ways(both):
    """Packets to rack are VXLAN without options, those to hv-2 Geneve with
    them; both in one VPC."""
    lab, host = both
    wanted = sorted(world.ct(*OPTIONAL))
    there = lab.wait_transmit("hv-1", "rack", "open", "optionless", [])
    assert there["omitted"] == [[key, "encapsulation"] for key in wanted]
    assert there["mtu"] == 1450
    with lab.capture("hv-1", "udp") as capture:
        lab.wait_ping("green-1", "10.1.0.90")
        host.ping("10.1.0.1")
        lab.wait_ping("green-1", "10.1.0.2")
        packets = wait_until(lambda: sent(capture, "192.0.2.1", RACK),
                             "packets to rack")
        back = wait_until(lambda: sent(capture, RACK, "192.0.2.1"),
                          "packets of rack")
        geneve = wait_until(lambda: capture.packets(
            "192.0.2.1", "192.0.2.2", vni=VNI, is_arp=False), "Geneve, too")
        # tshark agrees with what this file reads.
        assert set(lab.exec("fabric", "tshark", "-r", capture.path, "-Y",
                            "vxlan && ip.dst == " + RACK, "-T", "fields",
                            "-e", "vxlan.vni", "-e", "vxlan.flags").split(
                                "\n")) - {""} == {"%d\t0x0800" % VNI}
    for _, _, checksum, word, vni, _ in packets:
        assert (checksum, word, vni) == (bytes(2), b"\x08\0\0\0", VNI)
    assert {p[4] for p in back} == {VNI}
    assert sorted(geneve[0].options) == wanted
    assert not capture.packets(dst=RACK)


def test_ipv6_inside(both):
    """Neighbour discovery of rack's addresses is answered at hv-1; what rack
    asks for, by the endpoint."""
    lab, host = both
    lab.wait_ping("green-1", "fd00:1::5a")
    host.ping("fd00:1::1")


def test_routing(both):
    """From another subnet: routed by hv-2.  rack, which no node routes for,
    has that subnet on its link."""
    lab, host = both
    host.ip("route", "replace", "10.2.0.0/24", "dev", "vx0")
    lab.wait_ping("away-2", "10.1.0.90")
    host.ping("10.2.0.2")


def test_what_is_said(both):
    lab, _ = both
    remotes = {r["name"]: r for r in lab.agentctl("hv-1", "remote", "list")}
    assert {n: r["encapsulation"] for n, r in remotes.items()} == {
        "hv-2": "geneve", "rack": "vxlan"}
    table = lab.exec("hv-1", "agentctl", "remote", "list")
    assert re.search(r"ENCAP", table) and re.search(r"rack .*vxlan", table)
    said = sentences(lab, "hv-1", "rack")
    assert ("policy-label is not sent to NVE rack: packets go there by VXLAN, "
            "which has no options") in said
    assert "go to NVE rack by VXLAN without options" in said
    published = lab.get("NVE", "hv-1")["status"]
    assert published["receive"]["encapsulation"] == "geneve"
    assert published["alsoReceives"] == [{"encapsulation": "vxlan"}]
    assert lab.agentctl("hv-1", "status")["encapsulations"] == ["geneve",
                                                               "vxlan"]
    trace = lab.agentctl("hv-1", "trace", "green-1", "guest")
    assert trace["outcome"] == "sent", trace
    tunnel, = trace["tunnels"]
    assert (tunnel["nve"], tunnel["encapsulation"], tunnel["destination"],
            tunnel["options"], tunnel["header"]) == (
                "rack", "vxlan", RACK, [], None)
    assert "VXLAN, VNI 5001" in lab.exec("hv-1", "agentctl", "trace",
                                         "green-1", "guest")


def test_broadcast(both):
    """A broadcast of green-1 gets a copy by VXLAN and one by Geneve; one of
    rack gets to both nodes' endpoints."""
    lab, host = both
    frame = wire.frame(world.mac(GREEN[1]), "ff:ff:ff:ff:ff:ff", 0x88b5,
                       b"to all" + bytes(50))
    with lab.capture("hv-1", "udp") as capture, lab.sending("green-1") as out:
        out.send(frame)
        copy, = wait_until(lambda: [p for p in sent(
            capture, "192.0.2.1", RACK) if p[5] == frame], "a copy by VXLAN")
        assert copy[4] == VNI
        other, = wait_until(lambda: [p for p in capture.packets(
            "192.0.2.1", "192.0.2.2") if p.inner == frame], "one by Geneve")
        assert sorted(other.options) == sorted(world.ct(*OPTIONAL))
    with contextlib.ExitStack() as stack:
        heard = [stack.enter_context(lab.listening("green-%d" % k))
                 for k in (1, 2)]
        host.run("ping", "-b", "-c1", "-W0.1", "-p", "7261636b", "10.1.0.255",
                 check=False)
        for k, frames in enumerate(heard, 1):
            wait_until(lambda frames=frames: any(
                b"rackrack" in f for f in frames()), "green-%d hears it" % k)


@contextlib.contextmanager
def careless(lab, name, node):
    """A guest that does not care for the MTU that it is told, and a host that
    lets it."""
    device = lab.exec(node, "ovs-vsctl", "--bare", "--columns=name", "find",
                      "interface", "external_ids:iface-id=" + name).strip()
    lab.exec(node, "ovs-vsctl", "set", "interface", device,
             "mtu_request=1600")
    wait_until(lambda: lab.exec(node, "ovs-vsctl", "get", "interface", device,
                                "mtu").strip() == "1600", "it is larger")
    lab.vm(name, "ip", "link", "set", "eth0", "mtu", "1600")
    try:
        yield
    finally:
        lab.exec(node, "ovs-vsctl", "clear", "interface", device,
                 "mtu_request")
        lab.vm(name, "ip", "link", "set", "eth0", "mtu",
               lab.endpoint_status(name)["mtu"])


def datagram(size, marker):
    """A frame of green-1 to the guest, whose IP packet has 'size' bytes."""
    return wire.inner(world.mac(GREEN[1]), world.mac(GUEST), "10.1.0.1",
                      "10.1.0.90", marker + bytes(size - 28 - len(marker)))


def check_mtu(lab, node, rack, mtu, outer):
    """'mtu' bytes pass, and fill the underlay's MTU; one more gets an
    error."""
    with careless(lab, "green-1", "hv-1"), \
            lab.listening("green-1") as heard, \
            lab.capture("hv-1", "udp") as capture, \
            lab.sending("green-1") as out:
        def passed():
            out.send(datagram(mtu, b"just fits"))
            return capture.outer_sizes(node, b"just fits")
        assert set(wait_until(passed, "it passes")) == {outer}
        assert sent(capture, node, rack)

        def refused():
            out.send(datagram(mtu + 1, b"too large"))
            return wire.too_big_errors(heard())
        assert {e[1] for e in wait_until(refused, "an error")} == {mtu}
        assert not capture.outer_sizes(node, b"too large")


def test_mtu(both):
    lab, _ = both
    lab.wait_ping("green-1", "10.1.0.90")
    check_mtu(lab, "192.0.2.1", RACK, 1450, 1500)


def test_required_option(both):
    """It has no place in VXLAN: nothing is sent."""
    lab, _ = both
    blue = world.endpoint("guest-blue", "blue", 90, nve="rack")
    with lab.temporary(blue):
        lab.wait_transmit("hv-1", "rack", "web", "blocked", [])
        said = sentences(lab, "hv-1", "rack")
        assert ("policy-label is not sent to NVE rack: packets go there by "
                "VXLAN, which has no options.  The profile requires it"
                in said)
        lab.vm("web-1", "ip", "neigh", "replace", "10.0.0.90", "lladdr",
               world.mac(blue), "dev", "eth0", "nud", "permanent")
        with lab.capture("hv-1", "udp port 4789") as capture:
            before = lab.transmit("hv-1", "rack", "web")["packets"]
            wait_until(lambda: lab.ping("web-1", "10.0.0.90", 1, wait=0.1)
                       or lab.transmit("hv-1", "rack", "web")["packets"]
                       > before, "it is counted as dropped")
            lab.wait_ping("green-1", "10.1.0.90")
            assert wait_until(lambda: sent(capture, "192.0.2.1", RACK),
                              "others go on")
            assert not [p for p in sent(capture, "192.0.2.1", RACK)
                        if p[4] != VNI]
        lab.vm("web-1", "ip", "neigh", "del", "10.0.0.90", "dev", "eth0")


def policy(role):
    return resource("VPCPolicy", "only-" + role, {
        "vpc": "green", "endpointSelector": {"matchLabels": {"role": "web"}},
        "ingress": [{"from": [{"endpointSelector": {
            "matchLabels": {"role": role}}}]}]})


def test_policies(both):
    """rack sends no label, so its endpoints are known by their addresses;
    those of hv-2 by their labels."""
    lab, host = both
    assert host.tcp("10.1.0.1")
    with lab.temporary(policy("app")):
        wait_until(lambda: not host.tcp("10.1.0.1", 0.3), "rack is refused")
        lab.wait_ping("green-2", "10.1.0.1")
    with lab.temporary(policy("rack")):
        wait_until(lambda: host.tcp("10.1.0.1", 0.5), "rack is let in")
        assert not lab.ping("green-2", "10.1.0.1", wait=0.3)
        # An address that no endpoint there has is nobody.
        host.ip("addr", "add", "10.1.0.91/24", "dev", "vx0")
        assert host.run("ping", "-c1", "-W0.3", "-I", "10.1.0.91", "10.1.0.1",
                        check=False).returncode
        host.ip("addr", "del", "10.1.0.91/24", "dev", "vx0")


def check_strangers(lab):
    """Who is let in by VXLAN is rack, and nobody else; rack by nothing
    else."""
    def inject(payload, src, marker, vni=VNI, geneve=False, flags=0x08):
        frame = wire.inner(payload, world.mac(GREEN[1]), "10.1.0.90",
                           "10.1.0.1", marker)
        lab.inject("hv-1", wire.geneve(vni, frame) if geneve
                   else wire.vxlan(vni, frame, flags), src,
                   **({} if geneve else {"to": 4789}))
    mac = world.mac(GUEST)
    with lab.listening("green-1") as heard:
        inject(mac, "192.0.2.2", b"not let in: hv-2 has Geneve")
        inject(mac, "192.0.2.99", b"not let in: a stranger")
        inject(mac, RACK, b"not let in: Geneve of rack", geneve=True)
        inject(mac, RACK, b"not let in: VNI", vni=7777)
        inject(mac, RACK, b"not let in: no VNI", flags=0)
        inject(mac, RACK, b"not let in: group policy", flags=0x88)
        inject(mac, RACK, b"not let in: another protocol", flags=0x0c)

        def good():
            inject(mac, RACK, b"this is let in")
            return any(b"this is let in" in f for f in heard())
        wait_until(good, "the good one is heard")
        assert not any(b"not let in" in f for f in heard())


def test_strangers(both):
    check_strangers(both[0])


def test_shared(both):
    """One port for each encapsulation."""
    lab, host = both
    lab.set("hv-1", nve_tunnel_mode="shared")
    try:
        wait_until(lambda: (interfaces(lab, "hv-1", "geneve"),
                            interfaces(lab, "hv-1", "vxlan"))
                   == ({"gnv-flow"}, {"vxl-flow"}), "two shared ports")
        for address in "10.1.0.90", "10.1.0.2":
            lab.wait_ping("green-1", address)
        host.ping("10.1.0.1")
        check_strangers(lab)
        check_restart(lab)
    finally:
        lab.set("hv-1", nve_tunnel_mode="per-remote")
    wait_until(lambda: interfaces(lab, "hv-1", "vxlan") == {"vxl-c000025a"},
               "a port of rack's own")
    lab.wait_ping("green-1", "10.1.0.90")


def check_restart(lab):
    """An agent that starts finds all as it would make it."""
    def status():
        result = lab.agentctl("hv-1", "status")
        openflow = result["openflow"]
        assert openflow["flows"] == openflow["installed"] > 0
        assert result["remotes"]["total"] == 2
        assert not result["remotes"]["pending"]
        return openflow
    wait_until(status, "all is in the switch")
    ports = interfaces(lab, "hv-1", "vxlan")
    lab.kill("hv-1", "geneve-agentd")
    lab.start_daemon("hv-1", "geneve-agentd")
    assert wait_until(status, "it has found all")["flowMods"] == 0
    assert interfaces(lab, "hv-1", "vxlan") == ports


def test_restart(both):
    check_restart(both[0])


def test_port_changed_by_hand(both):
    """Somebody makes rack's port one of Geneve: it is corrected."""
    lab, _ = both
    name, = interfaces(lab, "hv-1", "vxlan")
    lab.exec("hv-1", "ovs-vsctl", "set", "interface", name, "type=geneve")
    wait_until(lambda: interfaces(lab, "hv-1", "vxlan") == {name},
               "it is VXLAN's again")
    lab.wait_ping("green-1", "10.1.0.90")


def test_withdrawal(both):
    """rack sends no options, and would never acknowledge that it stopped. hv-1
    does not wait for it when it does not want one any more."""
    lab, _ = both
    lab.set_receive("hv-1", world.table("policy-label", "endpoint-type",
                                        "tenant-id"))
    try:
        lab.wait_transmit("hv-2", "hv-1", "open",
                          options=world.ct("policy-label"))
        wait_until(lambda: not lab.agentctl("hv-1", "status")["withdrawals"],
                   "it is over", deadline=10)
    finally:
        lab.set_receive("hv-1", None)
    lab.wait_transmit("hv-2", "hv-1", "open", "ok")


def test_other_port(both):
    """spec.underlay.udpPort is where rack listens; we go on listening at
    4789."""
    lab, _ = both
    lab.patch("NVE", "rack", {"spec": {"underlay": {"udpPort": 8472}}})
    try:
        with lab.capture("hv-1", "udp port 8472") as capture:
            def seen():
                lab.ping("green-1", "10.1.0.90", 1, wait=0.1)
                return capture.frames()
            assert wait_until(seen, "packets to 8472")[-1][42:46] == (
                b"\x08\0\0\0")
        check_strangers(lab)
    finally:
        lab.patch("NVE", "rack", {"spec": {"underlay": {"udpPort": None}}})
    lab.wait_ping("green-1", "10.1.0.90")


def test_agents_by_vxlan(both):
    """hv-2 is to be reached by VXLAN only: both directions go by that."""
    lab, _ = both
    lab.set("hv-2", nve_encap_type="vxlan")
    try:
        lab.wait_transmit("hv-1", "hv-2", "open", "optionless", [])
        lab.wait_transmit("hv-1", "hv-2", "web", "blocked", [])
        heard = [e for e in lab.remote("hv-1", "hv-2")["receive"]
                 if e["profile"] == "open"]
        assert heard[0]["options"] == [] and heard[0]["omitted"]
        with lab.capture("hv-1", "udp") as capture:
            lab.wait_ping("green-1", "10.1.0.2")
            for src, dst in ("192.0.2.1", "192.0.2.2"), ("192.0.2.2",
                                                         "192.0.2.1"):
                assert wait_until(lambda src=src, dst=dst: sent(
                    capture, src, dst), "VXLAN")
        published = lab.get("NVE", "hv-2")["status"]
        assert published["receive"]["encapsulation"] == "vxlan"
        assert published["alsoReceives"] == []
        lab.wait_ping("green-2", "10.1.0.90")
    finally:
        lab.set("hv-2", nve_encap_type="geneve,vxlan")
    world.settle(lab)
    lab.wait_ping("green-1", "10.1.0.2")


def test_nothing_in_common(both):
    lab, _ = both
    lab.set("hv-1", nve_encap_type="geneve")
    try:
        lab.wait_transmit("hv-1", "rack", "open", "blocked", [])
        assert "encapsulation" in lab.remote("hv-1", "rack")["alarms"]
        why = "it receives VXLAN, and this node Geneve (nve-encap-type)"
        assert why in sentences(lab, "hv-1", "rack")
        assert "rack cannot be reached: " + why in " ".join(lab.exec(
            "hv-1", "agentctl", "remote", "list").split())
        assert interfaces(lab, "hv-1", "vxlan") == set()
        assert lab.agentctl("hv-1", "status")["encapsulations"] == ["geneve"]
        lab.set("hv-1", nve_encap_type="geneve,nvgre")
        wait_until(lambda: [a for a in lab.agentctl("hv-1", "status")["alarms"]
                            if "geneve or vxlan" in a["message"]],
                   "an alarm about the setting")
    finally:
        lab.set("hv-1", nve_encap_type="vxlan, geneve")
    lab.wait_transmit("hv-1", "rack", "open", "optionless")
    lab.wait_ping("green-1", "10.1.0.90")


def test_ipv6_underlay(both):
    """By IPv6, with a checksum, and an MTU that is 20 bytes less."""
    lab, host = both
    lab.apply(nve(RACK6))
    host.connect(RACK6, "2001:db8::%d")
    wait_until(lambda: lab.wait_transmit("hv-1", "rack", "open")["mtu"]
               == 1430, "the MTU is another")
    with lab.capture("hv-1", "udp") as capture:
        lab.wait_ping("green-1", "10.1.0.90")
        host.ping("10.1.0.1")
        packets = wait_until(lambda: sent(capture, "2001:db8::1", RACK6),
                             "packets to rack")
    assert all(p[2] != bytes(2) and p[4] == VNI for p in packets)
    check_mtu(lab, "2001:db8::1", RACK6, 1430, 1500)


@pytest.mark.parametrize("change, field, text", [
    ({"spec": {"static": {"encapsulation": "nvgre"}}},
     "spec.static.encapsulation", "geneve or vxlan"),
    ({"spec": {"static": {"encapsulation": 5}}},
     "spec.static.encapsulation", ""),
    ({"spec": {"static": {"options": [world.entry("policy-label")]}}},
     "spec.static", "entry:encapsulation 0xff01/0x81"),
    ({"status": {"alsoReceives": {}}}, "status.alsoReceives", "array"),
    ({"status": {"alsoReceives": [{"encapsulation": "geneve"}]}},
     "status.alsoReceives[0]", "structure"),
    ({"status": {"alsoReceives": [{"options": []}]}},
     "status.alsoReceives[0]", "encapsulation"),
    ({"status": {"receive": {"encapsulation": "vxlan"},
                 "alsoReceives": [{"encapsulation": "vxlan"}]}},
     "status.alsoReceives[0]", "second"),
])
def test_bad_objects(both, change, field, text):
    lab, _ = both
    with pytest.raises(ApiError) as error:
        lab.patch("NVE", "rack", change, "/status" if "status" in change
                  else "")
    assert error.value.status == 422 or field.endswith("encapsulation")
    assert field in error.value.message and text in error.value.message
