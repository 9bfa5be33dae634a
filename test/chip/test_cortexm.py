#!/usr/bin/python3
"""Real firmware of port/cortexm/ under QEMU, against Debian's mosquitto: what a board does, and what goes wrong on its way."""

import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))

import air
import own_network
from mote_test import TIMEOUT_S, Skip, case, check, check_equal, free_port, main
from peer import NOT_ALLOWED, Peer, until_closed
from qemu_board import BOARDS, HOST, NO_BUTTON, Board
from wire import BROADCAST, Wire, is_dhcp

MESSAGES = 3000
SWITCH = "ssbun_switch_1"


def on_each_board(name):
    """A case for each board, called with the board's name."""
    def add(function):
        for board in BOARDS:
            case(f"{board}/{name}")(lambda t, board=board: function(t, board))
        return function
    return add


def home_switch(t, board, broker, host=HOST, options=()):
    node = Board(t, board, "home_switch", f"mqtt://{host}:{broker.port}", options=options)
    node.wait_line("ssbun_home_switch_1: online")
    broker.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
    return node


def probe(t, board, broker, *words, button=NO_BUTTON, keep_alive_s=60):
    node = Board(t, board, "firmware_probe", button, keep_alive_s, f"mqtt://{HOST}:{broker.port}", *words)
    node.wait_line("probe: online")
    broker.program.wait_line("Sending SUBACK to probe")
    return node


def numbers_sent(watcher):
    return [int(line.split()[-1]) for line in watcher.lines if re.match("[0-2] 0 probe/sent", line)]


# The example's lamp is lit by a low level, as on the ESP8266.
@on_each_board("switches")
def the_example_switches_its_lamp(t, board):
    broker = t.mosquitto()
    watcher = broker.subscribe("ssbun_home_switch_1/#")
    node = home_switch(t, board, broker)
    watcher.wait_line("ssbun_home_switch_1/status online")
    check_equal(node.led(), 1, "the LED's bit at the beginning")
    for word, level in (("ON", 0), ("off", 1), ("on", 0), ("anything", 1)):
        broker.publish(SWITCH, word, "-q", "1")
        node.wait_line(f"^{word.lower()}$")
        node.wait_led(level)
    node.finish()
    watcher.wait_line("ssbun_home_switch_1/status offline")


# A frame of DHCP each time, and one way and back for MQTT. The answer to the first frame is there before the loop looks for the first time: a
# board that slept over it would go on with the next timer, hundreds of milliseconds of its own time later.
@on_each_board("boots")
def it_boots_with_few_frames(t, board):
    broker = t.mosquitto()
    path = os.path.join(t.directory(), "air")
    home_switch(t, board, broker, options=air.options(path, 5)).finish()
    boot = air.Boot(air.read(path))
    asked = [frame.time_s for frame in boot.phases["DHCP"] if boot.is_outward(frame)]
    check_equal(len(asked), 2, "DHCP's frames")
    check(asked[1] - asked[0] < 0.1, f"DHCP's answer was slept over: {asked[1] - asked[0]} s")
    connect, subscribe = 2 + 10 + 2 + 19 + 2 + 26 + 2 + 7, 2 + 2 + 2 + 14 + 1
    check_equal(boot.protocol_bytes(True), connect + subscribe, "MQTT's bytes out")
    check_equal(boot.protocol_bytes(False), 4 + 5, "MQTT's bytes in")
    check_equal(len(boot.phases["MQTT"][0].payload), connect + subscribe, "the first segment's bytes")


@on_each_board("reset")
def a_reset_gives_the_pin_its_boot_state(t, board):
    broker = t.mosquitto()
    broker.publish(SWITCH, "on", "-r")
    node = home_switch(t, board, broker)
    broker.publish(SWITCH, "on", "-q", "1")
    node.wait_led(0)
    node.monitor.ask("system_reset")
    node.wait_line("ssbun_home_switch_1: connecting")
    check_equal(node.led(), 1, "the LED's bit after the reset")
    node.wait_line("ssbun_home_switch_1: online")
    broker.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
    check_equal(node.led(), 1, "the LED's bit after the reconnect, with a message that was retained")
    broker.publish(SWITCH, "on", "-q", "1")
    node.wait_led(0)
    node.finish()


