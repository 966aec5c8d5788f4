"""What comes in: only from known NVEs, only for VNIs that are here, and never
a control packet.  Packets are put on the wire byte by byte, each next to a
good one, so that a test that hears nothing has heard why."""
import socket
import struct

import pytest

import wire
import world
from waiting import wait_until

WEB_1, WEB_2, WEB_3 = (world.mac(world.WEB[k]) for k in (1, 2, 3))
LABEL = wire.option("0xff01/0x81", (102).to_bytes(4, "big"))


def payload(marker, dst=WEB_1, dst_ip="10.0.0.1"):
    return wire.inner(WEB_2, dst, "10.0.0.2", dst_ip, marker)


def good(marker, **members):
    return wire.geneve(world.VNI, payload(marker), LABEL, **members)


def arrives(lab, heard, marker):
    """Sends a good packet and waits until the endpoint has it: what was sent
    before has then been dealt with."""
    lab.inject("hv-1", good(marker), "192.0.2.2")
    wait_until(lambda: any(marker in frame for frame in heard()),
               "a good packet arrives")


CASES = {
    "O bit": ("192.0.2.2", dict(oam=True)),
    "unknown NVE": ("192.0.2.77", {}),
    "unknown VNI": ("192.0.2.2", dict(vni=4999)),
    "O bit for an unknown VNI": ("192.0.2.2", dict(vni=4999, oam=True)),
    "the controller is no NVE": ("192.0.2.254", {}),
}


@pytest.mark.parametrize("mode", ["per-remote", "shared"])
def test_not_for_an_endpoint(lab, mode):
    lab.set("hv-1", nve_tunnel_mode=mode)
    lab.wait_ping("web-2", "10.0.0.1")
    with lab.listening("web-1") as heard:
        arrives(lab, heard, b"before")
        for case, (source, members) in CASES.items():
            marker = b"evil " + case.encode() + b"!"
            members = {"vni": world.VNI, **members}
            vni = members.pop("vni")
            for port in 50000, 50001:       # Not in one megaflow, or in one.
                lab.inject("hv-1", wire.geneve(vni, payload(marker), LABEL,
                                               **members), source, port)
            broadcast = payload(marker, "ff:ff:ff:ff:ff:ff",
                                "255.255.255.255")
            lab.inject("hv-1", wire.geneve(vni, broadcast, LABEL, **members),
                       source)
        arrives(lab, heard, b"after")
        assert not [case for case in CASES for frame in heard()
                    if b"evil " + case.encode() + b"!" in frame]


def test_what_came_from_a_tunnel_does_not_go_back_into_one(lab):
    """Not even a broadcast, or a frame for an endpoint that is elsewhere: with
    full replication at the source, that would be a loop."""
    with lab.listening("web-1") as heard, lab.capture("hv-1") as capture:
        for dst, dst_ip in ((WEB_3, "10.0.0.3"),
                            ("ff:ff:ff:ff:ff:ff", "255.255.255.255"),
                            ("02:99:99:99:99:99", "10.0.0.99")):
            lab.inject("hv-1", wire.geneve(
                world.VNI, payload(b"stray", dst, dst_ip), LABEL),
                "192.0.2.2")
        arrives(lab, heard, b"after")
        # An answer of the VM's to what it heard would be to web-2.
        assert capture.packets("192.0.2.1", "192.0.2.3") == []


def test_252_bytes_that_were_received_are_not_sent_on(lab):
    """Options that are mapped stay with a packet: with those that its receiver
    gets from us it would have more than a packet can have, which kills
    ovs-vswitchd."""
    sizes = {"0xff06/0x01": 124, "0xff06/0x02": 76}
    options = b"".join(
        wire.option(option, bytes(size)) for option, size in (
            *sizes.items(),
            *((option, size) for option, size, *_ in world.OPTIONS.values())))
    assert len(options) == 252
    pid = (lab.dir / "hv-1" / "ovs-vswitchd.pid").read_text()
    with lab.temporary(
            *(world.geneve_option("full" + option[-1], option, size, {
                "constant": "0x" + size * "a5"})
              for option, size in sizes.items()),
            world.profile("red", *("full" + option[-1] for option in sizes)),
            world.vpc("red", 5001, "10.1.0.0/24", optionProfile="red"),
            world.endpoint("red-1", "red", 1, net="10.1.0")):
        lab.plug("hv-1", "red-1")
        wait_until(lambda: len(lab.exec(
            "hv-1", "ovs-ofctl", "dump-tlv-map", "br-int").split(
                "tun_metadata")) == 7, "six options are mapped")
        with lab.listening("web-1") as heard, lab.capture("hv-1") as capture:
            for dst in WEB_3, "ff:ff:ff:ff:ff:ff":
                lab.inject("hv-1", wire.geneve(
                    world.VNI, payload(b"full", dst), options), "192.0.2.2")
            wait_until(lambda: any(b"full" in frame for frame in heard()),
                       "the broadcast arrives")
            lab.wait_ping("web-1", "10.0.0.3")
            sent = wait_until(
                lambda: capture.packets("192.0.2.1", "192.0.2.3"), "a ping")
        assert all(packet.option_bytes == 44 for packet in sent)
        lab.unplug("red-1")
    assert (lab.dir / "hv-1" / "ovs-vswitchd.pid").read_text() == pid


