"""Open vSwitch, and tests/ofctrl-driver, the agent's OpenFlow part alone.

The driver holds what is wanted; what the switch has is read with ovs-ofctl,
and what was sent is told by the driver's counters.  A module has one switch,
and each of its tests a bridge of its own.
"""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess

import pytest

import ovs
from waiting import SLOWNESS, wait_until

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GA_BUILDDIR", TOP / "build"))
COOKIE = 0x67656e65 << 32

# Mappings of options, to the index that is filled in.
A = "{class=0xff01,type=0x01,len=4}->tun_metadata%d"
B = "{class=0xff01,type=0x82,len=8}->tun_metadata%d"
C = "{class=0xff01,type=0x03,len=4}->tun_metadata%d"

FLOWS = ["table=0,priority=10,in_port=1 actions=output:2",
         "table=0,priority=9,in_port=1,dl_dst=02:00:00:00:00:01,ip,"
         "nw_dst=10.0.0.0/8 actions=clone(set_field:7->tun_id,"
         "set_field:192.0.2.1->tun_dst,set_field:0x0->tun_metadata1,"
         "set_field:0x1200->tun_metadata4,output:2),"
         "move:NXM_NX_REG0[0..15]->NXM_NX_REG1[16..31],"
         "load:0x5->NXM_NX_REG3[4..7],resubmit(,20)",
         "table=10,priority=5,tun_metadata1=0x5,metadata=0x3 "
         "actions=delete_field:tun_metadata1,in_port,goto_table:30",
         "table=10,priority=4,tun_metadata4=0x50/0xf0 actions=drop",
         "table=20,priority=3,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 "
         "actions=meter:1,set_field:02:00:00:00:00:09->eth_dst,output:2"]

GROUP = 0x67000001
FF = ("group_id=%d,type=ff,bucket=bucket_id:1,watch_port:1,"
      "actions=resubmit(,30),bucket=bucket_id:2,watch_port:2,"
      "actions=resubmit(,31)")
SELECT = ("group_id=%d,type=select,selection_method=hash,fields(ip_src),"
          "bucket=bucket_id:77,weight:100,actions=resubmit(,30)")
TO_GROUP = "table=28,priority=1 actions=group:%d"

AT_ONCE = 0.01 * SLOWNESS               # Seconds, at most.


@pytest.fixture(scope="module")
def switch():
    s = ovs.Ovs().start()
    yield s
    s.stop()


@pytest.fixture
def bridge(switch):
    """The name of a bridge of the test's own."""
    bridge.n = getattr(bridge, "n", 0) + 1
    name = "t%d" % bridge.n
    switch.add_bridge(name, ["%s-p%d type=dummy ofport_request=%d"
                             % (name, i, i) for i in (1, 2)])
    yield name
    switch.vsctl("--if-exists", "del-br", name)


class Driver:
    """Looks for bridges, and has its own socket, in 'directory', or where the
    switch has them."""

    def __init__(self, switch, bridge, directory=None):
        self.switch = switch
        self.dir = directory or switch.dir
        self.bridge = bridge
        self.n_files = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [str(BUILD / "tests" / "ofctrl-driver"),
             "--bridge=" + self.bridge,
             "--log-file=%s/driver-%s.log" % (self.switch.dir, self.bridge)],
            env=dict(self.switch.env, OVS_RUNDIR=str(self.dir)))
        self.ctl = (self.dir
                    / ("ofctrl-driver.%d.ctl" % self.process.pid))
        wait_until(self.listens, "the driver has started")

    def listens(self):
        with socket.socket(socket.AF_UNIX) as sock:
            return sock.connect_ex(str(self.ctl)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.kill()
        self.start()

    def __call__(self, *args):
        return self.switch.run("ovs-appctl", "-t", self.ctl, *args).rstrip(
            "\n")

    def replace(self, owner, cookie, *flows):
        path = self.switch.dir / ("flows-%d" % self.process.pid)
        path.write_text("".join(flow + "\n" for flow in flows))
        self("replace", owner, cookie, path)

    @contextlib.contextmanager
    def at_once(self):
        """What is said in the block takes effect at its end."""
        self("complete", "false")
        yield
        self("complete", "true")

    def wait(self):
        """Waits until all is done; returns the status."""
        return json.loads(self("wait"))

    def status(self):
        return json.loads(self("status"))

    def log(self):
        return (self.switch.dir
                / ("driver-%s.log" % self.bridge)).read_text()

    def errors(self):
        return [tuple(line.split("\t")) for line in
                self("errors").splitlines()]

    def confirmed(self, owner):
        return self("confirmed", owner) == "true"


@pytest.fixture
def driver(switch, bridge):
    d = Driver(switch, bridge)
    yield d
    if d.process.poll() is None:
        d("exit")
        assert d.process.wait(20) == 0
    assert d.process.returncode in (0, -signal.SIGKILL)


def flow(cookie, rest):
    """As Ovs.flows() writes it."""
    return "cookie=%#x %s" % (COOKIE | cookie, rest)


def wait_status(driver, predicate, what):
    return wait_until(lambda: predicate(driver.status()), what)


def our_flows(switch, bridge):
    return set(switch.flows(bridge, "cookie=%#x/%#x"
                            % (COOKIE, 0xffffffff << 32)))


def receive(switch, bridge, n):
    """Gives the bridge 'n' packets, at its first port."""
    for _ in range(n):
        switch.appctl("netdev-dummy/receive", bridge + "-p1",
                      "020000000001020000000002080045000014000000004011"
                      "f9830a0000010a000002")


def interference(driver):
    """What others have changed, as far as the driver has noticed: numbers."""
    return {k: v for k, v in driver.status()["interference"].items() if v}


def delete_tlv_map(switch, bridge):
    """It is refused for some milliseconds, as long as flows that were just
    deleted use it."""
    def succeeds():
        try:
            switch.ofctl("del-tlv-map", bridge)
        except AssertionError:
            return False
        return True
    wait_until(succeeds, "the map is deleted")
