"""How changes go to the switch: one by itself, several in a bundle; and what
becomes of a bundle if the switch refuses a part of it, drops it, or dies.
"""
import contextlib
import time

import of_relay
from ofctrl_driver import (AT_ONCE, COOKIE, Driver, flow, our_flows,
                           wait_status)
from ofctrl_driver import bridge, driver, switch     # noqa: F401
from stopping import stopped
from waiting import wait_until


@contextlib.contextmanager
def sending(switch, driver, flows):
    """Wants 'flows' of owner "x".  In the block they are on their way, and the
    switch stands still.  Gives the status before that.

    The driver reads the TLV map each second, and begins nothing else until it
    has it.  If the switch stops amid that, all begins again.  So there must
    not be so many flows that a slow machine needs a second for them."""
    state = None
    while state != "sending flows":
        driver.replace("x", 1)
        before = driver.wait()
        with stopped(switch.dir / "vswitchd.pid"):
            driver.replace("x", 1, *flows)
            state = wait_status(
                driver, lambda s: s["state"] != "steady" and s["state"],
                "the driver does something")
            if state == "sending flows":
                yield before


def test_a_switch_that_dies_within_a_bundle(switch, bridge, driver):
    driver("complete", "true")
    flows = ["table=5,metadata=%d actions=drop" % i for i in range(4000)]
    driver.replace("first", 1, "table=0 actions=drop")
    with sending(switch, driver, flows) as before:
        sent = driver.status()["flowMods"] - before["flowMods"]
        assert sent < 4000          # Bounded queue.
        # What is wanted changes meanwhile.
        driver.replace("x", 1, *flows[1:])
        driver("clear", "first")
        switch.kill_vswitchd()
    switch.start_vswitchd()
    assert driver.wait()["connected"]
    assert len(switch.flows(bridge)) == 3999


def test_changes_during_a_bundle_follow_it(switch, bridge, driver):
    driver("complete", "true")
    with sending(switch, driver, ["table=5,metadata=%d actions=drop" % i
                                  for i in range(3000)]) as before:
        driver.replace("x", 1, "table=5,metadata=7 actions=output:1",
                       "table=5,metadata=8 actions=drop")
        assert not driver.confirmed("x")
    status = driver.wait()
    assert set(switch.flows(bridge)) == {
        flow(1, "table=5 metadata=0x7 actions=output:1"),
        flow(1, "table=5 metadata=0x8 actions=drop")}
    assert status["bundles"] - before["bundles"] == 2
    assert status["flowMods"] - before["flowMods"] == 3000 + 2999


def test_one_change_needs_no_bundle(switch, bridge):
    """It is added, changed, refused and deleted without one."""
    kinds = []
    relay = of_relay.Relay(switch.dir / (bridge + ".mgmt"),
                           lambda kind, _: kinds.append(kind))
    d = Driver(switch, bridge, relay.dir)
    d("complete", "true")
    d.replace("x", 1, "table=1 actions=drop")
    d.wait()
    assert d.confirmed("x")
    d.replace("x", 1, "table=1 actions=output:1")
    d.wait()
    assert set(switch.flows(bridge)) == {flow(1, "table=1 actions=output:1")}
    d.replace("y", 2, "table=2 actions=group:99")
    assert d.wait()["errors"] == 1
    [(name, error)] = d.errors()
    assert name == "y" and "OFPBAC_BAD_OUT_GROUP" in error
    assert d.confirmed("x") and not d.confirmed("y")
    d.replace("y", 2)
    d.replace("x", 1)
    d.wait()
    assert not switch.flows(bridge)
    assert of_relay.BUNDLE_CONTROL not in kinds
    d.replace("x", 1, "table=1 actions=drop", "table=2 actions=drop")
    d.wait()
    assert of_relay.BUNDLE_CONTROL in kinds
    d("exit")
    assert d.process.wait(20) == 0
    relay.close()


CHANGES = (of_relay.FLOW_MOD, of_relay.BARRIER_REQUEST,
           of_relay.BUNDLE_CONTROL, of_relay.BUNDLE_ADD)


