"""Servers of endpoints, for tests of who answers.

A server says its endpoint's name and whom it sees as the client, and the
number of bytes of each request.  It runs as long as the test process.
"""
import selectors
import socket
import threading


class Servers:
    """TCP and UDP servers of endpoints, in one thread."""

    def __init__(self, lab):
        self.lab = lab
        self.selector = selectors.DefaultSelector()
        self.wake, waker = socket.socketpair()
        self.selector.register(waker, selectors.EVENT_READ, None)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def add(self, endpoint, address, port):
        """Serves 'port' over TCP and UDP."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
            with self.lab.inside("vm", endpoint):
                sock = socket.socket(family, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            if kind == socket.SOCK_STREAM:
                sock.listen(100)
            self.selector.register(sock, selectors.EVENT_READ,
                                   (endpoint, kind))
        self.wake.send(b"!")

    def run(self):
        while True:
            for key, _ in self.selector.select():
                try:
                    self.serve(key.fileobj, key.data)
                except OSError:
                    self.selector.unregister(key.fileobj)
                    key.fileobj.close()

    def serve(self, sock, data):
        if data is None:
            sock.recv(100)
            return
        endpoint, what = data
        if what == socket.SOCK_STREAM:
            connection, peer = sock.accept()
            self.selector.register(connection, selectors.EVENT_READ,
                                   (endpoint, peer))
        elif what == socket.SOCK_DGRAM:
            request, peer = sock.recvfrom(65536)
            sock.sendto(answer(endpoint, peer, request), peer)
        else:
            request = sock.recv(65536)
            if not request:
                raise OSError("closed")
            sock.sendall(answer(endpoint, what, request))


def answer(endpoint, peer, request):
    return ("%s %s %d %d" % (endpoint, peer[0], peer[1],
                             len(request))).encode()


class Client:
    """A connection, of an endpoint or of the host outside, to whoever
    answers."""

    def __init__(self, lab, endpoint, address, port, kind=socket.SOCK_STREAM,
                 own_port=0, wait=5):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with lab.inside("exec" if endpoint == "outside" else "vm", endpoint):
            self.socket = socket.socket(family, kind)
        self.socket.settimeout(wait)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if own_port:
            self.socket.bind(("", own_port))
        if kind == socket.SOCK_DGRAM and family == socket.AF_INET:
            # Fragments are let through: no path MTU discovery.
            self.socket.setsockopt(socket.IPPROTO_IP, 10, 0)
        try:
            self.socket.connect((address, port))
        except OSError:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def ask(self, size=2):
        """Returns the name of who answers, the address and the port that it
        sees, and how much it got."""
        self.socket.send(b"?" * size)
        name, ip, port, got = self.socket.recv(65536).decode().split()
        return name, ip, int(port), int(got)

    def who(self):
        return self.ask()[0]
