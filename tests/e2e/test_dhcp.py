"""DHCP, router advertisements and names: real clients start in VMs that know
no more than their MAC.

udhcpc and dhclient run with a script that writes down what it was told, and
configures the interface; the kernel listens to router advertisements; dig
asks for names.
"""
import ipaddress
import json
import re
import socket
import time

import pytest

import world
from lab import resource
from waiting import wait_until

GATEWAY, GATEWAY6 = "10.0.0.254", "fd00::fe"
LEASE = 10                          # The shortest: renewed after 5 s.
SCRIPT = """#!/bin/sh
# Both clients' events: udhcpc names them in $1, dhclient in $reason.
event=${1:-$reason}
env >%(out)s.$event.tmp && mv %(out)s.$event.tmp %(out)s.$event
echo $event >>%(out)s.events
address=${ip:-$new_ip_address} length=${mask:-24}
case $event in
bound|renew|BOUND|REBOOT|RENEW|REBIND)
    ip address replace $address/$length dev eth0
    ip link set eth0 mtu ${mtu:-$new_interface_mtu}
    ip route replace default via ${router:-$new_routers} dev eth0 ;;
BOUND6|RENEW6|REBIND6)
    ip address replace $new_ip6_address/128 dev eth0 ;;
esac
%(end)s
"""
BEFORE = """lease {
  interface "eth0";
  fixed-address 10.0.0.77;
  option subnet-mask 255.255.255.0;
  option dhcp-lease-time 86400;
  option dhcp-server-identifier 10.0.0.254;
  renew 2 2040/01/01 00:00:00;
  rebind 2 2040/01/01 00:00:00;
  expire 2 2040/01/01 00:00:00;
}
"""


def eui64(mac):
    octets = [int(x, 16) for x in mac.split(":")]
    octets[0] ^= 2
    octets[3:3] = [0xff, 0xfe]
    return str(ipaddress.ip_address("fd00::") + int.from_bytes(octets, "big"))


def client(k):
    """An endpoint with the IPv6 address that its kernel would form."""
    obj = world.endpoint("client-%d" % k, "blue", k)
    obj["spec"]["ips"].append(eui64(world.mac(obj)))
    obj["metadata"]["labels"] = {"client": "client-%d" % k}
    return obj


@pytest.fixture(scope="module")
def two(own_lab):
    lab = own_lab(2)
    lab.apply(*world.objects(0))
    lab.patch("VPC", "blue", {"spec": {"subnets": [
        {"cidr": "10.0.0.0/24", "gateway": GATEWAY, "dns": {},
         "dhcp": {"leaseSeconds": LEASE, "ntp": ["10.0.0.9"],
                  "routes": [{"destination": "10.9.0.0/16",
                              "nextHop": "10.0.0.8"}],
                  "options": [{"number": 66, "text": "tftp.internal"}]}},
        {"cidr": "fd00::/64", "gateway": GATEWAY6, "dns": {},
         "dhcp": {"leaseSeconds": 60}, "ra": {}}]}})
    lab.apply(*(client(k) for k in range(1, 5)))
    for k in range(1, 5):
        lab.plug("hv-%d" % (1 if k < 4 else 2), "client-%d" % k, wait=False,
                 addresses=False)
    for k in range(1, 5):
        lab.wait_running("client-%d" % k, "hv-%d" % (1 if k < 4 else 2))
    return lab


class Script:
    """A client's script, and what it was told."""

    def __init__(self, lab, name, end=""):
        self.out = lab.files / name
        self.path = lab.files / (name + ".sh")
        self.path.write_text(SCRIPT % {"out": self.out, "end": end})
        self.path.chmod(0o755)

    def events(self):
        path = self.out.with_name(self.out.name + ".events")
        return path.read_text().split() if path.exists() else []

    def told(self, event):
        text = self.out.with_name("%s.%s" % (self.out.name, event)).read_text()
        return dict(line.split("=", 1) for line in text.splitlines()
                    if "=" in line)


def udhcpc(lab, endpoint, script, *options):
    return lab.vm(endpoint, "busybox", "udhcpc", "-i", "eth0", "-n", "-q",
                  "-f", "-t", "5", "-T", "1", "-s", script.path,
                  *(word for name in ("mtu", "ntpsrv", "staticroutes", "tftp")
                    for word in ("-O", name)), *options)


def dhclient(lab, endpoint, script, *options):
    """Runs it while in the block."""
    return lab.running("vm", endpoint, "dhclient", "-d", "-v", "-cf",
                       "/dev/null", "-lf", "%s.lease" % script.out, "-pf",
                       "%s.pid" % script.out, "-sf", script.path, *options,
                       "eth0")


def alarms(lab, node):
    return [(a["object"], a["reason"])
            for a in lab.agentctl(node, "status")["alarms"]]


