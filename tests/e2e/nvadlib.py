"""nvad and its ovsdb-server on a loopback port, and a client for them.

No namespaces and no sandbox: what is tested here is the REST interface
alone.  GA_BUILDDIR says where the programs are, GA_SRCDIR where the sources.
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from waiting import PATIENCE, wait_until

SRCDIR = pathlib.Path(os.environ.get(
    "GA_SRCDIR", pathlib.Path(__file__).resolve().parents[2]))
BUILDDIR = pathlib.Path(os.environ.get("GA_BUILDDIR", SRCDIR / "build"))
PROGRAM = BUILDDIR / "utilities" / "nvad" / "nvad"
SCHEMA = SRCDIR / "schemas" / "nva.ovsschema"
API = "/apis/nvo3.io/v1alpha1"
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


class Answer:
    """What the server answered: the code, the headers, the body."""

    def __init__(self, response):
        self.code = response.status
        self.headers = response.headers
        self.raw = response.read()

    @property
    def body(self):
        return json.loads(self.raw)

    @property
    def warnings(self):
        return self.headers.get_all("Warning") or []

    @property
    def rv(self):
        return int(self.body["metadata"]["resourceVersion"])

    @property
    def fields(self):
        causes = self.body.get("details", {}).get("causes", [])
        return [cause["field"] for cause in causes]

    def __repr__(self):
        return "%d %s" % (self.code, self.raw[:2000].decode(errors="replace"))


class Client:
    """One connection, kept as long as the server keeps it."""

    def __init__(self, port, ssl=None, headers=None, source=None):
        self.port = port
        self.source = source and (source, 0)
        self.ssl = ssl
        self.headers = headers or {}
        self.connection = None

    def connect(self, timeout=PATIENCE):
        if self.ssl:
            return http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=timeout, context=self.ssl,
                source_address=self.source)
        return http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=timeout,
            source_address=self.source)

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def raw(self, method, path, body=None, content_type=JSON, headers=()):
        """Sends bytes as they are.  A connection that breaks is an error,
        never tried again in silence: the outcome is not known."""
        all_headers = dict(self.headers)
        if body is not None and content_type:
            all_headers["Content-Type"] = content_type
        all_headers.update(headers)
        if not self.connection:
            self.connection = self.connect()
        try:
            self.connection.request(method, path, body, all_headers)
            return Answer(self.connection.getresponse())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def request(self, method, path, obj=None, content_type=JSON, headers=()):
        body = None if obj is None else json.dumps(obj).encode()
        return self.raw(method, API + path, body, content_type, headers)

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, obj):
        return self.request("POST", path, obj)

    def put(self, path, obj):
        return self.request("PUT", path, obj)

    def patch(self, path, obj):
        return self.request("PATCH", path, obj, MERGE_PATCH)

    def delete(self, path, obj=None):
        return self.request("DELETE", path, obj)

    def create(self, path, obj):
        """Creates what must be right."""
        answer = self.post(path, obj)
        assert answer.code == 201, answer
        return answer

    def watch(self, path, **args):
        return Watch(self, path, args)


class Watch:
    """A watch stream.  next() waits for an event, up to a deadline."""

    def __init__(self, client, path, args):
        receive_buffer = args.pop("receive_buffer", None)
        query = "&".join("%s=%s" % item for item in args.items())
        self.connection = client.connect()
        self.connection.connect()
        if receive_buffer:
            self.connection.sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.connection.request("GET", "%s%s?watch=1&%s" % (API, path, query),
                                headers=client.headers)
        self.response = self.connection.getresponse()
        self.code = self.response.status

    def next(self, timeout=PATIENCE):
        """Returns (type, object), or None at the end of the stream."""
        if self.connection.sock:
            self.connection.sock.settimeout(timeout)
        line = self.response.readline()
        if not line:
            return None
        event = json.loads(line)
        return event["type"], event["object"]

    def next_change(self):
        """As next(), without bookmarks."""
        while True:
            event = self.next()
            if not event or event[0] != "BOOKMARK":
                return event

    def until(self, name):
        """Returns the changes up to one of the object 'name'."""
        events = []
        while True:
            event = self.next_change()
            assert event, "the stream ended before %s" % name
            events.append(event)
            if event[1]["metadata"].get("name") == name:
                return events

    def close(self):
        """As a client that goes away."""
        self.response.close()
        self.connection.close()


class Process:
    """A daemon in the foreground, its output in a file."""

    # The address sanitizer keeps 256 MiB of freed memory by default.
    ENV = {"ASAN_OPTIONS": "quarantine_size_mb=8:"
           + os.environ.get("ASAN_OPTIONS", "")}

    def __init__(self, name, args, directory):
        self.log = directory / (name + ".out")
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(
                [str(arg) for arg in args], cwd=directory, stdout=out,
                stderr=out, stdin=subprocess.DEVNULL,
                env=dict(os.environ, OVS_RUNDIR=str(directory), **self.ENV))

    def kill(self, how=signal.SIGKILL):
        self.popen.send_signal(how)
        self.popen.wait(PATIENCE)


class Nva:
    """A database, its ovsdb-server, nvad."""

    def __init__(self, *options):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ga-nvad-"))
        self.socket = self.dir / "db.sock"
        self.ctl = self.dir / "nvad.ctl"
        self.options = options
        self.port = 0
        self.nvad = self.ovsdb = None
        self.extra = []
        subprocess.run(["ovsdb-tool", "create", self.dir / "nva.db", SCHEMA],
                       check=True)

    def start(self):
        self.start_ovsdb()
        self.start_nvad()
        return self

    def start_ovsdb(self):
        for old in (self.socket, self.dir / "ovsdb.ctl"):
            old.unlink(missing_ok=True)
        self.ovsdb = Process(
            "ovsdb-server", ["ovsdb-server", "--unixctl=%s/ovsdb.ctl"
                             % self.dir, "--remote=punix:%s" % self.socket,
                             "nva.db"], self.dir)
        wait_until(self.socket.exists, "ovsdb-server listens")

    def run_nvad(self, *options, name="nvad"):
        """Starts a nvad with these options alone; does not wait for it."""
        return Process(name, [PROGRAM, "-vconsole:info",
                              "--log-file=%s/%s.log" % (self.dir, name),
                              *options, "unix:%s" % self.socket], self.dir)

    def check(self):
        """Fails if nvad has died."""
        code = self.nvad.popen.poll()
        assert code is None, "nvad exited with %d: %s" % (
            code, self.nvad.log.read_text()[-2000:])

    def listens(self):
        """Whether the control socket takes connections, which it does a
        moment after it exists."""
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(str(self.ctl)) == 0

    def start_nvad(self):
        self.ctl.unlink(missing_ok=True)
        self.nvad = self.run_nvad(
            "--listen=127.0.0.1:%d" % self.port, "--unixctl=%s" % self.ctl,
            *self.options)
        wait_until(lambda: self.check() or self.listens(), "nvad starts")
        self.port = int(self.status()["listening"].rsplit(":", 1)[1])

    def wait_ready(self, client=None):
        client = client or self.client()

        def ready():
            self.check()
            try:
                return client.raw("GET", "/readyz").code == 200
            except OSError:
                return False
        wait_until(ready, "nvad is ready")
        return self

    def appctl(self, *args):
        return subprocess.run(
            ["ovs-appctl", "-t", self.ctl, *args], check=True,
            stdout=subprocess.PIPE, timeout=PATIENCE, text=True).stdout

    def status(self):
        lines = self.appctl("nvad/status").splitlines()
        return dict(line.split(": ", 1) for line in lines)

    def client(self, **args):
        return Client(self.port, **args)

    def rss(self):
        """Resident memory of nvad, in bytes."""
        text = pathlib.Path("/proc/%d/status"
                            % self.nvad.popen.pid).read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) * 1024

    def stop(self):
        for process in (self.nvad, self.ovsdb, *self.extra):
            if process and process.popen.poll() is None:
                process.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


@contextlib.contextmanager
def started_nva(*options):
    """A server that runs in the block."""
    nva = Nva(*options)
    try:
        nva.start().wait_ready()
        yield nva
    finally:
        nva.stop()


def tcp(port, data):
    """Sends 'data' and returns all that comes back until the end."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
        answer = b""
        try:
            s.sendall(data)
            while True:
                more = s.recv(65536)
                if not more:
                    return answer
                answer += more
        except (BrokenPipeError, ConnectionResetError):
            return answer


