#!/usr/bin/python3
"""mote pub, sub and rr when something is wrong: what they say, and with which exit status beside mosquitto's."""

import os
import re
import subprocess
import time

from cli_fake import CONNECT, PUBLISH, SUBSCRIBE, FakeBroker, connack, puback, suback
from cli_pair import TOOLS, VERSIONS, Client, command_of, compare, publish, run, subscribe
from mote_test import TIMEOUT_S, case, check, check_equal, free_port, main

SECRET = "hunter2-in-the-clear"
PUB = ["-t", "a", "-m", "x"]
SUB = ["-t", "a"]
RR = ["-t", "a", "-e", "b", "-m", "x"]

# Command lines that are wrong: pub's, sub's and rr's.
WRONG = {
    "pub": [
        [], ["-t", "a"], ["-m", "x"], ["--frobnicate"], ["-t"], ["-t", "a", "-m"], ["-t", "a/#", "-m", "x"],
        ["-t", "a/+/b", "-m", "x"], ["-t", "", "-m", "x"], ["-t", b"\xff", "-m", "x"], [*PUB, "-q", "3"],
        [*PUB, "-q", "-1"],
        [*PUB, "-n"], [*PUB, "-l"], [*PUB, "-s"], ["-t", "a", "-f", "/nonexistent"], ["-t", "a", "-s"],
        [*PUB, "-p", "65536"], [*PUB, "-p", "-1"], [*PUB, "-k", "4"], [*PUB, "-k", "65536"], [*PUB, "-V", "6"],
        [*PUB, "-V"],
        [*PUB, "-i", "a", "-I", "b"], [*PUB, "-c"], [*PUB, "-V", "5", "-x", "-1"], [*PUB, "-x", "soon"],
        [*PUB, "-x", "4294967296"], [*PUB, "--will-payload", "x"], [*PUB, "--will-retain"], [*PUB, "--will-qos", "3"],
        [*PUB, "--will-topic", "a/#"], [*PUB, "--repeat", "0"], [*PUB, "--repeat-delay", "-1"], [*PUB, "-M", "0"],
        [*PUB, "-P", "x"], [*PUB, "-L", "http://h/a"], [*PUB, "-L", "mqtt://127.0.0.1"], [*PUB, "-L", "mqtt://h/a/#"],
        [*PUB, "-D", "publish", "content-type"], [*PUB, "-D", "publish", "nothing", "x"],
        [*PUB, "-D", "frob", "content-type", "x"],
        [*PUB, "-D", "connect", "content-type", "x"], [*PUB, "-D", "publish", "user-property", "x"],
        [*PUB, "-D", "publish", "message-expiry-interval", "-1"],
        [*PUB, "-D", "publish", "subscription-identifier", "1"], [*PUB, "-D", "puback", "reason-string", "x"],
        [*PUB, "-D", "publish", "content-type", "a", "-D", "publish", "content-type", "b"],
        [*PUB, "--cert", "x"], [*PUB, "--key", "x"], [*PUB, "--keyform", "pem"], [*PUB, "--psk", "12"],
        [*PUB, "--psk", "12", "--psk-identity", "me", "--cafile", "x"], [*PUB, "--proxy", "http://h"],
        [*PUB, "--proxy", "socks5h://h:p:p"], [*PUB, "--cafile"], [*PUB, "--unix"], [*PUB, "--tls-version"],
        [*PUB, "--cafile", "/nonexistent", "--tls-version", "tlsv1"], [*PUB, "-e", "b"],
        [*PUB, "-C", "1"], [*PUB, "-v"], [*PUB, "-F", "%p"], [*PUB, "-N"], [*PUB, "-W", "1"], [*PUB, "-T", "a"],
    ],
    "sub": [
        [], ["--frobnicate"], ["-t"], ["-t", "a/#/b"], ["-t", "a+"], ["-t", ""], ["-t", b"\xff"], [*SUB, "-q", "3"],
        [*SUB, "-C", "0"], [*SUB, "-C", "-1"], [*SUB, "-C"], [*SUB, "-W", "0"], [*SUB, "-F", "%"], [*SUB, "-F", "%z"],
        [*SUB, "-F", "@"], [*SUB, "-F", "\\"], [*SUB, "-F", "\\q"], [*SUB, "-F"], [*SUB, "-R", "--retained-only"],
        [*SUB, "-T", "a/#/b"], [*SUB, "-U", "a+"], [*SUB, "--random-filter", "0"], [*SUB, "--random-filter"],
        [*SUB, "-m", "x"], [*SUB, "-l"], [*SUB, "-r"], [*SUB, "-f", "x"], [*SUB, "--repeat", "2"], [*SUB, "-c"],
        [*SUB, "-D", "subscribe", "subscription-identifier", "0"], [*SUB, "-D", "subscribe", "reason-string", "x"],
    ],
    "rr": [
        [], ["-t", "a", "-m", "x"], ["-e", "b", "-m", "x"], ["-t", "a", "-e", "b"], [*RR, "-n"],
        ["-t", "a/#", "-e", "b", "-m", "x"], ["-t", "a", "-e", "b/+", "-m", "x"], [*RR, "-q", "3"], [*RR, "-r"],
        [*RR, "-l"], [*RR, "-C", "1"], [*RR, "-E"], [*RR, "-T", "a"], [*RR, "-U", "a"], [*RR, "--repeat", "2"],
        [*RR, "--retained-only"], [*RR, "--remove-retained"], [*RR, "--random-filter", "1"], [*RR, "-W", "0"],
        [*RR, "-F", "%z"], [*RR, "-V", "4"], [*RR, "-D", "publish", "response-topic", "c"],
    ],
}

