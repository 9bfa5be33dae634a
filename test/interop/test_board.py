#!/usr/bin/python3
"""The virtual board of mote run: its lamp over MQTT and HTTP, its button, and what becomes of it when the broker, the access
points or the power are taken away."""

import contextlib
import http.client
import json
import re
import socket
import threading

import paho.mqtt.client as paho
from board_test import COMMAND, ID, NETWORKS, NODE, WIFI_KEYS, Board, lamp_of, node_file, pin_of
from mote_test import TIMEOUT_S, case, check, check_equal, free_port, main

class Watch:
    """Every level of the lamp's pin that the events of the board tell; the board has the SENTINEL_AIR."""

    def __init__(self, board):
        self.board = board
        self.levels = []
        self.sentinel = None
        self.news = threading.Condition()

    def __enter__(self):
        threading.Thread(target=self.read, daemon=True).start()
        self.wait_sentinel(True)
        return self

    def read(self):
        with contextlib.suppress(OSError, http.client.HTTPException), self.board.listener() as events:
            for name, board in events:
                if name == "board":
                    with self.news:
                        self.levels.append(lamp_of(board)["level"])
                        self.sentinel = next(point["present"] for point in board["air"] if point["ssid"] == "Sentinel")
                        self.news.notify_all()

    def wait_sentinel(self, present):
        with self.news:
            check(self.news.wait_for(lambda: self.sentinel == present, TIMEOUT_S), "the events do not come")

    def seen(self):
        """The different levels of all events that have come until now, one after the other."""
        self.board.post("air", ssid="Sentinel", present=False)
        self.wait_sentinel(False)
        self.board.post("air", ssid="Sentinel", present=True)
        self.wait_sentinel(True)
        return [level for level, before in zip(self.levels, [None, *self.levels]) if level != before]

    def __exit__(self, *_):
        return False


SENTINEL_AIR = {"MOTE_SIM_AIR": f"{NETWORKS[0]}={WIFI_KEYS[0]}@-48;{NETWORKS[1]}={WIFI_KEYS[1]}@-59;Sentinel@-80"}


# ---- the lamp and its messages -------------------------------------------------------------------------------------


@case("board-as-json")
def board_as_json(t):
    board = Board(t)
    status, headers, body = board.request("GET", "/api/board")
    check_equal((status, headers["content-type"]), (200, "application/json"), "status and type")
    found = json.loads(body)
    check_equal([found[key] for key in ("node", "state", "reason")], [ID, "online", ""], "node, state and reason")
    lamp, button = found["pins"]
    check_equal({key: lamp[key] for key in ("number", "name", "level", "on")},
                {"number": 2, "name": "lamp", "level": 1, "on": False}, "the lamp's pin")
    check_equal({key: button[key] for key in ("number", "name", "level", "on")},
                {"number": 0, "name": "button", "level": 1, "on": False}, "the button's pin")
    check_equal(found["broker"]["url"], f"mqtt://127.0.0.1:{board.broker_port}", "the broker's URL")
    check(found["wifi"]["state"] == "connected" and found["wifi"]["ssid"] in NETWORKS, f"WiFi {found['wifi']}")
    check_equal(sorted(point["ssid"] for point in found["air"]), sorted(NETWORKS), "the air")


@case("command-lights-the-lamp")
def command_lights(t):
    board = Board(t)
    watcher = board.subscribe(f"{ID}/#")
    watcher.wait_line(f"^1 {ID}/lamp/state off$")
    for payload, on in (("ON", True), ("off", False), ("oN", True), ("", False), ("on", True), ("anything", False)):
        board.publish(COMMAND, payload)
        level = lamp_of(board.wait_lamp(on))["level"]
        check_equal(level, 0 if on else 1, f"level after {payload!r}")
        watcher.wait_line(f"^0 {ID}/lamp/state {'on' if on else 'off'}$")


@case("retained-state-and-status")
def retained_state(t):
    board = Board(t)
    board.publish(COMMAND, "ON")
    board.wait_lamp(True)
    late = board.subscribe(f"{ID}/lamp/state", f"{ID}/status")
    late.wait_line(rf"^[01] {ID}/lamp/state on$")
    again = board.subscribe(f"{ID}/status")
    again.wait_line(f"^1 {ID}/status online$")


