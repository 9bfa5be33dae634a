#!/usr/bin/python3
# quick
"""The defaults files of mote pub, sub and rr, beside mosquitto's: the same file, the same result."""

import os

from cli_pair import TOOLS, command_of, publish, run, subscribe
from mote_test import case, check, check_equal, main


def write(t, files, folder=".config"):
    """A home with these files in its folder. Returns the environment."""
    home = t.directory()
    os.makedirs(os.path.join(home, folder), exist_ok=True)
    for name, words in files.items():
        with open(os.path.join(home, folder, name), "w", encoding="utf-8") as file:
            file.write(words)
    return {"HOME": home, "XDG_CONFIG_HOME": ""} if folder == ".config" else {"XDG_CONFIG_HOME": os.path.join(home, folder)}


def debugged(t, tool, words, options, verb="pub", folder="config"):
    """What -d prints shows which options hold."""
    broker = t.mosquitto()
    env = write(t, {f"mosquitto_{verb}": words.replace("PORT", str(broker.port))}, folder)
    if folder == ".config":
        env.pop("XDG_CONFIG_HOME") if tool == "mosquitto" else None
    return run(t, [*command_of(t, tool, verb), *options], env=env)[:2]


FILES = {
    "plain": ("-p PORT\n-d\n-q 1\n-i me\n-t from/file\n", ["-m", "x"]),
    "comments-and-empty-lines": ("# a comment\n\n-p PORT\n#-q 2\n-d\n\n-i me\n-q 1\n", ["-t", "a", "-m", "x"]),
    "command-line-wins": ("-p PORT\n-d\n-q 2\n-i me\n-t from/file\n", ["-t", "from/line", "-q", "1", "-m", "x", "-i", "you"]),
    "values-with-blanks": ("-p PORT\n-d\n-i me and you\n-q 1\n-m two words  and more\n", ["-t", "a"]),
    "carriage-returns": ("-p PORT\r\n-d\r\n-i me\r\n-q 1\r\n", ["-t", "a", "-m", "x"]),
    "no-newline-at-the-end": ("-p PORT\n-d\n-i me\n-q 1\n-t a", ["-m", "x"]),
    "long-options": ("--port PORT\n--debug\n--id me\n--qos 1\n--topic a\n--retain", ["-m", "x"]),
    "message-twice": ("-p PORT\n-m x\n", ["-t", "a", "-m", "y"]),
    "unknown-option": ("-p PORT\n--frobnicate\n", ["-t", "a", "-m", "y"]),
    "missing-value": ("-p\n", ["-t", "a", "-m", "y"]),
    "id-and-prefix": ("-p PORT\n-i me\n", ["-t", "a", "-m", "y", "-I", "pre"]),
}


def add_file(name, words, options):
    @case(f"file-{name}")
    def of_file(t):
        theirs, ours = (debugged(t, tool, words, options) for tool in TOOLS)
        check_equal(ours, theirs, "result")


for _name, (_words, _options) in FILES.items():
    add_file(_name, _words, _options)


@case("topics-of-sub-add-up")
def topics_add_up(t):
    def printed(tool):
        broker = t.mosquitto()
        env = write(t, {"mosquitto_sub": f"-p {broker.port}\n-t one\n-v\n-i me\n"}, "config")
        os.environ.update(env)
        try:
            client = subscribe(t, broker, tool, "-t", "two", "-C", "2", name="me2")
        finally:
            del os.environ["XDG_CONFIG_HOME"]
        for topic in ("one", "two"):
            publish(t, broker, "-t", topic, "-m", "x")
        return client.wait(), client.stdout()
    check_equal(printed("mote"), printed("mosquitto"), "output")


@case("home")
def in_home(t):
    # Without XDG_CONFIG_HOME, or with an empty one, it is ~/.config.
    broker = t.mosquitto()
    words = f"-p {broker.port}\n-d\n-t a\n-i me\n"
    env = write(t, {"mosquitto_pub": words})
    for config in ("", None):
        given = {"HOME": env["HOME"], **({"XDG_CONFIG_HOME": ""} if config == "" else {})}
        command = [*(["env", "-u", "XDG_CONFIG_HOME"] if config is None else []), t.build("mote"), "pub", "-m", "x"]
        status, output, errors = run(t, command, env=given)
        check_equal((status, errors, b"Client me sending CONNECT" in output), (0, "", True), "result")


@case("motes-own-file-comes-first")
def own_file(t):
    broker = t.mosquitto()
    env = write(t, {"mote_pub": f"-p {broker.port}\n--json\n", "mosquitto_pub": "-p 1\n--frobnicate\n"}, "config")
    status, output, errors = run(t, [t.build("mote"), "pub", "-t", "a", "-m", "x", "-q", "1"], env=env)
    check_equal((status, errors, output[:7]), (0, "", b'{"tst":'), "result")


@case("properties")
def properties(t):
    # mosquitto's own files can have no -D.
    broker = t.mosquitto()
    words = ("-V 5\n-D publish user-property name value with blanks\n-D publish content-type text/plain; x\n"
             "-D connect user-property a b\n")
    env = write(t, {"mote_pub": words}, "config")
    seen = subscribe(t, broker, "mosquitto", "-V", "5", "-t", "a", "-C", "1", "-F", "%P|%C")
    check_equal(run(t, [t.build("mote"), "pub", "-p", broker.port, "-t", "a", "-m", "x"], env=env), (0, b"", ""), "result")
    seen.wait()
    check_equal(seen.stdout(), b"name:value with blanks|text/plain; x\n", "properties")


@case("errors-name-file-and-line")
def errors_name_file_and_line(t):
    for words, line, why in (("-p 1\n\n--frobnicate\n", 3, "unknown option --frobnicate"), ("-q 3", 1, "-q takes a number"),
                             ("# x\n-t", 2, "-t needs TOPIC"), ("-d x\n", 1, "what is `x`? not an option"),
                             ("-D publish content-type\n", 1, "-D needs PACKET PROPERTY VALUE")):
        env = write(t, {"mosquitto_pub": words}, "config")
        status, output, errors = run(t, [t.build("mote"), "pub", "-t", "a", "-m", "x"], env=env)
        check_equal((status, output), (1, b""), words)
        check(errors.startswith(f"mote: {env['XDG_CONFIG_HOME']}/mosquitto_pub:{line}: {why}"), errors)
        check(errors.endswith("(config.invalid)\n") and errors.count("\n") == 1, errors)
    status, output, errors = run(t, [t.build("mote"), "pub", "--help"], env=env)
    check_equal((status, errors), (0, ""), "--help needs no file")


@case("a-folder-is-no-file")
def a_folder(t):
    env = write(t, {}, "config")
    os.mkdir(os.path.join(env["XDG_CONFIG_HOME"], "mote_pub"))
    status, _, errors = run(t, [t.build("mote"), "pub", "-t", "a", "-m", "x"], env=env)
    check_equal((status, "Is a directory" in errors), (1, True), errors)


main("interop/cli-defaults")
