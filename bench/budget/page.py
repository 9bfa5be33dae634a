"""The tables of docs/BUDGET.md: what stands between `<!-- budget: NAME -->` and `<!-- end -->`."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import goals  # noqa: E402
import recorded  # noqa: E402
import variants  # noqa: E402

CHIPS = {"cortex-m3": "Cortex-M3", "cortex-m0": "Cortex-M0", "lx106": "LX106", "rv32imc": "RV32IMC"}
BOARDS = ("lm3s6965evb", "mps2-an385")
FIRMWARE = "home_switch"  # what is held to a budget of what is built for a board
# What a client of the same kind is compared with: its variant among the recorded figures, and what it is called.
CLIENTS = {"client": ("all", "3.1.1 + 5"), "client-without-mqtt5": ("without_mqtt5", "3.1.1")}
PLACE = re.compile(r"(<!-- budget: (\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def row(cells):
    return f"| {' | '.join(cells)} |\n"


def table(head, rows):
    return row(head) + row(["---"] + ["---:"] * (len(head) - 1)) + "".join(row(cells) for cells in rows)


class Page:
    """What is measured, {chip: {part: ...}}, beside the budgets."""

    def __init__(self, figures, boards, budgets):
        self.figures, self.boards, self.budgets = figures, boards, budgets

    def _names(self, part):
        return sorted({name for each in self.figures.values() for name in each[part]})

    def _cell(self, chip, part, name, column):
        taken = (self.figures | self.boards)[chip][part].get(name, {}).get(column)
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

    def programs(self):
        return self._sizes("flash", "programs", "flash") + "\n" + self._sizes("RAM", "programs", "ram")

    def firmware(self):
        columns = [(board, column) for board in BOARDS for column in ("flash", "ram")]
        longest_first = sorted((each[FIRMWARE] for each in self.boards.values()), key=len, reverse=True)
        names = dict.fromkeys(name for rooms in longest_first for name in rooms)
        rows = [[name, *(self._cell(board, FIRMWARE, name, column) for board, column in columns)] for name in names]
        sums = [str(sum(each[column] for each in self.boards[board][FIRMWARE].values())) for board, column in columns]
        heads = [f"{'RAM' if column == 'ram' else column}, {board}" for board, column in columns]
        return table([f"`{FIRMWARE}`", *heads], [["" if cell == "0" else cell for cell in row] for row in rows] + [["together", *sums]])

    def _goal(self, chip, name, variant):
        goal = goals.FLASH[chip, variant]
        return f"{goal}: {'reached' if self.figures[chip]['programs'][name]['flash'] <= goal else '**missed**'}"

    def peers(self):
        rows = []
        for name, (variant, versions) in CLIENTS.items():
            m3, lx106 = (self.figures[chip]["programs"][name] for chip in ("cortex-m3", "lx106"))
            reached = "reached" if m3["ram"] <= goals.RAM[variant] else "**missed**"
            rows.append(["**Mote**", versions, *(f"**{size}**" for size in (m3["flash"], lx106["flash"], m3["ram"])), ""])
            rows.append(["its goal", versions, *(self._goal(chip, name, variant) for chip in ("cortex-m3", "lx106")),
                         f"{goals.RAM[variant]}: {reached}", ""])
            for peer, ram in sorted(recorded.RAM[variant].items()):
                flash = (recorded.FLASH[chip, variant][peer] for chip in ("cortex-m3", "lx106"))
                rows.append([peer, versions, *map(str, flash), str(ram), recorded.LACKS.get(peer, "")])
        return table(["", "MQTT", "Cortex-M3", "LX106", "RAM", "lacks"], rows)

    def options(self):
        rows = []
        for option, saved in self.figures["cortex-m3"]["options"].items():
            for what in saved:
                sizes = (str(self.figures[chip]["options"][option][what]) for chip in CHIPS)
                rows.append([f"`{option}`" if what == next(iter(saved)) else "", what, *sizes])
        words = "".join(f"- `{option}`: {text[0].lower()}{text[1:]}\n" for option, text in variants.options().items())
        return words + "\n" + table(["without", "of", *CHIPS.values()], rows)

    def fill(self, text):
        """The page's text with the tables as they are now."""
        parts = {"flash": self.flash, "ram": self.ram, "stack": self.stack, "programs": self.programs, "firmware": self.firmware, "peers": self.peers,
                 "options": self.options, "ways": lambda: "".join(line for _, line in sorted(self.ways()))}
        return PLACE.sub(lambda found: found[1] + parts[found[2]]() + found[3], text)
