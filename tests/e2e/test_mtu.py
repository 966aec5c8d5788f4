"""The MTU, byte by byte: the largest packet passes, one byte more gets an ICMP
error with the right MTU, and nothing of it goes out.

hv-2 takes all four options (44 bytes of them), hv-3 the required one only (8
bytes).  The underlay's MTU is 1500, of which IPv4, UDP, the Geneve header and
the inner Ethernet header take 20 + 8 + 8 + 14 bytes.
"""
import contextlib
import errno
import itertools
import json
import re
import struct

import pytest

import wire
import world
from lab import resource
from waiting import pause, wait_until

GATEWAY = "02:67:65:6e:65:01"
ALL_OPTIONS, ONE_OPTION = 44, 8
MTU_B = 1500 - 50 - ALL_OPTIONS
MTU_C = 1500 - 50 - ONE_OPTION
SUBNETS = [
    {"cidr": "10.9.0.0/24", "gateway": "10.9.0.1"},
    {"cidr": "10.9.1.0/24", "gateway": "10.9.1.1"},
    {"cidr": "10.9.2.0/24"},
    {"cidr": "fd00:9::/64", "gateway": "fd00:9::1"},
    {"cidr": "fd00:9:1::/64", "gateway": "fd00:9:1::1"},
    {"cidr": "fd00:9:2::/64"},
]
NODES = {"a": "hv-1", "b": "hv-2", "c": "hv-3"}
# Each endpoint is in all of these: (IPv4, IPv6).
NETS = [("10.9.0.%d", "fd00:9::%d"), ("10.9.1.%d", "fd00:9:1::%d"),
        ("10.9.2.%d", "fd00:9:2::%d")]


def number(name):
    return 1 + 10 * (1 + "abc".index(name))


def mac(name):
    return "02:00:00:09:00:%02x" % number(name)


def address(name, net, ipv6):
    return NETS[net][ipv6] % number(name)


def endpoint(name):
    return resource("Endpoint", "mtu-" + name, {
        "vpc": "mtu", "mac": mac(name),
        "ips": [address(name, net, v6) for net in range(3)
                for v6 in (False, True)],
        "type": "vm", "policyLabel": number(name),
        "qosClass": number(name)})


@pytest.fixture(scope="module")
def mtus(three_nodes):
    lab = three_nodes
    objects = [resource("VPC", "mtu", {
        "vni": 9000, "subnets": SUBNETS, "optionProfile": "web",
        "tenantId": world.TENANT}), *map(endpoint, NODES)]
    with lab.temporary(*objects), contextlib.ExitStack() as stack:
        stack.callback(lab.set_receive, "hv-3", None)
        lab.set_receive("hv-3", world.table("policy-label"))
        for name, node in NODES.items():
            lab.plug(node, "mtu-" + name, wait=False)
            stack.callback(lab.unplug, "mtu-" + name)
        for name, node in NODES.items():
            lab.wait_running("mtu-" + name, node)
        lab.wait_transmit("hv-1", "hv-3", "web",
                          options=world.ct("policy-label"))
        for peer in "bc":
            lab.wait_ping("mtu-a", address(peer, 0, False))
        yield lab
    world.settle(lab)


def find_interface(lab, endpoint_name, node="hv-1"):
    """The name of an endpoint's Interface, its mtu_request, mtu and
    external_ids (numbers, 0 for what is not there)."""
    name, request, mtu, ids = json.loads(lab.exec(
        node, "ovs-vsctl", "--format=json",
        "--columns=name,mtu_request,mtu,external_ids", "find", "interface",
        "external_ids:iface-id=" + endpoint_name))["data"][0]
    ids = dict(ids[1])
    return {"name": name, "request": 0 if isinstance(request, list)
            else request, "mtu": mtu, "ours": int(ids.get("nve-mtu", 0)),
            "before": int(ids.get("nve-mtu-before", 0)),
            "device": int(ids.get("nve-mtu-device", 0))}


