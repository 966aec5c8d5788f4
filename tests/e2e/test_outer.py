"""DSCP, ECN and TTL of the outer header, and what becomes of them at the other
end (RFC 8926, section 4.4.2; RFC 2983; RFC 6040)."""
import socket

import wire
import world
from waiting import wait_until
from world import mac

NOT_ECT, ECT_1, ECT_0, CE = range(4)
EF = 46 << 2
PORT = 4242


def sent(lab, *headers):
    """Sends packets with inner (TOS, TTL) from web-1 to web-2; returns the
    outer (TOS, TTL) of each."""
    frames = [wire.inner(mac(world.WEB[1]), mac(world.WEB[2]), "10.0.0.1",
                         "10.0.0.2", b"%08d" % n, PORT + n, tos, ttl)
              for n, (tos, ttl) in enumerate(headers)]
    ports = range(PORT, PORT + len(frames))

    def once():
        with lab.capture("hv-1") as capture:
            with lab.inside("vm", "web-1"):
                sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                sock.bind(("eth0", 0))
            with sock:
                for frame in frames:
                    sock.send(frame)

            def there():
                packets = {p.inner_port: (p.tos, p.ttl) for p in
                           capture.packets("192.0.2.1", "192.0.2.2")
                           if p.inner_port in ports}
                assert len(packets) == len(frames), packets
                return [packets[port] for port in ports]
            return wait_until(there, "%d packets" % len(frames), 3)
    # The first packet of a flow may be lost on a busy machine.
    return wait_until(once, "all packets are sent")


def test_by_default(lab):
    """DSCP and TTL by the pipe model: what is inside does not show.  ECN is
    copied, except that CE goes out as ECT(0)."""
    assert sent(lab, (EF | NOT_ECT, 64), (EF | ECT_1, 64), (EF | ECT_0, 64),
                (EF | CE, 64), (0, 5), (0, 255)) == [
        (NOT_ECT, 64), (ECT_1, 64), (ECT_0, 64), (ECT_0, 64), (0, 64),
        (0, 64)]


def test_as_the_operator_wants(lab):
    """Options that an operator sets on the tunnel port stay, even if the agent
    starts again."""
    port = lab.exec("hv-1", "ovs-vsctl", "--bare", "--columns=name", "find",
                    "interface", 'options:remote_ip="192.0.2.2"').strip()

    def set_options(verb, *options):
        lab.exec("hv-1", "ovs-vsctl", verb, "interface", port, *options)
    try:
        set_options("set", "options:tos=inherit", "options:ttl=inherit")
        for _ in range(2):
            assert sent(lab, (EF | ECT_0, 33), (EF | CE, 64)) == [
                (EF | ECT_0, 33), (EF | ECT_0, 64)]
            lab.kill("hv-1", "geneve-agentd")
            lab.start_daemon("hv-1", "geneve-agentd")
            lab.wait_transmit("hv-1", "hv-2", "web", "ok")
        set_options("set", "options:tos=0x20", "options:ttl=7")
        assert sent(lab, (EF | ECT_0, 33), (0, 64)) == [(0x20 | ECT_0, 7),
                                                        (0x20, 7)]
    finally:
        set_options("remove", "options", "tos")
        set_options("remove", "options", "ttl")
    assert sent(lab, (EF, 33)) == [(0, 64)]


# (outer TOS, inner TOS, what the inner TOS becomes or None if the packet is
# dropped.)
RECEIPTS = [
    (EF | NOT_ECT, 8 << 2 | ECT_0, 8 << 2 | ECT_0),
    (EF | NOT_ECT, NOT_ECT, NOT_ECT),
    (ECT_0, ECT_1, ECT_1),
    (ECT_0, CE, CE),
    (CE, EF | ECT_0, EF | CE),
    (CE, ECT_1, CE),
    (CE, CE, CE),
    # Who cannot be told must not be given the packet.
    (CE, NOT_ECT, None),
    # RFC 6040 has ECT(1) here, Open vSwitch keeps what is inside.
    (ECT_1, ECT_0, ECT_0),
]


def received(lab, headers):
    """Sends web-2 packets as from hv-1, with (outer, inner) TOS; returns the
    (TOS, TTL) that each has in web-2, or None."""
    entry = lab.transmit("hv-1", "hv-2", "web")
    options = b"".join(wire.option(key, bytes(
        {"0xff01/0x06": 16}.get(key, 4))) for key in entry["options"])
    with lab.listening("web-2") as heard:
        # What is known to arrive comes last, so that what does not is known.
        for number, (outer, tos) in enumerate([*headers, (0, 0)]):
            lab.inject("hv-2", wire.geneve(world.VNI, wire.inner(
                mac(world.WEB[1]), mac(world.WEB[2]), "10.0.0.1", "10.0.0.2",
                b"ecn %04d" % number, tos=tos, ttl=33), options),
                "192.0.2.1", tos=outer, ttl=9)
        wait_until(lambda: any(b"ecn %04d" % len(headers) in f
                               for f in heard()), "the packet that follows")
        found = {int(f[f.index(b"ecn ") + 4:][:4]): (f[15], f[22])
                 for f in heard() if b"ecn " in f}
    return [found.get(number) for number in range(len(headers))]


def test_on_receipt(lab):
    """Congestion marks get in (RFC 6040, section 4.2), DSCP and TTL of the
    outer header do not."""
    lab.wait_ping("web-1", "10.0.0.2")
    expected = [None if tos is None else (tos, 33) for _, _, tos in RECEIPTS]

    def as_expected():
        result = received(lab, [receipt[:2] for receipt in RECEIPTS])
        assert result == expected, result
        return True
    wait_until(as_expected, "each comes as %s" % expected, 10)
