#!/usr/bin/python3
"""Counts the instructions of a message on an emulated Cortex-M3: sent and received, with each QoS, by both versions of MQTT.

usage: bench/chip/instructions.py [--json] [--check] [--record]

Compiles src/ as firmware is compiled, with -Os and newlib's small library. Counted is the same as by bench/instructions/measure.py. --check
compares with recorded.json, with 5 % room; --record writes that file anew.
"""

import glob
import os
import shutil
import sys
import tempfile

from counter import ROOT, Counter, run

sys.path.insert(0, os.path.join(ROOT, "bench", "instructions"))

import measure  # noqa: E402

EMULATOR = "qemu-system-arm"
RECORDED = os.path.join(ROOT, "bench", "chip", "recorded.json")
COMPILE = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-std=c11", "-Os", "-ffunction-sections", "-fdata-sections",
           *("-I" + folder for folder in ("include", "src", "bench/instructions"))]
LINK = ["--specs=nano.specs", "--specs=rdimon.specs", "-nostartfiles", "-T", "test/chip/cortex-m3.ld", "-Wl,--gc-sections"]
SOURCES = ["bench/chip/instructions.c", "bench/instructions/messages.c", "bench/instructions/rig.c", "test/chip/cortex-m3.c"]


def compile_all(work):
    sources = [*SOURCES, *(path for room in ("mqtt", "text", "sched") for path in sorted(glob.glob(f"src/{room}/*.c", root_dir=ROOT)))]
    program = os.path.join(work, "messages")
    run([*COMPILE, *sources, *LINK, "-o", program])
    return program


def count(work):
    """{name of the measurement: instructions for one message}"""
    program = compile_all(work)
    counter = Counter(work, program, ("counter_begin", "counter_end"), ["operation_"], ["link_", "rig_measure"])
    said = run([EMULATOR, "-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "none", "-nic", "none",
                "-semihosting-config", "enable=on,target=native", *counter.options, "-kernel", program])
    counts = [number for _, number in counter.read()]
    spans = [end - begin for begin, end in zip(counts[::2], counts[1::2])]
    names = [line.rpartition(" ") for line in said.splitlines()]
    if len(spans) != len(names):
        raise RuntimeError(f"{len(spans)} measurements, and {len(names)} names")
    return {name: round(span / int(times), 1) for span, (name, _, times) in zip(spans, names)}


def main():
    arguments = measure.options(__doc__.split("\n", maxsplit=1)[0])
    if shutil.which(EMULATOR) is None:
        print(f"skip chip/instructions/all - this machine has no {EMULATOR}")
        return
    with tempfile.TemporaryDirectory() as work:
        counted = count(work)
    if arguments.record:
        measure.record(counted, RECORDED)
    if arguments.check:
        sys.exit(0 if measure.compare(counted, RECORDED, "chip/instructions", "bench/chip/instructions.py") else 1)
    measure.show(counted, arguments.json)


if __name__ == "__main__":
    main()
