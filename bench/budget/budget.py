#!/usr/bin/python3
"""What the core may take on a chip, and what it takes.

    bench/budget/budget.py check CHIP DIRECTORY [--partial]
                                   prints the table of a build; fails if something is over its budget (budget.toml), or if a figure
                                   could be wrong. Each build for a chip does so; --partial: options have left something out
    bench/budget/budget.py firmware BOARD DIRECTORY
                                   prints what home_switch takes on a board, room by room, and fails if that is over its budget. Each
                                   build for a board does so
    bench/budget/budget.py way CHIP FUNCTION
                                   what is on the stack when it is deepest, from that function down
    bench/budget/budget.py cores   makes that part of the build for each of the four chips and for both boards, and no tests
    bench/budget/budget.py programs
                                   measures small programs for every chip, and what each option leaves out of them; fails if one is
                                   over its budget
    bench/budget/budget.py write   brings docs/BUDGET.md up to date with what was built last for each chip and board
    bench/budget/budget.py tighten lowers each budget that leaves more than 4 %, and raises none
"""

import json
import os
import subprocess
import sys

import budgets
import builds
import programs
import report
from core import ROOT, Core, sizes

sys.path.insert(0, os.path.join(ROOT, "port", "cortexm"))

import memory  # noqa: E402


def lines_of(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read().split()


def measure(directory, is_complete):
    """The core in a build's directory, and its figures."""
    core = Core(lines_of(directory, "budget.objects"), is_complete)
    structs = sizes(lines_of(directory, "budget.structs")[0])
    return core, {
        "rooms": core.rooms(),
        "structs": {name: {"ram": size} for name, size in structs.items()},
        "needs": core.needs(),
        "ways": {name: list(core.stacks.way(function)) for name, function in core.deepest.items()},
    }


def check(chip, directory, is_complete):
    allowed = budgets.load()
    core, figures = measure(directory, is_complete)
    problems = list(core.problems)
    for part in ("rooms", "structs"):
        problems += sorted(budgets.compare(chip, part, figures[part], allowed))
    print(*report.table(chip, figures, allowed), sep="\n")
    with open(os.path.join(directory, builds.RESULT), "w", encoding="utf-8") as file:
        json.dump(figures, file)
    return complain(problems)


def check_firmware(board, directory):
    allowed = budgets.load()
    figures = memory.measure(os.path.join(directory, "firmware", f"{builds.FIRMWARE}.map"))
    print(*report.firmware(board, builds.FIRMWARE, figures, allowed), sep="\n")
    with open(os.path.join(directory, builds.RESULT), "w", encoding="utf-8") as file:
        json.dump({builds.FIRMWARE: figures}, file)
    return complain(sorted(budgets.compare(board, builds.FIRMWARE, figures, allowed)))


def build_cores():
    for chip in (*builds.CHIPS, *builds.BOARDS):
        for command in (["cmake", "--preset", chip], ["cmake", "--build", "--preset", chip, "--target", "mote-budget"]):
            if subprocess.run(command, cwd=ROOT, stdout=None if "--build" in command else subprocess.DEVNULL, check=False).returncode:
                return 1
    return 0


def measure_programs():
    figures = programs.measure_all(builds.CHIPS, lambda chip: print(f"budget: programs for {chip}", flush=True))
    allowed = budgets.load()
    return complain([problem for chip, each in figures.items()
                     for problem in sorted(budgets.compare(chip, "programs", each["programs"], allowed))])


def complain(problems):
    if problems:
        print(*(f"budget: {problem}" for problem in problems), sep="\n", file=sys.stderr)
        print("budget: CONTRIBUTING.md says what to do about it", file=sys.stderr)
    return 1 if problems else 0


def print_way(chip, function):
    core, _ = measure(os.path.join(ROOT, "build", chip), False)
    if function not in core.graph.frames:
        sys.exit(f"budget: {chip} has no function {function}")
    print(f"{core.stacks.of(function):>6} bytes at worst")
    for name, frame in core.stacks.way(function):
        print(f"{frame:>6} {name}")
    return 0


def write():
    text = builds.current_page()
    with open(builds.PAGE, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


def tighten():
    with open(budgets.FILE, encoding="utf-8") as file:
        text = budgets.tighten(file.read(), builds.figures() | builds.firmware())
    with open(budgets.FILE, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


def main(words):
    if words[:1] == ["check"] and len(words) == 3 + ("--partial" in words):
        return check(*words[1:3], "--partial" not in words)
    if words[:1] == ["firmware"] and len(words) == 3:
        return check_firmware(*words[1:])
    if words[:1] == ["way"] and len(words) == 3:
        return print_way(*words[1:])
    alone = {"cores": build_cores, "programs": measure_programs, "write": write, "tighten": tighten}
    if len(words) == 1 and words[0] in alone:
        return alone[words[0]]()
    print(__doc__, file=sys.stderr)
    return 2


try:
    sys.exit(main(sys.argv[1:]))
except builds.NotBuilt as error:
    sys.exit(f"budget: {error}")
