#!/usr/bin/python3
"""Is every numbered statement of MQTT that binds a client proved by a test, and does docs/CONFORMANCE.md say so?

    test/repository/conformance.py           checks; prints a line for each case of the area unit
    test/repository/conformance.py --write   writes docs/CONFORMANCE.md anew
    test/repository/conformance.py --gaps    lists what has no test, for the broker, too

The statements are in docs/conformance/mqtt-*.txt. The tags are [MQTT3-x.y.z-n] for MQTT 3.1.1 and [MQTT5-x.y.z-n] for 5.0, in
the comment directly above a case's function (C) or its @case (Python), or in the first comment of a C file, for all of its
cases. CONTRIBUTING.md has the rules.
"""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = "docs/CONFORMANCE.md"
VERSIONS = {"3": "3.1.1", "5": "5.0"}
SIDES = ("client", "server")
ALL_CASES = "(all cases)"

TAG = re.compile(r"\[MQTT([35])-(\d+\.\d+\.\d+-\d+)(?::(\w+))?\]")
LOOKS_LIKE_A_TAG = re.compile(r"\[MQTT[35][^\]]*\]")
REFERENCE = re.compile(r"\[MQTT-([^\]]*)\]")
TYPING_ERRORS_OF_THE_STANDARD = {"3-8.3-4": "3.8.3-4", "3.1.2.7": "3.1.2-7"}


class Statement:
    def __init__(self, version, number, binds, text):
        self.version, self.number, self.binds, self.text = version, number, binds, text
        self.untestable, self.broker, self.note = None, None, None
        self.proofs = {side: [] for side in SIDES}

    def name(self):
        return f"MQTT{self.version}-{self.number}"

    def binds_client(self):
        return self.binds in ("client", "both")

    def binds_broker(self):
        return self.binds in ("server", "both")

    def is_gap(self, side):
        excused = (self.untestable if side == "client" else self.broker) is not None
        return self.binds in (side, "both") and not excused and not self.proofs[side]


def path_of(*parts):
    return os.path.join(ROOT, *parts)


def read(path):
    with open(path_of(path), encoding="utf-8") as file:
        return file.read()


