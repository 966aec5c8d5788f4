"""Orders that conflict, served at once: by plans, each a bridge of its own.

hv-1 takes everything in any order; hv-2 and hv-3 want it in opposite ones."""
import contextlib
import itertools
import json
import socket

import pytest

import traffic
import world
from lab import resource
from waiting import wait_until
from world import ct, table

NAMES = ["policy-label", "endpoint-type", "qos-class", "tenant-id"]
ORDERS = {"hv-2": NAMES, "hv-3": NAMES[::-1]}


@pytest.fixture(scope="module")
def three(own_lab):
    lab = own_lab(3)
    world.load(lab)
    return lab


@pytest.fixture
def both(three):
    """Both orders are wanted, and served."""
    three.revive()
    for node, names in ORDERS.items():
        three.set_receive(node, table(*names, order="strict"))
    served(three)
    return three


def served(lab):
    """Waits until hv-1 says that it sends both orders, and pings come."""
    for node, names in ORDERS.items():
        def sent(node=node, names=names):
            answer = lab.ask_agent("hv-1", "remote", "show", node)
            entry = answer and answer["transmit"][0]
            assert entry and entry["status"] == "ok", entry
            return entry["options"] == ct(*names)
        wait_until(sent, "hv-1 sends %s to %s" % (names, node))
        lab.wait_ping("web-1", "10.0.0." + node[3:])


def plans(lab, node="hv-1"):
    return lab.agentctl(node, "plan", "list")


def bridges(lab, node="hv-1"):
    return lab.exec(node, "ovs-vsctl", "list-br").split()


def wait_bridges(lab, count, node="hv-1"):
    """Waits until there are bridges for 'count' plans; returns the bridges of
    those beyond the first."""
    def there():
        further = sorted(b for b in bridges(lab, node)
                         if b.startswith("br-tx"))
        shown = sorted(p["bridge"] for p in plans(lab, node)
                       if p["bridge"] != "br-int")
        assert len(further) == count - 1 and shown == further, (further,
                                                                 shown)
        return [further]
    return wait_until(there, "%s has %d plans" % (node, count))[0]


def plan_of(lab, remote, node="hv-1"):
    """The plan that serves a remote, as `plan list' shows it."""
    found = [p for p in plans(lab, node) if remote in p["remotes"]]
    assert len(found) == 1, (remote, plans(lab, node))
    return found[0]


def forms(packets):
    return {tuple(p.options) for p in packets}


def both_on_the_wire(lab, count=3):
    """Pings from hv-1 to both others; returns the packets to each."""
    with lab.capture("hv-1") as capture:
        for k in 2, 3:
            assert lab.ping("web-1", "10.0.0.%d" % k, count=count) == count
        return {node: wait_until(
            lambda node=node: capture.packets(
                "192.0.2.1", "192.0.2." + node[3:])[count - 1:] and
            capture.packets("192.0.2.1", "192.0.2." + node[3:]),
            "packets to " + node) for node in ORDERS}


def check_wire(lab):
    for node, packets in both_on_the_wire(lab).items():
        assert forms(packets) == {tuple(ct(*ORDERS[node]))}, node


def values_of(number, qos=True):
    """What the packets of world.endpoint(..., number) carry."""
    values = {"0xff01/0x81": (100 + number).to_bytes(4, "big"),
              "0xff01/0x02": (1).to_bytes(4, "big"),
              "0xff01/0x03": number.to_bytes(4, "big"),
              "0xff01/0x06": bytes.fromhex(world.TENANT.replace("-", ""))}
    if not qos:
        del values["0xff01/0x03"]
    return values


# On the wire.

