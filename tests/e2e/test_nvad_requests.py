"""What nvad's REST interface serves, as it says itself, and requests that it
refuses without a look at objects.
"""
import json

import pytest

from nvad_server import refused
from nvad_server import client, nva                  # noqa: F401
from nvadlib import API, JSON, MERGE_PATCH, abandon, resource, tcp, vpc

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