def set_request(lab, interface, value, node="hv-1"):
    if value:
        lab.exec(node, "ovs-vsctl", "set", "interface", interface["name"],
                 "mtu_request=%d" % value)
    else:
        lab.exec(node, "ovs-vsctl", "clear", "interface", interface["name"],
                 "mtu_request")


@contextlib.contextmanager
def careless(lab, *names):
    """Guests that do not care for the MTU that they are told.  The kernel has
    a veth pair drop what is larger than the host's end: an administrator makes
    that larger, too."""
    interfaces = {}
    for name in names:
        interfaces[name] = wait_until(
            lambda name=name: [i for i in [find_interface(
                lab, "mtu-" + name, NODES[name])] if i["ours"]],
            "mtu_request is set")[0]
        set_request(lab, interfaces[name], 1500, NODES[name])
        wait_until(lambda name=name: find_interface(
            lab, "mtu-" + name, NODES[name])["mtu"] == 1500, "it is larger")
        lab.vm("mtu-" + name, "ip", "link", "set", "eth0", "mtu", 1500)
    try:
        yield
    finally:
        for name, interface in interfaces.items():
            set_request(lab, interface, 0, NODES[name])
            lab.vm("mtu-" + name, "ip", "link", "set", "eth0", "mtu",
                   lab.endpoint_status("mtu-" + name)["mtu"])


def packet(peer, size, net=0, source_net=0, ipv6=False, id_=1):
    """A frame from "a" whose IP packet (UDP) has 'size' bytes.  It is for the
    gateway if the subnets differ."""
    src, dst = address("a", source_net, ipv6), address(peer, net, ipv6)
    if ipv6:
        header = (struct.pack("!IHBB", 6 << 28, size - 40, 17, 64)
                  + wire.ip(src) + wire.ip(dst))
        body = udp(size - 40, id_)
        total = wire.checksum(
            wire.ip(src) + wire.ip(dst) + struct.pack("!II", len(body), 17)
            + body + b"\0" * (size % 2))
        body = body[:6] + struct.pack("!H", total or 0xffff) + body[8:]
    else:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size, id_,
                             0x4000, 64, 17, 0, wire.ip(src),
                             wire.ip(dst))
        header = header[:10] + struct.pack("!H", wire.checksum(header)) \
            + header[12:]
        body = udp(size - 20, id_)
    return (wire.mac(mac(peer) if net == source_net else GATEWAY)
            + wire.mac(mac("a")) + (b"\x86\xdd" if ipv6 else b"\x08\0")
            + header + body)


def udp(size, id_):
    payload = b"MTU%05d" % id_
    return struct.pack("!HHHH", 999, 9, size, 0) \
        + payload + bytes(size - 8 - len(payload))


def has(frames, id_):
    return any(b"MTU%05d" % id_ in f for f in frames)


def marker(data):
    """The number of a packet() that is in 'data', or None."""
    at = data.find(b"MTU")
    return int(data[at + 3:at + 8]) if at >= 0 else None


def send(lab, sock, frame):
    """Sends it out of "a", which may just have been told another MTU."""
    try:
        sock.send(frame)
    except OSError as error:
        if error.errno != errno.EMSGSIZE:
            raise
        lab.vm("mtu-a", "ip", "link", "set", "eth0", "mtu", 1500)
        sock.send(frame)


