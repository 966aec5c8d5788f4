#!/usr/bin/python3
"""What a packet costs on its way through two nodes, next to plain Geneve.

  bench_datapath.py [--seconds N] [--passes N] [--rounds N] [--only NAME,...]
                    [--json FILE]

In a sandbox, an endpoint on hv-1 sends to one on hv-2 (or to a host outside,
by a gateway on hv-2):

  plain-N      no agent: a bridge of its own on each node, of the same
               ovs-vswitchd, with a Geneve port and NORMAL, and N bytes of
               options set by one flow
  size-0       plain-0 that also looks at the size of each packet
                                                           next to plain-0
  options-0    a VPC without options                       next to plain-0
  options-3    three options, 24 bytes                     next to plain-24
  options-252  all that a header holds                     next to plain-252
  flow-id      one with packet.flowHash, 8 bytes           next to plain-8
  policy-in    as options-3, and a policy of the receiver that allows it by
               the label in the packet                     next to plain-24
  policy       as options-3, and policies of both endpoints, for what they
               send and for what they receive              next to plain-24
  snat         out of the VPC, translated by the gateway   next to plain-0
  vip          to a LoadBalancer, whose backend it is      next to plain-0
  dsr          from the host outside to a LoadBalancer, by a gateway on hv-1;
               answers leave on hv-2 (direct)              next to plain-8

What is measured: packets/s of 60-byte UDP, one flow, more than fit through;
Gbit/s of one TCP connection; TCP connections/s, 16 at a time; what processor
time both ovs-vswitchd take together for one such packet, for a megabyte and
for a connection; and how many datapath flows 100 UDP flows need on both nodes.

All of these take turns, for a moment each (--seconds), several times in each
round (--passes), once forwards and once backwards.  What counts is the median
of the rounds, also for the ratio to the plain one in the same round.  The
switches share the machine with who sends and who receives, and with what else
it does.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

import world                                    # noqa: E402
from lab import (Lab, namespace_prefix,          # noqa: E402
                 resource)
from waiting import pause, wait_until           # noqa: E402

LOAD = os.path.join(os.environ.get("GA_BUILDDIR", TOP / "build"), "tests",
                    "bench", "load")
PORT = 5001
RATE = 100000                       # Packets/s: more than fit through.
CONNECTIONS = 16
FLOWS = 100
NODES = "hv-1", "hv-2"
UNDERLAY = {"hv-1": "192.0.2.1", "hv-2": "192.0.2.2"}
OUTSIDE = "198.51.100.1"
VIP = "10.0.0.100"
DSR_VIP = "198.51.100.80"

# Options by profile: their data lengths and where the values come from.
PROFILES = {
    "three": [("label", "0x81", 4, "endpoint.policyLabel"),
              ("type", "0x02", 4, "endpoint.type"),
              ("class", "0x03", 4, "endpoint.qosClass")],
    # A bridge maps no more than 256 bytes of data, of all options together.
    "full": [("big-%d" % n, "0x3%d" % n, 80, {"constant": "0x" + 80 * "5a"})
             for n in range(3)],
    "hash": [("flow-id", "0x04", 4, "packet.flowHash")],
    "dsr": [("service", "0x8d", 4, "service.vip")],
}


class Variant:
    """Who sends what to whom."""

    def __init__(self, name, vni, plain=None, profile=None, plain_options=(),
                 is_ours=True):
        self.name = name
        self.vni = vni
        self.plain = plain              # The name of the one next to it.
        self.profile = profile
        self.plain_options = plain_options      # Data lengths.
        self.is_ours = is_ours and plain is not None
        self.source, self.target = name + "-a", name + "-b"
        self.address = "10.0.0.2"
        self.server = None

    @property
    def client(self):
        """Where who sends is."""
        return (("exec", "outside") if self.name == "dsr"
                else ("vm", self.source))

    def find_mac(self, lab):
        """Of who sends."""
        if self.name == "dsr":
            shown, = json.loads(lab.exec("outside", "ip", "-j", "address",
                                         "show", "to", OUTSIDE))
            link, = json.loads(lab.exec("outside", "ip", "-j", "link", "show",
                                        shown["ifname"]))
            return link["address"]
        return ("02:00:0a:00:00:01" if self.is_ours
                else "02:00:00:00:90:01")

    @property
    def vpc(self):
        return "v%d" % self.vni


VARIANTS = [
    Variant("plain-0", 9000),
    Variant("plain-8", 9001, plain_options=[4]),
    Variant("plain-24", 9002, plain_options=[4, 4, 4]),
    Variant("plain-252", 9003, plain_options=[80, 80, 80]),
    Variant("size-0", 9004, "plain-0", is_ours=False),
    Variant("options-0", 5000, "plain-0"),
    Variant("options-3", 5001, "plain-24", "three"),
    Variant("options-252", 5002, "plain-252", "full"),
    Variant("flow-id", 5003, "plain-8", "hash"),
    Variant("policy-in", 5004, "plain-24", "three"),
    Variant("policy", 5005, "plain-24", "three"),
    Variant("snat", 5006, "plain-0"),
    Variant("vip", 5007, "plain-0"),
    Variant("dsr", 5008, "plain-8", "dsr"),
]


def objects(variants):
    for name in {v.profile for v in variants if v.profile}:
        for option, kind, length, value in PROFILES[name]:
            yield world.geneve_option(option, "0xff01/" + kind, length, value)
        yield world.profile(name, *(option[0] for option in PROFILES[name]))
    for v in variants:
        if not v.is_ours:
            continue
        spec = {"optionProfile": v.profile} if v.profile else {}
        yield world.vpc(v.vpc, v.vni, **spec)
        yield world.endpoint(v.source, v.vpc, 1)
        yield world.endpoint(v.target, v.vpc, 2)


def policies():
    """Who sends has the label app=a, who receives app=b."""
    yield resource("VPCPolicy", "b-from-a", {
        "vpc": by_name("policy-in").vpc,
        "endpointSelector": {"matchLabels": {"app": "b"}},
        "ingress": [{"from": [{"endpointSelector": {
            "matchLabels": {"app": "a"}}}]}]})
    everybody = [{"endpointSelector": {"matchExpressions": [
        {"key": "app", "operator": "Exists"}]}}]
    yield resource("VPCPolicy", "all", {
        "vpc": by_name("policy").vpc, "endpointSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": everybody}], "egress": [{"to": everybody}]})


def gateways():
    yield resource("ExternalNetwork", "out", {
        "physicalNetwork": "physnet1",
        "subnets": [{"cidr": "198.51.100.0/24", "gateway": OUTSIDE}]})
    yield resource("VPCGateway", "gw", {
        "vpc": by_name("snat").vpc, "externalNetwork": "out",
        "nodes": [{"nve": "hv-2"}], "maxConnections": 1000000,
        "snat": [{"cidr": "10.0.0.0/24", "address": "198.51.100.10"}]})
    yield resource("VPCGateway", "gw-dsr", {
        "vpc": by_name("dsr").vpc, "externalNetwork": "out",
        "nodes": [{"nve": "hv-1"}],
        "snat": [{"cidr": "10.0.0.0/24", "address": "198.51.100.11"}]})


def load_balancer(name, **spec):
    return resource("LoadBalancer", name, {
        "vpc": by_name(name).vpc, "address": VIP, **spec,
        "ports": [{"protocol": protocol, "port": PORT}
                  for protocol in ("UDP", "TCP")],
        "backends": {"endpointSelector": {"matchLabels": {"app": "b"}}}})


# The plain ones.

def tunnel_options(lab, node, remote):
    """The options of the agent's port to a remote that change what is sent."""
    text = lab.exec(node, "ovs-vsctl", "--bare", "--columns=options", "find",
                    "interface", "type=geneve", "options:remote_ip=" + remote)
    return [word for word in text.split()
            if word.startswith(("csum=", "local_ip="))]


