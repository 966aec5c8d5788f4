"""Probes: who gets through to whom, for tables of cases.

A probe is "web>db:tcp80": endpoint web sends, to an address of db.  "tcp80"
and "udp53" are ports where nobody listens: the answer is a refusal, which
takes the way of any answer (an RST, an ICMP error).  "ping" is an echo
request.  "/6" behind it asks for IPv6.  Instead of an endpoint, an address may
be asked: "web>10.2.0.9:tcp80".  The outside host may send, too: "outside>...".
"""
import errno
import os
import re
import select
import socket
import struct
import time

import wire
from waiting import PATIENCE

PROBE = re.compile(r"(?P<src>[\w-]+)>(?P<dst>[\w.:-]+):"
                   r"(?P<kind>tcp|udp|ping)(?P<port>\d*)(?P<six>/6)?$")


class Probe:
    """One that has been sent."""

    def __init__(self, lab, addresses, text):
        match = PROBE.match(text)
        self.text, self.kind = text, match["kind"]
        six = bool(match["six"])
        dst = addresses.get(match["dst"], {}).get(six, match["dst"])
        family = socket.AF_INET6 if six else socket.AF_INET
        kinds = {"tcp": (socket.SOCK_STREAM, 0),
                 "udp": (socket.SOCK_DGRAM, 0),
                 "ping": (socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if six
                          else socket.IPPROTO_ICMP)}
        where = "exec" if match["src"] == "outside" else "vm"
        with lab.inside(where, match["src"]):
            self.socket = socket.socket(family, *kinds[self.kind])
        self.socket.setblocking(False)
        self.wanted = os.urandom(4)
        try:
            self.socket.connect((dst, int(match["port"] or 0)))
        except BlockingIOError:
            pass
        if self.kind == "udp":
            self.socket.send(b"?")
        elif self.kind == "ping":
            echo = struct.pack("!BBH", 128 if six else 8, 0, 0) + self.wanted
            echo = echo[:2] + struct.pack("!H", wire.checksum(echo)) + echo[4:]
            self.socket.send(echo)

    def is_answered(self):
        """Whether it got through: there is an answer."""
        if self.kind == "ping":
            try:
                while True:
                    data = self.socket.recv(200)
                    if self.wanted in data and data[-8] in (0, 129):
                        return True
            except BlockingIOError:
                return False
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        assert error in (0, errno.ECONNREFUSED), os.strerror(error)
        return error == errno.ECONNREFUSED


def answered(lab, addresses, texts, expected, wait=5, after=PATIENCE / 130):
    """Sends all probes and returns the set of those that get through.  Waits
    until all that are 'expected' do, but no longer than 'wait' seconds, and
    'after' seconds for others."""
    probes = [Probe(lab, addresses, text) for text in texts]
    seen, begin = set(), time.monotonic()
    end = begin + wait
    try:
        while time.monotonic() < end:
            for probe in probes:
                if probe.text not in seen and probe.is_answered():
                    seen.add(probe.text)
            if expected <= seen:
                end = min(end, time.monotonic() + after)
                expected = {""}             # Does not come again.
            select.select([], [], [], 0.01)
        return seen
    finally:
        for probe in probes:
            probe.socket.close()
