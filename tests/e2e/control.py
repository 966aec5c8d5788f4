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

    def __call__(self, *command):
        return self.together(command)[0]

    def send(self, *commands):
        """Does not wait for the answers."""
        self.socket.send(b"".join(json.dumps(
            {"id": 0, "method": method, "params": params}).encode()
                                  for method, *params in commands))

    def together(self, *commands):
        """Sends them in one piece, so that nothing comes between them, and
        returns the answers."""
        self.send(*commands)
        data = ""
        answers = []
        while len(answers) < len(commands):
            part = self.socket.recv(65536)
            assert part, "the other end has closed the connection"
            data += part.decode()
            while data:
                try:
                    answer, end = self.decoder.raw_decode(data)
                except ValueError:
                    break
                assert answer["error"] is None, answer
                answers.append(answer["result"])
                data = data[end:]
        return answers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
