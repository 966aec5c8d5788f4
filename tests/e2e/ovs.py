"""A real ovsdb-server and ovs-vswitchd with dummy ports, in a directory.

For tests of how the agent speaks to Open vSwitch; needs no namespaces and
touches nothing else on the machine.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from waiting import wait_until


class Ovs:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ga-ovs-"))
        self.env = dict(os.environ, OVS_RUNDIR=str(self.dir),
                        OVS_LOGDIR=str(self.dir), OVS_DBDIR=str(self.dir))
        self.db = "unix:%s/db.sock" % self.dir

    def run(self, *command, **kwargs):
        kwargs.setdefault("timeout", 60)
        result = subprocess.run(
            list(map(str, command)), env=self.env, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, universal_newlines=True, **kwargs)
        if result.returncode:
            raise AssertionError("%s: %s%s" % (command, result.stdout,
                                               result.stderr))
        return result.stdout

    def start(self):
        self.run("ovsdb-tool", "create", self.dir / "conf.db",
                 "/usr/share/openvswitch/vswitch.ovsschema")
        self.run("ovsdb-server", self.dir / "conf.db",
                 "--remote=p" + self.db,
                 "--unixctl=%s/ovsdb.ctl" % self.dir,
                 "--pidfile=%s/ovsdb.pid" % self.dir, "--detach",
                 "--no-chdir", "--log-file=%s/ovsdb.log" % self.dir,
                 "-vconsole:off")
        self.vsctl("--no-wait", "init")
        self.start_vswitchd()
        return self

    def start_vswitchd(self):
        self.run("ovs-vswitchd", self.db, "--enable-dummy",
                 "--disable-system",
                 "--unixctl=%s/vswitchd.ctl" % self.dir,
                 "--pidfile=%s/vswitchd.pid" % self.dir, "--detach",
                 "--no-chdir", "--log-file=%s/vswitchd.log" % self.dir,
                 "-vconsole:off")

    def stop(self):
        for name in "vswitchd", "ovsdb":
            self.kill(name, signal.SIGTERM)
        shutil.rmtree(self.dir, ignore_errors=True)

    def kill(self, name, sig=signal.SIGKILL):
        """Ends a daemon and waits until it is gone."""
        try:
            pid = int((self.dir / (name + ".pid")).read_text())
        except FileNotFoundError:
            return
        os.kill(pid, sig)
        wait_until(lambda: not alive(pid), "%s has gone" % name)
        (self.dir / (name + ".pid")).unlink(missing_ok=True)

    def kill_vswitchd(self):
        self.kill("vswitchd")

    def vsctl(self, *args):
        return self.run("ovs-vsctl", "--db=" + self.db, *args)

    def ofctl(self, *args, **kwargs):
        return self.run("ovs-ofctl", "-O", "OpenFlow15", *args, **kwargs)

    def appctl(self, *args):
        return self.run("ovs-appctl", "-t", self.dir / "vswitchd.ctl", *args)

    def add_bridge(self, name, ports=()):
        """'ports': of each, its Interface's settings, "p1 type=dummy"."""
        command = ["--", "add-br", name, "--", "set", "bridge", name,
                   "datapath_type=dummy", "fail-mode=secure"]
        for port in ports:
            port, *settings = port.split()
            command += ["--", "add-port", name, port, "--", "set", "interface",
                        port] + settings
        self.vsctl(*command)

    def flows(self, bridge, *match):
        """Returns {flow without its counters: its counters}."""
        result = {}
        for line in self.ofctl("--no-names", "dump-flows", bridge,
                               *match).splitlines():
            found = re.match(r" cookie=(0x[0-9a-f]+), duration=([0-9.]+)s, "
                             r"table=(\d+), n_packets=(\d+), n_bytes=(\d+), "
                             r"(?:idle_age=\d+, )?(.*)", line)
            if found:
                cookie, duration, table, packets, _, rest = found.groups()
                result["cookie=%s table=%s %s" % (cookie, table, rest)] = (
                    float(duration), int(packets))
        return result

    def tlv_map(self, bridge):
        """Returns {index: (class, type, length)}."""
        return {int(index): (int(cls, 16), int(typ, 16), int(length))
                for cls, typ, length, index in re.findall(
                    r"(0x[0-9a-f]+|0)\s+(0x[0-9a-f]+|0)\s+(\d+)\s+"
                    r"tun_metadata(\d+)",
                    self.ofctl("dump-tlv-map", bridge))}


def alive(pid):
    try:
        stat = pathlib.Path("/proc/%d/stat" % pid).read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"
