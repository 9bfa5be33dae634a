#!/usr/bin/python3
# quick
"""mote outbox: what a node has not delivered yet, looked at while it runs and while it does not; and what it says when it cannot."""

import base64
import json
import os
import pathlib
import pty
import re
import subprocess

from board_test import Board
from cli_pair import run
from mote_test import TIMEOUT_S, case, check, check_equal, free_port, main

NODE = """\
node: lamp
outbox: {size: 64KB, topics: [{topic: lamp/count, policy: latest}]}
switches: [{name: lamp, pin: "led:lamp"}]
"""


def outbox(t, *words, env=None):
    status, output, errors = run(t, [t.build("mote"), "outbox", *words], env=env)
    return status, output.decode(), errors


def state(name):
    return os.path.join(os.environ["MOTE_STATE_DIRECTORY"], name)


def fill(t, count, *options):
    """Numbers that no broker takes."""
    program = t.compile(t.source("test", "interop", "outbox_probe.c"))
    subprocess.run([program, "-x", "-n", str(count), *options, "lamp", "mqtt://127.0.0.1:1"], check=True, timeout=TIMEOUT_S,
                   capture_output=True)
    return program


def node_file(t, text=NODE):
    path = os.path.join(t.directory(), "node.yaml")
    pathlib.Path(path).write_text(text, encoding="utf-8")
    return path


@case("list")
def lists(t):
    fill(t, 3)
    status, output, errors = outbox(t, "list", "lamp")
    check_equal((status, errors), (0, ""), "list")
    lines = output.splitlines()
    check_equal(lines[0].split(), ["age", "QoS", "bytes", "topic"], "head")
    check_equal([re.fullmatch(r" +\d+s    2        10  lamp/count", line) is not None for line in lines[1:]], [True] * 3,
                f"the lines {lines}")
    status, output, errors = outbox(t, "list", "--json", "lamp")
    messages = [json.loads(line) for line in output.splitlines()]
    check_equal((status, errors, len(messages)), (0, "", 3), "list --json")
    check_equal({**messages[0], "age_s": 0}, {"topic": "lamp/count", "qos": 2, "retain": False, "age_s": 0, "bytes": 10},
                "a message")


# The file has what the node's topics say: of one whose latest counts there is one.
@case("list-of-a-node-file")
def lists_by_file(t):
    fill(t, 3, "-l")
    status, output, errors = outbox(t, "list", "--json", node_file(t))
    messages = [json.loads(line) for line in output.splitlines()]
    check_equal((status, errors, len(messages)), (0, "", 1), "list --json")
    check_equal(outbox(t, "list", node_file(t, "node: a b: c\n"))[0], 1, "of a wrong file")


@case("export")
def exports(t):
    fill(t, 2)
    status, output, errors = outbox(t, "export", "lamp")
    messages = [json.loads(line) for line in output.splitlines()]
    check_equal((status, errors), (0, ""), "export")
    check_equal([message["payload"] for message in messages], ["1 xxxxxxxx", "2 xxxxxxxx"], "payloads")
    folder = t.directory()
    status, output, errors = outbox(t, "--raw", folder, "export", "lamp")
    files = [json.loads(line)["file"] for line in output.splitlines()]
    check_equal((status, errors, files), (0, "", [f"{folder}/1", f"{folder}/2"]), "export --raw")
    check_equal(pathlib.Path(files[1]).read_bytes(), b"2 xxxxxxxx", "a file")
    check_equal(os.stat(files[1]).st_mode & 0o777, 0o600, "its mode")
    status, output, errors = outbox(t, "--raw", folder, "export", "lamp")
    check_equal((status, output), (1, ""), "export --raw a second time")
    check(errors.startswith(f"mote: {folder}/1: File exists (config.invalid)"), errors)


