"""nvad's watches: order, bookmarks, selectors, what is too old, who is too
slow."""
import json
import threading
import time

import pytest

from nvadlib import API, endpoint, resource, started_nva, vpc
from waiting import wait_until


@pytest.fixture(scope="module")
def nva():
    with started_nva("--bookmark-interval=1", "--watch-history=64") as nva:
        nva.client().create("/vpcs", vpc("blue", 100))
        yield nva


@pytest.fixture
def client(nva):
    client = nva.client()
    yield client
    for plural in "endpoints", "nves":
        for item in client.get("/" + plural).body["items"]:
            client.delete("/%s/%s" % (plural, item["metadata"]["name"]))
    client.close()


@pytest.fixture
def watches(client):
    """Makes watches that are closed after the test."""
    made = []

    def watch(path="/endpoints", **args):
        made.append(client.watch(path, **args))
        return made[-1]
    yield watch
    for w in made:
        w.close()


def brief(events):
    """Events as (type, name)."""
    return [(kind, obj["metadata"]["name"]) for kind, obj in events]


def rv(obj):
    return int(obj["metadata"]["resourceVersion"])


def label(client, name, value):
    answer = client.patch("/endpoints/" + name,
                          {"metadata": {"labels": {"l": value}}})
    assert answer.code == 200
    return answer


def test_everything_first(client, watches):
    for k in range(3):
        client.create("/endpoints", endpoint("e%d" % k, k))
    for args in {}, {"resourceVersion": "0"}, {"resourceVersion": ""}:
        watch = watches(**args)
        assert brief(watch.next() for _ in range(3)) == [
            ("ADDED", "e0"), ("ADDED", "e1"), ("ADDED", "e2")]
    label(client, "e1", "x")
    kind, obj = watch.next()
    assert kind == "MODIFIED" and obj == client.get("/endpoints/e1").body


def test_changes_in_order(client, watches):
    start = client.get("/endpoints").rv
    watch = watches(resourceVersion=start)
    client.create("/endpoints", endpoint("a", 1))
    client.create("/endpoints", endpoint("b", 2))
    label(client, "a", "1")
    client.patch("/endpoints/a/status", {"status": {"phase": "x"}})
    client.delete("/endpoints/a")
    client.create("/endpoints", endpoint("a", 1))
    client.create("/endpoints", endpoint("end", 9))
    events = watch.until("end")
    assert brief(events) == [
        ("ADDED", "a"), ("ADDED", "b"), ("MODIFIED", "a"), ("MODIFIED", "a"),
        ("DELETED", "a"), ("ADDED", "a"), ("ADDED", "end")]
    versions = [rv(obj) for _, obj in events]
    assert versions == sorted(set(versions)) and versions[0] > start
    assert events[4][1]["status"] == {"phase": "x"}
    assert (events[4][1]["metadata"]["uid"]
            != events[5][1]["metadata"]["uid"])

    # From the middle, each time just the rest, from deletions too.
    for n, version in enumerate(versions):
        again = watches(resourceVersion=version)
        client.create("/endpoints", endpoint("end%d" % n, 20 + n))
        assert brief(again.until("end%d" % n))[:6 - n] == brief(
            events)[n + 1:]


def test_other_kinds_are_not_seen(client, watches):
    watch = watches("/nves", resourceVersion=client.get("/nves").rv)
    client.create("/endpoints", endpoint("a", 1))
    client.create("/nves", resource("end", {}))
    assert brief(watch.until("end")) == [("ADDED", "end")]


def test_label_selector(client, watches):
    start = client.get("/endpoints").rv
    watch = watches(resourceVersion=start, labelSelector="l%3Dx")
    client.create("/endpoints", endpoint("a", 1))
    label(client, "a", "x")
    label(client, "a", "x")
    client.patch("/endpoints/a", {"spec": {"policyLabel": 5}})
    gone = label(client, "a", "y")
    label(client, "a", "x")
    client.delete("/endpoints/a")
    obj = endpoint("end", 2)
    obj["metadata"]["labels"] = {"l": "x"}
    client.create("/endpoints", obj)
    events = watch.until("end")
    assert brief(events) == [
        ("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a"), ("ADDED", "a"),
        ("DELETED", "a"), ("ADDED", "end")]
    assert rv(events[2][1]) == gone.rv
    assert events[2][1]["metadata"]["labels"]["l"] == "x"
    initial = watches(labelSelector="l")
    assert brief([initial.next()]) == [("ADDED", "end")]


def test_vpc_label(client, watches):
    """What agents do: watch the VPCs that they have endpoints of."""
    watch = watches(labelSelector="nvo3.io/vpc+in+(blue,red)")
    client.create("/endpoints", endpoint("a", 1))
    assert brief([watch.next()]) == [("ADDED", "a")]


