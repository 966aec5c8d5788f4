#!/usr/bin/python3
"""What faults cost in packets, next to a control run without any.

  bench_faults.py [--repeat N] [NAME...]

A sandbox of two nodes, whose endpoints send each other 1,000 packets a second
in both directions.  Each fault is done to hv-1 (or to the controller) in the
middle of a run; the run goes on until packets have come for a second.  A
control run, as long and without a fault, follows.  What counts is the
direction that lost more; at that rate, packets are milliseconds.

Two of the faults are what a package's upgrade does: `ovs-ctl restart', with
Open vSwitch's own way of saving flows and restoring them, once while the agent
runs and once without it.
"""
import argparse
import os
import pathlib
import random
import signal
import socket
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / "e2e"), str(TOP / "tests" / "bench")]

import bench_migration                          # noqa: E402
import of_relay                                 # noqa: E402
import ovs                                      # noqa: E402
import traffic                                  # noqa: E402
import wire                                     # noqa: E402
import world                                    # noqa: E402
from lab import Lab, resource                   # noqa: E402
from test_ofctrl_no_monitor import refuse_monitors  # noqa: E402
from test_restart import ovs_ctl_restart        # noqa: E402
from stopping import stopped                    # noqa: E402
from waiting import pause, wait_until           # noqa: E402

RATE = 1000
NODE = "hv-1"
N_ENDPOINTS = 2000
N_TUNNELS = 500
PLUG = ["--", "set", "interface", "vm-web-1", "external_ids:iface-id=web-1"]
FAULTS = {}


def fault(function):
    FAULTS[function.__name__.replace("_", "-")] = function
    return function


def killed(lab, node, daemon):
    lab.kill(node, daemon)
    lab.start_daemon(node, daemon)


@fault
def agent_killed(lab):
    killed(lab, NODE, "geneve-agentd")


@fault
def nvad_killed(lab):
    killed(lab, "nva", "nvad")


@fault
def flows_deleted(lab):
    lab.exec(NODE, "ovs-ofctl", "del-flows", "br-int")


@fault
def flows_deleted_without_monitor(lab):
    """The agent meets a relay in place of the bridge's socket."""
    mgmt = lab.dir / NODE / "br-int.mgmt"
    if not mgmt.is_symlink():
        real = mgmt.with_suffix(".real")
        lab.kill(NODE, "geneve-agentd")
        mgmt.rename(real)
        relay = of_relay.Relay(real, refuse_monitors, lab.files)
        mgmt.symlink_to(relay.dir / real.name)
        lab.start_daemon(NODE, "geneve-agentd")
        wait_until(lambda: "there are no flow monitors" in (
            lab.dir / NODE / "geneve-agentd.log").read_text(), "it is refused")
        world.settle(lab)
    flows_deleted(lab)


@fault
def tlv_map_and_flows_deleted(lab):
    """The map goes only when no flow uses it, and not at once then, so the
    agent has to stand still meanwhile."""
    with stopped(lab.dir / NODE / "geneve-agentd.pid"):
        lab.exec(NODE, "ovs-ofctl", "del-flows", "br-int")
        wait_until(lambda: lab.on(
            NODE, "ovs-ofctl", "del-tlv-map", "br-int",
            check=False).returncode == 0, "the map is deleted", interval=0)


@fault
def fail_mode_deleted(lab):
    lab.exec(NODE, "ovs-vsctl", "del-fail-mode", "br-int")


@fault
def switch_killed(lab):
    killed(lab, NODE, "ovs-vswitchd")


def many():
    """Endpoints that are elsewhere, each time with other MACs."""
    yield resource("NVE", "far", {"underlay": {"ips": ["192.0.2.99"]}})
    byte = random.randrange(1, 256)
    for n in range(N_ENDPOINTS):
        yield resource("Endpoint", "far-%d" % n, {
            "vpc": "blue", "nve": "far", "type": "vm", "policyLabel": 9,
            "qosClass": 1, "ips": [],
            "mac": "02:00:01:%02x:%02x:%02x" % (byte, n >> 8, n & 255)})


