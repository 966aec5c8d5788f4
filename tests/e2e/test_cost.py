"""Work is in proportion to what changes, not to what there is."""
import pytest

import world
from waiting import wait_until
from world import ct, table


@pytest.fixture(scope="module")
def big(own_lab):
    """hv-1 with one endpoint; hv-2 gets many more, that are only on paper."""
    lab = own_lab(2)
    lab.apply(*[o for o in world.objects(0) if o["kind"] != "VPC"],
              world.vpc("big", 5002, "10.2.0.0/16", optionProfile="web"),
              world.endpoint("here", "big", 1, "10.2.0"),
              world.endpoint("there", "big", 2, "10.2.0"))
    lab.plug("hv-1", "here")
    lab.plug("hv-2", "there")
    return lab


def populate(lab, count):
    lab.apply(*(world.endpoint("far-%03d" % n, "big", 1 + n % 250,
                               "10.2.%d" % (1 + n // 250), nve="hv-2")
                for n in range(count)))

    def installed():
        status = lab.agentctl("hv-1", "status")
        openflow = status["openflow"]
        assert status["endpoints"]["remote"] == count + 1, status["endpoints"]
        assert openflow["flows"] == openflow["installed"] > count, openflow
        return True
    wait_until(installed, "%d endpoints have their flows" % count)


def cost_of_change(lab):
    """Flow mods that hv-1 sends when hv-2 changes its advertisement."""
    costs = []
    for names in (("policy-label",), ("qos-class", "policy-label"),
                  ("policy-label", "tenant-id", "endpoint-type"),
                  ("policy-label",)):
        before = lab.agentctl("hv-1", "status")["openflow"]["flowMods"]
        lab.set_receive("hv-2", table(*names, order="strict"))
        lab.wait_transmit("hv-1", "hv-2", "web", options=ct(*names))
        costs.append(lab.agentctl("hv-1", "status")["openflow"]["flowMods"]
                     - before)
    # The first depends on what was before.
    return costs[1:]


def test_flow_mods_do_not_depend_on_endpoints(big):
    populate(big, 10)
    # The first time an order is asked for, the plan may have to change.
    cost_of_change(big)
    few = cost_of_change(big)
    populate(big, 200)
    many = cost_of_change(big)
    assert few == many
    assert all(0 < cost <= 20 for cost in few), few


def test_flow_mods_of_an_endpoint_are_a_handful(big):
    before = big.agentctl("hv-1", "status")
    big.apply(world.endpoint("one", "big", 1, "10.2.200", nve="hv-2"))

    def cost():
        now = big.agentctl("hv-1", "status")
        openflow = now["openflow"]
        assert (now["endpoints"]["remote"]
                == before["endpoints"]["remote"] + 1), now["endpoints"]
        assert openflow["flows"] == openflow["installed"], openflow
        return openflow["flowMods"] - before["openflow"]["flowMods"]
    assert wait_until(cost, "the endpoint has its flows") <= 5
