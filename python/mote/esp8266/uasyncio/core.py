"""Tasks and the loop. A task is a step of Mote's scheduler: each sends the coroutine on, which yields how long it wants to sleep, or WAITING
when somebody else will wake it."""

import sys

from mote import _mote, trace

from .descriptors import descriptors

WAITING = object()


class CancelledError(BaseException):
    pass


class TimeoutError(Exception):
    pass


_state = {"current": None, "failed": False, "stop": False, "handler": None}
_alive = set()


class Task:
    """A coroutine that runs. Awaiting it gives its result, or raises what it has raised."""

    def __init__(self, coro):
        if not hasattr(coro, "send"):
            raise TypeError("coroutine expected")
        self.coro = coro
        self.data = None
        self._timer = _mote.Timer(self._step, True)
        self._thrown = None
        self._queue = None  # where it waits to be woken
        self._awaited = None  # the task whose end it waits for
        self._waiters = []
        self._is_done = False
        self._error = None
        self._retrieved = False
        _alive.add(self)
        self._timer.start(0)

    def __repr__(self):
        return "<Task>"

    def done(self):
        return self._is_done

    def cancel(self):
        if self is _state["current"]:
            raise RuntimeError("can't cancel self")
        if self._is_done:
            return False
        task = self
        while task._awaited is not None:  # what it waits for is cancelled, and it with that
            task = task._awaited
        task.throw(CancelledError())
        return True

    def throw(self, error):
        """Raises in the coroutine, where it waits."""
        self.leave_queue()
        self._awaited = None
        self._thrown = error
        self._timer.start(0)

    # --- Waiting and being woken ---

    def wait_in(self, queue):
        self._queue = queue
        queue.append(self)

    def leave_queue(self):
        if self._queue is not None and self in self._queue:
            self._queue.remove(self)
        self._queue = None

    def wake(self):
        self._queue = self._awaited = None
        self._timer.start(0)

    def __await__(self):
        if not self._is_done:
            self._retrieved = True
            _state["current"]._awaited = self
            _state["current"].wait_in(self._waiters)
            yield WAITING
        return self.result()

    def _look(self):
        """Its error, which somebody knows of now."""
        self._retrieved = True
        return self._error

    def result(self):
        self._retrieved = True
        if self._error is not None:
            raise self._error
        return self.data

    # --- Running ---

    def _step(self):
        before, _state["current"] = _state["current"], self
        try:
            if self._thrown is not None:
                error, self._thrown = self._thrown, None
                wanted = self.coro.throw(error)
            else:
                wanted = self.coro.send(None)
        except StopIteration as end:
            self._finish(None, end.value)
        except (Exception, CancelledError) as error:
            self._finish(error, None)
        except BaseException as error:
            self._finish(error, None, True)
            raise
        else:
            if wanted is not WAITING:
                self._timer.start(wanted or 0)
        finally:
            _state["current"] = before

    def _finish(self, error, value, is_told=False):
        self._is_done = True
        self._error = error
        self.data = value if error is None else error
        _alive.discard(self)
        waiters, self._waiters = self._waiters, []
        for task in waiters:
            task.wake()
        if error is not None and not (waiters or self._retrieved or is_told or isinstance(error, CancelledError)):
            Loop.call_exception_handler(
                {"message": "Task exception wasn't retrieved", "exception": error, "future": self})


class _Sleep:
    def __init__(self, ms):
        self._ms = ms

    def __await__(self):
        yield self._ms

    __iter__ = __await__


def sleep_ms(ms):
    """An awaitable that lets everybody else run for so long."""
    return _Sleep(max(int(ms), 0))


def sleep(seconds):
    return sleep_ms(seconds * 1000)


def create_task(coro):
    return Task(coro)


def current_task():
    if _state["current"] is None:
        raise RuntimeError("no running event loop")
    return _state["current"]


def has_failed():
    """Has a task ended by an exception that nobody has looked at?"""
    return _state["failed"]


class Loop:
    """The loop. There is one."""

    @staticmethod
    def create_task(coro):
        return create_task(coro)

    @staticmethod
    def call_soon(function, *args):
        return Loop.call_later(0, function, *args)

    @staticmethod
    def call_later(delay_s, function, *args):
        return Loop.call_later_ms(int(delay_s * 1000), function, *args)

    @staticmethod
    def call_later_ms(delay_ms, function, *args):
        """Old uasyncio takes a function, or a coroutine."""
        async def later():
            await sleep_ms(delay_ms)
            called = function if hasattr(function, "send") else function(*args)
            if hasattr(called, "send"):
                await Task(called)

        return Task(later())

    @staticmethod
    def run_forever():
        """Returns when it is stopped, or when no task is left: nothing could happen any more."""
        _check_outside()
        _state["stop"] = False
        while _alive and not _state["stop"]:
            _turn()

    @staticmethod
    def run_until_complete(coro):
        return run_until_complete(coro)

    @staticmethod
    def stop():
        _state["stop"] = True

    @staticmethod
    def close():
        pass

    @staticmethod
    def time():
        return _mote.now_ms()

    @staticmethod
    def set_exception_handler(handler):
        _state["handler"] = handler

    @staticmethod
    def get_exception_handler():
        return _state["handler"]

    @staticmethod
    def default_exception_handler(_loop, context):
        _state["failed"] = True
        print(context["message"], file=sys.stderr)
        print("future:", context["future"], "coro=", context["future"].coro, file=sys.stderr)
        trace.print_exception(context["exception"])

    @staticmethod
    def call_exception_handler(context):
        (_state["handler"] or Loop.default_exception_handler)(Loop, context)


def _turn():
    _mote.tasks_turn(descriptors.fileno())
    descriptors.look()


def _check_outside():
    if _state["current"] is not None:
        raise RuntimeError("the event loop runs already: await it, or make a task of it")


def run_until_complete(coro):
    """Runs everything until this one is done. Gives its result, or raises."""
    _check_outside()
    task = coro if isinstance(coro, Task) else Task(coro)
    task._retrieved = True
    _state["stop"] = False
    while not task.done() and not _state["stop"]:
        _turn()
    return task.result() if task.done() else None


def run(coro):
    return run_until_complete(coro)


def get_event_loop(runq_len=0, waitq_len=0):
    return Loop


def new_event_loop():
    """Forgets all tasks."""
    for task in list(_alive):
        task._timer.stop()
        task.leave_queue()
        task.coro.close()
    _alive.clear()
    _state.update(current=None, stop=False, handler=None)
    return Loop
