#!/usr/bin/python3
# quick
"""mote wifi against a wpa_supplicant that the test makes up. Its interface is lo, which has an address on each machine."""

import json
import os
import re
import shutil
import socket
import stat
import struct
import threading
import zlib

from cli_pair import run
from mote_test import case, check, check_equal, main

STATUS = "bssid=02:00:00:00:00:07\nfreq=2437\nssid={ssid}\nid={block}\nmode=station\nwpa_state={state}\n"
FOUND = ("id=0\nbssid=02:00:00:00:00:01\nfreq=2412\nlevel=-70\nage=0\nflags=[WPA2-PSK-CCMP][ESS]\nssid=Far\n====\n"
         "id=1\nbssid=02:00:00:00:00:02\nfreq=5180\nlevel=-40\nage=0\nflags=[ESS]\nssid=\\x1b[2J\\xff\n====\n")


class Supplicant:
    """Answers requests in a thread of its own; what it was asked stays in `asked`."""

    def __init__(self, t, state="DISCONNECTED", ssid="", block=-1, event=None):
        self.folder = t.directory()
        self.state, self.ssid, self.block, self.event = state, ssid, block, event
        self.asked = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(os.path.join(self.folder, "lo"))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            request, client = self.socket.recvfrom(4096)
            self.asked.append(request.decode())
            for line in self.answers(self.asked[-1]):
                self.socket.sendto(line.encode(), client)

    def answers(self, request):
        if request == "STATUS":
            return [STATUS.format(ssid=self.ssid, block=self.block, state=self.state)]
        if request == "SIGNAL_POLL":
            return ["RSSI=-48\n"]
        if request.startswith("BSS RANGE=0-"):
            return [FOUND]
        if request.startswith("BSS"):
            return [""]
        if request == "SCAN TYPE=ONLY":
            return ["OK\n", "<3>CTRL-EVENT-SCAN-RESULTS "]
        if request == "ADD_NETWORK":
            return ["3\n"]
        if request == "SELECT_NETWORK 3":
            if self.event:
                return ["OK\n", self.event]
            self.state, self.ssid, self.block = "COMPLETED", "Home", 3
        return ["OK\n"]


def wifi(t, supplicant, *words, stdin=b""):
    env = {"MOTE_BOARD": "", "MOTE_WPA_CTRL": supplicant.folder if supplicant else t.directory(), "MOTE_WIFI_INTERFACE": ""}
    status, output, errors = run(t, [t.build("mote"), "wifi", *words], stdin=stdin, env=env)
    return status, output.decode(), errors


@case("scan")
def scan(t):
    supplicant = Supplicant(t)
    status, output, errors = wifi(t, supplicant, "scan", "--json")
    check_equal((status, errors), (0, ""), "scan --json")
    check_equal(json.loads(output), [
        {"ssid": "\\x1b[2J\\xff", "bssid": "02:00:00:00:00:02", "rssi_dbm": -40, "channel": 36, "open": True},
        {"ssid": "Far", "bssid": "02:00:00:00:00:01", "rssi_dbm": -70, "channel": 1, "open": False}], "scan --json")
    status, output, errors = wifi(t, supplicant, "scan")
    check_equal((status, errors, len(output.splitlines())), (0, "", 3), "scan")
    check("\x1b" not in output, "a stranger's name reaches the terminal")


@case("status")
def status_of(t):
    supplicant = Supplicant(t, "COMPLETED", "Home", 0)
    status, output, errors = wifi(t, supplicant, "status", "--json")
    check_equal((status, errors), (0, ""), "status --json")
    check_equal(json.loads(output), {"state": "connected", "ssid": "Home", "bssid": "02:00:00:00:00:07", "rssi_dbm": -48,
                                     "channel": 6, "address": "127.0.0.1", "reason": "ok"}, "status --json")
    status, output, errors = wifi(t, Supplicant(t), "status", "--json")
    check_equal((status, json.loads(output)["state"], json.loads(output)["ssid"]), (1, "idle", None), "not joined")


