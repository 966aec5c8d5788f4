"""What the handover of a live migration costs in packets.

web-2 sends 1,000 packets a second to web-3, which has a VM at hv-3 and, for
the migration, another at hv-1.  What counts is which packets came to neither
of the two.
"""
import contextlib
import subprocess

import traffic
import world
from lab import Lab
from test_moves import both_have_the_port, hand_over
from waiting import pause

RATE = 1000
WAYS = {"migration-by-hold": "hold", "migration-by-spec.nve": "spec.nve"}


@contextlib.contextmanager
def program(lab, endpoint, address, peer):
    process = lab.popen("vm", endpoint, traffic.PROGRAM, address, traffic.PORT,
                        RATE, peer, text=True, stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()


def heard(process):
    """The numbers of the packets that came."""
    result = set()
    for line in process.communicate(timeout=20)[0].splitlines():
        word, _peer, *numbers = line.split()
        if word == "received":
            result.update(range(int(numbers[0]), int(numbers[1]) + 1))
    return result


def tell(process, word):
    process.stdin.write(word + "\n")
    process.stdin.flush()


def migrate(lab, what, is_control):
    """Returns how many packets came nowhere."""
    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(program(
            lab, "web-3", "10.0.0.3", "10.0.0.2"))]
        with both_have_the_port(lab, what):
            # The newer VM, from now on.
            programs.append(stack.enter_context(program(
                lab, "web-3", "10.0.0.3", "10.0.0.2")))
        sender = stack.enter_context(program(lab, "web-2", "10.0.0.2",
                                             "10.0.0.3"))
        tell(sender, "go")
        pause(0.5)
        if not is_control:
            hand_over(lab, what)
            lab.wait_running("web-3", "hv-1")
        pause(1)
        tell(sender, "stop")
        sent = int(sender.stdout.readline().split()[2])
        pause(0.2)
        came = [heard(process) for process in programs]
    assert is_control or all(came), [len(numbers) for numbers in came]
    lab.sandbox("unplug", "hv-1", "web-3")
    lab.patch("Endpoint", "web-3", {"spec": {"nve": None}})
    lab.wait_running("web-3", "hv-3")
    lab.wait_ping("web-2", "10.0.0.3")
    return sent - len(set.union(*came))


def measure(name, repeat):
    """Returns what was lost, and what in control runs."""
    lab = Lab(3).start()
    try:
        world.load(lab)
        return [[migrate(lab, WAYS[name], is_control) for _ in range(repeat)]
                for is_control in (False, True)]
    finally:
        lab.stop()
