#!/usr/bin/python3
"""Several brokers: a node goes to a fallback and comes back, loses nothing on the way, and goes where a server sends it."""

import os
import re
import shutil
import signal
import threading

from board_test import Board
from cli_fake import CONNECT, PUBLISH, FakeBroker, connack
from mote_test import TIMEOUT_S, case, check, main

VERSIONS = {"3.1.1": "4", "5": "5"}
PROPERTY_SERVER_REFERENCE = 0x1C


def probe(t, *words):
    return t.start_on_board(t.compile(t.source("test", "interop", "node_probe.c")), *words)


# With QoS 1, which is printed when it comes: with 2 a broker that is killed takes what it has half delivered with it.
def count(broker):
    return broker.subscribe("probe/count", "probe/status", "mark", options=("-q", "1"))


def kill_while_quiet(broker, watcher, node):
    """What the broker has taken from the node, the watcher has: a killed one would take that with it as well."""
    node.send_signal(signal.SIGSTOP)
    broker.publish("mark", "quiet")
    watcher.wait_line("mark quiet$")
    broker.kill()
    node.send_signal(signal.SIGCONT)


def start_while_away(broker, node):
    """The node is not back before somebody counts."""
    node.send_signal(signal.SIGSTOP)
    broker.start()
    watcher = count(broker)
    node.send_signal(signal.SIGCONT)
    return watcher


def wait_number(watcher):
    """The next number that has come, and later than what has come by now."""
    watcher.at = len(watcher.lines)
    watcher.wait_line(r"^1 0 probe/count \d+$")


def numbers_of(watchers):
    lines = [line for watcher in watchers for line in watcher.lines]
    return {int(line.split()[-1]) for line in lines if re.search(r"^1 0 probe/count \d+$", line)}


# Numbers are published all the time: each has to arrive at one of the brokers, whatever happened to it there.
@case("there-and-back")
def goes_to_a_fallback_and_comes_back(t):
    for name, version in VERSIONS.items():
        for keep in ([], ["-K"]):
            first, second = t.mosquitto(), t.mosquitto()
            watchers = [count(first), count(second)]
            node = probe(t, "-V", version, *keep, "-p", "20", "-r", "1000", "-w", "2000", first.url, second.url)
            wait_number(watchers[0])
            kill_while_quiet(first, watchers[0], node)
            wait_number(watchers[1])
            watchers.append(start_while_away(first, node))
            wait_number(watchers[2])
            watchers[1].wait_line("probe/status offline$")
            node.stop()
            numbers = numbers_of(watchers)
            missing = set(range(max(numbers))) - numbers
            check(not missing, f"in {name} {keep} these were lost: {sorted(missing)}")
            check(len(numbers_of(watchers[1:2])) > 0, "the fallback has seen none")


# A fallback of an earlier time may still have a session with identifiers that mean something else by now.
@case("begins-anew")
def begins_anew_at_another_broker(t):
    for name, version in VERSIONS.items():
        first, second = t.mosquitto(), t.mosquitto()
        node = probe(t, "-V", version, "-K", "-r", "1000", second.url)
        second.program.wait_line("Sending SUBACK to probe")
        node.kill()
        node = probe(t, "-V", version, "-K", "-r", "1000", first.url, second.url)
        first.program.wait_line("Sending SUBACK to probe")
        second.program.at = len(second.program.lines)
        first.kill()
        second.program.wait_line("as probe .*c1,")
        second.program.wait_line("Sending SUBACK to probe")
        clean = [line for line in second.program.lines[second.program.at:] if "as probe" in line]
        node.stop()
        check(all("c0" in line for line in clean), f"in {name} it does not keep its session: {clean}")


BELL = """\
node: {}
mqtt: {{url: "{}", keep_session: true}}
outbox: {{size: 64KB}}
buttons: [{{name: bell, pin: 0, active: low, event_qos: 2}}]
"""


