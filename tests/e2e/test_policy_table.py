"""VPCPolicy, row by row: what Kubernetes' documentation says of NetworkPolicy,
with real packets.

Each row has policies, and which of the probes (probes.py) get through; all
others that the rows of its table ask for must not.  VPC shop is the namespace:
web and db are on hv-1, api and job on hv-2, and web and api are in another
subnet than db and job.  So every row has senders on the same and on another
node, bridged and routed.
"""
import contextlib
import socket

import pytest

import probes
import wire
import world
from lab import resource
from waiting import PATIENCE, wait_until

VNI = 6100
NAMES = ["web", "db", "api", "job"]
NODES = {"web": "hv-1", "db": "hv-1", "api": "hv-2", "job": "hv-2"}
ADDRESSES = {name: {False: "10.%d.0.%d" % (net, number),
                    True: "fd00:%d::%d" % (net, number)}
             for number, (name, net) in enumerate(
                 [("web", 1), ("db", 2), ("api", 1), ("job", 2)], 1)}


def endpoint(number, name):
    v4, v6 = ADDRESSES[name].values()
    obj = world.endpoint(name, "shop", number, net=v4.rpartition(".")[0],
                         policyLabel=number)
    obj["spec"]["ips"].append(v6)
    obj["metadata"]["labels"] = {"role": name, "tier": (
        "front" if name in ("web", "api") else "back")}
    return obj


@pytest.fixture(scope="module")
def sb(own_lab):
    lab = own_lab(2, "4", outside=True)
    lab.apply(
        world.geneve_option("policy-label", "0xff01/0x81", 4,
                            "endpoint.policyLabel"),
        world.profile("plain", "policy-label"),
        resource("VPC", "shop", {
            "vni": VNI, "tenantId": world.TENANT, "optionProfile": "plain",
            "subnets": [{"cidr": "10.%d.0.0/24" % n,
                         "gateway": "10.%d.0.254" % n} for n in (1, 2)] + [
                {"cidr": "fd00:%d::/64" % n, "gateway": "fd00:%d::fe" % n}
                for n in (1, 2)]}),
        *(endpoint(n, name) for n, name in enumerate(NAMES, 1)))
    for name, node in NODES.items():
        lab.plug(node, name, wait=False)
    for name, node in NODES.items():
        lab.wait_running(name, node)
    world.settle(lab, {n: world.ct("policy-label") for n in lab.names},
                 "plain")
    everything = probes_of("all", "tcp80") | probes_of("all", "tcp80/6")
    wait_until(lambda: run(lab, everything, everything, after=0) == everything,
               "all is open")
    return lab


def run(lab, texts, expected, **kwargs):
    return probes.answered(lab, ADDRESSES, sorted(texts), expected, **kwargs)


def probes_of(who, *kinds):
    """"all", "web>" (from it), ">db" (to it) or "web>db"; separated by
    blanks."""
    result = set()
    for word in who.split():
        src, _, dst = word.partition(">")
        result |= {"%s>%s:%s" % (a, b, kind) for a in NAMES for b in NAMES
                   for kind in kinds if a != b and (word == "all" or (
                       src in ("", a) and dst in ("", b)))}
    return result


def select(**labels):
    return {"endpointSelector": {"matchLabels": labels}}


def block(cidr, *excepted):
    return {"ipBlock": {"cidr": cidr, **(
        {"except": list(excepted)} if excepted else {})}}


def port(number=None, last=None, protocol=None):
    result = {} if protocol is None else {"protocol": protocol}
    if number:
        result["port"] = number
    if last:
        result["endPort"] = last
    return result


def policy(role, **spec):
    """A policy for the endpoints of that role, or if it is "", for all."""
    return dict(spec, endpointSelector={
        "matchLabels": {"role": role}} if role else {})


DENY_IN = policy("", policyTypes=["Ingress"])
DENY_OUT = policy("", policyTypes=["Egress"])
ALL = ("tcp80", "udp53", "ping")

