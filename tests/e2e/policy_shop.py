"""VPC shop, and what tests of its policies do in it.

VPC shop is the namespace: web and db are on hv-1, api and job on hv-2, and web
and api are in another subnet than db and job.  So there are senders on the
same and on another node, bridged and routed.  Who gets through to whom is
asked by probes (probes.py).
"""
import contextlib

import pytest

import probes
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


@pytest.fixture(scope="module")
def gw(sb):
    with sb.temporary(*EXTERNAL):
        everything = out_of("web", "job")
        wait_until(lambda: run(sb, everything, everything,
                               wait=0.03 * PATIENCE) == everything,
                   "both get out")
        yield sb
