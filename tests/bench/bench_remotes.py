"""Many remotes: NVEs with two endpoints each, in one VPC.

  shared       One tunnel port for all remotes.
  per-remote   A port for each, which ovs-vswitchd has to make.

Of each, an agent that starts with nothing and one that starts again, until all
flows are in the switch; then tables change, one after the other.
"""
import concurrent.futures

import bench as common
import bench_agent
from latency import Latency, patch

MAX_PER_REMOTE = 1000           # Remotes in that mode, at most.
N_TABLES = 100


def address(k):
    return "100.64.%d.%d" % (k >> 8, k & 255)


class World(bench_agent.World):
    """As bench_agent's, but with as many NVEs as are wanted."""
    def make_underlay(self):
        super().make_underlay()
        self.switch.appctl("netdev-dummy/ip4addr", "br-phy",
                           "100.127.255.1/10")
        self.switch.appctl("ovs/route/add", "100.64.0.0/10", "br-phy")

    def grow(self, n_nves):
        """Has 'n_nves' NVEs at least, each with two endpoints."""
        old = getattr(self, "n_far", 0)
        clients = [bench_agent.Client(self.port)
                   for _ in range(bench_agent.N_CLIENTS)]

        def fill(c):
            for k in range(old + c, n_nves, len(clients)):
                clients[c]("POST", "/nves", bench_agent.resource(
                    "NVE", "far-%d" % k, {"underlay": {"ips": [address(k)]},
                                          **table(1 + k % 3)}))
                for i in (2 * k, 2 * k + 1):
                    endpoint = bench_agent.endpoint(i)
                    endpoint["spec"]["nve"] = "far-%d" % k
                    clients[c]("POST", "/endpoints", endpoint)

        if not old:
            self.populate(0)
        with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
            list(pool.map(fill, range(len(clients))))
        self.n_far = n_nves

    def set_mode(self, mode):
        self.make_bridge()
        self.switch.vsctl("set", "open_vswitch", ".",
                          "external_ids:nve-tunnel-mode=" + mode)


def table(n_options):
    options = [{"class": c, "type": t, "length": length}
               for c, t, length, _, _ in bench_agent.OPTIONS.values()]
    return {"static": {"mode": "replace", "order": "any",
                       "options": options[:n_options]}}


def start(world, n_nves):
    agent = bench_agent.Agent(world.switch)
    try:
        agent.wait(2 * n_nves, n_nves=n_nves)
        return agent, agent.sample()
    except BaseException:
        agent.kill()
        raise


def bench_mode(world, mode, n_nves):
    world.set_mode(mode)
    agent, cold = start(world, n_nves)
    with Latency(world, agent) as latency:
        change = latency.measure(
            [lambda k=3 * i, n=n: patch(world, "/nves/far-%d" % k, table(n))
             for n in (2, 1) for i in range(N_TABLES // 2)])
    agent.kill()
    agent, restart = start(world, n_nves)
    agent.kill()
    print("%d remotes, %s" % (n_nves, mode))
    common.show("agent, cold start", cold)
    common.show("agent, restart", restart)
    print("  a table changes: %.2f ms (p99 %.2f), %.2f ms CPU"
          % (change["p50"] * 1e3, change["p99"] * 1e3, change["cpu"] * 1e3))
    return {"cold": cold, "restart": restart, "table": change}


def bench(sizes):
    world = World()
    result = {"shared": {}, "per-remote": {}}
    try:
        for n in sorted(sizes):
            world.grow(n)
            result["shared"][n] = bench_mode(world, "shared", n)
            if n <= MAX_PER_REMOTE:
                result["per-remote"][n] = bench_mode(world, "per-remote", n)
    finally:
        world.stop()
    return result
