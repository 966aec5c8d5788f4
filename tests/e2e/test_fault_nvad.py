"""What clients of nvad do wrong, by mistake or on purpose, and that others
notice nothing of it."""
import contextlib
import pathlib
import socket
import ssl

import pytest

from nvadlib import (API, JSON, MERGE_PATCH, Nva, endpoint, make_certificate,
                     resource, started_nva, tcp, vpc)
from waiting import PATIENCE, wait_until


@pytest.fixture(scope="module")
def nva():
    with started_nva() as nva:
        client = nva.client()
        client.create("/vpcs", vpc("blue", 100))
        client.create("/vpcs", vpc("red", 101))
        yield nva


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


# URLs and messages.

@pytest.mark.parametrize("path", [
    API + "/vpcs%00/x", API + "/vpcs/blue%00x", "/healthz%00x",
    API + "/vpcs?labelSelector=a%00b", API + "/vpcs?a%00=b"])
def test_null_does_not_end_a_url(client, path):
    answer = client.raw("GET", path)
    assert answer.code == 400, answer
    assert "null" in answer.body["message"]
    assert client.get("/vpcs/blue").code == 200


@pytest.mark.parametrize("path", [
    "/vpcs\0/x", "/vpcs/blue\0", "/vpcs?a\0=b", "/vpcs/blue\0 HTTP/1.1"])