# name: (policies, kinds of probes, what gets through).
ROWS = {
    "no policy: all is allowed, both ways": ([], ALL, probes_of("all", *ALL)),
    # "Default policies".
    "default deny all ingress": ([DENY_IN], ALL, set()),
    "the same, policyTypes left out": ([policy("")], ALL, set()),
    "default deny all egress": ([DENY_OUT], ALL, set()),
    "egress: [] alone is no policy for egress": (
        [policy("db", egress=[])], ALL,
        probes_of("all", *ALL) - probes_of(">db", *ALL)),
    "default deny all ingress and all egress": (
        [policy("", policyTypes=["Ingress", "Egress"])], ALL, set()),
    "allow all ingress": ([policy("", ingress=[{}])], ALL,
                          probes_of("all", *ALL)),
    "allow all ingress, and no other policy takes that back": (
        [policy("", ingress=[{}]), DENY_IN], ALL, probes_of("all", *ALL)),
    "allow all egress, likewise": (
        [policy("", policyTypes=["Egress"], egress=[{}]), DENY_OUT], ALL,
        probes_of("all", *ALL)),
    # "The two sorts of pod isolation".
    "isolated for ingress: it still sends, and gets the answers": (
        [policy("db")], ALL, probes_of("all", *ALL) - probes_of(">db", *ALL)),
    "isolated for egress: it still receives, and its answers pass": (
        [policy("db", policyTypes=["Egress"])], ALL,
        probes_of("all", *ALL) - probes_of("db>", *ALL)),
    "egress rules make a policy one for egress, and for ingress, too": (
        [policy("db", egress=[{"to": [select(role="web")]}])], ALL,
        (probes_of("all", *ALL) - probes_of("db> >db", *ALL))
        | probes_of("db>web", *ALL)),
    "policyTypes Ingress: egress rules do nothing": (
        [policy("db", policyTypes=["Ingress"], ingress=[{}], egress=[
            {"to": [select(role="web")]}])], ALL, probes_of("all", *ALL)),
    "policyTypes Egress: ingress rules do nothing": (
        [policy("db", policyTypes=["Egress"], egress=[{}], ingress=[
            {"from": [select(role="web")]}])], ALL, probes_of("all", *ALL)),
    "policies add up": (
        [policy("db", ingress=[{"from": [select(role="web")]}]),
         policy("db", ingress=[{"from": [select(role="api")],
                                "ports": [port(80)]}])], ALL,
        (probes_of("all", *ALL) - probes_of(">db", *ALL))
        | probes_of("web>db", *ALL) | probes_of("api>db", "tcp80")),
    "policies for egress add up": (
        [policy("web", policyTypes=["Egress"],
                egress=[{"to": [select(role="db")]}]),
         policy("", policyTypes=["Egress"],
                egress=[{"ports": [port(53, protocol="UDP")]}])], ALL,
        probes_of("all", "udp53") | probes_of("web>db", *ALL)),
    "both ends have to allow it": (
        [policy("db", ingress=[{"from": [select(tier="front")]}]),
         policy("", policyTypes=["Egress"],
                egress=[{"to": [select(role="db"), select(role="job")],
                         "ports": [port(80)]}])], ALL,
        probes_of("web>db api>db >job", "tcp80")),
    # "Behavior of to and from selectors".
    "from: any of several; an empty selector is everybody": (
        [policy("db", ingress=[{"from": [select(role="web"),
                                         select(role="job")]}]),
         policy("web", ingress=[{"from": [select()]}])], ALL,
        probes_of("all", *ALL) - probes_of("api>db", *ALL)),
    "from and ports: both": (
        [policy("db", ingress=[{"from": [select(tier="front")],
                                "ports": [port(80),
                                          port(protocol="ICMP")]}])], ALL,
        (probes_of("all", *ALL) - probes_of(">db", *ALL))
        | probes_of("web>db api>db", "tcp80", "ping")),
    "matchExpressions": (
        [policy("db", ingress=[{"from": [{"endpointSelector": {
            "matchExpressions": [{"key": "role", "operator": "NotIn",
                                  "values": ["web", "job"]}]}}]}])], ALL,
        (probes_of("all", *ALL) - probes_of(">db", *ALL))
        | probes_of("api>db", *ALL)),
    "to: by label, not by address": (
        [policy("", policyTypes=["Egress"],
                egress=[{"to": [select(tier="back")]}])], ALL,
        probes_of(">db >job", *ALL)),
    # ipBlock: of any address, as in Kubernetes' conformance tests.
    "ipBlock, from": (
        [policy("db", ingress=[{"from": [block("10.1.0.0/24")]}])], ALL,
        (probes_of("all", *ALL) - probes_of(">db", *ALL))
        | probes_of("web>db api>db", *ALL)),
    "ipBlock, to": (
        [policy("web", policyTypes=["Egress"],
                egress=[{"to": [block("10.2.0.0/24")]}])], ALL,
        (probes_of("all", *ALL) - probes_of("web>", *ALL))
        | probes_of("web>db web>job", *ALL)),
    "ipBlock, from, with except": (
        [policy("db", ingress=[{"from": [block("10.0.0.0/8",
                                               "10.1.0.3/32")]}])], ALL,
        probes_of("all", *ALL) - probes_of("api>db", *ALL)),
    "ipBlock, to, with except": (
        [policy("web", policyTypes=["Egress"],
                egress=[{"to": [block("0.0.0.0/0", "10.2.0.2/32")],
                         "ports": [port(80), port(53, protocol="UDP")]}])],
        ALL, (probes_of("all", *ALL) - probes_of("web>", *ALL))
        | probes_of("web>api web>job", "tcp80", "udp53")),
    "ipBlock: what one rule excepts another allows": (
        [policy("web", policyTypes=["Egress"],
                egress=[{"to": [block("10.2.0.0/24", "10.2.0.2/32"),
                                block("10.2.0.2/32")]}])], ALL,
        (probes_of("all", *ALL) - probes_of("web>", *ALL))
        | probes_of("web>db web>job", *ALL)),
    "ipBlock and selectors: any of them": (
        [policy("web", policyTypes=["Egress"],
                egress=[{"to": [block("10.2.0.2/32"), select(role="api")],
                         "ports": [port(80), port(443)]}])], ALL,
        (probes_of("all", *ALL) - probes_of("web>", *ALL))
        | probes_of("web>db web>api", "tcp80")),
    # "Targeting a range of ports", and protocols.
    "endPort": (
        [policy("db", ingress=[{"ports": [port(79, 81)]}]),
         policy("job", policyTypes=["Egress"],
                egress=[{"ports": [port(50, 60, "UDP")]}])],
        ("tcp78", "tcp80", "tcp81", "tcp82", "udp53"),
        (probes_of("all", "tcp78", "tcp80", "tcp81", "tcp82", "udp53")
         - probes_of(">db", "tcp78", "tcp82", "udp53")
         - probes_of("job>", "tcp78", "tcp80", "tcp81", "tcp82"))),
    "without a protocol it is TCP; without a port all of them": (
        [policy("db", ingress=[{"ports": [port(53)]}]),
         policy("web", policyTypes=["Egress"],
                egress=[{"ports": [port(protocol="UDP")]}])],
        ("tcp53", "udp53"),
        (probes_of("all", "tcp53", "udp53") - probes_of(">db", "udp53")
         - probes_of("web>", "tcp53"))),
    "IPv6": (
        [policy("db", ingress=[{"from": [block("fd00:1::/64",
                                               "fd00:1::3/128")]}]),
         policy("job", policyTypes=["Egress"], egress=[
             {"to": [block("fd00:2::/64"), select(role="web")],
              "ports": [port(80), port(protocol="ICMPv6")]}])],
        ("tcp80/6", "udp53/6", "ping/6"),
        (probes_of("all", "tcp80/6", "udp53/6", "ping/6")
         - probes_of("api>db", "tcp80/6", "udp53/6", "ping/6")
         - probes_of("job>", "tcp80/6", "udp53/6", "ping/6"))
        | probes_of("job>web", "tcp80/6", "ping/6")),
    "external: no endpoint is": (
        [policy("db", ingress=[{"from": [{"external": True}]}]),
         policy("job", policyTypes=["Egress"],
                egress=[{"to": [{"external": True}]}])], ALL,
        (probes_of("all", *ALL) - probes_of(">db job>", *ALL))),
}


