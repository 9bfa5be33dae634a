"""What tasks tell each other."""

from . import core


class Event:
    def __init__(self):
        self.state = False
        self.waiting = []

    def is_set(self):
        return self.state

    def set(self):
        self.state = True
        waiting, self.waiting = self.waiting, []
        for task in waiting:
            task.wake()

    def clear(self):
        self.state = False

    async def wait(self):
        if not self.state:
            await _Turn(self.waiting)
        return True


class ThreadSafeFlag:
    """As an Event for one task, which is set from a timer or a pin's handler. Waiting for it clears it."""

    def __init__(self):
        self._event = Event()

    def set(self):
        self._event.set()

    def clear(self):
        self._event.clear()

    async def wait(self):
        await self._event.wait()
        self._event.clear()


class Lock:
    def __init__(self):
        self._holder = None
        self._waiting = []

    def locked(self):
        return self._holder is not None

    def release(self):
        if self._holder is None:
            raise RuntimeError("Lock not acquired")
        self._holder = self._waiting.pop(0) if self._waiting else None
        if self._holder is not None:
            self._holder.wake()

    async def acquire(self):
        task = core.current_task()
        if self._holder is None:
            self._holder = task
            return True
        try:
            await _Turn(self._waiting)
        except core.CancelledError:
            if self._holder is task:
                self.release()
            raise
        return True

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *_):
        self.release()


class _Turn:
    """Waits in a queue until somebody wakes the task."""

    def __init__(self, queue):
        self._queue = queue

    def __await__(self):
        core.current_task().wait_in(self._queue)
        yield core.WAITING
