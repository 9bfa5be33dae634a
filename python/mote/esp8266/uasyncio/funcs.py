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
        if task.cancel():
            timed_out.append(True)

    watchdog = core.Task(watch())
    try:
        return await _before(task, timed_out)
    except core.CancelledError:
        task.cancel()
        raise
    finally:
        watchdog.cancel()


async def _before(task, timed_out):
    """Its end, which is none once the time is over, whatever it makes of being cancelled."""
    try:
        result = await task
    except (core.CancelledError, Exception):
        if not timed_out:
            raise
    if timed_out:
        raise core.TimeoutError
    return result


def wait_for_ms(awaitable, timeout):
    return wait_for(awaitable, timeout, core.sleep_ms)


class _End:
    """Among those who wait for tasks: wakes one task when one of them ends."""

    def __init__(self):
        self._waiting = []

    def wake(self):
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            task.wake()

    def __await__(self):
        core.current_task().wait_in(self._waiting)
        yield core.WAITING


async def gather(*awaitables, return_exceptions=False):
    """All their results. The first exception is raised at once, unless they are to be among the results."""
    tasks = [_task(awaitable) for awaitable in awaitables]
    end = _End()
    for task in tasks:
        task._waiters.append(end)
    try:
        while not all(task.done() for task in tasks) and (return_exceptions or not _first_error(tasks)):
            await end
    except core.CancelledError:
        for task in tasks:
            task.cancel()
        raise
    finally:
        for task in tasks:
            if not task.done():
                task._waiters.remove(end)
    error = _first_error(tasks)
    if error is not None and not return_exceptions:
        raise error
    return [task.data for task in tasks]


def _first_error(tasks):
    """The error of one that has ended; all that have are looked at."""
    errors = [task._look() for task in tasks if task.done()]
    return next((error for error in errors if error is not None), None)
