"""openapi.json and the CRDs: up to date, and in agreement with what nvad
does."""
import json
import os
import re
import shutil
import subprocess

import pytest

import nvadlib
from nvadlib import (SRCDIR, endpoint, option, profile, resource, started_nva,
                     vpc)

DOCUMENT = json.loads((SRCDIR / "schemas" / "openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
PREFIX = "io.nvo3.v1alpha1."


def faults(schema, value, where=""):
    """What of 'value' is not as 'schema' has it.  Just the words that our
    schemas use."""
    if "$ref" in schema:
        return faults(SCHEMAS[schema["$ref"].rsplit("/", 1)[1]], value, where)
    if "x-kubernetes-preserve-unknown-fields" in schema and (
            "type" not in schema):
        return []
    if schema.get("x-kubernetes-int-or-string"):
        ok = isinstance(value, (int, str)) and not isinstance(value, bool)
        return [] if ok else [where]
    types = {"string": str, "integer": int, "boolean": bool, "object": dict,
             "array": list}
    if "type" in schema:
        if not isinstance(value, types[schema["type"]]) or (
                isinstance(value, bool) != (schema["type"] == "boolean")):
            return [where]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(where)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(where)
    if len(value) > schema.get("maxLength", 1 << 30) if isinstance(
            value, str) else False:
        found.append(where)
    if isinstance(value, int):
        if not (schema.get("minimum", value) <= value
                <= schema.get("maximum", value)):
            found.append(where)
        elif value % schema.get("multipleOf", 1):
            found.append(where)
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            found.append(where)
        for n, item in enumerate(value):
            found += faults(schema["items"], item, "%s[%d]" % (where, n))
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        dot = where + "." if where else ""
        if not (schema.get("minProperties", 0) <= len(value)
                <= schema.get("maxProperties", 1 << 30)):
            found.append(where)
        found += [dot + key for key in schema.get("required", ())
                  if key not in value]
        for key, item in value.items():
            if key in properties:
                found += faults(properties[key], item, dot + key)
            elif "additionalProperties" in schema:
                found += faults(schema["additionalProperties"], item,
                                dot + key)
    return found


@pytest.fixture(scope="module")
def client():
    with started_nva() as nva:
        client = nva.client()
        client.create("/vpcs", vpc("blue", 100))
        client.create("/geneveoptions", option("known", "0x01"))
        client.create("/externalnetworks", network("outside"))
        client.create("/vpcgateways", gateway("out"))
        yield client


def test_up_to_date():
    assert subprocess.run([SRCDIR / "schemas" / "generate",
                           "--check"]).returncode == 0


def test_served(client):
    index = client.raw("GET", "/openapi/v3").body
    url = index["paths"]["apis/nvo3.io/v1alpha1"]["serverRelativeURL"]
    assert client.raw("GET", url).body == DOCUMENT


def test_paths_are_those_of_discovery(client):
    resources = client.raw("GET", nvadlib.API).body["resources"]
    paths = set()
    for r in resources:
        plural, _, sub = r["name"].partition("/")
        if sub:
            paths.add("%s/%s/{name}/%s" % (nvadlib.API, plural, sub))
        else:
            path = "%s/%s" % (nvadlib.API, plural)
            paths |= {path, path + "/{name}"}
            crd = (SRCDIR / "schemas" / "crds" / (plural + ".yaml")
                   ).read_text()
            assert "kind: %s\n" % r["kind"] in crd
            assert "- %s\n" % r["shortNames"][0] in crd
            assert "singular: %s\n" % r["singularName"] in crd
    assert paths == set(DOCUMENT["paths"])


def policy(name="a", **spec):
    return resource(name, dict({"vpc": "blue"}, **spec))


def network(name, **spec):
    return resource(name, dict({
        "physicalNetwork": "physnet1", "subnets": [
            {"cidr": "198.51.100.0/24", "gateway": "198.51.100.1"}]}, **spec))


def gateway(name="out", **spec):
    return resource(name, dict({
        "vpc": "blue", "externalNetwork": "outside",
        "nodes": [{"nve": "hv-1", "priority": 200}, {"nve": "hv-2"}]},
        **spec))


def load_balancer(name, address, **spec):
    return resource(name, dict({
        "vpc": "blue", "address": address, "ports": [{"port": 80}],
        "backends": {"endpointSelector": {}}}, **spec))


def route(name, **spec):
    return resource(name, dict({"vpc": "blue",
                                "destination": "192.0.2.0/24"}, **spec))


GOOD = [
    ("VPC", vpc("a", 5)),
    ("VPC", vpc("b", 6, subnets=[{"cidr": "10.0.0.0/24",
                                  "gateway": "10.0.0.1"}], mtu=1400,
                tenantId="00112233-4455-6677-8899-aabbccddeeff")),
    ("GeneveOption", option("a", "0x80", 0)),
    ("GeneveOption", option("b", "0x81", 4, {"from": "nve.id"})),
    ("GeneveOption", option("c", "0x82", 4, {"constant": "0x00112233"})),
    ("OptionProfile", profile("a", "known", required=["known"])),
    ("NVE", resource("hv-1", {"id": 7, "underlay": {
        "ips": ["192.0.2.1", "2001:db8::1"], "udpPort": 6081, "mtu": 1500},
        "transit": {"maxOptions": 3, "maxOptionBytes": 8},
        "static": {"mode": "replace", "order": "first", "options": [
            {"class": "0xff01", "type": "0x1", "length": [4, 8]}]}})),
    ("NVE", resource("hv-2", {"static": {"mode": "restrict", "options": [
        {"class": "0xff01", "type": "0x1"}]}})),
    ("Endpoint", endpoint("a", 1, type="vm", policyLabel=(1 << 32) - 1,
                          values={"x": 5, "y": "0x05"})),
    ("Endpoint", endpoint("b", 2, type=77, nve="hv-1")),
    ("AdvertisementAck", resource("a.b", {"applied": "5", "receiver": "b"})),
    ("VPCPolicy", policy()),
    ("VPCPolicy", policy(
        "b", endpointSelector={"matchLabels": {
            "app": "web", "example.com/x": ""}},
        ingress=[{}, {
            "from": [{"endpointSelector": {}}, {"endpointSelector": {
                "matchExpressions": [
                    {"key": "a.b/c", "operator": "In", "values": ["d", "e"]},
                    {"key": "f", "operator": "DoesNotExist"}]}}],
            "ports": [{"port": 80}, {"protocol": "ICMPv6"},
                      {"protocol": "UDP", "port": 1, "endPort": 65535}]}])),
    ("ExternalNetwork", resource("other", {
        "physicalNetwork": "physnet2", "vlan": 4094, "mtu": 1400,
        "subnets": [{"cidr": "2001:db8:f::/64",
                     "gateway": "2001:db8:f::1"}]})),
    ("VPCGateway", gateway(
        "g", snat=[{"cidr": "10.0.0.0/8", "address": "198.51.100.10"}],
        bfd={"intervalMs": 20, "multiplier": 255}, maxConnections=1)),
    ("FloatingIP", resource("f", {
        "externalNetwork": "outside", "address": "198.51.100.20",
        "endpoint": "a", "ip": "10.0.0.5", "mode": "distributed"})),
    ("VPCRoute", route("r", via=[{"gateway": "out", "weight": 1000},
                                 {"endpoint": "fw"}], priority=0,
                       **{"from": {"endpointSelector": {
                           "matchLabels": {"a": "b"}}}})),
    ("VPCRoute", route("drop", via=[{"drop": True}])),
    ("LoadBalancer", load_balancer("small", "10.0.0.100")),
    ("LoadBalancer", load_balancer(
        "all", "10.0.0.101", externalAddress="198.51.100.30", ports=[
            {"name": "http", "protocol": "TCP", "port": 80,
             "targetPort": 8080}, {"protocol": "SCTP", "port": 80}],
        backends={"endpointSelector": {"matchLabels": {"app": "web"}},
                  "weights": [{"endpointSelector": {}, "weight": 0}]},
        affinity="clientIP", healthCheck={
            "protocol": "HTTP", "port": 81, "path": "/", "intervalMs": 100,
            "failures": 100}, drainSeconds=86400,
        sourceRanges=["203.0.113.0/24"], **{"return": "masquerade"})),
    ("QoSClass", resource("gold", {"number": 3, "dscp": 63, "queue": 61439})),
    ("QoSClass", resource("plain", {"number": 2 ** 32 - 1})),
    ("QoSPolicy", policy("nothing")),
    ("QoSPolicy", policy("q", endpointSelector={}, model="uniform", egress={
        "kbps": 1, "burst": 1, "pps": 1}, ingress={"pps": 2 ** 32 - 1},
                         **{"class": "gold"})),
    ("VPCPolicy", policy(
        "c", policyTypes=["Ingress", "Egress"],
        ingress=[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}},
                           {"external": True}]}],
        egress=[{}, {"to": [{"endpointSelector": {}}, {"external": True}, {
            "ipBlock": {"cidr": "2001:db8::/32",
                        "except": ["2001:db8:1::/48"]}}],
                     "ports": [{"protocol": "UDP", "port": 53}]}])),
]

