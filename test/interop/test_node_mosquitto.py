#!/usr/bin/python3
"""A whole node against Debian's mosquitto: both versions of MQTT, and what goes wrong in real life."""

import os
import signal
import subprocess

from mote_test import TIMEOUT_S, case, check, check_equal, main

VERSIONS = {"3.1.1": "4", "5": "5"}


def probe(t, broker, *options, wait=True):
    """Starts the probe on a virtual board, and waits until it is online."""
    program = t.compile(t.source("test", "interop", "node_probe.c"))
    node = t.start_on_board(program, *options, broker.url)
    if wait:
        node.wait_line("probe: online")
        broker.program.wait_line("Sending SUBACK to probe")
    return node


def pin_lines(node):
    return [line for line in node.lines if "sim: pin 2" in line]


# No extension is needed to work with another's broker.
# [MQTT3-7.0.0-2]
@case("both-versions")
def tells_of_itself_in_both_versions(t):
    for name, version in VERSIONS.items():
        broker = t.mosquitto()
        watcher = broker.subscribe("probe/#")
        node = probe(t, broker, "-V", version)
        connected = [line for line in broker.program.lines if "as probe" in line][0]
        check(f"(p{'5' if version == '5' else '2'}, c1" in connected, f"the broker says {connected}")
        for line in ("status online", "reason ok", "lamp/state off", "button/state off"):
            watcher.at = 0
            watcher.wait_line(f"^1 0 probe/{line}$")
        watcher.at = len(watcher.lines)
        broker.publish("probe/lamp/set", "ON")
        node.wait_line("sim: pin 2 = 0")
        watcher.wait_line("^1 0 probe/lamp/state on$")
        check_equal(broker.retained("probe/lamp/state"), "on", f"lamp/state in {name}")
        node.kill()
        watcher.wait_line("^1 0 probe/status offline$")
        check_equal(broker.retained("probe/status"), "offline", f"status in {name}")


@case("wrong-password")
def says_that_the_broker_refuses_it(t):
    passwords = os.path.join(t.directory(), "passwords")
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "joe", "right"], check=True, timeout=TIMEOUT_S)
    broker = t.mosquitto(f"password_file {passwords}\n")
    address = broker.url.partition("://")[2]
    for password in ("wrong", "right"):
        broker.url = f"mqtt://joe:{password}@{address}"
        node = probe(t, broker, wait=password == "right")
        if password == "wrong":
            node.wait_line(r"waiting: .* \(mqtt\.(bad_auth|not_authorized)\)")
        check(password not in " ".join(node.lines), "the password is in the log")
        check_equal(node.stop(), 0, "exit status")


@case("half-open")
def finds_a_broker_that_hangs(t):
    brokers = [t.mosquitto() for _ in VERSIONS]
    nodes = [probe(t, broker, "-V", version, "-k", "2", "-c", "2000", "-r", "2000")
             for broker, version in zip(brokers, VERSIONS.values())]
    for broker, node in zip(brokers, nodes):
        broker.publish("probe/lamp/set", "on")
        node.wait_line("sim: pin 2 = 0")
        broker.program.send_signal(signal.SIGSTOP)
    for broker, node in zip(brokers, nodes):
        node.wait_line(r"waiting: .* \(mqtt\.no_pingresp\)")
        node.wait_line(r"waiting: .* \(tcp\.timeout\)")
        broker.program.send_signal(signal.SIGCONT)
        node.wait_line("probe: online")
        check_equal(pin_lines(node), ["sim: pin 2 = 0"], "what the lamp did")
        broker.publish("probe/lamp/set", "off")
        node.wait_line("sim: pin 2 = 1")


@case("taken-over")
def says_that_another_has_its_name(t):
    broker = t.mosquitto()
    node = probe(t, broker, "-V", "5", "-r", "3000")
    twin = t.start("mosquitto_sub", "-p", broker.port, "-i", "probe", "-t", "x", "-V", "5")
    node.wait_line(r"waiting: .* \((mqtt\.taken_over|tcp\.reset)\)")  # this broker does not always say it
    twin.kill()
    node.wait_line("probe: online")


