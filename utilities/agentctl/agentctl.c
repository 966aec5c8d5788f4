/* agentctl: shows and explains what geneve-agentd does.
 *
 * A command is one or two words.  Most commands ask the daemon one question
 * over its unixctl socket, and print the answer, which is JSON
 * (agent/show/show.h), as it is or as a table.  All that is known about a
 * command is its row in commands[].
 *
 * Exit codes: 0 done, 1 failed, 2 wrong usage. */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fatal-signal.h"
#include "lib/ga-version.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"
#include "utilities/agentctl/client.h"
#include "utilities/agentctl/console.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/run.h"

#define DEFAULT_TIMEOUT 30          /* Seconds. */

struct command {
    const char *words;              /* "remote show" */
    const char *args;               /* "NAME" */
    int min_args, max_args;

    /* Either a question to the daemon and how to print its answer; or one for
     * each page of a list.  Its members are known by 'key', the names of some
     * of what they have with spaces between, and sorted by it... */
    const char *method;
    void (*print)(const struct json *, const struct text_format *,
                  struct ds *);
    const char *key;                /* NULL: not in pages. */
    /* ...or, if nonnull, something else. */
    int (*run)(const struct run_options *, int argc, char *argv[]);

    const char *summary;            /* For the list of commands. */
    const char *help;               /* More, for the command's own --help. */
};

static const struct command commands[] = {
    { "status", "", 0, 0, "ga/status", print_status, NULL, NULL,
      "the agent: connections, switch, alarms",
      "Shows whether the agent has reached the controller, the database and\n"
      "the switch, what this node can receive, how its remotes fare, every\n"
      "alarm, and every object that was refused.\n" },
    { "remote list", "", 0, 0, "ga/remote-list", print_remote_list,
      "name", NULL,
      "the NVEs that this node exchanges packets with",
      "STATUS is the worst of all profiles, in what we send.  SOURCE says\n"
      "where the remote's receive table comes from: advertised, last-good,\n"
      "static, malformed or none; +restrict: narrowed by a static table.\n" },
    { "remote show", "NAME", 1, 1,
      "ga/remote-show", NULL, NULL, run_remote_show,
      "one remote: what is sent each way, and what is not",
      "For each profile of the VPCs in common: the options on the wire, in\n"
      "wire order, and those left out, with the reason.  `agentctl explain'\n"
      "says by which rule.\n" },
    { "option list", "", 0, 0,
      "ga/option-list", print_option_list, NULL, NULL,
      "option definitions and their use",
      "Shows all options that the controller defines.\n" },
    { "plan list", "", 0, 0, "ga/plan-list", print_plan_list, NULL, NULL,
      "wire orders, and which remotes they serve",
      "A plan is one order of options on the wire.\n" },
    { "endpoint list", "", 0, 0,
      "ga/endpoint-list", print_endpoint_list, "name", NULL,
      "endpoints of this node's VPCs",
      "SENT and RECVD count packets since the interface was plugged in,\n"
      "whatever became of them, for endpoints on this node; M is a million,\n"
      "G 1000 M.\n" },
    { "policy list", "", 0, 0,
      "ga/policy-list", print_policy_list, "name", NULL,
      "policies of this node's VPCs, and whom they let in",
      "Prints a line for each rule.  HERE counts the endpoints of this node\n"
      "that a policy selects; LABELS are the policy labels that the rule\n"
      "lets in.\n"
      "`agentctl endpoint list' says which policies select an endpoint, and\n"
      "how many packets they have not let in.\n" },
    { "route list", "", 0, 0, "ga/route-list", print_route_list, "name", NULL,
      "routes of this node's VPCs, and where they lead",
      "Prints a line for each way of a route.  HERE counts the endpoints of\n"
      "this node that the route is for; PRIO is its priority among those for\n"
      "the same destination; NVE is where the appliance is, or the first of\n"
      "the gateway's nodes.\n" },
    { "gateway list", "", 0, 0,
      "ga/gateway-list", print_gateway_list, "name", NULL,
      "gateways: who is active, and this node's part",
      "HERE is this node's part: active, standby, joining and claiming (it\n"
      "comes back), out (its uplink is dead), drained, source, or unknown\n"
      "while the switch does not answer.  NODES are the candidates as this\n"
      "node sees them; PORTS says if connections had to be refused lately.\n"
    },
    { "nat list", "", 0, 0, "ga/nat-list", print_nat_list,
      "address inside kind name", NULL,
      "external addresses: floating IPs and gateways'",
      "INSIDE is what an address stands for: an endpoint, or the sources\n"
      "that a gateway gives it to.  NVE translates it, as far as this node\n"
      "knows; HERE is active or standby if this node does or may come to.\n" },
    { "service list", "", 0, 0,
      "ga/service-list", print_service_list, "name", NULL,
      "services of this node's VPCs",
      "TAKING counts the backends that take new connections, of all that\n"
      "are selected and at a node; HERE counts those on this node.\n"
      "`agentctl service show' has them one by one.\n" },
    { "service show", "NAME", 1, 1,
      "ga/service-show", print_service, NULL, NULL,
      "one service, with its backends",
      "STATE says whether a backend is taking connections, draining (it\n"
      "keeps those that it has) or unhealthy; RETURN how its answers to\n"
      "clients outside go, OPTION by which option its node is told (both on\n"
      "candidates of the gateway); CHECK how its last health check went, if\n"
      "it is on this node.\n" },
    { "qos list", "", 0, 0, "ga/qos-list", print_qos_list, NULL, NULL,
      "QoS policies of this node's VPCs, and the classes",
      "HERE counts the endpoints of this node that a policy counts for: of\n"
      "several that select one, the oldest does.  EGRESS is what an endpoint\n"
      "sends, INGRESS what it is sent; +N is the burst in kilobits.\n" },
    { "explain", "REMOTE [OPTION]", 1, 2,
      "ga/explain", print_explain, NULL, NULL,
      "why options are sent to a remote or not",
      "Prints a sentence for each profile and option: sent or not, by which\n"
      "rule, and who said so.  OPTION is an option's name or CLASS/TYPE,\n"
      "such as 0xff01/0x85.\n" },
    { "trace", "SRC DST [FLOW]", 2, 3, "ga/trace", print_trace, NULL, NULL,
      "how a packet would go through this node, and why",
      "Asks the switch, without sending anything, what would become of a\n"
      "packet from endpoint SRC to DST, which is the name of an endpoint, an\n"
      "IP address or a MAC.  One of the two has to be on this node.  If SRC\n"
      "is outside:NETWORK, it comes in from that ExternalNetwork, to the\n"
      "address DST of a floating IP, a gateway or a service, on a node that\n"
      "takes it; it is from the network's gateway unless FLOW has nw_src or\n"
      "ipv6_src, and TCP begins a connection unless FLOW has tcp_flags.\n"
      "Shows the stages, the remote, the plan and the Geneve header byte by\n"
      "byte, or where and why the packet is dropped.  It is an ICMP echo\n"
      "request, unless FLOW says otherwise in the words of ovs-fields(7):\n"
      "udp,udp_src=1000,udp_dst=53.  For policies, which count where DST is,\n"
      "it is the first packet of a connection.  JSON also has the switch's\n"
      "own words.\n" },
    { "decode", "HEX...", 1, 4096, NULL, NULL, NULL, run_decode,
      "take a Geneve header apart (needs no daemon)",
      "HEX is the header from its first byte on, in one or more arguments.\n"
      "Blanks and colons may separate bytes; - reads standard input.  Bytes\n"
      "after the header count as payload.  The exit status is 1 for a header\n"
      "that an endpoint has to drop.\n" },
    { "scenario run", "FILE", 1, 1, NULL, NULL, NULL, run_scenario,
      "run negotiation scenarios (needs no daemon)",
      "FILE has {\"scenarios\": [...]}, an array of scenarios or one; - is\n"
      "standard input.  With --check the results are compared with what each\n"
      "scenario expects, and any difference is a failure.\n" },
    { "version", "", 0, 0, "ga/status", NULL, NULL, run_version,
      "versions of agentctl and of the running daemon", "" },
};