def test_field_selector(client, watches):
    watch = watches(fieldSelector="metadata.name%3Db")
    for k, name in enumerate("abc"):
        client.create("/endpoints", endpoint(name, k))
    client.delete("/endpoints/a")
    client.delete("/endpoints/b")
    assert brief(watch.next() for _ in range(2)) == [
        ("ADDED", "b"), ("DELETED", "b")]


def test_bookmarks(client, watches):
    client.create("/endpoints", endpoint("a", 1))
    start = client.get("/endpoints").rv
    watch = watches(resourceVersion=start, allowWatchBookmarks="true")
    kind, obj = watch.next()
    assert kind == "BOOKMARK" and rv(obj) == start
    assert obj["kind"] == "Endpoint" and "spec" not in obj

    # They go on, and follow what happens to other kinds.
    later = client.create("/nves", resource("n", {})).rv
    seen = []
    while not seen or seen[-1] < later:
        kind, obj = watch.next()
        assert kind == "BOOKMARK"
        seen.append(rv(obj))
    assert seen == sorted(seen)

    # A bookmark never comes before what it covers.
    for k in range(5, 15):
        client.create("/endpoints", endpoint("e%d" % k, k))
    last = start
    while True:
        kind, obj = watch.next()
        assert rv(obj) >= last
        assert kind == "BOOKMARK" or rv(obj) > last
        last = rv(obj)
        if obj["metadata"].get("name") == "e14":
            break
    resumed = watches(resourceVersion=seen[-1])
    assert brief(resumed.until("e14")) == [
        ("ADDED", "e%d" % k) for k in range(5, 15)]


def test_bookmark_after_the_initial_part(client, watches):
    client.create("/endpoints", endpoint("a", 1))
    watch = watches(allowWatchBookmarks=1)
    assert [watch.next()[0] for _ in range(2)] == ["ADDED", "BOOKMARK"]
    watch = watches(allowWatchBookmarks=1, sendInitialEvents="true",
                    resourceVersionMatch="NotOlderThan",
                    resourceVersion=client.get("/endpoints").rv)
    assert watch.next()[0] == "ADDED"
    kind, obj = watch.next()
    assert kind == "BOOKMARK" and obj["metadata"]["annotations"] == {
        "k8s.io/initial-events-end": "true"}


def test_no_bookmarks_unless_wanted(client, watches):
    watch = watches(resourceVersion=client.get("/endpoints").rv,
                    timeoutSeconds=2)
    assert watch.next() is None


def test_timeout(client, watches):
    start = time.monotonic()
    watch = watches(timeoutSeconds=1)
    assert watch.next() is None
    assert 0.9 < time.monotonic() - start < 10


def assert_expired(answer):
    assert answer.code == 410, answer
    body = answer.body
    assert body["kind"] == "Status" and body["code"] == 410
    assert body["reason"] == "Expired"


def test_too_old(client):
    client.create("/nves", resource("quiet", {}))
    quiet = client.get("/nves").rv
    old = client.create("/endpoints", endpoint("a", 1)).rv
    page = client.get("/endpoints?limit=1")
    client.create("/endpoints", endpoint("b", 2))
    page = client.get("/endpoints?limit=1")
    token = page.body["metadata"]["continue"]
    for k in range(80):
        label(client, "a", "v%d" % k)
    for version in old, 1, client.get("/endpoints").rv + 1000000:
        assert_expired(client.get("/endpoints?watch=1&resourceVersion=%d"
                                  % version))
    assert_expired(client.get("/endpoints?limit=1&continue=" + token))
    assert_expired(client.get("/endpoints?resourceVersionMatch=Exact"
                              "&resourceVersion=%d" % old))
    # A kind that did not change has kept its history.
    watch = client.watch("/nves", resourceVersion=quiet, timeoutSeconds=1)
    assert watch.code == 200
    watch.close()


def big(name, n):
    return resource(name, {}, annotations={"text": "x" * n})


def test_slow_watcher_gets_an_error(nva, client, watches):
    """One that stops reading until its place in the history is gone is told
    so, after what was sent before, and costs no memory meanwhile."""
    client.create("/nves", big("n", 100))
    watch = watches("/nves", receive_buffer=32768)
    assert watch.next()[0] == "ADDED"
    size = 250000
    memory = []
    for k in range(140):
        answer = client.patch("/nves/n", {"metadata": {"annotations": {
            "text": "%d" % k + "x" * size}}})
        assert answer.code == 200
        memory.append(nva.rss())
    # The history of 64 events was full half-way.
    assert memory[139] - memory[70] < 30 * size
    last, kinds = 0, []
    while True:
        event = watch.next()
        assert event, "the stream ended without an ERROR"
        kind, obj = event
        kinds.append(kind)
        if kind == "ERROR":
            assert obj["kind"] == "Status" and obj["code"] == 410
            break
        assert rv(obj) > last
        last = rv(obj)
    assert watch.next() is None
    assert set(kinds[:-1]) == {"MODIFIED"}
    assert len(kinds) < 140


