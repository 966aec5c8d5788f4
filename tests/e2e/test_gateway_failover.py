"""Gateways: what happens when one dies, is drained, starts or comes back: what
goes on, after how long, and who says that it has the address meanwhile."""
import contextlib
import os
import socket
import subprocess
import threading
import time

import pytest

import of_relay
import wire
from gateways import (SNAT, Echo, bfd, changed, cut_off, dead_switch,
                      dead_uplink, get, listed, no_mapping, wait_here,
                      wait_settled)
from gateways import lab                                 # noqa: F401
from stopping import stopped
from waiting import SLOWNESS, pause, wait_until

pytestmark = pytest.mark.alone
FAILOVERS = int(os.environ.get("GA_FAILOVERS", "0"))


def test_a_dead_gateway_without_agents(lab):
    """hv-1's switch dies, when no agent and no controller runs: hv-3 goes on
    by hv-2, and TCP with it."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_STREAM) as tcp, Echo(
            lab, socket.SOCK_DGRAM) as udp:
        for node in "hv-1", "hv-2", "hv-3":
            lab.kill(node, "geneve-agentd")
        lab.kill("nva", "nvad")
        try:
            tcp.times.clear()
            udp.times.clear()
            tcp.lasts(0.5)
            lab.kill("hv-1", "ovs-vswitchd")
            tcp.lasts(2)
            print("without agents: UDP %.3f s, TCP %.3f s"
                  % (udp.gap(), tcp.gap()))
            assert udp.gap() < 0.6 * SLOWNESS and tcp.gap() < 1 * SLOWNESS
            assert get(lab, "in-3", timeout=2 * SLOWNESS)[0] == SNAT
        finally:
            lab.revive()
        wait_settled(lab)
        tcp.lasts(0.5)


def test_a_candidate_that_has_no_flows_yet(lab):
    """hv-1 starts again while there is no controller, so its agent takes 5 s
    to know what the switch should do.  BFD runs much earlier."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_DGRAM) as udp:
        udp.lasts(0.3)
        try:
            for node, daemon in (("nva", "nvad"), ("hv-1", "geneve-agentd"),
                                 ("hv-1", "ovs-vswitchd")):
                lab.kill(node, daemon)
            udp.lasts(1.5)
            udp.times.clear()
            for daemon in "ovs-vswitchd", "geneve-agentd":
                lab.start_daemon("hv-1", daemon)
            wait_here(lab, "active")
            udp.lasts(0.3)
            print("no flows yet: UDP %.3f s" % udp.gap())
            assert udp.gap() < 1 * SLOWNESS
        finally:
            lab.revive()
        wait_settled(lab)


