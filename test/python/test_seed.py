#!/usr/bin/python3
"""The seed's ten pieces of Python, as they are: the project's own scripts with the same calls, and the seed's own file where it is."""

import os
import time

from python_test import ROOT, SCRIPTS, Pins, check, code_blocks, hosts, run, start
from mote_test import Skip, case, check_equal, main

SEED = os.path.join(ROOT, "..", "shared", "seed.md")
SHARED = os.path.join(ROOT, "..", "..", "shared", "seed.md")
OURS = ["station", "access_point", "connect", "known_networks", "not_active", "activate", "install", "listen", "publish",
        "home_switch"]
ADDRESSES = "('192.168.4.2', '255.255.255.0', '192.168.4.1', '192.168.4.1')"


def seed_blocks():
    for path in (SEED, SHARED):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return code_blocks(file.read())
    return None


def our_blocks():
    scripts = []
    for name in OURS:
        with open(os.path.join(SCRIPTS, name + ".py"), encoding="utf-8") as file:
            scripts.append(file.read().replace(">>> ", ""))
    return scripts


def piece(number, name):
    """A case for the project's own script, and one for the seed's piece of this number."""
    def add(function):
        @case(f"ours-{name}")
        def with_ours(t):
            function(t, our_blocks()[number - 1])

        @case(f"seed-{number}-{name}")
        def with_the_seed(t):
            blocks = seed_blocks()
            if blocks is None:
                raise Skip("the seed's file is not here")
            check_equal(len(blocks), 10, "the seed's pieces")
            function(t, blocks[number - 1])
        return function
    return add


@piece(1, "station")
def scans_connects_and_asks(t, script):
    check_equal(run(t, script), [], "what it says")
    more = script + "\nprint(*(f(w) for w in (v for v in globals().copy().values() if hasattr(v, 'scan')) for f in (" \
        "lambda w: w.active(), lambda w: w.config('mac').hex(), lambda w: w.ifconfig(), lambda w: w.scan()[0][0])))\n"
    line = run(t, more, MOTE_AIR="essid:password:60000")[0]
    check(line.startswith("True 024d4f544501 ('0.0.0.0', '0.0.0.0', '0.0.0.0', '0.0.0.0') b'essid'"), line)


@piece(2, "access-point")
def names_its_access_point(t, script):
    check_equal(run(t, script), [], "what it says")
    more = script + "\nprint([v.config('essid') for v in list(globals().values()) if hasattr(v, 'scan')])\n"
    check_equal(run(t, more), ["['ESP-AP']"], "its name")


def called(script):
    """The script with its function called, whatever that is named."""
    name = [line for line in script.splitlines() if line.startswith("def ")][0][4:].partition("(")[0]
    return f"{script}\n{name}()\n"


@piece(3, "connect")
def waits_in_a_loop_until_it_is_connected(t, script):
    check_equal(run(t, called(script)), ["connecting to network...", f"network config: {ADDRESSES}"], "what it says")
    again = called(script) + called(script).splitlines()[-1] + "\n"
    check_equal(run(t, again)[2:], [f"network config: {ADDRESSES}"], "what it says the second time")


@piece(4, "known-networks")
def goes_on_to_the_network_that_is_there(t, script):
    lines = run(t, called(script))
    check_equal(lines[:2], ["", "ready connect to wifi: No,thankyou-2"], "how it begins")
    check_equal(lines[2:12], ["..."] * 10, "its patience")
    # Whether it has joined before the script first looks, is the machine's business.
    check_equal([line for line in lines[12:] if line != "..."],
                ["connnect WiFi:No,thankyou-2 failure", "ready connect to wifi: SSBun", "connect WiFi:SSBun success", ADDRESSES],
                "how it ends")


@piece(5, "not-active")
def raises_only_when_it_connects(t, script):
    """The piece is a line of a session, in which network has been imported."""
    name = script.split()[0]
    typed = f"import network\n{script}\nprint({name}.active())\n"
    check_equal(run(t, typed), ["False"], "what it says")
    lines = run(t, typed + f"{name}.connect('essid', 'password')\n", status=1)
    check("OSError: Cannot set STA config" in lines, f"the exception in {lines}")


