"""nvad's REST interface: what it serves, what it refuses, and how it says
so."""
import json
import subprocess
import ssl

import pytest

from nvadlib import (API, JSON, MERGE_PATCH, PROGRAM, SCHEMA, Nva, abandon,
                     endpoint, make_certificate, option, profile, resource,
                     tcp, vpc)
from waiting import wait_until

KINDS = {"GeneveOption": ("geneveoptions", True),
         "OptionProfile": ("optionprofiles", True),
         "VPC": ("vpcs", True), "NVE": ("nves", True),
         "Endpoint": ("endpoints", True),
         "AdvertisementAck": ("advertisementacks", False),
         "VPCPolicy": ("vpcpolicies", True),
         "ExternalNetwork": ("externalnetworks", True),
         "VPCGateway": ("vpcgateways", True),
         "FloatingIP": ("floatingips", True),
         "VPCRoute": ("vpcroutes", True),
         "LoadBalancer": ("loadbalancers", True),
         "QoSPolicy": ("qospolicies", True),
         "QoSClass": ("qosclasses", True)}


@pytest.fixture(scope="module")
def nva():
    nva = Nva()
    try:
        nva.start().wait_ready()
        yield nva
    finally:
        nva.stop()


@pytest.fixture
def client(nva):
    """The server, empty again after each test."""
    client = nva.client()
    yield client
    for plural in ("loadbalancers", "qospolicies", "qosclasses",
                   "advertisementacks", "vpcroutes", "floatingips",
                   "vpcgateways", "externalnetworks", "vpcpolicies",
                   "endpoints", "nves", "vpcs", "optionprofiles",
                   "geneveoptions"):
        for item in client.get("/" + plural).body["items"]:
            answer = client.delete("/%s/%s" % (plural,
                                               item["metadata"]["name"]))
            assert answer.code == 200, answer
    client.close()


@pytest.fixture
def blue(client):
    """With VPC "blue"."""
    client.create("/vpcs", vpc("blue", 100))
    return client


def refused(answer, code, reason, *fields):
    """Checks a Status object, and that it has just these fields."""
    assert answer.code == code, answer
    body = answer.body
    assert body["kind"] == "Status" and body["apiVersion"] == "v1"
    assert body["status"] == "Failure" and body["code"] == code
    assert body["reason"] == reason
    assert body["message"]
    if fields:
        assert answer.fields == list(fields)
        for field in fields:
            assert field in body["message"]
    return body


# Discovery and health.

def test_discovery(client):
    groups = client.raw("GET", "/apis").body
    assert groups["kind"] == "APIGroupList"
    group = client.raw("GET", "/apis/nvo3.io").body
    assert group["kind"] == "APIGroup"
    assert groups["groups"][0]["name"] == group["name"] == "nvo3.io"
    assert group["preferredVersion"]["groupVersion"] == "nvo3.io/v1alpha1"
    resources = client.raw("GET", API).body
    assert resources["kind"] == "APIResourceList"
    names = {r["name"]: r for r in resources["resources"]}
    expected = set()
    for kind, (plural, has_status) in KINDS.items():
        assert names[plural]["kind"] == kind
        assert names[plural]["namespaced"] is False
        assert {"get", "list", "watch", "create", "update", "patch",
                "delete"} == set(names[plural]["verbs"])
        expected |= {plural, plural + "/status"} if has_status else {plural}
    assert set(names) == expected
    assert names["endpoints"]["shortNames"] == ["vep"]


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_health(client, path):
    answer = client.raw("GET", path)
    assert answer.code == 200 and answer.raw == b"ok"


def test_version(client):
    assert "gitVersion" in client.raw("GET", "/version").body


@pytest.mark.parametrize("path", [
    "/nothing", "/apis/apps", "/apis/nvo3.io/v1", API + "/pods",
    API + "/vpcs/a/scale", API + "/vpcs/a/status/b",
    API + "/advertisementacks/a/status"])
def test_unknown_paths(client, path):
    refused(client.raw("GET", path), 404, "NotFound")


# Objects.

