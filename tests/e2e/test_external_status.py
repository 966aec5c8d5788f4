"""What agents publish of networks outside: what nodes are attached to, and
the status of gateways, floating IPs and routes, each by one writer."""
import pytest

from lab import resource
from waiting import wait_until

NETWORK = resource("ExternalNetwork", "outside", {
    "physicalNetwork": "physnet1", "subnets": [
        {"cidr": "198.51.100.0/24", "gateway": "198.51.100.1"}]})


def gateway(name, address, nodes=("hv-1", "hv-2"), **spec):
    return resource("VPCGateway", name, dict({
        "vpc": "blue", "externalNetwork": "outside",
        "nodes": [{"nve": n} for n in nodes],
        "snat": [{"cidr": "10.0.0.0/8", "address": address}]}, **spec))


def floating_ip(name, address, endpoint, **spec):
    return resource("FloatingIP", name, dict({
        "externalNetwork": "outside", "address": address,
        "endpoint": endpoint}, **spec))


@pytest.fixture(scope="module")
def lab(own_lab):
    lab = own_lab(3, outside=True)
    lab.apply(resource("VPC", "blue", {"vni": 5001}), NETWORK)
    for n in 1, 3:
        lab.apply(resource("Endpoint", "vm-%d" % n, {
            "vpc": "blue", "mac": "02:00:00:00:00:%02x" % n,
            "ips": ["10.0.0.%d" % n]}))
        lab.plug("hv-%d" % n, "vm-%d" % n)
    return lab


def ready(lab, kind, name, status, reason, message=""):
    """Waits for its condition Ready; returns the status."""
    def look():
        found = lab.get(kind, name).get("status") or {}
        for c in found.get("conditions", []):
            if (c["type"] == "Ready" and c["status"] == status
                    and c["reason"] == reason and message in c["message"]):
                return found
        return None
    return wait_until(look, "%s %s is Ready: %s, %s" % (kind, name, status,
                                                        reason))


def test_attached(lab):
    def attached():
        return {n: lab.get("NVE", n)["status"].get("externalNetworks")
                for n in lab.names}
    wait_until(lambda: attached() == {
        "hv-1": ["outside"], "hv-2": ["outside"], "hv-3": []} or None,
        "attachments are published")


def test_blocked(lab):
    """One of the nodes says why, and stops when it is mended."""
    with lab.temporary(gateway("far", "198.51.100.10", nodes=["hv-3"])):
        ready(lab, "VPCGateway", "far", "False", "Blocked",
              "spec.nodes: none is attached to ExternalNetwork outside")
        lab.patch("VPCGateway", "far", {"spec": {"nodes": [
            {"nve": "hv-3"}, {"nve": "hv-2", "priority": 0}]}})
        status = ready(lab, "VPCGateway", "far", "False", "Blocked",
                       "all that are attached have priority 0")
        assert status["nodes"] == [
            {"nve": "hv-3", "state": "NotAttached"},
            {"nve": "hv-2", "state": "Drained"}]


def test_floating_ips(lab):
    """The endpoint's node has it, and gives it up."""
    with lab.temporary(floating_ip("one", "198.51.100.20", "vm-1"),
                       floating_ip("three", "198.51.100.21", "vm-3"),
                       floating_ip("none", "198.51.100.22", "vm-9")):
        status = ready(lab, "FloatingIP", "one", "True", "Translated")
        assert status["nve"] == "hv-1"
        assert status["address"] == "198.51.100.20"
        ready(lab, "FloatingIP", "three", "False", "Blocked",
              "spec.mode: VPC blue has no gateway")
        ready(lab, "FloatingIP", "none", "False", "NotTranslated")
        lab.unplug("vm-1")
        status = ready(lab, "FloatingIP", "one", "False", "NotTranslated")
        assert "nve" not in status and "address" not in status
        lab.plug("hv-2", "vm-1")
        status = ready(lab, "FloatingIP", "one", "True", "Translated")
        assert status["nve"] == "hv-2"
