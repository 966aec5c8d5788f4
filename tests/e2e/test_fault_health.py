"""What keeps packets from getting through is said, each time by an alarm of
its own: FAULTS has the conditions of the table in docs/operations.md ("What
has an alarm").  One after another is made and undone again.  Each must raise
its alarm, show in the endpoint's status and in `remote list', as the table
says, and clear by itself.

Nodes have addresses of their own for their tunnels, on a port of br-phy, as
the agent speaks to the controller from the first ones.  Faults of different
nodes are made at the same time, to save time.
"""
import collections
import contextlib

import pytest

import world
from waiting import wait_until

TUNNEL = {"hv-%d" % k: "198.51.100.%d" % k for k in (1, 2, 3)}
NOBODY = "198.51.100.200"
RUNNING, UNREACHABLE = "Running", "Unreachable"
LIMITS = "bum-limit", "packet-in-limit", "icmp-limit"


def vsctl(lab, node, *args):
    lab.exec(node, "ovs-vsctl", "--no-wait", *args)


@pytest.fixture(scope="module")
def lab(own_lab):
    lab = own_lab(3)
    for node, address in TUNNEL.items():
        lab.exec(node, "ovs-vsctl", "add-port", "br-phy", "tun0", "--", "set",
                 "interface", "tun0", "type=internal")
        lab.exec(node, "ip", "addr", "add", address + "/24", "dev", "tun0")
        lab.exec(node, "ip", "link", "set", "tun0", "up")
        lab.set(node, nve_encap_ip=address)
        publish(lab, node, address)
    world.load(lab)
    return lab


def publish(lab, node, address):
    lab.patch("NVE", node, {"spec": {"underlay": {"ips": [address]}}})


def alarms(lab, node):
    return {(alarm["object"], alarm["reason"]): alarm["message"]
            for alarm in lab.agentctl(node, "status")["alarms"]}


def remote_status(lab, node):
    return {remote["name"]: remote["status"]
            for remote in lab.agentctl(node, "remote", "list")}


def show_endpoint(lab, node):
    shown, = (e for e in lab.agentctl(node, "endpoint", "list")
              if e["name"] == "web-" + node[3:])
    return shown


# The conditions.  Each makes its fault, and undoes it.

def setting(*words):
    """ovs-vsctl set WORDS; clears them afterwards."""
    *row, assignment = words
    name, _, value = assignment.partition("=")
    column, _, key = name.partition(":")
    back = (["remove", *row, column, key] if key
            else ["set", *row, name + "=false"] if value == "true"
            else ["clear", *row, column])

    @contextlib.contextmanager
    def fault(lab, node):
        vsctl(lab, node, "set", *row, assignment)
        try:
            yield
        finally:
            vsctl(lab, node, *back)
    return fault


def ip(made, undone):
    """Runs `ip MADE' and then `ip UNDONE'; %(me)s and so on are addresses."""
    @contextlib.contextmanager
    def fault(lab, node):
        words = {"me": TUNNEL[node], "other": TUNNEL[others(node)[0]],
                 "nobody": NOBODY, "web": "web-" + node[3:]}
        lab.exec(node, "sh", "-ec", made % words)
        try:
            yield
        finally:
            lab.exec(node, "sh", "-ec", undone % words)
    return fault


def others(node):
    return [name for name in TUNNEL if name != node]


@contextlib.contextmanager
def no_encap_ip(lab, node):
    lab.set(node, nve_encap_ip=None)
    try:
        yield
    finally:
        lab.set(node, nve_encap_ip=TUNNEL[node])


@contextlib.contextmanager
def published_elsewhere(lab, node):
    publish(lab, node, NOBODY)
    try:
        yield
    finally:
        publish(lab, node, TUNNEL[node])


@contextlib.contextmanager
def odd_datapath(lab, node):
    kind = lab.exec(node, "ovs-vsctl", "get", "bridge", "br-int",
                    "datapath_type").strip()
    vsctl(lab, node, "set", "bridge", "br-int", "datapath_type=nonsense")
    try:
        yield
    finally:
        vsctl(lab, node, "set", "bridge", "br-int", "datapath_type=" + kind)


@contextlib.contextmanager
def controller(lab, node):
    vsctl(lab, node, "set-controller", "br-int", "tcp:127.0.0.1:1")
    try:
        yield
    finally:
        vsctl(lab, node, "del-controller", "br-int")