@contextlib.contextmanager
def relayed(switch, bridge, look=lambda kind, message: None):
    """A driver, and a list of what it sends to change something: words for
    types of messages, for BUNDLE_CONTROL what is to be done."""
    sent = []

    def look_and_note(kind, message):
        if kind == of_relay.BUNDLE_CONTROL:
            sent.append({of_relay.OPEN: "open", of_relay.COMMIT: "commit",
                         of_relay.DISCARD: "discard"}[
                             of_relay.control_type(message)])
        elif kind in CHANGES:
            sent.append({of_relay.FLOW_MOD: "flow",
                         of_relay.BARRIER_REQUEST: "barrier",
                         of_relay.BUNDLE_ADD: "add"}[kind])
        return look(kind, message)
    relay = of_relay.Relay(switch.dir / (bridge + ".mgmt"), look_and_note)
    switch.ofctl("add-flow", bridge, "cookie=%#x,table=9 actions=drop"
                 % (COOKIE | 9))
    d = Driver(switch, bridge, relay.dir)
    d.replace("first", 9, "table=9 actions=drop")
    d("complete", "true")
    d.wait()
    assert not sent
    yield d, sent
    d("exit")
    assert d.process.wait(20) == 0
    relay.close()


# The relay refuses flows with this action when they are to be added to a
# bundle.  The switch itself refuses most of what it does at the commit.
BAD = "set_field:0xbadbad->reg0"


def refuse_bad_flows(kind, message):
    if kind in CHANGES and b"\x00\xba\xdb\xad" in message:
        return of_relay.error(message, 2, 15)   # OFPBAC_BAD_SET_ARGUMENT.
    return None


def test_a_small_bundle_takes_one_exchange(switch, bridge):
    with relayed(switch, bridge, refuse_bad_flows) as (d, sent):
        d.replace("x", 1, "table=1 actions=drop", "table=2 actions=drop")
        d.wait()
        assert sent == ["add", "add", "commit"]
        assert d.confirmed("x")
        del sent[:]
        # One that does not go out at once is checked first.
        d.replace("x", 1, *["table=5,metadata=%d actions=drop" % i
                            for i in range(1500)])
        d.wait()
        assert sent == [*["add"] * 1502, "barrier", "commit"]
        assert d.confirmed("x")
        assert len(switch.flows(bridge)) == 1501
        del sent[:]
        # If it is not good, it is given up as a whole.
        d.replace("x", 1, *["table=5,metadata=%d actions=%s"
                            % (i, "output:1" if i else BAD)
                            for i in range(1500)])
        d.wait()
        assert sent == [*["add"] * 1500, "barrier", "discard",
                        *["add"] * 1500, "barrier", "commit"]
        assert len(switch.flows(bridge)) == 1500


def test_a_refused_flow_in_a_small_bundle(switch, bridge):
    """The others are in the switch at once; it is told and tried again."""
    is_good = False
    with relayed(switch, bridge, lambda *args: (
            not is_good and refuse_bad_flows(*args))) as (d, sent):
        d.replace("bad", 1, "table=1 actions=drop")
        d.replace("good", 2, "table=2 actions=drop", "table=3 actions=drop")
        d.wait()
        with d.at_once():
            d.replace("bad", 1, "table=1 actions=" + BAD,
                      "table=4 actions=" + BAD, "table=5 actions=drop")
            d.replace("good", 2, "table=2 actions=output:1",
                      "table=6 actions=drop")
            del sent[:]
        status = d.wait()
        # In the end what is left of the old version is deleted, alone.
        assert sent == [*["add"] * 6, "commit", "flow", "barrier"]
        assert our_flows(switch, bridge) == {
            flow(1, "table=5 actions=drop"),
            flow(2, "table=2 actions=output:1"),
            flow(2, "table=6 actions=drop"),
            flow(9, "table=9 actions=drop")}
        assert status["errors"] == 2
        assert status["installed"] == 4
        assert {e for e in d.errors()} == {
            ("bad", "flow table=%d,priority=32768: OFPBAC_BAD_SET_ARGUMENT"
             % i)
            for i in (1, 4)}
        assert d.confirmed("good") and not d.confirmed("bad")

        # If nothing is left to be done, the rest is confirmed as it is.
        with d.at_once():
            d.replace("good", 2, "table=2 actions=output:1",
                      "table=6 actions=output:1")
            d.replace("new", 3, "table=7 actions=" + BAD)
            del sent[:]
        assert d.wait()["errors"] == 3
        assert sent == [*["add"] * 2, "commit"]
        assert d.confirmed("good") and not d.confirmed("new")

        is_good = True
        wait_until(lambda: d.confirmed("new") and d.confirmed("bad"),
                   "they are tried again")
        assert not d.errors()
        assert d.wait()["installed"] == 7
        assert len(our_flows(switch, bridge)) == 7


