#!/usr/bin/python3
"""mote wifi while a node runs: the node is asked at its control socket, and keeps what it learns."""

import json
import os
import pathlib
import socket
import stat
import struct

from board_test import ID, NODE, Board
from cli_pair import run
from mote_test import Skip, case, check, check_equal, main

AIR = "Home=its key is long@-50;Cafe=coffee and cake@-60;Open@-70"
HOME = NODE.replace('{ssid: "No,thankyou-2", password: beijing_newhome_11.3}', "{ssid: Home, password: its key is long}") \
    .replace("    - {ssid: SSBun, password: Bz123456}\n", "")


def start(t, *options, text=HOME):
    board = Board(t, *options, text=text, env={"MOTE_SIM_AIR": AIR})
    board.wait_state("online")
    return board


def wifi(t, *words, stdin=b"", env=None):
    status, output, errors = run(t, [t.build("mote"), "wifi", *words], stdin=stdin, env=env)
    return status, output.decode(), errors


def ssid_of(t):
    return json.loads(wifi(t, "status", "--json")[1])["ssid"]


def path_of(node=ID):
    return os.path.join(os.environ["MOTE_RUNTIME_DIRECTORY"], node + ".sock")


def ask(line):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path_of())
        connection.sendall(line)
        return connection.makefile().readline()


@case("status")
def status_of(t):
    start(t)
    status, output, errors = wifi(t, "status", "--json")
    check_equal((status, errors), (0, ""), "status --json")
    told = json.loads(output)
    check_equal((told["state"], told["ssid"], told["reason"]), ("connected", "Home", "ok"), "status")
    status, output, errors = wifi(t, "status")
    check(output.startswith("connected: Home (") and (status, errors) == (0, ""), output + errors)


@case("only-the-owner-is-let-in")
def only_the_owner(t):
    start(t)
    about = os.stat(path_of())
    check(stat.S_ISSOCK(about.st_mode), "a socket")
    check_equal(stat.S_IMODE(about.st_mode), 0o600, "its mode")
    check_equal(stat.S_IMODE(os.stat(os.path.dirname(path_of())).st_mode) & 0o077, 0, "its folder's mode")


@case("somebody-else-is-told-so")
def somebody_else(t):
    if os.geteuid() != 0:
        raise Skip("only root can become somebody else")
    start(t)
    os.chmod(os.path.dirname(path_of()), 0o755)
    if any(not os.stat(folder).st_mode & 0o001 for folder in pathlib.Path(t.build("mote")).parents):
        raise Skip("somebody else cannot run the program where it is")
    status, output, errors = run(t, ["setpriv", "--reuid=65534", "--clear-groups", t.build("mote"), "wifi", "status"])
    check_equal((status, output), (1, b""), "as somebody else")
    check_equal(errors, f"mote: {ID}: this node runs for another user: ask as that user, or as root\n", "as somebody else")
    os.chmod(path_of(), 0o666)  # nor does it help if the file's mode lets him in
    status, output, errors = run(t, ["setpriv", "--reuid=65534", "--clear-groups", t.build("mote"), "wifi", "status"])
    check_equal((status, output), (1, b""), "as somebody else whom the file lets in")
    check("must not be asked by this user" in errors, errors)


@case("connect-is-kept-over-a-restart")
def connect(t):
    board = start(t)
    status, output, errors = wifi(t, "connect", "Cafe", stdin=b"coffee and cake\n")
    check_equal((status, errors), (0, ""), "connect")
    check(output.startswith("connected: Cafe ("), output)
    board.wait_state("online")
    check("cake" not in output, "the key is printed")
    kept = os.path.join(os.environ["MOTE_STATE_DIRECTORY"], ID + ".settings")
    check(not os.path.exists(kept), "the virtual board keeps them itself")
    board.post("power", on=False)
    board.post("power", on=True)
    board.wait_state("online")
    check_equal(ssid_of(t), "Cafe", "after a power cut")


@case("what-does-not-work-is-not-kept")
def connect_in_vain(t):
    board = start(t)
    status, output, errors = wifi(t, "connect", "Cafe", stdin=b"not the key of it\n")
    check_equal((status, output), (1, ""), "with a wrong key")
    check(errors.startswith("mote: Cafe: ") and errors.endswith("(wifi.wrong_key)\n"), errors)
    board.wait_state("online")
    check_equal(ssid_of(t), "Home", "after it")
    status, output, errors = wifi(t, "--timeout", "4s", "connect", "Nowhere", "--open")
    check_equal((status, output), (1, ""), "a network that is not there")
    check(errors.endswith("(wifi.no_network)\n"), errors)
    status, output, errors = wifi(t, "connect", "Cafe", stdin=b"short\n")
    check(status == 1 and errors.endswith("(config.invalid)\n"), errors)
    board.wait_state("online")
    check_equal(ssid_of(t), "Home", "after all")


