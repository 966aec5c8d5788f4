#!/usr/bin/python3
"""What services cost on a node.

  bench_services.py [--services N]

nvad has a VPC with one endpoint here, 100 elsewhere, and N LoadBalancers of
one TCP port, each with two of these as backends.  The agent starts with an
empty bridge, gets them all into the switch, is killed and started again, and
then one backend of one service comes and goes.  `ovs-ofctl bundle' adds the
same flows and groups to another bridge of the same switch.
"""
import argparse
import statistics
import time

import bench as common
import bench_agent
from waiting import wait_until

N_ENDPOINTS = 100
N_PAIRS = N_ENDPOINTS // 2
N_CHANGES = 40


def service(i):
    """Service 0 has backends of its own."""
    return bench_agent.resource("LoadBalancer", "svc-%d" % i, {
        "vpc": "big", "address": "10.200.%d.%d" % (i >> 8, i & 255),
        "ports": [{"protocol": "TCP", "port": 80, "targetPort": 8080}],
        "backends": {"endpointSelector": {"matchLabels": {
            "pair": str(i % (N_PAIRS - 1) + 1 if i else 0)}}}})


def populate(world, n):
    world.populate(N_ENDPOINTS)
    for i in range(N_ENDPOINTS):
        set_pair(world, i, i // 2)
    for i in range(n):
        world.client("POST", "/loadbalancers", service(i))


def set_pair(world, i, pair):
    world.client("PATCH", "/endpoints/ep-%d" % i,
                 {"metadata": {"labels": {"pair": str(pair)}}},
                 "application/merge-patch+json")


def count(switch, what, bridge="br-int"):
    return sum(" actions=" in line or "group_id=" in line
               for line in switch.ofctl(what, bridge).splitlines())


def start(world, n_services):
    """Starts the agent; returns it, its status when all is in the switch, and
    what that took."""
    agent = bench_agent.Agent(world.switch)

    def done():
        s = agent.settled(N_ENDPOINTS)
        return s and s["openflow"]["flows"] > 3 * n_services and s
    wait_until(lambda: "desired state is known" in agent.said(),
               "the agent knows its objects", 300)
    status = wait_until(done, "all is in the switch", 300, interval=0.02)
    return agent, status, agent.sample()


def reference(world):
    """`ovs-ofctl bundle' with what there is."""
    switch = world.switch
    lines = ["group add " + line.strip()
             for line in switch.ofctl("--no-names", "dump-groups",
                                      "br-int").splitlines()
             if "group_id=" in line]
    n_groups = len(lines)
    lines += ["flow add " + line for line in bench_agent.readable(
        bench_agent.dump(switch, "br-int")).splitlines()
        if "actions=" in line and "tun_metadata" not in line
        and "meter" not in line]
    switch.add_bridge("br-ref")
    path = switch.dir / "reference"
    path.write_text("\n".join(lines) + "\n")
    try:
        sample = common.measure(switch, "ovs-ofctl", "-vconsole:off", "-O",
                                "OpenFlow15", "bundle", "br-ref", path)
        return sample, n_groups, len(lines) - n_groups
    finally:
        switch.vsctl("del-br", "br-ref")


def change(world, agent):
    """Endpoint 1 goes from service 0 and comes back."""
    def mods():                     # Of flows, and of groups.
        return [int(agent.ask("coverage/read-counter", "ofctrl_" + name))
                for name in ("flow_mod", "group_mod")]
    latencies = []
    before, cpu = mods(), agent.cpu()
    for i in range(N_CHANGES):
        groups = mods()[1]
        set_pair(world, 1, 1000 if i % 2 == 0 else 0)
        begin = time.monotonic()
        wait_until(lambda: mods()[1] > groups, "the group has changed",
                   interval=0.001)
        latencies.append(time.monotonic() - begin)
    after = mods()
    return {"flowMods": (after[0] - before[0]) / N_CHANGES,
            "groupMods": (after[1] - before[1]) / N_CHANGES,
            "cpu": (agent.cpu() - cpu) / N_CHANGES,
            "median": statistics.median(latencies), "max": max(latencies)}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=10000)
    args = parser.parse_args()
    world = bench_agent.World()
    try:
        populate(world, 0)
        world.make_bridge()
        agent, status, none = start(world, 0)
        flows = status["openflow"]["flows"]
        agent.kill()
        for i in range(args.services):
            world.client("POST", "/loadbalancers", service(i))
        world.make_bridge()
        agent, status, cold = start(world, args.services)
        n_flows = count(world.switch, "dump-flows")
        n_groups = count(world.switch, "dump-groups")
        print("%d services, %d endpoints" % (args.services, N_ENDPOINTS + 1))
        common.show("without services", none)
        common.show("with services, from nothing", cold)
        theirs, ref_groups, ref_flows = reference(world)
        common.show("ovs-ofctl bundle, the same", theirs)
        print("  flows %d, %.2f a service; groups %d, %.2f a service"
              % (n_flows, (n_flows - flows) / args.services, n_groups,
                 n_groups / args.services))
        print("  (the reference has %d flows and %d groups)"
              % (ref_flows, ref_groups))
        agent.kill()
        agent, status, warm = start(world, args.services)
        common.show("restart", warm)
        print("  flow_mods %d, group_mods %d"
              % (status["openflow"]["flowMods"],
                 status["openflow"]["groupMods"]))
        c = change(world, agent)
        print("  a backend of one service: %.2f flow_mods, %.2f group_mods, "
              "%.2f ms of CPU; after %.1f ms (at most %.1f)"
              % (c["flowMods"], c["groupMods"], c["cpu"] * 1e3,
                 c["median"] * 1e3, c["max"] * 1e3))
        agent.kill()
    finally:
        world.stop()


if __name__ == "__main__":
    main()
