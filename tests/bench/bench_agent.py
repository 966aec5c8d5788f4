"""The whole agent: from nvad's objects to flows in a switch.

One node is real: its ovsdb-server, its ovs-vswitchd (dummy ports) and its
agent, with one endpoint of VPC "big" plugged in.  100 more NVEs with all other
endpoints exist only in nvad, where each has a table of what it receives.

  cold      The agent starts with an empty bridge.  Measured until all flows
            are in the switch; ovs-ofctl then adds the same flows to another
            bridge of the same switch.
  restart   The agent is killed and started again, next to what it has to read:
            `ovs-ofctl dump-flows' and the list of endpoints, by curl.

Each thing that then happens to a world that has come to rest is a module of
its own, in EVENTS: its bench(world, agent, n) returns what one of it costs.
What needs a world of its own is in OTHERS: bench(repeat).  Each module of
EVENTS brings ROWS of the table that is printed at last: a title, and a
function from what bench() returned to text.
"""
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import time

import bench as common
import bench_change
import bench_endpoint
import bench_evacuate
import bench_nve
import ovs
from control import Control
from waiting import wait_until

API = "/apis/nvo3.io/v1alpha1"
N_NVES = 100
N_CLIENTS = 4                   # That fill nvad.
EVENTS = {"change": bench_change, "endpoint": bench_endpoint,
          "nve": bench_nve, "evacuate": bench_evacuate}
OTHERS = {}
OPTIONS = {                     # Class, type, length, source, required.
    "policy-label": ("0xff01", "0x81", 4, "endpoint.policyLabel", True),
    "qos-class": ("0xff01", "0x03", 4, "endpoint.qosClass", False),
    "tenant-id": ("0xff01", "0x06", 16, "vpc.tenantId", False),
}


def resource(kind, name, spec):
    return {"apiVersion": "nvo3.io/v1alpha1", "kind": kind,
            "metadata": {"name": name}, "spec": spec}


def endpoint(i):
    low = i + 2
    spec = {"vpc": "big", "type": "vm", "policyLabel": 70000 + i,
            "qosClass": i % 8,
            "mac": "02:00:00:%02x:%02x:%02x" % (low >> 16, low >> 8 & 255,
                                                low & 255),
            "ips": ["10.%d.%d.%d" % (low >> 16, low >> 8 & 255, low & 255)]}
    if i >= 0:
        spec["nve"] = "nve-%d" % (i % N_NVES)
    return resource("Endpoint", "ep-%d" % i if i >= 0 else "here", spec)


def setup_objects():
    table = [{"class": c, "type": t, "length": n}
             for c, t, n, _, _ in OPTIONS.values()]
    for name, (c, t, n, source, _) in OPTIONS.items():
        yield "geneveoptions", resource("GeneveOption", name, {
            "class": c, "type": t, "length": n, "value": {"from": source}})
    yield "optionprofiles", resource("OptionProfile", "all", {"options": [
        {"name": name, "required": o[4]} for name, o in OPTIONS.items()]})
    yield "vpcs", resource("VPC", "big", {
        "vni": 4097, "subnets": [{"cidr": "10.0.0.0/8"}],
        "optionProfile": "all",
        "tenantId": "6f9619ff-8b86-d011-b42d-00c04fc964ff"})
    for k in range(N_NVES):
        # A third of them want the options in an order, a third fewer.
        static = {"mode": "replace", "options": table[:1 + k % 3],
                  "order": "strict" if k % 3 == 2 else "any"}
        yield "nves", resource("NVE", "nve-%d" % k, {
            "underlay": {"ips": ["192.0.2.%d" % (k + 10)]},
            "static": static})


