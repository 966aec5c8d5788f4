"""Reading JSON: what the agent's library takes, next to others.

The same endpoints, as the controller sends them, are read one a line (as in a
watch) and as one List: by Open vSwitch's JSON, by jansson and by yajl, a
streaming reader that keeps nothing.  Of the latter two, those that were there
when all was built (json-main.c says why each is a program).
"""
import json
import pathlib
import subprocess
import tempfile

import bench as common

LIBRARIES = ["ovs", "jansson", "yajl"]


def endpoint(i):
    low = i + 1
    return {
        "apiVersion": "nvo3.io/v1alpha1", "kind": "Endpoint",
        "metadata": {
            "name": "web-%06d" % i,
            "uid": "6f9619ff-8b86-d011-b42d-%012x" % low,
            "resourceVersion": str(1000000 + i), "generation": 1,
            "creationTimestamp": "2026-11-30T05:00:00Z",
            "labels": {"nvo3.io/vpc": "blue", "app": "checkout-web"}},
        "spec": {
            "vpc": "blue", "type": "vm", "qosClass": i % 8,
            "policyLabel": 100000 + i,
            "mac": "02:00:00:%02x:%02x:%02x" % (low >> 16, low >> 8 & 255,
                                                low & 255),
            "ips": ["10.%d.%d.%d" % (low >> 16, low >> 8 & 255, low & 255)]},
        "status": {"nve": "hv-%03d" % (i % 500), "phase": "Running",
                   "mtu": 1436}}


def write(directory, n):
    """Writes the files; returns their paths, and an object's size."""
    texts = [json.dumps(endpoint(i), separators=(",", ":")) for i in range(n)]
    paths = {"lines": directory / "lines", "list": directory / "list"}
    paths["lines"].write_text("".join(text + "\n" for text in texts))
    paths["list"].write_text('{"apiVersion":"v1","kind":"List","items":[%s]}\n'
                             % ",".join(texts))
    return paths, sum(map(len, texts)) / n


def bench(n, repeat):
    programs = {library: common.BUILD / "tests" / "bench" / ("json-" + library)
                for library in LIBRARIES}
    programs = {k: path for k, path in programs.items() if path.exists()}
    wanted = "%d %d\n" % (n, sum(100000 + i for i in range(n)))
    result = {}
    with tempfile.TemporaryDirectory(prefix="ga-bench-") as directory:
        paths, size = write(pathlib.Path(directory), n)
        print("%d endpoints in JSON, %.0f bytes each" % (n, size))
        for what, path in paths.items():
            samples = {library: [] for library in programs}
            for library, program in programs.items():
                said = subprocess.run([program, what, path], check=True,
                                      stdout=subprocess.PIPE, text=True)
                assert said.stdout == wanted, (library, said.stdout)
            for _ in range(repeat):
                for library, program in programs.items():
                    samples[library].append(
                        common.measure(None, program, what, path))
            result[what] = {k: common.median(v) for k, v in samples.items()}
            for library, sample in result[what].items():
                common.show("%s: %s" % (what, library), sample)
                if library != "ovs":
                    common.show_ratio(common.ratios(samples[library],
                                                    samples["ovs"]))
    return result
