"""Who cannot take what policy or a receiver requires gets nothing at all; who
can take nothing gets plain Geneve."""
import json
import re

import world
from waiting import wait_until
from world import ct, entry, table


def dropped(lab, node):
    """Packets that drop flows of the integration bridge have counted."""
    output = lab.exec(node, "ovs-ofctl", "-O", "OpenFlow14", "dump-flows",
                      "br-int")
    return sum(int(re.search(r"n_packets=(\d+)", line)[1])
               for line in output.splitlines()
               if line.rstrip().endswith("actions=drop"))


def explained(lab, node, remote, *option):
    return " ".join(line["sentence"] for line in lab.agentctl(
        node, "explain", remote, *option)["lines"])


def test_required_option_that_a_remote_cannot_take(lab):
    lab.set_receive("hv-2", table("qos-class", "endpoint-type"))
    blocked = lab.wait_transmit("hv-1", "hv-2", "web", "blocked")
    assert blocked["options"] == []
    before = dropped(lab, "hv-1")
    with lab.capture("hv-1") as capture:
        assert lab.ping("web-1", "10.0.0.2", wait=0.2) == 0
        # Others are not concerned.
        assert lab.ping("web-1", "10.0.0.3") == 3
        wait_until(lambda: capture.packets("192.0.2.1", "192.0.2.3"),
                   "packets to hv-3")
        assert capture.packets("192.0.2.1", "192.0.2.2") == []
    wait_until(lambda: dropped(lab, "hv-1") >= before + 3,
               "the drop flow has counted the packets")
    assert "policy-label" in explained(lab, "hv-1", "hv-2")
    reasons = explained(lab, "hv-1", "hv-2", "0xff01/0x81")
    assert "require" in reasons and "hv-2" in reasons
    # And all is well again once the remote can.
    lab.set_receive("hv-2", table("policy-label"))
    lab.wait_transmit("hv-1", "hv-2", "web", "degraded", ct("policy-label"))
    lab.wait_ping("web-1", "10.0.0.2")


def test_option_that_the_receiver_requires_and_the_sender_lacks(lab):
    foreign = {"class": "0xff01", "type": "0x55", "length": 4,
               "required": True}
    lab.set_receive("hv-2", {"options": [entry("policy-label"), foreign]})
    blocked = lab.wait_transmit("hv-1", "hv-2", "web", "blocked")
    assert blocked["missingRequired"] == ["0xff01/0x55"]
    assert "0xff01/0x55" in explained(lab, "hv-1", "hv-2")
    assert lab.ping("web-1", "10.0.0.2", wait=0.2) == 0


def test_endpoint_that_lacks_a_required_value(lab):
    """Nobody gives it a policy label, either."""
    poor = world.endpoint("poor", "blue", 50)
    del poor["spec"]["policyLabel"]
    with lab.without("nva", "nva-labeller"), lab.temporary(poor):
        lab.plug("hv-1", "poor", wait=False)
        try:
            wait_until(lambda: lab.endpoint_status("poor").get("phase")
                       == "Blocked", "the endpoint is blocked")
            assert "policy-label" in lab.endpoint_status("poor")["message"]
            with lab.capture("hv-1") as capture:
                assert lab.ping("poor", "10.0.0.2", wait=0.2) == 0
                assert capture.packets(inner_src=world.mac(poor)) == []
            lab.patch("Endpoint", "poor", {"spec": {"policyLabel": 7}})
            lab.wait_running("poor", "hv-1")
            lab.wait_ping("poor", "10.0.0.2")
        finally:
            lab.unplug("poor")


def test_optional_option_without_a_value_is_left_out(lab):
    plain = world.endpoint("plain", "blue", 51)
    del plain["spec"]["qosClass"]
    with lab.temporary(plain):
        lab.plug("hv-1", "plain")
        try:
            lab.wait_ping("plain", "10.0.0.2")
            with lab.capture("hv-1") as capture:
                lab.ping("plain", "10.0.0.2")
                packets = wait_until(
                    lambda: capture.packets(inner_src=world.mac(plain)),
                    "packets")
            for packet in packets:
                assert sorted(packet.options) == sorted(ct(
                    "policy-label", "endpoint-type", "tenant-id"))
        finally:
            lab.unplug("plain")


