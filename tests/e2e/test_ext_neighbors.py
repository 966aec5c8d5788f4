"""Routers of provider networks: found, followed and missed."""
import json
import socket

import pytest

import wire
from lab import resource
from waiting import wait_until

OUT = resource("ExternalNetwork", "out", {
    "physicalNetwork": "physnet1",
    "subnets": [{"cidr": "198.51.100.0/24", "gateway": "198.51.100.1"},
                {"cidr": "2001:db8:ffff::/64",
                 "gateway": "2001:db8:ffff::1"}]})
ROUTERS = ("198.51.100.1", "2001:db8:ffff::1")


@pytest.fixture(scope="module")
def outside(own_lab):
    lab = own_lab(2, "4", outside=True)
    lab.apply(OUT)
    return lab


def outside_mac(lab):
    link, = json.loads(lab.exec("outside", "ip", "-j", "link", "show", "eth0"))
    return link["address"]


def known(lab, node):
    """{router: MAC}, as the switch's flows have it and as it is noted."""
    flows = lab.exec(node, "ovs-ofctl", "-O", "OpenFlow15", "--no-stats",
                     "dump-flows", "br-int", "table=35")
    macs = [line.split("set_field:")[1][:17] for line in flows.splitlines()
            if "->eth_dst" in line]
    note = lab.exec(node, "ovs-vsctl", "get", "interface", "ext-physnet1",
                    "external_ids:nve-neighbors").strip().strip('"')
    noted = dict(item.split("/")[1].split("=") for item in note.split())
    assert sorted(macs) == sorted(noted.values())
    return noted


def wait_known(lab, mac, nodes=("hv-1", "hv-2")):
    for node in nodes:
        wait_until(lambda: known(lab, node) == dict.fromkeys(ROUTERS, mac),
                   "%s knows where the routers are" % node)


def test_routers_are_found(outside):
    wait_known(outside, outside_mac(outside))
    for node in "hv-1", "hv-2":
        wait_until(lambda: outside.call("GET", "/nves/" + node)["status"][
            "externalNetworks"] == ["out"], "%s says so" % node)


def asked(frames, router):
    """ARP requests and neighbor solicitations, but for those of the router:
    it asks now and then, too."""
    frames = [f for f in frames if f[6:12] != router]
    requests = [f for f in frames if f[12:14] == b"\x08\x06"
                and f[20:22] == b"\0\1"]
    solicits = [f for f in frames if f[12:14] == b"\x86\xdd"
                and f[54] == 135]
    return requests and solicits and (requests, solicits)


def test_what_is_asked_claims_nothing(outside):
    """An agent that starts asks for what it knew."""
    router = bytes.fromhex(outside_mac(outside).replace(":", ""))
    with outside.capture("ext-hv-1", "arp or icmp6") as capture:
        with outside.without("hv-1", "geneve-agentd"):
            pass
        requests, solicits = wait_until(
            lambda: asked(capture.frames(), router), "both are asked for")
    for request in requests:
        assert request[28:32] == bytes(4)           # No address of its own.
        assert request[22:28] == request[6:12]
        assert request[6] == 0x02
    for solicit in solicits:
        assert solicit[22:24] == b"\xfe\x80"        # Link-local.
        assert solicit[6:12] == requests[0][6:12]


def test_a_restart_changes_no_flow(outside):
    def status():
        return outside.agentctl("hv-1", "status")["openflow"]
    wait_known(outside, outside_mac(outside))
    with outside.without("hv-1", "geneve-agentd"):
        pass
    wait_until(lambda: status()["state"] == "steady"
               and status()["flows"] == status()["installed"] > 40,
               "it is settled")
    assert status()["flowMods"] == 0


def test_a_router_that_moves(outside):
    """Another machine takes over the router's addresses, and says so once."""
    def announce(mac):
        outside.exec("outside", "ip", "link", "set", "eth0", "address", mac)
        with outside.inside("exec", "outside"):
            raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            raw.bind(("eth0", 0))
        with raw:
            raw.send(wire.arp(1, mac, ROUTERS[0], ROUTERS[0]))
            raw.send(wire.nd(136, mac, "33:33:00:00:00:01", ROUTERS[1],
                             "ff02::1", ROUTERS[1], lladdr=mac, flags=1))
    old = outside_mac(outside)
    announce("02:00:00:00:09:09")
    wait_known(outside, "02:00:00:00:09:09")
    announce(old)
    wait_known(outside, old)


def test_a_router_that_is_silent(outside):
    """There is an alarm; packets still go where it was."""
    def alarms():
        return [alarm["object"] for alarm
                in outside.agentctl("hv-1", "status")["alarms"]
                if alarm["reason"] == "router"]
    mac = outside_mac(outside)
    outside.exec("fabric", "ip", "link", "set", "ext-outside", "down")
    try:
        with outside.without("hv-1", "geneve-agentd"):
            pass
        wait_until(lambda: len(alarms()) == 2, "two alarms")
        assert ("external network out: router 198.51.100.1" in alarms())
        wait_known(outside, mac, ["hv-1"])
    finally:
        outside.exec("fabric", "ip", "link", "set", "ext-outside", "up")
    wait_until(lambda: not alarms(), "no alarm")
