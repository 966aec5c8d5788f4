"""Taking back what was advertised: advertise without it, go on receiving it
until every sender has applied that, then unmap it.

A sender that is slow to apply is one whose agent is stopped (SIGSTOP): its
switch goes on sending as before.  The option that comes and goes is critical,
so that a receiver that does not map it drops the packets that carry it.
"""
import re
import time

import pytest

import world
from lab import resource
from stopping import stopped
from waiting import wait_until
from world import ALL, CT, ct, entry, table

NOTE = "0xff01/0x90"
NOTE_ENTRY = {"class": "0xff01", "type": "0x90", "length": 4}
BASE = [(name, option[3]) for name, option in world.OPTIONS.items()]
WITH_NOTE = sorted(ALL + [NOTE])
SHORT_GRACE = 2.0


@pytest.fixture(scope="module")
def lab_of_three(own_lab):
    lab = own_lab(3)
    world.load(lab)
    lab.apply(world.geneve_option("note", NOTE, 4,
                                  {"constant": "0x00000007"}))
    return lab


@pytest.fixture
def lab(lab_of_three):
    """All nodes send and take the note."""
    lab = lab_of_three
    set_profile(lab, "note")
    everybody = {node: WITH_NOTE for node in lab.names}
    world.settle(lab, everybody)
    over(lab)
    yield lab
    if lab.changed:
        lab.restore()
    set_profile(lab)
    world.settle(lab)
    over(lab)


def set_profile(lab, *more):
    lab.apply(world.profile("web", *BASE, *more))


def withdrawals(lab, node):
    return lab.agentctl(node, "status")["withdrawals"]


def mapped(lab, node):
    """The options in the map of a node's bridge."""
    text = lab.exec(node, "ovs-ofctl", "dump-tlv-map", "br-int")
    return sorted("0x%04x/0x%02x" % (int(c, 16), int(t, 16)) for c, t in
                  re.findall(r"0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+\d+", text))


def acks(lab):
    return {ack["metadata"]["name"]: ack
            for ack in lab.list("AdvertisementAck")}


def over(lab):
    """Waits until nothing is withdrawn, nobody says so, and no ack is left."""
    for node in lab.names:
        wait_until(lambda node=node: not withdrawals(lab, node),
                   "%s withdraws nothing" % node, deadline=40)
        wait_until(lambda node=node: "withdrawing" not in lab.get(
            "NVE", node)["status"], "%s says so" % node)
    wait_until(lambda: not acks(lab), "no ack is left")


def without_agent(lab, node):
    return stopped(lab.agentctl(node, "status")["agent"]["pid"])


def wait_withdrawal(lab, node, waiting_for, options=(NOTE,), required=()):
    def seen():
        found = withdrawals(lab, node)
        assert len(found) == 1, found
        assert found[0]["options"] == list(options), found
        assert found[0]["required"] == list(required), found
        assert found[0]["waitingFor"] == list(waiting_for), found
        assert found[0]["until"], found
        return found[0]
    return wait_until(seen, "%s waits for %s" % (node, waiting_for))


def notes(capture, sender, receiver):
    """How many packets had the note, and how many had not."""
    packets = capture.packets("192.0.2." + sender[3:],
                              "192.0.2." + receiver[3:])
    return (sum(NOTE in p.options for p in packets),
            sum(NOTE not in p.options for p in packets))


