#!/usr/bin/python3
"""Do the budgets see what is over them, and what would make a stack look smaller than it is?

    test/repository/budget.py          prints a line for each case of the area chip
    test/repository/budget.py NAME...  only these cases

The cases are small programs, compiled for a Cortex-M3; the last one is docs/BUDGET.md. CONTRIBUTING.md has the rules.
"""

import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "bench", "budget"), os.path.join(ROOT, "port", "cortexm")]

import budgets  # noqa: E402
import builds  # noqa: E402
import callgraph  # noqa: E402
import core  # noqa: E402
import elf  # noqa: E402
import memory  # noqa: E402
import page  # noqa: E402
import variants  # noqa: E402

COMPILE = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-std=c11", "-Os", "-ffreestanding", "-ffunction-sections",
           "-fcallgraph-info=su", "-c"]
# What no case may do without: calls that the compiler leaves as they are, frames whose size is known.
BEGIN = """
#define KEPT __attribute__((noinline, noclone, noipa))
void *memset(void *, int, unsigned);
void *malloc(unsigned);
void *work(void *);
struct thing { void (*run)(struct thing *thing); int (*ask)(int what); };
"""
CASES = {}


class Wrong(Exception):
    pass


def case(name):
    def register(function):
        CASES[name] = function
        return function
    return register


def expect(holds, why):
    if not holds:
        raise Wrong(why)


def declared(calls=None, entries=(), apart=(), callback_calls=()):
    return callgraph.Declarations({
        "calls": calls or {}, "entries": list(entries), "apart": list(apart),
        "outside": {"memory": {"functions": ["memset", "work"], "stack": 32},
                    "callback": {"stack": 1000, "calls": list(callback_calls)}}})


def compiled(declarations, **rooms):
    """The core that consists of one file for each room."""
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, "include", "mote"))
        with open(os.path.join(root, "include", "mote", "public.h"), "w", encoding="utf-8") as file:
            file.write("void mote_public(void *);\n")
        paths = []
        for room, text in rooms.items():
            source = f"src/{room}/file.c"
            folder = os.path.join(root, "core.dir", "src", room)
            os.makedirs(os.path.join(root, "src", room))
            os.makedirs(folder)
            with open(os.path.join(root, source), "w", encoding="utf-8") as file:
                file.write(BEGIN + text)
            paths.append(os.path.join(folder, "file.c.obj"))
            subprocess.run([*COMPILE, source, "-o", paths[-1]], cwd=root, check=True)
        return core.Core(paths, declared=declarations, root=root)


def expect_problem(found, words):
    expect(any(words in problem for problem in found.problems), f"'{words}' is not among {found.problems}")


# A frame of at least so many bytes, at the end of which something else is called.
def function(name, frame, calls, arguments="void *in"):
    return f"KEPT void {name}({arguments}) {{ char frame[{frame}]; work(frame); {calls}; work(frame); }}\n"


@case("frames-add-up-over-files")
def frames_add_up_over_files():
    found = compiled(declared(), low=function("low", 100, ""),
                     high="void low(void *);\n" + function("high", 200, "low(in)") + function("flat", 250, ""))
    expect(not found.problems, found.problems)
    expect(332 <= found.stacks.of("high") <= 380, f"high takes {found.stacks.of('high')}")
    expect([name for name, _ in found.stacks.way("high")][:2] == ["high", "low"], list(found.stacks.way("high")))
    expect(found.rooms()["high"]["stack"] == found.stacks.of("high"), found.rooms())
    expect(found.rooms()["high"]["flash"] > found.rooms()["low"]["flash"] > 0, found.rooms())


@case("variables-are-ram")
def variables_are_ram():
    found = compiled(declared(), room="int empty[25]; int full[5] = {1}; const int constant[50] = {1};")
    expect(found.rooms()["room"] == {"flash": 220, "ram": 120}, found.rooms())


@case("recursion-is-refused")
def recursion_is_refused():
    found = compiled(declared(), room="KEPT void two(void *in);" + function("one", 8, "two(in)") + function("two", 8, "one(in)"))
    expect_problem(found, "recursion, and nobody knows how deep: ")


@case("recursion-through-a-pointer-is-refused")
def recursion_through_a_pointer_is_refused():
    run = function("again", 8, "thing->run(thing)", "struct thing *thing")
    found = compiled(declared({"thing.run": ["again"]}), room=run)
    expect_problem(found, "recursion, and nobody knows how deep: again -> again")


