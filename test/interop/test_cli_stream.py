#!/usr/bin/python3
# long
"""mote pub and sub with much to do: large messages, long lines, very many messages, brokers and readers that go."""

import hashlib
import os
import random
import select
import signal
import subprocess
import threading
import time

from broker_helper import Broker
from cli_fake import CONNECT, PUBLISH, FakeBroker, connack
from cli_pair import SUBSCRIBER, VERSIONS, Client, command_of, publish, subscribe
from mote_test import case, check, check_equal, main

MEGABYTE = 1024 * 1024
LINES = 25_000
MANY_LINES = 70_000  # more than there are packet identifiers
UNLIMITED = "max_queued_messages 0\nmax_inflight_messages 100"  # else a slow subscriber loses messages


def random_bytes(size, seed=1):
    return random.Random(seed).randbytes(size)


def write(t, data):
    path = os.path.join(t.directory(), "payload")
    with open(path, "wb") as file:
        file.write(data)
    return path


def digest(data):
    return len(data), hashlib.sha256(data).hexdigest()


def add_large(version, qos):
    @case(f"megabyte-v{version}-q{qos}")
    def large(t):
        data = random_bytes(MEGABYTE)
        path = write(t, data)
        for publisher, subscriber in (("mote", "mote"), ("mote", "mosquitto"), ("mosquitto", "mote")):
            for options, stdin in ((["-f", path], b""), (["-s"], data)):
                broker = t.mosquitto()
                given = ["-V", version, "-q", qos, "-t", "big"]
                client = subscribe(t, broker, subscriber, *given, "-C", "1", "-N")
                publish(t, broker, *given, *options, tool=publisher, stdin=stdin)
                check_equal(client.wait(), 0, "exit status")
                check_equal(digest(client.stdout()), digest(data), f"{publisher} {options} to {subscriber}")


@case("larger-than-any-buffer")
def larger_than_any_buffer(t):
    # Printed as it comes in where the format lets it, gathered where it does not.
    data = random_bytes(9 * MEGABYTE)
    path = write(t, data)
    printed = {
        "%p": data + b"\n",
        "%t %l|%p|%q": b"big %d|" % len(data) + data + b"|1\n",
        "<%x>": b"<" + data.hex().encode() + b">\n",
        "%p%p": data + data + b"\n",
        "[%5p]": b"[" + data[:5] + b"]\n",
    }
    broker = t.mosquitto()
    for text, expected in printed.items():
        client = subscribe(t, broker, "mote", "-q", "1", "-t", "big", "-C", "1", "-F", text)
        publish(t, broker, "-q", "1", "-t", "big", "-f", path, tool="mote")
        check_equal((client.wait(), digest(client.stdout())), (0, digest(expected)), f"-F '{text}'")
    client = subscribe(t, broker, "mote", "-t", "big", "-C", "3", "-v")
    for options in (["-f", path], ["-m", "small"], ["-n"]):
        publish(t, broker, "-t", "big", *options, tool="mote")
    check_equal((client.wait(), digest(client.stdout())),
                (0, digest(b"big " + data + b"\nbig small\nbig (null)\n")), "-v")


@case("larger-than-any-buffer-left-out")
def left_out(t):
    path = write(t, random_bytes(9 * MEGABYTE))
    broker = t.mosquitto()
    client = subscribe(t, broker, "mote", "-t", "#", "-T", "big", "-C", "1")
    publish(t, broker, "-t", "big", "-f", path)
    publish(t, broker, "-t", "small", "-m", "x")
    check_equal((client.wait(), client.stdout()), (0, b"x\n"), "output")


def lines_through(t, tools, qos, options, data, count):
    broker = t.mosquitto(UNLIMITED)
    publisher, subscriber = tools
    client = subscribe(t, broker, subscriber, "-q", qos, "-t", "l", "-C", str(count))
    publish(t, broker, "-q", qos, "-t", "l", "-l", *options, tool=publisher, stdin=data)
    check_equal(client.wait(), 0, "exit status")
    check_equal(digest(client.stdout()), digest(data), f"{tools}")


