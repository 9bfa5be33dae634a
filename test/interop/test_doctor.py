#!/usr/bin/python3
# quick
"""mote doctor: each way to end, told at the right step, with its reason."""

import json
import os
import socket
import threading

from cli_pair import run
from mote_test import case, check, check_equal, free_port, main
from tls_files import make_authority, make_certificate

STEPS = ["wifi", "lease", "dns", "tcp", "tls", "connack", "suback"]


def doctor(t, *words, env=None):
    status, output, errors = run(t, [t.build("mote"), "doctor", "--json", *words], env=env)
    check(errors == "", errors)
    found = json.loads(output)
    check_equal([step["step"] for step in found["steps"]], STEPS, "the steps")
    check_equal((status, found["well"]), (0, True) if found["reason"] == "ok" else (1, False), f"the verdict of {output}")
    return found


def results(found):
    return [step["result"] for step in found["steps"]]


def expect(found, step, reason, words=""):
    """The way ends at this step: all before are right or skipped, none behind is reached."""
    at = STEPS.index(step)
    told = results(found)
    check(all(result in ("ok", "skipped") for result in told[:at]), found)
    check_equal(told[at:], ["failed"] + ["not_reached"] * (len(STEPS) - at - 1), f"from {step} on")
    check_equal((found["reason"], found["steps"][at]["reason"]), (reason, reason), found)
    check(words in found["steps"][at]["words"], found)
    check(found["sentence"] != "" and found["next"] != "", found)


