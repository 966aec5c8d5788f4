"""The agent's OpenFlow part alone, against a real ovs-vswitchd.

tests/ofctrl-driver holds what is wanted; what the switch has is read with
ovs-ofctl, and what was sent is told by the driver's counters.
"""
import contextlib
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time

import pytest

import of_relay
import ovs
from control import Control
from stopping import stopped
from waiting import SLOWNESS, wait_until

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GA_BUILDDIR", TOP / "build"))
COOKIE = 0x67656e65 << 32

A = "{class=0xff01,type=0x01,len=4}->tun_metadata%d"
B = "{class=0xff01,type=0x82,len=8}->tun_metadata%d"
C = "{class=0xff01,type=0x03,len=4}->tun_metadata%d"


@pytest.fixture(scope="module")
def switch():
    s = ovs.Ovs().start()
    yield s
    s.stop()


@pytest.fixture
def bridge(switch):
    """The name of a bridge of the test's own."""
    bridge.n = getattr(bridge, "n", 0) + 1
    name = "t%d" % bridge.n
    switch.add_bridge(name, ["%s-p%d type=dummy ofport_request=%d"
                             % (name, i, i) for i in (1, 2)])
    yield name
    switch.vsctl("--if-exists", "del-br", name)


class Driver:
    """Looks for bridges, and has its own socket, in 'directory', or where the
    switch has them."""

    def __init__(self, switch, bridge, directory=None):
        self.switch = switch
        self.dir = directory or switch.dir
        self.bridge = bridge
        self.n_files = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [str(BUILD / "tests" / "ofctrl-driver"),
             "--bridge=" + self.bridge,
             "--log-file=%s/driver-%s.log" % (self.switch.dir, self.bridge)],
            env=dict(self.switch.env, OVS_RUNDIR=str(self.dir)))
        self.ctl = (self.dir
                    / ("ofctrl-driver.%d.ctl" % self.process.pid))
        wait_until(self.listens, "the driver has started")

    def listens(self):
        with socket.socket(socket.AF_UNIX) as sock:
            return sock.connect_ex(str(self.ctl)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.kill()
        self.start()

    def __call__(self, *args):
        return self.switch.run("ovs-appctl", "-t", self.ctl, *args).rstrip(
            "\n")

    def replace(self, owner, cookie, *flows):
        path = self.switch.dir / ("flows-%d" % self.process.pid)
        path.write_text("".join(flow + "\n" for flow in flows))
        self("replace", owner, cookie, path)

    @contextlib.contextmanager
    def at_once(self):
        """What is said in the block takes effect at its end."""
        self("complete", "false")
        yield
        self("complete", "true")

    def wait(self):
        """Waits until all is done; returns the status."""
        return json.loads(self("wait"))

    def status(self):
        return json.loads(self("status"))

    def log(self):
        return (self.switch.dir
                / ("driver-%s.log" % self.bridge)).read_text()

    def errors(self):
        return [tuple(line.split("\t")) for line in
                self("errors").splitlines()]

    def confirmed(self, owner):
        return self("confirmed", owner) == "true"


@pytest.fixture
def driver(switch, bridge):
    d = Driver(switch, bridge)
    yield d
    if d.process.poll() is None:
        d("exit")
        assert d.process.wait(20) == 0
    assert d.process.returncode in (0, -signal.SIGKILL)


def flow(cookie, rest):
    """As Ovs.flows() writes it."""
    return "cookie=%#x %s" % (COOKIE | cookie, rest)


def wait_status(driver, predicate, what):
    return wait_until(lambda: predicate(driver.status()), what)


def test_nothing_is_written_before_the_state_is_complete(switch, bridge,
                                                         driver):
    stale = "cookie=%#x,table=3,priority=7,ip actions=drop" % (COOKIE | 9)
    switch.ofctl("add-flow", bridge, stale)
    switch.ofctl("add-tlv-map", bridge, C % 9)
    driver.restart()
    driver("tlv-map", A % 1)
    driver.replace("x", 1, "table=0,priority=1,actions=drop")
    status = wait_status(driver, lambda s: s["state"] == "steady" and s,
                         "the driver has read all")
    assert (status["flowMods"], status["tlvMods"]) == (0, 0)
    assert switch.tlv_map(bridge) == {9: (0xff01, 3, 4)}
    assert set(switch.flows(bridge)) == {
        flow(9, "table=3 priority=7,ip actions=drop")}
    assert not driver.confirmed("x")

    driver("complete", "true")
    status = driver.wait()
    assert status["flowMods"] == 2
    assert switch.tlv_map(bridge) == {1: (0xff01, 1, 4)}
    assert set(switch.flows(bridge)) == {
        flow(1, "table=0 priority=1 actions=drop")}
    assert driver.confirmed("x")


def test_an_empty_switch_gets_flows_early(switch, bridge, driver):
    """They are sent while the state is not complete yet, but have no effect
    before it is."""
    switch.ofctl("add-meter", bridge, "meter=1,pktps,band=type=drop,rate=9")
    driver("tlv-map", A % 1)
    driver.replace("x", 1, "table=1 actions=drop", "table=2 actions=drop",
                   "table=3 actions=meter:1,output:2",
                   "table=4 actions=set_field:0x5->tun_metadata1,output:2")
    for n in range(5, 10):
        driver.replace("y%d" % n, n, "table=%d actions=drop" % n)
    wait_status(driver, lambda s: s["flowMods"] == 7, "flows have been sent")
    # One is not wanted any more, one in another way.
    driver.replace("x", 1, "table=1 actions=output:1",
                   "table=3 actions=meter:1,output:2",
                   "table=4 actions=set_field:0x5->tun_metadata1,output:2")
    status = driver.status()
    assert status["state"] == "steady" and status["installed"] == 0
    assert not switch.flows(bridge)
    assert not driver.confirmed("y5")

    driver("complete", "true")
    status = driver.wait()
    # Two that were held back, and two that had to be put right.
    assert (status["flowMods"], status["bundles"]) == (11, 1)
    assert set(switch.flows(bridge)) == {
        flow(1, "table=1 actions=output:1"),
        flow(1, "table=3 actions=meter:1,output:2"),
        flow(1, "table=4 actions=set_field:0x5->tun_metadata1,output:2"),
        *(flow(n, "table=%d actions=drop" % n) for n in range(5, 10))}
    assert driver.confirmed("x") and not driver.errors()


def test_early_flows_are_given_up_and_sent_again(switch, bridge, driver):
    """When nothing more comes for some seconds: the switch would forget
    them."""
    driver.replace("x", 1, "table=1 actions=drop")
    wait_status(driver, lambda s: s["flowMods"] == 1, "a flow has been sent")
    wait_until(lambda: "1 flows that were sent before all was known are given"
               in driver.log() and driver.status()["state"] == "steady",
               "they are given up")
    driver("complete", "true")
    assert driver.wait()["flowMods"] == 2
    assert set(switch.flows(bridge)) == {flow(1, "table=1 actions=drop")}


FLOWS = ["table=0,priority=10,in_port=1 actions=output:2",
         "table=0,priority=9,in_port=1,dl_dst=02:00:00:00:00:01,ip,"
         "nw_dst=10.0.0.0/8 actions=clone(set_field:7->tun_id,"
         "set_field:192.0.2.1->tun_dst,set_field:0x0->tun_metadata1,"
         "set_field:0x1200->tun_metadata4,output:2),"
         "move:NXM_NX_REG0[0..15]->NXM_NX_REG1[16..31],"
         "load:0x5->NXM_NX_REG3[4..7],resubmit(,20)",
         "table=10,priority=5,tun_metadata1=0x5,metadata=0x3 "
         "actions=delete_field:tun_metadata1,in_port,goto_table:30",
         "table=10,priority=4,tun_metadata4=0x50/0xf0 actions=drop",
         "table=20,priority=3,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 "
         "actions=meter:1,set_field:02:00:00:00:00:09->eth_dst,output:2"]


def receive(switch, bridge, n):
    for _ in range(n):
        switch.appctl("netdev-dummy/receive", bridge + "-p1",
                      "020000000001020000000002080045000014000000004011"
                      "f9830a0000010a000002")


def test_a_restart_leaves_equal_flows_alone(switch, bridge, driver):
    switch.ofctl("add-meter", bridge, "meter=1,pktps,band=type=drop,rate=9")

    def want(*flows):
        driver("tlv-map", A % 1 + "," + B % 4)
        driver.replace("x", 1, *flows)
        driver("complete", "true")
        return driver.wait()

    assert want(*FLOWS)["flowMods"] == len(FLOWS)
    receive(switch, bridge, 3)
    wait_until(lambda: sum(p for _, p in switch.flows(bridge).values()) == 3,
                 "the packets are counted")
    before = switch.flows(bridge)
    assert len(before) == len(FLOWS)

    # Killed and started again: nothing is sent.
    driver.restart()
    status = want(*FLOWS)
    assert (status["flowMods"], status["tlvMods"], status["bundles"]) == (
        0, 0, 0)
    after = switch.flows(bridge)
    assert set(after) == set(before)
    for key in before:
        assert after[key][0] >= before[key][0]
        assert after[key][1] == before[key][1]

    # One flow is different, one is gone: two flow_mods.
    driver.restart()
    assert want("table=0,priority=10,in_port=1 actions=output:2,output:1",
                *FLOWS[1:-1])["flowMods"] == 2
    after = switch.flows(bridge)
    assert len(after) == len(FLOWS) - 1
    assert sum(key in before for key in after) == len(FLOWS) - 2


def test_an_owner_replaced_sends_the_difference(switch, bridge, driver):
    driver("complete", "true")
    flows = ["table=0,priority=%d actions=drop" % i for i in range(1, 101)]
    driver.replace("x", 1, *flows)
    assert driver.wait()["flowMods"] == 100
    driver.replace("x", 1, *flows)
    assert driver.wait()["flowMods"] == 100
    driver.replace("x", 1, *flows[1:], "table=1 actions=drop")
    assert driver.wait()["flowMods"] == 102
    flows[50] = "table=0,priority=51 actions=output:1"
    driver.replace("x", 1, *flows)
    assert driver.wait()["flowMods"] == 105
    # There and back again before anything was sent.
    bundles = driver.status()["bundles"]
    driver("complete", "false")
    driver("clear", "x")
    driver.replace("x", 1, *flows)
    driver("complete", "true")
    status = driver.wait()
    assert (status["flowMods"], status["bundles"]) == (105, bundles)
    driver("clear", "x")
    assert driver.wait()["flowMods"] == 205
    assert not switch.flows(bridge)


@pytest.fixture
def timed(driver):
    """timed(commands) tells the driver commands(i) some times, with i from 0
    on, and returns the shortest time until it knew that the switch had done
    what follows from them.  timed.control is the driver."""
    driver("complete", "true")
    with Control(driver.ctl) as control:
        # A question that comes later would be something to do by itself.
        def time_commands(commands):
            seconds = []
            for i in range(20):
                begin = time.monotonic()
                control.together(*commands(i), ("wait",))
                seconds.append(time.monotonic() - begin)
            return min(seconds)

        time_commands.control = control
        yield time_commands


def replacer(switch, owner, table, count=1):
    """Returns what gives the command that replaces the flows of 'owner', by
    others than the last time."""
    files = []
    for action in "drop", "output:1":
        files.append(switch.dir / ("%s-%d-%s" % (owner, count, action)))
        files[-1].write_text("".join(
            "table=%d,metadata=%d actions=%s\n" % (table, i, action)
            for i in range(count)))
    return lambda i: ("replace", owner, str(table), str(files[i % 2]))


# Seconds.  What nobody waits for is read after 20 ms.
AT_ONCE, LATER = 0.01 * SLOWNESS, 0.015


def test_what_nobody_waits_for_is_read_later(switch, driver, timed):
    """With the next that there is to do, or in the end."""
    nobody = replacer(switch, "nobody", 1)
    somebody = replacer(switch, "somebody", 2)

    timed.control("patient", "nobody")
    assert timed(lambda i: [somebody(i)]) < AT_ONCE
    assert timed(lambda i: [nobody(i)]) > LATER
    # What somebody waits for is heard at once, and all else with it.
    assert timed(lambda i: [nobody(i), somebody(i)]) < AT_ONCE
    assert driver.wait()["installed"] == 2


@pytest.mark.parametrize("commands", [
    lambda i: [("group", "somebody", "1", (FF if i % 2 else SELECT) % GROUP)],
    lambda i: [("tlv-map", A % (1 + i % 2))]], ids=["group", "TLV map"])
def test_what_is_read_at_once(timed, commands):
    """Those who own no flows may wait, too."""
    assert timed(commands) < AT_ONCE


def test_a_stream_of_changes_is_confirmed_in_between(switch, driver, timed):
    """Some wait until nothing is under way."""
    nobody = replacer(switch, "nobody", 1)
    somebody = replacer(switch, "somebody", 2)
    control = timed.control

    def is_answered(other):
        for i in range(200):
            control.together(nobody(i))
            if select.select([other.socket], [], [], 0.005)[0]:
                return True
        return False

    control("patient", "nobody")
    control.together(somebody(0), ("wait",))
    with Control(driver.ctl) as other:
        control.together(nobody(1))
        other.send(("wait",))
        assert is_answered(other)


def test_many_flows_that_nobody_waits_for(switch, timed):
    """Their commit waits for an answer."""
    nobody = replacer(switch, "nobody", 1, 1050)
    somebody = replacer(switch, "somebody", 2, 1050)

    timed.control("patient", "nobody")
    some = timed(lambda i: [somebody(i)])
    no = timed(lambda i: [nobody(i)])
    assert no < 1.2 * some + AT_ONCE


def test_5000_flows_and_one_change(switch, bridge, driver):
    flows = ["table=5,metadata=%d actions=drop" % i for i in range(5000)]
    with driver.at_once():
        driver.replace("many", 1, *flows)
        driver.replace("one", 2, "table=6 actions=drop")
    status = driver.wait()
    assert (status["flowMods"], status["bundles"]) == (5001, 1)
    assert len(switch.flows(bridge)) == 5001
    driver.replace("one", 2, "table=6 actions=output:1")
    assert driver.wait()["flowMods"] == 5002
    assert len(switch.flows(bridge)) == 5001


def test_a_restart_of_the_switch_restores_all(switch, bridge, driver):
    driver("tlv-map", A % 1 + "," + B % 4)
    driver("complete", "true")
    driver.replace("x", 1, *FLOWS[:-1])
    driver.wait()
    flows = set(switch.flows(bridge))
    tlvs = switch.tlv_map(bridge)
    assert len(flows) == len(FLOWS) - 1 and len(tlvs) == 2
    switch.kill_vswitchd()
    wait_status(driver, lambda s: not s["connected"], "the loss is noticed")
    assert not driver.confirmed("x")
    switch.start_vswitchd()
    assert driver.wait()["connected"]
    assert set(switch.flows(bridge)) == flows
    assert switch.tlv_map(bridge) == tlvs
    assert driver.confirmed("x")


def test_a_switch_that_ends_deletes_flows_itself(switch, bridge, driver):
    """That is nobody's interference, however often it happens."""
    driver("complete", "true")
    driver.replace("x", 1, *FLOWS[:-1])
    driver.wait()
    for _ in range(2):
        pid = int((switch.dir / "vswitchd.pid").read_text())
        # While the driver waits, the switch says what it deletes, and ends.
        with stopped(driver.process.pid):
            switch.run("ovs-appctl", "-t", switch.dir / "vswitchd.ctl", "exit")
            wait_until(lambda pid=pid: not ovs.alive(pid),
                       "the switch has ended")
        wait_status(driver, lambda s: not s["connected"], "it is noticed")
        switch.start_vswitchd()
        driver.wait()
    assert not interference(driver)
    assert not driver("interference")


@contextlib.contextmanager
def sending(switch, driver, flows):
    """Wants 'flows' of owner "x".  In the block they are on their way, and the
    switch stands still.  Gives the status before that.

    The driver reads the TLV map each second, and begins nothing else until it
    has it.  If the switch stops amid that, all begins again."""
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
    flows = ["table=5,metadata=%d actions=drop" % i for i in range(20000)]
    driver.replace("first", 1, "table=0 actions=drop")
    with sending(switch, driver, flows) as before:
        sent = driver.status()["flowMods"] - before["flowMods"]
        assert sent < 20000         # Bounded queue.
        # What is wanted changes meanwhile.
        driver.replace("x", 1, *flows[1:])
        driver("clear", "first")
        switch.kill_vswitchd()
    switch.start_vswitchd()
    assert driver.wait()["connected"]
    assert len(switch.flows(bridge)) == 19999


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


def test_flows_of_others_are_left_alone(switch, bridge, driver):
    theirs = ["cookie=0x1,table=0,priority=5,ip actions=drop",
              "cookie=0x67656e6600000001,table=0,priority=4 actions=drop",
              "cookie=0x2,table=0,priority=3 actions=drop"]
    for f in theirs:
        switch.ofctl("add-flow", bridge, f)
    driver.restart()
    driver.replace("x", 1, "table=0,priority=3 actions=output:1",
                   "table=1 actions=drop")
    driver("complete", "true")
    assert driver.wait()["foreignFlows"] == 3
    kept = {"cookie=0x1 table=0 priority=5,ip actions=drop",
            "cookie=0x67656e6600000001 table=0 priority=4 actions=drop"}
    assert set(switch.flows(bridge)) == kept | {
        flow(1, "table=0 priority=3 actions=output:1"),
        flow(1, "table=1 actions=drop")}
    # Somebody takes the place of a flow that is then not wanted any more: it
    # is not ours to delete.
    driver("complete", "false")
    switch.ofctl("add-flow", bridge, "cookie=0x3,table=1 actions=output:2")
    driver("clear", "x")
    driver("complete", "true")
    driver.wait()
    assert set(switch.flows(bridge)) == kept | {
        "cookie=0x3 table=1 actions=output:2"}


def test_a_refused_flow_stops_no_other(switch, bridge, driver):
    driver("complete", "true")
    driver.replace("bad", 1, "table=0,priority=1 actions=drop")
    driver.wait()
    driver.replace("good", 2, "table=0,priority=2 actions=drop")
    driver.replace("bad", 1, "table=0,priority=1 actions=group:99",
                   "table=0,priority=3 actions=drop")
    status = driver.wait()
    assert status["errors"] == 1
    [(name, error)] = driver.errors()
    assert name == "bad"
    assert error == "flow table=0,priority=1: OFPBAC_BAD_OUT_GROUP", error
    # The old version went: it was not wanted any more.
    assert set(switch.flows(bridge)) == {
        flow(2, "table=0 priority=2 actions=drop"),
        flow(1, "table=0 priority=3 actions=drop")}
    assert driver.confirmed("good") and not driver.confirmed("bad")

    # Not retried by itself ...
    n = status["flowMods"]
    driver.replace("good", 2, "table=0,priority=2 actions=output:1")
    assert driver.wait()["flowMods"] == n + 1
    # ... but when its owner says so, even if that is the same as before.
    switch.ofctl("add-group", bridge, "group_id=99,type=all,bucket=output:1")
    driver.replace("bad", 1, "table=0,priority=1 actions=group:99",
                   "table=0,priority=3 actions=drop")
    assert driver.wait()["flowMods"] == n + 2
    assert not driver.errors() and driver.confirmed("bad")


def test_flows_refused_at_the_commit(switch, bridge, driver):
    switch.vsctl("--", "--id=@t", "create", "flow_table", "flow_limit=3",
                 "overflow_policy=refuse", "--", "set", "bridge", bridge,
                 "flow_tables:7=@t")
    driver("complete", "true")
    driver.replace("good", 1, "table=0 actions=drop")
    driver.replace("full", 2, *["table=7,metadata=%d actions=drop" % i
                                for i in range(5)])
    assert driver.wait()["errors"] == 2
    assert {name for name, _ in driver.errors()} == {"full"}
    assert "OFPFMFC_TABLE_FULL" in driver.errors()[0][1]
    assert len(switch.flows(bridge)) == 4
    assert driver.confirmed("good") and not driver.confirmed("full")

    # They are tried again, and meanwhile refused as before.
    n = driver.status()["flowMods"]
    wait_until(lambda: driver.status()["flowMods"] > n, "one is tried again")
    assert driver.wait()["errors"] == 2
    assert len(switch.flows(bridge)) == 4
    switch.vsctl("clear", "bridge", bridge, "flow_tables")
    wait_until(lambda: driver.confirmed("full"), "there is room")
    assert not driver.errors()
    assert len(switch.flows(bridge)) == 6


def test_two_owners_of_one_flow(switch, bridge, driver):
    driver("complete", "true")
    driver.replace("one", 1, "table=0 actions=drop")
    driver.replace("two", 2, "table=0 actions=output:1",
                   "table=1 actions=drop")
    driver.wait()
    assert driver.errors() == [
        ("two", "flow table=0,priority=32768: one already wants such a flow")]
    assert set(switch.flows(bridge)) == {
        flow(1, "table=0 actions=drop"), flow(2, "table=1 actions=drop")}
    driver("clear", "one")
    driver.wait()
    assert not driver.errors()
    assert set(switch.flows(bridge)) == {
        flow(2, "table=0 actions=output:1"), flow(2, "table=1 actions=drop")}


def revalidations(switch):
    for line in switch.appctl("coverage/show").splitlines():
        if line.startswith("rev_flow_table"):
            return int(line.split()[-1])
    return 0


def test_a_tlv_map_that_grows(switch, bridge, driver):
    """What is there is not touched; the datapath takes notice."""
    with driver.at_once():
        driver("tlv-map", A % 10)
        driver.replace("x", 1,
                       "table=0 actions=set_field:0x1->tun_metadata10")
    status = driver.wait()
    assert (status["tlvMods"], status["flowMods"]) == (1, 1)

    # A map and nothing else: a revalidation, but no trace in the tables.
    n = revalidations(switch)
    driver("tlv-map", A % 10 + "," + B % 20)
    status = driver.wait()
    assert (status["tlvMods"], status["flowMods"], status["bundles"]) == (
        2, 1, 2)
    assert switch.tlv_map(bridge)[20] == (0xff01, 0x82, 8)
    assert len(switch.flows(bridge)) == 1
    wait_until(lambda: revalidations(switch) > n, "flows are revalidated")

    # A map and a flow that uses it, in the other order of calls.
    with driver.at_once():
        driver.replace("y", 2,
                       "table=1 actions=set_field:0x1->tun_metadata30")
        driver("tlv-map", ",".join([A % 10, B % 20, C % 30]))
    status = driver.wait()
    assert (status["tlvMods"], status["flowMods"]) == (3, 2)
    assert not driver.errors()
    assert len(switch.flows(bridge)) == 2


def test_a_tlv_index_that_moves(switch, bridge, driver):
    driver("tlv-map", ",".join([A % 10, B % 20, C % 30]))
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata10",
                   "table=1,tun_metadata20=0x2 actions=drop")
    driver.replace("same", 2, "table=2 actions=set_field:1->tun_metadata30")
    status = driver.wait()
    before = switch.flows(bridge)
    with driver.at_once():
        driver("tlv-map", ",".join([A % 20, B % 10, C % 30]))
        driver.replace("x", 1,
                       "table=0 actions=set_field:0x1->tun_metadata20",
                       "table=1,tun_metadata10=0x2 actions=drop")
    after = driver.wait()
    assert switch.tlv_map(bridge) == {10: (0xff01, 0x82, 8),
                                      20: (0xff01, 1, 4), 30: (0xff01, 3, 4)}
    assert set(switch.flows(bridge)) == {
        flow(1, "table=0 actions=set_field:0x1->tun_metadata20"),
        flow(1, "table=1 tun_metadata10=0x2 actions=drop"),
        flow(2, "table=2 actions=set_field:0x1->tun_metadata30")}
    # Two deleted, two added, the third left alone.
    assert after["flowMods"] == status["flowMods"] + 4
    assert not driver.errors()
    key = flow(2, "table=2 actions=set_field:0x1->tun_metadata30")
    assert switch.flows(bridge)[key][0] >= before[key][0]