@case("gone-before-it-is-done")
def gone(t):
    """Who does not wait for the answer gets nothing changed."""
    board = start(t)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path_of())
        connection.sendall(b'{"command": "connect", "ssid": "Nowhere"}\n')
        board.wait_state("joining")
    board.wait_state("online")
    check_equal(ssid_of(t), "Home", "after it")


@case("forget")
def forget(t):
    board = start(t)
    check_equal(wifi(t, "connect", "Open", "--open")[0], 0, "connect")
    status, output, errors = wifi(t, "forget")
    check_equal((status, output, errors), (0, "", ""), "forget")
    board.wait("home again", lambda now: now["wifi"]["ssid"] == "Home")
    for words in (["forget"], ["forget", "Home"], ["forget", "Open"]):
        status, output, errors = wifi(t, *words)
        check_equal((status, output), (1, ""), words)
        check("those of its file are to be taken out there (config.invalid)" in errors, errors)


@case("access-point")
def access_point(t):
    start(t)
    status, output, errors = wifi(t, "ap")
    check_equal((status, errors), (0, ""), "ap")
    check(output.startswith(f"access point {ID}-setup is opened by the node {ID}"), output)
    status, output, errors = wifi(t, "--qr", "--json", "ap")
    check_equal((status, errors), (0, ""), "ap --qr")
    told = json.loads(output)
    check_equal(told["qr"], f"WIFI:T:WPA;S:{ID}-setup;P:{told['key']};;", "the code")
    check_equal(json.loads(wifi(t, "--qr", "--json", "ap")[1])["key"], told["key"], "the key stays")
    check_equal(wifi(t, "--close", "ap")[0], 0, "--close")


@case("several-nodes")
def several(t):
    start(t)
    start(t, text=HOME.replace(ID, "other"))
    status, output, errors = wifi(t, "status")
    check_equal((status, output), (1, ""), "which one?")
    check("choose one with --node" in errors, errors)
    check_equal(wifi(t, "status", "--node", "other")[0], 0, "--node")
    status, output, errors = wifi(t, "status", "--node", "third")
    check(status == 1 and "no such node" in errors, errors)


@case("the-socket-of-a-killed-node-is-taken-over")
def killed(t):
    board = start(t)
    board.program.kill()
    check(os.path.exists(path_of()), "it has left it")
    status, _, errors = wifi(t, "status")
    check(status == 1 and "wifi.inactive" in errors, errors)
    board = start(t)
    check_equal(ssid_of(t), "Home", "the next one")
    board.program.stop()
    check(not os.path.exists(path_of()), "it has not left it")


@case("a-second-node-of-the-same-id")
def second(t):
    start(t)
    board = Board(t, text=HOME, env={"MOTE_SIM_AIR": AIR})
    board.wait_state("online")
    check(any("cannot ask this node: " in line and "another node of this id runs" in line for line in board.program.lines),
          board.program.lines)


@case("nonsense-is-refused")
def nonsense(t):
    board = start(t)
    for line in (b"\n", b"nonsense\n", b"[]\n", b'"status"\n', b"{}\n", b'{"command": 7}\n', b'{"command": "x"}\n',
                 b'{"command": "connect"}\n', b'{"command": "connect", "ssid": []}\n',
                 b'{"command": "connect", "ssid": "' + b"x" * 33 + b'"}\n',
                 b'{"command": "connect", "ssid": "Home", "key": "' + b"x" * 66 + b'"}\n',
                 b"[" * 900 + b"\n", b"x" * 2000, b"\xff\xfe\n", b'{"command": "status"\x00}\n'):
        answer = json.loads(ask(line))
        check_equal((answer["ok"], answer["reason"]), (False, "config.invalid"), line[:60])
    connections = [socket.socket(socket.AF_UNIX) for _ in range(8)]  # more than it takes
    for connection in connections:
        connection.connect(path_of())
    for connection in connections:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 0))
        connection.close()
    board.wait_state("online")
    check_equal(ssid_of(t), "Home", "after all of that")


main("interop/cli-wifi-node")
