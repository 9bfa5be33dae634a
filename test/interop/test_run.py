#!/usr/bin/python3
"""mote run as a program: its one line, its end, the command lines and files that it refuses, what it keeps to itself, and
where it listens."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time

import paho.mqtt.client as paho
from board_test import COMMAND, ID, NETWORKS, NODE, WIFI_KEYS, Board, node_file
from mote_test import TIMEOUT_S, Skip, case, check, check_equal, free_port, main

SECRET = "tOpSeCrEt-3.14"


def start_plain(t, url):
    return t.start(t.build("mote"), "run", node_file(t, url=url), env={"MOTE_BOARD": "sim"})



# ---- its beginning and its end -------------------------------------------------------------------------------------


@case("ready-line-alone-on-stdout")
def ready_line(t):
    port, broker_port = free_port(), free_port()
    command = [t.build("mote"), "run", "--board", "sim", "--port", str(port), "--broker-port", str(broker_port),
               node_file(t)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          bufsize=0) as process:
        try:
            expected = f"mote: {ID} ready: board http://127.0.0.1:{port}/ broker mqtt://127.0.0.1:{broker_port}\n"
            check_equal(process.stdout.readline().decode(), expected, "the line")
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


# ---- what it refuses -----------------------------------------------------------------------------------------------


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
            (["--port", "", file], "--port"), (["--broker-port", "-1", file], "--broker-port"),
            ([file, "--port"], "--port"), (["--bord", "sim", file], "--bord"), (["-x", file], "-x"),
            (["--address", "nowhere", "--board", "sim", file], "nowhere")):
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
    run = subprocess.run([t.build("mote"), "run", "--help"], capture_output=True, text=True, timeout=TIMEOUT_S,
                         check=True)
    check(run.stdout.startswith("Usage: mote run ") and run.stderr == "", run.stdout + run.stderr)
    for option in ("--board", "--port", "--broker-port", "--address"):
        check(option in run.stdout, f"{option} is not told")


# ---- secrets -------------------------------------------------------------------------------------------------------


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


# ---- on the machine ------------------------------------------------------------------------------------------------


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
    program = t.start(t.build("mote"), "run", "--board", "sim", "--address", "::1", "--port", board_port,
                      "--broker-port", broker_port, node_file(t))
    found = program.wait_line("^mote: .* ready: .*")
    expected = f"mote: {ID} ready: board http://[::1]:{board_port}/ broker mqtt://[::1]:{broker_port}"
    check_equal(found[0], expected, "the line")
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