def test_a_tlv_mapping_that_changes_under_a_flow(switch, bridge, driver):
    """Another option, then another length, at an index in use by a flow that
    does not change."""
    driver("tlv-map", A % 10)
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata10")
    n = driver.wait()["flowMods"]
    for entry, mapping in ((C, (0xff01, 3, 4)), (B, (0xff01, 0x82, 8))):
        driver("tlv-map", entry % 10)
        n += 2
        assert driver.wait()["flowMods"] == n
        assert switch.tlv_map(bridge) == {10: mapping}
        assert len(switch.flows(bridge)) == 1
    assert not driver.errors()


def test_a_tlv_mapping_that_goes(switch, bridge, driver):
    driver("tlv-map", A % 10 + "," + B % 20)
    driver("complete", "true")
    flows = ["table=0,metadata=%d actions=set_field:0x1->tun_metadata10,"
             "set_field:0x2->tun_metadata20" % i for i in range(500)]
    driver.replace("x", 1, *flows)
    driver.wait()
    with driver.at_once():
        driver("tlv-map", B % 20)
        driver.replace("x", 1,
                       *[f.replace("set_field:0x1->tun_metadata10,", "")
                         for f in flows])
    driver.wait()
    assert len(switch.flows(bridge)) == 500
    wait_until(lambda: switch.tlv_map(bridge) == {20: (0xff01, 0x82, 8)},
                 "the mapping is gone")
    assert not driver.errors()
    # Flows that still use it are refused, with a reason.
    driver.replace("y", 2, "table=1 actions=set_field:1->tun_metadata10")
    driver.wait()
    [(name, error)] = driver.errors()
    assert name == "y" and "needs tun_metadata10" in error
    assert not driver.confirmed("y")


