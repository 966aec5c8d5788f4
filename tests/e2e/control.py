"""Conversations in JSON-RPC on a Unix socket: with a control socket, as
ovs-appctl and agentctl have them, and with an ovsdb-server.  There is no
process for each command, so what follows one may follow at once."""
import codecs
import json
import socket


class Control:
    """Calling it with a command and its arguments returns the answer."""

    def __init__(self, path, timeout=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.decoder = json.JSONDecoder()
        self.utf8 = codecs.getincrementaldecoder("utf-8")()
        self.text = ""                          # Received, not yet read.

    def __call__(self, *command):
        return self.together(command)[0]

    def ask(self, *command):
        """The same, or None if the answer is an error."""
        self.send(command)
        answer = self.receive()
        return None if answer["error"] else answer["result"]

    def send(self, *commands):
        """Does not wait for the answers."""
        self.socket.sendall(b"".join(json.dumps(
            {"id": 0, "method": method, "params": params}).encode()
                                     for method, *params in commands))

    def together(self, *commands):
        """Sends them in one piece, so that nothing comes between them, and
        returns the answers."""
        self.send(*commands)
        answers = [self.receive() for _ in commands]
        for answer in answers:
            assert answer["error"] is None, answer
        return [answer["result"] for answer in answers]

    def receive(self):
        """Returns the next answer, an error as well."""
        while True:
            message = self.read()
            if "method" not in message:
                return message
            # An ovsdb-server wants to know whether we are there.
            assert message["method"] == "echo", message
            self.socket.sendall(json.dumps(
                {"id": message["id"], "result": message["params"],
                 "error": None}).encode())

    def read(self):
        while True:
            try:
                message, end = self.decoder.raw_decode(self.text)
                self.text = self.text[end:].lstrip()
                return message
            except ValueError:
                part = self.socket.recv(1 << 20)
                assert part, "the other end has closed the connection"
                self.text += self.utf8.decode(part)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Database(Control):
    """A database of an ovsdb-server."""

    def __init__(self, path, name):
        super().__init__(path)
        self.name = name

    def transact(self, *operations):
        """Returns what each operation did.  None may fail."""
        results = self("transact", self.name, *operations)
        assert not any(r and "error" in r for r in results), results
        return results
