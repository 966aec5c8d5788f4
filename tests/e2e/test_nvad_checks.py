"""What nvad checks of objects, each by itself and next to others, what it
refuses, what it warns of, and the labels it sets.
"""
import pytest

from nvad_server import refused
from nvad_server import blue, client, nva            # noqa: F401
from nvadlib import endpoint, option, profile, resource, vpc


@pytest.mark.parametrize("plural, obj, field", [
    ("vpcs", vpc("a", 0), "spec.vni"),
    ("vpcs", vpc("a", 1 << 24), "spec.vni"),
    ("vpcs", vpc("a", "5"), "spec.vni"),
    ("vpcs", resource("a", {}), "spec.vni"),
    ("vpcs", {"metadata": {"name": "a"}}, "spec"),
    ("vpcs", {"spec": {"vni": 5}}, "metadata.name"),
    ("vpcs", {"metadata": {}, "spec": {"vni": 5}}, "metadata.name"),
    ("vpcs", {"metadata": {"name": 7}, "spec": {"vni": 5}}, "metadata.name"),
    ("vpcs", {"metadata": [], "spec": {"vni": 5}}, "metadata"),
    ("vpcs", vpc("A", 5), "metadata.name"),
    ("vpcs", vpc("a/b", 5), "metadata.name"),
    ("vpcs", vpc("a" * 254, 5), "metadata.name"),
    ("vpcs", dict(vpc("a", 5), kind="NVE"), "kind"),
    ("vpcs", dict(vpc("a", 5), apiVersion="v1"), "apiVersion"),
    ("vpcs", resource("a", {"vni": 5}, labels={"x": 5}), "metadata.labels.x"),
    ("vpcs", resource("a", {"vni": 5}, labels="x"), "metadata.labels"),
    ("vpcs", resource("a", {"vni": 5}, annotations={"x": {}}),
     "metadata.annotations.x"),
    ("vpcs", vpc("a", 5, optionProfile="none"), "spec.optionProfile"),
    ("vpcs", vpc("a", 5, subnets=[{"cidr": "10.0.0.0/33"}]),
     "spec.subnets[0].cidr"),
    ("endpoints", endpoint("a", 1, "none"), "spec.vpc"),
    ("endpoints", endpoint("a", 1, mac="x"), "spec.mac"),
    ("endpoints", endpoint("a", 1, ips=["x"]), "spec.ips[0]"),
    ("optionprofiles", profile("a", "none"), "spec.options[0].name"),
    ("geneveoptions", option("a", "0x100"), "spec.type"),
    ("geneveoptions", option("a", "0x01", 6), "spec.length"),
    ("nves", resource("a", {"underlay": {"ips": ["x"]}}),
     "spec.underlay.ips[0]"),
    ("nves", resource("a", {"static": {"mode": "x", "options": []}}),
     "spec.static.mode"),
    ("nves", resource("a", {"static": {"mode": "replace",
                                       "options": [{"class": "x"}]}}),
     "spec.static"),
])
def test_invalid(blue, plural, obj, field):
    refused(blue.post("/" + plural, obj), 422, "Invalid", field)


def test_all_faults_at_once(blue):
    answer = blue.post("/endpoints", endpoint("a", 1, mac="x", ips=["y"],
                                              policyLabel=-1))
    assert answer.code == 422
    assert sorted(answer.fields) == ["spec.ips[0]", "spec.mac",
                                     "spec.policyLabel"]


def test_immutable_fields(client):
    client.create("/geneveoptions", option("a", "0x01"))
    for change, field in (({"length": 8}, "spec.length"),
                          ({"type": "0x02"}, "spec.type"),
                          ({"class": "0xff02"}, "spec.class")):
        refused(client.patch("/geneveoptions/a", {"spec": change}), 422,
                "Invalid", field)
    client.create("/vpcs", vpc("blue", 5))
    client.create("/vpcs", vpc("red", 6))
    client.create("/endpoints", endpoint("a", 1))
    refused(client.patch("/endpoints/a", {"spec": {"vpc": "red"}}), 422,
            "Invalid", "spec.vpc")