# Each fault is one that both must find, in the same place.
BAD = [
    ("VPC", vpc("a", 0), "spec.vni"),
    ("VPC", vpc("a", 1 << 24), "spec.vni"),
    ("VPC", vpc("a", "5"), "spec.vni"),
    ("VPC", resource("a", {}), "spec.vni"),
    ("VPC", vpc("a", 5, tenantId="x"), "spec.tenantId"),
    ("VPC", vpc("a", 5, mtu=67), "spec.mtu"),
    ("VPC", vpc("a", 5, subnets=[{}]), "spec.subnets[0].cidr"),
    ("VPC", vpc("A", 5), "metadata.name"),
    ("GeneveOption", option("a", "1"), "spec.type"),
    ("GeneveOption", option("a", "0x1", 6), "spec.length"),
    ("GeneveOption", option("a", "0x1", 128), "spec.length"),
    ("OptionProfile", resource("a", {}), "spec.options"),
    ("OptionProfile", resource("a", {"options": [{}]}),
     "spec.options[0].name"),
    ("NVE", resource("a", {"id": 1 << 32}), "spec.id"),
    ("NVE", resource("a", {"underlay": {"udpPort": 0}}),
     "spec.underlay.udpPort"),
    ("NVE", resource("a", {"transit": {"maxOptionBytes": 5}}),
     "spec.transit.maxOptionBytes"),
    ("NVE", resource("a", {"static": {"options": []}}), "spec.static.mode"),
    ("Endpoint", endpoint("a", 1, mac="02:00"), "spec.mac"),
    ("Endpoint", endpoint("a", 1, type=True), "spec.type"),
    ("Endpoint", endpoint("a", 1, policyLabel=-1), "spec.policyLabel"),
    ("Endpoint", endpoint("a", 1, values={"x": []}), "spec.values.x"),
    ("AdvertisementAck", resource("a.b", {}), "spec.applied"),
    ("VPCPolicy", resource("a", {}), "spec.vpc"),
    ("VPCPolicy", policy(endpointSelector={"matchLabels": {"a": "-"}}),
     "spec.endpointSelector.matchLabels.a"),
    ("VPCPolicy", policy(ingress=[{"from": [{"endpointSelector": {
        "matchExpressions": [{"key": "a", "operator": "Is"}]}}]}]),
     "spec.ingress[0].from[0].endpointSelector.matchExpressions[0].operator"),
    ("VPCPolicy", policy(ingress=[{"from": [{}]}]),
     "spec.ingress[0].from[0]"),
    ("VPCPolicy", policy(egress=[{"to": [{"external": True,
                                          "endpointSelector": {}}]}]),
     "spec.egress[0].to[0]"),
    ("VPCPolicy", policy(egress=[{"to": [{"external": False}]}]),
     "spec.egress[0].to[0].external"),
    ("VPCPolicy", policy(egress=[{"to": [{"ipBlock": {}}]}]),
     "spec.egress[0].to[0].ipBlock.cidr"),
    ("VPCPolicy", policy(policyTypes=["egress"]), "spec.policyTypes[0]"),
    ("VPCPolicy", policy(ingress=[{"ports": [{"protocol": "tcp"}]}]),
     "spec.ingress[0].ports[0].protocol"),
    ("VPCPolicy", policy(ingress=[{"ports": [{"port": 65536}]}]),
     "spec.ingress[0].ports[0].port"),
    ("ExternalNetwork", network("a", physicalNetwork="a:b"),
     "spec.physicalNetwork"),
    ("ExternalNetwork", network("a", vlan=4095), "spec.vlan"),
    ("ExternalNetwork", network("a", subnets=[]), "spec.subnets"),
    ("VPCGateway", gateway("a", nodes=[{"priority": 1}]),
     "spec.nodes[0].nve"),
    ("VPCGateway", gateway("a", nodes=[{"nve": "a", "priority": 65536}]),
     "spec.nodes[0].priority"),
    ("VPCGateway", gateway("a", snat=[{"cidr": "10.0.0.0/8"}]),
     "spec.snat[0].address"),
    ("VPCGateway", gateway("a", bfd={"intervalMs": 19}),
     "spec.bfd.intervalMs"),
    ("FloatingIP", resource("a", {"externalNetwork": "outside",
                                  "address": "198.51.100.20"}),
     "spec.endpoint"),
    ("FloatingIP", resource("a", {
        "externalNetwork": "outside", "address": "198.51.100.20",
        "endpoint": "a", "mode": "none"}), "spec.mode"),
    ("VPCRoute", route("a", via=[]), "spec.via"),
    ("VPCRoute", route("a", via=[{"gateway": "out", "weight": 0}]),
     "spec.via[0].weight"),
    ("LoadBalancer", load_balancer("a", "10.0.0.9", ports=[]), "spec.ports"),
    ("LoadBalancer", load_balancer("a", "10.0.0.9", ports=[
        {"port": 80, "targetPort": 0}]), "spec.ports[0].targetPort"),
    ("LoadBalancer", load_balancer("a", "10.0.0.9", backends={}),
     "spec.backends.endpointSelector"),
    ("LoadBalancer", load_balancer("a", "10.0.0.9", affinity="cookie"),
     "spec.affinity"),
    ("LoadBalancer", load_balancer("a", "10.0.0.9", **{"return": "none"}),
     "spec.return"),
    ("LoadBalancer", load_balancer("a", "10.0.0.9", healthCheck={}),
     "spec.healthCheck.protocol"),
    ("LoadBalancer", load_balancer("a", "10.0.0.9", healthCheck={
        "protocol": "TCP", "failures": 101}), "spec.healthCheck.failures"),
    ("QoSPolicy", policy(egress={"kbps": 0}), "spec.egress.kbps"),
    ("QoSPolicy", policy(model="short"), "spec.model"),
    ("QoSClass", resource("a", {"dscp": 1}), "spec.number"),
    ("QoSClass", resource("a", {"number": 1, "dscp": 64}), "spec.dscp"),
    ("QoSClass", resource("a", {"number": 1, "queue": 61440}),
     "spec.queue"),
]
PLURALS = {kind: plural for kind, plural in (
    ("VPC", "vpcs"), ("GeneveOption", "geneveoptions"),
    ("OptionProfile", "optionprofiles"), ("NVE", "nves"),
    ("Endpoint", "endpoints"), ("AdvertisementAck", "advertisementacks"),
    ("VPCPolicy", "vpcpolicies"), ("ExternalNetwork", "externalnetworks"),
    ("VPCGateway", "vpcgateways"), ("FloatingIP", "floatingips"),
    ("VPCRoute", "vpcroutes"), ("LoadBalancer", "loadbalancers"),
    ("QoSPolicy", "qospolicies"), ("QoSClass", "qosclasses"))}


