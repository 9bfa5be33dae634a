"""What bench/chip counts on emulated chips: instructions of a message, and a boot until it is subscribed."""

import os
import subprocess

from engine import run
from machine import ROOT
from table import row


class Messages:
    TITLE = "Instructions per message of 64 bytes, until both sides are done with it, transport left out"
    HERE, THERE = "Cortex-M3, -Os", "x86-64, -O2"

    @classmethod
    def measure(cls, machine, progress):
        del machine
        progress.step("Cortex-M3")
        chip = run("bench/chip/instructions.py", "--json")
        progress.step("x86-64")
        here = run("bench/instructions/measure.py", "--json")
        rows = [row(name.removeprefix("message_").replace("_q", " QoS ").replace("v311", "(3.1.1)").replace("v5", "(5)"), "instructions",
                    {cls.HERE: chip[name], cls.THERE: here[name]}) for name in chip]
        return {"title": cls.TITLE, "columns": [cls.HERE, cls.THERE], "rows": rows}


class Boot:
    TITLE = "From a board's first instruction to SUBACK, in its own time, with what is on its cable"
    BOARDS = ("lm3s6965evb", "mps2-an385")
    NAMES = {"MQTT": "TCP to SUBACK", "all": "to SUBACK", "CONNACK": "to CONNACK", "MQTT alone": "MQTT's own bytes"}
    COLUMNS = ["ms", "instructions", "frames out", "frames in", "bytes out", "bytes in"]

    @classmethod
    def measure(cls, machine, progress):
        for board in cls.BOARDS:
            progress.step(f"building {board}")
            subprocess.run([os.path.join(ROOT, "script", "build"), "--preset", board], capture_output=True, check=True)
        progress.step("booting")
        rounds = 1 if machine.quick else 9
        found = run("bench/chip/boot.py", "--json", "--rounds", str(rounds))
        rows = [row(board, cls.NAMES.get(phase, phase), figures) for board, phases in found.items() for phase, figures in phases.items()]
        return {"title": cls.TITLE, "columns": cls.COLUMNS, "rows": rows,
                "notes": [f"the quickest of {rounds} boots; frames of Ethernet with their padding, without check sums; an instruction is taken for"
                          " 1.6 cycles, 32 ns and 64 ns"]}
