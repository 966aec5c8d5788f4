#!/usr/bin/python3
"""ovn-controller beside the agent, each next to ovs-ofctl with its own flows.

  bench_ovn.py [--endpoints N,...] [--repeat N] [--json FILE]

Needs the programs of Debian's packages ovn-common, ovn-central and ovn-host;
OVN_PREFIX says where they are unpacked, if that is not "/".  No service of
theirs is started: OVN's databases are of our own, and ovn-northd fills the
southbound one before anything is measured.

Both have the same to do: a switch (a VPC) with N ports (endpoints), all but
one of them on 100 other nodes.  Each has a real ovs-vswitchd of its own.
ovn-controller monitors everything (ovn-monitor-all), which costs it least, and
a time ends when it says that the switch has confirmed its flows (nb_cfg).

  cold     From an empty bridge.
  restart  Killed, and started again.
  move     A port moves from one node to another.
  chassis  A node appears, and one port moves there.
"""
import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / "e2e"), str(TOP / "tests" / "bench")]

import bench as common                          # noqa: E402
import bench_agent                              # noqa: E402
import ovs                                      # noqa: E402
from control import Database                    # noqa: E402
from waiting import wait_until                  # noqa: E402

PREFIX = pathlib.Path(os.environ.get("OVN_PREFIX", "/"))
N_CHASSIS = bench_agent.N_NVES
N_CHANGES = 20
BATCH = 500
WAIT = 600                      # Seconds, at most, for ovn-controller.


def find(path):
    found = PREFIX / path
    if not found.exists():
        sys.exit("%s is missing: install ovn-central and ovn-host, or unpack "
                 "them and set OVN_PREFIX" % found)
    return str(found)


def in_batches(db, operations):
    operations = list(operations)
    for i in range(0, len(operations), BATCH):
        db.transact(*operations[i:i + BATCH])


def uuid(name):
    return ["named-uuid", name]


def port_name(i):
    return "ep-%d" % i if i >= 0 else "here"


