"""The simulator: how much of a device's life fits into a second."""

import json
import os
import subprocess

from machine import BUILD, ROOT, median
from table import row

TITLE = "Simulator, CPU time for 1000 hours of a device's life"
NODE = os.path.join(ROOT, "examples", "home-switch.yaml")
YEARS = 2
GOAL_S = 1  # a thousand hours in a second


def run(nodes, years, seed):
    command = [os.path.join(BUILD, "mote"), "sim", "--json", "--seed", str(seed), "--nodes", str(nodes),
               "--years", str(years), NODE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError((done.stdout + done.stderr).strip())
    return 1000 / json.loads(done.stdout)["device_hours_per_cpu_s"]


def measure(machine, progress):
    years = 0.1 if machine.quick else YEARS
    rows = []
    for done, (nodes, goal) in enumerate(((1, GOAL_S), (20, None))):
        progress.step(f"{nodes} devices", done, 2)
        times = [run(nodes, years / nodes, seed) for seed in range(1, machine.rounds + 1)]
        rows.append(row(f"{nodes} device{'s' * (nodes > 1)} at one broker", "s", {"Mote": median(times)}, goal))
    return {"title": TITLE, "columns": ["Mote"], "rows": rows,
            "notes": [f"examples/home-switch.yaml, {years} device-years of each seed, with all checks"]}
