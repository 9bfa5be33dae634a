"""The tables of docs/BUDGET.md: what stands between `<!-- budget: NAME -->` and `<!-- end -->`."""

import re

CHIPS = {"cortex-m3": "Cortex-M3", "cortex-m0": "Cortex-M0", "lx106": "LX106", "rv32imc": "RV32IMC"}
PLACE = re.compile(r"(<!-- budget: (\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def row(cells):
    return f"| {' | '.join(cells)} |\n"


def table(head, rows):
    return row(head) + row(["---"] + ["---:"] * (len(head) - 1)) + "".join(row(cells) for cells in rows)


class Page:
    """What is measured, {chip: {part: ...}}, beside the budgets."""

    def __init__(self, figures, budgets):
        self.figures, self.budgets = figures, budgets

    def _names(self, part):
        return sorted({name for each in self.figures.values() for name in each[part]})

    def _cell(self, chip, part, name, column):
        taken = self.figures[chip][part].get(name, {}).get(column)
        allowed = self.budgets[chip][part].get(name, {}).get(column)
        return "" if taken is None else str(taken) if taken == allowed else f"{taken} of {allowed}"

    def _sizes(self, first, part, column, total=()):
        rows = [[f"`{name}`", *(self._cell(chip, part, name, column) for chip in CHIPS)] for name in self._names(part)]
        rows = [cells for cells in rows if any(cells[1:])]
        return table([first, *CHIPS.values()], rows + list(total))

    def flash(self):
        sums = [str(sum(each["flash"] for each in self.figures[chip]["rooms"].values())) for chip in CHIPS]
        return self._sizes("room", "rooms", "flash", [["together", *sums]])

    def ram(self):
        sums = [str(sum(each["ram"] for each in self.figures[chip]["rooms"].values())) for chip in CHIPS]
        return self._sizes("struct", "structs", "ram", [["the core's own variables", *sums]])

    def stack(self):
        return self._sizes("room", "rooms", "stack")

    def ways(self):
        for name, way in self.figures["cortex-m3"]["ways"].items():
            steps = " → ".join(f"`{function.rpartition(':')[2]}` {frame}" for function, frame in way)
            yield name, f"- **{name}**, {sum(frame for _, frame in way)}: {steps}\n"

    def fill(self, text):
        """The page's text with the tables as they are now."""
        parts = {"flash": self.flash, "ram": self.ram, "stack": self.stack,
                 "ways": lambda: "".join(line for _, line in sorted(self.ways()))}
        return PLACE.sub(lambda found: found[1] + parts[found[2]]() + found[3], text)
