"""What clients of nvad do wrong, by mistake or on purpose, and that others
notice nothing of it."""
import pytest

from nvadlib import API, JSON, MERGE_PATCH, Nva, endpoint, resource, vpc


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


# Members that mean nothing.

ODD = ('{"metadata": {"name": "odd"}, "spec": {"vpc": "blue", '
       '"ingress": [{%s}]}}')
DOUBLED = '"from": [{"endpointSelector": {}}], "from": []'
MISSPELT = '"form": [{"endpointSelector": {"matchLabels": {"a": "b"}}}]'
WORDS = {DOUBLED: 'duplicate field "spec.ingress[0].from"',
         MISSPELT: 'unknown field "spec.ingress[0].form"'}


@pytest.mark.parametrize("rule", [DOUBLED, MISSPELT],
                         ids=["doubled", "misspelt"])
def test_members_that_mean_nothing(client, rule):
    """Either policy would allow everything."""
    def write(method, path, content_type=JSON):
        return client.raw(method, API + "/vpcpolicies" + path,
                          (ODD % rule).encode(), content_type)

    def refused(answer):
        assert answer.code == 400, answer
        assert answer.body["reason"] == "BadRequest"
        assert answer.body["message"].endswith(
            "strict decoding error: " + WORDS[rule])

    refused(write("POST", ""))
    refused(write("POST", "?fieldValidation=Strict&dryRun=All"))
    assert client.get("/vpcpolicies/odd").code == 404
    answer = write("POST", "?fieldValidation=Warn")
    assert answer.code == 201, answer
    assert answer.warnings == [
        '299 - "%s"' % WORDS[rule].replace('"', r'\"')]
    refused(write("PUT", "/odd"))
    refused(write("PATCH", "/odd", MERGE_PATCH))
    answer = write("PUT", "/odd?fieldValidation=Ignore")
    assert answer.code == 200 and not answer.warnings, answer
    assert write("PUT", "/odd?fieldValidation=Some").code == 400
    # A patch that mends it, or does something else, is taken.
    for ingress in [{"form": None, "from": []}], [{}]:
        assert client.patch("/vpcpolicies/odd",
                            {"spec": {"ingress": ingress, "form": None},
                             "metadata": {"managedFields": []}}).code == 200
    assert client.delete("/vpcpolicies/odd").code == 200


def test_members_everywhere(client):
    for path, obj, where in (
            ("vpcs", {"spec": {"vni": 1000}, "metadata": {"name": "x"},
                      "sepc": {}}, "sepc"),
            ("vpcs", vpc("x", 1000, subnets=[{"cidr": "10.0.0.0/8"},
                                             {"cidr": "11.0.0.0/8", "gw": 1}]),
             "spec.subnets[1].gw"),
            ("nves", resource("x", {"underlay": {"ip": []}}),
             "spec.underlay.ip"),
            ("endpoints", resource("x", endpoint("x", 3)["spec"],
                                   lables={"a": "b"}), "metadata.lables"),
            ("endpoints", endpoint("x", 3, values={"any": 1}, tpye="vm"),
             "spec.tpye")):
        answer = client.post("/" + path, obj)
        assert answer.code == 400, answer
        assert 'unknown field "%s"' % where in answer.body["message"]
    # What agents say of themselves is theirs, also that of newer ones.
    client.create("/nves", dict(resource("x", {}), status={"new": 1}))
    assert client.patch("/nves/x/status",
                        {"status": {"transmit": {"new": 1}}}).code == 200
    assert client.delete("/nves/x").code == 200