@pytest.mark.parametrize("mode", ["per-remote", "shared"])
def test_both_orders_from_one_sender(both, mode):
    both.set("hv-1", nve_tunnel_mode=mode)
    try:
        served(both)
        wait_bridges(both, 2)
        for node, packets in both_on_the_wire(both).items():
            for packet in packets:
                assert packet.options == ct(*ORDERS[node]), node
                assert dict(zip(packet.options, packet.data)) == values_of(1)
                assert packet.vni == world.VNI
                assert packet.critical and not packet.oam
                assert packet.checksum and packet.checksum_good
                assert packet.dont_fragment
    finally:
        both.set("hv-1", nve_tunnel_mode="per-remote")


def test_each_copy_of_a_broadcast_has_its_receivers_form(both):
    with both.capture("hv-1") as capture:
        both.vm("web-1", "ip", "neighbour", "flush", "all")
        both.ping("web-1", "10.0.0.77", count=1, wait=0.1)
        for node, names in ORDERS.items():
            copies = wait_until(lambda node=node: [
                p for p in capture.packets("192.0.2.1", "192.0.2." + node[3:])
                if p.is_arp], "a copy to " + node)
            for copy in copies:
                assert copy.options == ct(*names), node
                assert dict(zip(copy.options, copy.data)) == values_of(1)


def test_every_source_has_its_own_values(both):
    """By a further plan, too; an optional option without a value is left out,
    and without a required one nothing is sent."""
    poor = world.endpoint("poor", "blue", 61)
    del poor["spec"]["qosClass"]
    blocked = world.endpoint("blocked", "blue", 62)
    del blocked["spec"]["policyLabel"]
    ends = [world.endpoint("rich", "blue", 60), poor, blocked]
    with both.without("nva", "nva-labeller"), both.temporary(*ends):
        for name in "rich", "poor", "blocked":
            both.plug("hv-1", name, wait=name != "blocked")
        try:
            for name, node in itertools.product(("rich", "poor"), ORDERS):
                both.wait_ping(name, "10.0.0." + node[3:])
            with both.capture("hv-1") as capture:
                assert both.ping("blocked", "10.0.0.2", wait=0.1) == 0
                assert both.ping("blocked", "10.0.0.3", wait=0.1) == 0
                for name, values in (("rich", values_of(60)),
                                     ("poor", values_of(61, qos=False))):
                    source = "02:00:0a:00:00:%02x" % int(values[
                        "0xff01/0x81"][3] - 100)
                    for node, names in ORDERS.items():
                        both.ping(name, "10.0.0." + node[3:])
                        packets = wait_until(lambda node=node, source=source: [
                            p for p in capture.packets(
                                "192.0.2.1", "192.0.2." + node[3:])
                            if p.inner_src == source],
                            "packets of %s to %s" % (name, node))
                        for packet in packets:
                            carried = dict(zip(packet.options, packet.data))
                            assert carried == values, (name, node)
                            assert packet.options == [
                                o for o in ct(*names) if o in values]
                assert not [p for p in capture.packets("192.0.2.1")
                            if p.inner_src == world.mac(blocked)]
        finally:
            both.unplug("rich")
            both.unplug("poor")
            both.unplug("blocked")


def test_flows_keep_their_source_ports(both):
    """RFC 8926, section 3.3, for what goes through a further plan."""
    ports = range(40000, 40006)
    with both.capture("hv-1") as capture:
        for node in ORDERS:
            for port in ports:
                send_udp(both, "web-1", "10.0.0." + node[3:], port, 4)
        for node in ORDERS:
            packets = wait_until(
                lambda node=node: [p for p in capture.packets(
                    "192.0.2.1", "192.0.2." + node[3:])
                    if p.inner_port in ports][4 * len(ports) - 1:] and
                capture.packets("192.0.2.1", "192.0.2." + node[3:]),
                "packets to " + node)
            outer = {port: {p.source_port for p in packets
                            if p.inner_port == port} for port in ports}
            assert all(len(o) == 1 for o in outer.values()), outer
            assert len(set(itertools.chain(*outer.values()))) > 3, outer


