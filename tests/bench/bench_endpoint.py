"""One endpoint is added, moves, and is removed, when nothing else happens."""
import bench_agent
from latency import Latency, patch, rows

N = 200
FIRST = 4000000                 # Of those that are added.
ROWS = (rows("add", "endpoint added, ms") + rows("move", "endpoint moves, ms")
        + rows("remove", "endpoint removed, ms"))


def bench(world, agent, n):
    def add(i):
        world.client("POST", "/endpoints", bench_agent.endpoint(FIRST + i))

    def move(i, shift):
        patch(world, "/endpoints/ep-%d" % i,
              {"nve": "nve-%d" % ((i + shift) % world.n_nves)})

    def remove(i):
        world.client("DELETE", "/endpoints/ep-%d" % (FIRST + i))

    with Latency(world, agent) as latency:
        result = {"add": latency.measure(
            [lambda i=i: add(i) for i in range(N)])}
        result["move"] = latency.measure(
            [lambda i=i, shift=shift: move(i, shift)
             for shift in (1, 0) for i in range(N // 2)])
        result["remove"] = latency.measure(
            [lambda i=i: remove(i) for i in range(N)])
    agent.wait(n)
    return result
