"""The budgets (budget.toml), and what is over them.

Figures and budgets are {chip: {part: {name: {column: bytes}}}}: the part `rooms` has the columns flash, ram and stack, `structs` has
ram, `programs` has flash and ram.
"""

import math
import os
import re
import tomllib

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "budget.toml")
ROOM_LEFT = 1.025  # what a budget that is tightened leaves...
ROOM_MAX = 1.04    # ...and more than this is tightened
STEP = 8


def load():
    with open(FILE, "rb") as file:
        return tomllib.load(file)


def compare(chip, part, figures, budgets):
    """What is wrong, in words."""
    allowed = budgets.get(chip, {}).get(part, {})
    for name in figures.keys() | allowed.keys():
        if name not in figures:
            yield f"{chip}: budget.toml has a budget for {name}, and there is no such thing"
        elif name not in allowed:
            yield f"{chip}: {name} has no budget ({written(figures[name])} would be one)"
        else:
            yield from over(f"{chip}: {name}", figures[name], allowed[name])


def over(what, figures, allowed):
    for column, size in figures.items():
        if column not in allowed:
            yield f"{what} has no budget for {column}, which is {size}"
        elif size > allowed[column]:
            yield f"{what} takes {size} bytes of {column}, its budget is {allowed[column]}: {size - allowed[column]} too many"


def written(figures):
    return "{%s}" % ", ".join(f"{column} = {size}" for column, size in figures.items())


def tight(size):
    """A budget for what has this size; what is less than a step gets no more."""
    return size if size < STEP else math.ceil(size * ROOM_LEFT / STEP) * STEP


def tighten(text, figures):
    """The text of budget.toml with each budget lowered that leaves more room than it should."""
    lines, place = [], (None, None)
    for line in text.splitlines():
        header = re.fullmatch(r"\[([\w-]+)\.(\w+)\]", line)
        entry = re.fullmatch(r'("?)([^"=]+)\1 = (\{.*\})', line)
        place = header.groups() if header else place
        if entry:
            allowed = tomllib.loads(f"x = {entry[3]}")["x"]
            taken = figures.get(place[0], {}).get(place[1], {}).get(entry[2], {})
            lower = {column: min(size, tight(taken[column])) if size > ROOM_MAX * taken.get(column, size) else size
                     for column, size in allowed.items()}
            line = f"{entry[1]}{entry[2]}{entry[1]} = {written(lower)}"
        lines.append(line)
    return "\n".join(lines) + "\n"
