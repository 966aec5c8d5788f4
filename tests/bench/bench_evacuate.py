"""100 endpoints of one NVE are evacuated at once: some clients move them as
fast as the controller takes that.  Measured from its last answer to the last
flow in the switch."""
import concurrent.futures
import statistics
import time

import bench_agent
from latency import Latency, patch

N = 100
N_CLIENTS = 4
REPEAT = 10
ROWS = [("100 endpoints evacuated, ms",
         lambda r: "%.1f" % (r["latency"] * 1e3)),
        ("... CPU, ms", lambda r: "%.2f" % (r["cpu"] * 1e3))]


class Mover:
    """One of several clients: a 'world' that latency.patch() takes."""
    def __init__(self, world):
        self.client = bench_agent.Client(world.port)

    def move(self, endpoints, to):
        for i in endpoints:
            patch(self, "/endpoints/ep-%d" % i, {"nve": to})


def bench(world, agent, n):
    nves = ["nve-%d" % (world.n_nves - k) for k in (1, 2)]
    movers = [Mover(world) for _ in range(N_CLIENTS)]
    latencies, cpu = [], []

    with concurrent.futures.ThreadPoolExecutor(N_CLIENTS) as pool, \
            Latency(world, agent) as latency:
        monitor = latency.monitor

        def evacuate(to):
            monitor.drain(0.5)
            seen, used = monitor.seen, agent.cpu()
            list(pool.map(lambda k: movers[k].move(
                range(k, N, N_CLIENTS), to), range(N_CLIENTS)))
            answered = time.monotonic()
            latencies.append(max(0.0, monitor.wait(seen + N) - answered))
            monitor.drain(0.5)
            cpu.append(agent.cpu() - used)

        for i in range(N):
            patch(world, "/endpoints/ep-%d" % i, {"nve": nves[1]})
        for i in range(REPEAT):
            evacuate(nves[i % 2])
    for i in range(N):
        patch(world, "/endpoints/ep-%d" % i,
              {"nve": "nve-%d" % (i % world.n_nves)})
    agent.wait(n)
    return {"latency": statistics.median(latencies),
            "cpu": statistics.median(cpu)}
