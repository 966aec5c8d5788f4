"""The sandbox's own promises."""
import json
import os
import socket
import struct
import subprocess

import pytest

import world
from lab import SANDBOX, namespace_prefix
from waiting import wait_until


def test_exec_and_vm_pass_everything_on(lab):
    for verb, where in (("exec", "hv-1"), ("exec", "nva"),
                        ("exec", "fabric"), ("vm", "web-1")):
        result = lab.sandbox(verb, where, "sh", "-c",
                             "cat; echo error >&2; exit 7", input="in\n",
                             check=False)
        assert (result.returncode, result.stdout, result.stderr) == (
            7, "in\n", "error\n")


def test_exec_means_that_node(lab):
    def there(*command):
        return lab.sandbox("exec", *command).stdout
    for node in lab.names:
        assert node in there(node, "ovs-vsctl", "get", "open", ".",
                             "external_ids:system-id")
        status = there(node, "agentctl", "-f", "json", "status")
        assert json.loads(status)["systemId"] == node
        assert "192.0.2.%s/24" % node[3:] in there(node, "ip", "address")


def test_vm_is_as_its_object_says(lab):
    rich = world.endpoint("rich", "dual", 5, "10.3.0")
    rich["spec"]["ips"].append("fd00:3::5")
    dual = world.vpc("dual", 5003)
    dual["spec"]["subnets"] = [
        {"cidr": "10.3.0.0/22", "gateway": "10.3.0.1"},
        {"cidr": "fd00:3::/64", "gateway": "fd00:3::1"}]
    with lab.temporary(dual, rich):
        lab.plug("hv-2", "rich")

        def inside(*command):
            return lab.sandbox("vm", "rich", *command).stdout
        addresses = inside("ip", "address", "show", "eth0")
        assert world.mac(rich) in addresses
        assert "10.3.0.5/22" in addresses and "fd00:3::5/64" in addresses
        assert "tentative" not in addresses
        assert "default via 10.3.0.1" in inside("ip", "route")
        assert "default via fd00:3::1" in inside("ip", "-6", "route")
        lab.unplug("rich")
        assert lab.sandbox("vm", "rich", "true", check=False).returncode


def test_mtu_follows_the_status(lab):
    def mtu():
        return int(lab.sandbox("vm", "web-1", "cat",
                               "/sys/class/net/eth0/mtu").stdout)
    wait_until(lambda: mtu() == lab.endpoint_status("web-1")["mtu"],
               "the VM has the MTU of the status")
    # Three options of 8 bytes less than before, on all remotes.
    before = mtu()
    for node in "hv-2", "hv-3":
        lab.set_receive(node, world.table("policy-label"))
    wait_until(lambda: mtu() == before + 36, "the MTU has grown")


def test_an_endpoint_moves(lab):
    """Plugged into another node while it is still here: the last claim wins,
    and the traffic goes there."""
    roamer = world.endpoint("roamer", "blue", 80)
    with lab.temporary(roamer):
        lab.plug("hv-1", "roamer")
        lab.wait_ping("web-3", "10.0.0.80")
        lab.plug("hv-2", "roamer")
        lab.unplug("hv-1", "roamer")
        lab.wait_ping("web-3", "10.0.0.80")
        assert lab.endpoint_status("roamer")["nve"] == "hv-2"
        lab.wait_ping("web-1", "10.0.0.80")
        lab.unplug("roamer")


def leftovers(directory):
    """Namespaces of the sandbox in a directory, and processes that have to do
    with it."""
    mark = namespace_prefix(directory)
    pids = subprocess.run(["pgrep", "-f", "--", "%s/" % directory], text=True,
                          stdout=subprocess.PIPE, check=False).stdout.split()
    return pids + [ns for ns in os.listdir("/run/netns")
                   if ns.startswith(mark)]


