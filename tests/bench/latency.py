"""How long after the controller's answer the switch has a change, and what
processor time that costs the agent.

FlowMonitor tells when the switch has it; nobody asks the agent.
"""
import statistics
import time

from flow_monitor import FlowMonitor

PATCH = "application/merge-patch+json"


def patch(world, path, spec):
    world.client("PATCH", path, {"spec": spec}, PATCH)


class Latency:
    def __init__(self, world, agent):
        agent.hang_up()
        self.agent = agent
        self.monitor = FlowMonitor(str(world.switch.dir), "br-int")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.monitor.close()

    def measure(self, changes):
        """Makes changes, one after the other, each by calling it; for each,
        waits for the first flow that changes, and then until all is quiet.
        Returns seconds."""
        monitor = self.monitor
        monitor.drain(0.5)
        latencies, seen, cpu = [], monitor.seen, self.agent.cpu()
        for change in changes:
            first = monitor.seen + 1
            change()
            answered = time.monotonic()
            latencies.append(max(0.0, monitor.wait(first) - answered))
            monitor.drain(0.005)
        monitor.drain(0.5)
        n = len(latencies)
        latencies.sort()
        return {"p50": statistics.median(latencies),
                "p99": latencies[min(n - 1, n * 99 // 100)],
                "cpu": (self.agent.cpu() - cpu) / n,
                "flows": (monitor.seen - seen) / n}


def rows(name, title):
    """Rows of bench_agent's table for a result of measure()."""
    return [(title + ", p50 / p99",
             lambda r: "%.1f / %.1f" % (r[name]["p50"] * 1e3,
                                        r[name]["p99"] * 1e3)),
            ("... CPU, ms", lambda r: "%.2f" % (r[name]["cpu"] * 1e3))]
