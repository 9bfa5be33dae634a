#!/usr/bin/python3
"""mote run from outside: its one line, its board over HTTP, its lamp over MQTT, its broker taken away, its end."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

import paho.mqtt.client as paho
from mote_test import TIMEOUT_S, Failure, Skip, case, check, check_equal, free_port, main

ID = "ssbun_home_switch_1"
COMMAND = "ssbun_switch_1"
NETWORKS = ("No,thankyou-2", "SSBun")
WIFI_KEYS = ("beijing_newhome_11.3", "Bz123456")
SECRET = "tOpSeCrEt-3.14"

NODE = f"""\
node: {ID}
wifi:
  networks:
    - {{ssid: "{NETWORKS[0]}", password: {WIFI_KEYS[0]}}}
    - {{ssid: {NETWORKS[1]}, password: {WIFI_KEYS[1]}}}
mqtt: {{keep_alive: 60s, retry_min: 100ms, retry_max: 500ms@URL@}}
switches:
  - {{name: lamp, pin: 2, active: low, command_topic: {COMMAND}}}
buttons:
  - {{name: button, pin: 0, active: low, toggles: lamp}}
"""


def node_file(t, text=NODE, url=None):
    path = os.path.join(t.directory(), "node.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("@URL@", "" if url is None else f', url: "{url}"'))
    return path


# ---- a virtual board ---------------------------------------------------------------------------------------------------


class Board:
    """A `mote run --board sim` that has said that it is ready."""

    def __init__(self, t, *options, url=None, text=NODE, env=None):
        self.test = t
        self.port = free_port()
        self.broker_port = free_port()
        self.program = t.start(t.build("mote"), "run", "--board", "sim", "--port", self.port, "--broker-port",
                               self.broker_port, *options, node_file(t, text, url), env=env)
        self.program.wait_line("^mote: .* ready: ")

    def request(self, method, path, body=None, headers=None, port=None):
        """Returns status, headers and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()

    def get(self):
        status, _, body = self.request("GET", "/api/board")
        check_equal(status, 200, "GET /api/board")
        return json.loads(body)

    def post(self, path, expected=200, **fields):
        body = json.dumps(fields)
        status, _, answer = self.request("POST", f"/api/{path}", body, {"Content-Type": "application/json"})
        check_equal(status, expected, f"POST /api/{path} {body}, answered {answer},")
        return json.loads(answer)

    @contextlib.contextmanager
    def listener(self):
        """The events of /api/events, as pairs of name and content."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request("GET", "/api/events")
            answer = connection.getresponse()
            check_equal((answer.status, answer.getheader("Content-Type")), (200, "text/event-stream"), "/api/events")
            yield read_events(answer)

    def wait(self, what, condition):
        """Waits until the board, as its events have it, is so; returns it."""
        board = None
        end = time.monotonic() + TIMEOUT_S
        with contextlib.suppress(OSError), self.listener() as events:
            for name, content in events:
                board = content if name == "board" else board
                if board is not None and condition(board):
                    return board
                if time.monotonic() > end:
                    break
        raise Failure(f"never {what}; it was {json.dumps(board)}")

    def wait_state(self, state, reason=None):
        return self.wait(f"{state}, {reason}", lambda board: board["state"] == state and (
            reason is None or board["reason"] == reason))

    def wait_lamp(self, on):
        return self.wait(f"lamp {on}", lambda board: lamp_of(board)["on"] == on)

    def mosquitto(self, program, *options):
        return [program, "-p", str(self.broker_port), *options]

    def publish(self, topic, payload, *options):
        run = subprocess.run(self.mosquitto("mosquitto_pub", "-t", topic, "-m", payload, *options), timeout=TIMEOUT_S,
                             capture_output=True, text=True, check=False)
        check_equal((run.returncode, run.stderr), (0, ""), "mosquitto_pub")

    def subscribe(self, *topics):
        words = [word for topic in topics for word in ("-t", topic)]
        program = self.test.start(*self.mosquitto("mosquitto_sub", "-d", "-q", "1", "-F", "%r %t %p", *words))
        program.wait_line("^Subscribed")
        return program


def read_events(stream):
    name = content = None
    for line in stream:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            content = json.loads(value)
        elif field == "" and name:
            yield name, content
            name = None


def pin_of(board, number):
    return next(pin for pin in board["pins"] if pin["number"] == number)


def lamp_of(board):
    return pin_of(board, 2)


class Watch:
    """Every level of the lamp's pin that the board's events tell, while the with lasts. Its board has the SENTINEL_AIR."""

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


# ---- the one line, the board -------------------------------------------------------------------------------------------


@case("ready-line-alone-on-stdout")
def ready_line(t):
    port, broker_port = free_port(), free_port()
    command = [t.build("mote"), "run", "--board", "sim", "--port", str(port), "--broker-port", str(broker_port), node_file(t)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          bufsize=0) as process:
        try:
            line = process.stdout.readline().decode()
            check_equal(line, f"mote: {ID} ready: board http://127.0.0.1:{port}/ broker mqtt://127.0.0.1:{broker_port}\n",
                        "the line")
            subprocess.run(["mosquitto_pub", "-p", str(broker_port), "-t", COMMAND, "-m", "on", "-q", "1"], check=True,
                           timeout=TIMEOUT_S)
        finally:
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=TIMEOUT_S)
    check_equal((process.returncode, rest), (0, b""), f"exit status and the rest of stdout ({errors.decode()})")


@case("ready-line-without-a-page")
def ready_line_without_page(t):
    port = free_port()
    program = t.start(t.build("mote"), "run", "--broker-port", port, node_file(t), env={"MOTE_BOARD": "sim"})
    found = program.wait_line("^mote: .* ready: .*")
    check_equal(found[0], f"mote: {ID} ready: broker mqtt://127.0.0.1:{port}", "the line")


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
    check(any(m["direction"] == "in" and m["topic"] == COMMAND and m["payload"] == "on" for m in messages), f"{messages}")
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


# ---- trouble -------------------------------------------------------------------------------------------------------------


def pin_levels(program):
    """The levels of the lamp's pin, as the board without a page says each change."""
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
    check_equal(before[-1], 0 if lamp == "on" else 1, "level to begin with")
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
        board.publish("sentinel", "x", "-q", "1")
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