# A payload that is no text goes in base64.
@case("export-bytes")
def exports_bytes(t):
    fill(t, 1)
    path = state("lamp.outbox")
    bytes_before = pathlib.Path(path).read_bytes()
    check(bytes_before.count(b"1 xxxxxxxx") == 1, "the payload is there once, as it is")
    with_bytes = t.compile(binary_source(t))
    os.remove(path)
    subprocess.run([with_bytes], check=True, timeout=TIMEOUT_S)
    message = json.loads(outbox(t, "export", "lamp")[1])
    check_equal(base64.b64decode(message["payload_base64"]), b"\xff\x00\x80", "the payload")


PROPERTIES = r"""
    static const struct mote_property items[] = {
        {.id = MOTE_PAYLOAD_FORMAT_INDICATOR, .number = 1},
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 3600},
        {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("text/plain")},
        {.id = MOTE_RESPONSE_TOPIC, .text = MOTE_TEXT("back")},
        {.id = MOTE_CORRELATION_DATA, .text = {"\xfe", 2}},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("1")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("a"), .value = MOTE_TEXT("2")},
        {.id = MOTE_USER_PROPERTY, .text = MOTE_TEXT("\xc3\xbc"), .value = MOTE_TEXT("")},
    };
    message.properties = (struct mote_properties){.items = items, .count = 8};
    message.retain = true;
"""


# Whoever sends it in another way has all that the outbox would have sent.
@case("export-properties")
def exports_properties(t):
    subprocess.run([t.compile(binary_source(t, PROPERTIES))], check=True, timeout=TIMEOUT_S)
    expected = {"payload-format-indicator": 1, "message-expiry-interval": 3600, "content-type": "text/plain", "response-topic": "back",
                "correlation-data_base64": base64.b64encode(b"\xfe\x00").decode(),
                "user-properties": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}, {"name": "\u00fc", "value": ""}]}
    for words in (("export",), ("list", "--json"), ("--raw", t.directory(), "export")):
        message = json.loads(outbox(t, *words, "lamp")[1])
        check_equal(message["properties"], expected, words[0])
        check_equal((message["topic"], message["qos"], message["retain"]), ("t", 1, True), "the rest")


def binary_source(t, more=""):
    path = os.path.join(t.directory(), "binary.c")
    pathlib.Path(path).write_text("""\
#include <mote/mote.h>
int main(void)
{
    static struct mote_flash flash;
    static struct mote_outbox outbox;
    static unsigned char page[512];
    static struct mote_outbox_config config = {.flash = &flash, .page = page, .page_size = sizeof page};
    const struct mote_port *port = mote_port();
    struct mote_message message = {.topic = MOTE_TEXT("t"), .payload = {"\\xff\\0\\x80", 3}, .qos = MOTE_QOS_1};
    MORE
    if (port->flash->open(port->context, "lamp", 65536, &flash) != MOTE_OK || mote_outbox_open(&outbox, &config) != MOTE_OK ||
        mote_outbox_put(&outbox, &message, 1) != MOTE_OK)
        return 1;
    port->flash->close(port->context, &flash);
    return 0;
}
""".replace("MORE", more), encoding="utf-8")
    return path


@case("clear")
def clears(t):
    fill(t, 3)
    status, output, errors = outbox(t, "clear", "lamp")
    check_equal((status, output), (1, ""), "clear without being asked")
    check_equal(errors, "mote: outbox: to forget messages without being asked, say --yes (config.invalid)\n", "why")
    check_equal(outbox(t, "--yes", "clear", "lamp"), (0, "3 messages forgotten\n", ""), "clear --yes")
    check(not os.path.exists(state("lamp.outbox")), "the file is gone")
    fill(t, 1)
    check_equal(outbox(t, "--yes", "--json", "clear", "lamp"), (0, '{"cleared":1}\n', ""), "clear --yes --json")
    status, output, errors = outbox(t, "--yes", "clear", "lamp")
    check_equal((status, output, errors), (1, "", "mote: outbox: lamp has none (config.invalid)\n"), "clear where there is none")


