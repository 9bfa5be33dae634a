#!/usr/bin/python3
"""mote pub beside mosquitto_pub: the same command lines, the same messages, the same exit status."""

import os
import re
import signal

from cli_pair import TOOLS, VERSIONS, Client, command_of, compare, publish, run, subscribe
from mote_test import case, check_equal, main

SEEN = "%t|%l|%x|%q|%r|%C|%D|%E|%F|%P|%R"
LINES = "one\n\n drei ☂ \nfour\nlast, without a newline".encode()
BINARY = bytes(range(256)) * 64
FILE = "FILE"  # stands for a file with BINARY in it

# name: options, standard input, how many messages
PUBLICATIONS = {
    "message": (["-t", "p/a", "-m", "hello"], b"", 1),
    "empty-message": (["-t", "p/a", "-m", ""], b"", 1),
    "null-message": (["-t", "p/a", "-n"], b"", 1),
    "file": (["-t", "p/a", "-f", FILE], b"", 1),
    "empty-file": (["-t", "p/a", "-f", "/dev/null"], b"", 1),
    "standard-input": (["-t", "p/a", "-s"], BINARY, 1),
    "lines": (["-t", "p/a", "-l"], LINES, 5),
    "one-line": (["-t", "p/a", "-l"], b"x", 1),
    "lines-and-an-empty-one": (["-t", "p/a", "-l"], b"\n", 1),
    "repeat": (["-t", "p/a", "-m", "again", "--repeat", "5"], b"", 5),
    "repeat-with-delay": (["-t", "p/a", "-m", "again", "--repeat", "3", "--repeat-delay", "0.05"], b"", 3),
    "long-options": (["--topic", "p/a", "--message", "hello", "--keepalive", "10", "--id", "me"], b"", 1),
    "window-of-one": (["-t", "p/a", "-l", "-M", "1"], LINES, 5),
    "id-prefix": (["-t", "p/a", "-m", "hello", "-I", "prefix-"], b"", 1),
    "last-topic-counts": (["-t", "p/a", "-t", "p/b", "-m", "hello"], b"", 1),
}

PROPERTIES = ["-D", "publish", "content-type", "text/plain", "-D", "PUBLISH", "response-topic", "re/ply",
              "-D", "publish", "correlation-data", "corr", "-D", "publish", "payload-format-indicator", "1",
              "-D", "publish", "user-property", "name", "value",
              "--property", "publish", "user-property", "näme", "välue 2",
              "-D", "connect", "user-property", "a", "b", "-D", "disconnect", "reason-string", "bye"]


def with_file(t, options):
    path = os.path.join(t.directory(), "payload")
    with open(path, "wb") as file:
        file.write(BINARY)
    return [path if option == FILE else option for option in options]


def messages(t, tool, options, stdin, count):
    """What a subscriber sees, and how the publisher has ended."""
    broker = t.mosquitto()
    seen = subscribe(t, broker, "mosquitto", "-V", "5", "-q", "2", "-t", "p/#", "-F", SEEN, "-C", str(count))
    result = run(t, [*command_of(t, tool, "pub"), "-p", broker.port, *with_file(t, options)], stdin)
    seen.wait()
    return result[:2], seen.stdout()


def add_publication(name, options, stdin, count, version, qos):
    @case(f"{name}-v{version}-q{qos}")
    def publication(t):
        given = ["-V", version, "-q", qos, *options]
        compare(t, "messages", lambda tool: messages(t, tool, given, stdin, count))


@case("properties")
def properties(t):
    for qos in "012":
        options = ["-q", qos, "-t", "p/a", "-m", "hello", *PROPERTIES]
        compare(t, "messages", lambda tool: messages(t, tool, options, b"", 1))


@case("topic-alias")
def topic_alias(t):
    for mode, stdin, count in ((["-m", "x", "--repeat", "3"], b"", 3), (["-l"], b"1\n2\n3\n4\n", 4)):
        options = ["-t", "p/a", "-D", "publish", "topic-alias", "1", *mode]
        compare(t, "messages", lambda tool: messages(t, tool, options, stdin, count))


def retained(t, tool, options):
    broker = t.mosquitto()
    for more in options:
        publish(t, broker, "-r", "-t", "p/a", *more, tool=tool)
    keeper = subscribe(t, broker, "mosquitto", "-t", "p/+", "-F", SEEN, "--retained-only")
    publish(t, broker, "-t", "p/end", "-m", "ends it")
    keeper.wait()
    return keeper.stdout()


@case("retain")
def retain(t):
    for version in VERSIONS:
        for qos in "012":
            flags = ["-V", version, "-q", qos]
            compare(t, "kept", lambda tool: retained(t, tool, [[*flags, "-m", "old"], [*flags, "-m", "new"]]))
            compare(t, "taken away", lambda tool: retained(t, tool, [[*flags, "-m", "old"], [*flags, "-n"]]))


