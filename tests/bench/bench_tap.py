"""Speed of geneve-tap (make bench-tap): Gbit/s of TCP, and packets/s of small
UDP datagrams, through a tunnel between two namespaces.

Beside it, in the same run and in turns: the same program as a loop of single
reads and writes (--simple-loop), and the kernel's geneve device, if the kernel
has one.  Each figure is the median of the rounds; ratios are to the loop.

What else a machine does changes the speed, and less so the processor time that
the two processes of geneve-tap take for a Gbit or a packet, which is shown,
too.

    bench_tap.py [--rounds N] [--seconds S]
"""
import argparse
import contextlib
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GA_BUILDDIR", TOP / "build"))
PROGRAM = BUILD / "utilities" / "geneve-tap" / "geneve-tap"
TRAFFIC = BUILD / "tests" / "bench" / "tap-traffic"
HOSTS = {1: "gt-bench-1", 2: "gt-bench-2"}


def ip(host, *args, check=True):
    return subprocess.run(["ip", "-n", HOSTS[host], *args], check=check,
                          capture_output=True, text=True)


def inside(host, *command):
    return ["ip", "netns", "exec", HOSTS[host], *map(str, command)]


@contextlib.contextmanager
def link():
    """Two namespaces and a link between them."""
    for name in HOSTS.values():
        subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        ip(1, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0",
           "netns", HOSTS[2])
        for k in HOSTS:
            ip(k, "addr", "add", "192.0.2.%d/24" % k, "dev", "eth0")
            ip(k, "link", "set", "eth0", "up")
            ip(k, "link", "set", "lo", "up")
        yield
    finally:
        for name in HOSTS.values():
            subprocess.run(["ip", "netns", "del", name], check=False)


@contextlib.contextmanager
def program(directory, *options):
    """geneve-tap at both ends."""
    processes = []
    try:
        for k in HOSTS:
            control = "%s/%d" % (directory, k)
            processes.append(subprocess.Popen(
                inside(k, PROGRAM, "-d", "--control=" + control, *options,
                       "-e", "tap0@7", "192.0.2.%d" % (3 - k)),
                stderr=subprocess.DEVNULL))
            while subprocess.run([PROGRAM, "--stats", "--control=" + control],
                                 capture_output=True,
                                 check=False).returncode:
                time.sleep(0.05)
            ip(k, "addr", "add", "10.0.0.%d/24" % k, "dev", "tap0")
        yield processes
    finally:
        for process in processes:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def kernel():
    """The kernel's device at both ends."""
    for k in HOSTS:
        ip(k, "link", "add", "tap0", "type", "geneve", "id", "7", "remote",
           "192.0.2.%d" % (3 - k))
        ip(k, "addr", "add", "10.0.0.%d/24" % k, "dev", "tap0")
        ip(k, "link", "set", "tap0", "up")
    try:
        yield []
    finally:
        for k in HOSTS:
            ip(k, "link", "del", "tap0")


def has_kernel_device():
    found = not ip(1, "link", "add", "probe", "type", "geneve", "id", "1",
                   "remote", "192.0.2.9", check=False).returncode
    if found:
        ip(1, "link", "del", "probe")
    return found


def processor_time(processes):
    """Seconds, of all of them so far."""
    ticks = 0
    for process in processes:
        stat = pathlib.Path("/proc/%d/stat" % process.pid).read_text()
        ticks += sum(map(int, stat.rsplit(")", 1)[1].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(kind, seconds):
    result = subprocess.run(
        inside(1, TRAFFIC, kind, "10.0.0.2", 5000, seconds), check=True,
        capture_output=True, text=True, timeout=seconds + 60)
    return float(result.stdout)


def run_round(tunnels, seconds, results):
    for name, tunnel in tunnels.items():
        with tunnel() as processes:
            sink = subprocess.Popen(inside(2, TRAFFIC, "sink", 5000))
            try:
                measure("tcp", 0.3)             # Neighbours, caches.
                for kind in "tcp", "udp":
                    before = processor_time(processes)
                    speed = measure(kind, seconds)
                    spent = processor_time(processes) - before
                    results[name][kind].append(speed)
                    results[name][kind + " time"].append(
                        spent / (speed * seconds))
            finally:
                sink.terminate()
                sink.wait()


def show(results):
    base = {kind: statistics.median(values)
            for kind, values in results["loop"].items()}
    columns = (("tcp", "Gbit/s", 1e-9, "%.2f"),
               ("tcp time", "ms/Gbit", 1e12, "%.0f"),
               ("udp", "packets/s", 1, "%.0f"),
               ("udp time", "us/packet", 1e6, "%.2f"))
    print("%-12s" % "", *("%11s %7s" % (title, "x loop")
                          for _, title, _, _ in columns))
    for name, values in results.items():
        print("%-12s" % name, end="")
        for kind, _, unit, form in columns:
            value = statistics.median(values[kind])
            print("%12s %7s" % (form % (value * unit) if value else "-",
                                "%.2f" % (value / base[kind])
                                if value else "-"), end="")
        print()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as directory, link():
        tunnels = {
            "geneve-tap": lambda: program(directory),
            "loop": lambda: program(directory, "--simple-loop"),
        }
        if has_kernel_device():
            tunnels["kernel"] = kernel
        else:
            print("This kernel has no geneve device to compare with.")
        results = {name: {kind: [] for kind in (
            "tcp", "tcp time", "udp", "udp time")} for name in tunnels}
        for _ in range(args.rounds):
            run_round(tunnels, args.seconds, results)
        show(results)


main()
