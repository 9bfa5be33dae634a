#!/usr/bin/env python3
"""Links the smallest client (client.c) and a node (node.c) for chips, and counts the bytes of the library in them, and their RAM.

usage: bench/size/measure.py [--chip NAME]... [--node] [--functions] [--json]

Flash is what survives --gc-sections of the library's own objects: code, constants and initialised data, as the linker's
map has them; not the program, not libc. No link-time optimisation. RAM is the session, its buffers and its tables.
"""

import argparse
import json
import os
import re
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "bench", "budget"))

import variants  # noqa: E402

SIZE = os.path.join(ROOT, "bench", "size")
SPECS_XTENSA = "--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs"
CHIPS = {  # compiler, flags for the machine, flags for a program of it
    "cortex-m3": ("arm-none-eabi-gcc", ["-mcpu=cortex-m3", "-mthumb"], ["--specs=nano.specs", "--specs=nosys.specs"]),
    "cortex-m0": ("arm-none-eabi-gcc", ["-mcpu=cortex-m0", "-mthumb"], ["--specs=nano.specs", "--specs=nosys.specs"]),
    "lx106": ("xtensa-lx106-elf-gcc", ["-mlongcalls", SPECS_XTENSA], ["-nostartfiles", "-T", os.path.join(SIZE, "lx106.ld")]),
    "rv32imc": ("riscv64-unknown-elf-gcc", ["-march=rv32imc", "-mabi=ilp32", "--specs=picolibc.specs"], []),
}
# What can be left out of the library, and the names that the measurements have.
VARIANTS = {
    "all": (),
    "without_words": ("MOTE_WITHOUT_WORDS",),
    "without_mqtt5": ("MOTE_WITHOUT_MQTT5",),
    "smallest": ("MOTE_WITHOUT_MQTT5", "MOTE_WITHOUT_WORDS"),
}
ROOMS_OF_CLIENT = ("mqtt", "text")
# A packet of 256 bytes as a whole in the receive buffer, or in pieces through a small one.
RAM = {"whole": (256, 64, 64), "streaming": (64, 64, 64)}
SECTION = re.compile(r"^ (\.(?:text|rodata|data|literal)\S*)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+)$", re.MULTILINE)
VARIABLES = ("session", "receive_buffer", "send_buffer", "store", "inflight", "received_ids")


def link(chip, program, defines, objects, elf):
    """Links a program of bench/size/ with the library's objects."""
    compiler, machine, libraries = CHIPS[chip]
    options = [*machine, "-std=c11", "-Os", "-ffreestanding", "-ffunction-sections", "-fdata-sections"]
    options += ["-I" + os.path.join(ROOT, "include"), *(f"-D{define}" for define in defines)]
    variants.run([compiler, *options, os.path.join(SIZE, program), *objects.values(), *libraries,
                  "-Wl,--gc-sections", f"-Wl,-Map,{elf}.map", "-o", elf])


def flash(elf, objects):
    """The library's input sections in the linked program: {(source, section): bytes}."""
    names = {path: source for source, path in objects.items()}
    with open(elf + ".map", encoding="utf-8") as file:
        text = file.read()
    found = {}
    for section, size, path in SECTION.findall(text[text.index("Linker script and memory map"):]):
        if path in names:
            key = (names[path], section)
            found[key] = found.get(key, 0) + int(size, 16)
    return found


def ram(chip, elf, names):
    lines = variants.run([CHIPS[chip][0].replace("gcc", "nm"), "-S", elf]).splitlines()
    sizes = {words[3]: int(words[1], 16) for words in map(str.split, lines) if len(words) == 4}
    return {name: sizes[name] for name in names}


def by_size(sections):
    return {f"{source}:{section}": size for (source, section), size in sorted(sections.items(), key=lambda item: -item[1])}


def measure_client(chip, chosen):
    """The figures of the smallest client, and which sections are in it."""
    objects = variants.compiled(chip, chosen, ROOMS_OF_CLIENT)
    result = {}
    with tempfile.TemporaryDirectory() as work:
        for name, sizes in RAM.items():
            elf = os.path.join(work, name)
            buffers = [f"{buffer}_SIZE={size}" for buffer, size in zip(("RECEIVE", "SEND", "STORE"), sizes)]
            link(chip, "client.c", [*chosen, *buffers], objects, elf)
            parts = ram(chip, elf, VARIABLES)
            sections = flash(elf, objects)
            result |= {"flash": sum(sections.values()), "session": parts["session"], "ram_" + name: sum(parts.values())}
    return result, by_size(sections)


def measure_node(chip, chosen):
    objects = variants.compiled(chip, chosen)
    with tempfile.TemporaryDirectory() as work:
        elf = os.path.join(work, "node")
        link(chip, "node.c", chosen, objects, elf)
        sections = flash(elf, objects)
        return {"flash": sum(sections.values()), "ram": sum(ram(chip, elf, ("node",)).values())}, by_size(sections)


def measure(chip, chosen, node=False, functions=False):
    figures, sections = (measure_node if node else measure_client)(chip, chosen)
    return figures | ({"sections": sections} if functions else {})


def print_table(results):
    columns = [name for name in next(iter(next(iter(results.values())).values())) if name != "sections"]
    print(f"{'chip':<10} {'library':<14} " + " ".join(f"{name.replace('_', ', '):>15}" for name in columns))
    for chip, of_chip in results.items():
        for name, figures in of_chip.items():
            print(f"{chip:<10} {name:<14} " + " ".join(f"{figures[column]:>15}" for column in columns))
            for section, size in figures.get("sections", {}).items():
                print(f"    {size:>5} {section}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--chip", action="append", choices=CHIPS, help="only this one")
    parser.add_argument("--node", action="store_true", help="a node instead of the smallest client")
    parser.add_argument("--functions", action="store_true", help="each section's size, too")
    parser.add_argument("--json", action="store_true", help="as JSON")
    arguments = parser.parse_args()
    results = {chip: {name: measure(chip, chosen, arguments.node, arguments.functions) for name, chosen in VARIANTS.items()}
               for chip in arguments.chip or CHIPS}
    if arguments.json:
        print(json.dumps(results, indent=2))
    else:
        print_table(results)


if __name__ == "__main__":
    main()
