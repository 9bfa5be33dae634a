"""Brings the tables of a page up to date: what stands between `<!-- bench: PART -->` and `<!-- end -->` is a part's table, or what
is `missed`, or `about` the machine."""

import re

from table import OURS, goal_text, is_reached, number

ALONE = {"wifi"}  # is measured when asked for
PLACE = re.compile(r"(<!-- bench: (\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def cells(words):
    return f"| {' | '.join(words)} |\n"


def table(part):
    columns = part["columns"]
    lines = [cells(["", *columns, "goal"]), cells(["---"] * (len(columns) + 2))]
    for entry in part["rows"]:
        values = [number(entry["values"].get(column)) for column in columns]
        values = [f"**{value}**" if column == OURS else value for column, value in zip(columns, values)]
        goal = goal_text(entry).replace("MISSED", "**missed**")
        lines.append(cells([f"{entry['name']}, {entry['unit']}", *values, goal]))
    notes = "".join(f"\n{note[0].upper()}{note[1:]}.\n" for note in part.get("notes", []))
    return "".join(lines) + notes


def missed(document):
    lines = []
    for part in document["parts"].values():
        for entry in part["rows"]:
            if is_reached(entry) is False:
                times = entry["measure"] / entry["goal"]
                lines.append(f"- {entry['name']} ({part['title'].partition(',')[0].lower()}):"
                             f" {goal_text(entry).partition(': ')[0]}; {number(entry['measure'])} is {times:.2f} times it\n")
    return "".join(lines)


def about(document):
    machine = document["about"]
    state = "doing nothing else" if machine["load_before"] < 1 else f"busy with other things (load {machine['load_before']:.1f})"
    return f"Measured on {machine['date']} in one run: {machine['cpu']}, {machine['cpus']} processors, {state}.\n"


def refresh(text, document):
    """The page's text with what there is in the document; what it has no part of stays, and what is about all parts unless it
    has all."""
    is_whole = {found.group(2) for found in PLACE.finditer(text)} <= {"about", "missed", *ALONE, *document["parts"]}

    def fill(found):
        name = found.group(2)
        if name in ("about", "missed") and not is_whole:
            return found.group(0)
        if name == "missed":
            inner = missed(document)
        elif name == "about":
            inner = about(document)
        elif name in document["parts"]:
            inner = table(document["parts"][name])
        else:
            return found.group(0)
        return found.group(1) + inner + found.group(3)
    return PLACE.sub(fill, text)