def make_plain_vm(lab, v, node, end):
    """A VM as `sandbox plug' makes it, on a bridge that is nobody's.  `sandbox
    stop' ends it by its name."""
    space = namespace_prefix(lab.dir) + v.name + end
    port = "p%d%s" % (v.vni, end)
    number = "ab".index(end) + 1
    mtu = 1450 - sum(4 + length for length in v.plain_options)

    def ip(*words):
        lab.run(["ip", *words], True, 30)
    ip("netns", "add", space)
    ip("-n", prefix + node, "link", "add", port, "type", "veth", "peer",
       "name", "eth0", "netns", space)
    ip("-n", space, "link", "set", "eth0", "mtu", str(mtu), "address",
       "02:00:00:00:90:%02x" % number, "up")
    ip("-n", space, "address", "add", "10.0.0.%d/24" % number, "dev", "eth0")
    ip("-n", prefix + node, "link", "set", port, "up")
    for where, device in (space, "eth0"), (prefix + node, port):
        lab.run(["ip", "netns", "exec", where, "ethtool", "-K", device, "tx",
                 "off", "rx", "off", "gro", "off", "gso", "off", "tso", "off"],
                False, 30)
    # Where Lab.namespace() looks for it.
    path = lab.dir / node / "plugged" / ("%s-%s" % (v.name, end))
    path.parent.mkdir(exist_ok=True)
    path.write_text(space + "\nby itself\n")
    return port


