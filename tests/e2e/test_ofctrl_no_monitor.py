"""What others change in a switch that has no flow monitors, as Open vSwitch
before 3.0.

The switch is a present one; a relay between the driver and its bridge answers
requests for a flow monitor as an old one does.
"""
import pathlib
import shutil
import socket
import struct
import tempfile
import threading

import pytest

from test_ofctrl import A, COOKIE, Driver, bridge, interference, switch
from waiting import wait_until

__all__ = ["bridge", "switch"]          # Fixtures.

HEADER = struct.Struct("!BBHI")         # Version, type, length, xid.
ERROR, MULTIPART_REQUEST = 1, 18
FLOW_MONITOR = 16                       # The multipart's type.
BAD_REQUEST, BAD_STAT = 1, 2

FLOWS = ["table=0,priority=10,in_port=1 actions=output:2",
         "table=10,priority=5,tun_metadata1=0x5 actions=drop",
         "table=20,priority=3 actions=output:2"]


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


class Relay:
    """Listens as the management socket of a bridge in a directory of its
    own."""

    def __init__(self, target):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ga-relay-"))
        self.target = target
        self.n_refused = 0
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
            for a, b in (near, far), (far, near):
                threading.Thread(target=self.relay, args=(a, b, near),
                                 daemon=True).start()

    def relay(self, source, sink, near):
        try:
            for message in messages(source):
                version, kind, _, xid = HEADER.unpack_from(message)
                if (source is near and kind == MULTIPART_REQUEST
                        and message[8:10] == struct.pack("!H", FLOW_MONITOR)):
                    self.n_refused += 1
                    body = struct.pack("!HH", BAD_REQUEST, BAD_STAT) + message
                    near.sendall(HEADER.pack(version, ERROR, HEADER.size
                                             + len(body), xid) + body)
                else:
                    sink.sendall(message)
        except OSError:
            return


@pytest.fixture
def driver(switch, bridge):
    relay = Relay(switch.dir / (bridge + ".mgmt"))
    d = Driver(switch, bridge, relay.dir)
    d("tlv-map", A % 1)
    d.replace("x", 1, *FLOWS)
    d("complete", "true")
    d.wait()
    assert relay.n_refused == 1
    yield d
    d("exit")
    assert d.process.wait(20) == 0
    relay.close()


@pytest.mark.parametrize("command", [
    ["del-flows"],
    ["del-flows", "table=20"],
    ["add-flow", "cookie=%#x,table=11,actions=drop" % (COOKIE | 5)],
    ["add-flow", "cookie=0x7,table=0,priority=10,in_port=1,actions=drop"]],
    ids=["all deleted", "one deleted", "one added", "one replaced"])
def test_fault_number_of_flows_is_another_one(switch, bridge, driver, command):
    """It is asked for each second."""
    flows = set(switch.flows(bridge))
    switch.ofctl(command[0], bridge, *command[1:])
    wait_until(lambda: interference(driver), "it is noticed")
    driver.wait()
    assert set(switch.flows(bridge)) == flows


def test_fault_flows_change_but_not_their_number(switch, bridge, driver):
    """All flows are read every 30 seconds."""
    flows = set(switch.flows(bridge))
    switch.ofctl("mod-flows", bridge, "table=20,actions=output:1")
    assert set(switch.flows(bridge)) != flows
    driver("time/warp", 30000)
    wait_until(lambda: interference(driver), "it is noticed")
    driver.wait()
    assert interference(driver) == {"flowsChanged": 1}
    assert set(switch.flows(bridge)) == flows


def n_read(driver):
    return int(driver("coverage/read-counter", "ofctrl_read_flow"))


def test_nothing_is_written_if_nothing_changes(driver):
    before, n = driver.status(), n_read(driver)
    driver("time/warp", 30000)
    wait_until(lambda: n_read(driver) == n + len(FLOWS), "all are read")
    assert driver.wait()["flowMods"] == before["flowMods"]
    assert not interference(driver)