def test_life_of_an_object(client):
    created = client.create("/vpcs", vpc("blue", 5))
    meta = created.body["metadata"]
    assert created.body["apiVersion"] == "nvo3.io/v1alpha1"
    assert created.body["kind"] == "VPC"
    assert meta["name"] == "blue" and meta["generation"] == 1
    assert len(meta["uid"]) == 36
    assert meta["creationTimestamp"].endswith("Z")
    assert client.get("/vpcs/blue").body == created.body

    changed = client.patch("/vpcs/blue", {"spec": {"mtu": 1400}})
    assert changed.code == 200
    assert changed.body["spec"] == {"vni": 5, "mtu": 1400}
    assert changed.body["metadata"]["generation"] == 2
    assert changed.body["metadata"]["uid"] == meta["uid"]
    assert changed.rv > created.rv

    body = changed.body
    body["spec"] = {"vni": 6}
    replaced = client.put("/vpcs/blue", body)
    assert replaced.code == 200 and replaced.body["spec"] == {"vni": 6}
    assert replaced.rv > changed.rv

    deleted = client.delete("/vpcs/blue")
    assert deleted.code == 200
    assert deleted.body["status"] == "Success"
    assert deleted.body["details"]["uid"] == meta["uid"]
    refused(client.get("/vpcs/blue"), 404, "NotFound")
    refused(client.delete("/vpcs/blue"), 404, "NotFound")

    again = client.create("/vpcs", vpc("blue", 5))
    assert again.body["metadata"]["uid"] != meta["uid"]
    assert again.body["metadata"]["generation"] == 1
    assert again.rv > replaced.rv


def test_generate_name(client):
    bodies = [{"metadata": {"generateName": "net-"}, "spec": {"vni": k}}
              for k in range(10, 20)]
    names = {client.create("/vpcs", b).body["metadata"]["name"]
             for b in bodies}
    assert len(names) == 10
    assert all(name.startswith("net-") and len(name) == 9 for name in names)


def test_labels_and_annotations(client):
    obj = vpc("blue", 5)
    obj["metadata"]["labels"] = {"a": "b", "e": "f"}
    obj["metadata"]["annotations"] = {"x/y": "z", "quote": "\"\\\u00e9\n"}
    created = client.create("/vpcs", obj)
    for what in "labels", "annotations":
        assert created.body["metadata"][what] == obj["metadata"][what]
    changed = client.patch("/vpcs/blue", {"metadata": {
        "labels": {"a": None, "c": "d"}, "annotations": {"x/y": None}}})
    assert changed.body["metadata"]["labels"] == {"c": "d", "e": "f"}
    assert changed.body["metadata"]["annotations"] == {
        "quote": "\"\\\u00e9\n"}
    changed = client.patch("/vpcs/blue", {"metadata": {"annotations": None}})
    assert "annotations" not in changed.body["metadata"]
    assert changed.body["metadata"]["generation"] == 1
    assert changed.rv > created.rv


def test_server_sets_metadata(client):
    obj = vpc("blue", 5)
    obj["metadata"].update(uid="me", generation=77, deletionTimestamp="x",
                           creationTimestamp="1999-01-01T00:00:00Z")
    meta = client.create("/vpcs", obj).body["metadata"]
    assert meta["uid"] != "me" and meta["generation"] == 1
    assert not meta["creationTimestamp"].startswith("1999")
    assert "deletionTimestamp" not in meta


def test_no_op_writes_keep_the_version(client):
    created = client.create("/vpcs", vpc("blue", 5))
    assert client.put("/vpcs/blue", vpc("blue", 5)).rv == created.rv
    assert client.patch("/vpcs/blue", {}).rv == created.rv
    assert client.patch("/vpcs/blue",
                        {"spec": {"vni": 5}}).rv == created.rv
    assert client.get("/vpcs").rv == created.rv