def make_plain(lab, v):
    for node, end in zip(NODES, "ab"):
        port = make_plain_vm(lab, v, node, end)
        other, = set(NODES) - {node}
        bridge, tunnel = "br-p%d" % v.vni, "t%d" % v.vni
        lab.exec(node, "ovs-vsctl", "add-br", bridge, "--", "set", "bridge",
                 bridge, "datapath_type=netdev", "--", "add-port", bridge,
                 port, "--", "add-port", bridge, tunnel, "--", "set",
                 "interface", tunnel, "type=geneve",
                 "options:key=%d" % v.vni,
                 "options:remote_ip=" + UNDERLAY[other],
                 *("options:" + o for o in tunnel_options(
                     lab, node, UNDERLAY[other])))
        if v.name.startswith("size"):
            for flow in ("in_port=%s,actions=check_pkt_larger(1464)->"
                         "NXM_NX_REG0[0],resubmit(,1)" % port,
                         "table=1,priority=1,reg0=1,actions=drop",
                         "table=1,priority=0,actions=NORMAL"):
                lab.exec(node, "ovs-ofctl", "add-flow", bridge, flow)
        if not v.plain_options:
            continue
        lab.exec(node, "ovs-ofctl", "add-tlv-map", bridge, ",".join(
            "{class=0xff01,type=%d,len=%d}->tun_metadata%d"
            % (0x20 + n, length, n)
            for n, length in enumerate(v.plain_options)))
        lab.exec(node, "ovs-ofctl", "add-flow", bridge, "in_port=%s,actions="
                 "%s,NORMAL" % (port, ",".join(
                     "set_field:0x%s->tun_metadata%d" % (length * "5a", n)
                     for n, length in enumerate(v.plain_options))))


# Ours.

def make_ours(lab, variants):
    everything = list(objects(variants))
    for obj in everything:
        if obj["kind"] == "Endpoint":
            name = obj["metadata"]["name"]
            obj["metadata"]["labels"] = {"app": name[-1]}
        if obj["metadata"]["name"] in [by_name(name).vpc for name in
                                       ("snat", "vip", "dsr")]:
            obj["spec"]["subnets"] = [{"cidr": "10.0.0.0/24",
                                       "gateway": "10.0.0.254"}]
    vpcs = [v.vpc for v in variants]
    everything += [obj for obj in (
        *policies(), *gateways(), load_balancer("vip"),
        load_balancer("dsr", externalAddress=DSR_VIP, **{"return": "direct"}))
                   if obj["spec"].get("vpc", vpcs[0]) in vpcs]
    lab.apply(*everything)
    for v in variants:
        if v.is_ours:
            for node, name in zip(NODES, (v.source, v.target)):
                lab.plug(node, name)
    for v in variants:
        if v.profile:
            lab.wait_transmit("hv-1", "hv-2", v.profile, "ok")


