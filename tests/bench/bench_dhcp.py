#!/usr/bin/python3
"""How long an endpoint waits for an answer of its node's agent.

  bench_dhcp.py [--requests N] [--flood]

In a sandbox with two nodes, an endpoint sends N (default 500) of each kind,
40 a second, and the time until the answer is there is measured by its socket:
DHCPDISCOVER, and a DNS query.  For comparison, an echo request to the gateway,
which the switch answers by itself.  With --flood another endpoint of the node
sends DHCPDISCOVER as fast as it can.
"""
import argparse
import multiprocessing
import os
import pathlib
import select
import socket
import struct
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

import world                                    # noqa: E402
from lab import Lab                             # noqa: E402

GATEWAY = "10.0.0.254"
RATE = 40                           # Below the 50 that an endpoint gets.


def discover(mac, xid):
    """The payload of a DHCPDISCOVER."""
    chaddr = bytes(int(x, 16) for x in mac.split(":"))
    return (b"\1\1\6\0" + struct.pack("!I", xid) + b"\0\0\x80\0" + bytes(16)
            + chaddr.ljust(16, b"\0") + bytes(192)
            + b"\x63\x82\x53\x63\x35\1\1\xff")


def query(number):
    """The payload of a DNS query."""
    name = b"".join(bytes([len(label)]) + label
                    for label in b"web-1.blue.internal".split(b"."))
    return struct.pack("!6H", number & 0xffff, 0x100, 1, 0, 0, 0) + (
        name + b"\0" + struct.pack("!HH", 1, 1))


def echo(number):
    head = struct.pack("!BBHHH", 8, 0, 0, 77, number & 0xffff)
    total = sum(struct.unpack("!4H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:2] + struct.pack("!H", ~total & 0xffff) + head[4:]


def dhcp_socket():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
    s.bind(("0.0.0.0", 68))
    return s


def measure(sock, address, n, make, matches):
    """Returns the times in ms, sorted; infinite for what had no answer."""
    times = []
    for number in range(1, n + 1):
        begin = time.monotonic()
        sock.sendto(make(number), address)
        took = float("inf")
        while time.monotonic() < begin + 1:
            if not select.select([sock], [], [], 1)[0]:
                break
            if matches(sock.recv(2000), number):
                took = (time.monotonic() - begin) * 1000
                break
        times.append(took)
        time.sleep(max(0, begin + 1 / RATE - time.monotonic()))
    return sorted(times)


def show(what, times):
    print("  %-14s p50 %6.2f  p99 %6.2f  max %6.2f ms, %d of %d answered"
          % (what, times[len(times) // 2], times[len(times) * 99 // 100],
             times[-1], sum(t < float("inf") for t in times), len(times)))


def flood(lab):
    with lab.inside("vm", "web-2"):
        sock = dhcp_socket()
    payload = discover(world.mac(world.WEB[2]), 1)
    with sock:
        while True:
            for _ in range(100):
                sock.sendto(payload, ("255.255.255.255", 67))


def run(lab, n):
    mac = world.mac(world.WEB[1])
    with lab.inside("vm", "web-1"):
        dhcp, names = dhcp_socket(), socket.socket(socket.AF_INET,
                                                   socket.SOCK_DGRAM)
        ping = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                             socket.IPPROTO_ICMP)
    with dhcp, names, ping:
        show("echo (switch)", measure(
            ping, (GATEWAY, 0), n, echo, lambda data, number: data[20] == 0
            and data[26:28] == struct.pack("!H", number & 0xffff)))
        show("DHCPDISCOVER", measure(
            dhcp, ("255.255.255.255", 67), n,
            lambda number: discover(mac, number),
            lambda data, number: data[4:8] == struct.pack("!I", number)))
        show("DNS", measure(
            names, (GATEWAY, 53), n, query,
            lambda data, number: data[:2] == struct.pack("!H", number)))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--flood", action="store_true")
    args = parser.parse_args()
    if os.geteuid():
        sys.exit("bench_dhcp.py: needs root")
    lab = Lab(2).start()
    try:
        lab.apply(*world.objects(0))
        lab.patch("VPC", "blue", {"spec": {"subnets": [
            {"cidr": "10.0.0.0/24", "gateway": GATEWAY, "dhcp": {},
             "dns": {}}]}})
        lab.apply(world.WEB[1], world.WEB[2])
        for k in 1, 2:
            lab.plug("hv-1", "web-%d" % k)
        lab.wait_ping("web-1", GATEWAY)
        flooder = multiprocessing.Process(target=flood, args=(lab,))
        if args.flood:
            flooder.start()
        try:
            run(lab, args.requests)
        finally:
            if args.flood:
                flooder.terminate()
                flooder.join()
    finally:
        lab.stop()


if __name__ == "__main__":
    main()
