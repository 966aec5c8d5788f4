"""A control socket, as ovs-appctl and agentctl use it, without a process for
each command: what follows a command may follow at once."""
import json
import socket


class Control:
    """Calling it with a command and its arguments returns the answer."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.decoder = json.JSONDecoder()

    def __call__(self, method, *params):
        self.socket.send(json.dumps(
            {"id": 0, "method": method, "params": params}).encode())
        data = ""
        while True:
            data += self.socket.recv(65536).decode()
            try:
                answer = self.decoder.raw_decode(data)[0]
            except ValueError:
                continue
            assert answer["error"] is None, answer
            return answer["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
