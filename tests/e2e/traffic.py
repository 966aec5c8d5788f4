"""Steady traffic, counted packet by packet, and all of it on the wire.

Three instruments for tests of what a change costs:

* Traffic runs tests/traffic in endpoints: every packet has a number, so it is
  known which ones came.
* Wire captures what each node sends, and takes the captured files apart with
  nothing but the layout of RFC 8926, figure 2: fast, and independent of the
  programs under test.
* Advertisements watches what NVEs advertise, with the time of each change.

Times are those of the clock of day, which captured packets carry, too.
"""
import collections
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import threading
import time

from lab import API, NVA, TOP
from waiting import wait_until

PROGRAM = (pathlib.Path(os.environ.get("GA_BUILDDIR", TOP / "build"))
           / "tests" / "traffic")
PORT = 7

# What became of the packets of one direction: how many were sent, the numbers
# of those that did not come, and how many came twice.
Tally = collections.namedtuple("Tally", "sent missing again")

# A captured packet: 'options' are "C/T" in the order of the wire, 'number' is
# that of a packet of Traffic's or None.
Seen = collections.namedtuple("Seen", "time options number")


def node_of(address):
    """hv-K, from an address whose last number is K."""
    return "hv-" + address.rsplit(".", 1)[1]


class Traffic:
    """Between the endpoints web-K (10.0.0.K) on all nodes of a lab."""

    def __init__(self, lab, rate=1000):
        self.lab = lab
        self.rate = rate
        self.processes = {}

    def __enter__(self):
        for node in self.lab.names:
            peers = ["10.0.0." + peer[3:] for peer in self.lab.names
                     if peer != node]
            self.processes[node] = self.lab.popen(
                "vm", "web-" + node[3:], PROGRAM, "10.0.0." + node[3:], PORT,
                self.rate, *peers, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE)
        for process in self.processes.values():
            assert process.stdout.readline() == "ready\n"
        for process in self.processes.values():
            self.tell(process, "go")
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
            process.communicate()

    @staticmethod
    def tell(process, word):
        process.stdin.write(word + "\n")
        process.stdin.flush()

    def stop(self):
        """Ends the traffic; returns {(sender, receiver): Tally} and how often
        a sender was so late that it left packets out."""
        sent, slips = {}, 0
        for node, process in self.processes.items():
            self.tell(process, "stop")
            for line in process.stdout:
                word, *values = line.split()
                if word == "stopped":
                    slips += int(values[0])
                    break
                sent[node, node_of(values[0])] = int(values[1])
        # The last packets are under way: an echo that overtook none of them
        # says that they have come.
        for a, b in sent:
            self.lab.wait_ping("web-" + a[3:], "10.0.0." + b[3:])
        missing = {pair: [] for pair in sent}
        again = {}
        for node, process in self.processes.items():
            expected = dict.fromkeys(self.lab.names, 0)
            for line in process.communicate(timeout=20)[0].splitlines():
                word, peer, *numbers = line.split()
                pair = node_of(peer), node
                if word == "again":
                    again[pair] = int(numbers[0])
                else:
                    first, last = map(int, numbers)
                    missing[pair] += range(expected[pair[0]], first)
                    expected[pair[0]] = last + 1
            for peer in self.lab.names:
                if peer != node:
                    missing[peer, node] += range(expected[peer],
                                                 sent[peer, node])
        return {pair: Tally(number, missing[pair], again[pair])
                for pair, number in sent.items()}, slips