def test_slow_watcher_that_comes_back(client, watches):
    """Within the history nothing is lost."""
    client.create("/nves", resource("n", {}))
    watch = watches("/nves", receive_buffer=32768)
    assert watch.next()[0] == "ADDED"
    for k in range(60):
        client.patch("/nves/n", {
            "spec": {"id": k},
            "metadata": {"annotations": {"text": "x" * 50000}}})
    assert [watch.next()[1]["spec"]["id"] for _ in range(60)] == list(
        range(60))


def test_changes_of_others_outlast_no_watcher(client, watches):
    """Who waits for something rare has missed nothing, however much else has
    changed."""
    client.create("/nves", resource("rare", {}))
    client.create("/nves", resource("busy", {}))
    version = client.get("/nves").rv
    by_name = watches("/nves", fieldSelector="metadata.name=rare",
                      resourceVersion=version)
    by_label = watches("/nves", labelSelector="l=rare",
                       resourceVersion=version)
    for k in range(100):
        client.patch("/nves/busy", {"spec": {"id": k}})
    client.patch("/nves/rare", {"metadata": {"labels": {"l": "rare"}}})
    assert brief([by_name.next()]) == [("MODIFIED", "rare")]
    assert brief([by_label.next()]) == [("ADDED", "rare")]
    for k in range(100):
        client.patch("/nves/busy", {"spec": {"id": k}})
    client.delete("/nves/rare")
    assert brief([by_name.next()]) == [("DELETED", "rare")]
    assert brief([by_label.next()]) == [("DELETED", "rare")]


def test_closed_connections_are_noticed(nva, client):
    before = int(nva.status()["watches"])
    watches = [client.watch("/endpoints") for _ in range(20)]
    watches += [client.watch("/endpoints", allowWatchBookmarks=1)
                for _ in range(20)]
    assert int(nva.status()["watches"]) == before + 40
    for watch in watches:
        watch.close()
    wait_until(lambda: int(nva.status()["watches"]) == before,
               "all watches are gone")


def test_many_watchers(nva, client):
    """Each sees all of it."""
    watches = [client.watch("/endpoints", resourceVersion=client.get(
        "/endpoints").rv) for _ in range(200)]
    names = ["m%d" % k for k in range(20)]

    def write():
        writer = nva.client()
        for k, name in enumerate(names):
            writer.create("/endpoints", endpoint(name, 1000 + k))
    thread = threading.Thread(target=write)
    thread.start()
    for watch in watches:
        assert brief(watch.until(names[-1])) == [("ADDED", name)
                                                 for name in names]
        watch.close()
    thread.join()


def test_list_then_watch_misses_nothing(nva, client):
    """A client that lists and then watches, while others write, has the same
    objects as the server, at every time that it begins."""
    stop = threading.Event()

    def write():
        writer = nva.client()
        k = 0
        while not stop.is_set():
            name = "w%d" % (k % 7)
            if writer.get("/endpoints/" + name).code == 404:
                writer.create("/endpoints", endpoint(name, 2000 + k % 7))
            elif k % 3:
                label(writer, name, "v%d" % k)
            else:
                writer.delete("/endpoints/" + name)
            k += 1
    thread = threading.Thread(target=write)
    thread.start()
    try:
        mirrors = []
        for _ in range(30):
            answer = client.get("/endpoints")
            objects = {o["metadata"]["name"]: o
                       for o in answer.body["items"]}
            watch = client.watch("/endpoints", resourceVersion=answer.rv)
            mirrors.append((objects, watch, answer.rv))
    finally:
        stop.set()
        thread.join()
    client.create("/endpoints", endpoint("end", 3000))
    truth = {o["metadata"]["name"]: o
             for o in client.get("/endpoints").body["items"]}
    for objects, watch, last in mirrors:
        for kind, obj in watch.until("end"):
            name = obj["metadata"]["name"]
            assert rv(obj) > last
            last = rv(obj)
            assert (name in objects) == (kind != "ADDED")
            if kind == "DELETED":
                del objects[name]
            else:
                objects[name] = obj
        watch.close()
        assert objects == truth


def test_events_are_lines(client):
    client.create("/endpoints", endpoint("a", 1))
    answer = client.raw("GET", API + "/endpoints?watch=1&timeoutSeconds=1")
    assert answer.headers["Content-Type"] == "application/json"
    lines = answer.raw.decode().splitlines()
    assert len(lines) == 1 and json.loads(lines[0])["type"] == "ADDED"
