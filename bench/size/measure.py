#!/usr/bin/env python3
"""Links the smallest client (client.c) for chips and counts the bytes of the library in it, and its RAM.

usage: bench/size/measure.py [--chip NAME]... [--functions] [--json]

Flash is what survives --gc-sections of the library's own objects: code, constants and initialised data, as the linker's
map has them; not the program, not libc. No link-time optimisation. RAM is the session, its buffers and its tables.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LX106_SCRIPT = os.path.join(ROOT, "bench", "size", "lx106.ld")
SPECS_XTENSA = "--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs"
CHIPS = {  # compiler, flags for the machine, flags for a program of it
    "cortex-m3": ("arm-none-eabi-gcc", ["-mcpu=cortex-m3", "-mthumb"], ["--specs=nano.specs", "--specs=nosys.specs"]),
    "cortex-m0": ("arm-none-eabi-gcc", ["-mcpu=cortex-m0", "-mthumb"], ["--specs=nano.specs", "--specs=nosys.specs"]),
    "lx106": ("xtensa-lx106-elf-gcc", ["-mlongcalls", SPECS_XTENSA], ["-nostartfiles", "-T", LX106_SCRIPT]),
    "rv32imc": ("riscv64-unknown-elf-gcc", ["-march=rv32imc", "-mabi=ilp32", "--specs=picolibc.specs"], []),
}
# What can be left out of the library, and the names that the measurements have.
VARIANTS = {
    "all": [],
    "without_words": ["-DMOTE_WITHOUT_WORDS"],
    "without_mqtt5": ["-DMOTE_WITHOUT_MQTT5"],
    "smallest": ["-DMOTE_WITHOUT_MQTT5", "-DMOTE_WITHOUT_WORDS"],
}
# A packet of 256 bytes as a whole in the receive buffer, or in pieces through a small one.
RAM = {"whole": (256, 64, 64), "streaming": (64, 64, 64)}
SECTION = re.compile(r"^ (\.(?:text|rodata|data|literal)\S*)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+)$", re.MULTILINE)
VARIABLES = ("session", "receive_buffer", "send_buffer", "store", "inflight", "received_ids")


def sources():
    for room in ("mqtt", "text"):
        folder = os.path.join(ROOT, "src", room)
        yield from (os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".c"))


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"measure.py: {' '.join(command)}\n{done.stderr}")
    return done.stdout


def build(chip, defines, work):
    """Compiles the library, and the client with each set of buffers. Returns the ELF files, by the names in RAM."""
    compiler, machine, program = CHIPS[chip]
    options = machine + defines + ["-std=c11", "-Os", "-ffreestanding", "-ffunction-sections", "-fdata-sections"]
    options += ["-I" + os.path.join(ROOT, folder) for folder in ("include", "src", "")]
    objects = []
    for source in sources():
        objects.append(os.path.join(work, os.path.basename(source)[:-2] + ".o"))
        run([compiler, *options, "-c", source, "-o", objects[-1]])
    elves = {}
    for name, sizes in RAM.items():
        elves[name] = os.path.join(work, name + ".elf")
        buffers = ["-D%s_SIZE=%d" % pair for pair in zip(("RECEIVE", "SEND", "STORE"), sizes)]
        client = os.path.join(ROOT, "bench", "size", "client.c")
        link = ["-Wl,--gc-sections", "-Wl,-Map," + elves[name] + ".map", "-o", elves[name]]
        run([compiler, *options, *buffers, client, *objects, *program, *link])
    return elves


def flash(elf, work):
    """The library's input sections in the linked program: {(object, section): bytes}."""
    with open(elf + ".map") as file:
        text = file.read()
    found = {}
    for section, size, path in SECTION.findall(text[text.index("Linker script and memory map"):]):
        if path.startswith(work + "/"):
            key = (os.path.basename(path), section)
            found[key] = found.get(key, 0) + int(size, 16)
    return found


def ram(compiler, elf):
    nm = compiler.replace("gcc", "nm")
    symbols = (line.split() for line in run([nm, "-S", elf]).splitlines())
    sizes = {words[3]: int(words[1], 16) for words in symbols if len(words) == 4}
    return {name: sizes[name] for name in VARIABLES}


def measure(chip, variant, with_functions):
    with tempfile.TemporaryDirectory() as work:
        elves = build(chip, VARIANTS[variant], work)
        sections = flash(elves["whole"], work)
        result = {"flash": sum(sections.values())}
        for name, elf in elves.items():
            parts = ram(CHIPS[chip][0], elf)
            result["session"] = parts["session"]
            result["ram_" + name] = sum(parts.values())
        if with_functions:
            order = sorted(sections.items(), key=lambda item: -item[1])
            result["sections"] = {f"{source}:{section}": size for (source, section), size in order}
        return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--chip", action="append", choices=CHIPS, help="only this one")
    parser.add_argument("--functions", action="store_true", help="each section's size, too")
    parser.add_argument("--json", action="store_true", help="as JSON")
    arguments = parser.parse_args()
    results = {}
    for chip in arguments.chip or CHIPS:
        results[chip] = {variant: measure(chip, variant, arguments.functions) for variant in VARIANTS}
    if arguments.json:
        print(json.dumps(results, indent=2))
        return
    print(f"{'chip':<10} {'library':<14} {'flash':>6} {'session':>8} {'RAM, streaming':>15} {'RAM, whole packets':>19}")
    for chip, variants in results.items():
        for name, figures in variants.items():
            print(f"{chip:<10} {name:<14} {figures['flash']:>6} {figures['session']:>8}"
                  f" {figures['ram_streaming']:>15} {figures['ram_whole']:>19}")
            for section, size in figures.get("sections", {}).items():
                print(f"    {size:>5} {section}")


main()