def abandon(port, data):
    """Sends 'data' and goes away."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
        try:
            s.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass


# Certificates.

def openssl(*args, cwd):
    subprocess.run(["openssl", *args], cwd=cwd, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_certificate(name, subject, cwd, ca=None):
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            name + ".key", "-out", name + ".csr", "-subj", "/CN=" + subject,
            cwd=cwd)
    pathlib.Path(cwd, "ext").write_text(
        "basicConstraints=CA:%s\nsubjectAltName=IP:127.0.0.1\n"
        % ("FALSE" if ca else "TRUE"))
    openssl("x509", "-req", "-in", name + ".csr", "-days", "2", "-extfile",
            "ext", "-out", name + ".pem",
            *(["-CA", ca + ".pem", "-CAkey", ca + ".key", "-set_serial", "7"]
              if ca else ["-signkey", name + ".key"]), cwd=cwd)


# Objects.

def resource(name, spec, **metadata):
    return {"metadata": dict(metadata, name=name), "spec": spec}


def vpc(name, vni, **spec):
    return resource(name, dict(spec, vni=vni))


def endpoint(name, k, vpc_name="blue", **spec):
    """Endpoint number k: its addresses come from that."""
    return resource(name, {
        "vpc": vpc_name,
        "mac": "02:00:00:%02x:%02x:%02x" % (k >> 16, k >> 8 & 255, k & 255),
        "ips": ["10.%d.%d.%d" % (k >> 16, k >> 8 & 255, k & 255)], **spec})


def option(name, type_, length=4, value=None):
    spec = {"class": "0xff01", "type": type_, "length": length}
    if value:
        spec["value"] = value
    return resource(name, spec)


def profile(name, *options, required=()):
    return resource(name, {"options": [
        {"name": o, "required": o in required} for o in options]})
