"""Sees a bridge's flows change as ovs-vswitchd changes them.

An OpenFlow 1.0 connection of its own with a flow monitor
(NXST_FLOW_MONITOR): what it says comes from the switch, not from the agent.
"""
import os
import socket
import struct
import time

OFPT_HELLO = 0
OFPT_ERROR = 1
OFPT_ECHO_REQUEST = 2
OFPT_ECHO_REPLY = 3
OFPT_STATS_REQUEST = 16
OFPT_STATS_REPLY = 17
OFPST_VENDOR = 0xffff
NX_VENDOR = 0x2320
NXST_FLOW_MONITOR = 2
NXFMF_ADD_DELETE_MODIFY = 2 | 4 | 8
NXFME_ABBREV = 3                # Our own changes, and there are none.


class FlowMonitor:
    def __init__(self, rundir, bridge):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(os.path.join(rundir, bridge + ".mgmt"))
        self.sock.settimeout(10)
        self.rest = b""
        self.seen = 0               # Flows added, modified or deleted.
        self.last = 0.0             # time.monotonic() of the last of them.
        self.send(OFPT_HELLO, b"")
        request = struct.pack("!HHIII", OFPST_VENDOR, 0, NX_VENDOR,
                              NXST_FLOW_MONITOR, 0)
        # All tables, any port, no match.
        request += struct.pack("!IHHHB5x", 1, NXFMF_ADD_DELETE_MODIFY, 0xffff,
                               0, 0xff)
        self.send(OFPT_STATS_REQUEST, request)
        self.is_ready = False
        while not self.is_ready:
            self.take(self.receive())

    def send(self, kind, body):
        self.sock.sendall(struct.pack("!BBHI", 1, kind, 8 + len(body), 7)
                          + body)

    def receive(self):
        """Whole messages, as (type, body); waits for at least one."""
        while True:
            messages = []
            while len(self.rest) >= 4:
                _, kind, length = struct.unpack_from("!BBH", self.rest)
                if len(self.rest) < length:
                    break
                messages.append((kind, self.rest[8:length]))
                self.rest = self.rest[length:]
            if messages:
                return messages
            data = self.sock.recv(1 << 20)
            if not data:
                raise AssertionError("ovs-vswitchd has gone")
            self.last_data = time.monotonic()
            self.rest += data

    def take(self, messages):
        for kind, body in messages:
            if kind == OFPT_ERROR:
                raise AssertionError("no flow monitor: %s" % body.hex())
            if kind == OFPT_ECHO_REQUEST:
                self.send(OFPT_ECHO_REPLY, body)
            elif kind == OFPT_STATS_REPLY:
                self.is_ready = True
                self.take_updates(body[16:])

    def take_updates(self, updates):
        while updates:
            length, event = struct.unpack_from("!HH", updates)
            if event != NXFME_ABBREV:
                self.seen += 1
                self.last = self.last_data
            updates = updates[length:]

    def wait(self, n):
        """Waits for the 'n'th change; returns when the last was heard of."""
        while self.seen < n:
            self.take(self.receive())
        return self.last

    def drain(self, quiet=0.02):
        """Waits until nothing has changed for 'quiet' seconds."""
        self.sock.settimeout(quiet)
        try:
            while True:
                self.take(self.receive())
        except socket.timeout:
            pass
        self.sock.settimeout(10)

    def close(self):
        self.sock.close()