@on_each_board("reset-in-flight")
def what_was_in_flight_at_a_reset_comes_once(t, board):
    broker = t.mosquitto()
    watcher = broker.subscribe("probe/taken")
    node = probe(t, board, broker)
    node.monitor.ask("stop")
    broker.publish("probe/take", "0", "-q", "2")
    broker.publish("probe/take", "1", "-q", "2")
    broker.program.wait_line("Sending PUBLISH to probe .*q2, .*probe/take")
    node.monitor.ask("system_reset")
    node.monitor.ask("cont")
    node.wait_line("probe: online")
    broker.publish("probe/take", "end", "-q", "2")
    watcher.wait_line("probe/taken 2$")
    node.finish()


# What is published after the reset comes behind all that was accepted before it.
@on_each_board("reset-while-sending")
def what_was_accepted_before_a_reset_comes_once(t, board):
    broker = t.mosquitto("max_queued_messages 0\n")
    watcher = broker.subscribe("probe/sent", options=("-q", "2"))
    node = probe(t, board, broker, "outbox")
    broker.publish("probe/send", str(MESSAGES), "-q", "1")
    watcher.wait_line("probe/sent 100$")
    node.monitor.ask("stop")
    accepted = node.word(node.symbol("sent"))
    node.monitor.ask("system_reset")
    node.monitor.ask("cont")
    node.wait_line("probe: online")
    broker.publish("probe/send", "1", "-q", "1")
    watcher.wait_line("probe/sent 0$")
    check_equal(numbers_sent(watcher), [*range(accepted), 0], "what was sent")
    node.finish()


@on_each_board("reset-without-network")
def what_was_published_without_a_network_outlasts_a_reset(t, board):
    broker = t.mosquitto()
    watcher = broker.subscribe("probe/sent", options=("-q", "2"))
    node = probe(t, board, broker, "outbox", keep_alive_s=2)
    broker.publish("probe/later", "20", "-q", "1")
    broker.program.wait_line("Received PUBACK from probe")
    node.cable(False)
    node.wait_line("kept 20")
    node.monitor.ask("system_reset")
    node.wait_line("probe: connecting")
    node.cable(True)
    watcher.wait_line("probe/sent 19$")
    check_equal(numbers_sent(watcher), list(range(20)), "what was sent")
    node.finish()


@case("lm3s6965evb/key")
def a_key_publishes_once_it_has_settled(t):
    board = "lm3s6965evb"
    broker = t.mosquitto()
    watcher = broker.subscribe("probe/button/state")
    node = probe(t, board, broker, button=BOARDS[board]["key"][0])
    watcher.wait_line("probe/button/state on$")  # QEMU's keys are low until one has been pressed
    node.key(True)
    node.key(False)
    watcher.wait_line("probe/button/state off$")
    for _ in range(3):
        for down in (True, False, True, False, True):
            node.key(down)
        watcher.wait_line("probe/button/state on$")
        node.key(False)
        watcher.wait_line("probe/button/state off$")
    states = [line.split()[-1] for line in watcher.lines if re.match("1 0 probe/button/state", line)]
    check_equal(states, ["on", "off"] * 4, "what was published")
    node.finish()


@on_each_board("cable")
def a_cable_that_is_out_for_a_moment_loses_nothing(t, board):
    broker = t.mosquitto()
    node = probe(t, board, broker)
    node.cable(False)
    broker.publish("probe/lamp/set", "on", "-q", "1")
    broker.program.wait_line("Sending PUBLISH to probe .*probe/lamp/set")
    check_equal(node.led(), 0, "the LED's bit without the cable")
    node.cable(True)
    node.wait_led(1)
    check(not any("waiting" in line for line in node.program.lines), "the connection was lost")
    node.finish()


