"""Packets: decoded by tshark, made by hand.

What is on the wire is decoded by a program that shares nothing with ours.
What tests send is built here byte by byte, as RFC 8926 draws it, so that
every field can be made wrong.
"""
import dataclasses
import ipaddress
import pathlib
import struct
import subprocess

FIELDS = ["frame.time_epoch", "frame.protocols", "eth.src", "eth.dst",
          "ip.src", "ip.dst", "ip.flags.df", "udp.srcport", "udp.dstport",
          "udp.checksum", "udp.checksum.status", "geneve.version",
          "geneve.flags.oam", "geneve.flags.critical", "geneve.vni",
          "geneve.options", "geneve.option.class", "geneve.option.type",
          "icmp.type", "arp.opcode", "ip.dsfield", "ip.ttl", "icmpv6.type",
          "ipv6.src", "ipv6.dst", "ipv6.tclass", "ipv6.hlim"]


@dataclasses.dataclass
class Packet:
    """A Geneve packet.  'options' are "C/T" in the order of the wire, 'data'
    the data of each; src and dst are the outer ones, IPv4 or IPv6, and so are
    tos and ttl, the traffic class and the hop limit in IPv6.  'inner' is the
    frame in it, as it was captured."""
    time: float
    protocols: str
    src: str
    dst: str
    source_port: int
    checksum: int
    checksum_good: bool
    dont_fragment: bool
    version: int
    oam: bool
    critical: bool
    vni: int
    option_bytes: int
    options: list
    data: list
    inner_src: str
    inner_dst: str
    inner_port: int
    icmp_type: int
    is_arp: bool
    tos: int
    ttl: int
    icmp6_type: int
    is_nd: bool
    inner: bytes = b""


def truth(text):
    return text in ("1", "True")


def data_of(options):
    """The data of each option; tshark shows that in many ways."""
    result = []
    while options:
        end = 4 + 4 * (options[3] & 0x1f)
        result.append(options[4:end])
        options = options[end:]
    return result


def inner_frame(frame):
    """What is in the Geneve packet 'frame'."""
    at = 14 + (40 if frame[12:14] == b"\x86\xdd"
               else 4 * (frame[14] & 0xf)) + 8
    return frame[at + 8 + 4 * (frame[at] & 0x3f):]


def packet(values):
    lists = {name: value.split(",") if value else []
             for name, value in zip(FIELDS, values)}

    def nth(name, n=0, default="0"):
        return lists[name][n] if len(lists[name]) > n else default
    options = ["0x%04x/0x%02x" % (int(c, 0), int(t, 0))
               for c, t in zip(lists["geneve.option.class"],
                               lists["geneve.option.type"])]
    # "eth:ethertype:ipv6:udp:geneve:eth:ethertype:ip:..."
    outer = nth("frame.protocols").split(":geneve")[0].split(":")
    src, dst, tos, ttl = (
        ("ipv6.src", "ipv6.dst", "ipv6.tclass", "ipv6.hlim")
        if "ipv6" in outer else ("ip.src", "ip.dst", "ip.dsfield", "ip.ttl"))
    area = bytes.fromhex(nth("geneve.options", 0, ""))
    return Packet(
        time=float(nth("frame.time_epoch")),
        protocols=nth("frame.protocols"),
        src=nth(src), dst=nth(dst),
        source_port=int(nth("udp.srcport")),
        checksum=int(nth("udp.checksum"), 0),
        checksum_good=nth("udp.checksum.status") in ("1", "Good"),
        dont_fragment=truth(nth("ip.flags.df")),
        version=int(nth("geneve.version"), 0),
        oam=truth(nth("geneve.flags.oam")),
        critical=truth(nth("geneve.flags.critical")),
        vni=int(nth("geneve.vni"), 0),
        option_bytes=len(area),
        options=options,
        data=data_of(area),
        inner_src=nth("eth.src", 1, ""), inner_dst=nth("eth.dst", 1, ""),
        inner_port=int(nth("udp.srcport", 1)),
        icmp_type=int(nth("icmp.type", 0, "-1")),
        is_arp=bool(lists["arp.opcode"]),
        tos=int(nth(tos), 0), ttl=int(nth(ttl)),
        icmp6_type=int(nth("icmpv6.type", 0, "-1")),
        is_nd=nth("icmpv6.type", 0, "") in ("135", "136"))


