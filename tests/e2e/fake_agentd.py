"""A stand-in for geneve-agentd: a unixctl server with canned answers.

Speaks OVS's unixctl protocol, JSON-RPC 1.0 without framing, on a Unix socket:
{"method", "params", "id"} comes, {"result", "error", "id"} goes.  Run by
itself it serves ANSWERS, which is handy to look at tables:

    fake_agentd.py /tmp/fake.ctl &
    agentctl -t /tmp/fake.ctl status
"""

import copy
import json
import os
import socket
import sys
import threading

STATUS = {
    "version": "0.1.0",
    "systemId": "hv-1",
    "agent": {"pid": 1234, "uptime": 11523},
    "controller": {"url": "https://nva.example.net:8443", "state": "connected",
                   "since": "2026-03-01T09:14:03Z",
                   "lastError": None, "synced": True},
    "ovsdb": {"remote": "unix:/run/openvswitch/db.sock",
              "state": "connected", "bridge": "br-int",
              "tunnels": {"wanted": 5, "ready": 4}},
    "complete": True,
    "openflow": {"bridge": "br-int", "state": "steady", "connected": True,
                 "flows": 87, "installed": 87, "flowMods": 112, "bundles": 9,
                 "tlvMods": 1, "errors": 0, "foreignFlows": 2,
                 "tlvMap": [
                     {"index": 8, "option": "0xff01/0x81", "length": 4},
                     {"index": 16, "option": "0xff01/0x02", "length": 4},
                     {"index": 24, "option": "0xff01/0x03", "length": 4}]},
    "tunnelMode": "per-remote",
    "encapsulations": ["geneve", "vxlan"],
    "encapIPs": ["192.0.2.1"],
    "underlayMTU": 1500,
    "receive": {"options": [
        {"option": "0xff01/0x81", "length": 4, "required": True},
        {"option": "0xff01/0x02", "length": 4, "required": False},
        {"option": "0x0103/0x01", "length": [12, 124], "required": False}],
        "order": "any", "maxOptions": 64, "maxOptionBytes": 252,
        "published": True},
    "withdrawals": [
        {"options": ["0xff01/0x07", "0xff01/0x88"], "required": [],
         "since": "2026-03-01T09:30:00Z", "until": "2026-03-01T09:30:31Z",
         "waitingFor": ["hv-3", "hv-4", "hv-5", "hv-6", "hv-7", "hv-8",
                        "hv-9"]},
        {"options": [], "required": ["0xff01/0x81"],
         "since": "2026-03-01T09:30:02Z", "until": None,
         "waitingFor": []}],
    "endpoints": {"local": 3, "remote": 41, "blocked": 1},
    "remotes": {"total": 5, "ok": 2, "degraded": 1, "optionless": 1,
                "blocked": 1, "pending": 0},
    "alarms": [
        {"object": "nve hv-3", "reason": "plan",
         "message": "0xff01/0x03 cannot be sent: the order that hv-3 wants "
                    "conflicts with that of hv-2",
         "since": "2026-03-01T09:14:05Z"},
        {"object": "endpoint web-7", "reason": "value",
         "message": "no spec.policyLabel, which the required option "
                    "policy-label takes its value from",
         "since": "2026-03-01T09:20:41Z"}],
    "refused": [
        {"kind": "VPC", "name": "green",
         "message": "spec.vni: 16777216 is over 16777215"}],
}

REMOTE_LIST = [
    {"name": "hv-2", "underlayIPs": ["192.0.2.2"], "source": "advertised",
     "status": "ok", "profiles": ["labels"], "vpcs": ["blue", "red"],
     "alarms": [], "ofport": 4},
    {"name": "hv-3", "underlayIPs": ["192.0.2.3"],
     "source": "advertised+restrict", "status": "degraded",
     "profiles": ["labels", "telemetry"],
     "vpcs": ["blue", "vpc-2", "vpc-3", "vpc-4", "vpc-5", "vpc-6", "vpc-7",
              "vpc-8"],
     "alarms": ["below-64-byte-header"], "ofport": 5},
    {"name": "legacy-rack7-sw1", "underlayIPs": ["192.0.2.9", "192.0.2.10"],
     "source": "none", "status": "blocked", "profiles": ["labels"],
     "vpcs": ["blue"], "alarms": [], "ofport": None},
]