def debugged(t, tool, options):
    broker = t.mosquitto()
    status, words, _ = run(t, [*command_of(t, tool, "pub"), "-p", broker.port, "-t", "p/a", "-d", *options])
    return status, re.sub(rb"(q0, r[01]), m1,", rb"\1, m0,", words)  # QoS 0 has no packet identifier


@case("debug")
def debug(t):
    for version in ("31", *VERSIONS):
        for qos in "012":
            for more in (["-m", "hello"], ["-n", "-r"], ["-m", "x", "-c"]):
                options = ["-V", version, "-q", qos, "-i", "me", *more]
                compare(t, "output", lambda tool: debugged(t, tool, options))
    compare(t, "output", lambda tool: debugged(t, tool, ["-q", "1", "-m", "no id"]))


def from_url(t, tool, url):
    broker = t.mosquitto()
    seen = subscribe(t, broker, "mosquitto", "-t", "p/#", "-F", SEEN, "-C", "1")
    result = run(t, [*command_of(t, tool, "pub"), "-L", url.replace("PORT", str(broker.port)), "-m", "hello"])
    seen.wait()
    return result[:2], seen.stdout()


@case("url")
def url(t):
    for text in ("mqtt://127.0.0.1:PORT/p/a", "mqtt://127.0.0.1:PORT/p/a%20b", "MQTT://joe@127.0.0.1:PORT/p/",
                 "mqtt://joe:secret@127.0.0.1:PORT/p/a/b/c"):
        compare(t, text, lambda tool: from_url(t, tool, text))


def will(t, tool, options):
    broker = t.mosquitto()
    seen = subscribe(t, broker, "mosquitto", "-V", "5", "-q", "2", "-t", "p/#", "-F", SEEN, "-C", "1", name="watcher")
    mortal = subscribe(t, broker, tool, "-t", "nothing", *options)
    mortal.process.kill()
    seen.wait()
    return seen.stdout()


WILLS = {
    "will": ["--will-topic", "p/will", "--will-payload", "gone"],
    "will-q2-retained": ["--will-topic", "p/will", "--will-payload", "gone", "--will-qos", "2", "--will-retain"],
    "will-empty": ["--will-topic", "p/will"],
}


def add_will(name, options, version):
    @case(f"{name}-v{version}")
    def a_will(t):
        compare(t, "messages", lambda tool: will(t, tool, ["-V", version, *options]))


@case("will-after-ctrl-c")
def will_after_ctrl_c(t):
    # As with mosquitto_sub: MQTT 5 has a DISCONNECT that asks for the will, and an interrupted program sends that one.
    for version, expected in (("311", b"end\n"), ("5", b"gone\n")):
        broker = t.mosquitto()
        seen = subscribe(t, broker, "mosquitto", "-t", "p/#", "-C", "1", name="watcher")
        mortal = subscribe(t, broker, "mote", "-t", "nothing", "-V", version, *WILLS["will"])
        mortal.process.send_signal(signal.SIGINT)
        check_equal(mortal.wait(), 0, "exit status")
        broker.program.wait_line("Received DISCONNECT from subscriber")
        publish(t, broker, "-t", "p/end", "-m", "end")
        seen.wait()
        check_equal(seen.stdout(), expected, f"version {version}")


@case("will-properties")
def will_properties(t):
    options = [*WILLS["will"], "-D", "will", "content-type", "text/plain", "-D", "will", "user-property", "a", "b"]
    compare(t, "messages", lambda tool: will(t, tool, options))


@case("lines-come-as-they-are-typed")
def lines_as_typed(t):
    for tool in TOOLS:
        broker = t.mosquitto()
        seen = broker.subscribe("p/#", options=("-q", "2"))
        reading, writing = os.pipe()
        command = [*command_of(t, tool, "pub"), "-p", broker.port, "-t", "p/a", "-l", "-q", "1"]
        publisher = Client(t, command, stdin=reading)
        os.close(reading)
        for word in ("one", "two", "three"):
            os.write(writing, f"{word}\n".encode())
            if tool == "mote":  # mosquitto_pub reads ahead, so that a line may wait for the next one
                seen.wait_line(f"p/a {word}$")
        os.close(writing)
        check_equal(publisher.wait(), 0, "exit status")


for _name, (_options, _stdin, _count) in PUBLICATIONS.items():
    for _version in VERSIONS:
        for _qos in "012":
            if _qos == "1" or _name in ("message", "lines", "standard-input"):
                add_publication(_name, _options, _stdin, _count, _version, _qos)
for _name, _options in WILLS.items():
    for _version in VERSIONS:
        add_will(_name, _options, _version)

main("interop/cli-pub")
