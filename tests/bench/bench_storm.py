#!/usr/bin/python3
"""What changes that come faster than any switch takes them cost the agent,
and what nothing at all costs it.

  bench_storm.py [--endpoints N] [--rate N] [--seconds N] [--json FILE]

One node is real: its ovsdb-server, its ovs-vswitchd (dummy ports) and its
agent.  The controller is not: it sends events as fast as it is told to.

  moves   All endpoints move between NVEs, in turn.
  one     One endpoint moves all the time.
  same    Events that say nothing new about endpoints.
  idle    No event for some seconds: how often the agent wakes up.

After each storm the agent must have what was sent last: an agent that is
started then finds nothing to change.  There may be fewer flow_mods than events
have changed flows, as what is overtaken is not sent, but never more.
"""
import argparse
import json
import os
import pathlib
import re
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / "e2e"), str(TOP / "tests" / "bench")]

import bench_agent                              # noqa: E402
import fake_controller                          # noqa: E402
import ovs                                      # noqa: E402
from waiting import wait_until                  # noqa: E402

KINDS = {"advertisementacks": "AdvertisementAck", "endpoints": "Endpoint",
         "externalnetworks": "ExternalNetwork", "floatingips": "FloatingIP",
         "geneveoptions": "GeneveOption", "loadbalancers": "LoadBalancer",
         "nves": "NVE", "optionprofiles": "OptionProfile",
         "qosclasses": "QoSClass", "qospolicies": "QoSPolicy",
         "vpcgateways": "VPCGateway", "vpcpolicies": "VPCPolicy",
         "vpcroutes": "VPCRoute", "vpcs": "VPC"}
IDLE_SECONDS = 20


class Node(bench_agent.World):
    """The node, with a controller that is not nvad."""
    def __init__(self, n):
        self.nvad = None
        self.switch = ovs.Ovs().start()
        self.controller = fake_controller.FakeController(
            [*bench_agent.setup_objects(),
             *(("endpoints", bench_agent.endpoint(i))
               for i in range(-1, n))], KINDS)
        self.port = self.controller.port

    def stop(self):
        self.controller.stop()
        self.switch.stop()


def proc_status(agent, field):
    text = pathlib.Path("/proc/%d/status" % agent.process.pid).read_text()
    return int(re.search(r"^%s:\s+(\d+)" % field, text, re.M).group(1))


def switches(agent):
    """How often the agent's threads have slept and woken up."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                             path.read_text(), re.M).group(1))
               for path in pathlib.Path(
                   "/proc/%d/task" % agent.process.pid).glob("*/status"))


def storm(node, agent, n, names, kind, args):
    """One storm."""
    mods, cpu = agent.flow_mods(), agent.cpu()
    before = proc_status(agent, "VmRSS")
    memory = []
    node.controller.start_storm(names, kind, args.rate, args.seconds,
                                bench_agent.N_NVES)
    while not node.controller.storm_is_over():
        memory.append(proc_status(agent, "VmRSS"))
        time.sleep(0.2)
    events, seconds = node.controller.end_storm()
    over = time.monotonic()
    # It has taken all of it when it has nothing to do for a while.
    last = None

    def is_quiet():
        nonlocal last
        now = agent.cpu()
        quiet, last = last is not None and now - last < 0.005, now
        return quiet
    wait_until(is_quiet, "the agent has read it all", 120, interval=0.2)
    agent.wait(n)
    settled = time.monotonic() - over
    result = {"events": events, "perSecond": events / seconds,
              "cpu": (agent.cpu() - cpu) / events,
              "flowMods": agent.flow_mods() - mods, "settled": settled,
              "rssBefore": before, "rssMost": max(memory),
              "rssAfter": proc_status(agent, "VmRSS")}
    print("  %d events, %.0f/s: %.1f us CPU each, %.3f flow_mods each, %.1f"
          " -> %.1f -> %.1f MB, done %.2f s after the last"
          % (events, result["perSecond"], result["cpu"] * 1e6,
             result["flowMods"] / events, before / 1024,
             result["rssMost"] / 1024, result["rssAfter"] / 1024, settled))
    return result


def bench(args):
    node = Node(args.endpoints)
    n = args.endpoints
    everybody = ["ep-%d" % i for i in range(n)]
    result = {}
    try:
        agent, _ = bench_agent.cold(node, n)
        for what, names, kind in (("moves", everybody, "move"),
                                  ("one", everybody[:1], "move"),
                                  ("same", everybody, "same")):
            print(what)
            result[what] = storm(node, agent, n, names, kind, args)
            agent, again = bench_agent.restart(node, agent, n)
            assert not again["flowMods"], "%s: %d flow_mods after it" % (
                what, again["flowMods"])
            assert result[what]["flowMods"] <= result[what]["events"], what
        used, woken = agent.cpu(), switches(agent)
        time.sleep(IDLE_SECONDS)
        result["idle"] = {
            "cpu": (agent.cpu() - used) / IDLE_SECONDS,
            "wakeups": (switches(agent) - woken) / IDLE_SECONDS}
        print("idle: %.2f wakeups and %.0f us CPU in a second"
              % (result["idle"]["wakeups"], result["idle"]["cpu"] * 1e6))
        agent.kill()
    finally:
        node.stop()
    return result


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=10000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    result = bench(args)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