def own_address():
    """An address of this machine that others could reach: no NVE may publish
    127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))      # Sends nothing.
        except OSError:
            return "127.0.0.1"
        return sock.getsockname()[0]


class Refused(Exception):
    """By the controller."""


class Client:
    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.used = time.monotonic()

    def __call__(self, method, path, body=None,
                 content_type="application/json"):
        # nvad closes connections that nobody has used for long.
        if time.monotonic() - self.used > 30:
            self.http.close()
        self.used = time.monotonic()
        self.http.request(method, API + path,
                          None if body is None else json.dumps(body),
                          {"Content-Type": content_type})
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise Refused("%s %s: %d %s" % (method, path, answer.status,
                                            text))
        return json.loads(text)


class Agent:
    """The process, and a connection to its control socket."""
    def __init__(self, switch):
        self.ctl = str(switch.dir / "agentd.ctl")
        if os.path.exists(self.ctl):
            os.unlink(self.ctl)
        self.log = open(switch.dir / "agentd.log", "a+")
        self.log.seek(0, os.SEEK_END)
        self.log_text = ""
        self.start = time.monotonic()
        self.process = subprocess.Popen(
            [str(common.BUILD / "agent" / "geneve-agentd"),
             "--unixctl=" + self.ctl, "-vconsole:off",
             "--log-file=%s/agentd.log" % switch.dir, switch.db],
            env=switch.env)
        self.control = None

    def said(self):
        """What it has logged since its start."""
        self.log_text += self.log.read()
        return self.log_text

    def ask(self, method, *params):
        """Its answer, or None if it does not answer yet."""
        if not self.control:
            try:
                self.control = Control(self.ctl)
            except OSError:
                return None
        return self.control(method, *params)

    def hang_up(self):
        """The agent reads from a connection in each turn."""
        if self.control:
            self.control.close()
            self.control = None

    def status(self):
        result = self.ask("ga/status")
        return json.loads(result) if isinstance(result, str) else result

    def flow_mods(self):
        """Sent so far.  A cheap question, unlike status()."""
        return int(self.ask("coverage/read-counter", "ofctrl_flow_mod"))

    def settled(self, n, n_nves=N_NVES):
        """Its status if 'n' remote endpoints' flows are in the switch."""
        s = self.status()
        if (s and s["endpoints"]["remote"] == n
                and s["endpoints"]["local"] == 1
                and s["openflow"]["state"] == "steady"
                and s["openflow"]["flows"] > n
                and s["openflow"]["installed"] == s["openflow"]["flows"]
                and not s["openflow"]["errors"]
                and s["remotes"]["total"] >= n_nves
                and not s["remotes"]["pending"]):
            return s
        return None

    def wait(self, n, deadline=300, n_nves=N_NVES):
        # Questions cost the agent something, a look at its log does not.
        wait_until(lambda: "desired state is known" in self.said(),
                     "the agent knows its objects", deadline, interval=0.01)
        return wait_until(lambda: self.settled(n, n_nves),
                            "%d endpoints are in the switch" % n, deadline,
                            interval=0.02)

    def cpu(self):
        return common.cpu(self.process.pid)

    def sample(self):
        status = pathlib.Path("/proc/%d/status"
                              % self.process.pid).read_text()
        return {"wall": time.monotonic() - self.start, "cpu": self.cpu(),
                "rss": int(re.search(r"VmHWM:\s+(\d+)", status).group(1))}

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.hang_up()