class Tshark:
    """tshark, which takes its time to start: one for all captures.  It says a
    line for each packet that it is told."""

    def __init__(self, header):
        """'header' is that of a file of captured packets."""
        self.header = header
        command = ["tshark", "-r", "-", "-n", "-l", "-T", "fields",
                   "-E", "separator=|", "-E", "occurrence=a",
                   "-o", "udp.check_checksum:TRUE"]
        for field in FIELDS:
            command += ["-e", field]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.process.stdin.write(header)

    def decode(self, records):
        """The Geneve packets among 'records', each with its header."""
        result = []
        for record in records:
            # In turns, so that neither has to wait for room in a pipe.
            self.process.stdin.write(record)
            self.process.stdin.flush()
            line = self.process.stdout.readline().decode()
            assert line, "tshark has ended"
            values = line.rstrip("\n").split("|")
            if ":geneve" in values[FIELDS.index("frame.protocols")]:
                result.append(packet(values))
                result[-1].inner = inner_frame(record[16:])
        return result


tshark = None


def decode(header, records):
    """The Geneve packets of a file of captured packets, given in pieces."""
    global tshark
    if not tshark or tshark.header != header:
        tshark = Tshark(header)
    return tshark.decode(records)


class Capture:
    """A file that tcpdump writes.  Each packet is decoded once, although
    tests ask again and again."""

    def __init__(self, path):
        self.path = path
        self.decoded = []
        self.end = 24                   # Of what was decoded, in the file.

    def read_bytes(self):
        """The captured file, for a look at what no decoder knows."""
        return pathlib.Path(self.path).read_bytes()

    def frames(self):
        """The captured frames, undecoded."""
        return [frame for _, frame in self.timed_frames()]

    def timed_frames(self):
        """The same, each with the time (in seconds) when it came."""
        data, result, at = self.read_bytes(), [], 24
        while at + 16 <= len(data):
            seconds, fraction, size = (
                int.from_bytes(data[at + i:at + i + 4], "little")
                for i in (0, 4, 8))
            result.append((seconds + fraction / 1e6,
                           data[at + 16:at + 16 + size]))
            at += 16 + size
        return result

    def outer_sizes(self, src, marker):
        """The lengths of the outer IP packets from 'src' that have the bytes
        'marker' in them."""
        result = []
        for frame in self.frames():
            ipv6 = frame[12:14] == b"\x86\xdd"
            if marker not in frame or ip(src) != (
                    frame[22:38] if ipv6 else frame[26:30]):
                continue
            result.append(40 + int.from_bytes(frame[18:20], "big") if ipv6
                          else int.from_bytes(frame[16:18], "big"))
        return result

    def packets(self, src=None, dst=None, **wanted):
        """Returns the Geneve packets so far, those between the given outer
        addresses and with the given values of Packet's members."""
        data, records = self.read_bytes(), []
        while len(data) >= self.end + 16:
            after = self.end + 16 + int.from_bytes(
                data[self.end + 8:self.end + 12], "little")
            if after > len(data):
                break                   # tcpdump is just writing it.
            records.append(data[self.end:after])
            self.end = after
        if records:
            self.decoded += decode(data[:24], records)
        wanted.update({k: v for k, v in {"src": src, "dst": dst}.items()
                       if v is not None})
        return [p for p in self.decoded
                if all(getattr(p, k) == v for k, v in wanted.items())]


def option(name, data, r_bits=0, length=None):
    """The TLV of option "C/T" with 'data'; 'length' is the field in words,
    if it is to be wrong."""
    klass, kind = (int(n, 16) for n in name.split("/"))
    if length is None:
        length = len(data) // 4
    return struct.pack("!HBB", klass, kind, r_bits << 5 | length) + data