def tunnel_port(lab, node, other):
    return lab.exec(node, "ovs-vsctl", "--bare", "--columns=name", "find",
                    "interface", "external_ids:nve-remote=" + other).strip()


def bfd(lab, node):
    """The other end does not speak BFD."""
    port = tunnel_port(lab, node, others(node)[0])
    return setting("interface", port, "bfd:enable=true")(lab, node)


@contextlib.contextmanager
def port_taken(lab, node):
    """Somebody's own port has the tunnel's configuration, and was first."""
    other = others(node)[0]
    lab.exec(node, "ovs-vsctl", "--", "del-port",
             tunnel_port(lab, node, other), "--", "add-port", "br-phy",
             "mine", "--", "set", "interface", "mine", "type=geneve",
             "options:remote_ip=" + TUNNEL[other],
             "options:local_ip=" + TUNNEL[node], "options:key=flow",
             "options:csum=true")
    try:
        yield
    finally:
        lab.exec(node, "ovs-vsctl", "del-port", "mine")


def mod_port(is_tunnel, made, undone):
    """ovs-ofctl mod-port, of the tunnel to the first other node or of the
    endpoint."""
    @contextlib.contextmanager
    def fault(lab, node):
        port = (tunnel_port(lab, node, others(node)[0]) if is_tunnel
                else "vm-web-" + node[3:])
        lab.exec(node, "ovs-ofctl", "mod-port", "br-int", port, made)
        try:
            yield
        finally:
            lab.exec(node, "ovs-ofctl", "mod-port", "br-int", port, undone)
    return fault


@contextlib.contextmanager
def wrong_bridge(lab, node):
    lab.set(node, nve_bridge="br-itn")
    try:
        yield
    finally:
        # A setting that is gone would be believed after 10 s only.
        lab.set(node, nve_bridge="br-int")
        lab.exec(node, "ovs-vsctl", "--if-exists", "del-br", "br-itn")


@contextlib.contextmanager
def misspelled(lab, node):
    port = "vm-web-" + node[3:]
    vsctl(lab, node, "set", "interface", port, "external_ids:iface-id=web-x")
    try:
        yield
    finally:
        vsctl(lab, node, "set", "interface", port,
              "external_ids:iface-id=web-" + node[3:])


class Fault:
    def __init__(self, make, alarm, phase=RUNNING, remotes=("ok", "ok"),
                 says=""):
        """'alarm' is its key (%(me)s is the node's address), 'remotes' what
        is shown of the first other node and of the second, 'says' a part of
        the message."""
        self.make, self.alarm, self.phase = make, alarm, phase
        self.remotes, self.says = remotes, says


ALL_GONE = {"phase": UNREACHABLE, "remotes": ("unreachable", "unreachable")}