@fault
def switch_killed_in_a_bundle(lab):
    """The agent is away while objects change, so that it changes all of their
    flows at once when it is back."""
    lab.kill(NODE, "geneve-agentd")
    lab.apply(*many())
    pid = int((lab.dir / NODE / "ovs-vswitchd.pid").read_text())
    log = lab.dir / NODE / "geneve-agentd.log"
    size = log.stat().st_size
    lab.start_daemon(NODE, "geneve-agentd")

    def connected():
        with open(log) as file:
            file.seek(size)
            return " to change" in file.read()
    wait_until(connected, "flows are under way", interval=0)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not ovs.alive(pid), "the switch has ended", interval=0)
    lab.start_daemon(NODE, "ovs-vswitchd")


@fault
def database_killed(lab):
    killed(lab, NODE, "ovsdb-server")


def tunnels(lab, count):
    """Has the agent make so many ports, or delete them the next time."""
    names = ["near-%d" % n for n in range(count)]
    if lab.list("NVE")[2:]:
        for kind in "Endpoint", "NVE":
            lab.delete(kind, *names)
        return
    lab.apply(*(resource("NVE", name, {
        "underlay": {"ips": ["198.18.%d.%d" % (n >> 8, n & 255)]}})
                for n, name in enumerate(names)))
    lab.apply(*(resource("Endpoint", name, {
        "vpc": "blue", "nve": name, "type": "vm", "policyLabel": 9,
        "qosClass": 1, "ips": [],
        "mac": "02:00:02:00:%02x:%02x" % (n >> 8, n & 255)})
                for n, name in enumerate(names)))


@fault
def tunnels_made_at_once(lab):
    """No fault.  The agent is away while they come, so that it makes all ports
    in one transaction when it is back; the next time it deletes them."""
    def n_ports():
        return len(lab.exec(NODE, "ovs-vsctl", "--bare", "--columns=name",
                            "find", "interface", "type=geneve",
                            "ofport>0").split())

    before = n_ports()
    with lab.without(NODE, "geneve-agentd"):
        tunnels(lab, N_TUNNELS)
    wait_until(lambda: abs(n_ports() - before) == N_TUNNELS,
               "the ports are there, or gone", interval=0.2)


@fault
def database_killed_in_a_transaction(lab):
    tunnels(lab, 50)
    killed(lab, NODE, "ovsdb-server")


@fault
def switch_killed_in_a_transaction(lab):
    tunnels(lab, 50)
    killed(lab, NODE, "ovs-vswitchd")


@fault
def ovs_ctl_restart_with_the_agent(lab):
    """The device with the underlay address outlives a switch that ends in an
    orderly way."""
    ovs_ctl_restart(lab, NODE)


@fault
def ovs_ctl_restart_without_the_agent(lab):
    """What ovs-save cannot restore is left out for this comparison: meters,
    which it does not save, and flows that ovs-ofctl cannot read back.
    With them, no flow at all would be restored."""
    with lab.without(NODE, "geneve-agentd"):
        lab.exec(NODE, "sh", "-c", """
            ovs-ofctl -O OpenFlow15 dump-flows --no-names --no-stats br-int |
            sed '/OFPST/d; /nd_reserved/d; s/meter:[0-9]*,*//' |
            ovs-ofctl -O OpenFlow15 --bundle replace-flows br-int -""")
        ovs_ctl_restart(lab, NODE)
        traffic.wait_for_traffic(lab)
        pause(0.5)


@fault
def port_made_anew(lab):
    """In one transaction, as some tools do to be sure."""
    lab.exec(NODE, "ovs-vsctl", "--if-exists", "del-port", "vm-web-1", "--",
             "add-port", "br-int", "vm-web-1", *PLUG)