# What mosquitto takes without a word, or cannot have: it says nothing of rubbish behind a number.
WRONG_FOR_US = {
    "pub": [[*PUB, "-q", "1x"], [*PUB, "-q", ""], [*PUB, "-p", "0"], [*PUB, "-p", "1 883"], [*PUB, "--repeat", "two"],
            [*PUB, "--repeat-delay", "soon"], [*PUB, "--tls-engine", "x"], [*PUB, "-S"],
            [*PUB, "-L", "mqtts:///a"], [*PUB, "--keyform", "engine", "--key", "x", "--cert", "x"],
            [*PUB, "--psk", "0x12", "--psk-identity", "me"], [*PUB, "--psk", "", "--psk-identity", "me"],
            [*PUB, "--psk-identity", "me"], [*PUB, "--key-password", "x"], [*PUB, "--tls-version", "tlsv1.1"],
            [*PUB, "--proxy", "socks5h://h/x"], [*PUB, "--proxy", "socks5h://"], [*PUB, "--unix", "x", "--proxy", "socks5h://h"],
            [*PUB, "--unix", "x", "-A", "127.0.0.1"], [*PUB, "--unix", "x", "--cafile", "x"],
            [*PUB, "-L", "ws://h/a", "--cafile", "x"],
            [*PUB, "x"], [*PUB, "-D", "publish", "payload-format-indicator", "2"]],
    "sub": [[*SUB, "-C", "1x"], [*SUB, "-W", "1.5"], [*SUB, "--random-filter", "all"], [*SUB, "--random-filter", "200"],
            [*SUB, "x"]],
    "rr": [[*RR, "-W", "1.5"], [*RR, "x"]],
}


def check_words(words, code, verb):
    """One error in our form, and nothing else but the hint to the help."""
    lines = words.splitlines() or [""]
    check(re.fullmatch(rf"mote: [^ ]+: .+ \({re.escape(code)}\)", lines[0]), f"not an error: {words!r}")
    check(lines[1:] in ([], [f"See `mote {verb} --help`."]), f"more than an error: {words!r}")


def add_wrong(verb):
    @case(f"wrong-options-{verb}")
    def wrong(t):
        for options in [*WRONG[verb], *WRONG_FOR_US[verb]]:
            status, output, words = run(t, [t.build("mote"), verb, *options])
            check_equal((status, output), (1, b""), f"{verb} {options}")
            check_words(words, "config.invalid", verb)
            if options in WRONG[verb]:
                status = run(t, ["mosquitto_" + verb, *options, "-p", free_port()])[0]
                check(status != 0, f"mosquitto_{verb} takes {options}")


