"""A host without Open vSwitch: a network namespace, with geneve-tap in it or
without."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess

import pings
import wire
from lab import CLONE_NEWNET, TOP, libc
from waiting import wait_until

BUILD = pathlib.Path(os.environ.get("GA_BUILDDIR", TOP / "build"))
PROGRAM = str(BUILD / "utilities" / "geneve-tap" / "geneve-tap")


class Host:
    """A host without Open vSwitch: a namespace and geneve-tap in it."""

    def __init__(self, directory, name):
        self.dir = directory
        self.name = name
        self.ns = "gt-%d-%s" % (os.getpid(), name)
        self.control = str(directory / (name + ".sock"))
        self.process = None
        subprocess.run(["ip", "netns", "add", self.ns], check=True)
        self.ip("link", "set", "lo", "up")

    def ip(self, *args):
        subprocess.run(["ip", "-n", self.ns, *args], check=True)

    def run(self, *command, check=True):
        return subprocess.run(["ip", "netns", "exec", self.ns, *command],
                              check=check, capture_output=True, text=True)

    def start(self, *args, config=None, stderr=None):
        """Starts the program, and waits until it serves.  It complains to the
        log, or 'stderr'."""
        if config is not None:
            path = self.dir / (self.name + ".json")
            path.write_text(json.dumps(config))
            args = ("-c", str(path), *args)
        self.stop()
        self.log = open(self.dir / (self.name + ".log"), "w+")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.ns, PROGRAM, "-d",
             "--control=" + self.control, *args],
            stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=stderr or self.log)
        wait_until(self.serves, "%s serves" % self.name)

    def serves(self):
        assert self.process.poll() is None, self.said()
        return self.stats()

    def said(self):
        return (self.dir / (self.name + ".log")).read_text()

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(10) == 0, self.said()
            self.process = None
            self.log.close()

    def stats(self):
        result = subprocess.run([PROGRAM, "--stats",
                                 "--control=" + self.control],
                                capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def drops(self):
        return {k: n for k, n in self.stats()["drops"].items() if n}

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        subprocess.run(["ip", "netns", "del", self.ns], check=False)

    @contextlib.contextmanager
    def inside(self):
        fd = os.open("/run/netns/" + self.ns, os.O_RDONLY)
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            assert not libc.setns(fd, CLONE_NEWNET)
            yield
        finally:
            libc.setns(home, CLONE_NEWNET)
            os.close(home)
            os.close(fd)

    def ping(self, address, *args):
        wait_until(lambda: self.run("ping", "-c1", "-W1", *args, address,
                                    check=False).returncode == 0,
                   "%s reaches %s" % (self.name, address))

    @contextlib.contextmanager
    def pinging(self, address, lost=1):
        """Pings 50 times a second while in the block.  Fails if more than
        'lost' of each hundred were not answered, or two in a row."""
        with subprocess.Popen(
                ["ip", "netns", "exec", self.ns, "ping", "-n", "-i", "0.02",
                 address], stdout=subprocess.PIPE, text=True) as ping:
            try:
                yield
            finally:
                ping.send_signal(signal.SIGINT)
                said = ping.communicate(timeout=10)[0]
        pings.check_answered(said, lost)

    @contextlib.contextmanager
    def capture(self, device="eth0"):
        path = self.dir / "captured.pcap"
        with subprocess.Popen(
                ["ip", "netns", "exec", self.ns, "tcpdump", "-i", device,
                 "-nU", "--immediate-mode", "-Z", "root", "-w", str(path),
                 "udp port 6081"], stderr=subprocess.PIPE,
                text=True) as tcpdump:
            for line in tcpdump.stderr:
                if "listening on" in line:
                    break
            try:
                yield wire.Capture(path)
            finally:
                tcpdump.send_signal(signal.SIGINT)
                tcpdump.communicate(timeout=10)

    def attach(self, lab, address4, address6=None):
        """Puts a wire of this host, eth0, onto the underlay of a sandbox."""
        lab.exec("fabric", "ip", "link", "add", self.name, "type", "veth",
                 "peer", "name", "eth0", "netns", self.ns)
        lab.exec("fabric", "ip", "link", "set", self.name, "master",
                 "underlay", "up")
        # Open vSwitch in user space would see checksums that are still to be
        # made, by a card that is not there.
        self.run("ethtool", "-K", "eth0", "tx", "off")
        self.ip("addr", "add", address4 + "/24", "dev", "eth0")
        if address6:
            self.ip("addr", "add", address6 + "/64", "dev", "eth0", "nodad")
        self.ip("link", "set", "eth0", "up")
