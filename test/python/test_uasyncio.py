#!/usr/bin/python3
"""uasyncio: MicroPython's tasks, on Mote's scheduler."""

from python_test import check, run
from mote_test import case, check_equal, main

BEGIN = """
import uasyncio as asyncio
async def sleep(ms):
    try:
        await asyncio.sleep_ms(ms)
        return ms
    except asyncio.CancelledError:
        print('cancelled', ms)
        raise
async def fail(ms):
    await asyncio.sleep_ms(ms)
    raise ValueError(ms)
async def outcome(awaitable):
    try:
        return await awaitable
    except (Exception, asyncio.CancelledError) as e:
        return repr(e)
"""


def run_main(t, body, status=0):
    """Runs tasks: the body of main(), line by line."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return run(t, f"{BEGIN}async def main():\n{lines}asyncio.run(main())\n", status=status)


@case("tasks")
def runs_tasks(t):
    script = """
import uasyncio as asyncio
import asyncio as standard
print(asyncio is not standard, hasattr(standard, 'StreamReader'))
async def count(name, ms):
    for i in range(3):
        await asyncio.sleep_ms(ms)
    return name
async def main():
    print(await asyncio.gather(count('a', 2), count('b', 1)))
    try:
        await asyncio.wait_for_ms(count('slow', 60000), 1)
    except asyncio.TimeoutError:
        print('timeout')
    print(await asyncio.wait_for(count('quick', 0), 60))
    event, lock, log = asyncio.Event(), asyncio.Lock(), []
    async def waiter(i):
        await event.wait()
        async with lock:
            log.append(i)
            await asyncio.sleep_ms(1)
    tasks = [asyncio.create_task(waiter(i)) for i in range(3)]
    await asyncio.sleep(0)
    event.set()
    for task in tasks: await task
    print(log, lock.locked())
    task = asyncio.create_task(count('never', 60000))
    await asyncio.sleep(0)
    print(task.done(), task.cancel())
    try:
        await task
    except asyncio.CancelledError:
        print('cancelled', task.done())
    async def fails():
        raise ValueError('inside')
    try:
        await asyncio.create_task(fails())
    except ValueError as e:
        print(e)
    print(await asyncio.gather(fails(), count('c', 0), return_exceptions=True))
    return 'result'
print(asyncio.get_event_loop().run_until_complete(main()))
async def stops():
    asyncio.get_event_loop().stop()
loop = asyncio.get_event_loop()
loop.create_task(stops())
loop.run_forever()
print(asyncio.run(count('again', 0)))
"""
    check_equal(run(t, script), ["True True", "['a', 'b']", "timeout", "quick", "[0, 1, 2] False", "False True",
                                 "cancelled True", "inside", "[ValueError('inside'), 'c']", "result", "again"], "what it says")


@case("exception")
def tells_of_a_task_that_dies_and_goes_on(t):
    script = """
import uasyncio as asyncio
async def dies():
    raise ValueError('died')
async def lives():
    await asyncio.sleep_ms(5)
    print('alive')
loop = asyncio.get_event_loop()
loop.create_task(dies())
loop.create_task(lives())
loop.run_forever()
print('no task left')
"""
    lines = run(t, script, status=1)
    for wanted in ("Task exception wasn't retrieved", "ValueError: died", "alive", "no task left"):
        check(wanted in lines, f"{wanted!r} is not in {lines}")


@case("flag")
def wakes_a_task_from_a_timer(t):
    script = """
import uasyncio as asyncio
from machine import Timer
async def main():
    flag = asyncio.ThreadSafeFlag()
    Timer(-1).init(period=1, mode=Timer.ONE_SHOT, callback=lambda t: flag.set())
    await flag.wait()
    return 'woken'
print(asyncio.run(main()))
"""
    check_equal(run(t, script), ["woken"], "what it says")


@case("gather-first-exception")
def gather_raises_the_first_exception_at_once(t):
    """Also if it is not the first task that fails, and others go on for ever."""
    lines = run_main(t, """
print(await outcome(asyncio.gather(asyncio.Event().wait(), fail(1))))
print(await outcome(asyncio.gather(fail(1), fail(1))))
print(await asyncio.gather(fail(1), sleep(2), return_exceptions=True))
task = asyncio.create_task(sleep(1))
print(await asyncio.gather(task, task, sleep(0)))
print(await asyncio.gather())
""")
    check_equal(lines, ["ValueError(1)", "ValueError(1)", "[ValueError(1), 2]", "[1, 1, 0]", "[]"], "what it says")


@case("gather-later-exception")
def tells_of_a_task_that_fails_when_gather_is_over(t):
    lines = run_main(t, """
print(await outcome(asyncio.gather(fail(0), fail(5))))
await asyncio.sleep_ms(20)
""", status=1)
    check(lines[:2] == ["ValueError(0)", "Task exception wasn't retrieved"] and lines[-1] == "ValueError: 5", f"{lines}")


@case("gather-cancelled")
def gather_is_cancelled_with_all_of_its_tasks(t):
    lines = run_main(t, """
gathering = asyncio.create_task(asyncio.gather(sleep(60000), sleep(60001)))
await asyncio.sleep_ms(1)
print(gathering.cancel())
print(await outcome(gathering))
await asyncio.sleep_ms(0)
one = asyncio.create_task(sleep(60002))
gathering = asyncio.create_task(asyncio.gather(one, sleep(5), return_exceptions=True))
await asyncio.sleep_ms(1)
one.cancel()
print(await gathering)
""")
    check_equal(sorted(lines[:4]), ["CancelledError()", "True", "cancelled 60000", "cancelled 60001"], "the first")
    check_equal(lines[4:], ["cancelled 60002", "[CancelledError(), 5]"], "the second")


@case("cancel-goes-on")
def cancels_what_a_task_waits_for(t):
    lines = run_main(t, """
inner = asyncio.create_task(sleep(60000))
async def wait(): return await inner
outer = asyncio.create_task(wait())
await asyncio.sleep_ms(1)
print(outer.cancel())
print(await outcome(outer), inner.done())
""")
    check_equal(lines, ["True", "cancelled 60000", "CancelledError() True"], "what it says")


@case("wait-for")
def wait_for_cancels_what_takes_too_long(t):
    lines = run_main(t, """
print(await outcome(asyncio.wait_for_ms(sleep(60000), 1)))
async def stays():
    await outcome(sleep(60001))
    return 'stays'
print(await outcome(asyncio.wait_for_ms(stays(), 1)))
print(await outcome(asyncio.wait_for_ms(fail(1), 60000)))
begun = asyncio.Event()
async def begins():
    begun.set()
    await sleep(60002)
waiting = asyncio.create_task(asyncio.wait_for(begins(), 60))
await begun.wait()
waiting.cancel()
print(await outcome(waiting))
""")
    check_equal(lines, ["cancelled 60000", "TimeoutError()", "cancelled 60001", "TimeoutError()", "ValueError(1)",
                        "cancelled 60002", "CancelledError()"], "what it says")


@case("loop-within-a-loop")
def has_no_loop_within_a_task(t):
    lines = run_main(t, """
from mote import _mote
loop = asyncio.get_event_loop()
coroutine = sleep(1)
for f in lambda: asyncio.run(coroutine), lambda: loop.run_until_complete(coroutine), loop.run_forever, _mote.tasks_turn:
    try:
        f()
    except RuntimeError as e:
        print(e)
print(await coroutine)
""")
    wrong = "the event loop runs already: await it, or make a task of it"
    check_equal(lines, [wrong, wrong, wrong, "the event loop runs already", "1"], "what it says")


if __name__ == "__main__":
    main("python/uasyncio")