def test_unique_vni(client):
    client.create("/vpcs", vpc("blue", 5))
    body = refused(client.post("/vpcs", vpc("red", 5)), 422, "Invalid",
                   "spec.vni")
    assert '"blue"' in body["message"]
    client.create("/vpcs", vpc("red", 6))
    refused(client.patch("/vpcs/red", {"spec": {"vni": 5}}), 422, "Invalid",
            "spec.vni")
    client.patch("/vpcs/blue", {"spec": {"vni": 7}})
    assert client.patch("/vpcs/red", {"spec": {"vni": 5}}).code == 200
    client.delete("/vpcs/red")
    client.create("/vpcs", vpc("green", 5))


def test_unique_class_and_type(client):
    client.create("/geneveoptions", option("a", "0x01"))
    body = refused(client.post("/geneveoptions", option("b", "0x1", 8)), 422,
                   "Invalid", "spec.type")
    assert '"a"' in body["message"]
    client.create("/geneveoptions", option("b", "0x81"))


def test_unique_addresses(blue):
    blue.create("/vpcs", vpc("red", 6))
    blue.create("/endpoints", endpoint("a", 1))
    body = refused(blue.post("/endpoints", endpoint("b", 1)), 422, "Invalid",
                   "spec.mac", "spec.ips[0]")
    assert '"a"' in body["message"] and '"blue"' in body["message"]
    blue.create("/endpoints", endpoint("b", 1, "red"))
    blue.create("/endpoints", endpoint("c", 2, ips=["10.0.0.2", "fd00::1"]))
    refused(blue.post("/endpoints", endpoint(
        "d", 3, ips=["10.0.0.9", "fd00:0:0::0:1"])), 422, "Invalid",
        "spec.ips[1]")
    blue.delete("/endpoints/a")
    blue.create("/endpoints", endpoint("d", 1))


def test_addresses_are_in_the_subnets(client):
    client.create("/vpcs", vpc("blue", 5, subnets=[
        {"cidr": "10.0.0.0/24"}, {"cidr": "fd00::/64"}]))
    refused(client.post("/endpoints", endpoint("a", 1, ips=[
        "10.0.0.1", "10.0.1.1", "fd00::1", "fd01::1"])), 422, "Invalid",
        "spec.ips[1]", "spec.ips[3]")
    client.create("/endpoints", endpoint("a", 1, ips=["10.0.0.1", "fd00::1"]))
    body = refused(client.patch("/vpcs/blue", {"spec": {"subnets": [
        {"cidr": "10.0.0.0/24"}]}}), 422, "Invalid", "spec.subnets")
    assert '"a"' in body["message"]
    assert client.patch("/vpcs/blue", {"spec": {"subnets": [
        {"cidr": "10.0.0.0/16"}, {"cidr": "fd00::/48"}]}}).code == 200
    assert client.patch("/vpcs/blue", {"spec": {"subnets": None}}).code == 200


def test_values_fit_their_options(client):
    client.create("/geneveoptions", option(
        "a", "0x01", 4, {"from": "endpoint.values.x"}))
    client.create("/optionprofiles", profile("p", "a"))
    client.create("/vpcs", vpc("blue", 5, optionProfile="p"))
    refused(client.post("/endpoints", endpoint(
        "a", 1, values={"x": 1 << 32})), 422, "Invalid", "spec.values.x")
    client.create("/endpoints", endpoint("a", 1, values={"x": 1 << 31}))
    client.create("/endpoints", endpoint("b", 2))


def test_required_options_fit_a_packet(client):
    for k in range(9):
        client.create("/geneveoptions", option("o%d" % k, "0x%02x" % k,
                                               (24, 28)[k == 8]))
    names = ["o%d" % k for k in range(9)]
    client.create("/optionprofiles", profile("fits", *names,
                                             required=names[:8]))
    client.create("/optionprofiles", profile("full", *names,
                                             required=names[1:]))
    refused(client.post("/optionprofiles", profile(
        "over", *names, required=names)), 422, "Invalid", "spec.options")
    refused(client.put("/optionprofiles/fits", profile(
        "fits", *names, required=names)), 422, "Invalid", "spec.options")