# ---- another's broker ------------------------------------------------------------------------------------------------------


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


def goodbye(t, number):
    broker = t.mosquitto()
    watcher = broker.subscribe(f"{ID}/status")
    for options in ({}, {"page": True}):
        program = Board(t, url=broker.url).program if options else start_plain(t, broker.url)
        watcher.wait_line(f"{ID}/status online$")
        check_equal(program.stop(number), 0, "exit status")
        watcher.wait_line(f"{ID}/status offline$")
        broker.program.wait_line(f"Received DISCONNECT from {ID}$")


case("interrupt")(lambda t: goodbye(t, signal.SIGINT))
case("terminate")(lambda t: goodbye(t, signal.SIGTERM))


@case("goodbye-on-its-own-broker")
def goodbye_on_own_broker(t):
    board = Board(t)
    watcher = board.subscribe(f"{ID}/status")
    watcher.wait_line(f"{ID}/status online$")
    check_equal(board.program.stop(signal.SIGINT), 0, "exit status")
    watcher.wait_line(f"{ID}/status offline$")


@case("ends-while-listeners-and-streams-are-open")
def ends_with_listeners(t):
    board = Board(t)
    client = paho.Client("stream", transport="websockets")
    client.connect("127.0.0.1", board.port)
    client.loop_start()
    with board.listener() as events:
        next(events)
        check_equal(board.program.stop(signal.SIGTERM), 0, "exit status")
    client.loop_stop()


@case("ends-while-its-broker-is-away")
def ends_without_broker(t):
    board = Board(t, url=f"mqtt://127.0.0.1:{free_port()}")
    check_equal(board.program.stop(signal.SIGINT), 0, "exit status")


# ---- what it refuses ---------------------------------------------------------------------------------------------------