@case("unknown-option-is-named")
def unknown_option(t):
    status, _, words = run(t, [t.build("mote"), "pub", *PUB, "--frob", "x"])
    expected = "mote: pub: unknown option --frob (config.invalid)\nSee `mote pub --help`.\n"
    check_equal((status, words), (1, expected), "error")


@case("help")
def help_is_there(t):
    mote = t.build("mote")
    for verb in ("pub", "sub", "rr", "pin"):
        status, words, errors = run(t, [mote, verb, "--help"])
        check_equal((status, errors), (0, ""), f"{verb} --help")
        check(words.startswith(f"Usage: mote {verb}".encode()), f"help of {verb}")
        check_equal(run(t, [mote, "help", verb])[:2], (0, words), f"help {verb}")
        check(max(len(line) for line in words.decode().splitlines()) <= 120, f"help of {verb} is too wide")
    status, words, _ = run(t, [mote, "--help"])
    check_equal(status, 0, "--help")
    for verb in ("run", "check", "pub", "sub", "rr", "broker", "pin"):
        check(re.search(rf"^  {verb} +\w".encode(), words, re.M), f"{verb} is not in the help")
    check_equal(run(t, [mote, "--version"])[0], 0, "--version")


@case("no-command")
def no_command(t):
    for command in ([], ["frobnicate"], ["help", "frobnicate"], ["--frobnicate"]):
        status, words, errors = run(t, [t.build("mote"), *command])
        check_equal((status, words), (1, b""), f"{command}")
        check(re.match(r"mote: .* \(config.invalid\)\n", errors), errors)


@case("nobody-listens")
def nobody_listens(t):
    port = free_port()
    for verb, options in (("pub", PUB), ("sub", SUB), ("rr", RR)):
        for tool in TOOLS:
            status, words, errors = run(t, [*command_of(t, tool, verb), "-p", port, *options])
            check_equal((status, words), (1, b""), f"{tool} {verb}")
        check_words(errors, "tcp.refused", verb)
        status, words, errors = run(t, [t.build("mote"), verb, "-p", port, "--quiet", *options])
        check_equal((status, words, errors), (1, b"", ""), "--quiet")


def add_refused(verb, options):
    @case(f"refused-{verb}")
    def refused(t):
        codes = {"311": (1, 2, 3, 4, 5), "5": (0x80, 0x81, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x97, 0x9D)}
        for version in VERSIONS:
            for code in codes[version]:
                broker = FakeBroker(t, lambda number, kind, spoken, body, code=code: connack(spoken, code))

                def result(tool):
                    command = [*command_of(t, tool, verb), "-p", broker.port, "-V", version, *options]
                    return run(t, command)[:2]
                compare(t, f"CONNACK {code}", result)


@case("wrong-password")
def wrong_password(t):
    passwords = os.path.join(t.directory(), "passwords")
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "joe", SECRET], check=True, timeout=60)
    broker = t.mosquitto(f"allow_anonymous false\npassword_file {passwords}")
    for version in VERSIONS:
        for verb, options in (("pub", PUB), ("sub", [*SUB, "-E"])):
            def result(tool, password, verb=verb, options=options):
                given = ["-p", broker.port, "-V", version, "-u", "joe", "-P", password, *options]
                return run(t, [*command_of(t, tool, verb), *given])
            compare(t, "with the right one", lambda tool: result(tool, SECRET)[:2])
            compare(t, "with a wrong one", lambda tool: result(tool, SECRET + "x")[:2])
            check_words(result("mote", SECRET + "x")[2], "mqtt.not_authorized", verb)
            check(SECRET not in result("mote", SECRET + "x")[2], "the password is in the error")