def objects(policies):
    return [resource("VPCPolicy", "p%d" % n, dict(spec, vpc="shop"))
            for n, spec in enumerate(policies)]


@contextlib.contextmanager
def enforced(lab, *policies):
    objs = objects(policies)
    names = {obj["metadata"]["name"] for obj in objs}
    with lab.temporary(*objs):
        for node in lab.names:
            wait_until(lambda node=node: names <= {
                p["name"] for p in lab.agentctl(node, "policy", "list")},
                       "%s knows the policies" % node)
        yield


@pytest.mark.parametrize("name", ROWS)
def test_row(sb, name):
    policies, kinds, expected = ROWS[name]
    with enforced(sb, *policies):
        def check():
            seen = run(sb, probes_of("all", *kinds), expected,
                       wait=0.03 * PATIENCE)
            assert seen == expected, (
                "closed: %s, open: %s" % (sorted(expected - seen),
                                          sorted(seen - expected)))
            return True
        wait_until(check, "it is as the row says")


# What the table cannot say.

def rows_of(lab, node):
    return {e["name"]: e for e in lab.agentctl(node, "endpoint", "list")}


def test_a_connection_ends_with_its_egress_rule(sb):
    """At once, in both directions; one that is still allowed does not
    notice."""
    rule = {"to": [select(role="api")]}
    with contextlib.ExitStack() as stack:
        stack.enter_context(enforced(
            sb, policy("web", egress=[dict(rule, ports=[port(80),
                                                        port(90)])])))
        pairs = []
        for number in 80, 90:
            with sb.inside("vm", "api"):
                server = stack.enter_context(socket.create_server(
                    (ADDRESSES["api"][False], number)))
            with sb.inside("vm", "web"):
                client = stack.enter_context(socket.create_connection(
                    (ADDRESSES["api"][False], number), 5))
            peer = stack.enter_context(server.accept()[0])
            client.settimeout(5)
            peer.settimeout(5)
            client.sendall(b"1")
            assert peer.recv(9) == b"1"
            pairs.append((client, peer))
        sb.patch("VPCPolicy", "p0", {"spec": {"egress": [
            dict(rule, ports=[port(90)])]}})
        wait_until(lambda: not run(sb, {"web>api:tcp80"}, set(), wait=0.3),
                   "the rule is gone")
        for client, peer in pairs:
            client.sendall(b"2")
        assert pairs[1][1].recv(9) == b"2"
        pairs[1][1].sendall(b"3")
        assert pairs[1][0].recv(9) == b"3"
        # Ingress of web is closed, too: what comes is let in as an answer to
        # a connection, and no longer to this one.
        pairs[0][1].sendall(b"late")
        for end in pairs[0]:
            end.settimeout(0.4)
            with pytest.raises(TimeoutError):
                end.recv(9)
        # And it goes on when the rule is back.
        sb.patch("VPCPolicy", "p0", {"spec": {"egress": [
            dict(rule, ports=[port(80), port(90)])]}})
        for end, data in zip(pairs[0], (b"late", b"2")):
            end.settimeout(10)
            assert end.recv(9) == data