def check(lab, capture, sock, ids, peer, mtu, ipv6, net, source_net, tellers):
    """Packets from "a" that just fit pass, and fill the wire's packets; larger
    ones get an error, and nothing of them goes out."""
    teller = wire.ip(tellers[ipv6] if tellers else address(peer, net, ipv6))
    first, larger, largest, last = (next(ids) for _ in range(4))

    def sizes(id_):
        return capture.outer_sizes("192.0.2.1", b"MTU%05d" % id_)
    with lab.listening("mtu-a") as heard, \
            lab.listening("mtu-" + peer) as there:
        for id_, size in ((first, mtu), (larger, mtu + 1), (largest, 1500),
                          (last, mtu)):
            send(lab, sock, packet(peer, size, net, source_net, ipv6,
                                   id_=id_))
        wait_until(lambda: has(there(), first) and has(there(), last),
                   "the largest that fits arrives")
        wait_until(lambda: len(wire.too_big_errors(heard())) == 2,
                   "errors come")
        assert [e[:2] for e in wire.too_big_errors(heard())] \
            == [(teller, mtu)] * 2
        assert not has(there(), larger) and not has(there(), largest)
    wait_until(lambda: sizes(last), "it was captured")
    assert sizes(first) == sizes(last) == [1500]
    assert sizes(larger) == sizes(largest) == []


def test_the_largest_passes_and_one_byte_more_is_told(mtus):
    """Whatever the remote, the family, and the way: in a subnet, routed, and
    in a subnet without a gateway.  The error comes from the sender's gateway;
    without one, from whom it was for."""
    gateways = ("10.9.0.1", "fd00:9::1")
    ways = [(0, 0, gateways), (1, 0, gateways), (2, 2, None)]
    remotes = [("b", MTU_B), ("c", MTU_C)]
    ids = itertools.count()
    with careless(mtus, "a", "b", "c"), mtus.capture("hv-1") as capture, \
            mtus.sending("mtu-a") as sock:
        for (peer, mtu), ipv6, (net, source_net, tellers) in itertools.product(
                remotes, (False, True), ways):
            check(mtus, capture, sock, ids, peer, mtu, ipv6, net, source_net,
                  tellers)


def test_a_guest_takes_it_to_heart(mtus):
    """After the first error Linux makes fragments of its own, of IPv4 without
    the don't-fragment bit, too."""
    with careless(mtus, "a"):
        for (net, source_net), ipv6 in itertools.product(
                [(0, 0), (1, 0), (2, 2)], (False, True)):
            source = address("a", source_net, ipv6)
            target = address("b", net, ipv6)
            output = mtus.vm(
                "mtu-a", "ping", "-n", "-c", 4, "-i", 0.2, "-W", 2, "-M",
                "dont", "-s", 1450, "-I", source, target, check=False)
            assert output.count("1458 bytes from %s" % target) >= 2, output
            assert re.search(r"mtu ?= ?%d" % MTU_B, output), output
            route = mtus.vm("mtu-a", "ip", "route", "get", target, "from",
                            source)
            assert "mtu %d" % MTU_B in route, route


def test_by_a_further_plan(mtus):
    """Remotes that want opposite orders, so that one of them is sent to by
    another bridge."""
    names = ["policy-label", "endpoint-type", "qos-class"]
    wanted = {"hv-2": names, "hv-3": names[::-1]}
    mtu, ids = 1500 - 50 - 24, itertools.count()
    try:
        for node, order in wanted.items():
            mtus.set_receive(node, world.table(*order, order="strict"))
        entries = [mtus.wait_transmit("hv-1", node, "web",
                                      options=world.ct(*order))
                   for node, order in wanted.items()]
        assert sorted(e["plan"] > 0 for e in entries) == [False, True]
        assert [e["mtu"] for e in entries] == [mtu, mtu]
        with careless(mtus, "a", "b", "c"), mtus.capture("hv-1") as capture, \
                mtus.sending("mtu-a") as sock:
            for peer, ipv6 in itertools.product("bc", (False, True)):
                check(mtus, capture, sock, ids, peer, mtu, ipv6, 1, 0,
                      ("10.9.0.1", "fd00:9::1"))
    finally:
        mtus.set_receive("hv-2", None)
        mtus.set_receive("hv-3", world.table("policy-label"))
        mtus.wait_transmit("hv-1", "hv-3", "web",
                           options=world.ct("policy-label"))


