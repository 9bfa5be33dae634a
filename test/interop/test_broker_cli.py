#!/usr/bin/python3
# quick
"""`mote broker` from outside: its options, its file, what it says, and how it ends."""

import os
import re
import signal
import socket
import struct
import subprocess

from broker_helper import Broker, check_done, run
from mote_test import TIMEOUT_S, case, check, check_equal, free_port, main

CONNECT_311 = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01x"
CONNECT_5 = b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01x"


def broker_says(t, *options):
    """For a broker that does not start: its exit status and its only line."""
    result = subprocess.run([t.build("mote"), "broker", *[str(option) for option in options]], timeout=TIMEOUT_S,
                            capture_output=True, text=True, check=False)
    check_equal(result.stdout, "", "standard output")
    return result.returncode, result.stderr


def config(t, text):
    path = os.path.join(t.directory(), "broker.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            break
        data += part
    return data


def is_closed(connection):
    connection.settimeout(TIMEOUT_S)
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


@case("help")
def show_help(t):
    result = run(t.build("mote"), "broker", "--help")
    check_done(result)
    for word in ("Usage: mote broker", "--port", "--host", "--config", "--verbose", "Examples:", "Exit status:"):
        check(word in result.stdout, f"--help has no {word}")


@case("wrong-options")
def wrong_options(t):
    for options, words in (
            (["-p", "0"], "--port takes a number from 1 to 65535, not '0'"),
            (["-p", "99999"], "--port takes a number from 1 to 65535, not '99999'"),
            (["--nonsense"], "unknown option --nonsense"),
            (["-p"], "-p needs a value"),
            (["what"], "nothing was expected behind the options: what"),
            (["-c", "x", "-p", "1"], "--config says where to listen")):
        status, error = broker_says(t, *options)
        check_equal(status, 1, f"exit status of {options}")
        check(error.startswith(f"mote: broker: {words}") and "(config.invalid)" in error, f"{options}: {error}")


@case("port-in-use")
def port_in_use(t):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        check_equal(broker_says(t, "-p", port), (
            1, f"mote: broker port {port}: address already in use, choose another with --port (config.invalid)\n"), "error")
        path = config(t, f"\n\nlistener {port} 127.0.0.1\n")
        check_equal(broker_says(t, "-c", path), (
            1, f"mote: broker port {port}: address already in use, choose another in {path}, line 3 (config.invalid)\n"),
            "error")


@case("no-such-address")
def no_such_address(t):
    status, error = broker_says(t, "-p", free_port(), "--host", "192.0.2.1")
    check_equal(status, 1, "exit status")
    check("cannot assign requested address" in error and "--host" in error, error)


RIGHT_LINES = """\
# a comment
   listener PORT 127.0.0.1
protocol mqtt
allow_anonymous true
max_connections 100
max_packet_size 100000
message_size_limit 1000
max_inflight_messages 10
max_queued_messages 0
max_queued_bytes 1000000
max_subscriptions 20
max_keepalive 600
max_topic_alias 5
sys_interval 1
persistent_client_expiration 14d
persistence false
log_type all
log_dest stderr
set_tcp_nodelay true
"""


@case("file-that-is-right")
def file_that_is_right(t):
    port = free_port()
    program = t.start(t.build("mote"), "broker", "-c", config(t, RIGHT_LINES.replace("PORT", str(port))))
    program.wait_line(f"^mote: broker ready: mqtt://127.0.0.1:{port}$")
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(CONNECT_5)
        check(b"\x22\x00\x05" in receive(connection, 16), "Topic Alias Maximum in CONNACK")
    program.wait_line("'x' connected, MQTT 5.0")  # log_type all is -v
    check_equal(program.stop(), 0, "exit status")


@case("several-listeners")
def several_listeners(t):
    ports = [free_port() for _ in range(3)]
    path = config(t, f"port {ports[0]}\nlistener {ports[1]} 127.0.0.1\nlistener {ports[2]} ::1\n")
    program = t.start(t.build("mote"), "broker", "-c", path)
    program.wait_line(f"ready: mqtt://127.0.0.1:{ports[1]} mqtt://\\[::1\\]:{ports[2]} mqtt://127.0.0.1:{ports[0]}$")
    for address, port in (("127.0.0.1", ports[0]), ("127.0.0.1", ports[1]), ("::1", ports[2])):
        with socket.create_connection((address, port)) as connection:
            connection.sendall(CONNECT_311)
            check_equal(receive(connection, 4), b"\x20\x02\x00\x00", f"CONNACK at {address}")


WRONG_LINES = (
    ("listener", "listener takes a whole number from 1 to 65535"),
    ("listener 0", "listener takes a whole number from 1 to 65535"),
    ("listener 1883 127.0.0.1 more", "listener: nothing was expected behind its value"),
    ("port x", "port takes a whole number from 1 to 65535"),
    ("max_connections many", "max_connections takes a whole number from -1 to 1000000"),
    ("max_keepalive 65536", "max_keepalive takes a whole number from 0 to 65535"),
    ("max_packet_size 5", "max_packet_size takes a whole number from 20 to"),
    ("allow_anonymous false", "allow_anonymous true was expected: there are no users yet"),
    ("allow_anonymous", "allow_anonymous true was expected"),
    ("password_file /etc/passwd", "password_file cannot be followed: there are no users yet"),
    ("acl_file x", "acl_file cannot be followed: there are no access rights yet"),
    ("cafile x", "cafile cannot be followed: there is no TLS yet"),
    ("require_certificate true", "require_certificate false was expected: there is no TLS yet"),
    ("persistence true", "persistence false was expected: sessions and retained messages are kept in memory alone"),
    ("persistence_location /tmp", "persistence_location cannot be followed: there is no persistence yet"),
    ("connection bridge", "connection cannot be followed: there are no bridges yet"),
    ("persistent_client_expiration 14", "persistent_client_expiration takes a number with h, d, w, m or y behind it"),
    ("persistent_client_expiration d", "persistent_client_expiration takes a number with h, d, w, m or y behind it"),
    ("log_dest file /tmp/log", "log_dest stderr or none was expected"),
    ("log_type loud", "log_type takes debug, error,"),
    ("protocol http", "protocol takes mqtt"),
    ("nonsense", "'nonsense' is no line of a broker's file"),
    ("listener 1883", "this listener can be reached from the network, by everybody"),
    ("listener 1883 0.0.0.0", "this listener can be reached from the network, by everybody"),
    ("bind_address ::", "this listener can be reached from the network, by everybody"),
)


@case("file-that-is-wrong")
def file_that_is_wrong(t):
    for line, words in WRONG_LINES:
        path = config(t, f"# first\n{line}\n")
        status, error = broker_says(t, "-c", path)
        check_equal(status, 1, f"exit status for '{line}'")
        check(error.startswith(f"mote: {path}:2: {words}") and error.endswith("(config.invalid)\n"), f"{line}: {error}")


@case("file-that-is-not-there")
def file_that_is_not_there(t):
    for path in ("/nowhere/broker.conf", "/"):
        status, error = broker_says(t, "-c", path)
        check_equal(status, 1, "exit status")
        check(re.match(rf"mote: {path}: .* \(config.invalid\)\n$", error), error)


@case("open-to-the-network-when-told-so")
def open_to_the_network(t):
    port = free_port()
    program = t.start(t.build("mote"), "broker", "-c", config(t, f"listener {port}\nallow_anonymous true\n"))
    program.wait_line(f"ready: mqtt://0.0.0.0:{port}$")
    program.stop()
    program = t.start(t.build("mote"), "broker", "--host", "*", "-p", port)
    program.wait_line(f"ready: mqtt://0.0.0.0:{port}$")


@case("loopback-alone-without-being-told")
def loopback_alone(t):
    broker = Broker(t)
    with open("/proc/net/tcp", encoding="ascii") as file:
        listening = [line.split()[1] for line in file.readlines()[1:] if line.split()[3] == "0A"]
    ours = [address for address in listening if address.endswith(f":{broker.port:04X}")]
    check_equal(ours, [f"{struct.unpack('=I', socket.inet_aton('127.0.0.1'))[0]:08X}:{broker.port:04X}"], "addresses")


@case("ends-cleanly")
def ends_cleanly(t):
    for number in (signal.SIGINT, signal.SIGTERM):
        broker = Broker(t)
        with socket.create_connection(("127.0.0.1", broker.port)) as new, \
                socket.create_connection(("127.0.0.1", broker.port)) as old:
            new.sendall(CONNECT_5)
            new.settimeout(TIMEOUT_S)
            check_equal(receive(new, 1), b"\x20", "CONNACK")
            rest = receive(new, receive(new, 1)[0])
            check(rest[1] == 0, "reason code")
            old.sendall(CONNECT_311.replace(b"x", b"y"))
            check_equal(receive(old, 4), b"\x20\x02\x00\x00", "CONNACK")
            broker.program.send_signal(number)
            goodbye = receive(new, 1000)
            check_equal(goodbye[:1] + goodbye[2:3], b"\xe0\x8b", "DISCONNECT: the server is shutting down")
            check(is_closed(old), "the connection of the old client")
        check_equal(broker.program.wait_exit(), 0, "exit status")
        broker.start()  # at once, on the same port
        broker.stop()


@case("tells-no-secrets")
def tells_no_secrets(t):
    broker = Broker(t)
    check_done(run("mosquitto_pub", "-p", broker.port, "-i", "me", "-u", "somebody", "-P", "hush-hush", "-t", "t", "-m",
                   "private", "-r"))
    broker.wait_log("'me' published to 't', QoS 0, retained, 7 bytes, to 0$")
    broker.wait_log("'me' disconnected$")
    broker.stop()
    everything = "\n".join(broker.program.lines)
    for secret in ("hush-hush", "private", "somebody"):
        check(secret not in everything, f"'{secret}' in the log")


@case("keeps-terminals-safe")
def keeps_terminals_safe(t):
    broker = Broker(t)
    name = b"a\x1b[31m\xc2\x9bb"
    with socket.create_connection(("127.0.0.1", broker.port)) as connection:
        connection.sendall(b"\x10" + bytes([12 + len(name)]) + b"\x00\x04MQTT\x04\x02\x00\x00\x00" + bytes([len(name)]) + name)
        check_equal(receive(connection, 4), b"\x20\x02\x00\x00", "CONNACK")
        broker.wait_log(r"'a\\x1b\[31m.*\\x9bb' connected")


@case("refused-clients-get-their-answer")
def refused_clients_get_their_answer(t):
    """Also one that has sent more behind its CONNECT, which nobody reads any more."""
    broker = Broker(t)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", broker.port)) as connection:
            connection.sendall(CONNECT_311.replace(b"MQTT\x04", b"MQTT\x02") + bytes(100000))
            connection.settimeout(TIMEOUT_S)
            check_equal(receive(connection, 4), b"\x20\x02\x00\x01", "CONNACK")
            check(is_closed(connection), "the connection")


@case("more-connections-than-descriptors")
def more_connections_than_descriptors(t):
    port = free_port()
    program = t.start("/bin/sh", "-c", f"ulimit -n 40 && exec {t.build('mote')} broker -p {port}")
    program.wait_line("ready")
    crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
    check(is_closed(crowd[-1]), "one too many")
    for connection in crowd[1:]:
        connection.close()
    for _ in range(1000):
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(CONNECT_311)
                connection.settimeout(TIMEOUT_S)
                if receive(connection, 4) == b"\x20\x02\x00\x00":
                    break
        except ConnectionResetError:
            pass
    else:
        check(False, "nobody is let in any more")
    check(program.is_running(), "the broker has ended")
    crowd[0].close()


main("interop/broker-cli")