@case("a-frame-that-grows-is-refused")
def a_frame_that_grows_is_refused():
    found = compiled(declared(), room="void grows(int size) { char frame[size]; work(frame); }")
    expect_problem(found, "grows has a frame that grows while it runs (dynamic")


@case("a-call-that-nobody-declared-is-refused")
def a_call_that_nobody_declared_is_refused():
    found = compiled(declared(), room=function("calls", 8, "thing->run(thing)", "struct thing *thing"))
    expect_problem(found, "src/room/file.c:7: thing.run is called through a pointer")


@case("two-calls-in-one-expression-need-two-declarations")
def two_calls_in_one_expression_need_two_declarations():
    text = "KEPT int ask(int what) { char frame[300]; work(frame); return what; }\n"
    text += "struct other { int (*give)(int what); };\n"
    text += "int both(struct thing *thing, struct other *other) { return thing->ask(other->give(1)); }\n"
    found = compiled(declared({"thing.ask": ["ask"]}), room=text)
    expect_problem(found, "thing.ask or other.give is called through a pointer")
    found = compiled(declared({"thing.ask": [], "other.give": ["ask"]}), room=text)
    expect(not found.problems, found.problems)
    expect(found.stacks.of("both") > 300, f"both takes {found.stacks.of('both')}")


@case("a-callback-may-call-back")
def a_callback_may_call_back():
    text = function("calls", 8, "thing->run(thing)", "struct thing *thing")
    found = compiled(declared({"thing.run": ["@callback"]}), room=text)
    expect(not found.problems, found.problems)
    expect(1000 <= found.stacks.of("calls") <= 1050, f"calls takes {found.stacks.of('calls')}")
    text += function("mote_public", 500, "") + function("mote_inside", 700, "")
    found = compiled(declared({"thing.run": ["@callback"]}, callback_calls=["mote_*"]), room=text)
    expect(not found.problems, found.problems)
    expect(1500 <= found.stacks.of("calls") <= 1600, f"calls takes {found.stacks.of('calls')} with a callback that calls")
    found = compiled(declared({"thing.run": ["@callback"]}, callback_calls=["mote_nothing"]), room=text)
    expect_problem(found, "edges.toml: @callback may call mote_nothing, which is not there")


@case("an-address-that-is-taken-has-to-be-declared")
def an_address_that_is_taken_has_to_be_declared():
    text = "static void mine(struct thing *thing) { work(thing); }\nvoid open(struct thing *thing) { work(thing); }\n"
    text += "void give(struct thing *thing) { thing->run = mine; }\nconst struct thing constant = {.run = open};\n"
    found = compiled(declared(), room=text)
    expect_problem(found, "the address of src/room/file.c:mine is taken")
    expect_problem(found, "the address of open is taken")
    found = compiled(declared(entries=["src/room/file.c:mine", "open"]), room=text)
    expect(not found.problems, found.problems)


@case("a-declaration-of-nothing-is-refused")
def a_declaration_of_nothing_is_refused():
    found = compiled(declared({"thing.run": ["gone"], "thing.old": ["@callback"]}),
                     room=function("calls", 8, "thing->run(thing)", "struct thing *thing"))
    expect_problem(found, "edges.toml: thing.run may reach gone, which is not there")
    expect_problem(found, "edges.toml: there is no call of thing.old")


@case("timers-of-a-room-apart-run-there-alone")
def timers_of_a_room_apart_run_there_alone():
    loop = function("loop", 8, "thing->run(thing)", "struct thing *thing")
    own = "struct thing; void loop(struct thing *);" + function("timer", 900, "") + "void turn(void *in) { loop(in); work(in); }"
    found = compiled(declared({"thing.run": ["timer", "small"]}, apart=["apart"]), room=loop + function("small", 8, ""), apart=own)
    expect(found.stacks.of("loop") < 900 < found.stacks.of("turn"), f"{found.stacks.of('loop')}, {found.stacks.of('turn')}")


@case("a-heap-is-refused")
def a_heap_is_refused():
    found = compiled(declared(), room="void *more(void) { return malloc(5); }")
    expect_problem(found, "the core needs malloc of others")
    expect_problem(found, "more calls malloc, of which no frame is known")


FIGURES = {"flash": 1000, "ram": 4, "stack": 200}