REMOTE_SHOW = {
    "name": "hv-3", "underlayIPs": ["192.0.2.3"], "source": "advertised",
    "alarms": ["below-64-byte-header"], "vpcs": ["blue", "red"], "ofport": 5,
    "transmit": [
        {"profile": "labels", "status": "degraded",
         "options": ["0xff01/0x81", "0xff01/0x02"],
         "omitted": [["0xff01/0x03", "unsupported"],
                     ["0xff01/0x0a", "plan"]],
         "missingRequired": [], "plan": 0, "mtu": 1434, "order": "strict",
         "packets": 1},
        {"profile": "telemetry", "status": "blocked", "options": [],
         "omitted": [["0x0103/0x01", "max-bytes"]],
         "missingRequired": ["0xff01/0x85"], "plan": 0, "mtu": None,
         "order": "strict", "packets": 4711}],
    "receive": [
        {"profile": "labels", "status": "ok",
         "options": ["0xff01/0x02", "0xff01/0x81"], "omitted": [],
         "missingRequired": [], "plan": None, "mtu": 1434, "order": "any"},
        {"profile": "telemetry", "status": "optionless", "options": [],
         "omitted": [], "missingRequired": [], "plan": None, "mtu": 1450,
         "order": "any"}],
}

OPTION_LIST = [
    {"name": "policy-label", "option": "0xff01/0x81", "length": 4,
     "critical": True, "value": "endpoint.policyLabel", "index": 8,
     "profiles": [{"name": "labels", "required": True},
                  {"name": "telemetry", "required": False}],
     "advertised": True},
    {"name": "endpoint-type", "option": "0xff01/0x02", "length": 4,
     "critical": False, "value": "endpoint.type", "index": 16,
     "profiles": [{"name": "labels", "required": False}],
     "advertised": True},
    {"name": "qos-class", "option": "0xff01/0x03", "length": 4,
     "critical": False, "value": "endpoint.qosClass", "index": 24,
     "profiles": [], "advertised": False},
    {"name": "int-md", "option": "0x0103/0x01", "length": 40,
     "critical": False, "value": "constant 0x" + "4f" * 40, "index": None,
     "profiles": [{"name": "telemetry", "required": False}],
     "advertised": False},
]

PLAN_LIST = [
    {"plan": 0, "bridge": "br-int",
     "order": [{"option": "0xff01/0x81", "name": "policy-label", "index": 8,
                "length": 4},
               {"option": "0xff01/0x02", "name": "endpoint-type", "index": 16,
                "length": 4}],
     "remotes": ["hv-%d" % i for i in range(2, 40)],
     "reason": "the base plan: it serves every remote that it can"},
]

ENDPOINT_LIST = [
    {"name": "web-1", "vpc": "blue", "nve": "hv-1", "local": True,
     "mac": "02:00:00:00:00:01", "ips": ["10.0.0.11"], "phase": "Running",
     "message": "", "mtu": 1434, "policyLabel": 7, "ofport": 7, "spoofed": 12,
     "sent": 999999, "received": 123456789},
    {"name": "db-1", "vpc": "blue", "nve": "hv-3", "local": False,
     "mac": "02:00:00:00:00:02", "ips": ["10.0.0.12", "10.0.1.12"],
     "phase": "Running", "message": None, "mtu": 1434,
     "policyLabel": 70000, "ofport": None},
    {"name": "web-7", "vpc": "blue", "nve": "hv-1", "local": True,
     "mac": "02:00:00:00:00:07", "ips": ["10.0.0.17"], "phase": "Blocked",
     "message": "no spec.policyLabel, which the required option policy-label "
                "takes its value from: its packets are dropped",
     "mtu": None, "policyLabel": None, "ofport": 9, "sent": 0,
     "received": 1999949999},
]