def add_lines(qos, options):
    @case(f"lines-q{qos}{''.join(options)}")
    def lines(t):
        data = b"".join(b"line %d\n" % number for number in range(LINES))
        lines_through(t, ("mote", "mote"), qos, options, data, LINES)


def add_pipe(qos):
    @case(f"pipe-through-motes-own-broker-q{qos}")
    def pipe(t):
        broker = Broker(t, config=f"max_queued_messages {LINES}")
        client = Client(t, [t.build("mote"), "sub", "-p", broker.port, "-i", SUBSCRIBER, "-q", qos, "-t", "l", "-C", str(LINES)])
        broker.wait_log(f"'{SUBSCRIBER}' subscribed to 'l'")
        shell = f"seq {LINES} | '{t.build('mote')}' pub -p {broker.port} -t l -l -q {qos}"
        publisher = Client(t, ["sh", "-c", shell])
        check_equal((publisher.wait(), client.wait()), (0, 0), "exit statuses")
        check_equal(digest(client.stdout()), digest(b"".join(b"%d\n" % number for number in range(1, LINES + 1))), "output")


def peak_of(client):
    """The most memory that it has taken, in kilobytes."""
    with open(f"/proc/{client.process.pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def wait_size(client, size):
    """Waits until it has printed so much."""
    while os.path.getsize(client.out) < size:
        check(client.is_running(), "sub has ended")
        time.sleep(0.05)


@case("memory-stays-as-it-is")
def memory_stays(t):
    # The first lines go once through the buffers, and so make them real.
    broker = t.mosquitto(UNLIMITED)
    subscriber = subscribe(t, broker, "mote", "-q", "1", "-t", "l")
    reading, writing = os.pipe()
    publisher = Client(t, [*command_of(t, "mote", "pub"), "-p", broker.port, "-t", "l", "-q", "1", "-l"], stdin=reading)
    os.close(reading)
    peaks, size = [], 0
    with os.fdopen(writing, "wb") as stream:
        for count in (20_000, 60_000):
            for number in range(count):
                size += stream.write(b"%d %s\n" % (number, b"." * 80))
            stream.flush()
            wait_size(subscriber, size)
            peaks.append((peak_of(publisher), peak_of(subscriber)))
    check_equal(publisher.wait(), 0, "exit status")
    for name, before, after in zip(("pub", "sub"), *peaks):
        check(after < 1.1 * before, f"{name} has taken {before} kB for 20000 lines and {after} kB for 80000")


@case("slow-broker-holds-up-the-producer")
def slow_broker(t):
    # The broker takes nothing for a while: so much is on the way, and no more is read. Then all of it arrives.
    goes_on, lines = threading.Event(), []

    def answer(number, kind, version, body):
        if kind == PUBLISH:
            goes_on.wait()
            lines.append(body[3:])
        return connack(version) if kind == CONNECT else b""
    broker = FakeBroker(t, answer)
    reading, writing = os.pipe()
    publisher = Client(t, [*command_of(t, "mote", "pub"), "-p", broker.port, "-t", "a", "-l"], stdin=reading)
    os.close(reading)
    offered = b"." * 999 + b"\n"
    os.set_blocking(writing, False)
    taken = 0
    while taken < 64 * MEGABYTE and select.select([], [writing], [], 3)[1]:
        taken += os.write(writing, offered[taken % 1000:])
    check(taken < 64 * MEGABYTE, "it reads without end what nobody takes")
    goes_on.set()
    os.set_blocking(writing, True)
    os.write(writing, offered[taken % 1000:])
    os.close(writing)
    check_equal(publisher.wait(), 0, publisher.stderr())
    while len(lines) < taken // 1000 + 1:
        check(broker.thread.is_alive(), "the broker has ended")
        time.sleep(0.05)
    check_equal(set(lines), {offered[:-1]}, "lines")


@case("lines-from-a-file")
def lines_from_a_file(t):
    data = b"".join(b"line %d\n" % number for number in range(MANY_LINES))
    broker = t.mosquitto(UNLIMITED)
    client = subscribe(t, broker, "mote", "-q", "1", "-t", "l", "-C", str(MANY_LINES))
    with open(write(t, data), "rb") as file:
        command = [*command_of(t, "mote", "pub"), "-p", broker.port, "-t", "l", "-q", "1", "-l"]
        publisher = Client(t, command, stdin=file)
        check_equal(publisher.wait(), 0, "exit status")
    check_equal((client.wait(), digest(client.stdout())), (0, digest(data)), "output")


@case("lines-of-all-lengths")
def lines_of_all_lengths(t):
    source = random.Random(7)
    sizes = [1, 32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 65535, 65536, 65537, MEGABYTE, 3 * MEGABYTE + 1, 1, 1,
             *(source.randrange(1, 5000) for _ in range(500)), 5 * MEGABYTE, 2]
    lines = [bytes(source.choices(b"abcdefgh", k=size)) for size in sizes]
    for qos in "012":
        lines_through(t, ("mote", "mote"), qos, [], b"\n".join(lines) + b"\n", len(lines))


@case("binary-lines")
def binary_lines(t):
    # mosquitto_pub ends a line at a NUL.
    data = random_bytes(200_000).replace(b"\n\n", b"\n.\n").strip(b"\n") + b"\n"
    lines_through(t, ("mote", "mote"), "1", [], data, data.count(b"\n"))


@case("many-subscribers-messages-in-order")
def in_order(t):
    for publisher, subscriber in (("mosquitto", "mote"), ("mote", "mosquitto")):
        data = b"".join(b"%d\n" % number for number in range(20_000))
        for qos in "12":
            lines_through(t, (publisher, subscriber), qos, [], data, 20_000)


@case("repeat-much")
def repeat_much(t):
    for qos in "012":
        broker = t.mosquitto(UNLIMITED)
        client = subscribe(t, broker, "mote", "-q", qos, "-t", "l", "-C", "20000", "-N")
        publish(t, broker, "-q", qos, "-t", "l", "-m", "x", "--repeat", "20000", tool="mote")
        check_equal((client.wait(), client.stdout()), (0, b"x" * 20000), f"QoS {qos}")


@case("broker-goes-and-comes-back")
def broker_comes_back(t):
    for version in VERSIONS:
        broker = t.mosquitto("persistence false")
        client = subscribe(t, broker, "mote", "-V", version, "-q", "1", "-t", "a", "-C", "2")
        publish(t, broker, "-q", "1", "-t", "a", "-m", "before")
        broker.kill()
        broker.start()
        broker.program.wait_line("Sending SUBACK to subscriber$")
        publish(t, broker, "-q", "1", "-t", "a", "-m", "after")
        check_equal((client.wait(), client.stdout()), (0, b"before\nafter\n"), client.stderr())
        check_equal(client.stderr().count("mote: sub: "), 1, f"errors: {client.stderr()}")


@case("broker-goes-while-lines-are-published")
def lines_over_a_restart(t):
    broker = t.mosquitto("persistence false")
    reading, writing = os.pipe()
    publisher = Client(t, [*command_of(t, "mote", "pub"), "-p", broker.port, "-t", "a", "-l", "-q", "1"], stdin=reading)
    os.close(reading)
    os.write(writing, b"before\n")
    broker.program.wait_line("Sending PUBACK")
    broker.kill()
    broker.start()
    seen = broker.subscribe("a")
    os.write(writing, b"after\n")
    seen.wait_line("^1 0 a after$")
    os.close(writing)
    check_equal(publisher.wait(), 0, publisher.stderr())


@case("ctrl-c")
def ctrl_c(t):
    for number in (signal.SIGINT, signal.SIGTERM):
        for version in VERSIONS:
            broker = t.mosquitto()
            client = subscribe(t, broker, "mote", "-t", "a", "-V", version)
            client.process.send_signal(number)
            check_equal((client.wait(), client.stdout(), client.stderr()), (0, b"", ""), number.name)
            broker.program.wait_line("Received DISCONNECT from subscriber$")


@case("ctrl-c-while-publishing")
def ctrl_c_while_publishing(t):
    broker = t.mosquitto()
    reading, writing = os.pipe()
    command = [*command_of(t, "mote", "pub"), "-p", broker.port, "-t", "a", "-l", "-i", "typist"]
    publisher = Client(t, command, stdin=reading)
    broker.program.wait_line("Sending CONNACK to typist")
    publisher.process.send_signal(signal.SIGINT)
    check_equal(publisher.wait(), 130, publisher.stderr())
    broker.program.wait_line("Received DISCONNECT from typist$")
    os.close(reading)
    os.close(writing)


@case("nobody-reads-what-is-printed")
def nobody_reads(t):
    # It ends at once, not only with the next message.
    broker = t.mosquitto()
    for reader, messages in (("head -n 1", 1), ("true", 0)):
        shell = f"('{t.build('mote')}' sub -p {broker.port} -i subscriber -t a; echo exit $? >&2) | {reader}"
        program = t.start("sh", "-c", shell)
        broker.program.wait_line("Sending SUBACK to sub" if messages else "Received DISCONNECT from sub")
        for _ in range(messages):
            publish(t, broker, "-q", "1", "-t", "a", "-m", "x")
            broker.program.wait_line("Received DISCONNECT from subscriber$")
        program.wait_line("^exit 0$")


@case("slow-reader")
def slow_reader(t):
    # The reader takes nothing until all is published; then everything is there, in order.
    data = b"".join(b"line %d %s\n" % (number, b"." * 100) for number in range(20_000))
    broker = t.mosquitto(UNLIMITED)
    reading, writing = os.pipe()
    options = ["-p", str(broker.port), "-i", SUBSCRIBER, "-q", "1", "-t", "l", "-C", "20000"]
    client = subprocess.Popen([t.build("mote"), "sub", *options], stdout=writing)
    os.close(writing)
    broker.program.wait_line("Sending SUBACK to subscriber$")
    publish(t, broker, "-q", "1", "-t", "l", "-l", tool="mote", stdin=data)
    with os.fdopen(reading, "rb") as file:
        check_equal(digest(file.read()), digest(data), "output")
    check_equal(client.wait(60), 0, "exit status")


@case("count-leaves-the-rest-to-the-broker")
def count_leaves_the_rest(t):
    # With a kept session, what comes after the last one counted is delivered the next time, and nothing twice.
    for version in VERSIONS:
        for qos in "12":
            broker = t.mosquitto()
            kept = ["-V", version, "-c", "-q", qos, "-t", "a"]
            subscribe(t, broker, "mote", *kept, "-E").wait()
            publish(t, broker, "-q", qos, "-t", "a", "-l", tool="mote", stdin=b"1\n2\n3\n4\n5\n6\n7\n8\n9\n")
            seen = []
            for count in ("1", "3", "5"):
                client = Client(t, [t.build("mote"), "sub", "-p", broker.port, "-i", SUBSCRIBER, *kept, "-C", count])
                check_equal(client.wait(), 0, "exit status")
                seen += client.stdout().split()
            check_equal(seen, [b"%d" % number for number in range(1, 10)], f"version {version}, QoS {qos}")


for _version in VERSIONS:
    for _qos in "012":
        add_large(_version, _qos)
for _qos in "12":
    add_pipe(_qos)
for _qos, _options in (("0", []), ("1", []), ("2", ["-M", "100"]), ("1", ["-M", "1000"])):
    add_lines(_qos, _options)

main("interop/cli-stream")
