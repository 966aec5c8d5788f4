"""A controller that sends changes of endpoints as fast as wanted.

It serves a set of objects, in a process of its own, so that making the events
takes no time of the bench's.  It takes what agents write, and shows it to
those that watch.
"""
import contextlib
import http.server
import json
import multiprocessing
import socketserver
import threading
import time
import urllib.parse

API = "/apis/nvo3.io/v1alpha1"
TICK = 0.005                    # Seconds: events are sent in bursts.
BURST = 500                     # At most, in one piece.
BOOKMARK_INTERVAL = 10


class Objects:
    def __init__(self, objects):
        self.lock = threading.Lock()    # For all of it, and for sending.
        self.rv = 1000
        self.by_plural = {}
        self.watches = []               # (plural, name or None, file).
        for plural, obj in objects:
            self.add(plural, obj)

    def add(self, plural, obj):
        self.rv += 1
        obj["metadata"].update({
            "uid": "6f9619ff-8b86-4011-b42d-%012x" % self.rv,
            "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z",
            "resourceVersion": str(self.rv)})
        self.by_plural.setdefault(plural, {})[obj["metadata"]["name"]] = obj

    def put(self, plural, obj):
        """An agent's write.  Returns what became of it."""
        name = obj["metadata"]["name"]
        with self.lock:
            old = self.by_plural.get(plural, {}).get(name)
            if old:
                self.rv += 1
                obj["metadata"]["resourceVersion"] = str(self.rv)
                self.by_plural[plural][name] = obj
            else:
                self.add(plural, obj)
            self.send(plural, name, json.dumps(
                {"type": "MODIFIED" if old else "ADDED",
                 "object": obj}).encode() + b"\n")
        return obj

    def send(self, plural, name, events, to=None):
        """To those that watch all of the kind, or the object 'name'; or to
        one of them."""
        for watched, only, f in self.watches:
            if f is to or not to and (watched == plural
                                      and only in (None, name)):
                with contextlib.suppress(OSError):
                    f.write(b"%x\r\n%s\r\n" % (len(events), events))
                    f.flush()


def merge(old, patch):
    """RFC 7396."""
    if not isinstance(patch, dict) or not isinstance(old, dict):
        return patch
    new = dict(old)
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = merge(old.get(key, {}), value)
    return new


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, code, body):
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def watch(self, plural, query):
        field, _, value = query.get("fieldSelector", "").partition("=")
        objects = self.server.objects
        with objects.lock:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.flush()
            objects.watches.append(
                (plural, value if field == "metadata.name" else None,
                 self.wfile))
        # Agents take long silence for a controller that hangs.
        while True:
            time.sleep(BOOKMARK_INTERVAL)
            with objects.lock:
                objects.send(plural, None, json.dumps({
                    "type": "BOOKMARK", "object": {
                        "apiVersion": "nvo3.io/v1alpha1",
                        "kind": self.server.kinds[plural], "metadata": {
                            "resourceVersion": str(objects.rv)}}}).encode()
                    + b"\n", self.wfile)

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        plural, _, name = url.path[len(API) + 1:].partition("/")
        objects = self.server.objects.by_plural.get(plural, {})
        if query.get("watch"):
            self.watch(plural, query)
        elif name and name in objects:
            self.answer(200, objects[name])
        elif name or plural not in self.server.kinds:
            self.answer(404, {"kind": "Status", "code": 404})
        else:
            field, _, value = query.get("fieldSelector", "").partition("=")
            items = list(objects.values())
            if field == "metadata.name":
                items = [o for o in items if o["metadata"]["name"] == value]
            self.answer(200, {
                "apiVersion": "nvo3.io/v1alpha1",
                "kind": self.server.kinds[plural] + "List", "items": items,
                "metadata": {"resourceVersion": str(self.server.objects.rv)}})

    def write(self):
        n = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(n) or b"{}")
        plural, _, name = self.path[len(API) + 1:].partition("/")
        old = self.server.objects.by_plural.get(plural, {}).get(
            name.partition("/")[0])
        if old:
            body = merge(old, {key: body[key] for key in ("spec", "status")
                               if key in body})
        self.answer(200, self.server.objects.put(plural, body))

    do_POST = do_PUT = do_PATCH = write


    def handle(self):
        # Agents that are killed close nothing.
        with contextlib.suppress(OSError):
            super().handle()


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Storm:
    """In the controller's process: sends events to those that watch all
    endpoints."""
    def __init__(self, objects):
        self.objects = objects

    def template(self, name, spec, annotations):
        """An event as bytes, to be completed."""
        obj = self.objects.by_plural["endpoints"][name]
        new = dict(obj, spec=dict(obj["spec"], **spec),
                   metadata=dict(obj["metadata"], **annotations,
                                 resourceVersion="@RV@"))
        text = json.dumps({"type": "MODIFIED", "object": new},
                          separators=(",", ":"), sort_keys=True)
        assert "%" not in text
        return (text.replace("@NVE@", "%(nve)d").replace("@RV@", "%(rv)d")
                .encode() + b"\n")

    def run(self, names, kind, rate, seconds, n_nves):
        """Sends events about these endpoints in turn.  Returns how many, and
        how long it took."""
        if kind == "move":
            templates = [self.template(name, {"nve": "nve-@NVE@"}, {})
                         for name in names]
        else:
            templates = [self.template(name, {}, {"annotations":
                                                  {"x": "@RV@"}})
                         for name in names]
        start, sent = time.monotonic(), 0
        total = rate * seconds
        rv = self.objects.rv

        def fields(i):
            return {b"rv": rv + i + 1,
                    b"nve": (i % len(names) + i // len(names) + 1) % n_nves}

        while sent < total and time.monotonic() - start < 3 * seconds:
            due = min(int((time.monotonic() - start + TICK) * rate), total)
            n = min(due - sent, BURST)
            if n <= 0:
                time.sleep(TICK)
                continue
            piece = b"".join(templates[i % len(names)] % fields(i)
                             for i in range(sent, sent + n))
            with self.objects.lock:
                self.objects.send("endpoints", None, piece)
            sent += n
        # Lists show what was sent last.
        for i in range(max(sent - len(names), 0), sent):
            obj = json.loads(templates[i % len(names)] % fields(i))["object"]
            self.objects.by_plural["endpoints"][names[i % len(names)]] = obj
        self.objects.rv = rv + sent
        return sent, time.monotonic() - start


def serve(objects, kinds, pipe):
    objects = Objects(objects)
    server = Server(("127.0.0.1", 0), Handler)
    server.objects = objects
    server.kinds = kinds
    storm = Storm(objects)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send(server.server_address[1])
    while True:
        pipe.send(storm.run(*pipe.recv()))


class FakeController:
    """Its process.  'kinds' maps plurals to kinds."""
    def __init__(self, objects, kinds):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=serve, args=(list(objects), kinds, other), daemon=True)
        self.process.start()
        self.port = self.pipe.recv()

    def start_storm(self, names, kind, rate, seconds, n_nves):
        """Events about 'names' in turn: of kind "move", the endpoint is on
        another of 'n_nves' NVEs each time; of any other, it is as before."""
        self.pipe.send((names, kind, rate, seconds, n_nves))

    def storm_is_over(self):
        return self.pipe.poll()

    def end_storm(self):
        """The number of events that were sent, and how long that took."""
        return self.pipe.recv()

    def stop(self):
        self.process.kill()
        self.process.join()
