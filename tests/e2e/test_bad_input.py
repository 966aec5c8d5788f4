"""What nvad refuses, and how: the object and the field are named."""
import pytest

import world
from lab import ApiError, PLURALS, resource
from waiting import wait_until
from world import table


@pytest.mark.parametrize("raw", [
    b"", b"{", b"[]", b'"x"', b"nothing", b"\x00", b'{"kind": "VPC"}',
    b'{"kind": "VPC", "metadata": 5, "spec": {}}',
    b'{"kind":"VPC","metadata":{"name":"x"},"spec":' + b"[" * 5000])
def test_malformed_json(lab, raw):
    status, answer = lab.request("POST", "/vpcs", raw=raw)
    assert 400 <= status < 500
    assert answer["kind"] == "Status" and answer["status"] == "Failure"
    assert answer["code"] == status and answer["message"]


def bad_endpoint(**spec):
    obj = world.endpoint("bad", "blue", 77)
    obj["spec"].update(spec)
    return obj


CASES = {
    "VNI 0": (world.vpc("bad", 0), "spec.vni"),
    "VNI of 25 bits": (world.vpc("bad", 1 << 24), "spec.vni"),
    "VNI as a word": (world.vpc("bad", "seven"), "spec.vni"),
    "VNI of a fraction": (world.vpc("bad", 1.5), "spec.vni"),
    "duplicate VNI": (world.vpc("bad", world.VNI), "spec.vni"),
    "subnet": (world.vpc("bad", 6000, "10.0.0.0/33"), "spec.subnets"),
    "tenant": (world.vpc("bad", 6000, tenantId="me"), "spec.tenantId"),
    "unknown profile": (world.vpc("bad", 6000, optionProfile="none"),
                        "spec.optionProfile"),
    "MAC": (bad_endpoint(mac="02:00"), "spec.mac"),
    "multicast MAC": (bad_endpoint(mac="01:00:5e:00:00:01"), "spec.mac"),
    "duplicate MAC": (bad_endpoint(mac=world.mac(world.WEB[1])), "spec.mac"),
    "IP": (bad_endpoint(ips=["10.0.0.256"]), "spec.ips"),
    "duplicate IP": (bad_endpoint(ips=["10.0.0.1"]), "spec.ips"),
    "unknown VPC": (bad_endpoint(vpc="none"), "spec.vpc"),
    "label of 33 bits": (bad_endpoint(policyLabel=1 << 32),
                         "spec.policyLabel"),
    "type": (bad_endpoint(type="cloud"), "spec.type"),
    "unknown option": (world.profile("bad", "none"), "spec.options"),
    "option twice": (world.profile("bad", "qos-class", "qos-class"),
                     "spec.options"),
    "class": (world.geneve_option("bad", "0x1ff01/0x20", 4, "nve.id"),
              "spec.class"),
    "length 6": (world.geneve_option("bad", "0xff01/0x20", 6, "nve.id"),
                 "spec.length"),
    "length 128": (world.geneve_option("bad", "0xff01/0x20", 128, "nve.id"),
                   "spec.length"),
    "known option": (world.geneve_option("bad", "0xff01/0x81", 4, "nve.id"),
                     "spec"),
    "short constant": (world.geneve_option("bad", "0xff01/0x20", 4,
                                           {"constant": "0x01"}),
                       "spec.value"),
    "timestamp": (world.geneve_option("bad", "0xff01/0x20", 4,
                                      "packet.timestamp"), "spec.value"),
    "underlay": (resource("NVE", "bad", {"underlay": {"ips": ["x"]}}),
                 "spec.underlay.ips"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_object(lab, case):
    obj, field = CASES[case]
    with pytest.raises(ApiError) as error:
        lab.apply(obj)
    answer = error.value.body
    assert 400 <= error.value.status < 500
    assert answer["kind"] == "Status"
    assert "bad" in answer["message"] and field in answer["message"], answer
    assert lab.request("GET", "/%s/bad" % PLURALS[obj["kind"]])[0] == 404


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a/b", "x" * 254])
def test_bad_name(lab, name):
    with pytest.raises(ApiError) as error:
        lab.apply(world.vpc(name, 6000))
    assert "metadata.name" in error.value.message


def test_what_never_changes(lab):
    """An option's class, type and length (RFC 8926, section 3.5.1), and an
    endpoint's VPC."""
    for kind, name, spec in (
            ("GeneveOption", "qos-class", {"length": 8}),
            ("GeneveOption", "qos-class", {"type": "0x33"}),
            ("GeneveOption", "qos-class", {"class": "0xff02"}),
            ("Endpoint", "web-1", {"vpc": "other"})):
        with pytest.raises(ApiError) as error:
            lab.patch(kind, name, {"spec": spec})
        assert name in error.value.message
        assert "spec." + next(iter(spec)) in error.value.message


def test_what_is_referred_to_stays(lab):
    for kind, name in (("VPC", "blue"), ("OptionProfile", "web"),
                       ("GeneveOption", "qos-class")):
        with pytest.raises(ApiError) as error:
            lab.delete(kind, name)
        assert name in error.value.message


@pytest.mark.parametrize("receive", [
    {"options": "all"}, {"options": [], "maxOptions": -1},
    {"options": [], "order": "random"},
    {"options": [{"class": "0xff01", "type": "0x101", "length": 4}]}])
def test_broken_advertisement(lab, receive):
    lab.apply(resource("NVE", "bad", {"underlay": {"ips": ["192.0.2.99"]}}))
    try:
        with pytest.raises(ApiError) as error:
            lab.patch("NVE", "bad", {"status": {"receive": {
                "encapsulation": "geneve", **receive}}}, sub="/status")
        assert "bad" in error.value.message
        assert "status.receive" in error.value.message
    finally:
        lab.delete("NVE", "bad")


@pytest.mark.parametrize("setting, value", [
    ("nve-tunnel-mode", "both"), ("nve-receive", "/nonexistent/table.json"),
    ("nve-receive", "table.json"), ("nve-encap-ip", "192.0.2.3,192.0.2"),
    ("nve-controller", "ftp://192.0.2.254"), ("system-id", "HV_3")])
def test_bad_settings_are_named(lab, setting, value):
    """Of the agent's own settings: what is wrong raises an alarm that names
    it and goes away with it, and what was right before stays in force."""
    def alarms():
        return [a for a in lab.agentctl("hv-3", "status")["alarms"]
                if setting in a["object"] + a["message"]]
    key = "external_ids:" + setting
    before = lab.exec("hv-3", "ovs-vsctl", "--if-exists", "get", "open", ".",
                      key).strip()
    lab.exec("hv-3", "ovs-vsctl", "set", "open", ".",
             '%s="%s"' % (key, value))
    try:
        wait_until(alarms, "an alarm for " + setting)
        world.settle(lab)
        assert lab.ping("web-3", "10.0.0.1") == 3
    finally:
        lab.exec("hv-3", "ovs-vsctl", *(
            ("set", "open", ".", "%s=%s" % (key, before)) if before else
            ("remove", "open", ".", "external_ids", setting)))
    wait_until(lambda: not alarms(), "the alarm is gone")
    world.settle(lab)


def test_broken_receive_table_of_ones_own(lab):
    """Keeps what was advertised, and says so."""
    lab.set_receive("hv-3", table("policy-label"))
    world.settle(lab, {"hv-3": world.ct("policy-label")})
    lab.set_receive("hv-3", '{"options": [')
    wait_until(lambda: [a for a in lab.agentctl("hv-3", "status")["alarms"]
                        if "receive" in a["object"] + a["message"]],
               "an alarm for the table")
    world.settle(lab, {"hv-3": world.ct("policy-label")})
