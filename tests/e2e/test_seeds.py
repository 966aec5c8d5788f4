"""`sandbox demo seeds': every use of options that docs/seeds.md explains.

The demonstration itself looks at the packets of endpoints.  Here it is seen to
fail when it should, and packets made by hand show that the number in the
option decides, not the sender's address."""
import contextlib
import json
import re
import socket
import subprocess

import pytest

import wire
from lab import TOP, resource
from waiting import wait_until

FOLDER = TOP / "utilities" / "sandbox.d"
OBJECTS = json.loads((FOLDER / "seeds.json").read_text())["items"]
OPTIONS = {o["metadata"]["name"]: o["spec"] for o in OBJECTS
           if o["kind"] == "GeneveOption"}
VNI = {o["metadata"]["name"]: o["spec"]["vni"] for o in OBJECTS
       if o["kind"] == "VPC"}
MAC = {who: "02:00:00:00:00:%02x" % k
       for k, who in enumerate(("web", "db", "guest", "log"), 1)}


@pytest.fixture(scope="module")
def shown(own_lab):
    return own_lab(3, demo="seeds")


def key(name):
    return "%s/%s" % (OPTIONS[name]["class"], OPTIONS[name]["type"])


def demonstrate(lab, objects):
    path = lab.files / "objects.json"
    lab.write(path, {"kind": "List", "items": objects})
    return subprocess.run([FOLDER / "demo-seeds", lab.dir, path], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, timeout=300)


def test_all_are_shown(shown):
    for name, spec in OPTIONS.items():
        data, = re.findall(r"^  (?:shop|bank|lab ) %s +%s  0x([0-9a-f]+)$"
                           % (name, key(name)), shown.shown, re.MULTILINE)
        assert len(data) == 2 * spec["length"]
    assert "550e8400e29b41d4a716446655440000" in shown.shown
    ids = re.findall(r"^  10.0.0.1:(\d+) +(->|<-) 10.0.0.2:7  0x(\w{8})",
                     shown.shown, re.MULTILINE)
    assert len(ids) == 10
    requests = {port: id for port, way, id in ids if way == "->"}
    assert requests == {port: id for port, way, id in ids if way == "<-"}
    assert len(set(requests.values())) == 5
    # The load balancer gives connections ports of their own.
    assert sum(int(port) < 1 << 15 for port in requests) == 1


def arrive(lab, vpc, packets):
    """Sends db packets that come from hv-1, each (sender, its options, text);
    returns the texts that arrive."""
    with lab.inside("vm", vpc + "-db"):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        sock.bind(("10.0.0.2", 7))
        for who, options, text in packets:
            lab.inject("hv-2", wire.geneve(
                VNI[vpc],
                wire.inner(MAC[who], MAC["db"],
                           "10.0.0.%d" % (1 if who == "web" else 3),
                           "10.0.0.2", text, port=7),
                b"".join(wire.option(key(name), number.to_bytes(4, "big"))
                         for name, number in options.items())), "192.0.2.1")
        result = []
        sock.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while True:
                result.append(sock.recv(99))
        return result


def label_of(lab, endpoint):
    obj = lab.get("Endpoint", endpoint)
    return obj["spec"].get("policyLabel", obj["status"].get("policyLabel"))


@pytest.mark.parametrize("vpc, option", [
    ("shop", "policy-label"), ("bank", "enforced-tag"),
    ("lab", "enforced-gbp")])
def test_the_option_decides(shown, vpc, option):
    """A packet from guest's address with web's number is let in, one from
    web's address with guest's number is not."""
    web, guest = (label_of(shown, vpc + "-" + who) for who in ("web", "guest"))
    wait_until(lambda: arrive(shown, vpc, [
        ("web", {option: guest}, b"refused"),
        ("guest", {option: web}, b"let in")]) == [b"let in"],
               "db hears of web's number, and of no other", 5)


def test_only_gateways_pass_packets_on(shown):
    """In a VPC with routes to the outside, a packet that says it is from a
    gateway is not let in, because hv-1 is none; the same from a VM is."""
    web = label_of(shown, "shop-web")

    def come():
        return arrive(shown, "shop", [
            ("web", {"policy-label": web, "endpoint-type": kind}, text)
            for kind, text in ((3, b"gateway"), (1, b"vm"))])
    wait_until(lambda: come() == [b"gateway", b"vm"], "both are let in", 5)
    with shown.temporary(resource("VPCRoute", "no-way", {
            "vpc": "shop", "destination": "203.0.113.0/24",
            "via": [{"drop": True}]})):
        wait_until(lambda: come() == [b"vm"], "only VMs are let in", 5)


def test_fails_if_an_option_is_missing(shown):
    objects = json.loads(json.dumps(OBJECTS))
    profile = next(o for o in objects
                   if o["metadata"]["name"] == "everything")
    profile["spec"]["options"].remove({"name": "gbp"})
    result = demonstrate(shown, objects)
    assert result.returncode == 1
    wrong = [line for line in result.stdout.splitlines() if "WRONG" in line]
    assert len(wrong) == 1 and "packets of web should have 0x64" in wrong[0]
    assert "gbp            0xff01/0x0a  missing" in result.stdout


def test_page_has_the_same_definitions():
    text = (TOP / "docs" / "seeds.md").read_text()
    blocks = re.findall(r"((?:^    .*\n)+)", text, re.MULTILINE)
    found = [json.loads(block) for block in blocks
             if '"GeneveOption"' in block]
    assert {o["metadata"]["name"]: o["spec"] for o in found} == OPTIONS
