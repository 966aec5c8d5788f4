"""Endpoints move from one NVE to another, one after the other: the agent's
processor time and flow_mods for each, and how long after the controller's
answer the switch is told.
"""
import statistics
import time

from waiting import wait_until

N_CHANGES = 100
ROWS = [
    ("one endpoint moves, to the flow_mod",
     lambda r: "%.1f ms" % (r["latency"] * 1e3)),
    ("... CPU", lambda r: "%.2f ms" % (r["cpu"] * 1e3)),
    ("... flow mods", lambda r: "%.2f" % r["flowMods"]),
]


def bench(world, agent, n):
    def move(i, shift):
        world.client("PATCH", "/endpoints/ep-%d" % i,
                     {"spec": {"nve": "nve-%d"
                               % ((i + shift) % world.n_nves)}},
                     "application/merge-patch+json")

    move(0, 1)
    agent.wait(n)
    latencies = []
    for i in range(1, 21):
        before = agent.flow_mods()
        start = time.monotonic()
        move(i, 1)
        wait_until(lambda b=before: agent.flow_mods() > b,
                   "the change is sent", interval=0)
        latencies.append(time.monotonic() - start)
    # The processor's time without anybody looking.
    agent.wait(n)
    mods, cpu = agent.flow_mods(), agent.cpu()
    for i in range(21, 21 + N_CHANGES):
        move(i, 1)
    wait_until(lambda: agent.flow_mods() >= mods + N_CHANGES,
               "the changes are sent", interval=0.2)
    cpu, mods = agent.cpu() - cpu, agent.flow_mods() - mods
    for i in range(21 + N_CHANGES):
        move(i, 0)
    agent.wait(n)
    return {"latency": statistics.median(latencies),
            "cpu": cpu / N_CHANGES, "flowMods": mods / N_CHANGES}