# It is killed with a message of QoS 2 under way, and its file goes to a node of another name: whatever the next broker has of that name, the
# message is a new one there.
@case("in-another-name")
def sends_anew_in_another_name(t):
    under_way = threading.Event()

    def answer(_number, kind, version, body):
        if kind == PUBLISH and b"bell/event" in body:
            under_way.set()
        return connack(version) if kind == CONNECT else b""

    deaf, broker = FakeBroker(t, answer), t.mosquitto()
    board = Board(t, text=BELL.format("lamp", f"mqtt://127.0.0.1:{deaf.port}"))
    board.post("button", pin=0, pressed=True)
    check(under_way.wait(TIMEOUT_S), "the press is under way")
    board.program.kill()
    board.program.wait_exit()
    folder = os.environ["MOTE_STATE_DIRECTORY"]
    shutil.copy(os.path.join(folder, "lamp.outbox"), os.path.join(folder, "lantern.outbox"))
    watcher = broker.subscribe("lamp/bell/event", options=("-q", "2"))
    board = Board(t, text=BELL.format("lantern", broker.url))
    board.program.at = 0
    board.program.wait_line("^mote: outbox: what was under way to another broker, or in another name, is sent anew: it may arrive twice$")
    watcher.wait_line("lamp/bell/event press$")
    broker.program.at = 0
    broker.program.wait_line("as lantern .*c1,")


def redirect(code, port):
    reference = f"127.0.0.1:{port}".encode()
    properties = bytes([PROPERTY_SERVER_REFERENCE, 0, len(reference)]) + reference
    return bytes([0x20, 3 + len(properties), 0, code, len(properties)]) + properties


@case("redirect")
def goes_where_a_server_sends_it(t):
    for code in (0x9C, 0x9D):
        broker = t.mosquitto()
        server = FakeBroker(t, lambda number, kind, version, body: redirect(code, broker.port))
        node = probe(t, "-V", "5", "-r", "1000", f"mqtt://joe:secret@127.0.0.1:{server.port}")
        broker.program.wait_line("as probe .*u'joe'")
        broker.program.wait_line("Sending SUBACK to probe")
        broker.kill()
        node.wait_line(r"waiting: .*\(tcp\.")
        broker.start()
        broker.program.wait_line("Sending SUBACK to probe")
        visits = len([packet for packet in server.packets if packet[1] == CONNECT])
        node.stop()
        check(visits == 1 if code == 0x9D else visits > 1, f"with {code:#x} it was at the server {visits} times")


@case("redirect-without-end")
def is_not_sent_round_and_round(t):
    server = FakeBroker(t, lambda number, kind, version, body: redirect(0x9C, server.port))
    node = probe(t, "-V", "5", f"mqtt://127.0.0.1:{server.port}")
    node.wait_line(r"waiting: .*\(mqtt\.quota\)")
    node.kill()
    check(len(server.packets) >= 4, f"it was sent on {len(server.packets) - 1} times")


@case("names-the-broker")
def says_which_broker_it_is_with(t):
    broker = t.mosquitto()
    path = f"{t.directory()}/node.yaml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"node: probe\nmqtt:\n  url: [mqtt://joe:secret@127.0.0.1:1, {broker.url}]\n")
    node = t.start(t.build("mote"), "run", path)
    node.wait_line(rf"mote: probe: online with mqtt://127\.0\.0\.1:{broker.port}$")
    node.stop()
    check("secret" not in " ".join(node.lines), "the password is in the log")
    doctor = t.start(t.build("mote"), "doctor", path)
    doctor.wait_line("^mqtt://127.0.0.1:1$")
    doctor.wait_line("^tcp.refused:")
    doctor.wait_line(rf"^mqtt://127\.0\.0\.1:{broker.port}$")
    doctor.wait_line("^All is well")
    check(doctor.wait_exit() == 1, "the doctor is content with a list of which one is not there")


main("failover")