def test_option_that_nobody_fills(lab):
    """One without spec.value is for receivers.  Both sides know it, no packet
    has it, and `explain' does not say that they do."""
    key = "0xff01/0x30"
    hollow = world.geneve_option("hollow", key, 4, "nve.id")
    del hollow["spec"]["value"]
    profile = lab.get("OptionProfile", "web")["spec"]
    with lab.temporary(hollow):
        lab.patch("OptionProfile", "web", {"spec": {
            "options": [*profile["options"], {"name": "hollow"}]}})
        try:
            world.settle(lab, {n: [*world.ALL, key] for n in lab.names})
            lines = lab.agentctl("hv-1", "explain", "hv-2", "hollow")["lines"]
            assert [(line["sent"], line["rule"]) for line in lines
                    if line["option"] == key] == [(False, "no-value")]
            assert "no spec.value" in lines[-1]["sentence"]
            with lab.capture("hv-1") as capture:
                assert lab.ping("web-1", "10.0.0.2") == 3
                packets = wait_until(lambda: capture.packets("192.0.2.1"),
                                     "packets")
            assert {tuple(sorted(p.options)) for p in packets} == {
                tuple(world.ALL)}
        finally:
            lab.patch("OptionProfile", "web", {"spec": profile})
            world.settle(lab)


def test_legacy_nve_gets_plain_geneve(lab):
    """An NVE that advertises nothing.  It is played by the fabric's bridge,
    with an address of its own."""
    objects = [
        world.profile("open", "qos-class", "tenant-id"),
        world.vpc("green", 5001, "10.1.0.0/24", optionProfile="open"),
        world.resource("NVE", "old", {"underlay": {"ips": ["192.0.2.200"]}}),
        world.endpoint("green-1", "green", 1, "10.1.0"),
        world.endpoint("old-1", "green", 9, "10.1.0", nve="old")]
    old_mac = world.mac(objects[-1])
    lab.exec("fabric", "ip", "address", "add", "192.0.2.200/24", "dev",
             "underlay")
    try:
        with lab.temporary(*objects):
            lab.plug("hv-1", "green-1")
            entry = lab.wait_transmit("hv-1", "old", "open", "optionless", [])
            assert sorted(entry["omitted"]) == sorted(
                [option, "unsupported"]
                for option in ct("qos-class", "tenant-id"))
            lab.vm("green-1", "ip", "neigh", "replace", "10.1.0.9", "lladdr",
                   old_mac, "dev", "eth0", "nud", "permanent")
            with lab.capture("hv-1") as capture:
                def arrived():
                    lab.ping("green-1", "10.1.0.9", count=1, wait=0.1)
                    return capture.packets("192.0.2.1", "192.0.2.200")
                packets = wait_until(arrived, "packets to the legacy NVE")
            for packet in packets:
                assert packet.options == [] and packet.option_bytes == 0
                assert not packet.critical
            lab.unplug("green-1")
    finally:
        lab.exec("fabric", "ip", "address", "del", "192.0.2.200/24", "dev",
                 "underlay")


def test_nve_of_another_encapsulation(lab):
    """What we have is of no use to it, whatever it says about options."""
    objects = [
        world.resource("NVE", "other", {"underlay": {"ips": ["192.0.2.201"]}}),
        world.endpoint("other-1", "blue", 91, nve="other")]
    receive = table(*world.OPTIONS)

    def alarm():
        return [a["message"] for a in lab.agentctl("hv-1", "status")["alarms"]
                if a["reason"] == "encapsulation"]
    with lab.temporary(*objects):
        for encapsulation in "nvgre", 5:
            lab.patch("NVE", "other", {"status": {"receive": {
                **receive, "encapsulation": encapsulation}}}, "/status")
            blocked = lab.wait_transmit("hv-1", "other", "web", "blocked", [])
            assert blocked["mtu"] is None
            assert "encapsulation" in lab.remote("hv-1", "other")["alarms"]
            message, = wait_until(alarm, "an alarm")
            assert json.dumps(encapsulation) in message
            assert "and this node Geneve" in explained(lab, "hv-1", "other")
            lab.wait_transmit("hv-1", "hv-2", "web", "ok")
            lab.patch("NVE", "other", {"status": {"receive": {
                **receive, "encapsulation": "geneve"}}}, "/status")
            lab.wait_transmit("hv-1", "other", "web", "ok")
            wait_until(lambda: not alarm(), "no alarm")


def test_legacy_nve_and_a_required_option(lab):
    """The same, where policy does not allow that."""
    objects = [
        world.resource("NVE", "old", {"underlay": {"ips": ["192.0.2.200"]}}),
        world.endpoint("old-1", "blue", 90, nve="old")]
    with lab.temporary(*objects):
        lab.wait_transmit("hv-1", "old", "web", "blocked")
        assert "policy-label" in explained(lab, "hv-1", "old")
