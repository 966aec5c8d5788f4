"""Whether a sandbox is as it should be, and what its daemons take."""
import pathlib

from waiting import wait_until

COOKIE = "cookie=0x67656e6500000000/0xffffffff00000000"     # "gene"
JUDGED = ["geneve-agentd", "nvad", "nva-labeller"]
SHOWN = [*JUDGED, "ovs-vswitchd", "ovsdb-server"]

# Alarms that stay for a while so that somebody sees them.  That of flows that
# were deleted goes ten minutes after the last time.
LASTING = {"interference"}


def check_node(lab, node):
    """All that the agent wants is there, and it has nothing to complain of."""
    status = lab.agentctl(node, "status")
    assert status["complete"] and status["controller"]["synced"], status
    assert status["controller"]["state"] == "connected", status["controller"]
    openflow = status["openflow"]
    assert openflow["state"] == "steady", openflow
    assert openflow["installed"] == openflow["flows"], openflow
    assert openflow["errors"] == 0, openflow
    for what in "tunnels", "planBridges":
        entry = status["ovsdb"][what]
        assert entry["ready"] == entry["wanted"], (what, entry)
    n = lab.nodes - 1
    assert (status["remotes"]["ok"], status["remotes"]["total"]) == (n, n), (
        status["remotes"])
    assert status["endpoints"] == {"blocked": 0, "local": 1, "remote": n}, (
        status["endpoints"])
    assert not status["refused"] and not status["withdrawals"], status
    alarms = [a for a in status["alarms"] if a["reason"] not in LASTING]
    assert not alarms, alarms
    answer = lab.exec(node, "ovs-ofctl", "-O", "OpenFlow15", "dump-aggregate",
                      "br-int", COOKIE)
    assert "flow_count=%d\n" % openflow["flows"] in answer, (answer, openflow)
    return True


def wait_healthy(lab, deadline):
    """Waits until all is well; fails if it does not become so."""
    for node in lab.names:
        wait_until(lambda node=node: check_node(lab, node),
                   "%s has all that it wants" % node, deadline)
        wait_until(lambda node=node: lab.endpoint_status("web-" + node[3:])
                   .get("phase") == "Running", "web-%s runs" % node[3:],
                   deadline)
    for a, b in lab.pairs:
        wait_until(lambda a=a, b=b: lab.ping(
            "web-" + a[3:], "10.0.0." + b[3:], count=1, wait=0.5),
            "%s reaches %s" % (a, b), deadline)


def measure(lab):
    """{(node, daemon): (pid, kB of memory of its own, file descriptors)}"""
    result = {}
    for path in lab.dir.glob("*/*.pid"):
        node, daemon = path.parent.name, path.stem
        if daemon in SHOWN:
            pid = path.read_text().strip()
            proc = pathlib.Path("/proc") / pid
            line, = (line for line in (proc / "status").read_text()
                     .splitlines() if line.startswith("RssAnon:"))
            result[node, daemon] = (pid, int(line.split()[1]),
                                    len(list((proc / "fd").iterdir())))
    return result
