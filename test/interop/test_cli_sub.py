#!/usr/bin/python3
# long
"""mote sub beside mosquitto_sub: the same command lines, the same bytes on standard output and the same exit status."""

import re

from cli_pair import SUBSCRIBER, VERSIONS, command_of, compare, publish, run, subscribe, without_times
from mote_test import case, check, check_equal, main

PLAIN = [("-t", "a/b", "-m", "one"), ("-t", "a/c", "-m", "zwei ☂"), ("-t", "a/b", "-m", "")]
LAST = ("-t", "a/end", "-m", "end")

# name: options of sub, messages
SUBSCRIPTIONS = {
    "plain": (["-t", "a/#", "-C", "4"], [*PLAIN, LAST]),
    "verbose": (["-t", "a/#", "-C", "4", "-v"], [*PLAIN, LAST]),
    "no-newline": (["-t", "a/#", "-C", "4", "-N"], [*PLAIN, LAST]),
    "verbose-no-newline": (["-t", "a/#", "-C", "4", "-v", "-N"], [*PLAIN, LAST]),
    "two-topics": (["-t", "a/b", "-t", "a/end", "-C", "3", "-v"], [*PLAIN, LAST]),
    "plus": (["-t", "+/c", "-t", "a/end", "-C", "2"], [*PLAIN, LAST]),
    "long-options": (["--topic", "a/#", "--verbose", "--qos", "1", "--keepalive", "5", "-C", "4"], [*PLAIN, LAST]),
    "filter-out": (["-t", "a/#", "-T", "a/b", "-C", "2", "-v"], [*PLAIN, LAST]),
    "filter-out-two": (["-t", "a/#", "-T", "a/b", "--filter-out", "a/c", "-C", "1", "-v"], [*PLAIN, LAST]),
    "unsubscribe": (["-t", "a/#", "-U", "other/#", "-C", "4"], [*PLAIN, LAST]),
    "quiet": (["-t", "a/#", "--quiet", "-C", "4"], [*PLAIN, LAST]),
    "new-line-in-payload": (["-t", "a/#", "-v", "-C", "2"], [("-t", "a/b", "-m", "x\ny\n"), LAST]),
    "count-is-exact": (["-t", "a/#", "-C", "2", "-q", "2"], [("-t", "a/b", "-q", "2", "-m", str(i)) for i in range(9)]),
}

FORMATS = [
    "%t %p", "%%|%t|%l|%q|%r|%m|%p", "%x", "%X", "%p%p", "[%20t][%-20t][%.2t][%20.3t][%-20.3t]",
    "[%5l][%-5l][%05l][%5m]",
    "[%10p][%-10p][%010p][%2p]", r"a\nb\tc\\d\ae\vf\rg\eh\0i", "@@ %t", "no value at all", "",
    "%A|%C|%D|%E|%F|%P|%R|%S|", "[%4A][%04A][%4C][%-4E][%04F][%4S]", "%t %j", "%J",
]
TIMES = ["%I", "[%30I][%-30I][%.4I]", "%U", "@Y-@m-@dT@H:@M:@S@z", "@s.@N", "@%@t", "%j", "%J"]
FORMATTED = [("-t", "a/b", "-m", "hello"),
             ("-t", "a/b", "-m", '{"k": [1, 2.50, "\\u00e9", true, null, {}]}'),
             ("-t", "a/b", "-m", '""'), ("-t", "a/end", "-m", "17")]

PROPERTIES = ["-D", "publish", "content-type", "text/plain", "-D", "publish", "response-topic", "re/ply",
              "-D", "publish", "correlation-data", "corr", "-D", "publish", "message-expiry-interval", "100",
              "-D", "publish", "payload-format-indicator", "1",
              "-D", "publish", "user-property", "name", "value", "-D", "publish", "user-property", "näme", "välue 2"]


def output(t, tool, options, messages):
    """What sub prints and its exit status, when the messages come while it is subscribed."""
    broker = t.mosquitto()
    client = subscribe(t, broker, tool, *options)
    for message in messages:
        publish(t, broker, *message)
    return client.wait(), client.stdout()


