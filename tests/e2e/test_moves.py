"""An endpoint that is plugged in at two nodes, as during a migration."""
import calendar
import contextlib
import json
import re
import time

import pytest

import world
from lab import API, NVA
from waiting import wait_until


@contextlib.contextmanager
def watching(lab, endpoint):
    """Yields a function for all versions of an endpoint since."""
    version = lab.get("Endpoint", endpoint)["metadata"]["resourceVersion"]
    path = lab.files / "watched"
    with lab.running("exec", "nva", "curl", "-sN", "-o", path, "-G",
                     "http://%s:8080%s/endpoints" % (NVA, API),
                     "-d", "watch=1", "-d", "resourceVersion=" + version,
                     "-d", "fieldSelector=metadata.name=" + endpoint):
        def seen():
            lines = path.read_text().splitlines() if path.exists() else []
            return [json.loads(line)["object"] for line in lines]
        yield seen
    path.unlink(missing_ok=True)


def places(versions):
    """Where it was, by each version."""
    return [(obj.get("status") or {}).get("nve") for obj in versions]


@pytest.fixture
def moved(lab):
    """web-3 is at hv-1, too, which has it now."""
    lab.plug("hv-1", "web-3")
    try:
        yield lab
    finally:
        lab.sandbox("unplug", "hv-1", "web-3", check=False)
        lab.wait_running("web-3", "hv-3")
        lab.wait_ping("web-1", "10.0.0.3")


def test_who_gave_up_does_not_come_back(moved):
    """Once hv-1 has let go and hv-3 has taken over, hv-1 writes nothing."""
    lab = moved
    for n in range(3):
        with watching(lab, "web-3") as seen:
            lab.unplug("hv-1", "web-3")
            lab.wait_running("web-3", "hv-3")
            lab.patch("Endpoint", "web-3", {"spec": {"qosClass": 10 + n}})
            # The plug makes hv-1 look at it again, and claims it.
            lab.plug("hv-1", "web-3")
            nodes = wait_until(
                lambda seen=seen: places(seen())
                if places(seen())[-1] == "hv-1" else None,
                "the claim is seen")
        first = nodes.index("hv-3")
        last = nodes.index("hv-1", first)
        assert set(nodes[first:last]) == {"hv-3"}, nodes
    lab.apply(world.WEB[3])


def test_plugged_in_at_the_wrong_node(lab):
    """web-3 belongs to hv-3; an interface at hv-1 with its name changes
    nothing for the endpoints there."""
    lab.patch("Endpoint", "web-3", {"spec": {"nve": "hv-3"}})
    try:
        lab.plug("hv-1", "web-3", wait=False)
        wait_until(lambda: any(e["name"] == "web-3"
                               and e["phase"] == "Refused"
                               for e in lab.agentctl("hv-1", "endpoint",
                                                     "list")),
                   "hv-1 refuses it")
        lab.wait_ping("web-1", "10.0.0.3")
        assert lab.endpoint_status("web-3")["nve"] == "hv-3"
    finally:
        lab.sandbox("unplug", "hv-1", "web-3", check=False)
        lab.patch("Endpoint", "web-3", {"spec": {"nve": None}})


@pytest.fixture
def roaming(lab):
    """web-3 may be anywhere; afterwards it is at hv-3, and only there.  web-6
    is its neighbour at hv-3."""
    with lab.temporary(world.WEB[6]):
        lab.plug("hv-3", "web-6")
        yield lab
        lab.unplug("web-6")
    lab.revive()
    for node in ("hv-1", "hv-2"):
        lab.sandbox("unplug", node, "web-3", check=False)
    if not (lab.dir / "hv-3" / "plugged" / "web-3").exists():
        lab.plug("hv-3", "web-3", wait=False)
    lab.wait_running("web-3", "hv-3")
    lab.wait_ping("web-1", "10.0.0.3")


def time_of_plug(lab, node):
    """When the switch took the interface of web-3 last; the clock is that of
    captures."""
    log = (lab.dir / node / "ovs-vswitchd.log").read_text()
    found = re.findall(r"^([-0-9T:]+)\.(\d{3})Z.*added interface vm-web-3 on",
                       log, re.MULTILINE)
    whole, milliseconds = found[-1]
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + (
        int(milliseconds) / 1000)


def time_to_answer(lab, record_property):
    """Plugs web-3 in at hv-1 while web-2 pings it; returns the seconds from
    the plug to the first answer from there."""
    with lab.capture("hv-1") as capture, lab.running(
            "vm", "web-2", "ping", "-n", "-i", "0.02", "10.0.0.3"):
        lab.plug("hv-1", "web-3", wait=False)
        first = wait_until(
            lambda: capture.packets("192.0.2.1", "192.0.2.2", icmp_type=0),
            "web-3 answers from hv-1")[0]
    seconds = first.time - time_of_plug(lab, "hv-1")
    record_property("seconds", seconds)
    print("%.3f s from the plug to the first answer" % seconds)
    return seconds


SOON = 1