def test_a_slow_sender_keeps_it_mapped(lab):
    with without_agent(lab, "hv-2"):
        set_profile(lab)
        wait_withdrawal(lab, "hv-1", ["hv-2"])

        # It is no longer advertised, but received.
        nve = lab.get("NVE", "hv-1")
        receive = nve["status"]["receive"]
        withdrawing = nve["status"]["withdrawing"]
        assert len(receive["options"]) == len(ALL)
        assert withdrawing["id"] == receive["id"]
        assert withdrawing["options"] == [NOTE]
        assert mapped(lab, "hv-1") == WITH_NOTE
        with lab.capture("hv-1") as capture:
            assert lab.ping("web-2", "10.0.0.1", count=20) == 20
            assert wait_until(lambda: notes(capture, "hv-2", "hv-1")[0] >= 20,
                              "the note on the wire")
            assert notes(capture, "hv-1", "hv-2")[0] == 0

        # Who has applied it, says so, and nobody else.
        wait_until(lambda: sorted(acks(lab)) == ["hv-1.hv-3", "hv-3.hv-1"],
                   "the acks of hv-1 and hv-3")
        found = acks(lab)
        ack = found["hv-3.hv-1"]
        assert ack["metadata"]["labels"] == {"nvo3.io/nve": "hv-1"}
        assert ack["spec"] == {"sender": "hv-3", "receiver": "hv-1",
                               "applied": str(receive["id"])}

        # Shown.
        applied = {r["name"]: r["applied"]
                   for r in lab.agentctl("hv-1", "remote", "list")}
        assert applied == {"hv-2": False, "hv-3": True}
        assert lab.remote("hv-1", "hv-2")["applied"] is False
        text = lab.exec("hv-1", "agentctl", "remote", "list")
        assert re.search(r"NAME +STATUS +APPLIED", text), text
        assert re.search(r"hv-2 +ok +no ", text), text
        text = lab.exec("hv-1", "agentctl", "status")
        assert re.search(r"withdrawal +published +%s still received, until "
                         r".* waiting for hv-2" % NOTE,
                         " ".join(text.split())), text

        # Nothing changes as long as it does not.
        start = time.monotonic()
        wait_until(lambda: time.monotonic() > start + 2, "2 s have passed")
        assert mapped(lab, "hv-1") == WITH_NOTE
    wait_until(lambda: mapped(lab, "hv-1") == ALL, "it is unmapped")
    over(lab)
    assert all(r["applied"] for r in lab.agentctl("hv-1", "remote", "list"))
    assert "APPLIED" not in lab.exec("hv-1", "agentctl", "remote", "list")
    assert lab.ping("web-2", "10.0.0.1") == 3


def test_the_grace_time_ends(lab):
    """A sender that never acknowledges is waited for so long and no longer;
    its late ack does not stay."""
    for node in lab.names:
        lab.set(node, nve_withdraw_grace=int(SHORT_GRACE * 1000))
    with without_agent(lab, "hv-2"):
        start = time.monotonic()
        set_profile(lab)
        wait_until(lambda: mapped(lab, "hv-1") == ALL, "it is unmapped")
        assert time.monotonic() - start >= SHORT_GRACE
        wait_until(lambda: not withdrawals(lab, "hv-1"), "it is over")

        # What this is for: now the packets of that sender are dropped.
        assert lab.ping("web-2", "10.0.0.1", count=5, wait=0.2) == 0
        wait_until(lambda: not acks(lab), "no ack is left")
    lab.wait_ping("web-2", "10.0.0.1")
    world.settle(lab)
    over(lab)


def test_back_again(lab):
    """An option that is wanted again is not unmapped."""
    index = [line for line in lab.exec(
        "hv-1", "ovs-ofctl", "dump-tlv-map", "br-int").splitlines()
        if "0x90" in line]
    with without_agent(lab, "hv-2"):
        set_profile(lab)
        wait_withdrawal(lab, "hv-1", ["hv-2"])
        set_profile(lab, "note")
        wait_until(lambda: not withdrawals(lab, "hv-1"), "nothing withdrawn")
        assert lab.ping("web-2", "10.0.0.1") == 3
    over(lab)
    assert [line for line in lab.exec(
        "hv-1", "ovs-ofctl", "dump-tlv-map", "br-int").splitlines()
        if "0x90" in line] == index


