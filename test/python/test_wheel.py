#!/usr/bin/python3
"""The wheel: that it is whole, and runs where nothing else of Mote is. It is made of this build's files."""

import base64
import csv
import hashlib
import os
import re
import subprocess
import sys
import zipfile

import python_test as p
from python_test import BUILD, ROOT, check, environment
from mote_test import TIMEOUT_S, Skip, case, check_equal, main

sys.path.insert(0, os.path.join(ROOT, "python"))
import wheel_backend  # noqa: E402

wheel_backend.BUILD = os.path.join(BUILD, "python")


def made(t):
    directory = t.directory()
    return os.path.join(directory, wheel_backend.write_wheel(directory))


@case("is-whole")
def has_every_file_with_its_hash(t):
    path = made(t)
    check(os.path.basename(path).startswith("mote_micropython-0.1.0-cp311-abi3-linux_"), path)
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        record = [name for name in names if name.endswith("/RECORD")][0]
        rows = {row[0]: row[1:] for row in csv.reader(wheel.read(record).decode().splitlines())}
        check_equal(sorted(rows), sorted(names), "files")
        for name, (digest, size) in rows.items():
            if name == record:
                continue
            data = wheel.read(name)
            expected = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            check_equal((digest, size), (f"sha256={expected}", str(len(data))), name)
    for wanted in ("mote/_mote.abi3.so", "mote/run.py", "mote/esp8266/umqtt/simple.py", "mote/esp8266/uasyncio/core.py"):
        check(wanted in names, f"{wanted} is missing")
    with open(path, "rb") as first, open(made(t), "rb") as second:
        check(first.read() == second.read(), "it is another one the second time")


@case("runs-unpacked")
def runs_where_it_is_unpacked(t):
    directory = t.directory()
    with zipfile.ZipFile(made(t)) as wheel:
        wheel.extractall(directory)
    script = p.write(t, "import network, umqtt.simple, machine, mote\nprint(mote.__file__)\n")
    program = t.start(p.PYTHON, "-W", "error", "-m", "mote", "run", script, env=environment(PYTHONPATH=directory), cwd=directory)
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines, [os.path.join(directory, "mote", "__init__.py")], "where it is from")


@case("installs")
def is_installed_by_pip(t):
    if subprocess.run([p.PYTHON, "-m", "pip", "--version"], capture_output=True, timeout=TIMEOUT_S, check=False).returncode != 0:
        raise Skip("no pip here")
    target = os.path.join(t.directory(), "site")
    result = subprocess.run([p.PYTHON, "-m", "pip", "install", "--no-index", "--no-deps", "--target", target, made(t)],
                            capture_output=True, text=True, timeout=2 * TIMEOUT_S, check=False)
    check_equal(result.returncode, 0, f"pip's exit status, after {result.stderr}")
    check(os.path.exists(os.path.join(target, "mote", "_mote.abi3.so")), "the extension is not there")


@case("stable-interface")
def needs_no_more_than_the_stable_interface(t):
    """Every symbol of Python that the extension needs is one of abi3's."""
    known = stable_symbols()
    listing = subprocess.run(["nm", "-D", "--undefined-only", t.build("python", "mote", "_mote.abi3.so")],
                             capture_output=True, text=True, check=True, timeout=TIMEOUT_S).stdout
    needed = {line.split()[-1].partition("@")[0] for line in listing.splitlines()}
    python = {name for name in needed if name.startswith(("Py", "_Py"))}
    check(len(python) > 20, f"only {len(python)} symbols of Python")
    check_equal(sorted(python - known), [], "what is not of the stable interface")


def stable_symbols():
    """Python's headers under the stable interface of 3.11, as the compiler sees them: whatever they declare."""
    include = subprocess.run([p.PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('include'))"], capture_output=True, text=True,
                             check=True, timeout=TIMEOUT_S).stdout.strip()
    text = subprocess.run(["gcc", "-E", "-P", "-DPy_LIMITED_API=0x030b0000", "-DPY_SSIZE_T_CLEAN", "-I", include, "-"], input="#include <Python.h>\n",
                          capture_output=True, text=True, check=True, timeout=TIMEOUT_S).stdout
    return set(re.findall(r"\b_?Py\w+", text))


if __name__ == "__main__":
    main("python/wheel")