/* Help. */

static void
print_options(void)
{
    printf("\nOptions:\n"
           "  -t, --target=SOCKET   the daemon's socket, or the name of a "
           "program whose\n"
           "                        pidfile is in OVS's run directory\n"
           "                        (default: %s)\n"
           "  -f, --format=FORMAT   table (default) or json\n"
           "  -T, --timeout=SECS    wait at most SECS seconds (default: %d)\n"
           "  -h, --help            this help, or that of a command\n"
           "  -V, --version         print the version\n",
           CLIENT_DEFAULT_TARGET, DEFAULT_TIMEOUT);
}

static void
print_usage(void)
{
    printf("agentctl: shows and explains what geneve-agentd does\n"
           "usage: agentctl [-t SOCKET] [-f table|json] COMMAND [ARG...]\n"
           "\nCommands:\n");
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct command *c = &commands[i];
        char *synopsis = xasprintf("%s %s", c->words, c->args);

        printf("  %-24s  %s\n", synopsis, c->summary);
        free(synopsis);
    }
    print_options();
    printf("\nThe exit status is 0 if all went well, 1 if the command "
           "failed, 2 for\nwrong usage.\n");
}

static void
print_command_help(const struct command *command)
{
    bool scenario = command->run == run_scenario;

    printf("usage: agentctl [OPTIONS] %s%s%s%s\n\n%c%s.\n\n%s",
           command->words, command->args[0] ? " " : "", command->args,
           scenario ? " [--check]" : "",
           command->summary[0] - 'a' + 'A', command->summary + 1,
           command->help);
    print_options();
    if (scenario) {
        printf("      --check             compare with what is expected\n");
    }
}

/* The command line. */