def test_refused_flows_are_tried_again_in_a_row(switch, bridge):
    """More and more of them, one answer after the other."""
    is_good = False
    begun = []

    def look(kind, message):
        if is_good and kind in CHANGES:
            begun.append(time.monotonic())
        return None if is_good else refuse_bad_flows(kind, message)

    with relayed(switch, bridge, look) as (d, _):
        d.replace("x", 1, *["table=5,metadata=%d actions=%s" % (i, BAD)
                            for i in range(15)])
        assert d.wait()["errors"] == 15
        is_good = True
        d("time/warp", 5000)
        wait_status(d, lambda s: s["installed"] == 16, "all are accepted")
    # One and a barrier, two and a commit, four, eight.
    assert len(begun) == 2 + 3 + 5 + 9
    assert min(begun[i] - begun[i - 1] for i in (2, 5, 10)) < AT_ONCE


def test_a_refused_deletion_in_a_small_bundle(switch, bridge):
    """The others are in the switch at once; it is tried again after a
    second."""
    n_refused = 0

    def look(_, message):
        nonlocal n_refused
        if (message[1] == of_relay.BUNDLE_ADD and n_refused < 2
                and of_relay.deletes_flow(message)):
            n_refused += 1
            return of_relay.error(message, 1, 5)        # OFPBRC_EPERM.
        return None
    with relayed(switch, bridge, look) as (d, sent):
        d.replace("x", 1, "table=1 actions=drop", "table=2 actions=drop")
        d.replace("z", 3, "table=3 actions=drop")
        d.wait()
        before = our_flows(switch, bridge)
        with d.at_once():
            d("clear", "x")
            d.replace("y", 2, "table=4 actions=drop")
            d.replace("z", 3, "table=3 actions=output:1")
            del sent[:]
        wait_until(d.errors, "it is refused")
        assert d.errors() == [("OpenFlow", "OFPBRC_EPERM")]
        assert n_refused == 2
        assert our_flows(switch, bridge) == (
            before - {flow(3, "table=3 actions=drop")}
            | {flow(2, "table=4 actions=drop"),
               flow(3, "table=3 actions=output:1")})
        assert not d.confirmed("y")
        d.wait()
        assert sent == [*["add"] * 4, "commit", *["add"] * 2, "commit"]
        assert our_flows(switch, bridge) == {
            flow(2, "table=4 actions=drop"),
            flow(3, "table=3 actions=output:1"),
            flow(9, "table=9 actions=drop")}
        assert d.confirmed("y") and not d.errors()


def test_fault_a_bundle_that_the_switch_has_dropped(switch, bridge):
    """If it commits it nevertheless, nobody knows how much of it: all is
    read."""
    n_dropped = 0

    def look(kind, message):
        nonlocal n_dropped
        # The first of two flows goes with the bundle, the other one opens a
        # new one.
        if kind in CHANGES and n_dropped < 1:
            n_dropped += 1
            return of_relay.error(message, 17, 14)      # OFPBFC_TIMEOUT.
        return None
    with relayed(switch, bridge, look) as (d, sent):
        d.replace("x", 1, "table=1 actions=drop", "table=2 actions=drop")
        d.wait()
        assert sent[:3] == ["add", "add", "commit"]
        assert "a part of a bundle was committed" in d.log()
        assert our_flows(switch, bridge) == {
            flow(1, "table=1 actions=drop"), flow(1, "table=2 actions=drop"),
            flow(9, "table=9 actions=drop")}
        assert d.status()["installed"] == 3
        assert d.confirmed("x") and not d.errors()