def test_a_tlv_mapping_that_others_use(switch, bridge, driver):
    """It is an error after a while, and stops nothing else."""
    switch.ofctl("add-tlv-map", bridge, A % 10)
    switch.ofctl("add-flow", bridge, "cookie=1,table=9 "
                 "actions=set_field:0x1->tun_metadata10")
    driver.restart()
    driver("tlv-map", B % 10 + "," + C % 20)
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata10")
    driver.replace("y", 2, "table=1 actions=set_field:0x1->tun_metadata20")
    driver.wait()
    errors = dict(driver.errors())
    assert set(errors) == {"TLV map", "x"}
    assert "cannot unmap option 0xff01/0x01" in errors["TLV map"]
    assert driver.confirmed("y") and not driver.confirmed("x")
    assert switch.tlv_map(bridge) == {10: (0xff01, 1, 4), 20: (0xff01, 3, 4)}

    # Once the other is gone, it comes right, be it after a while.
    switch.ofctl("del-flows", bridge, "cookie=1/-1")
    wait_until(lambda: driver.confirmed("x"), "the map is right")
    assert not driver.errors()
    assert switch.tlv_map(bridge) == {10: (0xff01, 0x82, 8),
                                      20: (0xff01, 3, 4)}


def test_tlv_maps_that_cannot_be(switch, bridge, driver):
    driver("complete", "true")
    driver("tlv-map", "{class=1,type=1,len=6}->tun_metadata1," + C % 20)
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata1")
    driver.replace("y", 2, "table=1 actions=set_field:0x1->tun_metadata20")
    driver.wait()
    errors = dict(driver.errors())
    assert set(errors) == {"TLV map", "x"}
    assert "tun_metadata1: cannot map option 0x0001/0x01" in errors["TLV map"]
    assert driver.confirmed("y")
    # More than 256 bytes of data: the last one has no room.
    driver("tlv-map", ",".join("{class=1,type=%d,len=124}->tun_metadata%d"
                               % (i, i) for i in range(3)) + "," + C % 20)
    driver.wait()
    errors = dict(driver.errors())
    assert "NXTTMFC_TABLE_FULL" in errors["TLV map"]
    driver("tlv-map", C % 20)
    driver.wait()
    assert "TLV map" not in dict(driver.errors())