class World:
    """nvad, and a node with its Open vSwitch."""
    def __init__(self):
        self.n = 0                  # Endpoints.
        self.n_nves = N_NVES
        self.nvad = None
        self.switch = ovs.Ovs().start()
        self.name_vswitchd()
        self.make_underlay()
        try:
            self.start_nvad()
        except BaseException:
            self.stop()
            raise

    def name_vswitchd(self):
        """The agent finds ovs-vswitchd's control socket by its pid file."""
        d = self.switch.dir
        pid = (d / "vswitchd.pid").read_text().strip()
        (d / "ovs-vswitchd.pid").symlink_to("vswitchd.pid")
        (d / ("ovs-vswitchd.%s.ctl" % pid)).symlink_to("vswitchd.ctl")

    def make_underlay(self):
        """What the agent asks ovs-vswitchd about: a route to all remotes."""
        self.switch.add_bridge("br-phy")
        self.switch.appctl("netdev-dummy/ip4addr", "br-phy", "192.0.2.1/16")
        self.switch.appctl("ovs/route/add", "192.0.0.0/16", "br-phy")

    def start_nvad(self):
        d = self.switch.dir
        self.switch.run("ovsdb-tool", "create", d / "nva.db",
                        common.TOP / "schemas" / "nva.ovsschema")
        self.switch.run("ovsdb-server", d / "nva.db",
                        "--remote=punix:%s/nva.sock" % d,
                        "--unixctl=%s/nvadb.ctl" % d,
                        "--pidfile=%s/nvadb.pid" % d, "--detach",
                        "--no-chdir", "--log-file=%s/nvadb.log" % d,
                        "-vconsole:off")
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self.nvad = subprocess.Popen(
            [str(common.BUILD / "utilities" / "nvad" / "nvad"),
             "--listen=127.0.0.1:%d" % self.port,
             "--unixctl=%s/nvad.ctl" % d, "-vconsole:off",
             "--log-file=%s/nvad.log" % d, "unix:%s/nva.sock" % d],
            env=self.switch.env)
        wait_until(self.answers, "nvad answers")
        self.client = Client(self.port)

    def answers(self):
        try:
            Client(self.port)("GET", "/nves")
            return True
        except (OSError, http.client.HTTPException, Refused):
            return False

    def populate(self, n):
        if not self.n:
            for plural, obj in setup_objects():
                self.client("POST", "/" + plural, obj)
            self.client("POST", "/endpoints", endpoint(-1))
        def fill(first):
            client = Client(self.port)
            for i in range(first, n, N_CLIENTS):
                client("POST", "/endpoints", endpoint(i))

        with concurrent.futures.ThreadPoolExecutor(N_CLIENTS) as pool:
            list(pool.map(fill, range(self.n, self.n + N_CLIENTS)))
        self.n = n

    def make_bridge(self):
        """An empty integration bridge, with the one endpoint plugged in."""
        self.switch.vsctl("--if-exists", "del-br", "br-int")
        self.switch.add_bridge(
            "br-int", ["vif1 type=dummy external_ids:iface-id=here"])
        self.switch.vsctl(
            "set", "open_vswitch", ".", "external_ids:system-id=bench",
            'external_ids:nve-controller="http://127.0.0.1:%d"' % self.port,
            "external_ids:nve-encap-ip=" + own_address())

    def stop(self):
        if self.nvad:
            self.nvad.kill()
            self.nvad.wait()
        self.switch.kill("nvadb")
        self.switch.stop()


def cold(world, n):
    world.make_bridge()
    agent = Agent(world.switch)
    try:
        status = agent.wait(n)
        sample = agent.sample()
        sample["flows"] = status["openflow"]["flows"]
        sample["flowMods"] = status["openflow"]["flowMods"]
    except BaseException:
        print(agent.status())
        agent.kill()
        raise
    return agent, sample


def dump(switch, bridge):
    """A bridge's flows, in an order of their own."""
    return "\n".join(sorted(switch.ofctl(
        "--no-stats", "--no-names", "dump-flows", bridge).splitlines()))


def readable(flows):
    """Flows as ovs-ofctl takes them: it writes a mask of nd_reserved that it
    does not read."""
    def load(found):
        value, mask = int(found[1], 0), int(found[2], 0)
        first = (mask & -mask).bit_length() - 1
        return "load:%#x->nd_reserved[%d..%d]" % (
            value >> first, first, mask.bit_length() - 1)
    return re.sub(r"set_field:(\w+)/(\w+)->nd_reserved", load, flows)


def meters(switch, bridge):
    """A bridge's meters, each as `ovs-ofctl add-meter' takes it."""
    text = switch.ofctl("dump-meters", bridge)
    for number, flags, band in re.findall(
            r"meter=(\d+) (.*) bands=\s*(type=.*)", text):
        yield "meter=%s,%s,bands=%s" % (number, flags.replace(" ", ","),
                                        band.replace(" ", ","))