def server(behave):
    """Listens; `behave` is called with each connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=behave, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def keep_silent(connection):
    while connection.recv(4096):
        pass


class Broker:
    """A mosquitto with a password, an access list, and TLS with certificates that are not all right."""

    def __init__(self, t):
        self.folder = t.directory()
        make_authority(self.folder, "authority")
        make_authority(self.folder, "other")
        make_certificate(self.folder, "right", "authority")
        make_certificate(self.folder, "named", "authority", names="DNS:elsewhere.example")
        make_certificate(self.folder, "expired", "authority", days="-1")
        self.ports = {name: free_port() for name in ("right", "named", "expired")}
        self.write("acl", "user joe\ntopic read mote/#\n")
        self.write("passwords", "joe:secret\n")
        run(t, ["mosquitto_passwd", "-U", self.file("passwords")])
        listeners = "".join(f"listener {port} 127.0.0.1\ncertfile {self.file(name)}.pem\nkeyfile {self.file(name)}.key\n"
                            for name, port in self.ports.items())
        self.mosquitto = t.mosquitto(f"allow_anonymous false\npassword_file {self.file('passwords')}\n"
                                     f"acl_file {self.file('acl')}\n{listeners}")
        self.mosquitto.program.wait_line("mosquitto version .* running")

    def file(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.file(name)

    def node(self, port, *, host="localhost", authority="authority", rest=""):
        tls = f"  tls: {{ca_file: {self.file(authority)}.pem}}\n" if authority else ""
        return self.write("node.yaml", f"node: lamp\nmqtt:\n  url: mqtts://joe:secret@{host}:{port}\n{tls}{rest}")


@case("all-is-well")
def well(t):
    broker = t.mosquitto()
    found = doctor(t, f"mqtt://127.0.0.1:{broker.port}")
    check_equal(results(found), ["skipped", "skipped", "skipped", "ok", "skipped", "ok", "ok"], "by address")
    check_equal((found["broker"], found["next"]), (f"mqtt://127.0.0.1:{broker.port}", ""), "the rest")
    found = doctor(t, f"mqtt://localhost:{broker.port}")
    check_equal(results(found), ["skipped", "skipped", "ok", "ok", "skipped", "ok", "ok"], "by name")
    check(all(isinstance(step["ms"], int) == (step["result"] == "ok") for step in found["steps"]), found)
    status, output, errors = run(t, [t.build("mote"), "doctor", f"mqtt://127.0.0.1:{broker.port}"])
    check_equal((status, errors, output.splitlines()[-1]), (0, "", b"All is well."), "for people")


@case("a-node")
def node(t):
    broker = Broker(t)
    path = broker.node(broker.ports["right"], rest="switches:\n  - {name: lamp, pin: 2, command_topic: mote/lamp}\n")
    found = doctor(t, path)
    check_equal(results(found), ["skipped", "skipped", "ok", "ok", "ok", "ok", "ok"], "with TLS and a password")
    check_equal(found["steps"][-1]["words"], "mote/lamp", "what it subscribes to")
    check("secret" not in json.dumps(found), "the password is told")


@case("nobody-listens")
def refused(t):
    expect(doctor(t, f"mqtt://localhost:{free_port()}"), "tcp", "tcp.refused", "Connection refused")
    expect(doctor(t, "unix:///nowhere/socket"), "tcp", "tcp.refused")


@case("no-such-name")
def no_name(t):
    """Nobody is asked for such a name: resolvers answer it themselves (RFC 7686)."""
    found = doctor(t, "mqtt://broker.onion")
    if found["steps"][1]["result"] != "failed":  # this machine has a network at all
        expect(found, "dns", "dns.not_found")


@case("silent-server")
def silent(t):
    port = server(keep_silent)
    expect(doctor(t, "--timeout", "300ms", f"mqtt://127.0.0.1:{port}"), "connack", "mqtt.protocol", "no answer in 300 ms")
    found = doctor(t, "--timeout", "300ms", f"mqtts://127.0.0.1:{port}")
    expect(found, "tls", "tcp.timeout", "no answer in 300 ms")


@case("no-mqtt")
def no_mqtt(t):
    def speak_http(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        connection.close()

    expect(doctor(t, f"mqtt://127.0.0.1:{server(speak_http)}"), "connack", "mqtt.protocol")
    expect(doctor(t, f"mqtt://127.0.0.1:{server(lambda connection: connection.close())}"), "connack", "tcp.reset")


@case("wrong-password")
def password(t):
    broker = Broker(t)
    path = broker.node(broker.ports["right"])
    with open(path, encoding="utf-8") as file:
        text = file.read()
    path = broker.write("wrong.yaml", text.replace(":secret@", ":wr0ng-pass@"))
    found = doctor(t, path)
    expect(found, "connack", "mqtt.not_authorized")
    check("wr0ng-pass" not in json.dumps(found), "the password is told")


@case("no-right")
def no_right(t):
    """A broker that refuses the filter: mosquitto 2.0 grants what it then does not deliver, so it is one of ours."""
    def grant_nothing(connection):
        if not connection.recv(4096):
            return
        connection.sendall(b"\x20\x02\x00\x00")
        packet = connection.recv(4096)
        connection.sendall(b"\x90\x03" + packet[2:4] + b"\x80")
        keep_silent(connection)

    expect(doctor(t, f"mqtt://127.0.0.1:{server(grant_nothing)}"), "suback", "mqtt.not_authorized")


@case("certificates")
def certificates(t):
    broker = Broker(t)
    expect(doctor(t, broker.node(broker.ports["right"], authority="other")), "tls", "tls.untrusted")
    expect(doctor(t, broker.node(broker.ports["right"], authority=None)), "tls", "tls.untrusted")
    expect(doctor(t, broker.node(broker.ports["named"])), "tls", "tls.name", "elsewhere.example")
    expect(doctor(t, broker.node(broker.ports["expired"])), "tls", "tls.expired")


@case("plain-port-with-tls")
def plain_port(t):
    broker = t.mosquitto()
    found = doctor(t, "--timeout", "5s", f"mqtts://127.0.0.1:{broker.port}")
    expect(found, "tls", "tcp.reset")


@case("not-in-the-arguments")
def arguments(t):
    """A password in the URL does not stay where `ps` shows it."""
    asked, go = threading.Event(), threading.Event()

    def wait(connection):
        asked.set()
        go.wait()
        connection.close()

    program = t.start(t.build("mote"), "doctor", f"mqtt://joe:tOpSeCrEt@127.0.0.1:{server(wait)}")
    asked.wait(60)
    with open(f"/proc/{program.process.pid}/cmdline", "rb") as file:
        shown = file.read()
    go.set()
    check_equal(program.wait_exit(), 1, "its exit status")
    check(b"tOpSeCrEt" not in shown, shown)
    check(not any("tOpSeCrEt" in line for line in program.lines), program.lines)


@case("usage")
def usage(t):
    for words in (["--nonsense"], ["--timeout", "x"], ["--timeout"], ["a", "b"], ["mqtt://"], ["ftp://x"], ["none.yaml"]):
        status, output, errors = run(t, [t.build("mote"), "doctor", *words])
        check_equal((status, output), (1, b""), words)
        check("(config.invalid)" in errors, errors)
    status, output, errors = run(t, [t.build("mote"), "doctor", "--help"])
    check_equal((status, errors, output.startswith(b"Usage: mote doctor")), (0, "", True), "--help")


main("interop/doctor")
