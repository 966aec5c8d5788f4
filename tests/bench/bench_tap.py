"""Speed of geneve-tap (make bench-tap): Gbit/s of TCP, and packets/s of small
UDP datagrams, through a tunnel between two namespaces.

Beside it, in the same run and in turns: the same program as a loop of single
reads and writes (--simple-loop), and the kernel's geneve device, if the kernel
has one.  Each figure is the median of the rounds; ratios are to the loop.

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
        yield
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
        yield
    finally:
        for k in HOSTS:
            ip(k, "link", "del", "tap0")


def has_kernel_device():
    found = not ip(1, "link", "add", "probe", "type", "geneve", "id", "1",
                   "remote", "192.0.2.9", check=False).returncode
    if found:
        ip(1, "link", "del", "probe")
    return found


def measure(kind, seconds):
    result = subprocess.run(
        inside(1, TRAFFIC, kind, "10.0.0.2", 5000, seconds), check=True,
        capture_output=True, text=True, timeout=seconds + 60)
    return float(result.stdout)


def run_round(tunnels, seconds, results):
    for name, tunnel in tunnels.items():
        with tunnel():
            sink = subprocess.Popen(inside(2, TRAFFIC, "sink", 5000))
            try:
                measure("tcp", 0.3)             # Neighbours, caches.
                for kind in "tcp", "udp":
                    results[name][kind].append(measure(kind, seconds))
            finally:
                sink.terminate()
                sink.wait()


def show(results):
    base = {kind: statistics.median(results["loop"][kind])
            for kind in ("tcp", "udp")}
    print("%-12s %8s %7s %12s %7s" % ("", "Gbit/s", "x loop", "packets/s",
                                      "x loop"))
    for name, values in results.items():
        tcp, udp = (statistics.median(values[kind])
                    for kind in ("tcp", "udp"))
        print("%-12s %8.2f %7.1f %12.0f %7.1f" % (
            name, tcp / 1e9, tcp / base["tcp"], udp, udp / base["udp"]))


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
        results = {name: {"tcp": [], "udp": []} for name in tunnels}
        for _ in range(args.rounds):
            run_round(tunnels, args.seconds, results)
        show(results)


main()
