"""What nvad checks of gateways, of all that refers to them or to the networks
that they lead to, and of services: an address has one owner.
"""
from nvad_server import refused
from nvad_server import blue, client, nva            # noqa: F401
from nvadlib import endpoint, resource, vpc


def network(name, **spec):
    return resource(name, dict({
        "physicalNetwork": "physnet1", "subnets": [
            {"cidr": "198.51.100.0/24", "gateway": "198.51.100.1"}]}, **spec))


def gateway(name, address, **spec):
    return resource(name, dict({
        "vpc": "blue", "externalNetwork": "outside", "nodes": [],
        "snat": [{"cidr": "10.0.0.0/8", "address": address}]}, **spec))


def floating_ip(name, address):
    return resource(name, {"externalNetwork": "outside", "endpoint": "a",
                           "address": address})


def load_balancer(name, address, **spec):
    return resource(name, dict({
        "vpc": "blue", "address": address, "ports": [{"port": 80}],
        "backends": {"endpointSelector": {}}}, **spec))


def test_external_networks(client):
    """There is one for each wire; on it, subnets do not overlap, and those who
    have addresses in them keep them."""
    client.create("/externalnetworks", network("outside"))
    inside = [{"cidr": "198.51.100.128/25"}]
    refused(client.post("/externalnetworks", network("b", subnets=inside)),
            422, "Invalid", "spec.subnets[0].cidr")
    client.create("/externalnetworks", network("b", subnets=inside, vlan=5))
    client.create("/externalnetworks", network("c", subnets=inside,
                                               physicalNetwork="physnet2"))
    made = client.create("/externalnetworks", network("d", subnets=[
        {"cidr": "203.0.113.0/24"}]))
    assert "is the same physical network and VLAN" in made.headers["Warning"]
    client.create("/floatingips", floating_ip("f", "198.51.100.20"))
    path = "/externalnetworks/outside"
    for subnet in {"cidr": "198.51.101.0/24"}, {
            "cidr": "198.51.100.0/24", "gateway": "198.51.100.20"}:
        refused(client.patch(path, {"spec": {"subnets": [subnet]}}), 422,
                "Invalid", "spec.subnets")
    refused(client.delete(path), 409, "Conflict")
    assert client.patch(path, {"spec": {"subnets": [
        {"cidr": "198.51.0.0/17"}]}}).code == 200


def test_second_floating_ip_for_an_address(blue):
    """It is taken, as the endpoint may change, and draws a warning."""
    def is_second(answer):
        assert answer.code in (200, 201), answer
        return ("of Endpoint \\\"a\\\" is already used by FloatingIP"
                in answer.headers["Warning"])
    blue.create("/externalnetworks", network("outside"))
    assert not is_second(blue.post("/floatingips",
                                   floating_ip("f", "198.51.100.20")))
    assert is_second(blue.post("/floatingips",
                               floating_ip("g", "198.51.100.21")))
    for name, ip, warned in (("f", "10.0.0.5", False), ("g", "10.0.0.5", True),
                             ("g", "10.0.0.6", False)):
        assert is_second(blue.patch("/floatingips/" + name,
                                    {"spec": {"ip": ip}})) == warned


def test_external_addresses(blue):
    """An address in a network has one owner, of whatever kind."""
    blue.create("/externalnetworks", network("outside"))
    blue.create("/vpcgateways", gateway("out", "198.51.100.10"))
    for address in "198.51.100.10", "198.51.100.1", "198.51.100.255", \
            "203.0.113.5":
        refused(blue.post("/floatingips", floating_ip("f", address)), 422,
                "Invalid", "spec.address")
    refused(blue.post("/vpcgateways", gateway("more", "198.51.100.10")), 422,
            "Invalid", "spec.snat[0].address")
    made = blue.create("/floatingips", floating_ip("f", "198.51.100.20"))
    assert "there is no Endpoint" in made.headers["Warning"]
    refused(blue.patch("/vpcgateways/out", {"spec": {"snat": [
        {"cidr": "10.0.0.0/8", "address": "198.51.100.20"}]}}), 422,
        "Invalid", "spec.snat[0].address")
    refused(blue.post("/vpcgateways", gateway("more", "198.51.100.11",
                                              vpc="red")), 422,
            "Invalid", "spec.vpc")


