"""Changes under steady traffic, and a judge of every packet.

Changes makes random changes of what is sent: options come to a profile and
leave it, definitions of options appear and go, a VPC gets another profile, a
receiver turns its order round, narrows and widens its limits, stops and starts
taking an option.  After each of them it waits until every sender knows of it
(not until it has applied it), after most of them until every sender says that
it is in effect.  From that it writes down what may be on the wire when:

    from the change on          the old form, or the new one
    from "in effect" on         the new one only

for each sender and receiver.  The new form is worked out here, by the rules of
docs/negotiation.md, from the profile and from the table that the receiver has
advertised; every receiver has a strict order, so there is one form.  judge()
compares that with what was captured.
"""
import bisect
import collections
import time

import world
from waiting import wait_until

KEYS = {**world.CT, "note": "0xff01/0x10", "trace": "0xff01/0x11",
        "zone": "0xff01/0x12", "mark": "0xff01/0x92"}   # The C bit is set.
LENGTHS = {**{name: o[1] for name, o in world.OPTIONS.items()},
           "note": 4, "trace": 8, "zone": 12, "mark": 4}
NAMES = {key: name for name, key in KEYS.items()}
REQUIRED = "policy-label"
OPTIONAL = sorted(set(KEYS) - {REQUIRED})
CONSTANT = {"note": "0x0000000a", "trace": "0x0123456789abcdef",
            "zone": "0x112233445566778899aabbcc", "mark": "0x0000000b"}
# Lower is kept first.
PRIORITY = {name: 10 * n for n, name in enumerate([REQUIRED, *OPTIONAL], 1)}

# An event of a timeline: from 'time' on, all 'forms' are allowed, too, or, if
# 'only', nothing else.
Event = collections.namedtuple("Event", "time forms only what")


def definition(name):
    if name in CONSTANT:
        return world.geneve_option(name, KEYS[name], LENGTHS[name],
                                   {"constant": CONSTANT[name]})
    key, length, value, _ = world.OPTIONS[name]
    return world.geneve_option(name, key, length, value)


def form(profile, table):
    """What packets of a profile (names) to a receiver with that advertised
    table look like: "C/T"s in the order of the wire."""
    taken = [entry["class"] + "/" + entry["type"]
             for entry in table["options"]]
    sent = sorted((name for name in profile if KEYS[name] in taken),
                  key=PRIORITY.get)
    limit = table.get("maxOptions")
    if limit is not None:
        sent = sent[:limit]
    return tuple(key for key in taken if NAMES.get(key) in sent)


