"""What clients of nvad do wrong, by mistake or on purpose, and that others
notice nothing of it."""
import pytest

from nvadlib import Nva, endpoint, resource, vpc


@pytest.fixture(scope="module")
def nva():
    nva = Nva()
    try:
        nva.start().wait_ready()
        client = nva.client()
        client.create("/vpcs", vpc("blue", 100))
        client.create("/vpcs", vpc("red", 101))
        yield nva
    finally:
        nva.stop()


@pytest.fixture
def client(nva):
    client = nva.client()
    yield client
    client.close()


def names(answer):
    assert answer.code == 200, answer
    return [item["metadata"]["name"] for item in answer.body["items"]]


# Selectors.

@pytest.mark.parametrize("what, how_many, limit", [
    ("values", 6000, "more than 1000 values"),
    ("terms", 8000, "more than 32 terms")])
def test_selector_that_takes_long_is_refused(client, what, how_many, limit):
    words = ",".join("a%d" % i for i in range(how_many))[:28000]
    selector = "a+in+(%s)" % words if what == "values" else words
    answer = client.get("/endpoints?labelSelector=" + selector)
    assert answer.code == 400, answer
    assert limit in answer.body["message"]
    assert len(answer.raw) < 500


def test_selection_by_vpc(client):
    """By what the spec says: for lists, and for watches, to which an object
    of another VPC is none."""
    one = client.watch("/endpoints", fieldSelector="spec.vpc%3Dblue")
    client.create("/endpoints", endpoint("r", 1, "red"))
    client.create("/endpoints", endpoint("b", 2, "blue"))
    client.create("/vpcpolicies", resource("p", {"vpc": "red"}))
    assert [e[1]["metadata"]["name"] for e in one.until("b")] == ["b"]
    one.close()
    for path, expected in (
            ("endpoints?fieldSelector=spec.vpc%3Dblue", ["b"]),
            ("endpoints?fieldSelector=spec.vpc!%3Dblue", ["r"]),
            ("endpoints?fieldSelector=spec.vpc%3Dred,metadata.name%3Db", []),
            ("vpcpolicies?fieldSelector=spec.vpc%3Dred", ["p"]),
            ("vpcpolicies?fieldSelector=spec.vpc%3Dblue", [])):
        assert names(client.get("/" + path)) == expected
    answer = client.get("/vpcs?fieldSelector=spec.vpc%3Dblue")
    assert answer.code == 400, answer
    for path in "endpoints/r", "endpoints/b", "vpcpolicies/p":
        assert client.delete("/" + path).code == 200