@case("clear-on-a-terminal")
def clears_on_a_terminal(t):
    fill(t, 2)
    for answer, expected in ((b"\n", 1), (b"n\n", 1), (b"yes\n", 0)):
        ours, theirs = pty.openpty()
        with subprocess.Popen([t.build("mote"), "outbox", "clear", "lamp"], stdin=theirs, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            os.write(ours, answer)
            output, errors = process.communicate(timeout=TIMEOUT_S)
        os.close(ours)
        os.close(theirs)
        check_equal(process.returncode, expected, f"exit status after {answer}")
        check_equal(errors, b"Forget 2 messages of lamp? [y/N] ", "the question")
        check_equal(output, b"2 messages forgotten\n" if expected == 0 else b"", "what it says")


def start_node(t, *limit):
    """A node with a lamp on an LED of this machine's, as it were."""
    leds = t.directory()
    os.mkdir(os.path.join(leds, "lamp"))
    for name, value in (("brightness", "0"), ("max_brightness", "1"), ("trigger", "none")):
        pathlib.Path(leds, "lamp", name).write_text(value + "\n", encoding="ascii")
        os.chmod(os.path.join(leds, "lamp", name), 0o666)
    file, port = node_file(t), free_port()
    for folder in (leds, os.path.dirname(file)):
        os.chmod(folder, 0o755)
    program = t.start(*limit, t.build("mote"), "run", "--broker-port", port, file, env={"MOTE_SYSFS_LEDS": leds})
    return program, port, pathlib.Path(leds, "lamp", "brightness")


def expect_lamp_works_without(program, port, brightness, why):
    """The two streams come in any order."""
    for line in ("^mote: outbox: .*" + why, "^mote: .* ready"):
        program.at = 0
        program.wait_line(line)
    for payload, expected in (("on", "1"), ("off", "0"), ("on", "1")):
        reply = subprocess.run(["mosquitto_rr", "-p", str(port), "-t", "lamp/lamp/set", "-e", "lamp/lamp/state", "-m", payload, "-q", "1",
                                "-W", "20"], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        while reply.stdout.split()[-1:] != [payload]:  # the retained state of before comes first
            reply = subprocess.run(["mosquitto_sub", "-p", str(port), "-t", "lamp/lamp/state", "-C", "1", "-W", "20"],
                                   capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
        check_equal(brightness.read_text(encoding="ascii").strip(), expected, "the lamp")
    reason = subprocess.run(["mosquitto_sub", "-p", str(port), "-t", "lamp/reason", "-C", "1", "-W", "20"], capture_output=True,
                            text=True, timeout=TIMEOUT_S, check=True).stdout.strip()
    check_equal(reason, re.search(r"\\\((outbox\\\.\w+)", why).group(1).replace("\\", ""), "lamp/reason")


# It is locked by its node, and read all the same.
@case("while-a-node-runs")
def while_a_node_runs(t):
    fill(t, 2, "-q", "1")
    program, _, _ = start_node(t)
    program.wait_line("^mote: .* ready")
    status, _, errors = outbox(t, "list", "lamp")
    check_equal((status, errors), (0, ""), "list")
    status, output, errors = outbox(t, "--yes", "clear", "lamp")
    check_equal((status, output), (1, ""), "clear")
    check_equal(errors, f"mote: outbox: {state('lamp.outbox')}: is in use by another program: stop the node first (outbox.corrupt)\n",
                "why")
    second = t.start(t.build("mote"), "run", "--broker-port", free_port(), node_file(t, NODE.replace("switches", "#")))
    second.wait_line(r"^mote: outbox: .*/lamp\.outbox: is in use by another program \(outbox\.corrupt\)$")


# ---- what can be wrong with it: the node says so, and the lamp works ----


@case("full-disk")
def full_disk(t):
    program, port, brightness = start_node(t, "prlimit", "--fsize=32768")
    expect_lamp_works_without(program, port, brightness, r"/lamp\.outbox: File too large \(outbox\.full\)$")
    check_equal(os.listdir(os.environ["MOTE_STATE_DIRECTORY"]), [], "what is left in the folder")


@case("read-only-folder")
def read_only_folder(t):
    os.chmod(state(""), 0o555)
    program, port, brightness = start_node(t, *(() if os.geteuid() != 0 else ("setpriv", "--reuid=65534", "--clear-groups")))
    expect_lamp_works_without(program, port, brightness, r"/lamp\.outbox: Permission denied \(outbox\.corrupt\)$")


# A folder in its place, or a link: neither is touched.
@case("no-file")
def no_file(t):
    path = pathlib.Path(state("lamp.outbox"))
    for make, why in ((path.mkdir, "Is a directory"), (lambda: path.symlink_to("/dev/null"), "Too many levels of symbolic links")):
        make()
        program, port, brightness = start_node(t)
        expect_lamp_works_without(program, port, brightness, rf"/lamp\.outbox: {why} \(outbox\.corrupt\)$")
        program.stop()
        check_equal(os.listdir(state("")), ["lamp.outbox"], "the files")
        path.unlink() if path.is_symlink() else path.rmdir()


# Its page presses the button, the machine kills it: what the bell has said is in the file, as on any board of this machine.
@case("virtual-board")
def virtual_board(t):
    text = ("node: lamp\nmqtt: {url: 'mqtt://127.0.0.1:1'}\noutbox: {size: 64KB}\n"
            "buttons: [{name: bell, pin: 0, active: low, event_qos: 2}]\n")
    for life in range(1, 3):
        board = Board(t, url=None, text=text)
        for pressed in (True, False):
            board.post("button", pin=0, pressed=pressed)
        if life == 1:
            board.program.kill()
            board.program.wait_exit()
    board.post("power", on=False)
    board.post("power", on=True)
    status, output, errors = outbox(t, "export", "lamp")
    check_equal((status, errors), (0, ""), "export")
    check_equal([json.loads(line)["payload"] for line in output.splitlines()], ["press", "release"] * 2, "what is in it")


@case("no-outbox")
def no_outbox(t):
    pathlib.Path(state("lamp.outbox")).write_bytes(os.urandom(65536))
    os.chmod(state("lamp.outbox"), 0o600)
    status, output, errors = outbox(t, "list", "lamp")
    check_equal(status, 1, "list")
    check_equal(errors, "mote: outbox: lamp: it is damaged, or not an outbox of this version (outbox.corrupt)\n", "why")
    check(os.path.getsize(state("lamp.outbox")) == 65536, "it is left alone")
    program, port, brightness = start_node(t)
    expect_lamp_works_without(program, port, brightness,
                              r"/lamp\.outbox: .*; it is kept as lamp\.outbox\.damaged \(outbox\.corrupt\)$")
    check_equal(sorted(os.listdir(state(""))), ["lamp.outbox", "lamp.outbox.damaged"], "the files")


@case("some-damage")
def some_damage(t):
    fill(t, 5)
    path = pathlib.Path(state("lamp.outbox"))
    path.write_bytes(path.read_bytes().replace(b"3 xxxxxxxx", b"3 xxxxyxxx"))
    status, output, errors = outbox(t, "export", "lamp")
    check_equal(status, 1, "export")
    check_equal(errors, "mote: outbox: lamp: 1 of its records are damaged (outbox.corrupt)\n", "why")
    check_equal([json.loads(line)["payload"][0] for line in output.splitlines()], ["1", "2", "4", "5"], "what is left")


@case("wrong-command-lines")
def wrong_command_lines(t):
    for words in ((), ("list",), ("lost", "lamp"), ("list", "lamp", "x"), ("--what", "list", "lamp"), ("list", "../lamp.x"),
                  ("list", "nobody")):
        status, output, errors = outbox(t, *words)
        check_equal((status, output), (1, ""), f"{words}")
        check(errors.startswith("mote: ") and "config.invalid" in errors, f"{words}: {errors}")
    status, output, errors = outbox(t, "--help")
    check_equal((status, errors), (0, ""), "--help")
    check(output.startswith("Usage: mote outbox"), output)


if __name__ == "__main__":
    main("interop/outbox-cli")