def add_subscription(name, options, messages, version, qos):
    @case(f"{name}-v{version}-q{qos}")
    def subscription(t):
        with_qos = [(*message, "-q", qos) if "-q" not in message else message for message in messages]
        arguments = ["-V", version, *([] if {"-q", "--qos"} & set(options) else ["-q", qos]), *options]
        compare(t, "output", lambda tool: output(t, tool, arguments, with_qos))


def add_format(index, text, masked):
    @case(f"format-{'time-' if masked else ''}{index}")
    def formatted(t):
        for version, qos, more in (("311", "0", []), ("5", "1", PROPERTIES)):
            options = ["-V", version, "-q", qos, "-t", "a/#", "-C", "4", "-F", text]
            messages = [(*message, "-V", version, "-q", qos, *more) for message in FORMATTED]

            def printed(tool):
                status, words = output(t, tool, options, messages)
                # mosquitto 2.0.11 has a Z too many in front of the time zone of tst; 2.0.13 and later have not.
                words = words.replace(b"Z+", b"+")
                return status, without_times(words) if masked else mask_tst(words)
            compare(t, f"output of -F '{text}'", printed)


def mask_tst(words):
    return re.sub(rb'"tst":"[^"]*"', b'"tst":""', words)


@case("hexadecimal-in-a-field")
def hexadecimal_in_a_field(t):
    # mosquitto_sub before 2.1 leaves half of the payload out.
    fields = "[%14x][%-14x][%014X][%10x][%6x]"
    status, words = output(t, "mote", ["-t", "a", "-C", "1", "-F", fields], [("-t", "a", "-m", "hello")])
    check_equal((status, words),
                (0, b"[    68656c6c6f][68656c6c6f    ][000068656C6C6F][68656c6c6f][68656c]\n"), "output")


@case("some-by-chance")
def some_by_chance(t):
    # mosquitto_sub prints a tenth of what --random-filter asks for.
    def printed(percent):
        messages = [("-t", "a", "-m", "x", "--repeat", "1000")]
        status, words = output(t, "mote", ["-t", "a", "-C", "1000", "--random-filter", percent], messages)
        check_equal(status, 0, "exit status")
        return words.count(b"x")

    check_equal(printed("100"), 1000, "of 100 %")
    check(350 < printed("50") < 650, "half of the messages, by chance, is far from half")


def retained(t, tool, options, then=()):
    kept = [("-t", "r/1", "-m", "old 1"), ("-t", "r/2", "-m", "old 2")]
    broker = t.mosquitto()
    for message in kept:
        publish(t, broker, "-r", *message)
    client = subscribe(t, broker, tool, *options)
    for message in then:
        publish(t, broker, *message)
    result = client.wait(), sorted(client.stdout().splitlines())
    keeper = subscribe(t, broker, "mosquitto", "-t", "r/+", "-v", "--retained-only", name="look")
    publish(t, broker, "-t", "r/end", "-m", "ends it")
    keeper.wait()
    return result, sorted(keeper.stdout().splitlines())


RETAINED = {
    "retained": ["-t", "r/#", "-F", "%r %t %p", "-C", "3"],
    "no-retained": ["-t", "r/#", "-F", "%r %t %p", "-R", "-C", "1"],
    "retained-only": ["-t", "r/#", "-F", "%r %t %p", "--retained-only"],
    "retained-only-count": ["-t", "r/#", "-F", "%r %t %p", "--retained-only", "-C", "2"],
    "retain-as-published": ["-t", "r/#", "-F", "%r %t %p", "--retain-as-published", "-C", "3"],
}


@case("remove-retained")
def remove_retained(t):
    # mosquitto_sub removes them, too, but does not end then.
    for version in VERSIONS:
        options = ["-V", version, "-t", "r/#", "-v", "-C", "2", "--remove-retained"]
        check_equal(retained(t, "mote", options), ((0, [b"r/1 old 1", b"r/2 old 2"]), []), "all of them")
        options = [*options, "-T", "r/1", "--retained-only"]
        check_equal(retained(t, "mote", options), ((0, [b"r/2 old 2"]), [b"r/1 old 1"]), "all but one")