@fault
def bridge_made_anew(lab):
    """With the endpoint's port, and without fail_mode."""
    lab.exec(NODE, "ovs-vsctl", "del-br", "br-int", "--", "add-br", "br-int",
             "--", "set", "bridge", "br-int", "datapath_type=netdev", "--",
             "add-port", "br-int", "vm-web-1", *PLUG)


@fault
def underlay_address_changes(lab):
    """And back the next time."""
    address = {ip: "192.0.2.%d" % (202 - int(ip.split(".")[3])) for ip in (
        "192.0.2.1", "192.0.2.201")}[lab.exec(
            NODE, "ovs-vsctl", "get", "open", ".",
            "external_ids:nve-encap-ip").strip().strip('"')]
    lab.exec(NODE, "ip", "address", "replace", address + "/24", "dev",
             "br-phy")
    lab.set(NODE, nve_encap_ip=address)
    lab.patch("NVE", NODE, {"spec": {"underlay": {"ips": [address]}}})


@fault
def node_gets_another_name(lab):
    old = lab.exec(NODE, "ovs-vsctl", "get", "open", ".",
                   "external_ids:system-id").strip().strip('"')
    new = NODE if old != NODE else "hv-9"
    lab.exec(NODE, "ovs-vsctl", "set", "open", ".",
             "external_ids:system-id=" + new)
    lab.wait_running("web-1", new)
    lab.delete("NVE", old)          # It has the address.


@fault
def neighbor_forged(lab):
    """Another MAC for hv-2's address, which is noted once a second."""
    pause(1.5)
    with lab.inside("exec", "fabric"):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sock.bind((NODE, 0))
    with sock:
        for n in range(20):
            sock.send(wire.outer(
                "02:66:66:66:66:66", "02:00:c0:00:02:01", "192.0.2.2",
                "192.0.2.1", 40000 + n, wire.geneve(world.VNI, b"\0" * 60)))
    pause(0.1)


def run(lab, function, seconds=0):
    """Returns how many packets the worse direction lost, seconds, and slips
    of the senders."""
    traffic.wait_for_traffic(lab)
    with traffic.Traffic(lab, RATE) as flows:
        start = time.monotonic()
        pause(0.5)
        if function:
            function(lab)
            traffic.wait_for_traffic(lab)
            pause(1)
        else:
            pause(seconds - 0.5)
        seconds = time.monotonic() - start
        tallies, slips = flows.stop()
    return max(len(t.missing) for t in tallies.values()), seconds, slips


def measure(name, repeat):
    """Returns what was lost, and what in control runs.  On a sandbox of its
    own: some faults leave much behind."""
    lab = Lab(2).start()
    try:
        world.load(lab)
        lost, control = [], []
        for _ in range(repeat):
            n, seconds, slips = run(lab, FAULTS[name])
            lost.append("%d" % n + "*" * (slips > 0))
            traffic.wait_for_traffic(lab)
            n, _, slips = run(lab, None, min(seconds, 10))
            control.append("%d" % n + "*" * (slips > 0))
        return lost, control
    finally:
        lab.stop()


def main():
    names = [*FAULTS, *bench_migration.WAYS]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="one of: " + ", ".join(names))
    options = parser.parse_args()
    for name in options.names:
        if name not in names:
            parser.error("%s: no such fault" % name)
    if os.geteuid():
        parser.error("needs root")
    print("Packets lost of 1,000 a second, in the worse direction.  With *, a "
          "sender was\nheld up, and sent less than that.\n")
    print("%-36s %20s %20s" % ("fault", "lost", "lost in control run"))
    for name in options.names or names:
        function = measure if name in FAULTS else bench_migration.measure
        print("%-36s %20s %20s" % (name, *(
            ", ".join(map(str, part))
            for part in function(name, options.repeat))), flush=True)


if __name__ == "__main__":
    main()