def test_connections_from_before(sb):
    """Those that a policy for egress allows do not notice it, and those that
    were made to the endpoint go on when the other end sends."""
    with contextlib.ExitStack() as stack:
        def connect(src, dst):
            with sb.inside("vm", dst):
                server = stack.enter_context(socket.create_server(
                    (ADDRESSES[dst][False], 60)))
            with sb.inside("vm", src):
                client = stack.enter_context(socket.create_connection(
                    (ADDRESSES[dst][False], 60), 5))
            pair = client, stack.enter_context(server.accept()[0])
            for end in pair:
                end.settimeout(5)
            return pair

        def says(a, b, data):
            a.sendall(data)
            assert b.recv(9) == data

        to_db, to_job, to_web = (connect(*pair) for pair in (
            ("web", "db"), ("web", "job"), ("api", "web")))
        with enforced(sb, policy("web", policyTypes=["Egress"],
                                 egress=[{"to": [select(role="db")]}])):
            wait_until(lambda: not run(sb, {"web>api:udp53"}, set()),
                       "the policy is in force")
            says(*to_db, b"1")
            says(*to_db[::-1], b"2")
            says(*to_web, b"3")
            says(*to_web[::-1], b"4")
            to_job[0].sendall(b"5")
            to_job[1].settimeout(0.4)
            with pytest.raises(TimeoutError):
                to_job[1].recv(9)