def test_narrowed_by_the_operator(lab):
    """The profile still has it, so the map keeps it; but who advertised it
    last waits all the same, and what comes is received."""
    narrow = table(*world.OPTIONS, order="any")
    with without_agent(lab, "hv-2"):
        lab.set_receive("hv-1", narrow)
        wait_withdrawal(lab, "hv-1", ["hv-2"])
        with lab.capture("hv-1") as capture:
            assert lab.ping("web-2", "10.0.0.1") == 3
            wait_until(lambda: notes(capture, "hv-2", "hv-1")[0] >= 3,
                       "the note on the wire")
    over(lab)
    world.settle(lab, {"hv-1": ALL, "hv-2": WITH_NOTE, "hv-3": WITH_NOTE})
    assert mapped(lab, "hv-1") == WITH_NOTE
    assert lab.ping("web-2", "10.0.0.1") == 3


def test_required_from_when_senders_know(lab):
    """A receiver that begins to require an option drops packets without it
    only when no sender can be ignorant of that, and stops at once."""
    set_profile(lab)
    world.settle(lab)
    over(lab)
    wanted = table(*world.OPTIONS)
    wanted["options"].append({**NOTE_ENTRY, "required": True})
    with without_agent(lab, "hv-2"):
        lab.set_receive("hv-1", wanted)
        wait_withdrawal(lab, "hv-1", ["hv-2"], options=[], required=[NOTE])
        assert lab.get("NVE", "hv-1")["status"]["withdrawing"][
            "required"] == [NOTE]
        assert lab.ping("web-2", "10.0.0.1") == 3
        lab.set(node="hv-1", nve_withdraw_grace=1)
        wait_until(lambda: not withdrawals(lab, "hv-1"), "it is required")
        wait_until(lambda: lab.ping("web-2", "10.0.0.1", count=1,
                                    wait=0.2) == 0, "it is enforced")
    lab.wait_transmit("hv-2", "hv-1", "web", status="blocked")
    lab.set_receive("hv-1", None)
    world.settle(lab)
    lab.wait_ping("web-2", "10.0.0.1")


def test_what_is_required_may_have_any_value(lab):
    """It is its presence that is required: an option that is there comes in,
    whatever its data."""
    set_profile(lab)
    world.settle(lab)
    over(lab)
    wanted = table(*world.OPTIONS)
    for entry in wanted["options"]:
        entry["required"] = True
    lab.set_receive("hv-1", wanted)
    wait_until(lambda: all(e.get("required") for e in lab.get("NVE", "hv-1")[
        "status"]["receive"]["options"]), "it says so")
    over(lab)
    world.settle(lab)
    matches = lab.exec("hv-1", "ovs-ofctl", "-O", "OpenFlow15", "dump-flows",
                       "br-int", "table=10")
    assert matches.count("tun_metadata") >= len(ALL), matches
    assert lab.ping("web-2", "10.0.0.1") == 3
    lab.set_receive("hv-1", None)
    over(lab)
    world.settle(lab)


def test_restart_in_the_middle(lab):
    with without_agent(lab, "hv-2"):
        set_profile(lab)
        before = wait_withdrawal(lab, "hv-1", ["hv-2"])
        lab.kill("hv-1", "geneve-agentd")
        start = time.monotonic()
        wait_until(lambda: time.monotonic() > start + 1.1,
                   "the clock shows another second")
        lab.start_daemon("hv-1", "geneve-agentd")
        after = wait_until(
            lambda: wait_withdrawal(lab, "hv-1", ["hv-2"]), "it goes on")
        assert after["since"] > before["since"]
        assert mapped(lab, "hv-1") == WITH_NOTE
        assert lab.ping("web-2", "10.0.0.1") == 3
    wait_until(lambda: mapped(lab, "hv-1") == ALL, "it is unmapped")
    over(lab)


def test_acknowledged_only_to_those_who_ask(lab):
    """Only the NVE that withdraws something gets acks."""
    seen = set()
    lab.set_receive("hv-1", table("policy-label"))

    def done():
        seen.update(acks(lab))
        sent = lab.transmit("hv-2", "hv-1", "web")
        return (sent["options"] == ct("policy-label")
                and not withdrawals(lab, "hv-1"))
    wait_until(done, "it is done")
    assert seen <= {"hv-2.hv-1", "hv-3.hv-1"}
    over(lab)


