"""A sandbox for tests, and what they do with it.

Lab starts and ends a sandbox in a directory of its own and speaks to it in
the ways a user does: `sandbox exec`, `sandbox vm`, agentctl's JSON and the
REST interface.  Nothing here knows how the agent works inside.

Four things go past the sandbox's verbs and agentctl, for speed and for
precision.  The REST client, and the sockets with which tests send packets that
no good NVE would send, open sockets in a node's network namespace (see
Lab.inside).  Commands on nodes and in VMs run there, too, with the environment
that `sandbox exec' gives, but without its shell (see Lab.popen).  The
questions that tests ask again and again go to the agent's socket once agentctl
has answered the first of a kind (see Lab.agentctl).

What takes time is waited for (see waiting.py).
"""
import contextlib
import ctypes
import http.client
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pings
import wire
from control import Control
from waiting import PATIENCE, SLOWNESS, wait_until

TOP = pathlib.Path(__file__).resolve().parents[2]
SANDBOX = str(TOP / "utilities" / "sandbox")
NVA = "192.0.2.254"
API = "/apis/nvo3.io/v1alpha1"
AGENTCTL_WORDS = {"status", "remote", "option", "plan", "endpoint", "policy",
                  "nat",
                  "explain", "trace", "list", "show", "route", "gateway",
                  "service", "qos"}
# Lists that the agent answers a page at a time, and what they are sorted by.
PAGED = {"remote list": ["name"], "endpoint list": ["name"],
         "policy list": ["name"], "route list": ["name"],
         "gateway list": ["name"], "service list": ["name"],
         "nat list": ["address", "inside", "kind", "name"]}
CLONE_NEWNET = 0x40000000
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
PLURALS = {"GeneveOption": "geneveoptions", "OptionProfile": "optionprofiles",
           "VPC": "vpcs", "Endpoint": "endpoints", "NVE": "nves",
           "AdvertisementAck": "advertisementacks",
           "VPCPolicy": "vpcpolicies",
           "ExternalNetwork": "externalnetworks", "VPCGateway": "vpcgateways",
           "FloatingIP": "floatingips", "VPCRoute": "vpcroutes",
           "LoadBalancer": "loadbalancers", "QoSPolicy": "qospolicies",
           "QoSClass": "qosclasses"}

# Tests that run in the background of a shell inherit from it that interrupts
# are ignored, and what they start would inherit it from them.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# With the kernel's datapath instead of Open vSwitch's own: for machines that
# have its modules, and tests that do not ask the datapath itself.
KERNEL = bool(os.environ.get("GA_TEST_KERNEL"))


def namespace_prefix(directory):
    """How the namespaces of the sandbox in a directory are named: a hash,
    FNV-1a, of its path."""
    number = 2166136261
    for byte in os.fsencode(directory):
        number = (number ^ byte) * 16777619 & 0xffffffff
    return "ga-%08x-" % number


def with_slow_bfd(gateway):
    """An emulated machine cannot keep up with BFD every 100 ms."""
    return {**gateway, "spec": {
        "bfd": {"intervalMs": int(100 * SLOWNESS)}, **gateway["spec"]}}


libc = ctypes.CDLL(None, use_errno=True)


class ApiError(Exception):
    """What the controller answered with a status of 400 or more."""

    def __init__(self, status, body):
        super().__init__("%d: %s" % (status, body))
        self.status = status
        self.body = body

    @property
    def message(self):
        return self.body.get("message", "")


def resource(kind, name, spec, status=None):
    """Returns an object, ready for the controller or a file."""
    result = {"apiVersion": "nvo3.io/v1alpha1", "kind": kind,
              "metadata": {"name": name}, "spec": spec}
    if status is not None:
        result["status"] = status
    return result