def add_retained(name, options, version):
    @case(f"{name}-v{version}")
    def a_retained(t):
        then = [("-t", "r/new", "-r", "-m", "new"), ("-t", "r/new", "-m", "more")]
        compare(t, "output", lambda tool: retained(t, tool, ["-V", version, *options], then))


@case("json-option")
def json_option(t):
    message = [("-t", "a", "-m", 'a "quoted" \\ one')]
    runs = [output(t, "mote", ["-t", "a", "-C", "1", *options], message) for options in (["--json"], ["-F", "%j"])]
    check_equal(*(mask_tst(words) for _, words in runs), "--json")


def pretty(t, tool):
    message = ("-t", "a/end", "-V", "5", "-m", '{"k":[1,{}]}', "-D", "publish", "user-property", "a", "b")
    status, words = output(t, tool, ["-V", "5", "-t", "a/#", "-C", "1", "--pretty", "-F", "%J"], [message])
    return status, re.sub(rb'"tst":\t"[^"]*"', b"", words)


@case("json-pretty")
def json_pretty(t):
    compare(t, "output", lambda tool: pretty(t, tool))


def json_not_json(t, tool):
    messages = [("-t", "a", "-m", "{"), ("-t", "a", "-m", "1 2"), ("-t", "a", "-n"), ("-t", "a", "-m", "[]")]
    status, words = output(t, tool, ["-t", "a", "-C", "4", "-F", "%J"], messages)
    return status, mask_tst(words)


@case("json-that-is-not")
def json_that_is_not(t):
    compare(t, "output", lambda tool: json_not_json(t, tool))


# What goes out and comes in at the same moment may stand in another order.
DEBUGGED = {
    "debug-q0": (["-q", "0", "-C", "1"], [("-m", "x")]),
    "debug-q1": (["-q", "1", "-C", "2"], [("-m", "x", "-q", "1"), ("-m", "y", "-q", "1")]),
    "debug-exit-after-suback": (["-q", "1", "-E", "-t", "b/#", "-U", "c"], []),
    "debug-quiet": (["-q", "1", "-E", "--quiet"], []),
    "debug-no-retained": (["-R", "--retain-as-published", "-E"], []),
}


def add_debugged(name, options, messages, version):
    @case(f"{name}-v{version}")
    def debugged(t):
        def printed(tool):
            given = ["-t", "a", "-V", version, "-d", *options]
            status, words = output(t, tool, given, [("-t", "a", *message) for message in messages])
            return status, sorted(words.splitlines())
        compare(t, "output", printed)


@case("kept-session")
def kept_session(t):
    # mosquitto_sub 2.0.11 ends before the last acknowledgement is out, and so gets that message again.
    for version in VERSIONS:
        broker = t.mosquitto()
        kept = ["-V", version, "-q", "1", "-c", "-t", "a/#", "-v"]
        subscribe(t, broker, "mote", *kept, "-E").wait()
        for text in ("one", "two"):
            publish(t, broker, "-t", "a/b", "-q", "1", "-m", text)
        command = [*command_of(t, "mote", "sub"), "-p", broker.port, "-i", SUBSCRIBER, *kept]
        check_equal(run(t, [*command, "-C", "2"])[:2], (0, b"a/b one\na/b two\n"), "what has come meanwhile")
        publish(t, broker, "-t", "a/b", "-q", "1", "-m", "three")
        check_equal(run(t, [*command, "-C", "1"])[:2], (0, b"a/b three\n"), "what has come then")


for _name, (_options, _messages) in SUBSCRIPTIONS.items():
    for _version in VERSIONS:
        for _qos in "012":
            if _qos == "1" or _name in ("plain", "verbose"):
                add_subscription(_name, _options, _messages, _version, _qos)
for _index, _text in enumerate(FORMATS):
    add_format(_index, _text, False)
for _index, _text in enumerate(TIMES):
    add_format(_index, _text, True)
for _name, _options in RETAINED.items():
    for _version in VERSIONS:
        add_retained(_name, _options, _version)
for _name, (_options, _messages) in DEBUGGED.items():
    for _version in VERSIONS:
        add_debugged(_name, _options, _messages, _version)

main("interop/cli-sub")