@piece(6, "activate")
def can_connect_once_it_is_active(t, script):
    name = [line for line in script.splitlines() if "WLAN(" in line][0].split()[0]
    waits = f"while not {name}.isconnected(): pass\nprint({name}.ifconfig())\n"
    check_equal(run(t, f"{script}\n{name}.connect('essid', 'password')\n{waits}"), [ADDRESSES], "what it says")


@piece(7, "install")
def is_told_that_umqtt_is_there(t, script):
    check_equal(run(t, script), ["micropython-umqtt.simple is already built in"], "what it says")


@piece(8, "listen")
def prints_what_comes_also_after_the_broker_was_away(t, script):
    broker = t.mosquitto()
    program = start(t, script, MOTE_HOSTS=hosts(broker.port))
    broker.program.wait_line("Sending SUBACK")
    broker.publish("foo_topic", "hello")
    program.wait_line(r"^\(b'foo_topic', b'hello'\)$")
    broker.kill()
    broker.start()
    broker.program.wait_line("Sending SUBACK")
    broker.publish("foo_topic", "again")
    program.wait_line(r"^\(b'foo_topic', b'again'\)$")
    check_equal(len(program.lines), 2, f"lines in {program.lines}")


@piece(9, "publish")
def publishes_and_ends(t, script):
    broker = t.mosquitto()
    watcher = broker.subscribe("#")
    check_equal(run(t, script, MOTE_HOSTS=hosts(broker.port)), [], "what it says")
    watcher.wait_line("^0 0 foo_topic Hello RT-Thread !!!$")
    broker.program.wait_line("Received DISCONNECT")


def home_switch(t, script, broker, pins):
    program = start(t, script, MOTE_HOSTS=hosts(broker.port), MOTE_PIN_LOG=pins.path)
    broker.program.wait_line("Sending SUBACK")
    program.wait_line("^ping server ...$")
    return program


def send(broker, program, word):
    broker.publish("ssbun_switch_1", word)
    program.wait_line(f"^b'{word.lower()}'$")


@piece(10, "home-switch")
def switches_its_lamp_also_after_the_broker_was_away(t, script):
    broker = t.mosquitto()
    pins = Pins(t)
    program = home_switch(t, script, broker, pins)
    send(broker, program, "on")
    send(broker, program, "OFF")
    broker.kill()
    broker.start()
    broker.program.wait_line("Sending SUBACK")
    send(broker, program, "On")
    check(program.is_running(), "it has ended")
    wait_pins(pins, program, ["pin 2 0", "pin 2 1", "pin 2 0"])
    check(not [line for line in program.lines if "Traceback" in line or "rror" in line], f"{program.lines}")


def wait_pins(pins, program, expected):
    """The script prints before it switches: another message has it come back from that."""
    while pins.lines() != expected:
        check(len(pins.lines()) < len(expected), f"pins: {pins.lines()}")
        check(program.is_running(), "it has ended")
        time.sleep(0.01)


@piece(10, "home-switch-strict")
def ends_with_an_error_if_it_is_to_be_as_umqtt_is(t, script):
    """The tasks die one after the other; then the process ends, and says that it has failed, instead of being deaf."""
    broker = t.mosquitto()
    quick = script.replace("asyncio.sleep(30)", "asyncio.sleep(0.2)").replace("asyncio.sleep(1)", "asyncio.sleep(0.1)")
    program = start(t, quick, MOTE_HOSTS=hosts(broker.port), MOTE_UMQTT_STRICT="1")
    broker.program.wait_line("Sending SUBACK")
    program.wait_line("^ping server ...$")
    broker.kill()
    check_equal(program.wait_exit(), 1, "exit status")
    told = [line for line in program.lines if line == "Task exception wasn't retrieved"]
    check_equal(len(told), 2, f"tasks that died in {program.lines}")


if __name__ == "__main__":
    main("python/seed")
