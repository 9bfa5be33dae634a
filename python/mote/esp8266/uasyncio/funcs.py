"""Several at once, and not for ever."""

from . import core


def _task(awaitable):
    return awaitable if isinstance(awaitable, core.Task) else core.Task(awaitable)


async def wait_for(awaitable, timeout, sleep=core.sleep):
    if timeout is None:
        return await awaitable
    task = _task(awaitable)
    timed_out = []

    async def watch():
        await sleep(timeout)
        timed_out.append(True)
        task.cancel()

    watchdog = core.Task(watch())
    try:
        return await task
    except core.CancelledError:
        if timed_out:
            raise core.TimeoutError from None
        task.cancel()
        raise
    finally:
        watchdog.cancel()


def wait_for_ms(awaitable, timeout):
    return wait_for(awaitable, timeout, core.sleep_ms)


async def gather(*awaitables, return_exceptions=False):
    """All their results. The first exception is raised at once, unless they are to be among the results."""
    tasks = [_task(awaitable) for awaitable in awaitables]
    for task in tasks:
        task._retrieved = True
    results = []
    try:
        for task in tasks:
            results.append(await _outcome(task, return_exceptions))
    except core.CancelledError:
        for task in tasks:
            task.cancel()
        raise
    return results


async def _outcome(task, return_exceptions):
    try:
        return await task
    except Exception as error:
        if not return_exceptions:
            raise
        return error