def test_a_real_null_does_not_either(nva, path):
    line = "GET %s%s HTTP/1.1\r\nHost: x\r\n" % (API, path)
    answer = tcp(nva.port, line.encode() + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 "), answer


@pytest.mark.parametrize("end", [
    " HTTP/1.1", "?a=b HTTP/1.1", " HTTP/1.0", "  HTTP/1.1",
    "?limit=5&a=%20b HTTP/1.1", "? HTTP/1.1", "%20 HTTP/1.1"])
def test_other_lines_are_as_good_as_ever(nva, end):
    line = "GET %s/vpcs%s\r\nHost: x\r\n" % (API, end)
    answer = tcp(nva.port, line.encode() + b"Connection: close\r\n\r\n")
    assert b" 400 " not in answer[:20], answer


@pytest.mark.parametrize("path", [
    "/vpcs/%ff", "/%ff", "/vpcs?limit=%c3%28", "/vpcs?continue=%ff",
    "/vpcs?labelSelector=%ff", "/vpcs?fieldSelector=%80=1",
    # What is cut may not be cut within a character.
    "/vpcs?limit=a" + "%c3%a9" * 150, "/vpcs?limit=" + "%c3%a9" * 150])
def test_answers_are_utf8(client, path):
    answer = client.get(path)
    assert answer.code in (400, 404), answer
    answer.raw.decode()


# Strangers, and fair shares.

TOKEN = {"Authorization": "Bearer secret"}


@pytest.fixture
def guarded(tmp_path):
    """Starts nvads that want a token."""
    started = []

    def start(*options):
        (tmp_path / "tokens").write_text("secret\n")
        nva = Nva("--token-file=%s/tokens" % tmp_path, *options)
        started.append(nva)
        return nva.start().wait_ready()
    yield start
    for nva in started:
        nva.stop()


def refusals(nva, what):
    return int(next(value for key, value in nva.status().items()
                    if key.startswith(what)))


def start_body(nva, headers=(), address="127.0.0.1", size=1 << 20):
    """Sends all of a write but its last byte."""
    sock = socket.create_connection(("127.0.0.1", nva.port), PATIENCE,
                                    (address, 0))
    lines = ["POST %s/vpcs HTTP/1.1" % API, "Host: x",
             "Content-Type: " + JSON, "Content-Length: %d" % size]
    lines += ["%s: %s" % item for item in dict(headers).items()]
    sock.sendall("\r\n".join(lines + ["", ""]).encode()
                 + b" " * (size - 1))
    return sock


def code_of(sock):
    return int(sock.recv(1000).split()[1])


def test_nothing_is_kept_of_strangers(guarded):
    """Bodies of more bytes than there is room for leave all of it to those
    who have a token."""
    nva = guarded()
    client = nva.client(headers=TOKEN)
    socks = [start_body(nva) for _ in range(65)]
    client.create("/vpcs", vpc("blue", 1))
    wait_until(lambda: refusals(nva, "requests refused, not auth") == 65,
               "all are refused")
    assert client.patch("/vpcs/blue", {"metadata": {"annotations": {
        "text": "x" * 100000}}}).code == 200
    for sock in socks:
        sock.sendall(b" ")
        assert code_of(sock) == 401
        sock.close()
    assert "without a valid token" in (nva.dir / "nvad.log").read_text()


def test_an_address_has_a_share_of_bodies(guarded):
    """A quarter, even with a token."""
    nva = guarded()
    socks = [start_body(nva, TOKEN) for _ in range(17)]
    wait_until(lambda: refusals(nva, "requests refused, too many bytes"),
               "one is too much")
    other = nva.client(headers=TOKEN, source="127.0.0.2")
    other.create("/vpcs", vpc("blue", 1))
    codes = set()
    for sock in socks:
        sock.sendall(b" ")
        codes.add(code_of(sock))
        sock.close()
    assert codes == {400, 503}
    wait_until(lambda: start_and_code(nva) == 400, "there is room again")


def start_and_code(nva):
    with start_body(nva, TOKEN) as sock:
        sock.sendall(b" ")
        return code_of(sock)


def test_an_address_has_a_share_of_connections(guarded):
    nva = guarded("--max-connections-per-address=8")

    def is_refused(headers):
        client = nva.client(headers=headers)
        try:
            client.get("/vpcs")
        except OSError:
            return True
        finally:
            client.close()
        return False

    known = nva.client(headers=TOKEN)
    assert known.get("/vpcs").code == 200
    strangers = [socket.create_connection(("127.0.0.1", nva.port))
                 for _ in range(4)]
    wait_until(lambda: is_refused(TOKEN), "half are strangers")
    assert refusals(nva, "connections refused, too many of one address with")
    assert known.get("/vpcs").code == 200
    for sock in strangers:
        sock.close()
    wait_until(lambda: not is_refused(TOKEN), "there is room again")
    watches = [nva.client(headers=TOKEN).watch("/vpcs") for _ in range(7)]
    wait_until(lambda: is_refused(TOKEN), "there are eight")
    other = nva.client(headers=TOKEN, source="127.0.0.2")
    assert other.get("/vpcs").code == 200
    for watch in watches:
        watch.close()
    assert int(nva.status()["connections"]) <= 9
    assert "127.0.0.1 has too many" in (nva.dir / "nvad.log").read_text()


def cpu_time(nva):
    """Of nvad, in seconds."""
    path = pathlib.Path("/proc/%d/schedstat" % nva.nvad.popen.pid)
    return int(path.read_text().split()[0]) / 1e9


def cost_of_silence(nva, data):
    """Sends 'data' and nothing more, until nvad closes the connection.
    Returns the processor time that nvad needed meanwhile."""
    before = cpu_time(nva)
    with socket.create_connection(("127.0.0.1", nva.port)) as sock:
        sock.sendall(data)
        sock.settimeout(PATIENCE)
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(100) == b""
    return cpu_time(nva) - before


def test_half_a_handshake(tmp_path):
    """One byte of a TLS handshake does not keep nvad busy, and for a short
    time only: it looks again now and then whether there is more."""
    make_certificate("ca", "ca", tmp_path)
    make_certificate("server", "server", tmp_path, "ca")
    nva = Nva("--private-key=%s/server.key" % tmp_path,
              "--certificate=%s/server.pem" % tmp_path,
              "--authorization-timeout=2")
    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    try:
        nva.start()
        client = nva.client(ssl=context)
        nva.wait_ready(client)
        assert client.get("/vpcs").code == 200
        nothing = cost_of_silence(nva, b"")
        assert cost_of_silence(nva, b"\x16") - nothing < 0.25
        assert refusals(nva, "connections closed, not authorized") == 2
        assert client.get("/vpcs").code == 200
    finally:
        nva.stop()


# Labels.

@pytest.mark.parametrize("labels, annotations", [
    ({"a b": "c"}, {}), ({"": "c"}, {}), ({"a": "b c"}, {}),
    ({"a": "b" * 64}, {}), ({"a" * 64: "b"}, {}), ({"X.y/a": "b"}, {}),
    ({"x/y/a": "b"}, {}), ({"a": "-b"}, {}), ({"a": "\u00e9"}, {}),
    ({}, {"a b": ""}), ({}, {"x/": ""}), ({}, {"a" * 64: ""}),
    ({}, {"a": "x" * 131072, "b": "x" * 131071})],
    ids=map(str, range(13)))
def test_labels_that_kubernetes_would_not_take(client, labels, annotations):
    obj = resource("x", {"vni": 1000}, labels=labels, annotations=annotations)
    answer = client.post("/vpcs", obj)
    assert answer.code == 422, answer
    assert answer.fields == ["metadata." + ("labels" if labels
                                            else "annotations")]


def test_labels_that_it_takes(client):
    name = "n" * 60 + "." + "m" * 60
    client.create("/vpcs", resource(
        name, {"vni": 1000},
        labels={"a": "", "example.com/A.b-c_d": "B" * 63, "1": "2"},
        annotations={"Example.com/a": "\u00e9 \n",
                     "a": "x" * (262144 - 18)}))
    # nvad's own label has the name, and comes back with the object.
    answer = client.create("/endpoints", endpoint("x", 9, name))
    assert client.put("/endpoints/x", answer.body).code == 200
    assert client.delete("/endpoints/x").code == 200
    assert client.delete("/vpcs/" + name).code == 200