@case("large-message")
def a_large_message_does_no_harm(t):
    broker = t.mosquitto()
    node = probe(t, broker, "-s", "probe/big")
    broker.publish("probe/lamp/set", "on")
    node.wait_line("sim: pin 2 = 0")
    payload = os.path.join(t.directory(), "payload")
    with open(payload, "wb") as file:
        file.write(b"\x01" * 1_000_000)
    for topic in ("probe/big", "probe/lamp/set", "probe/big"):
        for qos in "012":
            command = ["mosquitto_pub", "-p", str(broker.port), "-t", topic, "-f", payload, "-q", qos]
            subprocess.run(command, check=True, timeout=TIMEOUT_S)
            if topic == "probe/big":
                node.wait_line("got probe/big size 1000000 sum 1000000$")
    check_equal(pin_lines(node), ["sim: pin 2 = 0"], "what the lamp did")
    check(not any("waiting" in line for line in node.lines), "the connection was lost")


@case("flood")
def takes_what_comes(t):
    # Not with QoS 2: mosquitto 2.0.11 then has more messages under way than its own limit and the Receive Maximum.
    broker = t.mosquitto("max_queued_messages 0\n")
    node = probe(t, broker, "-s", "flood")
    for qos in "01":
        lines = "".join(f"{'x' * (i % 300)}\n" for i in range(3000))
        command = ["mosquitto_pub", "-p", str(broker.port), "-t", "flood", "-l", "-q", qos]
        subprocess.run(command, input=lines, text=True, check=True, timeout=TIMEOUT_S)
        for i in range(3000):
            check_equal(node.wait_line("got flood size ([0-9]+)")[1], str(i % 300), f"size of message {i}")
    check(not any("waiting" in line for line in node.lines), "the connection was lost")


@case("once-each")
def overlapping_filters_get_each_message_once(t):
    for version in VERSIONS.values():
        broker = t.mosquitto("allow_duplicate_messages true\n")
        filters = ("a/b", "a/+", "a/#", "#")
        options = [word for name in filters for word in ("-s", name)]
        node = probe(t, broker, "-V", version, *options)
        broker.publish("a/b", "x", "-q", "1")
        broker.publish("last", "x", "-q", "1")
        node.wait_line("^# got last")
        for name in filters:
            check_equal(sum(line.startswith(f"{name} got a/b") for line in node.lines), 1, f"messages for {name}")


@case("button-without-broker")
def the_button_works_without_a_broker(t):
    broker = t.mosquitto()
    node = probe(t, broker, "-b", "200")
    node.wait_line("sim: pin 2 = 0")
    node.wait_line("sim: pin 2 = 1")
    broker.kill()
    node.wait_line("probe: waiting")
    for _ in range(3):
        node.wait_line("sim: pin 2 = 0")
        node.wait_line("sim: pin 2 = 1")
    broker.start()
    node.wait_line("probe: online")
    broker.subscribe("probe/lamp/state").wait_line("probe/lamp/state (on|off)")


@case("kept-while-offline")
def what_was_published_while_offline_arrives_once(t):
    broker = t.mosquitto()
    node = probe(t, broker, "-p", "300", "-r", "2000")
    watcher = broker.subscribe("probe/count", options=("-q", "2"))
    number = int(watcher.wait_line("probe/count ([0-9]+)")[1])
    broker.kill()
    node.wait_line("probe: waiting")
    node.wait_line(r"\(tcp\.refused\)")
    broker.start()
    watcher = broker.subscribe("probe/count", options=("-q", "2"))
    first = int(watcher.wait_line("probe/count ([0-9]+)")[1])
    check(first > number, "it begins with what had arrived before")
    for following in range(first + 1, first + 10):
        check_equal(int(watcher.wait_line("probe/count ([0-9]+)")[1]), following, "the next number")


@case("goodbye-under-load")
def says_goodbye_with_messages_under_way(t):
    broker = t.mosquitto()
    watcher = broker.subscribe("probe/#", options=("-q", "2"))
    node = probe(t, broker, "-p", "1")
    watcher.wait_line("probe/count 100$")
    check_equal(node.stop(signal.SIGINT), 0, "exit status")
    watcher.wait_line("probe/status offline")
    broker.program.wait_line("Received DISCONNECT from probe")


main("interop/node-mosquitto")