def test_nothing_vanishes_while_options_change(mtus):
    """Packets that sometimes fit and sometimes do not: each one arrives, or
    its sender is told.  (Errors are limited to 50 a second; a busy machine
    loses one packet by itself now and then.)"""
    tables = [world.table("policy-label"), None] * 3
    ids = itertools.count()
    with careless(mtus, "a", "b"), mtus.listening("mtu-a") as heard, \
            mtus.listening("mtu-b") as there, mtus.sending("mtu-a") as sock:
        def send_some():
            for _ in range(5):
                send(mtus, sock, packet("b", MTU_C, id_=next(ids)))
                pause(0.025)
                heard(), there()
        for table in tables:
            mtus.set_receive("hv-2", table)
            options = (world.ALL if table is None
                       else world.ct("policy-label"))

            def is_sent(options=options):
                send_some()
                entry = mtus.transmit("hv-1", "hv-2", "web")
                return sorted(entry["options"]) == options
            wait_until(is_sent, "%s is sent" % options)
            send_some()
        arrived = {marker(f) for f in there()} - {None}
        told = {marker(e[2]) for e in wire.too_big_errors(heard())}
        n = next(ids)
        print("%d sent, %d arrived, %d told" % (n, len(arrived), len(told)))
        assert len(arrived) > 10 and len(told) > 10
        assert not arrived & told
        wait_until(lambda: len(set(range(n)) - {
            marker(f) for f in there()} - {
            marker(e[2]) for e in wire.too_big_errors(heard())}) <= 1,
            "all but one are accounted for")


def wait_interface(lab, name, node="hv-1", **wanted):
    def matches():
        found = find_interface(lab, name, node)
        assert {k: found[k] for k in wanted} == wanted, found
        return found
    return wait_until(matches, "%s's interface has %s" % (name, wanted))


def test_endpoints_get_the_smallest_and_it_follows(mtus):
    """mtu_request, status.mtu, agentctl and the guest."""
    def everywhere(mtu):
        wait_interface(mtus, "mtu-a", request=mtu, mtu=mtu, ours=mtu,
                       before=0, device=1500)
        wait_until(lambda: mtus.endpoint_status("mtu-a")["mtu"] == mtu,
                   "status.mtu is %d" % mtu)
        wait_until(lambda: mtus.vm_mtu("mtu-a") == mtu,
                   "the guest has %d" % mtu)
        listed = mtus.agentctl("hv-1", "endpoint", "list")
        assert [e["mtu"] for e in listed if e["name"] == "mtu-a"] == [mtu]
        assert "leaves an MTU of %d." % mtu in json.dumps(
            mtus.agentctl("hv-1", "explain", "hv-2"))
    everywhere(MTU_B)
    try:
        mtus.set_receive("hv-2", world.table("policy-label", "qos-class"))
        everywhere(MTU_B + 8 + 20)
    finally:
        mtus.set_receive("hv-2", None)
    everywhere(MTU_B)


def test_what_was_there_comes_back(mtus):
    """Whether it was an mtu_request or the device's own MTU."""
    interface = wait_interface(mtus, "mtu-a", request=MTU_B)
    mtus.set("hv-1", nve_mtu_request="false")
    try:
        wait_interface(mtus, "mtu-a", request=0, mtu=1500, ours=0, device=0)
        set_request(mtus, interface, 1450)
        wait_interface(mtus, "mtu-a", mtu=1450)
        mtus.set("hv-1", nve_mtu_request="true")
        wait_interface(mtus, "mtu-a", request=MTU_B, mtu=MTU_B, before=1450)
        # The endpoint leaves.
        mtus.exec("hv-1", "ovs-vsctl", "remove", "interface",
                  interface["name"], "external_ids", "iface-id")
        wait_until(lambda: mtus.exec(
            "hv-1", "ovs-vsctl", "get", "interface", interface["name"],
            "mtu_request").strip() == "1450", "it is given back")
        assert "nve-mtu" not in mtus.exec(
            "hv-1", "ovs-vsctl", "get", "interface", interface["name"],
            "external_ids")
        set_request(mtus, interface, 1500)
        set_request(mtus, interface, 0)
        mtus.exec("hv-1", "ovs-vsctl", "set", "interface", interface["name"],
                  "external_ids:iface-id=mtu-a")
    finally:
        mtus.set("hv-1", nve_mtu_request=None)
    wait_interface(mtus, "mtu-a", request=MTU_B, mtu=MTU_B, device=1500)