def test_a_candidate_that_starts_without_its_agent(lab):
    """What geneve-path-down.service does before ovs-vswitchd starts keeps
    everybody away until there is an agent."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_DGRAM) as udp:
        udp.lasts(0.3)
        try:
            for daemon in "geneve-agentd", "ovs-vswitchd":
                lab.kill("hv-1", daemon)
            lab.on("hv-1", "geneve-agentd", "--path-down")
            udp.lasts(1.5)
            udp.times.clear()
            lab.start_daemon("hv-1", "ovs-vswitchd")
            wait_until(lambda: bfd(lab, "hv-3", "hv-1")[0] == "up",
                       "hv-3 hears hv-1 again")
            udp.lasts(1)
            print("no agent: UDP %.3f s" % udp.gap())
            assert udp.gap() < 1 * SLOWNESS
            assert bfd(lab, "hv-3", "hv-1") == ("up", "false")
        finally:
            lab.revive()
        wait_settled(lab)


@contextlib.contextmanager
def downloading(lab, endpoint="in-3"):
    """A line comes from the outside every 20 ms; yields the times."""
    times = []
    process = lab.popen("vm", endpoint, "curl", "-sN",
                        "http://198.51.100.1/slow", stdout=subprocess.PIPE)

    def read():
        for _ in process.stdout:
            times.append(time.monotonic())
    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield times
    finally:
        process.kill()
        thread.join()
        process.stdout.close()
        process.wait()


def longest(times):
    return max(after - before for before, after in zip(times, times[1:]))


@pytest.mark.parametrize("endpoint, how", [
    ("in-3", dead_switch), ("in-2", dead_uplink), ("in-1", no_mapping)])
def test_a_download_goes_on(lab, endpoint, how):
    """The endpoint has nothing to send when hv-1 goes, and yet hv-2 learns
    whose connection it is, also if it has seen half of it (in-2 is there)."""
    wait_settled(lab)
    with downloading(lab, endpoint) as times:
        wait_until(lambda: len(times) > 20, "it has begun")
        with how(lab):
            begin = time.monotonic()
            wait_until(lambda: times[-1] > begin + 1, "it goes on",
                       deadline=4 * SLOWNESS)
            print("%s, download: %.3f s" % (how.__name__, longest(times)))
            assert longest(times) < 2 * SLOWNESS
        wait_settled(lab)
        begin = time.monotonic()
        wait_until(lambda: times[-1] > begin, "it still does",
                   deadline=4 * SLOWNESS)
        print("...and back: %.3f s" % longest(times))
        assert longest(times) < 2 * SLOWNESS


def test_a_dead_uplink(lab):
    wait_settled(lab)
    with Echo(lab, socket.SOCK_DGRAM) as udp:
        udp.lasts(0.3)
        with dead_uplink(lab):
            udp.lasts(1.5)
            gap = udp.gap()
            wait_here(lab, "out", "active")
            wait_until(lambda: lab.get("VPCGateway", "gw")["status"]["active"]
                       == "hv-2", "the status says so")
            assert any(a["object"] == "gateway gw" and a["reason"] == "out"
                       for a in lab.agentctl("hv-1", "status")["alarms"])
        print("dead uplink: UDP %.3f s" % gap)
        assert gap < 1 * SLOWNESS
        wait_settled(lab)
        udp.lasts(0.3)


def test_drain(lab):
    """Nothing is lost when hv-1 is drained, and when it is taken back."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_DGRAM) as udp, Echo(
            lab, socket.SOCK_STREAM) as tcp:
        udp.lasts(0.3)
        with changed(lab, nodes=[{"nve": "hv-1", "priority": 0},
                                 {"nve": "hv-2"}]):
            wait_here(lab, "drained", "active")
            udp.lasts(0.3)
        wait_settled(lab)
        udp.lasts(0.3)
        tcp.lasts(0.1)
        lost = udp.lost()
        print("drain: %d of %d lost, gap %.3f s" % (lost, udp.sent, udp.gap()))
        # A gap in which nothing is lost is the machine's.
        assert lost <= 5
        assert tcp.gap() < 0.6 * SLOWNESS


def test_a_restart_of_the_agent(lab):
    """It sends nothing to the switch, and connections go on."""
    wait_settled(lab)
    with Echo(lab, socket.SOCK_STREAM) as tcp:
        tcp.lasts(0.2)
        with lab.without("hv-1", "geneve-agentd"):
            tcp.lasts(0.2)
        wait_here(lab, "active")
        status = wait_until(
            lambda: lab.agentctl("hv-1", "status")["openflow"]["state"]
            == "steady" and lab.agentctl("hv-1", "status")["openflow"],
            "it is settled")
        assert (status["flowMods"], status["groupMods"]) == (0, 0)
        tcp.lasts(0.2)
        assert tcp.gap() < 0.3 * SLOWNESS


def words_of(captures):
    """When who said on its provider port that it has SNAT, in ARP: [(time,
    node, whether it was asked)].  What goes to all is seen on each port, and
    first on that of who says it."""
    words, seen = [], []
    for when, frame, node in sorted(
            (when, frame, node) for node, capture in captures.items()
            for when, frame in capture.timed_frames()
            if frame[12:14] == b"\x08\x06"
            and frame[28:32] == wire.ip(SNAT)):
        asked = frame[20:22] == b"\0\2"
        if asked or not seen or when - seen[-1] > 0.3:
            words.append((when, node, asked))
            if not asked:
                seen.append(when)
    return words


@contextlib.contextmanager
def unread(lab, node):
    """ovs-vswitchd starts, and while in the block the agent has a connection
    to it, but no answer about what flows there are."""
    path = lab.dir / node / "br-int.mgmt"
    real = path.with_name("br-int.real")
    ending = threading.Event()

    def look(kind, _message):
        if kind == of_relay.MULTIPART_REQUEST:
            ending.wait()
    relay = of_relay.Relay(path, look)
    relay.target = real
    try:
        with stopped(lab.dir / node / "geneve-agentd.pid"):
            lab.start_daemon(node, "ovs-vswitchd")
            wait_until(path.is_socket, "the socket is there")
            path.rename(real)
            (relay.dir / path.name).rename(path)
        yield
    finally:
        ending.set()
        real.rename(path)
        relay.close()


