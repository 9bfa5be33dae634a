#!/usr/bin/python3
"""TLS, WebSockets, sockets in the file system and proxies, against Debian's mosquitto."""

import os
import re
import select
import socket
import subprocess
import threading

from mote_test import TIMEOUT_S, case, check, check_equal, free_port, main
from tls_files import make_authority, make_certificate

KEY = "0123456789abcdef"


class Brokers:
    """A mosquitto with a listener of each kind, and the certificates for it."""

    def __init__(self, t):
        self.directory = t.directory()
        make_authority(self.directory, "authority")
        make_authority(self.directory, "other")
        for name in ("server", "client"):
            make_certificate(self.directory, name, "authority")
        with open(self.file("keys"), "w", encoding="utf-8") as file:
            file.write(f"joe:{KEY}\n")
        self.tls, self.named, self.mutual, self.psk, self.ws, self.wss = (free_port() for _ in range(6))
        self.socket = self.file("socket")
        server = (f"cafile {self.file('authority.pem')}\ncertfile {self.file('server.pem')}\n"
                  f"keyfile {self.file('server.key')}\n")
        self.mosquitto = t.mosquitto(
            f"listener {self.tls} 127.0.0.1\n{server}"
            f"listener {self.named} 127.0.0.2\n{server}"
            f"listener {self.mutual} 127.0.0.1\n{server}require_certificate true\n"
            f"listener {self.psk} 127.0.0.1\npsk_hint hint\npsk_file {self.file('keys')}\n"
            f"listener {self.ws} 127.0.0.1\nprotocol websockets\n"
            f"listener {self.wss} 127.0.0.1\nprotocol websockets\n{server}"
            f"listener 0 {self.socket}\n")
        self.mosquitto.program.wait_line("mosquitto version .* running")  # on all of its listeners

    def file(self, name):
        return os.path.join(self.directory, name)

    def trust(self, name="authority"):
        return ["--cafile", self.file(f"{name}.pem")]


# With TLS 1.3 a server may refuse once the connection is made already: then it counts as lost.
FAILED = (1, 7)


def pub(t, *options, status=(0,), payload="hello"):
    result = subprocess.run([t.build("mote"), "pub", "-t", "t", "-m", payload, "-q", "1", *map(str, options)],
                            timeout=TIMEOUT_S, capture_output=True, text=True, check=False)
    check(result.returncode in status, f"exit status {result.returncode} of pub {options}: {result.stderr}")
    return result.stderr


def exchange(t, brokers, *options):
    """Sends there and back over the listener."""
    sub = t.start(t.build("mote"), "sub", "-d", "-t", "t", "-C", "1", "-q", "1", *options)
    sub.wait_line("SUBACK")
    pub(t, *options, payload="x" * 3000)
    sub.wait_line("^x{3000}$")
    check_equal(sub.wait_exit(), 0, f"exit status of sub {options}")


@case("tls")
def speaks_tls(t):
    brokers = Brokers(t)
    for version in ([], ["--tls-version", "tlsv1.2"], ["--tls-version", "tlsv1.3"]):
        exchange(t, brokers, "-h", "localhost", "-p", brokers.tls, *brokers.trust(), *version)
        exchange(t, brokers, "-h", "localhost", "-p", brokers.psk, "--psk", KEY, "--psk-identity", "joe", *version)
        exchange(t, brokers, "-h", "localhost", "-p", brokers.mutual, *brokers.trust(), *version, "--cert",
                 brokers.file("client.pem"), "--key", brokers.file("client.key"))
    exchange(t, brokers, "-L", f"mqtts://127.0.0.1:{brokers.tls}/t", *brokers.trust())


@case("refusals")
def says_why_it_does_not(t):
    brokers = Brokers(t)
    localhost = ["-h", "localhost", "-p"]
    for options, reason in (
            ([brokers.tls, *brokers.trust("other")], r"authority, an authority.* \(tls.untrusted\)"),
            ([brokers.mutual, *brokers.trust()], r"certificate of this side.* \(tls.untrusted\)"),
            ([brokers.mutual, *brokers.trust(), "--tls-version", "tlsv1.2"], r"\(tls.untrusted\)"),
            ([brokers.psk, "--psk", "aa", "--psk-identity", "joe"], r"pre-shared key \(tls.untrusted\)"),
            ([brokers.psk, "--psk", KEY, "--psk-identity", "jim"], r"\(tls.untrusted\)"),
            ([brokers.mosquitto.port, *brokers.trust()], r"is this the port for TLS\? \(tcp.reset\)"),
            ([brokers.tls], r"does this port want TLS\? \(tcp.reset\)"),
            ([brokers.ws], r"speaks HTTP.* \(mqtt.protocol\)"),
            ([brokers.tls, "--cafile", brokers.file("none")], r"none.*No such file.* \(config.invalid\)")):
        said = pub(t, *localhost, *options, status=FAILED)
        check(re.search(reason, said), f"{options}: {said}")
    said = pub(t, "-h", "127.0.0.2", "-p", brokers.named, *brokers.trust(), status=FAILED)
    check("the certificate is for localhost, 127.0.0.1" in said and "tls.name" in said, said)


@case("expired")
def says_that_a_certificate_has_expired(t):
    directory = t.directory()
    make_authority(directory, "authority")
    make_certificate(directory, "server", "authority", days="-1")
    port = free_port()
    files = [os.path.join(directory, name) for name in ("authority.pem", "server.pem", "server.key")]
    t.mosquitto(f"listener {port} 127.0.0.1\ncafile {files[0]}\ncertfile {files[1]}\nkeyfile {files[2]}\n")
    said = pub(t, "-h", "localhost", "-p", port, "--cafile", files[0], status=FAILED)
    check("expired on" in said and "tls.expired" in said, said)
    pub(t, "-h", "localhost", "-p", port, "--cafile", files[0], "--insecure")