def statements_of(version, problems):
    """The statements of one version by their numbers."""
    path = f"docs/conformance/mqtt-{VERSIONS[version]}.txt"
    found = {}
    last = None
    for number, line in enumerate(read(path).splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        field = re.fullmatch(r"  (untestable|broker|note): (.+)", line)
        match = re.fullmatch(r"(\d+\.\d+\.\d+-\d+) (client|server|both) (\S.*)", line)
        if field and last and getattr(last, field[1]) is None:
            setattr(last, field[1], field[2])
        elif match and match[1] not in found:
            last = found[match[1]] = Statement(version, *match.groups())
        else:
            problems.append(f"{path}:{number}: neither a new statement nor a field of one")
    return found


# --- Where the tests are ---

class Program:
    """The cases of one program, and the comments that may hold tags: (case, comment)."""

    def __init__(self, area, comments, text):
        self.area, self.comments, self.text = area, comments, text

    def default_sides(self):
        name = self.area.split("/")[1]
        if "broker" in name:
            return ("server",)
        shared = re.match(r"(codec|property|topic|text)", name)
        return SIDES if shared else ("client",)


def c_program(path):
    text = read(path)
    area = re.search(r'check_main\("([^"]+)"', text)
    if area is None:
        return None
    tables = re.findall(r"struct check_case \w+\[\] = \{(.*?)\};", text, re.DOTALL)
    cases = {function: name for table in tables
             for name, function in re.findall(r'\{"([^"]+)",\s*(\w+)\}', table)}
    comments = [(ALL_CASES, match[0]) for match in [re.match(r"/\*.*?\*/", text, re.DOTALL)] if match]
    for match in re.finditer(r"(/\*(?:(?!\*/).)*\*/)\nstatic void (\w+)\(void\)\n\{", text, re.DOTALL):
        if match[2] in cases:
            comments.append((cases[match[2]], match[1]))
    return Program(area[1], comments, text)


def python_program(path):
    text = read(path)
    area = re.search(r'^main\("([^"]+)"', text, re.MULTILINE)
    if area is None:
        return None
    comments = [(match[2], match[1]) for match in re.finditer(r'((?:^#.*\n)+)@case\("([^"]+)"', text, re.MULTILINE)]
    return Program(area[1], comments, text)


def programs():
    for folder, ending, reader in (("unit", ".c", c_program), ("table", ".c", c_program), ("interop", ".py", python_program)):
        for name in sorted(os.listdir(path_of("test", folder))):
            if name.endswith(ending):
                program = reader(f"test/{folder}/{name}")
                yield f"test/{folder}/{name}", program


def add_proofs(path, program, statements, problems):
    """Enters the program's tags at their statements."""
    counted = 0
    for case, comment in program.comments:
        for match in TAG.finditer(comment):
            counted += 1
            version, number, side = match.groups()
            statement = statements[version].get(number)
            if statement is None:
                problems.append(f"{path}: {match[0]} above {case}: there is no such statement")
            elif side is not None and side not in SIDES:
                problems.append(f"{path}: {match[0]} above {case}: '{side}' is neither client nor server")
            else:
                for each in (side,) if side else program.default_sides():
                    statement.proofs[each].append((program.area, case))
    written = len(LOOKS_LIKE_A_TAG.findall(program.text))
    if written != counted:
        problems.append(f"{path}: {written - counted} tags are ill-formed or not above a case of this program")


def check_references(statements, problems):
    """What the code refers to, in either version's number, has to be there, too."""
    known = {number for version in statements.values() for number in version}
    for top in ("src", "include", "test"):
        for folder, _, names in os.walk(path_of(top)):
            for name in names:
                if not name.endswith((".c", ".h")):
                    continue
                path = os.path.relpath(os.path.join(folder, name), ROOT)
                for reference in REFERENCE.findall(read(path)):
                    number = TYPING_ERRORS_OF_THE_STANDARD.get(reference, reference)
                    if number not in known:
                        problems.append(f"{path}: there is no [MQTT-{reference}], neither in 3.1.1 nor in 5.0")


def collect():
    problems = []
    statements = {version: statements_of(version, problems) for version in VERSIONS}
    for path, program in programs():
        if program is not None:
            add_proofs(path, program, statements, problems)
        elif LOOKS_LIKE_A_TAG.search(read(path)):
            problems.append(f"{path}: has tags, but no cases")
    check_references(statements, problems)
    for version in statements.values():
        for statement in version.values():
            if statement.untestable and statement.proofs["client"]:
                problems.append(f"[{statement.name()}] is called untestable, but has a test")
            if statement.untestable and not statement.binds_client():
                problems.append(f"[{statement.name()}] is called untestable, but binds no client")
            if statement.broker and (statement.proofs["server"] or not statement.binds_broker()):
                problems.append(f"[{statement.name()}] is said not to arise for the broker, but has a test or binds none")
    return statements, problems


# --- The document ---

def cell(text):
    return text.replace("|", "\\|")


def tests_in_words(proofs):
    """The cases, grouped by their program."""
    by_area = {}
    for area, case in proofs:
        cases = by_area.setdefault(area, [])
        if case not in cases:
            cases.append(case)
    return "<br>".join(f"`{area}`: {cell(', '.join(cases))}" for area, cases in by_area.items())


def broker_cell(statement):
    if statement.broker:
        return f"does not arise: {statement.broker}"
    unproved = "not proved" if statement.binds_broker() else "–"
    return tests_in_words(statement.proofs["server"]) or unproved


def client_row(statement):
    asks = statement.text + (f" *({statement.note})*" if statement.note else "")
    proof = tests_in_words(statement.proofs["client"]) or "**no test**"
    if statement.untestable:
        proof = f"not testable: {statement.untestable}"
    broker = broker_cell(statement)
    return f"| {statement.number} | {cell(asks)} | {proof} | {broker} |"


def server_row(statement):
    asks = statement.text + (f" *({statement.note})*" if statement.note else "")
    broker = broker_cell(statement)
    breach = tests_in_words(statement.proofs["client"]) or "–"
    return f"| {statement.number} | {cell(asks)} | {broker} | {breach} |"


def summary(statements):
    lines = ["| | MQTT 3.1.1 | MQTT 5.0 |", "|---|---:|---:|"]
    rows = (
        ("statements", lambda s: True),
        ("binding a client, alone or as well", Statement.binds_client),
        ("… proved by tests", lambda s: s.binds_client() and bool(s.proofs["client"])),
        ("… not testable", lambda s: s.binds_client() and s.untestable is not None),
        ("… **without a test**", lambda s: s.is_gap("client")),
        ("binding a server, alone or as well", Statement.binds_broker),
        ("… proved by tests of the embedded broker", lambda s: s.binds_broker() and bool(s.proofs["server"])),
        ("… that do not arise for it", lambda s: s.binds_broker() and s.broker is not None),
        ("… not proved", lambda s: s.is_gap("server")),
    )
    for words, holds in rows:
        counts = [sum(1 for statement in version.values() if holds(statement)) for version in statements.values()]
        lines.append(f"| {words} | {counts[0]} | {counts[1]} |")
    return lines


def document(statements):
    lines = read("docs/conformance/introduction.md").rstrip().splitlines()
    lines += ["", "## In numbers", ""] + summary(statements)
    for version, name in VERSIONS.items():
        every = statements[version].values()
        lines += ["", f"## MQTT {name}: what binds a client", "",
                  "| statement | asks | proved for the client by | for the embedded broker by |", "|---|---|---|---|"]
        lines += [client_row(statement) for statement in every if statement.binds_client()]
        lines += ["", f"## MQTT {name}: what binds a server alone", "",
                  "| statement | asks | proved for the embedded broker by | what the client does if a server breaks it |",
                  "|---|---|---|---|"]
        lines += [server_row(statement) for statement in every if not statement.binds_client()]
    return "\n".join(lines) + "\n"


# --- The cases ---

def report(case, problems):
    for problem in problems[1:]:
        print(problem)
    if problems:
        more = f", and {len(problems) - 1} more above" if len(problems) > 1 else ""
        print(f"not ok unit/conformance/{case} - {problems[0]}{more} (run alone: test/repository/conformance.py)")
    else:
        print(f"ok unit/conformance/{case}")
    return not problems


def gaps(statements, side):
    return [f"[{statement.name()}] has no test for a {side}: {statement.text}"
            for version in statements.values() for statement in version.values() if statement.is_gap(side)]


def check(statements, problems):
    try:
        is_current = read(DOCUMENT) == document(statements)
    except FileNotFoundError:
        is_current = False
    stale = [] if is_current else [f"{DOCUMENT} is not what the tests say: run test/repository/conformance.py --write"]
    results = [report("tags-and-statements-fit", problems),
               report("every-statement-for-clients-is-proved", gaps(statements, "client")),
               report("the-document-is-current", stale)]
    return 0 if all(results) else 1


def main():
    statements, problems = collect()
    if sys.argv[1:] == ["--write"]:
        with open(path_of(DOCUMENT), "w", encoding="utf-8") as file:
            file.write(document(statements))
        return 0
    if sys.argv[1:] == ["--gaps"]:
        print("\n".join(gaps(statements, "client") + gaps(statements, "server")))
        return 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    return check(statements, problems)


sys.exit(main())
