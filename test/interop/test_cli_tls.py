#!/usr/bin/python3
"""mote pub, sub and rr over TLS, WebSocket, a socket file and a proxy, with the options for them."""

import os
import subprocess

from cli_pair import Client, command_of, run
from mote_test import TIMEOUT_S, Skip, case, check, check_equal, free_port, main

KEY = "00112233445566778899aabbccddeeff"
KEY_PASSWORD = "key-password-1"
MESSAGE = ["-t", "a", "-m", "x", "-q", "1"]


def openssl(folder, *words):
    try:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=TIMEOUT_S)
    except FileNotFoundError:
        raise Skip("openssl is not installed") from None


def sign(folder, name, subject, names=None, password=None):
    """A certificate by the authority in this folder, and its key."""
    new = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", f"/CN={subject}",
           "-keyout", f"{name}.key", "-out", f"{name}.csr"]
    openssl(folder, *new, *(["-passout", f"pass:{password}"] if password else ["-nodes"]))
    with open(os.path.join(folder, "names"), "w", encoding="utf-8") as file:
        file.write(f"subjectAltName={names}\n" if names else "")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-out", f"{name}.crt", "-extfile", "names")


def authority(t):
    """A folder with an authority, a certificate for this machine's loopback and two for clients."""
    folder = t.directory()
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.crt")
    sign(folder, "server", "localhost", "DNS:localhost,IP:127.0.0.1")
    sign(folder, "client", "joe")
    sign(folder, "locked", "joe", password=KEY_PASSWORD)
    os.mkdir(os.path.join(folder, "authorities"))
    with open(os.path.join(folder, "ca.crt"), "rb") as source, \
            open(os.path.join(folder, "authorities", "ca.crt"), "wb") as copy:
        copy.write(source.read())
    openssl(folder, "rehash", "authorities")
    return lambda name: os.path.join(folder, name)


class Listener:
    """One more listener of a mosquitto, with these lines."""

    def __init__(self, t, lines, address="127.0.0.1"):
        self.port = free_port()
        self.broker = t.mosquitto(f"listener {self.port} {address}\nallow_anonymous true\n{lines}\n")


def over_tls(t, place, more=""):
    return Listener(t, f"cafile {place('ca.crt')}\ncertfile {place('server.crt')}\nkeyfile {place('server.key')}\n{more}")


def passes(t, listener, *options, tool="mote"):
    """A message goes through, both ways."""
    given = ["-h", "127.0.0.1", "-p", str(listener.port), *options]
    subscriber = Client(t, [*command_of(t, tool, "sub"), *given, "-i", "reader", "-t", "a", "-C", "1"])
    listener.broker.program.wait_line("Sending SUBACK to reader$")
    status, output, words = run(t, [*command_of(t, tool, "pub"), *given, *MESSAGE])
    check_equal((status, output, words), (0, b"", ""), f"pub {options}")
    check_equal((subscriber.wait(), subscriber.stdout()), (0, b"x\n"), f"sub {options}: {subscriber.stderr()}")


def refused(t, code, *options):
    status, output, words = run(t, [t.build("mote"), "pub", *MESSAGE, *options])
    check_equal((status, output), (1, b""), f"{options}: {words}")
    check(f"({code})" in words, f"{options}: {words!r} has no {code}")
    check(KEY_PASSWORD not in words and KEY not in words, "a secret is told")


@case("authorities")
def authorities(t):
    place = authority(t)
    listener = over_tls(t, place)
    passes(t, listener, "--cafile", place("ca.crt"))
    passes(t, listener, "--capath", place("authorities"))
    passes(t, listener, "--cafile", place("ca.crt"), "--tls-version", "tlsv1.2", "--ciphers", "ECDHE+AESGCM")
    passes(t, listener, "--cafile", place("ca.crt"), "--tls-version", "tlsv1.3", "--tls-alpn", "mqtt")
    passes(t, listener, "--insecure")
    passes(t, listener, "--cafile", place("ca.crt"), tool="mosquitto")
    here = ["-h", "127.0.0.1", "-p", str(listener.port)]
    refused(t, "tls.untrusted", *here, "--tls-use-os-certs")
    refused(t, "tls.untrusted", *here, "--cafile", place("client.crt"))
    refused(t, "config.invalid", *here, "--cafile", "/nonexistent")
    refused(t, "config.invalid", *here, "--cafile", place("ca.key"))


@case("name")
def name(t):
    place = authority(t)
    sign(os.path.dirname(place("x")), "other", "other.example", "DNS:other.example")
    listener = Listener(t, f"cafile {place('ca.crt')}\ncertfile {place('other.crt')}\nkeyfile {place('other.key')}")
    here = ["-h", "127.0.0.1", "-p", str(listener.port), "--cafile", place("ca.crt")]
    refused(t, "tls.name", *here)
    check_equal(run(t, [t.build("mote"), "pub", *MESSAGE, *here, "--insecure"]), (0, b"", ""), "--insecure")


@case("own-certificate")
def own_certificate(t):
    place = authority(t)
    listener = over_tls(t, place, "require_certificate true\nuse_identity_as_username true")
    trust = ["--cafile", place("ca.crt")]
    passes(t, listener, *trust, "--cert", place("client.crt"), "--key", place("client.key"), "--keyform", "pem")
    passes(t, listener, *trust, "--cert", place("locked.crt"), "--key", place("locked.key"), "--key-password", KEY_PASSWORD)
    here = ["-h", "127.0.0.1", "-p", str(listener.port), *trust]
    refused(t, "config.invalid", *here, "--cert", place("client.crt"), "--key", place("locked.key"))
    refused(t, "config.invalid", *here, "--cert", place("locked.crt"), "--key", place("locked.key"), "--key-password", "wrong")
    status, output, words = run(t, [t.build("mote"), "pub", *MESSAGE, *here])
    check(status != 0 and output == b"" and "(tls." in words, f"without a certificate: {status} {words!r}")