@case("connect")
def connect(t):
    supplicant = Supplicant(t)
    status, output, errors = wifi(t, supplicant, "connect", "Home", stdin=b"the secret key\n")
    check_equal((status, errors), (0, ""), "connect")
    check(output.startswith("connected: Home (02:00:00:00:00:07), channel 6, "), output)
    check('SET_NETWORK 3 psk "the secret key"' in supplicant.asked, supplicant.asked)
    check("secret" not in output + errors, "the key is printed")


@case("wrong-key")
def wrong_key(t):
    event = "<3>CTRL-EVENT-SSID-TEMP-DISABLED id=3 ssid=\"Home\" auth_failures=1 duration=10 reason=WRONG_KEY"
    status, output, errors = wifi(t, Supplicant(t, event=event), "connect", "Home", stdin=b"the secret key\n")
    check_equal((status, output), (1, ""), "a wrong key")
    check(errors.startswith("mote: Home: ") and errors.endswith("(wifi.wrong_key)\n"), errors)
    check("secret" not in errors, "the key is printed")


@case("no-key")
def no_key(t):
    for stdin in (b"", b"\n", b"short\n", b"x" * 200):
        status, output, errors = wifi(t, Supplicant(t), "connect", "Home", stdin=stdin)
        check_equal((status, output), (1, ""), repr(stdin))
        check(errors.endswith("(config.invalid)\n"), errors)


@case("forget")
def forget(t):
    supplicant = Supplicant(t)
    check_equal(wifi(t, supplicant, "connect", "--open", "Home")[0], 0, "connect")
    check("SET_NETWORK 3 key_mgmt NONE" in supplicant.asked, supplicant.asked)
    supplicant.answers_before = supplicant.answers
    supplicant.answers = lambda request: (["id\n3\tHome\tany\t[CURRENT]\n"] if request == "LIST_NETWORKS" else
                                          ['"mote 0"'] if request.startswith("GET_NETWORK") else
                                          supplicant.answers_before(request))
    check_equal(wifi(t, supplicant, "forget"), (0, "", ""), "forget")
    check("REMOVE_NETWORK 3" in supplicant.asked and "ENABLE_NETWORK 0" in supplicant.asked, supplicant.asked)


# ---- The code that a telephone reads ----

MARGIN = 4


def qr(t, *words):
    status, output, errors = wifi(t, None, "--qr", *words)
    check_equal((status, errors), (0, ""), words)
    return output


def modules_of_text(lines):
    rows = []
    for line in lines:
        rows.append([c in "▀█" for c in line])
        rows.append([c in "▄█" for c in line])
    return rows[:len(rows[0])]


def modules_of_svg(text):
    size = int(re.search(r'viewBox="0 0 (\d+) ', text)[1])
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", text)}
    return [[(x, y) in dark for x in range(size)] for y in range(size)]