def test_udhcpc_starts_behind_a_closed_door(two):
    """Under a policy that lets nothing in and nothing out."""
    script = Script(two, "udhcpc-1")
    closed = resource("VPCPolicy", "closed", {
        "vpc": "blue", "policyTypes": ["Ingress", "Egress"],
        "endpointSelector": {"matchLabels": {"client": "client-1"}}})
    with two.temporary(closed):
        wait_until(lambda: two.agentctl("hv-1", "policy", "list"),
                   "the policy is in force")
        two.vm("client-1", "ip", "address", "flush", "dev", "eth0")
        udhcpc(two, "client-1", script)
        told = script.told("bound")
        assert told["ip"] == "10.0.0.1" and told["subnet"] == "255.255.255.0"
        assert told["serverid"] == told["router"] == told["dns"] == GATEWAY
        assert told["lease"] == str(LEASE)
        assert told["domain"] == "blue.internal"
        assert told["ntpsrv"] == "10.0.0.9"
        assert told["tftp"] == "tftp.internal"
        assert told["staticroutes"] == ("10.9.0.0/16 10.0.0.8 "
                                        "0.0.0.0/0 10.0.0.254")
        assert int(told["mtu"]) == two.endpoint_status("client-1")["mtu"]
        assert two.vm_mtu("client-1") == int(told["mtu"])
        assert dig(two, "client-4.blue.internal")[0] == "NOERROR"
        two.wait_ping("client-1", GATEWAY)
        udhcpc(two, "client-4", Script(two, "udhcpc-4"))
        assert not two.ping("client-1", "10.0.0.4", count=1)
    two.wait_ping("client-1", "10.0.0.4")


def test_dhclient_lets_an_old_address_go_and_renews_its_own(two):
    script = Script(two, "refused")
    (two.files / "refused.lease").write_text(BEFORE)
    with dhclient(two, "client-2", script) as process:
        wait_until(lambda: "RENEW" in script.events(),
                   "it has renewed its lease", 2 * LEASE)
        two.wait_ping("client-2", GATEWAY)
    assert "DHCPREQUEST for 10.0.0.77" in process.output
    assert "DHCPNAK from 10.0.0.254" in process.output
    # Once for the offer, and once for the renewal, by unicast.
    assert process.output.count("DHCPACK of 10.0.0.2 from 10.0.0.254") == 2
    assert "DHCPREQUEST for 10.0.0.2 on eth0 to 10.0.0.254" in process.output
    told = script.told("BOUND")
    assert told["new_ip_address"] == "10.0.0.2"
    assert told["new_broadcast_address"] == "10.0.0.255"


def test_dhclient_declines(two):
    """Its script finds somebody else at the address: an alarm names the
    endpoint."""
    script = Script(two, "declining", "[ $event != BOUND ] || exit 1")
    with dhclient(two, "client-2", script):
        wait_until(lambda: ("endpoint client-2", "dhcp-decline")
                   in alarms(two, "hv-1"), "there is an alarm")


def test_dhclient_gets_ipv6_addresses(two):
    script = Script(two, "six")
    wanted = client(3)["spec"]["ips"][1]
    with dhclient(two, "client-3", script, "-6"):
        wait_until(lambda: "BOUND6" in script.events(), "it has a lease")
    told = script.told("BOUND6")
    assert told["new_ip6_address"] == wanted
    assert told["new_dhcp6_name_servers"] == GATEWAY6
    assert told["new_dhcp6_domain_search"] == "blue.internal."
    assert told["new_max_life"] == "60"


def test_dhclient_asks_for_information_only(two):
    script = Script(two, "information")
    with dhclient(two, "client-3", script, "-6", "-S"):
        wait_until(lambda: "RENEW6" in script.events(), "it was told")
    assert script.told("RENEW6")["new_dhcp6_name_servers"] == GATEWAY6


def test_the_kernel_follows_router_advertisements(two):
    wanted = client(4)["spec"]["ips"][1]

    def addresses():
        return [a["local"] for link in json.loads(two.vm(
            "client-4", "ip", "-j", "-6", "address", "show", "eth0"))
            for a in link["addr_info"] if a.get("dynamic")]

    def mtu():
        return int(two.vm("client-4", "cat",
                          "/proc/sys/net/ipv6/conf/eth0/mtu"))
    wait_until(lambda: wanted in addresses(), "it has formed its address")
    route, = json.loads(two.vm("client-4", "ip", "-j", "-6", "route", "show",
                               "default"))
    assert route["gateway"] == "fe80::67:65ff:fe6e:6501"
    assert mtu() == two.endpoint_status("client-4")["mtu"]
    two.wait_ping("client-4", GATEWAY6)

    # The MTU changes: nobody asks, and yet the kernel hears of it.
    two.patch("VPC", "blue", {"spec": {"mtu": 1300}})
    wait_until(lambda: mtu() == 1300, "the kernel has the new MTU", 8)
    two.patch("VPC", "blue", {"spec": {"mtu": None}})