@case("pre-shared-key")
def pre_shared_key(t):
    keys = os.path.join(t.directory(), "keys")
    with open(keys, "w", encoding="utf-8") as file:
        file.write(f"joe:{KEY}\n")
    listener = Listener(t, f"psk_file {keys}\npsk_hint home")
    passes(t, listener, "--psk", KEY, "--psk-identity", "joe")
    here = ["-h", "127.0.0.1", "-p", str(listener.port)]
    status, output, words = run(t, [t.build("mote"), "pub", *MESSAGE, *here, "--psk", "0" * 32, "--psk-identity", "joe"])
    check(status != 0 and output == b"" and "(tls." in words, f"with a wrong key: {status} {words!r}")


@case("url")
def url(t):
    place = authority(t)
    listener = over_tls(t, place)
    web = Listener(t, "protocol websockets")
    secure_web = Listener(t, f"protocol websockets\ncafile {place('ca.crt')}\ncertfile {place('server.crt')}\n"
                          f"keyfile {place('server.key')}")
    for scheme, over, options in (("mqtts", listener, ["--cafile", place("ca.crt")]), ("ws", web, []),
                                  ("mqtt", listener, ["--cafile", place("ca.crt")]),
                                  ("wss", secure_web, ["--cafile", place("ca.crt")])):
        text = f"{scheme}://127.0.0.1:{over.port}/a/b"
        subscriber = Client(t, [t.build("mote"), "sub", "-L", text, "-i", "reader", "-C", "1", "-v", *options])
        over.broker.program.wait_line("Sending SUBACK to reader$")
        check_equal(run(t, [t.build("mote"), "pub", "-L", text, "-m", "x", *options]), (0, b"", ""), text)
        check_equal((subscriber.wait(), subscriber.stdout()), (0, b"a/b x\n"), text)
    refused(t, "tls.untrusted", "-L", f"mqtts://127.0.0.1:{listener.port}/a")


@case("large-over-tls")
def large_over_tls(t):
    place = authority(t)
    listener = over_tls(t, place, "max_queued_messages 0\n")  # else a slow subscriber loses messages
    given = ["-h", "127.0.0.1", "-p", str(listener.port), "--cafile", place("ca.crt"), "-t", "a", "-q", "1"]
    data = os.urandom(3_000_000)
    subscriber = Client(t, [t.build("mote"), "sub", *given, "-i", "reader", "-C", "1", "-N"])
    listener.broker.program.wait_line("Sending SUBACK to reader$")
    check_equal(run(t, [t.build("mote"), "pub", *given, "-s"], data), (0, b"", ""), "pub")
    check_equal((subscriber.wait(), subscriber.stdout() == data), (0, True), "sub")
    lines = b"".join(b"line %d\n" % number for number in range(20_000))
    subscriber = Client(t, [t.build("mote"), "sub", *given, "-i", "reader", "-C", "20000"])
    listener.broker.program.wait_line("Sending SUBACK to reader$")
    check_equal(run(t, [t.build("mote"), "pub", *given, "-l"], lines), (0, b"", ""), "pub -l")
    check_equal((subscriber.wait(), subscriber.stdout() == lines), (0, True), "lines")


@case("usual-port")
def usual_port(t):
    # Whoever listens there, if anybody does, has no certificate of the test's authority.
    place = authority(t)
    for options in (["--tls-use-os-certs"], ["--cafile", place("ca.crt")], ["--insecure"]):
        status, output, words = run(t, [t.build("mote"), "pub", *MESSAGE, "-h", "127.0.0.1", *options])
        check(status != 0 and output == b"" and ("8883" in words or "tls." in words), f"{options}: {words!r}")


@case("unix")
def unix(t):
    socket = os.path.join(t.directory(), "socket")
    broker = t.mosquitto(f"listener 0 {socket}\nallow_anonymous true")
    for tool in ("mote", "mosquitto"):
        subscriber = Client(t, [*command_of(t, tool, "sub"), "--unix", socket, "-i", "reader", "-t", "a", "-C", "1"])
        broker.program.wait_line("Sending SUBACK to reader$")
        check_equal(run(t, [*command_of(t, tool, "pub"), "--unix", socket, *MESSAGE]), (0, b"", ""), tool)
        check_equal((subscriber.wait(), subscriber.stdout()), (0, b"x\n"), tool)
    status, _, words = run(t, [t.build("mote"), "pub", "--unix", socket + "-not", *MESSAGE])
    check_equal(status, 1, words)
    check(socket + "-not" in words and "(tcp.refused)" in words, words)


@case("bind-address")
def bind_address(t):
    broker = t.mosquitto()
    here = ["-p", str(broker.port), *MESSAGE]
    check_equal(run(t, [t.build("mote"), "pub", "-A", "127.0.0.2", *here]), (0, b"", ""), "-A")
    broker.program.wait_line("New client connected from 127.0.0.2:")
    refused(t, "config.invalid", "-A", "nowhere", *here)


@case("proxy-that-is-not-there")
def no_proxy(t):
    status, output, words = run(t, [t.build("mote"), "pub", "-h", "127.0.0.1", "-p", "1", *MESSAGE, "--proxy",
                                    f"socks5h://joe:{KEY}@127.0.0.1:{free_port()}"])
    check_equal((status, output), (1, b""), words)
    check("(tcp.refused)" in words and KEY not in words, words)


main("interop/cli-tls")