class Ovn:
    """OVN's databases, and a node with its Open vSwitch."""
    def __init__(self, n):
        self.n = n
        self.switch = ovs.Ovs().start()
        self.process = None
        self.cfg = 0
        try:
            for name in "nb", "sb":
                self.start_database(name)
            self.nb = Database(self.switch.dir / "ovnnb.sock",
                               "OVN_Northbound")
            self.sb = Database(self.switch.dir / "ovnsb.sock",
                               "OVN_Southbound")
            self.populate()
        except BaseException:
            self.stop()
            raise

    def start_database(self, name):
        d = self.switch.dir
        self.switch.run("ovsdb-tool", "create", d / ("ovn%s.db" % name),
                        find("usr/share/ovn/ovn-%s.ovsschema" % name))
        self.switch.run("ovsdb-server", d / ("ovn%s.db" % name),
                        "--remote=punix:%s/ovn%s.sock" % (d, name),
                        "--unixctl=%s/ovn%s.ctl" % (d, name),
                        "--pidfile=%s/ovn%s.pid" % (d, name), "--detach",
                        "--no-chdir", "-vconsole:off",
                        "--log-file=%s/ovn%s.log" % (d, name))

    def populate(self):
        d = self.switch.dir
        self.nb.transact({"op": "insert", "table": "NB_Global", "row": {
            "options": ["map", [["northd_probe_interval", "0"]]]}},
            {"op": "insert", "table": "Logical_Switch",
             "row": {"name": "big"}})
        for first in range(-1, self.n, BATCH):
            ports = range(first, min(first + BATCH, self.n))
            self.nb.transact(
                *({"op": "insert", "table": "Logical_Switch_Port",
                   "uuid-name": "p%d" % (i + 1), "row": self.port(i)}
                  for i in ports),
                {"op": "mutate", "table": "Logical_Switch",
                 "where": [["name", "==", "big"]], "mutations": [
                     ["ports", "insert", ["set", [
                         uuid("p%d" % (i + 1)) for i in ports]]]]})
        northd = subprocess.Popen(
            [find("usr/bin/ovn-northd"), "-vconsole:off",
             "--log-file=%s/northd.log" % d, "--unixctl=%s/northd.ctl" % d,
             "--ovnnb-db=unix:%s/ovnnb.sock" % d,
             "--ovnsb-db=unix:%s/ovnsb.sock" % d], env=self.switch.env)
        try:
            # It says when it has done everything.
            self.nb.transact({"op": "update", "table": "NB_Global",
                              "where": [], "row": {"nb_cfg": 1}})
            self.wait(self.nb, "NB_Global", [], "sb_cfg", 1)
        finally:
            northd.kill()
            northd.wait()
        self.cfg = 1
        for k in range(N_CHASSIS):
            self.sb.transact(*self.chassis(k))
        found = self.sb.transact({"op": "select", "table": "Chassis",
                                  "where": [], "columns": ["_uuid", "name"]})
        self.nodes = {row["name"]: row["_uuid"] for row in found[0]["rows"]}
        in_batches(self.sb, (self.bind(i, i % N_CHASSIS)
                             for i in range(self.n)))

    @staticmethod
    def port(i):
        spec = bench_agent.endpoint(i)["spec"]
        return {"name": port_name(i),
                "addresses": "%s %s" % (spec["mac"], spec["ips"][0])}

    @staticmethod
    def chassis(k):
        return [{"op": "insert", "table": "Encap", "uuid-name": "e",
                 "row": {"type": "geneve", "ip": "192.0.2.%d" % (k + 10),
                         "chassis_name": "nve-%d" % k}},
                {"op": "insert", "table": "Chassis", "uuid-name": "c",
                 "row": {"name": "nve-%d" % k, "hostname": "nve-%d" % k,
                         "encaps": uuid("e")}}]

    def bind(self, i, k):
        return {"op": "update", "table": "Port_Binding",
                "where": [["logical_port", "==", port_name(i)]],
                "row": {"chassis": self.nodes["nve-%d" % k], "up": True}}

    @staticmethod
    def wait(db, table, where, column, value):
        """Until that is in the database, which tells when it is."""
        db.transact({"op": "wait", "timeout": WAIT * 1000, "table": table,
                     "where": where, "columns": [column], "until": "==",
                     "rows": [{column: value}]})

    def ask(self, *operations):
        """Changes the database, and asks ovn-controller to say when it has
        done what it must."""
        self.cfg += 1
        self.sb.transact(*operations, {"op": "update", "table": "SB_Global",
                                       "where": [],
                                       "row": {"nb_cfg": self.cfg}})

    def wait_done(self):
        self.wait(self.sb, "Chassis_Private", [["name", "==", "bench"]],
                  "nb_cfg", self.cfg)

    def make_bridge(self):
        self.switch.vsctl("--if-exists", "del-br", "br-int")
        self.switch.add_bridge(
            "br-int", ["vif1 type=dummy external_ids:iface-id=here"])
        self.switch.vsctl(
            "set", "open_vswitch", ".", "external_ids:system-id=bench",
            "external_ids:ovn-remote=unix:%s/ovnsb.sock" % self.switch.dir,
            "external_ids:ovn-encap-type=geneve",
            "external_ids:ovn-encap-ip=" + bench_agent.own_address(),
            "external_ids:ovn-bridge-datapath-type=dummy",
            "external_ids:ovn-monitor-all=true",
            "external_ids:ovn-openflow-probe-interval=0",
            "external_ids:ovn-remote-probe-interval=0")

    def start(self):
        """Starts it, and waits until the switch has its flows.  Returns what
        that took."""
        d = self.switch.dir
        self.ask()
        start = time.monotonic()
        self.process = subprocess.Popen(
            [find("usr/bin/ovn-controller"), "-vconsole:off",
             "--log-file=%s/ovn-controller.log" % d, self.switch.db],
            env=dict(self.switch.env, OVN_RUNDIR=str(d)))
        # Its row may not be there yet.
        wait_until(lambda: self.sb.transact(
            {"op": "select", "table": "Chassis_Private",
             "where": [["name", "==", "bench"]]})[0]["rows"],
            "ovn-controller has registered", WAIT)
        self.wait_done()
        wall = time.monotonic() - start
        status = pathlib.Path("/proc/%d/status"
                              % self.process.pid).read_text()
        rss = int(status.split("VmHWM:")[1].split()[0])
        return {"wall": wall, "cpu": self.cpu(), "rss": rss}

    def cpu(self):
        return sum(int(path.read_text().split()[0]) for path in
                   pathlib.Path("/proc/%d/task" % self.process.pid).glob(
                       "*/schedstat")) / 1e9

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def timed(self, *operations):
        used, start = self.cpu(), time.monotonic()
        self.ask(*operations)
        self.wait_done()
        return {"latency": time.monotonic() - start,
                "cpu": self.cpu() - used}

    def move(self):
        """Ports, one after the other."""
        return [self.timed(self.bind(i, (i + 1) % N_CHASSIS))
                for i in range(N_CHANGES)]

    def new_chassis(self):
        """Nodes that appear, one after the other."""
        samples = []
        for k in range(N_CHASSIS, N_CHASSIS + 5):
            result = self.sb.transact(*self.chassis(k))
            self.nodes["nve-%d" % k] = result[1]["uuid"]
            first = self.timed()
            second = self.timed(self.bind(k, k))
            samples.append({key: first[key] + second[key] for key in first})
        return samples

    def stop(self):
        self.kill()
        for name in "ovnnb", "ovnsb":
            self.switch.kill(name)
        self.switch.stop()


