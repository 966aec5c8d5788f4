#!/usr/bin/python3
"""Churn and faults for a long time, and whether anything is left behind.

  soak.py [--seconds N] [--seed N] [--checkpoints N] [--keep DIR]

In a sandbox of three nodes, under traffic between all of them, objects are
made, changed and deleted (churn.py), while daemons are killed and hang, links
fail and flows are deleted (faults.py).  At each checkpoint both stop, what the
churn has made is taken away, and everything must become as it was at the
beginning (health.py): all reach each other, flows are those that are wanted,
nothing is refused, no alarm is left.  Then each daemon is looked at.

The state is the same at all checkpoints, so file descriptors and memory (what
is not shared with files) must be, too.  In the end there may be FDS_MORE file
descriptors more than at the beginning, once those of connections that broke
are closed (nvad takes 75 seconds for that).  As to memory, the first third of
the time is there for caches to fill; for each process that lived through the
other two, the median of the last third may be above that of the middle third
by GROWTH of it or by GROWTH_KB, whichever is more.

Prints a table; fails if anything did not come back, or grew.
"""
import argparse
import os
import pathlib
import random
import shutil
import statistics
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / "e2e"), str(TOP / "tests" / "soak")]

import traffic                                  # noqa: E402
import world                                    # noqa: E402
from churn import Churn                         # noqa: E402
from faults import Faults                       # noqa: E402
from health import JUDGED, measure, wait_healthy    # noqa: E402
from lab import Lab                             # noqa: E402
from waiting import wait_until                  # noqa: E402

RATE = 100                      # Packets a second for each pair of nodes.
# nvad keeps changes, for watchers that come back.  So many fill soon; with the
# default number of 16,384 of each kind, memory would grow for hours.
NVAD_OPTIONS = "--watch-history=100"
DEADLINE = 90                   # Seconds until all is well again.
FAULT_SECONDS = 0.1, 4          # How long a fault lasts, from and to.
GROWTH, GROWTH_KB, FDS_MORE = 0.03, 512, 6


def log(text):
    print("%s %s" % (time.strftime("%H:%M:%S"), text), flush=True)


def interval(seconds, dice, churn, faults):
    """Churn and faults for so long; a fault is over before the next one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(dice.randint(1, 8)):
            churn.step()
        mend = faults.begin()
        over = time.monotonic() + dice.uniform(*FAULT_SECONDS)
        try:
            while time.monotonic() < over:
                churn.step()
        finally:
            mend()


def wait_closed(lab, before):
    """Until there are no more file descriptors than before."""
    def closed():
        more = {key: (before[key][2], n) for key, (_, _, n)
                in measure(lab).items()
                if key[1] in JUDGED and n > before[key][2] + FDS_MORE}
        assert not more, more
        return True
    wait_until(closed, "file descriptors are closed", DEADLINE)


def judge(samples):
    """Yields whose memory grew, of samples in the order of time."""
    third = len(samples) // 3
    for key, (pid, _, _) in samples[-1].items():
        middle, last = ([s[key][1] for s in part if s[key][0] == pid]
                        for part in (samples[third:-third], samples[-third:]))
        if key[1] not in JUDGED or len(middle) + third < len(samples) - third:
            continue                    # It did not live long enough.
        before, now = statistics.median(middle), statistics.median(last)
        if now - before > max(GROWTH * before, GROWTH_KB):
            yield "%s %s: memory grew from %d to %d kB" % (*key, before, now)


def show(samples):
    """A line for each daemon: kB/descriptors at up to nine checkpoints; "*"
    is before a new process."""
    step = max(1, -(-len(samples) // 9))
    chosen = list(range(len(samples) - 1, -1, -step))[::-1]
    print("%-20s" % "kB/fds at checkpoint"
          + "".join("%11d" % (n + 1) for n in chosen))
    for key in sorted(samples[-1]):
        cells, before = "", None
        for n in chosen:
            pid, kb, fds = samples[n][key]
            cells += "%11s" % ("%s%d/%d" % (
                "*" if before not in (None, pid) else "", kb, fds))
            before = pid
        print("%-20s%s" % (" ".join(key)[:20], cells))


def show_traffic(flows):
    tallies, slips = flows.stop()
    sent = sum(t.sent for t in tallies.values())
    lost = sum(len(t.missing) for t in tallies.values())
    print("%d packets, %d lost (%.1f %%) during faults, %d twice, %d slips" % (
        sent, lost, 100 * lost / sent, sum(t.again for t in tallies.values()),
        slips))


def soak(lab, options):
    """Returns what was wrong, as lines."""
    dice = random.Random(options.seed)
    churn = Churn(lab, dice)
    faults = Faults(lab, dice, churn)
    samples = []
    world.load(lab)
    before = measure(lab)
    with traffic.Traffic(lab, RATE) as flows:
        try:
            for n in range(options.checkpoints):
                faults.spares_nvad = n >= options.checkpoints // 3
                interval(options.seconds / options.checkpoints, dice, churn,
                         faults)
                churn.clear()
                start = time.monotonic()
                wait_healthy(lab, DEADLINE)
                samples.append(measure(lab))
                log("checkpoint %d of %d: all well after %.1f s" % (
                    n + 1, options.checkpoints, time.monotonic() - start))
            show_traffic(flows)
            wait_closed(lab, before)
            samples[-1] = measure(lab)
        except AssertionError as error:
            if samples:
                show(samples)
            return ["did not come back: %s" % error]
    show(samples)
    for what, counts in ("changes", churn.counts), ("faults", faults.counts):
        print("%d %s: %s" % (sum(counts.values()), what, ", ".join(
            "%s %d" % item for item in sorted(counts.items()))))
    return list(judge(samples))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--checkpoints", type=int, default=15)
    parser.add_argument("--seed", type=int, default=random.randrange(10000))
    parser.add_argument("--keep", help="directory for all files, if it fails")
    options = parser.parse_args()
    if os.geteuid():
        parser.error("needs root")
    os.environ["GA_SANDBOX_NVAD_OPTIONS"] = NVAD_OPTIONS
    log("seed %d" % options.seed)
    lab = Lab(3).start()
    wrong = ["interrupted"]
    try:
        wrong = soak(lab, options)
    finally:
        if wrong and options.keep:
            shutil.copytree(lab.dir, options.keep, dirs_exist_ok=True,
                            ignore=lambda d, names: [
                                n for n in names if not n.endswith(".log")
                                and not (pathlib.Path(d) / n).is_dir()])
        lab.stop()
    for line in wrong:
        print("WRONG:", line)
    print("soak: %s" % ("FAILED" if wrong else "ok"))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
