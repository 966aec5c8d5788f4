"""Open vSwitch in a namespace, and tests/local-driver, the agent's view of it.

The driver prints all it knows when something changes; tests wait for what
they expect with a deadline, and do not sleep.
"""
import json
import os
import pathlib
import queue
import subprocess
import threading
import time

import pytest

from ovs import Ovs

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GA_BUILDDIR", TOP / "build"))
DEADLINE = 20


class Node(Ovs):
    """Open vSwitch in a network namespace of its own."""
    count = 0

    def __init__(self):
        super().__init__()
        Node.count += 1
        self.ns = "ga-local-%d-%d" % (os.getpid(), Node.count)
        subprocess.run(["ip", "netns", "add", self.ns], check=True)
        self.ip("link", "set", "lo", "up")

    def ip(self, *args):
        subprocess.run(["ip", "-n", self.ns] + list(args), check=True)

    def run(self, *command, **kwargs):
        return super().run("ip", "netns", "exec", self.ns, *command, **kwargs)

    def start_ovsdb(self):
        self.run("ovsdb-server", self.dir / "conf.db", "--remote=p" + self.db,
                 "--unixctl=%s/ovsdb.ctl" % self.dir,
                 "--pidfile=%s/ovsdb.pid" % self.dir, "--detach",
                 "--no-chdir", "--log-file=%s/ovsdb.log" % self.dir,
                 "-vconsole:off")

    def stop(self):
        super().stop()
        subprocess.run(["ip", "netns", "del", self.ns], check=True)

    def set_ids(self, **ids):
        """external_ids of Open_vSwitch, with _ for -; None removes one."""
        command = []
        for key, value in ids.items():
            key = key.replace("_", "-")
            if value is None:
                command += ["--", "remove", "open_vswitch", ".",
                            "external_ids", key]
            else:
                command += ["--", "set", "open_vswitch", ".",
                            'external_ids:%s="%s"' % (key, value)]
        self.vsctl("--no-wait", *command)

    def add_vif(self, name, iface_id=None, bridge="br-int", **kwargs):
        command = ["--", "add-port", bridge, name, "--", "set", "interface",
                   name, "type=internal"]
        if iface_id is not None:
            command.append('external_ids:iface-id="%s"' % iface_id)
        self.vsctl(*command, **kwargs)

    def rows(self, table, *columns):
        """Returns {name: {column: value}}."""
        table = json.loads(self.vsctl(
            "--format=json", "--columns=name," + ",".join(columns), "list",
            table))
        rows = [dict(zip(table["headings"], map(plain, row)))
                for row in table["data"]]
        return {row.pop("name"): row for row in rows}

    def tunnel_ports(self):
        """Returns {name: (options, external_ids)} of our ports."""
        return {name: (row["options"], row["external_ids"])
                for name, row in self.rows("interface", "type", "options",
                                           "external_ids").items()
                if row["type"] == "geneve"}

    def versions(self):
        """What every write of ours to a row of a tunnel port changes: its
        UUID or its version; of Interfaces, to which ovs-vswitchd writes
        statistics, UUID and content."""
        result = {}
        for table, columns in {
                "Port": ["_uuid", "_version"],
                "Interface": ["_uuid", "type", "options",
                              "external_ids"]}.items():
            [rows] = json.loads(self.run(
                "ovsdb-client", "transact", self.db, json.dumps([
                    "Open_vSwitch",
                    {"op": "select", "table": table, "where": [],
                     "columns": ["name"] + columns}])))
            for row in rows["rows"]:
                if row["name"].startswith("gnv-"):
                    result[table, row["name"]] = [row[column]
                                                  for column in columns]
        return result

    def uuids(self):
        return {key: value[0] for key, value in self.versions().items()}


def plain(value):
    """OVSDB's JSON as Python has it."""
    if isinstance(value, list):
        kind, value = value
        if kind == "map":
            return {key: item for key, item in value}
        if kind == "set":
            return [plain(item) for item in value]
    return value


class Driver:
    def __init__(self, node):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", node.ns, str(BUILD / "tests/local-driver"),
             node.db], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            universal_newlines=True)
        self.lines = queue.Queue()
        self.state = None
        self.n_commands = 0
        self.watching, self.seen = None, []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def next(self, end):
        """Takes over the next state that it prints."""
        line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
        assert line is not None, "the driver ended"
        self.state = json.loads(line)
        if self.watching:
            self.seen.append(self.state[self.watching])

    def watch(self, member):
        """From now on watched() has all values of a member of the state."""
        self.watching, self.seen = member, []

    def watched(self):
        return self.seen

    def wait(self, predicate, deadline=DEADLINE):
        end = time.monotonic() + deadline
        while self.state is None or not predicate(self.state):
            try:
                self.next(end)
            except queue.Empty:
                raise AssertionError("waited in vain; the last state was %s"
                                     % json.dumps(self.state, indent=1))
        return self.state

    def do(self, *commands):
        """Runs commands and returns the state after the last."""
        for command in commands:
            self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self.n_commands += len(commands)
        return self.wait(lambda s: s["commands"] >= self.n_commands)

    def settle(self):
        """Waits until it has nothing left to do that its own transactions
        cause, and returns how many there were."""
        end = time.monotonic() + 0.5
        try:
            while True:
                self.next(end)
        except queue.Empty:
            return self.state["status"]["transactions"]

    def quit(self):
        if self.process.poll() is None:
            self.process.stdin.close()
        assert self.process.wait(DEADLINE) == 0


@pytest.fixture
def node():
    node = Node().start()
    yield node
    node.stop()


@pytest.fixture
def start(node):
    """Starts drivers, and ends those that still run.  With 'complete' False
    they write nothing but the integration bridge until the test says so."""
    drivers = []

    def make(system_id="hv-1", complete=True):
        if system_id:
            node.set_ids(system_id=system_id)
        drivers.append(Driver(node))
        if complete:
            drivers[-1].do("complete")
        return drivers[-1]
    yield make
    for driver in drivers:
        driver.quit()


def has_bridge(state):
    return state["status"]["bridge"] is not None


def ready(n):
    return lambda s: s["status"]["tunnels"] == {"wanted": n, "ready": n}