def middle(samples):
    return {key: statistics.median(s[key] for s in samples)
            for key in samples[0]}


def bench_ovn(n, repeat):
    world = Ovn(n)
    samples = {"cold": [], "restart": [], "ofctl": []}
    try:
        for _ in range(repeat):
            world.make_bridge()
            samples["cold"].append(world.start())
            flows = len(bench_agent.dump(world.switch,
                                         "br-int").splitlines())
            samples["ofctl"].append(bench_agent.reference(world))
            world.kill()
            samples["restart"].append(world.start())
            if len(samples["cold"]) < repeat:
                world.kill()
        result = {what: middle(samples[what]) for what in samples}
        result["cold"]["flows"] = flows
        result["ratio"] = {key: statistics.median(
            a[key] / b[key] for a, b in zip(samples["cold"],
                                            samples["ofctl"]))
            for key in ("wall", "cpu", "rss")}
        result["change"] = middle(world.move())
        result["chassis"] = middle(world.new_chassis())
    finally:
        world.stop()
    return result


def show(name, r):
    print("%s: %d flows" % (name, r["cold"]["flows"]))
    common.show("cold start", r["cold"])
    common.show("ovs-ofctl with these flows", r["ofctl"])
    print("  %-32s %8.2f   wall %8.2f   CPU" % (
        "ratio", r["ratio"]["wall"], r["ratio"]["cpu"]))
    common.show("restart", r["restart"])
    for what, title in (("change", "one endpoint moves"),
                        ("chassis", "a node appears"),
                        ("nve", "a node appears")):
        if what in r and "latency" in r[what]:
            print("  %-32s %8.2f ms %10.2f ms CPU" % (
                title, r[what]["latency"] * 1e3, r[what]["cpu"] * 1e3))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=common.numbers, default=[10000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()

    result = {"ovn": {}, "endpoints": {}}
    for n in args.endpoints:
        result["ovn"][n] = bench_ovn(n, args.repeat)
        show("ovn-controller, %d ports" % n, result["ovn"][n])
    result["endpoints"] = bench_agent.bench(args.endpoints, args.repeat)
    for n in args.endpoints:
        show("the agent, %d endpoints" % n, result["endpoints"][n])
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
