"""What the tests of `mote run` have in common: a node's file, and a virtual board that runs.

    board = Board(t)
    board.publish(COMMAND, "on")
    board.wait_lamp(True)
"""

import contextlib
import http.client
import json
import os
import subprocess
import time

from mote_test import TIMEOUT_S, Failure, check_equal, free_port

ID = "ssbun_home_switch_1"
COMMAND = "ssbun_switch_1"
NETWORKS = ("No,thankyou-2", "SSBun")
WIFI_KEYS = ("beijing_newhome_11.3", "Bz123456")

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