def test_status_subresource(blue):
    created = blue.create("/endpoints", endpoint("a", 1))
    assert "status" not in created.body
    obj = created.body
    obj["spec"]["policyLabel"] = 9
    obj["metadata"]["labels"]["l"] = "x"
    obj["status"] = {"nve": "hv-1", "phase": "Bound"}
    answer = blue.put("/endpoints/a/status", obj)
    assert answer.code == 200
    assert answer.body["status"] == {"nve": "hv-1", "phase": "Bound"}
    assert "policyLabel" not in answer.body["spec"]
    assert "l" not in answer.body["metadata"]["labels"]
    assert answer.body["metadata"]["generation"] == 1
    assert blue.get("/endpoints/a/status").body == answer.body

    answer = blue.patch("/endpoints/a", {"spec": {"policyLabel": 3},
                                         "status": {"nve": "forged"}})
    assert answer.body["status"] == {"nve": "hv-1", "phase": "Bound"}
    assert answer.body["spec"]["policyLabel"] == 3
    assert answer.body["metadata"]["generation"] == 2

    answer = blue.patch("/endpoints/a/status", {"status": {"nve": None}})
    assert answer.body["status"] == {"phase": "Bound"}
    assert blue.patch("/endpoints/a/status",
                      {"status": {"nve": None}}).rv == answer.rv
    refused(blue.patch("/endpoints/none/status", {}), 404, "NotFound")
    refused(blue.delete("/endpoints/a/status"), 405, "MethodNotAllowed")


def test_status_of_a_new_object_is_dropped(blue):
    obj = endpoint("a", 1)
    obj["status"] = {"nve": "forged"}
    assert "status" not in blue.create("/endpoints", obj).body


def test_dry_run(client):
    rv = client.get("/vpcs").rv
    answer = client.post("/vpcs?dryRun=All", vpc("blue", 5))
    assert answer.code == 201 and answer.body["spec"] == {"vni": 5}
    refused(client.get("/vpcs/blue"), 404, "NotFound")
    refused(client.post("/vpcs?dryRun=All", vpc("blue", 0)), 422, "Invalid",
            "spec.vni")
    client.create("/vpcs", vpc("blue", 5))
    assert client.delete("/vpcs/blue?dryRun=All").code == 200
    assert client.delete("/vpcs/blue", {"dryRun": ["All"]}).code == 200
    assert client.patch("/vpcs/blue?dryRun=All",
                        {"spec": {"vni": 6}}).body["spec"]["vni"] == 6
    assert client.get("/vpcs/blue").body["spec"]["vni"] == 5
    assert client.get("/vpcs").rv == rv + 1


# Conflicts.

def test_already_exists(client):
    client.create("/vpcs", vpc("blue", 5))
    body = refused(client.post("/vpcs", vpc("blue", 6)), 409,
                   "AlreadyExists")
    assert body["details"]["name"] == "blue"
    assert client.get("/vpcs/blue").body["spec"] == {"vni": 5}


def test_stale_resource_version(client):
    old = client.create("/vpcs", vpc("blue", 5)).body
    client.patch("/vpcs/blue", {"spec": {"mtu": 1400}})
    before = client.get("/vpcs/blue").body
    refused(client.put("/vpcs/blue", old), 409, "Conflict")
    refused(client.patch("/vpcs/blue", old), 409, "Conflict")
    refused(client.put("/vpcs/blue/status", old), 409, "Conflict")
    refused(client.delete("/vpcs/blue", {"preconditions": {
        "resourceVersion": old["metadata"]["resourceVersion"]}}),
        409, "Conflict")
    refused(client.delete("/vpcs/blue", {"preconditions": {"uid": "x"}}),
            409, "Conflict")
    refused(client.patch("/vpcs/blue", {"metadata": {"uid": "x"}}), 409,
            "Conflict")
    assert client.get("/vpcs/blue").body == before
    assert client.delete("/vpcs/blue", {"preconditions": {
        "uid": before["metadata"]["uid"],
        "resourceVersion": before["metadata"]["resourceVersion"]}}
        ).code == 200


def test_put_never_creates(client):
    refused(client.put("/vpcs/blue", vpc("blue", 5)), 404, "NotFound")
    refused(client.patch("/vpcs/blue", {}), 404, "NotFound")


def test_name_is_immutable(client):
    client.create("/vpcs", vpc("blue", 5))
    refused(client.put("/vpcs/blue", vpc("red", 5)), 400, "BadRequest")
    refused(client.patch("/vpcs/blue", {"metadata": {"name": "red"}}), 400,
            "BadRequest")
    obj = vpc("red", 7)
    obj["metadata"]["resourceVersion"] = "5"
    refused(client.post("/vpcs", obj), 400, "BadRequest")


# Validation.

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


def network(name, **spec):
    return resource(name, dict({
        "physicalNetwork": "physnet1", "subnets": [
            {"cidr": "198.51.100.0/24", "gateway": "198.51.100.1"}]}, **spec))


