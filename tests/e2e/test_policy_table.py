"""VPCPolicy, row by row: what Kubernetes' documentation says of NetworkPolicy,
with real packets.

Each row has policies, and which of the probes (probes.py) get through; all
others that the rows of its table ask for must not.  VPC shop (policy_shop.py)
has senders on the same and on another node, bridged and routed, so every row
has, too.  Further tables are about the way out by a gateway, and the way in to
a floating IP.
"""
import pytest

from lab import resource
from policy_shop import (block, egress, enforced, out_of, policy, port,
                         probes_of, run, select)
from policy_shop import gw, sb                           # noqa: F401
from waiting import PATIENCE, wait_until

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
