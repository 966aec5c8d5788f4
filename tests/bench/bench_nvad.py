#!/usr/bin/python3
"""What nvad costs: lists, watchers, and changes that reach them.

  bench_nvad.py [--endpoints N] [--vpcs N] [--watchers N] [--changes N]
                [--json FILE]

A real nvad with its ovsdb-server on loopback.  The endpoints are written into
the database before nvad starts; all that is measured goes through its API.

  objects   Memory for each object, and what lists cost: all in pages of 500,
            and the endpoints of one VPC.
  changes   What a change costs nvad, with nobody watching, with watchers of
            other VPCs, and with watchers that all want to see it; and how
            long after the request it reaches them.
  stuck     Watchers that do not read, while others do: what it costs the
            others, and nvad.

CPU time is nvad's own.  The watchers are one process with an epoll set, whose
own time for each event is part of the latencies, so these are upper bounds.
"""
import argparse
import json
import pathlib
import select
import socket
import statistics
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / "e2e")]

import nvadlib                                  # noqa: E402
from control import Database                    # noqa: E402
from waiting import wait_until                  # noqa: E402

VPC_LABEL = "nvo3.io/vpc"
PAGE = 500
BATCH = 2000                    # Rows in a transaction.
FIRST_RV = 1000


def cpu(pid):
    """Seconds of all threads, in ns resolution."""
    return sum(int(path.read_text().split()[0]) / 1e9 for path in
               pathlib.Path("/proc/%d/task" % pid).glob("*/schedstat"))


def vpc_name(i):
    return "vpc-%d" % i


def endpoint_spec(i, n_vpcs):
    return {"vpc": vpc_name(i % n_vpcs), "type": "vm", "nve": "nve-%d"
            % (i % 100), "policyLabel": 70000 + i,
            "mac": "02:00:00:%02x:%02x:%02x" % (i >> 16, i >> 8 & 255,
                                                i & 255),
            "ips": ["10.%d.%d.%d" % (i + 2 >> 16, i + 2 >> 8 & 255,
                                     i + 2 & 255)]}


class Rows:
    """Rows for nvad, written before it starts."""
    def __init__(self, path):
        self.db = Database(path, "NVA")
        self.rv = FIRST_RV
        self.operations = []

    def transact(self):
        self.db.transact(*self.operations)
        self.operations = []

    def insert(self, table, row):
        self.operations.append({"op": "insert", "table": table, "row": row})
        if len(self.operations) >= BATCH:
            self.transact()

    def add(self, kind, name, spec, labels=()):
        self.rv += 1
        self.insert("Object", {
            "kind": kind, "name": name, "resource_version": self.rv,
            "generation": 1, "created": "2026-01-01T00:00:00Z",
            "labels": ["map", list(labels)],
            "spec": json.dumps(spec, sort_keys=True,
                               separators=(",", ":"))})

    def close(self):
        self.insert("NVA", {"resource_version": self.rv})
        self.transact()
        self.db.close()


def populate(nva, n, n_vpcs):
    rows = Rows(nva.socket)
    for i in range(n_vpcs):
        rows.add("VPC", vpc_name(i), {"vni": 4097 + i,
                                      "subnets": [{"cidr": "10.0.0.0/8"}]})
    for i in range(n):
        spec = endpoint_spec(i, n_vpcs)
        rows.add("Endpoint", "ep-%d" % i, spec, [(VPC_LABEL, spec["vpc"])])
    rows.close()


class Watcher:
    def __init__(self, port, query, receive_buffer=None):
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                 receive_buffer)
        self.sock.connect(("127.0.0.1", port))
        self.sock.sendall(b"GET %s/endpoints?watch=1&%s HTTP/1.1\r\n"
                          b"Host: nva\r\n\r\n"
                          % (nvadlib.API.encode(), query.encode()))
        self.text = b""


class Crowd:
    """Watchers that read all they get."""
    def __init__(self, port):
        self.port = port
        self.epoll = select.epoll()
        self.watchers = {}

    def add(self, query):
        w = Watcher(self.port, query)
        while b"\r\n\r\n" not in w.text:
            w.text += w.sock.recv(65536)
        assert b" 200 " in w.text.split(b"\r\n")[0], w.text
        w.sock.setblocking(False)
        self.watchers[w.sock.fileno()] = w
        self.epoll.register(w.sock.fileno(), select.EPOLLIN)

    def reached(self, n, text, deadline=30):
        """Waits until 'n' watchers have got what contains 'text'.  Returns
        when each did."""
        end = time.monotonic() + deadline
        times = []
        while len(times) < n:
            events = self.epoll.poll(max(end - time.monotonic(), 0))
            assert events, "%d of %d watchers were reached" % (len(times), n)
            for fd, _ in events:
                part = self.watchers[fd].sock.recv(65536)
                assert part, "a watcher was cut off"
                if text in part:
                    times.append(time.monotonic())
        return times

    def drain(self):
        """Reads what there is.  Returns the number of events."""
        n = 0
        while True:
            events = self.epoll.poll(0.2)
            if not events:
                return n
            for fd, _ in events:
                n += self.watchers[fd].sock.recv(1 << 20).count(b'{"type":')

    def close(self):
        for w in self.watchers.values():
            w.sock.close()
        self.epoll.close()


