"""One endpoint is added, moves, and is removed, when nothing else happens;
and what of the processor's time each takes who only listens."""
import bench_agent
from latency import Latency, Listener, patch, rows

N = 200
FIRST = 4000000                 # Of those that are added.
ROWS = (rows("add", "endpoint added, ms") + rows("move", "endpoint moves, ms")
        + rows("remove", "endpoint removed, ms")
        + [("one that only listens: CPU, ms",
            lambda r: "%.3f" % (r["listener"] * 1e3))])


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
        moves = [lambda i=i, shift=shift: move(i, shift)
                 for shift in (1, 0) for i in range(N // 2)]
        result["move"] = latency.measure(moves)
        with Listener(world) as listener:
            result["listener"] = latency.measure(moves, of=listener)["cpu"]
        result["remove"] = latency.measure(
            [lambda i=i: remove(i) for i in range(N)])
    agent.wait(n)
    return result
