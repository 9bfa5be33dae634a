"""What bench/size and bench/instructions measure, beside the recorded figures of peers."""

import json
import os
import subprocess

import goals
import recorded
from machine import ROOT
from table import row


def run(*command):
    result = subprocess.run([os.path.join(ROOT, *command[0].split("/")), *command[1:]], capture_output=True, text=True,
                            check=False)
    if result.returncode != 0 or not result.stdout.startswith("{"):
        raise RuntimeError((result.stdout + result.stderr).strip().splitlines()[-1])
    return json.loads(result.stdout)


class Size:
    TITLE = "Flash and RAM of a minimal client, bytes"
    # What is measured beyond these is in the JSON of bench/size alone.
    VARIANTS = {"all": "3.1.1 + 5", "without_mqtt5": "3.1.1 alone"}

    @classmethod
    def measure(cls, machine, progress):
        chips = ["cortex-m3"] if machine.quick else ["cortex-m3", "cortex-m0", "lx106", "rv32imc"]
        rows = []
        for done, chip in enumerate(chips):
            progress.step(chip, done, len(chips))
            for variant, figures in run("bench/size/measure.py", "--json", "--chip", chip)[chip].items():
                if variant not in cls.VARIANTS:
                    continue
                name = f"{chip}, {cls.VARIANTS[variant]}"
                peers = recorded.FLASH.get((chip, variant), {})
                rows.append(row(f"flash, {name}", "bytes", {"Mote": figures["flash"], **peers},
                                goals.FLASH.get((chip, variant))))
                if chip == "cortex-m3":
                    rows.append(row(f"RAM, {name}", "bytes", {"Mote": figures["ram_streaming"], **recorded.RAM[variant]},
                                    goals.RAM[variant]))
        return {"title": cls.TITLE, "columns": ["Mote", *recorded.SIZE_PEERS], "rows": rows, "notes": [recorded.NOTE]}


class Instructions:
    TITLE = "Instructions per operation, x86-64, transport left out"
    GOALS = {"encode_publish_q0_2": (90, 100), "encode_publish_q1_64": (90, 100), "encode_connect": (200, None),
             "publish_q0": (150, 170), "publish_q1_puback": (400, 450), "receive_q0": (150, 180),
             "receive_q1_puback": (300, 340), "receive_16": (120, 150)}

    @classmethod
    def measure(cls, machine, progress):
        progress.step("valgrind")
        counted = run("bench/instructions/measure.py", "--json")
        rows = []
        for name, by_version in cls.GOALS.items():
            for goal, version in zip(by_version, ("v311", "v5")):
                key = f"{name} {version}"
                if key in counted:
                    peers = recorded.INSTRUCTIONS.get(name, {}) if version == "v311" else {}
                    rows.append(row(key.replace("_", " "), "instructions", {"Mote": counted[key], **peers}, goal))
        return {"title": cls.TITLE, "columns": ["Mote", *recorded.INSTRUCTION_PEERS], "rows": rows,
                "notes": [recorded.NOTE], "all": counted}