@case("websockets")
def speaks_websockets(t):
    brokers = Brokers(t)
    exchange(t, brokers, "-L", f"ws://127.0.0.1:{brokers.ws}/t")
    exchange(t, brokers, "-L", f"wss://localhost:{brokers.wss}/t", *brokers.trust())
    said = pub(t, "-L", f"ws://127.0.0.1:{brokers.mosquitto.port}/t", status=FAILED)
    check("WebSocket" in said and "tcp.reset" in said, said)


@case("unix")
def speaks_over_a_socket_in_the_file_system(t):
    brokers = Brokers(t)
    exchange(t, brokers, "--unix", brokers.socket)
    check("tcp.refused" in pub(t, "--unix", brokers.file("none"), status=FAILED), "none there")


class Proxy(threading.Thread):
    """A SOCKS5 proxy for names and IPv4 addresses, with a password if there is one."""

    def __init__(self, password=None):
        super().__init__(daemon=True)
        self.password = password
        self.asked_for = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    @staticmethod
    def read(client, size):
        data = b""
        while len(data) < size:
            part = client.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def greet(self, client):
        methods = self.read(client, self.read(client, 2)[1])
        method = 2 if self.password else 0
        client.sendall(bytes([5, method if method in methods else 255]))
        if method not in methods:
            raise EOFError
        if self.password:
            user = self.read(client, self.read(client, 2)[1]).decode()
            fits = f"{user}:{self.read(client, self.read(client, 1)[0]).decode()}" == self.password
            client.sendall(bytes([1, 0 if fits else 1]))

    def connect(self, client):
        kind = self.read(client, 4)[3]
        host = self.read(client, self.read(client, 1)[0]).decode() if kind == 3 else socket.inet_ntoa(self.read(client, 4))
        port = int.from_bytes(self.read(client, 2), "big")
        self.asked_for.append(host)
        try:
            server = socket.create_connection(("127.0.0.1" if host == "broker.behind.proxy" else host, port), TIMEOUT_S)
        except OSError:
            client.sendall(bytes([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]))
            raise
        client.sendall(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        return server

    def serve(self, client):
        try:
            self.greet(client)
            server = self.connect(client)
            while True:
                for one in select.select([client, server], [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        return
                    (server if one is client else client).sendall(data)
        except (EOFError, OSError):
            pass
        finally:
            client.close()


@case("proxy")
def goes_through_a_proxy(t):
    brokers = Brokers(t)
    proxy = Proxy("joe:secret")
    through = ["--proxy", f"socks5h://joe:secret@127.0.0.1:{proxy.port}"]
    exchange(t, brokers, "-h", "broker.behind.proxy", "-p", brokers.mosquitto.port, *through)
    check("broker.behind.proxy" in proxy.asked_for, f"the proxy was asked for {proxy.asked_for}")
    exchange(t, brokers, "-h", "localhost", "-p", brokers.tls, *brokers.trust(), *through)
    exchange(t, brokers, "-L", f"wss://localhost:{brokers.wss}/t", *brokers.trust(), *through)
    said = pub(t, "-h", "localhost", "-p", free_port(), *through, status=FAILED)
    check("connection refused" in said and "tcp.refused" in said, said)
    said = pub(t, "-h", "localhost", "-p", brokers.mosquitto.port, "--proxy",
               f"socks5h://joe:wrong@127.0.0.1:{proxy.port}", status=FAILED)
    check("config.invalid" in said and "wrong" not in said, said)


def write_node(t, brokers, url, *lines):
    path = os.path.join(brokers.directory, "node.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(["node: lamp_node", "mqtt:", f"  url: {url}", "  retry_min: 100ms", "  retry_max: 500ms", *lines,
                              "switches:", "  - {name: lamp, pin: 2, command_topic: lamp}"]) + "\n")
    return path


def run(t, path):
    return t.start(t.build("mote"), "run", "--board", "sim", "--port", free_port(), path)


@case("node")
def runs_a_node(t):
    brokers = Brokers(t)
    path = write_node(t, brokers, f"mqtts://localhost:{brokers.mutual}", "  tls:", "    ca_file: authority.pem",
                      "    certificate_file: client.pem", "    key_file: client.key")
    checked = subprocess.run([t.build("mote"), "check", path], timeout=TIMEOUT_S, capture_output=True, text=True,
                             check=False)
    check_equal(checked.returncode, 0, f"check: {checked.stderr}")
    node = run(t, path)
    node.wait_line("ready: board .* broker mqtts://localhost")
    for payload in ("on", "off"):
        watcher = brokers.mosquitto.subscribe("lamp_node/#")
        brokers.mosquitto.publish("lamp", payload)
        watcher.wait_line(f"lamp_node/lamp/state {payload}")
        brokers.mosquitto.kill()
        node.wait_line(r"\(tcp\.(reset|refused)\)")
        brokers.mosquitto.start()
        node.wait_line("online")
    check_equal(node.stop(), 0, "exit status")


@case("node-untrusted")
def shows_why_a_node_is_not_connected(t):
    brokers = Brokers(t)
    path = write_node(t, brokers, f"mqtts://localhost:{brokers.tls}", "  tls: {ca_file: other.pem}")
    node = run(t, path)
    node.wait_line(r"authority, an authority that is not trusted here.*\(tls\.untrusted\)")
    check_equal(node.stop(), 0, "exit status")


main("interop/tls")
