"""One nvad for the tests of a module, empty again after each of them, and what
its answers must look like.
"""
import pytest

from nvadlib import started_nva, vpc


@pytest.fixture(scope="module")
def nva():
    with started_nva() as nva:
        yield nva


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