class Wire:
    """Captures all Geneve packets that the nodes of a lab send."""

    def __init__(self, lab):
        self.lab = lab
        self.tcpdumps = {}

    def path(self, node):
        return self.lab.files / ("%s-wire.pcap" % node)

    def __enter__(self):
        for node in self.lab.names:
            self.tcpdumps[node] = self.lab.popen(
                "exec", "fabric", "tcpdump", "-i", node, "-Q", "in", "-n",
                "-U", "--immediate-mode", "-s", "400", "-B", "65536",
                "-Z", "root", "-w", self.path(node), "udp dst port 6081",
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for tcpdump in self.tcpdumps.values():
            for line in tcpdump.stderr:
                if "listening on" in line:
                    break
            else:
                raise AssertionError("tcpdump does not start")
        return self

    def __exit__(self, *_):
        # tcpdump does not write at its end what it has not read until then.
        # When a packet that is sent now is there, so are those before.
        begin = time.time()
        for a, b in {a: b for a, b in self.lab.pairs}.items():
            wait_until(lambda a=a, b=b: self.lab.ping(
                "web-" + a[3:], "10.0.0." + b[3:], count=1, wait=0.2)
                and last_time(self.path(a)) > begin,
                "the last packets of %s are captured" % a)
        for node, tcpdump in self.tcpdumps.items():
            tcpdump.send_signal(signal.SIGINT)
            said = tcpdump.communicate(timeout=20)[1]
            assert "\n0 packets dropped by kernel" in said, (node, said)

    def packets(self):
        """Returns {(sender, receiver): [Seen, ...]}, receivers that are no
        nodes included.  To be called after the block."""
        result = {}
        for node in self.lab.names:
            for destination, seen in read_capture(self.path(node)):
                result.setdefault((node, node_of(destination)),
                                  []).append(seen)
            self.path(node).unlink()
        return result


def options_of(area):
    """The options of an option area as "C/T"s (RFC 8926, section 3.5)."""
    result = []
    at = 0
    while at < len(area):
        klass, kind, length = struct.unpack_from("!HBB", area, at)
        result.append("0x%04x/0x%02x" % (klass, kind))
        at += 4 + 4 * (length & 0x1f)
    assert at == len(area), area.hex()
    return tuple(result)


def records(path):
    """Yields (time, bytes) for each packet in a file of tcpdump's."""
    data = path.read_bytes()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}[data[:4]]
    header = struct.Struct(order + "IIII")
    offset = 24
    while offset + header.size <= len(data):
        seconds, micros, length, _ = header.unpack_from(data, offset)
        offset += header.size
        yield seconds + micros / 1e6, data[offset:offset + length]
        offset += length


def last_time(path):
    """When the last packet in a file was captured."""
    return max((when for when, _ in records(path)), default=0)


def read_capture(path):
    """Yields (outer destination, Seen) for each packet in a file of tcpdump's:
    Geneve in UDP in IPv4 without options in Ethernet."""
    known = {}                          # Option area: options.
    for when, data in records(path):
        end = 42 + 8 + 4 * (data[42] & 0x3f)
        area = data[50:end]
        options = known.get(area)
        if options is None:
            options = known[area] = options_of(area)
        number = None
        # An inner UDP packet of Traffic's?
        if (data[end + 12:end + 14] == b"\x08\x00" and data[end + 23] == 17
                and data[end + 36:end + 38] == PORT.to_bytes(2, "big")):
            number = int.from_bytes(data[end + 42:end + 50], "big")
        yield (socket.inet_ntoa(data[30:34]),
               Seen(when, options, number))


class Advertisements:
    """What the NVEs advertise: current[NAME] is the receive table, log has
    (time, name, resourceVersion, table) of each change."""

    def __init__(self, lab):
        self.lab = lab
        self.log = []
        self.current = {}

    def __enter__(self):
        listed = self.lab.call("GET", "/nves")
        for nve in listed["items"]:
            self.note(nve)
        self.connection = http.client.HTTPConnection(NVA, 8080, timeout=600)
        with self.lab.inside("exec", "nva"):
            self.connection.connect()
        self.socket = self.connection.sock
        self.connection.request("GET", API + "/nves?watch=1&resourceVersion="
                                + listed["metadata"]["resourceVersion"])
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(timeout=20)
        self.connection.close()

    def note(self, nve):
        table = (nve.get("status") or {}).get("receive")
        name = nve["metadata"]["name"]
        if self.current.get(name) != table:
            self.log.append((time.time(), name,
                             nve["metadata"]["resourceVersion"], table))
            self.current[name] = table

    def follow(self):
        with contextlib.suppress(OSError, ValueError, AttributeError,
                                 http.client.HTTPException):
            answer = self.connection.getresponse()
            for line in iter(answer.readline, b""):
                event = json.loads(line)
                if event["type"] in ("ADDED", "MODIFIED"):
                    self.note(event["object"])


def wait_for_traffic(lab):
    """Every node reaches every other one."""
    for a, b in lab.pairs:
        lab.wait_ping("web-" + a[3:], "10.0.0." + b[3:])


def runs(numbers):
    """[1, 2, 3, 7] as "1-3, 7"."""
    result = []
    for number in numbers:
        if result and result[-1][1] == number - 1:
            result[-1][1] = number
        else:
            result.append([number, number])
    return ", ".join("%d" % a if a == b else "%d-%d" % (a, b)
                     for a, b in result)
