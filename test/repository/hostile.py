#!/usr/bin/python3
"""Is every case in the table of docs/HOSTILE.md there, and does the source say which defect it is about?"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = "docs/HOSTILE.md"
ROW = re.compile(r"\| (\d+) \| (.*?) \| .*? \| .*? \| (.*?) \|")
CASES = re.compile(r"(table|interop)/(\w+) ((?:`[^`]+`(?:, )?)+)")
NUMBERS = range(1, 32)


def source_of(kind, name):
    return ROOT / (f"test/table/{name}.c" if kind == "table" else f"test/interop/test_{name}.py")


def wrong_in_row(defects, cases):
    texts = []
    for kind, name, quoted in CASES.findall(cases):
        path = source_of(kind, name)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        texts.append(text)
        for case in re.findall(r"`([^`]+)`", quoted):
            if f'"{case}"' not in text:
                yield f"{path.relative_to(ROOT)} has no case `{case}`"
    if not texts:
        yield "no case is named"
    for defect in defects.split(", "):
        if not any(defect in text for text in texts):
            yield f"no case's source names {defect}"


def main():
    rows = ROW.findall((ROOT / PAGE).read_text(encoding="utf-8"))
    wrong = [f"{PAGE}: {number}: {words}" for number, defects, cases in rows for words in wrong_in_row(defects, cases)]
    missing = set(NUMBERS) - {int(number) for number, _, _ in rows}
    wrong += [f"{PAGE}: there is no row {number}" for number in sorted(missing)]
    for words in wrong:
        print(words, file=sys.stderr)
    if wrong:
        print(f"not ok unit/hostile - {len(wrong)} things are wrong (run alone: test/repository/hostile.py)")
    else:
        print(f"ok unit/hostile - {len(rows)} defects, {sum(len(re.findall('`', row[2])) // 2 for row in rows)} cases")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