@case("no-secret-in-ps")
def no_secret_in_ps(t):
    # A password with letters that a URL has to escape.
    broker = t.mosquitto()
    for options in (["-t", "a", "-u", "joe", "-P", SECRET], ["--pw", SECRET, "-u", "joe", "-t", "a"],
                    ["-L", f"mqtt://joe:{SECRET}@127.0.0.1:{broker.port}/a/b"],
                    ["-L", f"mqtt://{SECRET}@127.0.0.1:{broker.port}/a"],
                    ["-L", f"mqtt://joe:{SECRET}%40@127.0.0.1:{broker.port}/a"]):
        client = subscribe(t, broker, "mote", *options)
        with open(f"/proc/{client.process.pid}/cmdline", "rb") as file:
            seen = file.read()
        check(SECRET.encode() not in seen, f"{options} shows {seen!r}")
        check(b"-i" in seen, "the rest of the command line is gone, too")
        client.process.terminate()
        check_equal(client.wait(), 0, "exit status")
    method = ["-D", "connect", "authentication-method", "plain", "-D", "connect", "authentication-data", SECRET]
    fake = FakeBroker(t, lambda number, kind, version, body: b"")
    client = Client(t, [t.build("mote"), "sub", "-p", fake.port, "-t", "a", *method])
    while not fake.packets:
        check(client.is_running(), "sub has ended")
    with open(f"/proc/{client.process.pid}/cmdline", "rb") as file:
        check(SECRET.encode() not in file.read(), "authentication data are shown")


@case("no-secret-of-a-connection-in-ps")
def no_secret_of_a_connection(t):
    # It waits for its standard input before it connects.
    key = SECRET.encode().hex()
    for options in (["--psk", key, "--psk-identity", "me"], ["--proxy", f"socks5h://joe:{SECRET}@127.0.0.1:9"],
                    ["--cert", "x", "--key", "x", "--key-password", SECRET],
                    ["-L", f"mqtts://joe:{SECRET}@127.0.0.1:9/a"], ["-L", f"wss://{SECRET}@127.0.0.1:9/a"]):
        reading, writing = os.pipe()
        client = Client(t, [t.build("mote"), "pub", "-t", "a", "-s", *options, "--id", "marker"], stdin=reading)
        os.close(reading)
        seen = b""
        end = time.monotonic() + TIMEOUT_S
        while b"marker" not in seen or SECRET.encode() in seen or key.encode() in seen:
            check(client.is_running() and time.monotonic() < end, f"{options[0]} shows {seen!r}")
            with open(f"/proc/{client.process.pid}/cmdline", "rb") as file:
                seen = file.read()
            time.sleep(0.01)
        client.process.kill()
        os.close(writing)


@case("not-authorized-to-publish")
def not_authorized(t):
    for version in VERSIONS:
        acl = os.path.join(t.directory(), "acl")
        with open(acl, "w", encoding="utf-8") as file:
            file.write("topic readwrite ok/#\n")

        def result(tool):
            broker = t.mosquitto(f"acl_file {acl}")
            options = ["-V", version, "-q", "1", "-t", "no", "-m", "x"]
            return run(t, [*command_of(t, tool, "pub"), "-p", broker.port, *options])
        compare(t, "exit status", lambda tool: result(tool)[:2])
        check_equal("not authorized" in result("mote")[2], version == "5", "told")


@case("refused-publication")
def refused_publication(t):
    def answer(number, kind, version, body):
        return connack(version) if kind == CONNECT else puback(body, 0x97) if kind == PUBLISH else None
    broker = FakeBroker(t, answer)
    status, _, words = run(t, [t.build("mote"), "pub", "-p", broker.port, "-V", "5", "-q", "1", *PUB])
    check_equal(status, 0, "exit status, as mosquitto_pub's")
    check(re.match(r"mote: pub: message 1 is refused: quota exceeded", words), words)


@case("refused-subscriptions")
def refused_subscriptions(t):
    for version, refusal in (("311", 0x80), ("5", 0x87)):
        def answer(number, kind, spoken, body, refusal=refusal):
            if kind == SUBSCRIBE:
                return suback(spoken, body, [refusal, refusal])
            return connack(spoken) if kind == CONNECT else None

        def result(tool):
            broker = FakeBroker(t, answer)
            options = ["-V", version, "-t", "a", "-t", "b", "-d", "-i", "me"]
            return run(t, [*command_of(t, tool, "sub"), "-p", broker.port, *options])
        compare(t, "all refused", lambda tool: result(tool)[:2])
        check_equal(result("mote")[2].count("the broker refuses the subscription to"), 2, "warnings")