class Changes:
    """On a lab whose nodes all have one endpoint web-K in VPC blue."""

    KINDS = ["option", "option", "definition", "profile", "reverse",
             "reverse", "limit", "take", "take"]

    def __init__(self, lab, random, advertisements):
        self.lab = lab
        self.random = random
        self.advertisements = advertisements
        self.defined = set(KEYS)
        self.profiles = {"web": set(OPTIONAL[:4]), "wide": set(OPTIONAL[2:])}
        self.used = "web"
        self.tables = {node: {"names": list(PRIORITY), "limit": None}
                       for node in lab.names}
        self.timeline = {pair: [] for pair in lab.pairs}
        self.log = []                   # (time, what)
        self.n_plans = 0                # Most of them at once.

    # The desired state.

    def put_profile(self, name):
        self.lab.apply(world.profile(name, *(
            (option, option == REQUIRED, PRIORITY[option])
            for option in [REQUIRED, *sorted(self.profiles[name])])))

    def put_table(self, node):
        table = self.tables[node]
        members = {"options": [
            {"class": KEYS[name].split("/")[0], "type":
             KEYS[name].split("/")[1], "length": LENGTHS[name]}
            for name in table["names"]], "order": "strict"}
        if table["limit"] is not None:
            members["maxOptions"] = table["limit"]
        self.lab.write(self.lab.files / ("receive-%s.json" % node), members)

    def profile(self):
        """The names in the profile in use."""
        return {REQUIRED, *self.profiles[self.used]}

    def table(self, node):
        return self.advertisements.current[node]

    def start(self):
        """Puts everything where it is to begin."""
        lab = self.lab
        for name in CONSTANT:
            lab.apply(definition(name))
        for name in self.profiles:
            self.put_profile(name)
        for node in lab.names:
            self.put_table(node)
            lab.set(node, nve_receive=lab.files / ("receive-%s.json" % node))
        self.wait_advertised()
        self.wait_known()
        self.wait_effect("the start")

    # Waiting.

    def wait_advertised(self):
        """Until every receiver advertises what it is to."""
        def advertised(node):
            table = self.table(node)
            names = [name for name in self.tables[node]["names"]
                     if name in self.profile()]
            keys = [e["class"] + "/" + e["type"] for e in table["options"]]
            assert keys == [KEYS[name] for name in names], table
            assert table.get("maxOptions") == self.tables[node]["limit"]
            return table["order"] == "strict"
        for node in self.lab.names:
            wait_until(lambda node=node: advertised(node),
                       "%s advertises what it is to" % node)

    def ask(self, pair):
        """What the sender says of a pair, if it has heard of all."""
        answer = self.lab.ask_agent(pair[0], "remote", "show", pair[1])
        entries = answer["transmit"] if answer else []
        assert [e["profile"] for e in entries] == [self.used], entries
        self.n_plans = max(self.n_plans, entries[0]["plan"])
        wanted = form(self.profile(), self.table(pair[1]))
        assert tuple(entries[0]["options"]) == wanted, (pair, entries, wanted)
        return entries[0]

    def wait_known(self):
        for pair in self.lab.pairs:
            wait_until(lambda pair=pair: self.ask(pair),
                       "%s knows what to send to %s" % pair)

    def wait_effect(self, what):
        """Until every sender says so."""
        waiting = set(self.lab.pairs)

        def look():
            for pair in sorted(waiting):
                if self.ask(pair)["inEffect"]:
                    self.timeline[pair].append(Event(
                        time.time(), {form(self.profile(),
                                           self.table(pair[1]))}, True, what))
                    waiting.remove(pair)
            return not waiting
        wait_until(look, "all say that it is in effect")

    # Changes.

    def change(self):
        """Makes a change, and waits until every sender knows of it."""
        kind = self.random.choice(self.KINDS)
        before = self.profile()
        tables = {node: self.table(node) for node in self.lab.names}
        n_log = len(self.advertisements.log)
        begin = time.time()
        what = getattr(self, "change_" + kind)()
        self.log.append((begin, what))
        self.wait_advertised()
        for _, node, _, table in self.advertisements.log[n_log:]:
            tables[node, len(tables)] = table
        for pair in self.lab.pairs:
            forms = {form(profile, table)
                     for profile in (before, self.profile())
                     for node, table in tables.items()
                     if pair[1] in (node, node[0])}
            self.timeline[pair].append(Event(begin, forms, False, what))
        self.wait_known()
        return what

    def change_option(self):
        """An optional option comes to the profile in use, or leaves it."""
        option = self.random.choice(sorted(self.defined - {REQUIRED}))
        self.profiles[self.used] ^= {option}
        self.put_profile(self.used)
        return "%s %s profile %s" % (
            option, "comes to" if option in self.profiles[self.used]
            else "leaves", self.used)

    def change_definition(self):
        """A definition appears, and its option comes to the profile; or both
        go, in the order that the controller allows."""
        missing = set(KEYS) - self.defined
        if missing:
            option = missing.pop()
            self.lab.apply(definition(option))
            self.defined.add(option)
            self.profiles[self.used].add(option)
            self.put_profile(self.used)
            return "definition of %s appears" % option
        option = self.random.choice(OPTIONAL)
        for name, names in self.profiles.items():
            if option in names:
                names.remove(option)
                self.put_profile(name)
        self.lab.delete("GeneveOption", option)
        self.defined.remove(option)
        return "definition of %s goes" % option

    def change_profile(self):
        self.used = "wide" if self.used == "web" else "web"
        self.lab.patch("VPC", "blue", {"spec": {"optionProfile": self.used}})
        return "VPC has profile %s" % self.used

    def change_table(self, what):
        node = self.random.choice(self.lab.names)
        what = what(self.tables[node])
        self.put_table(node)
        return "%s %s" % (node, what)

    def change_reverse(self):
        def reverse(table):
            table["names"].reverse()
            return "reverses its order"
        return self.change_table(reverse)

    def change_limit(self):
        def limit(table):
            table["limit"] = self.random.choice(
                [n for n in (None, 1, 2, 3, 4) if n != table["limit"]])
            return "takes at most %s options" % table["limit"]
        return self.change_table(limit)

    def change_take(self):
        def take(table):
            option = self.random.choice(OPTIONAL)
            if option in table["names"]:
                table["names"].remove(option)
                return "takes %s no more" % option
            table["names"].insert(
                self.random.randrange(len(table["names"]) + 1), option)
            return "takes %s" % option
        return self.change_table(take)

    def run(self, number):
        """Makes so many changes.  One in three comes while its predecessor
        is not in effect yet."""
        for n in range(number):
            what = self.change()
            if n == number - 1 or self.random.random() > 0.33:
                self.wait_effect(what)


def judge(timeline, seen):
    """Compares the packets of a pair, as seen on the wire, to its timeline.
    Returns those that should not have been: [(Seen, what was the last event,
    what was allowed)]."""
    wrong = []
    times = [event.time for event in timeline]
    allowed = []                        # After each event.
    for event in timeline:
        allowed.append(set(event.forms) if event.only or not allowed
                       else allowed[-1] | event.forms)
    for packet in seen:
        n = bisect.bisect_right(times, packet.time) - 1
        if n >= 0 and packet.options not in allowed[n]:
            wrong.append((packet, timeline[n].what, allowed[n]))
    return wrong
