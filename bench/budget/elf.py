"""Reads what a budget needs of an object file, 32 bits, least byte first: sections, symbols, and who takes whose address."""

import struct

TYPE_SYMBOLS, TYPE_EMPTY, TYPE_RELOCATIONS = 2, 8, 9
IS_WRITABLE, IS_LOADED = 1, 2
SYMBOL_FUNCTION = 2
MACHINE_ARM = 40
# What an address leaves behind on Arm, where a call leaves something else: ABS32, REL32, THM_MOVW_ABS_NC, THM_MOVT_ABS.
ARM_ADDRESSES = (2, 3, 47, 48)


class Section:
    def __init__(self, name, kind, flags, size):
        self.name, self.kind, self.flags, self.size = name, kind, flags, size

    def is_in_flash(self):
        """Code and constants, and what variables begin with."""
        return bool(self.flags & IS_LOADED) and self.kind != TYPE_EMPTY

    def is_in_ram(self):
        return bool(self.flags & IS_LOADED) and bool(self.flags & IS_WRITABLE)


class Symbol:
    def __init__(self, name, size, kind, section, is_local):
        self.name, self.size, self.kind, self.section, self.is_local = name, size, kind, section, is_local


def string(table, start):
    return table[start:table.index(b"\0", start)].decode()


class Object:
    """One object file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:6] != b"\x7fELF\x01\x01":
            raise ValueError(f"{path}: not an object file of 32 bits, least byte first")
        self.machine = struct.unpack_from("<H", self.data, 18)[0]
        offset, = struct.unpack_from("<I", self.data, 32)
        size, count, names = struct.unpack_from("<HHH", self.data, 46)
        self.headers = [struct.unpack_from("<10I", self.data, offset + i * size) for i in range(count)]
        strings = self._bytes(names)
        self.sections = [Section(string(strings, header[0]), header[1], header[2], header[5]) for header in self.headers]
        self.symbols = list(self._symbols())

    def _bytes(self, index):
        header = self.headers[index]
        return self.data[header[4]:header[4] + header[5]]

    def _symbols(self):
        for index, header in enumerate(self.headers):
            if header[1] == TYPE_SYMBOLS:
                strings = self._bytes(header[6])
                for name, _, size, info, _, section in struct.iter_unpack("<IIIBBH", self._bytes(index)):
                    yield Symbol(string(strings, name), size, info & 15, section, info >> 4 == 0)

    def flash(self):
        return sum(section.size for section in self.sections if section.is_in_flash())

    def ram(self):
        return sum(section.size for section in self.sections if section.is_in_ram())

    def undefined(self):
        return {symbol.name for symbol in self.symbols if symbol.section == 0 and symbol.name}

    def addresses_taken(self):
        """The functions that something else than a call refers to: (name, is it local). Only Arm tells."""
        if self.machine != MACHINE_ARM:
            return set()
        return {(symbol.name, symbol.is_local) for symbol in self._addressed()
                if symbol.kind == SYMBOL_FUNCTION or symbol.section == 0}

    def _addressed(self):
        for index, header in enumerate(self.headers):
            is_loaded = header[1] == TYPE_RELOCATIONS and self.sections[header[7]].flags & IS_LOADED
            if is_loaded and "exidx" not in self.sections[header[7]].name:
                for _, info in struct.iter_unpack("<II", self._bytes(index)):
                    if info & 255 in ARM_ADDRESSES:
                        yield self.symbols[info >> 8]
