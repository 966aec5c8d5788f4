"""When the agent's OpenFlow part reads what the switch has done: at once, if
somebody waits for it, or else with the next that there is to do.
"""
import select
import time

import pytest

from control import Control
from ofctrl_driver import A, AT_ONCE, FF, GROUP, SELECT
from ofctrl_driver import bridge, driver, switch     # noqa: F401

pytestmark = pytest.mark.alone
# Seconds.  What nobody waits for is read after 20 ms.
LATER = 0.015


@pytest.fixture
def timed(driver):
    """timed(commands) tells the driver commands(i) some times, with i from 0
    on, and returns the shortest time until it knew that the switch had done
    what follows from them.  timed.control is the driver."""
    driver("complete", "true")
    with Control(driver.ctl) as control:
        # A question that comes later would be something to do by itself.
        def time_commands(commands):
            seconds = []
            for i in range(20):
                begin = time.monotonic()
                control.together(*commands(i), ("wait",))
                seconds.append(time.monotonic() - begin)
            return min(seconds)

        time_commands.control = control
        yield time_commands


def replacer(switch, owner, table, count=1):
    """Returns what gives the command that replaces the flows of 'owner', by
    others than the last time."""
    files = []
    for action in "drop", "output:1":
        files.append(switch.dir / ("%s-%d-%s" % (owner, count, action)))
        files[-1].write_text("".join(
            "table=%d,metadata=%d actions=%s\n" % (table, i, action)
            for i in range(count)))
    return lambda i: ("replace", owner, str(table), str(files[i % 2]))


def test_what_nobody_waits_for_is_read_later(switch, driver, timed):
    """With the next that there is to do, or in the end."""
    nobody = replacer(switch, "nobody", 1)
    somebody = replacer(switch, "somebody", 2)

    timed.control("patient", "nobody")
    assert timed(lambda i: [somebody(i)]) < AT_ONCE
    assert timed(lambda i: [nobody(i)]) > LATER
    # What somebody waits for is heard at once, and all else with it.
    assert timed(lambda i: [nobody(i), somebody(i)]) < AT_ONCE
    assert driver.wait()["installed"] == 2


@pytest.mark.parametrize("commands", [
    lambda i: [("group", "somebody", "1", (FF if i % 2 else SELECT) % GROUP)],
    lambda i: [("tlv-map", A % (1 + i % 2))]], ids=["group", "TLV map"])
def test_what_is_read_at_once(timed, commands):
    """Those who own no flows may wait, too."""
    assert timed(commands) < AT_ONCE


def test_a_stream_of_changes_is_confirmed_in_between(switch, driver, timed):
    """Some wait until nothing is under way."""
    nobody = replacer(switch, "nobody", 1)
    somebody = replacer(switch, "somebody", 2)
    control = timed.control

    def is_answered(other):
        for i in range(200):
            control.together(nobody(i))
            if select.select([other.socket], [], [], 0.005)[0]:
                return True
        return False

    control("patient", "nobody")
    control.together(somebody(0), ("wait",))
    with Control(driver.ctl) as other:
        control.together(nobody(1))
        other.send(("wait",))
        assert is_answered(other)


def test_many_flows_that_nobody_waits_for(switch, timed):
    """Their commit waits for an answer."""
    nobody = replacer(switch, "nobody", 1, 1050)
    somebody = replacer(switch, "somebody", 2, 1050)

    timed.control("patient", "nobody")
    some = timed(lambda i: [somebody(i)])
    no = timed(lambda i: [nobody(i)])
    assert no < 1.2 * some + AT_ONCE
