#!/usr/bin/python3
"""Prints what a firmware takes of flash and RAM, room by room, from the linker's map.

    memory.py FIRMWARE.map
"""

import collections
import re
import sys

ROOMS = ("core", "port", "lwIP", "BearSSL", "C library", "program", "stack")
RAM = 0x20000000
SIZED = re.compile(r" (\.[\w.]+|COMMON)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$")
NAMED = re.compile(r" (\.[\w.]+)\s*$")


def room_of(file):
    for part, room in (("libmote_bearssl.a", "BearSSL"), ("mote_core.dir", "core"), ("mote_port.dir", "port"), ("mote_lwip.dir", "lwIP")):
        if part in file:
            return room
    return "C library" if ".a(" in file else "program"


def pieces(path):
    """(section, address, size, file) of each piece that is in the firmware."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().partition("Linker script and memory map")[2].splitlines()
    section = ""
    for line in lines:
        name = NAMED.match(line)
        piece = SIZED.match(line)
        if name or (piece and piece[1]):
            section = (name or piece)[1]
        if piece and section.startswith((".vectors", ".text", ".rodata", ".data", ".bss", "COMMON", ".ARM.exidx")):
            yield section, int(piece[2], 16), int(piece[3], 16), piece[4]


def measure(path):
    flash, ram = collections.Counter(), collections.Counter()
    for section, address, size, file in pieces(path):
        if address == 0 and section != ".vectors":
            continue  # it was left out
        if address < RAM:
            flash[room_of(file)] += size
        else:
            ram[room_of(file)] += size
            flash[room_of(file)] += size if section.startswith(".data") else 0
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for section, room in (("stack", "stack"), ("heap", "C library")):
        ram[room] += int(re.search(rf"\.{section}\s+0x[0-9a-f]+\s+0x([0-9a-f]+)", text)[1], 16)
    return flash, ram


def main():
    flash, ram = measure(sys.argv[1])
    print(f"{'bytes':12}{'flash':>8}{'RAM':>8}")
    for room in ROOMS:
        print(f"{room:12}{flash[room]:8}{ram[room]:8}")
    print(f"{'together':12}{flash.total():8}{ram.total():8}")


main()