@case("one-subscription-refused")
def one_subscription_refused(t):
    def answer(number, kind, version, body):
        if kind == SUBSCRIBE:
            return suback(version, body, [0, 0x87]) + bytes([0x30, 5, 0, 1, 97, 0, 120])
        return connack(version) if kind == CONNECT else None

    def result(tool):
        broker = FakeBroker(t, answer)
        return run(t, [*command_of(t, tool, "sub"), "-p", broker.port, "-V", "5", "-t", "a", "-t", "b", "-C", "1"])
    compare(t, "output", lambda tool: result(tool)[:2])
    check("refuses the subscription to b: not authorized" in result("mote")[2], "not told")


@case("timeout")
def timeout(t):
    broker = t.mosquitto()
    publish(t, broker, "-r", "-t", "a", "-m", "kept")

    def result(tool):
        return run(t, [*command_of(t, tool, "sub"), "-p", broker.port, "-t", "a", "-W", "1"])[:2]
    compare(t, "output", result)
    check_equal(result("mote"), (27, b"kept\n"), "output")


@case("timeout-without-an-answer")
def timeout_without_an_answer(t):
    # mosquitto_sub ends with 255 here.
    broker = FakeBroker(t, lambda number, kind, version, body: b"")
    check_equal(run(t, [t.build("mote"), "sub", "-p", broker.port, "-t", "a", "-W", "1"])[0], 27, "exit status")


@case("lost-while-publishing")
def lost_while_publishing(t):
    for close_at in (CONNECT, PUBLISH):
        def answer(number, kind, version, body, close_at=close_at):
            return None if kind == close_at else connack(version)

        def result(tool):
            broker = FakeBroker(t, answer)
            return run(t, [*command_of(t, tool, "pub"), "-p", broker.port, "-q", "1", *PUB])
        compare(t, "exit status", lambda tool: result(tool)[:2])
        check_words(result("mote")[2], "tcp.reset", "pub")


@case("not-mqtt")
def not_mqtt(t):
    broker = FakeBroker(t, lambda number, kind, version, body: b"HTTP/1.1 400 Bad Request\r\n\r\n")
    for verb, options in (("pub", PUB), ("sub", SUB)):
        status, words, errors = run(t, [t.build("mote"), verb, "-p", broker.port, *options])
        check_equal((status, words), (7, b""), verb)
        check_words(errors, "mqtt.protocol", verb)


@case("subscriber-comes-back")
def subscriber_comes_back(t):
    # Lost, then refused for a while, then ended by the broker's own word, and back each time.
    def answer(number, kind, version, body):
        if kind == CONNECT:
            return connack(version, 0x88 if number == 2 else 0)
        if kind == SUBSCRIBE and number == 1:
            return None
        if kind == SUBSCRIBE and number == 3:
            return suback(version, body, [0]) + bytes([0xE0, 2, 0x8B, 0])
        return suback(version, body, [0]) + bytes([0x30, 5, 0, 1, 97, 0, 120]) if kind == SUBSCRIBE else None
    broker = FakeBroker(t, answer)
    status, words, errors = run(t, [t.build("mote"), "sub", "-p", broker.port, "-V", "5", "-t", "a", "-C", "1"])
    check_equal((status, words), (0, b"x\n"), errors)
    check("(tcp.reset)" in errors, errors)


@case("taken-over")
def taken_over(t):
    def answer(number, kind, version, body):
        return connack(version) if kind == CONNECT else bytes([0xE0, 2, 0x8E, 0])
    broker = FakeBroker(t, answer)
    status, words, errors = run(t, [t.build("mote"), "sub", "-p", broker.port, "-V", "5", "-t", "a"])
    check_equal((status, words), (0x8E, b""), errors)
    check_words(errors, "mqtt.taken_over", "sub")


for _verb, _options in (("pub", PUB), ("sub", SUB), ("rr", RR)):
    add_wrong(_verb)
    add_refused(_verb, _options)

main("interop/cli-errors")
