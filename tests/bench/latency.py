"""How long after the controller's answer the switch has a change, and what
processor time that costs the agent.

FlowMonitor tells when the switch has it; nobody asks the agent.
"""
import statistics
import subprocess
import time

import bench as common
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

    def measure(self, changes, of=None):
        """Makes changes, one after the other, each by calling it; for each,
        waits for the first flow that changes, and then until all is quiet.
        Returns seconds; those of the processor are the agent's, or those 'of'
        another process."""
        monitor = self.monitor
        of = of or self.agent
        monitor.drain(0.5)
        latencies, seen, cpu = [], monitor.seen, of.cpu()
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
                "cpu": (of.cpu() - cpu) / n,
                "flows": (monitor.seen - seen) / n}


    def measure_row(self, changes):
        """Makes changes as fast as the controller takes them, and waits until
        all is quiet, as it is to be before, too: notes are written once a
        second.  Returns the agent's processor time for each."""
        cpu = self.agent.cpu()
        for change in changes:
            change()
        self.monitor.drain(1.5)
        return (self.agent.cpu() - cpu) / len(changes)


class Listener:
    """A program that hears of each endpoint and asks the switch for an echo,
    and does nothing else: see listener.c."""

    def __init__(self, world):
        self.process = subprocess.Popen(
            [str(common.BUILD / "tests" / "bench" / "listener"),
             str(world.port), str(world.switch.dir / "br-int.mgmt")])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        assert self.process.poll() is None, "it has ended by itself"
        self.process.kill()
        self.process.wait()

    def cpu(self):
        return common.cpu(self.process.pid)


def rows(name, title):
    """Rows of bench_agent's table for a result of measure()."""
    return [(title + ", p50 / p99",
             lambda r: "%.1f / %.1f" % (r[name]["p50"] * 1e3,
                                        r[name]["p99"] * 1e3)),
            ("... CPU, ms", lambda r: "%.2f" % (r[name]["cpu"] * 1e3))]
