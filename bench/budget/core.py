"""What the core takes on a chip, room by room: flash, RAM and stack, from the objects and the call graphs of a build."""

import functools
import glob
import os
import re
import tomllib

import callgraph
from elf import Object
from stack import Stacks, room

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EDGES = os.path.join(ROOT, "bench", "budget", "edges.toml")
PAGE = "page"  # what is embedded of web/setup/
PREFIX = "size_of_"


def source_of(path):
    """Of the object of src/mqtt/codec.c it is that."""
    return os.path.normpath(os.path.splitext(path.rpartition(".dir/")[2])[0])


def room_of(path):
    source = source_of(path)
    return room(source) if source.startswith("src/") else PAGE


def declarations():
    with open(EDGES, "rb") as file:
        return callgraph.Declarations(tomllib.load(file))


class Core:
    """The core of one build. What could make a figure wrong is among `problems`."""

    def __init__(self, paths, is_complete=True, declared=None, root=ROOT):
        self.root = root
        self.objects = {path: Object(path) for path in paths}
        self.graph = self._read_graph()
        declared = declared or declarations()
        callgraph.add_outside(self.graph, declared, self._public_functions())
        callgraph.add_indirect(self.graph, declared, functools.cache(self._read))
        callgraph.check_declarations(self.graph, declared, self._addresses_taken(), is_complete)
        self.stacks = Stacks(self.graph, declared.apart)
        self.deepest = self._deepest()
        self.problems = self.graph.problems + self.stacks.problems
        self.problems += [f"the core needs {name} of others" for name in self.needs() if name not in declared.memory()]

    def _read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8") as file:
            return file.read()

    def _read_graph(self):
        graph = callgraph.Graph()
        for path in self.objects:
            graph.read(self._read(os.path.splitext(path)[0] + ".ci"), self.root)
        return graph

    def _public_functions(self):
        """Those that a header of include/mote/ has."""
        headers = sorted(glob.glob("include/mote/*.h", root_dir=self.root))
        return {name for path in headers for name in re.findall(r"\b(mote_\w+)\(", self._read(path))}

    def _addresses_taken(self):
        return {f"{source_of(path)}:{name}" if is_local else name
                for path, each in self.objects.items() for name, is_local in each.addresses_taken()}

    def _deepest(self):
        """Of each room the function that takes the most stack; of equals those that others call come last."""
        order = sorted(self.graph.files, key=lambda name: (-self.stacks.of(name), ":" in name, name))
        found = {}
        for function in order:
            found.setdefault(room(self.graph.files[function]), function)
        return found

    def rooms(self):
        """{room: {"flash", "ram", "stack"}}; the page has no stack."""
        found = {}
        for path, each in self.objects.items():
            figures = found.setdefault(room_of(path), {"flash": 0, "ram": 0})
            figures["flash"] += each.flash()
            figures["ram"] += each.ram()
        for name, function in self.deepest.items():
            found[name]["stack"] = self.stacks.of(function)
        return dict(sorted(found.items()))

    def needs(self):
        """The symbols that somebody else has to have."""
        defined = {symbol.name for each in self.objects.values() for symbol in each.symbols if symbol.section != 0}
        return sorted(set().union(*(each.undefined() for each in self.objects.values())) - defined)


def sizes(path):
    """Of the structs that a program has, from the object of objects.c."""
    symbols = sorted(Object(path).symbols, key=lambda symbol: symbol.name)
    return {symbol.name[len(PREFIX):]: symbol.size for symbol in symbols if symbol.name.startswith(PREFIX)}