def refused(t, *words, env=None):
    """Runs it; it has to end with an error. Returns what it says."""
    run = subprocess.run([t.build("mote"), "run", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, timeout=TIMEOUT_S, check=False, env={**os.environ, **(env or {})})
    check_equal((run.returncode, run.stdout), (1, ""), f"exit status and stdout ({run.stderr})")
    check(re.match(r"mote: .*: .* \([a-z]+\.[a-z_]+\)$", run.stderr.splitlines()[0]), run.stderr)
    return run.stderr


@contextlib.contextmanager
def taken_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        place.listen()
        yield place.getsockname()[1]


@case("page-s-port-in-use")
def page_port_in_use(t):
    with taken_port() as port:
        told = refused(t, "--board", "sim", "--port", port, "--broker-port", free_port(), node_file(t))
    check(str(port) in told and "--port" in told and "(config.invalid)" in told, told)


@case("broker-s-port-in-use")
def broker_port_in_use(t):
    with taken_port() as port:
        told = refused(t, "--board", "sim", "--port", free_port(), "--broker-port", port, node_file(t))
        check(str(port) in told and "--broker-port" in told and "(config.invalid)" in told, told)
        told = refused(t, "--broker-port", port, node_file(t), env={"MOTE_BOARD": "sim"})
        check(str(port) in told and "--broker-port" in told and "(config.invalid)" in told, told)


@case("wrong-command-lines")
def wrong_command_lines(t):
    file = node_file(t)
    for words, what in (
            ([], "which file"), ([file, file], "one file"), (["--board", "arduino", file], "--board"),
            (["--port", "0", file], "--port"), (["--port", "65536", file], "--port"), (["--port", "80a", file], "--port"),
            (["--port", "", file], "--port"), (["--broker-port", "-1", file], "--broker-port"), ([file, "--port"], "--port"),
            (["--bord", "sim", file], "--bord"), (["-x", file], "-x"), (["--address", "nowhere", "--board", "sim", file],
                                                                      "nowhere")):
        told = refused(t, *words)
        check(what in told, f"{words}: {told}")


@case("wrong-files")
def wrong_files(t):
    check("1:1: unknown key 'nod'" in refused(t, node_file(t, "nod: a\n")), "the wrong key is not told")
    check("No such file" in refused(t, "/nowhere/node.yaml"), "the missing file is not told")


@case("pins-that-the-board-has-not")
def absent_pins(t):
    for pin in (7, 17, 65535, "gpiochip0/1"):
        text = NODE.replace("pin: 2,", f"pin: {pin},")
        told = refused(t, "--board", "sim", "--port", free_port(), "--broker-port", free_port(), node_file(t, text))
        check("lamp" in told and "(pin." in told, told)


@case("help")
def help_text(t):
    run = subprocess.run([t.build("mote"), "run", "--help"], capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    check(run.stdout.startswith("Usage: mote run ") and run.stderr == "", run.stdout + run.stderr)
    for option in ("--board", "--port", "--broker-port", "--address"):
        check(option in run.stdout, f"{option} is not told")


# ---- secrets -----------------------------------------------------------------------------------------------------------


def everything_told(board):
    with open(f"/proc/{board.program.process.pid}/cmdline", encoding="utf-8") as file:
        told = file.read()
    with board.listener() as events:
        told += json.dumps(next(events))
    told += json.dumps(board.get())
    for path in ("/", "/api/nothing", "/node.yaml"):
        told += board.request("GET", path)[2]
    board.program.stop()
    return told + "\n".join(board.program.lines)


@case("no-secret-is-told")
def no_secret(t):
    passwords = os.path.join(t.directory(), "passwords")
    subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, "lampist", SECRET], check=True, timeout=TIMEOUT_S)
    broker = t.mosquitto(f"password_file {passwords}\nallow_anonymous false")
    board = Board(t, url=f"mqtt://lampist:{SECRET}@127.0.0.1:{broker.port}")
    board.wait_state("online")
    told = everything_told(board)
    for secret in (SECRET, "lampist", *WIFI_KEYS):
        check(secret not in told, f"{secret!r} is told: {told}")