def is_refused(lab, node, winner):
    """Whether a node that has lost web-3 says so, and to whom."""
    endpoint = next(e for e in lab.agentctl(node, "endpoint", "list")
                    if e["name"] == "web-3")
    assert endpoint["phase"] == "Refused", endpoint
    assert endpoint["message"].endswith("says it is at " + winner), endpoint
    alarms = [a for a in lab.agentctl(node, "status")["alarms"]
              if a["object"] == "Endpoint web-3"]
    assert len(alarms) == 1 and winner in alarms[0]["message"], alarms
    return True


def has_moved(lab):
    """hv-3 has let go of web-3, which hv-1 has: it says why, nothing is sent
    there any more, and its own endpoints look elsewhere, too."""
    wait_until(lambda: is_refused(lab, "hv-3", "hv-1"), "hv-3 says so")
    with lab.capture("hv-3") as capture:
        for source in "web-1", "web-2":
            assert lab.ping(source, "10.0.0.3") == 3
        assert not [p for p in capture.packets() if p.icmp_type >= 0]
        lab.wait_ping("web-6", "10.0.0.3")
        wait_until(lambda: capture.packets("192.0.2.3", "192.0.2.1",
                                           icmp_type=8), "web-6 asks hv-1")


@contextlib.contextmanager
def only_at(lab, *nodes):
    """While in the block, no other node has web-3, by any version of its
    status."""
    with watching(lab, "web-3") as seen:
        yield
        # A version of after all that was done in the block.
        lab.patch("Endpoint", "web-3", {"spec": {"qosClass": 77}})
        wait_until(lambda: [obj for obj in seen()
                            if obj["spec"]["qosClass"] == 77], "the end")
        assert set(places(seen())) <= set(nodes), places(seen())
    lab.patch("Endpoint", "web-3", {"spec": {"qosClass": 3}})


@contextlib.contextmanager
def cut_off(lab, node):
    """The node's wire is cut while in the block."""
    lab.exec("fabric", "ip", "link", "set", node, "down")
    try:
        yield
    finally:
        lab.exec("fabric", "ip", "link", "set", node, "up")


@pytest.mark.alone
def test_moved_by_plugs(roaming, record_property):
    """Unplugged there, plugged in here: reachable at once."""
    roaming.unplug("hv-3", "web-3")
    wait_until(lambda: not roaming.endpoint_status("web-3").get("nve"),
               "hv-3 has let go")
    assert time_to_answer(roaming, record_property) < SOON
    roaming.wait_running("web-3", "hv-1")


@pytest.mark.alone
def test_moved_without_an_unplug(roaming, record_property):
    assert time_to_answer(roaming, record_property) < SOON
    roaming.wait_running("web-3", "hv-1")
    has_moved(roaming)


@pytest.mark.alone
def test_moved_while_the_old_agent_is_dead(roaming, record_property):
    """When that is back it lets go, and does not claim what it once had."""
    lab = roaming
    lab.kill("hv-3", "geneve-agentd")
    assert time_to_answer(lab, record_property) < SOON
    lab.wait_running("web-3", "hv-1")
    with only_at(lab, "hv-1"):
        lab.start_daemon("hv-3", "geneve-agentd")
        has_moved(lab)


@pytest.mark.alone
def test_moved_while_the_old_node_is_cut_off(roaming, record_property):
    """When that is back it lets go."""
    lab = roaming
    with contextlib.ExitStack() as stack:
        with cut_off(lab, "hv-3"):
            assert time_to_answer(lab, record_property) < SOON
            lab.wait_running("web-3", "hv-1")
            stack.enter_context(only_at(lab, "hv-1"))
        has_moved(lab)


def test_moved_while_the_new_agent_is_dead(roaming):
    """When that starts it sees that the interface is new, and claims."""
    lab = roaming
    with lab.without("hv-1", "geneve-agentd"):
        lab.plug("hv-1", "web-3", wait=False)
    lab.wait_running("web-3", "hv-1")
    has_moved(lab)
    # Now it is not: whoever starts goes by what was settled.
    wait_until(lambda: lab.exec("hv-1", "ovs-vsctl", "get", "interface",
                                "vm-web-3", "external_ids:nve-settled")
               .strip() == "web-3", "the interface is marked")
    lab.sandbox("unplug", "hv-3", "web-3")
    lab.plug("hv-3", "web-3")
    with only_at(lab, "hv-3"):
        with lab.without("hv-1", "geneve-agentd"):
            pass
        wait_until(lambda: is_refused(lab, "hv-1", "hv-3"), "hv-1 says so")


def test_unplugged_while_cut_off(roaming):
    """Who learns late that another has it does not give it up for that one."""
    lab = roaming
    with contextlib.ExitStack() as stack:
        with cut_off(lab, "hv-3"):
            lab.plug("hv-1", "web-3")
            lab.unplug("hv-3", "web-3")
            wait_until(lambda: "web-3" not in [
                e["name"] for e in lab.agentctl("hv-3", "endpoint", "list")
                if e["local"]], "hv-3 sees the unplug")
            stack.enter_context(only_at(lab, "hv-1"))
        lab.wait_ping("web-6", "10.0.0.3")
    assert lab.ping("web-2", "10.0.0.3") == 3