class Bench:
    def __init__(self, args):
        self.args = args
        self.nva = nvadlib.Nva("--bookmark-interval=3600",
                               "--watch-history=4096")
        self.serial = 0

    @property
    def pid(self):
        return self.nva.nvad.popen.pid

    def cpu(self):
        return cpu(self.pid)

    def rv(self):
        return self.client.get("/nves").body["metadata"]["resourceVersion"]

    def start(self):
        self.nva.start_ovsdb()
        self.nva.start_nvad()
        self.nva.wait_ready()
        self.client = self.nva.client()
        empty = self.nva.rss()
        self.nva.nvad.kill()
        # nvad has made the row with the version.
        with Database(self.nva.socket, "NVA") as db:
            db.transact({"op": "delete", "table": "NVA", "where": []})
        populate(self.nva, self.args.endpoints, self.args.vpcs)
        self.client.close()
        start = time.monotonic()
        self.nva.start_nvad()
        wait_until(lambda: self.client.raw("GET", "/readyz").code == 200,
                   "nvad has read the database", 300)
        n = self.args.endpoints + self.args.vpcs
        result = {"start": time.monotonic() - start, "startCpu": self.cpu(),
                  "bytesPerObject": (self.nva.rss() - empty) / n}
        print("%d endpoints, %d VPCs: nvad has them after %.2f s "
              "(%.2f s CPU), %.0f bytes each"
              % (self.args.endpoints, self.args.vpcs, result["start"],
                 result["startCpu"], result["bytesPerObject"]))
        return result

    def timed(self, what, function, n=1):
        start, used = time.monotonic(), self.cpu()
        value = function()
        result = {"wall": (time.monotonic() - start) / n,
                  "cpu": (self.cpu() - used) / n}
        print("  %-42s %9.3f ms wall %9.3f ms CPU"
              % (what, result["wall"] * 1e3, result["cpu"] * 1e3))
        return value, result

    def list_pages(self, query=""):
        count, token = 0, ""
        while True:
            body = self.client.raw(
                "GET", "%s/endpoints?limit=%d%s%s"
                % (nvadlib.API, PAGE, query, token)).raw
            head = json.loads(body[:body.index(b'"items":[')].decode()
                              + '"items":[]}')
            count += body.count(b'"kind":"Endpoint",')
            if not head["metadata"].get("continue"):
                return count
            token = "&continue=" + head["metadata"]["continue"]

    def lists(self):
        n, n_vpcs = self.args.endpoints, self.args.vpcs
        result = {}
        count, result["all"] = self.timed("list of all, in pages",
                                          self.list_pages)
        assert count == n, count
        # Pages of a list while the objects change.
        self.change(0)

        def one(vpc):
            return self.list_pages("&labelSelector=%s%%3D%s"
                                   % (VPC_LABEL, vpc_name(vpc)))

        count, result["vpc"] = self.timed(
            "list of one VPC", lambda: sum(one(i) for i in range(100)), 100)
        assert count == sum(len(range(i, n, n_vpcs)) for i in range(100))

        def changed():
            for i in range(50):
                self.change(i)
                one(i)
        _, result["vpcChanged"] = self.timed(
            "a change and a list of one VPC", changed, 50)
        return result

    def change(self, i):
        """Changes endpoint 'i'; returns the new version, as an event has
        it."""
        self.serial += 1
        i %= self.args.endpoints
        answer = self.client.patch("/endpoints/ep-%d" % i,
                                   {"metadata": {"annotations": {
                                       "serial": str(self.serial)}}})
        assert answer.code == 200, answer
        return b'"serial":"%d"' % self.serial

    def changes(self, what, crowd, n_reached, n, step):
        """Changes, one after the other: what each costs."""
        latencies, used = [], self.cpu()
        answered = []
        start = time.monotonic()
        for i in range(n):
            sent = time.monotonic()
            text = self.change(i * step)
            answered.append(time.monotonic() - sent)
            if n_reached:
                latencies += [t - sent for t in
                              crowd.reached(n_reached, text)]
        result = {"cpu": (self.cpu() - used) / n, "answer":
                  statistics.median(answered),
                  "perSecond": n / (time.monotonic() - start)}
        if latencies:
            latencies.sort()
            result["median"] = latencies[len(latencies) // 2]
            result["p99"] = latencies[int(len(latencies) * 0.99)]
        print("  %-42s %6.0f us CPU, answer %5.2f ms%s"
              % (what, result["cpu"] * 1e6, result["answer"] * 1e3,
                 ", reached median %.2f p99 %.2f ms"
                 % (result["median"] * 1e3, result["p99"] * 1e3)
                 if latencies else ""))
        return result

    def watch(self, names):
        """A crowd, a watcher for each name of a VPC, and what they cost."""
        before, used = self.nva.rss(), self.cpu()
        crowd = Crowd(self.nva.port)
        rv = self.rv()
        for name in names:
            crowd.add("resourceVersion=%s&labelSelector=%s%%3D%s"
                      % (rv, VPC_LABEL, name))
        cost = {"bytesPerWatcher": (self.nva.rss() - before) / len(names),
                "cpuPerWatcher": (self.cpu() - used) / len(names)}
        return crowd, cost

    def watchers(self):
        n, vpcs = self.args.watchers, self.args.vpcs
        result = {}
        result["nobody"] = self.changes("a change, nobody watches", None, 0,
                                        self.args.changes, 1)
        crowd, cost = self.watch([vpc_name(i % vpcs) for i in range(n)])
        result.update(cost)
        print("  %d watchers of one VPC each: %.0f bytes, %.0f us CPU each"
              % (n, cost["bytesPerWatcher"], cost["cpuPerWatcher"] * 1e6))
        result["one"] = self.changes(
            "a change that %d of them want to see" % (n // vpcs), crowd,
            n // vpcs, self.args.changes, 1)
        crowd.close()
        wait_until(lambda: self.nva.status()["watches"] == "0",
                   "nobody watches")

        crowd, _ = self.watch(["elsewhere"] * n)
        result["others"] = self.changes(
            "a change that none of them wants to see", crowd, 0,
            self.args.changes, 1)
        crowd.close()
        wait_until(lambda: self.nva.status()["watches"] == "0",
                   "nobody watches")

        crowd, _ = self.watch([vpc_name(0)] * n)
        result["all"] = self.changes(
            "a change that all %d want to see" % n, crowd, n,
            max(self.args.changes // 20, 1), vpcs)
        result["cpuPerEvent"] = (result["all"]["cpu"]
                                 - result["nobody"]["cpu"]) / n
        print("  %-42s %6.1f us CPU" % ("each watcher that a change reaches",
                                        result["cpuPerEvent"] * 1e6))
        crowd.close()
        wait_until(lambda: self.nva.status()["watches"] == "0",
                   "nobody watches")
        return result

    def stuck(self):
        n = 200
        crowd, _ = self.watch([vpc_name(0)] * 20)
        result = {"before": self.changes("20 that read", crowd, 20,
                                         self.args.changes, self.args.vpcs)}
        rv = self.rv()
        stuck = [Watcher(self.nva.port, "resourceVersion=%s&labelSelector=%s"
                         "%%3D%s" % (rv, VPC_LABEL, vpc_name(0)), 4096)
                 for _ in range(n)]
        wait_until(lambda: self.nva.status()["watches"] == str(n + 20),
                   "all watch")
        before = self.nva.rss()
        for when in "filling", "beside":
            result[when] = self.changes(
                "beside %d that do not" % n, crowd, 20,
                max(self.args.changes, 2100), 0)
        result["bytesPerStuck"] = (self.nva.rss() - before) / n
        start = time.monotonic()
        wait_until(lambda: self.nva.status()["watches"] == "20",
                   "those that do not read are cut off", 180)
        print("  %d bytes for each stuck watcher; all are cut off %.0f s after"
              " the last change"
              % (result["bytesPerStuck"], time.monotonic() - start))
        for w in stuck:
            w.sock.close()
        crowd.close()
        return result

    def run(self):
        result = {"endpoints": self.args.endpoints, "vpcs": self.args.vpcs,
                  "watchers": self.args.watchers}
        result.update(self.start())
        result["lists"] = self.lists()
        result["changes"] = self.watchers()
        result["stuck"] = self.stuck()
        return result


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=int, default=100000)
    parser.add_argument("--vpcs", type=int, default=2000)
    parser.add_argument("--watchers", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()

    import resource
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    bench = Bench(args)
    try:
        result = bench.run()
    finally:
        bench.nva.stop()
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
