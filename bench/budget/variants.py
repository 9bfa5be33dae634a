"""The core with some of its options (cmake/options.cmake), compiled as CMake would.

CMake says how; what has been compiled before from the same text in the same way is kept in build/variants/. An option that a file and
the headers it includes do not mention makes no difference to it, so all combinations together are hardly more work than one.
"""

import concurrent.futures
import functools
import hashlib
import itertools
import json
import os
import re
import shlex
import subprocess

from core import ROOT

FOLDER = os.path.join(ROOT, "build", "variants")
OPTION = re.compile(r'^option\((MOTE_WITHOUT_\w+) "([^"]+)" OFF\)$', re.MULTILINE)
INCLUDE = re.compile(r'^\s*#include [<"]([^>"]+)[>"]', re.MULTILINE)
MENTION = re.compile(r"\bMOTE_WITHOUT_\w+")
DEFINITION = re.compile(r"-D(MOTE_WITHOUT_\w+)(=.*)?")


def run(command, folder=ROOT):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


@functools.cache
def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def options():
    """{option: what it does}"""
    return dict(OPTION.findall(read(os.path.join(ROOT, "cmake", "options.cmake"))))


def combinations():
    """All there are, each as a sorted tuple; the first one is the whole core."""
    names = sorted(options())
    return [chosen for count in range(len(names) + 1) for chosen in itertools.combinations(names, count)]


def included(name, beside):
    places = (os.path.dirname(beside), os.path.join(ROOT, "include"), os.path.join(ROOT, "src"), ROOT)
    return next((path for path in (os.path.join(place, name) for place in places) if os.path.exists(path)), None)


@functools.cache
def files_of(source):
    """The file and what it includes of ours."""
    found = [source]
    for file in found:
        some = (included(name, file) for name in INCLUDE.findall(read(file)))
        found += [path for path in dict.fromkeys(some) if path is not None and path not in found]
    return tuple(found)


@functools.cache
def compiler_version(compiler):
    return run([compiler, "--version"])


class Source:
    """A file and the command that compiles it, without what makes no difference to it."""

    def __init__(self, entry):
        self.path = entry["file"]
        mentioned = {name for file in files_of(self.path) for name in MENTION.findall(read(file))}
        words = shlex.split(entry["command"])
        at = words.index("-o")
        self.command = [word for word in words[:at] + words[at + 2:]
                        if not DEFINITION.fullmatch(word) or DEFINITION.fullmatch(word)[1] in mentioned]

    def name(self):
        return os.path.relpath(self.path, ROOT)

    def object(self):
        parts = [compiler_version(self.command[0]), *self.command, *map(read, files_of(self.path))]
        digest = hashlib.sha256("\0".join(parts).encode())
        return os.path.join(FOLDER, "objects", digest.hexdigest()[:32] + ".o")

    def compile(self):
        if not os.path.exists(self.object()):
            unfinished = f"{self.object()}.{os.getpid()}"
            run([*self.command, "-o", unfinished])
            os.replace(unfinished, self.object())


@functools.cache
def configured(chip, chosen):
    """The sources of the core, as CMake has them."""
    folder = os.path.join(FOLDER, "-".join([chip, *chosen]))
    switches = [f"-D{name}={'ON' if name in chosen else 'OFF'}" for name in options()]
    run(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", f"--toolchain={ROOT}/cmake/{chip}.cmake", "-DCMAKE_BUILD_TYPE=MinSizeRel",
         "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DCMAKE_C_COMPILER_LAUNCHER=", "-DMOTE_BUDGET=OFF", *switches])
    run(["cmake", "--build", folder, "--target", "setup/files.c"])
    with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as file:
        return [Source(entry) for entry in json.load(file) if "/mote_core.dir/" in entry["command"]]


def compiled(chip, chosen=(), rooms=None):
    """{source: object} of the core; of these rooms alone, if any are named."""
    sources = [each for each in configured(chip, chosen) if rooms is None or each.name().split("/")[1] in rooms]
    os.makedirs(os.path.join(FOLDER, "objects"), exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(Source.compile, sources))
    return {each.name(): each.object() for each in sources}
