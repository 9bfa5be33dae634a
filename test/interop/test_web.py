#!/usr/bin/python3
"""The web server of the virtual board: its files, who may ask it, what it makes of rubbish, MQTT over WebSocket."""

import contextlib
import json
import socket
import threading

import paho.mqtt.client as paho
from board_test import COMMAND, ID, Board, lamp_of, pin_of
from mote_test import TIMEOUT_S, case, check, check_equal, free_port, main



# ---- HTTP ----------------------------------------------------------------------------------------------------------


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
                         (f"rebound.example:{board.port}", 403), ("127.0.0.1", 403),
                         (f"127.0.0.1:{board.port + 1}", 403), (f"127.0.0.1.example:{board.port}", 403),
                         (f"localhost.example:{board.port}", 403), ("", 403), (f":{board.port}", 403), ("h" * 500, 403)):
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
            ("power", "{}", 400), ("power", '{"on": 1}', 400), ("power", '{"on": "false"}', 400),
            ("power", "[" * 60000, 400), ("air", '{"ssid": 1, "present": false}', 400), ("air", '{"ssid": "nobody", "present": false}', 404),
            ("air", '{"ssid": "SSBun"}', 400), ("broker", '{"running": null}', 400),
            ("button", '{"pin": "0", "pressed": true}', 400), ("button", '{"pin": 99, "pressed": true}', 404),
            ("button", '{"pin": 1e300, "pressed": true}', 404), ("button", '{"pin": -1, "pressed": true}', 404),
            ("button", '{"pin": 0.5, "pressed": true}', 404), ("button", '{"pin": 2, "pressed": true}', 404),
            ("publish", '{"topic": "a"}', 400), ("publish", '{"topic": "", "payload": ""}', 400),
            ("publish", '{"topic": "a/#", "payload": ""}', 400),
            ("publish", json.dumps({"topic": "t" * 70000, "payload": ""}), 413), ("nothing", "{}", 404),
            ("", "{}", 404)):
        found, headers, answer = board.request("POST", f"/api/{path}", body, {"Content-Type": "application/json"})
        what = f"{path} {body[:60]!r}"
        check_equal((found, headers["content-type"]), (status, "application/json"), what)
        check(json.loads(answer)["error"] and json.loads(answer)["reason"], f"{what}: {answer}")
    for method, status in (("PUT", 405), ("DELETE", 405), ("OPTIONS", 405), ("PATCH", 405)):
        answer = board.request(method, "/api/power", '{"on": false}', {"Content-Type": "application/json"})
        check_equal(answer[0], status, method)
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
    for request, status in (
            (b"GET / HTTP/1.1\r\n\r\n", 403), (post + b"\r\n", 411),
            (post + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 411),
            (post + b"Content-Length: -5\r\n\r\n{}", 411),
            (post + b"Content-Length: 99999999999999999999\r\n\r\n", 411),
            (post + b"Content-Length: 70000\r\n\r\n", 413)):
        check(say(board.port, request).startswith(f"HTTP/1.1 {status} ".encode()), f"{request} is not answered {status}")
    say(board.port, post + b"Content-Length: 200000\r\n\r\n", b"x" * 200000)
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
    hidden = b"POST /api/power HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\nContent-Length: 12\r\n\r\n"
    hidden += b'{"on":false}'
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


# ---- MQTT over WebSocket -------------------------------------------------------------------------------------------


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


def upgrade_request(*headers):
    lines = [b"GET /mqtt HTTP/1.1", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *(header.encode() for header in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def upgrade(board, *headers):
    return say(board.port, upgrade_request(*headers))


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
                    (f"Host: rebound.example:{board.port}", mqtt), (mqtt,), (host,),
                    *((host, f"Sec-WebSocket-Protocol: {other}") for other in ("http", "loop", "mqttv3.1"))):
        answer = upgrade(board, *headers)
        check(b" 101 " not in answer, f"{headers} is let in: {answer}")


@case("websocket-without-its-own-broker")
def websocket_without_broker(t):
    board = Board(t, url=f"mqtt://127.0.0.1:{free_port()}")
    with socket.create_connection(("127.0.0.1", board.port), TIMEOUT_S) as connection:
        connection.sendall(upgrade_request(f"Host: 127.0.0.1:{board.port}", "Sec-WebSocket-Protocol: mqtt"))
        with contextlib.suppress(ConnectionError):
            while connection.recv(4096):
                pass
    board.wait_state("waiting", "tcp.refused")


@case("websocket-rubbish-does-not-end-it")
def websocket_rubbish(t):
    board = Board(t)
    head = upgrade_request(f"Host: 127.0.0.1:{board.port}", "Sec-WebSocket-Protocol: mqtt")
    for frame in (b"\x82\x85\0\0\0\0hello", b"\x81\x85\0\0\0\0hello", b"\x82\x05hello", b"\xff" * 64,
                  b"\x88\x80\0\0\0\0", b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
                  b"\x82\x80\0\0\0\0" * 100, b"\x89\xff\xff"):
        with socket.create_connection(("127.0.0.1", board.port), TIMEOUT_S) as connection:
            connection.sendall(head)
            check(b" 101 " in connection.recv(4096), "no upgrade")
            connection.sendall(frame)
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while connection.recv(4096):
                    pass
    board.publish(COMMAND, "on")
    board.wait_lamp(True)


main("interop/web")