def test_addresses_must_belong_together(sb):
    """An address that is allowed is no way to another endpoint: not by its
    MAC, and not by a broadcast."""
    mac = {name: world.mac(endpoint(n, name))
           for n, name in enumerate(NAMES, 1)}

    def send(dst_mac, dst, marker):
        frame = wire.frame(mac["web"], dst_mac, 0x0800, wire.ip4_udp(
            ADDRESSES["web"][False], ADDRESSES[dst][False], marker, 7, 7))
        sock.send(frame)

    with enforced(sb, policy("web", policyTypes=["Egress"],
                             egress=[{"to": [block("10.1.0.3/32")]}])):
        wait_until(lambda: run(sb, {"web>api:tcp80", "web>db:tcp80"},
                               {"web>api:tcp80"}, wait=0.03 * PATIENCE)
                   == {"web>api:tcp80"}, "the policy is in force")
        with sb.listening("db") as at_db, sb.listening("api") as at_api:
            with sb.sending("web") as sock:
                before = rows_of(sb, "hv-1")["web"]["deniedEgress"]
                send(mac["db"], "api", b"forged 1")
                send(wire.BROADCAST, "api", b"forged 2")
                wait_until(lambda: send(mac["api"], "api", b"right") or any(
                    b"right" in frame for frame in at_api()), "api hears it")
            assert not any(b"forged" in frame
                           for frame in at_db() + at_api())
            wait_until(lambda: rows_of(sb, "hv-1")["web"]["deniedEgress"]
                       >= before + 2, "they are counted")


def test_agentctl_says_what_is_in_force(sb):
    rules = [{"to": [select(tier="back"), block("10.0.0.0/8", "10.1.0.0/16"),
                     {"external": True}],
              "ports": [port(80)]}, {"ports": [port(53, protocol="UDP")]}]
    with enforced(sb, policy("web", policyTypes=["Egress"], egress=rules),
                  policy("api", policyTypes=["Egress"])):
        listed = {p["name"]: p for p in sb.agentctl("hv-1", "policy", "list")}
        assert listed["p0"]["rules"] is None
        assert listed["p0"]["endpoints"] == ["web"]
        assert listed["p0"]["egress"] == [
            {"to": ["tier=back", "10.0.0.0/8 except 10.1.0.0/16", "external"],
             "labelSets": ["role=db,tier=back", "role=job,tier=back"],
             "ports": ["TCP 80"]},
            {"to": None, "labelSets": None, "ports": ["UDP 53"]}]
        text = sb.exec("hv-1", "agentctl", "policy", "list")
        assert "2 sets" in text and "nobody" in text, text
        assert max(map(len, text.splitlines())) <= 80, text
        web = rows_of(sb, "hv-1")["web"]
        assert (web["policies"], web["egressPolicies"]) == ([], ["p0"])

        def traced(dst, flow):
            return sb.agentctl("hv-1", "trace", "web", dst, flow)

        with sb.capture("hv-1") as capture:
            assert run(sb, {"web>job:tcp80"}, {"web>job:tcp80"})
            assert {tuple(p.options) for p in capture.packets(
                "192.0.2.1", "192.0.2.2")} == {tuple(world.ct("policy-label"))}
        allowed = traced("job", "tcp,tcp_dst=80")
        assert (allowed["outcome"], allowed["egress"]) == ("sent", "allowed")
        assert allowed["egressPolicies"] == ["p0"]
        assert allowed["egressRule"] == "spec.egress[0] of p0"
        assert traced("api", "udp,udp_dst=53")["egressRule"] == (
            "spec.egress[1] of p0")
        assert [o["option"] for o in allowed["tunnels"][0]["options"]] == (
            world.ct("policy-label"))
        assert traced("db", "tcp,tcp_dst=80")["outcome"] == "delivered"
        denied = traced("api", "tcp,tcp_dst=80")
        assert (denied["outcome"], denied["reason"], denied["egress"],
                denied["policy"]) == ("dropped", "policy", "denied", None)
        assert "no egress rule of policy p0, which is for web" in denied[
            "sentence"]
        text = " ".join(sb.exec("hv-1", "agentctl", "trace", "web", "job",
                                "tcp,tcp_dst=80").split())
        assert "egress allowed by spec.egress[0] of p0" in text, text
        forged = traced("api", "tcp,tcp_dst=80,dl_dst=" + world.mac(
            endpoint(2, "db")))
        assert "has both the MAC and the IP address" in forged["sentence"]