@pytest.mark.parametrize("kind, obj", GOOD)
def test_good_objects(client, kind, obj):
    assert faults(SCHEMAS[PREFIX + kind], obj) == []
    made = client.create("/" + PLURALS[kind], obj).body
    assert faults(SCHEMAS[PREFIX + kind], made) == []
    listed = client.get("/" + PLURALS[kind]).body
    assert faults(SCHEMAS[PREFIX + kind + "List"], listed) == []


def test_what_an_agent_publishes(client):
    """Nothing of it is unknown to the schemas: a Kubernetes API server prunes
    what is."""
    status = {
        "receive": {"id": 1795301085553, "encapsulation": "geneve",
                    "options": [{"class": "0xff01", "type": "0x81",
                                 "length": 4, "required": True}],
                    "order": "first", "maxOptions": 3, "maxOptionBytes": 64},
        "withdrawing": {"id": 1795301085553, "options": ["0xff01/0x02"],
                        "required": ["0xff01/0x81"],
                        "until": "2026-11-21T22:00:00Z"},
        "transmit": {"maxOptions": 64, "maxOptionBytes": 252,
                     "order": ["0xff01/0x81"]},
        "conditions": [{"type": "Ready", "status": "True"}],
        "agentVersion": "1"}
    client.create("/nves", resource("published", {}))
    made = client.patch("/nves/published/status", {"status": status}).body
    assert made["status"] == status

    def unknown(schema, value, where):
        if isinstance(value, list):
            return [f for item in value
                    for f in unknown(schema["items"], item, where)]
        if not isinstance(value, dict) or "properties" not in schema:
            return []
        return [f for key, item in value.items() for f in (
            unknown(schema["properties"][key], item, where + "." + key)
            if key in schema["properties"] else [where + "." + key])]
    schema = SCHEMAS[PREFIX + "NVE"]["properties"]["status"]
    assert unknown(schema, status, "status") == []
    assert faults(schema, status) == []