def test_service_option_is_not_required(client):
    """No packet but those for services has it."""
    client.create("/geneveoptions", option(
        "service", "0x8d", value={"from": "service.vip"}))
    refused(client.post("/optionprofiles", resource("p", {"options": [
        {"name": "service", "required": True}]})), 422, "Invalid",
        "spec.options[0].required")
    client.create("/optionprofiles", resource("p", {"options": [
        {"name": "service"}]}))


def test_referred_objects_stay(client):
    client.create("/geneveoptions", option("o", "0x01"))
    client.create("/optionprofiles", profile("p", "o"))
    client.create("/vpcs", vpc("blue", 5, optionProfile="p"))
    for k in range(1, 13):
        client.create("/endpoints", endpoint("e%d" % k, k))
    for path, who, field in (
            ("/geneveoptions/o", 'OptionProfile "p"',
             "spec.options[0].name"),
            ("/optionprofiles/p", 'VPC "blue"', "spec.optionProfile"),
            ("/vpcs/blue", 'Endpoint "e1"', "spec.vpc")):
        answer = client.delete(path)
        body = refused(answer, 409, "Conflict")
        assert who in body["message"]
        assert field in answer.fields
    assert "and 4 more" in client.delete("/vpcs/blue").body["message"]
    for k in range(1, 13):
        client.delete("/endpoints/e%d" % k)
    assert client.delete("/vpcs/blue").code == 200
    client.create("/vpcs", vpc("blue", 5, optionProfile="p"))
    client.patch("/vpcs/blue", {"spec": {"optionProfile": None}})
    assert client.delete("/optionprofiles/p").code == 200
    assert client.delete("/geneveoptions/o").code == 200


def test_warnings(client):
    assert "management" in client.create("/vpcs", vpc("a", 1)).warnings[0]
    ovn = resource("ovn", {"class": "0x0102", "type": "0x80", "length": 4})
    warning, = client.create("/geneveoptions", ovn).warnings
    assert warning.startswith('299 - "') and "OVN" in warning
    nve = {"underlay": {"ips": ["192.0.2.1"]}}
    assert not client.create("/nves", resource("hv-1", nve)).warnings
    warning, = client.create("/nves", resource("hv-2", nve)).warnings
    assert "192.0.2.1" in warning and "hv-1" in warning
    assert not client.create("/vpcs", vpc("b", 2)).warnings


def test_vpc_label_is_always_right(blue):
    blue.create("/vpcs", vpc("red", 6))
    made = blue.create("/endpoints", endpoint("a", 1))
    assert made.body["metadata"]["labels"] == {"nvo3.io/vpc": "blue"}
    obj = endpoint("b", 2)
    obj["metadata"]["labels"] = {"nvo3.io/vpc": "red", "x": "y"}
    made = blue.create("/endpoints", obj)
    assert made.body["metadata"]["labels"] == {"nvo3.io/vpc": "blue",
                                               "x": "y"}
    for change in ({"labels": None}, {"labels": {"nvo3.io/vpc": "red"}}):
        answer = blue.patch("/endpoints/b", {"metadata": change})
        assert answer.body["metadata"]["labels"]["nvo3.io/vpc"] == "blue"
    answer = blue.put("/endpoints/b", endpoint("b", 2))
    assert answer.body["metadata"]["labels"] == {"nvo3.io/vpc": "blue"}
    items = blue.get("/endpoints?labelSelector=nvo3.io/vpc%3Dblue").body
    assert len(items["items"]) == 2


def test_advertisement_ack(client):
    made = client.create("/advertisementacks", resource(
        "hv-1.hv-2", {"applied": "17"}, labels={"other": "x"}))
    assert made.body["metadata"]["labels"] == {"nvo3.io/nve": "hv-2",
                                               "other": "x"}
    made = client.create("/advertisementacks", resource(
        "a.b.c", {"applied": "17", "receiver": "b.c"},
        labels={"nvo3.io/nve": "c"}))
    assert made.body["metadata"]["labels"] == {"nvo3.io/nve": "b.c"}
    refused(client.post("/advertisementacks", resource(
        "hv-1", {"applied": "17"})), 422, "Invalid")


