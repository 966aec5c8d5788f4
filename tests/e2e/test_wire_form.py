"""The outer packet: UDP ports and checksums, and an option area that is full
to the last byte but never over it."""
import itertools
import socket

import pytest

import world
from lab import ApiError
from waiting import wait_until


def test_source_port_follows_the_flow(lab):
    """RFC 8926, section 3.3: constant in a flow, different between flows."""
    ports = range(40000, 40008)
    with lab.capture("hv-1") as capture:
        for port in ports:
            with lab.inside("vm", "web-1"):
                sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with sock:
                sock.bind(("10.0.0.1", port))
                for _ in range(5):
                    sock.sendto(b"x", ("10.0.0.2", 9))
        packets = wait_until(
            lambda: [p for p in capture.packets("192.0.2.1", "192.0.2.2")
                     if p.inner_port in ports][39:] and
            capture.packets("192.0.2.1", "192.0.2.2"), "40 packets")
    by_flow = {port: {p.source_port for p in packets if p.inner_port == port}
               for port in ports}
    assert all(len(outer) == 1 for outer in by_flow.values()), by_flow
    assert len(set(itertools.chain(*by_flow.values()))) > 4, by_flow


def test_udp_checksums_are_there_and_right(lab):
    """RFC 8926, section 3.3."""
    with lab.capture("hv-1") as capture:
        assert lab.ping("web-1", "10.0.0.2", count=5) == 5
        packets = wait_until(lambda: capture.packets()[9:]
                             and capture.packets(), "10 packets")
    for packet in packets:
        assert packet.checksum != 0 and packet.checksum_good, packet
        assert packet.dont_fragment


@pytest.fixture(scope="module")
def full(own_lab):
    """Two nodes and a profile of just 252 option bytes."""
    lab = own_lab(2)
    lab.apply(
        world.geneve_option("big-a", "0xff01/0x10", 124,
                            {"constant": "0x" + "a5" * 124}),
        world.geneve_option("big-b", "0xff01/0x11", 120,
                            {"constant": "0x" + "5a" * 120}),
        world.geneve_option("empty", "0xff01/0x12", 0, {"constant": "0x"}),
        world.profile("full", ("big-a", True), "big-b"),
        world.vpc("blue", 7000, optionProfile="full"),
        world.WEB[1], world.WEB[2])
    lab.plug("hv-1", "web-1")
    lab.plug("hv-2", "web-2")
    yield lab


def switch_pids(lab):
    return [(lab.dir / node / "ovs-vswitchd.pid").read_text()
            for node in lab.names]


def test_an_area_of_252_bytes(full):
    pids = switch_pids(full)
    both = ["0xff01/0x10", "0xff01/0x11"]
    entry = full.wait_transmit("hv-1", "hv-2", "full", "ok", both)
    assert entry["mtu"] == 1500 - 20 - 8 - 260 - 14
    full.wait_ping("web-1", "10.0.0.2")
    with full.capture("hv-1") as capture:
        assert full.ping("web-1", "10.0.0.2") == 3
        packets = wait_until(lambda: capture.packets("192.0.2.1"), "packets")
    for packet in packets:
        assert packet.option_bytes == 252
        assert packet.options == both
        assert packet.data == [b"\xa5" * 124, b"\x5a" * 120]
    assert switch_pids(full) == pids


def test_mtu_is_exact(full):
    """The endpoint's MTU is what fits with the options, to the byte."""
    mtu = 1500 - 20 - 8 - 260 - 14
    wait_until(lambda: full.endpoint_status("web-1").get("mtu") == mtu,
               "the endpoint's status has the MTU")
    wait_until(lambda: full.vm_mtu("web-1") == mtu, "the VM has the MTU")
    full.wait_ping("web-1", "10.0.0.2")
    with full.capture("hv-1") as capture:
        output = full.vm("web-1", "ping", "-n", "-c1", "-W1", "-Mdo", "-s",
                         mtu - 28, "10.0.0.2", check=False)
        assert " 1 received" in output
        wait_until(lambda: capture.packets("192.0.2.1"), "the packet")
    # One byte more does not leave the VM.
    output = full.sandbox("vm", "web-1", "ping", "-n", "-c1", "-W1", "-Mdo",
                          "-s", mtu - 27, "10.0.0.2", check=False)
    assert output.returncode and "too long" in output.stdout + output.stderr


def test_256_bytes_cannot_happen(full):
    """A third option, of no data: its header alone is too much."""
    full.apply(world.profile("full", ("big-a", True), "big-b",
                             ("empty", False, 200)))

    def left_out():
        entry = full.transmit("hv-1", "hv-2", "full")
        assert entry["status"] == "degraded", entry
        return entry["omitted"] == [["0xff01/0x12", "max-bytes"]]
    wait_until(left_out, "the third option is left out")
    with full.capture("hv-1") as capture:
        full.wait_ping("web-1", "10.0.0.2")
        packets = wait_until(lambda: capture.packets("192.0.2.1"), "packets")
    assert {p.option_bytes for p in packets} == {252}


def test_256_required_bytes_are_refused(full):
    with pytest.raises(ApiError) as error:
        full.apply(world.profile("over", ("big-a", True), ("big-b", True),
                                 ("empty", True)))
    assert 400 <= error.value.status < 500
    assert "over" in error.value.message and "252" in error.value.message


def test_many_small_options(full):
    """63 options without data: 252 bytes of headers."""
    options = [world.geneve_option("o-%02d" % n, "0xff02/0x%02x" % n, 0,
                                   {"constant": "0x"}) for n in range(1, 64)]
    full.apply(*options, world.profile("many", *(
        o["metadata"]["name"] for o in options)),
        world.vpc("green", 7001, "10.1.0.0/24", optionProfile="many"),
        world.endpoint("green-1", "green", 1, "10.1.0"),
        world.endpoint("green-2", "green", 2, "10.1.0"))
    # The index of a TLV map is short: 64, and two are in use.
    full.apply(world.vpc("blue", 7000, optionProfile="many"))
    full.delete("OptionProfile", "full")
    full.plug("hv-1", "green-1")
    full.plug("hv-2", "green-2")
    full.wait_transmit("hv-1", "hv-2", "many", "ok")
    full.wait_ping("green-1", "10.1.0.2")
    with full.capture("hv-1") as capture:
        assert full.ping("green-1", "10.1.0.2") == 3
        packets = wait_until(lambda: capture.packets("192.0.2.1"), "packets")
    assert {p.option_bytes for p in packets} == {252}
    assert {len(p.options) for p in packets} == {63}

    # More than the map has room for: what is said to be published is.
    more = [world.geneve_option("p-%02d" % n, "0xff03/0x%02x" % n, 0,
                                {"constant": "0x"}) for n in range(1, 9)]
    full.apply(*more, world.profile("many", *(
        o["metadata"]["name"] for o in [*options, *more])))
    wait_until(lambda: full.agentctl("hv-1", "status")["alarms"], "an alarm")

    def same():
        own = full.agentctl("hv-1", "status")["receive"]
        told = full.get("NVE", "hv-1")["status"]["receive"]["options"]
        assert own["published"] and len(own["options"]) == 64
        return {o["option"] for o in own["options"]} == {
            "%s/%s" % (o["class"], o["type"]) for o in told}
    wait_until(same, "64 options are published")
