#!/usr/bin/python3
# quick
"""mote flash-image: the settings image that it makes, byte for byte as docs/PROTOCOL.md has it, and what it refuses."""

import os
import stat
import subprocess
import zlib

from mote_test import TIMEOUT_S, case, check, check_equal, main

KITCHEN = """\
node: kitchen
wifi:
  networks:
    - {ssid: Home, password: "key of home", priority: 3, bssid: "02:00:00:00:00:09", attempts: 2}
    - {ssid: Shed, hidden: true, address: 192.168.1.7/24, gateway: 192.168.1.1, dns: 9.9.9.9}
mqtt:
  url: [mqtt://user:secret@broker.home, mqtt://10.0.0.1]
  version: 5
  keep_alive: 2m
  keep_session: true
  session_expiry: 1h
  retry_min: 500ms
  retry_max: 1m
switches:
  - {name: lamp, pin: 2, active: low}
  - {name: fan, pin: 4, boot: keep, command_topic: home/fan, obey_retained: true, on_time_max: 30m}
buttons:
  - {name: button, pin: 0, active: low, pull: up, toggles: fan, event_qos: 1}
"""


def string(text):
    return text.encode() + b"\0"


def number(value, size=4):
    return value.to_bytes(size, "big")


def field(kind, value):
    return bytes([kind]) + number(len(value), 2) + value


def sealed(body):
    record = b"MIMG\1" + number(len(body)) + body
    return record + number(zlib.crc32(record))


def session(keep_alive=0, version=4, flags=0, expiry=0, way_back=0, retry_min=0, retry_max=0, spread=0):
    return field(2, number(keep_alive, 2) + bytes([version, flags]) +
                 b"".join(map(number, (expiry, way_back, retry_min, retry_max, spread))))


def flash_image(t, yaml, *options, folder=None, name="kitchen.yaml"):
    path = os.path.join(folder or t.directory(), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(yaml)
    run = subprocess.run([t.build("mote"), "flash-image", *options, path], capture_output=True, text=True,
                         timeout=TIMEOUT_S, check=False)
    return path, run


def read(path):
    with open(path, "rb") as file:
        return file.read()


@case("says-all-of-the-node")
def says_all(t):
    path, run = flash_image(t, KITCHEN)
    check_equal((run.returncode, run.stderr), (0, ""), "exit status and stderr")
    addresses = b"".join(text.encode().ljust(16, b"\0")
                         for text in ("192.168.1.7", "255.255.255.0", "192.168.1.1", "9.9.9.9"))
    expected = sealed(
        field(1, string("kitchen")) + session(120, 5, 1, 3600, 0, 500, 60000, 0) +
        field(4, string("mqtt://user:secret@broker.home")) + field(4, string("mqtt://10.0.0.1")) +
        field(5, bytes([0, 3, 2, 2, 0, 0, 0, 0, 9]) + string("Home") + string("key of home")) +
        field(5, bytes([3, 0, 0, 0, 0, 0, 0, 0, 0]) + addresses + string("Shed") + string("")) +
        field(6, number(2, 2) + bytes([1, 0, 0]) + number(0) + string("lamp") + string("")) +
        field(6, number(4, 2) + bytes([0, 2, 1]) + number(1800000) + string("fan") + string("home/fan")) +
        field(7, number(0, 2) + bytes([1, 1, 2, 1]) + string("button")))
    check_equal(read(path.replace(".yaml", ".img")), expected, "the image")


@case("passwords-are-its-owners-alone")
def owners_alone(t):
    folder = t.directory()
    path, run = flash_image(t, KITCHEN, folder=folder)
    image = path.replace(".yaml", ".img")
    check_equal(run.returncode, 0, run.stderr)
    check_equal(stat.S_IMODE(os.stat(image).st_mode), 0o600, "the mode")
    check(not any(word in run.stdout + run.stderr for word in ("secret", "key of home")), run.stdout + run.stderr)
    os.chmod(image, 0o644)  # one that was there before is replaced, not written into
    _, run = flash_image(t, KITCHEN, folder=folder)
    check_equal((run.returncode, stat.S_IMODE(os.stat(image).st_mode)), (0, 0o600), "status and mode of the second")
    check_equal(sorted(os.listdir(folder)), ["kitchen.img", "kitchen.yaml"], "what lies there")


@case("output-goes-where-it-is-told")
def output(t):
    image = os.path.join(t.directory(), "other.bin")
    _, run = flash_image(t, "node: a\n", "-o", image)
    check_equal((run.returncode, run.stderr), (0, ""), "exit status and stderr")
    check_equal(read(image), sealed(field(1, string("a")) + session(version=0)), "the image")


@case("authorities-become-part-of-it")
def authorities(t):
    pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    folder = t.directory()
    with open(os.path.join(folder, "ca.pem"), "w", encoding="utf-8") as file:
        file.write(pem)
    path, run = flash_image(t, "node: a\nmqtt: {url: mqtts://b, tls: {ca_file: ca.pem}}\n", folder=folder, name="a.yaml")
    check_equal((run.returncode, run.stderr), (0, ""), "exit status and stderr")
    check_equal(read(path.replace(".yaml", ".img")),
                sealed(field(1, string("a")) + session() + field(3, string(pem)) + field(4, string("mqtts://b"))), "the image")
    with open(os.path.join(folder, "ca.pem"), "a", encoding="utf-8") as file:
        file.write("x" * 4096)
    _, run = flash_image(t, "node: a\nmqtt: {url: mqtts://b, tls: {ca_file: ca.pem}}\n", folder=folder, name="a.yaml")
    check_equal(run.returncode, 1, "exit status")
    check("does not fit an image of 4096 bytes (mqtt.quota)" in run.stderr, run.stderr)


REFUSED = {
    "proxy": ("mqtt: {url: mqtt://b, proxy: socks5h://p}\n", "a chip has none (config.invalid)"),
    "bind-address": ("mqtt: {url: mqtt://b, bind_address: 10.0.0.1}\n", "one address (config.invalid)"),
    "websocket": ("mqtt: {url: ws://b}\n", "mqtts:// only (config.invalid)"),
    "fallback": ("mqtt: {url: [mqtt://b, wss://b]}\n", "mqtts:// only (config.invalid)"),
    "psk": ("mqtt: {url: mqtts://b, tls: {psk: AA, psk_identity: i}}\n", "ca_file and nothing else (config.invalid)"),
    "line": ("switches: [{name: l, pin: gpiochip0/1}]\n", "not a line (pin.absent)"),
    "many": ("switches:\n" + "".join(f"  - {{name: l{i}, pin: {i}}}\n" for i in range(9)), "too many"),
    "wrong": ("nonsense: 1\n", "expected"),
}


@case("what-a-chip-cannot-do-is-refused")
def refused(t):
    for name, (yaml, words) in REFUSED.items():
        path, run = flash_image(t, "node: a\n" + yaml, name=name + ".yaml")
        check_equal(run.returncode, 1, f"{name}: exit status")
        check(words in run.stderr, f"{name}: {run.stderr}")
        check(not os.path.exists(path.replace(".yaml", ".img")), f"{name}: there is an image")


@case("help")
def help_text(t):
    run = subprocess.run([t.build("mote"), "flash-image", "--help"], capture_output=True, text=True, timeout=TIMEOUT_S,
                         check=False)
    check_equal((run.returncode, run.stderr), (0, ""), "exit status and stderr")
    check(run.stdout.startswith("Usage: mote flash-image "), run.stdout)


main("interop/flash_image")