def geneve(vni, payload, options=b"", version=0, oam=False, critical=None,
           protocol=0x6558, option_words=None, reserved=0):
    """A Geneve header and its payload."""
    if option_words is None:
        option_words = len(options) // 4
    if critical is None:
        critical, rest = False, options
        while rest:
            critical |= bool(rest[2] & 0x80)
            rest = rest[4 + 4 * (rest[3] & 0x1f):]
    return struct.pack("!BBHI", version << 6 | option_words,
                       oam << 7 | critical << 6, protocol,
                       vni << 8 | reserved) + options + payload


def vxlan(vni, payload, flags=0x08):
    """A VXLAN header (RFC 7348, section 5) and its payload."""
    return struct.pack("!II", flags << 24, vni << 8) + payload


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def inner(src_mac, dst_mac, src_ip, dst_ip, payload, port=9, tos=0, ttl=64):
    """An inner frame: UDP in IPv4, without a UDP checksum."""
    return frame(src_mac, dst_mac, 0x0800,
                 ip4_udp(src_ip, dst_ip, payload, port, port, tos, ttl))


def ip4_udp(src_ip, dst_ip, payload, source_port, port, tos=0, ttl=64):
    """UDP in IPv4, without a UDP checksum."""
    udp = struct.pack("!HHHH", source_port, port, 8 + len(payload),
                      0) + payload
    header = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(udp), 0, 0, ttl,
                         17, 0, ip(src_ip), ip(dst_ip))
    return (header[:10] + struct.pack("!H", checksum(header)) + header[12:]
            + udp)


def outer(src_mac, dst_mac, src_ip, dst_ip, port, payload, tos=0, ttl=64,
          to=6081):
    """A frame of the underlay: UDP to port 'to' in IPv4, checksums right."""
    udp = struct.pack("!HHHH", port, to, 8 + len(payload), 0) + payload
    pseudo = ip(src_ip) + ip(dst_ip) + struct.pack("!BBH", 0, 17, len(udp))
    total = checksum(pseudo + udp + b"\0" * (len(udp) % 2)) or 0xffff
    udp = udp[:6] + struct.pack("!H", total) + udp[8:]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(udp), 0, 0x4000,
                         ttl, 17, 0, ip(src_ip), ip(dst_ip))
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return mac(dst_mac) + mac(src_mac) + b"\x08\x00" + header + udp


def outer6(src_mac, dst_mac, src_ip, dst_ip, port, payload, total=None):
    """The same in IPv6; 'total' is the UDP checksum, if it is to be wrong or
    0."""
    udp = struct.pack("!HHHH", port, 6081, 8 + len(payload), 0) + payload
    if total is None:
        pseudo = ip(src_ip) + ip(dst_ip) + struct.pack("!II", len(udp), 17)
        total = checksum(pseudo + udp + b"\0" * (len(udp) % 2)) or 0xffff
    udp = udp[:6] + struct.pack("!H", total) + udp[8:]
    return frame(src_mac, dst_mac, 0x86dd, struct.pack(
        "!IHBB", 6 << 28, len(udp), 17, 64) + ip(src_ip) + ip(dst_ip) + udp)


def ip(text):
    """The bytes of an address of either family."""
    return ipaddress.ip_address(text).packed


BROADCAST = "ff:ff:ff:ff:ff:ff"
NO_MAC = "00:00:00:00:00:00"
REQUEST, REPLY = 1, 2


def frame(src, dst, ethertype, payload=b""):
    return mac(dst) + mac(src) + struct.pack("!H", ethertype) + payload


def arp(op, sha, spa, tpa, tha=NO_MAC, dst=BROADCAST, src=None):
    """An ARP packet for IPv4 in Ethernet (RFC 826)."""
    return frame(src or sha, dst, 0x0806, struct.pack(
        "!HHBBH", 1, 0x0800, 6, 4, op) + mac(sha) + ip(spa) + mac(tha)
        + ip(tpa))


