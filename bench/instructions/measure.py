#!/usr/bin/env python3
"""Counts the instructions of the engine's operations, and how they grow under load, by valgrind's callgrind.

usage: bench/instructions/measure.py [--json] [--check] [--record]

Compiles src/ for this machine with -O2, assertions and all checks on. Counted is what the operations of operations.c, messages.c, load.c
and subscriptions.c call, without the transport and without what they themselves, the program, do. --check compares with recorded.json, with
5 % room, and what is counted under load with what is counted without it; --record writes that file anew. bench/chip/instructions.py counts
the messages on a chip.
"""

import argparse
import glob
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RECORDED = os.path.join(HERE, "recorded.json")
ROOM = 1.05
# Under load an operation may take so many times what it takes without.
LOAD_FACTOR = 2
OPTIONS = ["-std=c11", "-O2", "-g", "-I" + os.path.join(ROOT, "include"), "-I" + os.path.join(ROOT, "src"), "-I" + HERE]
CALLGRIND = ["valgrind", "-q", "--tool=callgrind", "--collect-atstart=no", "--compress-strings=no", "--compress-pos=no",
             "--toggle-collect=operation_*", "--toggle-collect=link_*"]
REQUEST = "desc: Trigger: Client Request: "
COST = re.compile(r"\d+ \d+$")


def run(command, work):
    done = subprocess.run(command, capture_output=True, text=True, cwd=work)
    if done.returncode != 0:
        sys.exit(f"measure.py: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def compile_all(work):
    sources = glob.glob(os.path.join(HERE, "*.c"))
    for room in ("mqtt", "text", "sched", "broker"):
        sources += glob.glob(os.path.join(ROOT, "src", room, "*.c"))
    program = os.path.join(work, "operations")
    objects = []
    for source in sorted(sources):
        objects.append(os.path.join(work, os.path.basename(source)[:-2] + ".o"))
        run(["gcc", *OPTIONS, "-c", source, "-o", objects[-1]], work)
    run(["gcc", *objects, "-o", program], work)
    return program


def own_costs(lines):
    """The costs of the lines of all functions but the operations themselves; what calls cost is in the functions called."""
    is_counted, is_call = False, False
    for line in lines:
        if line.startswith("fn="):
            is_counted = not line.startswith(("fn=operation_", "fn=link_"))
        elif line.startswith("calls="):
            is_call = True
        elif COST.match(line):
            if is_counted and not is_call:
                yield int(line.split()[-1])
            is_call = False


def count(work):
    """{name of the measurement: instructions for one run of the operation}"""
    program = compile_all(work)
    times = {}
    for line in run([*CALLGRIND, "--callgrind-out-file=counts", program], work).splitlines():
        name, _, number = line.rpartition(" ")
        times[name] = int(number)
    counted = {}
    for path in glob.glob(os.path.join(work, "counts.*")):
        with open(path) as file:
            lines = file.read().splitlines()
        name = next((line[len(REQUEST):] for line in lines if line.startswith(REQUEST)), None)
        if name is not None:
            counted[name] = sum(own_costs(lines)) / times[name]
    # A turn that brings sixteen messages.
    for name in counted:
        if name.startswith("receive_16 "):
            counted[name] /= 16
    return {name: round(counted[name], 1) for name in times}


def compare(counted, path=RECORDED, area="instructions", script="bench/instructions/measure.py"):
    """Prints a line for each case; returns whether all passed."""
    with open(path) as file:
        recorded = json.load(file)
    passed = True
    for name in sorted(set(counted) | set(recorded)):
        case = f"{area}/" + name.replace(" ", "-")
        if name not in counted or name not in recorded:
            why = "is not measured any more" if name in recorded else "is not in recorded.json: --record"
        elif counted[name] > recorded[name] * ROOM:
            why = f"{counted[name]} instructions, recorded are {recorded[name]}"
        else:
            print("ok " + case)
            continue
        passed = False
        print(f"not ok {case} - {why} (run alone: {script} --check)")
    return passed


def record(counted, path=RECORDED):
    with open(path, "w") as file:
        json.dump(counted, file, indent=2)
        file.write("\n")


def compare_load(counted):
    passed = True
    for name, loaded in counted.items():
        light = name.replace("loaded ", "light ")
        if light == name:
            continue
        case = "instructions/load-" + name.replace(" ", "-")
        if loaded <= counted[light] * LOAD_FACTOR:
            print("ok " + case)
            continue
        passed = False
        print(f"not ok {case} - {loaded} instructions, {counted[light]} without load"
              " (run alone: bench/instructions/measure.py --check)")
    return passed


def options(words):
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--check", action="store_true", help="compare with what is recorded, as a test")
    parser.add_argument("--record", action="store_true", help="record the figures")
    return parser.parse_args()


def show(counted, as_json):
    if as_json:
        print(json.dumps(counted, indent=2))
        return
    for name, instructions in counted.items():
        print(f"{instructions:>10} {name}")


def main():
    arguments = options(__doc__.split("\n", maxsplit=1)[0])
    if platform.machine() != "x86_64" or shutil.which("valgrind") is None:
        why = "the figures are those of x86-64" if shutil.which("valgrind") else "valgrind is not installed"
        print("skip instructions/all - " + why)
        return
    with tempfile.TemporaryDirectory() as work:
        counted = count(work)
    if arguments.record:
        record(counted)
    if arguments.check:
        results = [compare(counted), compare_load(counted)]
        sys.exit(0 if all(results) else 1)
    show(counted, arguments.json)


if __name__ == "__main__":
    main()