@contextlib.contextmanager
def tunnel(switch, bridge, ofport):
    """A Geneve port; what it sends can be seen by ofproto/trace."""
    switch.add_bridge("phy", ["phy-p1 type=dummy ofport_request=1"])
    switch.ofctl("add-flow", "phy", "actions=output:1")
    switch.appctl("netdev-dummy/ip4addr", "phy", "192.0.2.1/24")
    switch.appctl("ovs/route/add", "192.0.2.0/24", "phy")
    switch.appctl("tnl/arp/set", "phy", "192.0.2.9", "02:00:00:00:00:09")
    switch.vsctl("add-port", bridge, "gnv", "--", "set", "interface", "gnv",
                 "type=geneve", "options:remote_ip=192.0.2.9",
                 "options:key=flow", "ofport_request=%d" % ofport)
    yield
    switch.vsctl("del-port", "gnv", "--", "del-br", "phy")


def sent_options(switch, bridge, in_port):
    trace = switch.appctl("ofproto/trace", bridge, "in_port=%d" % in_port)
    [options] = re.findall(r"geneve\(.*options\(([^)]*)\)", trace)
    return options


def test_an_option_without_data(switch, bridge, driver):
    tlvs = "{class=0xff01,type=9,len=0}->tun_metadata5," + A % 6
    flows = ["table=0,in_port=1 actions=set_field:0->tun_metadata5,"
             "set_field:0x0->tun_metadata6,output:7",
             "table=0,in_port=2 actions=set_field:0->tun_metadata5,"
             "set_field:0x1->tun_metadata6,resubmit(,1),output:7",
             "table=1 actions=delete_field:tun_metadata5"]
    with tunnel(switch, bridge, 7):
        with driver.at_once():
            driver("tlv-map", tlvs)
            driver.replace("x", 1, *flows)
        driver.wait()
        assert not driver.errors()
        assert len(switch.flows(bridge)) == 3
        assert sent_options(switch, bridge, 1) == (
            "{class=0xff01,type=0x9,len=0}"
            "{class=0xff01,type=0x1,len=4,0}")
        assert sent_options(switch, bridge, 2) == (
            "{class=0xff01,type=0x1,len=4,0x1}")
        driver.restart()
        with driver.at_once():
            driver("tlv-map", tlvs)
            driver.replace("x", 1, *flows)
        assert driver.wait()["flowMods"] == 0