def problems_of(lab, node, name):
    return [a["message"] for a in lab.agentctl(node, "status")["alarms"]
            if name in a["object"]]


def test_an_administrators_value_stays(mtus):
    interface = wait_interface(mtus, "mtu-a", request=MTU_B)
    mtus.wait_running("mtu-a", "hv-1")
    try:
        set_request(mtus, interface, 1500)
        wait_until(lambda: any("mtu_request is 1500" in m for m in problems_of(
            mtus, "hv-1", interface["name"])), "it is told")
        mtus.set_receive("hv-2", world.table("policy-label"))
        wait_until(lambda: mtus.endpoint_status("mtu-a")["mtu"] == MTU_C,
                   "status.mtu follows")
        wait_interface(mtus, "mtu-a", request=1500, mtu=1500)
    finally:
        set_request(mtus, interface, 0)
        mtus.set_receive("hv-2", None)
    wait_interface(mtus, "mtu-a", request=MTU_B)
    assert not problems_of(mtus, "hv-1", interface["name"])


def test_a_restart_of_the_agent_changes_nothing(mtus):
    """What was there before is still known, and the MTU never moves."""
    interface = wait_interface(mtus, "mtu-a", request=MTU_B, device=1500)
    log = mtus.files / "mtu_request.log"
    with mtus.running("exec", "hv-1", "sh", "-c", "exec ovsdb-client "
                      "--format=json monitor Interface mtu_request >%s" % log):
        wait_until(lambda: log.read_text() if log.exists() else None,
                   "it is watched")
        with mtus.without("hv-1", "geneve-agentd"):
            pass
        wait_until(lambda: mtus.transmit("hv-1", "hv-2", "web")
                   and mtus.transmit("hv-1", "hv-2", "web")["status"] == "ok",
                   "the agent is back")
        wait_until(lambda: [e["phase"] for e in mtus.agentctl(
            "hv-1", "endpoint", "list") if e["name"] == "mtu-a"]
            == ["Running"], "it knows its endpoints")
        set_request(mtus, {"name": "br-int"}, 1499)
        wait_until(lambda: "1499" in log.read_text(), "the last change")
        set_request(mtus, {"name": "br-int"}, 0)
    changes = [row[2] for line in log.read_text().splitlines()
               for row in json.loads(line)["data"] if row[1] == "new"]
    assert changes[0] == 1499, changes
    assert find_interface(mtus, "mtu-a") == interface


def test_too_small_for_ipv6(mtus):
    def alarms():
        return [a for a in mtus.agentctl("hv-1", "status")["alarms"]
                if a["reason"] == "mtu-below-1280"]
    assert not alarms()
    underlay = 1279 + 50 + ALL_OPTIONS
    try:
        mtus.patch("NVE", "hv-2", {"spec": {"underlay": {"mtu": underlay}}})
        # The VPC "blue" has no IPv6.
        wait_until(lambda: [a["object"] for a in alarms()] == ["VPC mtu"],
                   "there is an alarm")
        wait_interface(mtus, "mtu-a", request=1279)
        wait_interface(mtus, "web-1", request=1279)
        mtus.patch("NVE", "hv-2",
                   {"spec": {"underlay": {"mtu": underlay + 1}}})
        wait_until(lambda: not alarms(), "1280 is enough")
        wait_interface(mtus, "mtu-a", request=1280)
    finally:
        mtus.patch("NVE", "hv-2", {"spec": {"underlay": {"mtu": None}}})
    wait_interface(mtus, "mtu-a", request=MTU_B)