def by_name(name):
    return next(v for v in VARIANTS if v.name == name)


# Measuring.

def start(lab, verb, where, *words):
    return lab.popen(verb, where, LOAD, *words, stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE, text=True)


def serve(lab, v):
    """Starts who receives.  Outside there is one for all."""
    if v.name == "snat":
        v.address = OUTSIDE
        v.server = start(lab, "exec", "outside", "serve", PORT)
    else:
        if v.name in ("vip", "dsr"):
            v.address = VIP if v.name == "vip" else DSR_VIP
        v.server = start(lab, "vm", v.target, "serve", PORT)
    assert v.server.stdout.readline() == "ready\n"


def counts(v):
    """What has come so far: packets, connections, bytes."""
    v.server.stdin.write("?\n")
    v.server.stdin.flush()
    return [int(word) for word in v.server.stdout.readline().split()]


def processor_time(lab):
    """Of both ovs-vswitchd, seconds."""
    total = 0
    for node in NODES:
        pid = (lab.dir / node / "ovs-vswitchd.pid").read_text().strip()
        fields = pathlib.Path("/proc/%s/stat" % pid).read_text().rpartition(
            ") ")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def now():
    with open("/proc/uptime") as file:
        return float(file.read().split()[0])


def run(lab, v, seconds, *words):
    """What came in how many seconds, and at the cost of what processor time,
    while a load runs."""
    client = start(lab, *v.client, words[0], v.address, PORT, *words[1:])
    try:
        first = counts(v)
        wait_until(lambda: counts(v) != first, "%s: %s comes" % (
            v.name, words[0]))
        pause(0.2)                      # Datapath flows are made.
        begin, before, busy = now(), counts(v), processor_time(lab)
        pause(seconds)
        after, busy = counts(v), processor_time(lab) - busy
        return ([b - a for a, b in zip(before, after)], now() - begin, busy)
    finally:
        client.kill()
        client.wait()


def count_flows(lab, v):
    """How many datapath flows 100 flows need on both nodes together, and
    whether a packet goes through the tables more than once.  Not counted is
    the one that takes off the Geneve header, which all share."""
    for node in NODES:
        lab.exec(node, "ovs-appctl", "revalidator/purge")
    lab.run_in(*v.client, LOAD, "flows", v.address, PORT, FLOWS)
    marks = ["tun_id=0x%x," % v.vni, "eth(src=%s" % v.find_mac(lab),
             "recirc_id(0x"]
    lines = [line for node in NODES for line in lab.exec(
        node, "ovs-appctl", "dpctl/dump-flows").splitlines()
             if "eth_type(0x0800)" in line
             and any(mark in line for mark in marks)]
    return {"flows": len(lines),
            "recirculation": any("recirc(" in line for line in lines)}


# What a load is measured by: which of the counts, what it is multiplied by
# for a rate, and the amount for which processor time is told.
LOADS = {"udp": (("udp", RATE), 0, 1, 1),
         "tcp": (("tcp",), 2, 8e-9, 1e6),
         "connections": (("connections", CONNECTIONS), 1, 1, 1)}


def run_round(lab, variants, seconds, n_passes):
    """Returns {variant: {measure: value}}."""
    sums = {(v.name, load): [0, 0, 0] for v in variants for load in LOADS}
    for n in range(n_passes):
        for load, (words, which, _, _) in LOADS.items():
            for v in variants[::-1 if n % 2 else 1]:
                came, took, busy = run(lab, v, seconds, *words)
                sums[v.name, load] = [a + b for a, b in zip(
                    sums[v.name, load], (came[which], took, busy))]
    result = {v.name: {} for v in variants}
    for (name, load), (came, took, busy) in sums.items():
        _, _, factor, amount = LOADS[load]
        rate, time = list(zip(RATES, TIMES))[list(LOADS).index(load)]
        result[name][rate] = came * factor / took
        result[name][time] = busy * TIME_UNITS[time] * amount / max(came, 1)
    return result


