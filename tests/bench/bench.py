#!/usr/bin/python3
"""What the agent costs, next to ovs-ofctl with the same flows.

  bench.py [--flows N,...] [--endpoints N,...] [--remotes N,...]
           [--objects N] [--repeat N] [--json FILE]

Four parts, the first three each on a real ovs-vswitchd of its own (userspace,
with dummy ports; nothing else on the machine is touched):

  flows      The OpenFlow part alone makes and pushes N flows; then
             `ovs-ofctl --bundle add-flows` pushes the same N.
  endpoints  nvad has 100 NVEs with N endpoints; the agent starts with
             nothing and gets them all into the switch.  Then something
             changes (bench_agent.py).  A table of all sizes comes last.
  remotes    The same with N NVEs that have two endpoints each, in both tunnel
             modes (bench_remotes.py).
  objects    N endpoints in JSON are read by several libraries.

Ratios below 1 mean that the agent takes less than ovs-ofctl, or a library less
than Open vSwitch's.  Those that are compared take turns, so that what else the
machine does hits all of them alike.  Of several repetitions the median counts,
for a ratio that of the ratios of each.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / "e2e"), str(TOP / "tests" / "bench")]

import ovs                                      # noqa: E402

BUILD = pathlib.Path(os.environ.get("GA_BUILDDIR", TOP / "build"))
TLV_MAP = ("{class=0xff01,type=0x01,len=4}->tun_metadata3,"
           "{class=0xff01,type=0x02,len=16}->tun_metadata7")


def measure(switch, *command):
    """Runs a command; returns what it took (see measure.c)."""
    read, write = os.pipe()
    os.set_inheritable(write, True)
    try:
        subprocess.run(["sh", "-c", 'exec "$@" 3>&%d' % write, "sh",
                        BUILD / "tests" / "bench" / "measure", *command],
                       env=switch and switch.env, check=True,
                       stdout=subprocess.DEVNULL, pass_fds=[write],
                       timeout=600)
    finally:
        os.close(write)
    with os.fdopen(read) as result:
        return json.loads(result.read())


def cpu(pid):
    """Seconds of a process, of all its threads, those that ended included: the
    clock that clock_getcpuclockid(3) tells."""
    return time.clock_gettime(~pid << 3 | 2)


def median(samples):
    return {key: statistics.median(s[key] for s in samples)
            for key in samples[0]}


def show(what, sample):
    print("  %-32s %8.3f s wall %8.3f s CPU %8.1f MB"
          % (what, sample["wall"], sample["cpu"], sample["rss"] / 1024))


def ratios(mine, theirs):
    """Of two lists of samples that were taken in turns."""
    return median([{key: m[key] / t[key] for key in m if key in t}
                   for m, t in zip(mine, theirs)])


def show_ratio(ratio):
    print("  %-32s %8.2f   wall %8.2f   CPU %8.2f"
          % ("ratio", ratio["wall"], ratio["cpu"], ratio["rss"]))


def add_flows(switch, bridge, path):
    """Times `ovs-ofctl --bundle add-flows` into an empty bridge."""
    switch.ofctl("del-flows", bridge)
    return measure(switch, "ovs-ofctl", "-vconsole:off", "-O", "OpenFlow15",
                   "--bundle", "add-flows", bridge, path)


def bench_flows(n, repeat):
    driver = str(BUILD / "tests" / "ofctrl-driver")
    switch = ovs.Ovs().start()
    try:
        switch.add_bridge("br0")
        switch.ofctl("add-tlv-map", "br0", TLV_MAP)
        path = switch.dir / "flows"
        with open(path, "wb") as f:
            subprocess.run([driver, "--print=%d" % n], stdout=f, check=True)
        samples = {"push": [], "again": [], "ofctl": []}
        for _ in range(repeat):
            samples["ofctl"].append(add_flows(switch, "br0", path))
            switch.ofctl("del-flows", "br0")
            for what in "push", "again":
                samples[what].append(measure(switch, driver, "--bridge=br0",
                                             "--bench=%d" % n))
        result = {what: median(samples[what]) for what in samples}
        result["ratio"] = ratios(samples["push"], samples["ofctl"])
    finally:
        switch.stop()
    print("%d flows" % n)
    show("ofctrl, from nothing", result["push"])
    show("ofctrl, nothing to change", result["again"])
    show("ovs-ofctl --bundle add-flows", result["ofctl"])
    show_ratio(result["ratio"])
    return result


def numbers(text):
    return [int(n) for n in text.split(",") if n]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flows", type=numbers, default=[1000, 10000, 100000])
    parser.add_argument("--endpoints", type=numbers,
                        default=[1000, 10000, 30000, 100000])
    parser.add_argument("--remotes", type=numbers,
                        default=[500, 1000, 2000, 10000])
    parser.add_argument("--objects", type=int, default=100000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()

    result = {"flows": {}, "endpoints": {}}
    for n in args.flows:
        result["flows"][n] = bench_flows(n, args.repeat)
    if args.endpoints:
        import bench_agent
        result["endpoints"] = bench_agent.bench(args.endpoints, args.repeat)
        for name, module in bench_agent.OTHERS.items():
            result[name] = module.bench(args.repeat)
    if args.remotes:
        import bench_remotes
        result["remotes"] = bench_remotes.bench(args.remotes)
    if args.objects:
        import bench_json
        result["objects"] = bench_json.bench(args.objects, args.repeat)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
