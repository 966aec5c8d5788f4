"""Changes of what is sent lose no packet, and send none of a third form.

Three nodes send each other 1,000 packets a second, in all six directions, and
every packet is captured as it leaves its node.  A machine that loses packets
by itself at that rate has less to carry, and is compared with itself: without
changes.

GA_CHANGES says how many changes are made; GA_SEED which ones, "random" for
others each time; GA_RATE how many packets are sent a second, at most.
"""
import os
import random
import time

import pytest

import lossfree
import traffic
import world
from waiting import pause

CHANGES = int(os.environ.get("GA_CHANGES", "60"))
SEED = os.environ.get("GA_SEED", "4")
SEED = random.randrange(1, 1 << 30) if SEED == "random" else int(SEED)
RATE = int(os.environ.get("GA_RATE", "1000"))

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def lab(own_lab):
    lab = own_lab(3)
    world.load(lab)
    if os.environ.get("GA_DEBUG"):
        for node in lab.names:
            lab.exec(node, "sh", "-c", "ovs-appctl -t "
                     "$OVS_RUNDIR/geneve-agentd."
                     "$(cat $OVS_RUNDIR/geneve-agentd.pid).ctl "
                     "vlog/set ofctrl:file:dbg")
    return lab


def describe_loss(tallies, seen, changes):
    """Which packets are missing, when, and whether they were on the wire."""
    lines = []
    for pair, tally in sorted(tallies.items()):
        if not tally.missing:
            continue
        when = {p.number: p.time for p in seen.get(pair, ())
                if p.number is not None}
        for run in traffic.runs(tally.missing).split(", "):
            first = int(run.split("-")[0])
            near = next((when[n] for n in range(first, -1, -1) if n in when),
                        0)
            last = [what for at, what in changes.log if at <= near]
            at = [at for at, what in changes.log if at <= near]
            clock = "%s.%03d" % (time.strftime("%H:%M:%S", time.gmtime(near)),
                                 near % 1 * 1000)
            lines.append("%s %s to %s: %s, %s the wire, %.0f ms after %s" % (
                clock, *pair, run, "on" if first in when else "not on",
                1000 * (near - at[-1]) if at else 0,
                last[-1] if last else "the beginning"))
    return lines


def run(lab, rate, changes=None, number=None, seconds=None):
    """Sends while so many changes are made, or for so long.  Returns the
    duration and {pair: Tally}, {pair: [Seen]}, and slips."""
    with traffic.Wire(lab) as wire:
        with traffic.Traffic(lab, rate) as flows:
            begin = time.time()
            if number is not None:
                changes.run(number)
            else:
                pause(seconds)
            duration = time.time() - begin
            tallies, slips = flows.stop()
    return duration, tallies, wire.packets(), slips


def find_rate(lab):
    """How many packets a second this machine can carry: RATE, if it loses none
    of them while nothing changes.  If it does, half of what it carries, for
    changes are work, too."""
    rate = RATE
    while rate > 50:
        _, tallies, _, _ = run(lab, rate, seconds=3)
        if not any(tally.missing for tally in tallies.values()):
            break
        rate //= 2
    return rate if rate == RATE else rate // 2


def test_changes(lab):
    traffic.wait_for_traffic(lab)
    rate = find_rate(lab)
    print("seed %d, %d packets a second" % (SEED, rate))
    with traffic.Advertisements(lab) as advertisements:
        changes = lossfree.Changes(lab, random.Random(SEED), advertisements)
        changes.start()
        traffic.wait_for_traffic(lab)
        duration, tallies, seen, slips = run(lab, rate, changes, CHANGES)
        _, control, _, control_slips = run(lab, rate,
                                           seconds=min(duration, 20))
    wrong = [(pair, *w) for pair in lab.pairs
             for w in lossfree.judge(changes.timeline[pair],
                                     seen.get(pair, ()))]
    loss = describe_loss(tallies, seen, changes)
    n_lost = sum(len(t.missing) for t in tallies.values())
    n_sent = sum(t.sent for t in tallies.values())
    n_control_lost = sum(len(t.missing) for t in control.values())
    n_control = sum(t.sent for t in control.values())
    print("%d changes in %.0f s, at most %d further plans: %d packets, %d "
          "lost, %d slips, %d of a wrong form; control: %d packets, %d lost, "
          "%d slips" % (
              CHANGES, duration, changes.n_plans,
              n_sent, n_lost, slips, len(wrong), n_control, n_control_lost,
              control_slips))
    for line in loss[:40]:
        print(line)
    for pair, packet, what, allowed in wrong[:20]:
        at = max((at for at, _ in changes.log if at <= packet.time),
                 default=0)
        print("%s to %s: %s, number %s, %.0f ms after its change; last: %s; "
              "allowed: %s" % (*pair, packet.options, packet.number,
                               1000 * (packet.time - at), what, allowed))
    assert changes.n_plans > 0, "no plan beyond the first was ever needed"
    assert not any(t.again for t in tallies.values())
    assert not wrong
    # A machine that loses packets while nothing changes cannot show more than
    # that changes do not lose a larger part of them.
    assert n_lost * n_control <= n_control_lost * n_sent, loss
