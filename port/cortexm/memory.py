#!/usr/bin/python3
"""What a firmware takes of flash and RAM, room by room, from the linker's map.

    memory.py FIRMWARE.map    prints it
"""

import re
import sys

ROOMS = ("core", "port", "lwIP", "BearSSL", "C library", "program", "stack")
RAM = 0x20000000
OUTPUT = re.compile(r"^\.(?:text|ARM\.exidx|data|bss)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)", re.MULTILINE)
SIZED = re.compile(r" (\.[\w.]+|COMMON)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$")
NAMED = re.compile(r" (\.[\w.]+)\s*$")


def room_of(file):
    for part, room in (("libmote_bearssl.a", "BearSSL"), ("mote_core.dir", "core"), ("mote_port.dir", "port"), ("mote_lwip.dir", "lwIP")):
        if part in file:
            return room
    return "C library" if ".a(" in file else "program"


def pieces(text):
    """(address, size, room, is it a variable's beginning) of each piece that is in the firmware, in the order of their addresses."""
    section, found = "", []
    for line in text.splitlines():
        name = NAMED.match(line)
        piece = SIZED.match(line)
        if name or (piece and piece[1]):
            section = (name or piece)[1]
        if piece and section.startswith((".vectors", ".text", ".rodata", ".data", ".bss", "COMMON", ".ARM.exidx")):
            address, size = int(piece[2], 16), int(piece[3], 16)
            if size > 0 and (address > 0 or section == ".vectors"):  # else it was left out
                found.append((address, size, room_of(piece[4]), section.startswith(".data")))
    return sorted(found)


def taken(text):
    """The same, each as large as the way to the next: texts that several pieces have are there once, and what lies between two, so that
    the second begins where it may, is the first one's."""
    found = pieces(text)
    for start, size in ((int(start, 16), int(size, 16)) for start, size in OUTPUT.findall(text)):
        inside = [piece for piece in found if start <= piece[0] < start + size]
        for piece, end in zip(inside, [piece[0] for piece in inside[1:]] + [start + size]):
            yield piece[0], end - piece[0], *piece[2:]


def measure(path):
    """{room: {"flash", "ram"}}; a room that takes nothing is not there."""
    with open(path, encoding="utf-8") as file:
        text = file.read().partition("Linker script and memory map")[2]
    found = {room: {"flash": 0, "ram": 0} for room in ROOMS}
    for address, size, room, is_data in taken(text):
        if address >= RAM:
            found[room]["ram"] += size
        if address < RAM or is_data:
            found[room]["flash"] += size
    for section, room in (("stack", "stack"), ("heap", "C library")):
        found[room]["ram"] += int(re.search(rf"\.{section}\s+0x[0-9a-f]+\s+0x([0-9a-f]+)", text)[1], 16)
    return {room: figures for room, figures in found.items() if any(figures.values())}


def main():
    figures = measure(sys.argv[1])
    print(f"{'bytes':12}{'flash':>8}{'RAM':>8}")
    for room, each in figures.items():
        print(f"{room:12}{each['flash']:8}{each['ram']:8}")
    print(f"{'together':12}" + "".join(f"{sum(each[column] for each in figures.values()):8}" for column in ("flash", "ram")))


if __name__ == "__main__":
    main()
