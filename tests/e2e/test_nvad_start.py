"""How nvad is started, and who may connect to it then."""
import json
import ssl
import subprocess

import pytest

from nvad_server import refused
from nvad_server import nva                          # noqa: F401
from nvadlib import PROGRAM, SCHEMA, Nva, make_certificate, vpc
from waiting import wait_until


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
