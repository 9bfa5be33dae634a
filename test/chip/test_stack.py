#!/usr/bin/python3
"""Is a stack ever deeper than the budget's call graph says it can be (docs/BUDGET.md)? Tests of the core run on an emulated Cortex-M3
and look how deep its calls went.

    script/build --preset cortex-m3 && test/chip/test_stack.py [NAME]...

A test that comes nowhere near to what is computed would see nothing: half of it has to be reached.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "cortex-m3")
EMULATOR = "qemu-system-arm"
COMPILE = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-Os", "-std=c11", "-ffunction-sections", "-fdata-sections",
           *("-I" + os.path.join(ROOT, folder) for folder in ("include", "src", "", "test/unit"))]
LINK = ["--specs=rdimon.specs", "-Wl,--gc-sections,--section-start=.vectors=0,--undefined=vectors"]
# An entry point, and tests that call it.
WATCHED = {
    "session_next": ("session_edges", "conformance_connect", "conformance_receive"),
    "outbox_open": ("outbox", "outbox_flash"),
    "broker_received": ("broker_conformance", "broker_limits"),
}


def run(command, timeout_s=120):
    return subprocess.run(command, cwd=ROOT, timeout=timeout_s, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


def computed(function):
    return int(run(["bench/budget/budget.py", "way", "cortex-m3", function]).split()[0])


def seen(function, test, work):
    """How deep that test has seen it go."""
    watched = function.replace("mote_", "watched_")
    objects = [os.path.join(work, "test.o"), os.path.join(work, "stack.o")]
    run([*COMPILE, f"-D{function}={watched}", "-c", f"test/unit/{test}.c", "-o", objects[0]])
    run([*COMPILE, "-c", "test/chip/stack.c", "-o", objects[1]])
    program = os.path.join(work, "test.elf")
    run([*COMPILE, *objects, "test/unit/check.c", "port/sim/nor.c", "@" + os.path.join(BUILD, "budget.objects"), *LINK, "-o", program])
    said = run([EMULATOR, "-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "none",
                "-semihosting-config", "enable=on,target=native", "-kernel", program])
    return int(re.search(r"^stack (\d+)$", said, re.MULTILINE)[1])


def check(name):
    function = "mote_" + name
    limit = computed(function)
    with tempfile.TemporaryDirectory() as work:
        deepest = max(seen(function, test, work) for test in WATCHED[name])
    print(f"stack: {function} has taken {deepest} bytes of {limit} that are computed", flush=True)
    case = f"chip/stack/{name.replace('_', '-')}"
    is_right = limit / 2 < deepest <= limit
    why = "" if is_right else f" - not between half of what is computed and all of it (run alone: test/chip/test_stack.py {name})"
    print(f"{'ok' if is_right else 'not ok'} {case}{why}", flush=True)
    return is_right


def main(names):
    if shutil.which(EMULATOR) is None:
        print(f"skip chip/stack/all - this machine has no {EMULATOR}")
        return 0
    return 0 if all([check(name) for name in names or WATCHED]) else 1


sys.exit(main(sys.argv[1:]))