static int OVS_PRINTF_FORMAT(1, 2)
usage_error(const char *format, ...)
{
    va_list args;

    fputs("agentctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs(" (see agentctl --help)\n", stderr);
    return RUN_USAGE;
}

/* Finds the command that 'argv' starts with and sets '*n_words' to how many
 * elements its name takes.  Returns NULL if there is none. */
static const struct command *
find_command(int argc, char *argv[], int *n_words)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const char *words = commands[i].words;
        size_t n = strcspn(words, " ");

        if (argc < 1 || strlen(argv[0]) != n || memcmp(argv[0], words, n)) {
            continue;
        }
        if (!words[n]) {
            *n_words = 1;
            return &commands[i];
        }
        if (argc > 1 && !strcmp(argv[1], words + n + 1)) {
            *n_words = 2;
            return &commands[i];
        }
    }
    return NULL;
}

/* Says what is wrong with a command that find_command() does not know. */
static int
complain_unknown_command(int argc, char *argv[])
{
    struct ds verbs = DS_EMPTY_INITIALIZER;
    int retval;

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const char *words = commands[i].words;
        size_t n = strcspn(words, " ");

        if (strlen(argv[0]) == n && !memcmp(argv[0], words, n)) {
            ds_put_format(&verbs, "%s\"%s\"", verbs.length ? " or " : "",
                          words);
        }
    }
    if (!verbs.length) {
        retval = usage_error("\"%s\" is not a command", argv[0]);
    } else if (argc > 1) {
        retval = usage_error("\"%s %s\" is not a command, but %s is",
                             argv[0], argv[1], ds_cstr(&verbs));
    } else {
        retval = usage_error("\"%s\" is only half of a command: %s",
                             argv[0], ds_cstr(&verbs));
    }
    ds_destroy(&verbs);
    return retval;
}

static int
run_command(const struct run_options *o, bool help, int argc, char *argv[])
{
    const struct command *command;
    int n_words;

    if (argc && !strcmp(argv[0], "help")) {
        help = true;
        argc--;
        argv++;
    }
    if (!argc) {
        if (help) {
            print_usage();
            return RUN_DONE;
        }
        return usage_error("a command is missing");
    }

    command = find_command(argc, argv, &n_words);
    if (!command) {
        return complain_unknown_command(argc, argv);
    } else if (help) {
        print_command_help(command);
        return RUN_DONE;
    }

    argc -= n_words;
    argv += n_words;
    if (argc < command->min_args) {
        return usage_error("%s: needs %s", command->words, command->args);
    } else if (argc > command->max_args) {
        return usage_error("%s: \"%s\" is one argument too many",
                           command->words, argv[command->max_args]);
    } else if (o->check && command->run != run_scenario) {
        return usage_error("--check goes with \"scenario run\" only");
    }
    return (command->run ? command->run(o, argc, argv)
            : command->key ? run_list(o, command->method, command->key,
                                     command->print)
            : run_question(o, command->method, command->print, argc, argv));
}

/* Parses the options; getopt's 'optind' tells where the arguments begin.
 * Returns true to go on, or false to exit with '*exit_code'. */
static bool
parse_options(int argc, char *argv[], struct run_options *o, bool *help,
              int *exit_code)
{
    enum { OPT_CHECK = 256 };
    static const struct option options[] = {
        { "target", required_argument, NULL, 't' },
        { "format", required_argument, NULL, 'f' },
        { "timeout", required_argument, NULL, 'T' },
        { "check", no_argument, NULL, OPT_CHECK },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };

    for (;;) {
        switch (getopt_long(argc, argv, "t:f:T:hV", options, NULL)) {
        case -1:
            return true;

        case 't':
            o->target = optarg;
            break;

        case 'f':
            if (strcmp(optarg, "json") && strcmp(optarg, "table")) {
                *exit_code = usage_error("-f: \"%s\" is neither table nor "
                                         "json", optarg);
                return false;
            }
            o->json = !strcmp(optarg, "json");
            break;

        case 'T':
            if (!str_to_uint(optarg, 10, &o->timeout) || !o->timeout) {
                *exit_code = usage_error("-T: \"%s\" is not a number of "
                                         "seconds", optarg);
                return false;
            }
            break;

        case OPT_CHECK:
            o->check = true;
            break;

        case 'h':
            *help = true;
            break;

        case 'V':
            printf("agentctl (geneve-agent) %s\n", GA_VERSION);
            *exit_code = RUN_DONE;
            return false;

        default:                    /* getopt_long() has said what. */
            *exit_code = RUN_USAGE;
            return false;
        }
    }
}

/* Output that got lost, for example on a full disk, is a failure. */
static int
finish_output(int exit_code)
{
    if ((fflush(stdout) || ferror(stdout)) && exit_code == RUN_DONE) {
        if (errno != EPIPE) {
            console_error("standard output: %s", ovs_strerror(errno));
        }
        return RUN_FAILED;
    }
    return exit_code;
}

int
main(int argc, char *argv[])
{
    struct run_options o = {
        .target = CLIENT_DEFAULT_TARGET,
        .timeout = DEFAULT_TIMEOUT,
    };
    int exit_code = RUN_DONE;
    bool help = false;

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    /* agentctl has its own messages; the library's would only repeat them. */
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    text_format_init(&o.format);

    if (parse_options(argc, argv, &o, &help, &exit_code)) {
        exit_code = run_command(&o, help, argc - optind, argv + optind);
    }
    return finish_output(exit_code);
}