@on_each_board("cable-out-for-long")
def a_cable_that_is_out_for_long_is_noticed(t, board):
    broker = t.mosquitto()
    node = probe(t, board, broker, keep_alive_s=2)
    broker.publish("probe/lamp/set", "on", "-q", "1")
    node.wait_led(1)
    node.cable(False)
    node.wait_line(r"probe: waiting: .* \(mqtt\.no_pingresp\)")
    # Only one of the two can tell that it has no cable.
    node.wait_line(r"probe: waiting: .* \((dhcp\.no_lease)\)" if board == "mps2-an385" else
                   r"probe: waiting: .* \((tcp\.timeout)\)")
    check_equal(node.led(), 1, "the LED's bit without the cable")
    node.cable(True)
    node.wait_line("probe: online")
    check_equal(node.led(), 1, "the LED's bit after it")
    node.finish()


@on_each_board("broker-restarted")
def a_broker_that_comes_back_is_found(t, board):
    broker = t.mosquitto()
    node = probe(t, board, broker)
    broker.publish("probe/lamp/set", "on", "-q", "1")
    node.wait_led(1)
    broker.kill()
    node.wait_line(r"probe: waiting: .* \(tcp\.reset\)")
    node.wait_line(r"probe: waiting: .* \(tcp\.refused\)")
    broker.start()
    node.wait_line("probe: online")
    broker.program.wait_line("Sending SUBACK to probe")
    check_equal(node.led(), 1, "the LED's bit after it")
    broker.publish("probe/lamp/set", "off", "-q", "1")
    node.wait_led(0)
    node.finish()


def resets_of(path):
    """Of the board, which has sent the first frame."""
    frames = air.read(path)
    return [frame for frame in frames if frame.flags & air.RESET and frame.sender == frames[0].sender]


def wait_for_the_ends(path, count):
    """Until the board has acknowledged that the other side has closed, on so many connections. It must not reset any."""
    end = time.monotonic() + TIMEOUT_S
    acknowledged = set()
    while len(acknowledged) < count:
        check(time.monotonic() < end, f"of {count} ends {len(acknowledged)} were acknowledged")
        check(not resets_of(path), "the board has reset a connection")
        frames = air.read(path)
        ends = {frame.ports[1]: frame.number + len(frame.payload) + 1 for frame in frames
                if frame.flags & air.FIN and frame.sender != frames[0].sender}
        acknowledged = {frame.ports[0] for frame in frames if frame.protocol == air.TCP and
                        frame.sender == frames[0].sender and frame.acknowledged == ends.get(frame.ports[0])}
        time.sleep(0.02)


# A reset would take the DISCONNECT from a broker that has not read it: the will would be published.
@on_each_board("goodbye")
def what_comes_after_its_goodbye_is_not_answered_with_a_reset(t, board):
    peer = Peer()
    path = os.path.join(t.directory(), "air")
    node = Board(t, board, "firmware_probe", NO_BUTTON, 60, f"mqtt://{HOST}:{peer.port}", options=air.dump(path))
    connection = peer.take(NOT_ALLOWED)
    check_equal(until_closed(connection)[-3:-1], b"\xe0\x01", "its last packet")
    connection.sendall(bytes(20000))
    connection.close()
    wait_for_the_ends(path, 1)
    connection = peer.take()
    node.wait_line("probe: online")
    node.interrupt()
    until_closed(connection)
    connection.sendall(bytes(20000))
    connection.close()
    check_equal(node.program.wait_exit(), 0, "exit status")
    wait_for_the_ends(path, 2)