def test_actions_made_in_c_are_as_written(switch, bridge, driver):
    """The agent's way of making actions, and ovs-ofctl's of reading them,
    come to the same flows."""
    driver.kill()
    program = str(BUILD / "tests" / "ofctrl-driver")
    switch.run(program, "--bridge=" + bridge, "--bench=300")
    made = set(switch.flows(bridge))
    path = switch.dir / "written"
    path.write_text(switch.run(program, "--print=300"))
    switch.ofctl("del-flows", bridge)
    switch.ofctl("add-flows", bridge, path)
    assert set(switch.flows(bridge)) == made
    assert len(made) == 300


def test_counters(switch, bridge, driver):
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=goto_table:1",
                   "table=1 actions=drop")
    driver.replace("y", 2, "table=2 actions=drop")
    driver.wait()
    receive(switch, bridge, 2)
    wait_until(lambda: driver("counters", 1, 0).startswith("ok 2 "),
                 "the packets are counted")
    assert driver("counters", 1, 255).startswith("ok 4 ")
    assert driver("counters", 2, 255) == "ok 0 0"
    switch.kill_vswitchd()
    wait_until(lambda: driver("counters", 1, 0) == "lost 0 0",
                 "the loss is noticed")
    switch.start_vswitchd()
    driver.wait()