def test_outside(own_lab):
    lab = own_lab(3, "4", outside=True)
    mappings = [lab.exec(node, "ovs-vsctl", "get", "open", ".",
                         "external_ids").count("physnet1:br-ex")
                for node in lab.names]
    assert mappings == [1, 1, 0]
    # A node that is on the provider network reaches what is there.
    for address in "198.51.100.11/24", "2001:db8:ffff::11/64":
        lab.exec("hv-1", "sysctl", "-q",
                 "net.ipv6.conf.br-ex.disable_ipv6=0")
        lab.exec("hv-1", "ip", "address", "add", address, "dev", "br-ex",
                 *(["nodad"] if ":" in address else []))
    lab.exec("hv-1", "ip", "link", "set", "br-ex", "up")
    with lab.capture("ext-hv-1", "tcp port 80") as capture:
        for host, seen in (("198.51.100.1", "198.51.100.11"),
                           ("[2001:db8:ffff::1]", "2001:db8:ffff::11")):
            assert lab.exec("hv-1", "curl", "-s", "--max-time", 5,
                            "http://%s/" % host).startswith(seen + " ")
        wait_until(capture.frames, "what came along the wire")
    query = (struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0)
             + b"\3www\7outside\7example\0" + struct.pack("!HH", 1, 1))
    with lab.inside("exec", "hv-1"):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with udp:
        udp.settimeout(5)
        udp.sendto(query, ("198.51.100.1", 53))
        answer = udp.recv(512)
    assert answer[:2] == query[:2]
    assert answer.endswith(socket.inet_aton("198.51.100.1"))
    lab.kill("outside", "outside-server")
    assert lab.revive()


def test_two_at_once_and_what_is_left(tmp_path):
    """A second sandbox, in a directory that has other files."""
    (tmp_path / "hv-1").mkdir()
    (tmp_path / "hv-1" / "mine").write_text("x")
    (tmp_path / "other").write_text("y")

    def sandbox(*args):
        return subprocess.run([SANDBOX, *args], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              check=False)
    started = sandbox("start", "-d", str(tmp_path), "-n", "1")
    assert started.returncode == 0, started.stdout
    assert leftovers(tmp_path)
    assert sandbox("status", "-d", str(tmp_path)).returncode == 0
    assert sandbox("kill", "-d", str(tmp_path), "nva", "nvad").returncode == 0
    status = sandbox("status", "-d", str(tmp_path))
    assert status.returncode == 1 and "NOT RUNNING" in status.stdout
    again = sandbox("start", "-d", str(tmp_path))
    assert again.returncode == 1 and "runs" in again.stdout
    for _ in range(2):
        assert sandbox("stop", "-d", str(tmp_path)).returncode == 0
    assert sorted(p.name for p in tmp_path.rglob("*")) == [
        "hv-1", "mine", "other"]
    assert leftovers(tmp_path) == []


def test_a_failed_start_says_what_failed_and_leaves_nothing(tmp_path):
    fake = tmp_path / "build"
    build = os.environ.get("GA_BUILDDIR", "")
    for folder in ("agent", "utilities/nvad", "utilities/labeller",
                   "utilities/agentctl"):
        (fake / folder).mkdir(parents=True)
    for name in ("utilities/nvad/nvad", "utilities/agentctl/agentctl",
                 "utilities/labeller/nva-labeller"):
        real = os.path.join(build, name)
        if not os.path.exists(real):
            pytest.skip("needs GA_BUILDDIR")
        os.symlink(real, fake / name)
    agent = fake / "agent" / "geneve-agentd"
    agent.write_text("#!/bin/sh\necho the reason >&2\nexit 1\n")
    agent.chmod(0o755)
    where = tmp_path / "lab"
    result = subprocess.run(
        [SANDBOX, "start", "-d", str(where), "-n", "2"],
        env={**os.environ, "GA_BUILDDIR": str(fake)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert result.returncode == 1
    assert "geneve-agentd failed" in result.stdout
    assert "the reason" in result.stdout
    assert not where.exists()
    assert leftovers(where) == []
