/* The unixctl commands that agentctl uses, and their answers.
 *
 * An answer is JSON, of which agentctl makes tables.  "C/T" is an option such
 * as "0xff01/0x85".  Members without a value are null.  The formats:
 *
 * ga/status
 *     {"version", "systemId", "agent": {"pid", "uptime": s},
 *      "controller": {"url", "state", "since", "lastError", "synced"},
 *      "ovsdb": {"remote", "state"},
 *      "openflow": as ofctrl_status_json(),
 *      "tunnelMode", "encapIPs": [..], "underlayMTU",
 *      "receive": {"options": [{"option", "length", "required"}], "order",
 *                  "maxOptions", "maxOptionBytes", "published": bool},
 *      "withdrawals": [{"options": [C/T still received though no longer
 *                       advertised], "required": [C/T not enforced yet],
 *                       "since": RFC 3339, "until" (null: not published yet),
 *                       "waitingFor": [names of NVEs]}],
 *      "endpoints": {"local", "remote", "blocked"},
 *      "remotes": {"total", "ok", "degraded", "optionless", "blocked",
 *                  "pending"},
 *      "poisoning": as poison_status_json(),
 *      "alarms": [{"object", "reason", "message", "since": RFC 3339}],
 *      "refused": [{"kind", "name", "message"}]}
 * ga/remote-list
 *     [{"name", "underlayIPs", "source", "status": the worst, "profiles":
 *       [names], "vpcs": [names], "alarms": [..], "ofport",
 *       "applied": false while one of our withdrawals waits for it}]
 * ga/remote-show NAME
 *     {"name", "underlayIPs", "source", "alarms": [..], "vpcs", "ofport",
 *      "applied",
 *      "transmit": [{"profile", "status" (or "pending"), "options": [C/T in
 *                    wire order], "inEffect": no packet goes out in an
 *                    earlier form any more, "omitted": [[C/T, reason]],
 *                    "missingRequired": [..], "plan": 0, "mtu",
 *                    "order": the receiver's}],
 *      "receive": [the same: what it will send us]}
 * ga/option-list
 *     [{"name", "option": C/T, "length", "critical", "value", "index",
 *       "profiles": [{"name", "required"}], "advertised": bool}]
 * ga/plan-list
 *     [{"plan", "bridge", "order": [{"option", "name", "index", "length"}],
 *       "remotes": [names], "reason"}]
 * ga/endpoint-list
 *     [{"name", "vpc", "nve", "local": bool, "mac", "ips", "phase",
 *       "message", "mtu", "ofport", "spoofed": packets dropped since its
 *       flows were made as it may not send them, "sent", "received": packets
 *       of its interface, "bumDropped": those beyond its rate of broadcasts
 *       and multicasts, null if there is no such limit, "policies": [names
 *       of those that select it], "denied": packets that these have not let
 *       in, since its flows were made; the last six are null unless local}]
 * ga/policy-list
 *     [{"name", "vpc", "selector": text, "endpoints": [names of those here
 *       that it selects], "rules": [{"from": [text], "labels": [numbers that
 *       are let in], "ports": ["TCP 80-90"]}], "message"}] -- in rules, null:
 *     all
 * ga/explain REMOTE [OPTION]
 *     {"remote", "lines": [{"profile", "option", "name", "sent": bool,
 *      "rule", "saidBy", "sentence"}]} -- option, name and sent are null in a
 *     line about the remote as a whole; profile, too, in one about what comes
 *     from it, which has "vpc".
 * ga/trace SRC DST [FLOW]
 *     {"source": {"name", "endpoint": bool, "nve", "policyLabel"},
 *      "destination": the same; "endpoint" is false and "name" what was asked
 *                     for if it is none that is known,
 *      "vpc", "vni", "flow": as the switch was asked,
 *      "outcome", "reason", "sentence", "policy": see trace-path.h,
 *      "forwarding": "bridged" or "routed",
 *      "policies": [those that gave the verdict],
 *      "mtu": larger packets get an ICMP error; null: there is no limit here,
 *      "arrival": how it comes here from another node: as an element of
 *                 "tunnels", but without "plan", "tos" and "ttl"; "value" and
 *                 "header" are null where only the packet decides; or null,
 *      "tunnels": [{"nve", "plan", "source", "destination", "tos", "ttl",
 *                   "vni", "options": [{"option", "name", "critical",
 *                   "length", "value": "0x...", "from"}], in wire order,
 *                   "header": the Geneve header, hexadecimal,
 *                   "headerBytes"}], one for each remote that gets it,
 *      "receiver": the endpoint here that gets it,
 *      "steps": [{"bridge", "table", "stage", "match", "ifTooBig": of larger
 *                 packets only}],
 *      "openvswitch": what ofproto/trace printed}
 *
 * An error answer is a sentence that says what to do next. */
#ifndef GA_SHOW_H
#define GA_SHOW_H 1

struct agent;

/* Registers the commands.  To be called once in a process. */
void show_init(struct agent *);

#endif /* agent/show/show.h */