RATES = {"packets/s": "%9.0f", "Gbit/s": "%9.3f", "conns/s": "%9.0f"}
TIMES = {"us/packet": "%9.1f", "ms/MB": "%9.2f", "us/conn": "%9.0f"}
TIME_UNITS = {"us/packet": 1e6, "ms/MB": 1e3, "us/conn": 1e6}


def summarize(variants, rounds):
    """{variant: {measure: median, "ratio": {measure: median}}}"""
    result = {}
    for v in variants:
        result[v.name] = {m: statistics.median(r[v.name][m] for r in rounds)
                          for m in {**RATES, **TIMES}}
        if v.plain:
            result[v.name]["plain"] = v.plain
            result[v.name]["ratio"] = {
                m: statistics.median(r[v.name][m] / r[v.plain][m]
                                     for r in rounds if r[v.plain][m])
                for m in {**RATES, **TIMES}}
    return result


def show_table(title, result, measures):
    print("\n%-14s%s" % (title, "".join("%9s        " % m
                                        for m in measures).rstrip()))
    for name, r in result.items():
        words = ["%-14s" % name]
        for m, form in measures.items():
            ratio = r.get("ratio", {}).get(m)
            words.append(form % r[m] + ("  x %4.2f" % ratio if ratio
                                        else "        "))
        print("".join(words).rstrip())


def show(result):
    show_table("rates", result, RATES)
    show_table("processor", result, TIMES)
    print("\n%-14s%9s" % ("flows of 100", "number"))
    for name, r in result.items():
        print("%-14s%9d%s" % (name, r["datapath"]["flows"],
                              ", with recirculation"
                              if r["datapath"]["recirculation"] else ""))
    print()


def choose(names):
    """The variants of these names, and the plain ones next to them: those of
    each sandbox.  A bridge has no room for the option of dsr next to all
    others."""
    for alone in False, True:
        chosen = {name for v in VARIANTS if not names or v.name in names
                  if (v.name == "dsr") == alone
                  for name in (v.name, v.plain or v.name)}
        if chosen:
            yield [v for v in VARIANTS if v.name in chosen]


def bench(lab, variants, args):
    make_ours(lab, variants)
    for v in variants:
        if not v.is_ours:
            make_plain(lab, v)
    for v in variants:
        serve(lab, v)
        # A VIP answers no echo requests.
        lab.wait_ping(v.source, ("10.0.0.2" if v.name in ("vip", "dsr")
                                 else v.address))
    datapath = {v.name: count_flows(lab, v) for v in variants}
    rounds = []
    for n in range(args.rounds):
        print("round %d of %d" % (n + 1, args.rounds), file=sys.stderr)
        rounds.append(run_round(lab, variants, args.seconds, args.passes))
    result = summarize(variants, rounds)
    for v in variants:
        result[v.name]["datapath"] = datapath[v.name]
        v.server.kill()
        v.server.wait()
    return result, rounds


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--passes", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    if os.geteuid():
        sys.exit("bench_datapath.py: needs root")
    result, rounds = {}, []
    for variants in choose(args.only):
        lab = Lab(2, outside=True).start()
        try:
            part = bench(lab, variants, args)
            # What is next to dsr is there for its ratio only.
            result = {**part[0], **result}
            rounds.append(part[1])
        finally:
            lab.stop()
    load = os.getloadavg()[0]
    show(result)
    print("%d processors, load of the machine %.1f" % (os.cpu_count(), load))
    if args.json:
        args.json.write_text(json.dumps(
            {"processors": os.cpu_count(), "load": load, "result": result,
             "rounds": rounds}, indent=1) + "\n")


if __name__ == "__main__":
    main()