def test_policies(client):
    """They refer to their VPC and are found by its label."""
    policy = resource("web", {"vpc": "blue", "ingress": [{}]},
                      labels={"nvo3.io/vpc": "red", "x": "y"})
    refused(client.post("/vpcpolicies", policy), 422, "Invalid", "spec.vpc")
    client.create("/vpcs", vpc("blue", 100))
    client.create("/vpcs", vpc("red", 101))
    made = client.create("/vpcpolicies", policy)
    assert made.body["metadata"]["labels"] == {"nvo3.io/vpc": "blue",
                                               "x": "y"}
    refused(client.delete("/vpcs/blue"), 409, "Conflict")
    bad = {"spec": {"ingress": [{"ports": [{"protocol": "ICMP",
                                            "port": 7}]}]}}
    refused(client.patch("/vpcpolicies/web", bad), 422, "Invalid",
            "spec.ingress[0].ports[0].port")
    blue = "/vpcpolicies?labelSelector=nvo3.io/vpc%3Dblue"
    assert len(client.get(blue).body["items"]) == 1
    moved = client.patch("/vpcpolicies/web", {"spec": {"vpc": "red"}})
    assert moved.body["metadata"]["labels"]["nvo3.io/vpc"] == "red"
    assert client.get(blue).body["items"] == []
    assert client.delete("/vpcs/blue").code == 200
    refused(client.delete("/vpcs/red"), 409, "Conflict")


def test_qos(blue):
    """A class has a number of its own, and stays while it is named."""
    blue.create("/qosclasses", resource("gold", {"number": 3, "dscp": 46}))
    refused(blue.post("/qosclasses", resource("silver", {"number": 3})), 422,
            "Invalid", "spec.number")
    policy = {"vpc": "blue", "class": "silver"}
    refused(blue.post("/qospolicies", resource("p", policy)), 422, "Invalid",
            "spec.class")
    policy["class"] = "gold"
    made = blue.create("/qospolicies", resource("p", policy))
    assert made.body["metadata"]["labels"] == {"nvo3.io/vpc": "blue"}
    refused(blue.delete("/qosclasses/gold"), 409, "Conflict")


def test_claims_of_others_are_refused(blue):
    blue.create("/endpoints", endpoint("a", 1, nve="hv-1"))
    refused(blue.patch("/endpoints/a/status", {"status": {"nve": "hv-2"}}),
            422, "Invalid", "status.nve")
    assert blue.patch("/endpoints/a/status",
                      {"status": {"nve": "hv-1"}}).code == 200
    assert blue.patch("/endpoints/a", {"spec": {"nve": "hv-2"}}).code == 200
    refused(blue.patch("/endpoints/a/status", {"status": {"phase": "x"}}),
            422, "Invalid", "status.nve")
    assert blue.patch("/endpoints/a/status",
                      {"status": {"nve": None}}).code == 200
    blue.create("/endpoints", endpoint("b", 2))
    for node in "hv-1", "hv-2":
        assert blue.patch("/endpoints/b/status",
                          {"status": {"nve": node}}).code == 200
    refused(blue.patch("/endpoints/b/status", {"status": {"nve": 5}}), 422,
            "Invalid", "status.nve")


def test_broken_advertisements_are_refused(client):
    client.create("/nves", resource("hv-1", {}))
    for receive in (5, {"options": 5}, {"options": [], "order": "x"},
                    {"options": [], "maxOptionBytes": 30},
                    {"options": [{"class": "0xff01", "type": "0x1",
                                  "length": 5}]}):
        refused(client.patch("/nves/hv-1/status",
                             {"status": {"receive": receive}}),
                422, "Invalid", *["status.receive"])
    assert client.patch("/nves/hv-1/status", {"status": {"receive": {
        "options": [{"class": "0xff01", "type": "0x1", "length": 4}],
        "maxOptionBytes": 8}}}).code == 200