def inner6(src_mac, dst_mac, src_ip, dst_ip, protocol, payload, hop_limit=64):
    """An inner frame: 'payload' in IPv6, its checksum (UDP or ICMPv6) made
    right."""
    at = {17: 6, 58: 2}[protocol]
    pseudo = ip(src_ip) + ip(dst_ip) + struct.pack("!II", len(payload),
                                                   protocol)
    payload = payload[:at] + b"\0\0" + payload[at + 2:]
    total = checksum(pseudo + payload + b"\0" * (len(payload) % 2)) or 0xffff
    payload = payload[:at] + struct.pack("!H", total) + payload[at + 2:]
    return frame(src_mac, dst_mac, 0x86dd, struct.pack(
        "!IHBB", 6 << 28, len(payload), protocol, hop_limit)
        + ip(src_ip) + ip(dst_ip) + payload)


def udp6(src_mac, dst_mac, src_ip, dst_ip, payload, source_port=9, port=9):
    return inner6(src_mac, dst_mac, src_ip, dst_ip, 17, struct.pack(
        "!HHHH", source_port, port, 8 + len(payload), 0) + payload)


def nd(kind, src_mac, dst_mac, src_ip, dst_ip, target, lladdr=None, flags=0,
       hop_limit=255):
    """A neighbour solicitation (135) or advertisement (136), RFC 4861,
    sections 4.3 and 4.4; 'lladdr' is for the option that goes with it."""
    option = b""
    if lladdr:
        option = bytes([kind - 134, 1]) + mac(lladdr)
    return inner6(src_mac, dst_mac, src_ip, dst_ip, 58, struct.pack(
        "!BBHI", kind, 0, 0, flags << 29) + ip(target) + option, hop_limit)


def too_big_errors(frames):
    """(source, MTU, what is quoted) of the ICMP and ICMPv6 errors about
    packets that are too big; their checksums must be right."""
    result = []
    for f in frames:
        if f[12:14] == b"\x08\0" and f[23] == 1 and f[34:36] == b"\x03\x04":
            end = 14 + int.from_bytes(f[16:18], "big")
            assert checksum(f[14:34]) == 0
            assert checksum(f[34:end] + b"\0" * (end % 2)) == 0
            result.append((f[26:30], int.from_bytes(f[40:42], "big"),
                           f[42:end]))
        elif f[12:14] == b"\x86\xdd" and f[20] == 58 and f[54] == 2:
            size = int.from_bytes(f[18:20], "big")
            assert checksum(f[22:54] + struct.pack("!II", size, 58)
                            + f[54:54 + size] + b"\0" * (size % 2)) == 0
            result.append((f[22:38], int.from_bytes(f[58:62], "big"),
                           f[62:54 + size]))
    return result


def solicited_node(address):
    """The group that is asked for an address, and its MAC (RFC 4291, 2.7.1;
    RFC 2464, 7)."""
    low = ip(address)[-3:]
    return (str(ipaddress.IPv6Address(
        ip("ff02::1:ff00:0")[:13] + low)), "33:33:ff:%02x:%02x:%02x" % (
            low[0], low[1], low[2]))


def link_local(mac_text):
    """By EUI-64 (RFC 4291, appendix A)."""
    m = mac(mac_text)
    return str(ipaddress.IPv6Address(
        ip("fe80::")[:8] + bytes([m[0] ^ 2]) + m[1:3] + b"\xff\xfe"
        + m[3:]))


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def frag_needed(mtu, src, dst, data=b""):
    """An ICMP message that a UDP packet with 'data' between two (address,
    port) of IPv4 was too big."""
    quoted = struct.pack(
        "!BBHHHBBH4s4sHHHH", 0x45, 0, 1400, 1, 0x4000, 60, 17, 0, ip(src[0]),
        ip(dst[0]), src[1], dst[1], 1380, 0)
    quoted = (quoted[:10] + struct.pack("!H", checksum(quoted[:20]))
              + quoted[12:])
    message = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + quoted + data
    return message[:2] + struct.pack("!H", checksum(
        message + b"\0" * (len(message) % 2))) + message[4:]