def test_openflow_14(switch, bridge, driver):
    """Translated both ways, and nothing is sent twice."""
    switch.vsctl("set", "bridge", bridge, "protocols=OpenFlow10,OpenFlow14")
    flows = FLOWS[:-1] + ["table=40,tcp,tcp_flags=+syn actions=drop"]

    def want():
        driver("tlv-map", A % 1 + "," + B % 4)
        driver.replace("x", 1, *flows)
        driver("complete", "true")
        return driver.wait()
    want()
    driver.restart()
    status = want()
    assert (status["flowMods"], status["installed"]) == (0, len(flows))
    switch.vsctl("clear", "bridge", bridge, "protocols")
    driver.restart()
    assert want()["flowMods"] == 0
    assert len(switch.flows(bridge)) == len(flows)


def test_a_bridge_made_anew_and_another_one(switch, bridge, driver):
    driver("tlv-map", A % 1)
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata1")
    driver.wait()
    switch.vsctl("del-br", bridge)
    wait_status(driver, lambda s: not s["connected"], "the loss is noticed")
    switch.add_bridge(bridge)
    driver.wait()
    assert len(switch.flows(bridge)) == 1
    switch.add_bridge(bridge + "b")
    driver("bridge", bridge + "b")
    driver.wait()
    assert len(switch.flows(bridge + "b")) == 1
    assert switch.tlv_map(bridge + "b") == {1: (0xff01, 1, 4)}
    switch.vsctl("del-br", bridge + "b")


