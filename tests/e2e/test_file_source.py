"""Objects from a file, with no controller at all (RFC 9638, section 7)."""
import copy
import json
import os

import pytest

import world
from lab import resource
from waiting import wait_until
from world import ct, entry, table

STRICT = table("qos-class", "policy-label", order="strict")


class Files:
    """The file source of both nodes, and the objects in it."""

    def __init__(self, lab):
        self.lab = lab
        self.path = lab.files / "objects.json"
        self.receive = {"hv-1": table("policy-label", "tenant-id"),
                        "hv-2": STRICT}
        self.extra = []
        self.vpc = world.vpc("blue", world.VNI, optionProfile="web")

    def objects(self):
        nves = [resource("NVE", node, {"underlay": {
                    "ips": ["192.0.2." + node[3:]]}},
                         {"receive": {"encapsulation": "geneve", **receive}})
                for node, receive in self.receive.items()]
        ends = copy.deepcopy([world.WEB[1], world.WEB[2]])
        for k, end in enumerate(ends, 1):
            end["spec"]["nve"] = "hv-%d" % k
        base = [o for o in world.objects(0) if o["kind"] != "VPC"]
        return base + [self.vpc] + nves + ends + self.extra

    def write(self, content=None):
        self.lab.write(self.path, content or world.as_list(self.objects()))


@pytest.fixture(scope="module")
def two_nodes(own_lab):
    lab = own_lab(2)
    for daemon in "nvad", "ovsdb-server":
        lab.kill("nva", daemon)
    files = Files(lab)
    files.write()
    for node in lab.names:
        lab.set(node, nve_controller="file://%s" % files.path)
        lab.set_receive(node, files.receive[node])
    lab.sandbox("plug", "hv-1", "web-1")
    lab.sandbox("plug", "hv-2", "web-2")
    return lab


@pytest.fixture
def files(two_nodes):
    """The file as it should be, before and after each test."""
    files = Files(two_nodes)
    files.write()
    two_nodes.wait_transmit("hv-1", "hv-2", "web",
                            options=ct("qos-class", "policy-label"))
    yield files


def alarms(lab, node):
    status = lab.agentctl(node, "status")
    return ["%(object)s: %(reason)s: %(message)s" % alarm
            for alarm in status["alarms"]] + [
        "%(kind)s %(name)s: %(message)s" % refused
        for refused in status["refused"]]


def wait_alarm(lab, node, *words):
    def raised():
        found = alarms(lab, node)
        assert any(all(word in a for word in words) for a in found), found
        return True
    wait_until(raised, "there is an alarm with the words %s" % (words,))


def on_the_wire(lab):
    with lab.capture("hv-1") as capture:
        assert lab.ping("web-1", "10.0.0.2") == 3
        packets = wait_until(
            lambda: capture.packets("192.0.2.1", "192.0.2.2"), "packets")
    return {tuple(p.options) for p in packets}


def test_no_controller_at_all(two_nodes, files):
    two_nodes.wait_ping("web-1", "10.0.0.2")
    assert on_the_wire(two_nodes) == {tuple(ct("qos-class", "policy-label"))}
    back = two_nodes.wait_transmit("hv-2", "hv-1", "web")
    assert sorted(back["options"]) == sorted(ct("policy-label", "tenant-id"))


def test_changed_content_is_taken_up(two_nodes, files):
    files.receive["hv-2"] = table("policy-label", "qos-class",
                                  order="strict")
    files.write()
    two_nodes.wait_transmit("hv-1", "hv-2", "web",
                            options=ct("policy-label", "qos-class"))
    two_nodes.wait_ping("web-1", "10.0.0.2")
    assert on_the_wire(two_nodes) == {tuple(ct("policy-label", "qos-class"))}


@pytest.mark.parametrize("broken, alarm", [
    ({"options": "all"}, "structure"),
    ({"options": [], "maxOptions": -1}, "maxOptions"),
    ({"options": [], "maxOptionBytes": 7}, "maxOptionBytes"),
    ({"options": [], "order": "random"}, "order")])
def test_broken_advertisement_keeps_the_last_good_one(two_nodes, files,
                                                      broken, alarm):
    good = tuple(ct("qos-class", "policy-label"))
    files.receive["hv-2"] = broken
    files.write()
    wait_until(lambda: any(
        alarm in a for a in two_nodes.remote("hv-1", "hv-2")["alarms"]),
        "the remote has the alarm " + alarm)
    assert two_nodes.remote("hv-1", "hv-2")["source"] == "last-good"
    assert two_nodes.transmit("hv-1", "hv-2", "web")["options"] == list(good)
    two_nodes.wait_ping("web-1", "10.0.0.2")
    assert on_the_wire(two_nodes) == {good}


def test_broken_entry_is_left_out(two_nodes, files):
    files.receive["hv-2"] = {"order": "strict", "options": [
        {"class": "0x1ffff", "type": "0x01", "length": 4},
        entry("policy-label")]}
    files.write()
    two_nodes.wait_transmit("hv-1", "hv-2", "web", options=ct("policy-label"))
    assert "entry:range" in two_nodes.remote("hv-1", "hv-2")["alarms"]


