#!/usr/bin/python3
"""The setup portal as a phone meets it: over real sockets, from the first probe to the broker that hears of the device."""

import http.client
import socket
import struct
import time

from mote_test import TIMEOUT_S, case, check, check_equal, free_port, main

AIR = "home=key of home;free@-70"


class Device:
    """examples/setup on a virtual board, with its servers on ports of their own."""

    def __init__(self, t):
        self.http, self.dns = free_port(), free_port()
        env = {"MOTE_BOARD": "sim", "MOTE_SIM_AIR": AIR, "MOTE_LOG": "1",
               "MOTE_SETUP_HTTP_PORT": str(self.http), "MOTE_SETUP_DNS_PORT": str(self.dns)}
        self.program = t.start(t.build("examples", "setup"), env=env)
        end = time.monotonic() + TIMEOUT_S
        while not self.listens() and time.monotonic() < end:
            time.sleep(0.05)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.http)) == 0

    def ask(self, method, path, host="127.0.0.1", body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=TIMEOUT_S)
        connection.request(method, path, body=body, headers={"Host": host, **dict(headers)})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text

    def submit(self, form):
        answer, _ = self.ask("POST", "/setup", body=form)
        check_equal(answer.status, 303, "status of a form")

    def wait_state(self, state):
        end = time.monotonic() + TIMEOUT_S
        seen = ""
        while time.monotonic() < end:
            seen = self.ask("GET", "/setup/state")[1].split()[0]
            if seen == state:
                return
            time.sleep(0.05)
        check(False, f"the portal is {seen}, never {state}")

    def address_of(self, name):
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        query = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + b"\0\0\x01\0\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.settimeout(TIMEOUT_S)
            phone.sendto(query, ("127.0.0.1", self.dns))
            answer = phone.recv(512)
        check_equal(answer[:2] + answer[6:8], b"\0\x07\0\x01", "the answer's id and count")
        return socket.inet_ntoa(answer[-4:])


@case("from-the-first-probe-to-the-broker")
def a_phone_sets_it_up(t):
    broker = t.mosquitto()
    listener = broker.subscribe("hall/status")
    device = Device(t)
    check_equal(device.address_of("connectivitycheck.gstatic.com"), "127.0.0.1", "where every name leads")
    answer, _ = device.ask("GET", "/generate_204", host="connectivitycheck.gstatic.com")
    check_equal((answer.status, answer.getheader("Location")), (302, "http://127.0.0.1/"), "answer to a phone's probe")
    answer, page = device.ask("GET", "/")
    check_equal(answer.status, 200, "status of the page")
    check("<form" in page and "key of home" not in page, "this is not the page")
    device.submit(f"network=&ssid=home&key=wrong+key&broker={broker.url}&name=hall")
    device.wait_state("trying")
    device.wait_state("open")
    check("wifi.wrong_key" in device.ask("GET", "/")[1], "the page does not say why")
    device.submit(f"network=&ssid=home&key=key+of+home&broker={broker.url}&name=hall")
    device.wait_state("confirmed")
    listener.wait_line("hall/status online$")
    check_equal(device.program.stop(), 0, "exit status")


@case("a-broker-that-does-not-answer")
def it_goes_back_and_says_why(t):
    device = Device(t)
    device.submit(f"network=&ssid=free&broker=127.0.0.1:{free_port()}")
    device.wait_state("open")
    page = device.ask("GET", "/", headers={"Accept-Language": "zh-CN"}.items())[1]
    check("tcp.refused" in page and "请检查" in page, "the page does not say why in its language")
    check_equal(device.program.stop(), 0, "exit status")


@case("many-at-once")
def many_phones_are_served(t):
    device = Device(t)
    silent = [socket.create_connection(("127.0.0.1", device.http)) for _ in range(20)]
    for _ in range(20):
        answer, page = device.ask("GET", "/")
        check_equal(answer.status, 200, "status among twenty who say nothing")
        check(page.endswith("</html>\n"), "the page is cut")
    for phone in silent:
        phone.close()
    check_equal(device.program.stop(), 0, "exit status")


main("interop/setup")