def gateway(name, address, **spec):
    return resource(name, dict({
        "vpc": "blue", "externalNetwork": "outside", "nodes": [],
        "snat": [{"cidr": "10.0.0.0/8", "address": address}]}, **spec))


def floating_ip(name, address):
    return resource(name, {"externalNetwork": "outside", "endpoint": "a",
                           "address": address})


def test_external_networks(client):
    """On one wire, subnets do not overlap, and those who have addresses in
    them keep them."""
    client.create("/externalnetworks", network("outside"))
    inside = [{"cidr": "198.51.100.128/25"}]
    refused(client.post("/externalnetworks", network("b", subnets=inside)),
            422, "Invalid", "spec.subnets[0].cidr")
    client.create("/externalnetworks", network("b", subnets=inside, vlan=5))
    client.create("/externalnetworks", network("c", subnets=inside,
                                               physicalNetwork="physnet2"))
    client.create("/floatingips", floating_ip("f", "198.51.100.20"))
    path = "/externalnetworks/outside"
    for subnet in {"cidr": "198.51.101.0/24"}, {
            "cidr": "198.51.100.0/24", "gateway": "198.51.100.20"}:
        refused(client.patch(path, {"spec": {"subnets": [subnet]}}), 422,
                "Invalid", "spec.subnets")
    refused(client.delete(path), 409, "Conflict")
    assert client.patch(path, {"spec": {"subnets": [
        {"cidr": "198.51.0.0/17"}]}}).code == 200


def test_external_addresses(blue):
    """An address in a network has one owner, of whatever kind."""
    blue.create("/externalnetworks", network("outside"))
    blue.create("/vpcgateways", gateway("out", "198.51.100.10"))
    for address in "198.51.100.10", "198.51.100.1", "198.51.100.255", \
            "203.0.113.5":
        refused(blue.post("/floatingips", floating_ip("f", address)), 422,
                "Invalid", "spec.address")
    refused(blue.post("/vpcgateways", gateway("more", "198.51.100.10")), 422,
            "Invalid", "spec.snat[0].address")
    made = blue.create("/floatingips", floating_ip("f", "198.51.100.20"))
    assert "there is no Endpoint" in made.headers["Warning"]
    refused(blue.patch("/vpcgateways/out", {"spec": {"snat": [
        {"cidr": "10.0.0.0/8", "address": "198.51.100.20"}]}}), 422,
        "Invalid", "spec.snat[0].address")
    refused(blue.post("/vpcgateways", gateway("more", "198.51.100.11",
                                              vpc="red")), 422,
            "Invalid", "spec.vpc")


def test_routes(blue):
    """They lead through gateways of their VPC, which stay."""
    blue.create("/vpcs", vpc("red", 101))
    blue.create("/externalnetworks", network("outside"))
    blue.create("/vpcgateways", gateway("out", "198.51.100.10"))
    route = resource("r", {"vpc": "blue", "destination": "0.0.0.0/0",
                           "via": [{"gateway": "out"}]})
    made = blue.create("/vpcroutes", route)
    assert made.body["metadata"]["labels"] == {"nvo3.io/vpc": "blue"}
    refused(blue.delete("/vpcgateways/out"), 409, "Conflict")
    refused(blue.patch("/vpcroutes/r", {"spec": {"vpc": "red"}}), 422,
            "Invalid", "spec.via[0].gateway")
    refused(blue.patch("/vpcroutes/r", {"spec": {"via": [
        {"gateway": "other"}]}}), 422, "Invalid", "spec.via[0].gateway")
    for selector, n in ("blue", 1), ("red", 0):
        assert len(blue.get("/vpcroutes?fieldSelector=spec.vpc%%3D%s"
                            % selector).body["items"]) == n


def load_balancer(name, address, **spec):
    return resource(name, dict({
        "vpc": "blue", "address": address, "ports": [{"port": 80}],
        "backends": {"endpointSelector": {}}}, **spec))