FAULTS = {
    "no-address": Fault(
        no_encap_ip, ("underlay", "outage"), says="nve-encap-ip", **ALL_GONE),
    "lost-address": Fault(
        ip("ip addr del %(me)s/24 dev tun0",
           "ip addr add %(me)s/24 dev tun0"),
        ("underlay %(me)s", "outage"), says="no device", **ALL_GONE),
    "device-down": Fault(
        ip("ip link set tun0 down", "ip link set tun0 up"),
        ("underlay %(me)s", "outage"), says="ip link set tun0 up",
        **ALL_GONE),
    "published-elsewhere": Fault(
        published_elsewhere, ("NVE %(node)s", "outage"),
        says="spec.underlay.ips", **ALL_GONE),
    "flow-restore-wait": Fault(
        setting("Open_vSwitch", ".", "other_config:flow-restore-wait=true"),
        ("other_config:flow-restore-wait", "outage"),
        says="ovs-vsctl remove", **ALL_GONE),
    "datapath": Fault(
        odd_datapath, ("datapath_type of bridge br-int", "outage"),
        **ALL_GONE),
    "protocols": Fault(
        setting("bridge", "br-int", "protocols=OpenFlow13"),
        ("protocols of bridge br-int", "outage"), **ALL_GONE),
    "bfd": Fault(
        bfd, ("tunnel %(other)s", "local"), remotes=("unreachable", "ok"),
        says="BFD"),
    "port-taken": Fault(
        port_taken, ("tunnel %(other)s", "local"),
        remotes=("unreachable", "ok"), says="mine on bridge br-phy"),
    "no-route": Fault(
        ip("ip addr del %(me)s/24 dev tun0; ip addr add %(me)s/32 dev tun0",
           "ip addr del %(me)s/32 dev tun0; ip addr add %(me)s/24 dev tun0"),
        ("remotes", "outage"), **ALL_GONE),
    "odd-route": Fault(
        ip("ip link add odd type bridge; ip link set odd up; "
           "ip addr add 203.0.113.1/24 dev odd; "
           "ip route add %(other)s/32 via 203.0.113.9 dev odd",
           "ip link del odd"),
        ("remote %(other)s", "route"), remotes=("unreachable", "ok"),
        says="device odd"),
    "neighbor": Fault(
        ip("ip route add %(other)s/32 via %(nobody)s dev tun0",
           "ip route del %(other)s/32"),
        ("remote %(other)s", "neighbor"), remotes=("unreachable", "ok"),
        says=NOBODY),
    "mtu": Fault(
        ip("ip link set tun0 mtu 100", "ip link set tun0 mtu 1500"),
        ("remotes", "outage"), **ALL_GONE),
    "no-forward": Fault(
        mod_port(True, "no-forward", "forward"),
        ("port gnv-%(gnv)s of bridge br-int", "port"),
        remotes=("unreachable", "ok"), says="ovs-ofctl mod-port br-int gnv-"),
    "no-receive": Fault(
        mod_port(False, "no-receive", "receive"),
        ("port vm-%(web)s of bridge br-int", "port"), phase=UNREACHABLE,
        says="receive"),
    "port-down": Fault(
        ip("ip link set vm-%(web)s down", "ip link set vm-%(web)s up"),
        ("port vm-%(web)s of bridge br-int", "port"), phase=UNREACHABLE,
        says="ip link set vm-web"),
    "controller": Fault(
        controller, ("controller of bridge br-int", "local"),
        says="ovs-vsctl del-controller br-int"),
    "stp": Fault(
        setting("bridge", "br-int", "stp_enable=true"),
        ("stp_enable of bridge br-int", "local"), says="ovs-vsctl set"),
}

# What is made at the same time, by node.
BATCHES = [
    ("lost-address", "flow-restore-wait", "controller"),
    ("protocols", "device-down", "stp"),
    ("bfd", "port-taken", "datapath"),
    ("odd-route", "neighbor", "no-route"),
    ("no-forward", "no-receive", "port-down"),
    ("no-address", "published-elsewhere", "mtu"),
]


def check_counts(lab, node, remotes):
    """What the agent counts as it changes is what there is."""
    counts = lab.agentctl(node, "status")["remotes"]
    assert counts.pop("total") == len(remotes), counts
    assert ({status: n for status, n in counts.items() if n}
            == collections.Counter(remotes.values())), counts


def says_so(lab, node, fault):
    """Whether everything shows that the fault is there."""
    other = others(node)[0]
    key = tuple(part % {"me": TUNNEL[node], "node": node, "other": other,
                        "web": "web-" + node[3:],
                        "gnv": "c63364%02x" % int(other[3:])}
                for part in fault.alarm)
    message = alarms(lab, node)[key]
    assert fault.says in message, message
    status = lab.endpoint_status("web-" + node[3:])
    shown = show_endpoint(lab, node)
    assert status["phase"] == shown["phase"] == fault.phase, status
    if fault.phase == UNREACHABLE:
        assert status["message"] == shown["message"]
        assert status["message"] == "%s: %s" % (key[0], message)
    remotes = remote_status(lab, node)
    assert [remotes[name] for name in others(node)] == list(fault.remotes)
    check_counts(lab, node, remotes)
    return True


def wait_health(lab, node):
    def quiet():
        # Those that tell of what is over stay for a while.
        assert not [key for key in alarms(lab, node)
                    if key[1] not in ("interference", *LIMITS)
                    and (key[1] != "neighbor" or "remote" in key[0])]
        return True
    wait_until(quiet, "%s has no alarm" % node)
    lab.wait_running("web-" + node[3:], node)

    def well():
        remotes = remote_status(lab, node)
        assert set(remotes.values()) == {"ok"}, remotes
        check_counts(lab, node, remotes)
        return True
    wait_until(well, "all remotes of %s are well" % node)


FLOOD = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.IPPROTO_IP, 10, 3)      # No path MTU, but the DF bit.
while True:
    for size, to in (10, "10.0.0.255"), (%d, "10.0.0.2"):
        s.sendto(bytes(size), (to, 9))
    time.sleep(0.002)
