"""Instructions per message of each whole client, library and program, counted by callgrind on both sides of a broker."""

import os
import re

from machine import CLIENTS, IN_FLIGHT, SIZE
from table import row

TITLE = f"Instructions per message of the whole client, {SIZE} bytes, {IN_FLIGHT} in flight"
GOALS = {("publish", 0): 300, ("publish", 1): 900, ("receive", 0): 500, ("receive", 1): 800}
MESSAGES = 4000
TOTALS = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)


def counted(machine, broker, client, mode, qos, count):
    """Instructions of a run from beginning to end."""
    out = os.path.join(machine.directory, "instructions")
    prefix = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}"]
    process = machine.client(client, mode, broker.port, qos, count, IN_FLIGHT, SIZE, prefix=prefix)
    if mode == "receive":
        machine.report(machine.feed(broker.port, qos, count))
    machine.report(process)
    with open(out, encoding="ascii") as file:
        return int(TOTALS.search(file.read()).group(1))


def per_message(machine, broker, client, mode, qos):
    """What begins and ends a run is in both, and falls out."""
    few, many = machine.count(MESSAGES), 2 * machine.count(MESSAGES)
    return (counted(machine, broker, client, mode, qos, many) -
            counted(machine, broker, client, mode, qos, few)) / (many - few)


def measure(machine, progress):
    broker = machine.mosquitto()
    names = [name for name, _ in CLIENTS.values()]
    rows = []
    for done, ((mode, qos), goal) in enumerate(GOALS.items()):
        progress.step(f"{mode} QoS {qos}", done, len(GOALS))
        rows.append(row(f"{mode} QoS {qos}", "instructions",
                        {name: per_message(machine, broker, client, mode, qos) for client, (name, _) in CLIENTS.items()},
                        goal))
    broker.stop()
    return {"title": TITLE, "columns": names, "rows": rows,
            "notes": ["under valgrind, which leaves the kernel out; messages come in other bursts than without it"]}