@case("button-toggles")
def button_toggles(t):
    board = Board(t)
    for on in (True, False):
        board.post("button", pin=0, pressed=True)
        check_equal(pin_of(board.wait_lamp(on), 0)["level"], 0, "level of the pressed button")
        board.post("button", pin=0, pressed=False)
        found = board.wait("released", lambda board: pin_of(board, 0)["level"] == 1)
        check_equal(lamp_of(found)["on"], on, "lamp after the release")


@case("page-publishes")
def page_publishes(t):
    board = Board(t)
    watcher = board.subscribe(COMMAND)
    board.post("publish", topic=COMMAND, payload="on")
    watcher.wait_line(f"^0 {COMMAND} on$")
    board.wait_lamp(True)
    messages = board.get()["messages"]
    came = [m["payload"] for m in messages if m["direction"] == "in" and m["topic"] == COMMAND]
    check_equal(came, ["on"], "commands that came")
    check_equal([m["id"] for m in messages], sorted(m["id"] for m in messages), "the order of the messages")


@case("page-publishes-more-than-fits")
def page_publishes_more_than_fits(t):
    board = Board(t)
    board.post("publish", topic=COMMAND, payload="on" * 30000)
    board.post("publish", topic="t" * 60000, payload="on")
    board.post("publish", topic=COMMAND, payload="on")
    found = board.wait_lamp(True)
    check_equal((found["state"], len(board.get()["messages"][-1]["payload"]) > 0), ("online", True), "the board")


@case("two-hundred-messages-are-kept")
def messages_are_bounded(t):
    board = Board(t)
    client = paho.Client("flood")
    client.connect("127.0.0.1", board.broker_port)
    client.loop_start()
    for i in range(300):
        client.publish(COMMAND, f"message {i}", 1).wait_for_publish()
    client.publish(COMMAND, "on", 1).wait_for_publish()
    board.wait_lamp(True)
    client.disconnect()
    client.loop_stop()
    messages = board.get()["messages"]
    check_equal(len(messages), 200, "messages kept")
    check_equal(messages[-1]["id"] - messages[0]["id"], 199, "their ids' span")


@case("payloads-that-are-no-text")
def payloads_that_are_no_text(t):
    board = Board(t)
    with board.listener() as events:
        client = paho.Client("binary")
        client.connect("127.0.0.1", board.broker_port)
        client.loop_start()
        payloads = [b"\xff\x00on", b'"}{\\\x01\x7f', "灯 on".encode(), b"x" * 700, b"x" * 5000,
                    "灯".encode() * 300, "ab灯".encode() * 1000]
        for payload in payloads:
            client.publish(COMMAND, payload, 1).wait_for_publish()
        client.publish(COMMAND, "end", 1).wait_for_publish()
        shown, cut = [], []
        while not shown or shown[-1] != "end":
            name, content = next(events)
            if name == "message" and content["topic"] == COMMAND:
                shown.append(content["payload"])
                cut.append(content["size"] if content["cut"] else None)
        client.disconnect()
        client.loop_stop()
    check_equal(shown[:3], ["0xff006f6e", '"}{\\\x01\x7f', "灯 on"], "payloads as shown")
    check([set(text) for text in shown[3:7]] == [{"x"}, {"x"}, {"灯"}, set("ab灯")], f"long ones as shown: {shown[3:7]}")
    check_equal(cut, [None, None, None, 700, 5000, 900, 5000, None], "sizes of those that are cut")
    check_equal(lamp_of(board.get())["on"], False, "lamp")


# ---- trouble -------------------------------------------------------------------------------------------------------


def pin_levels(program):
    """The levels of the lamp's pin, as the board without a page says each change; it begins as off, at 1."""
    return [int(line[-1]) for line in program.lines if re.fullmatch("sim: pin 2 = [01]", line)]


# Messages to a client keep their order: once the sentinel is on, all that was sent before has been obeyed, or has not.
SENTINEL = "  - {name: sentinel, pin: 4, command_topic: sentinel}\nbuttons:"


def start_plain(t, url):
    file = node_file(t, NODE.replace("buttons:", SENTINEL), url)
    return t.start(t.build("mote"), "run", file, env={"MOTE_BOARD": "sim"})


def wait_subscribed(broker):
    broker.program.wait_line(f"Received SUBSCRIBE from {ID}")
    broker.program.wait_line(f"Sending SUBACK to {ID}")


def settle(broker, program):
    broker.publish("sentinel", "on", "-q", "1")
    program.wait_line("^sim: pin 4 = 1$")
    broker.publish("sentinel", "off", "-q", "1")
    program.wait_line("^sim: pin 4 = 0$")


