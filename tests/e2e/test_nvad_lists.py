"""nvad's lists: versions, selectors, pages."""
import pytest

from nvad_server import refused
from nvad_server import client, nva                  # noqa: F401
from nvadlib import resource, vpc


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