def interference(driver):
    return {k: v for k, v in driver.status()["interference"].items() if v}


METER = 0x10001
PUT_BACK = {
    "flows deleted": (["del-flows"], "flowsDeleted"),
    "a table deleted": (["del-flows", "table=10"], "flowsDeleted"),
    "flows modified": (["mod-flows", "table=10,actions=output:1"],
                       "flowsChanged"),
    "a flow replaced": (["add-flow", "cookie=0x7,table=0,priority=10,"
                         "in_port=1,actions=drop"], "flowsChanged"),
    "a flow with our cookie": (
        ["add-flow", "cookie=%#x,table=11,actions=drop" % (COOKIE | 5)],
        "flowsAdded"),
    "a mapping deleted": (["del-tlv-map", "{class=0xff01,type=0x03,len=4}"
                           "->tun_metadata7"], "mappings"),
    "a mapping added": (["add-tlv-map", "{class=0xff01,type=0x05,len=4}"
                         "->tun_metadata8"], "mappings"),
    "meters deleted": (["del-meters"], "meters"),
    "a meter changed": (["mod-meter", "meter=%d,pktps,burst,stats,"
                         "band=type=drop,rate=9,burst_size=9" % METER],
                        "meters"),
}


@pytest.mark.parametrize("what", PUT_BACK)
def test_fault_what_others_change_is_put_back(switch, bridge, driver, what):
    driver("tlv-map", ",".join([A % 1, B % 4, C % 7]))
    driver("meter", METER, 100, "x")
    driver.replace("x", 1, *FLOWS[:-1], "table=20,priority=3 "
                   "actions=meter:%d,output:2" % METER)
    driver("complete", "true")
    driver.wait()
    flows, tlvs = set(switch.flows(bridge)), switch.tlv_map(bridge)
    meters = switch.ofctl("dump-meters", bridge)
    theirs = "cookie=0x1 table=99 actions=drop"
    switch.ofctl("add-flow", bridge, theirs.replace(" ", ","))
    assert not interference(driver)

    (command, *args), counter = PUT_BACK[what]
    switch.ofctl(command, bridge, *args)
    wait_until(lambda: counter in interference(driver), "it is noticed")
    driver.wait()
    assert set(switch.flows(bridge)) - {theirs} == flows
    assert switch.tlv_map(bridge) == tlvs
    assert (switch.ofctl("dump-meters", bridge).splitlines()[1:]
            == meters.splitlines()[1:])
    if args or command == "del-meters":
        assert theirs in switch.flows(bridge)


GROUP = 0x67000001
FF = ("group_id=%d,type=ff,bucket=bucket_id:1,watch_port:1,"
      "actions=resubmit(,30),bucket=bucket_id:2,watch_port:2,"
      "actions=resubmit(,31)")
SELECT = ("group_id=%d,type=select,selection_method=hash,fields(ip_src),"
          "bucket=bucket_id:77,weight:100,actions=resubmit(,30)")
TO_GROUP = "table=28,priority=1 actions=group:%d"


def groups(switch, bridge):
    return sorted(line.strip() for line in
                  switch.ofctl("dump-groups", bridge).splitlines()[1:])


def test_groups(switch, bridge, driver):
    """A group comes with the flows that name it and goes after them; nothing
    is sent twice; what others do is put back, theirs stays."""
    switch.ofctl("add-group", bridge, "group_id=5,type=all")

    def want():
        driver("group", "x", 1, FF % GROUP)
        driver("group", "y", 2, SELECT % (GROUP + 1))
        driver.replace("x", 1, TO_GROUP % GROUP)
        driver("complete", "true")
        return driver.wait()
    status = want()
    assert (status["groupMods"], status["bundles"]) == (2, 1)
    wanted, flows = groups(switch, bridge), our_flows(switch, bridge)
    assert len(wanted) == 3 and len(flows) == 1
    assert "fields=ip_src" in wanted[1] and "bucket_id:77" in wanted[1]
    driver.restart()
    status = want()
    assert (status["groupMods"], status["flowMods"]) == (0, 0)

    for command in ("del-groups", "group_id=%d" % GROUP), (
            "mod-group", (FF % GROUP).replace("30", "33")), (
            "add-group", SELECT % (GROUP + 2)):
        before = interference(driver).get("groups", 0)
        switch.ofctl(command[0], bridge, command[1])
        wait_until(lambda: interference(driver).get("groups", 0) > before,
                   "it is noticed")
        driver.wait()
        assert groups(switch, bridge) == wanted
        assert our_flows(switch, bridge) == flows

    with driver.at_once():
        driver.replace("x", 1)
        driver("ungroup", "x", GROUP)
        driver("ungroup", "x", GROUP + 1)       # Not its own.
    driver.wait()
    assert groups(switch, bridge) == wanted[1:]
    assert not our_flows(switch, bridge)


def test_a_refused_group_stops_no_other(switch, bridge, driver):
    """Its owner is not confirmed, nor whoever's flows name it."""
    bad = (SELECT % GROUP).replace("hash,fields(ip_src)", "none")
    driver("group", "bad", 1, bad)
    driver.replace("user", 2, TO_GROUP % GROUP)
    driver("group", "good", 3, FF % (GROUP + 1))
    driver.replace("good", 3, TO_GROUP.replace("28", "27") % (GROUP + 1))
    driver("complete", "true")
    driver.wait()
    assert driver.confirmed("good")
    assert not driver.confirmed("bad") and not driver.confirmed("user")
    assert {name for name, _ in driver.errors()} == {"bad", "user"}
    driver("group", "bad", 1, FF % GROUP)
    wait_until(lambda: driver.confirmed("user"), "it is tried again")
    assert not driver.errors()


