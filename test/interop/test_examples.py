#!/usr/bin/python3
"""The examples: each does what the script that it stands for does, on a virtual board or with Debian's mosquitto."""

import re
import signal

from mote_test import case, check, check_equal, free_port, main

LIMITS = {
    "home_switch": 36,
    "known_networks": 28,
    "access_point": 24,
    "connect_wait": 24,
    "publish": 24,
    "station": 24,
    "subscribe": 24,
}
ADDRESSES = r"192\.168\.4\.2.* 255\.255\.255\.0.* 192\.168\.4\.1.* 192\.168\.4\.1"


def on_board(t, name, *arguments, air=None):
    return t.start_on_board(t.build("examples", name), *arguments, air=air)


def switch(t, broker):
    """Starts the home switch and waits until it is online and subscribed."""
    program = on_board(t, "home_switch", broker.url)
    program.wait_line("ssbun_home_switch_1: online")
    broker.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
    return program


def code_lines(text):
    """Lines that hold more than a comment."""
    text = re.sub(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*',
                  lambda found: found[0] if found[0][0] == '"' else "\n" * found[0].count("\n"), text, flags=re.S)
    return sum(1 for line in text.splitlines() if line.strip())


@case("code-lines")
def no_longer_than_the_scripts(t):
    for name, limit in LIMITS.items():
        with open(t.source("examples", f"{name}.c"), encoding="utf-8") as file:
            count = code_lines(file.read())
        check(5 < count <= limit, f"{name}.c has {count} code lines, not {limit} at most")


@case("station")
def station_scans_and_joins(t):
    program = on_board(t, "station", air="Other@-80;essid=password@-50")
    program.wait_line(r"^essid, channel \d+, -50 dBm$")
    program.wait_line(r"^Other, channel \d+, -80 dBm$")
    program.wait_line(r"^mac ([0-9a-f]{2}:){5}[0-9a-f]{2}$")
    program.wait_line(f"^address {ADDRESSES}$")
    check_equal(program.wait_exit(), 0, "exit status")


@case("station-wrong-key")
def station_says_why_it_is_not_joined(t):
    program = on_board(t, "station", air="essid=another-password")
    program.wait_line("does not accept the password")
    check_equal(program.wait_exit(), 1, "exit status")


@case("access-point")
def access_point_stays_up(t):
    program = on_board(t, "access_point")
    program.wait_line("ESP-AP")
    check(program.is_running(), "the access point ends with the program")
    check_equal(program.stop(signal.SIGINT), -signal.SIGINT, "exit status")


@case("connect-wait")
def connect_wait_joins(t):
    program = on_board(t, "connect_wait")
    program.wait_line("^connecting to network...$")
    program.wait_line(f"^network config: {ADDRESSES}$")
    check_equal(program.wait_exit(), 0, "exit status")


@case("connect-wait-not-there")
def connect_wait_goes_on_trying(t):
    program = on_board(t, "connect_wait", air="Other")
    program.wait_line("^connecting to network...$")
    for _ in range(2):
        program.wait_line("None of the known WiFi networks is in reach")
    check(program.is_running(), "it has given up")


@case("no-radio")
def without_a_radio_they_say_so(t):
    program = t.start(t.build("examples", "station"), env={"MOTE_BOARD": "linux"})
    program.wait_line("WiFi is switched off or not there")
    check_equal(program.wait_exit(), 1, "exit status")


def receives(t, *arguments):
    broker = t.mosquitto()
    program = t.start(t.build("examples", "subscribe"), broker.url, *arguments)
    broker.program.wait_line("Sending SUBACK to RT-Thread")
    for payload in ("hello", "", "two words"):
        broker.publish("foo_topic", payload)
        program.wait_line(rf"^\(foo_topic, {payload}\)$")
    broker.publish("another_topic", "not for it")
    broker.publish("foo_topic", "last")
    program.wait_line(r"^\(foo_topic, last\)$")
    check("not for it" not in "".join(program.lines), "it received what it had not asked for")
    broker.kill()
    program.wait_line("The connection is closed")
    check_equal(program.wait_exit(), 1, "exit status")


@case("subscribe-waiting")
def subscribe_waits_for_messages(t):
    receives(t)


@case("subscribe-polling")
def subscribe_looks_for_messages(t):
    receives(t, "poll")


@case("publish")
def publish_reaches_a_subscriber(t):
    broker = t.mosquitto()
    subscriber = broker.subscribe("foo_topic")
    program = t.start(t.build("examples", "publish"), broker.url)
    subscriber.wait_line("^0 0 foo_topic Hello RT-Thread !!!$")
    check_equal(program.wait_exit(), 0, "exit status")
    broker.program.wait_line("Received DISCONNECT from SummerGift")


@case("threads")
def threads_hand_over_to_the_node(t):
    broker = t.mosquitto()
    subscriber = broker.subscribe("load")
    program = t.start(t.build("examples", "threads"), broker.url)
    for _ in range(3):
        subscriber.wait_line(r"^1 0 load \d+\.\d\d$")
    check_equal(program.stop(signal.SIGTERM), 0, "exit status")