def test_sent_by_another_plan(lab):
    """A sender that serves the receiver by a further plan acknowledges, too,
    and long before the grace time is over."""
    lab.set_receive("hv-2", table("policy-label", "qos-class",
                                  order="strict"))
    lab.set_receive("hv-3", table("qos-class", "policy-label",
                                  order="strict"))
    lab.wait_transmit("hv-1", "hv-2", "web",
                      options=ct("policy-label", "qos-class"))
    lab.wait_transmit("hv-1", "hv-3", "web",
                      options=ct("qos-class", "policy-label"))
    over(lab)
    plans = [lab.transmit("hv-1", node, "web")["plan"]
             for node in ("hv-2", "hv-3")]
    assert sorted(p > 0 for p in plans) == [False, True], plans
    start = time.monotonic()
    for node in "hv-2", "hv-3":
        lab.set_receive(node, table("policy-label", order="strict"))
    for node in "hv-2", "hv-3":
        lab.wait_transmit("hv-1", node, "web", options=ct("policy-label"))
        wait_until(lambda node=node: not withdrawals(lab, node),
                   "%s withdraws nothing" % node)
    assert time.monotonic() - start < 20
    over(lab)


def note_of_length(length):
    return world.geneve_option("note", NOTE, length,
                               {"constant": "0x" + length * "07"})


def redefine_note(lab, length):
    """A definition never changes: another one takes its place."""
    set_profile(lab)
    lab.delete("GeneveOption", "note")
    lab.apply(note_of_length(length))
    set_profile(lab, "note")


def test_another_length(lab):
    """The old form is received until its last sender is gone, and only then
    the new one advertised: a bridge maps an option once."""
    def lengths(node):
        return {e["type"]: e["length"] for e in lab.get("NVE", node)[
            "status"]["receive"]["options"]}
    try:
        with without_agent(lab, "hv-2"):
            redefine_note(lab, 8)
            wait_withdrawal(lab, "hv-1", ["hv-2"])
            assert "0x90" not in lengths("hv-1")
            with lab.capture("hv-1") as capture:
                assert lab.ping("web-2", "10.0.0.1") == 3
                wait_until(lambda: notes(capture, "hv-2", "hv-1")[0] >= 3,
                           "the note on the wire")
        wait_until(lambda: lengths("hv-1").get("0x90") == 8,
                   "the new one is advertised")
        world.settle(lab, {node: WITH_NOTE for node in lab.names})
        assert lab.ping("web-2", "10.0.0.1") == 3
    finally:
        redefine_note(lab, 4)
        wait_until(lambda: all(lengths(node).get("0x90") == 4
                               for node in lab.names), "as it was")


def test_no_room(lab):
    """An option that has to leave a full map leaves it in the same way, and
    the one that takes its place waits."""
    large, small = "0xff01/0x0b", "0xff01/0x0c"
    red = world.endpoint("red-1", "red", 1, net="10.1.0")
    with lab.temporary(
            world.geneve_option("large", large, 124, {
                "constant": "0x" + 124 * "00"}),
            world.geneve_option("small", small, 100, {
                "constant": "0x" + 100 * "00"}),
            world.profile("red", ("large", False, 10)),
            world.vpc("red", 5001, "10.1.0.0/24", optionProfile="red"), red):
        lab.plug("hv-1", "red-1")
        try:
            wait_until(lambda: mapped(lab, "hv-1")
                       == sorted(WITH_NOTE + [large]), "it is mapped")
            with without_agent(lab, "hv-2"):
                # 32 + 124 + 100 bytes are all that there is, but the note,
                # which has the last place, leaves no room for four more.
                set_profile(lab, ("note", False, 500))
                lab.apply(world.geneve_option("more", "0xff01/0x0d", 4, {
                              "constant": "0x00000000"}),
                          world.profile("red", ("large", False, 10),
                                        ("small", False, 20),
                                        ("more", False, 30)))
                wait_withdrawal(lab, "hv-1", ["hv-2"])
                assert "0xff01/0x0d" not in mapped(lab, "hv-1")
                assert lab.ping("web-2", "10.0.0.1") == 3
            wait_until(lambda: mapped(lab, "hv-1") == sorted(
                ALL + [large, small, "0xff01/0x0d"]), "there is room")
        finally:
            lab.unplug("red-1")
            lab.apply(world.profile("red", ("large", False, 10)))
            lab.delete("GeneveOption", "more")
            set_profile(lab, "note")
            wait_until(lambda: mapped(lab, "hv-1") == WITH_NOTE,
                       "as it was", deadline=40)


