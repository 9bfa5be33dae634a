"""Who calls whom: from what gcc writes with -fcallgraph-info=su, and from declared edges (edges.toml) for calls through pointers, of
which gcc knows only that they are there.

Everything that could make a stack look smaller than it is counts as a problem: a frame that grows, a call through a pointer that nobody
declared, a function whose address is taken and that no declaration names, a declaration of what is not there.
"""

import fnmatch
import re

NODE = re.compile(r'^node: \{ title: "([^"]+)" label: "(.*?)"(?: shape : ellipse)? \}$')
EDGE = re.compile(r'^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "(.+):(\d+):(\d+)")? \}$')
COMPILED = re.compile(r"\\n(\S+?):\d+:\d+\\n(\d+) bytes \((.+?)\)$")
INDIRECT = "__indirect_call"
# What stands before a parenthesis: `radio(setup)->scan`, `names[i].look_up`, `run`.
CALLED = re.compile(r"((?:\w+(?:\(\w*\)|\[\w*\])?(?:->|\.))*\w+)\s*\(")


class Graph:
    def __init__(self):
        self.frames = {}    # bytes of each function that is compiled
        self.files = {}     # where it is
        self.calls = {}     # whom it calls
        self.declared = {}  # whom it may call through pointers
        self.indirect = []  # such calls: (caller, file, line, column)
        self.problems = []

    def read(self, text, root):
        """Adds the graph of one object. Functions that are known in one file alone are called FILE:NAME."""
        for line in text.splitlines():
            line = line.replace(root + "/", "")
            node, edge = NODE.match(line), EDGE.match(line)
            if node:
                self._add_function(node[1], COMPILED.search(node[2]))
            elif edge and edge[2] == INDIRECT:
                self.indirect.append((edge[1], edge[3], int(edge[4] or 0), int(edge[5] or 0)))
            elif edge:
                self.calls.setdefault(edge[1], set()).add(edge[2])
            elif line.startswith(("node:", "edge:")):
                self.problems.append(f"the call graph has a line that is not understood: {line}")

    def _add_function(self, name, compiled):
        if compiled is None:
            return  # it is called here and compiled elsewhere
        file, size, kind = compiled.groups()
        if kind != "static":
            self.problems.append(f"{name} has a frame that grows while it runs ({kind}): how far, nobody knows")
        self.frames[name], self.files[name] = int(size), file

    def matching(self, patterns):
        """The functions that a list of names and patterns means; with ! those that it does not."""
        found = set()
        for pattern in patterns:
            some = fnmatch.filter(self.frames, pattern.lstrip("!"))
            found = found.difference(some) if pattern.startswith("!") else found.union(some)
        return found


def called_names(source, line, column):
    """What is called in the expression that begins there, each name with the object whose member it is: of
    `node->port->random(x)` it is `port.random`, of `run(x)` it is `run`."""
    text = "\n".join(source.split("\n")[line - 1:])[column - 1:]
    for found in CALLED.finditer(first_call(text)):
        parts = re.sub(r"\(\w*\)|\[\w*\]", "", found[1]).replace("->", ".").split(".")
        yield ".".join(parts[-2:])


def first_call(text):
    """Up to the end of the first call, and of those that are members of what it returns."""
    depth = 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == ")" and depth <= 0 and not re.match(r"\s*(->|\.)", text[at + 1:]):
            return text[:at + 1]
    return text


class Declarations:
    def __init__(self, document):
        self.calls = document["calls"]
        self.outside = {"@" + name: about for name, about in document["outside"].items()}
        self.entries = document["entries"]
        self.apart = set(document["apart"])
        self.used = set()

    def memory(self):
        """The functions that the core may need of others."""
        return self.outside["@memory"]["functions"]

    def targets(self, names):
        """Whom a call may reach in whose expression these names are called; None if nobody has declared that."""
        names = list(names)
        members = [name for name in names if "." in name] or names
        patterns = [next((each for each in self.calls if fnmatch.fnmatchcase(name, each)), None) for name in members]
        if None in patterns or not patterns:
            return None
        self.used.update(patterns)
        return [target for pattern in patterns for target in self.calls[pattern]]


def add_outside(graph, declarations, public):
    """What is not of the core: its frame is what it is allowed. It may call back what is public."""
    for name, about in declarations.outside.items():
        graph.frames[name] = about["stack"]
        for function in about.get("functions", []):
            graph.frames[function] = about["stack"]
    for name, about in declarations.outside.items():
        graph.declared[name] = graph.matching(about.get("calls", [])) & public
        for pattern in about.get("calls", []):
            if not graph.matching([pattern.lstrip("!")]) & public:
                graph.problems.append(f"edges.toml: {name} may call {pattern}, which is not there")


def add_indirect(graph, declarations, read_source):
    """Calls through pointers."""
    for caller, file, line, column in graph.indirect:
        names = list(called_names(read_source(file), line, column)) if file else []
        targets = declarations.targets(names)
        if targets is None:
            graph.problems.append(f"{file}:{line}: {' or '.join(names) or caller} is called through a pointer, and edges.toml"
                                  " does not say whom that may reach")
        graph.declared.setdefault(caller, set()).update(graph.matching(targets or []))


def check_declarations(graph, declarations, addresses, is_complete):
    """Is everything there that is declared, and is everything declared whose address is taken? What is not complete, because something
    was left out, may lack what is declared."""
    named = graph.matching(declarations.entries)
    for pattern, targets in declarations.calls.items():
        if is_complete and pattern not in declarations.used:
            graph.problems.append(f"edges.toml: there is no call of {pattern}")
        for target in targets:
            named |= graph.matching([target])
            if is_complete and not graph.matching([target]):
                graph.problems.append(f"edges.toml: {pattern} may reach {target}, which is not there")
    for function in sorted(addresses & graph.files.keys() - named):
        graph.problems.append(f"the address of {function} is taken, and edges.toml does not say which call reaches it")
