"""The table that a build prints."""

COLUMNS = ("flash", "ram", "stack")


def cells(figures, allowed):
    found = []
    for column in COLUMNS:
        mark = "!" if column in figures and figures[column] > allowed.get(column, -1) else ""
        found += [f"{mark}{figures[column]}", str(allowed.get(column, "none"))] if column in figures else ["", ""]
    return found


def laid_out(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        yield "  ".join([line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]).rstrip()


def firmware(board, name, figures, budgets):
    """The same for a program on a board."""
    allowed = budgets.get(board, {}).get(name, {})
    lines = [[room, *cells(each, allowed.get(room, {}))[:4]] for room, each in figures.items()]
    total = [str(sum(each[column] for each in figures.values())) for column in ("flash", "ram")]
    yield from laid_out([[f"{name}, {board}", "flash", "budget", "RAM", "budget"], *lines, ["together", total[0], "", total[1], ""]])


def table(chip, figures, budgets):
    """The lines for a terminal; what is over its budget has a `!`."""
    lines = [[chip, "flash", "budget", "RAM", "budget", "stack", "budget"]]
    for part in ("rooms", "structs"):
        allowed = budgets.get(chip, {}).get(part, {})
        for name, each in figures[part].items():
            lines.append([name if part == "rooms" else f"struct {name}", *cells(each, allowed.get(name, {}))])
    rooms = figures["rooms"].values()
    total = ["the core", str(sum(each["flash"] for each in rooms)), "", str(sum(each["ram"] for each in rooms)), "", "", ""]
    lines.insert(1 + len(rooms), total)
    yield from laid_out(lines)
    yield f"It has no heap: of others it needs {' '.join(figures['needs'])}."
