"""A controller that misbehaves on demand: it stands before nvad, and passes
on what is asked, or answers by a line of a table."""
import contextlib
import re
import socket
import threading

NVA = "192.0.2.254"
PORT = 8081

JSON = b"Content-Type: application/json\r\n"
CLOSE = b"Connection: close\r\n\r\n"
STATUS = b'{"kind": "Status", "message": "not now"}'

# What is sent, after which the connection is closed.
ANSWERS = {
    "gone": b"HTTP/1.1 410 Gone\r\n" + JSON + CLOSE + STATUS,
    "too many requests": b"HTTP/1.1 429 Too Many Requests\r\n"
                         b"Retry-After: 1\r\n" + JSON + CLOSE + STATUS,
    "unavailable": b"HTTP/1.1 503 Service Unavailable\r\n"
                   b"Retry-After: 1\r\n" + CLOSE + b"<html>",
    "redirect": b"HTTP/1.1 307 Temporary Redirect\r\n"
                b"Location: http://192.0.2.254:8080/apis\r\n" + CLOSE,
    "HTML": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + CLOSE +
            b"<!DOCTYPE html><title>Sign in</title>\n",
    "half a body": b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: 999\r\n"
                   b"\r\n" + b'{"apiVersion": "nvo3.io/v1alpha1", "kind": ',
    "another kind": b"HTTP/1.1 200 OK\r\n" + JSON + CLOSE +
                    b'{"apiVersion": "v1", "kind": "PodList", "metadata": '
                    b'{"resourceVersion": "1"}, "items": []}',
}


class BadServer:
    """Listens in the controller's namespace of a sandbox."""

    url = "http://%s:%d" % (NVA, PORT)

    def __init__(self, lab):
        self.lab = lab
        self.answer = None                  # A key of ANSWERS; None: nvad's.
        self.answered = 0                   # By ANSWERS.
        self.lock = threading.Lock()
        self.connections = set()
        with lab.inside("exec", "nva"):
            self.socket = socket.create_server((NVA, PORT))
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.turn(None)

    def turn(self, answer):
        """From now on it answers like that, and ends what is under way."""
        with self.lock:
            self.answer = answer
            self.answered = 0
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.socket.accept()[0]
                threading.Thread(target=self.serve, args=(connection,),
                                 daemon=True).start()

    def serve(self, connection):
        with connection, contextlib.suppress(OSError):
            with self.lock:
                self.connections.add(connection)
            try:
                self.serve_first(connection)
            finally:
                with self.lock:
                    self.connections.discard(connection)

    def serve_first(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(65536)
            if not data:
                return
            request += data
        length = re.search(rb"(?i)content-length: *(\d+)", request)
        end = request.index(b"\r\n\r\n") + 4 + int(length[1] if length else 0)
        while len(request) < end:
            request += connection.recv(65536)
        with self.lock:
            answer = ANSWERS.get(self.answer)
            self.answered += answer is not None
        if answer is not None:
            connection.sendall(answer)
            return
        with self.lab.inside("exec", "nva"):
            upstream = socket.create_connection((NVA, 8080))
        with upstream:
            upstream.sendall(request)
            threading.Thread(target=self.copy, args=(upstream, connection),
                             daemon=True).start()
            self.copy(connection, upstream)

    @staticmethod
    def copy(source, destination):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                destination.sendall(data)
        with contextlib.suppress(OSError):
            destination.shutdown(socket.SHUT_RDWR)