def test_services(blue):
    """Their addresses have one owner in a VPC, and can be reached there."""
    blue.patch("/vpcs/blue", {"spec": {"subnets": [
        {"cidr": "10.0.0.0/24", "gateway": "10.0.0.1"},
        {"cidr": "2001:db8::/64"}]}})
    blue.create("/endpoints", endpoint("a", 1, ips=["10.0.0.5"]))
    for address in ("10.0.0.5", "10.0.0.1", "10.0.0.255", "2001:db8:1::1"):
        refused(blue.post("/loadbalancers", load_balancer("s", address)), 422,
                "Invalid", "spec.address")
    blue.create("/loadbalancers", load_balancer("s", "10.0.0.100"))
    blue.create("/loadbalancers", load_balancer("out", "192.0.2.1"))
    refused(blue.post("/loadbalancers", load_balancer("t", "10.0.0.100")),
            422, "Invalid", "spec.address")
    refused(blue.post("/endpoints", endpoint("b", 2, ips=["10.0.0.100"])),
            422, "Invalid", "spec.ips[0]")
    refused(blue.patch("/loadbalancers/s", {"spec": {"vpc": "red"}}), 422,
            "Invalid", "spec.vpc")
    refused(blue.delete("/vpcs/blue"), 409, "Conflict")
    refused(blue.patch("/loadbalancers/s/status",
                       {"status": {"address": 5}}), 422, "Invalid",
            "status.address")


def test_external_addresses_of_services(blue):
    """In the networks that gateways lead to they are nobody else's."""
    made = blue.create("/loadbalancers", load_balancer(
        "s", "10.0.0.100", externalAddress="198.51.100.30"))
    assert "no VPCGateway" in made.headers["Warning"]
    blue.create("/externalnetworks", network("outside"))
    blue.create("/vpcgateways", gateway("out", "198.51.100.10"))
    path = "/loadbalancers/s"
    for address in "198.51.100.10", "198.51.100.1":
        refused(blue.patch(path, {"spec": {"externalAddress": address}}), 422,
                "Invalid", "spec.externalAddress")
    refused(blue.post("/floatingips", floating_ip("f", "198.51.100.30")), 422,
            "Invalid", "spec.address")
    refused(blue.patch("/vpcgateways/out", {"spec": {"snat": [
        {"cidr": "10.0.0.0/8", "address": "198.51.100.30"}]}}), 422,
        "Invalid", "spec.snat[0].address")
    refused(blue.post("/loadbalancers", load_balancer(
        "t", "10.0.0.101", externalAddress="198.51.100.30")), 422, "Invalid",
        "spec.externalAddress")

    # The same address in another network is another.
    blue.create("/vpcs", vpc("red", 101))
    blue.create("/externalnetworks", network("b", physicalNetwork="other"))
    blue.create("/vpcgateways", gateway("red-out", "198.51.100.10",
                                        vpc="red", externalNetwork="b"))
    blue.create("/loadbalancers", load_balancer(
        "t", "10.0.0.100", vpc="red", externalAddress="198.51.100.30"))


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


def test_service_option_is_not_required(client):
    """No packet but those for services has it."""
    client.create("/geneveoptions", option(
        "service", "0x8d", value={"from": "service.vip"}))
    refused(client.post("/optionprofiles", resource("p", {"options": [
        {"name": "service", "required": True}]})), 422, "Invalid",
        "spec.options[0].required")
    client.create("/optionprofiles", resource("p", {"options": [
        {"name": "service"}]}))


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


# Requests.

@pytest.mark.parametrize("body, what", [
    (b"", "JSON"), (b"{", "line 1"), (b'{"a":\n x}', "line 2, column 3"),
    (b"[]", "object"), (b'{"a":1}}', "line 1"), (b"\xff", "line 1"),
    (b'{"metadata":' + b"[" * 5000, "line 1")],
    ids=["nothing", "brace", "word", "array", "trailer", "binary", "deep"])
def test_malformed_json(client, body, what):
    answer = client.raw("POST", API + "/vpcs", body)
    assert what in refused(answer, 400, "BadRequest")["message"]