@case("no-broker")
def without_a_broker_they_say_so(t):
    url = f"mqtt://127.0.0.1:{free_port()}"
    for name in ("publish", "subscribe"):
        program = t.start(t.build("examples", name), url)
        program.wait_line(f"^{name}: The host is there, but nothing listens on this port")
        check_equal(program.wait_exit(), 1, f"{name}'s exit status")


@case("home-switch")
def home_switch_keeps_the_meaning_of_the_script(t):
    broker = t.mosquitto()
    program = switch(t, broker)
    for payload, shown, level in (("ON", "on", 0), ("off", "off", 1), ("on", "on", 0), (" ON", " on", 1), ("oN", "on", 0),
                                  ("", "", 1), ("On", "on", 0), ("anything else", "anything else", 1)):
        broker.publish("ssbun_switch_1", payload)
        program.wait_line(f"sim: pin 2 = {level}")
        program.at = 0
        program.wait_line(f"^{shown}$")
        program.at = len(program.lines)
    check_equal([line for line in program.lines if "sim: pin" in line],
                [f"sim: pin 2 = {level}" for level in (0, 1) * 4], "what pin 2 did")


@case("home-switch-goodbye")
def home_switch_says_goodbye(t):
    broker = t.mosquitto()
    program = switch(t, broker)
    check_equal(broker.retained("ssbun_home_switch_1/status"), "online", "status")
    check_equal(broker.retained("ssbun_home_switch_1/reason"), "ok", "reason")
    check_equal(program.stop(signal.SIGINT), 0, "exit status")
    broker.program.wait_line("Received DISCONNECT from ssbun_home_switch_1")
    check_equal(broker.retained("ssbun_home_switch_1/status"), "offline", "status")


@case("home-switch-broker-restarted")
def home_switch_comes_back_and_the_lamp_does_not_move(t):
    broker = t.mosquitto()
    program = switch(t, broker)
    broker.publish("ssbun_switch_1", "on")
    program.wait_line("sim: pin 2 = 0")
    broker.kill()
    program.wait_line(r"waiting: .* \(tcp\.(reset|refused)\)")
    program.wait_line(r"waiting: .* \(tcp\.refused\)|connecting: .* \(tcp\.refused\)")
    broker.start()
    program.wait_line("online")
    broker.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
    check_equal([line for line in program.lines if "sim: pin" in line], ["sim: pin 2 = 0"], "what pin 2 did")
    check(broker.retained("ssbun_home_switch_1/reason") in ("tcp.reset", "tcp.refused"), "the outage's reason")
    broker.publish("ssbun_switch_1", "off")
    program.wait_line("sim: pin 2 = 1")


@case("home-switch-killed")
def home_switch_is_offline_by_its_will(t):
    broker = t.mosquitto()
    watcher = broker.subscribe("ssbun_home_switch_1/status")
    program = switch(t, broker)
    watcher.wait_line("^1 0 ssbun_home_switch_1/status online$")
    program.kill()
    watcher.wait_line("^1 0 ssbun_home_switch_1/status offline$")
    check_equal(broker.retained("ssbun_home_switch_1/status"), "offline", "status")


@case("home-switch-retained-command")
def home_switch_does_not_obey_what_the_broker_kept(t):
    broker = t.mosquitto()
    broker.publish("ssbun_switch_1", "on", "-r")
    program = switch(t, broker)
    broker.publish("ssbun_switch_1", "marker")
    program.wait_line("^marker$")
    check("on" not in program.lines, "it obeyed a retained message")
    check(not any("sim: pin 2 = 0" in line for line in program.lines), "the lamp went on")


@case("home-switch-wrong-url")
def home_switch_says_what_is_wrong_with_a_url(t):
    program = on_board(t, "home_switch", "mqtt://user:secret@host:port")
    check_equal(program.wait_exit(), 1, "exit status")
    check(re.search(r"^mote: broker: .* \(config\.invalid\)$", "\n".join(program.lines), re.M),
          f"it says {program.lines}")
    check("secret" not in "".join(program.lines), "it shows the password")


@case("design-example")
def the_example_of_the_design_page_works_unchanged(t):
    source = t.source("test", "interop", "design_home_switch.c")
    t.compile(source)
    broker = t.mosquitto()
    with open(source, encoding="utf-8") as file:
        text = file.read()
    url = broker.url.replace("mqtt://", "mqtt://user:password@")
    here = f"{t.directory()}/home_switch.c"
    with open(here, "w", encoding="utf-8") as file:
        file.write(text.replace("mqtt://user:password@mqtt.server:1883", url))
    program = t.start(t.compile(here), env={"MOTE_BOARD": "sim"})
    broker.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
    broker.publish("ssbun_switch_1", "ON")
    program.wait_line("sim: pin 2 = 0")
    broker.publish("ssbun_switch_1", "Off")
    program.wait_line("sim: pin 2 = 1")
    check_equal(program.stop(), 0, "exit status")


@case("yaml")
def the_yaml_example_is_right(t):
    program = t.start(t.build("mote"), "check", t.source("examples", "home-switch.yaml"))
    check_equal(program.wait_exit(), 0, "exit status of mote check")


main("interop/examples")