def test_no_word_before_the_flows_are_known(lab):
    """BFD comes up and hv-1 is the best, but it may have no flows: it does not
    draw the addresses to it, nor say that it has them."""
    def named():
        return lab.get("VPCGateway", "gw")["status"].get("active")

    wait_settled(lab)
    with lab.capture("ext-hv-1", "arp") as one, lab.capture(
            "ext-hv-2", "arp") as two:
        def words():
            return words_of({"hv-1": one, "hv-2": two})

        with contextlib.ExitStack() as stack:
            lab.kill("hv-1", "ovs-vswitchd")
            # One that saw only BFD go down would take itself for cut off.
            wait_until(lambda: listed(lab, "hv-1")["here"] == "unknown",
                       "the agent knows that its switch is away")
            with cut_off(lab):
                stack.enter_context(unread(lab, "hv-1"))
                wait_until(lambda: words()[-1][1] == "hv-2",
                           "hv-2 takes over")
                wait_until(lambda: named() == "hv-2", "hv-2 says so")
            begin = time.time()
            for node in "hv-2", "hv-3":
                wait_until(lambda: bfd(lab, node, "hv-1") == ("up", "true"),
                           "BFD is up from %s to hv-1" % node)
            pause(1)
            end = time.time()
            assert listed(lab, "hv-1")["here"] == "unknown"
            assert named() != "hv-1"
        wait_until(lambda: words()[-1][1] == "hv-1"
                   and words()[-1][0] > end, "hv-1 announces itself")
    assert not [word for word in words()
                if word[1] == "hv-1" and begin < word[0] < end], words()
    wait_settled(lab)
    wait_until(lambda: named() == "hv-1", "hv-1 says so")


def fail_over(lab, how):
    """hv-1 dies in some way, and comes back."""
    with how(lab):
        wait_until(lambda: listed(lab, "hv-2")["here"] == "active",
                   "hv-2 takes over")
    wait_settled(lab)


WAYS = [dead_switch, cut_off, dead_uplink]


@contextlib.contextmanager
def asking(lab):
    """Somebody outside asks for the address all the time."""
    with lab.inside("exec", "outside"):
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        raw.bind(("eth0", 0))
    mac = ":".join("%02x" % b for b in raw.getsockname()[4])
    request = wire.arp(1, mac, "198.51.100.1", SNAT)
    ending = threading.Event()

    def ask():
        while not ending.wait(0.005):
            with contextlib.suppress(OSError):
                raw.send(request)
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        raw.close()


def check_owners(captures):
    """Between the first and the last word of one owner in a row there is none
    of another, and each new owner announces itself."""
    words = words_of(captures)
    turns = [(words[0][1], [])]
    for _, node, asked in words:
        if node != turns[-1][0]:
            turns.append((node, []))
        turns[-1][1].append(asked)
    return [(node, len(asked), asked.count(False)) for node, asked in turns]


def owners_over(lab, ways):
    wait_settled(lab)
    with lab.capture("ext-hv-1", "arp") as one, lab.capture(
            "ext-hv-2", "arp") as two, asking(lab):
        for how in ways:
            fail_over(lab, how)
        turns = check_owners({"hv-1": one, "hv-2": two})
    # Two that speak at once take turns with every word or two.  (The last
    # turn may have been cut, and BFD may flap.)
    short = [i for i in range(1, len(turns) - 1) if turns[i][1] < 3]
    if short:
        raise AssertionError("of %d turns, %s are short; around the first: %s"
                             % (len(turns), short,
                                turns[max(0, short[0] - 8):short[0] + 8]))
    # A few are over before anybody has asked the other one.
    assert turns[0][0] == "hv-1" and len(turns) >= 1.9 * len(ways), turns
    return turns


def test_one_owner(lab):
    """Whichever way hv-1 goes and comes back, nobody answers ARP while another
    one does, and those who come say so."""
    turns = owners_over(lab, WAYS)
    assert sum(gratuitous for _, _, gratuitous in turns) > len(WAYS)


@pytest.mark.skipif(not FAILOVERS, reason="GA_FAILOVERS is not set")
def test_one_owner_often(lab):
    owners_over(lab, [WAYS[i % len(WAYS)] for i in range(FAILOVERS)])