def test_content_types(client):
    client.create("/vpcs", vpc("blue", 5))
    body = json.dumps(vpc("red", 6)).encode()
    assert client.raw("POST", API + "/vpcs", body,
                      "application/json; charset=utf-8").code == 201
    for content_type in ("text/plain", "application/yaml",
                         "application/x-www-form-urlencoded"):
        refused(client.raw("POST", API + "/vpcs", body, content_type), 415,
                "UnsupportedMediaType")
    for content_type in (JSON, "application/json-patch+json",
                         "application/strategic-merge-patch+json",
                         "application/apply-patch+yaml", None):
        answer = client.raw("PATCH", API + "/vpcs/blue", b"{}", content_type)
        refused(answer, 415, "UnsupportedMediaType")
        assert answer.headers["Accept-Patch"] == MERGE_PATCH
    refused(client.raw("GET", API + "/vpcs", headers={"Accept": "text/html"}),
            406, "NotAcceptable")
    for accept in ("*/*", "application/json;as=Table;v=v1;g=meta.k8s.io,"
                   "application/json", "application/*"):
        assert client.raw("GET", API + "/vpcs",
                          headers={"Accept": accept}).code == 200


@pytest.mark.parametrize("method, path, allowed", [
    ("DELETE", "/vpcs", "GET, POST"), ("PUT", "/vpcs", "GET, POST"),
    ("POST", "/vpcs/a", "GET, PUT, PATCH, DELETE"),
    ("OPTIONS", "/vpcs/a", "GET, PUT, PATCH, DELETE")])
def test_methods(client, method, path, allowed):
    answer = client.request(method, path, {})
    refused(answer, 405, "MethodNotAllowed")
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("query", [
    "limit=x", "limit=-1", "resourceVersion=x", "timeoutSeconds=x",
    "resourceVersion=99999999999999999999", "labelSelector=a+b",
    "labelSelector=a,", "labelSelector=a+in+(b", "labelSelector=,",
    "fieldSelector=spec.vni%3D5", "fieldSelector=metadata.name",
    "continue=x", "continue=5.", "continue=5.A_"])
def test_bad_arguments(client, query):
    refused(client.get("/vpcs?" + query), 400, "BadRequest")


