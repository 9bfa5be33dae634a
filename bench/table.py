"""The figures of a part, and how they are printed.

A part is {"title", "columns", "rows", "notes"}. A row is {"name", "unit", "values": {column: number or None}} and, where
there is a goal, {"measure": the number it is about, "goal": at most so much, "per": what the measure is a ratio to}.
"""

OURS = "Mote"


def row(name, unit, values, goal=None, per=None, measure=None):
    """A row; with `per` its goal is about the ratio of our value to that column's."""
    result = {"name": name, "unit": unit, "values": values}
    ours = values.get(OURS)
    if per is not None and ours is not None and values.get(per):
        measure = ours / values[per]
        result["per"] = per
    elif measure is None:
        measure = ours
    if measure is not None and (goal is not None or per is not None):
        result["measure"] = measure
    if goal is not None:
        result["goal"] = goal
    return result


def is_reached(entry):
    """None without a goal."""
    if entry.get("goal") is None or entry.get("measure") is None:
        return None
    return entry["measure"] <= entry["goal"]


def number(value):
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if value == int(value) and abs(value) < 1e9:
        return str(int(value))
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def goal_text(entry):
    reached = is_reached(entry)
    if reached is None:
        return f"{number(entry['measure'])} of {entry['per']}" if "per" in entry else ""
    what = f"{number(entry['measure'])} of {entry['per']}, goal {number(entry['goal'])}" if "per" in entry else \
        f"goal {number(entry['goal'])}"
    return f"{what}: {'reached' if reached else 'MISSED'}"


def print_part(part):
    columns = part["columns"]
    lines = [[entry["name"], *(number(entry["values"].get(column)) for column in columns), entry["unit"],
              goal_text(entry)] for entry in part["rows"]]
    lines.insert(0, ["", *columns, "", ""])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    print(f"\n{part['title']}")
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [line[i].rjust(widths[i]) for i in range(1, len(columns) + 1)]
        cells += [line[-2].ljust(widths[-2]), line[-1]]
        print(("  " + "  ".join(cells)).rstrip())
    for note in part.get("notes", []):
        print(f"  {note}")


def goals_line(parts):
    verdicts = [is_reached(entry) for part in parts.values() for entry in part["rows"]]
    return f"\n{verdicts.count(True)} goals reached, {verdicts.count(False)} missed"