@on_each_board("goodbye-unanswered")
def those_that_never_close_leave_room_for_the_next(t, board):
    peer = Peer()
    node = Board(t, board, "firmware_probe", NO_BUTTON, 60, f"mqtt://{HOST}:{peer.port}")
    connections = []
    for _ in range(4):
        connections.append(peer.take(NOT_ALLOWED))
        until_closed(connections[-1])
    connections.append(peer.take())
    node.wait_line("probe: online")
    check(not any("no memory" in line for line in node.program.lines), "there was no memory for a connection")
    node.program.kill()


@case("lm3s6965evb/goodbye-without-end")
def who_never_stops_talking_is_reset_at_last(t):
    peer = Peer()
    path = os.path.join(t.directory(), "air")
    node = Board(t, "lm3s6965evb", "firmware_probe", NO_BUTTON, 60, f"mqtt://{HOST}:{peer.port}", options=air.dump(path))
    connection = peer.take(NOT_ALLOWED)
    until_closed(connection)
    following = peer.take()  # else it would be the next one's need of memory
    node.wait_line("probe: online")
    end = time.monotonic() + TIMEOUT_S
    while not resets_of(path):
        check(time.monotonic() < end, "the board listens for ever")
        try:
            connection.sendall(b"x")
        except OSError:
            pass  # it is about to be seen on the cable
        time.sleep(0.2)
    node.program.kill()
    following.close()