ID = "external_ids:iface-id=web-3"
HOLD = "external_ids:nve-claim=hold"


@contextlib.contextmanager
def both_have_the_port(lab, what):
    """As during the copying of a VM's memory: hv-1 has a port of web-3, too,
    and waits for its turn while in the block."""
    lab.plug("hv-1", "web-3")                   # What takes its time.
    lab.exec("hv-1", "ovs-vsctl", "remove", "interface", "vm-web-3",
             "external_ids", "iface-id")
    lab.wait_running("web-3", "hv-3")
    lab.wait_ping("web-2", "10.0.0.3")
    if what == "spec.nve":
        lab.patch("Endpoint", "web-3", {"spec": {"nve": "hv-3"}})
    with only_at(lab, "hv-3"):
        lab.exec("hv-1", "ovs-vsctl", "set", "interface", "vm-web-3",
                 *([HOLD] if what == "hold" else []), ID)
        wait_until(lambda: any(
            {"hold": "nve-claim=hold", "spec.nve": "spec.nve"}[what]
            in (e["message"] or "")
            for e in lab.agentctl("hv-1", "endpoint", "list")
            if e["name"] == "web-3"), "hv-1 has the port and waits")
        assert what != "hold" or not [
            a for a in lab.agentctl("hv-1", "status")["alarms"]
            if "web-3" in a["object"]]
        for source in "web-1", "web-2":
            assert lab.ping(source, "10.0.0.3") == 3
        yield


def hand_over(lab, what):
    """What whoever runs the migration does once the VM runs on hv-1."""
    if what == "hold":
        lab.exec("hv-1", "ovs-vsctl", "remove", "interface", "vm-web-3",
                 "external_ids", "nve-claim")
    else:
        lab.patch("Endpoint", "web-3", {"spec": {"nve": "hv-1"}})


@pytest.mark.alone
@pytest.mark.parametrize("what", ["hold", "spec.nve"])
def test_live_migration(roaming, record_property, what):
    """While the target's port is on hold, or another node is the endpoint's,
    the source keeps the traffic; the target takes over when it is let."""
    lab = roaming
    try:
        with both_have_the_port(lab, what):
            pass
        with lab.capture("hv-1") as capture, lab.running(
                "vm", "web-2", "ping", "-n", "-i", "0.005", "10.0.0.3"):
            start = time.time()
            hand_over(lab, what)
            told = time.time()
            first = wait_until(
                lambda: capture.packets("192.0.2.1", "192.0.2.2",
                                        icmp_type=0),
                "web-3 answers from hv-1")[0].time
        record_property("seconds", first - start)
        print("%.3f s from the start of the command, %.3f from its end" % (
            first - start, first - told))
        assert first - start < SOON
        lab.wait_running("web-3", "hv-1")
    finally:
        lab.patch("Endpoint", "web-3", {"spec": {"nve": None}})


def test_claimed_by_two_at_once(roaming):
    """Both plug it in at the same moment: the newer claim has it, the other
    node knows."""
    lab = roaming
    lab.unplug("hv-3", "web-3")
    for node in ("hv-1", "hv-2"):       # What takes its time.
        lab.plug(node, "web-3", wait=False)
        lab.exec(node, "ovs-vsctl", "remove", "interface", "vm-web-3",
                 "external_ids", "iface-id")

    def settled():
        status = lab.endpoint_status("web-3")
        assert status.get("phase") == "Running", status
        winner = status["nve"]
        loser = {"hv-1": "hv-2", "hv-2": "hv-1"}[winner]
        return is_refused(lab, loser, winner) and winner

    for _ in range(3):
        wait_until(lambda: not lab.endpoint_status("web-3").get("nve"),
                   "nobody has it")
        with watching(lab, "web-3") as seen:
            with lab.running("exec", "hv-1", "ovs-vsctl", "set", "interface",
                             "vm-web-3", ID) as one, \
                 lab.running("exec", "hv-2", "ovs-vsctl", "set", "interface",
                             "vm-web-3", ID) as two:
                assert one.wait(20) == two.wait(20) == 0
            winner = wait_until(settled, "one of them has it")
            lab.wait_ping("web-" + winner[3:], "10.0.0.3")
            for source in "web-1", "web-2":
                assert lab.ping(source, "10.0.0.3") == 3
            assert settled() == winner
            claims = [place for place in places(seen()) if place]
            changes = [b for a, b in zip([None] + claims, claims) if a != b]
            # The first one, the newer one, and once more if the first one was
            # superseded before it had seen itself.
            assert len(changes) <= 3 and changes[-1] == winner, claims
        for node in "hv-1", "hv-2":
            lab.exec(node, "ovs-vsctl", "remove", "interface", "vm-web-3",
                     "external_ids", "iface-id")