def test_fault_the_map_goes_before_flows_come(switch, bridge):
    """Between reading the map and sending flows that need it: they are
    refused, and the map is read again at once, not when its second is
    over."""
    steps = []

    def look(kind, _):
        # A bundle is begun.
        if kind == of_relay.BUNDLE_ADD and steps == ["delete the map"]:
            steps.append("deleted")
            # As long as flows that were just deleted use it, it is refused.
            wait_until(lambda: succeeds(switch.ofctl, "del-tlv-map", bridge),
                       "the map is deleted")
    relay = of_relay.Relay(switch.dir / (bridge + ".mgmt"), look)
    d = Driver(switch, bridge, relay.dir)
    d("tlv-map", A % 1)
    d.replace("x", 1, "table=10,tun_metadata1=0x5 actions=drop",
              "table=10,tun_metadata1=0x6 actions=drop")
    d("complete", "true")
    d.wait()
    flows = set(switch.flows(bridge))
    d("time/stop")
    steps.append("delete the map")
    switch.ofctl("del-flows", bridge)
    d.replace("y", 2, "table=11 actions=drop")
    wait_until(lambda: len(switch.flows(bridge)) == 3, "all are there")
    assert steps[1:] == ["deleted"]
    assert flows < set(switch.flows(bridge))
    assert switch.tlv_map(bridge) == {1: (0xff01, 1, 4)}
    d("exit")
    assert d.process.wait(20) == 0
    relay.close()


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
    """A driver, and a list of what it sends to change something: numbers
    that stand for types, COMMIT and so on for BUNDLE_CONTROL."""
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


def test_a_refused_group_in_a_small_bundle(switch, bridge, driver):
    """The old one stays, flows change at once."""
    driver("complete", "true")
    driver("group", "x", 1, FF % GROUP)
    driver.replace("x", 1, TO_GROUP % GROUP)
    driver.wait()
    before, n = groups(switch, bridge), driver.status()["bundles"]
    with driver.at_once():
        driver("group", "x", 1,
               (SELECT % GROUP).replace("hash,fields(ip_src)", "none"))
        driver.replace("y", 2, "table=1 actions=drop")
    assert driver.wait()["bundles"] == n + 1
    assert groups(switch, bridge) == before
    assert our_flows(switch, bridge) == {
        flow(1, "table=28 priority=1 actions=group:%d" % GROUP),
        flow(2, "table=1 actions=drop")}
    assert driver.confirmed("y") and not driver.confirmed("x")
    [(name, error)] = driver.errors()
    assert name == "x" and error == "group %d: OFPBPC_BAD_VALUE" % GROUP
    driver("group", "x", 1, (FF % GROUP).replace("30", "33"))
    driver.wait()
    assert driver.confirmed("x") and not driver.errors()
    assert groups(switch, bridge) != before


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


def our_flows(switch, bridge):
    return set(switch.flows(bridge, "cookie=%#x/%#x"
                            % (COOKIE, 0xffffffff << 32)))


@pytest.mark.parametrize("setting", [
    ["del-fail-mode"], ["set-fail-mode", "secure"],
    ["set-controller", "tcp:127.0.0.1:1"], ["del-controller"]],
    ids=lambda s: s[0])
def test_fault_a_setting_that_flushes_all(switch, bridge, driver, setting):
    command, *args = setting
    if command == "del-controller":
        switch.vsctl("set-controller", bridge, "tcp:127.0.0.1:1")
    if command == "set-fail-mode":
        switch.vsctl("del-fail-mode", bridge)
    driver("tlv-map", ",".join([A % 1, B % 4]))
    driver("meter", METER, 100, "x")
    driver.replace("x", 1, *FLOWS[:-1], "table=20,priority=3 "
                   "actions=meter:%d,output:2" % METER)
    driver("complete", "true")
    driver.wait()
    flows = our_flows(switch, bridge)
    assert len(flows) == len(FLOWS)
    switch.vsctl(command, bridge, *args)
    wait_until(lambda: interference(driver), "it is noticed")
    driver.wait()
    assert our_flows(switch, bridge) == flows
    assert switch.tlv_map(bridge) == {1: (0xff01, 1, 4), 4: (0xff01, 0x82, 8)}
    assert "meter=%d" % METER in switch.ofctl("dump-meters", bridge)


def succeeds(function, *args):
    try:
        function(*args)
    except AssertionError:
        return False
    return True


def test_fault_all_gone_at_once_again_and_again(switch, bridge, driver):
    driver("tlv-map", ",".join([A % 1, B % 4]))
    driver("meter", METER, 100, "x")
    driver.replace("x", 1, *FLOWS[:-1], "table=20,priority=3 "
                   "actions=meter:%d,output:2" % METER)
    driver("complete", "true")
    driver.wait()
    flows = set(switch.flows(bridge))
    n = 0

    def delete_all():
        nonlocal n
        n += 1
        with stopped(driver.process.pid):
            switch.ofctl("del-flows", bridge)
            switch.ofctl("del-meters", bridge)
            # The map is in use for some milliseconds.
            wait_until(lambda: succeeds(switch.ofctl, "del-tlv-map", bridge),
                       "the map is deleted")
        wait_until(lambda: driver.status()["interference"]["flowsDeleted"]
                   >= n * len(flows), "it is noticed")
        driver.wait()
        assert set(switch.flows(bridge)) == flows
        return driver("interference")

    assert delete_all() == ""
    what = wait_until(delete_all, "it is told")
    assert re.match(bridge + r"\t(\d+) flows were deleted.* by somebody else, "
                    "for the 2nd time$", what), what
    assert not driver.errors()