def dig(lab, *words):
    """Returns dig's words for the outcome, and the answers' data."""
    text = lab.vm("client-1", "dig", "+tries=2", "+time=2", "@" + GATEWAY,
                  *words)
    status = re.search(r"status: (\w+)", text)[1]
    return status, [line.split()[-1] for line in text.splitlines()
                    if line and not line.startswith(";") and "SOA" not in line]


def test_names(two):
    v4, v6 = client(4)["spec"]["ips"]
    assert dig(two, "client-4.blue.internal") == ("NOERROR", [v4])
    assert dig(two, "Client-4.Blue.Internal", "AAAA") == ("NOERROR", [v6])
    assert dig(two, "+noedns", "client-4.blue.internal") == ("NOERROR", [v4])
    assert dig(two, "client-4.blue.internal", "MX") == ("NOERROR", [])
    assert dig(two, "nobody.blue.internal") == ("NXDOMAIN", [])
    assert dig(two, "www.example.com") == ("REFUSED", [])
    assert dig(two, "-x", v4) == ("NOERROR", ["client-4.blue.internal."])
    assert dig(two, "-x", v6) == ("NOERROR", ["client-4.blue.internal."])
    assert dig(two, "-x", "10.0.0.99") == ("NXDOMAIN", [])
    assert dig(two, "-x", "8.8.8.8") == ("REFUSED", [])


def test_what_agentctl_says(two):
    """Which services an endpoint has, and what becomes of a request."""
    apart = world.endpoint("apart", "blue", 9, "10.1.0")
    two.patch("VPC", "blue", {"spec": {"subnets": two.get("VPC", "blue")[
        "spec"]["subnets"] + [{"cidr": "10.1.0.0/24"}]}})
    with two.temporary(apart):
        two.plug("hv-1", "apart")
        services = {e["name"]: e["services"]
                    for e in two.agentctl("hv-1", "endpoint", "list")}
        assert services["client-1"] == {
            "dhcp": "answered", "dhcp6": "answered", "ra": True}
        assert services["apart"] == {
            "dhcp": "the subnet of its address has no dhcp",
            "dhcp6": "it has no IPv6 address", "ra": False}
        assert services["client-4"] is None         # It is elsewhere.
        text = two.exec("hv-1", "agentctl", "endpoint", "list")
        assert ("DHCP: answered; DHCPv6: answered; router advertisements: "
                "sent") in " ".join(text.split())
        request = ("ff:ff:ff:ff:ff:ff", "udp,nw_src=0.0.0.0,nw_dst="
                   "255.255.255.255,udp_src=68,udp_dst=67")
        result = two.agentctl("hv-1", "trace", "client-1", *request)
        assert (result["outcome"], result["reason"]) == ("agent", "dhcp")
        assert "answers client-1 with DHCP" in result["sentence"]
        result = two.agentctl("hv-1", "trace", "apart", *request)
        assert result["outcome"] == "sent"
        two.unplug("apart")


def discover(mac):
    """The payload of a DHCPDISCOVER."""
    chaddr = bytes(int(x, 16) for x in mac.split(":"))
    return (b"\1\1\6\0" + b"flod" + b"\0\0\x80\0" + bytes(16)
            + chaddr.ljust(16, b"\0") + bytes(192)
            + b"\x63\x82\x53\x63\x35\1\1\xff")


def test_a_flood_takes_nobody_elses_lease(two):
    with two.inside("vm", "client-2"):
        flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flood.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    flood.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
    flood.bind(("0.0.0.0", 68))
    two.vm("client-2", "ip", "address", "replace", "10.0.0.2/24", "dev",
           "eth0")
    payload = discover(world.mac(client(2)))
    times = []
    with flood:
        for n in range(3):
            for _ in range(2000):
                flood.sendto(payload, ("255.255.255.255", 67))
            script = Script(two, "flooded-%d" % n)
            begin = time.monotonic()
            udhcpc(two, "client-1", script)
            times.append(time.monotonic() - begin)
            assert script.told("bound")["ip"] == "10.0.0.1"
    assert min(times) < 3, times


def test_leases_go_on_while_the_agent_is_away(two):
    udhcpc(two, "client-1", Script(two, "before"))
    with two.without("hv-1", "geneve-agentd"):
        two.wait_ping("client-1", "10.0.0.4")
    script = Script(two, "after")
    wait_until(lambda: two.run_in(
        "vm", "client-1", "busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-f",
        "-t", "2", "-T", "1", "-s", script.path, check=False).returncode == 0,
        "it gets a lease again")