def test_on_each_address_of_ours(lab):
    """With two of one family, what comes to the second one, too; and from the
    first one we go on sending."""
    second = "192.0.2.101"
    lab.exec("hv-1", "ip", "address", "add", second + "/24", "dev", "br-phy")
    lab.set("hv-1", nve_encap_ip="192.0.2.1," + second)

    def receive(heard):
        frame = wire.outer("02:00:c0:00:02:02", "02:00:c0:00:02:01",
                           "192.0.2.2", second, 50000, good(b"second"))
        with lab.inside("exec", "fabric"):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            sock.bind(("hv-1", 0))
        with sock:
            sock.send(frame)
        return any(b"second" in frame for frame in heard())
    try:
        with lab.listening("web-1") as heard, lab.capture("hv-1") as capture:
            wait_until(lambda: receive(heard), "it is heard")
            lab.wait_ping("web-1", "10.0.0.2")
            wait_until(lambda: capture.packets("192.0.2.1", "192.0.2.2"),
                       "the ping's packets")
            arrives(lab, heard, b"first")
    finally:
        lab.set("hv-1", nve_encap_ip="192.0.2.1")
        lab.changed.discard(("hv-1", "nve-encap-ip"))
        lab.exec("hv-1", "ip", "address", "delete", second + "/24", "dev",
                 "br-phy")
    world.settle(lab)
    lab.wait_ping("web-1", "10.0.0.2")


def arp_request(src, src_ip, target):
    return (b"\xff" * 6 + wire.mac(src) + b"\x08\x06" +
            struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + wire.mac(src) +
            wire.ip(src_ip) + b"\0" * 6 + wire.ip(target))


@pytest.mark.parametrize("mode", ["per-remote", "shared"])
def test_a_broadcast_reaches_each_endpoint_once(lab, mode):
    """Ingress replication, over Geneve with each remote's options."""
    lab.set("hv-1", nve_tunnel_mode=mode)
    lab.set_receive("hv-3", world.table("policy-label"))
    world.settle(lab, {"hv-3": world.ct("policy-label")})
    lab.wait_ping("web-1", "10.0.0.2")
    lab.wait_ping("web-1", "10.0.0.3")
    neighbour = world.endpoint("neighbour", "blue", 60)
    stranger = [world.vpc("green", 5001, "10.1.0.0/24"),
                world.endpoint("stranger", "green", 1, "10.1.0")]
    with lab.temporary(neighbour, *stranger):
        lab.plug("hv-1", "neighbour")
        lab.plug("hv-2", "stranger")
        request = arp_request(WEB_1, "10.0.0.1", "10.0.0.123")

        def count(heard):
            return sum(frame[:42] == request for frame in heard())
        with lab.inside("vm", "web-1"):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            sock.bind(("eth0", 0))
        try:
            with sock, lab.capture("hv-1") as capture, \
                    lab.listening("web-1") as at_1, \
                    lab.listening("web-2") as at_2, \
                    lab.listening("web-3") as at_3, \
                    lab.listening("neighbour") as at_n, \
                    lab.listening("stranger") as at_s:
                sock.send(request)
                for heard in at_2, at_3, at_n:
                    wait_until(lambda heard=heard: count(heard),
                               "the broadcast arrives")
                # Whatever goes the same way after it ends the counting.
                assert lab.ping("web-1", "10.0.0.2", count=1) == 1
                assert lab.ping("web-1", "10.0.0.3", count=1) == 1
                assert [count(h) for h in (at_1, at_2, at_3, at_n, at_s)] == [
                    0, 1, 1, 1, 0]
                sent = [p for p in capture.packets("192.0.2.1") if p.is_arp
                        and p.inner_dst == "ff:ff:ff:ff:ff:ff"]
            assert sorted(p.dst for p in sent) == ["192.0.2.2", "192.0.2.3"]
            for packet in sent:
                options = lab.transmit("hv-1", "hv-" + packet.dst[-1], "web")
                assert packet.options == options["options"]
        finally:
            lab.unplug("neighbour")
            lab.unplug("stranger")
