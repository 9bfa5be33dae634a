#!/usr/bin/python3
"""Does clang find anything to say of what gcc has compiled? It reads every file with the flags of build/asan."""

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

COMMANDS = "build/asan/compile_commands.json"
CASE = "unit/clang"


def as_clang(entry):
    words = shlex.split(entry["command"])[1:]
    output = words.index("-o")
    del words[output:output + 2]
    return ["clang", *(word for word in words if not word.startswith("-fsanitize") and word != "-c"), "-fsyntax-only"]


def complaint(entry):
    result = subprocess.run(as_clang(entry), cwd=entry["directory"], capture_output=True, text=True, check=False)
    return result.stderr if result.returncode != 0 else ""


def main():
    os.chdir(os.path.join(os.path.dirname(__file__), "..", ".."))
    with open(COMMANDS, encoding="utf-8") as file:
        entries = json.load(file)
    entries = list({entry["file"]: entry for entry in entries}.values())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [text for text in pool.map(complaint, entries) if text]
    print("".join(complaints), end="", file=sys.stderr)
    if complaints:
        print(f"not ok {CASE} - {len(complaints)} of {len(entries)} files (run alone: test/repository/clang.py)")
        return 1
    print(f"ok {CASE} - {len(entries)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
