#!/usr/bin/python3
"""mote rr: what the table beside mosquitto_rr cannot show: refusals, lost connections, many askers, output."""

import json
import os
import signal
import threading

from cli_fake import CONNECT, PUBLISH, SUBSCRIBE, FakeBroker, connack, puback, suback
from cli_pair import Client, command_of, run
from mote_test import case, check, check_equal, main

RR = ["-t", "ask", "-e", "answer", "-m", "x"]


def text(value):
    return bytes([len(value) >> 8, len(value) & 255]) + value


def response(payload, correlation=None, retain=False, topic=b"answer"):
    """A PUBLISH of MQTT 5 with QoS 0."""
    properties = b"" if correlation is None else b"\x09" + text(correlation)
    body = text(topic) + bytes([len(properties)]) + properties + payload
    return bytes([0x31 if retain else 0x30, len(body)]) + body


def broker(t, on_publish, on_subscribe=None):
    """One that answers a request with these bytes; None: it closes the connection."""
    def answer(number, kind, version, body):
        if kind == CONNECT:
            return connack(version)
        if kind == SUBSCRIBE:
            return on_subscribe(version, body) if on_subscribe else suback(version, body, [0])
        return on_publish(body) if kind == PUBLISH else None
    return FakeBroker(t, answer)


def ask(t, fake, *options):
    return run(t, [*command_of(t, "mote", "rr"), "-p", fake.port, *RR, *options])


@case("response")
def a_response(t):
    fake = broker(t, lambda body: response(b"yes"))
    check_equal(ask(t, fake), (0, b"yes\n", ""), "result")
    kinds = [kind for _, kind, _ in fake.packets]
    check_equal(kinds, [CONNECT, SUBSCRIBE, PUBLISH, 14], "packets: subscribed before it asks, and a goodbye")


@case("kept-is-no-response")
def kept_is_no_response(t):
    # Before it has asked, and behind that with the retain flag; not if the flag is the publisher's own.
    def kept(version, body):
        return suback(version, body, [0]) + response(b"early") + response(b"kept", retain=True)
    fake = broker(t, lambda body: response(b"kept, too", retain=True) + response(b"new"), kept)
    check_equal(ask(t, fake), (0, b"new\n", ""), "result")
    fake = broker(t, lambda body: response(b"as published", retain=True))
    check_equal(ask(t, fake, "--retain-as-published"), (0, b"as published\n", ""), "result")


@case("somebody-elses-response")
def somebody_elses(t):
    given = ["-D", "publish", "correlation-data", "17"]
    fake = broker(t, lambda body: response(b"theirs", b"18") + response(b"longer", b"170") + response(b"ours", b"17"))
    check_equal(ask(t, fake, *given), (0, b"ours\n", ""), "result")
    fake = broker(t, lambda body: response(b"knows nothing of it"))
    check_equal(ask(t, fake, *given), (0, b"knows nothing of it\n", ""), "result")
    fake = broker(t, lambda body: response(b"any", b"18"))
    check_equal(ask(t, fake), (0, b"any\n", ""), "nothing was given to compare with")


@case("subscription-refused")
def subscription_refused(t):
    fake = broker(t, lambda body: b"", lambda version, body: suback(version, body, [0x87]))
    status, output, words = ask(t, fake)
    check_equal((status, output), (1, b""), words)
    check("the broker refuses the subscription to answer: not authorized (mqtt.not_authorized)" in words, words)
    check(PUBLISH not in [kind for _, kind, _ in fake.packets], "it has asked all the same")


@case("request-refused")
def request_refused(t):
    fake = broker(t, lambda body: puback(body, 0x87))
    status, output, words = ask(t, fake, "-q", "1")
    check_equal((status, output), (1, b""), words)
    check("the request is refused: not authorized (mqtt.not_authorized)" in words, words)


@case("nobody-has-subscribed")
def nobody_has_subscribed(t):
    fake = broker(t, lambda body: puback(body, 0x10) + response(b"from somewhere"))
    check_equal(ask(t, fake, "-q", "1"), (0, b"from somewhere\n", "mote: rr: nobody has subscribed to ask\n"), "result")


@case("connection-lost")
def connection_lost(t):
    # It is not made again: nobody could say whether the request has been heard.
    for fake in (broker(t, lambda body: None), broker(t, lambda body: b"", lambda version, body: None)):
        status, output, words = ask(t, fake)
        check_equal((status, output), (7, b""), words)
        check("(tcp.reset)" in words, words)


@case("rubbish-instead-of-a-response")
def rubbish(t):
    fake = broker(t, lambda body: b"\x00\xff\xff\xff\xff\xff")
    status, output, words = ask(t, fake)
    check_equal((status, output), (7, b""), words)
    check("(mqtt.protocol)" in words, words)


@case("ctrl-c")
def ctrl_c(t):
    asked = threading.Event()

    def heard(body):
        asked.set()
        return b""
    fake = broker(t, heard)
    client = Client(t, [*command_of(t, "mote", "rr"), "-p", fake.port, *RR])
    check(asked.wait(60), "it does not ask")
    client.process.send_signal(signal.SIGINT)
    check_equal((client.wait(), client.stdout(), client.stderr()), (130, b"", ""), "result")


@case("json")
def as_json(t):
    fake = broker(t, lambda body: response(b'{"on": true}', b"17"))
    status, output, words = ask(t, fake, "--json")
    seen = json.loads(output)
    check_equal((status, words, seen["topic"], seen["payload"], seen["properties"]),
                (0, "", "answer", '{"on": true}', {"correlation-data": "17"}), "object")


@case("large-in-both-directions")
def large(t):
    real = t.mosquitto()
    data = os.urandom(5_000_000)
    responder = Client(t, [*command_of(t, "mote", "sub"), "-p", real.port, "-i", "responder", "-t", "ask", "-C", "1", "-N"])
    real.program.wait_line("Sending SUBACK to responder$")
    command = [*command_of(t, "mote", "rr"), "-p", real.port, "-i", "asker", "-t", "ask", "-e", "answer", "-s", "-N"]
    reading, writing = os.pipe()
    asker = Client(t, command, stdin=reading)
    os.close(reading)
    with os.fdopen(writing, "wb") as stream:
        stream.write(data)
    check_equal((responder.wait(), responder.stdout() == data), (0, True), "the request")
    run(t, [*command_of(t, "mote", "pub"), "-p", real.port, "-t", "answer", "-s"], data)
    check_equal((asker.wait(), asker.stdout() == data), (0, True), "the response")


@case("output-cannot-be-written")
def output_cannot_be_written(t):
    fake = broker(t, lambda body: response(b"yes"))
    command = f"'{t.build('mote')}' rr -p {fake.port} -t ask -e answer -m x > /dev/full"
    status, _, words = run(t, ["sh", "-c", command])
    check_equal((status, words), (1, "mote: rr: standard output: No space left on device\n"), "result")


main("interop/cli-rr")
