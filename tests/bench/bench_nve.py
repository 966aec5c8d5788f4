"""An NVE with an endpoint appears, takes another table, gets another address,
and vanishes: alone, and then one after the other in a row."""
import bench_agent
from latency import Latency, patch, rows

N = 60
FIRST = 5000000                 # Endpoints behind NVEs that come and go.
TITLES = {"appear": "NVE appears, ms", "table": "its table, ms",
          "address": "its address, ms", "vanish": "it vanishes, ms"}


def row(name):
    return ("... CPU in a row, ms",
            lambda r: "%.2f" % (r[name]["row"] * 1e3))


ROWS = [line for name, title in TITLES.items()
        for line in rows(name, title) + [row(name)]]


def static(n_options):
    table = [{"class": c, "type": t, "length": length}
             for c, t, length, _, _ in bench_agent.OPTIONS.values()]
    return {"static": {"mode": "replace", "order": "any",
                       "options": table[:n_options]}}


def underlay(network, i):
    return {"underlay": {"ips": ["192.0.%d.%d" % (network, i + 10)]}}


def bench(world, agent, n):
    names = ["come-%d" % i for i in range(N)]

    def appear(i):
        """The endpoint is there before: what is measured is the NVE."""
        world.client("POST", "/nves", bench_agent.resource(
            "NVE", names[i], {**underlay(200, i), **static(3)}))

    def change(i, spec):
        patch(world, "/nves/" + names[i], spec)

    def vanish(i):
        world.client("DELETE", "/nves/" + names[i])

    for i in range(N):
        endpoint = bench_agent.endpoint(FIRST + i)
        endpoint["spec"]["nve"] = names[i]
        world.client("POST", "/endpoints", endpoint)
    steps = {
        "appear": [lambda i=i: appear(i) for i in range(N)],
        "table": [lambda i=i, k=k: change(i, static(k))
                  for k in (2, 1) for i in range(N)],
        "address": [lambda i=i: change(i, underlay(201, i))
                    for i in range(N)],
        "vanish": [lambda i=i: vanish(i) for i in range(N)]}
    with Latency(world, agent) as latency:
        result = {name: latency.measure(steps[name]) for name in steps}
        latency.monitor.drain(1.5)
        for name in steps:
            result[name]["row"] = latency.measure_row(steps[name])
    for i in range(N):
        world.client("DELETE", "/endpoints/ep-%d" % (FIRST + i))
    agent.wait(n)
    return result
