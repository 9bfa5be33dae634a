#!/usr/bin/python3
# quick
"""mote pin on the virtual board, and what it says where there are no pins."""

import json
import os
import signal

from cli_pair import Client, run
from mote_test import case, check, check_equal, main

SIM = {"MOTE_BOARD": "sim"}
LINUX = {"MOTE_BOARD": ""}


def pin(t, *words, env=None):
    status, output, errors = run(t, [t.build("mote"), "pin", *words], env=env or SIM)
    return status, output.decode(), errors


@case("list")
def list_pins(t):
    status, output, errors = pin(t, "list", "--json")
    check_equal((status, errors), (0, ""), "list --json")
    pins = json.loads(output)
    check_equal([entry["pin"] for entry in pins], ["0", "1", "2", "3", "4", "5", "12", "13", "14", "15", "16"], "pins")
    check_equal(pins[2], {"pin": "2", "name": "led", "direction": "input", "level": 1, "user": ""}, "the LED's pin")
    status, output, errors = pin(t, "list")
    check_equal((status, errors, len(output.splitlines())), (0, "", 1 + len(pins)), "list")


@case("read")
def read_pin(t):
    check_equal(pin(t, "read", "0"), (0, "on\n", ""), "the button, which pulls up")
    check_equal(pin(t, "read", "0", "--active", "low"), (0, "off\n", ""), "active low")
    check_equal(pin(t, "--pull", "up", "read", "4"), (0, "on\n", ""), "with a pull-up")
    check_equal(pin(t, "read", "0", "--active", "low", "--json"), (0, '{"pin":"0","level":1,"on":false}\n', ""), "JSON")


@case("write")
def write_pin(t):
    for words, level in ((["on"], 1), (["off"], 0), (["1"], 1), (["0"], 0), (["on", "--active", "low"], 0),
                         (["off", "--active", "low"], 1)):
        status, output, errors = pin(t, "write", "4", *words)
        check_equal((status, output, errors), (0, "", "sim: pin 4 = 1\n" if level == 1 else ""), f"write {words}")
    check_equal(pin(t, "write", "2", "on", "--active", "low"), (0, "", "sim: pin 2 = 0\n"), "the LED")


@case("write-and-hold")
def hold(t):
    program = t.start(t.build("mote"), "pin", "write", "2", "0", "--hold", env=SIM)
    program.wait_line("sim: pin 2 = 0")
    check(program.is_running(), "it has ended")
    check_equal(program.stop(signal.SIGINT), 0, "exit status")


@case("watch")
def watch(t):
    watcher = Client(t, [t.build("mote"), "pin", "watch", "0"], env=SIM)
    while not is_caught(watcher, signal.SIGINT):
        check(watcher.is_running(), watcher.stderr())
    watcher.process.send_signal(signal.SIGINT)
    check_equal((watcher.wait(), watcher.stdout()), (0, b""), "after Ctrl-C")


def is_caught(client, number):
    """Has the program its own handler for a signal by now?"""
    with open(f"/proc/{client.process.pid}/status", encoding="utf-8") as file:
        mask = next(line.split()[1] for line in file if line.startswith("SigCgt"))
    return int(mask, 16) >> (number - 1) & 1 == 1


@case("no-such-pin")
def no_such_pin(t):
    for words in (["read", "99"], ["write", "7", "on"], ["watch", "6"], ["read", "gpiochip0/1"]):
        status, output, errors = pin(t, *words)
        check_equal((status, output), (1, ""), f"{words}")
        check(errors.startswith(f"mote: pin: {words[1]}: ") and errors.endswith(" (pin.absent)\n"), errors)


@case("wrong-command-lines")
def wrong(t):
    for words in ([], ["read"], ["write", "2"], ["write", "2", "maybe"], ["frob", "2"], ["list", "2"], ["read", ""],
                  ["read", "2", "3"], ["--frob"], ["read", "2", "--active", "up"], ["read", "2", "--active"],
                  ["watch", "2", "-C", "0"], ["watch", "2", "-C"], ["read", "2", "--board", "moon"],
                  ["read", "2", "--pull", "x"]):
        status, output, errors = pin(t, *words)
        check_equal((status, output), (1, ""), f"{words}")
        check(errors.startswith("mote: pin: "), errors)
        check(errors.endswith("(config.invalid)\nSee `mote pin --help`.\n"), errors)


@case("board")
def board(t):
    check_equal(pin(t, "--board", "sim", "read", "0", env=LINUX), (0, "on\n", ""), "--board sim")
    if os.path.exists("/dev/gpiochip0"):
        return
    for words in (["--board", "linux", "read", "0"], ["list", "--board", "linux"]):
        status, output, errors = pin(t, *words)
        check_equal((status, output), (1, ""), f"{words}")
        check(errors.endswith(" (pin.absent)\n"), errors)


main("interop/cli-pin")
