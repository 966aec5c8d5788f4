"""Stands between an OpenFlow client and a bridge's management socket, and
looks at what the client says.
"""
import pathlib
import shutil
import socket
import struct
import tempfile
import threading

HEADER = struct.Struct("!BBHI")         # Version, type, length, xid.
ERROR, FLOW_MOD, MULTIPART_REQUEST, BARRIER_REQUEST = 1, 14, 18, 20
BUNDLE_CONTROL, BUNDLE_ADD = 33, 34

# Types of requests for BUNDLE_CONTROL.
OPEN, COMMIT, DISCARD = 0, 4, 6


def messages(sock):
    """Yields OpenFlow messages until the connection ends."""
    data = b""
    while True:
        while (len(data) >= HEADER.size
               and len(data) >= HEADER.unpack_from(data)[2]):
            length = HEADER.unpack_from(data)[2]
            yield data[:length]
            data = data[length:]
        more = sock.recv(65536)
        if not more:
            return
        data += more


def control_type(message):
    """What is to be done with a bundle."""
    return struct.unpack_from("!H", message, HEADER.size + 4)[0]


def deletes_flow(message):
    """Whether what is added to a bundle deletes a flow."""
    inner = message[HEADER.size + 8:]
    return inner[1] == FLOW_MOD and inner[HEADER.size + 17] in (3, 4)


def error(message, kind, code):
    """The answer to a message that is refused."""
    version, _, _, xid = HEADER.unpack_from(message)
    body = struct.pack("!HH", kind, code) + message
    return HEADER.pack(version, ERROR, HEADER.size + len(body), xid) + body


class Relay:
    """Listens with a socket of the bridge's name in a directory of its own,
    below 'parent'.
    Before a message of the client's is passed on, look(type, message) is
    called; if that returns an answer, the client gets this instead."""

    def __init__(self, target, look, parent=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ga-relay-",
                                                 dir=parent))
        self.target = target
        self.look = look
        self.sockets = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.dir / target.name))
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        for sock in [self.listener, *self.sockets]:
            sock.close()
        shutil.rmtree(self.dir)

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(self.target))
            self.sockets += [near, far]
            for function in self.from_client, self.from_switch:
                threading.Thread(target=function, args=(near, far),
                                 daemon=True).start()

    def from_client(self, near, far):
        try:
            for message in messages(near):
                answer = self.look(message[1], message)
                if answer:
                    near.sendall(answer)
                else:
                    far.sendall(message)
        except OSError:
            return

    @staticmethod
    def from_switch(near, far):
        try:
            for message in messages(far):
                near.sendall(message)
        except OSError:
            return