@case("what-is-over-its-budget-is-told")
def what_is_over_its_budget_is_told():
    def told(**allowed):
        return list(budgets.compare("chip", "rooms", {"mqtt": FIGURES}, {"chip": {"rooms": allowed}}))
    expect(told(mqtt=FIGURES) == [], told(mqtt=FIGURES))
    for column in FIGURES:
        allowed = dict(FIGURES, **{column: FIGURES[column] - 1})
        expect(told(mqtt=allowed) == [f"chip: mqtt takes {FIGURES[column]} bytes of {column}, its budget is "
                                      f"{FIGURES[column] - 1}: 1 too many"], told(mqtt=allowed))
    expect(len(told(mqtt={"flash": 1000, "ram": 4})) == 1, "a stack without a budget passes")
    expect(len(told()) == 1, "a room without a budget passes")
    expect(len(told(mqtt=FIGURES, gone=FIGURES)) == 1, "a budget without a room passes")


@case("budgets-are-tightened-and-not-raised")
def budgets_are_tightened_and_not_raised():
    text = "# why\n[a-b.rooms]\nx = {flash = 2000, stack = 100, ram = 4}\n\n[c.programs]\n\"x y\" = {ram = 2000}\n"
    figures = {"a-b": {"rooms": {"x": {"flash": 1000, "stack": 200, "ram": 4}}}}
    expect(budgets.tighten(text, figures) == text.replace("flash = 2000", "flash = 1032"), budgets.tighten(text, figures))
    expect(budgets.tighten(text, {"c": {"programs": {"x y": {"ram": 400}}}}) == text.replace('"x y" = {ram = 2000}',
                                                                                          '"x y" = {ram = 416}'), "names of two words")
    figures = {"a-b": {"rooms": {"x": {"flash": 1990, "stack": 88, "ram": 3}}}}
    expect(budgets.tighten(text, figures) == text.replace("stack = 100", "stack = 96").replace("ram = 4", "ram = 3"), "nearly full")
    figures = {"a-b": {"rooms": {"x": {"flash": 2000, "stack": 95, "ram": 4}}}}
    expect(budgets.tighten(text, figures) == text, "a step above is above")
    expect(budgets.tighten(text, {}) == text, "what was not measured is changed")


# Texts that several objects have are in a firmware once.
@case("a-firmware-takes-what-was-linked")
def a_firmware_takes_what_was_linked():
    for board in page.BOARDS:
        path = os.path.join(ROOT, "build", board, "firmware", page.FIRMWARE)
        expect(os.path.exists(path + ".map"), f"{board} is not built: script/build --preset {board}")
        figures, linked = memory.measure(path + ".map"), elf.Object(path + ".elf").sections
        flash = sum(section.size for section in linked if section.name in (".text", ".ARM.exidx", ".data"))
        ram = sum(section.size for section in linked if section.name in (".stack", ".data", ".bss", ".heap"))
        found = {column: sum(each[column] for each in figures.values()) for column in ("flash", "ram")}
        expect(found == {"flash": flash, "ram": ram}, f"{board}: {found}, and linked were {flash} and {ram}")


@case("the-page-is-current")
def the_page_is_current():
    try:
        expect(builds.page() == builds.current_page(),
               "docs/BUDGET.md is not what was built last for the chips: run bench/budget/budget.py cores, then the same with"
               " programs, then with write")
    except builds.NotBuilt as error:
        raise Wrong(str(error)) from error


def combination(chosen):
    """Does the core build with these options, and needs nothing more?"""
    def check():
        objects = [elf.Object(path) for path in variants.compiled("cortex-m3", chosen).values()]
        needed = set().union(*(each.undefined() for each in objects))
        needed -= {symbol.name for each in objects for symbol in each.symbols if symbol.section != 0}
        expect(needed <= set(core.declarations().memory()), f"it needs {' '.join(sorted(needed))}")
    return check


for options in variants.combinations():
    CASES["-".join(["builds", *(name.lower().replace("_", "-")[len("mote-"):] for name in options or ("mote-all",))])] = combination(options)


def main(chosen):
    failed = False
    for name in chosen or CASES:
        try:
            CASES[name]()
            print(f"ok chip/budget/{name}")
        except (Wrong, RuntimeError) as wrong:
            failed = True
            print(f"not ok chip/budget/{name} - {' '.join(str(wrong).split())} (run alone: test/repository/budget.py {name})")
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
