"""Nothing that nvad answered is lost, whatever is killed when, and
resourceVersions only grow."""
import contextlib
import http.client
import json
import random
import threading
import time

import pytest

from nvadlib import (API, MERGE_PATCH, Nva, Process, PROGRAM, endpoint,
                     resource, vpc)
from stopping import stopped
from waiting import PATIENCE, wait_until


@pytest.fixture
def new_nva():
    """Starts controllers with options; they end with the test."""
    made = []

    def new(*options):
        made.append(Nva(*options))
        return made[-1].start().wait_ready()
    yield new
    for nva in made:
        nva.stop()


def everything(client):
    return {plural: client.get("/" + plural).body["items"]
            for plural in ("geneveoptions", "vpcs", "endpoints", "nves")}


def kill(nva, which):
    if which == "nvad":
        nva.nvad.kill()
        nva.start_nvad()
    else:
        nva.ovsdb.kill()
        nva.start_ovsdb()


@pytest.mark.parametrize("which", ["nvad", "ovsdb-server"])
def test_kill_after_each_answer(new_nva, which):
    """Killed right after an answer: what was answered is there, and the next
    version is higher."""
    nva = new_nva()
    client = nva.client()
    last = client.create("/vpcs", vpc("blue", 5)).rv
    for k in range(4):
        made = client.create("/endpoints", endpoint("e%d" % k, k))
        assert made.rv > last
        last = client.patch("/endpoints/e%d/status" % k,
                            {"status": {"phase": "p%d" % k}}).rv
        assert last > made.rv
        if k == 3:
            assert client.delete("/endpoints/e1").code == 200
        before = everything(client)
        kill(nva, which)
        client.close()
        nva.wait_ready(client)
        assert everything(client) == before
        assert client.get("/endpoints").rv >= last
        assert client.get("/endpoints/e1").code == (404 if k >= 3 or k < 1
                                                    else 200)


def test_versions_grow_over_deletions_and_restarts(new_nva):
    """A deletion takes a version of its own, and the database forgets it
    not."""
    nva = new_nva()
    client = nva.client()
    client.create("/vpcs", vpc("blue", 5))
    client.delete("/vpcs/blue")
    last = client.get("/vpcs").rv
    for which in "nvad", "ovsdb-server":
        kill(nva, which)
        client.close()
        nva.wait_ready(client)
        assert client.get("/vpcs").rv >= last
        made = client.create("/vpcs", vpc("blue", 5))
        assert made.rv > last
        client.delete("/vpcs/blue")
        last = client.get("/vpcs").rv
        assert last > made.rv


def test_watch_over_restarts(new_nva):
    """nvad's history dies with it: a watch from the last version goes on, one
    from before is told to list again.  ovsdb-server's death ends no watch."""
    nva = new_nva()
    client = nva.client()
    old = client.create("/vpcs", vpc("a", 5)).rv
    now = client.create("/vpcs", vpc("b", 6)).rv
    watch = client.watch("/vpcs", resourceVersion=now)
    nva.ovsdb.kill()
    nva.start_ovsdb()
    made = wait_created(client, "/vpcs", vpc("c", 7))
    kind, obj = watch.next()
    assert kind == "ADDED" and obj == made
    watch.close()

    now = client.get("/vpcs").rv
    nva.nvad.kill()
    nva.start_nvad()
    client.close()
    nva.wait_ready(client)
    answer = client.get("/vpcs?watch=1&resourceVersion=%d" % old)
    assert answer.code == 410 and answer.body["reason"] == "Expired"
    watch = client.watch("/vpcs", resourceVersion=now)
    assert watch.code == 200
    client.create("/vpcs", vpc("d", 8))
    kind, obj = watch.next()
    assert kind == "ADDED" and obj["metadata"]["name"] == "d"
    watch.close()


def wait_created(client, path, obj):
    """Creates an object although the database may be away for a moment."""
    answer = client.post(path, obj)
    assert answer.code == 201, answer
    return answer.body


def test_without_database(new_nva):
    """Reads go on; writes wait for a time, then are told to come again."""
    nva = new_nva("--write-timeout=1")
    client = nva.client()
    made = client.create("/vpcs", vpc("blue", 5))
    watch = client.watch("/vpcs")
    assert watch.next()[0] == "ADDED"
    nva.ovsdb.kill()
    wait_until(lambda: nva.status()["database"] != "connected",
               "nvad notices")
    assert client.get("/vpcs/blue").body == made.body
    assert client.get("/vpcs").code == 200
    start = time.monotonic()
    answer = client.patch("/vpcs/blue", {"spec": {"mtu": 1400}})
    assert answer.code == 503
    assert 0.9 < time.monotonic() - start < PATIENCE
    assert answer.headers["Retry-After"]
    assert answer.body["reason"] == "ServiceUnavailable"
    assert "database" in answer.body["message"]
    # What is malformed needs no database.
    assert client.raw("POST", API + "/vpcs", b"{").code == 400
    nva.start_ovsdb()
    wait_until(lambda: nva.status()["database"] == "connected",
               "nvad is back")
    answer = client.patch("/vpcs/blue", {"spec": {"mtu": 1400}})
    assert answer.code == 200
    assert watch.next()[1] == answer.body
    watch.close()