def pixels_of_png(data):
    """Eight bits of grey, as they are written here; of the filters (PNG, 9.2) each but the first needs what was before."""
    width = struct.unpack(">I", data[16:20])[0]
    packed, at = b"", 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    raw, rows = zlib.decompress(packed), [bytes(width)]
    for start in range(0, len(raw), width + 1):
        row = bytearray(raw[start + 1:start + 1 + width])
        for i, value in enumerate(row):
            left, above = row[i - 1] if i else 0, rows[-1][i]
            corner = rows[-1][i - 1] if i else 0
            near = min((left, above, corner), key=lambda one: abs(left + above - corner - one))
            row[i] = (value + (0, left, above, (left + above) // 2, near)[raw[start]]) % 256
        rows.append(bytes(row))
    return rows[1:]


@case("qr-is-the-same-everywhere")
def qr_is_the_same(t):
    """On the terminal, in both kinds of picture; with the three corners that a camera looks for."""
    folder = t.directory()
    svg, png = (os.path.join(folder, name) for name in ("label.svg", "label.png"))
    lines = qr(t, "ap", "lamp").splitlines()
    check_equal(lines[-2], "network  lamp-setup", "the name")
    key = re.fullmatch("key      ([a-hjkmnp-z2-9]{12})", lines[-1])[1]
    shown = modules_of_text(lines[:-2])
    check_equal(qr(t, "ap", "lamp", svg) + qr(t, "ap", png, "lamp"), "", "with a picture nothing is printed")
    for path in (svg, png):
        check_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, path)
    with open(svg, encoding="utf-8") as file:
        check_equal(modules_of_svg(file.read()), shown, "the SVG")
    with open(png, "rb") as file:
        pixels = pixels_of_png(file.read())
    scale = len(pixels) // len(shown)
    check_equal([[row[x * scale] == 0 for x in range(len(shown))] for row in pixels[::scale]], shown, "the PNG")
    finder = [[max(abs(x - 3), abs(y - 3)) != 2 for x in range(7)] for y in range(7)]
    far = len(shown) - MARGIN - 7
    for x, y in ((MARGIN, MARGIN), (far, MARGIN), (MARGIN, far)):
        check_equal([row[x:x + 7] for row in shown[y:y + 7]], finder, f"the corner at {x}, {y}")
    check(not any(any(row) for row in shown[:MARGIN]), "the margin")
    if shutil.which("zbarimg"):
        read = run(t, ["zbarimg", "-q", "--raw", "--nodbus", png])[1].decode().strip()
        check_equal(read, f"WIFI:T:WPA;S:lamp-setup;P:{key};;", "what a camera reads")


@case("qr-text")
def qr_text(t):
    for ssid, said in (("Home", "Home"), ('a;b\\c"d,e:f', 'a\\;b\\\\c\\"d\\,e\\:f'), ("ü" * 16, "ü" * 16)):
        found = json.loads(qr(t, "--json", "--open", "--ssid", ssid, "ap", "lamp"))
        check_equal(found["qr"], f"WIFI:T:nopass;S:{said};;", ssid)


@case("the-key-is-kept-for-each-node")
def the_key(t):
    lamp, again, other = (json.loads(qr(t, "--json", "ap", name)) for name in ("lamp", "lamp", "other"))
    check_equal(lamp, again, "the same node")
    check(lamp["key"] != other["key"], "another node")
    path = os.path.join(t.directory(), "node.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("node: lamp\nsetup: {}\n")
    check_equal(json.loads(qr(t, "--json", "ap", path)), lamp, "by its file")
    with open(path, "w", encoding="utf-8") as file:
        file.write("node: lamp\nsetup: {ssid: Kitchen, key: its own key}\n")
    check_equal(json.loads(qr(t, "--json", "ap", path))["qr"], "WIFI:T:WPA;S:Kitchen;P:its own key;;", "as the file says")
    with open(os.path.join(os.environ["MOTE_STATE_DIRECTORY"], "lamp.settings"), "r+b") as file:
        file.write(b"nonsense")
    status, output, errors = wifi(t, None, "--qr", "ap", "lamp")
    check_equal((status, output), (1, ""), "damaged settings")
    check("lamp.settings.damaged (config.invalid)" in errors, errors)


@case("ap-usage")
def ap_usage(t):
    for words in (["ap", "a", "b"], ["--qr", "ap", "a", "b.png", "c.png"], ["--ssid", "x" * 33, "ap"], ["--ssid", "", "ap"],
                  ["--close", "ap"], ["ap", "none.yaml"], ["--qr", "ap", "lamp", "/nowhere/x.png"]):
        status, output, errors = wifi(t, None, *words)
        check_equal((status, output), (1, ""), words)
        check("(config.invalid)" in errors, errors)


@case("inactive")
def inactive(t):
    for words in (["scan"], ["status"], ["forget"], ["connect", "Home", "--open"], ["ap", "lamp"]):
        status, output, errors = wifi(t, None, *words)
        check_equal((status, output), (1, ""), words)
        check("no wpa_supplicant at" in errors and errors.endswith("(wifi.inactive)\n"), errors)


@case("usage")
def usage(t):
    for words in ([], ["scan", "x"], ["connect"], ["nonsense"], ["--timeout", "x", "status"], ["--nonsense"]):
        status, output, errors = wifi(t, None, *words)
        check_equal((status, output), (1, ""), words)
        check("(config.invalid)" in errors, errors)
    status, output, errors = wifi(t, None, "--help")
    check_equal((status, errors, output.startswith("Usage: mote wifi")), (0, "", True), "--help")


main("interop/cli-wifi")
