"""The stack that a function takes at worst, with all that it calls."""


def room(file):
    """The module that a file belongs to: src/mqtt/codec.c is of mqtt."""
    return file.split("/")[1] if file.startswith("src/") else file


class Stacks:
    """Those of one graph. A room that is apart has loops of its own: its timers never run from elsewhere, nor others from it."""

    def __init__(self, graph, apart=()):
        self.graph, self.apart = graph, apart
        self.found = {}  # (function, side): bytes, and the callee on the deepest way
        self.problems = []

    def _side(self, function):
        of = room(self.graph.files.get(function, ""))
        return of if of in self.apart else None

    def of(self, function):
        return self._of(function, self._side(function), ())

    def _callees(self, function, side):
        yield from self.graph.calls.get(function, ())
        for each in self.graph.declared.get(function, ()):
            if each.startswith("@") or self._side(each) == side:
                yield each

    def _of(self, function, side, way):
        if (function, side) in self.found:
            return self.found[function, side][0]
        if function in way:
            self._complain("recursion, and nobody knows how deep: " + " -> ".join(way[way.index(function):] + (function,)))
            return 0
        if function not in self.graph.frames:
            self._complain(f"{way[-1]} calls {function}, of which no frame is known")
            return 0
        below, callee = max(((self._of(each, side, way + (function,)), each) for each in self._callees(function, side)),
                            default=(0, None))
        self.found[function, side] = (self.graph.frames[function] + below, callee)
        return self.found[function, side][0]

    def _complain(self, problem):
        if problem not in self.problems:
            self.problems.append(problem)

    def way(self, function):
        """The deepest way down from there: (function, its frame)."""
        side = self._side(function)
        self.of(function)
        while function in self.graph.frames:
            yield function, self.graph.frames[function]
            function = self.found.get((function, side), (0, None))[1]
