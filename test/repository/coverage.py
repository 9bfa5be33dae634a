#!/usr/bin/python3
"""Is there a line or a branch of src/mqtt/ and src/text/ that no unit or table test takes?

    script/build --preset coverage && test/repository/coverage.py

Runs the tests and lists what none of them has reached: code that never ran, and conditions, of each && and || every operand,
that were never true or never false. What cannot be reached says so in the source, in a comment that begins at its line:

    never run: WHY          never true: WHY          never false: WHY

An assertion is not meant to fail, so its conditions may be always true; and what the compiler knows is not a choice. A comment
that is not right is a failure, too.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "coverage"
WATCHED = ("src/mqtt", "src/text")
TOOLS_SUFFIX = "-14"
TIMEOUT_S = 300
MARK = re.compile(r"/\* never (run|true|false): ")
EXCUSED = re.compile(r"\bMOTE_ASSERT\(.*?\);|if \(!MOTE_HAS_WORDS\) {.*?}", re.DOTALL)
KNOWN_TO_THE_COMPILER = re.compile(r"!?(MOTE_HAS_WORDS|mote_version_is_5\(MOTE_MQTT_5\))")

# What llvm-cov gives for a branch and for the beginning of a stretch of code.
Branch = collections.namedtuple("Branch", "line column end_line end_column true false")
Segment = collections.namedtuple("Segment", "line column count has_count is_entry is_gap")


def tool(name):
    """Debian's packages have the version in the name, and llvm without a version beside it."""
    return name + TOOLS_SUFFIX if subprocess.call(["which", name + TOOLS_SUFFIX], stdout=subprocess.DEVNULL) == 0 else name


def programs():
    found = sorted(path for kind in ("unit", "table") for path in BUILD.glob(f"test/{kind}/*") if os.access(path, os.X_OK))
    if not found:
        sys.exit("coverage: there are no tests; build them: script/build --preset coverage")
    return found


def run(program, profile):
    done = subprocess.run([program], env={**os.environ, "LLVM_PROFILE_FILE": str(profile)}, timeout=TIMEOUT_S,
                          stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}coverage: {program} has failed")


def measure():
    """Runs all tests; returns for each watched file its branches and segments."""
    profiles = BUILD / "profiles"
    profiles.mkdir(exist_ok=True)
    for old in profiles.iterdir():
        old.unlink()
    tests = programs()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda test: run(test, profiles / f"{test.parent.name}-{test.name}.profraw"), tests))
    merged = profiles / "all.profdata"
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "-o", merged, *profiles.glob("*.profraw")], check=True)
    objects = [word for test in tests[1:] for word in ("-object", test)]
    # It warns that each program has a main() of its own.
    exported = subprocess.run([tool("llvm-cov"), "export", f"-instr-profile={merged}", tests[0], *objects], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    files = json.loads(exported)["data"][0]["files"]
    return {name: read_file([file for file in files if name in file["filename"]]) for name in watched_files()}


def watched_files():
    return sorted(str(path.relative_to(ROOT)) for folder in WATCHED for path in (ROOT / folder).glob("*.[ch]"))


def read_file(reports):
    """A header is reported once for each way to it, an inline function once for each file that has it."""
    branches, segments = {}, []
    for report in reports:
        segments += [Segment(*segment) for segment in report["segments"]]
        for line, column, end_line, end_column, true, false, *_ in report["branches"]:
            before = branches.get((line, column), Branch(0, 0, 0, 0, 0, 0))
            branches[line, column] = Branch(line, column, end_line, end_column, before.true + true, before.false + false)
    return sorted(branches.values()), segments


class Source:
    def __init__(self, name):
        self.name = name
        self.text = (ROOT / name).read_text(encoding="utf-8")
        self.lines = self.text.splitlines()
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.marks = {(number, match.group(1)) for number, line in enumerate(self.lines, 1)
                      for match in MARK.finditer(line)}
        self.used = set()
        self.excused = [match.span() for match in EXCUSED.finditer(self.text)]

    def place(self, line, column):
        return self.starts[line - 1] + column - 1

    def between(self, branch):
        return self.text[self.place(branch.line, branch.column):self.place(branch.end_line, branch.end_column)]

    def is_excused(self, line, column):
        place = self.place(line, column)
        return any(begin <= place < end for begin, end in self.excused)

    def is_marked(self, line, what):
        if (line, what) in self.marks:
            self.used.add((line, what))
            return True
        return False


def judge(source, branches, segments):
    """Returns what is wrong as (line, column, words)."""
    wrong = []
    for branch in branches:
        text = source.between(branch)
        if KNOWN_TO_THE_COMPILER.fullmatch(text) or source.is_excused(branch.line, branch.column):
            continue
        for what, count in (("true", branch.true), ("false", branch.false)):
            if count == 0 and not source.is_marked(branch.line, what):
                wrong.append((branch.line, branch.column, f"never {what}: {' '.join(text.split())}"))
    for segment in segments:
        if segment.has_count and segment.is_entry and not segment.is_gap and segment.count == 0:
            if not source.is_excused(segment.line, segment.column) and not source.is_marked(segment.line, "run"):
                wrong.append((segment.line, segment.column, f"never run: {source.lines[segment.line - 1].strip()}"))
    return wrong


def main():
    wrong, code, sides, marks = [], 0, 0, 0
    for name, (branches, segments) in measure().items():
        source = Source(name)
        wrong += [f"{name}:{line}:{column}: {words}" for line, column, words in judge(source, branches, segments)]
        wrong += [f"{name}:{line}: a mark that is wrong: never {what}" for line, what in sorted(source.marks - source.used)]
        code += len({segment.line for segment in segments if segment.has_count})
        sides += 2 * len(branches)
        marks += len(source.marks)
    for words in wrong:
        print(words, file=sys.stderr)
    if wrong:
        print(f"not ok unit/coverage - {len(wrong)} places without a test (run alone: {sys.argv[0]})")
    else:
        print(f"ok unit/coverage - all of {' and '.join(WATCHED)}: {code} stretches of code and {sides} sides of branches, {marks} excused")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
