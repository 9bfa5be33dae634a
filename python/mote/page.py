"""The virtual board's page for a script: the files of `mote run --board sim`, and what they ask for as JSON. A server of Python's own in a thread
of its own; it only ever looks at the board, presses its button, and takes its access points away."""

import http.server
import json
import os
import sys
import threading
import time

from mote import _mote, traffic

FILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "board")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml"}
WIFI_STATES = ("off", "searching", "connecting", "connected")
ACTIVE_LOW = {0: "button", 2: "led"}  # what is on the board itself
DUTY_MAX = 1023
LOOK_S = 0.05
BODY_MAX = 4096
POLICY = "default-src 'self'; frame-ancestors 'none'"


class Refusal(Exception):
    def __init__(self, status, words, reason="config.invalid"):
        super().__init__(words)
        self.status = status
        self.reason = reason


# --- The board as JSON ---

def _because(reason):
    return {"reason": "" if reason == "ok" else reason, "words": "", "next": ""}


def _pin(number, output, level, duty, hz):
    low = number in ACTIVE_LOW
    pin = {"number": number, "name": ACTIVE_LOW.get(number, f"pin {number}"), "direction": "output" if output else "input",
           "active": "low" if low else "high", "level": level, "on": level == (0 if low else 1)}
    return {**pin, "on": True, "pulses": {"duty": duty / DUTY_MAX, "hz": hz}} if duty >= 0 else pin


def _wifi(state, reason, ssid, signal_dbm, address):
    lost = state == 1 and reason == "wifi.lost"
    return {"state": "lost" if lost else WIFI_STATES[state], "ssid": ssid.decode(errors="replace"), "signal_dbm": signal_dbm,
            "address": address, "mac": "", **_because("ok" if state in (0, 3) else reason)}


def _broker(client):
    if client is None:
        return {"url": "", "embedded": False, "running": True, "state": "off", **_because("ok")}
    return {"url": f"mqtt://{client.server}:{client.port}", "embedded": False, "running": True,
            "state": "connected" if client.connected else "waiting" if client.reason != "ok" else "connecting",
            **_because("ok" if client.connected else client.reason)}


class Board:
    def __init__(self, name):
        self.name = os.path.splitext(os.path.basename(name))[0]
        self.log = traffic.start()

    def state(self):
        """All but the messages and the time."""
        pins, air, wifi = _mote.board_look()
        client = next(iter(traffic.clients), None)
        broker = _broker(client)
        return {"node": self.name, "state": "running" if client is None else "online" if client.connected else "waiting",
                **{key: broker[key] for key in ("reason", "words", "next")}, "power": True, "wifi": _wifi(*wifi),
                "air": [{"ssid": ssid.decode(errors="replace"), "signal_dbm": dbm, "present": present} for ssid, dbm, present in air],
                "broker": broker, "setup": None, "pins": [_pin(*pin) for pin in pins], "switches": [],
                "buttons": [{"name": ACTIVE_LOW[0], "pin": 0} for number, output, *_ in pins if number == 0 and not output]}

    def with_time(self, state):
        return {**state, "uptime_s": int(time.monotonic() - self.log.started)}

    def events(self):
        """For ever: (name, content), None where nothing has changed."""
        before, seen = None, self.log.count
        while True:
            state = self.state()
            if state != before:
                yield "board", self.with_time(state)
            before = state
            for message in [message for message in list(self.log.messages) if message["id"] > seen]:
                seen = message["id"]
                yield "message", message
            yield None
            time.sleep(LOOK_S)

    # --- What one can do to it ---

    def button(self, request):
        pin, pressed = request.get("pin"), request.get("pressed")
        if not isinstance(pin, int) or not isinstance(pressed, bool):
            raise Refusal(400, 'expected {"pin": NUMBER, "pressed": true or false}')
        if not _mote.board_press(pin if 0 <= pin < 17 else -1, pressed):
            raise Refusal(404, "there is no button at this pin", "pin.absent")

    def air(self, request):
        ssid, present = request.get("ssid"), request.get("present")
        if not isinstance(ssid, str) or not isinstance(present, bool) or "\0" in ssid:
            raise Refusal(400, 'expected {"ssid": "...", "present": true or false}')
        if not _mote.board_air_present(ssid, present):
            raise Refusal(404, "there is no such access point", "wifi.no_network")

    def power(self, _request):
        raise Refusal(409, "a script's board keeps its power: end the script instead")


# --- The server ---

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "mote"
    sys_version = ""

    def log_message(self, *_):
        pass

    def is_own(self):
        """Another site's page can neither read nor drive it, also not by a name that it points here."""
        host = self.headers.get("Host", "")
        names = {f"{name}:{self.server.server_port}" for name in ("127.0.0.1", "localhost")}
        origin = self.headers.get("Origin")
        return host in names and origin in (None, f"http://{host}")

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, status, content):
        self.answer(status, "application/json", json.dumps(content).encode())

    def refuse(self, refusal):
        self.close_connection = True
        self.answer_json(refusal.status, {"error": str(refusal), "reason": refusal.reason})

    def do_GET(self):
        board = self.server.board
        if not self.is_own():
            self.refuse(Refusal(403, "this page is for its own address"))
        elif self.path == "/api/board":
            self.answer_json(200, {**board.with_time(board.state()), "messages": list(board.log.messages)})
        elif self.path == "/api/events":
            self.send_events()
        else:
            self.send_file(self.path.partition("?")[0])

    def send_file(self, path):
        name = "index.html" if path == "/" else path[1:]
        kind = TYPES.get(os.path.splitext(name)[1])
        if kind is None or name not in os.listdir(FILES):
            self.refuse(Refusal(404, "there is no such page"))
            return
        with open(os.path.join(FILES, name), "rb") as file:
            self.answer(200, kind, file.read())

    def send_events(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        try:
            for event in self.server.board.events():
                if event is not None:
                    self.wfile.write(f"event: {event[0]}\ndata: {json.dumps(event[1])}\n\n".encode())
        except OSError:
            pass  # the page has been closed

    def do_POST(self):
        try:
            self.server.board_control(self.path, self.read_request())
            self.answer_json(200, {})
        except Refusal as refusal:
            self.refuse(refusal)

    def read_request(self):
        size = self.headers.get("Content-Length", "")
        if not self.is_own():
            raise Refusal(403, "this page is for its own address")
        if not size.isdecimal() or int(size) > BODY_MAX:
            raise Refusal(413, "expected a JSON object of at most 4096 bytes")
        try:
            request = json.loads(self.rfile.read(int(size)))
        except ValueError:
            request = None
        if not isinstance(request, dict):
            raise Refusal(400, "expected a JSON object")
        return request


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def board_control(self, path, request):
        controls = {"/api/button": self.board.button, "/api/air": self.board.air, "/api/power": self.board.power}
        if path not in controls:
            raise Refusal(404, "there is nothing to do there")
        controls[path](request)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), OSError):  # a browser that has gone away is no news of the script's
            super().handle_error(request, client_address)


def start(name, port):
    """Serves from now on. Returns the page's address."""
    server = Server(("127.0.0.1", port), Handler)
    server.board = Board(name)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"
