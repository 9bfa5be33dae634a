#!/usr/bin/python3
"""Would a test fail if a check were not there?

    script/mutation [--list] [--equivalent] [--sample N [--seed S]] [WORDS]...

Takes every check in the codec away, one after the other, and runs the unit and table tests until one of them fails. A
mutant that no test notices is a check without a test (or one that is not needed). With WORDS only those mutants in whose name
all of them are.

What is done to the source, a function body at a time; the name of a mutant says where and which:

    never COND     an if whose condition is never true
    without OPER   an operand of && or || that does not count
    always COND    the condition of ?: that is always true
    accept EXPR    what a function of type bool returns is always true
    border A < B   < for <=, > for >=, and the other way round
    skip CALL      no mote_reader_fail() here

All mutants are in one build, under AddressSanitizer and UBSan, and an environment variable chooses one; each is given to the
programs that come past it, as a first run without any mutant has shown, the quickest first. Those that change nothing that
could be seen are listed with the reason in mutation_equivalent.txt.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "mutation"
TREE = WORK / "tree"
MUTATED = ["src/mqtt/codec*.c", "src/mqtt/cursor.h", "src/mqtt/plain.h", "src/mqtt/property.c", "src/mqtt/topic.c", "src/text/text.c",
           "src/text/word.h"]
# The broker's tests, which come past all of it and take their time, need not be asked.
TESTS_OF_IT = re.compile(r'#include [<"](\.\./unit/)?(codec_rig|codec_packets|session_rig|mqtt/|mote/(topic|text|message))')
TESTS_OF_OTHERS = re.compile(r"broker")
EQUIVALENT = ROOT / "test/repository/mutation_equivalent.txt"
KNOWN_TO_THE_COMPILER = re.compile(r"!?(MOTE_HAS_WORDS|mote_version_is_5\(MOTE_MQTT_5\))")
TIMEOUT_S = 60
MUTANTS_MAX = 4096

HEADER = f"""
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

__attribute__((weak)) int mote_mutant = -1;
__attribute__((weak)) unsigned char mote_reached_here[{MUTANTS_MAX}];
__attribute__((weak)) unsigned char *mote_reached = mote_reached_here;

__attribute__((weak, constructor)) void mote_mutant_begin(void)
{{
    const char *number = getenv("MOTE_MUTANT");
    const char *path = getenv("MOTE_REACHED");

    if (number != NULL)
        mote_mutant = atoi(number);
    if (path != NULL)
        mote_reached = mmap(NULL, {MUTANTS_MAX}, PROT_READ | PROT_WRITE, MAP_SHARED, open(path, O_RDWR), 0);
}}

#define MUTANT(n) (mote_reached[n] = 1, mote_mutant == (n))
#define MUTANT_LT(n, a, b) (MUTANT(n) ? (a) <= (b) : (a) < (b))
#define MUTANT_LE(n, a, b) (MUTANT(n) ? (a) < (b) : (a) <= (b))
#define MUTANT_GT(n, a, b) (MUTANT(n) ? (a) >= (b) : (a) > (b))
#define MUTANT_GE(n, a, b) (MUTANT(n) ? (a) > (b) : (a) >= (b))
"""

# --- Reading C, as far as it is needed ---

TOKEN = re.compile(r"""(?P<space>\s+|/\*.*?\*/|//[^\n]*|\#(?:[^\n\\]|\\.)*)|(?P<word>\w+)|(?P<string>"(?:[^"\\]|\\.)*")
                       |(?P<char>'(?:[^'\\]|\\.)*')|(?P<mark><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
                   re.VERBOSE | re.DOTALL)