def send_udp(lab, endpoint, address, port, count):
    with lab.inside("vm", endpoint):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        sock.bind(("10.0.0." + endpoint[4:], port))
        for _ in range(count):
            sock.sendto(b"x", (address, 9))


# Shown.

def test_plans_are_shown(both):
    wait_bridges(both, 2)
    shown = {p["bridge"]: p for p in plans(both)}
    assert list(shown)[0] == "br-int" and len(shown) == 2
    for plan in shown.values():
        indices = [o["index"] for o in plan["order"]]
        assert indices == sorted(set(indices))
    for node, names in ORDERS.items():
        plan = plan_of(both, node)
        order = [o["option"] for o in plan["order"]]
        assert [o for o in order if o in ct(*names)] == ct(*names)
        entry = both.transmit("hv-1", node, "web")
        assert entry["plan"] == plan["plan"]
        explained = both.exec("hv-1", "agentctl", "explain", node)
        assert "plan %d" % plan["plan"] in explained, explained
    further = next(p for p in shown.values() if p["bridge"] != "br-int")
    assert further["plan"] != 0
    # Why it exists: who conflicts, and on which options.
    reason = further["reason"]
    assert "hv-2" in reason or "hv-3" in reason, reason
    assert sum(o in reason for o in world.ALL) >= 2, reason
    text = both.exec("hv-1", "agentctl", "plan", "list")
    for word in (*shown, *world.ALL, "hv-2", "hv-3"):
        assert word in text, (word, text)
    assert max(map(len, text.splitlines())) <= 80, text


def test_the_switch_tells_it_too(both):
    further, = wait_bridges(both, 2)
    text = both.exec("hv-1", "ovs-vsctl", "show")
    assert 'Bridge ' + further in text.replace('"', ''), text
    columns = json.loads(both.exec(
        "hv-1", "ovs-vsctl", "-f", "json", "--columns=external_ids", "list",
        "bridge", further))["data"][0][0]
    notes = " ".join("%s=%s" % tuple(pair) for pair in columns[1])
    remote = next(n for n in ORDERS
                  if plan_of(both, n)["bridge"] == further)
    for word in ct(*ORDERS[remote]) + [remote]:
        assert word in notes, (word, notes)
    # The switch itself has that order.
    tlvs = both.exec("hv-1", "ovs-ofctl", "dump-tlv-map", further)
    rows = [line.split() for line in tlvs.splitlines()
            if "tun_metadata" in line]
    found = ["0x%04x/0x%02x" % (int(r[0], 16), int(r[1], 16)) for r in sorted(
        rows, key=lambda r: int(r[-1].replace("tun_metadata", "")))]
    assert [o for o in found if o in world.ALL] == ct(*ORDERS[remote])


# Ends and new beginnings.

@contextlib.contextmanager
def no_loss(lab):
    """Traffic of which nothing may be lost while in the block, and every
    packet of hv-1's has its receiver's form."""
    with traffic.Wire(lab) as wire, traffic.Traffic(lab, 200) as generators:
        yield
        tallies, _ = generators.stop()
    missing = {pair: traffic.runs(t.missing) for pair, t in tallies.items()
               if t.missing}
    assert not missing, missing
    packets = wire.packets()
    for node, names in ORDERS.items():
        assert {p.options for p in packets["hv-1", node]} == {
            tuple(ct(*names))}, node


def test_agent_dies(both):
    """It finds its plans again, and nothing is lost."""
    wait_bridges(both, 2)
    with no_loss(both):
        both.kill("hv-1", "geneve-agentd")
        both.start_daemon("hv-1", "geneve-agentd")
        served(both)
        wait_bridges(both, 2)
    check_wire(both)


def test_agent_was_away_when_the_conflict_went(both):
    wait_bridges(both, 2)
    both.kill("hv-1", "geneve-agentd")
    both.set_receive("hv-3", None)
    both.start_daemon("hv-1", "geneve-agentd")
    wait_bridges(both, 1)
    both.wait_ping("web-1", "10.0.0.3")
    assert no_remains(both)