@case("no-wrong-secret-is-told")
def no_wrong_secret(t):
    passwords = os.path.join(t.directory(), "passwords")
    subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, "lampist", "another"], check=True, timeout=TIMEOUT_S)
    broker = t.mosquitto(f"password_file {passwords}\nallow_anonymous false")
    board = Board(t, url=f"mqtt://lampist:{SECRET}@127.0.0.1:{broker.port}",
                  env={"MOTE_SIM_AIR": f"{NETWORKS[0]}=AnotherKey99@-60;{NETWORKS[1]}={WIFI_KEYS[1]}@-70"})
    found = board.wait("refused", lambda board: board["broker"]["state"] == "refused")
    check(found["reason"] in ("mqtt.bad_auth", "mqtt.not_authorized"), found["reason"])
    check_equal(found["wifi"]["ssid"], NETWORKS[1], "network")
    told = everything_told(board)
    for secret in (SECRET, "lampist", "AnotherKey99", *WIFI_KEYS):
        check(secret not in told, f"{secret!r} is told: {told}")


# ---- HTTP ----------------------------------------------------------------------------------------------------------------


def iter_answer(port, request):
    """All that is answered, until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        connection.sendall(request)
        while data := connection.recv(65536):
            yield data


@case("files-of-the-page")
def files_of_the_page(t):
    board = Board(t)
    types = {"/": "text/html", "/index.html": "text/html", "/board.css": "text/css", "/board.js": "text/javascript",
             "/strings.js": "text/javascript", "/icon.svg": "image/svg+xml"}
    for path, kind in types.items():
        status, headers, body = board.request("GET", path)
        check_equal((status, headers["content-type"].split(";")[0]), (200, kind), path)
        check_equal(len(body.encode()), int(headers["content-length"]), f"length of {path}")
        check("default-src 'self'" in headers["content-security-policy"], f"{path} has no content security policy")
        check_equal(headers["x-content-type-options"], "nosniff", path)
        head = f"HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1:{board.port}\r\nConnection: close\r\n\r\n".encode()
        answer = b"".join(iter_answer(board.port, head))
        check(answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\n"), f"HEAD {path}: {answer}")
    for path in ("/nothing", "/api/nothing", "/../etc/passwd", "/%2e%2e/etc/passwd", "/board.js/"):
        status, headers, _ = board.request("GET", path)
        check(status in (403, 404), f"{path}: {status}")


@case("who-may-ask")
def who_may_ask(t):
    board = Board(t)
    own = f"127.0.0.1:{board.port}"
    as_json = {"Content-Type": "application/json"}
    for host, status in ((own, 200), (f"localhost:{board.port}", 200), (f"[::1]:{board.port}", 200),
                         (f"rebound.example:{board.port}", 403), ("127.0.0.1", 403), (f"127.0.0.1:{board.port + 1}", 403),
                         (f"127.0.0.1.example:{board.port}", 403), (f"localhost.example:{board.port}", 403),
                         ("", 403), (f":{board.port}", 403), ("h" * 500, 403)):
        for method, path in (("GET", "/"), ("GET", "/api/board")):
            check_equal(board.request(method, path, None, {"Host": host})[0], status, f"{path} asked of host {host!r}")
    for origin, status in ((f"http://{own}", 400), ("http://127.0.0.1:1", 403), ("null", 403),
                           (f"http://localhost:{board.port}", 403), (f"http://{own}.example", 403), ("", 400)):
        headers = {**as_json, **({"Origin": origin} if origin else {})}
        check_equal(board.request("POST", "/api/power", "{}", headers)[0], status, f"asked by origin {origin!r}")
        if status == 403:
            for path in ("/api/board", "/api/events"):
                check_equal(board.request("GET", path, None, headers)[0], 403, f"{path} asked by origin {origin!r}")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        headers = {"Content-Type": kind} if kind else {}
        status = board.request("POST", "/api/power", '{"on": false}', headers)[0]
        check_equal(status, 415, f"type {kind!r}")
    check(board.get()["power"], "it was driven")


@case("requests-that-are-wrong")
def wrong_requests(t):
    board = Board(t)
    for path, body, status in (
            ("power", "", 400), ("power", "[]", 400), ("power", "null", 400), ("power", "{", 400), ("power", "\0", 400),
            ("power", "{}", 400), ("power", '{"on": 1}', 400), ("power", '{"on": "false"}', 400), ("power", "[" * 60000, 400),
            ("air", '{"ssid": 1, "present": false}', 400), ("air", '{"ssid": "nobody", "present": false}', 404),
            ("air", '{"ssid": "SSBun"}', 400), ("broker", '{"running": null}', 400),
            ("button", '{"pin": "0", "pressed": true}', 400), ("button", '{"pin": 99, "pressed": true}', 404),
            ("button", '{"pin": 1e300, "pressed": true}', 404), ("button", '{"pin": -1, "pressed": true}', 404),
            ("button", '{"pin": 0.5, "pressed": true}', 404), ("button", '{"pin": 2, "pressed": true}', 404),
            ("publish", '{"topic": "a"}', 400), ("publish", '{"topic": "", "payload": ""}', 400),
            ("publish", '{"topic": "a/#", "payload": ""}', 400),
            ("publish", json.dumps({"topic": "t" * 70000, "payload": ""}), 413), ("nothing", "{}", 404), ("", "{}", 404)):
        found, headers, answer = board.request("POST", f"/api/{path}", body, {"Content-Type": "application/json"})
        what = f"{path} {body[:60]!r}"
        check_equal((found, headers["content-type"]), (status, "application/json"), what)
        check(json.loads(answer)["error"] and json.loads(answer)["reason"], f"{what}: {answer}")
    for method, status in (("PUT", 405), ("DELETE", 405), ("OPTIONS", 405), ("PATCH", 405)):
        check_equal(board.request(method, "/api/power", '{"on": false}', {"Content-Type": "application/json"})[0], status,
                    method)
    found = board.get()
    check_equal((found["power"], found["state"], lamp_of(found)["level"], pin_of(found, 0)["level"]),
                (True, "online", 1, 1), "the board")


def say(port, *pieces):
    """Says it and returns what is answered, or b"" if the connection is closed without an answer."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        with contextlib.suppress(ConnectionError):
            return connection.recv(65536)
    return b""