class Lab:
    def __init__(self, nodes=3, families="4", outside=False, demo=None):
        """'families' are the nodes' underlays', as `sandbox start -u' has
        them; with 'outside' there is one (-x).  With 'demo' the sandbox is
        that of a demonstration, which start() then runs; what it printed is in
        'shown'."""
        self.nodes = nodes
        self.families = families
        self.outside = outside
        self.demo = demo
        self.shown = None
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ga-e2e-"))
        self.files = self.dir / "files"         # For tests, to write to.
        self.files.mkdir()
        self.namespaces = {}
        self.environments = {}
        self.asked = set()
        self.connection = None
        self.changed = set()                    # (node, setting)
        self.time_of_last_write = 0.0

    @property
    def names(self):
        return ["hv-%d" % k for k in range(1, self.nodes + 1)]

    @property
    def pairs(self):
        return list(itertools.permutations(self.names, 2))

    # Start and end.

    def start(self):
        # A sanitizer's report goes to a file, where stop() finds it.
        self.reports = self.dir / "sanitizer"
        os.environ["ASAN_OPTIONS"] = (
            "log_path=%s:detect_leaks=1" % self.reports)
        os.environ["UBSAN_OPTIONS"] = (
            "log_path=%s:print_stacktrace=1" % self.reports)
        if self.demo:
            self.shown = self.sandbox("demo", "--keep", self.demo,
                                      timeout=9 * PATIENCE).stdout
            return self
        self.sandbox("start", "-n", str(self.nodes), "-u", self.families,
                     *(["-k"] if KERNEL else []),
                     *(["-x"] if self.outside else []), timeout=4.5 * PATIENCE)
        return self

    def stop(self):
        """Ends the sandbox.  Fails if a sanitizer had something to say, or if
        an agent ran in a circle."""
        if self.connection:
            self.connection.close()
        for fd in self.namespaces.values():
            os.close(fd)
        self.namespaces = {}
        if os.environ.get("GA_TEST_KEEP"):
            shutil.copytree(self.dir, os.environ["GA_TEST_KEEP"],
                            dirs_exist_ok=True,
                            ignore=lambda d, names: [
                                n for n in names
                                if not (pathlib.Path(d) / n).is_dir()
                                and not (pathlib.Path(d) / n).is_file()])
        self.sandbox("stop")
        reports = "".join(path.read_text(errors="replace")
                          for path in self.dir.glob("sanitizer.*"))
        circles = self.circles()
        shutil.rmtree(self.dir)
        assert not reports, reports
        assert not circles, circles

    def circles(self):
        """What the poll loops of agents say that woke up so often that there
        cannot have been a reason for it each time."""
        lines = []
        for path in self.dir.glob("*/geneve-agentd.log"):
            for line in path.read_text(errors="replace").splitlines():
                dropped = re.search(r"poll_loop\|INFO\|Dropped (\d+) .* last "
                                    r"(\d+) seconds", line)
                if dropped and (int(dropped.group(1))
                                > 1000 * int(dropped.group(2))):
                    lines.append("%s: %s" % (path.parent.name, line))
                elif lines and "wakeup due to 0-ms" in line:
                    lines.append(line)
        return "\n".join(lines[:20])

    # Verbs.

    def sandbox(self, verb, *args, check=True, timeout=3 * PATIENCE,
                **kwargs):
        return self.run([SANDBOX, verb, "-d", str(self.dir), *args], check,
                        timeout, **kwargs)

    @staticmethod
    def run(command, check, timeout, **kwargs):
        command = [str(word) for word in command]
        result = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, timeout=timeout, **kwargs)
        if check and result.returncode:
            raise AssertionError("%s: status %d\n%s%s" % (
                " ".join(command), result.returncode, result.stdout,
                result.stderr))
        return result

    def popen(self, verb, where, *command, **kwargs):
        """Starts a command as `sandbox exec NODE' or `sandbox vm ENDPOINT'
        do, but for /sys, which is this process's."""
        with self.inside(verb, where):
            return subprocess.Popen(
                [str(word) for word in command],
                env=self.environments.get(where), **kwargs)

    def run_in(self, verb, where, *command, check=True, timeout=3 * PATIENCE,
               **kwargs):
        with self.inside(verb, where):
            return self.run(command, check, timeout,
                            env=self.environments.get(where), **kwargs)

    def on(self, node, *command, **kwargs):
        """Runs a command on a node."""
        return self.run_in("exec", node, *command, **kwargs)

    def exec(self, node, *command, **kwargs):
        """Runs a command on a node; returns its output."""
        return self.on(node, *command, **kwargs).stdout

    def vm(self, endpoint, *command, **kwargs):
        """Runs a command in an endpoint's VM; returns its output."""
        return self.run_in("vm", endpoint, *command, **kwargs).stdout

    def vm_mtu(self, endpoint):
        """The MTU of an endpoint's VM."""
        link, = json.loads(self.vm(endpoint, "ip", "-j", "link", "show",
                                   "eth0"))
        return link["mtu"]

    @contextlib.contextmanager
    def running(self, verb, where, *command):
        """Runs a command in the background while in the block."""
        process = self.popen(
            verb, where, *command, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            yield process
        finally:
            process.output = self.interrupt(process)

    @staticmethod
    def interrupt(process):
        """Ends a process that running() made, and returns its output.  A
        command that is a script may swallow a first interrupt: a shell does,
        if it comes while a child of its own is at work."""
        for number, patience in ((signal.SIGINT, 2), (signal.SIGINT, 3),
                                 (signal.SIGTERM, 20)):
            if process.poll() is None:
                process.send_signal(number)
            try:
                return process.communicate(timeout=patience)[0]
            except subprocess.TimeoutExpired:
                pass
        process.kill()
        raise AssertionError("%s does not end" % process.args)

    def plug(self, node, endpoint, wait=True, addresses=True):
        """Without 'addresses' the VM has to get them by itself."""
        self.sandbox("plug", *([] if addresses else ["--no-addresses"]),
                     node, endpoint)
        if wait:
            self.wait_running(endpoint, node)

    def unplug(self, *args):
        self.sandbox("unplug", *args)

    def kill(self, node, daemon):
        self.sandbox("kill", node, daemon)
        if node == "nva":
            self.connection = None

    def start_daemon(self, node, daemon):
        self.sandbox("start-daemon", node, daemon)

    @contextlib.contextmanager
    def without(self, node, daemon):
        """A daemon does not run while in the block."""
        self.kill(node, daemon)
        try:
            yield
        finally:
            self.start_daemon(node, daemon)

    def revive(self):
        """Starts the daemons that do not run; returns whether any did not."""
        status = self.sandbox("status", check=False).stdout.splitlines()
        dead = [line.split() for line in status if "NOT RUNNING" in line]
        for node, _address, daemon, *_ in dead:
            self.start_daemon(node, daemon)
        return dead != []

    def set(self, node, **settings):
        """Sets the agent's settings; a value of None removes one."""
        for name, value in settings.items():
            name = name.replace("_", "-")
            self.changed.add((node, name))
            if value is None:
                self.exec(node, "ovs-vsctl", "remove", "open", ".",
                          "external_ids", name)
            else:
                self.exec(node, "ovs-vsctl", "set", "open", ".",
                          'external_ids:%s="%s"' % (name, value))

    def restore(self):
        """Takes back what set() did, but for the controller's address."""
        for node, name in self.changed:
            self.exec(node, "ovs-vsctl", "remove", "open", ".",
                      "external_ids", name)
        self.changed.clear()

    def set_receive(self, node, table):
        """Gives a node a table of what it can receive, or takes it away."""
        if table is None:
            self.set(node, nve_receive=None)
            return
        path = self.files / ("receive-%s.json" % node)
        self.write(path, table)
        self.set(node, nve_receive=path)

    def write(self, path, content, in_place=False):
        """Writes JSON (or a string) to a file, in one step unless
        'in_place'."""
        target = path if in_place else path.with_suffix(".new")
        target.write_text(content if isinstance(content, str)
                          else json.dumps(content, indent=1))
        self.time_of_last_write = time.time()
        if not in_place:
            target.rename(path)

    # The controller.

    def namespace(self, verb, where):
        """Returns the network namespace of ("exec", NODE) or ("vm", ENDPOINT);
        who asks closes the latter, for VMs come and go."""
        if verb == "vm":
            # The file of a plugged endpoint has its name.  In two places
            # during a move: the newer one.
            plugged = max(self.dir.glob("hv-*/plugged/" + where),
                          key=lambda path: path.stat().st_mtime_ns,
                          default=None)
            assert plugged, "%s is not plugged in" % where
            return os.open("/run/netns/" + plugged.read_text().split()[0],
                           os.O_RDONLY)
        fd = self.namespaces.get(where)
        if fd is None:
            # sandbox runs the command in its own place: the process that
            # we started is the one that is in the namespace.
            with subprocess.Popen(
                    [SANDBOX, verb, "-d", str(self.dir), where, "cat"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                process.stdin.write(b"\n")
                process.stdin.flush()
                process.stdout.read(1)
                proc = pathlib.Path("/proc/%d" % process.pid)
                fd = os.open(proc / "ns" / "net", os.O_RDONLY)
                words = (proc / "environ").read_bytes().split(b"\0")
            environment = dict(
                os.fsdecode(word).split("=", 1) for word in words if word)
            # It takes longer than all else that agentctl does.
            if "ASAN_OPTIONS" in environment:
                environment["ASAN_OPTIONS"] += ":detect_leaks=0"
            self.environments[where] = environment
            self.namespaces[where] = fd
        return fd

    @contextlib.contextmanager
    def inside(self, verb, where):
        """Sockets that are made in the block are made in that namespace."""
        fd = self.namespace(verb, where)
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            if libc.setns(fd, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            yield
        finally:
            libc.setns(home, CLONE_NEWNET)
            os.close(home)
            if verb != "exec":
                os.close(fd)

    def request(self, method, path, body=None,
                content_type="application/json", raw=None):
        """Sends a request; returns (status, JSON of the answer).  'raw' is
        sent as it is, in place of a JSON 'body'."""
        data = raw
        if data is None and body is not None:
            data = json.dumps(body).encode()
        headers = {"Content-Type": content_type} if data is not None else {}
        for last_try in False, True:
            if not self.connection:
                connection = http.client.HTTPConnection(NVA, 8080, timeout=15)
                with self.inside("exec", "nva"):
                    connection.connect()
                self.connection = connection
            try:
                self.connection.request(method, API + path, data, headers)
                answer = self.connection.getresponse()
                text = answer.read()
                break
            except (http.client.HTTPException, OSError):
                # The server may close a connection that was idle.
                self.connection.close()
                self.connection = None
                if last_try:
                    raise
        try:
            return answer.status, json.loads(text)
        except ValueError:
            raise AssertionError("%s %s: %d, and no JSON: %r" % (
                method, path, answer.status, text)) from None

    def call(self, method, path, body=None, **kwargs):
        """Like request(), but raises ApiError if it was refused."""
        status, answer = self.request(method, path, body, **kwargs)
        if status >= 400:
            raise ApiError(status, answer)
        return answer

    def apply(self, *objects):
        """Creates objects; those that exist get the new spec."""
        for obj in objects:
            plural = PLURALS[obj["kind"]]
            if SLOWNESS != 1 and obj["kind"] == "VPCGateway":
                obj = with_slow_bfd(obj)
            status, answer = self.request("POST", "/" + plural, obj)
            if status == 409:
                self.patch(obj["kind"], obj["metadata"]["name"],
                           {"spec": obj["spec"]})
            elif status >= 400:
                raise ApiError(status, answer)

    def get(self, kind, name):
        return self.call("GET", "/%s/%s" % (PLURALS[kind], name))

    def list(self, kind):
        return self.call("GET", "/" + PLURALS[kind])["items"]

    def patch(self, kind, name, change, sub=""):
        return self.call("PATCH", "/%s/%s%s" % (PLURALS[kind], name, sub),
                         change, content_type="application/merge-patch+json")

    def delete(self, kind, *names):
        for name in names:
            status, answer = self.request(
                "DELETE", "/%s/%s" % (PLURALS[kind], name))
            if status >= 400 and status != 404:
                raise ApiError(status, answer)

    def endpoint_status(self, name):
        return self.get("Endpoint", name).get("status") or {}

    def wait_running(self, endpoint, node):
        def running():
            status = self.endpoint_status(endpoint)
            return (status.get("nve") == node
                    and status.get("phase") == "Running") or None
        wait_until(running, "%s runs on %s" % (endpoint, node))

    @contextlib.contextmanager
    def temporary(self, *objects):
        """Objects that are there while in the block."""
        self.apply(*objects)
        try:
            yield
        finally:
            for obj in reversed(objects):
                self.delete(obj["kind"], obj["metadata"]["name"])

    # The agent, as agentctl tells.

    def agentctl(self, node, *args):
        """Returns what `agentctl -f json' answers."""
        answer = self.ask_agent(node, *args)
        assert answer is not None, "no answer to %s" % " ".join(args)
        return answer

    def ask_agent(self, node, *args):
        """The same, or None if the agent has no answer.  The first question
        of a kind goes through agentctl, which takes its time to start; the
        others go where agentctl sends them."""
        words = tuple(word for word in args[:2] if word in AGENTCTL_WORDS)
        if words not in self.asked:
            self.asked.add(words)
            result = self.on(node, "agentctl", "-f", "json", *args,
                             check=False)
            return None if result.returncode else json.loads(result.stdout)
        if " ".join(words) in PAGED:
            return self.ask_pages(node, "ga/" + "-".join(words),
                                  PAGED[" ".join(words)])
        return self.ask_socket(node, "ga/" + "-".join(words),
                               *args[len(words):])

    def ask_pages(self, node, method, key):
        """All items of a list that the agent answers a page at a time, as
        agentctl puts them together: everyone once, sorted by 'key'."""
        items, cursor = {}, "0"
        while cursor is not None:
            page = self.ask_socket(node, method, cursor)
            if page is None:
                return None
            items.update((tuple(str(item[k]) for k in key), item)
                         for item in page["items"])
            cursor = page["next"]
        return [items[value] for value in sorted(items)]

    def ask_socket(self, node, method, *params):
        """What the agent answers, or None if that is an error."""
        with self.agent_control(node) as control:
            answer = control.ask(method, *params)
        return None if answer is None else json.loads(answer)

    def agent_control(self, node):
        """A conversation with the agent.  That it is away is an assertion
        that fails, for the tests that see it so."""
        path = self.dir / node / "geneve-agentd"
        try:
            pid = path.with_suffix(".pid").read_text().strip()
            return Control("%s.%s.ctl" % (path, pid), PATIENCE)
        except OSError as error:
            raise AssertionError("%s: the agent does not answer: %s"
                                 % (node, error)) from error

    def remote(self, node, remote):
        return self.agentctl(node, "remote", "show", remote)

    def transmit(self, node, remote, profile):
        """What 'node' sends to 'remote' in VPCs of 'profile', or None if it
        does not know of it yet."""
        shown = self.ask_agent(node, "remote", "show", remote)
        return next((entry for entry in shown["transmit"]
                     if entry["profile"] == profile), None) if shown else None

    def wait_transmit(self, node, remote, profile, status=None, options=None,
                      deadline=PATIENCE):
        """Waits until 'node' sends 'remote' just 'options' (or has
        'status'); returns the entry."""
        def settled():
            entry = self.transmit(node, remote, profile)
            assert entry is not None, "%s knows no such remote" % node
            assert entry["status"] != "pending", entry
            assert status in (None, entry["status"]), entry
            assert options in (None, entry["options"]), entry
            return entry
        return wait_until(settled, "%s sends %s status %s, options %s" % (
            node, remote, status, options), deadline)

    # Traffic.

    def ping(self, source, address, count=3, interval=0.02, wait=1):
        """Pings from an endpoint; returns how many answers came.  If that is
        some but not all, it is tried once more: a busy machine loses one by
        itself now and then.  What loses packets for as long as it lasts (or
        all) does so then, too; tests that count every packet do not ask
        here (see lossfree.py)."""
        for _ in range(2):
            output = self.vm(source, "ping", "-n", "-c", count, "-i", interval,
                             "-W", wait, address, check=False)
            answers = sum("bytes from" in line and "DUP" not in line
                          for line in output.splitlines())
            if answers in (0, count):
                break
        return answers

    @contextlib.contextmanager
    def pinging(self, source, address, lost=1):
        """Pings 50 times a second while in the block.  Fails if more than
        'lost' of each hundred were not answered, or two in a row."""
        with self.running("vm", source, "ping", "-n", "-i", "0.02",
                          address) as process:
            yield process
            assert process.poll() is None, "ping ended early"
        pings.check_answered(process.output, lost)

    def wait_ping(self, source, address):
        """Waits until a ping goes through: the first packets of all pay for
        the underlay's ARP, and for flows that are on their way."""
        wait_until(lambda: self.ping(source, address, count=1, wait=0.2),
                   "%s reaches %s" % (source, address))

    @contextlib.contextmanager
    def capture(self, node, expression="udp port 6081"):
        """Captures on the wire of a node while in the block.  Yields a
        wire.Capture, whose packets() may be read at any time."""
        handle, path = tempfile.mkstemp(suffix=".pcap", dir=self.files)
        os.close(handle)
        with self.popen(
                "exec", "fabric", "tcpdump",
                "-i", node, "-n", "-U", "--immediate-mode",
                # A place in the buffer is as long as a packet may be, so
                # longer ones make for few: bursts would be lost.
                "-s", "2048", "-B", "4096",
                "-Z", "root", "-w", path, expression,
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True) as tcpdump:
            for line in tcpdump.stderr:
                if "listening on" in line:
                    break
            else:
                raise AssertionError("tcpdump does not start")
            try:
                yield wire.Capture(path)
            finally:
                tcpdump.send_signal(signal.SIGINT)
                tcpdump.communicate(timeout=10)

    def inject(self, node, payload, src, port=50000, **header):
        """Puts a UDP packet for port 6081 on the wire of a node, as if it came
        from the underlay address 'src'; 'header' is for wire.outer() or
        outer6()."""
        k = int(node[3:])
        v6 = ":" in src
        source = int(src.split(":" if v6 else ".")[-1])
        frame = (wire.outer6 if v6 else wire.outer)(
            "02:00:c0:00:02:%02x" % source, "02:00:c0:00:02:%02x" % k, src,
            ("2001:db8::%d" if v6 else "192.0.2.%d") % k, port, payload,
            **header)
        with self.inside("exec", "fabric"):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with sock:
            # What is sent out of the fabric's end comes in at the node's.
            with self.inside("exec", "fabric"):
                sock.bind((node, 0))
            sock.send(frame)

    @contextlib.contextmanager
    def sending(self, endpoint):
        """A raw socket that sends frames out of an endpoint."""
        with self.inside("vm", endpoint):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            sock.bind(("eth0", 0))
        with sock:
            yield sock

    @contextlib.contextmanager
    def listening(self, endpoint):
        """A raw socket that hears every frame that comes to an endpoint;
        yields a function that returns those that it heard since."""
        with self.inside("vm", endpoint):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                 socket.htons(3))
            sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            sock.bind(("eth0", 0))
        sock.setblocking(False)
        frames = []

        def heard():
            with contextlib.suppress(BlockingIOError):
                while True:
                    frame, address = sock.recvfrom(65535)
                    if address[2] != socket.PACKET_OUTGOING:
                        frames.append(frame)
            return frames
        with sock:
            yield heard
