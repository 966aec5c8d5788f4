"""An NVE that cannot make up its mind costs the others a bounded number of
changes: "flap" (an NVE without an agent) advertises one order after the other,
none of which hv-1 has a plan for."""
import time

import pytest

import world
from lab import resource
from waiting import wait_until
from world import ct, table

NAMES = ["policy-label", "endpoint-type", "qos-class", "tenant-id"]
ORDERS = [NAMES[::-1], NAMES[1:] + NAMES[:1]]
BURST, REFILL, CALM = 10, 6, 10                 # As in lib/damping.h.
N_FLIPS = 40
FLAP = "192.0.2.100"

# When it is calm is a matter of seconds.
pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def lab(own_lab):
    lab = own_lab(2)
    world.load(lab)
    lab.set_receive("hv-2", table(*NAMES, order="strict"))
    lab.apply(resource("NVE", "flap", {"underlay": {"ips": [FLAP]}}),
              world.endpoint("flap", "blue", 100, nve="flap"))
    # Nobody answers for its address.
    lab.exec("hv-1", "ovs-appctl", "tnl/neigh/set", "br-phy", FLAP,
             "02:00:c0:00:02:64")
    lab.exec("hv-1", "ip", "neigh", "replace", FLAP, "lladdr",
             "02:00:c0:00:02:64", "dev", "br-phy")
    lab.wait_transmit("hv-1", "hv-2", "web", options=ct(*NAMES))
    return lab


def advertise(lab, names):
    lab.patch("NVE", "flap", {"status": {"receive": {
        "encapsulation": "geneve", **table(*names, order="strict")}}},
        "/status")


def plans_made(lab):
    log = (lab.dir / "hv-1" / "geneve-agentd.log").read_text()
    return log.count("|send_plan|INFO|plan ") and log.count(": new, because")


def flip(lab, names):
    """Advertises 'names' and returns what hv-1 makes of it."""
    advertise(lab, names)

    def seen():
        entry = lab.transmit("hv-1", "flap", "web")
        assert entry and entry["status"] != "pending", entry
        assert is_part_of(entry["options"], ct(*names)), entry
        # It takes all options, since it advertises any.
        assert "unsupported" not in dict(entry["omitted"]).values(), entry
        return entry
    return wait_until(seen, "hv-1 knows of %s" % names)


def alarms(lab):
    return {(alarm["object"], alarm["reason"])
            for alarm in lab.agentctl("hv-1", "status")["alarms"]}


def is_part_of(form, order):
    rest = iter(order)
    return all(option in rest for option in form)


def test_flaps_are_bounded(lab):
    plan_of_hv2 = lab.transmit("hv-1", "hv-2", "web")["plan"]
    before = plans_made(lab)
    begin = time.monotonic()
    omitted = set()
    with lab.capture("hv-1") as capture:
        with lab.running("vm", "web-1", "ping", "-n", "-i", "0.02",
                         "10.0.0.2"):
            for k in range(N_FLIPS):
                entry = flip(lab, ORDERS[k % 2])
                omitted |= {reason for _, reason in entry["omitted"]}
                lab.ping("web-1", "10.0.0.100", count=1, wait=0.05)
        lasted = time.monotonic() - begin
        made = plans_made(lab) - before
        shown = alarms(lab)
        to_flap = capture.packets("192.0.2.1", FLAP)
        to_hv2 = capture.packets("192.0.2.1", "192.0.2.2")

    assert ("remote flap", "flapping") in shown, shown
    assert 3 <= made <= BURST + lasted / REFILL, (made, lasted)
    assert made < N_FLIPS / 2
    # One of its two orders has a plan, where it waits; of the other it is sent
    # what can be had there.
    assert omitted == {"plan"}, omitted

    # Never in an order that it did not ask for.
    assert to_flap
    for packet in to_flap:
        assert any(is_part_of(packet.options, ct(*names))
                   for names in ORDERS), packet.options
    # Nobody else notices.
    assert {tuple(p.options) for p in to_hv2} == {tuple(ct(*NAMES))}
    assert lab.transmit("hv-1", "hv-2", "web")["plan"] == plan_of_hv2


def test_it_is_served_when_it_is_calm(lab):
    # It may have become calm since the last test.
    for k in range(N_FLIPS):
        names = ORDERS[k % 2]
        changed = time.monotonic()
        entry = flip(lab, names)
        if ("remote flap", "flapping") in alarms(lab) and entry["omitted"]:
            break
    else:
        pytest.fail("it was never held")
    made = plans_made(lab)
    lab.wait_transmit("hv-1", "flap", "web", status="ok",
                      options=ct(*names), deadline=CALM + 30)
    assert time.monotonic() - changed >= CALM - 1
    assert plans_made(lab) <= made + 1
    assert ("remote flap", "flapping") not in alarms(lab)
    explained = lab.exec("hv-1", "agentctl", "explain", "flap")
    assert "plan 1" in explained or "plan 2" in explained, explained
