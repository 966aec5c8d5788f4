"""The objects that most tests start from: a VPC with an endpoint a node.

Four options, one of them required and critical; web-K on node hv-K has the
address 10.0.0.K.
"""
import json

from lab import resource
from waiting import wait_until
OPTIONS = {
    "policy-label": ("0xff01/0x81", 4, "endpoint.policyLabel", True),
    "endpoint-type": ("0xff01/0x02", 4, "endpoint.type", False),
    "qos-class": ("0xff01/0x03", 4, "endpoint.qosClass", False),
    "tenant-id": ("0xff01/0x06", 16, "vpc.tenantId", False),
}
CT = {name: option[0] for name, option in OPTIONS.items()}
ALL = sorted(CT.values())
TENANT = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
VNI = 5000


def ct(*names):
    """The options of the given names as "C/T"s."""
    return [CT[name] for name in names]


def entry(name, **members):
    """An entry of a receive table."""
    key, length = OPTIONS[name][:2]
    klass, kind = key.split("/")
    return {"class": klass, "type": kind, "length": length, **members}


def table(*names, **members):
    """A receive table with the options of the given names."""
    return {"options": [entry(name) for name in names], **members}


def geneve_option(name, key, length, value):
    klass, kind = key.split("/")
    return resource("GeneveOption", name, {
        "class": klass, "type": kind, "length": length,
        "value": {"from": value} if isinstance(value, str) else value})


def profile(name, *options):
    """Options are names, or (name, required) or (name, required, priority)."""
    entries = []
    for option in options:
        if isinstance(option, str):
            option = (option, False)
        entries.append(dict(zip(("name", "required", "priority"), option)))
    return resource("OptionProfile", name, {"options": entries})


def nve(name, ip, *names, **members):
    """One without an agent, which takes just these options."""
    return resource("NVE", name, {
        "underlay": {"ips": [ip]},
        "static": {"mode": "replace", **table(*names, **members)}})


def vpc(name, vni, cidr="10.0.0.0/24", **spec):
    return resource("VPC", name, {
        "vni": vni, "subnets": [{"cidr": cidr}], "tenantId": TENANT, **spec})


def endpoint(name, vpc_name, number, net="10.0.0", **spec):
    """An endpoint with the address NET.NUMBER and a MAC made of it."""
    octets = [int(n) for n in net.split(".")] + [number]
    return resource("Endpoint", name, {
        "vpc": vpc_name, "mac": "02:00:%02x:%02x:%02x:%02x" % tuple(octets),
        "ips": ["%s.%d" % (net, number)], "type": "vm",
        "policyLabel": 100 + number, "qosClass": number, **spec})


def mac(obj):
    return obj["spec"]["mac"]


WEB = {k: endpoint("web-%d" % k, "blue", k) for k in range(1, 10)}


def objects(nodes):
    return [
        *(geneve_option(name, key, length, value)
          for name, (key, length, value, _) in OPTIONS.items()),
        profile("web", *((name, option[3])
                         for name, option in OPTIONS.items())),
        vpc("blue", VNI, optionProfile="web"),
        *(WEB[k] for k in range(1, nodes + 1))]


def load(lab):
    """Makes the objects, plugs the endpoints in, waits until all talk."""
    lab.apply(*objects(lab.nodes))
    for k, node in enumerate(lab.names, 1):
        lab.plug(node, "web-%d" % k, wait=False)
    for k, node in enumerate(lab.names, 1):
        lab.wait_running("web-%d" % k, node)
    settle(lab)
    for a, b in lab.pairs:
        lab.wait_ping("web-" + a[3:], "10.0.0." + b[3:])


def settle(lab, expected=None, profile_name="web"):
    """Waits until every node sends every other just the options (a set) that
    'expected' has for the receiver, or all of them, and both ends say so.
    Returns {(sender, receiver): entry}."""
    result = {}
    for a, b in lab.pairs:
        wanted = sorted((expected or {}).get(b, ALL))

        def settled(a=a, b=b, wanted=wanted):
            sent = lab.transmit(a, b, profile_name)
            assert sent and sent["status"] != "pending", sent
            assert sorted(sent["options"]) == wanted, sent
            heard = next((e for e in lab.remote(b, a)["receive"]
                          if e["profile"] == profile_name), None)
            assert heard and heard["options"] == sent["options"], (sent, heard)
            result[a, b] = sent
            return True
        wait_until(settled, "%s and %s agree on %s" % (a, b, wanted))
    return result


def as_list(objs):
    """The content of a file source."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objs},
                      indent=1)
