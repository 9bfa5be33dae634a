"""The table that a build prints."""

COLUMNS = ("flash", "ram", "stack")


def cells(figures, allowed):
    for column in COLUMNS:
        if column in figures:
            mark = "!" if figures[column] > allowed.get(column, -1) else ""
            yield f"{mark}{figures[column]}"
            yield str(allowed.get(column, "none"))
        else:
            yield from ("", "")


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
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        yield "  ".join([line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]).rstrip()
    yield f"It has no heap: of others it needs {' '.join(figures['needs'])}."