@case("retained-command-is-not-obeyed")
def retained_command(t):
    broker = t.mosquitto()
    broker.publish(COMMAND, "on", "-r", "-q", "1")
    program = start_plain(t, broker.url)
    wait_subscribed(broker)
    settle(broker, program)
    check(0 not in pin_levels(program), f"the lamp was lit: {pin_levels(program)}")
    broker.publish(COMMAND, "on", "-q", "1")
    program.wait_line("^sim: pin 2 = 0$")


def end_and_restart(t, lamp, retained):
    """The broker ends and comes back with a command that it has kept and that the lamp does not obey."""
    broker = t.mosquitto(f"persistence true\npersistence_location {t.directory()}/")
    broker.publish(COMMAND, retained, "-r", "-q", "1")
    program = start_plain(t, broker.url)
    wait_subscribed(broker)
    broker.publish(COMMAND, lamp, "-q", "1")
    settle(broker, program)
    before = pin_levels(program)
    check_equal(before, [0] if lamp == "on" else [], "levels to begin with")
    broker.stop()
    program.wait_line(rf"^mote: {ID}: .*\(tcp\.(reset|refused)\)$")
    # Away for a while, so that more than one attempt fails.
    knocks = knock_counter(broker.port, 3)
    knocks.join(TIMEOUT_S)
    check(not knocks.is_alive(), "the node does not try again")
    broker.start()
    wait_subscribed(broker)
    program.wait_line(f"^mote: {ID}: online$")
    settle(broker, program)
    check_equal(broker.retained(f"{ID}/status"), "online", "status")
    check_equal(pin_levels(program), before, "levels of the lamp's pin")
    broker.publish(COMMAND, retained, "-q", "1")
    program.wait_line(f"^sim: pin 2 = {0 if retained == 'on' else 1}$")


case("broker-ends-and-comes-back-lamp-on")(lambda t: end_and_restart(t, "on", "off"))
case("broker-ends-and-comes-back-lamp-off")(lambda t: end_and_restart(t, "off", "on"))