def test_large_bodies(nva, client):
    big = json.dumps(resource("a", {"vni": 5}, annotations={
        "x": "y" * (1 << 20)})).encode()
    answer = nva.client().raw("POST", API + "/vpcs", big)
    refused(answer, 413, "RequestEntityTooLarge")
    for more in b"Expect: 100-continue\r\n", b"":
        answer = tcp(nva.port, b"POST " + API.encode() + b"/vpcs HTTP/1.1\r\n"
                     b"Host: x\r\nContent-Length: 99999999\r\n" + more
                     + b"\r\n")
        assert answer.split()[1] == b"413"
    chunks = b"".join(b"10000\r\n" + b" " * 65536 + b"\r\n"
                      for _ in range(20)) + b"0\r\n\r\n"
    answer = tcp(nva.port, b"POST " + API.encode() + b"/vpcs HTTP/1.1\r\n"
                 b"Host: x\r\nConnection: close\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert answer.split()[1] == b"413"
    client.create("/vpcs", resource("b", {"vni": 6}))
    half = client.patch("/vpcs/b/status", {"status": {"x": "y" * 900000}})
    assert half.code == 200, half
    refused(client.patch("/vpcs/b/status", {"status": {"z": "y" * 900000}}),
            413, "RequestEntityTooLarge")


@pytest.mark.parametrize("data", [
    b"\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00", b"x" * 100000,
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 100000 + b"\r\n\r\n",
    b"GET /%00%ff%zz?%=%&&=&watch=%00 HTTP/1.0\r\n\r\n",
    b"POST /apis HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /apis HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"zz\r\n",
    b"POST /apis HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"],
    ids=["empty", "short", "TLS", "noise", "header", "escapes", "length",
         "chunk", "half"])
def test_malformed_requests(nva, client, data):
    abandon(nva.port, data)
    assert client.raw("GET", "/healthz").code == 200


# Lists.

def names(answer):
    assert answer.code == 200, answer
    return [item["metadata"]["name"] for item in answer.body["items"]]


def test_list(client):
    empty = client.get("/vpcs")
    assert empty.body["kind"] == "VPCList" and names(empty) == []
    for k, name in enumerate("cab"):
        client.create("/vpcs", vpc(name, 5 + k))
    answer = client.get("/vpcs")
    assert names(answer) == ["a", "b", "c"]
    assert "continue" not in answer.body["metadata"]
    assert answer.rv == max(int(item["metadata"]["resourceVersion"])
                            for item in answer.body["items"])
    assert client.get("/vpcs?resourceVersion=0").body == answer.body
    assert client.get("/vpcs?resourceVersion=%d" % answer.rv
                      ).body == answer.body
    refused(client.get("/vpcs?resourceVersion=%d" % (answer.rv + 1000)), 504,
            "Timeout")


def test_exact_version(client):
    rvs = [client.create("/vpcs", vpc(name, 5 + k)).rv
           for k, name in enumerate("abc")]
    client.patch("/vpcs/a", {"spec": {"vni": 9}})
    client.delete("/vpcs/b")
    client.create("/vpcs", vpc("b", 6))
    for n, rv in enumerate(rvs):
        answer = client.get("/vpcs?resourceVersionMatch=Exact"
                            "&resourceVersion=%d" % rv)
        assert names(answer) == list("abc")[:n + 1] and answer.rv == rv
        assert answer.body["items"][0]["spec"]["vni"] == 5


@pytest.mark.parametrize("selector, expected", [
    ("", "abcd"), ("x=1", "ab"), ("x==1", "ab"), ("x!=1", "cd"),
    ("x", "abc"), ("!x", "d"), ("x in (1,2)", "abc"), ("x notin (1,2)", "d"),
    ("x notin (2)", "abd"), ("x=1,y", "b"), ("x=1,!y", "a"),
    ("y=", "b"), ("p.q/r-s_t in (v.w)", "c"), (" x = 1 , y != z ", "ab"),
    ("x in (3,),y", ""), ("in=notin", "d"), ("x=3", "")])
def test_label_selectors(nva, client, selector, expected):
    labels = {"a": {"x": "1"}, "b": {"x": "1", "y": ""},
              "c": {"x": "2", "p.q/r-s_t": "v.w"}, "d": {"in": "notin"}}
    for k, (name, value) in enumerate(labels.items()):
        client.create("/vpcs", resource(name, {"vni": 5 + k}, labels=value))
    query = selector.replace(" ", "%20").replace("=", "%3D")
    assert names(client.get("/vpcs?labelSelector=" + query)) == list(expected)


@pytest.mark.parametrize("selector, expected", [
    ("metadata.name=b", "b"), ("metadata.name==b", "b"),
    ("metadata.name!=b", "ac"), ("metadata.name=z", ""),
    ("metadata.name!=a,metadata.name!=b", "c"),
    ("metadata.name=a,metadata.name=b", "")])
def test_field_selectors(client, selector, expected):
    for k, name in enumerate("abc"):
        client.create("/vpcs", vpc(name, 5 + k))
    query = selector.replace("=", "%3D")
    assert names(client.get("/vpcs?fieldSelector=" + query)) == list(expected)


def test_pages_show_one_version(client):
    for k in range(20):
        client.create("/vpcs", vpc("v%02d" % k, 100 + k))
    whole = client.get("/vpcs")
    page = client.get("/vpcs?limit=6")
    items = page.body["items"]
    assert page.body["metadata"]["remainingItemCount"] == 14
    step = 0
    while "continue" in page.body["metadata"]:
        # What happens meanwhile is not seen: changes, deletions of what was
        # sent and of what is to come, new names between, and again.
        client.patch("/vpcs/v19", {"spec": {"vni": 200 + step}})
        client.delete("/vpcs/v%02d" % (step * 6 + 1))
        client.delete("/vpcs/v18")
        client.create("/vpcs", vpc("v18", 300 + step))
        client.create("/vpcs", vpc("v%02da" % (step * 6 + 8), 400 + step))
        step += 1
        page = client.get("/vpcs?limit=6&continue="
                          + page.body["metadata"]["continue"])
        assert page.code == 200 and page.rv == whole.rv
        items += page.body["items"]
    assert step == 3
    assert items == whole.body["items"]


def test_pages_with_a_selector(client):
    for k in range(10):
        client.create("/vpcs", resource("v%d" % k, {"vni": 5 + k},
                                        labels={"odd": "ny"[k % 2]}))
    found, token = [], ""
    while True:
        page = client.get("/vpcs?limit=2&labelSelector=odd%3Dy&continue="
                          + token)
        found += names(page)
        token = page.body["metadata"].get("continue")
        if not token:
            break
    assert found == ["v1", "v3", "v5", "v7", "v9"]


# Command line, connections.

def test_help_and_usage():
    out = subprocess.run([PROGRAM, "--help"], stdout=subprocess.PIPE,
                         check=True, text=True).stdout
    for word in "--listen", "--insecure", "--token-file", "DATABASE":
        assert word in out
    ours = out[:out.index("Daemon options")].splitlines()
    assert all(len(line) < 80 for line in ours)
    assert subprocess.run([PROGRAM], stderr=subprocess.PIPE).returncode == 2
    out = subprocess.run([PROGRAM, "--version"], stdout=subprocess.PIPE,
                         check=True, text=True).stdout
    assert out.startswith("nvad ")


@pytest.mark.parametrize("listen, what", [
    ("0.0.0.0:0", "--insecure"), ("192.0.2.1:80", "--insecure"),
    ("[::]:80", "--insecure"), ("x", "numeric"),
    ("127.0.0.1:99999", "--listen")])
def test_listens_on_loopback_only(nva, listen, what):
    process = nva.run_nvad("--listen=" + listen,
                           "--unixctl=%s/x.ctl" % nva.dir, name="refused")
    assert process.popen.wait(20) != 0
    assert what in process.log.read_text()


def test_insecure(nva):
    process = nva.run_nvad("--listen=0.0.0.0:0", "--insecure",
                           "--unixctl=%s/y.ctl" % nva.dir, name="insecure")
    wait_until(lambda: "listens on 0.0.0.0:" in process.log.read_text(),
               "nvad listens")
    process.kill()


def test_tls_and_tokens(tmp_path):
    make_certificate("ca", "ca", tmp_path)
    make_certificate("server", "server", tmp_path, "ca")
    make_certificate("client", "client", tmp_path, "ca")
    make_certificate("stranger", "stranger", tmp_path)
    tokens = tmp_path / "tokens"
    tokens.write_text("first\nsecond\n")
    nva = Nva("--private-key=%s/server.key" % tmp_path,
              "--certificate=%s/server.pem" % tmp_path,
              "--ca-cert=%s/ca.pem" % tmp_path, "--token-file=%s" % tokens)

    def context(name):
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        if name:
            context.load_cert_chain(tmp_path / (name + ".pem"),
                                    tmp_path / (name + ".key"))
        return context

    def client(name, token):
        headers = {"Authorization": "Bearer " + token} if token else {}
        return nva.client(ssl=context(name), headers=headers)

    try:
        nva.start()
        good = client("client", "second")
        nva.wait_ready(good)
        good.create("/vpcs", vpc("blue", 5))
        watch = good.watch("/vpcs")
        assert watch.next()[1]["metadata"]["name"] == "blue"
        good.patch("/vpcs/blue", {"spec": {"vni": 6}})
        assert watch.next()[0] == "MODIFIED"
        for name, token in ((None, "first"), ("client", None),
                            ("client", "firs"), ("client", "firstt")):
            refused(client(name, token).get("/vpcs"), 401, "Unauthorized")
            refused(client(name, token).post("/vpcs", vpc("x", 7)), 401,
                    "Unauthorized")
        assert client("client", None).raw("GET", "/healthz").code == 200
        try:
            refused(client("stranger", "first").get("/vpcs"), 401,
                    "Unauthorized")
        except ssl.SSLError:
            pass
        tokens.write_text("third\n")
        refused(good.get("/vpcs"), 401, "Unauthorized")
        assert client("client", "third").get("/vpcs").code == 200
    finally:
        nva.stop()


@pytest.mark.parametrize("schema, what", [
    ({"name": "Other", "version": "1.0.0", "tables": {}}, "ovsdb-tool create"),
    ({"name": "NVA", "version": "2.0.0", "tables": {}}, "2.0.0")])
def test_wrong_database(tmp_path, schema, what):
    nva = Nva()
    try:
        (nva.dir / "nva.db").unlink()
        (tmp_path / "schema").write_text(json.dumps(schema))
        subprocess.run(["ovsdb-tool", "create", nva.dir / "nva.db",
                        tmp_path / "schema"], check=True)
        nva.start_ovsdb()
        process = nva.run_nvad("--listen=127.0.0.1:0",
                               "--unixctl=%s" % nva.ctl)
        assert process.popen.wait(20) == 1
        assert what in process.log.read_text()
    finally:
        nva.stop()


def test_schema_is_the_built_one():
    assert json.loads(SCHEMA.read_text())["version"] == "1.0.0"
