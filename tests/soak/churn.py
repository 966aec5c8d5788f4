"""What is made, changed and deleted during a soak, at random.

Everything beside world.py's objects and the endpoints web-K is churn, and goes
at a checkpoint.  What is refused, because the controller is away or because an
object is in use, is counted and not minded: what counts is that everything is
well again afterwards.
"""
import collections
import contextlib
import http.client

import policies
import world
from lab import ApiError, resource
from waiting import pause

PAUSE = 0.05                    # Seconds after each change.
N_ENDPOINTS = 6                 # Of each kind, at most.
N_FAR = 4
N_PROFILES = 3
N_POLICIES = 4
OPTIONS = sorted(world.OPTIONS)
REQUIRED = "policy-label"
CIDR = {"blue": "10.0.0", "green": "10.9.0"}

# In the order in which they can be deleted.
KINDS = ["VPCPolicy", "Endpoint", "NVE", "VPC", "OptionProfile"]


class Churn:
    def __init__(self, lab, random):
        self.lab = lab
        self.random = random
        self.counts = collections.Counter()
        self.busy = set()               # Nodes that a fault has now.

    # What there is beside the base.

    def is_base(self, kind, name):
        if kind == "Endpoint":
            return name.startswith("web-")
        return name in {"VPC": ["blue"], "OptionProfile": ["web"],
                        "NVE": self.lab.names}.get(kind, [])

    def plugged(self):
        """(node, endpoint) of all that is plugged in."""
        return [(path.parent.parent.name, path.name)
                for path in sorted(self.lab.dir.glob("hv-*/plugged/*"))
                if not self.is_base("Endpoint", path.name)]

    def nodes(self):
        """Those that nothing is the matter with."""
        return [node for node in self.lab.names if node not in self.busy]

    # Changes.  Each is made anew if it is there.

    def apply(self, obj, labels=None):
        if labels:
            obj["metadata"]["labels"] = labels
        self.lab.apply(obj)

    def profile(self):
        names = self.random.sample(OPTIONS, self.random.randint(1, 4))
        self.apply(world.profile(
            "churn-%d" % self.random.randrange(N_PROFILES),
            *((name, name == REQUIRED) for name in names)))

    def vpc(self):
        profile = "churn-%d" % self.random.randrange(N_PROFILES)
        self.apply(world.profile(profile, *OPTIONS))
        self.apply(world.vpc("green", 6000, CIDR["green"] + ".0/24",
                             optionProfile=profile))

    def endpoint(self):
        number = 10 + self.random.randrange(N_ENDPOINTS)
        vpc = self.random.choice(sorted(CIDR))
        name = "%s-%d" % (vpc, number)
        here = [node for node, plugged in self.plugged() if plugged == name]
        self.apply(world.endpoint(
            name, vpc, number, CIDR[vpc],
            policyLabel=self.random.randrange(1, 1000)),
            {"role": "churn-%d" % self.random.randrange(2)})
        if not here and self.nodes():
            self.lab.sandbox("plug", self.random.choice(self.nodes()), name)

    def far_endpoint(self):
        number = 30 + self.random.randrange(N_ENDPOINTS)
        self.apply(world.endpoint(
            "far-%d" % number, "blue", number,
            nve="far-%d" % self.random.randrange(N_FAR)))

    def nve(self):
        """A node of somebody else's, with an order of its own."""
        number = self.random.randrange(N_FAR)
        name = "far-%d" % number
        names = self.random.sample(OPTIONS, self.random.randint(1, 4))
        self.apply(resource("NVE", name, {
            "underlay": {"ips": ["192.0.2.%d" % (100 + number)]}}))
        self.lab.patch("NVE", name, {"status": {"receive": {
            "encapsulation": "geneve", **world.table(
                *names, order=self.random.choice(["any", "strict"]))}}},
            sub="/status")

    def policy(self):
        """For endpoints of the churn, so that the others talk on."""
        rules = self.random.choice(
            [[], [{}], [{"from": [policies.selector(role="churn-0")]}],
             [{"ports": [policies.port("TCP", 80)]}]])
        self.apply(resource(
            "VPCPolicy", "churn-%d" % self.random.randrange(N_POLICIES), {
                "vpc": "blue", "ingress": rules,
                **policies.selector(
                    role="churn-%d" % self.random.randrange(2))}))

    def receive(self):
        """A node takes other options, or in another order.  Not one that
        others need."""
        names = [REQUIRED] + self.random.sample(
            OPTIONS, self.random.randint(0, 4))
        names = self.random.sample(sorted(set(names)), len(set(names)))
        nodes = self.nodes()
        if nodes:
            self.lab.set_receive(
                self.random.choice(nodes), self.random.choice([
                    None, world.table(*names, order="strict")]))

    def unplug(self):
        here = [pair for pair in self.plugged() if pair[0] not in self.busy]
        if here:
            self.lab.unplug(*self.random.choice(here))

    def move(self):
        """Plugged in elsewhere, too: that one has it."""
        here = self.plugged()
        if here and self.nodes():
            node, name = self.random.choice(here)
            other = self.random.choice(self.nodes())
            if (other, name) not in here:
                self.lab.sandbox("plug", other, name)

    def delete(self):
        kind = self.random.choice(KINDS)
        there = [obj["metadata"]["name"] for obj in self.lab.list(kind)
                 if not self.is_base(kind, obj["metadata"]["name"])]
        if there:
            self.lab.delete(kind, self.random.choice(there))

    AT_API = [profile, vpc, endpoint, endpoint, far_endpoint, nve, policy,
              unplug, move, delete]

    def step(self):
        """Makes one change."""
        change = self.random.choice(
            [Churn.receive] + ([] if "nva" in self.busy else self.AT_API))
        with self.minding_nothing(change.__name__):
            change(self)
        pause(PAUSE)

    @contextlib.contextmanager
    def minding_nothing(self, what):
        try:
            yield
            self.counts[what] += 1
        except (ApiError, AssertionError, OSError,
                http.client.HTTPException):
            self.counts["refused"] += 1

    # Checkpoints.

    def clear(self):
        """Takes away all that is not of the base."""
        lab = self.lab
        for node, name in self.plugged():
            lab.unplug(node, name)
        lab.restore()
        for kind in KINDS:
            lab.delete(kind, *(
                obj["metadata"]["name"] for obj in lab.list(kind)
                if not self.is_base(kind, obj["metadata"]["name"])))
