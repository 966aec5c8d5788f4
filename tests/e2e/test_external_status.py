"""What agents publish of networks outside: what nodes are attached to, and
the status of gateways, floating IPs and routes, each by one writer.  And what
they publish of services and of QoS."""
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
    lab.apply(resource("VPC", "blue", {"vni": 5001, "subnets": [
        {"cidr": "10.0.0.0/24", "gateway": "10.0.0.254"}]}), NETWORK)
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
        assert status["ip"] == lab.get("Endpoint", "vm-1")["spec"]["ips"][0]
        ready(lab, "FloatingIP", "three", "False", "Blocked",
              "spec.mode: VPC blue has no gateway")
        ready(lab, "FloatingIP", "none", "False", "NotTranslated")
        lab.unplug("vm-1")
        status = ready(lab, "FloatingIP", "one", "False", "NotTranslated")
        assert not {"nve", "address", "ip"} & set(status)
        lab.plug("hv-2", "vm-1")
        status = ready(lab, "FloatingIP", "one", "True", "Translated")
        assert status["nve"] == "hv-2"


def load_balancer(name, address, **spec):
    return resource("LoadBalancer", name, dict({
        "vpc": "blue", "address": address, "ports": [{"port": 80}],
        "backends": {"endpointSelector": {"matchLabels": {"app": "web"}}}},
        **spec))


def test_services(lab):
    """One node of the VPC says how a service does, and who is behind it."""
    with lab.temporary(load_balancer("svc", "10.0.0.100")):
        status = ready(lab, "LoadBalancer", "svc", "False", "NoBackends",
                       "selects no endpoint that is at a node and has an IPv4")
        assert status["address"] == "10.0.0.100"
        assert status["backends"] == []
        for n in 1, 3:
            lab.patch("Endpoint", "vm-%d" % n, {"metadata": {"labels": {
                "app": "web"}}})
        status = ready(lab, "LoadBalancer", "svc", "True", "Served", "2 of 2")
        home = lab.get("Endpoint", "vm-1")["status"]["nve"]
        assert status["backends"] == [
            {"endpoint": "vm-1", "nve": home, "healthy": True},
            {"endpoint": "vm-3", "nve": "hv-3", "healthy": True}]

        shown, = lab.agentctl("hv-3", "service", "list")
        assert (shown["taking"], shown["nBackends"], shown["here"],
                shown["state"]) == (2, 2, 1, "Served")
        other, = {"hv-1", "hv-2"} - {home}
        assert lab.agentctl(other, "service", "list") == []
        backends = lab.agentctl("hv-3", "service", "show", "svc")["backends"]
        assert [(b["endpoint"], b["ip"], b["here"], b["state"])
                for b in backends] == [
            ("vm-1", "10.0.0.1", False, "taking"),
            ("vm-3", "10.0.0.3", True, "taking")]
        table = lab.on("hv-3", "agentctl", "service", "show", "svc").stdout
        assert "vm-3" in table and max(map(len, table.split("\n"))) < 80

        # Drained by weight, then by a label.
        lab.patch("LoadBalancer", "svc", {"spec": {
            "drainSeconds": 600, "backends": {"weights": [
                {"endpointSelector": {"matchLabels": {"old": "y"}},
                 "weight": 0}]}}})
        lab.patch("Endpoint", "vm-3", {"metadata": {"labels": {"old": "y"}}})
        status = ready(lab, "LoadBalancer", "svc", "True", "Served", "1 of 2")
        assert status["backends"][1]["draining"] is True
        lab.patch("Endpoint", "vm-3", {"metadata": {"labels": {
            "old": None, "app": None}}})
        backends = lab.agentctl("hv-3", "service", "show", "svc")["backends"]
        assert backends[1]["state"] == "draining"

        # What cannot be had is said with object and field.
        lab.patch("LoadBalancer", "svc", {"spec": {
            "externalAddress": "198.51.100.77"}})
        status = ready(lab, "LoadBalancer", "svc", "False", "Blocked",
                       "spec.externalAddress: 198.51.100.77 is in no "
                       "ExternalNetwork that a VPCGateway of VPC blue")
        assert status["address"] == "10.0.0.100"
        lab.patch("Endpoint", "vm-1", {"metadata": {"labels": {"app": None}}})


def qos_policy(name, **spec):
    return resource("QoSPolicy", name, dict({
        "vpc": "blue", "egress": {"kbps": 20000, "burst": 2000}}, **spec))


def test_qos_policies(lab):
    """The older one counts, and both say so."""
    with lab.temporary(resource("QoSClass", "gold", {"number": 3,
                                                     "dscp": 46}),
                       qos_policy("old", **{"class": "gold"})):
        ready(lab, "QoSPolicy", "old", "True", "InForce", "in force")
        created = lab.get("QoSPolicy", "old")["metadata"]["creationTimestamp"]
        with lab.temporary(qos_policy("young", ingress={"pps": 100})):
            later = lab.get("QoSPolicy", "young")["metadata"]
            if later["creationTimestamp"] != created:
                ready(lab, "QoSPolicy", "young", "False", "Overridden",
                      "QoSPolicy old, which is older, counts for all the")
            shown = lab.agentctl("hv-3", "qos", "list")
            assert sorted((p["here"], p["selected"], p["state"])
                          for p in shown["policies"]) == [
                (0, 1, "Overridden"), (1, 1, "InForce")]
            assert shown["classes"] == [{
                "name": "gold", "number": 3, "dscp": 46, "queue": None,
                "state": "InForce", "message": None}]
            table = lab.on("hv-3", "agentctl", "qos", "list").stdout
            assert "20000 kbps" in table
            assert max(map(len, table.split("\n"))) < 80


def test_service_outside(lab):
    """Who is the gateway says how a service does that has an address outside;
    when none is, the VPC's first node does."""
    lab.patch("Endpoint", "vm-3", {"metadata": {"labels": {"app": "web"}}})
    with lab.temporary(gateway("out", "198.51.100.10"),
                       load_balancer("svc", "10.0.0.100",
                                     externalAddress="198.51.100.30")):
        status = ready(lab, "LoadBalancer", "svc", "True", "Served", "1 of 1")
        assert status["externalAddress"] == "198.51.100.30"
        shown, = lab.agentctl("hv-3", "service", "list")
        assert shown["gateway"] == "out"

        # No candidate is left: the address outside is not served.
        lab.patch("VPCGateway", "out", {"spec": {"nodes": [{"nve": "hv-3"}]}})
        status = ready(lab, "LoadBalancer", "svc", "False", "Blocked",
                       "spec.externalAddress: 198.51.100.30 is in no")
        assert not status.get("externalAddress")
        lab.patch("VPCGateway", "out", {"spec": {"nodes": [{"nve": "hv-2"}]}})
        status = ready(lab, "LoadBalancer", "svc", "True", "Served", "1 of 1")
        assert status["externalAddress"] == "198.51.100.30"
    lab.patch("Endpoint", "vm-3", {"metadata": {"labels": {"app": None}}})