def test_the_last_endpoint_leaves(lab):
    """With its last VPC a node shares none with anybody: nobody is waited
    for."""
    start = time.monotonic()
    lab.unplug("web-3")
    try:
        wait_until(lambda: not mapped(lab, "hv-3"), "all is unmapped")
        assert time.monotonic() - start < 15
    finally:
        lab.plug("hv-3", "web-3")


@pytest.mark.alone
def test_nothing_is_lost(lab):
    """At a high rate, both ways, while the note goes and comes."""
    for source, target in (("web-1", "10.0.0.2"), ("web-2", "10.0.0.1")):
        lab.wait_ping(source, target)
    with lab.running("vm", "web-1", "ping", "-q", "-n", "-i", "0.002",
                     "10.0.0.2") as ping, lab.capture("hv-1") as capture:
        wait_until(lambda: notes(capture, "hv-1", "hv-2")[0] > 100,
                   "packets with the note")
        for more, expected in ((), ALL), (("note",), WITH_NOTE), ((), ALL):
            set_profile(lab, *more)
            world.settle(lab, {node: expected for node in lab.names})
            over(lab)
        wait_until(lambda: sum(notes(capture, "hv-1", "hv-2")) > 1000,
                   "a thousand packets")
        assert ping.poll() is None
    sent, received = map(int, re.search(
        r"(\d+) packets transmitted, (\d+) received", ping.output).groups())
    assert sent > 1000
    assert sent - received <= 1, ping.output      # The last one's answer.


@pytest.mark.parametrize("value", ["30s", "-1"])
def test_bad_setting(lab, value):
    lab.set("hv-1", nve_withdraw_grace=value)
    wait_until(lambda: any("nve-withdraw-grace" in a["object"] + a["message"]
                           for a in lab.agentctl("hv-1", "status")["alarms"]),
               "there is an alarm")


def test_file_source(own_lab):
    """Without a controller there is the grace time only."""
    lab = own_lab(2)
    path = lab.files / "objects.json"
    note = world.geneve_option("note", NOTE, 4, {"constant": "0x00000007"})

    def write(*more):
        ends = [world.endpoint("web-%d" % k, "blue", k, nve="hv-%d" % k)
                for k in (1, 2)]
        base = [o for o in world.objects(0) if o["kind"] != "OptionProfile"]
        nves = [resource("NVE", node, {"underlay": {
            "ips": ["192.0.2." + node[3:]]}}, {"receive": {"options": [
                *map(entry, world.OPTIONS), *[NOTE_ENTRY for _ in more]]}})
                for node in lab.names]
        lab.write(path, world.as_list(
            base + [note, world.profile("web", *BASE, *more)] + nves + ends))

    write("note")
    for k, node in enumerate(lab.names, 1):
        lab.set(node, nve_controller="file://%s" % path,
                nve_withdraw_grace=int(SHORT_GRACE * 1000))
        lab.sandbox("plug", node, "web-%d" % k)
    world.settle(lab, {node: WITH_NOTE for node in lab.names})
    wait_until(lambda: mapped(lab, "hv-1") == WITH_NOTE, "it is mapped")
    wait_until(lambda: not withdrawals(lab, "hv-1"), "nothing withdrawn")
    start = time.monotonic()
    write()
    wait_withdrawal(lab, "hv-1", ["hv-2"])
    wait_until(lambda: mapped(lab, "hv-1") == sorted(CT.values()),
               "it is unmapped")
    assert time.monotonic() - start >= SHORT_GRACE
