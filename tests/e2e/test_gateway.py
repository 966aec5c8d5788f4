"""Gateways: out of a VPC and back, and what happens when one dies.

hv-1 and hv-2 are attached to the provider network and are the candidates, and
hv-3 only has an endpoint of the VPC.
"""
import contextlib
import json
import time

import pytest

import wire
from lab import resource
from waiting import wait_until

TYPE = "0xff01/0x02"
SNAT = "198.51.100.10"
OUT = resource("ExternalNetwork", "out", {
    "physicalNetwork": "physnet1",
    "subnets": [{"cidr": "198.51.100.0/24", "gateway": "198.51.100.1"},
                {"cidr": "2001:db8:ffff::/64",
                 "gateway": "2001:db8:ffff::1"}]})
OBJECTS = [
    OUT,
    resource("GeneveOption", "endpoint-type", {
        "class": "0xff01", "type": "0x02", "length": 4,
        "value": {"from": "endpoint.type"}}),
    resource("OptionProfile", "typed", {
        "options": [{"name": "endpoint-type"}]}),
    resource("VPC", "red", {
        "vni": 5001, "optionProfile": "typed",
        "subnets": [{"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"},
                    {"cidr": "fd00::/64", "gateway": "fd00::fe"}]}),
] + [
    resource("Endpoint", "in-%d" % i, {
        "vpc": "red", "nve": "hv-%d" % i, "type": "vm",
        "mac": "02:00:00:00:10:%02x" % i,
        "ips": ["10.0.0.%d" % i, "fd00::%d" % i]})
    for i in (1, 2, 3)
]
NODES = [{"nve": "hv-1", "priority": 200}, {"nve": "hv-2"}]


def gateway(**spec):
    return resource("VPCGateway", "gw", dict({
        "vpc": "red", "externalNetwork": "out", "nodes": NODES,
        "snat": [{"cidr": "10.0.0.0/24", "address": SNAT},
                 {"cidr": "fd00::/64", "address": "2001:db8:ffff::10"}]},
        **spec))


@pytest.fixture(scope="module")
def lab(own_lab):
    lab = own_lab(3, "4", outside=True)
    lab.apply(*OBJECTS)
    lab.apply(gateway())
    for i in (1, 2, 3):
        lab.plug("hv-%d" % i, "in-%d" % i)
    wait_gets(lab, "in-3")
    return lab


def get(lab, endpoint, url="http://198.51.100.1/", timeout=2):
    return lab.vm(endpoint, "curl", "-s", "-m", timeout, url,
                  check=False).split()


def wait_gets(lab, endpoint):
    """Waits until the outside answers; returns what address it sees."""
    return wait_until(lambda: get(lab, endpoint), "%s is answered" % endpoint)


def test_snat(lab):
    for endpoint in "in-1", "in-2", "in-3":
        assert wait_gets(lab, endpoint)[0] == SNAT
    lab.vm("in-3", "ping", "-c", 1, "-W", 2, "198.51.100.1")
    lab.vm("in-3", "ping", "-c", 1, "-W", 2, "2001:db8:ffff::1")
