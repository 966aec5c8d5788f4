/* The unixctl commands that agentctl uses, and their answers.
 *
 * An answer is JSON, of which agentctl makes tables.  "C/T" is an option such
 * as "0xff01/0x85".  Members without a value are null.
 *
 * A list that may be long comes a page at a time: where the command has a
 * CURSOR, which is 0 at first, the answer is {"items": some of the list, in no
 * order, "next": the CURSOR for the next page, or null}.  If something has
 * come or gone meanwhile, an item may come again.  The formats:
 *
 * ga/status
 *     {"version", "systemId", "agent": {"pid", "uptime": s},
 *      "complete": whether the desired state is known,
 *      "controller": {"url", "state", "since", "lastError", "synced",
 *                     "source", "savedAt": see controller_status_json(),
 *                     "notes": [string]},
 *      "ovsdb": as local_status_json(), "openflow": as ofctrl_status_json(),
 *      "packetIns": as packet_ins_status_json(),
 *      "tunnelMode", "encapsulations": [names], "encapIPs": [..],
 *      "underlayMTU",
 *      "receive": {"options": [{"option", "length", "required"}], "order",
 *                  "maxOptions", "maxOptionBytes", "published": bool},
 *      "withdrawals": [{"options": [C/T, no longer advertised but still
 *                       received], "required": [C/T, not enforced yet],
 *                       "since": RFC 3339, "until": null if not published
 *                       yet, "waitingFor": [names of NVEs]}],
 *      "endpoints": {"local", "remote", "blocked"},
 *      "remotes": {"total", "ok", "degraded", "optionless", "blocked",
 *                  "unreachable", "pending"},
 *      "poisoning": as poison_status_json(),
 *      "alarms": [{"object", "reason", "message", "since": RFC 3339}],
 *      "refused": [{"kind", "name", "message"}],
 *      "unknownMembers": the same of objects with members that this version
 *                        does not know; the message names these}
 * ga/remote-list CURSOR
 *     [{"name", "underlayIPs", "sendTo": the one that packets go to,
 *       "outOfReach": why none can, only if so, "source",
 *       "encapsulation": "geneve", "vxlan", or null: none in common,
 *       "status": the worst, or "unreachable" while something is wrong with
 *       this node or its tunnel to there, "profiles": [names],
 *       "vpcs": [names], "alarms": [..], "ofport",
 *       "applied": false while one of our withdrawals waits for it}]
 * ga/remote-show NAME
 *     {the members of remote-list but "status" and "profiles",
 *      "unreachable": what is wrong with this node or with the way to that
 *       one, only if something is,
 *      "transmit": [{"profile", "status" (or "pending" or "unreachable"),
 *                    "options": [C/T in wire order], "packets": sent with
 *                    them, "inEffect": true once no packet goes out in an
 *                    earlier form, "omitted": [[C/T, reason]],
 *                    "missingRequired": [C/T], "plan": 0, "mtu",
 *                    "order": the receiver's}],
 *      "receive": [what it sends us, the same without "packets" and
 *                  "inEffect"]}
 * ga/option-list
 *     [{"name", "option": C/T, "length", "critical", "value", "index",
 *       "profiles": [{"name", "required"}], "advertised": bool}]
 * ga/plan-list
 *     [{"plan", "bridge", "state", "remotes": [names], "reason",
 *       "order": [{"option", "name", "index", "length"}]}]
 * ga/endpoint-list CURSOR
 *     [{"name", "vpc", "nve", "local": bool, "mac", "ips", "phase",
 *       "message", "mtu", "policyLabel", "ofport"; and null unless local:
 *       "policies": [names of those that apply to what it receives],
 *       "egressPolicies": [...to what it sends],
 *       "sent", "received": packets of its interface,
 *       "spoofed": packets that it may not send, dropped since its flows were
 *                  made,
 *       "bumDropped": packets beyond its rate of broadcasts and multicasts,
 *                     null if there is no such limit,
 *       "packetInsDropped": packets beyond the rate of what the switch hands
 *                           to the agent for an answer,
 *       "answersDropped": packets beyond the rate of what the agent answers,
 *       "denied": packets that policies have not let in since its flows were
 *                 made, null if no policy applies to that,
 *       "deniedEgress": the same of packets that they have not let out}]
 * ga/policy-list CURSOR
 *     [{"name", "vpc", "selector": text, "endpoints": [names of those here
 *       that it selects], "rules": [{"from": [text], "labels": [numbers that
 *       are let in], "ports": ["TCP 80-90"]}], "egress": [{"to": [text],
 *       "labelSets": [texts of those that are let out to], "ports"}],
 *       "message"}]
 *     In rules, null stands for all; in place of rules, it says that the
 *     policy does not apply to that direction.
 * ga/route-list CURSOR
 *     [{"name", "vpc", "destination", "from": text or null for all but
 *       appliances, "priority", "here": how many endpoints here it is for,
 *       "via": [{"type": "gateway", "endpoint" or "drop", "name", "weight",
 *       "usable": bool, "nve": where it is}], "state": "Routed" or "Blocked",
 *       "message"}]
 * ga/explain REMOTE [OPTION]
 *     {"remote", "lines": [{"profile", "option", "name", "sent": bool,
 *      "rule", "saidBy", "sentence"}]}
 *     A line about all packets of a profile has null for "option", "name" and
 *     "sent".  A line about what policies make of packets from the remote has
 *     null for "profile" and "saidBy", and a member "vpc"; so has one about
 *     what becomes of packets from outside of a VPC.
 * ga/trace SRC DST [FLOW]
 *     SRC is the name of an endpoint, or "outside:NETWORK".
 *     {"source": {"name", "endpoint": bool, "nve", "policyLabel"},
 *      "destination": the same; if no endpoint is known, "endpoint" is false
 *                     and "name" is what was asked for,
 *      "vpc", "vni", "flow": as the switch was asked,
 *      "outcome", "reason", "sentence", "policy": see trace-end.h,
 *      "forwarding": "bridged" or "routed",
 *      "policies": [those that gave the verdict], "rule": the first one that
 *                  allows it, "spec.ingress[0] of POLICY", or null,
 *      "egress": the verdict of the sender's policies, see trace-end.h,
 *      "egressPolicies": [those that gave it], "egressRule": as "rule",
 *      "mtu": larger packets get an ICMP error; null: there is no limit here,
 *      "entry": null, or how the packet comes in from outside:
 *               {"externalNetwork", "port": the patch port, "bridge": the
 *                provider's, "vlan", "kind": "FloatingIP", "LoadBalancer" or
 *                "VPCGateway", "name": whose address it is for, "gateway": by
 *                which it comes in, if one, "active": the node that gets it,
 *                "return": of the backend chosen, "direct", "via" or
 *                "masquerade", "sentence": what becomes of the address},
 *      "arrival": null, or how the packet comes here from another node: as an
 *                 element of "tunnels", but without "plan", "tos" and "ttl".
 *                 Where only the packet decides, "value" and "header" are
 *                 null,
 *      "tunnels": [one for each remote that gets the packet: {"nve", "plan",
 *                   "encapsulation", "source", "destination", "tos", "ttl",
 *                   "vni",
 *                   "options": [in wire order: {"option", "name", "critical",
 *                   "length", "value": "0x...", "from"}],
 *                   "header": the Geneve header in hexadecimal, or null,
 *                   "headerBytes"}],
 *      "receiver": the endpoint here that gets it,
 *      "steps": [{"bridge", "table", "stage", "match",
 *                 "ifTooBig": only larger packets take it}],
 *      "openvswitch": what ofproto/trace printed}
 *
 * An error answer is a sentence that says what to do next. */
#ifndef GA_SHOW_H
#define GA_SHOW_H 1

struct agent;

/* Registers the commands.  To be called once in a process. */
void show_init(struct agent *);

#endif /* agent/show/show.h */
