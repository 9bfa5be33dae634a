#!/usr/bin/python3
"""The client of MQTT on an emulated LX106, the ESP8266's core, against Debian's mosquitto: the serial line is the TCP connection."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))

from mote_test import ROOT, TIMEOUT_S, Skip, case, check_equal, main

CLIENT = os.path.join(ROOT, "build/lx106/test/chip/client")
MESSAGES = 300


def client(t, broker, *words):
    if not os.path.exists(CLIENT):
        raise Skip(f"{CLIENT} is not there: script/build --preset lx106")
    line = ",".join(f"arg={word}" for word in ("client", *words))
    program = t.start("qemu-system-xtensa", "-M", "sim", "-cpu", "lx106", "-m", "16M", "-display", "none", "-monitor", "none",
                      "-serial", f"tcp:127.0.0.1:{broker.port}", "-semihosting-config", f"enable=on,{line}", "-kernel", CLIENT)
    broker.program.wait_line("Sending SUBACK to chip")
    return program


def repeats_all_in_order(t, version, qos):
    broker = t.mosquitto("max_queued_messages 0\n")
    watcher = broker.subscribe("chip/out", options=("-q", "2"))
    program = client(t, broker, version)
    lines = "".join(f"{number}\n" for number in [*range(MESSAGES), "bye"])
    command = ["mosquitto_pub", "-p", str(broker.port), "-t", "chip/in", "-l", "-q", str(qos)]
    subprocess.run(command, input=lines, text=True, check=True, timeout=TIMEOUT_S)
    watcher.wait_line("chip/out bye$")
    check_equal(program.wait_exit(), 0, "exit status")
    broker.program.wait_line("Received DISCONNECT from chip")
    seen = [line.split() for line in watcher.lines if re.match("[0-2] 0 chip/out ", line)]
    check_equal([words[-1] for words in seen], [*(str(number) for number in range(MESSAGES)), "bye"], "what came back")
    check_equal({words[0] for words in seen}, {str(qos)}, "QoS")


for chosen_version in ("3", "5"):
    for chosen_qos in (0, 1, 2):
        case(f"repeats-all-in-order/v{chosen_version}/qos{chosen_qos}")(
            lambda t, v=chosen_version, q=chosen_qos: repeats_all_in_order(t, v, q))


@case("goes-on-after-the-power-was-cut")
def what_came_while_it_was_off_comes_later(t):
    broker = t.mosquitto()
    watcher = broker.subscribe("chip/out", options=("-q", "2"))
    client(t, broker, "5", "keep").kill()
    broker.program.wait_line("Client chip closed its connection|Socket error on client chip")
    for word in ("one", "two", "bye"):
        broker.publish("chip/in", word, "-q", "2")
    program = client(t, broker, "5", "keep")
    watcher.wait_line("chip/out bye$")
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal([line.split()[-1] for line in watcher.lines if "chip/out" in line and line[0] == "2"], ["one", "two", "bye"], "what came")


main("chip/lx106")