POLICY_LIST = [
    {"name": "web", "vpc": "blue", "selector": "app=web",
     "endpoints": ["web-1", "web-7"],
     "rules": [{"from": ["app=lb"], "labels": [7, 9], "ports": ["TCP 80"]}],
     "egress": None, "message": None},
    {"name": "db", "vpc": "blue", "selector": "app=db", "endpoints": [],
     "rules": [{"from": ["app=web"], "labels": [7], "ports": ["TCP 5432"]}],
     "egress": [], "message": None},
]

ROUTE_LIST = [
    {"name": "to-lab", "vpc": "blue", "destination": "192.0.2.0/24",
     "from": None, "priority": 0, "here": 2,
     "via": [{"type": "endpoint", "name": "fw-1", "weight": 1,
              "usable": True, "nve": "hv-3"}],
     "state": "Routed", "message": None},
    {"name": "nowhere", "vpc": "blue", "destination": "198.51.100.0/24",
     "from": "app=web", "priority": 5, "here": 1,
     "via": [{"type": "drop", "name": None, "weight": 1, "usable": False,
              "nve": None}],
     "state": "Blocked", "message": "nothing leads there"},
]

GATEWAY_LIST = [
    {"name": "blue-out", "vpc": "blue", "externalNetwork": "internet",
     "valid": True, "message": None, "here": "active",
     "nodes": [{"nve": "hv-1", "state": "active"},
               {"nve": "hv-2", "state": "standby"}],
     "snat": [{"cidr": "10.0.0.0/24", "address": "203.0.113.10"}],
     "mac": "0a:00:00:00:00:01", "zone": 4, "exhausted": False, "dropped": 0,
     "sendsAs": "gateway"},
    {"name": "red-out", "vpc": "red", "externalNetwork": None,
     "valid": False, "message": "there is no ExternalNetwork",
     "here": None, "nodes": [], "snat": []},
]

TRACE = {
    "source": {"name": "web-1", "endpoint": True, "nve": "hv-1",
               "policyLabel": 7},
    "destination": {"name": "web-3", "endpoint": True, "nve": "hv-3",
                    "policyLabel": 70000},
    "vpc": "blue", "vni": 5000,
    "flow": "in_port=7,icmp,icmp_type=8,dl_src=02:00:00:00:00:01,"
            "dl_dst=02:00:00:00:00:02,nw_src=10.0.0.11,nw_dst=10.0.0.12,"
            "nw_ttl=64",
    "outcome": "sent", "reason": None, "policy": "receiver",
    "sentence": "It is sent to hv-3, which takes it from there.",
    "forwarding": "bridged", "receiver": None, "openvswitch": "Flow: ...",
    "steps": [
        {"bridge": "br-int", "table": 0, "stage": "input",
         "match": "in_port=7"},
        {"bridge": "br-int", "table": 30, "stage": "encap",
         "match": "reg0=0x1"},
        {"bridge": "br-tx1", "table": 30, "stage": "encap",
         "match": "reg0=0x1"},
        {"bridge": "br-phy", "table": 0, "stage": None, "match": ""}],
    "tunnels": [
        {"nve": "hv-3", "plan": 1, "source": "192.0.2.1",
         "destination": "192.0.2.3", "tos": 0, "ttl": 64, "vni": 5000,
         "options": [
             {"option": "0xff01/0x06", "name": "tenant-id", "critical": False,
              "length": 16, "value": "0x6f9619ff8b86d011b42d00c04fc964ff",
              "from": "vpc.tenantId"},
             {"option": "0xff01/0x81", "name": "policy-label",
              "critical": True, "length": 4, "value": "0x00000007",
              "from": "endpoint.policyLabel"}],
         "header": "0740655800138800ff0106046f9619ff8b86d011b42d00c04fc964ff"
                   "ff01810100000007", "headerBytes": 36}],
}

