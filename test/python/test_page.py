#!/usr/bin/python3
"""The virtual board's page for a script: what it shows, what it can do, and whom it does not answer."""

import http.client
import json

import python_test as p
from python_test import check, start
from mote_test import TIMEOUT_S, case, check_equal, main

SCRIPT = """
import time, network
from machine import Pin
from umqtt.simple import MQTTClient
led, button = Pin(2, Pin.OUT, value=1), Pin(0, Pin.IN, Pin.PULL_UP)
button.irq(lambda pin: led.value(pin.value()))
w = network.WLAN()
w.active(True)
w.connect('SSBun', 'Bz123456')
while not w.isconnected(): pass
c = MQTTClient('t', 'mqtt.server')
c.set_callback(lambda topic, msg: print('got', msg))
c.connect()
c.subscribe('in')
c.publish('out', b'\\xff')
print('ready')
while True: c.wait_msg()
"""


class Page:
    def __init__(self, t, script=SCRIPT):
        self.broker = t.mosquitto()
        self.program = start(t, script, options=("--port", "0"), MOTE_HOSTS=p.hosts(self.broker.port))
        self.port = int(self.program.wait_line(r"ready: board http://127\.0\.0\.1:(\d+)/$")[1])
        self.program.wait_line("^ready$")

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def board(self):
        status, data = self.ask("GET", "/api/board")
        check_equal(status, 200, "status")
        return json.loads(data)

    def events(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        connection.request("GET", "/api/events")
        stream = connection.getresponse()
        while True:
            name, data, _ = stream.readline(), stream.readline(), stream.readline()
            yield name.decode().strip().removeprefix("event: "), json.loads(data.decode().removeprefix("data: "))


def wait_event(events, name, is_it):
    for got, content in events:
        if got == name and is_it(content):
            return content
    return None


@case("shows")
def shows_the_board(t):
    page = Page(t)
    board = page.board()
    check_equal((board["state"], board["wifi"]["state"], board["wifi"]["ssid"], board["broker"]["state"]),
                ("online", "connected", "SSBun", "connected"), "states")
    check_equal([(pin["number"], pin["level"], pin["on"]) for pin in board["pins"]], [(0, 1, False), (2, 1, False)], "pins")
    check_equal([(m["direction"], m["topic"], m["payload"]) for m in board["messages"]], [("out", "out", "0xff")], "messages")
    events = page.events()
    next(events)
    page.broker.publish("in", "hello")
    check_equal(wait_event(events, "message", lambda m: True)["payload"], "hello", "the message")
    for path in ("/", "/board.js", "/words.js", "/board.css", "/strings.js", "/icon.svg"):
        status, data = page.ask("GET", path)
        check(status == 200 and len(data) > 100, f"{path}: {status}")


@case("controls")
def presses_the_button_and_takes_the_network_away(t):
    page = Page(t)
    events = page.events()
    led = lambda level: lambda board: any(pin["number"] == 2 and pin["level"] == level for pin in board["pins"])
    check_equal(page.ask("POST", "/api/button", {"pin": 0, "pressed": True})[0], 200, "status")
    wait_event(events, "board", led(0))
    check_equal(page.ask("POST", "/api/button", {"pin": 0, "pressed": False})[0], 200, "status")
    wait_event(events, "board", led(1))
    check_equal(page.ask("POST", "/api/air", {"ssid": "SSBun", "present": False})[0], 200, "status")
    wait_event(events, "board", lambda board: board["wifi"]["state"] != "connected")
    check_equal(page.ask("POST", "/api/air", {"ssid": "SSBun", "present": True})[0], 200, "status")
    wait_event(events, "board", lambda board: board["wifi"]["state"] == "connected")


@case("pulses")
def shows_the_pulses_of_a_script_without_a_broker(t):
    script = "from machine import PWM, Pin\nled = PWM(Pin(2), freq=100, duty=341)\nother = Pin(4, Pin.OUT)\nprint('ready')\nwhile True: pass"
    page = Page(t, script)
    board = page.board()
    check_equal((board["state"], board["reason"], board["broker"]["state"]), ("running", "", "off"), "states")
    pulses = {pin["number"]: pin.get("pulses") for pin in board["pins"]}
    check_equal(pulses, {2: {"duty": 341 / 1023, "hz": 100}, 4: None}, "pulses")


@case("pulses-end")
def shows_a_level_after_pulses(t):
    for last in ("led.duty(0)", "led.duty(1023)", "led.deinit()", "Pin(2).value(1)", "Pin(2, Pin.IN)"):
        page = Page(t, f"from machine import PWM, Pin\nled = PWM(Pin(2), duty=341)\n{last}\nprint('ready')\nwhile True: pass")
        check_equal([pin.get("pulses") for pin in page.board()["pins"]], [None], f"pulses after {last}")


@case("refuses")
def refuses_strangers_and_nonsense(t):
    page = Page(t)
    own = {"pin": 0, "pressed": True}
    for status, request in (
            (403, ("GET", "/api/board", None, {"Host": "evil.example"})),
            (403, ("GET", "/", None, {"Host": f"evil.example:{page.port}"})),
            (403, ("POST", "/api/button", own, {"Origin": "http://evil.example"})),
            (404, ("GET", "/../run.py", None, {})), (404, ("GET", "/api/nothing", None, {})), (404, ("POST", "/api/nothing", {}, {})),
            (404, ("POST", "/api/button", {"pin": 99, "pressed": True}, {})), (404, ("POST", "/api/button", {"pin": 2 ** 70, "pressed": True}, {})),
            (400, ("POST", "/api/button", {"pin": "0", "pressed": True}, {})), (400, ("POST", "/api/button", [1], {})),
            (400, ("POST", "/api/air", {"ssid": "a\0b", "present": True}, {})), (404, ("POST", "/api/air", {"ssid": "away", "present": True}, {})),
            (409, ("POST", "/api/power", {"on": False}, {})), (413, ("POST", "/api/air", {"ssid": "x" * 5000, "present": True}, {}))):
        method, path, body, headers = request
        check_equal(page.ask(method, path, body, **headers)[0], status, f"status of {method} {path} {str(body)[:60]} {headers}")
    check(page.board()["pins"][1]["level"] == 1, "the button was pressed")


@case("port-in-use")
def says_that_its_port_is_in_use(t):
    peer = p.Peer()
    lines = p.run(t, "print('no')", status=2, options=("--port", str(peer.port)))
    check_equal(lines, [f"mote: page port {peer.port}: Address already in use: choose another with --port (config.invalid)"], "what it says")


if __name__ == "__main__":
    main("python/page")