def reference(world):
    """The flows that there are, by ovs-ofctl, into a bridge beside, which has
    the TLV map and the meters before."""
    switch = world.switch
    switch.add_bridge("br-ref")
    switch.ofctl("add-tlv-map", "br-ref", ",".join(
        "{class=%#x,type=%#x,len=%d}->tun_metadata%d" % (*entry, index)
        for index, entry in switch.tlv_map("br-int").items()))
    for meter in meters(switch, "br-int"):
        switch.ofctl("add-meter", "br-ref", meter)
    flows = dump(switch, "br-int")
    path = switch.dir / "reference"
    path.write_text(readable(flows))
    try:
        sample = common.add_flows(switch, "br-ref", path)
        assert dump(switch, "br-ref") == flows, "the reference differs"
        return sample
    finally:
        switch.vsctl("del-br", "br-ref")


def restart(world, agent, n):
    agent.kill()
    agent = Agent(world.switch)
    status = agent.wait(n)
    sample = agent.sample()
    sample["flowMods"] = status["openflow"]["flowMods"]
    return agent, sample


def read_all(world):
    """What there is to read in a restart: the flows, and the endpoints."""
    flows = common.measure(world.switch, "ovs-ofctl", "-O", "OpenFlow15",
                           "dump-flows", "br-int")
    objects = common.measure(world.switch, "curl", "-sSfo", "/dev/null",
                             "http://127.0.0.1:%d%s/endpoints"
                             "?fieldSelector=spec.vpc%%3Dbig"
                             % (world.port, API))
    return {"wall": flows["wall"] + objects["wall"],
            "cpu": flows["cpu"] + objects["cpu"],
            "rss": max(flows["rss"], objects["rss"])}


def show(n, result):
    print("%d endpoints, %d NVEs, %d flows" % (n, N_NVES,
                                               result["cold"]["flows"]))
    common.show("agent, cold start", result["cold"])
    common.show("ovs-ofctl --bundle add-flows", result["ofctl"])
    common.show_ratio(result["ratio"])
    common.show("agent, restart (%d flow_mods)"
                % result["restart"]["flowMods"], result["restart"])
    common.show("ovs-ofctl dump-flows and curl", result["read"])
    common.show_ratio(result["restartRatio"])


def bench_size(world, n, repeat):
    world.populate(n)
    samples = {"cold": [], "ofctl": [], "restart": [], "read": []}
    for _ in range(repeat):
        agent, sample = cold(world, n)
        samples["cold"].append(sample)
        agent, sample = restart(world, agent, n)
        samples["restart"].append(sample)
        agent.kill()
        samples["read"].append(read_all(world))
        samples["ofctl"].append(reference(world))
    result = {what: common.median(samples[what]) for what in samples}
    result["ratio"] = common.ratios(samples["cold"], samples["ofctl"])
    result["restartRatio"] = common.ratios(samples["restart"],
                                           samples["read"])
    show(n, result)
    agent, _ = cold(world, n)
    for name, module in EVENTS.items():
        result[name] = module.bench(world, agent, n)
    agent.kill()
    return result


ROWS = [
    ("cold start, wall", lambda r: "%.2f s" % r["cold"]["wall"]),
    ("... / ofctl", lambda r: "%.2f" % r["ratio"]["wall"]),
    ("cold start, CPU / ofctl's", lambda r: "%.2f" % r["ratio"]["cpu"]),
    ("peak memory", lambda r: "%.0f MB" % (r["cold"]["rss"] / 1024)),
    ("restart without changes", lambda r: "%.2f s" % r["restart"]["wall"]),
    ("... / (dump-flows + list)",
     lambda r: "%.2f" % r["restartRatio"]["wall"]),
    ("... flow mods", lambda r: "%d" % r["restart"]["flowMods"]),
]


def show_table(results):
    rows = [("endpoints", ["{:,}".format(n) for n in results])]
    rows += [(title, [text(r) for r in results.values()])
             for title, text in ROWS]
    rows += [(title, [text(r[name]) for r in results.values()])
             for name, module in EVENTS.items() for title, text in module.ROWS]
    for title, cells in rows:
        print("%-34s" % title + "".join("%11s" % cell for cell in cells))


def bench(sizes, repeat):
    world = World()
    try:
        results = {n: bench_size(world, n, repeat) for n in sorted(sizes)}
    finally:
        world.stop()
    show_table(results)
    return results