def knock_counter(port, count):
    """Listens in the broker's place, and hangs up on so many before it leaves."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", port))
    place.listen()
    place.settimeout(TIMEOUT_S)

    def hang_up():
        with place, contextlib.suppress(OSError):
            for _ in range(count):
                place.accept()[0].close()

    thread = threading.Thread(target=hang_up, daemon=True)
    thread.start()
    return thread


@case("board-while-its-broker-is-stopped")
def board_while_broker_is_stopped(t):
    board = Board(t, env=SENTINEL_AIR)
    board.publish(COMMAND, "on")
    board.wait_lamp(True)
    with Watch(board) as watch:
        board.post("broker", running=False)
        found = board.wait("down", lambda board: board["state"] != "online" and board["reason"])
        check(found["reason"] in ("tcp.reset", "tcp.refused"), found["reason"])
        check(found["words"] and found["next"], "no words for it")
        check(not found["broker"]["running"], "it is said to run")
        board.post("publish", 503, topic=COMMAND, payload="off")
        board.wait_state("waiting", "tcp.refused")
        board.post("broker", running=True)
        board.wait_state("online")
        check_equal(watch.seen(), [0], "levels of the lamp's pin")
        board.publish(COMMAND, "off")
        board.wait_lamp(False)


@case("access-points-are-taken-away")
def access_points(t):
    board = Board(t, env=SENTINEL_AIR)
    board.publish(COMMAND, "on")
    joined = board.wait_lamp(True)["wifi"]["ssid"]
    other = next(ssid for ssid in NETWORKS if ssid != joined)
    with Watch(board) as watch:
        board.post("air", ssid=joined, present=False)
        board.wait(f"on {other}", lambda board: board["state"] == "online" and board["wifi"]["ssid"] == other)
        board.post("air", ssid=other, present=False)
        found = board.wait_state("joining", "wifi.no_network")
        check_equal((found["wifi"]["address"], found["broker"]["state"]), ("", "off"), "address and broker")
        board.post("air", ssid=joined, present=True)
        found = board.wait_state("online")
        check_equal(found["wifi"]["ssid"], joined, "network")
        check_equal(watch.seen(), [0], "levels of the lamp's pin")
    board.publish(COMMAND, "off")
    board.wait_lamp(False)


@case("nothing-that-was-said-to-an-absent-node-is-obeyed-late")
def not_obeyed_late(t):
    board = Board(t, env=SENTINEL_AIR)
    for ssid in NETWORKS:
        board.post("air", ssid=ssid, present=False)
    board.wait("away", lambda board: board["state"] == "joining")
    # From outside and from the page, which may refuse it but must not keep it for later.
    board.publish(COMMAND, "on", "-q", "1")
    board.request("POST", "/api/publish", json.dumps({"topic": COMMAND, "payload": "on"}),
                  {"Content-Type": "application/json"})
    with Watch(board) as watch:
        for ssid in NETWORKS:
            board.post("air", ssid=ssid, present=True)
        board.wait_state("online")
        board.post("publish", topic=COMMAND, payload="off")
        board.wait("the end", lambda _: any(
            m["topic"] == COMMAND and m["payload"] == "off" for m in board.get()["messages"]))
        check_equal(watch.seen(), [1], "levels of the lamp's pin")


@case("page-does-not-keep-for-later-what-cannot-be-sent")
def page_keeps_nothing(t):
    broker = t.mosquitto()
    board = Board(t, url=broker.url)
    board.post("publish", topic=COMMAND, payload="ON")
    board.wait_lamp(True)
    for ssid in NETWORKS:
        board.post("air", ssid=ssid, present=False)
    board.wait("away", lambda board: board["state"] == "joining")
    check_equal(board.post("publish", 503, topic=COMMAND, payload="off")["reason"], "wifi.lost", "reason")


@case("power-cut")
def power_cut(t):
    board = Board(t)
    board.publish(COMMAND, "on")
    board.wait_lamp(True)
    watcher = board.subscribe(f"{ID}/status")
    watcher.wait_line(f"^1 {ID}/status online$")
    board.post("power", on=False)
    watcher.wait_line(f"^0 {ID}/status offline$")
    dark = board.get()
    check_equal((dark["power"], dark["state"], dark["reason"]), (False, "stopped", ""), "power, state and reason")
    check_equal([pin["on"] for pin in dark["pins"]], [False, False], "pins")
    board.publish(COMMAND, "on", "-q", "1")
    board.post("button", pin=0, pressed=True)
    board.post("button", pin=0, pressed=False)
    board.post("power", on=True)
    watcher.wait_line(f"^0 {ID}/status online$")
    check_equal(lamp_of(board.wait_state("online"))["on"], False, "lamp after the power cut")
    board.publish(COMMAND, "on")
    board.wait_lamp(True)


@case("power-cut-with-boot-on")
def power_cut_with_boot_on(t):
    board = Board(t, text=NODE.replace("active: low, command_topic", "active: low, boot: on, command_topic"))
    board.publish(COMMAND, "off")
    board.wait_lamp(False)
    board.post("power", on=False)
    board.post("power", on=True)
    check_equal(lamp_of(board.wait_state("online"))["on"], True, "lamp after the power cut")


@case("power-and-broker-again-and-again")
def again_and_again(t):
    board = Board(t)
    for _ in range(20):
        board.post("power", on=False)
        board.post("broker", running=False)
        board.post("power", on=True)
        board.post("broker", running=True)
    board.wait_state("online")
    board.publish(COMMAND, "on")
    board.wait_lamp(True)


# ---- another's broker ----------------------------------------------------------------------------------------------


@case("offline-by-will")
def offline_by_will(t):
    broker = t.mosquitto()
    watcher = broker.subscribe(f"{ID}/status")
    board = Board(t, url=broker.url)
    watcher.wait_line(f"{ID}/status online$")
    board.program.kill()
    watcher.wait_line(f"{ID}/status offline$")
    check_equal(broker.retained(f"{ID}/status"), "offline", "status kept")


@case("another-s-broker-is-not-the-page-s")
def not_its_own_broker(t):
    broker = t.mosquitto()
    board = Board(t, url=broker.url)
    found = board.get()["broker"]
    check_equal((found["embedded"], found["url"]), (False, broker.url), "broker")
    board.post("broker", 409, running=False)
    board.post("publish", topic=COMMAND, payload="ON")
    board.wait_lamp(True)


@case("starts-without-its-broker")
def starts_without_broker(t):
    board = Board(t, url=f"mqtt://127.0.0.1:{free_port()}")
    found = board.wait_state("waiting", "tcp.refused")
    check(found["words"] and found["next"], "no words for it")


main("interop/board")