def test_agent_was_away_when_the_conflict_came(both):
    both.set_receive("hv-3", None)
    wait_bridges(both, 1)
    both.kill("hv-1", "geneve-agentd")
    both.set_receive("hv-3", table(*ORDERS["hv-3"], order="strict"))
    both.start_daemon("hv-1", "geneve-agentd")
    served(both)
    check_wire(both)


def test_switch_dies(both):
    wait_bridges(both, 2)
    both.kill("hv-1", "ovs-vswitchd")
    both.start_daemon("hv-1", "ovs-vswitchd")
    served(both)
    wait_bridges(both, 2)
    check_wire(both)


def test_database_dies(both):
    wait_bridges(both, 2)
    both.kill("hv-1", "ovsdb-server")
    both.start_daemon("hv-1", "ovsdb-server")
    served(both)
    wait_bridges(both, 2)
    check_wire(both)


def no_remains(lab, node="hv-1"):
    """Whether nothing of further plans is left in the database."""
    def gone():
        names = lab.exec(node, "ovs-vsctl", "--bare", "--columns=name",
                         "list", "interface").split()
        left = [n for n in names if "tx" in n]
        assert not left, left
        errors = lab.exec(node, "ovs-vsctl", "--bare", "--columns=error",
                          "list", "interface").split()
        assert not errors, errors
        return True
    return wait_until(gone, "nothing is left of the plan")


def test_plan_goes_with_its_remote(both):
    """Nothing is lost, and what others have on br-int stays."""
    foreign = "cookie=0x1234,table=99,priority=7,ip,actions=drop"
    both.exec("hv-1", "ovs-ofctl", "add-flow", "br-int", foreign)
    wait_bridges(both, 2)
    with traffic.Traffic(both, 200) as generators:
        both.set_receive("hv-3", None)
        wait_bridges(both, 1)
        assert no_remains(both)
        both.set_receive("hv-3", table(*ORDERS["hv-3"], order="strict"))
        served(both)
        wait_bridges(both, 2)
        tallies, _ = generators.stop()
    assert not [pair for pair, t in tallies.items() if t.missing], tallies
    check_wire(both)
    flows = both.exec("hv-1", "ovs-ofctl", "dump-flows", "br-int",
                      "cookie=0x1234/-1")
    assert flows.count("priority=7,ip actions=drop") == 1, flows
    both.exec("hv-1", "ovs-ofctl", "del-flows", "br-int", "cookie=0x1234/-1")


def test_bridges_of_others_are_left_alone(both):
    """One that only has such a name is not ours."""
    both.exec("hv-1", "ovs-vsctl", "add-br", "br-tx31", "--", "set", "bridge",
              "br-tx31", "datapath_type=netdev")
    try:
        both.kill("hv-1", "geneve-agentd")
        both.start_daemon("hv-1", "geneve-agentd")
        served(both)
        both.set_receive("hv-3", None)
        wait_until(lambda: [b for b in bridges(both) if "tx" in b]
                   == ["br-tx31"], "just the bridge of the agent's is gone")
    finally:
        both.exec("hv-1", "ovs-vsctl", "del-br", "br-tx31")


# More than there can be.

N_ORDERS = 18
MOST = 16


@pytest.fixture(scope="module")
def crowd(own_lab):
    """A node and, without agents, NVEs that want as many orders: any two of
    them conflict.  Their addresses answer ARP: "unreachable" would come before
    all else that is to be said of them."""
    lab = own_lab(1)
    lab.exec("fabric", "ip", "-batch", "-", input="".join(
        "address add 192.0.2.%d dev underlay\n" % (100 + k)
        for k in range(N_ORDERS)))
    lab.apply(*world.objects(1))
    lab.plug("hv-1", "web-1")
    permutations = itertools.islice(itertools.permutations(NAMES), N_ORDERS)
    for k, names in enumerate(permutations):
        lab.apply(
            resource("NVE", "old-%02d" % k, {
                "underlay": {"ips": ["192.0.2.%d" % (100 + k)]},
                "static": table(*names, order="strict", mode="replace")}),
            world.endpoint("at-%02d" % k, "blue", 100 + k,
                           nve="old-%02d" % k))
    return lab