Token = collections.namedtuple("Token", "text begin end")
COMPARISONS = {"<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}

# What ends an operand of an operator that binds as loosely; whatever binds looser ends it, too.
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
ENDS = {";", "{", "}", ",", "?", ":", "return", "case"} | ASSIGNMENTS
ENDS_OF = {"||": ENDS | {"||"}, "&&": ENDS | {"||", "&&"}}
ENDS_OF.update({mark: ENDS | {"||", "&&", "|", "^", "&", "==", "!=", "<", "<=", ">", ">="} for mark in COMPARISONS})
OPENING, CLOSING = {"(", "["}, {")", "]"}


def tokenize(text):
    tokens = []
    for match in TOKEN.finditer(text):
        if match.lastgroup != "space":
            tokens.append(Token(match.group(), match.start(), match.end()))
    return tokens


def matching(tokens, index):
    """The place of the bracket that closes the one at the index."""
    depth = 0
    for place in range(index, len(tokens)):
        if tokens[place].text in ("(", "[", "{"):
            depth += 1
        elif tokens[place].text in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return place
    raise ValueError(f"a bracket is not closed: {tokens[index]}")


def functions(tokens):
    """The functions' names, whether they return bool, and where their bodies begin and end."""
    index, begin = 0, 0
    while index < len(tokens):
        text = tokens[index].text
        if text == "{":
            end = matching(tokens, index)
            if index > 0 and tokens[index - 1].text == ")":
                head = [token.text for token in tokens[begin:index]]
                name = next(head[i - 1] for i in range(1, len(head)) if head[i] == "(" and head[i - 1] != "__attribute__"
                            and head[i - 1] not in ("(", "noinline"))
                yield name, "bool" in head[:head.index(name)], index, end
                begin = end + 1
            index = end
        elif text in (";", "#"):
            begin = index + 1
        index += 1


def left_of(tokens, index, ends):
    """Where the left operand of the operator at the index begins."""
    depth = 0
    while index > 0:
        text = tokens[index - 1].text
        if text in CLOSING:
            depth += 1
        elif depth == 0 and (text in OPENING or text in ends):
            return index
        elif text in OPENING:
            depth -= 1
        index -= 1
    return index


def right_of(tokens, index, ends):
    """Behind the end of the right operand of the operator at the index."""
    depth = 0
    index += 1
    while True:
        text = tokens[index].text
        if text == "{" or text in OPENING:
            depth += 1
        elif depth == 0 and (text in CLOSING or text in ends):
            return index
        elif text == "}" or text in CLOSING:
            depth -= 1
        index += 1


# --- Making mutants ---

class Mutant:
    """Its name, and what is written around and in a stretch of the source."""

    def __init__(self, name, begin, end, before, after, operator=None):
        self.name = name
        self.begin, self.end = begin, end
        self.before, self.after = before, after
        self.operator = operator  # a token that becomes a comma


class File:
    def __init__(self, path):
        self.path = path
        self.text = (ROOT / path).read_text(encoding="utf-8")
        self.tokens = tokenize(self.text)
        self.mutants = []

    def words(self, begin, end):
        return " ".join(re.sub(r"/\*.*?\*/", " ", self.text[self.tokens[begin].begin:self.tokens[end - 1].end],
                               flags=re.DOTALL).split())

    def add(self, function, kind, begin, end, before, after, operator=None):
        words = self.words(begin, end)
        if KNOWN_TO_THE_COMPILER.fullmatch(words):
            return
        name = f"{self.path} {function}: {kind} {words}"
        same = sum(mutant.name == name or mutant.name.startswith(name + " #") for mutant in self.mutants)
        self.mutants.append(Mutant(f"{name} #{same + 1}" if same else name, self.tokens[begin].begin,
                                   self.tokens[end - 1].end, before, after, operator))

    def find(self):
        for function, is_bool, begin, end in functions(self.tokens):
            index = begin
            while index < end:
                if self.tokens[index].text == "MOTE_ASSERT":
                    index = matching(self.tokens, index + 1)
                elif self.is_left_out(index):
                    index = matching(self.tokens, index + 5)
                self.mutate(function, is_bool, index)
                index += 1

    def is_left_out(self, index):
        """What this machine's compiler does not take."""
        return [token.text for token in self.tokens[index:index + 6]] == ["if", "(", "!", "MOTE_HAS_WORDS", ")", "{"]

    def mutate(self, function, is_bool, index):
        tokens, text = self.tokens, self.tokens[index].text
        if text == "if":
            end = matching(tokens, index + 1)
            self.add(function, "never", index + 2, end, "!MUTANT({n}) && (", ")")
        elif text in ("||", "&&"):
            self.operands(function, index)
        elif text in COMPARISONS:
            ends = ENDS_OF[text]
            self.add(function, "border", left_of(tokens, index, ends), right_of(tokens, index, ends),
                     f"MUTANT_{COMPARISONS[text]}({{n}}, ", ")", tokens[index])
        elif text == "?":
            self.add(function, "always", left_of(tokens, index, ENDS - {"?"}), index, "(MUTANT({n}) || (", "))")
        elif text == "return" and is_bool:
            end = right_of(tokens, index, {";"})
            if tokens[index + 1].text not in ("true", "false"):
                self.add(function, "accept", index + 1, end, "(MUTANT({n}) || (", "))")
        elif text == "mote_reader_fail" and tokens[index - 1].text in (";", "}", "{"):
            self.add(function, "skip", index, matching(tokens, index + 1) + 1, "if (!MUTANT({n})) ", "")

    def operands(self, function, index):
        """Both of the first operator of a row, the right one of the others."""
        tokens, text = self.tokens, self.tokens[index].text
        around = ("(!MUTANT({n}) && (", "))") if text == "||" else ("(MUTANT({n}) || (", "))")
        begin = left_of(tokens, index, ENDS_OF[text])
        if tokens[begin - 1].text != text:
            self.add(function, "without", begin, index, *around)
        self.add(function, "without", index + 1, right_of(tokens, index, ENDS_OF[text]), *around)

    def written(self, first):
        """The source with all its mutants, which have the numbers from the first on."""
        pieces = []
        for number, mutant in enumerate(self.mutants, first):
            # At one place what is written behind comes first, the inner before the outer; then what is written before.
            # What takes a comparison apart is the innermost of all around the same stretch.
            depth = (mutant.begin - mutant.end, mutant.operator is not None, number)
            pieces.append((mutant.begin, 1, depth, mutant.before.format(n=number), mutant.begin))
            pieces.append((mutant.end, 0, tuple(-part for part in depth), mutant.after, mutant.end))
            if mutant.operator:
                pieces.append((mutant.operator.begin, 2, depth, ",", mutant.operator.end))
        result, at = [], 0
        for place, _, _, text, end in sorted(pieces):
            result += [self.text[at:place], text]
            at = end
        return "".join(result) + self.text[at:]


def find_mutants():
    files = [File(str(path.relative_to(ROOT))) for pattern in MUTATED for path in sorted(ROOT.glob(pattern))]
    for file in files:
        file.find()
    return files


# --- The build ---

def write(path, text):
    """Only if it is another, so that what is built already stays so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def sources():
    """What is built, relative to the root."""
    for pattern in ("CMakeLists.txt", "cmake/*", "include/mote/*", "src/**/*.[ch]", "port/sim/nor.c", "web/setup/*",
                    "test/unit/*.h", "test/table/*.h", "test/unit/check.c"):
        yield from ROOT.glob(pattern)
    for kind in ("unit", "table"):
        for path in ROOT.glob(f"test/{kind}/*.c"):
            text = path.read_text(encoding="utf-8")
            if not path.stem.endswith("_linux") and TESTS_OF_IT.search(text) and not TESTS_OF_OTHERS.search(path.stem):
                yield path


def build(files):
    wanted = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in sources()}
    first = 0
    for file in files:
        wanted[pathlib.Path(file.path)] = file.written(first)
        first += len(file.mutants)
    for old in list(TREE.rglob("*")):
        if old.is_file() and old.relative_to(TREE) not in wanted:
            old.unlink()
    for path, text in wanted.items():
        write(TREE / path, text)
    write(WORK / "mutant.h", HEADER)
    flags = f"-fsanitize=address,undefined -fno-sanitize-recover=all -w -include {WORK}/mutant.h"
    log = WORK / "build.log"
    with open(log, "w", encoding="utf-8") as out:
        for command in (["cmake", "-G", "Ninja", "-S", TREE, "-B", WORK / "built", "-DMOTE_CORE_ONLY=ON",
                         "-DMOTE_TESTS=ON", "-DCMAKE_COMPILE_WARNING_AS_ERROR=OFF", "-DCMAKE_BUILD_TYPE=Debug",
                         "-DCMAKE_C_COMPILER=gcc", "-DCMAKE_C_FLAGS_DEBUG=-O1", f"-DCMAKE_C_FLAGS={flags}"],
                        ["cmake", "--build", WORK / "built"]):
            if subprocess.call(command, stdout=out, stderr=out) != 0:
                sys.exit(f"mutation: the build has failed: {log}\n{log.read_text(encoding='utf-8')[-2000:]}")
    return sorted(path for kind in ("unit", "table") for path in (WORK / "built/test" / kind).iterdir()
                  if path.is_file() and os.access(path, os.X_OK) and
                  pathlib.Path(f"test/{kind}/{path.name}.c") in wanted)


# --- The tests ---

def fails(program, **variables):
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0", **variables}
    try:
        done = subprocess.run([program], env=environment, timeout=TIMEOUT_S, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True


def first_run(program):
    """How long it takes, and which mutants it comes past."""
    path = WORK / f"{program.name}.reached"
    path.write_bytes(bytes(MUTANTS_MAX))
    begun = time.monotonic()
    if fails(program, MOTE_REACHED=str(path)):
        sys.exit(f"mutation: without a mutant, too, {program} fails")
    return time.monotonic() - begun, {number for number, reached in enumerate(path.read_bytes()) if reached}


def judge(number, ways):
    """The program that notices the mutant, None if none does."""
    for _, program, reached in ways:
        if number in reached and fails(program, MOTE_MUTANT=str(number)):
            return program
    return None


def read_equivalent():
    """Names of mutants, and the reasons below them."""
    listed, names = {}, []
    for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            listed.update(dict.fromkeys(names, line.strip()))
        elif line and not line.startswith("#"):
            names = names + [line] if names and names[-1] not in listed else [line]
    return listed


def choose(names, equivalent, arguments):
    chosen = [number for number, name in enumerate(names) if all(word in name for word in arguments.words) and
              (arguments.equivalent or name not in equivalent)]
    if arguments.sample and arguments.sample < len(chosen):
        chosen = sorted(random.Random(arguments.seed).sample(chosen, arguments.sample))
    return chosen


def parse_arguments():
    parser = argparse.ArgumentParser(prog="script/mutation", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="only lists the mutants")
    parser.add_argument("--equivalent", action="store_true", help="also those that are listed as equivalent")
    parser.add_argument("--sample", type=int, metavar="N", help="not all, but N of them")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="which N; it is printed")
    parser.add_argument("words", nargs="*", metavar="WORDS")
    return parser.parse_args()


def run(names, chosen, programs):
    """Returns the numbers of those that nobody noticed."""
    jobs = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        ways = sorted((seconds, program, reached)
                      for program, (seconds, reached) in zip(programs, pool.map(first_run, programs)))
        killers = collections.Counter()
        survivors = []
        for done, (number, killer) in enumerate(zip(chosen, pool.map(lambda n: judge(n, ways), chosen)), 1):
            if killer:
                killers[killer.name] += 1
            else:
                survivors.append(number)
                print(f"no test notices: {names[number]}", file=sys.stderr, flush=True)
            if sys.stderr.isatty():
                print(f"\r{done} of {len(chosen)}, {len(survivors)} not noticed", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print("mutation: noticed by " + ", ".join(f"{name} {count}" for name, count in killers.most_common()), file=sys.stderr)
    return survivors


def main():
    arguments = parse_arguments()
    files = find_mutants()
    names = [mutant.name for file in files for mutant in file.mutants]
    equivalent = read_equivalent()
    chosen = choose(names, equivalent, arguments)
    if arguments.list:
        print("\n".join(names[number] for number in chosen))
        return 0
    for name in equivalent:
        if name not in names:
            print(f"mutation: no longer there: {name}", file=sys.stderr)
    assert len(names) <= MUTANTS_MAX
    begun = time.monotonic()
    survivors = run(names, chosen, build(files))
    unnoticed = [names[number] for number in survivors if names[number] not in equivalent]
    if arguments.equivalent:
        for name in equivalent.keys() & {names[number] for number in set(chosen) - set(survivors)}:
            print(f"mutation: not equivalent: {name}", file=sys.stderr)
    left_out = sum(name in equivalent for name in names)
    figures = (f"{len(names)} mutants, {left_out} equivalent, {len(chosen)} tried, {len(chosen) - len(survivors)} noticed, "
               f"in {time.monotonic() - begun:.0f} s")
    alone = "script/mutation" + (f" --sample {arguments.sample} --seed {arguments.seed}" if arguments.sample else "")
    if unnoticed:
        print(f"not ok unit/mutation - {len(unnoticed)} that no test notices; {figures} (run alone: {alone})")
    else:
        print(f"ok unit/mutation - {figures}")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