"""


def test_limits_of_an_endpoint(lab):
    """Each limit of what an endpoint may make the node do has a counter, and
    an alarm, which ends some seconds after the flood: the last test here looks
    for that."""
    lab.set("hv-1", nve_bum_rate=20)
    mtu = lab.vm_mtu("web-1")
    lab.vm("web-1", "ip", "link", "set", "eth0", "mtu", mtu + 4)
    try:
        with lab.running("vm", "web-1", "python3", "-c",
                         FLOOD % (mtu + 4 - 28)):
            for reason in LIMITS:
                wait_until(lambda reason=reason:
                           alarms(lab, "hv-1")["endpoint web-1", reason],
                           "there is an alarm: %s" % reason)
            shown = show_endpoint(lab, "hv-1")
            for counter in "bumDropped", "packetInsDropped", "answersDropped":
                assert shown[counter] > 0, shown
    finally:
        lab.vm("web-1", "ip", "link", "set", "eth0", "mtu", mtu)
        lab.set("hv-1", nve_bum_rate=None)


@pytest.mark.parametrize("names", BATCHES, ids="+".join)
def test_fault_is_said_and_clears(lab, names):
    with contextlib.ExitStack() as stack:
        for node, name in zip(lab.names, names):
            stack.enter_context(FAULTS[name].make(lab, node))
        for node, name in zip(lab.names, names):
            wait_until(lambda node=node, name=name: says_so(
                lab, node, FAULTS[name]), "%s says %s" % (node, name))
    for node in lab.names:
        wait_health(lab, node)
    lab.wait_ping("web-1", "10.0.0.2")


def test_bfd_at_both_ends(lab):
    """It is over when the other end of the tunnel speaks BFD, too."""
    def hears(node, other):
        note = lab.exec(node, "ovs-vsctl", "get", "interface",
                        tunnel_port(lab, node, other),
                        "external_ids:nve-status").strip()
        status = remote_status(lab, node)[other]
        assert note == status, (note, status)
        return status
    with bfd(lab, "hv-1"):
        wait_until(lambda: hears("hv-1", "hv-2") == "unreachable",
                   "hv-1 hears nothing of hv-2")
        with bfd(lab, "hv-2"):
            for node, other in ("hv-1", "hv-2"), ("hv-2", "hv-1"):
                wait_until(lambda node=node, other=other:
                           hears(node, other) == "ok", "%s is there" % other)
    wait_health(lab, "hv-1")


def test_not_plugged_in(lab):
    """An endpoint's interface is there, but it plugs nothing in."""
    with wrong_bridge(lab, "hv-1"), misspelled(lab, "hv-2"):
        said = wait_until(lambda: alarms(lab, "hv-1")[
            "interface vm-web-1", "local"], "hv-1 has an alarm")
        assert "nve-bridge" in said
        said = wait_until(lambda: alarms(lab, "hv-2")[
            "endpoint web-x", "unknown"], "hv-2 has an alarm")
        assert "iface-id" in said
    for node in "hv-1", "hv-2":
        wait_health(lab, node)


def test_switch_hangs_and_database_ends(lab):
    """On hv-3, ovs-vswitchd is there, and says nothing.  On hv-2, it has no
    ovsdb-server any more.  The controller is not reached either, as the way
    there is by ovs-vswitchd, too."""
    pid = (lab.dir / "hv-3" / "ovs-vswitchd.pid").read_text().strip()
    lab.exec("hv-3", "kill", "-STOP", pid)
    try:
        assert show_endpoint(lab, "hv-3")["sent"] is None
        with lab.without("hv-2", "ovsdb-server"):
            for object_, reason in (("ovsdb-server", "outage"),
                                    ("database", "local")):
                wait_until(lambda key=(object_, reason):
                           alarms(lab, "hv-2")[key], "hv-2 has an alarm")
            assert show_endpoint(lab, "hv-2")["phase"] == UNREACHABLE
        wait_until(lambda: alarms(lab, "hv-3")["OpenFlow of br-int", "outage"],
                   "hv-3 has an alarm", deadline=40)
        assert show_endpoint(lab, "hv-3")["phase"] == UNREACHABLE
    finally:
        lab.exec("hv-3", "kill", "-CONT", pid)
    for node in "hv-2", "hv-3":
        wait_health(lab, node)


def test_limits_are_kept_again(lab):
    wait_until(lambda: not [key for key in alarms(lab, "hv-1")
                            if key[1] in LIMITS], "the alarms are over")
