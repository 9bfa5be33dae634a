#!/usr/bin/python3
"""TLS of port/cortexm/ on an emulated board, against Debian's mosquitto: whom it trusts, whom it does not and why, and that it comes
back."""

import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))

import own_network
from mote_test import TIMEOUT_S, Skip, case, check, check_equal, free_port, main
from qemu_board import HOST, NO_BUTTON, Board
from settings_image import image
from tls_files import make_authority, make_certificate, openssl
from tls_server import Relay, Talker

BOARD = "mps2-an385"
MESSAGES = 3000
SWITCH = "ssbun_switch_1"
NAMES = f"DNS:broker.test,IP:{HOST}"
RETRY_MS = 2000
INSTRUCTION_SHIFT, INSTRUCTIONS_MAX = 5, 25 * 10**6


class Files:
    """Authorities and certificates in a directory of their own."""

    def __init__(self, t):
        self.directory = t.directory()

    def path(self, name):
        return os.path.join(self.directory, name)

    def text(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def listener(self, port, name="server"):
        return f"listener {port} 127.0.0.1\ncertfile {self.path(name + '.pem')}\nkeyfile {self.path(name + '.key')}\n"


class Broker:
    """A mosquitto with a listener for TLS at `port`, and another without for the test's own messages."""

    def __init__(self, t, *, names=NAMES, days="2", more=""):
        self.files = Files(t)
        self.port = free_port()
        make_authority(self.files.directory, "authority")
        make_authority(self.files.directory, "other")
        make_certificate(self.files.directory, "server", "authority", names=names, days=days)
        self.plain = t.mosquitto(self.files.listener(self.port) + more.format(authority=self.files.path("authority.pem")) +
                                 "max_queued_messages 0\n")

    def image(self, node, *, host=HOST, port=None, trust="authority"):
        return image(node, broker=f"mqtts://{host}:{port or self.port}", retry_max_ms=RETRY_MS,
                     authorities=self.files.text(f"{trust}.pem"))


    def relay(self, chain, key=None, **options):
        return Relay(self.plain.port, self.files.path(f"{chain}.pem"), self.files.path(f"{key or chain}.key"), **options)


def home_switch(t, broker, **options):
    return Board(t, BOARD, "home_switch", image=broker.image("ssbun_home_switch_1", **options))


def probe(t, broker, *words, environment=(), emulator=(), **options):
    return Board(t, BOARD, "firmware_probe", NO_BUTTON, 60, "mqtt://unused", *words, environment=environment, options=emulator,
                 image=broker.image("probe", **options))


def is_switched(node, broker):
    for word, level in (("on", 0), ("off", 1)):
        broker.plain.publish(SWITCH, word, "-q", "1")
        node.wait_led(level)


def has_stack_left(node, kind):
    unused, size = node.stack()
    print(f"tls: stack {kind}: {size - unused} bytes of {size}", flush=True)
    check(unused >= size // 4, f"of {size} bytes of stack {unused} were never used")


def own_names():
    if not own_network.is_own():
        raise Skip("this machine does not let the test have a network of its own")


# --- It works ---


# The example does not know of TLS: its settings image does.
@case("switches")
def the_example_switches_its_lamp(t):
    broker = Broker(t)
    node = home_switch(t, broker)
    node.wait_line("ssbun_home_switch_1: online")
    broker.plain.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
    is_switched(node, broker)
    node.finish()
    broker.plain.program.wait_line("Received DISCONNECT from ssbun_home_switch_1")


@case("broker-restarted")
def a_broker_that_comes_back_is_found(t):
    broker = Broker(t)
    node = home_switch(t, broker)
    node.wait_line("ssbun_home_switch_1: online")
    for _ in range(2):
        broker.plain.kill()
        node.wait_line(r"waiting: .* \(tcp\.re(set|fused)\)")
        broker.plain.start()
        node.wait_line("ssbun_home_switch_1: online")
        broker.plain.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
        is_switched(node, broker)
    node.finish()


@case("each-way")
def many_messages_each_way_in_order(t):
    broker = Broker(t)
    watcher = broker.plain.subscribe("probe/sent", "probe/taken", options=("-q", "2"))
    node = probe(t, broker)
    broker.plain.program.wait_line("Sending SUBACK to probe")
    lines = "".join(f"{number}\n" for number in [*range(MESSAGES), "end"])
    command = ["mosquitto_pub", "-p", str(broker.plain.port), "-t", "probe/take", "-l", "-q", "1"]
    subprocess.run(command, input=lines, text=True, check=True, timeout=TIMEOUT_S)
    watcher.wait_line(f"probe/taken {MESSAGES}$")
    broker.plain.publish("probe/send", str(MESSAGES), "-q", "1")
    watcher.wait_line(f"probe/sent {MESSAGES - 1}$")
    numbers = [int(line.split()[-1]) for line in watcher.lines if re.match("[0-2] 0 probe/sent", line)]
    check_equal(numbers, list(range(MESSAGES)), "what was sent")
    check(not any("waiting" in line for line in node.program.lines), "the connection was lost")
    has_stack_left(node, "with P-256")
    node.finish()


# With a session to resume there is less to compute. OpenSSL forgets one that does not end as it should. An address is no name for the
# handshake (RFC 6066, 3).
@case("resumes")
def a_session_is_resumed(t):
    broker = Broker(t)
    relay = broker.relay("server")
    node = probe(t, broker, port=relay.port)
    node.wait_line("probe: online")
    broker.plain.kill()
    node.wait_line("^words: .*the other side has closed the connection$")
    broker.plain.start()
    node.wait_line("probe: online")
    relay.cut()
    node.wait_line(r"waiting: .* \(tcp\.reset\)")
    node.wait_line("^words: .*without ending TLS: the last words may be missing$")
    node.wait_line("probe: online")
    check_equal((relay.resumed[0], relay.resumed[-1], True in relay.resumed), (False, False, True), f"resumed: {relay.resumed}")
    check_equal(set(relay.versions), {"TLSv1.2"}, "versions")
    check_equal(set(relay.names), {None}, "names in the handshake")
    node.finish()


@case("asks-by-name")
def a_broker_is_asked_for_by_its_name(t):
    own_names()
    broker = Broker(t)
    relay = broker.relay("server")
    node = home_switch(t, broker, host="broker.test", port=relay.port)
    node.wait_line("ssbun_home_switch_1: online")
    check_equal(relay.names, ["broker.test"], "names in the handshake")
    node.finish()


def make_chain(files, kind, *options):
    """An authority with such a key, one below it, and a server's certificate by that: server.pem has the chain."""
    directory = files.directory
    key = ["-newkey", kind, "-nodes", *options]
    openssl(directory, "req", "-x509", *key, "-days", "2", "-subj", "/CN=root", "-keyout", "root.key", "-out", "root.pem")
    for name, above, extension in (("middle", "root", "basicConstraints=critical,CA:TRUE"), ("leaf", "middle", f"subjectAltName={NAMES}")):
        openssl(directory, "req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        with open(files.path("extensions"), "w", encoding="utf-8") as file:
            file.write(extension + "\n")
        openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{above}.pem", "-CAkey", f"{above}.key", "-set_serial", "7",
                "-days", "2", "-sha384", "-extfile", "extensions", "-out", f"{name}.pem")
    with open(files.path("chain.pem"), "w", encoding="utf-8") as file:
        file.write(files.text("leaf.pem") + files.text("middle.pem"))


@case("keys")
def authorities_have_keys_of_several_kinds(t):
    broker = Broker(t)
    for kind, *options in (["rsa:2048"], ["rsa:4096"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]):
        make_chain(broker.files, kind, *options)
        node = home_switch(t, broker, port=broker.relay("chain", "leaf").port, trust="root")
        node.wait_line("ssbun_home_switch_1: online")
        has_stack_left(node, f"with {options[-1] if options else kind}")
        node.finish()


SUITES = ("CHACHA20-POLY1305", "AES128-GCM-SHA256", "AES256-GCM-SHA384")
CURVES = (None, "prime256v1", "secp384r1", "secp521r1")


# Each that the board offers, with both kinds of certificates and on each curve; OpenSSL's own choice is X25519. It is no other: what OpenSSL has beside them is refused.
@case("suites")
def each_suite_and_curve_is_spoken(t):
    broker = Broker(t)
    make_chain(broker.files, "rsa:2048")
    kinds = {"ECDSA": ("server", None, "authority"), "RSA": ("chain", "leaf", "root")}
    for i, (kind, suite) in enumerate((kind, suite) for kind in kinds for suite in SUITES):
        chain, key, trust = kinds[kind]
        relay = broker.relay(chain, key, suite=f"ECDHE-{kind}-{suite}", curve=CURVES[i % len(CURVES)])
        node = home_switch(t, broker, port=relay.port, trust=trust)
        node.wait_line("ssbun_home_switch_1: online")
        check_equal(relay.ciphers, [f"ECDHE-{kind}-{suite}"], "suite")
        broker.plain.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
        is_switched(node, broker)
        has_stack_left(node, f"with {kind}, {CURVES[i % len(CURVES)] or 'X25519'}")
        node.finish()
    old = broker.relay("chain", "leaf", suite="AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256", only=ssl.TLSVersion.TLSv1_2)
    refuses(probe(t, broker, port=old.port, trust="root"), "handshake failure", "tls.untrusted")


# What the arithmetic with public keys takes at a time, with a clock of QEMU's that counts instructions: 32 ns each. How long a turn
# of the loop may be is what docs/CORTEX-M.md says; the broker's patience, and everybody's, is longer.
@case("turn")
def no_turn_of_the_handshake_takes_too_long(t):
    broker = Broker(t)
    make_chain(broker.files, "rsa:2048")
    ports = {"P-256": (broker.port, "authority"), "a chain of RSA-2048": (broker.relay("chain", "leaf").port, "root")}
    for kind, (port, trust) in ports.items():
        watcher = broker.plain.subscribe("probe/lagged")
        node = probe(t, broker, port=port, trust=trust, emulator=("-icount", f"shift={INSTRUCTION_SHIFT}"))
        node.wait_line("probe: online")
        broker.plain.program.wait_line("Sending SUBACK to probe")
        broker.plain.publish("probe/lag", "", "-q", "1")
        instructions = int(watcher.wait_line(r"probe/lagged (\d+)$")[1]) * 10**6 >> INSTRUCTION_SHIFT
        print(f"tls: the longest turn of a handshake with {kind}: {instructions / 10**6:.1f} million instructions", flush=True)
        check(instructions < INSTRUCTIONS_MAX, f"a turn of {instructions} instructions")
        node.finish()


# The second of two is the right one, and the text has something else between them.
@case("authorities")
def several_authorities_are_trusted(t):
    broker = Broker(t)
    with open(broker.files.path("both.pem"), "w", encoding="utf-8") as file:
        file.write(broker.files.text("other.pem") + "\nthe other one:\n\n" + broker.files.text("authority.pem").rstrip("\n"))
    node = home_switch(t, broker, trust="both")
    node.wait_line("ssbun_home_switch_1: online")
    node.finish()


# --- It refuses, and says why ---


def refuses(node, words, reason):
    node.wait_line(rf"waiting: .* \({re.escape(reason)}\)")
    node.wait_line(f"^words: .*{words}")
    check(not any(line.endswith(": online") for line in node.program.lines), "it has connected all the same")
    node.finish()


@case("untrusted")
def an_authority_that_nobody_knows_is_refused(t):
    broker = Broker(t)
    refuses(probe(t, broker, trust="other"),
            rf"the certificate of broker\.test, {HOST} is by authority, an authority that is not trusted here$", "tls.untrusted")
    make_chain(broker.files, "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    relay = broker.relay("chain", "leaf")
    refuses(probe(t, broker, port=relay.port, trust="other"),
            "the certificate of middle is by root, an authority that is not trusted here$", "tls.untrusted")
    relay = broker.relay("authority")
    refuses(probe(t, broker, port=relay.port, trust="other"), "of authority is self-signed, and not among those trusted", "tls.untrusted")


# An authority of the same name as the right one has signed it.
@case("forged")
def a_certificate_with_a_wrong_signature_is_refused(t):
    broker = Broker(t)
    with open(broker.files.path("right.pem"), "w", encoding="utf-8") as file:
        file.write(broker.files.text("authority.pem"))
    make_authority(broker.files.directory, "authority")
    make_certificate(broker.files.directory, "forged", "authority", names=NAMES)
    refuses(probe(t, broker, port=broker.relay("forged").port, trust="right"), "", "tls.untrusted")


@case("name")
def a_certificate_for_somebody_else_is_refused(t):
    broker = Broker(t, names="DNS:other.test,IP:10.0.2.3")
    words = r"the certificate is for other\.test, 10\.0\.2\.3$"
    refuses(probe(t, broker), words, "tls.name")
    if own_network.is_own():
        refuses(probe(t, broker, host="broker.test"), words, "tls.name")


@case("expired")
def a_certificate_that_has_expired_is_refused(t):
    refuses(probe(t, Broker(t, days="-1")), r"has expired on 20\d\d-\d\d-\d\d \d\d:\d\d UTC$", "tls.expired")


@case("plain")
def a_port_that_does_not_speak_tls_is_told(t):
    broker = Broker(t)
    refuses(probe(t, broker, port=broker.plain.port), r"handshake: is this the port for TLS\?$", "tcp.reset")
    for words in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 ready\r\n", bytes(64)):
        refuses(probe(t, broker, port=Talker(words).port), r"what it says is not TLS: is this the port for TLS\?$", "mqtt.protocol")


@case("version")
def a_server_of_tls_1_3_alone_is_told(t):
    broker = Broker(t)
    refuses(probe(t, broker, port=broker.relay("server", only=ssl.TLSVersion.TLSv1_3).port), r"TLS 1\.2", "config.invalid")


@case("wants-a-certificate")
def a_server_that_wants_a_certificate_is_told(t):
    broker = Broker(t, more="cafile {authority}\nrequire_certificate true\n")
    refuses(probe(t, broker), "certificate of this side", "tls.untrusted")


@case("spoilt")
def a_record_that_was_changed_on_its_way_ends_the_connection(t):
    broker = Broker(t)
    relay = broker.relay("server")
    node = home_switch(t, broker, port=relay.port)
    node.wait_line("ssbun_home_switch_1: online")
    broker.plain.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
    relay.spoil = True
    broker.plain.publish(SWITCH, "on", "-q", "0")
    node.wait_line(r"waiting: .* \(mqtt\.protocol\)")
    node.wait_line("ssbun_home_switch_1: online")
    check_equal(node.led(), 1, "the LED's bit after it")
    node.finish()


@case("insecure")
def anybody_is_taken_if_that_is_asked_for(t):
    broker = Broker(t, names="DNS:other.test", days="-1")
    node = probe(t, broker, "insecure", trust="other")
    node.wait_line("probe: online")
    node.finish()


@case("nobody-to-trust")
def without_an_authority_nothing_is_sent(t):
    where = f"mqtts://{HOST}:{free_port()}"
    refuses(Board(t, BOARD, "firmware_probe", NO_BUTTON, 60, where), "no authority to trust", "config.invalid")
    broken = image("probe", authorities="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    where = f"mqtts://{HOST}:{Broker(t).port}"
    refuses(Board(t, BOARD, "firmware_probe", NO_BUTTON, 60, where, image=broken), "authorities: ", "config.invalid")


@case("image")
def a_damaged_settings_image_is_told(t):
    broker = Broker(t)
    damaged = bytearray(broker.image("probe"))
    damaged[20] ^= 1
    node = Board(t, BOARD, "firmware_probe", NO_BUTTON, 60, f"mqtt://{HOST}:{broker.plain.port}", image=bytes(damaged))
    node.wait_line(r"the settings image .*\(config\.invalid\)")
    node.wait_line("probe: online")
    node.finish()


@case("without")
def a_board_without_tls_says_so(t):
    node = Board(t, "lm3s6965evb", "firmware_probe", NO_BUTTON, 60, f"mqtts://{HOST}:{free_port()}")
    refuses(node, "this board speaks mqtt:// only$", "config.invalid")


# --- What day it is ---

NTP_PORT, SINCE_1900_S = 123, 2208988800


class TimeServer:
    """Tells everybody who asks that it is `now_s`, while that is not None, with the number that was asked for spoilt if `stale`."""

    def __init__(self, now_s, *, stale=False):
        self.now_s, self.stale = now_s, stale
        self.asked = threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", NTP_PORT))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            question, sender = self.socket.recvfrom(512)
            if not question:
                return
            self.asked.set()
            if self.now_s is not None:
                self.socket.sendto(self._answer(question), sender)

    def _answer(self, question):
        number = bytes(8) if self.stale else question[40:48]
        now = struct.pack(">II", (int(self.now_s) + SINCE_1900_S) % 2**32, 0)
        return b"\x24\x01\x00\x00" + bytes(12) + now + number + now + now

    def close(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join(TIMEOUT_S)
        self.socket.close()


def with_time_server(t, broker, now_s, check_node, *, stale=False):
    own_names()
    server = TimeServer(now_s, stale=stale)
    try:
        node = probe(t, broker, environment=[f"MOTE_TIME_SERVER={HOST}"])
        check(server.asked.wait(TIMEOUT_S), "the time server was not asked")
        check_node(node)
    finally:
        server.close()


def is_online(node):
    node.wait_line("probe: online")
    node.finish()


@case("time-server")
def a_time_server_says_what_day_it_is(t):
    broker = Broker(t)
    day_s = 86400
    with_time_server(t, broker, time.time(), is_online)
    with_time_server(t, broker, time.time() + 20 * 365 * day_s, lambda node: refuses(node, "has expired on ", "tls.expired"))
    with_time_server(t, broker, time.time() - day_s / 2, lambda node: refuses(node, "is not valid yet: from .*, and it is ", "tls.expired"))


@case("clock-not-set")
def without_a_time_nobody_is_believed(t):
    broker = Broker(t)
    for now_s, stale in ((None, False), (1577836800, False), (time.time(), True)):  # silence, the year 2020, and an answer to somebody else
        with_time_server(t, broker, now_s, lambda node: refuses(node, f"no answer from the time server {HOST}$", "tls.clock_not_set"),
                         stale=stale)


own_network.enter()
if own_network.is_own():
    own_network.serve_names({"broker.test": HOST}, silent=[])
main("chip/cortexm-tls")
