"""A queue on disk: what it costs to keep a message until it is delivered."""

import json
import os
import shutil
import subprocess
import tempfile

from machine import BUILD, SIZE, median
from table import row

TITLE = "Messages that must not be lost, kept in a file"
TOPIC_SIZE = len("bench/of/messages/01")
BATCH = 16
# The program, and how many messages it may put into one transaction.
QUEUES = {"Mote": ("outbox", BATCH), "SQLite": ("sqlite", 1), f"SQLite, {BATCH} in one": ("sqlite", BATCH)}
COUNT = 20000
BYTES_GOAL = 1.3


def run(machine, name, batch, count):
    folder = tempfile.mkdtemp(dir=machine.directory)
    command = [os.path.join(BUILD, "queues", name), folder, str(count), str(SIZE), str(batch)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    shutil.rmtree(folder)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout.splitlines()[-1])


def measure(machine, progress):
    count = machine.count(COUNT)
    results = {column: [] for column in QUEUES}
    for done in range(machine.rounds):
        progress.step("rounds", done, machine.rounds)
        for column, (name, batch) in QUEUES.items():
            results[column].append(run(machine, name, batch, count))
    values = {key: {column: median([result[key] for result in runs]) for column, runs in results.items()}
              for key in ("put_us", "deliver_us", "put_per_s", "bytes")}
    written = {column: bytes_ / (SIZE + TOPIC_SIZE) for column, bytes_ in values["bytes"].items()}
    return {"title": TITLE, "columns": list(QUEUES), "rows": [
        row("kept", "messages/s", values["put_per_s"]),
        row("CPU time to keep one", "µs", values["put_us"], per="SQLite"),
        row("CPU time to deliver one", "µs", values["deliver_us"], per="SQLite"),
        row("written, of topic and payload", "times", written, BYTES_GOAL),
    ], "notes": [f"{count} messages of {SIZE} bytes and a topic of {TOPIC_SIZE}; written is all that was given to the system, until"
                 " the last is delivered"]}
