#!/usr/bin/python3
# quick
"""Files that are wrong must not open a door, and names that come from them must not become wildcards. docs/HOSTILE.md has the
list of which these are cases 17 and 18."""

import os
import subprocess

from mote_test import TIMEOUT_S, case, check, check_equal, free_port, main

NODE = "node: {node}\nswitches:\n  - {{name: {switch}, pin: 2}}\n"


def run(t, *words):
    return subprocess.run([t.build("mote"), *words], timeout=TIMEOUT_S, capture_output=True, text=True, errors="replace",
                          check=False)


def file_of(t, name, data):
    path = os.path.join(t.directory(), name)
    with open(path, "wb") as file:
        file.write(data)
    return path


# CVE-2018-12550, CVE-2018-12551, CVE-2017-7652 (Mosquitto): an empty access list, a password file with a line that is no such
# line, and a file that could not be read again all meant: everybody may. Fail-open. What cannot be followed stops the broker, and
# a broker that is to be reached from the network has to be told so in words that are right to the last letter.
@case("17-fails-closed")
def fails_closed(t):
    network = f"listener {free_port()} 0.0.0.0\n"
    empty = file_of(t, "empty", b"")
    broken = file_of(t, "passwords", b"no colon here\n\0\xff\n")
    for text in (f"acl_file {empty}", f"password_file {broken}", f"password_file {empty}", "allow_anonymous tru", "allow_anonymous",
                 "allow_anonymous true\0", "allow_anonymous false", "#allow_anonymous true", "", "\xff\xfe"):
        path = file_of(t, "broker.conf", (network + text + "\n").encode("latin-1"))
        result = run(t, "broker", "-c", path)
        check_equal(result.returncode, 1, f"exit status for {text!r}")
        check("(config.invalid)" in result.stderr, f"{text!r}: {result.stderr}")
    for path in (t.directory(), os.path.join(t.directory(), "absent")):
        result = run(t, "broker", "-c", path)
        check_equal(result.returncode, 1, f"exit status for {path}")
        check(result.stderr.startswith("mote: "), result.stderr)


# CVE-2017-7650 (Mosquitto): a user's name of `#` or `+` in a pattern of the access list. Wildcards in what is substituted. Names of
# the node and of its things become levels of topics: no wildcard, no further level is taken.
@case("18-no-wildcards-in-names")
def no_wildcards_in_names(t):
    for name in ("+", "#", "a/#", "a+b", "a#", "a/b", "/"):
        for node, switch in ((name, "lamp"), ("home", name)):
            path = file_of(t, "node.yaml", NODE.format(node=f'"{node}"', switch=f'"{switch}"').encode())
            result = run(t, "check", path)
            check_equal(result.returncode, 1, f"exit status for {name!r}")
            check("without / + #" in result.stderr, result.stderr)
    path = file_of(t, "node.yaml", NODE.format(node="home", switch="lamp").encode())
    check_equal(run(t, "check", path).returncode, 0, "exit status of what is right")


main("interop/hostile-config")
