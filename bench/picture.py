"""One picture of the most important figures, for light and dark backgrounds."""

from xml.sax.saxutils import escape

from table import OURS, number

WIDTH = 960
MARGIN = 32
LEFT = 572  # of the two columns, the width of the first one
BAR, GAP = 13, 4
STYLE = """
text { font: 13px -apple-system, "Segoe UI", "DejaVu Sans", Helvetica, Arial, sans-serif; fill: #24292f }
.title { font-size: 21px; font-weight: 600 }
.heading { font-size: 15px; font-weight: 600 }
.quiet { fill: #57606a; font-size: 12px }
.value { font-size: 12px }
.ours { font-weight: 700 }
.large { font-size: 30px; font-weight: 700; fill: #0a7d6b }
.paper { fill: #ffffff; stroke: #d0d7de }
.tile { fill: #f3f6f8 }
.bar0 { fill: #0a9a84 } .bar1 { fill: #8c96a3 } .bar2 { fill: #b3bac3 } .bar3 { fill: #d0d5db }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .quiet { fill: #9aa4af }
  .large { fill: #3fd6bd }
  .paper { fill: #0d1117; stroke: #30363d }
  .tile { fill: #161b22 }
  .bar0 { fill: #2cc4ab } .bar1 { fill: #6e7681 } .bar2 { fill: #535b65 } .bar3 { fill: #3b424b }
}
"""


class Canvas:
    def __init__(self):
        self.parts = []

    def text(self, x, y, words, kind="", anchor="start"):
        self.parts.append(f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>')

    def box(self, x, y, width, height, kind, radius=2):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1.5):.1f}" height="{height:.1f}"'
                          f' rx="{radius}" class="{kind}"/>')

    def svg(self, height):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
                f' height="{height}" role="img" aria-label="Mote beside its peers">\n<style>{STYLE}</style>\n'
                f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="10" class="paper"/>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


def find(document, part, name, unit=None):
    for entry in document["parts"].get(part, {}).get("rows", []):
        if entry["name"] == name and unit in (None, entry["unit"]):
            return entry
    return None


def bars(canvas, x, y, width, entry, columns):
    """A group of bars, whose longest one fills the width. Returns where the next group begins."""
    values = [(index, entry["values"].get(column)) for index, column in enumerate(columns)]
    values = [(index, value) for index, value in values if value is not None]
    longest = max(value for _, value in values)
    label = 112 if entry["name"] else 0
    canvas.text(x, y + BAR - 2, entry["name"].replace("CPU per message, ", ""))
    for index, value in values:
        length = (width - label - 70) * value / longest
        canvas.box(x + label, y, length, BAR, f"bar{index}")
        canvas.text(x + label + max(length, 1.5) + 6, y + BAR - 2, f"{number(value)} {entry['unit']}",
                    "value ours" if columns[index] == OURS else "value quiet")
        y += BAR + GAP
    return y + 10


def legend(canvas, x, y, columns):
    for index, column in enumerate(columns):
        canvas.box(x, y - 10, 11, 11, f"bar{index}")
        canvas.text(x + 16, y, column, "ours" if column == OURS else "quiet")
        x += 34 + 7.2 * len(column)


def client_column(canvas, document, y):
    part = document["parts"].get("rates")
    if part is None:
        return y
    canvas.text(MARGIN, y, "Client: CPU time per message", "heading")
    canvas.text(MARGIN, y + 18, "64 bytes, 100 in flight, one mosquitto; shorter is better", "quiet")
    legend(canvas, MARGIN, y + 42, part["columns"])
    y += 58
    for entry in part["rows"]:
        if entry["unit"] == "µs":
            y = bars(canvas, MARGIN, y, LEFT - MARGIN - 20, entry, part["columns"])
    return y


def broker_column(canvas, document, y):
    part = document["parts"].get("broker")
    if part is None:
        return y
    x, width = LEFT + 8, WIDTH - LEFT - MARGIN - 8
    canvas.text(x, y, "Broker: CPU time per message", "heading")
    canvas.text(x, y + 18, "one publisher to one subscriber", "quiet")
    legend(canvas, x, y + 42, part["columns"])
    y += 58
    for entry in part["rows"]:
        if entry["unit"] == "µs":
            y = bars(canvas, x, y, width, entry, part["columns"])
    canvas.text(x, y + 18, "Broker: memory", "heading")
    y += 32
    for entry in part["rows"]:
        if entry["unit"] == "bytes":
            words = entry["name"].replace("memory ", "").split(",")[0].replace("idle ", "")
            y = bars(canvas, x, y, width, {**entry, "name": words, "unit": "B"}, part["columns"])
    return load_rows(canvas, document, x, y + 18, width)


def load_rows(canvas, document, x, y, width):
    part = document["parts"].get("load")
    if part is None:
        return y
    canvas.text(x, y, "Under load: CPU time per message", "heading")
    canvas.text(x, y + 18, "beside the same without the load", "quiet")
    y += 34
    for entry in part["rows"]:
        words = entry["name"].replace("broker, QoS 1, ", "").replace("client, ", "")
        canvas.text(x, y + 8, words, "quiet")
        y = bars(canvas, x, y + 16, width, {**entry, "name": ""}, part["columns"]) - 4
    return y


def tiles(document):
    """(the figure, what it is, what it is with others)"""
    wanted = [("trips", "round trips", "round trip", "from TCP to SUBACK"),
              ("calls", "writes per QoS 0 publish, of many", "writes", "per message of QoS 0"),
              ("calls", "reads for 16 buffered packets", "read", "for 16 waiting packets"),
              ("size", "flash, cortex-m3, 3.1.1 + 5", "bytes", "of flash on a Cortex-M3"),
              ("instructions", "receive q0 v311", "instructions", "to receive a message")]
    for part, name, unit, words in wanted:
        entry = find(document, part, name)
        if entry is None:
            continue
        others = [f"{number(value)} {column}" for column, value in entry["values"].items()
                  if column != OURS and value is not None]
        yield number(entry["values"][OURS]), unit, words, others[:2]


def tile_row(canvas, document, y):
    found = list(tiles(document))
    if not found:
        return y
    width = (WIDTH - 2 * MARGIN - 12 * (len(found) - 1)) / len(found)
    for index, (figure, unit, words, others) in enumerate(found):
        x = MARGIN + index * (width + 12)
        canvas.box(x, y, width, 116, "tile", 8)
        canvas.text(x + 14, y + 38, figure, "large")
        canvas.text(x + 14, y + 58, unit, "ours")
        canvas.text(x + 14, y + 75, words, "quiet")
        for line, other in enumerate(others):
            canvas.text(x + 14, y + 93 + 15 * line, other, "quiet")
    return y + 116


def draw(document):
    canvas = Canvas()
    canvas.text(MARGIN, 44, "Mote beside its peers, in one run", "title")
    about = document["about"]
    peers = ", ".join(f"{name} {version.split('-')[0]}" for name, version in about["peers"].items())
    canvas.text(MARGIN, 64, f"{about['date']}, {about['cpu']}, {peers}", "quiet")
    y = max(client_column(canvas, document, 100), broker_column(canvas, document, 100))
    y = tile_row(canvas, document, y + 12)
    canvas.text(MARGIN, y + 24, "Figures of coreMQTT, MQTT-C and wolfMQTT are recorded ones, all others measured in this run:"
                " script/bench", "quiet")
    return canvas.svg(int(y + 44))