@pytest.mark.parametrize("kind, obj, field", BAD)
def test_bad_objects(client, kind, obj, field):
    assert faults(SCHEMAS[PREFIX + kind], obj) == [field]
    answer = client.post("/" + PLURALS[kind], obj)
    assert answer.code == 422 and answer.fields == [field], answer
    assert faults(SCHEMAS[PREFIX + "Status"], answer.body) == []


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl here")
def test_kubectl(client, tmp_path):
    """The real one, without any flag to be lenient."""
    def kubectl(*args, obj=None):
        result = subprocess.run(
            ["kubectl", "--server=http://127.0.0.1:%d" % client.port,
             "--cache-dir=%s/cache" % tmp_path, *args],
            env=dict(os.environ, KUBECONFIG=str(tmp_path / "none")),
            input=obj and json.dumps(dict(
                obj, apiVersion="nvo3.io/v1alpha1", kind="VPC")),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=60)
        assert result.returncode == 0, result.stdout
        return result.stdout
    assert "created" in kubectl("create", "-f", "-", obj=vpc("kube", 900))
    assert "configured" in kubectl("apply", "-f", "-", obj=vpc("kube", 901))
    assert "unchanged" in kubectl("apply", "-f", "-", obj=vpc("kube", 901))
    kubectl("label", "vpc", "kube", "a=b")
    assert "vpc.nvo3.io/kube" in kubectl("get", "vn,vep", "-l", "a=b",
                                         "-o", "name")
    assert "VPC" in kubectl("explain", "vpc.spec")
    assert "deleted" in kubectl("delete", "vpc", "kube")