EXPLAIN = {
    "remote": "hv-3", "lines": [
        {"profile": "labels", "option": None, "name": None, "sent": None,
         "rule": "advertised", "saidBy": "NVE hv-3, status.receive",
         "sentence": "hv-3 advertises what it takes, in strict order, at "
                     "most 8 option bytes."},
        {"profile": "labels", "option": "0xff01/0x81",
         "name": "policy-label", "sent": True, "rule": "selected",
         "saidBy": "NVE hv-3, status.receive",
         "sentence": "policy-label is sent: hv-3 takes it with 4 bytes."},
        {"profile": "labels", "option": "0xff01/0x03", "name": "qos-class",
         "sent": False, "rule": "unsupported",
         "saidBy": "NVE hv-3, status.receive",
         "sentence": "qos-class is not sent, because the table that hv-3 "
                     "advertises does not list it; it is not required, so "
                     "packets go without it."}],
}

# Lists that are asked for a page at a time.
PAGED = {"ga/remote-list", "ga/endpoint-list", "ga/policy-list",
         "ga/route-list", "ga/gateway-list"}

ANSWERS = {
    "ga/status": STATUS,
    "ga/remote-list": REMOTE_LIST,
    "ga/remote-show": REMOTE_SHOW,
    "ga/option-list": OPTION_LIST,
    "ga/plan-list": PLAN_LIST,
    "ga/endpoint-list": ENDPOINT_LIST,
    "ga/policy-list": POLICY_LIST,
    "ga/route-list": ROUTE_LIST,
    "ga/gateway-list": GATEWAY_LIST,
    "ga/explain": EXPLAIN,
    "ga/trace": TRACE,
}


class FakeAgentd:
    """Serves on 'path' until close().  An answer is a JSON value, which is
    sent as text; a str, sent as it is; or an Exception, whose text is sent as
    an error.  None: never answer.  Requests are kept in .requests."""

    def __init__(self, path, answers=None):
        self.path = path
        self.answers = copy.deepcopy(ANSWERS if answers is None else answers)
        self.requests = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        # shutdown() wakes the thread that is in accept().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        os.unlink(self.path)

    def _serve(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(conn,),
                             daemon=True).start()

    def _talk(self, conn):
        decoder = json.JSONDecoder()
        text = ""
        with conn:
            while True:
                data = conn.recv(65536)
                if not data:
                    return
                text += data.decode()
                try:
                    request, end = decoder.raw_decode(text)
                except ValueError:
                    continue
                text = text[end:].lstrip()
                reply = self._reply(request)
                if reply is not None:
                    conn.sendall(reply)

    @staticmethod
    def _page(members, cursor):
        """Pages in no order, of which the last one has a member again."""
        pages = [members[1:], members[:2]]
        number = int(cursor)
        return {"items": pages[number],
                "next": str(number + 1) if number + 1 < len(pages) else None}

    def _reply(self, request):
        method = request["method"]
        self.requests.append((method, request["params"]))
        answer = self.answers.get(
            method, Exception('"%s" is not a valid command' % method))
        if answer is None:
            return None
        if method in PAGED and isinstance(answer, list):
            answer = self._page(answer, request["params"][0])
        reply = {"id": request["id"], "result": None, "error": None}
        if isinstance(answer, Exception):
            reply["error"] = str(answer)
        elif isinstance(answer, str):
            reply["result"] = answer
        else:
            reply["result"] = json.dumps(answer)
        return json.dumps(reply).encode()


if __name__ == "__main__":
    FakeAgentd(sys.argv[1])
    threading.Event().wait()