@case("rubbish-does-not-end-it")
def rubbish(t):
    board = Board(t)
    host = f"Host: 127.0.0.1:{board.port}\r\n".encode()
    post = b"POST /api/power HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\n"
    say(board.port, b"GET / HTTP/1.1\r\n" + host + b"X: " + b"x" * 100000 + b"\r\n\r\n")
    say(board.port, b"GET / HTTP/1.1\r\n" + host + b"X: x\r\n" * 20000 + b"\r\n")
    say(board.port, b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\n" + host + b"\r\n")
    say(board.port, b"GET /\xff\x00%00%zz HTTP/1.1\r\n" + host + b"\r\n")
    say(board.port, b"BREW / HTTP/1.1\r\n" + host + b"\r\n")
    say(board.port, bytes(range(256)) * 100 + b"\r\n\r\n")
    say(board.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n")
    say(board.port, b"\x10\x0c\x00\x04MQTT\x04\x02\x00<\x00\x00\r\n\r\n")
    check(say(board.port, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 403"), "no host")
    check(say(board.port, post + b"\r\n").startswith(b"HTTP/1.1 411"), "no length")
    check(say(board.port, post + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n").startswith(b"HTTP/1.1 411"), "chunked")
    check(say(board.port, post + b"Content-Length: -5\r\n\r\n{}").startswith(b"HTTP/1.1 411"), "negative length")
    check(say(board.port, post + b"Content-Length: 99999999999999999999\r\n\r\n").startswith(b"HTTP/1.1 411"), "absurd length")
    check(say(board.port, post + b"Content-Length: 200000\r\n\r\n", b"x" * 200000)[:12] in (b"HTTP/1.1 413", b""), "huge body")
    with socket.create_connection(("127.0.0.1", board.port)) as silent, \
         socket.create_connection(("127.0.0.1", board.port)) as halved:
        silent.sendall(b"GET /")
        halved.sendall(post + b"Content-Length: 100\r\n\r\n{")
        check_equal(board.get()["state"], "online", "state")
        check_equal(board.program.is_running(), True, "still there")


@case("no-request-hides-in-a-refused-one-s-body")
def smuggling(t):
    board = Board(t)
    host = f"Host: 127.0.0.1:{board.port}\r\n".encode()
    hidden = b"POST /api/power HTTP/1.1\r\n" + host + b'Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{"on":false}'
    length = f"Content-Length: {len(hidden)}\r\n\r\n".encode()
    for line, headers in (
            (b"POST /api/air HTTP/1.1\r\n", b"Content-Type: text/plain\r\n"),
            (b"POST /api/air HTTP/1.1\r\n", b"Content-Type: text/plain\r\nOrigin: http://evil.example\r\n"),
            (b"GET /api/board HTTP/1.1\r\n", b"Content-Type: text/plain\r\n"),
            (b"PUT /api/board HTTP/1.1\r\n", b"Content-Type: text/plain\r\nOrigin: http://evil.example\r\n"),
            (b"GET / HTTP/1.1\r\n", b"Origin: http://evil.example\r\n")):
        for pieces in ((line + host + headers + length + hidden,), (line + host + headers + length, hidden)):
            say(board.port, *pieces)
            check(board.get()["power"], f"{line + headers} brought a request in its body")


# ---- MQTT over WebSocket -----------------------------------------------------------------------------------------------


@case("mqtt-over-websocket")
def websocket(t):
    board = Board(t)
    for version in (paho.MQTTv311, paho.MQTTv5):
        got = []
        arrived = threading.Event()
        subscribed = threading.Event()
        client = paho.Client(f"page-{version}", protocol=version, transport="websockets")
        client.on_connect = lambda client, *_: client.subscribe(f"{ID}/lamp/state", 1)
        client.on_subscribe = lambda *_: subscribed.set()

        def on_message(_client, _data, message, got=got, arrived=arrived):
            got.append(message.payload)
            if message.payload == b"on":
                arrived.set()

        client.on_message = on_message
        client.connect("127.0.0.1", board.port)
        client.loop_start()
        check(subscribed.wait(TIMEOUT_S), "no SUBACK")
        client.publish(COMMAND, "on", 2).wait_for_publish()
        check(arrived.wait(TIMEOUT_S), f"no state; got {got}")
        client.publish(COMMAND, "off", 1).wait_for_publish()
        client.publish("large", b"x" * 200000, 1).wait_for_publish()
        client.disconnect()
        client.loop_stop()
        board.wait_lamp(False)


@case("large-message-over-websocket")
def large_over_websocket(t):
    board = Board(t)
    payload = bytes(i * 7 & 255 for i in range(300000))
    got = []
    arrived = threading.Event()
    subscribed = threading.Event()
    client = paho.Client("large", transport="websockets")
    client.on_connect = lambda client, *_: client.subscribe("large", 1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _client, _data, message: (got.append(message.payload), arrived.set())
    client.connect("127.0.0.1", board.port)
    client.loop_start()
    check(subscribed.wait(TIMEOUT_S), "no SUBACK")
    client.publish("large", payload, 1)
    check(arrived.wait(TIMEOUT_S) and got[0] == payload, "it does not come back as it was")
    client.disconnect()
    client.loop_stop()


def upgrade(board, *headers):
    lines = [b"GET /mqtt HTTP/1.1", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *(header.encode() for header in headers)]
    return say(board.port, b"\r\n".join(lines) + b"\r\n\r\n")


@case("who-may-open-a-websocket")
def who_may_open_websocket(t):
    board = Board(t)
    own = f"127.0.0.1:{board.port}"
    host = f"Host: {own}"
    mqtt = "Sec-WebSocket-Protocol: mqtt"
    check(upgrade(board, host, mqtt).startswith(b"HTTP/1.1 101"), "refused without an origin")
    check(upgrade(board, host, mqtt, f"Origin: http://{own}").startswith(b"HTTP/1.1 101"), "refused to its own page")
    for headers in ((host, mqtt, "Origin: http://evil.example"), (host, mqtt, "Origin: null"),
                    (host, mqtt, f"Origin: http://{own}", "Origin: http://evil.example"),
                    (f"Host: rebound.example:{board.port}", mqtt), (mqtt,), (host,), (host, "Sec-WebSocket-Protocol: http"),
                    (host, "Sec-WebSocket-Protocol: loop"), (host, "Sec-WebSocket-Protocol: mqttv3.1")):
        answer = upgrade(board, *headers)
        check(b" 101 " not in answer, f"{headers} is let in: {answer}")
    with taken_port() as port:
        elsewhere = Board(t, url=f"mqtt://127.0.0.1:{port}")
        answer = upgrade(elsewhere, f"Host: 127.0.0.1:{elsewhere.port}", mqtt)
        with contextlib.suppress(OSError):
            check_equal(elsewhere.program.is_running(), True, f"there, after {answer}")


@case("websocket-rubbish-does-not-end-it")
def websocket_rubbish(t):
    board = Board(t)
    head = (f"GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1:{board.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")
    for frame in (b"\x82\x85\0\0\0\0hello", b"\x81\x85\0\0\0\0hello", b"\x82\x05hello", b"\xff" * 64, b"\x88\x80\0\0\0\0",
                  b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", b"\x82\x80\0\0\0\0" * 100, b"\x89\xff\xff"):
        with socket.create_connection(("127.0.0.1", board.port), TIMEOUT_S) as connection:
            connection.sendall(head.encode())
            check(b" 101 " in connection.recv(4096), "no upgrade")
            connection.sendall(frame)
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while connection.recv(4096):
                    pass
    board.publish(COMMAND, "on")
    board.wait_lamp(True)


# ---- on the machine ----------------------------------------------------------------------------------------------------


def listening(family):
    """What the kernel says of every TCP listener: address and port in hexadecimal."""
    with open(f"/proc/net/{family}", encoding="ascii") as file:
        rows = [line.split() for line in file]
    return [row[1] for row in rows if row[3] == "0A"]


def check_listeners(port, tcp, tcp6):
    for family, addresses in (("tcp", tcp), ("tcp6", tcp6)):
        found = [place for place in listening(family) if place.endswith(f":{port:04X}")]
        check_equal(found, [f"{address}:{port:04X}" for address in addresses], f"{family} listeners on port {port}")


@case("listens-on-loopback-only")
def loopback_only(t):
    board = Board(t)
    for port in (board.port, board.broker_port):
        check_listeners(port, ["0100007F"], [])


@case("listens-on-ipv6")
def ipv6(t):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        raise Skip("this machine has no ::1") from error
    board_port, broker_port = free_port(), free_port()
    program = t.start(t.build("mote"), "run", "--board", "sim", "--address", "::1", "--port", board_port, "--broker-port",
                      broker_port, node_file(t))
    found = program.wait_line("^mote: .* ready: .*")
    check_equal(found[0], f"mote: {ID} ready: board http://[::1]:{board_port}/ broker mqtt://[::1]:{broker_port}", "the line")
    for port in (board_port, broker_port):
        check_listeners(port, [], ["00000000000000000000000001000000"])
    connection = http.client.HTTPConnection("::1", board_port, timeout=TIMEOUT_S)
    with contextlib.closing(connection):
        connection.request("GET", "/api/board")
        check_equal(json.loads(connection.getresponse().read())["state"], "online", "state")


def effort(pid):
    """How often it has gone to sleep, and its processor time in ticks."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        sleeps = int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", file.read(), re.M)[1])
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return sleeps, int(fields[11]) + int(fields[12])


def effort_of_idling(program, seconds):
    before = effort(program.process.pid)
    time.sleep(seconds)  # this is what is measured
    return tuple(after - earlier for after, earlier in zip(effort(program.process.pid), before))


@case("idles-without-effort")
def idles(t):
    board = Board(t, text=NODE.replace(", retry_min: 100ms, retry_max: 500ms", ""))
    broker = t.mosquitto()
    plain = start_plain(t, broker.url)
    plain.wait_line("^mote: .* ready: ")
    with board.listener() as events:
        next(events)
        for what, path, fields in (("online", None, {}), ("without its broker", "broker", {"running": False}),
                                   ("without power", "power", {"on": False})):
            if path:
                board.post(path, **fields)
            for name, program in (("with a page", board.program), ("without a page", plain)):
                sleeps, ticks = effort_of_idling(program, 3)
                check(sleeps <= 100, f"{what}, {name}: {sleeps} times awake in 3 s")
                check(ticks <= 30, f"{what}, {name}: {ticks} ticks of processor time in 3 s")


main("interop/run")
