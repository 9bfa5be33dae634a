"""What the tests of mote.asyncio have in common: cases that run in an event loop, under AddressSanitizer where the build has it.

    from asyncio_test import main, runs

    @runs("greets")
    async def greets(t):
        async with Node(t.mosquitto().url) as node:
            ...

What a case leaves in the event loop's exception handler is a failure of it, unless it takes it away from `t.mishaps`."""

import asyncio
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "interop"))

import mote_test  # noqa: E402
from mote_test import BUILD, TIMEOUT_S, Failure, case, check  # noqa: E402

PYTHON = "/usr/bin/python3"
MODULES = os.path.join(BUILD, "python")


def sanitizer():
    """The library that a sanitized extension asks to be there first; "" if it is not sanitized."""
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as file:
        cache = file.read()
    if "-fsanitize=address" not in cache:
        return ""
    command = ["gcc", "-print-file-name=libasan.so"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def environment():
    """For a Python program that imports mote.asyncio. With each object in memory of its own the sanitizer sees what is lost, also by the
    program that ends in order."""
    library = sanitizer()
    return {"PYTHONPATH": MODULES} | ({"LD_PRELOAD": library, "PYTHONMALLOC": "malloc"} if library else {})


def begin():
    """This program imports it, too: it begins anew where that needs another environment."""
    if os.environ.get("MOTE_TEST_BEGUN") != "1":
        os.execve(PYTHON, [PYTHON, "-X", "dev", *sys.argv], {**os.environ, **environment(), "MOTE_TEST_BEGUN": "1"})
    for name in ("MOTE_TEST_BEGUN", "LD_PRELOAD"):
        os.environ.pop(name, None)


begin()


def start_python(t, code, *words):
    """A Python program that may import mote.asyncio."""
    return start_program(t, "-c", code, *words)


def start_program(t, *words):
    """The same, from a file."""
    return t.start(PYTHON, "-u", "-X", "dev", *words, env=environment())


def runs(name):
    """A case that is a coroutine function."""
    def add(function):
        @case(name)
        def run(t):
            t.mishaps = []
            asyncio.run(_run(function, t), debug=False)  # that takes its time, under AddressSanitizer a lot of it
            check(not t.mishaps, f"the event loop was told of {t.mishaps}")
        return function
    return add


async def _run(function, t):
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: t.mishaps.append(context))
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await function(t)
    except TimeoutError as error:
        raise Failure("it takes too long") from error


async def line(program, pattern):
    """Waits for a line of a program."""
    return await asyncio.to_thread(program.wait_line, pattern)


async def state(node, wanted):
    """Waits until the node is in this state."""
    async for found in node.states():
        if found.name == wanted:
            return found
    raise Failure(f"the node has ended before it was {wanted}")


async def take(subscription, count):
    """The next messages."""
    return [await anext(subscription) for _ in range(count)]


async def fails(awaitable, reason):
    """It has to raise MoteError with this reason, which is returned."""
    from mote.asyncio import MoteError
    try:
        await awaitable
    except MoteError as error:
        check(error.reason == reason, f"{error}, not {reason}")
        return error
    raise Failure(f"nothing was wrong, instead of {reason}")


main = mote_test.main