def test_routes(blue):
    """They lead through gateways of their VPC, which stay."""
    blue.create("/vpcs", vpc("red", 101))
    blue.create("/externalnetworks", network("outside"))
    blue.create("/vpcgateways", gateway("out", "198.51.100.10"))
    route = resource("r", {"vpc": "blue", "destination": "0.0.0.0/0",
                           "via": [{"gateway": "out"}]})
    made = blue.create("/vpcroutes", route)
    assert made.body["metadata"]["labels"] == {"nvo3.io/vpc": "blue"}
    refused(blue.delete("/vpcgateways/out"), 409, "Conflict")
    refused(blue.patch("/vpcroutes/r", {"spec": {"vpc": "red"}}), 422,
            "Invalid", "spec.via[0].gateway")
    refused(blue.patch("/vpcroutes/r", {"spec": {"via": [
        {"gateway": "other"}]}}), 422, "Invalid", "spec.via[0].gateway")
    for selector, n in ("blue", 1), ("red", 0):
        assert len(blue.get("/vpcroutes?fieldSelector=spec.vpc%%3D%s"
                            % selector).body["items"]) == n


def test_services(blue):
    """Their addresses have one owner in a VPC, and can be reached there."""
    blue.patch("/vpcs/blue", {"spec": {"subnets": [
        {"cidr": "10.0.0.0/24", "gateway": "10.0.0.1"},
        {"cidr": "2001:db8::/64"}]}})
    blue.create("/endpoints", endpoint("a", 1, ips=["10.0.0.5"]))
    for address in ("10.0.0.5", "10.0.0.1", "10.0.0.255", "2001:db8:1::1"):
        refused(blue.post("/loadbalancers", load_balancer("s", address)), 422,
                "Invalid", "spec.address")
    blue.create("/loadbalancers", load_balancer("s", "10.0.0.100"))
    blue.create("/loadbalancers", load_balancer("out", "192.0.2.1"))
    refused(blue.post("/loadbalancers", load_balancer("t", "10.0.0.100")),
            422, "Invalid", "spec.address")
    refused(blue.post("/endpoints", endpoint("b", 2, ips=["10.0.0.100"])),
            422, "Invalid", "spec.ips[0]")
    refused(blue.patch("/loadbalancers/s", {"spec": {"vpc": "red"}}), 422,
            "Invalid", "spec.vpc")
    refused(blue.delete("/vpcs/blue"), 409, "Conflict")
    refused(blue.patch("/loadbalancers/s/status",
                       {"status": {"address": 5}}), 422, "Invalid",
            "status.address")


def test_external_addresses_of_services(blue):
    """In the networks that gateways lead to they are nobody else's."""
    made = blue.create("/loadbalancers", load_balancer(
        "s", "10.0.0.100", externalAddress="198.51.100.30"))
    assert "no VPCGateway" in made.headers["Warning"]
    blue.create("/externalnetworks", network("outside"))
    blue.create("/vpcgateways", gateway("out", "198.51.100.10"))
    path = "/loadbalancers/s"
    for address in "198.51.100.10", "198.51.100.1":
        refused(blue.patch(path, {"spec": {"externalAddress": address}}), 422,
                "Invalid", "spec.externalAddress")
    refused(blue.post("/floatingips", floating_ip("f", "198.51.100.30")), 422,
            "Invalid", "spec.address")
    refused(blue.patch("/vpcgateways/out", {"spec": {"snat": [
        {"cidr": "10.0.0.0/8", "address": "198.51.100.30"}]}}), 422,
        "Invalid", "spec.snat[0].address")
    refused(blue.post("/loadbalancers", load_balancer(
        "t", "10.0.0.101", externalAddress="198.51.100.30")), 422, "Invalid",
        "spec.externalAddress")

    # The same address in another network is another.
    blue.create("/vpcs", vpc("red", 101))
    blue.create("/externalnetworks", network("b", physicalNetwork="other"))
    blue.create("/vpcgateways", gateway("red-out", "198.51.100.10",
                                        vpc="red", externalNetwork="b"))
    blue.create("/loadbalancers", load_balancer(
        "t", "10.0.0.100", vpc="red", externalAddress="198.51.100.30"))
