"""What is broken during a soak, and mended after a while.

A fault is a function that breaks something at once and returns what mends it.
Memory shows only in processes that live long.  So the last node's agent and,
after a while, nvad are never killed: the killing is done to those around them.
"""
import collections
import os
import signal

OVS = ["ovs-vswitchd", "ovsdb-server"]


class Faults:
    def __init__(self, lab, random, churn):
        self.lab = lab
        self.random = random
        self.churn = churn
        self.counts = collections.Counter()
        self.spares_nvad = False

    def kill(self, node, daemon):
        self.lab.kill(node, daemon)
        return lambda: self.lab.start_daemon(node, daemon)

    def hang(self, node, daemon):
        pid = int((self.lab.dir / node / (daemon + ".pid")).read_text())
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)

    def link_down(self, node, _what):
        self.lab.exec("fabric", "ip", "link", "set", node, "down")
        return lambda: self.lab.exec("fabric", "ip", "link", "set", node, "up")

    def flush(self, node, _what):
        self.lab.exec(node, "ovs-ofctl", "del-flows", "br-int")
        return lambda: None

    def choose(self):
        """Returns a fault, its node and its daemon."""
        node = self.random.choice(self.lab.names)
        mortal = OVS + ([] if node == self.lab.names[-1]
                        else ["geneve-agentd"])
        of_nva = ["ovsdb-server"] + ([] if self.spares_nvad else ["nvad"])
        return self.random.choice([
            (Faults.kill, node, self.random.choice(mortal)),
            (Faults.kill, node, self.random.choice(mortal)),
            (Faults.kill, "nva", self.random.choice(of_nva)),
            (Faults.hang, node, self.random.choice(OVS + ["geneve-agentd"])),
            (Faults.hang, "nva", self.random.choice(["nvad", "ovsdb-server"])),
            (Faults.link_down, self.random.choice([node, "nva"]), "link"),
            (Faults.flush, node, "flows")])

    def begin(self):
        """Breaks something; returns what mends it."""
        fault, node, what = self.choose()
        name = "%s %s" % (fault.__name__, what)
        self.counts[name] += 1
        self.churn.busy.add(node)
        mend = fault(self, node, what)

        def end():
            mend()
            self.churn.busy.discard(node)
            if node == "nva":
                self.lab.connection = None
        return end