def test_writes_wait_for_the_database(new_nva):
    nva = new_nva()
    nva.client().create("/vpcs", vpc("blue", 5))
    nva.ovsdb.kill()
    answers = []

    def write(k):
        answers.append(nva.client().post("/endpoints",
                                         endpoint("e%d" % k, k)))
    threads = [threading.Thread(target=write, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    wait_until(lambda: int(nva.status()["writes waiting"]) == 8,
               "all writes wait")
    nva.start_ovsdb()
    for thread in threads:
        thread.join()
    assert [a.code for a in answers] == [201] * 8
    assert len({a.rv for a in answers}) == 8


def test_database_hangs(new_nva):
    """ovsdb-server is there, but does not answer; the write that was under
    way is answered with 503, and shows later, once."""
    nva = new_nva("--write-timeout=1")
    client = nva.client()
    client.create("/vpcs", vpc("blue", 5))
    watch = client.watch("/vpcs", resourceVersion=client.get("/vpcs").rv)
    with stopped(nva.ovsdb.popen.pid):
        answer = client.post("/vpcs", vpc("red", 6))
        assert answer.code == 503 and answer.headers["Retry-After"]
        assert "not known" in answer.body["message"]
        assert client.get("/vpcs/blue").code == 200
    answer = client.post("/vpcs", vpc("green", 7))
    assert answer.code == 201
    seen = [watch.next()[1]["metadata"]["name"]]
    if seen == ["red"]:
        assert client.get("/vpcs/red").code == 200
        seen.append(watch.next()[1]["metadata"]["name"])
    else:
        assert client.get("/vpcs/red").code == 404
    assert seen[-1] == "green"
    watch.close()


class Writer(threading.Thread):
    """Writes to objects of its own, and keeps what was answered.  After an
    answer that did not come it looks which of two outcomes it was."""

    def __init__(self, nva, number, stop):
        super().__init__()
        self.nva = nva
        self.number = number
        self.stop = stop
        self.random = random.Random(number)
        self.state = {}             # name -> id, what must be there
        self.versions = []          # of all answers, in order
        self.answered = 0
        self.error = None

    def run(self):
        try:
            client = self.nva.client()
            while not self.stop.is_set():
                self.step(client)
        except Exception as error:              # Shown by the test.
            self.error = error

    def step(self, client):
        name = "w%d-%d" % (self.number, self.random.randrange(5))
        new = self.random.randrange(1 << 31)
        if name not in self.state:
            body, method, path = resource(name, {"id": new}), "POST", "/nves"
        elif self.random.random() < 0.2:
            body, method, path, new = None, "DELETE", "/nves/" + name, None
        else:
            body, method, path = {"spec": {"id": new}}, "PATCH", ("/nves/"
                                                                 + name)
        content_type = (MERGE_PATCH if method == "PATCH"
                        else "application/json")
        try:
            answer = client.request(method, path, body, content_type)
        except (OSError, http.client.HTTPException):
            self.find_out(name, new)
            return
        if answer.code == 503:
            self.find_out(name, new)
            return
        assert answer.code in (200, 201), answer
        self.answered += 1
        if method != "DELETE":
            self.versions.append(answer.rv)
        self.set(name, new)

    def set(self, name, new):
        if new is None:
            self.state.pop(name, None)
        else:
            self.state[name] = new

    def find_out(self, name, new):
        """The write of 'new' was not answered: both are fine, no third."""
        client = self.nva.client()
        answer = self.get(client, "/nves/" + name)
        found = (answer.body["spec"]["id"] if answer.code == 200 else None)
        assert found in (new, self.state.get(name)), (
            name, found, new, self.state.get(name))
        self.set(name, found)

    def get(self, client, path):
        def answer():
            with contextlib.suppress(OSError, http.client.HTTPException):
                found = client.get(path)
                return found if found.code != 503 else None
            return None
        return wait_until(answer, "nvad is back", 3 * PATIENCE)


def check_watch(nva, stop, errors):
    """A mirror kept by list and watch, over all that happens.  Its versions
    grow, an ADDED is of what was not there, and at the end it is right."""
    try:
        objects, last, watch = {}, 0, None
        while True:
            try:
                if not watch:
                    answer = nva.client().get("/nves")
                    if answer.code != 200:
                        continue
                    assert answer.rv >= last
                    last = answer.rv
                    objects = {o["metadata"]["name"]: o
                               for o in answer.body["items"]}
                    watch = nva.client().watch("/nves", resourceVersion=last)
                    if watch.code != 200:
                        watch = None
                        continue
                event = watch.next()
            except (OSError, http.client.HTTPException,
                    json.JSONDecodeError):
                watch = None
                continue
            if not event or event[0] == "ERROR":
                watch = None
                continue
            kind, obj = event
            name = obj["metadata"]["name"]
            version = int(obj["metadata"]["resourceVersion"])
            assert version > last
            last = version
            assert (name in objects) == (kind != "ADDED"), (kind, name)
            if kind == "DELETED":
                del objects[name]
            else:
                objects[name] = obj
            if name == "end":
                truth = nva.client().get("/nves").body["items"]
                assert {o["metadata"]["name"]: o for o in truth} == objects
                return
    except Exception as error:
        errors.append(error)
        stop.set()


@pytest.mark.parametrize("victims", [("nvad",), ("ovsdb-server",),
                                     ("nvad", "ovsdb-server")],
                         ids=["nvad", "ovsdb-server", "both"])
def test_kill_in_mid_stream(new_nva, victims):
    """Writers and a watcher go on while one or the other is killed."""
    nva = new_nva()
    stop = threading.Event()
    errors = []
    writers = [Writer(nva, k, stop) for k in range(4)]
    watcher = threading.Thread(target=check_watch, args=(nva, stop, errors),
                               daemon=True)
    watcher.start()
    for writer in writers:
        writer.start()
    chance = random.Random(5)
    for round_ in range(4):
        seen = sum(w.answered for w in writers) + chance.randrange(20, 200)
        wait_until(lambda: sum(w.answered for w in writers) >= seen
                   or any(w.error for w in writers), "writes go on")
        kill(nva, victims[round_ % len(victims)])
    stop.set()
    for writer in writers:
        writer.join()
    for writer in writers:
        if writer.error:
            raise writer.error
        assert writer.versions == sorted(set(writer.versions))
    client = nva.client()
    nva.wait_ready(client)
    found = {o["metadata"]["name"]: o["spec"]["id"]
             for o in client.get("/nves").body["items"]}
    expected = {}
    for writer in writers:
        expected.update(writer.state)
    assert found == expected
    versions = [v for writer in writers for v in writer.versions]
    assert len(versions) == len(set(versions))
    client.create("/nves", resource("end", {}))
    watcher.join(PATIENCE)
    assert not watcher.is_alive() and not errors, errors


def test_second_nvad_takes_over(new_nva):
    """Two on one database: one writes, the other serves what there is, and
    goes on in the place of the first when that dies."""
    nva = new_nva("--write-timeout=1")
    client = nva.client()
    client.create("/vpcs", vpc("blue", 5))
    ctl = nva.dir / "second.ctl"
    second = Process("second", [
        PROGRAM, "--listen=127.0.0.1:0", "--unixctl=%s" % ctl,
        "--write-timeout=%d" % PATIENCE, "unix:%s" % nva.socket], nva.dir)
    nva.extra.append(second)
    wait_until(ctl.exists, "the second starts")
    first_ctl, nva.ctl = nva.ctl, ctl
    other = nva.client()
    other.port = int(nva.status()["listening"].rsplit(":", 1)[1])
    nva.wait_ready(other)
    watch = other.watch("/vpcs", resourceVersion=other.get("/vpcs").rv)
    for k in range(10):
        client.create("/vpcs", vpc("v%d" % k, 10 + k))
        client.delete("/vpcs/v%d" % k)
    last = client.create("/vpcs", vpc("end", 30)).rv
    events = watch.until("end")
    versions = [int(o["metadata"]["resourceVersion"]) for _, o in events]
    assert versions == sorted(set(versions)) and versions[-1] == last
    assert wait_until(lambda: "another nvad" in nva.status()["database"],
                      "the second knows its place")
    nva.nvad.kill()
    made = other.create("/vpcs", vpc("red", 6))
    assert made.rv > last
    assert watch.next()[1] == made.body
    watch.close()
    nva.ctl = first_ctl


def test_other_database(new_nva):
    """The database is replaced by an older copy: watches start again, and
    versions go on growing."""
    nva = new_nva()
    client = nva.client()
    client.create("/vpcs", vpc("old", 5))
    copy = (nva.dir / "nva.db").read_bytes()
    client.create("/vpcs", vpc("new", 6))
    client.patch("/vpcs/old", {"spec": {"mtu": 1400}})
    last = client.get("/vpcs").rv
    watch = client.watch("/vpcs", resourceVersion=last)
    nva.ovsdb.kill()
    (nva.dir / "nva.db").write_bytes(copy)
    nva.start_ovsdb()
    kind, obj = watch.next()
    assert kind == "ERROR" and obj["code"] == 410
    items = client.get("/vpcs").body["items"]
    assert [o["metadata"]["name"] for o in items] == ["old"]
    assert items[0]["spec"] == {"vni": 5}
    assert client.get("/vpcs?watch=1&resourceVersion=%d" % last).code == 410
    made = client.create("/vpcs", vpc("new", 6))
    assert made.rv > last
    watch.close()


def test_exit(new_nva):
    nva = new_nva()
    client = nva.client()
    watch = client.watch("/vpcs")
    client.create("/vpcs", vpc("blue", 5))
    assert watch.next()[0] == "ADDED"
    nva.appctl("exit")
    assert nva.nvad.popen.wait(PATIENCE) == 0
    watch.close()