def web_9(**spec):
    obj = copy.deepcopy(world.WEB[9])
    obj["metadata"]["name"] = "bad"
    obj["spec"].update(nve="hv-2", **spec)
    return obj


BAD_OBJECTS = {
    "a VNI of more than 24 bits": (world.vpc("bad", 1 << 24), "vni"),
    "a VNI that is no number": (world.vpc("bad", "many"), "vni"),
    "a duplicate VNI": (world.vpc("bad", world.VNI), "vni"),
    "a duplicate MAC": (web_9(mac=world.mac(world.WEB[1])), "mac"),
    "a duplicate IP": (web_9(ips=["10.0.0.1"]), "ip"),
    "no MAC": (web_9(mac="ox"), "mac"),
    "an unknown VPC": (web_9(vpc="nowhere"), "nowhere"),
    "an unknown option": (world.profile("bad", "policy-label", "nothing"),
                          "nothing"),
    "a wrong class": (world.geneve_option("bad", "0x1ff01/0x20", 4,
                                          "endpoint.type"), "class"),
    "a length of 6": (world.geneve_option("bad", "0xff01/0x20", 6,
                                          "endpoint.type"), "length"),
    "an option that exists": (world.geneve_option(
        "bad", "0xff01/0x81", 4, "endpoint.type"), "0xff01/0x81"),
    "what Open vSwitch cannot send": (world.geneve_option(
        "bad", "0xff01/0x20", 4, "packet.timestamp"), "packet.timestamp"),
    "a wrong spec": (resource("VPC", "bad", []), "spec"),
    "no address": (resource("NVE", "bad", {"underlay": {"ips": ["here"]}}),
                   "ips"),
    "an address that is another's": (resource("NVE", "bad", {
        "underlay": {"ips": ["192.0.2.2"]}}), "192.0.2.2"),
}


@pytest.mark.parametrize("case", BAD_OBJECTS)
def test_bad_object_stops_no_other(two_nodes, files, case):
    bad, word = BAD_OBJECTS[case]
    # "bad" is last by name, so that what it takes belongs to another.
    bad = copy.deepcopy(bad)
    bad["metadata"]["name"] = "zz-bad"
    files.extra = [bad]
    files.receive["hv-2"] = table("policy-label")
    files.write()
    wait_alarm(two_nodes, "hv-1", "zz-bad", word)
    # What is in the same file and good is in force.
    two_nodes.wait_transmit("hv-1", "hv-2", "web", options=ct("policy-label"))
    two_nodes.wait_ping("web-1", "10.0.0.2")


@pytest.mark.parametrize("case, content", [
    ("half a file", '{"kind": "List", "items": [{"apiVersion": "nvo3'),
    ("no JSON", "hello\n"), ("an empty file", " "),
    ("no list", '"nothing"')])
def test_broken_file_keeps_what_was(two_nodes, files, case, content):
    files.write(content)
    wait_alarm(two_nodes, "hv-1", str(files.path))
    two_nodes.wait_ping("web-1", "10.0.0.2")
    assert on_the_wire(two_nodes) == {tuple(ct("qos-class", "policy-label"))}


def test_option_never_changes_its_length(two_nodes, files):
    """RFC 8926, section 3.5.1: the old definition stays."""
    objects = files.objects()
    next(o for o in objects
         if o["metadata"]["name"] == "qos-class")["spec"]["length"] = 8
    files.write(world.as_list(objects))
    wait_alarm(two_nodes, "hv-1", "qos-class", "length")
    two_nodes.wait_ping("web-1", "10.0.0.2")
    assert on_the_wire(two_nodes) == {tuple(ct("qos-class", "policy-label"))}


def test_file_that_others_can_write_is_refused(two_nodes, files):
    files.receive["hv-2"] = table("policy-label")
    files.write()
    two_nodes.wait_transmit("hv-1", "hv-2", "web", options=ct("policy-label"))
    os.chmod(files.path, 0o666)
    try:
        wait_alarm(two_nodes, "hv-1", str(files.path), "writ")
    finally:
        os.chmod(files.path, 0o644)


def test_a_directory_of_files(two_nodes, files):
    directory = two_nodes.files / "objects.d"
    directory.mkdir(mode=0o755)
    for n, obj in enumerate(files.objects()):
        two_nodes.write(directory / ("%02d.json" % n), world.as_list([obj])
                        if n % 2 else json.dumps(obj))
    two_nodes.set("hv-1", nve_controller="file://%s" % directory)
    two_nodes.wait_transmit("hv-1", "hv-2", "web",
                            options=ct("qos-class", "policy-label"))
    number, nve = next((n, o) for n, o in enumerate(files.objects())
                       if o["kind"] == "NVE"
                       and o["metadata"]["name"] == "hv-2")
    nve["status"]["receive"] = table("policy-label")
    two_nodes.write(directory / ("%02d.json" % number),
                    world.as_list([nve]))
    two_nodes.wait_transmit("hv-1", "hv-2", "web", options=ct("policy-label"))
    (directory / ("%02d.json" % number)).unlink()
    wait_until(lambda: two_nodes.transmit("hv-1", "hv-2", "web") is None,
               "an object whose file is gone is gone")
    two_nodes.set("hv-1", nve_controller="file://%s" % files.path)