@on_each_board("each-way")
def many_messages_each_way_in_order(t, board):
    broker = t.mosquitto("max_queued_messages 0\n")
    watcher = broker.subscribe("probe/sent", "probe/taken", options=("-q", "2"))
    node = probe(t, board, broker)
    lines = "".join(f"{number}\n" for number in [*range(MESSAGES), "end"])
    command = ["mosquitto_pub", "-p", str(broker.port), "-t", "probe/take", "-l", "-q", "1"]
    subprocess.run(command, input=lines, text=True, check=True, timeout=TIMEOUT_S)
    watcher.wait_line(f"probe/taken {MESSAGES}$")
    broker.publish("probe/send", str(MESSAGES), "-q", "1")
    watcher.wait_line(f"probe/sent {MESSAGES - 1}$")
    check_equal(numbers_sent(watcher), list(range(MESSAGES)), "what was sent")
    check(not any("waiting" in line for line in node.program.lines), "the connection was lost")
    unused, size = node.stack()
    check(unused >= size // 4, f"of {size} bytes of stack {unused} were never used")
    node.finish()


# Between two questions no less time has passed than between the first answer and the second question, and no more than between
# the first question and the second answer. The emulator may have to wait for its turn while it sets its timer: hence the percent.
@on_each_board("clock")
def its_clock_is_that_of_the_world(t, board):
    broker = t.mosquitto()
    watcher = broker.subscribe("probe/time")
    node = probe(t, board, broker)
    asked, answered, told = [], [], []
    while not told or answered[-1] - asked[0] < 3:
        asked.append(time.monotonic())
        broker.publish("probe/clock", "")
        told.append(int(watcher.wait_line("probe/time ([0-9]+)$")[1]) / 1000)
        answered.append(time.monotonic())
    passed = told[-1] - told[0]
    check(passed >= 0.99 * (asked[-1] - answered[0]) - 0.001, f"it is slow: {passed} s of {asked[-1] - answered[0]} s")
    check(passed <= 1.01 * (answered[-1] - asked[0]) + 0.001, f"it is fast: {passed} s of {answered[-1] - asked[0]} s")
    check_equal(told, sorted(told), "its times")
    node.finish()


@on_each_board("faults")
def what_goes_wrong_is_told(t, board):
    faults = {"stack": "stack overflow$", "null": "address 00000000 at 0000[0-9a-f]*$", "trap": "at 0000[0-9a-f]*$"}
    for how, words in faults.items():
        node = Board(t, board, "firmware_fault", how, network=False)
        node.wait_line(f"mote: fault: .* {words}")
        check_equal(node.program.wait_exit(), 99, "exit status")


# It cannot end then, nor ask for anything else.
@on_each_board("no-host")
def a_host_that_is_not_there_is_told(t, board):
    node = Board(t, board, "firmware_fault", network=False, options=("-semihosting-config", "enable=off"))
    node.wait_line("mote: fault: .*: is there no host to ask. See MOTE_SEMIHOSTING$")


@on_each_board("no-lease")
def without_dhcp_it_says_so(t, board):
    node = Board(t, board, "firmware_probe", NO_BUTTON, 60, f"mqtt://{HOST}:{free_port()}", network=False)
    node.wait_line(r"probe: waiting: The network gives no address\. \(dhcp\.no_lease\)")
    node.wait_line(f"words: {HOST}: no address from DHCP")
    node.finish()


# The reason alone would not say what to do.
@on_each_board("refuses-settings")
def a_setting_that_it_cannot_use_is_named(t, board):
    node = Board(t, board, "home_switch", f"ws://{HOST}:{free_port()}")
    node.wait_line(r"waiting: .* broker: this board speaks neither WebSocket nor Unix sockets \(config\.invalid\)")
    node.finish()
    for pin, words in ((99, r"pin 99: see .* \(pin\.absent\)"), (3, r"pin 3: this board cannot .* \(config\.invalid\)")):
        if pin == 3 and board == "lm3s6965evb":
            continue  # it has no second LED
        node = Board(t, board, "firmware_probe", pin, 60, f"mqtt://{HOST}:{free_port()}", network=False)
        node.wait_line(f"mote: button: .* {words}")
        check_equal(node.program.wait_exit(), 1, "exit status")


# A router that was off for long is not found as late as that.
@on_each_board("asks-for-a-lease")
def it_asks_for_a_lease_often(t, board):
    wire = Wire(BOARDS[board]["nic"], internet=False)
    node = Board(t, board, "home_switch", f"mqtt://{HOST}:{free_port()}", wire=wire)
    times = wire.wait_for(6, is_dhcp)
    check(times[5] - times[4] < 1.5 * (times[4] - times[3]), f"it asks ever more seldom: {times}")
    node.finish()


# Too short to be a frame of Ethernet's, and too large, and far more than there is memory for.
@on_each_board("odd-frames")
def odd_frames_do_it_no_harm(t, board):
    wire = Wire(BOARDS[board]["nic"], internet=True)
    broker = t.mosquitto()
    node = Board(t, board, "home_switch", f"mqtt://{HOST}:{broker.port}", wire=wire)
    broker.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
    for number in range(2000):
        wire.send(BROADCAST, 0x88b5, bytes((0, 1, 20, 45, 46, 1500, 1501, 1900)[number % 8]))
    broker.publish(SWITCH, "on", "-q", "1")
    node.wait_led(0)
    node.finish()


# What is on it is worth nothing if half is missing, but nobody is to wonder.
@on_each_board("command-line-too-long")
def a_command_line_that_is_too_long_is_told(t, board):
    node = Board(t, board, "firmware_fault", "x" * 300, network=False)
    node.wait_line("^mote: the host has no command line, or one that is too long; what was built in counts$")
    check_equal(node.program.wait_exit(), 0, "exit status")


@on_each_board("names")
def a_broker_is_found_by_its_name(t, board):
    if not own_network.is_own():
        raise Skip("this machine does not let the test have a network of its own")
    broker = t.mosquitto()
    home_switch(t, board, broker, host="broker.test").finish()
    for host, reason in (("nobody.test", r"dns\.not_found"), ("silent.test", r"dns\.timeout")):
        node = Board(t, board, "firmware_probe", NO_BUTTON, 60, f"mqtt://{host}:{broker.port}")
        node.wait_line(rf"probe: waiting: .* \({reason}\)")
        node.finish()


own_network.enter()
if own_network.is_own():
    own_network.serve_names({"broker.test": HOST}, silent=["silent.test"])
main("chip/cortexm")