def flows(lab):
    text = lab.exec("hv-1", "ovs-ofctl", "-O", "OpenFlow15", "--no-stats",
                    "dump-flows", "br-int")
    return sorted(line for line in text.splitlines() if any(
        "table=%d," % table in line for table in (16, 17, 18, 19)))


def test_labels_of_the_receiver_and_a_restart(sb):
    """A receiver is known by its labels as they are now; an agent that starts
    finds the flows that it wants, and connections go on."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(enforced(sb, policy(
            "web", egress=[{"to": [select(tier="back")]}])))
        wait_until(lambda: run(sb, {"web>job:udp53", "web>api:udp53"},
                               {"web>job:udp53"}, wait=0.03 * PATIENCE)
                   == {"web>job:udp53"}, "the policy is in force")
        with sb.inside("vm", "job"):
            server = stack.enter_context(socket.create_server(
                (ADDRESSES["job"][False], 70)))
        with sb.inside("vm", "web"):
            client = stack.enter_context(socket.create_connection(
                (ADDRESSES["job"][False], 70), 5))
        peer = stack.enter_context(server.accept()[0])
        before = flows(sb)
        sb.kill("hv-1", "geneve-agentd")
        client.sendall(b"1")
        peer.settimeout(5)
        assert peer.recv(9) == b"1"
        assert not run(sb, {"web>api:tcp80"}, set())
        sb.start_daemon("hv-1", "geneve-agentd")
        wait_until(lambda: sb.agentctl("hv-1", "status"), "the agent answers")
        world.settle(sb, {n: world.ct("policy-label") for n in sb.names},
                     "plain")
        peer.sendall(b"2")
        client.settimeout(5)
        assert client.recv(9) == b"2"
        assert flows(sb) == before
        assert sb.agentctl("hv-1", "status")["openflow"]["flowMods"] == 0
        tiers = {"job": "back", "api": "front"}
        for name in tiers:
            sb.patch("Endpoint", name, {"metadata": {"labels": {
                "tier": "front" if name == "job" else "back"}}})
        wait_until(lambda: run(sb, {"web>job:udp53", "web>api:udp53"},
                               {"web>api:udp53"}, wait=0.03 * PATIENCE)
                   == {"web>api:udp53"}, "the labels count")
        client.sendall(b"3")
        peer.settimeout(0.4)
        with pytest.raises(TimeoutError):
            peer.recv(9)
        for name, tier in tiers.items():
            sb.patch("Endpoint", name, {"metadata": {"labels": {
                "tier": tier}}})


# The way out.

OUTSIDE, OUTSIDE6 = "198.51.100.1", "2001:db8:ffff::1"
EXTERNAL = [
    resource("ExternalNetwork", "out", {
        "physicalNetwork": "physnet1",
        "subnets": [{"cidr": "198.51.100.0/24", "gateway": OUTSIDE},
                    {"cidr": "2001:db8:ffff::/64", "gateway": OUTSIDE6}]}),
    resource("VPCGateway", "gw", {
        "vpc": "shop", "externalNetwork": "out", "nodes": [{"nve": "hv-1"}],
        "snat": [{"cidr": "10.0.0.0/8", "address": "198.51.100.10"},
                 {"cidr": "fd00::/16", "address": "2001:db8:ffff::10"}]})]


def out_of(*names, kinds=("tcp81", "ping", "tcp81/6")):
    """No UDP: the outside sends one host, and NAT makes one of all, only so
    many errors a second."""
    return {"%s>%s:%s" % (name, OUTSIDE6 if kind.endswith("/6") else OUTSIDE,
                          kind) for name in names for kind in kinds}


def egress(*peers, **more):
    return policy("", policyTypes=["Egress"],
                  egress=[dict(more, to=list(peers))])


# policies: (what gets out, what gets to endpoints).  web is on the gateway's
# own node, job is not.
WAYS_OUT = {
    "no policy": ([], out_of("web", "job"), {"web>db:ping"}),
    "nothing out": ([DENY_OUT], set(), set()),
    "nothing in: answers are": ([DENY_IN], out_of("web", "job"), set()),
    "external, a port": (
        [egress({"external": True}, ports=[port(81)]), DENY_IN],
        out_of("web", "job", kinds=("tcp81", "tcp81/6")), set()),
    "a block": ([egress(block("198.51.100.0/28"))],
                out_of("web", "job", kinds=("tcp81", "ping")), set()),
    "a block with an exception": (
        [egress(block("0.0.0.0/0", "198.51.100.1/32"))], set(),
        {"web>db:ping"}),
    "endpoints: the outside is none": ([egress(select())], set(),
                                       {"web>db:ping"}),
}


@pytest.fixture(scope="module")
def gw(sb):
    with sb.temporary(*EXTERNAL):
        everything = out_of("web", "job")
        wait_until(lambda: run(sb, everything, everything,
                               wait=0.03 * PATIENCE) == everything,
                   "both get out")
        yield sb


@pytest.mark.parametrize("name", WAYS_OUT)
def test_the_way_out(gw, name):
    policies, out, inside = WAYS_OUT[name]
    texts = out_of("web", "job") | {"web>db:ping"}
    with enforced(gw, *policies):
        wait_until(lambda: run(gw, texts, out | inside,
                               wait=0.03 * PATIENCE) == out | inside,
                   "it is so: %s" % sorted(out | inside))


# From outside, to a floating IP of web.

FIP = "198.51.100.20"


def into(*kinds):
    return {"outside>%s:%s" % (FIP, kind) for kind in kinds}


WAYS_IN = {
    "no policy": ([], into("tcp80", "tcp81", "ping")),
    "nothing in": ([DENY_IN], set()),
    "nothing out: answers are": ([DENY_OUT], into("tcp80", "tcp81", "ping")),
    "external, a port": ([policy("", ingress=[
        {"from": [{"external": True}], "ports": [port(80)]}]), DENY_OUT],
                         into("tcp80")),
    "a block": ([policy("", ingress=[{"from": [block("198.51.100.0/28")]}])],
                into("tcp80", "tcp81", "ping")),
    "a block with an exception": ([policy("", ingress=[
        {"from": [block("0.0.0.0/0", "198.51.100.1/32")]}])], set()),
    "endpoints: the outside is none": ([policy("", ingress=[
        {"from": [select()]}])], set()),
}


@pytest.fixture(scope="module")
def fip(gw):
    with gw.temporary(resource("FloatingIP", "f", {
            "externalNetwork": "out", "address": FIP, "endpoint": "web"})):
        wait_until(lambda: run(gw, into("ping"), into("ping")),
                   "the outside finds it")
        yield gw


@pytest.mark.parametrize("name", WAYS_IN)
def test_the_way_in(fip, name):
    policies, expected = WAYS_IN[name]
    with enforced(fip, *policies):
        wait_until(lambda: run(fip, into("tcp80", "tcp81", "ping"), expected,
                               wait=0.03 * PATIENCE) == expected,
                   "it is so: %s" % sorted(expected))


def test_a_stream_to_the_outside_ends_with_its_rule(gw):
    sb = gw
    with enforced(sb, egress({"external": True})):
        def traced(node, *args):
            return sb.agentctl(node, "trace", *args)
        wait_until(lambda: traced("hv-1", "web", OUTSIDE, "tcp")["egressRule"]
                   == "spec.egress[0] of p0", "the trace says the rule")
        with sb.inside("vm", "job"):
            client = socket.create_connection((OUTSIDE, 80), 5)
        with client:
            client.sendall(b"GET /slow HTTP/1.0\r\n\r\n")
            client.settimeout(5)
            assert client.recv(999)
            sb.patch("VPCPolicy", "p0", {"spec": {"egress": [
                {"to": [block("192.0.2.0/24")]}]}})
            client.settimeout(0.4)

            def ended():
                try:
                    return not client.recv(99999)
                except TimeoutError:
                    return True
            wait_until(ended, "nothing comes any more")
        result = traced("hv-2", "job", OUTSIDE, "tcp")
        assert (result["outcome"], result["egress"]) == ("dropped", "denied")