def old_ones(lab):
    """{name: what hv-1 sends to it}, once nothing is pending any more."""
    def all_known():
        found = {}
        for nve in lab.list("NVE"):
            name = nve["metadata"]["name"]
            if name.startswith("old-"):
                answer = lab.ask_agent("hv-1", "remote", "show", name)
                assert answer and answer["transmit"], name
                found[name] = answer["transmit"][0]
                assert found[name]["status"] != "pending", found[name]
        return found
    return wait_until(all_known, "all remotes are known", 60)


def alarms(lab):
    return ["%(object)s: %(reason)s: %(message)s" % alarm
            for alarm in lab.agentctl("hv-1", "status")["alarms"]]


def beyond(found):
    return {name: entry for name, entry in found.items()
            if len(entry["options"]) < len(NAMES)}


def test_no_more_plans_than_there_can_be(crowd):
    def full():
        found = old_ones(crowd)
        assert len(plans(crowd)) == MOST, len(plans(crowd))
        assert len(beyond(found)) == N_ORDERS - MOST, beyond(found)
        return found
    found = wait_until(full, "%d plans" % MOST, 60)
    assert len(bridges(crowd)) == MOST + 1          # And br-phy.
    for name, entry in beyond(found).items():
        assert "plan" in {reason for _, reason in entry["omitted"]}, entry
        assert any(a.startswith("remote " + name + ": plan")
                   for a in alarms(crowd)), alarms(crowd)
        assert "plan" in crowd.exec("hv-1", "agentctl", "explain", name)
    # All others get just the order that they want.
    for k, names in enumerate(itertools.islice(
            itertools.permutations(NAMES), N_ORDERS)):
        entry = found["old-%02d" % k]
        if "old-%02d" % k not in beyond(found):
            assert entry["options"] == ct(*names) and entry["status"] == "ok"


def test_a_required_option_that_needs_one_more_blocks(crowd):
    """Two required options in the order that no plan is left for."""
    old_ones(crowd)
    crowd.apply(world.profile("web", *((name, True) for name in NAMES)))
    try:
        def blocked():
            found = old_ones(crowd)
            bad = [n for n, e in found.items() if e["status"] == "blocked"]
            assert len(bad) == N_ORDERS - MOST, bad
            assert all(e["status"] in ("ok", "blocked")
                       for e in found.values())
            return bad
        for name in wait_until(blocked, "those beyond are blocked", 60):
            explained = crowd.exec("hv-1", "agentctl", "explain", name)
            assert "blocked" in explained and "plan" in explained
    finally:
        crowd.apply(world.objects(0)[4])


def test_a_plan_that_is_free_again_is_used(crowd):
    found = old_ones(crowd)
    gone = next(n for n in sorted(found) if n not in beyond(found)
                and found[n]["plan"])
    crowd.delete("Endpoint", "at-" + gone[4:])
    crowd.delete("NVE", gone)

    def used():
        now = old_ones(crowd)
        assert len(beyond(now)) == N_ORDERS - MOST - 1, beyond(now)
        return len(plans(crowd)) == MOST
    wait_until(used, "the plan serves another one", 60)


def test_all_go(crowd):
    for nve in crowd.list("NVE"):
        name = nve["metadata"]["name"]
        if name.startswith("old-"):
            crowd.delete("Endpoint", "at-" + name[4:])
            crowd.delete("NVE", name)
    wait_bridges(crowd, 1)
    assert no_remains(crowd)
